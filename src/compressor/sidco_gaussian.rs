//! A threshold from the normal quantile at the mean and deviation of the magnitudes, in the stages of SIDCo.
//!
//! ```text
//! quantile(a, δ) = m − s Φ⁻¹(δ/2)                m, s: mean and standard deviation of a, s dividing by n − 1
//! ```
//!
//! as in the code: the two-sided quantile of a centered distribution, at the moments of magnitudes.
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
//! Three passes over x; a further stage reads what the stage before kept. Entries of one magnitude are dropped whole,
//! so no inequality holds for every x: [`Guarantee::None`](super::Guarantee::None).

use super::Sparsity;
use super::gaussian_k::upper_quantile;
use super::sidco::{Magnitudes, Stages, Tail};
use crate::registry::Described;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps about k entries by a normal quantile at the moments of the magnitudes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SidcoGaussian {
    /// Coordinates aimed at: a count, a density, or one per block.
    pub k: Sparsity,
    /// M, or "adaptive".
    pub stages: Stages,
}

impl Described for SidcoGaussian {
    const NAME: &'static str = "sidco-gaussian";
    const SUMMARY: &'static str =
        "keeps about k entries by a normal quantile at the moments of the magnitudes, in stages";
    const SOURCE: &'static str = "abdelmoniem2021sidco, code sands-lab/SIDCo 197f3c3, GaussianCompressorEC";
    const EXAMPLE: &'static str = r#"{ name = "sidco-gaussian", k = 5, stages = "adaptive" }"#;
}

impl Tail for SidcoGaussian {
    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn stages(&self) -> Stages {
        self.stages
    }

    fn quantile(&self, sample: &Magnitudes<'_>, fraction: f64) -> f64 {
        let (mean, variance) = sample.mean_and_variance();
        mean + variance.sqrt() * upper_quantile(0.5 * fraction)
    }
}
