//! Rand-k, unscaled: the entries of a uniformly random set of k coordinates, drawn by each worker for itself.
//!
//! ```text
//! C(x)ⱼ = xⱼ for j ∈ S, else 0;   S uniform among the sets of k coordinates
//! E‖C(x) − x‖² = (1 − k/d) ‖x‖²   δ = k/d
//! ```
//!
//! Each coordinate is dropped with probability 1 − k/d, so the bound is an identity. The indices travel: the set is
//! private. See `rand-k-unbiased` for the scaled operator and `rand-k-shared` for common coordinates.

use super::sparsifier::Sparsifier;
use super::{Call, Counts, Guarantee, Message, Randomness, Selection, Sparsity};
use crate::random::Stream;
use crate::registry::Described;
use crate::vector::{NotFinite, check_finite};
use rand::RngExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps k coordinates at random, private to the worker, unscaled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandK {
    /// Kept coordinates: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for RandK {
    const NAME: &'static str = "rand-k";
    const SUMMARY: &'static str = "keeps k random coordinates of each worker, unscaled; δ = k/d";
    const SOURCE: &'static str = "stich2018sparsified, arXiv:1809.07599, Definition 2.1";
    const EXAMPLE: &'static str = r#"{ name = "rand-k", k = 5 }"#;
}

impl Sparsifier for RandK {
    const IS_EXACT: bool = true;
    const IS_PROJECTION: bool = true;
    const SELECTION: Option<Selection> = Some(Selection::Uniform);

    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn compress(&self, x: &[f64], k: usize, call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        let stream = call.private();
        keep_random(x, k, 1.0, stream, &mut call.scratch.words, message)
    }

    fn guarantee(&self, counts: &Counts) -> Guarantee {
        Guarantee::Contractive { delta: counts.least_density() }
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::Own
    }
}

/// Makes `message` the entries of `x` at k coordinates drawn from `stream`, each times `scale`.
pub(super) fn keep_random(
    x: &[f64],
    k: usize,
    scale: f64,
    stream: Stream,
    words: &mut Vec<u64>,
    message: &mut Message,
) -> Result<(), NotFinite> {
    check_finite(x)?;
    let (indices, values) = message.sparse(x.len());
    random_subset(x.len(), k, stream, words, indices);
    values.extend(indices.iter().map(|&j| scale * x[j as usize]));
    Ok(())
}

/// Appends a uniformly random set of k of `dim` coordinates to `out`, ascending, in O(k + dim/64).
///
/// Floyd's method: for j = d − k, …, d − 1 draw t uniform in 0..=j and take t, or j where t is taken already. By
/// induction the set is uniform among those of its size below j + 1.
pub(super) fn random_subset(dim: usize, k: usize, mut stream: Stream, words: &mut Vec<u64>, out: &mut Vec<u32>) {
    words.clear();
    words.resize(dim.div_ceil(64), 0);
    for j in (dim - k) as u32..dim as u32 {
        let drawn = stream.random_range(0..=j);
        let is_taken = words[drawn as usize / 64] >> (drawn % 64) & 1 == 1;
        let taken = if is_taken { j } else { drawn };
        words[taken as usize / 64] |= 1 << (taken % 64);
    }
    for (place, &word) in words.iter().enumerate() {
        let mut word = word;
        while word != 0 {
            out.push(place as u32 * 64 + word.trailing_zeros());
            word &= word - 1;
        }
    }
}
