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
//! threshold and the exact selection does the work: this is top-k but for ties at the threshold. Where k > s the code
//! fails; here there is then no threshold, and all entries are candidates.
//!
//! The comparison is strict and nothing refills a short selection: a constant vector is dropped whole where k ≤ s. So no
//! inequality holds for every x: [`Guarantee::None`].

use super::dgc_sampling::{largest_of, most_entries, select_above};
use super::rand_k::random_subset;
use super::{Build, Call, Compressor, CompressorError, Counts, Guarantee, Message, Scratch, Sparsity};
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

impl Build for DgcSamplingKth {
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
        let n_sampled = x.len() / 100;
        let stream = call.private();
        let Scratch { indices, words, values, .. } = &mut *call.scratch;
        let threshold = if k > n_sampled {
            f64::NEG_INFINITY
        } else {
            indices.clear();
            random_subset(x.len(), n_sampled, stream, words, indices);
            largest_of(x, indices.iter().map(|&j| j as usize), k, values)
        };
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
