//! Tests of whether two samples come from one distribution, and the correction for many tests.

use super::{Estimate, student_quantile, variance};
use statrs::distribution::{ContinuousCDF, Discrete, Hypergeometric, StudentsT};

/// How far the means of two samples are apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// The mean of the second sample minus that of the first, with a 95 % interval.
    pub difference: Estimate,
    /// The probability of a difference as large in either direction where there is none.
    pub p: f64,
}

/// Confidence of the interval of a [`Shift`].
const CONFIDENCE: f64 = 0.95;

/// Student's t test on the differences of pairs; `None` for fewer than two pairs, for differences that do not vary, and
/// for numbers that are not finite.
///
/// ```text
/// t = mean/(s/√n)  with n − 1 degrees of freedom
/// ```
///
/// Where both halves of a pair come from one distribution and can be exchanged, that of their difference is symmetric about
/// zero whatever that of the halves; under symmetric distributions with longer tails than the normal one the test errs on
/// the side of finding nothing.
#[must_use]
pub fn paired(differences: &[f64]) -> Option<Shift> {
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    if differences.len() < 2 {
        return None;
    }
    shift(mean, (variance(differences, mean) / n).sqrt(), n - 1.0)
}

/// Welch's t test of two independent samples, whose variances may differ; `None` where one has fewer than two values,
/// where neither varies, and for numbers that are not finite.
///
/// ```text
/// t = (mean b − mean a)/√(a + b),  a = s²_a/n_a,  b = s²_b/n_b,
/// (a + b)²/(a²/(n_a − 1) + b²/(n_b − 1)) degrees of freedom
/// ```
#[must_use]
pub fn welch(a: &[f64], b: &[f64]) -> Option<Shift> {
    if a.len() < 2 || b.len() < 2 {
        return None;
    }
    let part = |sample: &[f64]| {
        let n = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / n;
        (mean, variance(sample, mean) / n, n - 1.0)
    };
    let ((mean_a, a, freedom_a), (mean_b, b, freedom_b)) = (part(a), part(b));
    // The fraction of each in the sum, so that squares of small variances do not vanish.
    let (fraction_a, fraction_b) = (a / (a + b), b / (a + b));
    let freedom = 1.0 / (fraction_a.powi(2) / freedom_a + fraction_b.powi(2) / freedom_b);
    shift(mean_b - mean_a, (a + b).sqrt(), freedom)
}

fn shift(mean: f64, error: f64, freedom: f64) -> Option<Shift> {
    if !(mean.is_finite() && error.is_finite() && error > 0.0) {
        return None;
    }
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    let half_width = student_quantile(freedom, 0.5 + CONFIDENCE / 2.0) * error;
    let difference = Estimate { mean, interval: Some((mean - half_width, mean + half_width)) };
    // By the lower tail, which is not rounded as one minus the upper one would be.
    Some(Shift { difference, p: 2.0 * student.cdf(-(mean / error).abs()) })
}

/// Fisher's exact test, two-sided: the probability of counts as unlikely as `a` of `n_a` and `b` of `n_b`, given their
/// sum, where the probability of a hit is the same in both. `None` for more hits than trials.
#[must_use]
pub fn fisher(a: u64, n_a: u64, b: u64, n_b: u64) -> Option<f64> {
    if a > n_a || b > n_b {
        return None;
    }
    let distribution = Hypergeometric::new(n_a + n_b, a + b, n_a).ok()?;
    let observed = distribution.pmf(a);
    // Counts of the same probability are to count as such although their sums of logarithms differ in the last digits.
    let as_unlikely = (0..=n_a.min(a + b)).map(|hits| distribution.pmf(hits)).filter(|p| *p <= observed * (1.0 + 1e-9));
    Some(as_unlikely.sum::<f64>().min(1.0))
}

