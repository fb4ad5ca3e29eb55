//! Estimates with intervals, and tests of differences.
//!
//! It knows numbers, not where they come from.

mod betting;
mod hypothesis;
mod stopwatch;
pub use betting::{Bounded, mean_evidence};
pub use hypothesis::{Shift, fisher, holm, paired, welch};
pub use stopwatch::Stopwatch;

use statrs::distribution::{Beta, ContinuousCDF, Normal, StudentsT};

/// A mean with a confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The mean of the sample.
    pub mean: f64,
    /// Lower and upper limit; absent for fewer than two values, which say nothing of their spread.
    pub interval: Option<(f64, f64)>,
}

impl Estimate {
    /// The mean of `sample` with Student's t interval at `confidence` (such as 0.95); `None` for no values.
    ///
    /// ```text
    /// mean ± t_{n−1, (1 + confidence)/2} s/√n,    s² = Σ(xᵢ − mean)²/(n − 1)
    /// ```
    #[must_use]
    pub fn of_mean(sample: &[f64], confidence: f64) -> Option<Self> {
        let n = sample.len() as f64;
        if sample.is_empty() {
            return None;
        }
        let mean = sample.iter().sum::<f64>() / n;
        let interval = (sample.len() > 1).then(|| {
            let half_width = student_quantile(n - 1.0, 0.5 + confidence / 2.0) * (variance(sample, mean) / n).sqrt();
            (mean - half_width, mean + half_width)
        });
        Some(Self { mean, interval })
    }

    /// Lower and upper limit of the mean of `sample`, each one-sided at `confidence` (such as 0.95); `None` for fewer
    /// than two values.
    ///
    /// ```text
    /// mean ∓ t_{n−1, confidence} s/√n
    /// ```
    ///
    /// The true mean is above the lower limit with probability `confidence`, and below the upper one with the same;
    /// between the two it is with probability 2 confidence − 1.
    #[must_use]
    pub fn one_sided(sample: &[f64], confidence: f64) -> Option<(f64, f64)> {
        Self::of_mean(sample, 2.0 * confidence - 1.0)?.interval
    }
}

/// `s² = Σ(xᵢ − mean)²/(n − 1)` of at least two values.
fn variance(sample: &[f64], mean: f64) -> f64 {
    sample.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (sample.len() as f64 - 1.0)
}

/// The quantile of Student's distribution at `probability`, with `freedom` ≥ 1 degrees of freedom.
///
/// From 10⁴ on it is Cornish and Fisher's expansion about the normal quantile, whose next term is below 10⁻¹² of it up
/// to six standard deviations; the iteration of the library loses digits there, and then its end.
fn student_quantile(freedom: f64, probability: f64) -> f64 {
    const LARGE: f64 = 1e4;
    if freedom <= LARGE {
        let student = StudentsT::new(0.0, 1.0, freedom).expect("at least one degree of freedom");
        return student.inverse_cdf(probability);
    }
    let z = Normal::standard().inverse_cdf(probability);
    let [z3, z5, z7] = [3, 5, 7].map(|power| z.powi(power));
    z + (z3 + z) / (4.0 * freedom)
        + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * freedom.powi(2))
        + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * freedom.powi(3))
}

