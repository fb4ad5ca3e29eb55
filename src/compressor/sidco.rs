//! The stages that the SIDCo operators share: fit a law to the magnitudes, keep what exceeds its quantile, fit again
//! to the excesses of what was kept.
//!
//! ```text
//! a = |x|, δ = k/d, M stages
//! η ← quantile of the law fitted to a, exceeded with probability δ if M = 1, else max(δ, 1/4)
//! repeat M − 1 times, ρ = (4δ)^{1/(M − 1)}:
//!     E ← { aⱼ : aⱼ > η },   m ← min E
//!     η ← m + quantile of the law fitted to E − m, exceeded with probability ρ
//! C(x)ⱼ = xⱼ where aⱼ > η, else 0
//! ```
//!
//! The number of stages is fixed, or adapted as in the released code with its settings: M = 1 at first, and after every
//! 5 calls with the mean r of k̂/k over them (k̂: entries sent)
//!
//! ```text
//! M ← M − 1 if r > 1.2,   M ← M + 1 if r < 0.8,   then 1 ≤ M ≤ max(1, ⌈log₂(d/k)⌉)
//! ```
//!
//! M, the number of calls and the sum of k̂/k are what the operator carries ([`Call::adaptation`]), for each worker and
//! block by itself. In the code all layers share one M.
//!
//! Left open by the code and settled here: no law is fitted to the zero vector (the code divides by its norm), nothing
//! is sent and M stays; where no entry exceeds η the stages end (the code fails); a law without spread is the point
//! mass at its mean, and nothing lies strictly above (the code divides by zero). The code works on x/‖x‖. All
//! quantiles scale with the vector, so that only the ε of the gamma fit sees the norm.
//!
//! For 1/4 < δ < 1/2 and M = 2 the second stage has ρ > 1: it lowers the threshold.

use super::{Call, Compressor, CompressorError, Counts, Guarantee, Message, Sparsity};
use crate::vector::{NotFinite, check_finite, norm_one, select};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The share that the first of several stages keeps.
const FIRST_SHARE: f64 = 0.25;

/// Calls between two changes of the number of stages.
const CALLS_PER_CHANGE: f64 = 5.0;

/// How far the mean of k̂/k may lie from 1 without a change.
const TOLERANCE: f64 = 0.2;

/// How many times a SIDCo operator fits its law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stages {
    /// One at first, and one more or less whenever five calls on average kept less than 0.8 k or more than 1.2 k.
    Adaptive,
    /// Always this many, from 1 to `max(1, ⌈log₂(d/k)⌉)`.
    #[serde(untagged)]
    Fixed(u32),
}

/// A law of magnitudes, fitted to a sample of them.
pub(super) trait Law: Send + Sync + std::fmt::Debug + 'static {
    /// The magnitude that the fitted law exceeds with probability `share`, in the units of the sample.
    fn quantile(&self, sample: &Sample<'_>, share: f64) -> f64;

    /// The same for excesses over the threshold of an earlier stage.
    fn excess_quantile(&self, excesses: &Sample<'_>, share: f64) -> f64 {
        self.quantile(excesses, share)
    }
}

/// Magnitudes `|v| · scale`, not empty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample<'a> {
    values: &'a [f64],
    /// A power of two that brings the magnitudes near 1, where squares neither overflow nor vanish.
    scale: f64,
    /// The mean magnitude.
    pub(super) mean: f64,
}

impl<'a> Sample<'a> {
    /// The magnitudes of a vector.
    fn of_vector(x: &'a [f64]) -> Result<Self, NotFinite> {
        let mean = mean_magnitude(x)?;
        // The inverse of the power of two at or below the mean: biased exponents add up to twice the bias.
        let exponent = (mean.to_bits() >> 52).min(2045);
        let scale = f64::from_bits((2046 - exponent) << 52);
        Ok(Self { values: x, scale, mean: mean * scale })
    }

    /// Numbers that are scaled already and not negative.
    fn of_excesses(values: &'a [f64]) -> Self {
        Self { values, scale: 1.0, mean: norm_one(values) / values.len() as f64 }
    }

