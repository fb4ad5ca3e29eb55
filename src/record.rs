//! What is recorded along a run, and when: plain data.
//!
//! It knows nothing of how a metric is computed.

use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// After all rounds.
    Finished,
    /// A number was no longer finite.
    Diverged {
        /// The round in which it was noticed.
        round: u64,
        /// Where.
        reason: String,
    },
    /// It was stopped on request and can be resumed.
    Interrupted,
}

impl Outcome {
    /// The round in which the run was seen to diverge, if it did.
    #[must_use]
    pub fn diverged(&self) -> Option<u64> {
        match self {
            Self::Diverged { round, .. } => Some(*round),
            Self::Finished | Self::Interrupted => None,
        }
    }
}

/// A quantity that can be recorded: a column of `rounds.csv`.
///
/// Quantities of the iterate belong to the iterate after the row's round; quantities of a round (errors, entries)
/// belong to that round and are absent in row 0; bits and seconds are cumulative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Metric {
    /// `f(x)`.
    Loss,
    /// `f(x) − f*`; the minimum is computed once per problem.
    Suboptimality,
    /// `‖∇f(x)‖²`.
    GradientNormSquared,
    /// `‖x − x*‖²` of the nearest minimizer; they are computed once per problem.
    DistanceSquared,
    /// The mean loss over the rows of `test`, without regularizer.
    TestLoss,
    /// The fraction of the labels of `test` that are predicted correctly.
    TestAccuracy,
    /// `exp(test_loss)`.
    TestPerplexity,
    /// Mean over workers of `‖C(p) − p‖²`.
    CompressionErrorMean,
    /// Maximum over workers of `‖C(p) − p‖²`.
    CompressionErrorMax,
    /// Mean over workers of `‖C(p) − p‖² / ‖p‖²`; absent for workers that compress zero.
    RelativeCompressionErrorMean,
    /// Maximum over workers of `‖C(p) − p‖² / ‖p‖²`.
    RelativeCompressionErrorMax,
    /// Mean over workers of the observed `δ = 1 − ‖C(p) − p‖² / ‖p‖²`.
    ObservedDeltaMean,
    /// Minimum over workers of the observed δ.
    ObservedDeltaMin,
    /// Mean over workers of `‖eᵢ‖²`, the residual in the method's own units.
    ResidualSquaredMean,
    /// Maximum over workers of `‖eᵢ‖²`.
    ResidualSquaredMax,
    /// ξ of Assumption 1 of Alistarh et al. 2018: `‖C(mean p) − mean C(p)‖ / ‖γ mean g‖`. Costs N·d.
    AssumptionOneXi,
    /// `‖x − x̃‖`, the distance from the virtual iterate: the norm of the mean step-scaled residual. Costs N·d.
    VirtualDistance,
    /// Mean over workers of the number of coordinates sent.
    EntriesMean,
    /// The step size γ of the round; `step_size` is the experiment's key.
    #[serde(rename = "step_size_of_round")]
    StepSize,
    /// Cumulative bits from the workers.
    BitsUp,
    /// Cumulative bits to the workers.
    BitsDown,
    /// Cumulative bits in both directions.
    Bits,
    /// Cumulative simulated seconds.
    Seconds,
    /// The fraction of the simulated seconds in which workers compute, `compute_seconds · t / seconds`.
    ScalingEfficiency,
}

