//! `gradsieve reproduce`: plays the experiments of the papers and findings, and holds what they claim against what is
//! measured.

use super::check::{Answer, Scope, judged, play};
use super::run::{PlayArguments, plural, width};
use super::{Failure, REFUTED, SUCCESS};
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
    let mut table = Table::new(["figure", "claim", "measured", "agrees"]);
    let scope = if arguments.check { Scope::Reproduction } else { Scope::Check };
    let (mut n_claims, mut n_so) = (0, 0);
    for file in &files {
        let figure = file.strip_prefix("experiments").unwrap_or(file).with_extension("");
        if !arguments.play.quiet {
            writeln!(std::io::stderr(), "{}", figure.display())?;
        }
        let answer = match play(file, &arguments.play, &[], scope)? {
            Ok(answer) => answer,
            Err(code) => return Ok(code),
        };
        let Answer { checked, folder, .. } = &answer;
        let claims = judged(&answer);
        if !arguments.check {
            crate::experiment::check::tables::write(folder, checked, &claims)?;
            if !arguments.play.no_plots {
                crate::output::plot::draw(folder)?;
            }
        }
        for claim in claims {
            // A run that was cut short shows nothing of what is claimed of the whole.
            let agrees = match (arguments.play.quick, claim.is_so) {
                (true, _) => "not judged",
                (false, true) => "yes",
                (false, false) => "no",
            };
            n_claims += 1;
            n_so += usize::from(claim.is_so);
            table.row([
                figure.display().to_string(),
                claim.claim.text.trim().to_owned(),
                claim.found,
                agrees.to_owned(),
            ]);
        }
    }
    let quick = arguments.play.quick;
    if !arguments.play.quiet {
        let mut out = std::io::stdout().lock();
        write!(out, "{}", table.plain(width()))?;
        let n = files.len();
        let words = match (quick, n_claims) {
            (true, _) => format!("{n} {} played in short; claims are judged at full length.", plural(n, "experiment")),
            _ => format!("{n} {} played; {n_so} of {n_claims} claims are so.", plural(n, "experiment")),
        };
        writeln!(out, "\n{words}")?;
        if arguments.check {
            writeln!(out, "Every rounds.csv in results/ is that of this run, to the byte.")?;
        }
    }
    Ok(if quick || n_so == n_claims { SUCCESS } else { REFUTED })
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
