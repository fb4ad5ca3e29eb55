//! RedSync with trimming: a threshold that falls from near the largest magnitude until at least k entries exceed it.
//!
//! ```text
//! m, M: mean and maximum of |xⱼ|
//! for c = 4/5, 3/5, 2/5, 1/5, 0, −1/5, …:
//!     threshold ← m + c (M − m);   stop when #{ j : |xⱼ| > threshold } ≥ k
//! C(x)ⱼ = xⱼ where |xⱼ| > threshold, else 0
//! ```
//!
//! The code never ends on a constant vector; here all its entries are sent, and none of the zero vector. An exact
//! selection among what was kept would make it top-k; the code does without.
//!
//! ```text
//! ‖C(x) − x‖² ≤ (1 − k/d)‖x‖²
//! ```
//!
//! for what is sent holds the k largest entries, of which each square is at least the mean square of the rest:
//! [`Guarantee::Contractive`] with δ = k/d. The number of entries is anything from k to d.
//!
//! Two passes for the mean and the extremes, and one for each threshold: five at most while k entries exceed the mean.
//! Below the mean the steps, of which there may be many, are searched by halves; the result is the same.

use super::redsync::Extent;
use super::selector::{Entries, Selector};
use super::{Call, Counts, Guarantee, Randomness, Sparsity};
use crate::registry::Described;
use crate::vector::NotFinite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps at least k entries by a threshold that falls from near the largest magnitude.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedSyncTrimmed {
    /// Coordinates aimed at: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for RedSyncTrimmed {
    const NAME: &'static str = "redsync-trimmed";
    const SUMMARY: &'static str =
        "keeps at least k entries by a threshold that falls in steps from the maximum to the mean; δ = k/d";
    const SOURCE: &'static str = "fang2019redsync, arXiv:1808.04357, trimmed top-k, as in code hclhkbu/GaussianK-SGD 3da1fb3, RedSyncTrimCompressor";
    const EXAMPLE: &'static str = r#"{ name = "redsync-trimmed", k = 5 }"#;
}

impl Selector for RedSyncTrimmed {
    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn select(&self, x: Entries<'_>, k: usize, _call: &mut Call<'_>, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
        let extent = Extent::of(x)?;
        if extent.largest > 0.0 { trim(x, k, extent, selected) } else { Ok(()) }
    }

    fn guarantee(&self, counts: &Counts) -> Guarantee {
        Guarantee::Contractive { delta: counts.least_density() }
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::None
    }
}

/// Writes the entries above the first threshold that at least k entries exceed.
fn trim(x: Entries<'_>, k: usize, extent: Extent, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
    const STEP_AT_MEAN: u64 = 4;
    let Extent { least, mean, largest } = extent;
    let threshold = |step: u64| mean + (4.0 - step as f64) / 5.0 * (largest - mean);
    for step in 0..=STEP_AT_MEAN {
        x.above(threshold(step), selected)?;
        if selected.len() >= k {
            return Ok(());
        }
    }
    // Unless the vector is constant, all entries exceed the threshold of some step below the least magnitude; the
    // cast saturates.
    let mut low = STEP_AT_MEAN;
    let mut high = (5.0 * (mean - least) / (largest - mean)).max(0.0) as u64;
    high = high.saturating_add(STEP_AT_MEAN + 2);
    let all = high;
    while high - low > 1 {
        let center = low + (high - low) / 2;
        x.above(threshold(center), selected)?;
        if selected.len() >= k {
            high = center;
        } else {
            low = center;
        }
    }
    let last = if high == all { 0.0 } else { threshold(high).next_up() };
    x.at_least(last, selected)
}