impl Metric {
    /// All metrics, in the order of the columns, each with its meaning and unit.
    pub const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Loss, "loss", "f(x)"),
        (Self::Suboptimality, "suboptimality", "f(x) − f*"),
        (Self::GradientNormSquared, "gradient_norm_squared", "‖∇f(x)‖²"),
        (Self::DistanceSquared, "distance_squared", "‖x − x*‖² of the nearest minimizer x*"),
        (Self::TestLoss, "test_loss", "mean loss over the rows of `test`, without regularizer"),
        (Self::TestAccuracy, "test_accuracy", "fraction of the labels of `test` that are predicted correctly"),
        (Self::TestPerplexity, "test_perplexity", "exp(test_loss)"),
        (Self::CompressionErrorMean, "compression_error_mean", "mean over workers of ‖C(p) − p‖²"),
        (Self::CompressionErrorMax, "compression_error_max", "maximum over workers of ‖C(p) − p‖²"),
        (
            Self::RelativeCompressionErrorMean,
            "relative_compression_error_mean",
            "mean over workers of ‖C(p) − p‖²/‖p‖²",
        ),
        (
            Self::RelativeCompressionErrorMax,
            "relative_compression_error_max",
            "maximum over workers of ‖C(p) − p‖²/‖p‖²",
        ),
        (Self::ObservedDeltaMean, "observed_delta_mean", "mean over workers of 1 − ‖C(p) − p‖²/‖p‖²"),
        (Self::ObservedDeltaMin, "observed_delta_min", "minimum over workers of 1 − ‖C(p) − p‖²/‖p‖²"),
        (Self::ResidualSquaredMean, "residual_squared_mean", "mean over workers of ‖e‖²"),
        (Self::ResidualSquaredMax, "residual_squared_max", "maximum over workers of ‖e‖²"),
        (Self::AssumptionOneXi, "assumption_one_xi", "‖C(mean p) − mean C(p)‖/‖γ mean g‖"),
        (Self::VirtualDistance, "virtual_distance", "‖x − x̃‖, x̃ the virtual iterate"),
        (Self::EntriesMean, "entries_mean", "mean over workers of the number of coordinates sent"),
        (Self::StepSize, "step_size_of_round", "γ of the round"),
        (Self::BitsUp, "bits_up", "cumulative bits from the workers, all workers together"),
        (Self::BitsDown, "bits_down", "cumulative bits to the workers, all workers together"),
        (Self::Bits, "bits", "cumulative bits in both directions"),
        (Self::Seconds, "seconds", "cumulative simulated seconds"),
        (Self::ScalingEfficiency, "scaling_efficiency", "fraction of the simulated seconds in which workers compute"),
    ];

    /// What is recorded when an experiment does not say.
    pub const DEFAULT: &'static [Self] = &[
        Self::Loss,
        Self::Suboptimality,
        Self::GradientNormSquared,
        Self::ObservedDeltaMean,
        Self::ObservedDeltaMin,
        Self::ResidualSquaredMean,
        Self::EntriesMean,
        Self::BitsUp,
        Self::BitsDown,
        Self::Bits,
        Self::Seconds,
    ];

    /// The column's name.
    ///
    /// # Panics
    /// Never: [`Metric::ALL`] lists every metric, which a test holds.
    #[must_use]
    pub fn name(self) -> &'static str {
        let (_, name, _) = Self::ALL.iter().find(|(metric, ..)| *metric == self).expect("ALL lists every metric");
        name
    }

    /// Whether it compares the compressed vector with the original one.
    #[must_use]
    pub fn needs_compression_error(self) -> bool {
        matches!(
            self,
            Self::CompressionErrorMean
                | Self::CompressionErrorMax
                | Self::RelativeCompressionErrorMean
                | Self::RelativeCompressionErrorMax
                | Self::ObservedDeltaMean
                | Self::ObservedDeltaMin
        )
    }

    /// Whether it needs held-out rows.
    #[must_use]
    pub fn needs_test(self) -> bool {
        matches!(self, Self::TestLoss | Self::TestAccuracy | Self::TestPerplexity)
    }

    /// Whether it needs f* or x*.
    #[must_use]
    pub fn needs_minimum(self) -> bool {
        matches!(self, Self::Suboptimality | Self::DistanceSquared)
    }
}

/// Which rounds are recorded; round 0 and the last one always are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// Every n rounds.
    Every(u64),
    /// This many rounds per factor of ten, evenly spaced on a logarithmic axis.
    PerDecade(u32),
}

impl Schedule {
    /// The recorded rounds of a run of `rounds`, ascending, with 0 and `rounds`.
    #[must_use]
    pub fn recorded(self, rounds: u64) -> Vec<u64> {
        let mut recorded = match self {
            Self::Every(every) => (0..=rounds).step_by(every.max(1) as usize).collect(),
            // Places this dense leave out no round.
            Self::PerDecade(per_decade) if u64::from(per_decade) / 3 > rounds => (0..=rounds).collect(),
            Self::PerDecade(per_decade) => {
                let per_decade = f64::from(per_decade.max(1));
                let mut recorded = vec![0];
                let decades = (rounds.max(1) as f64).log10();
                recorded.extend(
                    (0..=(decades * per_decade).ceil() as u32)
                        .map(|i| 10_f64.powf(f64::from(i) / per_decade).round() as u64)
                        .filter(|round| *round <= rounds),
                );
                recorded
            }
        };
        recorded.push(rounds);
        recorded.dedup();
        recorded
    }

