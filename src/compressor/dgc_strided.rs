//! DGC as in the code of its authors: a threshold from a strided sample, lowered or replaced by exact selection.
//!
//! ```text
//! r = max(⌈0.01 d⌉, ⌈2d/k⌉) entries at least are sampled:
//!     d ≤ ⌈2d/k⌉: stride 1;   else 32⌈d/(32 r)⌉ + 1, less 8 until s = ⌊d/stride⌋ ≥ r
//! sample: every stride-th entry from a random one of the first on;   threshold ← its ⌈s k/d⌉-th largest magnitude
//! M ← { j : |xⱼ| ≥ threshold }
//! unless stride = 1, at most 10 times:
//!     |M| > 1.3 k: M ← the k largest of M, ties to the lower index, stop
//!     |M| < 0.8 k: threshold ← 0.8 · threshold, new M;   else stop
//! C(x)ⱼ = xⱼ for the first k of M in the order of coordinates, else 0
//! ```
//!
//! with the settings of the code's defaults (strided, sample of 1 %, bounds 1.3 and 0.8, exact selection). Left aside:
//! its `k = ⌈density · d⌉` ([`Sparsity`] rounds to the nearest).
//!
//! The last line drops entries by their place, not by their size: of k < |M| ≤ 1.3 k candidates it may drop the
//! largest, and so it may among equals of the threshold where stride = 1. So no inequality holds for every x:
//! [`Guarantee::None`](super::Guarantee::None).

use super::selector::{Entries, Selector, largest_of};
use super::{Call, Counts, Randomness, Selection, Sparsity};
use crate::registry::Described;
use crate::vector::NotFinite;
use rand::RngExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps at most k entries by the threshold of a strided sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DgcStrided {
    /// Coordinates aimed at: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for DgcStrided {
    const NAME: &'static str = "dgc-strided";
    const SUMMARY: &'static str = "keeps at most k entries by the threshold of a strided sample, adjusted in rounds";
    const SOURCE: &'static str = "lin2018dgc, code synxlin/deep-gradient-compression b929ca7, dgc/compression.py";
    const EXAMPLE: &'static str = r#"{ name = "dgc-strided", k = 5 }"#;
}

/// Entries from one sampled entry to the next.
fn stride(k: usize, dim: usize) -> usize {
    let two_selected = (2 * dim).div_ceil(k);
    if dim <= two_selected {
        return 1;
    }
    let least_sampled = dim.div_ceil(100).max(two_selected);
    // One more than a multiple of 8, so that subtraction ends at 1, with all d > two_selected entries.
    let mut stride = dim.div_ceil(32 * least_sampled) * 32 + 1;
    while dim / stride < least_sampled {
        stride -= 8;
    }
    stride
}

impl Selector for DgcStrided {
    // The last cut is by place, not by size.
    const SELECTION: Option<Selection> = None;

    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn select(&self, x: Entries<'_>, k: usize, call: &mut Call<'_>, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
        const MOST_ADJUSTMENTS: usize = 10;
        let stride = stride(k, x.len());
        // In integers, so that no representation error moves a ceiling or a bound.
        let rank = (x.len() / stride * k).div_ceil(x.len());
        let start = call.private().random_range(0..stride);
        let mut threshold = largest_of(x.every(stride, start), rank, &mut call.scratch.values);
        x.at_least(threshold, selected)?;
        if stride > 1 {
            for _ in 0..MOST_ADJUSTMENTS {
                if 10 * selected.len() > 13 * k {
                    x.keep_largest(k, call.scratch, selected)?;
                }
                if 10 * selected.len() >= 8 * k {
                    break;
                }
                threshold *= 0.8;
                x.at_least(threshold, selected)?;
            }
        }
        selected.truncate(k);
        Ok(())
    }

    fn most_entries(&self, k: usize, _dim: usize) -> usize {
        k
    }

    fn randomness(&self, counts: &Counts) -> Randomness {
        // Every entry of every block is sampled.
        if counts.iter().all(|(k, dim)| stride(k, dim) == 1) { Randomness::None } else { Randomness::Own }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_are_those_of_the_code() {
        // By hand: d = 1000, k = 10 needs 200 samples: from 33 down to 1, for 1000/9 is too few.
        // d = 10⁶, k = 10³ needs 10⁴ samples: 129, 121, 113, 105 and then 97 with 10309.
        for (k, dim, golden) in [(5, 5, 1), (5, 6, 1), (1, 700, 1), (10, 1000, 1), (1000, 1_000_000, 97)] {
            assert_eq!(stride(k, dim), golden, "{k} of {dim}");
        }
        for dim in [60, 700, 12_345] {
            for k in [2, 5, 50] {
                assert!(dim / stride(k, dim) >= dim.div_ceil(100).max((2 * dim).div_ceil(k)) || stride(k, dim) == 1);
            }
        }
    }
}
