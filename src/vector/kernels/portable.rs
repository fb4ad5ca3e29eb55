//! The bodies without vector instructions, which the compiler turns into those that every machine of the target has.

use crate::vector::addition::Addition;
use crate::vector::entries::{EntriesMut, EntriesRef, Limits};
use crate::vector::float::Float;
use std::ops::Range;

/// Entries that are tested together: most blocks of a vector hold nothing that is looked for.
const BLOCK: usize = 32;

/// Whether an entry of the block reaches the threshold.
#[inline(always)]
fn any_reaches<F: Float>(block: &[F], threshold: F) -> bool {
    block.iter().fold(F::Key::default(), |any, v| any | v.reaches(threshold)) != F::Key::default()
}

/// Appends the entries of a block of at most `BLOCK` that are to be kept, without a branch: whether an entry is kept is
/// unpredictable, so it is written first and the position advances conditionally.
#[inline(always)]
fn append<F: Float, const VALUES: bool>(block: impl Iterator<Item = (u32, F, bool)>, to: EntriesMut<'_, F>) {
    let EntriesMut { indices, values } = to;
    let (mut kept_indices, mut kept_values, mut n) = ([0; BLOCK], [F::ZERO; BLOCK], 0);
    for (j, v, is_kept) in block {
        kept_indices[n % BLOCK] = j;
        kept_values[n % BLOCK] = v;
        n += usize::from(is_kept);
    }
    indices.extend_from_slice(&kept_indices[..n]);
    if VALUES {
        values.extend_from_slice(&kept_values[..n]);
    }
}

#[inline(always)]
pub(super) fn collect<F: Float, const VALUES: bool>(x: &[F], start: u32, threshold: F, mut to: EntriesMut<'_, F>) {
    for (block, start) in x.chunks(BLOCK).zip((start..).step_by(BLOCK)) {
        if any_reaches(block, threshold) {
            let entries = (start..).zip(block).map(|(j, &v)| (j, v, !v.is_below(threshold)));
            append::<F, VALUES>(entries, to.reborrow());
        }
    }
}

#[inline(always)]
pub(super) fn add_and_collect<F: Float, const SCALED: bool>(
    x: &mut [F],
    addition: Addition<'_, F>,
    start: u32,
    limits: Limits<F>,
    mut to: EntriesMut<'_, F>,
) {
    let Limits { threshold, take } = limits;
    let blocks = x.chunks_mut(BLOCK).zip(addition.vector.chunks(BLOCK)).zip((start..).step_by(BLOCK));
    for ((block, addend), start) in blocks {
        add_scaled::<F, SCALED>(block, addition.of(addend));
        if any_reaches(block, threshold) {
            let reached = (start..).zip(&*block).map(|(j, &v)| (j, v, !v.is_below(threshold)));
            append::<F, true>(reached, to.reborrow());
            for v in block {
                *v = if v.is_below(take) { *v } else { F::ZERO };
            }
        }
    }
}

#[inline(always)]
pub(super) fn add_scaled<F: Float, const SCALED: bool>(x: &mut [F], addition: Addition<'_, F>) {
    let Addition { weight, scale, vector } = addition;
    let scale = scale.unwrap_or_default();
    for (v, &a) in x.iter_mut().zip(vector) {
        *v = v.add_scaled(weight, if SCALED { F::ZERO.add_scaled(scale, a) } else { a });
    }
}

#[inline(always)]
pub(super) fn count<F: Float, const N: usize>(values: &[F], thresholds: [F; N]) -> [usize; N] {
    let mut n = [0; N];
    for v in values {
        for (n, threshold) in n.iter_mut().zip(thresholds) {
            *n += usize::from(!v.is_below(threshold));
        }
    }
    n
}

#[inline(always)]
pub(super) fn largest<F: Float>(values: &[F]) -> F {
    values.iter().fold(F::ZERO, |highest, v| v.larger(highest))
}

#[inline(always)]
pub(super) fn filter<F: Float>(from: EntriesRef<'_, F>, band: Range<F>, mut to: EntriesMut<'_, F>) -> usize {
    let Range { start: low, end: high } = band;
    let mut above = 0;
    for (indices, values) in from.indices.chunks(BLOCK).zip(from.values.chunks(BLOCK)) {
        let entries = indices.iter().zip(values).map(|(&j, &v)| {
            above += usize::from(!v.is_below(high));
            (j, v, !v.is_below(low) & v.is_below(high))
        });
        append::<F, true>(entries, to.reborrow());
    }
    above
}
