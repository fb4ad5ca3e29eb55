//! `gradsieve reproduce`: runs the experiments of the papers and findings, checks what they claim against what
//! is measured, and compares what the papers say with both.

use super::arguments::ExperimentArguments;
use super::terminal::{BEGIN_AGAIN, Bar, interrupted, plural, stop_on_signal, width};
use super::{Failure, REFUTED, SUCCESS, finding};
use crate::check::paper;
use crate::check::reproduce::{Listener, Report, Reproduction, reproduce};
use crate::experiment::embedded;
use crate::experiment::file::ExperimentFile;
use crate::experiment::progress::Progress;
use crate::experiment::run::Options;
use crate::output::table::Table;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What to reproduce.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve reproduce                         everything below experiments/
  gradsieve reproduce alistarh2018
  gradsieve reproduce findings/xi-unbounded
  gradsieve reproduce khirirat2020 --check    run again and compare with results/, to the byte
  gradsieve reproduce --quick                 at most fifty rounds and two seeds; judges no claim
  gradsieve reproduce shi2019 --full          full size, for a larger machine; judges no claim

What is too large for a small machine runs at a reduced size; the table `full` of an experiment file states the full \
size, and --full runs the experiments that have one. Experiments whose data set or objective is not available are \
left out, by name. The verdicts are kept in results/verdicts.csv and results/verdicts.md.

Exit code 0: every claim holds. Exit code 1: one does not. Exit code 2: an experiment could not be run, or with \
--check its tables differ from those in results/. Exit code 130: stopped by Ctrl-C.")]
pub(super) struct ReproduceArguments {
    /// A folder below `experiments/`, or one of its experiments without extension; all when absent.
    figure: Option<PathBuf>,
    /// Compare with the tables in `results/` instead of writing them again.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    shared: ExperimentArguments,
}

/// Reproduces everything that is requested; gives the exit code.
pub(super) fn run(arguments: &ReproduceArguments) -> Result<u8, Failure> {
    let shared = &arguments.shared;
    let (paths, is_named) = experiments(arguments.figure.as_deref())?;
    let mut files = Vec::new();
    for path in &paths {
        let file = ExperimentFile::read(path)?;
        if !shared.full || file.full.is_some() {
            let name = path.strip_prefix("experiments").unwrap_or(path).with_extension("").display().to_string();
            files.push((name, file));
        }
    }
    if files.is_empty() {
        let meant = Path::new("experiments").join(arguments.figure.as_deref().unwrap_or(Path::new("")));
        return Err(format!("no experiment of {} has a table `full`: leave --full out", meant.display()).into());
    }
    let results = shared.out.clone().unwrap_or_else(|| PathBuf::from("results"));
    let how = Reproduction {
        results: &results,
        suffix: shared.size(),
        plan: &|file| shared.plan(file),
        options: Options { reproduce: arguments.check, ..shared.options(Path::new("")) },
        leaves_out: !is_named,
        exists: &|name| experiments(Some(Path::new(name))).is_ok(),
    };
    let report = reproduce(&files, &how, shared, stop_on_signal())?;
    if let Some((n_unfinished, n_runs)) = report.interrupted
        && let Some(code) = interrupted(n_unfinished, n_runs, shared.quiet, BEGIN_AGAIN)?
    {
        return Ok(code);
    }
    if arguments.check && report.experiments.is_empty() {
        let missing: Vec<String> = report.left_out.iter().map(|(name, missing)| format!("{name}: {missing}")).collect();
        return Err(format!("nothing was compared with {}: {}", results.display(), missing.join("; ")).into());
    }
    let printed = if shared.quiet { Ok(()) } else { print(&report, arguments) };
    let is_in_full = shared.size().is_empty();
    let code = if !is_in_full || report.claims().all(|claim| claim.holds) { SUCCESS } else { REFUTED };
    finding(code, printed)
}

impl Listener for ExperimentArguments {
    fn begins(&self, name: &str) -> Result<Box<dyn Progress + '_>, Box<dyn std::error::Error + Send + Sync>> {
        if !self.quiet {
            writeln!(std::io::stderr(), "{name}")?;
        }
        Ok(Box::new(Bar::new(self.quiet)))
    }

    fn written(&self, folder: &Path, fit: Option<&Path>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        if !self.no_plots {
            crate::output::draw::draw(folder)?;
            if let Some(fit) = fit {
                crate::output::draw::draw(fit)?;
            }
        }
        Ok(())
    }
}

fn print(report: &Report, arguments: &ReproduceArguments) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let is_in_full = arguments.shared.size().is_empty();
    let mut claims = Table::new(["experiment", "claim", "measured", "holds"]);
    let mut n_listed = 0;
    for experiment in report.experiments.iter().filter(|_| is_in_full) {
        // What a paper says has a table of its own; here are the other claims, and those that do not hold.
        for claim in experiment.claims.iter().filter(|claim| experiment.verdict.is_none() || !claim.holds) {
            let holds = if claim.holds { "yes" } else { "NO" };
            claims.row([&experiment.name, claim.claim.text.trim(), &claim.found, holds]);
            n_listed += 1;
        }
    }
    if n_listed > 0 {
        writeln!(out, "{}", claims.plain(width()))?;
    }
    let verdicts = report.verdicts();
    if !verdicts.is_empty() {
        writeln!(out, "{}", paper::table(&verdicts).plain(width()))?;
    }
    for (name, missing) in &report.left_out {
        writeln!(out, "Left out: {name}: {missing}")?;
    }
    if !report.left_out.is_empty() {
        writeln!(
            out,
            "Data sets come from `gradsieve data fetch NAME`, or from a folder that --data-dir or GRADSIEVE_DATA \
             names; networks from a program that is built with --features neural."
        )?;
    }
    let n_run = report.experiments.len();
    let words = if is_in_full {
        let n_hold = report.claims().filter(|claim| claim.holds).count();
        format!("{n_hold} of {} claims hold.", report.claims().count())
    } else {
        "Claims and verdicts are about the default size, and are not judged at this one.".to_owned()
    };
    writeln!(out, "{n_run} {} run; {words}", plural(n_run, "experiment"))?;
    if arguments.check {
        writeln!(
            out,
            "Every rounds.csv, curves.csv and table of fits in the results is that of this run, to the byte."
        )?;
    }
    Ok(())
}

/// The experiments that are meant, in the order of their names, and whether it is one that is named: those on disk,
/// else those inside the program.
fn experiments(figure: Option<&Path>) -> Result<(Vec<PathBuf>, bool), Failure> {
    let meant = Path::new("experiments").join(figure.unwrap_or(Path::new("")));
    let file = meant.with_extension("toml");
    if file.is_file() {
        return Ok((vec![file], true));
    }
    let mut files = Vec::new();
    if meant.is_dir() {
        collect(&meant, &mut files)?;
        files.sort();
    } else {
        files = embedded::below(figure.unwrap_or(Path::new("")));
    }
    if files.is_empty() {
        return Err(format!(
            "no experiment is called {0}, neither on disk nor in this program; name a folder below experiments/ or one \
             of its files",
            meant.display()
        )
        .into());
    }
    let is_named = files.contains(&file);
    Ok((files, is_named))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    Ok(())
}
