//! Rand-k, scaled by d/k: an unbiased operator.
//!
//! ```text
//! C(x)ⱼ = (d/k) xⱼ for j ∈ S, else 0;   S uniform among the sets of k coordinates, private to the worker
//! E C(x) = x,   E‖C(x) − x‖² = (d/k − 1) ‖x‖²          ω = d/k − 1
//! ```
//!
//! `E‖C(x)‖² = (d/k)² (k/d) ‖x‖²`, less `‖x‖²`: the variance is an identity.

use super::rand_k::keep_random;
use super::sparsifier::Sparsifier;
use super::{Call, Counts, Guarantee, Message, Randomness, Selection, Sparsity};
use crate::registry::Described;
use crate::vector::NotFinite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps k coordinates at random, private to the worker, times d/k.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandKUnbiased {
    /// Kept coordinates: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for RandKUnbiased {
    const NAME: &'static str = "rand-k-unbiased";
    const SUMMARY: &'static str = "keeps k random coordinates of each worker, scaled by d/k; unbiased, ω = d/k − 1";
    const SOURCE: &'static str = "stich2018sparsified, arXiv:1809.07599, Section 1";
    const EXAMPLE: &'static str = r#"{ name = "rand-k-unbiased", k = 5 }"#;
}

impl Sparsifier for RandKUnbiased {
    const IS_EXACT: bool = true;
    const IS_PROJECTION: bool = false;
    const SELECTION: Option<Selection> = Some(Selection::Uniform);

    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn compress(&self, x: &[f64], k: usize, call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        let scale = x.len() as f64 / k as f64;
        keep_random(x, k, scale, call.private(), &mut call.scratch.words, message)
    }

    fn guarantee(&self, counts: &Counts) -> Guarantee {
        Guarantee::Unbiased { omega: counts.greatest_inverse_density() - 1.0 }
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::Own
    }
}
