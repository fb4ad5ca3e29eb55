//! DGC sampling as in the code of Gaussian_k: the k-th largest of a sample as threshold, then exact selection.
//!
//! ```text
//! s = ⌊0.01 d⌋ coordinates drawn without replacement
//! threshold ← the k-th largest magnitude in the sample
//! M ← { j : |xⱼ| > threshold };   |M| > 4k/3: M ← the k largest of M, ties to the lower index
//! C(x)ⱼ = xⱼ for j ∈ M, else 0
//! ```
//!
//! The rank is not scaled to the sample (`dgc-sampling` is the operator that does), so about 100 k entries pass the
//! threshold and the exact selection does the work: this is top-k except for ties at the threshold. Where k > s the
//! code fails; here there is then no threshold, and all entries are candidates.
//!
//! The comparison is strict and nothing refills a short selection: a constant vector is dropped whole where k ≤ s. So no
//! inequality holds for every x: [`Guarantee::None`](super::Guarantee::None).

use super::dgc_sampling::{largest_of_subset, most_entries, select_above};
use super::selector::{Entries, Selector};
use super::{Call, Counts, Randomness, Sparsity};
use crate::registry::Described;
use crate::vector::NotFinite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps the k largest of what exceeds the k-th largest magnitude of a sample of 1 % of the entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DgcSamplingKth {
    /// Coordinates aimed at: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for DgcSamplingKth {
    const NAME: &'static str = "dgc-sampling-kth";
    const SUMMARY: &'static str = "keeps the k largest entries of those above the k-th largest of a 1 % sample";
    const SOURCE: &'static str =
        "shi2019understanding, code hclhkbu/GaussianK-SGD 3da1fb3, compression.py, DGCSamplingCompressor";
    const EXAMPLE: &'static str = r#"{ name = "dgc-sampling-kth", k = 5 }"#;
}

impl Selector for DgcSamplingKth {
    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn select(&self, x: Entries<'_>, k: usize, call: &mut Call<'_>, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
        let n_sampled = x.len() / 100;
        let threshold = if k > n_sampled { f64::NEG_INFINITY } else { largest_of_subset(x, n_sampled, k, call) };
        select_above(x, threshold, k, call.scratch, selected)
    }

    fn most_entries(&self, k: usize, dim: usize) -> usize {
        most_entries(k, dim)
    }

    fn randomness(&self, counts: &Counts) -> Randomness {
        // Where no block has a threshold nothing is sampled.
        if counts.iter().all(|(k, dim)| k > dim / 100) { Randomness::None } else { Randomness::Own }
    }
}
