//! What a sample looks like without any model: moments, quantiles, histograms, tail indices, the concentration of its
//! squared norm, and what top-k leaves of it for every k, all from one sort.
//!
//! The squares of the magnitudes in ascending order are `z₁ ≤ … ≤ z_d`; their Lorenz curve is
//! `L(m/d) = Σ_{j ≤ m} z_j / Σ z`, and what top-k leaves is `R(k) = L((d − k)/d)`.

use super::error::SampleError;
use super::sample::{key, power_of_two_towards_one};
use super::uncertainty::NORMAL_QUANTILE;
use rayon::prelude::*;

/// A number with its standard error and interval at [`super::CONFIDENCE`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// The estimate.
    pub value: f64,
    /// Its standard error, of first order; it means little for tails so heavy that the moment has no variance.
    pub standard_error: f64,
    /// Lower and upper limit.
    pub interval: (f64, f64),
}

impl Moment {
    fn new(value: f64, standard_error: f64) -> Self {
        let half_width = NORMAL_QUANTILE * standard_error;
        Self { value, standard_error, interval: (value - half_width, value + half_width) }
    }

    /// The same with limits that are possible, at least `least`.
    fn at_least(self, least: f64) -> Self {
        let (lower, upper) = self.interval;
        Self { interval: (lower.max(least), upper.max(least)), ..self }
    }

    /// The same of numbers that were multiplied by `factor`.
    fn in_units_before(self, factor: f64) -> Self {
        let (lower, upper) = self.interval;
        let standard_error = self.standard_error / factor;
        Self { value: self.value / factor, standard_error, interval: (lower / factor, upper / factor) }
    }
}

/// The first four moments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// The mean.
    pub mean: Moment,
    /// The mean squared deviation from the mean, over d; 0 or infinite where it is beyond the range of double precision.
    pub variance: Moment,
    /// Its root, with the roots of its limits; a lower limit of the variance below zero counts as 0.
    pub standard_deviation: Moment,
    /// `m₃/m₂^{3/2}`, 0 for symmetric distributions.
    pub skewness: Moment,
    /// `m₄/m₂²`, 3 for the normal distribution, 6 for Laplace; it and its limits are at least 1.
    pub kurtosis: Moment,
}

/// The axis of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// x
    Linear,
    /// `ln |x|`, of the numbers that are not zero.
    LogMagnitude,
    /// `sign(x) ln(1 + |x|/c)` with c the median magnitude of the numbers that are not zero.
    SymmetricLog,
}

impl Axis {
    /// All axes, each with its name in files.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Linear, "linear"), (Self::LogMagnitude, "log-magnitude"), (Self::SymmetricLog, "symmetric-log")];

    /// The place of x on the axis; `unit` is c.
    fn forward(self, x: f64, unit: f64) -> f64 {
        match self {
            Self::Linear => x,
            Self::LogMagnitude => x.ln(),
            Self::SymmetricLog => {
                let ratio = x.abs() / unit;
                x.signum() * if ratio.is_finite() { ratio.ln_1p() } else { x.abs().ln() - unit.ln() }
            }
        }
    }

    fn backward(self, y: f64, unit: f64) -> f64 {
        match self {
            Self::Linear => y,
            Self::LogMagnitude => y.exp(),
            Self::SymmetricLog => {
                let ratio = y.abs().exp_m1();
                y.signum() * if ratio.is_finite() { unit * ratio } else { (y.abs() + unit.ln()).exp() }
            }
        }
    }
}

/// A bin of a histogram: numbers in `[low, high)`, the last bin with its end. On the axis of magnitudes, `|x|`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    /// Lower edge, in units of x.
    pub low: f64,
    /// Upper edge, in units of x.
    pub high: f64,
    /// How many numbers.
    pub count: usize,
    /// Whether it holds what is beyond the bins of equal width, at one end of the sample.
    pub is_outer: bool,
}

/// A histogram: bins of equal width on an axis, and at most one beyond them on each side.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// The axis.
    pub axis: Axis,
    /// c of [`Axis::SymmetricLog`]; of no meaning on another axis.
    pub unit: f64,
    /// In ascending order.
    pub bins: Vec<Bin>,
}

impl Histogram {
    /// The width of a bin on the axis; 1 where all numbers are the same, which have none.
    pub fn width(&self, bin: &Bin) -> f64 {
        let width = self.axis.forward(bin.high, self.unit) - self.axis.forward(bin.low, self.unit);
        if width > 0.0 { width } else { 1.0 }
    }

