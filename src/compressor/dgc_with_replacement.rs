//! DGC as in GRACE: a threshold from a sample drawn with replacement, adjusted in rounds.
//!
//! ```text
//! s = max(1, ⌊0.01 d⌋) coordinates drawn with replacement
//! threshold ← the max(1, ⌊0.01 k⌋)-th largest magnitude in the sample
//! M ← { j : |xⱼ| ≥ threshold }
//! at most 10 times:
//!     |M| > 1.3 k: threshold ← 1.3 · threshold;   |M| < 0.7 k: threshold ← 0.7 · threshold;   else stop
//!     M ← { j : |xⱼ| ≥ threshold }
//! C(x)ⱼ = xⱼ for j ∈ M, else 0
//! ```
//!
//! A threshold of zero stays zero, and then every entry is sent, zeros included: so it is where fewer than k/d of the
//! entries are not zero. A constant vector is passed over by the steps of 1.3 and 0.7, which end above it, and dropped
//! whole. So no inequality holds for every x: [`Guarantee::None`](super::Guarantee::None).

use super::selector::{Entries, Selector, largest_of};
use super::{Call, Counts, Randomness, Scratch, Sparsity};
use crate::registry::Described;
use crate::vector::NotFinite;
use rand::RngExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps about k entries by the adjusted threshold of a sample drawn with replacement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DgcWithReplacement {
    /// Coordinates aimed at: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for DgcWithReplacement {
    const NAME: &'static str = "dgc-with-replacement";
    const SUMMARY: &'static str =
        "keeps about k entries by the threshold of a 1 % sample with replacement, adjusted in rounds";
    const SOURCE: &'static str = "lin2018dgc, code sands-lab/grace 106e3de, grace_dl/torch/compressor/dgc.py";
    const EXAMPLE: &'static str = r#"{ name = "dgc-with-replacement", k = 5 }"#;
}

impl Selector for DgcWithReplacement {
    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn select(&self, x: Entries<'_>, k: usize, call: &mut Call<'_>, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
        const MOST_ADJUSTMENTS: usize = 10;
        let mut stream = call.private();
        let Scratch { indices, values, .. } = &mut *call.scratch;
        indices.clear();
        indices.extend((0..(x.len() / 100).max(1)).map(|_| stream.random_range(0..x.len()) as u32));
        let mut threshold = largest_of(x.at(indices), (k / 100).max(1), values);
        x.at_least(threshold, selected)?;
        for _ in 0..MOST_ADJUSTMENTS {
            // In integers, so that no representation error moves a bound.
            threshold *= match 10 * selected.len() {
                n if n > 13 * k => 1.3,
                n if n < 7 * k => 0.7,
                _ => break,
            };
            x.at_least(threshold, selected)?;
        }
        Ok(())
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::Own
    }
}
