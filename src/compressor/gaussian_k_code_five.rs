//! Gaussian_k as the released code computes it without a residual: `gaussian-k-code` with five passes for three.
//!
//! ```text
//! threshold ← μ − σ Φ⁻¹(k/(2d))                  two-sided; μ, σ: mean and standard deviation of the entries
//! repeat at most 5 times:
//!     M ← { j : |xⱼ| > threshold }
//!     |M| < 2k/3: threshold ← threshold / 2;   |M| > 4k/3: threshold ← 1.5 · threshold;   else stop
//! C(x)ⱼ = xⱼ for j ∈ M, else 0                   the last mask counted: a change in the fifth pass has no effect
//! ```
//!
//! The code chooses between the two by whether the method keeps a residual. No inequality holds for every x, for the
//! reasons that `gaussian-k-code` gives: [`Guarantee::None`](super::Guarantee::None).

use super::gaussian_k::mean_and_deviation;
use super::gaussian_k_code::select_counted;
use super::selector::{Entries, Selector};
use super::{Call, Counts, Randomness, Sparsity};
use crate::registry::Described;
use crate::vector::NotFinite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps about k entries by the threshold of a normal fit, corrected at most four times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GaussianKCodeFive {
    /// Coordinates aimed at: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for GaussianKCodeFive {
    const NAME: &'static str = "gaussian-k-code-five";
    const SUMMARY: &'static str =
        "keeps about k entries by the two-sided threshold of a normal fit, in five passes as in the code";
    const SOURCE: &'static str =
        "shi2019understanding, code hclhkbu/GaussianK-SGD 3da1fb3, compression.py, GaussianCompressor2";
    const EXAMPLE: &'static str = r#"{ name = "gaussian-k-code-five", k = 5 }"#;
}

impl Selector for GaussianKCodeFive {
    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn select(&self, x: Entries<'_>, k: usize, _call: &mut Call<'_>, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
        const PASSES: usize = 5;
        let moments = mean_and_deviation(x)?;
        select_counted(x, moments, (k, PASSES), selected)
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::None
    }
}