    /// The middle of a bin on the axis, in units of x.
    pub fn middle(&self, bin: &Bin) -> f64 {
        let place = |x| self.axis.forward(x, self.unit);
        self.axis.backward(f64::midpoint(place(bin.low), place(bin.high)), self.unit)
    }
}

/// The most bins of equal width in a histogram: about as many as a figure can show.
pub const MOST_BINS: usize = 100;

/// An edge of a bin, and whether what follows it is an outer bin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edge {
    pub(super) x: f64,
    before_outer: bool,
}

/// The edges of a histogram of `n` numbers, from the smallest to the largest number, out of six of them: the smallest,
/// the 0.5 % quantile, the quartiles, the 99.5 % quantile, and the largest.
pub(super) fn edges(axis: Axis, unit: f64, n: usize, of_sample: [f64; 6]) -> Vec<Edge> {
    let [min, low, lower, upper, high, max] = of_sample;
    // Numbers at both ends of the range are farther apart than the largest number; half of that is a number.
    let length = axis.forward(max, unit) - axis.forward(min, unit);
    let half = if length.is_finite() { 1.0 } else { 0.5 };
    let forward = |x: f64| half * axis.forward(x, unit);
    let edge = |x: f64, before_outer: bool| Edge { x, before_outer };
    if forward(min) >= forward(max) {
        return vec![edge(min, false), edge(max, false)];
    }
    let width = 2.0 * (forward(upper) - forward(lower)) / (n as f64).cbrt();
    let wanted = |from: f64, to: f64| ((forward(to) - forward(from)) / width).ceil();
    let is_cut = wanted(min, max) > MOST_BINS as f64 && forward(low) < forward(high);
    let (from, to) = if is_cut { (low, high) } else { (min, max) };
    // From one number to the next there is nothing to divide.
    let n_steps = (key(to) - key(from)) as f64;
    let n_bins = wanted(from, to).clamp(10.0, MOST_BINS as f64).min(n_steps) as usize;
    let (start, length) = (forward(from), forward(to) - forward(from));
    let mut edges = Vec::with_capacity(n_bins + 3);
    edges.extend((min < from).then_some(edge(min, true)));
    edges.push(edge(from, false));
    let mut last = from;
    for i in 1..n_bins {
        let x = axis.backward((start + length * i as f64 / n_bins as f64) / half, unit);
        // An axis may have fewer places than there are numbers.
        if x > last && x < to {
            edges.push(edge(x, false));
            last = x;
        }
    }
    edges.push(edge(to, to < max));
    edges.extend((to < max).then_some(edge(max, false)));
    edges
}

/// The bins between edges, of which one more than counts is needed.
pub(super) fn bins(edges: &[Edge], counts: &[usize]) -> Vec<Bin> {
    let pairs = edges.windows(2).zip(counts);
    pairs.map(|(e, &count)| Bin { low: e[0].x, high: e[1].x, count, is_outer: e[0].before_outer }).collect()
}

/// Tail indices from the largest magnitudes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TailIndex {
    /// How many order statistics are above the threshold.
    pub n_above: usize,
    /// The threshold, itself an order statistic.
    pub threshold: f64,
    /// Hill's estimate of ξ = 1/α for tails `P(|x| > t) ~ t^{−α}`; standard error `ξ/√n_above`.
    pub hill: f64,
    /// The moment estimate of ξ, which may be zero (exponential tails) or negative (a finite end).
    pub moment: f64,
    /// The standard error of the moment estimate.
    pub moment_standard_error: f64,
}

impl TailIndex {
    /// From the sum of `ln(z/threshold)` and of its square over the magnitudes z above; `None` where they are all equal.
    pub(super) fn of(n_above: usize, threshold: f64, sum: f64, sum_square: f64) -> Option<Self> {
        let k = n_above as f64;
        let (first, second) = (sum / k, sum_square / k);
        if first <= 0.0 {
            return None;
        }
        let moment = first + 1.0 - 0.5 / (1.0 - first * first / second);
        let xi = moment;
        let variance = if xi >= 0.0 {
            1.0 + xi * xi
        } else {
            (1.0 - xi).powi(2)
                * (1.0 - 2.0 * xi)
                * (4.0 - 8.0 * (1.0 - 2.0 * xi) / (1.0 - 3.0 * xi)
                    + (5.0 - 11.0 * xi) * (1.0 - 2.0 * xi) / ((1.0 - 3.0 * xi) * (1.0 - 4.0 * xi)))
        };
        let moment_standard_error = (variance / k).sqrt();
        Some(Self { n_above, threshold, hill: first, moment, moment_standard_error })
    }

