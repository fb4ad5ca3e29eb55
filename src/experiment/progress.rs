//! How far the work on a plan is, and what became of it.

use super::planned::PlannedRun;
use crate::record;
use crate::results::run::RunResult;

/// Receives reports of how far the work is. Called from many threads.
pub trait Progress: Sync {
    /// f* is about to be computed for this number of problems.
    fn minimizing(&self, problems: usize) {
        let _ = problems;
    }
    /// `rounds` rounds are to be run in all, of which `finished` are finished already.
    fn start(&self, rounds: u64, finished: u64) {
        let _ = (rounds, finished);
    }
    /// This many more rounds are done.
    fn advance(&self, rounds: u64) {
        let _ = rounds;
    }
    /// A run was finished earlier.
    fn found(&self, run: &PlannedRun) {
        let _ = run;
    }
    /// A run begins.
    fn begun(&self, run: &PlannedRun) {
        let _ = run;
    }
    /// A run has reached `round` with the rows `recorded`; reported now and then, and before an interruption.
    fn reached(&self, run: &PlannedRun, round: u64, recorded: &record::Table) {
        let _ = (run, round, recorded);
    }
    /// A run has ended.
    fn ended(&self, run: &PlannedRun, result: &RunResult) {
        let _ = (run, result);
    }
}

/// Reports nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {}

/// Reports to both.
pub(super) struct Both<'a>(pub(super) &'a dyn Progress, pub(super) &'a dyn Progress);

impl Progress for Both<'_> {
    fn minimizing(&self, problems: usize) {
        self.0.minimizing(problems);
        self.1.minimizing(problems);
    }
    fn start(&self, rounds: u64, finished: u64) {
        self.0.start(rounds, finished);
        self.1.start(rounds, finished);
    }
    fn advance(&self, rounds: u64) {
        self.0.advance(rounds);
        self.1.advance(rounds);
    }
    fn found(&self, run: &PlannedRun) {
        self.0.found(run);
        self.1.found(run);
    }
    fn begun(&self, run: &PlannedRun) {
        self.0.begun(run);
        self.1.begun(run);
    }
    fn reached(&self, run: &PlannedRun, round: u64, recorded: &record::Table) {
        self.0.reached(run, round, recorded);
        self.1.reached(run, round, recorded);
    }
    fn ended(&self, run: &PlannedRun, result: &RunResult) {
        self.0.ended(run, result);
        self.1.ended(run, result);
    }
}

/// What became of a plan.
#[derive(Debug)]
pub struct Report {
    /// One per run of the plan, `None` where the run was interrupted.
    pub results: Vec<Option<RunResult>>,
    /// How many were in the store already.
    pub reused: usize,
    /// How many went on from a checkpoint.
    pub resumed: usize,
}

impl Report {
    /// How many runs were interrupted.
    #[must_use]
    pub fn n_unfinished(&self) -> usize {
        self.results.iter().filter(|result| result.is_none()).count()
    }
}