    /// An upper bound on the number of recorded rounds of a run of `rounds`, without a list of them.
    #[must_use]
    pub fn n_recorded(self, rounds: u64) -> u128 {
        let most = u128::from(rounds) + 1;
        let places = match self {
            Self::Every(every) => u128::from(rounds / every.max(1)) + 2,
            Self::PerDecade(per_decade) => {
                let decades = u128::from(rounds.max(1).ilog10()) + 1;
                decades * u128::from(per_decade.max(1)) + 3
            }
        };
        places.min(most)
    }
}

/// A recorded round: its number, and one value per metric, absent where it has no meaning.
pub type Row = (u64, Vec<Option<f64>>);

/// The recorded rows of one run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The columns other than `round`.
    pub metrics: Vec<Metric>,
    /// Ascending by round.
    pub rows: Vec<Row>,
    /// What top-k would keep of the vector that worker 0 compresses, ascending by round and k.
    pub curves: Vec<CurvePoint>,
}

/// What is measured for one point of a curve over k: a row of `curves.csv` without what follows from it. p is the vector
/// and |p|₍ₖ₎ its k-th largest magnitude.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// The round in which the vector was compressed.
    pub round: u64,
    /// How many entries.
    pub k: u64,
    /// d.
    pub dim: u64,
    /// `(|p|₍ₖ₎/‖p‖∞)²`.
    pub magnitude_squared: f64,
    /// `‖p − TopK(p)‖²/‖p‖²`.
    pub fraction_left: f64,
    /// `‖TopK(p)‖₁²/(k‖p‖²)`.
    pub beta: f64,
    /// `‖p‖²/E‖Q(p)‖²`, Q stochastic sparsification with k expected entries.
    pub omega: f64,
    /// Simulated seconds of the message from one worker.
    pub seconds: f64,
    /// Those of k signs with one magnitude.
    pub seconds_with_signs: f64,
}

impl CurvePoint {
    /// `‖TopK(p)‖²/‖p‖²`.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        1.0 - self.fraction_left
    }
}

impl Table {
    /// The values of one metric with their rounds, where present.
    pub fn column(&self, metric: Metric) -> impl Iterator<Item = (u64, f64)> + '_ {
        let position = self.metrics.iter().position(|m| *m == metric);
        self.rows.iter().filter_map(move |(round, values)| Some((*round, values[position?]?)))
    }

    /// The last present value of one metric.
    #[must_use]
    pub fn last(&self, metric: Metric) -> Option<f64> {
        self.column(metric).last().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_hold_the_first_and_the_last_round_once() {
        assert_eq!(Schedule::Every(4).recorded(10), [0, 4, 8, 10]);
        assert_eq!(Schedule::Every(5).recorded(10), [0, 5, 10]);
        assert_eq!(Schedule::PerDecade(1).recorded(1000), [0, 1, 10, 100, 1000]);
        let dense = Schedule::PerDecade(20).recorded(500);
        assert!(dense.windows(2).all(|pair| pair[0] < pair[1]), "{dense:?}");
        assert_eq!(Schedule::Every(3).recorded(0), [0]);
        assert_eq!(Schedule::PerDecade(u32::MAX).recorded(20), (0..=20).collect::<Vec<_>>());
    }

    #[test]
    fn the_number_of_recorded_rounds_is_known_without_their_list() {
        for schedule in [1, 2, 3, 7, 20, 300, 4000].map(|n| [Schedule::Every(u64::from(n)), Schedule::PerDecade(n)]) {
            for (schedule, rounds) in schedule.into_iter().flat_map(|own| [0, 1, 2, 9, 10, 99, 1000].map(|t| (own, t)))
            {
                let recorded = schedule.recorded(rounds);
                let most = schedule.n_recorded(rounds);
                assert!(recorded.len() as u128 <= most && most <= u128::from(rounds) + 1, "{schedule:?} {rounds}");
                assert!(recorded.windows(2).all(|pair| pair[0] < pair[1]), "{schedule:?} {rounds}");
            }
        }
        assert_eq!(Schedule::Every(1).n_recorded(u64::MAX), 1 << 64);
    }

    #[test]
    fn every_metric_is_listed_under_its_serialized_name() {
        let names: std::collections::BTreeSet<_> = Metric::ALL.iter().map(|(_, name, _)| name).collect();
        assert_eq!(names.len(), Metric::ALL.len());
        for (metric, name, _) in Metric::ALL {
            assert_eq!(metric.name(), *name);
            assert_eq!(serde_json::to_value(metric).unwrap(), *name);
        }
    }
}
