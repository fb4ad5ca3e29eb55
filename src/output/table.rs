//! Tables for people: aligned plain text, Markdown and LaTeX.
//!
//! It does not know what the cells mean: a column whose cells all read as numbers is set to the right.

use super::wrap::wrap;

/// What stands in the place of an absent cell.
pub const ABSENT: &str = "–";

/// Free characters between columns of plain text.
const GAP: usize = 2;

/// Text columns are never squeezed below this many characters.
const LEAST_WIDTH: usize = 8;

/// A header and rows of the same length.
///
/// ```
/// use gradsieve::output::table::Table;
/// let mut table = Table::new(["compressor", "bits"]);
/// table.row(["top-k", "4.56 Mbit"]).row(["identity", "12.3 Gbit"]);
/// assert_eq!(table.plain(80), "\
/// compressor       bits
/// ----------  ---------
/// top-k       4.56 Mbit
/// identity    12.3 Gbit
/// ");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: vec![] }
    }

    /// Adds a row; missing cells are empty, an empty cell shows as [`ABSENT`].
    ///
    /// # Panics
    /// The row has more cells than the header.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) -> &mut Self {
        let mut cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        assert!(cells.len() <= self.header.len(), "{} cells under {} headers", cells.len(), self.header.len());
        cells.resize(self.header.len(), String::new());
        for cell in cells.iter_mut().filter(|cell| cell.trim().is_empty()) {
            ABSENT.clone_into(cell);
        }
        self.rows.push(cells);
        self
    }

    /// Whether a column is set to the right: it has a number, and nothing but numbers and absent cells.
    fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().map(|row| row[column].as_str()).filter(|&cell| cell != ABSENT).peekable();
        cells.peek().is_some() && cells.all(is_number)
    }

    /// Plain text of at most `width` characters per line where that is possible, numbers to the right, each line ended.
    ///
    /// A table that is too wide breaks the cells of its widest text columns into lines, and, after that, its headers at
    /// `_`; numbers are never broken, so a table of many numbers may stay wider.
    pub fn plain(&self, width: usize) -> String {
        let numeric: Vec<bool> = (0..self.header.len()).map(|column| self.is_numeric(column)).collect();
        let cells_width = |column: usize| self.rows.iter().map(|row| count(&row[column])).max().unwrap_or(0);
        let mut widths: Vec<usize> =
            (0..self.header.len()).map(|column| cells_width(column).max(count(&self.header[column]))).collect();
        let least: Vec<usize> = (0..self.header.len())
            .map(|column| {
                let longest_word = self.header[column].split('_').map(|word| count(word) + 1).max().unwrap_or(0);
                let cells = cells_width(column);
                longest_word.max(if numeric[column] { cells } else { cells.min(LEAST_WIDTH) })
            })
            .collect();
        let total = |widths: &[usize]| widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
        while total(&widths) > width {
            let squeezable = (0..widths.len()).filter(|&column| widths[column] > least[column]);
            let Some(widest) = squeezable.max_by_key(|&column| (widths[column], usize::MAX - column)) else { break };
            widths[widest] -= 1;
        }

        let mut text = String::new();
        let header: Vec<String> = self.header.iter().zip(&widths).map(|(name, &width)| spaced(name, width)).collect();
        push_row(&mut text, &header, &widths, &numeric, '_');
        let rules: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
        push_row(&mut text, &rules, &widths, &numeric, ' ');
        for row in &self.rows {
            push_row(&mut text, row, &widths, &numeric, ' ');
        }
        text
    }

    /// A Markdown table, numbers to the right, each line ended.
    pub fn markdown(&self) -> String {
        let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
        let escape = |cell: &String| cell.replace('|', "\\|").replace('\n', " ");
        let rule = |column: usize| if self.is_numeric(column) { "---:" } else { "---" }.to_owned();
        let mut text = line(&mut self.header.iter().map(escape));
        text.push_str(&line(&mut (0..self.header.len()).map(rule)));
        for row in &self.rows {
            text.push_str(&line(&mut row.iter().map(escape)));
        }
        text
    }

    /// A LaTeX `tabular` with the rules of the package booktabs, numbers to the right, each line ended.
    ///
    /// Numbers with an exponent become powers of ten; characters that mean something to LaTeX are written out, and
    /// Greek letters and signs that need mathematics are left to a Unicode engine (`xelatex`, `lualatex`).
    pub fn latex(&self) -> String {
        let columns: String =
            (0..self.header.len()).map(|column| if self.is_numeric(column) { 'r' } else { 'l' }).collect();
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| latex_cell(cell)).collect();
            format!("  {} \\\\\n", cells.join(" & "))
        };
        let mut text = format!("\\begin{{tabular}}{{{columns}}}\n  \\toprule\n{}  \\midrule\n", line(&self.header));
        for row in &self.rows {
            text.push_str(&line(row));
        }
        text.push_str("  \\bottomrule\n\\end{tabular}\n");
        text
    }
}

