//! Limits of a mean that hold for every distribution of bounded or non-negative values, however few or skewed.
//!
//! Let each x lie in [low, high] with `E[x | those before] ≤ m`. Whoever bets against that with the stake λ ∈ [0, 1]
//! multiplies his capital by `1 + λ((x − low)/(m − low) − 1)`, at least 0 and at most 1 in expectation; so does the mean
//! of several such capitals. By Ville's inequality one capital reaches 1/α with probability α at most. The lower limit
//! of the mean is the least m that the capital does not refute, the upper one its mirror image.
//!
//! Stakes are fixed, so the order of the values does not matter: one of them is 1, the best against large values, the
//! others its halves, quarters, …, for differences that only many values show.
//!
//! Source: Waudby-Smith and Ramdas 2024, Estimating means of bounded random variables by betting, §4, for the capital;
//! the fixed mixture of stakes is ours.

/// Stakes 2⁻¹, 2⁻², …, beside the stake 1, which has half of the weight.
const HALVINGS: i32 = 24;

/// Values between two limits.
#[derive(Debug, Clone, Copy)]
pub struct Bounded<'a> {
    /// The values; of no length that matters.
    pub sample: &'a [f64],
    /// The least that a value can be.
    pub low: f64,
    /// The largest that a value can be; ∞ where it has no limit.
    pub high: f64,
}

impl Bounded<'_> {
    /// The logarithm of the capital of who bets against a mean of at most `mean`, after that number of copies of the sample;
    /// ∞ where a value above `low` refutes a mean of `low` itself. Its exponential is an e-value.
    #[must_use]
    pub fn evidence_above(&self, mean: f64, copies: f64) -> f64 {
        let room = mean - self.low;
        let excess = |x: f64| x.max(self.low) - self.low;
        if room <= 0.0 {
            return if self.sample.iter().any(|x| excess(*x) > 0.0) { f64::INFINITY } else { 0.0 };
        }
        let capital = |stake: f64| {
            let gain = |x: &f64| (stake * (excess(*x) / room - 1.0)).ln_1p();
            copies * self.sample.iter().map(gain).sum::<f64>()
        };
        let others = -(2.0 * f64::from(HALVINGS)).ln();
        let capitals = std::iter::once(capital(1.0) - std::f64::consts::LN_2)
            .chain((1..=HALVINGS).map(|halving| capital(0.5_f64.powi(halving)) + others));
        log_sum_exp(&capitals.collect::<Vec<f64>>())
    }

    /// The lower limit of the mean, above which it lies with probability 1 − `tail` at least.
    #[must_use]
    pub fn lower(&self, tail: f64) -> f64 {
        self.lower_after(tail, 1.0)
    }

    /// The upper limit of the mean, below which it lies with probability 1 − `tail` at least; ∞ without `high`.
    #[must_use]
    pub fn upper(&self, tail: f64) -> f64 {
        self.upper_after(tail, 1.0)
    }

    fn lower_after(&self, tail: f64, copies: f64) -> f64 {
        let enough = -tail.ln();
        let n = self.sample.len() as f64;
        let mean = self.sample.iter().map(|x| x / n).sum::<f64>();
        if self.sample.is_empty() || mean <= self.low || self.high <= self.low {
            return self.low;
        }
        // The evidence falls as the mean rises, and there is none against the mean of the sample.
        let (mut refuted, mut admitted) = (self.low, mean);
        for _ in 0..200 {
            let middle = f64::midpoint(refuted, admitted);
            if middle <= refuted || middle >= admitted {
                break;
            }
            if self.evidence_above(middle, copies) >= enough { refuted = middle } else { admitted = middle }
        }
        refuted
    }

    fn upper_after(&self, tail: f64, copies: f64) -> f64 {
        if self.high.is_infinite() {
            return f64::INFINITY;
        }
        let mirrored: Vec<f64> = self.sample.iter().map(|x| -x).collect();
        -Bounded { sample: &mirrored, low: -self.high, high: -self.low }.lower_after(tail, copies)
    }

    /// How many copies of the sample would be needed until its limits at `tail` satisfy `decides`; `None` where 2⁴⁰ are
    /// too few.
    #[must_use]
    pub fn copies_to_decide(&self, tail: f64, decides: impl Fn(f64, f64) -> bool) -> Option<u64> {
        let is_enough =
            |copies: u64| decides(self.lower_after(tail, copies as f64), self.upper_after(tail, copies as f64));
        let mut enough = 1;
        while !is_enough(enough) {
            enough = Some(2 * enough).filter(|copies| *copies <= 1 << 40)?;
        }
        let mut too_few = enough / 2;
        while enough - too_few > 1 {
            let middle = u64::midpoint(too_few, enough);
            if is_enough(middle) { enough = middle } else { too_few = middle }
        }
        Some(enough)
    }
}

/// `ln Σ exp`.
fn log_sum_exp(logarithms: &[f64]) -> f64 {
    let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest.is_infinite() {
        return largest;
    }
    largest + logarithms.iter().map(|logarithm| (logarithm - largest).exp()).sum::<f64>().ln()
}

