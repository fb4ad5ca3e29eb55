//! `gradsieve run`: plays an experiment, shows how far it is, and ends with an answer.

use super::{Failure, INTERRUPTED, SUCCESS};
use crate::experiment::comparison::{Comparison, Setting};
use crate::experiment::file::ExperimentFile;
use crate::experiment::plan::{Plan, Selection};
use crate::experiment::planned::PlannedRun;
use crate::experiment::progress::{Progress, Report};
use crate::experiment::run::{Options, execute};
use crate::output::number::{engineering, significant};
use crate::output::table::Table;
use crate::results::run::RunResult;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What to play, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve run experiments/quickstart.toml
  gradsieve run experiments/quickstart.toml --list
  gradsieve run experiments/quickstart.toml --filter method=sgd --seeds 1,2 --threads 1
  gradsieve run my.toml --data-dir ~/data --out results/mine --force

A run that is in the result folder already, of the same specification, data and code, is not played again.
After Ctrl-C or a crash the same command goes on from the last checkpoint and gives the same bytes.")]
pub(super) struct RunArguments {
    /// The experiment file.
    experiment: PathBuf,
    #[command(flatten)]
    play: PlayArguments,
    /// Print the plan without playing it.
    #[arg(long)]
    list: bool,
    /// Play runs again that are in the result folder already.
    #[arg(long)]
    force: bool,
    /// Seconds between checkpoints of a run.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = parse_seconds)]
    checkpoint_seconds: f64,
}

/// What all commands that play an experiment have in common.
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Debug, Clone, clap::Args)]
pub(super) struct PlayArguments {
    /// The result folder; by default `results/` with the path of the experiment below `experiments/`.
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Folder with data sets; by default what the experiment's `data_dir` or GRADSIEVE_DATA names.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Only runs whose key has this value, such as `k=10` or `method=sgd`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_filter)]
    filter: Vec<(String, String)>,
    /// Seeds instead of the file's, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "SEEDS")]
    seeds: Option<Vec<u64>>,
    /// At most fifty rounds and two seeds, into a folder of their own.
    #[arg(long)]
    pub(super) quick: bool,
    /// At the size of the file's table `full`, for a larger machine, into a folder of its own.
    #[arg(long, conflicts_with = "quick")]
    pub(super) full: bool,
    /// Threads; the results do not depend on them. All cores when absent.
    #[arg(long, value_name = "N")]
    threads: Option<std::num::NonZeroUsize>,
    /// Draw no plots.
    #[arg(long)]
    pub(super) no_plots: bool,
    /// Print nothing but errors.
    #[arg(long, short)]
    pub(super) quiet: bool,
}

impl PlayArguments {
    /// The plan of an experiment.
    pub(super) fn plan(&self, file: &ExperimentFile) -> Result<Plan, Failure> {
        let selection = Selection { filters: self.filter.clone(), seeds: self.seeds.clone(), quick: self.quick };
        let data = super::data::data_folder(self.data_dir.as_deref().or(file.data_dir.as_deref()));
        let at_size = match (self.quick, self.full) {
            (true, _) => &file.at_quick_size(),
            (_, true) => &file.at_full_size()?,
            _ => file,
        };
        Ok(Plan::new(at_size, &selection, data.as_deref())?)
    }

    /// What the name of the result folder ends with.
    pub(super) fn size(&self) -> &'static str {
        match (self.quick, self.full) {
            (true, _) => "-quick",
            (_, true) => "-full",
            _ => "",
        }
    }

    /// How it is played, with the result folder of the experiment at `path`.
    pub(super) fn options(&self, path: &Path) -> Options {
        let threads = self.threads.or_else(|| std::thread::available_parallelism().ok());
        Options {
            out: self.out.clone().unwrap_or_else(|| default_folder(path, self.size())),
            threads: threads.map_or(1, std::num::NonZero::get),
            force: false,
            checkpoint_every: Duration::from_secs(10),
            reproduce: false,
            command: std::iter::once("gradsieve".to_owned()).chain(std::env::args().skip(1)).collect(),
        }
    }
}

fn parse_filter(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE, such as k=10")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|seconds| (0.0..1e9).contains(seconds)).ok_or("expected a number of seconds ≥ 0".into())
}

