//! Sparse ternary compression: the signs of the k entries of largest magnitude, times the mean of these magnitudes.
//!
//! ```text
//! S_k = sum of the k largest |xⱼ|;   C(x)ⱼ = (S_k/k) sign(xⱼ) for the k largest |xⱼ|, else 0;   ties: lower index
//! ‖C(x) − x‖² = (1 − β) ‖x‖²,   β = S_k²/(k ‖x‖²) ≥ min(1/k, k/d) = δ
//! ```
//!
//! C is the projection of x onto the multiples of its k signs, hence the identity for the error, and the bound of β
//! follows from `S_k ≥ min(1, k/√d) ‖x‖` (see `top-k-signs`). Where x has m < k non-zero entries only these travel, and
//! `β ≥ 1/m`. It is also the sparsification with quantization of Khirirat et al. with its step folded in, at a fixed k;
//! `cat-top-k-signs` chooses k.

use super::sparsifier::{Sparsifier, send_largest_signs};
use super::{Call, Counts, Guarantee, Message, Randomness, Selection, Sparsity};
use crate::registry::Described;
use crate::vector::NotFinite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps the signs of the k entries of largest magnitude, times the mean of these magnitudes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SparseTernary {
    /// Kept coordinates: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for SparseTernary {
    const NAME: &'static str = "sparse-ternary";
    const SUMMARY: &'static str = "sends the mean magnitude and the signs of the k entries of largest magnitude";
    const SOURCE: &'static str = "sattler2020robust, arXiv:1903.02891, sparse ternary compression";
    const EXAMPLE: &'static str = r#"{ name = "sparse-ternary", k = 5 }"#;
}

impl Sparsifier for SparseTernary {
    const IS_EXACT: bool = true;
    const IS_PROJECTION: bool = false;
    const SELECTION: Option<Selection> = Some(Selection::Largest);

    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn compress(&self, x: &[f64], k: usize, call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        send_largest_signs(x, k, call, message, |largest| {
            // Divided before it is added, so that the sum stays in range.
            let count = largest.len().max(1) as f64;
            largest.iter().map(|&j| x[j as usize].abs() / count).sum()
        })
    }

    fn guarantee(&self, counts: &Counts) -> Guarantee {
        let delta = |(k, dim): (usize, usize)| (1.0 / k as f64).min(k as f64 / dim as f64);
        Guarantee::Contractive { delta: counts.iter().map(delta).fold(1.0, f64::min) }
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::None
    }
}
