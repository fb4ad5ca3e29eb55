//! `gradsieve watch DIR`: looks at a run while it goes on, and leaves it alone.

use super::terminal::{plural, stop_on_signal, width};
use super::{Failure, SUCCESS};
use crate::experiment::program::since_1970;
use crate::output::axis::Scale;
use crate::output::figure::Figure;
use crate::output::number::significant;
use crate::output::plot::curves;
use crate::output::table::Table;
use crate::results::error::ResultsError;
use crate::results::journal::{Ending, Follower, Phase, Seen, SeenRun, Stage};
use crate::results::read::Columns;
use crate::store::StoreError;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event};
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

mod screen;
use screen::{Pressed, Screen};

/// Which folder, and how it is shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve watch results/quickstart          in a second terminal, while `gradsieve run` goes on
  gradsieve watch results/quickstart --once   look once, as plain text
  gradsieve watch results/quickstart | cat    the same: without a terminal it looks once

Keys: ← → choose the metric, ↑ ↓ the horizontal axis; l and L switch the vertical and the horizontal axis between \
linear and logarithmic; Page Up and Page Down move through the settings; h shows this help; q leaves.

Watching only reads: it takes no lock, and leaving it does not touch the run. Curves are medians over the seeds. A run \
reports its progress every half second in .store/journal of its result folder. Verdicts of theorems appear once \
`gradsieve check` has judged them.")]
pub(super) struct WatchArguments {
    /// The result folder.
    dir: PathBuf,
    /// Look once and print it as plain text.
    #[arg(long)]
    once: bool,
}

/// Real time between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A run that has told nothing for so long is said to be silent.
const SILENT_FROM: Duration = Duration::from_secs(10);

/// Shows the folder until the user leaves.
pub(super) fn run(arguments: &WatchArguments) -> Result<u8, Failure> {
    let dir = &arguments.dir;
    if !dir.is_dir() {
        let problem = if dir.exists() { "is no folder" } else { "does not exist" };
        return Err(format!(
            "{} {problem}: name the result folder of a run; `gradsieve run` makes it when it begins",
            dir.display()
        )
        .into());
    }
    let mut watch = Watch::new(dir);
    watch.look()?;
    if arguments.once || !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        write!(io::stdout().lock(), "{}", plain(&watch.sight(), width()))?;
        return Ok(SUCCESS);
    }
    let stop = stop_on_signal();
    let mut terminal = ratatui::try_init()?;
    let left = follow(&mut terminal, &mut watch, &|| stop.load(Ordering::Relaxed));
    // The terminal is given back before an error is told.
    ratatui::try_restore()?;
    left?;
    write!(io::stdout().lock(), "{}", plain(&watch.sight(), width()))?;
    Ok(SUCCESS)
}

fn follow(
    terminal: &mut DefaultTerminal,
    watch: &mut Watch,
    is_told_to_stop: &dyn Fn() -> bool,
) -> Result<(), Failure> {
    let mut screen = Screen::default();
    while !is_told_to_stop() {
        watch.look()?;
        terminal.draw(|frame| screen.draw(frame, &watch.sight()))?;
        // Keys that came in one burst are answered with one picture.
        let mut wait = LOOK_EVERY;
        while event::poll(wait)? {
            if let Event::Key(key) = event::read()?
                && key.is_press()
                && screen.press(key, watch.follower.seen()) == Pressed::Leave
            {
                return Ok(());
            }
            wait = Duration::ZERO;
        }
    }
    Ok(())
}

/// The files that are looked at, and what they said.
struct Watch {
    dir: PathBuf,
    follower: Follower,
    rounds: Option<Columns>,
    verdicts: Option<(SystemTime, Verdicts)>,
}

/// What is to be seen at one moment.
#[derive(Debug)]
struct Sight<'a> {
    dir: String,
    /// Absent where no run has begun.
    seen: Option<&'a Seen>,
    /// The rows of the runs, in the form of `rounds.csv`.
    rounds: Option<&'a Columns>,
    verdicts: Option<&'a Verdicts>,
    /// Since the execution began.
    elapsed: Option<Duration>,
    /// Since it last told something.
    silence: Option<Duration>,
}

