//! The choice among families: statistics of fit with valid p-values, an effect size for samples so large that any model
//! is rejected, and predictions compared with observations.

use super::description::{Description, ranks};
use super::error::DistributionError;
use super::family::Location;
use super::fit::{Attempt, Fitted, fit, fit_all};
use super::parametric::Distribution;
use super::sample::Sample;
use crate::random::{Purpose, Streams};
use rand::RngExt as _;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Below this p-value a family counts as rejected.
const SIGNIFICANCE: f64 = 0.05;

/// Tests of a family; their smaller p-value counts this many times.
const TESTS: usize = 2;

/// With fewer replicates no p-value is small enough to reject a family: the smallest is one over their number and one.
const LEAST_REPLICATES: usize = (TESTS as f64 / SIGNIFICANCE) as usize - 1;

/// `√n D` beyond which the test of Kolmogorov and Smirnov rejects a distribution without fitted parameters at 5 %.
const CRITICAL: f64 = 1.358;

/// How much work goes into p-values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Values of the sample that are tested at most; from a larger sample this many are drawn without replacement.
    pub max_values: usize,
    /// Samples of the fitted distribution that are fitted in their turn; p-values are multiples of `1/(n_replicates + 1)`.
    pub n_replicates: usize,
    /// Of the streams of random numbers.
    pub seed: u64,
}

impl Default for Effort {
    /// 2,000 values and 199 replicates.
    fn default() -> Self {
        Self { max_values: 2000, n_replicates: 199, seed: 0 }
    }
}

/// A statistic of fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistic {
    /// Its value for the values that were tested.
    pub value: f64,
    /// The probability of at least this value if the family is right.
    pub p_value: f64,
}

/// How well a family fits, with p-values by the parametric bootstrap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GoodnessOfFit {
    /// How many values were tested. Zeros of the point mass are fitted exactly and are not among them.
    pub n_values: usize,
    /// How many replicates could be fitted; the p-values rest on these.
    pub n_replicates: usize,
    /// The largest difference between the empirical and the fitted cdf.
    pub kolmogorov_smirnov: Statistic,
    /// The weighted squared difference, which looks at the tails; `None` where the fitted distribution gives a value no
    /// probability on one side, as the uniform distribution does to the largest.
    pub anderson_darling: Option<Statistic>,
}

/// Tests a family that was fitted to `sample`.
///
/// The family is fitted again to the tested values and to each replicate, drawn from that fit; so the p-values count
/// what fitting does to the statistics (stute1993bootstrap).
///
/// # Panics
/// `effort` has no value or no replicate.
pub fn goodness_of_fit(fitted: &Fitted, sample: &Sample, effort: Effort) -> GoodnessOfFit {
    test(fitted, tested(sample, effort), effort)
}

/// The values that are tested: all, or at most `max_values` of them without replacement.
fn tested(sample: &Sample, effort: Effort) -> Vec<f64> {
    assert!(effort.max_values > 0 && effort.n_replicates > 0, "an effort of nothing");
    let n = sample.n_continuous();
    if n <= effort.max_values {
        return sample.to_vec();
    }
    // The first steps of a shuffle of all indices, of which only those that moved are written down.
    let mut stream = Streams::new(effort.seed).shared(Purpose::Bootstrap, 0);
    let mut moved: BTreeMap<usize, usize> = BTreeMap::new();
    let chosen: Vec<usize> = (0..effort.max_values)
        .map(|i| {
            let other = stream.random_range(i..n);
            let at = |moved: &BTreeMap<usize, usize>, place: usize| moved.get(&place).copied().unwrap_or(place);
            let chosen = at(&moved, other);
            moved.insert(other, at(&moved, i));
            chosen
        })
        .collect();
    sample.pick(&chosen)
}

