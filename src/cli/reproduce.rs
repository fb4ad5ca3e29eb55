//! `gradsieve reproduce`: plays the experiments of the papers and findings, holds what they claim against what is
//! measured, and what the papers say against both.

use super::check::{Answer, Scope, judged, play};
use super::run::{PlayArguments, plural, width};
use super::{Failure, REFUTED, SUCCESS};
use crate::check::paper::Verdict;
use crate::experiment::file::ExperimentFile;
use crate::fit::tables;
use crate::output::table::Table;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What to reproduce.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve reproduce                                  everything below experiments/
  gradsieve reproduce alistarh2018
  gradsieve reproduce findings/xi-unbounded
  gradsieve reproduce khirirat2020 --check             play again, and compare with results/ to the byte
  gradsieve reproduce --quick                          at most fifty rounds and two seeds; no claim is judged
  gradsieve reproduce shi2019 --full                   at full size, for a larger machine; no claim is judged

What is too large for a small machine runs at a size of its own; the table `full` of an experiment file says what the
full size is, and --full plays the experiments that have one. Experiments whose data set or objective is not at hand
are left out, by name. The verdicts are kept in results/verdicts.csv and results/verdicts.md.

Exit code 0: every claim is so. Exit code 1: one is not. Exit code 2: an experiment could not be played, or with
--check its tables are not those of results/.")]
pub(super) struct ReproduceArguments {
    /// A folder below `experiments/`, or one of its experiments without extension; all when absent.
    figure: Option<PathBuf>,
    /// Compare with the tables in `results/` instead of writing them anew.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    play: PlayArguments,
}

/// Plays everything that is asked for; gives the exit code.
pub(super) fn run(arguments: &ReproduceArguments) -> Result<u8, Failure> {
    let files = experiments(arguments.figure.as_deref())?;
    let play_arguments = &arguments.play;
    let results = play_arguments.out.clone().unwrap_or_else(|| PathBuf::from("results"));
    let scope = if arguments.check { Scope::Reproduction } else { Scope::Results };
    let in_full = play_arguments.size().is_empty();
    let mut claims_table = Table::new(["experiment", "claim", "measured", "is so"]);
    let (mut n_played, mut n_claims, mut n_so, mut n_listed) = (0, 0, 0, 0);
    let (mut verdicts, mut left_out) = (Vec::new(), Vec::new());
    for path in &files {
        let name = path.strip_prefix("experiments").unwrap_or(path).with_extension("").display().to_string();
        let file = ExperimentFile::read(path)?;
        if play_arguments.full && file.full.is_none() {
            continue;
        }
        if let Err(missing) = play_arguments.plan(&file) {
            // Data or a feature that is not at hand is no mistake of the experiment; anything else is.
            let missing = missing.to_string();
            if !["--data-dir", "--features"].iter().any(|remedy| missing.contains(remedy)) {
                return Err(missing.into());
            }
            let (_, reason) = missing.split_once(": ").unwrap_or(("", &missing));
            left_out.push((name, reason.split([';', '\n']).next().unwrap_or_default().to_owned()));
            continue;
        }
        if !play_arguments.quiet {
            writeln!(std::io::stderr(), "{name}")?;
        }
        let folder = results.join(format!("{name}{}", play_arguments.size()));
        let mut own = play_arguments.clone();
        own.out = Some(folder);
        let answer = match play(path, &own, &[], scope)? {
            Ok(answer) => answer,
            Err(code) => return Ok(code),
        };
        let Answer { checked, folder, fits, .. } = &answer;
        let claims = judged(&answer);
        if arguments.check {
            if !fits.is_empty() {
                tables::compare(&folder.join("fit"), fits)?;
            }
        } else {
            crate::check::tables::write(folder, checked, &claims)?;
            if !play_arguments.no_plots {
                crate::output::plot::draw(folder)?;
            }
            if !fits.is_empty() {
                super::fit::keep(&folder.join("fit"), fits, play_arguments.no_plots)?;
            }
        }
        n_played += 1;
        n_claims += claims.len();
        n_so += claims.iter().filter(|claim| claim.is_so).count();
        verdicts.extend(file.paper.as_ref().map(|paper| paper.verdict(&name, &claims, in_full)));
        for claim in claims {
            // What a paper says has a table of its own; here stands the rest, and what is not so.
            if in_full && (file.paper.is_none() || !claim.is_so) {
                let is_so = if claim.is_so { "yes" } else { "NO" };
                claims_table.row([&name, claim.claim.text.trim(), &claim.found, is_so]);
                n_listed += 1;
            }
        }
    }
    if in_full {
        keep(&results, &verdicts, arguments.check)?;
    }
    if !play_arguments.quiet {
        let mut out = std::io::stdout().lock();
        if n_listed > 0 {
            writeln!(out, "{}", claims_table.plain(width()))?;
        }
        if !verdicts.is_empty() {
            writeln!(out, "{}", table(&verdicts).plain(width()))?;
        }
        for (name, reason) in &left_out {
            writeln!(out, "Left out: {name}: {reason}")?;
        }
        if !left_out.is_empty() {
            writeln!(
                out,
                "Data sets come from `gradsieve data fetch NAME`, or from a folder that --data-dir or GRADSIEVE_DATA \
                 names; networks from a program that is built with --features neural."
            )?;
        }
        let words = if in_full {
            format!("{n_so} of {n_claims} claims are so.")
        } else {
            "Claims and verdicts are about the default size, and are not judged at this one.".to_owned()
        };
        writeln!(out, "{n_played} {} played; {words}", plural(n_played, "experiment"))?;
        if arguments.check {
            writeln!(
                out,
                "Every rounds.csv, curves.csv and table of fits in the results is that of this run, to the byte."
            )?;
        }
    }
    Ok(if !in_full || n_so == n_claims { SUCCESS } else { REFUTED })
}

