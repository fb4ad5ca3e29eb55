//! The journal of a result folder: how far its runs are, for who watches from another process.
//!
//! `.store/journal` is opened afresh by each execution and grows by whole lines of JSON, so that a reader needs no lock
//! and leaves a half-written line for later. No result depends on it: where it cannot be written it ends, and the runs
//! go on.

use super::error::ResultsError;
use super::run::{Diverged, RowsOfBits, RunResult, from_bits, read_tables};
use super::{ROUNDS, number};
use crate::record::{Metric, Outcome, Table};
use crate::store::{self, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the journal of a result folder lies.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join(".store").join("journal")
}

/// A line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    /// The first line, by which one execution is distinguished from the next: nanoseconds since 1970.
    Opened {
        at: u64,
        process: u32,
    },
    Planned {
        question: String,
        metrics: Vec<Metric>,
        runs: Vec<Planned>,
    },
    Minimizing,
    Running,
    /// A run was finished earlier.
    Found(String),
    Begun(String),
    Reached {
        run: String,
        round: u64,
        /// The rows that no earlier line has.
        rows: RowsOfBits,
    },
    /// A run has ended; its rows are in the store.
    Ended(String),
    Closed(Ending),
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// All runs are done.
    Finished,
    /// It was asked to stop.
    Interrupted,
    /// An error, in words.
    Failed(String),
}

/// A run of the plan as the journal names it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Planned {
    /// Its name in the store.
    pub(crate) key: String,
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) seed: u64,
    pub(crate) rounds: u64,
}

/// Where a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Its turn has not come.
    Waiting,
    /// It is running, or was when the execution stopped.
    Running,
    /// All its rounds are done.
    Finished,
    /// A number was no longer finite.
    Diverged {
        /// The round in which it was noticed.
        round: u64,
        /// Where.
        reason: String,
    },
}

/// A run as it is seen from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenRun {
    /// Its name in tables.
    pub id: String,
    /// Its setting.
    pub label: String,
    /// Its seed.
    pub seed: u64,
    /// Rounds that it is to run.
    pub rounds: u64,
    /// Rounds that it has run.
    pub round: u64,
    /// Where it is.
    pub stage: Stage,
    /// Whether it was finished before this execution.
    pub is_earlier: bool,
    /// What it has recorded, as far as that is reported.
    pub table: Table,
}

/// What an execution is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Nothing that is reported.
    Preparing,
    /// It computes f*.
    Minimizing,
    /// It runs its rounds.
    Running,
    /// It is over.
    Over(Ending),
}

/// An execution as it is seen from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// When it began, since 1970; absent for results without a journal.
    pub began: Option<Duration>,
    /// The question of the experiment.
    pub question: String,
    /// What is recorded.
    pub metrics: Vec<Metric>,
    /// The runs of the plan, in its order.
    pub runs: Vec<SeenRun>,
    /// What it is doing.
    pub phase: Phase,
}

impl Seen {
    /// Rounds done, and rounds to be done, over all runs.
    #[must_use]
    pub fn rounds(&self) -> (u64, u64) {
        let add = |(done, all), (own, of)| (done + own, all + of);
        self.runs.iter().map(SeenRun::rounds).fold((0, 0), add)
    }

    /// The runs that diverged, and in which round.
    #[must_use]
    pub fn diverged(&self) -> Diverged {
        let from = self.runs.iter().filter_map(|run| match run.stage {
            Stage::Diverged { round, .. } => Some((run.id.clone(), round)),
            _ => None,
        });
        from.collect()
    }

    /// What is recorded, in the form of `rounds.csv`.
    #[must_use]
    pub fn rounds_csv(&self) -> Vec<u8> {
        let mut csv = csv::Writer::from_writer(Vec::new());
        let names = self.metrics.iter().map(|metric| metric.name());
        // A vector takes all that is written to it.
        let _ = csv.write_record(["run", "label", "seed", "round"].into_iter().chain(names));
        for run in &self.runs {
            let keys = [run.id.clone(), run.label.clone(), run.seed.to_string()];
            for (round, values) in &run.table.rows {
                let values = values.iter().map(|value| value.map(number::number).unwrap_or_default());
                let _ = csv.write_record(keys.iter().cloned().chain([round.to_string()]).chain(values));
            }
        }
        csv.into_inner().unwrap_or_default()
    }
}

/// The side that reads, from another process: it takes no lock and writes nothing.
#[derive(Debug)]
pub struct Follower {
    folder: PathBuf,
    /// The first line and how far the journal is read.
    read: Option<(String, u64)>,
    seen: Option<Seen>,
    /// Key in the store → place in the plan.
    places: BTreeMap<String, usize>,
}

