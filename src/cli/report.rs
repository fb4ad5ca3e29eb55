//! `gradsieve report DIR…`: one HTML page about result folders.

use super::compare::compare;
use super::terminal::plural;
use super::{Failure, SUCCESS};
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
  gradsieve report results/findings -o findings.html           every result folder below it
  gradsieve report --compare results/quickstart results/mine   what changed, in words
  gradsieve report --compare a b -o page.html --tables difference

The page is one file that needs no network: text, tables, charts to zoom and hover, and the CSVs and SVGs to download. \
It is made from the tables alone. `gradsieve check` adds the verdicts of theorems, `gradsieve fit` distributions.

With --compare: paired or Welch t tests over the seeds, corrected by Holm, and where the provenance differs. Exit \
code 1 if a quantity changed beyond the noise of the seeds, a setting is in one folder only, or a verdict differs; \
else 0. Exit code 2 if a folder cannot be read.")]
pub(super) struct ReportArguments {
    /// Result folders, or folders of them.
    #[arg(required = true, value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// The page; report.html when absent, and none with --compare.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Compare two result folders: what changed from the first to the second beyond the noise of the seeds.
    #[arg(long)]
    compare: bool,
    /// With --compare, write compare.csv, compare_settings.csv and compare_facts.csv into this folder.
    #[arg(long, value_name = "DIR", requires = "compare")]
    tables: Option<PathBuf>,
    /// Print nothing but errors.
    #[arg(long, short)]
    quiet: bool,
}

/// Writes the page and says what is on it; gives the exit code.
pub(super) fn run(arguments: &ReportArguments) -> Result<u8, Failure> {
    if arguments.compare {
        let [a, b] = &arguments.dirs[..] else {
            return Err(format!("--compare takes two result folders, and here are {}", arguments.dirs.len()).into());
        };
        return compare([a, b], arguments.tables.as_deref(), arguments.out.as_deref(), arguments.quiet);
    }
    let page = arguments.out.clone().unwrap_or_else(|| PathBuf::from("report.html"));
    let written = write(&arguments.dirs, &page, &words())?;
    if arguments.quiet {
        return Ok(SUCCESS);
    }
    let mut out = std::io::stdout().lock();
    for sentence in &written.left_out {
        writeln!(out, "{sentence}")?;
    }
    let (folders, charts) = (plural(written.n_folders, "result folder"), plural(written.n_charts, "interactive chart"));
    writeln!(
        out,
        "{}: {} {folders}, {} {charts}, {}. Open it in a browser; it needs no network.",
        page.display(),
        written.n_folders,
        written.n_charts,
        engineering(written.n_bytes as f64, "B")
    )?;
    Ok(SUCCESS)
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