    /// The interval of Hill's estimate at [`super::CONFIDENCE`].
    pub fn hill_interval(&self) -> (f64, f64) {
        let half_width = NORMAL_QUANTILE * self.hill / (self.n_above as f64).sqrt();
        (self.hill - half_width, self.hill + half_width)
    }

    /// The interval of the moment estimate at [`super::CONFIDENCE`].
    pub fn moment_interval(&self) -> (f64, f64) {
        let half_width = NORMAL_QUANTILE * self.moment_standard_error;
        (self.moment - half_width, self.moment + half_width)
    }
}

/// Whether `R(k) ≤ (1 − k/d)^p` for every k.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PowerBound {
    /// p, 2 or 3.
    pub power: i32,
    /// Whether it holds for every k from 0 to d; exactly the condition on the Lorenz curve.
    pub holds: bool,
    /// The k at which `R(k)/(1 − k/d)^p` is largest, and that ratio; k from 1 to d − 1.
    pub worst: (usize, f64),
    /// How many k break it.
    pub n_violated: usize,
    /// S3: whether `z_j/(jᵖ − (j − 1)ᵖ)` never decreases, which is sufficient.
    pub sufficient: bool,
}

/// A description of a sample; it keeps the sample, eight bytes per number, and little else.
#[derive(Debug, Clone)]
pub struct Description {
    /// Ascending.
    sorted: Vec<f64>,
    /// The largest magnitude.
    unit: f64,
    /// The walk through the ascending magnitudes, every [`STRIDE`] of them, and at its end.
    marks: Vec<Walk>,
}

/// Magnitudes between two marks: what a look at one of them costs at most.
const STRIDE: usize = 1024;

/// How far a walk through the ascending magnitudes has come: they are merged from the middle of the sorted sample.
#[derive(Debug, Clone, Copy)]
struct Walk {
    /// The numbers from `low` on and before `high` have been passed.
    low: usize,
    high: usize,
    /// The sum of their squares, in units of the largest, by Neumaier: what additions lose is kept apart.
    sum: f64,
    lost: f64,
}

impl Walk {
    /// The magnitude that comes next, and whether it is on the negative side.
    fn next(self, sorted: &[f64]) -> (f64, bool) {
        let negative = self.low.checked_sub(1).map(|index| sorted[index].abs());
        match (negative, sorted.get(self.high).map(|value| value.abs())) {
            (Some(negative), Some(positive)) if negative <= positive => (negative, true),
            (Some(negative), None) => (negative, true),
            (_, positive) => (positive.unwrap_or(f64::NAN), false),
        }
    }

    /// Passes the next magnitude and gives it.
    fn step(&mut self, sorted: &[f64], unit: f64) -> f64 {
        let (magnitude, is_negative) = self.next(sorted);
        if is_negative {
            self.low -= 1;
        } else {
            self.high += 1;
        }
        let square = (magnitude / unit).powi(2);
        let next = self.sum + square;
        self.lost += if self.sum >= square { (self.sum - next) + square } else { (square - next) + self.sum };
        self.sum = next;
        magnitude
    }

    /// `Σ z` of what was passed.
    fn cumulative(self) -> f64 {
        self.sum + self.lost
    }
}

impl Description {
    /// Describes `values`; sorts them once.
    ///
    /// ```
    /// use gradsieve::distribution::Description;
    /// let description = Description::of(vec![3.0, -1.0, 0.0, 2.0])?;
    /// // Top-1 keeps 9 of 14.
    /// assert_eq!(description.energy_ratio(1), 5.0 / 14.0);
    /// assert_eq!((description.threshold(1), description.zero_fraction()), (3.0, 0.25));
    /// # Ok::<(), gradsieve::distribution::SampleError>(())
    /// ```
    ///
    /// # Errors
    /// There is no number, one is NaN or infinite, all are zero, or all are the same.
    pub fn of(mut values: Vec<f64>) -> Result<Self, SampleError> {
        if let Err(found) = crate::vector::check_finite(&values) {
            return Err(SampleError::NotFinite { index: found.index, value: found.value });
        }
        values.par_sort_unstable_by(f64::total_cmp);
        let (Some(&min), Some(&max)) = (values.first(), values.last()) else { return Err(SampleError::Empty) };
        if min == max {
            let n = values.len();
            return Err(match n {
                _ if min == 0.0 => SampleError::AllZero { n },
                1 => SampleError::Single { value: min },
                _ => SampleError::Constant { value: min, n },
            });
        }
        let unit = min.abs().max(max.abs());
        let middle = values.partition_point(|value| *value < 0.0);
        let mut walk = Walk { low: middle, high: middle, sum: 0.0, lost: 0.0 };
        let mut marks = vec![walk];
        for passed in 1..=values.len() {
            walk.step(&values, unit);
            if passed % STRIDE == 0 || passed == values.len() {
                marks.push(walk);
            }
        }
        Ok(Self { sorted: values, unit, marks })
    }