impl Follower {
    /// Looks at a result folder.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), read: None, seen: None, places: BTreeMap::new() }
    }

    /// What was seen last; `None` where no run has begun.
    #[must_use]
    pub fn seen(&self) -> Option<&Seen> {
        self.seen.as_ref()
    }

    /// Reads what is new; says whether there was something.
    ///
    /// # Errors
    /// A file cannot be read, or the tables of a folder without a journal are no tables.
    pub fn look(&mut self) -> Result<bool, ResultsError> {
        let path = path(&self.folder);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.look_at_tables(),
            Err(error) => return Err(StoreError::io("read", &path)(error).into()),
        };
        Ok(self.read_on(BufReader::new(file)).map_err(StoreError::io("read", &path))?)
    }

    fn read_on(&mut self, mut journal: BufReader<File>) -> io::Result<bool> {
        let Some(first) = whole_line(&mut journal)? else { return Ok(false) };
        let mut at = first.len() as u64 + 1;
        match &self.read {
            Some((known, read)) if *known == first => at = *read,
            _ => *self = Self::new(&self.folder),
        }
        let before = at;
        journal.seek(SeekFrom::Start(at))?;
        while let Some(line) = whole_line(&mut journal)? {
            at += line.len() as u64 + 1;
            if let Ok(entry) = serde_json::from_str(&line) {
                self.take(entry, &first);
            }
        }
        self.read = Some((first, at));
        Ok(at > before)
    }

    fn take(&mut self, entry: Entry, first: &str) {
        if let Entry::Planned { question, metrics, runs } = entry {
            let began = match serde_json::from_str(first) {
                Ok(Entry::Opened { at, .. }) => Some(Duration::from_nanos(at)),
                _ => None,
            };
            self.places = runs.iter().enumerate().map(|(place, run)| (run.key.clone(), place)).collect();
            let runs = runs.into_iter().map(|run| SeenRun {
                id: run.id,
                label: run.label,
                seed: run.seed,
                rounds: run.rounds,
                round: 0,
                stage: Stage::Waiting,
                is_earlier: false,
                table: Table { metrics: metrics.clone(), ..Table::default() },
            });
            self.seen = Some(Seen { began, question, runs: runs.collect(), metrics, phase: Phase::Preparing });
            return;
        }
        let Some(seen) = self.seen.as_mut() else { return };
        let place = |key: &str| self.places.get(key).copied().unwrap_or(usize::MAX);
        match entry {
            Entry::Opened { .. } | Entry::Planned { .. } => {}
            Entry::Minimizing => seen.phase = Phase::Minimizing,
            Entry::Running => seen.phase = Phase::Running,
            Entry::Closed(ending) => seen.phase = Phase::Over(ending),
            Entry::Begun(key) => {
                if let Some(run) = seen.runs.get_mut(place(&key)) {
                    run.stage = Stage::Running;
                }
            }
            Entry::Reached { run, round, rows } => {
                if let Some(run) = seen.runs.get_mut(place(&run)) {
                    run.round = round;
                    run.table.rows.extend(from_bits(rows));
                }
            }
            Entry::Found(ref key) | Entry::Ended(ref key) => {
                if let Some(run) = seen.runs.get_mut(place(key)) {
                    run.is_earlier = matches!(entry, Entry::Found(_));
                    run.stage = Stage::Finished;
                    // A file that is gone leaves what the journal reported.
                    let path = store::run_path(&self.folder, key);
                    if let Some(result) = store::read_sealed(&path).and_then(|bytes| RunResult::from_bytes(&bytes)) {
                        run.end(result);
                    }
                }
            }
        }
    }

    /// The tables of a folder in which nothing was executed.
    fn look_at_tables(&mut self) -> Result<bool, ResultsError> {
        let is_known = self.seen.is_some() && self.read.is_none();
        if is_known || !self.folder.join(ROUNDS).exists() {
            return Ok(false);
        }
        let kept = read_tables(&self.folder)?;
        let metrics = kept.first().map(|run| run.result.table.metrics.clone()).unwrap_or_default();
        let runs = kept.into_iter().map(|kept| {
            let mut run = SeenRun {
                id: kept.id,
                label: kept.label,
                seed: kept.seed,
                rounds: kept.result.table.rows.last().map_or(0, |(round, _)| *round),
                round: 0,
                stage: Stage::Finished,
                is_earlier: true,
                table: Table::default(),
            };
            run.end(kept.result);
            run
        });
        let (question, phase) = (String::new(), Phase::Over(Ending::Finished));
        *self = Self::new(&self.folder);
        self.seen = Some(Seen { began: None, question, metrics, runs: runs.collect(), phase });
        Ok(true)
    }
}

impl SeenRun {
    /// Rounds done, and rounds to be done; a run that diverged has none left.
    #[must_use]
    pub fn rounds(&self) -> (u64, u64) {
        match self.stage {
            Stage::Waiting | Stage::Running => (self.round, self.rounds),
            Stage::Finished | Stage::Diverged { .. } => (self.rounds, self.rounds),
        }
    }

    fn end(&mut self, result: RunResult) {
        self.round = result.table.rows.last().map_or(0, |(round, _)| *round);
        self.table = result.table;
        if let Outcome::Diverged { round, reason } = result.outcome {
            self.round = round;
            self.stage = Stage::Diverged { round, reason };
        }
    }
}

/// The next line without its end; `None` where there is none, or not all of it.
fn whole_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    input.read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&line).into_owned()))
}
