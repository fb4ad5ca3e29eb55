//! What was found: of a theorem on a setting, and of a whole experiment.

use super::draw::DrawRecord;
use crate::experiment::constants::{Constants, Known};
use crate::experiment::progress::Report;
use crate::experiment::spec::check::Verdict;
use crate::record::Outcome;
use crate::simulation::Trail;
use crate::theory::{Origin, Quantity, Theorem};
use std::collections::BTreeMap;

/// The two sides of a theorem at a round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Rounds run.
    pub round: u64,
    /// The right-hand side.
    pub bound: f64,
    /// The left-hand side: the draw that comes closest, or the mean over seeds.
    pub observed: f64,
    /// Lower limit, one-sided.
    pub lower: Option<f64>,
    /// Upper limit, one-sided.
    pub upper: Option<f64>,
    /// Whether the bound is far above what rounding leaves of the left-hand side: else their ratio says nothing.
    pub is_resolved: bool,
    /// Whether the two sides contradict the theorem here.
    pub contradicts: bool,
}

impl Point {
    /// How far the bound is from what was observed, as a ratio; below 1 where it is exceeded.
    #[must_use]
    pub fn slack(&self) -> f64 {
        // Of two decreases the observed one is the larger.
        if self.bound < 0.0 && self.observed < 0.0 { self.observed / self.bound } else { self.bound / self.observed }
    }
}

/// What became of one theorem on one setting.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The theorem.
    pub theorem: &'static Theorem,
    /// The setting.
    pub label: String,
    /// The outcome.
    pub verdict: Verdict,
    /// Why, where the verdict does not say it all.
    pub reason: String,
    /// The weakest origin among the constants of the bound.
    pub origin: Option<Origin>,
    /// Bound against observation, ascending by round.
    pub curve: Vec<Point>,
    /// What the verdict rests on, where it is one number over all rounds.
    pub overall: Option<Point>,
    /// Comparisons that were made: draws, or seeds times rounds.
    pub n_compared: u64,
    /// Draws on which the theorem says nothing.
    pub n_refused: u64,
    /// Seeds.
    pub n_runs: usize,
    /// How many seeds would decide, where the verdict is [`Verdict::Inconclusive`].
    pub seeds_to_decide: Option<u64>,
}

impl Finding {
    pub(super) fn new(theorem: &'static Theorem, verdict: Verdict) -> Self {
        Self {
            theorem,
            label: String::new(),
            verdict,
            reason: String::new(),
            origin: None,
            curve: Vec::new(),
            overall: None,
            n_compared: 0,
            n_refused: 0,
            n_runs: 0,
            seeds_to_decide: None,
        }
    }

    pub(super) fn not_applicable(theorem: &'static Theorem, reason: String) -> Self {
        Self { reason, ..Self::new(theorem, Verdict::NotApplicable) }
    }

    /// Where the left-hand side contradicts the bound most, else where it comes closest to it; before the first round only
    /// if there is nothing else, since many bounds begin as equalities.
    #[must_use]
    pub fn closest(&self) -> Option<Point> {
        let by_slack = |a: &Point, b: &Point| a.slack().abs().total_cmp(&b.slack().abs());
        let comparable = || self.curve.iter().filter(|point| !point.slack().is_nan()).copied();
        let contradiction = comparable().filter(|point| point.contradicts).min_by(by_slack);
        let later = comparable().filter(|point| point.round > 0 && point.is_resolved).min_by(by_slack);
        self.overall.or(contradiction).or(later).or_else(|| comparable().min_by(by_slack))
    }
}

/// What was seen of one run.
#[derive(Debug)]
pub(super) struct Observation {
    pub(super) constants: Constants,
    /// Constants that are asserted and contradicted, and what is known instead.
    pub(super) refuted: BTreeMap<Quantity, Known>,
    pub(super) draws: BTreeMap<&'static str, DrawRecord>,
    pub(super) trail: Trail,
    pub(super) outcome: Outcome,
}

/// All findings of an experiment, setting by setting in the order of the plan.
#[derive(Debug)]
pub struct Checked {
    /// What the runs gave.
    pub report: Report,
    /// One per setting and theorem.
    pub findings: Vec<Finding>,
    /// The constants of each setting, with its label.
    pub constants: Vec<(String, Constants)>,
}
