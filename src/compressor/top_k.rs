//! Top-k: the k entries of largest magnitude.
//!
//! ```text
//! C(x)ⱼ = xⱼ for the k largest |xⱼ|, else 0;   ties go to the lower index
//! ‖C(x) − x‖² ≤ (1 − k/d) ‖x‖²                 δ = k/d
//! ```
//!
//! The mean of the d − k squares that are dropped is at most the mean of all squares; equality exactly for entries of
//! one magnitude. Exactly k entries travel, zeros among them where x has fewer non-zero entries: k is what the papers
//! count. The k-th magnitude is carried from call to call as a starting guess, which changes the speed alone.

use super::sparsifier::Sparsifier;
use super::{Call, Counts, Guarantee, Message, Randomness, SIDE_BY_SIDE, Scratch, Selection, Sparsity, Step};
use crate::registry::Described;
use crate::vector::NotFinite;
use crate::vector::select::{self, Search};
use arrayvec::ArrayVec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps the k entries of largest magnitude.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopK {
    /// Kept coordinates: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for TopK {
    const NAME: &'static str = "top-k";
    const SUMMARY: &'static str = "keeps the k entries of largest magnitude; δ = k/d";
    const SOURCE: &'static str = "alistarh2018convergence, arXiv:1809.10505, Algorithm 1";
    const EXAMPLE: &'static str = r#"{ name = "top-k", k = 5 }"#;
}

impl Sparsifier for TopK {
    const IS_EXACT: bool = true;
    const IS_PROJECTION: bool = true;
    const SELECTION: Option<Selection> = Some(Selection::Largest);

    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn compress(&self, x: &[f64], k: usize, call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        let (indices, values) = message.sparse(x.len());
        let (hint, Scratch { selection, n_read, .. }) = call.adaptive_and_scratch(0);
        let before = selection.n_read();
        select::top_k_into(x, k, hint, selection, indices)?;
        values.extend(indices.iter().map(|&j| x[j as usize]));
        *n_read += selection.n_read() - before + k as u64;
        Ok(())
    }

    fn add_and_compress(&self, counts: &Counts, steps: &mut [Step<'_>]) -> Result<(), (usize, NotFinite)> {
        let searches = steps.iter_mut().map(|Step { x, addition, call, message }| {
            let k = counts.k(call.block);
            let selected = message.sparse(x.len()).into();
            let (hint, scratch) = call.adaptive_and_scratch(0);
            Search::add_and_top_k(x, *addition, k, hint, &mut scratch.selection, selected)
        });
        select::side_by_side(&mut searches.collect::<ArrayVec<_, SIDE_BY_SIDE>>())
    }

    fn is_side_by_side(&self) -> bool {
        true
    }

    fn guarantee(&self, counts: &Counts) -> Guarantee {
        Guarantee::Contractive { delta: counts.least_density() }
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::None
    }
}