    /// How many there are.
    pub(super) fn len(&self) -> f64 {
        self.values.len() as f64
    }

    /// The means of N functions of a magnitude.
    pub(super) fn means<const N: usize>(&self, terms: impl Fn(f64) -> [f64; N]) -> [f64; N] {
        const LANES: usize = 8;
        let mut lanes = [[0.0; LANES]; N];
        let (chunks, rest) = self.values.as_chunks::<LANES>();
        let mut add = |lane: usize, value: f64| {
            for (lanes, term) in lanes.iter_mut().zip(terms(value.abs() * self.scale)) {
                lanes[lane] += term;
            }
        };
        for chunk in chunks {
            for (lane, &value) in chunk.iter().enumerate() {
                add(lane, value);
            }
        }
        for (lane, &value) in rest.iter().enumerate() {
            add(lane, value);
        }
        lanes.map(|lanes| lanes.iter().sum::<f64>() / self.len())
    }

    /// The mean and the variance, which divides by n − 1 and is 0 for n = 1 and wherever all magnitudes are equal.
    pub(super) fn mean_and_variance(&self) -> (f64, f64) {
        let n = self.len();
        // The mean deviation from a rounded mean corrects it: equal magnitudes have a variance of zero to the bit, or
        // one so far below the square of the mean that it makes no difference.
        let [deviation, square] = self.means(|a| [a - self.mean, (a - self.mean) * (a - self.mean)]);
        let variance = (square - deviation * deviation).max(0.0);
        (self.mean + deviation, if n > 1.0 { variance * n / (n - 1.0) } else { 0.0 })
    }
}

/// The mean of `|xⱼ|`; it does not overflow.
pub(super) fn mean_magnitude(x: &[f64]) -> Result<f64, NotFinite> {
    let d = x.len() as f64;
    let sum = norm_one(x);
    if sum.is_finite() {
        return Ok(sum / d);
    }
    check_finite(x)?;
    Ok(x.iter().map(|v| v.abs() / d).sum())
}

/// Selection by the stages of a law.
#[derive(Debug)]
pub(super) struct Operator<L> {
    law: L,
    counts: Counts,
    stages: Stages,
}

impl<L: Law> Operator<L> {
    /// # Errors
    /// `k` does not fit the blocks, or more stages than a block has use for are asked for.
    pub(super) fn build(
        law: L,
        k: &Sparsity,
        stages: Stages,
        blocks: &[usize],
    ) -> Result<Box<dyn Compressor>, CompressorError> {
        let counts = k.resolve(blocks)?;
        if let Stages::Fixed(n) = stages
            && counts.iter().any(|(k, dim)| !(1..=most_stages(k, dim)).contains(&n))
        {
            let allowed = "a whole number from 1 to max(1, ⌈log₂(d/k)⌉), for every block";
            return Err(CompressorError::Parameter { name: "stages", value: f64::from(n), allowed });
        }
        Ok(Box::new(Self { law, counts, stages }))
    }

    /// Writes the selected indices; false where there is no law to fit, for the zero vector.
    fn select(
        &self,
        x: &[f64],
        (share, n_stages): (f64, u32),
        excesses: &mut Vec<f64>,
        indices: &mut Vec<u32>,
    ) -> Result<bool, NotFinite> {
        let sample = Sample::of_vector(x)?;
        if sample.mean == 0.0 {
            return Ok(false);
        }
        let first_share = if n_stages == 1 { share } else { share.max(FIRST_SHARE) };
        let threshold = self.law.quantile(&sample, first_share) / sample.scale;
        select::at_least(x, threshold.next_up(), indices)?;
        let stage_share = (share / FIRST_SHARE).powf(1.0 / f64::from(n_stages - 1));
        for _ in 1..n_stages {
            let least = indices.iter().map(|&j| x[j as usize].abs()).fold(f64::INFINITY, f64::min);
            if indices.is_empty() {
                break;
            }
            excesses.clear();
            excesses.extend(indices.iter().map(|&j| (x[j as usize].abs() - least) * sample.scale));
            let excess = self.law.excess_quantile(&Sample::of_excesses(excesses), stage_share);
            let threshold = least + excess / sample.scale;
            if stage_share > 1.0 {
                select::at_least(x, threshold.next_up(), indices)?;
            } else {
                // A threshold that rises needs no look at what lies below the one before.
                indices.retain(|&j| x[j as usize].abs() > threshold);
            }
        }
        Ok(true)
    }
}

