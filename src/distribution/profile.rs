//! The profile of the likelihood in the shape, coarsely: where searches for its maximum start.
//!
//! For a given shape the likelihood of every family has one maximum in the scale, where the mean pull is 1, for the
//! pull rises with v. Over the shape the profile may have several peaks: a part of the numbers that is orders of
//! magnitude smaller than the rest looks like a heavy tail, the rest by itself like a light one. A search ends on the
//! peak where it starts. Double gamma, Weibull and lognormal magnitudes have one peak, since their shape solves an equation
//! whose two sides are monotone.
//!
//! The profile is computed from bins of magnitudes, an eighth of a binade wide, so that its cost does not grow with the
//! sample. A magnitude replaced by the mean of its bin changes the log-likelihood per number by the variance of ln v in a
//! bin, at most 0.002, times a curvature of order one: less than [`MARGIN`].

use super::family::{Family, Point};
use super::sample::Sample;

/// Peaks that are lower than the highest one by more than this, per number, have no chance: it is what bins and a grid of
/// shapes may hide of a height.
const MARGIN: f64 = 0.1;

/// Scales whose logarithms differ by more than this have nothing to do with each other.
const FAR: f64 = 7.0;

/// How exactly the logarithm of a scale is found; the height is off by the square of this.
const ACCURACY: f64 = 1e-3;

/// Magnitudes about a location, in bins.
pub(super) struct Profile {
    location: f64,
    /// The mean of each bin and its fraction of the numbers, ascending.
    bins: Vec<(f64, f64)>,
}

impl Profile {
    /// Of the magnitudes about `location`; numbers that are exactly there are left out where it is estimated, since it
    /// may be one of them.
    pub(super) fn of(sample: &Sample, location: f64, is_known: bool) -> Self {
        let mut bins = sample.binned(location);
        bins.retain(|(v, _)| is_known || *v > 0.0);
        let total: f64 = bins.iter().map(|(_, n)| n).sum();
        for (_, n) in &mut bins {
            *n /= total;
        }
        Self { location, bins }
    }

    /// Whether the scale is about that of largest likelihood for this shape.
    pub(super) fn is_on_peak<F: Family>(&self, family: &F, point: Point) -> bool {
        let top = self.top(family, point.shape, point.scale.ln());
        top.is_some_and(|(ln_scale, _)| (ln_scale - point.scale.ln()).abs() < FAR)
    }

    /// A point on each peak over the ascending `shapes` that may be the highest, except the one that `found` is on.
    pub(super) fn peaks<F: Family>(&self, family: &F, shapes: &[f64], found: Option<Point>) -> Vec<Point> {
        let magnitudes = self.bins.iter().filter(|(v, _)| *v > 0.0);
        let (sum, n) = magnitudes.fold((0.0, 0.0), |(sum, n), (v, weight)| (sum + weight * v.ln(), n + weight));
        let (mut ln_scale, mut last) = (sum / n, None);
        let mut heights = Vec::with_capacity(shapes.len());
        for &shape in shapes {
            let top = self.top(family, shape, ln_scale);
            if let Some((at, _)) = top {
                // The next one lies about as far again.
                ln_scale = last.map_or(at, |last| 2.0 * at - last);
                last = Some(at);
            }
            heights.push(top.unwrap_or((ln_scale, f64::NEG_INFINITY)));
        }
        let of_found = found.and_then(|found| self.top(family, found.shape, found.scale.ln()));
        let highest = heights.iter().map(|(_, height)| *height).chain(of_found.map(|(_, height)| height));
        let least = highest.fold(f64::NEG_INFINITY, f64::max) - MARGIN;
        let height = |i: Option<usize>| i.and_then(|i| heights.get(i)).map_or(f64::NEG_INFINITY, |(_, height)| *height);
        let is_peak = |&i: &usize| {
            let own = heights[i].1;
            let (before, after) = (i.checked_sub(1), Some(i + 1));
            let holds_found = found.is_some_and(|found| {
                before.is_none_or(|i| shapes[i] <= found.shape)
                    && after.and_then(|i| shapes.get(i)).is_none_or(|shape| found.shape <= *shape)
            });
            own.is_finite() && own >= least && own >= height(before) && own > height(after) && !holds_found
        };
        let point = |i: usize| Point { location: self.location, scale: heights[i].0.exp(), shape: shapes[i] };
        (0..shapes.len()).filter(is_peak).map(point).collect()
    }

    /// The logarithm of the scale at which this shape has its largest likelihood, and the mean logarithm of that;
    /// `None` where the likelihood rises without end.
    fn top<F: Family>(&self, family: &F, shape: f64, start: f64) -> Option<(f64, f64)> {
        let mean = |ln_scale: f64, of: fn(super::family::Terms) -> f64| -> f64 {
            let scale = ln_scale.exp();
            self.bins.iter().map(|(v, weight)| weight * of(family.terms(shape, v / scale))).sum()
        };
        // It falls with the scale.
        let score = |ln_scale: f64| mean(ln_scale, |terms| terms.pull) - 1.0;
        let (mut a, mut at_a) = (start, score(start));
        let mut step = f64::copysign(0.25, at_a);
        let (mut b, mut at_b) = loop {
            let next = a + step;
            let there = score(next);
            if at_a.is_nan() || there.is_nan() || step.abs() > 1e3 {
                return None;
            }
            if (there > 0.0) != (at_a > 0.0) {
                break (next, there);
            }
            (a, at_a) = (next, there);
            step *= 2.0;
        };
        // The method of false position, which halves the value of an end that stays.
        for _ in 0..60 {
            let by_line = b - at_b * (b - a) / (at_b - at_a);
            let is_between = (by_line - a) * (by_line - b) < 0.0;
            let next = if is_between { by_line } else { f64::midpoint(a, b) };
            let there = score(next);
            if (there > 0.0) == (at_b > 0.0) {
                at_a /= 2.0;
            } else {
                (a, at_a) = (b, at_b);
            }
            let moved = (next - b).abs();
            (b, at_b) = (next, there);
            if moved <= ACCURACY && there.is_finite() {
                break;
            }
        }
        Some((b, mean(b, |terms| terms.kernel) - family.normalizer(shape).value - b))
    }
}
