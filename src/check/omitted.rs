//! Where a check is silent, in words.

use super::finding::Observation;
use crate::experiment::planned::PlannedRun;

/// Where nothing is judged: the first round of each kind.
#[derive(Debug, Default)]
pub(super) struct Omitted {
    /// A run diverged.
    pub(super) diverged: Option<u64>,
    /// Squares overflow or underflow.
    pub(super) unreadable: Option<u64>,
    /// The bound is ∞, or no number.
    pub(super) vacuous: Option<u64>,
}

impl Omitted {
    pub(super) fn of_draws(runs: &[(&PlannedRun, &Observation)], id: &str) -> Self {
        let records = || runs.iter().filter_map(|(_, observation)| observation.draws.get(id));
        Self {
            diverged: runs.iter().filter_map(|(_, observation)| observation.outcome.diverged()).min(),
            unreadable: records().filter_map(|record| record.unreadable).min(),
            vacuous: records().filter_map(|record| record.vacuous).min(),
        }
    }

    /// `None` where all was judged.
    pub(super) fn words(&self) -> Option<String> {
        let of = |round: Option<u64>, words: fn(u64) -> String| round.map(words);
        let all = [
            of(self.diverged, |round| format!("the run diverged in round {round}: not judged from there")),
            of(self.unreadable, |round| {
                format!("squares leave the range of numbers from round {round} on: not judged where they do")
            }),
            of(self.vacuous, |round| format!("vacuous from round {round} on: the bound is not a finite number")),
        ];
        let words: Vec<String> = all.into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join("; "))
    }
}
