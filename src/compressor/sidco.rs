//! The stages shared by the SIDCo operators: fit a distribution to the magnitudes, keep what exceeds its quantile, fit
//! again to the excesses of what was kept.
//!
//! ```text
//! a = |x|, δ = k/d, M stages
//! η ← quantile of the distribution fitted to a, exceeded with probability δ if M = 1, else max(δ, 1/4)
//! repeat M − 1 times, ρ = (4δ)^{1/(M − 1)}:
//!     E ← { aⱼ : aⱼ > η },   m ← min E
//!     η ← m + quantile of the distribution fitted to E − m, exceeded with probability ρ
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
//! M, the number of calls and the sum of k̂/k are what the operator carries ([`Call::adaptation`]), separately for each
//! worker and block. In the code all layers share one M.
//!
//! Left open by the code and settled here: nothing is fitted to the zero vector (the code divides by its norm), nothing
//! is sent and M stays; where no entry exceeds η the stages end (the code fails); a distribution without spread is the
//! point mass at its mean, and nothing is strictly above it (the code divides by zero). The code works on x/‖x‖. All
//! quantiles scale with the vector, so only the ε of the gamma fit depends on the norm.
//!
//! For 1/4 < δ < 1/2 and M = 2 the second stage has ρ > 1: it lowers the threshold.

use super::selector::{Entries, Selector};
use super::{Call, CompressorError, Counts, Randomness, Sparsity};
use crate::vector::{NotFinite, norm_one};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The fraction that the first of several stages keeps.
const FIRST_FRACTION: f64 = 0.25;

/// Calls between two changes of the number of stages.
const CALLS_PER_CHANGE: f64 = 5.0;

/// How far the mean of k̂/k may be from 1 without a change.
const TOLERANCE: f64 = 0.2;

/// How many times a SIDCo operator fits its distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stages {
    /// One at first, and one more or less whenever five calls on average kept less than 0.8 k or more than 1.2 k.
    Adaptive,
    /// Always this many, from 1 to `max(1, ⌈log₂(d/k)⌉)`.
    #[serde(untagged)]
    Fixed(u32),
}

/// The fitted distribution of magnitudes, whose tail gives the threshold of each stage: what distinguishes one SIDCo
/// operator from another.
pub(super) trait Tail: Clone + Send + Sync + std::fmt::Debug + 'static {
    /// The coordinates aimed at.
    fn k(&self) -> &Sparsity;

    /// M
    fn stages(&self) -> Stages;

    /// The magnitude that the fitted distribution exceeds with probability `fraction`, in the units of the sample.
    fn quantile(&self, sample: &Magnitudes<'_>, fraction: f64) -> f64;

    /// The same for excesses over the threshold of an earlier stage.
    fn excess_quantile(&self, excesses: &Magnitudes<'_>, fraction: f64) -> f64 {
        self.quantile(excesses, fraction)
    }
}

/// Magnitudes `|v| · scale`, not empty.
#[derive(Debug, Clone, Copy)]
pub(super) struct Magnitudes<'a> {
    values: Entries<'a>,
    /// A power of two that brings the magnitudes near 1, where squares neither overflow nor vanish.
    pub(super) scale: f64,
    /// The mean magnitude.
    pub(super) mean: f64,
}

impl<'a> Magnitudes<'a> {
    /// Of the entries of a vector.
    pub(super) fn of(x: Entries<'a>) -> Result<Self, NotFinite> {
        let mean = x.mean_magnitude()?;
        // The inverse of the power of two at or below the mean: biased exponents add up to twice the bias.
        let exponent = (mean.to_bits() >> 52).min(2045);
        let scale = f64::from_bits((2046 - exponent) << 52);
        Ok(Self { values: x, scale, mean: mean * scale })
    }

    /// Of numbers that are scaled already and not negative.
    fn of_excesses(values: Entries<'a>) -> Self {
        Self { values, scale: 1.0, mean: norm_one(values.pass()) / values.len() as f64 }
    }

