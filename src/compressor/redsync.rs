//! RedSync: a threshold between the mean and the largest magnitude, found by bisection.
//!
//! ```text
//! m, M: mean and maximum of |xⱼ|;   l ← 0, r ← 1
//! while r − l > 0.2:
//!     c ← (l + r)/2,   threshold ← m + c (M − m),   n ← #{ j : |xⱼ| > threshold }
//!     k < n < 2k: stop;   n < k/2: r ← c;   else l ← c
//! C(x)ⱼ = xⱼ where |xⱼ| > threshold, else 0      the last threshold counted
//! ```
//!
//! At most three thresholds are tried, all multiples of 1/8, so that the count may end anywhere. From k/2 ≤ n ≤ k the
//! threshold rises, although too little was kept, as the code has it.
//!
//! Two passes for the mean and the maximum, and one to three for the counts. A constant vector is dropped whole: no
//! inequality holds for every x, [`Guarantee::None`](super::Guarantee::None).

use super::selector::{Entries, Selector};
use super::{Call, Counts, Randomness, Sparsity};
use crate::registry::Described;
use crate::vector::NotFinite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps roughly k to 2k entries by a threshold between the mean and the largest magnitude.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedSync {
    /// Coordinates aimed at: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for RedSync {
    const NAME: &'static str = "redsync";
    const SUMMARY: &'static str =
        "keeps the entries above a threshold between mean and maximum, found by at most three bisections";
    const SOURCE: &'static str = "fang2019redsync, arXiv:1808.04357, threshold binary search, as in code hclhkbu/GaussianK-SGD 3da1fb3, RedSyncCompressor";
    const EXAMPLE: &'static str = r#"{ name = "redsync", k = 5 }"#;
}

impl Selector for RedSync {
    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn select(&self, x: Entries<'_>, k: usize, _call: &mut Call<'_>, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
        const WIDTH: f64 = 0.2;
        let Extent { mean, largest, .. } = Extent::of(x)?;
        let (mut low, mut high) = (0.0, 1.0);
        while high - low > WIDTH {
            let center = 0.5 * (low + high);
            x.above(mean + center * (largest - mean), selected)?;
            let n = selected.len();
            if k < n && n < 2 * k {
                break;
            }
            if 2 * n < k {
                high = center;
            } else {
                low = center;
            }
        }
        Ok(())
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::None
    }
}

/// What both RedSync operators know of the magnitudes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) least: f64,
    /// Between the two others whatever the rounding, so that it is one with both for a constant vector.
    pub(super) mean: f64,
    pub(super) largest: f64,
}

impl Extent {
    pub(super) fn of(x: Entries<'_>) -> Result<Self, NotFinite> {
        let mean = x.mean_magnitude()?;
        let extremes = |(least, largest): (f64, f64), v: &f64| (least.min(v.abs()), largest.max(v.abs()));
        let (least, largest) = x.pass().iter().fold((f64::INFINITY, 0.0), extremes);
        Ok(Self { least, mean: mean.clamp(least, largest), largest })
    }
}