/// p-values after the correction of Holm (1979): those of at most a level α are rejected together, and the probability
/// that any of them is rejected wrongly is at most α, however the tests depend on each other.
///
/// ```text
/// adjusted p_(i) = max over j ≤ i of min(1, (m − j + 1) p_(j)),   p_(1) ≤ … ≤ p_(m)
/// ```
///
/// ```
/// assert_eq!(gradsieve::statistics::holm(&[0.01, 0.04, 0.03]), [0.03, 0.06, 0.06]);
/// ```
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max(((p.len() - rank) as f64 * p[index]).min(1.0));
        adjusted[index] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Streams};
    use rand_distr::{Distribution, StandardNormal};

    fn close(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance * expected.abs(), "{found:e} instead of {expected:e}");
    }

    /// Computed by `scipy.stats`: `ttest_1samp`, `ttest_ind(equal_var=False)`, `fisher_exact`.
    #[test]
    fn tests_give_the_probabilities_that_scipy_gives() {
        let found = paired(&[0.3, -0.1, 0.7, 0.4, 0.25]).unwrap();
        let (lower, upper) = found.difference.interval.unwrap();
        close(found.p, 0.073_868_893_129_414_23, 1e-12);
        close(lower, -0.047_719_928_447_011, 1e-9);
        close(upper, 0.667_719_928_447_011, 1e-9);
        // Far in the tail the digits stay.
        close(paired(&[1.0, 1.0001, 0.9999, 1.00005, 0.99995]).unwrap().p, 9.374_999_921_879e-18, 1e-9);

        let found = welch(&[1.0, 1.5, 0.7, 2.0], &[2.2, 2.9, 2.4, 3.1, 2.05, 2.75]).unwrap();
        let (lower, upper) = found.difference.interval.unwrap();
        close(found.p, 0.012_011_274_000_591_63, 1e-10);
        close(lower, 0.417_792_629_872_667, 1e-9);
        close(upper, 2.115_540_703_460_666, 1e-9);
        close(welch(&[1e-9, 1.2e-9, 0.9e-9], &[5.0, 5.1, 4.9]).unwrap().p, 1.333_066_726_462_983e-4, 1e-9);

        for (a, n_a, b, n_b, expected) in [
            (0, 5, 5, 5, 0.007_936_507_936_507_938),
            (2, 5, 4, 5, 0.523_809_523_809_523_8),
            (1, 9, 11, 14, 0.002_759_456_185_220_083_6),
            (0, 3, 0, 4, 1.0),
            (8, 10, 1, 6, 0.034_965_034_965_034_975),
        ] {
            close(fisher(a, n_a, b, n_b).unwrap(), expected, 1e-10);
            close(fisher(b, n_b, a, n_a).unwrap(), expected, 1e-10);
        }
    }

    /// The table of `p.adjust(c(0.01, 0.02, 0.022, 0.04, 0.5), "holm")` in R.
    #[test]
    fn the_correction_is_that_of_the_tables_in_any_order() {
        let (p, expected) = ([0.022, 0.01, 0.5, 0.04, 0.02], [0.08, 0.05, 0.5, 0.08, 0.08]);
        for (found, expected) in holm(&p).into_iter().zip(expected) {
            close(found, expected, 1e-15);
        }
        assert!(holm(&[]).is_empty());
        assert_eq!(holm(&[0.7, 0.8]), [1.0, 1.0]);
    }

    #[test]
    fn samples_that_say_nothing_of_their_spread_are_not_tested() {
        for differences in [&[][..], &[1.0], &[2.0, 2.0, 2.0], &[1.0, f64::NAN], &[1.0, f64::INFINITY]] {
            assert_eq!(paired(differences), None, "{differences:?}");
        }
        assert_eq!(welch(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(welch(&[1.0, 1.0], &[2.0, 2.0]), None);
        assert!(welch(&[1.0, 1.0], &[2.0, 2.1]).is_some());
        assert_eq!(fisher(3, 2, 0, 2), None);
    }

    /// Normal samples of one distribution: each test finds a difference at the level p in a fraction p of 4000 trials, within 4
    /// standard deviations of a binomial (a correct test fails this with probability 6·10⁻⁵ each).
    #[test]
    fn where_there_is_no_difference_one_is_found_as_often_as_the_level_says() {
        const TRIALS: u32 = 4000;
        let mut stream = Streams::new(7).stream(Purpose::Generation, 0, 0);
        let mut sample = |n: usize, scale: f64| -> Vec<f64> {
            (0..n).map(|_| scale * Distribution::<f64>::sample(&StandardNormal, &mut stream)).collect()
        };
        let mut found = [0.0; 2];
        for _ in 0..TRIALS {
            found[0] += f64::from(paired(&sample(5, 1.0)).unwrap().p <= 0.05);
            found[1] += f64::from(welch(&sample(6, 1.0), &sample(7, 1.0)).unwrap().p <= 0.05);
        }
        let deviation = (f64::from(TRIALS) * 0.05 * 0.95).sqrt();
        for found in found {
            assert!((found - f64::from(TRIALS) * 0.05).abs() < 4.0 * deviation, "{found} of {TRIALS}");
        }
    }
}