    /// How many there are.
    pub(super) fn len(&self) -> f64 {
        self.values.len() as f64
    }

    /// The means of N functions of a magnitude.
    pub(super) fn means<const N: usize>(&self, terms: impl Fn(f64) -> [f64; N]) -> [f64; N] {
        const LANES: usize = 8;
        let mut lanes = [[0.0; LANES]; N];
        let (chunks, rest) = self.values.pass().as_chunks::<LANES>();
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

impl<T: Tail> Selector for T {
    fn k(&self) -> &Sparsity {
        Tail::k(self)
    }

    fn check(&self, counts: &Counts) -> Result<(), CompressorError> {
        if let Stages::Fixed(n) = self.stages()
            && counts.iter().any(|(k, dim)| !(1..=most_stages(k, dim)).contains(&n))
        {
            let allowed = "a whole number from 1 to max(1, ⌈log₂(d/k)⌉), for every block";
            return Err(CompressorError::Parameter { name: "stages", value: f64::from(n), allowed });
        }
        Ok(())
    }

    fn select(&self, x: Entries<'_>, k: usize, call: &mut Call<'_>, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
        let most = most_stages(k, x.len());
        let n_stages = match self.stages() {
            Stages::Fixed(n) => n,
            Stages::Adaptive => (*call.adaptive(0) as u32).clamp(1, most),
        };
        let magnitudes = Magnitudes::of(x)?;
        // There is nothing to fit to the zero vector.
        if magnitudes.mean == 0.0 {
            return Ok(());
        }
        let fraction = k as f64 / x.len() as f64;
        select_in_stages(self, (x, magnitudes), (fraction, n_stages), &mut call.scratch.values, selected)?;
        if self.stages() == Stages::Adaptive {
            adapt(call, selected.len() as f64 / k as f64, most);
        }
        Ok(())
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::None
    }

    fn learns(&self) -> bool {
        self.stages() == Stages::Adaptive
    }
}

/// The stages themselves.
fn select_in_stages(
    tail: &impl Tail,
    (x, magnitudes): (Entries<'_>, Magnitudes<'_>),
    (fraction, n_stages): (f64, u32),
    excesses: &mut Vec<f64>,
    selected: &mut Vec<u32>,
) -> Result<(), NotFinite> {
    let scale = magnitudes.scale;
    let first_fraction = if n_stages == 1 { fraction } else { fraction.max(FIRST_FRACTION) };
    x.above(tail.quantile(&magnitudes, first_fraction) / scale, selected)?;
    let stage_fraction = (fraction / FIRST_FRACTION).powf(1.0 / f64::from(n_stages - 1));
    for _ in 1..n_stages {
        if selected.is_empty() {
            break;
        }
        let least = x.at(selected).map(f64::abs).fold(f64::INFINITY, f64::min);
        excesses.clear();
        excesses.extend(x.at(selected).map(|v| (v.abs() - least) * scale));
        let excess = tail.excess_quantile(&Magnitudes::of_excesses(x.copied(excesses)), stage_fraction);
        let threshold = least + excess / scale;
        if stage_fraction > 1.0 {
            x.above(threshold, selected)?;
        } else {
            // A threshold that rises can only drop entries that the one before kept.
            x.keep_above(threshold, selected);
        }
    }
    Ok(())
}

/// `max(1, ⌈log₂(d/k)⌉)`.
fn most_stages(k: usize, dim: usize) -> u32 {
    (0..u32::BITS).find(|&n| k << n >= dim).unwrap_or(u32::BITS).max(1)
}

/// Records k̂/k of one call, and changes the number of stages when a change is due.
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
    use std::cell::Cell;

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
            let n_read = Cell::new(0);
            let sample = Magnitudes::of(Entries::of(&x, &n_read)).unwrap();
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
            let (mean, variance) = Magnitudes::of(Entries::of(&x, &Cell::new(0))).unwrap().mean_and_variance();
            assert!(variance < 1e-30 * mean * mean, "{value}, {d}: {variance}");
        }
    }
}