/// The logarithm of the mean of e-values, given by their logarithms: an e-value again, however they depend on each
/// other; −∞ for none.
#[must_use]
pub fn mean_evidence(logarithms: &[f64]) -> f64 {
    log_sum_exp(logarithms) - (logarithms.len() as f64).ln().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    /// How often, of 10⁴ samples, the true mean lies below the lower or above the upper limit.
    fn failures(n: usize, high: f64, mean: f64, seed: u64, mut draw: impl FnMut(&mut ChaCha8Rng) -> f64) -> (u32, u32) {
        let mut stream = ChaCha8Rng::seed_from_u64(seed);
        let mut failures = (0, 0);
        for _ in 0..10_000 {
            let sample: Vec<f64> = (0..n).map(|_| draw(&mut stream)).collect();
            let bounded = Bounded { sample: &sample, low: 0.0, high };
            // A limit beyond the mean is evidence against the mean: one evaluation instead of a search.
            failures.0 += u32::from(bounded.evidence_above(mean, 1.0) >= -(0.01_f64).ln());
            let mirrored: Vec<f64> = sample.iter().map(|x| high - x).collect();
            let mirrored = Bounded { sample: &mirrored, low: 0.0, high };
            failures.1 += u32::from(mirrored.evidence_above(high - mean, 1.0) >= -(0.01_f64).ln());
        }
        failures
    }

    #[test]
    fn limits_fail_at_most_as_often_as_they_say_on_two_points_and_on_skewed_values() {
        for n in [1, 3, 5, 20] {
            for p in [0.5, 0.1, 0.01] {
                let rare = failures(n, 1.0, p, 7, |stream| f64::from(u8::from(stream.random_bool(p))));
                let often = failures(n, 1.0, 1.0 - p, 8, |stream| f64::from(u8::from(!stream.random_bool(p))));
                for (below, above) in [rare, often] {
                    // Four standard deviations above one in a hundred.
                    assert!(below <= 140 && above <= 140, "n = {n}, p = {p}: {below} and {above} of 10000");
                }
            }
            // u⁸ for uniform u has the mean 1/9 and most of its mass near 0.
            let (below, above) = failures(n, 1.0, 1.0 / 9.0, 9, |stream| stream.random::<f64>().powi(8));
            assert!(below <= 140 && above <= 140, "n = {n}: {below} and {above} of 10000");
        }
    }

    #[test]
    fn limits_close_in_on_the_mean() {
        let sample: Vec<f64> = (0..4000).map(|i| f64::from(i % 2)).collect();
        let bounded = Bounded { sample: &sample, low: 0.0, high: 1.0 };
        let (lower, upper) = (bounded.lower(0.005), bounded.upper(0.005));
        assert!(lower > 0.465 && lower < 0.5 && upper < 0.535 && upper > 0.5, "{lower} {upper}");
        assert!((lower + upper - 1.0).abs() < 1e-9, "the mirror image");
    }

    #[test]
    fn a_limit_is_the_edge_of_what_is_refuted() {
        let bounded = Bounded { sample: &[0.2, 0.9, 0.4, 0.7], low: 0.0, high: 1.0 };
        let lower = bounded.lower(0.05);
        let enough = -(0.05_f64).ln();
        assert!(bounded.evidence_above(lower * (1.0 - 1e-9), 1.0) >= enough);
        assert!(bounded.evidence_above(lower * (1.0 + 1e-9), 1.0) < enough);
    }

    #[test]
    fn few_equal_values_say_little_and_extremes_do_not_break_it() {
        // Three ones could be luck at a mean of 1/5, and hardly at 1/10.
        let ones = Bounded { sample: &[1.0, 1.0, 1.0], low: 0.0, high: 1.0 };
        assert!(ones.lower(0.01) < 0.2 && ones.lower(0.01) > 0.1, "{}", ones.lower(0.01));
        assert_eq!(ones.upper(0.01), 1.0);
        let zeros = Bounded { sample: &[0.0, 0.0], low: 0.0, high: f64::INFINITY };
        assert_eq!((zeros.lower(0.01), zeros.upper(0.01)), (0.0, f64::INFINITY));
        assert_eq!(zeros.evidence_above(0.0, 1.0), 0.0);
        let constant = Bounded { sample: &[0.0; 4], low: 0.0, high: 0.0 };
        assert_eq!((constant.lower(0.01), constant.upper(0.01)), (0.0, 0.0));
        let none = Bounded { sample: &[], low: 0.0, high: 1.0 };
        assert_eq!((none.lower(0.01), none.upper(0.01)), (0.0, 1.0));
        let huge = Bounded { sample: &[1e300, 1e308], low: 0.0, high: f64::INFINITY };
        assert!(huge.lower(0.01) > 0.0 && huge.lower(0.01).is_finite());
    }

    #[test]
    fn copies_that_decide_do_and_one_less_does_not() {
        let bounded = Bounded { sample: &[0.6, 0.5, 0.7], low: 0.0, high: 1.0 };
        let decides = |lower: f64, _: f64| lower > 0.5;
        let copies = bounded.copies_to_decide(0.01, decides).unwrap();
        assert!(bounded.lower_after(0.01, copies as f64) > 0.5);
        assert!(bounded.lower_after(0.01, copies as f64 - 1.0) <= 0.5);
        assert_eq!(
            bounded.copies_to_decide(0.01, |lower, _| lower > 0.6),
            None,
            "the mean of the sample is not a lower limit"
        );
    }

    #[test]
    fn the_mean_of_evidence_is_the_mean_of_its_exponentials() {
        assert!((mean_evidence(&[0.0, 3.0_f64.ln()]) - 2.0_f64.ln()).abs() < 1e-15);
        assert_eq!(mean_evidence(&[]), f64::NEG_INFINITY);
        assert_eq!(mean_evidence(&[1.0, f64::INFINITY]), f64::INFINITY);
    }
}
