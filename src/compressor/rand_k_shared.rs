//! Rand-k with common coordinates: all workers keep the same random set in a round, unscaled.
//!
//! ```text
//! C(x)ⱼ = xⱼ for j ∈ S, else 0;   S uniform among the sets of k coordinates, one per round and block
//! E‖C(x) − x‖² = (1 − k/d) ‖x‖²   δ = k/d
//! ```
//!
//! Sums of such messages keep k entries, so they pass through an all-reduce; errors of different workers are no
//! longer independent. The indices are counted on the wire here as for any sparse message: that the receiver could
//! draw them itself is knowledge of a method, not of this operator.

use super::rand_k::keep_random;
use super::sparsifier::Sparsifier;
use super::{Call, Counts, Guarantee, Message, Randomness, Selection, Sparsity};
use crate::registry::Described;
use crate::vector::NotFinite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps k coordinates at random, the same for all workers in a round, unscaled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandKShared {
    /// Kept coordinates: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for RandKShared {
    const NAME: &'static str = "rand-k-shared";
    const SUMMARY: &'static str = "keeps k random coordinates, the same for all workers in a round, unscaled; δ = k/d";
    const SOURCE: &'static str = "stich2018sparsified, arXiv:1809.07599, Definition 2.1, with common randomness";
    const EXAMPLE: &'static str = r#"{ name = "rand-k-shared", k = 5 }"#;
}

impl Sparsifier for RandKShared {
    const IS_EXACT: bool = true;
    const IS_PROJECTION: bool = true;
    const SELECTION: Option<Selection> = Some(Selection::Uniform);

    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn compress(&self, x: &[f64], k: usize, call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        let stream = call.shared();
        keep_random(x, k, 1.0, stream, &mut call.scratch.words, message)
    }

    fn guarantee(&self, counts: &Counts) -> Guarantee {
        Guarantee::Contractive { delta: counts.least_density() }
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::Shared
    }
}
