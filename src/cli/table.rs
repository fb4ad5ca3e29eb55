//! `gradsieve table DIR`: a table of a result folder as plain text, Markdown, LaTeX or CSV.

use super::Failure;
use super::run::width;
use crate::output::number::significant;
use crate::output::results::Columns;
use crate::output::table::Table;
use std::io::Write;
use std::path::PathBuf;

/// Which table, and how it is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve table results/quickstart
  gradsieve table results/quickstart --format latex --columns label,final_suboptimality_mean,bits
  gradsieve table results/quickstart --file checks --columns theorem,label,verdict,slack --format markdown

LaTeX needs the package booktabs. Numbers are rounded to --digits but in CSV.")]
pub(super) struct TableArguments {
    /// The result folder.
    dir: PathBuf,
    /// Which of its CSVs, without extension.
    #[arg(long, value_name = "NAME", default_value = "comparison")]
    file: String,
    /// Only these columns, in this order, separated by commas; all when absent.
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    columns: Vec<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Plain)]
    format: Format,
    /// Significant digits of numbers.
    #[arg(long, value_name = "N", default_value_t = 3)]
    digits: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Aligned text.
    Plain,
    /// A table of Markdown.
    Markdown,
    /// A `tabular` with the rules of booktabs.
    Latex,
    /// Comma-separated values, every digit.
    Csv,
}

/// Prints the table.
pub(super) fn run(arguments: &TableArguments) -> Result<(), Failure> {
    let path = arguments.dir.join(&arguments.file).with_extension("csv");
    let read = Columns::read(&path)?;
    let names: Vec<String> =
        if arguments.columns.is_empty() { read.names().to_vec() } else { arguments.columns.clone() };
    let columns = names.iter().map(|name| read.texts(name)).collect::<Result<Vec<_>, _>>()?;
    let row = |index: usize| columns.iter().map(move |column| column[index]);
    let mut out = std::io::stdout().lock();
    if arguments.format == Format::Csv {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(&names)?;
        for index in 0..read.len() {
            csv.write_record(row(index))?;
        }
        return Ok(csv.flush()?);
    }
    let digits = usize::from(arguments.digits.max(1));
    let rounded = |cell: &str| match cell.parse::<f64>() {
        // Counts stay whole.
        Ok(number) if number.is_finite() && cell.contains(['.', 'e']) => significant(number, digits),
        _ => cell.to_owned(),
    };
    let mut table = Table::new(names);
    for index in 0..read.len() {
        table.row(row(index).map(rounded));
    }
    let text = match arguments.format {
        Format::Latex => table.latex(),
        Format::Markdown => table.markdown(),
        Format::Plain | Format::Csv => table.plain(width()),
    };
    Ok(out.write_all(text.as_bytes())?)
}
