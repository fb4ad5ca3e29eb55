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
//! at k/d = 0.01: 6.5 k are), so no inequality holds for every x: [`Guarantee::None`].

use super::gaussian_k::{above, correction, start_threshold, upper_quantile};
use super::{Build, Call, Compressor, CompressorError, Counts, Guarantee, Message, Sparsity};
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

impl Build for GaussianKCode {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        let counts = self.k.resolve(blocks)?;
        let quantiles = two_sided_quantiles(&counts);
        Ok(Box::new(Operator { counts, quantiles }))
    }
}

#[derive(Debug)]
struct Operator {
    counts: Counts,
    /// `−Φ⁻¹(k/(2d))` of each block.
    quantiles: Vec<f64>,
}

impl Compressor for Operator {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        let threshold = start_threshold(x, self.quantiles[call.block])?;
        let (indices, values) = message.sparse(x.len());
        select_counted(x, threshold, (self.counts.k(call.block), 3), indices)?;
        values.extend(indices.iter().map(|&j| x[j as usize]));
        Ok(())
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        Guarantee::None
    }
}

/// Writes the last mask counted of at most `passes`, which aim at k entries from `threshold` on.
pub(super) fn select_counted(
    x: &[f64],
    mut threshold: f64,
    (k, passes): (usize, usize),
    indices: &mut Vec<u32>,
) -> Result<(), NotFinite> {
    for _ in 0..passes {
        above(x, threshold, indices)?;
        let Some(factor) = correction(indices.len(), k) else { break };
        threshold *= factor;
    }
    Ok(())
}

/// `−Φ⁻¹(k/(2d))` of each block.
pub(super) fn two_sided_quantiles(counts: &Counts) -> Vec<f64> {
    counts.iter().map(|(k, dim)| upper_quantile(k as f64 / (2.0 * dim as f64))).collect()
}
