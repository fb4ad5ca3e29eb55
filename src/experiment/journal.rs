//! The side of the journal that writes: an execution reports how far its runs are.
//!
//! No result depends on it: where it cannot be written it ends, and the runs go on.

use super::error::ExperimentError;
use super::file::ExperimentFile;
use super::plan::Plan;
use super::planned::PlannedRun;
use super::program::since_1970;
use super::progress::{Progress, Report};
use crate::record::Table;
use crate::results::journal::{Ending, Entry, Planned, path};
use crate::results::run::{RunResult, to_bits};
use crate::store::{self, Folder};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Mutex;

/// What the store and the journal call a run.
fn key(run: &PlannedRun) -> String {
    store::key(&run.hash).to_owned()
}

/// The side that writes.
#[derive(Debug)]
pub struct Journal(Mutex<Option<Written>>);

#[derive(Debug)]
struct Written {
    file: File,
    /// How many rows of each unfinished run it holds.
    rows: BTreeMap<String, usize>,
}

impl Journal {
    /// Starts a new journal in a locked folder.
    #[must_use]
    pub fn begin(folder: &Folder, file: &ExperimentFile, plan: &Plan) -> Self {
        let opened = File::create(path(&folder.path)).ok();
        let journal = Self(Mutex::new(opened.map(|file| Written { file, rows: BTreeMap::new() })));
        journal.write(&Entry::Opened { at: since_1970().as_nanos() as u64, process: std::process::id() });
        journal.write(&Entry::Planned {
            question: file.question.trim().to_owned(),
            metrics: plan.runs.first().map(|run| run.spec.record.metrics.clone()).unwrap_or_default(),
            runs: plan
                .runs
                .iter()
                .map(|run| Planned {
                    key: key(run),
                    id: run.id.clone(),
                    label: run.label.clone(),
                    seed: run.seed,
                    rounds: run.spec.rounds,
                })
                .collect(),
        });
        journal
    }

    /// Says how the execution ended.
    pub fn end(&self, report: &Result<Report, ExperimentError>) {
        self.write(&Entry::Closed(match report {
            Ok(report) if report.n_unfinished() == 0 => Ending::Finished,
            Ok(_) => Ending::Interrupted,
            Err(error) => Ending::Failed(error.to_string()),
        }));
    }

    fn write(&self, entry: &Entry) {
        let Ok(mut guard) = self.0.lock() else { return };
        if let Some(Err(_)) = guard.as_mut().map(|written| written.write(entry)) {
            // Half a line may be there: nothing may follow it.
            *guard = None;
        }
    }
}

impl Written {
    fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

impl Progress for Journal {
    fn minimizing(&self, problems: usize) {
        if problems > 0 {
            self.write(&Entry::Minimizing);
        }
    }

    fn start(&self, _rounds: u64, _finished: u64) {
        self.write(&Entry::Running);
    }

    fn found(&self, run: &PlannedRun) {
        self.write(&Entry::Found(key(run)));
    }

    fn begun(&self, run: &PlannedRun) {
        self.write(&Entry::Begun(key(run)));
    }

    fn reached(&self, run: &PlannedRun, round: u64, recorded: &Table) {
        let Ok(mut guard) = self.0.lock() else { return };
        let Some(written) = guard.as_mut() else { return };
        let run = key(run);
        let written_rows = written.rows.insert(run.clone(), recorded.rows.len()).unwrap_or(0);
        let entry = Entry::Reached { run, round, rows: to_bits(&recorded.rows[written_rows..]) };
        if written.write(&entry).is_err() {
            *guard = None;
        }
    }