/// The verdicts of `checks.csv`.
#[derive(Debug, PartialEq, Eq)]
struct Verdicts {
    /// How many of each, in the order of the table below.
    counts: Vec<(&'static str, usize)>,
    /// Theorem and setting of those that are violated.
    violated: Vec<String>,
    /// Whether they were written before this execution began.
    is_earlier: bool,
}

impl Watch {
    fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), follower: Follower::new(dir), rounds: None, verdicts: None }
    }

    fn look(&mut self) -> Result<(), Failure> {
        match self.follower.look() {
            Ok(false) => {}
            Ok(true) => {
                let path = self.dir.join("rounds.csv");
                let seen = self.follower.seen();
                self.rounds = seen.map(|seen| Columns::parse(&path, &seen.rounds_csv())).transpose()?;
            }
            // A table that is replaced at this moment is read in the next one.
            Err(ResultsError::Store(StoreError::Io { source, .. })) if source.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        self.look_at_verdicts();
        Ok(())
    }

    /// Reads `checks.csv` where it is there and new; what is no such table says nothing.
    fn look_at_verdicts(&mut self) {
        let path = self.dir.join("checks.csv");
        let Some(written) = fs::metadata(&path).and_then(|about| about.modified()).ok() else {
            self.verdicts = None;
            return;
        };
        let began = self.follower.seen().and_then(|seen| seen.began);
        let age = written.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let is_earlier = began.is_some_and(|began| age < began);
        match &mut self.verdicts {
            Some((known, verdicts)) if *known == written => verdicts.is_earlier = is_earlier,
            _ => self.verdicts = Verdicts::read(&path, is_earlier).map(|verdicts| (written, verdicts)),
        }
    }

    fn sight(&self) -> Sight<'_> {
        let now = since_1970();
        let seen = self.follower.seen();
        let told = fs::metadata(self.dir.join(".store").join("journal")).and_then(|about| about.modified()).ok();
        let told = told.and_then(|told| told.duration_since(SystemTime::UNIX_EPOCH).ok());
        let is_over = |seen: &Seen| matches!(seen.phase, Phase::Over(_));
        let until = if seen.is_some_and(is_over) { told } else { Some(now) };
        Sight {
            dir: self.dir.display().to_string(),
            seen,
            rounds: self.rounds.as_ref(),
            verdicts: self.verdicts.as_ref().map(|(_, verdicts)| verdicts),
            elapsed: seen.and_then(|seen| until?.checked_sub(seen.began?)),
            silence: seen.filter(|seen| !is_over(seen)).and(told).and_then(|told| now.checked_sub(told)),
        }
    }
}

impl Verdicts {
    /// Name in `checks.csv`, and in words.
    const ALL: [(&str, &str); 5] = [
        ("violated", "violated"),
        ("assumption-violated", "with an assumption violated"),
        ("inconclusive", "inconclusive"),
        ("holds", "hold"),
        ("not-applicable", "not applicable"),
    ];

    fn read(path: &Path, is_earlier: bool) -> Option<Self> {
        let table = Columns::read(path).ok()?;
        let (theorems, labels) = (table.texts("theorem").ok()?, table.texts("label").ok()?);
        let verdicts = table.texts("verdict").ok()?;
        let count = |name: &str| verdicts.iter().filter(|verdict| **verdict == name).count();
        let violated = (0..table.len()).filter(|row| verdicts[*row] == "violated");
        Some(Self {
            counts: Self::ALL.iter().map(|(name, words)| (*words, count(name))).filter(|(_, n)| *n > 0).collect(),
            violated: violated.map(|row| format!("{} on {}", theorems[row], labels[row])).collect(),
            is_earlier,
        })
    }

    fn words(&self) -> String {
        let counts: Vec<String> = self.counts.iter().map(|(words, n)| format!("{n} {words}")).collect();
        let earlier = if self.is_earlier { " (of an earlier check)" } else { "" };
        let mut text = format!("theorems{earlier}: {}", counts.join(", "));
        if !self.violated.is_empty() {
            text = format!("{text}; violated: {}", self.violated.join(", "));
        }
        text
    }
}

/// A setting and its replicates.
#[derive(Debug)]
struct Setting<'a> {
    label: &'a str,
    runs: Vec<&'a SeenRun>,
}

impl Setting<'_> {
    /// The share of its rounds that is played.
    fn share(&self) -> f64 {
        share(self.runs.iter().map(|run| run.rounds()))
    }

    /// How many of its runs have ended.
    fn ended(&self) -> usize {
        self.runs.iter().filter(|run| !matches!(run.stage, Stage::Waiting | Stage::Playing)).count()
    }

    fn state(&self) -> String {
        let count = |is: fn(&Stage) -> bool| self.runs.iter().filter(|run| is(&run.stage)).count();
        let diverged = count(|stage| matches!(stage, Stage::Diverged { .. }));
        let playing = count(|stage| *stage == Stage::Playing);
        match (diverged, playing, self.ended()) {
            (1.., ..) => {
                let first = self.runs.iter().filter_map(|run| match run.stage {
                    Stage::Diverged { round, .. } => Some(round),
                    _ => None,
                });
                format!("{diverged} diverged, first in round {}", first.min().unwrap_or(0))
            }
            (_, 1.., _) => "playing".to_owned(),
            (_, _, ended) if ended == self.runs.len() => "finished".to_owned(),
            (_, _, 0) => "waiting".to_owned(),
            _ => "next".to_owned(),
        }
    }
}

fn share(rounds: impl Iterator<Item = (u64, u64)>) -> f64 {
    let (done, all) = rounds.fold((0, 0), |(done, all), (own, of)| (done + own, all + of));
    if all == 0 { 1.0 } else { done as f64 / all as f64 }
}