/// Plays the experiment and prints its answer; gives the exit code.
pub(super) fn run(arguments: &RunArguments) -> Result<u8, Failure> {
    let file = ExperimentFile::read(&arguments.experiment)?;
    let plan = arguments.play.plan(&file)?;
    if arguments.list {
        print_plan(&plan)?;
        return Ok(SUCCESS);
    }

    let options = Options {
        force: arguments.force,
        checkpoint_every: Duration::from_secs_f64(arguments.checkpoint_seconds),
        ..arguments.play.options(&arguments.experiment)
    };
    let quiet = arguments.play.quiet;
    let progress = Bar::new(quiet);
    let report = execute(&plan, &file, &options, &progress, stop_on_signal())?;
    progress.finish();
    if let Some(code) = interrupted(&plan, &report, quiet, "the same command goes on")? {
        return Ok(code);
    }
    let figures = if arguments.play.no_plots { Vec::new() } else { crate::output::plot::draw(&options.out)? };
    if !quiet {
        print_answer(&file, &plan, &report, &options.out, figures.len())?;
    }
    Ok(SUCCESS)
}

/// The exit code of a plan that was interrupted, after a word on how to go on.
pub(super) fn interrupted(plan: &Plan, report: &Report, quiet: bool, remedy: &str) -> Result<Option<u8>, Failure> {
    let unfinished = report.results.iter().filter(|result| result.is_none()).count();
    if unfinished == 0 {
        return Ok(None);
    }
    if !quiet {
        writeln!(std::io::stderr(), "stopped with {unfinished} of {} runs unfinished; {remedy}.", plan.runs.len())?;
    }
    Ok(Some(INTERRUPTED))
}

/// `experiments/a/b.toml` → `results/a/b`, and anything else → `results/<file name>`.
fn default_folder(experiment: &Path, size: &str) -> PathBuf {
    let stem = experiment.with_extension("");
    let parts: Vec<_> = stem.components().collect();
    let below = parts
        .iter()
        .rposition(|part| part.as_os_str() == "experiments")
        .map_or_else(|| stem.file_name().map(PathBuf::from).unwrap_or_default(), |at| parts[at + 1..].iter().collect());
    let mut name = Path::new("results").join(below).into_os_string();
    name.push(size);
    PathBuf::from(name)
}

/// A flag that Ctrl-C and a polite kill set; a second one ends the process at once.
pub(super) fn stop_on_signal() -> &'static AtomicBool {
    static STOP: AtomicBool = AtomicBool::new(false);
    let set = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(INTERRUPTED));
        }
    });
    // Without a handler the process ends at once, and goes on from its last checkpoint all the same.
    if set.is_err() {
        STOP.store(false, Ordering::Relaxed);
    }
    &STOP
}

/// A progress bar on a terminal, plain lines otherwise.
pub(super) struct Bar {
    drawn: ProgressBar,
    lines: bool,
    played: Mutex<(usize, u64, u64)>,
}

impl Bar {
    pub(super) fn new(quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if quiet || !terminal {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}  {elapsed} elapsed, {eta} left")
        {
            bar.set_style(style);
        }
        Self { drawn: bar, lines: !quiet && !terminal, played: Mutex::new((0, 0, 0)) }
    }

    pub(super) fn finish(&self) {
        self.drawn.finish_and_clear();
    }

    fn line(&self, text: &str) {
        if self.lines {
            // Progress that cannot be told is no reason to stop.
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }
}

impl Progress for Bar {
    fn minimizing(&self, problems: usize) {
        if problems > 0 {
            self.drawn.set_message("computing f*");
            self.line(&format!("computing the minimum of {problems} {}", plural(problems, "problem")));
        }
    }

    fn start(&self, rounds: u64, finished: u64) {
        self.drawn.set_length(rounds);
        self.drawn.set_position(finished);
        self.drawn.set_message("playing");
        if let Ok(mut played) = self.played.lock() {
            *played = (0, finished, rounds);
        }
        self.line(&format!("playing {rounds} rounds, {finished} of them finished earlier"));
    }

    fn advance(&self, rounds: u64) {
        self.drawn.inc(rounds);
        let Ok(mut played) = self.played.lock() else { return };
        let (tenths, done, total) = &mut *played;
        *done += rounds;
        let now = (*done * 10).checked_div(*total).unwrap_or(10) as usize;
        if now > *tenths && now < 10 {
            *tenths = now;
            self.line(&format!("{:>3} %", now * 10));
        }
    }

    fn ended(&self, run: &PlannedRun, _result: &RunResult) {
        self.drawn.set_message(run.label.clone());
    }
}

pub(super) fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// The width of the terminal, or a page.
pub(super) fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(120)
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
        writeln!(out, "{}\n", file.question.trim())?;
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
        sentences.push(format!(
            "The fewest bits until then are those of {cheapest}: {}, {} times fewer than {dearest} with {}.",
            engineering(*bits, "bit"),
            significant(most / bits, 3),
            engineering(*most, "bit")
        ));
    }
    if let [(fastest, seconds), .., (slowest, most)] = &by_time[..] {
        sentences.push(format!(
            "On the simulated network {fastest} is there first, after {}; {slowest} takes {} times as long.",
            engineering(*seconds, "s"),
            significant(most / seconds, 3)
        ));
    }
    sentences.join("\n")
}