    fn ended(&self, run: &PlannedRun, _result: &RunResult) {
        self.write(&Entry::Ended(key(run)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::plan::Selection;
    use crate::experiment::progress::Silent;
    use crate::experiment::run::{Options, execute};
    use crate::record::Outcome;
    use crate::results::journal::{Follower, Phase, Stage};
    use std::fs;
    use std::path::Path;
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    const EXPERIMENT: &str = r#"
objective = { name = "quadratic", dim = 20, strong_convexity = 0.1, smoothness = 1.0, spectrum = "linear", heterogeneity = 0.0, noise = 0.1, seed = 1 }
n_workers = 2
rounds = 30
batch_size = "full"
step_size = [0.1, 1e200]
method = { name = "sgd" }
seeds = [1, 2]
"#;

    fn execute_in(folder: &Path, stop: bool, force: bool) -> (Plan, Report) {
        let file = ExperimentFile::parse(Path::new("x.toml"), EXPERIMENT).unwrap();
        let plan = Plan::new(&file, &Selection::default(), None).unwrap();
        let options = Options {
            out: folder.to_owned(),
            threads: 1,
            force,
            checkpoint_every: Duration::from_secs(60),
            reproduce: false,
            command: vec![],
        };
        let report = execute(&plan, &file, &options, &Silent, &AtomicBool::new(stop)).unwrap();
        (plan, report)
    }

    #[test]
    fn who_follows_sees_what_the_plan_gave() {
        let folder = tempfile::tempdir().unwrap();
        let mut follower = Follower::new(folder.path());
        assert!(!follower.look().unwrap() && follower.seen().is_none());
        // Stopped in its first round: what it has recorded so far is reported.
        let (_, report) = execute_in(folder.path(), true, false);
        assert!(report.results[0].is_none());
        assert!(follower.look().unwrap());
        let seen = follower.seen().unwrap();
        assert_eq!(seen.phase, Phase::Over(Ending::Interrupted));
        assert_eq!((seen.runs[0].round, &seen.runs[0].stage), (1, &Stage::Running));
        assert_eq!(seen.runs[0].table.rows.iter().map(|(round, _)| *round).collect::<Vec<_>>(), [0, 1]);
        assert!(!follower.look().unwrap(), "nothing new");

        let (plan, report) = execute_in(folder.path(), false, false);
        assert!(follower.look().unwrap());
        let seen = follower.seen().unwrap();
        assert_eq!(seen.phase, Phase::Over(Ending::Finished));
        assert_eq!(seen.rounds(), (120, 120));
        for ((own, run), result) in seen.runs.iter().zip(&plan.runs).zip(&report.results) {
            let result = result.as_ref().unwrap();
            assert_eq!((&own.id, &own.label, own.seed), (&run.id, &run.label, run.seed));
            assert_eq!(own.table, result.table);
            assert_eq!(matches!(own.stage, Stage::Diverged { .. }), result.outcome != Outcome::Finished);
        }
        assert!(seen.runs.iter().any(|run| run.stage == Stage::Finished));
        assert!(seen.runs.iter().any(|run| matches!(run.stage, Stage::Diverged { .. })));

        // Without a journal the tables report the same.
        let runs = seen.runs.clone();
        fs::remove_dir_all(folder.path().join(".store")).unwrap();
        let mut other = Follower::new(folder.path());
        assert!(other.look().unwrap() && !other.look().unwrap());
        for (own, other) in runs.iter().zip(&other.seen().unwrap().runs) {
            assert_eq!((&own.table, &own.stage, &own.label), (&other.table, &other.stage, &other.label));
        }
    }

    #[test]
    fn a_half_written_line_is_read_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        execute_in(folder.path(), true, false);
        let path = path(folder.path());
        let whole = fs::read(&path).unwrap();
        let mut whole_follower = Follower::new(folder.path());
        whole_follower.look().unwrap();
        let mut follower = Follower::new(folder.path());
        for end in 0..=whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            follower.look().unwrap();
        }
        assert_eq!(follower.seen(), whole_follower.seen());
        // A new execution is noticed although its journal is longer than what was read of the old one.
        execute_in(folder.path(), false, true);
        follower.look().unwrap();
        assert!(follower.seen().unwrap().runs.iter().all(|run| run.rounds().0 == 30 && !run.is_earlier));
        // Malformed lines are skipped.
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"\xff{\n{}\n").unwrap();
        assert!(follower.look().unwrap());
        assert_eq!(follower.seen().unwrap().phase, Phase::Over(Ending::Finished));
    }
}
