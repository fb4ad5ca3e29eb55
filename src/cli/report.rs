//! `gradsieve report DIR…`: one HTML page about result folders.

use super::Failure;
use super::run::plural;
use crate::output::number::engineering;
use crate::output::report::{Words, write};
use crate::record::Metric;
use crate::theory::THEOREMS;
use std::io::Write;
use std::path::PathBuf;

/// What the page is about, and where it goes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve report results/quickstart
  gradsieve report results/quickstart results/findings/tight-rate -o report.html
  gradsieve report results/findings -o findings.html    every result folder below it

The page is one file without any network: text, tables, charts to zoom and hover, the CSVs and SVGs to download.
It is made from the tables alone. `gradsieve check` adds the verdicts of theorems, `gradsieve fit` distributions.")]
pub(super) struct ReportArguments {
    /// Result folders, or folders of them.
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// The page.
    #[arg(long, short, value_name = "FILE", default_value = "report.html")]
    out: PathBuf,
    /// Print nothing but errors.
    #[arg(long, short)]
    quiet: bool,
}

/// Writes the page and says what is on it.
pub(super) fn run(arguments: &ReportArguments) -> Result<(), Failure> {
    let written = write(&arguments.dirs, &arguments.out, &words())?;
    if arguments.quiet {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    for sentence in &written.left_out {
        writeln!(out, "{sentence}")?;
    }
    let (folders, charts) = (plural(written.n_folders, "result folder"), plural(written.n_charts, "interactive chart"));
    writeln!(
        out,
        "{}: {} {folders}, {} {charts}, {}. Open it in a browser; it needs no network.",
        arguments.out.display(),
        written.n_folders,
        written.n_charts,
        engineering(written.n_bytes as f64, "B")
    )?;
    Ok(())
}

/// What the tables do not explain: theorems and metrics in words.
fn words() -> Words {
    let theorem =
        |theorem: &crate::theory::Theorem| (theorem.title().trim_end_matches('.').to_owned(), theorem.statement());
    Words {
        theorems: THEOREMS.iter().map(|own| (own.about().id.to_owned(), theorem(own))).collect(),
        metrics: Metric::ALL.iter().map(|(_, name, meaning)| ((*name).to_owned(), (*meaning).to_owned())).collect(),
    }
}
