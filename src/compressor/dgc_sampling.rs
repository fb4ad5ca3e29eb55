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
//! inequality holds for every x: [`Guarantee::None`].

use super::rand_k::random_subset;
use super::{Build, Call, Compressor, CompressorError, Counts, Guarantee, Message, Scratch, Sparsity};
use crate::registry::Described;
use crate::vector::{NotFinite, select};
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

impl Build for DgcSampling {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        Ok(Box::new(Operator { counts: self.k.resolve(blocks)? }))
    }
}

#[derive(Debug)]
struct Operator {
    counts: Counts,
}

impl Compressor for Operator {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        let k = self.counts.k(call.block);
        // In integers, so that no representation error moves a ceiling.
        let n_sampled = x.len().div_ceil(100);
        let rank = (n_sampled * k).div_ceil(x.len());
        let stream = call.private();
        let Scratch { indices, words, values, .. } = &mut *call.scratch;
        indices.clear();
        random_subset(x.len(), n_sampled, stream, words, indices);
        let threshold = largest_of(x, indices.iter().map(|&j| j as usize), rank, values);
        select_above(x, threshold, k, call.scratch, message)
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        Guarantee::None
    }

    fn most_entries(&self, block: usize, dim: usize) -> usize {
        most_entries(self.counts.k(block), dim)
    }

    fn is_projection(&self) -> bool {
        true
    }
}

/// The magnitude of this rank, from 1, among the entries of x at `sampled`.
pub(super) fn largest_of(
    x: &[f64],
    sampled: impl Iterator<Item = usize>,
    rank: usize,
    magnitudes: &mut Vec<f64>,
) -> f64 {
    magnitudes.clear();
    magnitudes.extend(sampled.map(|j| x[j].abs()));
    *magnitudes.select_nth_unstable_by(rank - 1, |a, b| b.total_cmp(a)).1
}

/// Makes `message` the entries above a threshold, or the k largest where these are more than 4k/3.
pub(super) fn select_above(
    x: &[f64],
    threshold: f64,
    k: usize,
    scratch: &mut Scratch,
    message: &mut Message,
) -> Result<(), NotFinite> {
    let (indices, values) = message.sparse(x.len());
    // A threshold that is NaN or infinite lies in x, where the selection reports it.
    select::at_least(x, threshold.next_up(), indices)?;
    if 3 * indices.len() > 4 * k {
        keep_largest(x, k, scratch, indices)?;
    }
    values.extend(indices.iter().map(|&j| x[j as usize]));
    Ok(())
}

/// The most that [`select_above`] sends.
pub(super) fn most_entries(k: usize, dim: usize) -> usize {
    (4 * k / 3).min(dim)
}

/// Keeps the k largest entries of those at `indices` (ascending, k or more), ties to the lower index.
pub(super) fn keep_largest(
    x: &[f64],
    k: usize,
    scratch: &mut Scratch,
    indices: &mut Vec<u32>,
) -> Result<(), NotFinite> {
    let Scratch { values, indices: places, selection, .. } = scratch;
    values.clear();
    values.extend(indices.iter().map(|&j| x[j as usize]));
    select::top_k_into(values, k, &mut 0.0, selection, places)?;
    // Places ascend and lie at or after where they are written.
    for (kept, &place) in places.iter().enumerate() {
        indices[kept] = indices[place as usize];
    }
    indices.truncate(k);
    Ok(())
}
