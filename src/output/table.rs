//! Tables for people: aligned plain text, Markdown and LaTeX.
//!
//! It does not know what the cells mean: a column whose cells all read as numbers is set to the right.

use super::wrap::wrap;

/// What is written instead of an absent cell.
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
        // Labels come from files, and this is read on terminals.
        crate::wording::printable(&text)
    }

    /// A Markdown table, numbers to the right, each line ended. What Markdown would read as more than text is escaped.
    pub fn markdown(&self) -> String {
        let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
        let rule = |column: usize| if self.is_numeric(column) { "---:" } else { "---" }.to_owned();
        let mut text = line(&mut self.header.iter().map(|cell| markdown_cell(cell)));
        text.push_str(&line(&mut (0..self.header.len()).map(rule)));
        for row in &self.rows {
            text.push_str(&line(&mut row.iter().map(|cell| markdown_cell(cell))));
        }
        text
    }

    /// A LaTeX `tabular` with the rules of the package booktabs, each line ended.
    ///
    /// Columns of numbers are set to the right, and numbers with an exponent are powers of ten; or, `with_siunitx`, they
    /// are `S` columns of that package, aligned at their decimal markers. Characters that mean something to LaTeX are
    /// written out, and mathematical letters and signs as formulas, so that any engine sets them.
    pub fn latex(&self, with_siunitx: bool) -> String {
        let kinds: Vec<Option<String>> =
            (0..self.header.len()).map(|column| self.siunitx_column(column).filter(|_| with_siunitx)).collect();
        let columns = kinds.iter().enumerate().map(|(column, kind)| match kind {
            Some(kind) => kind.clone(),
            None => if self.is_numeric(column) { "r" } else { "l" }.to_owned(),
        });
        // What is not a number has to be in braces in a column of numbers.
        let number =
            |cell: &str| if is_plain_number(cell) { cell.to_owned() } else { format!("{{{}}}", latex_cell(cell)) };
        let cells = |row: &[String], is_header: bool| -> Vec<String> {
            let cells = row.iter().zip(&kinds).map(|(cell, kind)| match kind {
                Some(_) if is_header => format!("{{{}}}", latex_cell(cell)),
                Some(_) => number(cell),
                None => latex_cell(cell),
            });
            cells.collect()
        };
        let header = cells(&self.header, true);
        let rows: Vec<Vec<String>> = self.rows.iter().map(|row| cells(row, false)).collect();
        let width = |column: usize| rows.iter().chain([&header]).map(|row| count(&row[column])).max().unwrap_or(0);
        let widths: Vec<usize> = (0..header.len()).map(width).collect();
        let line = |cells: &[String]| {
            let padded = cells.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
                if self.is_numeric(column) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            });
            format!("  {} \\\\\n", padded.collect::<Vec<_>>().join(" & "))
        };
        let columns: String = columns.collect();
        let mut text = format!("\\begin{{tabular}}{{{columns}}}\n  \\toprule\n{}  \\midrule\n", line(&header));
        for row in &rows {
            text.push_str(&line(row));
        }
        text.push_str("  \\bottomrule\n\\end{tabular}\n");
        text
    }

    /// The `S` column that holds the numbers of a column; `None` where it has none, or more than numbers.
    fn siunitx_column(&self, column: usize) -> Option<String> {
        let cells = || self.rows.iter().map(|row| row[column].as_str()).filter(|cell| is_plain_number(cell));
        if !self.is_numeric(column) || self.rows.iter().any(|row| is_number(&row[column]) && row[column].contains(' '))
        {
            return None;
        }
        let parts = |cell: &str| -> [usize; 3] {
            let (mantissa, exponent) = cell.split_once('e').unwrap_or((cell, ""));
            let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
            [count(whole.trim_start_matches('-')), count(decimals), count(exponent.trim_start_matches('-'))]
        };
        let [whole, decimals, exponent] =
            cells().map(parts).reduce(|a, b| [0, 1, 2].map(|part| a[part].max(b[part])))?;
        let sign = if cells().any(|cell| cell.starts_with('-')) { "-" } else { "" };
        let is_negative = |cell: &str| cell.contains("e-");
        let power = match (exponent, cells().any(is_negative)) {
            (0, _) => String::new(),
            (digits, true) => format!("e-{digits}"),
            (digits, false) => format!("e{digits}"),
        };
        Some(format!("S[table-format={sign}{whole}.{decimals}{power}]"))
    }
}

