//! All that tables and figures say of a sample, in a few hundred numbers: the sample itself can be forgotten.

use super::choice::Choice;
use super::description::{Axis, Bin, Description, Histogram, Moments, PowerBound, TailIndex, ranks};
use super::parametric::Distribution;

/// What a survey is asked, in addition to what it always reports.
#[derive(Debug, Clone)]
pub struct Questions {
    /// Densities k/d at which predictions are compared with the sample, in addition to ten per decade.
    pub densities: Vec<f64>,
    /// Fractions of the squared norm; for each the smallest k that leaves no more.
    pub left: Vec<f64>,
    /// Points of the curves over ranks, and of Q–Q plots, about this many at most.
    pub n_points: usize,
    /// How many of the nearest families are compared with the sample.
    pub n_families: usize,
}

impl Default for Questions {
    /// No densities; a half, a tenth and a hundredth; 120 points; three families.
    fn default() -> Self {
        Self { densities: Vec::new(), left: vec![0.5, 0.1, 0.01], n_points: 120, n_families: 3 }
    }
}

/// Top-k at one k.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopKPoint {
    /// k, from 1 to d.
    pub k: usize,
    /// The k-th largest magnitude.
    pub magnitude: f64,
    /// R(k), what top-k leaves of the squared norm.
    pub left: f64,
}

/// A fitted distribution compared with the sample.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// The distribution.
    pub distribution: Distribution,
    /// Its quantiles, in the order of [`Survey::quantiles`].
    pub quantiles: Vec<f64>,
    /// R(κ), threshold, and how many magnitudes are above that threshold, in the order of [`Survey::kappas`].
    /// R(κ) is absent where the second moment is infinite.
    pub energies: Vec<(Option<f64>, f64, usize)>,
    /// The probability of each bin, in the order of [`Survey::histograms`].
    pub bins: Vec<Vec<f64>>,
}

/// What is known of a sample.
#[derive(Debug, Clone)]
pub struct Survey {
    /// d
    pub n: usize,
    /// How many numbers are exactly zero.
    pub n_zero: usize,
    /// The first four, with intervals.
    pub moments: Moments,
    /// ‖u‖∞.
    pub largest_magnitude: f64,
    /// Of the squares.
    pub gini: f64,
    /// Probabilities `(i − ½)/d` and the numbers there, ascending; with the ten outermost numbers on each side.
    pub quantiles: Vec<(f64, f64)>,
    /// The lower quartile, the median and the upper quartile.
    pub quartiles: [f64; 3],
    /// Top-k at evenly spread k, and at all of `kappas`; ascending in k.
    pub top_k: Vec<TopKPoint>,
    /// [`Questions::densities`].
    pub densities: Vec<f64>,
    /// κ at which distributions are compared, and k = round(κd), at least 1; ascending.
    pub kappas: Vec<(f64, usize)>,
    /// The exact tests of (1 − k/d)² and of (1 − k/d)³.
    pub bounds: [PowerBound; 2],
    /// In the order of [`Questions::left`].
    pub k_for: Vec<Option<usize>>,
    /// The tail index from the largest hundredth, at least ten.
    pub tail: Option<TailIndex>,
    /// Over the number of order statistics.
    pub tail_curve: Vec<TailIndex>,
    /// On the three axes.
    pub histograms: Vec<Histogram>,
    /// Of the nearest families.
    pub predictions: Vec<Prediction>,
}

impl Survey {
    /// Surveys what is described and compares it with the nearest families of a choice.
    pub fn of(description: &Description, choice: &Choice, questions: &Questions) -> Self {
        let n = description.n();
        let kappas = kappas(n, &questions.densities);
        let mut ks: Vec<usize> = kappas.iter().map(|(_, k)| *k).collect();
        ks.extend((1..=n).step_by(n.div_ceil(questions.n_points.max(1))));
        ks.push(n);
        ks.sort_unstable();
        ks.dedup();
        let top_k = |k| TopKPoint { k, magnitude: description.threshold(k), left: description.energy_ratio(k) };
        let quantiles: Vec<(f64, f64)> =
            ranks(n, questions.n_points).map(|i| ((i as f64 + 0.5) / n as f64, description.sorted()[i])).collect();
        let histograms: Vec<Histogram> = Axis::ALL.iter().map(|(axis, _)| description.histogram(*axis)).collect();
        let distributions =
            choice.attempts.iter().filter_map(|attempt| Some(attempt.result.as_ref().ok()?.distribution));
        let predictions = distributions.take(questions.n_families).map(|distribution| Prediction {
            distribution,
            quantiles: quantiles.iter().map(|(p, _)| distribution.quantile(*p)).collect(),
            energies: kappas
                .iter()
                .map(|(kappa, _)| {
                    // κ is a fraction by construction; a distribution without second moment has no R(κ).
                    let threshold = distribution.threshold(*kappa).unwrap_or(f64::NAN);
                    (distribution.energy_ratio(*kappa).ok(), threshold, description.n_above(threshold))
                })
                .collect(),
            bins: histograms.iter().map(|histogram| probabilities(&distribution, histogram)).collect(),
        });
        Self {
            n,
            n_zero: description.n_zero(),
            moments: description.moments(),
            largest_magnitude: description.threshold(1),
            gini: description.gini(),
            quartiles: [0.25, 0.5, 0.75].map(|p| description.quantile(p)),
            top_k: ks.into_iter().map(top_k).collect(),
            bounds: [2, 3].map(|power| description.power_bound(power)),
            k_for: questions.left.iter().map(|left| description.k_for(*left)).collect(),
            tail: description.tail_index((n / 100).max(10)),
            tail_curve: description.tail_curve(questions.n_points / 2),
            predictions: predictions.collect(),
            densities: questions.densities.clone(),
            kappas,
            quantiles,
            histograms,
        }
    }

    /// R(κ) at a requested density; `None` if it was not requested.
    pub fn left_at(&self, density: f64) -> Option<f64> {
        let (_, k) = self.kappas.iter().find(|(kappa, _)| *kappa == density)?;
        self.top_k.iter().find(|top_k| top_k.k == *k).map(|top_k| top_k.left)
    }
}

/// Ten κ per decade from one coordinate to all, and the requested ones, each with its k.
fn kappas(n: usize, requested: &[f64]) -> Vec<(f64, usize)> {
    let decades = (n as f64).log10();
    let grid = (0..=(10.0 * decades).ceil() as u32).map(|i| 10f64.powf(f64::from(i) / 10.0 - decades).min(1.0));
    let mut kappas: Vec<f64> = grid.chain(requested.iter().copied()).collect();
    kappas.sort_by(f64::total_cmp);
    kappas.dedup();
    kappas.into_iter().map(|kappa| (kappa, ((kappa * n as f64).round() as usize).clamp(1, n))).collect()
}

/// The probability of each bin; the last one has its end.
fn probabilities(distribution: &Distribution, histogram: &Histogram) -> Vec<f64> {
    let last = histogram.bins.len() - 1;
    let of_bin = |(index, bin): (usize, &Bin)| {
        // A point mass at the lower edge belongs to the bin, one at the upper edge does not, except in the last bin.
        let below = |x: f64, with_end: bool| {
            distribution.cdf(x) - if x == 0.0 && !with_end { distribution.zero_mass() } else { 0.0 }
        };
        match histogram.axis {
            Axis::LogMagnitude => distribution.magnitude_survival(bin.low) - distribution.magnitude_survival(bin.high),
            _ => below(bin.high, index == last) - below(bin.low, false),
        }
    };
    histogram.bins.iter().enumerate().map(of_bin).collect()
}
