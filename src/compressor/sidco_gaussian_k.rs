//! The Gaussian_k of the SIDCo experiments: the threshold of `gaussian-k-code`, fitted to magnitudes.
//!
//! ```text
//! threshold ← m − s Φ⁻¹(k/(2d))                  m, s: mean and standard deviation of |xⱼ|, not of xⱼ
//! repeat at most 3 times:
//!     M ← { j : |xⱼ| > threshold }
//!     |M| < 2k/3: threshold ← threshold / 2;   |M| > 4k/3: threshold ← 1.5 · threshold;   else stop
//! C(x)ⱼ = xⱼ for j ∈ M, else 0                   the last mask counted
//! ```
//!
//! The magnitudes of centered entries have another mean and a smaller deviation than the entries, so this operator misses
//! its aim where `gaussian-k-code` meets it: on normal entries at k/d = 0.01 it sends 7.8 k. What the SIDCo experiments
//! say of Gaussian_k is said of this one. The code divides by ‖x‖ first, which changes no comparison. No inequality
//! holds for every x: [`Guarantee::None`](super::Guarantee::None).

use super::gaussian_k_code::select_counted;
use super::selector::{Entries, Selector};
use super::sidco::Magnitudes;
use super::{Call, Counts, Randomness, Sparsity};
use crate::registry::Described;
use crate::vector::NotFinite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps about k entries by the threshold of a normal fit to the magnitudes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SidcoGaussianK {
    /// Coordinates aimed at: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for SidcoGaussianK {
    const NAME: &'static str = "sidco-gaussian-k";
    const SUMMARY: &'static str =
        "keeps about k entries by the threshold of a normal fit to the magnitudes, as in the code of SIDCo";
    const SOURCE: &'static str = "abdelmoniem2021sidco, code sands-lab/SIDCo 197f3c3, GaussianKSGDCompressorEC";
    const EXAMPLE: &'static str = r#"{ name = "sidco-gaussian-k", k = 5 }"#;
}

impl Selector for SidcoGaussianK {
    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn select(&self, x: Entries<'_>, k: usize, _call: &mut Call<'_>, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
        const PASSES: usize = 3;
        let magnitudes = Magnitudes::of(x)?;
        let (mean, variance) = magnitudes.mean_and_variance();
        select_counted(x, (mean / magnitudes.scale, variance.sqrt() / magnitudes.scale), (k, PASSES), selected)
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::None
    }
}
