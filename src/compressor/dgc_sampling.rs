//! DGC sampling: a threshold from a sample of the entries, exact selection where it lets too many pass.
//!
//! ```text
//! s = ⌈0.01 d⌉ coordinates drawn without replacement;   m = ⌈s k/d⌉
//! threshold ← the m-th largest magnitude in the sample
//! M ← { j : |xⱼ| > threshold };   |M| > 4k/3: M ← the k largest of M, ties to the lower index
//! C(x)ⱼ = xⱼ for j ∈ M, else 0
//! ```
//!
//! This is the form of SIDCo's code, which takes the `⌈s k/d⌉`-th of the sample. The code of Gaussian_k takes the
//! k-th (`dgc-sampling-kth`); other codes sample with strides (`dgc-strided`) or with replacement
//! (`dgc-with-replacement`) and adjust the threshold in rounds. Left aside: SIDCo's division by
//! ‖x‖, which changes no comparison, and its `k = ⌈density · d⌉` ([`Sparsity`] rounds to the nearest).
//!
//! The comparison is strict and nothing refills a short selection: a constant vector is dropped whole. So no
//! inequality holds for every x: [`Guarantee::None`](super::Guarantee::None).

use super::rand_k::random_subset;
use super::selector::{Entries, Selector, largest_of};
use super::{Call, Counts, Randomness, Scratch, Sparsity};
use crate::registry::Described;
use crate::vector::NotFinite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps about k entries by the threshold of a sample of 1 % of the entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DgcSampling {
    /// Coordinates aimed at: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for DgcSampling {
    const NAME: &'static str = "dgc-sampling";
    const SUMMARY: &'static str =
        "keeps about k entries by the threshold of a 1 % sample, exactly k where it is too low";
    const SOURCE: &'static str = "abdelmoniem2021sidco, code sands-lab/SIDCo 197f3c3, compression.py";
    const EXAMPLE: &'static str = r#"{ name = "dgc-sampling", k = 5 }"#;
}

impl Selector for DgcSampling {
    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn select(&self, x: Entries<'_>, k: usize, call: &mut Call<'_>, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
        // In integers, so that no representation error moves a ceiling.
        let n_sampled = x.len().div_ceil(100);
        let rank = (n_sampled * k).div_ceil(x.len());
        let threshold = largest_of_subset(x, n_sampled, rank, call);
        select_above(x, threshold, k, call.scratch, selected)
    }

    fn most_entries(&self, k: usize, dim: usize) -> usize {
        most_entries(k, dim)
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::Own
    }
}

/// The magnitude of this rank, from 1, among `n_sampled` entries drawn without replacement.
pub(super) fn largest_of_subset(x: Entries<'_>, n_sampled: usize, rank: usize, call: &mut Call<'_>) -> f64 {
    let stream = call.private();
    let Scratch { indices, words, values, .. } = &mut *call.scratch;
    indices.clear();
    random_subset(x.len(), n_sampled, stream, words, indices);
    largest_of(x.at(indices), rank, values)
}

/// Selects the entries above a threshold, or the k largest where these are more than 4k/3.
pub(super) fn select_above(
    x: Entries<'_>,
    threshold: f64,
    k: usize,
    scratch: &mut Scratch,
    selected: &mut Vec<u32>,
) -> Result<(), NotFinite> {
    // A NaN or infinite threshold is an entry of x, which the selection reports.
    x.above(threshold, selected)?;
    if 3 * selected.len() > 4 * k {
        x.keep_largest(k, scratch, selected)?;
    }
    Ok(())
}

/// The most that [`select_above`] selects.
pub(super) fn most_entries(k: usize, dim: usize) -> usize {
    (4 * k / 3).min(dim)
}
