//! What the operators share that are given k: k per block, and what follows from it.

use super::{
    Build, Call, Compressor, CompressorError, Counts, Guarantee, Message, Randomness, Scratch, Selection, Sparsity,
    Step,
};
use crate::vector::{NotFinite, first_not_finite, select};
use std::fmt::Debug;

/// An operator that is given k for each block.
pub(super) trait Sparsifier: Clone + Debug + Send + Sync + 'static {
    /// Whether exactly k coordinates are sent of every vector without zeros and ties.
    const IS_EXACT: bool;

    /// [`Compressor::is_projection`].
    const IS_PROJECTION: bool;

    /// [`Compressor::selection`].
    const SELECTION: Option<Selection>;

    /// The coordinates aimed at.
    fn k(&self) -> &Sparsity;

    /// Refuses parameters that do not fit the blocks.
    fn check(&self, _counts: &Counts) -> Result<(), CompressorError> {
        Ok(())
    }

    /// [`Compressor::compress`] on a block with this k.
    fn compress(&self, x: &[f64], k: usize, call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite>;

    /// [`Compressor::add_and_compress`].
    fn add_and_compress(&self, counts: &Counts, steps: &mut [Step<'_>]) -> Result<(), (usize, NotFinite)> {
        first_not_finite(steps.iter_mut().map(|Step { x, addition, call, message }| {
            addition.add_to(x);
            self.compress(x, counts.k(call.block), call, message)
        }))
    }

    /// [`Compressor::is_side_by_side`].
    fn is_side_by_side(&self) -> bool {
        false
    }

    /// What is proved for every x.
    fn guarantee(&self, counts: &Counts) -> Guarantee;

    /// [`Compressor::randomness`].
    fn randomness(&self, counts: &Counts) -> Randomness;

    /// The most coordinates that are sent of a block of `dim`.
    fn most_entries(&self, k: usize, dim: usize) -> usize {
        if Self::IS_EXACT { k } else { dim }
    }

    /// [`Compressor::learns`].
    fn learns(&self) -> bool {
        false
    }
}

impl<S: Sparsifier> Build for S {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        let counts = self.k().resolve(blocks)?;
        self.check(&counts)?;
        Ok(Box::new(Operator { sparsifier: self.clone(), counts }))
    }
}

#[derive(Debug)]
struct Operator<S> {
    sparsifier: S,
    counts: Counts,
}

impl<S: Sparsifier> Compressor for Operator<S> {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        self.sparsifier.compress(x, self.counts.k(call.block), call, message)
    }

    fn add_and_compress(&self, steps: &mut [Step<'_>]) -> Result<(), (usize, NotFinite)> {
        self.sparsifier.add_and_compress(&self.counts, steps)
    }

    fn is_side_by_side(&self) -> bool {
        self.sparsifier.is_side_by_side()
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        self.sparsifier.guarantee(&self.counts)
    }

    fn randomness(&self) -> Randomness {
        self.sparsifier.randomness(&self.counts)
    }

    fn is_projection(&self) -> bool {
        S::IS_PROJECTION
    }

    fn selection(&self) -> Option<Selection> {
        S::SELECTION
    }

    fn kept(&self, block: usize, _dim: usize) -> Option<usize> {
        S::IS_EXACT.then(|| self.counts.k(block))
    }

    fn most_entries(&self, block: usize, dim: usize) -> usize {
        self.sparsifier.most_entries(self.counts.k(block), dim)
    }

    fn learns(&self) -> bool {
        self.sparsifier.learns()
    }
}

/// Makes `message` the signs of the k entries of largest magnitude, of those among them that are not zero; `scale`
/// says, from their coordinates, what the signs are multiplied with.
pub(super) fn send_largest_signs(
    x: &[f64],
    k: usize,
    call: &mut Call<'_>,
    message: &mut Message,
    scale: impl FnOnce(&[u32]) -> f64,
) -> Result<(), NotFinite> {
    let (hint, Scratch { selection, .. }) = call.adaptive_and_scratch(0);
    let (indices, negative) = message.sparse_signs(x.len(), 0.0);
    select::top_k_into(x, k, hint, selection, indices)?;
    indices.retain(|&j| x[j as usize] != 0.0);
    negative.extend(indices.iter().map(|&j| x[j as usize] < 0.0));
    if let Message::SparseSigns { scale: sent, indices, .. } = message {
        *sent = scale(indices);
    }
    Ok(())
}