/// How many values in all would be needed for the one-sided interval at `confidence` of their mean to exclude `bound`,
/// if mean and standard deviation stay those of `sample`.
///
/// ```text
/// the smallest n ≥ 2 with t_{n−1, confidence} s/√n ≤ |mean − bound|
/// ```
///
/// `None` for fewer than two values, for a mean that equals the bound, where no number below 2⁵³ is enough, where a
/// number is not finite, and for a confidence that is not above ½ and below 1.
#[must_use]
pub fn replicates_to_decide(sample: &[f64], bound: f64, confidence: f64) -> Option<u64> {
    const MOST: u64 = 1 << 53;
    if sample.len() < 2 || !(confidence > 0.5 && confidence < 1.0) {
        return None;
    }
    let mean = sample.iter().sum::<f64>() / sample.len() as f64;
    let (spread, distance) = (variance(sample, mean).sqrt(), (mean - bound).abs());
    if distance == 0.0 || !distance.is_finite() || !spread.is_finite() {
        return None;
    }
    // The half-width falls with n, in both of its factors.
    let is_enough = |n: u64| student_quantile(n as f64 - 1.0, confidence) * spread / (n as f64).sqrt() <= distance;
    let mut enough = 2;
    while !is_enough(enough) {
        enough = Some(2 * enough).filter(|n| *n <= MOST)?;
    }
    let mut too_few = enough / 2;
    while enough - too_few > 1 {
        let middle = u64::midpoint(too_few, enough);
        if is_enough(middle) { enough = middle } else { too_few = middle }
    }
    Some(enough)
}

/// Up to here the quantile of the beta distribution is accurate: the tail beyond a limit is off by less than 10⁻⁸ of
/// itself. Above, the library's iteration loses digits, and then its end.
pub const MOST_TRIALS: u64 = 100_000;

/// The interval of Clopper and Pearson (1934) for a probability, after `successes` of `trials`.
///
/// ```text
/// lower: P(X ≥ successes) = (1 − confidence)/2,    upper: P(X ≤ successes) = (1 − confidence)/2
/// ```
///
/// for binomial X; 0 after no success, 1 after no failure. It covers the true probability at least with `confidence`.
/// `None` for no trial, more successes than trials, more than [`MOST_TRIALS`], or a confidence not between 0 and 1.
///
/// ```
/// let (lower, upper) = gradsieve::statistics::proportion(5, 10, 0.95).unwrap();
/// assert_eq!((format!("{lower:.4}"), format!("{upper:.4}")), ("0.1871".to_owned(), "0.8129".to_owned()));
/// ```
#[must_use]
pub fn proportion(successes: u64, trials: u64, confidence: f64) -> Option<(f64, f64)> {
    proportion_limits(successes, trials, confidence, (1.0 - confidence) / 2.0)
}

/// Lower and upper limit of a probability after `successes` of `trials`, each one-sided at `confidence`; `None` as
/// [`proportion`] has it.
///
/// After no success the upper limit is `1 − (1 − confidence)^{1/trials}`, about 3/trials at 95 %.
#[must_use]
pub fn proportion_one_sided(successes: u64, trials: u64, confidence: f64) -> Option<(f64, f64)> {
    proportion_limits(successes, trials, confidence, 1.0 - confidence)
}

/// The limits beyond each of which the probability is `tail`.
fn proportion_limits(successes: u64, trials: u64, confidence: f64, tail: f64) -> Option<(f64, f64)> {
    let is_between = confidence > 0.0 && confidence < 1.0;
    let failures = trials.checked_sub(successes).filter(|_| is_between && (1..=MOST_TRIALS).contains(&trials))?;
    // The upper limit is the lower one of the failures: a small tail is then not rounded as 1 − tail would be.
    let lower = |hits: u64, misses: u64| match Beta::new(hits as f64, misses as f64 + 1.0) {
        Ok(beta) => beta.inverse_cdf(tail),
        Err(_) => 0.0, // No hit.
    };
    Some((lower(successes, failures), 1.0 - lower(failures, successes)))
}

