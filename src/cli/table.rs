//! `gradsieve table DIR…`: a table of result folders as plain text, Markdown, LaTeX or CSV.

use super::Failure;
use super::terminal::width;
use crate::output::number::significant;
use crate::output::table::Table;
use crate::results::read::{Columns, distinct};
use crate::results::verdicts::{assert_current, is_of_a_check};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Which table, and how it is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve table results/quickstart
  gradsieve table results/quickstart --format latex --columns label,final_suboptimality_mean,bits
  gradsieve table results/quickstart --format latex --siunitx --caption 'Bits to the level.'
  gradsieve table results/findings/* --file claims --format markdown
  gradsieve table results/findings/tight-rate --file checks --columns theorem,label,verdict,slack

LaTeX needs the package booktabs, and --siunitx the package siunitx. Numbers are rounded to --digits, except in CSV. \
The rows of several folders follow each other, after a column that names the folder.")]
pub(super) struct TableArguments {
    /// The result folders.
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Which of their CSVs, without extension.
    #[arg(long, value_name = "NAME", default_value = "comparison")]
    file: String,
    /// Only these columns, in this order, separated by commas; all when absent.
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    columns: Vec<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Significant digits of numbers.
    #[arg(long, value_name = "N", default_value_t = 3)]
    digits: u8,
    /// In LaTeX: numbers in columns of siunitx, aligned at their decimal markers.
    #[arg(long)]
    siunitx: bool,
    /// In LaTeX: a floating table with this caption, as it is.
    #[arg(long, value_name = "LATEX")]
    caption: Option<String>,
    /// In LaTeX: the key by which `\ref` names the table.
    #[arg(long, value_name = "KEY", requires = "caption")]
    label: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Aligned text.
    #[value(alias = "plain")]
    Text,
    /// A table of Markdown.
    #[value(alias = "md")]
    Markdown,
    /// A `tabular` with the rules of booktabs.
    #[value(alias = "tex")]
    Latex,
    /// Comma-separated values, every digit.
    Csv,
}

/// Prints the table.
pub(super) fn run(arguments: &TableArguments) -> Result<(), Failure> {
    let (names, rows) = gather(arguments)?;
    let mut out = std::io::stdout().lock();
    if arguments.format == Format::Csv {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(&names)?;
        for row in rows {
            csv.write_record(row)?;
        }
        return Ok(csv.flush()?);
    }
    let digits = usize::from(arguments.digits.max(1));
    let rounded = |cell: &String| match cell.parse::<f64>() {
        // Counts stay whole.
        Ok(number) if number.is_finite() && cell.contains(['.', 'e']) => significant(number, digits),
        _ => cell.clone(),
    };
    let mut table = Table::new(names);
    for row in &rows {
        table.row(row.iter().map(rounded));
    }
    let text = match arguments.format {
        Format::Latex => floating(&table.latex(arguments.siunitx), arguments),
        Format::Markdown => table.markdown(),
        Format::Text | Format::Csv => table.plain(width()),
    };
    Ok(out.write_all(text.as_bytes())?)
}

/// The columns and rows of all folders; a folder that lacks a column of another one has empty cells there.
fn gather(arguments: &TableArguments) -> Result<(Vec<String>, Vec<Vec<String>>), Failure> {
    let mut tables = Vec::new();
    for dir in &arguments.dirs {
        let file = format!("{}.csv", arguments.file);
        let path = dir.join(&file);
        if !path.exists() {
            return Err(missing(dir, &arguments.file).into());
        }
        if is_of_a_check(&file) {
            assert_current(dir)?;
        }
        tables.push((dir.display().to_string(), Columns::read(&path)?));
    }
    let mut names: Vec<String> = arguments.columns.clone();
    if names.is_empty() {
        names = distinct(tables.iter().flat_map(|(_, table)| table.names()).cloned());
    }
    // A column that no folder has is a mistake.
    for name in &names {
        if let ([(_, first), ..], false) = (&tables[..], tables.iter().any(|(_, table)| table.has(name))) {
            return Err(first.missing(name, "").into());
        }
    }
    let mut rows = Vec::new();
    for (dir, table) in &tables {
        let columns = names.iter().map(|name| table.has(name).then(|| table.texts(name)).transpose());
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        for row in 0..table.len() {
            let cells =
                columns.iter().map(|column| column.as_ref().map_or(String::new(), |cells| cells[row].to_owned()));
            let folder = (tables.len() > 1).then(|| dir.clone());
            rows.push(folder.into_iter().chain(cells).collect());
        }
    }
    if tables.len() > 1 {
        names.insert(0, "folder".to_owned());
    }
    Ok((names, rows))
}

/// The error that a folder has no such table, with those that it has.
fn missing(dir: &Path, file: &str) -> String {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_table = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "csv");
    let mut names: Vec<String> = entries
        .filter(is_table)
        .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    let has =
        if names.is_empty() { "it has no CSV".to_owned() } else { format!("--file can name {}", names.join(", ")) };
    format!("there is no {file}.csv in {}: {has}", dir.display())
}

/// The tabular in a table with its caption, where one is requested.
fn floating(tabular: &str, arguments: &TableArguments) -> String {
    let Some(caption) = &arguments.caption else { return tabular.to_owned() };
    let label = arguments.label.as_ref().map(|label| format!("  \\label{{{label}}}\n")).unwrap_or_default();
    let inner: String = tabular.lines().flat_map(|line| ["  ", line, "\n"]).collect();
    format!("\\begin{{table}}\n  \\centering\n  \\caption{{{caption}}}\n{label}{inner}\\end{{table}}\n")
}
