//! SIDCo-P: a threshold from a generalized Pareto distribution of the magnitudes, fitted in stages.
//!
//! ```text
//! quantile(a, δ) = α (1 − δᵏ)/k                  exceeded with probability δ; −α ln δ for k = 0
//! k = (m²/v − 1)/2,   α = m (m²/v + 1)/2         where m and v are the mean and variance of a
//! ```
//!
//! (the letters of the code; −k is the shape ξ of other texts, and v divides by n − 1).
//!
//! The threshold η is found in M stages:
//!
//! ```text
//! η ← quantile(|x|, max(k/d, 1/4)), or quantile(|x|, k/d) for M = 1
//! M − 1 times:  E ← { |xⱼ| : |xⱼ| > η },   η ← min E + quantile(E − min E, (4k/d)^{1/(M − 1)})
//! C(x)ⱼ = xⱼ where |xⱼ| > η, else 0
//! ```
//!
//! `stages` is M, or "adaptive": 1 at first, then one less (more) whenever five calls of a worker and block on average
//! kept more than 1.2 k (less than 0.8 k), from 1 to max(1, ⌈log₂(d/k)⌉). What the code leaves open is settled here:
//! nothing is sent of the zero vector, and the stages end where nothing exceeds η.
//!
//! Three passes over x; a further stage reads what the stage before kept. A distribution without spread is the point
//! mass at its mean, and nothing is above that (the code divides by zero): entries of one magnitude are dropped whole,
//! so no inequality holds for every x: [`Guarantee::None`](super::Guarantee::None).

use super::Sparsity;
use super::sidco::{Magnitudes, Stages, Tail};
use crate::registry::Described;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps about k entries by the threshold of a generalized Pareto distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SidcoPareto {
    /// Coordinates aimed at: a count, a density, or one per block.
    pub k: Sparsity,
    /// M, or "adaptive".
    pub stages: Stages,
}

impl Described for SidcoPareto {
    const NAME: &'static str = "sidco-pareto";
    const SUMMARY: &'static str =
        "keeps about k entries by the threshold of a generalized Pareto distribution, fitted by moments in stages";
    const SOURCE: &'static str = "abdelmoniem2021sidco, code sands-lab/SIDCo 197f3c3, GParetoCompressorEC";
    const EXAMPLE: &'static str = r#"{ name = "sidco-pareto", k = 5, stages = "adaptive" }"#;
}

impl Tail for SidcoPareto {
    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn stages(&self) -> Stages {
        self.stages
    }

    fn quantile(&self, sample: &Magnitudes<'_>, fraction: f64) -> f64 {
        pareto_quantile(sample, fraction)
    }
}

/// The quantile of the generalized Pareto distribution with the mean and variance of the sample.
pub(super) fn pareto_quantile(sample: &Magnitudes<'_>, fraction: f64) -> f64 {
    let (mean, variance) = sample.mean_and_variance();
    let quotient = mean * mean / variance;
    if !quotient.is_finite() {
        return mean;
    }
    let (k, alpha) = (0.5 * (quotient - 1.0), 0.5 * mean * (quotient + 1.0));
    if k == 0.0 { -alpha * fraction.ln() } else { -alpha * (k * fraction.ln()).exp_m1() / k }
}