/// The median; for an even number of values the mean of the middle two. `None` for no values.
#[must_use]
pub fn median(sample: &[f64]) -> Option<f64> {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    Some(if sorted.len() % 2 == 1 { upper } else { f64::midpoint(sorted[sorted.len() / 2 - 1], upper) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_small_sample_is_the_one_of_the_tables() {
        // t_{4, 0.975} = 2.776445; s = √2.5.
        let estimate = Estimate::of_mean(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95).unwrap();
        let (lower, upper) = estimate.interval.unwrap();
        assert_eq!(estimate.mean, 3.0);
        let half_width = 2.776_445_105_2 * (0.5_f64).sqrt();
        assert!((upper - 3.0 - half_width).abs() < 1e-9 && (3.0 - lower - half_width).abs() < 1e-9);
    }

    #[test]
    fn one_value_has_a_mean_but_no_interval() {
        assert_eq!(Estimate::of_mean(&[2.0], 0.95), Some(Estimate { mean: 2.0, interval: None }));
        assert_eq!(Estimate::of_mean(&[], 0.95), None);
    }

    /// `P(X ≥ successes)` of a binomial X, summed term by term.
    fn tail_from(successes: u64, trials: u64, p: f64) -> f64 {
        let term = |hits: u64| {
            let choices = (0..hits).map(|i| (trials - i) as f64 / (i + 1) as f64).product::<f64>();
            choices * p.powi(hits as i32) * (1.0 - p).powi((trials - hits) as i32)
        };
        (successes..=trials).map(term).sum()
    }

    #[test]
    fn the_interval_of_a_proportion_is_the_one_of_the_tables() {
        // Clopper and Pearson's table for n = 10; Conover 1971, p. 97f, 682 of 925, as R's `binom.test` prints it.
        let cases = [(0, 10, 0.0, 0.3085), (1, 10, 0.0025, 0.4450), (5, 10, 0.1871, 0.8129), (10, 10, 0.6915, 1.0)];
        for (successes, trials, lower, upper) in cases {
            let (low, high) = proportion(successes, trials, 0.95).unwrap();
            assert!((low - lower).abs() < 5e-5 && (high - upper).abs() < 5e-5, "{successes}: {low} {high}");
        }
        let (low, high) = proportion(682, 925, 0.95).unwrap();
        assert!((low - 0.707_668_3).abs() < 5e-8 && (high - 0.765_406_6).abs() < 5e-8, "{low} {high}");
    }

    #[test]
    fn beyond_the_limits_of_a_proportion_lies_the_tail() {
        for trials in [1, 2, 7, 20, 60] {
            for successes in 0..=trials {
                for confidence in [0.5, 0.9, 0.95, 0.999] {
                    let (lower, upper) = proportion_one_sided(successes, trials, confidence).unwrap();
                    let failures = trials - successes;
                    for (limit, is_end, tail) in [
                        (lower, successes == 0, tail_from(successes, trials, lower)),
                        (1.0 - upper, failures == 0, tail_from(failures, trials, 1.0 - upper)),
                    ] {
                        assert_eq!(limit == 0.0, is_end);
                        let difference = tail - (1.0 - confidence);
                        assert!(
                            is_end || difference.abs() < 1e-9,
                            "{successes}/{trials} at {confidence}: {difference}"
                        );
                    }
                    // Two one-sided limits are the two-sided interval with twice the tail.
                    if confidence > 0.5 {
                        let (low, high) = proportion(successes, trials, 2.0 * confidence - 1.0).unwrap();
                        assert!((low - lower).abs() < 1e-12 && (high - upper).abs() < 1e-12);
                    }
                }
            }
        }
    }

    #[test]
    fn without_a_success_or_a_failure_the_limit_has_a_closed_form() {
        for trials in [1, 3, 10, 1000, MOST_TRIALS] {
            let tail: f64 = 0.025;
            let (none, all) = (proportion(0, trials, 0.95).unwrap(), proportion(trials, trials, 0.95).unwrap());
            assert_eq!((none.0, all.1), (0.0, 1.0));
            // P(X = 0) = (1 − p)^n at the limit is the tail, to the accuracy that is promised.
            for limit in [1.0 - none.1, all.0] {
                let found = limit.powf(trials as f64);
                assert!((found / tail - 1.0).abs() < 1e-8, "{trials}: {limit} {found}");
            }
        }
    }

    #[test]
    fn proportions_of_nothing_and_impossible_ones_have_no_interval() {
        for (successes, trials, confidence) in
            [(0, 0, 0.95), (3, 2, 0.95), (1, 2, 0.0), (1, 2, 1.0), (1, 2, f64::NAN), (1, MOST_TRIALS + 1, 0.95)]
        {
            assert_eq!(proportion(successes, trials, confidence), None);
            assert_eq!(proportion_one_sided(successes, trials, confidence), None);
        }
    }

    #[test]
    fn one_sided_limits_of_a_mean_are_those_of_the_tables() {
        // t_{4, 0.95} = 2.131847; s = √2.5.
        let (lower, upper) = Estimate::one_sided(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95).unwrap();
        let half_width = 2.131_846_786_3 * (0.5_f64).sqrt();
        assert!((upper - 3.0 - half_width).abs() < 1e-9 && (3.0 - lower - half_width).abs() < 1e-9);
        assert_eq!(Estimate::one_sided(&[2.0], 0.95), None);
        assert_eq!(Estimate::one_sided(&[], 0.95), None);
        assert_eq!(Estimate::one_sided(&[2.0, 2.0], 0.95), Some((2.0, 2.0)));
    }

    #[test]
    fn the_expansion_of_a_quantile_meets_the_exact_one() {
        for probability in [0.01, 0.5, 0.6, 0.95, 0.9999] {
            let (exact, expanded) = (student_quantile(1e4, probability), student_quantile(1e4 + 1e-6, probability));
            assert!((exact - expanded).abs() <= 1e-11 * (1.0 + exact.abs()), "{probability}: {exact} {expanded}");
        }
    }

    #[test]
    fn as_many_replicates_decide_as_the_tables_say() {
        // s = √2.5: at n = 9 it is t_{8, 0.95} = 1.8595 ≤ 3/s = 1.8974, at n = 8 it is t_{7, 0.95} = 1.8946 > 1.7889.
        let sample = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(replicates_to_decide(&sample, 4.0, 0.95), Some(9));
        assert_eq!(replicates_to_decide(&sample, 2.0, 0.95), Some(9));
        // t_{1, 0.95} = 6.3138: two values with s = √2 decide from a distance of 6.3138 on.
        assert_eq!(replicates_to_decide(&[-1.0, 1.0], 6.314, 0.95), Some(2));
        assert_eq!(replicates_to_decide(&[-1.0, 1.0], 6.313, 0.95), Some(3));
        // n = (s z/distance)² + (z² + 1)/2 + O(1/n) with z² = 2.705543454 is 5411088.76.
        assert_eq!(replicates_to_decide(&[-1.0, 1.0], 0.001, 0.95), Some(5_411_089));
        // The number found decides with values of that spread, and one less does not.
        let n = replicates_to_decide(&sample, 3.5, 0.99).unwrap();
        let half_width = |n: u64| student_quantile(n as f64 - 1.0, 0.99) * (2.5 / n as f64).sqrt();
        assert!(half_width(n) <= 0.5 && half_width(n - 1) > 0.5);
    }

    #[test]
    fn what_no_number_of_replicates_decides_is_none() {
        assert_eq!(replicates_to_decide(&[1.0, 3.0], 2.0, 0.95), None);
        assert_eq!(replicates_to_decide(&[1.0], 2.0, 0.95), None);
        assert_eq!(replicates_to_decide(&[], 2.0, 0.95), None);
        assert_eq!(replicates_to_decide(&[1.0, 3.0], 2.0 + 1e-12, 0.95), None);
        assert_eq!(replicates_to_decide(&[1.0, f64::INFINITY], 2.0, 0.95), None);
        assert_eq!(replicates_to_decide(&[1.0, 3.0], 1.0, 0.5), None);
        assert_eq!(replicates_to_decide(&[1.0, 3.0], 1.0, f64::NAN), None);
        assert_eq!(replicates_to_decide(&[1.0, 1.0], 2.0, 0.95), Some(2));
    }

    #[test]
    fn medians_of_odd_even_and_empty_samples() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }
}