/// The settings in the order of the plan.
fn settings(seen: &Seen) -> Vec<Setting<'_>> {
    let mut settings: Vec<Setting<'_>> = Vec::new();
    for run in &seen.runs {
        match settings.iter_mut().find(|setting| setting.label == run.label) {
            Some(setting) => setting.runs.push(run),
            None => settings.push(Setting { label: &run.label, runs: vec![run] }),
        }
    }
    settings
}

impl Sight<'_> {
    /// Share of all rounds that is played.
    fn share(&self) -> f64 {
        self.seen.map_or(0.0, |seen| share(std::iter::once(seen.rounds())))
    }

    /// What the execution is doing, and for how long.
    fn status(&self) -> String {
        let Some(seen) = self.seen else { return "no run has begun here yet".to_owned() };
        let after = self.elapsed.map(|elapsed| format!(" after {}", time(elapsed))).unwrap_or_default();
        let phase = match &seen.phase {
            Phase::Over(Ending::Finished) => return format!("finished{after}"),
            Phase::Over(Ending::Interrupted) => {
                return format!("stopped{after}; the same command goes on");
            }
            Phase::Over(Ending::Failed(error)) => return format!("failed{after}: {error}"),
            Phase::Preparing => "beginning",
            Phase::Minimizing => "computing f*",
            Phase::Playing => "playing",
        };
        if let Some(silence) = self.silence.filter(|silence| *silence >= SILENT_FROM) {
            return format!("{phase}, but silent for {}: in a long round, or killed", time(silence));
        }
        let mut text = phase.to_owned();
        if let Some(elapsed) = self.elapsed {
            text = format!("{text} for {}", time(elapsed));
            let earlier: u64 = seen.runs.iter().filter(|run| run.is_earlier).map(|run| run.rounds).sum();
            let (done, all) = seen.rounds();
            let own = (done - earlier.min(done)) as f64;
            if seen.phase == Phase::Playing && own > 0.0 && elapsed > Duration::from_secs(1) {
                let left = elapsed.as_secs_f64() * (all - done) as f64 / own;
                text = format!("{text}, about {} left", time(Duration::from_secs_f64(left.min(1e9))));
            }
        }
        text
    }

    /// `8 of 15 runs, 12900 of 30000 rounds`.
    fn counts(&self) -> String {
        let Some(seen) = self.seen else { return String::new() };
        let ended: usize = settings(seen).iter().map(Setting::ended).sum();
        let (done, all) = seen.rounds();
        let n = seen.runs.len();
        format!("{ended} of {n} {}, {done} of {all} rounds", plural(n, "run"))
    }

    /// The curves of a metric, and whether its axis is logarithmic: by choice, or because its values span a range.
    fn figure(&self, x: (&str, Scale), y: &str, log: Option<bool>) -> Option<(Figure, Scale)> {
        let rounds = self.rounds?;
        let values = rounds.numbers(y).ok()?;
        let finite = values.into_iter().flatten().filter(|value| value.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
        let scale = if log.unwrap_or(low > 0.0 && high > 10.0 * low) { Scale::Log } else { Scale::Linear };
        Some((curves(rounds, &self.seen?.diverged(), x, (y, scale)).ok()?, scale))
    }
}

/// The last value of each setting: the median over the runs that are there, as the curve shows it.
fn last(figure: Option<&Figure>, label: &str) -> Option<f64> {
    let series = figure?.series.iter().find(|series| series.label == label)?;
    series.points.last().map(|(_, y)| *y)
}

/// The first of these that is recorded: what a curve shows when nobody has chosen.
fn first_metric(seen: &Seen) -> usize {
    let wanted = ["suboptimality", "loss", "gradient_norm_squared"];
    let place = |name: &&str| seen.metrics.iter().position(|metric| metric.name() == *name);
    wanted.iter().find_map(place).unwrap_or(0)
}

/// One look as plain text.
fn plain(sight: &Sight<'_>, width: usize) -> String {
    let mut text = format!("{}: {}\n", sight.dir, sight.status());
    let Some(seen) = sight.seen else { return text };
    text = format!("{text}{:.0} % played: {}\n\n", (100.0 * sight.share()).floor(), sight.counts());
    let metric = seen.metrics.get(first_metric(seen)).map_or("", |metric| metric.name());
    let figure = sight.figure(("round", Scale::Linear), metric, None);
    let mut table = Table::new(["setting", "runs", "played", metric, "state"]);
    for setting in settings(seen) {
        let value = last(figure.as_ref().map(|(figure, _)| figure), setting.label);
        table.row([
            setting.label.to_owned(),
            format!("{} of {}", setting.ended(), setting.runs.len()),
            format!("{:.0} %", (100.0 * setting.share()).floor()),
            value.map_or(String::new(), |value| significant(value, 3)),
            setting.state(),
        ]);
    }
    text.push_str(&table.plain(width));
    if let Some(verdicts) = sight.verdicts {
        text = format!("{text}\n{}\n", verdicts.words());
    }
    text
}

/// A duration for people: `12 s`, `3 min 05 s`, `2 h 14 min`.
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}