    /// The walk after the m smallest magnitudes.
    fn walk(&self, m: usize) -> Walk {
        let mut walk = if m == self.n() { self.marks[self.marks.len() - 1] } else { self.marks[m / STRIDE] };
        for _ in walk.high - walk.low..m {
            walk.step(&self.sorted, self.unit);
        }
        walk
    }

    /// The m-th smallest magnitude, from 0.
    fn magnitude(&self, m: usize) -> f64 {
        self.walk(m).next(&self.sorted).0
    }

    /// `Σ z`, in units of the largest square.
    fn total(&self) -> f64 {
        self.walk(self.n()).cumulative()
    }

    /// d
    pub fn n(&self) -> usize {
        self.sorted.len()
    }

    /// The numbers in ascending order.
    pub fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    /// How many numbers are exactly zero.
    pub fn n_zero(&self) -> usize {
        self.sorted.partition_point(|value| *value <= 0.0) - self.sorted.partition_point(|value| *value < 0.0)
    }

    /// The part of the numbers that is exactly zero.
    pub fn zero_fraction(&self) -> f64 {
        self.n_zero() as f64 / self.n() as f64
    }

    /// The moments, with intervals of first order.
    pub fn moments(&self) -> Moments {
        let n = self.n() as f64;
        // Where fourth powers would overflow or vanish they are taken in other units, which are a power of two.
        let factor = power_of_two_towards_one(self.unit);
        let mean_of = |term: &(dyn Fn(f64) -> f64 + Sync)| {
            // Sums over blocks keep the rounding of millions of terms small.
            let blocks = self.sorted.par_chunks(4096).map(|block| block.iter().map(|&x| term(x * factor)).sum::<f64>());
            // Collected first: the order of the sum is that of the blocks on any number of threads.
            blocks.collect::<Vec<f64>>().into_iter().sum::<f64>() / n
        };
        let mean = mean_of(&|x| x);
        let variance = mean_of(&|x| (x - mean).powi(2));
        let deviation = variance.sqrt();
        let skewness = mean_of(&|x| ((x - mean) / deviation).powi(3));
        // Rounding may bring that of two equally likely numbers below 1.
        let kurtosis = mean_of(&|x| ((x - mean) / deviation).powi(4)).max(1.0);
        // The influence of one number z on each of them; the standard error is the root of its mean square over n.
        let error = |influence: &(dyn Fn(f64) -> f64 + Sync)| {
            (mean_of(&|x| influence((x - mean) / deviation).powi(2)) / n).sqrt()
        };
        let of_skewness = error(&|z| z.powi(3) - 3.0 * z - skewness - 1.5 * skewness * (z * z - 1.0));
        let of_kurtosis = error(&|z| z.powi(4) - 4.0 * skewness * z - kurtosis - 2.0 * kurtosis * (z * z - 1.0));
        let variance = Moment::new(variance, variance * ((kurtosis - 1.0) / n).sqrt());
        let (lower, upper) = variance.interval;
        let standard_deviation = Moment {
            value: deviation,
            standard_error: 0.5 * variance.standard_error / deviation,
            interval: (lower.max(0.0).sqrt(), upper.sqrt()),
        };
        Moments {
            mean: Moment::new(mean, (variance.value / n).sqrt()).in_units_before(factor),
            variance: variance.in_units_before(factor).in_units_before(factor),
            standard_deviation: standard_deviation.in_units_before(factor),
            skewness: Moment::new(skewness, of_skewness),
            kurtosis: Moment::new(kurtosis, of_kurtosis).at_least(1.0),
        }
    }