/// The verdicts as a table for people.
fn table(verdicts: &[Verdict]) -> Table {
    let mut table = Table::new(["figure", "the paper says", "we measured", "verdict", "because"]);
    for Verdict { cells: [experiment, figure, says, measured, verdict, because] } in verdicts {
        let figure = format!("{figure} ({experiment})");
        table.row([&figure, says, measured, verdict, because]);
    }
    table
}

/// Writes the verdicts into `verdicts.csv` and `verdicts.md`, between those of other experiments that stand there; with
/// `compares`, holds them against what stands there instead.
fn keep(results: &Path, verdicts: &[Verdict], compares: bool) -> Result<(), Failure> {
    if verdicts.is_empty() {
        return Ok(());
    }
    let path = results.join("verdicts.csv");
    let mut all: Vec<Verdict> = Vec::new();
    if path.exists() {
        for row in csv::Reader::from_path(&path)?.records() {
            let row = row?;
            all.push(Verdict { cells: std::array::from_fn(|cell| row.get(cell).unwrap_or_default().to_owned()) });
        }
    }
    if compares {
        return match verdicts.iter().find(|verdict| !all.contains(verdict)) {
            Some(other) => Err(format!("{} has no such verdict on {}", path.display(), other.cells[0]).into()),
            None => Ok(()),
        };
    }
    all.retain(|old| Path::new("experiments").join(&old.cells[0]).with_extension("toml").exists());
    all.retain(|old| verdicts.iter().all(|new| new.cells[0] != old.cells[0]));
    all.extend(verdicts.iter().cloned());
    all.sort_by(|a, b| a.cells[0].cmp(&b.cells[0]));
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(Verdict::COLUMNS)?;
    for verdict in &all {
        rows.write_record(&verdict.cells)?;
    }
    let rows = rows.into_inner()?;
    crate::store::write_whole(&path, |out| out.write_all(&rows))?;
    let words = table(&all).markdown();
    crate::store::write_whole(&results.join("verdicts.md"), |out| out.write_all(words.as_bytes()))?;
    Ok(())
}

/// The experiment files that are meant, in the order of their names.
fn experiments(figure: Option<&Path>) -> Result<Vec<PathBuf>, Failure> {
    let root = Path::new("experiments");
    let meant = figure.map_or_else(|| root.to_owned(), |figure| root.join(figure));
    let file = meant.with_extension("toml");
    if file.is_file() {
        return Ok(vec![file]);
    }
    let mut files = Vec::new();
    collect(&meant, &mut files).map_err(|error| {
        format!("cannot read {}: {error}; name a folder below experiments/ or one of its files", meant.display())
    })?;
    if files.is_empty() {
        return Err(format!("{} holds no experiment", meant.display()).into());
    }
    files.sort();
    Ok(files)
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
