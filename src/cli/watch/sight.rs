//! What is to be seen of an execution at one moment, in numbers and words.

use crate::cli::terminal::plural;
use crate::output::axis::Scale;
use crate::output::figure::Figure;
use crate::output::plot::curves;
use crate::results::journal::{Ending, Phase, Seen, SeenRun, Stage};
use crate::results::read::Columns;
use std::path::Path;
use std::time::Duration;

/// A run that has reported nothing for this long is called silent.
const SILENT_FROM: Duration = Duration::from_secs(10);

/// What is to be seen at one moment.
#[derive(Debug)]
pub(super) struct Sight<'a> {
    pub(super) dir: String,
    /// Absent where no run has begun.
    pub(super) seen: Option<&'a Seen>,
    /// The rows of the runs, in the form of `rounds.csv`.
    pub(super) rounds: Option<&'a Columns>,
    pub(super) verdicts: Option<&'a Verdicts>,
    /// Since the execution began.
    pub(super) elapsed: Option<Duration>,
    /// Since it last reported something.
    pub(super) silence: Option<Duration>,
}

/// The verdicts of `checks.csv`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Verdicts {
    /// How many of each, in the order of the table below.
    pub(super) counts: Vec<(&'static str, usize)>,
    /// Theorem and setting of those that are violated.
    pub(super) violated: Vec<String>,
    /// Whether they were written before this execution began.
    pub(super) is_earlier: bool,
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

    pub(super) fn read(path: &Path, is_earlier: bool) -> Option<Self> {
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

    pub(super) fn words(&self) -> String {
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
pub(super) struct Setting<'a> {
    pub(super) label: &'a str,
    pub(super) runs: Vec<&'a SeenRun>,
}

impl Setting<'_> {
    /// The fraction of its rounds that are done.
    pub(super) fn fraction(&self) -> f64 {
        fraction(self.runs.iter().map(|run| run.rounds()))
    }

    /// How many of its runs have ended.
    pub(super) fn ended(&self) -> usize {
        self.runs.iter().filter(|run| !matches!(run.stage, Stage::Waiting | Stage::Running)).count()
    }

    pub(super) fn state(&self) -> String {
        let count = |is: fn(&Stage) -> bool| self.runs.iter().filter(|run| is(&run.stage)).count();
        let diverged = count(|stage| matches!(stage, Stage::Diverged { .. }));
        let running = count(|stage| *stage == Stage::Running);
        match (diverged, running, self.ended()) {
            (1.., ..) => {
                let first = self.runs.iter().filter_map(|run| match run.stage {
                    Stage::Diverged { round, .. } => Some(round),
                    _ => None,
                });
                format!("{diverged} diverged, first in round {}", first.min().unwrap_or(0))
            }
            (_, 1.., _) => "running".to_owned(),
            (_, _, ended) if ended == self.runs.len() => "finished".to_owned(),
            (_, _, 0) => "waiting".to_owned(),
            _ => "next".to_owned(),
        }
    }
}

pub(super) fn fraction(rounds: impl Iterator<Item = (u64, u64)>) -> f64 {
    let (done, all) = rounds.fold((0, 0), |(done, all), (own, of)| (done + own, all + of));
    if all == 0 { 1.0 } else { done as f64 / all as f64 }
}

/// The settings in the order of the plan.
pub(super) fn settings(seen: &Seen) -> Vec<Setting<'_>> {
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
    /// The fraction of all rounds that are done.
    pub(super) fn fraction(&self) -> f64 {
        self.seen.map_or(0.0, |seen| fraction(std::iter::once(seen.rounds())))
    }

    /// What the execution is doing, and for how long.
    pub(super) fn status(&self) -> String {
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
            Phase::Running => "running",
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
            if seen.phase == Phase::Running && own > 0.0 && elapsed > Duration::from_secs(1) {
                let left = elapsed.as_secs_f64() * (all - done) as f64 / own;
                text = format!("{text}, about {} left", time(Duration::from_secs_f64(left.min(1e9))));
            }
        }
        text
    }

    /// `8 of 15 runs, 12900 of 30000 rounds`.
    pub(super) fn counts(&self) -> String {
        let Some(seen) = self.seen else { return String::new() };
        let ended: usize = settings(seen).iter().map(Setting::ended).sum();
        let (done, all) = seen.rounds();
        let n = seen.runs.len();
        format!("{ended} of {n} {}, {done} of {all} rounds", plural(n, "run"))
    }

    /// The curves of a metric, and whether its axis is logarithmic: by choice, or because its values span a range.
    pub(super) fn figure(&self, x: (&str, Scale), y: &str, log: Option<bool>) -> Option<(Figure, Scale)> {
        let rounds = self.rounds?;
        let values = rounds.numbers(y).ok()?;
        let finite = values.into_iter().flatten().filter(|value| value.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
        let scale = if log.unwrap_or(low > 0.0 && high > 10.0 * low) { Scale::Log } else { Scale::Linear };
        Some((curves(rounds, &self.seen?.diverged(), x, (y, scale)).ok()?, scale))
    }
}

/// The last value of each setting: the median over the runs that are there, as the curve shows it.
pub(super) fn last(figure: Option<&Figure>, label: &str) -> Option<f64> {
    let series = figure?.series.iter().find(|series| series.label == label)?;
    series.points.last().map(|(_, y)| *y)
}

/// The first of these that is recorded: what a curve shows by default.
pub(super) fn first_metric(seen: &Seen) -> usize {
    let wanted = ["suboptimality", "loss", "gradient_norm_squared"];
    let place = |name: &&str| seen.metrics.iter().position(|metric| metric.name() == *name);
    wanted.iter().find_map(place).unwrap_or(0)
}

/// A duration for people: `12 s`, `3 min 05 s`, `2 h 14 min`.
pub(super) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}