/// Tests a fitted family on these values.
fn test(fitted: &Fitted, mut values: Vec<f64>, effort: Effort) -> GoodnessOfFit {
    let streams = Streams::new(effort.seed);
    let family = fitted.distribution.family();
    let n_values = values.len();
    let distribution = refitted(fitted, &values).unwrap_or_else(|| fitted.distribution.continuous());
    let observed = statistics(&distribution, &mut values);
    let replicates: Vec<(f64, f64)> = (0..effort.n_replicates)
        .into_par_iter()
        .filter_map(|replicate| {
            let mut stream = streams.stream(Purpose::Bootstrap, 0, 1 + replicate as u64);
            let mut drawn: Vec<f64> = (0..n_values).map(|_| distribution.draw(&mut stream)).collect();
            let again = refitted(fitted, &drawn)?;
            Some(statistics(&again, &mut drawn))
        })
        .collect();
    let p_value = |observed: f64, of: &dyn Fn(&(f64, f64)) -> f64| {
        let above = replicates.iter().filter(|replicate| of(replicate) >= observed).count();
        (1 + above) as f64 / (1 + replicates.len()) as f64
    };
    debug_assert_eq!(family.about().name, distribution.family().about().name);
    GoodnessOfFit {
        n_values,
        n_replicates: replicates.len(),
        kolmogorov_smirnov: Statistic { value: observed.0, p_value: p_value(observed.0, &|replicate| replicate.0) },
        anderson_darling: observed
            .1
            .is_finite()
            .then(|| Statistic { value: observed.1, p_value: p_value(observed.1, &|replicate| replicate.1) }),
    }
}

/// The family of `fitted`, fitted to these values in the same way; `None` where there is no fit.
fn refitted(fitted: &Fitted, values: &[f64]) -> Option<Distribution> {
    let sample = Sample::new(&values).ok()?.with_zeros_as_values();
    Some(fit(fitted.distribution.family(), &sample, fitted.location).ok()?.distribution)
}

/// The statistics of Kolmogorov–Smirnov and Anderson–Darling; sorts the values.
fn statistics(distribution: &Distribution, values: &mut [f64]) -> (f64, f64) {
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len() as f64;
    let tails: Vec<_> = values.iter().map(|&x| distribution.signed_tails(x)).collect();
    let mut largest = 0.0_f64;
    let mut sum = 0.0;
    for (i, at) in tails.iter().enumerate() {
        let (before, after) = (i as f64 / n, (i + 1) as f64 / n);
        largest = largest.max(at.below - before).max(after - at.below);
        let opposite = tails[tails.len() - 1 - i];
        sum += (2 * i + 1) as f64 * (at.below.ln() + opposite.above.ln());
    }
    (largest, -n - sum / n)
}

/// The largest difference between the cdf of `distribution` and that of all numbers described, point mass included: the largest
/// error of any probability `P(x ≤ t)` that the distribution predicts.
///
/// Between two numbers both functions rise, so that their values at the two bound the difference in between; where it
/// cannot exceed the largest one found, nothing is computed. The result is that of a look at every number.
pub fn largest_deviation(distribution: &Distribution, description: &Description) -> f64 {
    let n = description.n() as f64;
    let sorted = description.sorted();
    // Equal numbers, zeros above all, are one step of the empirical cdf.
    let at = |index: usize| {
        let x = sorted[index];
        let (start, end) = (sorted.partition_point(|other| *other < x), sorted.partition_point(|other| *other <= x));
        let (point_mass, cdf) = (if x == 0.0 { distribution.zero_mass() } else { 0.0 }, distribution.cdf(x));
        let deviation = (cdf - point_mass - start as f64 / n).abs().max((cdf - end as f64 / n).abs());
        Equals { start, end, cdf, point_mass, deviation }
    };
    let (first, last) = (at(0), at(sorted.len() - 1));
    let mut largest = first.deviation.max(last.deviation);
    let mut gaps = vec![(first, last)];
    while let Some((low, high)) = gaps.pop() {
        let (below, above) = (low.end as f64 / n, high.start as f64 / n);
        let bound = (high.cdf - high.point_mass - below).max(above - low.cdf);
        if low.end < high.start && bound > largest {
            let middle = at(low.end.midpoint(high.start - 1));
            largest = largest.max(middle.deviation);
            gaps.push((low, middle));
            gaps.push((middle, high));
        }
    }
    largest
}

