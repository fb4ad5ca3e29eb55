//! `gradsieve run`: runs an experiment, shows its progress, and ends with an answer.

use super::arguments::ExperimentArguments;
use super::terminal::{Bar, interrupted, plural, stop_on_signal, width};
use super::{Failure, SUCCESS};
use crate::experiment::comparison::{Comparison, Setting};
use crate::experiment::file::ExperimentFile;
use crate::experiment::plan::Plan;
use crate::experiment::progress::Report;
use crate::experiment::run::{Options, execute};
use crate::output::number::{engineering, significant, times};
use crate::output::table::Table;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What to run, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve run experiments/quickstart.toml
  gradsieve run experiments/quickstart.toml --list
  gradsieve run experiments/quickstart.toml --filter method=sgd --seeds 1,2 --threads 1
  gradsieve run my.toml --data-dir ~/data --out results/mine --force

A run that is already in the result folder, with the same specification, data and code, is not computed again. \
After Ctrl-C or a crash the same command continues from the last checkpoint and gives the same bytes. SIGTERM and \
SIGHUP save one as Ctrl-C does; a Slurm job gets it in time with --signal=B:TERM@60 (SIGUSR1 ends the program).

Exit code 0: all runs are finished. Exit code 2: the experiment could not be run. Exit code 130: stopped by Ctrl-C.")]
pub(super) struct RunArguments {
    /// The experiment file.
    experiment: PathBuf,
    #[command(flatten)]
    shared: ExperimentArguments,
    /// Print the plan without running it.
    #[arg(long)]
    list: bool,
    /// Compute runs again that are already in the result folder.
    #[arg(long)]
    force: bool,
    /// Seconds between checkpoints of a run.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = parse_seconds)]
    checkpoint_seconds: f64,
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|seconds| (0.0..1e9).contains(seconds)).ok_or("expected a number of seconds ≥ 0".into())
}

/// Runs the experiment and prints its answer; returns the exit code.
pub(super) fn run(arguments: &RunArguments) -> Result<u8, Failure> {
    let file = ExperimentFile::read(&arguments.experiment)?;
    let plan = arguments.shared.plan(&file)?;
    if arguments.list {
        print_plan(&plan)?;
        return Ok(SUCCESS);
    }

    let options = Options {
        force: arguments.force,
        checkpoint_every: Duration::from_secs_f64(arguments.checkpoint_seconds),
        ..arguments.shared.options(&file.path)
    };
    let quiet = arguments.shared.quiet;
    let progress = Bar::new(quiet);
    let report = execute(&plan, &file, &options, &progress, stop_on_signal())?;
    drop(progress);
    if let Some(code) = interrupted(report.n_unfinished(), plan.runs.len(), quiet, "the same command goes on")? {
        return Ok(code);
    }
    let figures = if arguments.shared.no_plots { Vec::new() } else { crate::output::draw::draw(&options.out)? };
    if !quiet {
        print_answer(&file, &plan, &report, &options.out, figures.len())?;
    }
    Ok(SUCCESS)
}

fn print_plan(plan: &Plan) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let mut table = Table::new(["run", "setting", "seed", "d", "workers", "rounds"]);
    for run in &plan.runs {
        table.row([
            run.id.clone(),
            run.label.clone(),
            run.seed.to_string(),
            run.problem.objective.dim().to_string(),
            run.spec.n_workers.to_string(),
            run.spec.rounds.to_string(),
        ]);
    }
    write!(out, "{}", table.plain(width()))?;
    writeln!(out, "{} {}; axes: {}", plan.runs.len(), plural(plan.runs.len(), "run"), plan.axes.join(", "))?;
    Ok(())
}

