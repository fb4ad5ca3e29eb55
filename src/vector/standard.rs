//! The selection of the standard library, `select_nth_unstable`: the baseline that benchmarks compare with.

use super::float::Float;
use std::hint::black_box;

/// Buffers of [`select_nth`], used again from call to call.
#[derive(Debug, Default)]
pub struct Keys {
    words: Vec<u64>,
    /// Of double precision: magnitude, and the complement of the coordinate, so that ties go to the lower one.
    pub pairs: Vec<(u64, u32)>,
}

/// `select_nth_unstable` on keys of magnitude and coordinate, as one would do without a kernel; those of single precision
/// fit into one word. The keys of the k largest entries are at the end.
pub fn select_nth<F: Float>(x: &[F], k: usize, keys: &mut Keys) {
    let from = x.len() - k;
    let magnitudes = (0_u32..).zip(x).map(|(j, v)| (!j, v.widen().abs()));
    if size_of::<F>() == size_of::<f32>() {
        keys.words.clear();
        keys.words.extend(magnitudes.map(|(j, v)| u64::from((v as f32).to_bits()) << 32 | u64::from(j)));
        keys.words.select_nth_unstable(from);
        black_box(&keys.words[from..]);
    } else {
        keys.pairs.clear();
        keys.pairs.extend(magnitudes.map(|(j, v)| (v.to_bits(), j)));
        keys.pairs.select_nth_unstable(from);
        black_box(&keys.pairs[from..]);
    }
}