    /// The p-quantile, linear between order statistics: at rank `p(d − 1)`; p is clamped to `[0, 1]`.
    pub fn quantile(&self, p: f64) -> f64 {
        let position = p.clamp(0.0, 1.0) * (self.n() - 1) as f64;
        let low = position.floor() as usize;
        let lower = self.sorted[low];
        let Some(&upper) = self.sorted.get(low + 1) else { return lower };
        let part = position - low as f64;
        // Two numbers at the ends of the range are farther apart than the largest number.
        let difference = upper - lower;
        if difference.is_finite() { lower + part * difference } else { lower * (1.0 - part) + upper * part }
    }

    /// A histogram with bins of equal width on `axis`.
    ///
    /// Their width is that of freedman1981histogram, `2 · (interquartile range)/n^{1/3}` on the axis, with 10 to
    /// [`MOST_BINS`] bins. Where the whole range needs more, as it does for heavy tails on a linear axis, they span the
    /// middle 99 % of the numbers, and one bin on each side holds the rest.
    pub fn histogram(&self, axis: Axis) -> Histogram {
        let n_zero = self.n_zero();
        let unit = self.magnitude(n_zero + (self.n() - n_zero) / 2);
        let of_magnitudes = axis == Axis::LogMagnitude;
        let n = if of_magnitudes { self.n() - n_zero } else { self.n() };
        let at = |p: f64| {
            let rank = (p * (n - 1) as f64) as usize;
            if of_magnitudes { self.magnitude(n_zero + rank) } else { self.sorted[rank] }
        };
        let [min, low, lower, upper, high, max] = [0.0, 0.005, 0.25, 0.75, 0.995, 1.0].map(at);
        let edges = edges(axis, unit, n, [min, low, lower, upper, high, max]);
        let less = |x: f64| self.sorted.partition_point(|value| *value < x);
        // No number is below the first edge, and all are up to the last one.
        let below = |index: usize| match edges[index].x {
            _ if index == 0 => 0,
            _ if index + 1 == edges.len() => n,
            x if of_magnitudes => less(x) - self.sorted.partition_point(|value| *value <= -x) - n_zero,
            x => less(x),
        };
        let counts: Vec<usize> = (1..edges.len()).map(|index| below(index) - below(index - 1)).collect();
        Histogram { axis, unit, bins: bins(&edges, &counts) }
    }

    /// Tail indices from the `n_above` largest magnitudes; `None` unless `2 ≤ n_above` and more numbers are not zero,
    /// or where those magnitudes are all equal.
    ///
    /// hill1975simple; dekkers1989moment.
    pub fn tail_index(&self, n_above: usize) -> Option<TailIndex> {
        let n = self.n();
        if n_above < 2 || n_above >= n - self.n_zero() {
            return None;
        }
        let mut walk = self.walk(n - n_above - 1);
        let threshold = walk.step(&self.sorted, self.unit);
        let (mut sum, mut sum_square) = (0.0, 0.0);
        for _ in 0..n_above {
            let ln = (walk.step(&self.sorted, self.unit) / threshold).ln();
            sum += ln;
            sum_square += ln * ln;
        }
        TailIndex::of(n_above, threshold, sum, sum_square)
    }

    /// Tail indices over the number of order statistics, from 10 to a fifth of the numbers in about `n_points` equal
    /// ratios: where the curve is level the tail is a power.
    pub fn tail_curve(&self, n_points: usize) -> Vec<TailIndex> {
        let last = (self.n() - self.n_zero()) / 5;
        let mut counts: Vec<usize> = (0..n_points)
            .map(|i| (10.0 * (last as f64 / 10.0).powf(i as f64 / (n_points.max(2) - 1) as f64)).round() as usize)
            .collect();
        counts.dedup();
        counts.retain(|_| last >= 10);
        counts.par_iter().filter_map(|n_above| self.tail_index(*n_above)).collect()
    }

    /// `L(m/d)`, the part of the squared norm in the m smallest magnitudes; m from 0 to d.
    ///
    /// # Panics
    /// m is above d.
    pub fn lorenz(&self, m: usize) -> f64 {
        self.walk(m).cumulative() / self.total()
    }