/// The two functions at equal numbers of a sorted sample.
#[derive(Debug, Clone, Copy)]
struct Equals {
    /// The index of the first of them.
    start: usize,
    /// That of the first number above.
    end: usize,
    cdf: f64,
    /// The point mass of the distribution there.
    point_mass: f64,
    deviation: f64,
}

/// All families, fitted, tested and ranked.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The fits by AIC, the best first, then families without a fit.
    pub attempts: Vec<Attempt>,
    /// The tests, in the order of `attempts`; `None` without a fit.
    pub tests: Vec<Option<GoodnessOfFit>>,
    /// For each attempt with a fit: the largest deviation of its cdf from that of all numbers.
    pub deviations: Vec<Option<f64>>,
    /// Numbers in the sample that are not zeros of the point mass.
    pub n: usize,
}

impl Choice {
    /// Fits all families to `sample`, tests each and measures its deviation; holds the numbers in memory.
    ///
    /// # Panics
    /// `effort` has no value or no replicate.
    pub fn of(sample: &Sample, location: Location, effort: Effort) -> Self {
        let choice = Self::undescribed(sample, location, effort);
        match Description::of(sample.to_vec()) {
            Ok(description) => choice.compared_with(&description),
            // A sample that exists can be described.
            Err(_) => choice,
        }
    }

    /// Fits all families to `sample` and tests each, in constant memory; deviations are left to [`Choice::compared_with`].
    ///
    /// # Panics
    /// `effort` has no value or no replicate.
    pub fn undescribed(sample: &Sample, location: Location, effort: Effort) -> Self {
        let attempts = fit_all(sample, location);
        let values = tested(sample, effort);
        let tests = attempts.iter().map(|attempt| Some(test(attempt.result.as_ref().ok()?, values.clone(), effort)));
        Self { tests: tests.collect(), deviations: vec![None; attempts.len()], n: sample.n_continuous(), attempts }
    }

    /// Measures the deviations from the numbers of the same sample, zeros of the point mass included or not.
    #[must_use]
    pub fn compared_with(mut self, description: &Description) -> Self {
        // Both functions count the zeros in the same way: without them every difference is larger by this factor.
        let fraction = self.n as f64 / description.n() as f64;
        let is_whole = self.n == description.n();
        let deviation = |attempt: &Attempt| {
            let fitted = attempt.result.as_ref().ok()?.distribution;
            let distribution = if is_whole { fitted.continuous() } else { fitted };
            Some(largest_deviation(&distribution, description) / fraction)
        };
        self.deviations = self.attempts.par_iter().map(deviation).collect();
        self
    }

    /// The fit of smallest AIC; `None` if no family has a fit.
    pub fn best(&self) -> Option<&Fitted> {
        self.attempts.first()?.result.as_ref().ok()
    }