impl<L: Law> Compressor for Operator<L> {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        let k = self.counts.k(call.block);
        let most = most_stages(k, x.len());
        let n_stages = match self.stages {
            Stages::Fixed(n) => n,
            Stages::Adaptive => (*call.adaptive(0) as u32).clamp(1, most),
        };
        let (indices, values) = message.sparse(x.len());
        let share = k as f64 / x.len() as f64;
        let is_fitted = self.select(x, (share, n_stages), &mut call.scratch.values, indices)?;
        values.extend(indices.iter().map(|&j| x[j as usize]));
        if is_fitted && self.stages == Stages::Adaptive {
            adapt(call, indices.len() as f64 / k as f64, most);
        }
        Ok(())
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        Guarantee::None
    }

    fn is_projection(&self) -> bool {
        true
    }
}

/// `max(1, ⌈log₂(d/k)⌉)`.
fn most_stages(k: usize, dim: usize) -> u32 {
    (0..u32::BITS).find(|&n| k << n >= dim).unwrap_or(u32::BITS).max(1)
}

/// Takes note of one call's k̂/k and changes the number of stages when its time has come.
fn adapt(call: &mut Call<'_>, kept: f64, most: u32) {
    let n_stages = f64::from((*call.adaptive(0) as u32).clamp(1, most));
    let n_calls = *call.adaptive(1) + 1.0;
    let sum = *call.adaptive(2) + kept;
    let mean = sum / n_calls;
    let state = if n_calls < CALLS_PER_CHANGE {
        [n_stages, n_calls, sum]
    } else if mean > 1.0 + TOLERANCE {
        [(n_stages - 1.0).max(1.0), 0.0, 0.0]
    } else if mean < 1.0 - TOLERANCE {
        [(n_stages + 1.0).min(f64::from(most)), 0.0, 0.0]
    } else {
        [n_stages, 0.0, 0.0]
    };
    call.adaptation.clear();
    call.adaptation.extend(state);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_stages_are_the_logarithm_of_the_inverse_density() {
        for (k, dim, golden) in [(1, 1, 1), (5, 6, 1), (1, 2, 1), (3, 10, 2), (1, 4, 2), (5, 60, 4), (1, 1000, 10)] {
            assert_eq!(most_stages(k, dim), golden, "{k} of {dim}");
            assert_eq!(golden, (dim as f64 / k as f64).log2().ceil().max(1.0) as u32);
        }
    }

    #[test]
    fn mean_and_variance_are_those_of_two_passes_and_zero_for_equal_magnitudes() {
        for unit in [1e-310, 1e-200, 1e-3, 1.0, 1e200, 1e307] {
            let x: Vec<f64> = (0..103).map(|j| f64::from(j % 17 - 8) * unit).collect();
            let sample = Sample::of_vector(&x).unwrap();
            let (mean, variance) = sample.mean_and_variance();
            let a: Vec<f64> = (0..103).map(|j| f64::from((j % 17 - 8i32).abs())).collect();
            let exact = a.iter().sum::<f64>() / 103.0;
            let spread = a.iter().map(|v| (v - exact) * (v - exact)).sum::<f64>() / 102.0;
            // Numbers of 1e-310 have eleven digits.
            assert!((mean / sample.scale / (exact * unit) - 1.0).abs() < 1e-10, "{unit}: {mean}");
            assert!((variance / (mean * mean) / (spread / (exact * exact)) - 1.0).abs() < 1e-10, "{unit}: {variance}");
        }
        for (value, d) in [(0.1, 1), (0.1, 7), (-0.3, 1001), (1e-300, 13)] {
            let x = vec![value; d];
            let (mean, variance) = Sample::of_vector(&x).unwrap().mean_and_variance();
            assert!(variance < 1e-30 * mean * mean, "{value}, {d}: {variance}");
        }
    }
}
