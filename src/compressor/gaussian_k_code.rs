//! Gaussian_k as the released code of the paper computes it.
//!
//! ```text
//! threshold ← μ − σ Φ⁻¹(k/(2d))                  two-sided; μ, σ: mean and standard deviation of the entries
//! repeat at most 3 times:
//!     M ← { j : |xⱼ| > threshold }
//!     |M| < 2k/3: threshold ← threshold / 2;   |M| > 4k/3: threshold ← 1.5 · threshold;   else stop
//! C(x)ⱼ = xⱼ for j ∈ M, else 0                   the last mask counted: a change in the third pass has no effect
//! ```
//!
//! `gaussian-k` is the operator of the paper's text and lists the differences between the two. Two more details of
//! the code are left to their owners: there `k = max(⌊density · d⌋, 1)`, here [`Sparsity`] rounds to the nearest
//! count; there Φ⁻¹ is taken at half the density, here at k/(2d) with that k.
//!
//! Steps of 0.5 and 1.5 can jump over the accepted range for ever (uniform entries: nothing is sent; Laplace entries
//! at k/d = 0.01: 6.5 k are), so no inequality holds for every x: [`Guarantee::None`](super::Guarantee::None).

use super::gaussian_k::{correction, mean_and_deviation, normal_quantile};
use super::selector::{Entries, Selector};
use super::{Call, Counts, Randomness, Sparsity};
use crate::registry::Described;
use crate::vector::NotFinite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps about k entries by the threshold of a normal fit, as the released code does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GaussianKCode {
    /// Coordinates aimed at: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for GaussianKCode {
    const NAME: &'static str = "gaussian-k-code";
    const SUMMARY: &'static str = "keeps about k entries by the two-sided threshold of a normal fit, as in the code";
    const SOURCE: &'static str = "shi2019understanding, code hclhkbu/GaussianK-SGD 3da1fb3, compression.py";
    const EXAMPLE: &'static str = r#"{ name = "gaussian-k-code", k = 5 }"#;
}

impl Selector for GaussianKCode {
    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn select(&self, x: Entries<'_>, k: usize, _call: &mut Call<'_>, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
        const PASSES: usize = 3;
        let moments = mean_and_deviation(x)?;
        select_counted(x, moments, (k, PASSES), selected)
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::None
    }
}

/// Writes the last mask counted of at most `passes`, from the two-sided normal quantile at these moments on.
pub(super) fn select_counted(
    x: Entries<'_>,
    (mean, deviation): (f64, f64),
    (k, passes): (usize, usize),
    selected: &mut Vec<u32>,
) -> Result<(), NotFinite> {
    let mut threshold = normal_quantile(mean, deviation, k as f64 / (2.0 * x.len() as f64));
    for _ in 0..passes {
        x.above(threshold, selected)?;
        let Some(factor) = correction(selected.len(), k) else { break };
        threshold *= factor;
    }
    Ok(())
}