    /// The result in words: the family, whether it is rejected, and the effect size.
    pub fn verdict(&self) -> String {
        let (Some(best), Some(Some(test)), Some(Some(deviation))) =
            (self.best(), self.tests.first(), self.deviations.first())
        else {
            return "no family has a fit".to_owned();
        };
        let name = best.distribution.family().about().name;
        let smallest = |test: &GoodnessOfFit| {
            let darling = test.anderson_darling.map_or(1.0, |statistic| statistic.p_value);
            (TESTS as f64 * test.kolmogorov_smirnov.p_value.min(darling)).min(1.0)
        };
        let is_too_few = |test: &GoodnessOfFit| test.n_replicates < LEAST_REPLICATES;
        let kept: Vec<&str> = self
            .attempts
            .iter()
            .zip(&self.tests)
            .filter(|(_, test)| test.as_ref().is_some_and(|test| smallest(test) > SIGNIFICANCE && !is_too_few(test)))
            .map(|(attempt, _)| attempt.family.about().name)
            .collect();
        let tested = format!("{} of {} numbers and {} replicates", test.n_values, self.n, test.n_replicates);
        let effect = format!("its cdf is off by at most {deviation:.2e} on all of them");
        let detectable = CRITICAL / (self.n as f64).sqrt();
        let beyond = |deviation: &&Option<f64>| deviation.is_some_and(|deviation| deviation > detectable);
        let n_beyond = self.deviations.iter().filter(beyond).count();
        let all = if *deviation > detectable && test.n_values < self.n {
            let who = if n_beyond == self.deviations.iter().flatten().count() { "every family" } else { "it" };
            format!(
                "; all {} numbers together reject {who}, as they do any distribution that is off by more than \
                 {detectable:.1e}, so that the effect is what counts",
                self.n
            )
        } else {
            String::new()
        };
        // Families that contain the same distribution differ by what their extra parameters gain by chance.
        let as_good = |attempt: &&Attempt| attempt.result.as_ref().is_ok_and(|fitted| fitted.aic() - best.aic() < 2.0);
        let equals: Vec<&str> =
            self.attempts.iter().skip(1).filter(as_good).map(|attempt| attempt.family.about().name).collect();
        let equals = if equals.is_empty() {
            String::new()
        } else {
            format!(" (as good, within 2 of its AIC: {})", equals.join(", "))
        };
        if self.tests.iter().flatten().all(is_too_few) {
            return format!(
                "by AIC the family is {name}{equals}, which could not be rejected with {} replicates: at least \
                 {LEAST_REPLICATES} are needed at {SIGNIFICANCE}; {effect}{all}",
                test.n_replicates
            );
        }
        let has_undecided = self.tests.iter().flatten().any(is_too_few);
        if kept.is_empty() && !has_undecided {
            return format!(
                "every family is rejected at {SIGNIFICANCE} ({tested}); the nearest by AIC is {name}{equals}, and \
                 {effect}{all}"
            );
        }
        let kept_too = match kept.contains(&name) {
            true => "not rejected",
            false if is_too_few(test) => "fitted to too few replicates to be rejected",
            false => "rejected, though the nearest",
        };
        let others = if kept.is_empty() { String::new() } else { format!("; not rejected: {}", kept.join(", ")) };
        format!("by AIC the family is {name}{equals}, {kept_too} at {SIGNIFICANCE} ({tested}); {effect}{all}{others}")
    }
}

/// Points of a Q–Q plot, (predicted, observed): about `n_points` evenly spread probabilities `(i − ½)/d`, and the ten
/// outermost numbers on each side.
pub fn quantile_pairs(distribution: &Distribution, description: &Description, n_points: usize) -> Vec<(f64, f64)> {
    let n = description.n();
    ranks(n, n_points).map(|i| (distribution.quantile((i as f64 + 0.5) / n as f64), description.sorted()[i])).collect()
}

/// Predicted and observed at one κ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// κ = k/d as requested.
    pub kappa: f64,
    /// `round(κd)`, at least 1.
    pub k: usize,
    /// R(k) of the numbers.
    pub observed: f64,
    /// R(κ) of the distribution.
    pub predicted: f64,
    /// The k-th largest magnitude.
    pub threshold_observed: f64,
    /// The threshold that the distribution predicts.
    pub threshold_predicted: f64,
    /// How many magnitudes are above the predicted threshold, over k: what a selector that assumes this distribution would send.
    pub kept_ratio: f64,
}

/// Predicted and observed R(κ) and thresholds.
///
/// # Errors
/// A κ is not from 0 to 1, or the second moment of the distribution is infinite.
pub fn compare_energy(
    distribution: &Distribution,
    description: &Description,
    kappas: &[f64],
) -> Result<Vec<Comparison>, DistributionError> {
    let compare = |&kappa: &f64| {
        let predicted = distribution.energy_ratio(kappa)?;
        let threshold_predicted = distribution.threshold(kappa)?;
        let k = ((kappa * description.n() as f64).round() as usize).max(1);
        Ok(Comparison {
            kappa,
            k,
            observed: description.energy_ratio(k),
            predicted,
            threshold_observed: description.threshold(k),
            threshold_predicted,
            kept_ratio: description.n_above(threshold_predicted) as f64 / k as f64,
        })
    };
    kappas.iter().map(compare).collect()
}
