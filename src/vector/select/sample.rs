//! A first threshold from a sample of the vector.

use super::input::Input;
use super::rank::Band;
use super::workspace::Workspace;
use crate::vector::entries::Limits;
use crate::vector::float::Float;

/// Vectors that are shorter than this are selected from without a sample.
const SAMPLED_FROM: usize = 2048;

/// Neighbours that are sampled together: they cost one access to memory.
const CLUSTER: usize = 8;

/// The ranks that a sample brackets are this many standard deviations to both sides of the wanted one.
const DEVIATIONS: f64 = 2.5;

/// A threshold that at least k entries of the input reach, and, where these are taken out, one that at most k do, with
/// high probability.
pub(super) fn sampled_limits<F: Float>(input: &Input<'_, F>, k: usize, workspace: &mut Workspace<F>) -> Limits<F> {
    let Workspace { level, sample, n_read, .. } = workspace;
    let d = input.len();
    if d < SAMPLED_FROM {
        return Limits { threshold: F::ZERO, take: F::INFINITY };
    }
    draw(d, |first| input.at(first), sample);
    *n_read += sample.len() as u64;
    // The ranks that enclose that of the k-th largest, with high probability.
    let density = k as f64 / d as f64;
    let expected = density * sample.len() as f64;
    let margin = DEVIATIONS * (expected * (1.0 - density)).sqrt() + DEVIATIONS;
    let (upper, lower) = ((expected - margin).floor(), (expected + margin).ceil() as usize);
    let whole = Band::of(*level, sample, 0);
    let at = |bits: u64| F::from_magnitude(bits);
    let low = if lower < sample.len() { at(whole.narrow(*level, sample, lower, 1).low) } else { F::ZERO };
    let high = if upper < 1.0 || !input.splits() {
        F::INFINITY
    } else {
        at(whole.narrow(*level, sample, upper as usize, 1).high)
    };
    // NaN in the sample bounds nothing.
    Limits { threshold: low, take: if low.is_below(high) { high } else { F::INFINITY } }
}

/// Writes entries of the vector into `sample`, [`CLUSTER`] neighbours of each of many parts.
///
/// The place in each part follows the multiples of the golden ratio, so that it is in step with no period of the vector.
pub(super) fn draw<F: Float>(len: usize, cluster: impl Fn(usize) -> [F; CLUSTER], sample: &mut Vec<F>) {
    let n_parts = (len / 512).clamp(1024, 16_384) / CLUSTER;
    let part = len / n_parts;
    sample.clear();
    for i in 0..n_parts {
        let turn = u64::from((i as u32).wrapping_mul(0x9E37_79B9));
        let first = i * part + ((turn * (part - CLUSTER + 1) as u64) >> 32) as usize;
        sample.extend_from_slice(&cluster(first));
    }
}