/// A cell as Markdown reads it: `_` within a word is a letter to it.
fn markdown_cell(cell: &str) -> String {
    let letters: Vec<char> = cell.chars().collect();
    let is_within = |at: usize| {
        let is_letter = |at: usize| letters.get(at).is_some_and(|letter| letter.is_alphanumeric() || *letter == '_');
        at > 0 && is_letter(at - 1) && is_letter(at + 1)
    };
    let escaped = letters.iter().enumerate().map(|(at, letter)| match letter {
        '\\' | '|' | '*' | '`' | '<' | '[' | '~' => format!("\\{letter}"),
        '_' if !is_within(at) => "\\_".to_owned(),
        '\n' => " ".to_owned(),
        letter => letter.to_string(),
    });
    escaped.collect()
}

/// Whether a cell is a finite number and nothing else.
fn is_plain_number(cell: &str) -> bool {
    cell.parse().is_ok_and(f64::is_finite)
}

/// A cell as LaTeX reads it.
fn latex_cell(cell: &str) -> String {
    if cell == ABSENT {
        return "--".to_owned();
    }
    match (cell.parse::<f64>(), cell.split_once('e')) {
        (Ok(number), Some((mantissa, exponent))) if number.is_finite() => {
            format!("${mantissa} \\times 10^{{{exponent}}}$")
        }
        (Ok(number), _) if number.is_finite() => format!("${cell}$"),
        (Ok(number), _) if number.is_infinite() => if number > 0.0 { "$\\infty$" } else { "$-\\infty$" }.to_owned(),
        _ => latex_text(cell),
    }
}

/// Raised and lowered letters with what they are on the line.
const RAISED: (&str, &str) = ("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-");
const LOWERED: (&str, &str) = ("₀₁₂₃₄₅₆₇₈₉ᵢⱼₜₖ", "0123456789ijtk");

/// Letters and signs of formulas, each before its name.
const FORMULAS: &str = r"
    α \alpha  β \beta  γ \gamma  δ \delta  ε \varepsilon  ζ \zeta  η \eta  θ \theta  κ \kappa  λ \lambda  μ \mu
    µ \mu  ν \nu  ξ \xi  π \pi  ρ \rho  σ \sigma  τ \tau  φ \varphi  χ \chi  ψ \psi  ω \omega  Γ \Gamma  Δ \Delta
    Λ \Lambda  Σ \Sigma  Φ \Phi  Ω \Omega  ∇ \nabla  ∞ \infty  ∈ \in  ∑ \sum  √ \surd  ‖ \|  ≤ \leq  ≥ \geq
    ≠ \neq  ≈ \approx  → \to  − -  ± \pm  × \times  · \cdot  ⌈ \lceil  ⌉ \rceil  ⌊ \lfloor  ⌋ \rfloor  ⟨ \langle
    ⟩ \rangle  ḡ \bar{g}  ½ \frac{1}{2}  ℓ \ell  < <  > >  | |  … \ldots";

/// Accents that follow their letter.
const ACCENTS: [(char, &str); 3] = [('\u{303}', "\\tilde"), ('\u{304}', "\\bar"), ('\u{302}', "\\hat")];