    /// Gini's coefficient of the squares, `Σ (2j − d − 1) z_j / (d Σ z)`: 0 for equal magnitudes, `1 − 1/d` for one.
    pub fn gini(&self) -> f64 {
        // Twice the area above the Lorenz curve, by trapezoids.
        let n = self.n();
        let mut walk = self.walk(0);
        let mut inner = 0.0;
        for first in (1..n).step_by(4096) {
            let mut block = 0.0;
            for _ in first..n.min(first + 4096) {
                walk.step(&self.sorted, self.unit);
                block += walk.cumulative();
            }
            inner += block;
        }
        let total = self.total();
        (1.0 - (2.0 * inner + total) / (n as f64 * total)).max(0.0)
    }

    /// `R(k) = ‖u − TopK(u)‖²/‖u‖²`, exactly; k from 0 to d.
    ///
    /// # Panics
    /// k is above d.
    pub fn energy_ratio(&self, k: usize) -> f64 {
        self.lorenz(self.n() - k)
    }

    /// `δ(k) = 1 − R(k)`, the contraction of top-k on this vector; k from 0 to d.
    ///
    /// # Panics
    /// k is above d.
    pub fn delta(&self, k: usize) -> f64 {
        1.0 - self.energy_ratio(k)
    }

    /// The k-th largest magnitude; k from 1 to d.
    ///
    /// # Panics
    /// k is 0 or above d.
    pub fn threshold(&self, k: usize) -> f64 {
        self.magnitude(self.n() - k)
    }

    /// How many magnitudes are above `t`.
    pub fn n_above(&self, t: f64) -> usize {
        let above = self.n() - self.sorted.partition_point(|value| *value <= t);
        // Of negative thresholds all magnitudes are above.
        if t < 0.0 { self.n() } else { above + self.sorted.partition_point(|value| *value < -t) }
    }

    /// The smallest k with `R(k) ≤ ratio`; `None` for a negative ratio.
    pub fn k_for(&self, ratio: f64) -> Option<usize> {
        if ratio < 0.0 {
            return None;
        }
        // R rises with the number m = d − k of magnitudes that are left out.
        let allowed = ratio * self.total();
        let mark = self.marks.partition_point(|mark| mark.cumulative() <= allowed) - 1;
        let mut walk = self.marks[mark];
        loop {
            let m = walk.high - walk.low;
            if m == self.n() {
                return Some(0);
            }
            walk.step(&self.sorted, self.unit);
            if walk.cumulative() > allowed {
                return Some(self.n() - m);
            }
        }
    }

    /// The curve of shi2019understanding: `π²(i) = u₍ᵢ₎²/‖u‖∞²` for the i-th largest magnitude, with its reference
    /// line `1 − i/d`, i from 1; at most `n_points` of them, in order.
    pub fn sorted_curve(&self, n_points: usize) -> Vec<(usize, f64, f64)> {
        let (n, unit) = (self.n(), self.threshold(1));
        let stride = n.div_ceil(n_points.max(1));
        let points = (1..=n).step_by(stride);
        points.map(|i| (i, (self.threshold(i) / unit).powi(2), 1.0 - i as f64 / n as f64)).collect()
    }

    /// The exact test of `R(k) ≤ (1 − k/d)^power` for all k, with power 2 or 3; true equality counts as holding.
    pub fn power_bound(&self, power: i32) -> PowerBound {
        // Rounding of sums and powers must not decide a case of equality, such as the squares 1, 3, 5, ….
        const ROUNDING: f64 = 1e-12;
        let n = self.n();
        let mut bound = PowerBound { power, holds: true, worst: (0, 0.0), n_violated: 0, sufficient: true };
        let mut last = 0.0;
        let (mut walk, total) = (self.walk(0), self.total());
        for j in 1..=n {
            let steps = (j as f64).powi(power) - ((j - 1) as f64).powi(power);
            let ratio = (walk.step(&self.sorted, self.unit) / self.unit).powi(2) / steps;
            bound.sufficient &= ratio >= last * (1.0 - ROUNDING);
            last = ratio;
            if j < n {
                let quotient = walk.cumulative() / total / (j as f64 / n as f64).powi(power);
                bound.n_violated += usize::from(quotient > 1.0 + ROUNDING);
                if quotient >= bound.worst.1 {
                    bound.worst = (n - j, quotient);
                }
            }
        }
        bound.holds = bound.n_violated == 0;
        bound
    }
}

/// About `n_points` evenly spread ranks from 0, and the ten outermost on each side.
pub(super) fn ranks(n: usize, n_points: usize) -> impl Iterator<Item = usize> {
    let stride = n.div_ceil(n_points.max(1));
    (0..n).filter(move |i| i % stride == 0 || *i < 10 || *i + 10 >= n)
}