fn print_answer(
    file: &ExperimentFile,
    plan: &Plan,
    report: &Report,
    folder: &Path,
    n_figures: usize,
) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let finished: Vec<_> =
        plan.runs.iter().zip(&report.results).filter_map(|(run, result)| Some((run, result.as_ref()?))).collect();
    if !file.question.is_empty() {
        writeln!(out, "{}\n", crate::wording::printable(file.question.trim()))?;
    }
    if let Some(comparison) = Comparison::new(&finished) {
        write!(out, "{}", table(&comparison).plain(width()))?;
        writeln!(out, "\n{}", words(&comparison))?;
    }
    if report.reused + report.resumed > 0 {
        let n = plan.runs.len();
        writeln!(
            out,
            "{} of {n} runs were in the store already, {} went on from a checkpoint.",
            report.reused, report.resumed
        )?;
    }
    writeln!(out, "Tables and {n_figures} plot files are in {}.", folder.display())?;
    Ok(())
}

fn table(comparison: &Comparison) -> Table {
    let metric = comparison.metric.name();
    let mut table = Table::new([
        "setting".to_owned(),
        "runs".to_owned(),
        format!("final {metric}"),
        "95 % interval".to_owned(),
        "bits to level".to_owned(),
        "time to level".to_owned(),
    ]);
    let short = |value: f64| significant(value, 3);
    let cell = |value: Option<f64>, unit: &str| value.map_or("–".to_owned(), |value| engineering(value, unit));
    for setting in &comparison.settings {
        let interval = setting.last.and_then(|last| last.interval);
        let runs = match setting.n_diverged {
            0 => setting.n_runs.to_string(),
            diverged => format!("{} ({diverged} diverged)", setting.n_runs),
        };
        table.row([
            setting.label.clone(),
            runs,
            setting.last.map_or("–".to_owned(), |last| short(last.mean)),
            interval.map_or("–".to_owned(), |(lower, upper)| format!("{} to {}", short(lower), short(upper))),
            cell(setting.bits_to_level, "bit"),
            cell(setting.seconds_to_level, "s"),
        ]);
    }
    table
}

/// The comparison in two or three sentences, one on a line.
fn words(comparison: &Comparison) -> String {
    let metric = comparison.metric.name();
    let mut sentences = Vec::new();
    let diverged: Vec<&str> = comparison
        .settings
        .iter()
        .filter(|setting| setting.n_diverged > 0)
        .map(|setting| setting.label.as_str())
        .collect();
    if !diverged.is_empty() {
        sentences.push(format!("Runs of {} diverged; summary.csv says when.", diverged.join(", ")));
    }
    let best = |cost: fn(&Setting) -> Option<f64>| {
        let mut reached: Vec<(&str, f64)> =
            comparison.settings.iter().filter_map(|s| Some((s.label.as_str(), cost(s)?))).collect();
        reached.sort_by(|a, b| a.1.total_cmp(&b.1));
        reached
    };
    let (by_bits, by_time) = (best(|s| s.bits_to_level), best(|s| s.seconds_to_level));
    if let (Some(level), [(cheapest, bits), .., (dearest, most)]) = (comparison.level, &by_bits[..]) {
        sentences
            .push(format!("Every setting that converges reaches a {metric} of {} (the level).", significant(level, 3)));
        let (least, most_bits) = (engineering(*bits, "bit"), engineering(*most, "bit"));
        sentences.push(match times(*most, *bits) {
            Some(times) => format!(
                "The fewest bits until then are those of {cheapest}: {least}, {times} times fewer than {dearest} with \
                 {most_bits}."
            ),
            None if *most > 0.0 => {
                format!("{cheapest} is there before it has sent a bit; {dearest} sends {most_bits}.")
            }
            None => "All of them are there before they have sent a bit.".to_owned(),
        });
    }
    if let [(fastest, seconds), .., (slowest, most)] = &by_time[..]
        && *most > 0.0
    {
        let (least, most_seconds) = (engineering(*seconds, "s"), engineering(*most, "s"));
        sentences.push(match times(*most, *seconds) {
            Some(times) => format!(
                "On the simulated network {fastest} is there first, after {least}; {slowest} takes {times} times as long."
            ),
            None => format!("On the simulated network {fastest} is there at once; {slowest} takes {most_seconds}."),
        });
    }
    sentences.join("\n")
}