/// Text with its special characters written out and its formulas between dollars.
fn latex_text(text: &str) -> String {
    let plain_of = |(raised, plain): (&str, &str), letter: char| {
        raised.chars().zip(plain.chars()).find(|(own, _)| *own == letter).map(|(_, plain)| plain)
    };
    let formula_of = |letter: char| {
        let mut words = FORMULAS.split_whitespace();
        std::iter::from_fn(|| words.next().zip(words.next())).find(|(own, _)| own.starts_with(letter))
    };
    let mut pieces: Vec<(bool, String)> = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if let Some((_, accent)) = letters.peek().and_then(|next| ACCENTS.iter().find(|(own, _)| own == next)) {
            letters.next();
            pieces.push((true, format!("{accent}{{{letter}}}")));
            continue;
        }
        let scripts = [(RAISED, '^'), (LOWERED, '_')];
        if let Some((table, sign)) = scripts.into_iter().find(|(table, _)| plain_of(*table, letter).is_some()) {
            let mut script = String::from_iter(plain_of(table, letter));
            while let Some(more) = letters.peek().and_then(|next| plain_of(table, *next)) {
                script.push(more);
                letters.next();
            }
            pieces.push((true, format!("{sign}{{{script}}}")));
            continue;
        }
        if let Some((_, formula)) = formula_of(letter) {
            // A name ends before the letter that follows it.
            let is_name = formula.ends_with(|c: char| c.is_ascii_alphabetic());
            pieces.push((true, if is_name { format!("{formula}{{}}") } else { formula.to_owned() }));
            continue;
        }
        let plain = match letter {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => format!("\\{letter}"),
            '~' => "\\textasciitilde{}".to_owned(),
            '^' => "\\textasciicircum{}".to_owned(),
            '\\' => "\\textbackslash{}".to_owned(),
            '"' => "\\textquotedbl{}".to_owned(),
            '–' => "--".to_owned(),
            '’' => "'".to_owned(),
            '“' => "``".to_owned(),
            '”' => "''".to_owned(),
            '\n' => " ".to_owned(),
            _ => letter.to_string(),
        };
        pieces.push((false, plain));
    }
    let mut text = String::new();
    let mut is_formula = false;
    for (own, piece) in pieces {
        if own != is_formula {
            text.push('$');
            is_formula = own;
        }
        text.push_str(&piece);
    }
    if is_formula {
        text.push('$');
    }
    text
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
    fn markdown_reads_text_as_text() {
        let mut table = Table::new(["x_i"]);
        table.row(["f* < `a` _b_ [c]\\"]);
        assert!(table.markdown().ends_with("| f\\* \\< \\`a\\` \\_b\\_ \\[c]\\\\ |\n"), "{}", table.markdown());
    }

    #[test]
    fn latex_reads_text_as_text_and_signs_as_formulas() {
        for (text, expected) in [
            (
                "50 % of A&B_c #1 {x} a\\b ~ ^",
                "50 \\% of A\\&B\\_c \\#1 \\{x\\} a\\textbackslash{}b \\textasciitilde{} \\textasciicircum{}",
            ),
            ("‖∇f(x)‖²", "$\\|\\nabla{}$f(x)$\\|^{2}$"),
            ("x̃₀ ≤ 10⁻¹²", "$\\tilde{x}_{0}$ $\\leq{}$ 10$^{-12}$"),
            ("−inf", "$-$inf"),
            ("inf", "$\\infty$"),
            ("-1.5e-7", "$-1.5 \\times 10^{-7}$"),
            ("–", "--"),
            ("NaN", "NaN"),
        ] {
            assert_eq!(super::latex_cell(text), expected);
        }
    }

    #[test]
    fn numbers_of_siunitx_have_a_format_for_their_column() {
        let mut table = Table::new(["a", "b", "c", "d"]);
        table.row(["1.25e-7", "-12.5", "3 Mbit", "x"]).row(["0.5", "", "4 Mbit", "2"]).row(["inf", "7", "5 Mbit", "3"]);
        let latex = table.latex(true);
        assert!(latex.starts_with("\\begin{tabular}{S[table-format=1.2e-1]S[table-format=-2.1]rl}\n"), "{latex}");
        assert!(latex.contains("{$\\infty$}") && latex.contains("{--}") && latex.contains(" 1.25e-7"), "{latex}");
    }

    #[test]
    fn a_table_without_rows_is_its_header() {
        assert_eq!(Table::new(["a", "bc"]).plain(80), "a  bc\n-  --\n");
    }
}
