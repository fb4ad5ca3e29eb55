//! Sparsification with quantization (S+Q): the norm and the signs of the T entries of largest magnitude.
//!
//! ```text
//! C(x)ⱼ = ‖x‖ sign(xⱼ) for the T largest |xⱼ|, else 0;   T = k; ties go to the lower index
//! ```
//!
//! Entries that are zero have no sign and do not travel. Write `S_T` for the sum of the T largest magnitudes. Then
//! `⟨C(x), x⟩ = ‖x‖ S_T` and `‖C(x)‖² = T ‖x‖²` (fewer where x has fewer than T non-zero entries), so that
//!
//! ```text
//! ‖C(x) − x‖² ≤ (1 + T) ‖x‖² − 2 ‖x‖ S_T,     S_T ≥ min(1, T/√d) ‖x‖
//! ```
//!
//! The bound on `S_T` is sharp (one entry, or all of one magnitude). Proof: let m be the T-th magnitude. For a given
//! sum the squares of the T largest, each at least m, sum to at most `(S_T − (T − 1)m)² + (T − 1)m²`, the others to at
//! most `(d − T)m²`; the total is convex in m on `[0, S_T/T]` and at the ends it is `S_T²` and `d S_T²/T²`.
//!
//! So C is a contraction only with `δ = 2 min(1, T/√d) − T` where that is positive (T = 1 and d ≤ 3); elsewhere it
//! expands vectors and [`Guarantee::None`] is the truth. Its class in the sense of Beznosikov et al. is
//! `B²(min(1, T/√d), max(T, √d))`: it needs a small step. Khirirat et al. give the step: `cat-top-k-signs` folds it
//! into the operator, which makes it a contraction.

use super::sparsifier::{Sparsifier, send_largest_signs};
use super::{Call, Counts, Guarantee, Message, Randomness, Selection, Sparsity};
use crate::registry::Described;
use crate::vector::{NotFinite, norm};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps the signs of the k entries of largest magnitude, times the norm of the whole vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopKSigns {
    /// Kept coordinates, T in the paper: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for TopKSigns {
    const NAME: &'static str = "top-k-signs";
    const SUMMARY: &'static str = "sends the norm and the signs of the k entries of largest magnitude";
    const SOURCE: &'static str = "khirirat2020flexible, arXiv:2003.06377, sparsification with quantization";
    const EXAMPLE: &'static str = r#"{ name = "top-k-signs", k = 5 }"#;
}

impl Sparsifier for TopKSigns {
    const IS_EXACT: bool = true;
    const IS_PROJECTION: bool = false;
    const SELECTION: Option<Selection> = Some(Selection::Largest);

    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn compress(&self, x: &[f64], k: usize, call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        send_largest_signs(x, k, call, message, |_| norm(x))
    }

    fn guarantee(&self, counts: &Counts) -> Guarantee {
        let delta = |(k, dim): (usize, usize)| {
            let t = k as f64;
            2.0 * (t / (dim as f64).sqrt()).min(1.0) - t
        };
        let delta = counts.iter().map(delta).fold(1.0, f64::min);
        if delta > 0.0 { Guarantee::Contractive { delta } } else { Guarantee::None }
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::None
    }
}