/// A cell as LaTeX reads it.
fn latex_cell(cell: &str) -> String {
    if cell == ABSENT {
        return "--".to_owned();
    }
    if let Some((mantissa, exponent)) = cell.split_once('e').filter(|_| cell.parse::<f64>().is_ok()) {
        return format!("${mantissa} \\times 10^{{{exponent}}}$");
    }
    if cell.parse::<f64>().is_ok() {
        return format!("${cell}$");
    }
    let escaped = cell.chars().map(|letter| match letter {
        '&' | '%' | '$' | '#' | '_' | '{' | '}' => format!("\\{letter}"),
        '~' => "\\textasciitilde{}".to_owned(),
        '^' => "\\textasciicircum{}".to_owned(),
        '\\' => "\\textbackslash{}".to_owned(),
        '\n' => " ".to_owned(),
        _ => letter.to_string(),
    });
    escaped.collect::<Vec<_>>().concat()
}

/// The characters of a cell.
fn count(cell: &str) -> usize {
    cell.chars().count()
}

/// A header as it is, or with a break after each `_` where it does not fit.
fn spaced(name: &str, width: usize) -> String {
    if count(name) <= width { name.to_owned() } else { name.replace('_', "_ ") }
}

/// Adds the lines of one row; words that `wrap` joins keep no space after a `glue` character.
fn push_row(text: &mut String, cells: &[String], widths: &[usize], numeric: &[bool], glue: char) {
    let unspace =
        |line: &str| if glue == ' ' { line.to_owned() } else { line.replace(&format!("{glue} "), &glue.to_string()) };
    let broken: Vec<Vec<String>> = cells
        .iter()
        .zip(widths)
        .map(|(cell, &width)| {
            if count(cell) <= width {
                return vec![cell.clone()];
            }
            wrap(cell, |line| count(&unspace(line)) <= width).iter().map(|line| unspace(line)).collect()
        })
        .collect();
    for row in 0..broken.iter().map(Vec::len).max().unwrap_or(0) {
        let parts = broken.iter().zip(widths).zip(numeric).map(|((lines, &width), &numeric)| {
            let line = lines.get(row).map_or("", String::as_str);
            if numeric { format!("{line:>width$}") } else { format!("{line:<width$}") }
        });
        text.push_str(parts.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end());
        text.push('\n');
    }
}

/// Whether a cell reads as a number, perhaps with a unit or an interval after it: `-1.2e-5`, `12.3 k`, `inf`, `40 %`.
fn is_number(cell: &str) -> bool {
    let first = cell.split([' ', '×', '±']).next().unwrap_or("");
    first.replace('−', "-").parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::Table;

    fn table() -> Table {
        let mut table = Table::new(["method", "rounds", "final_suboptimality", "bits"]);
        table.row(["error-feedback with top-k, k = 10", "1000", "1.23e-5", "4.56 Mbit"]);
        table.row(["dense", "1000", "", "320 Mbit"]);
        table
    }

    #[test]
    fn numbers_stand_right_and_absent_cells_show_a_dash() {
        assert_eq!(
            table().plain(200),
            "\
method                             rounds  final_suboptimality       bits
---------------------------------  ------  -------------------  ---------
error-feedback with top-k, k = 10    1000              1.23e-5  4.56 Mbit
dense                                1000                    –   320 Mbit
"
        );
    }

    #[test]
    fn a_narrow_table_breaks_text_and_headers_but_no_number() {
        let narrow = table().plain(50);
        assert_eq!(
            narrow,
            "\
method          rounds           final_       bits
                          suboptimality
--------------  ------  ---------------  ---------
error-feedback    1000          1.23e-5  4.56 Mbit
with top-k, k
= 10
dense             1000                –   320 Mbit
"
        );
        assert!(narrow.lines().all(|line| line.chars().count() <= 50));
        assert!(table().plain(1).contains("4.56 Mbit"));
    }

    #[test]
    fn markdown_marks_the_columns_of_numbers() {
        assert_eq!(
            table().markdown().lines().take(3).collect::<Vec<_>>(),
            [
                "| method | rounds | final_suboptimality | bits |",
                "| --- | ---: | ---: | ---: |",
                "| error-feedback with top-k, k = 10 | 1000 | 1.23e-5 | 4.56 Mbit |",
            ]
        );
        assert!(Table::new(["a|b"]).markdown().starts_with("| a\\|b |"));
    }

    #[test]
    fn a_table_without_rows_is_its_header() {
        assert_eq!(Table::new(["a", "bc"]).plain(80), "a  bc\n-  --\n");
    }
}
