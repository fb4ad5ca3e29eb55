//! The symmetric triangular distribution on `[m − s, m + s]`.
//!
//! ```text
//! f(x) = (1 − v)/s for v ≤ 1,    v = |x − m|/s
//! R(κ) = 4t³ − 3t⁴,    t = 1 − √κ
//! ```
//!
//! The likelihood of s solves `Σ v/(1 − v) = n`. The density falls to zero linearly at the ends, so the expected
//! information is infinite by a logarithm (woodroofe1972maximum). The standard error comes from the observed one, and the
//! interval of s from the likelihood ratio; where the location is estimated there is neither.

use super::prelude::*;
use super::uncertainty::NORMAL_QUANTILE;

/// Triangular: a linear decrease from the center to the ends.
#[derive(Debug)]
pub struct Triangular;

impl Family for Triangular {
    fn about(&self) -> &'static About {
        const ABOUT: About = About {
            name: "triangular",
            summary: "symmetric, with a linear decrease from the center to the ends",
            source: "johnson1995continuous, volume 2, chapter 26",
            shape: None,
            location: LocationEstimator::Midhinge,
            singular_at_location: false,
        };
        &ABOUT
    }

    fn support(&self, _shape: f64) -> f64 {
        1.0
    }

    fn normalizer(&self, _shape: f64) -> Normalizer {
        Normalizer { value: 0.0, slope: 0.0 }
    }

    fn terms(&self, _shape: f64, v: f64) -> Terms {
        if v >= 1.0 {
            return Terms { kernel: f64::NEG_INFINITY, pull: f64::INFINITY, shape: 0.0 };
        }
        Terms { kernel: (-v).ln_1p(), pull: v / (1.0 - v), shape: 0.0 }
    }

    fn tails(&self, _shape: f64, v: f64) -> Tails {
        let v = v.min(1.0);
        Tails { below: v * (2.0 - v), above: (1.0 - v).powi(2) }
    }

    fn quantile(&self, _shape: f64, tails: Tails) -> f64 {
        // 1 − √(above), without its cancellation.
        tails.below / (1.0 + tails.above.sqrt())
    }

    fn second_moment(&self, _shape: f64) -> f64 {
        1.0 / 6.0
    }

    fn energy_below(&self, _shape: f64, v: f64) -> f64 {
        let v = v.min(1.0);
        v.powi(3) * (4.0 - 3.0 * v)
    }

    fn information(&self, _shape: f64) -> Option<Information> {
        None
    }

    fn estimate(&self, sample: &Sample, location: Location) -> Result<Point, FitError> {
        let start = Start::of_midhinge(sample, location);
        let (location, max) = (start.location, start.max);
        // Left of the root Newton's method climbs to it without passing it, since Σ x/(s − x) is convex in s; a step
        // from the right may pass, and then halves its way to the pole at the largest magnitude.
        let mut s = (6.0 * start.mean_square).sqrt().max(max * (1.0 + start.n.recip()));
        for _ in 0..200 {
            let [pull, slope] = sample.means(|x| {
                let x = (x - location).abs();
                let rest = s - x;
                [x / rest, x / (rest * rest)]
            });
            let newton = s + (pull - 1.0) / slope;
            let next = if newton > max { newton } else { f64::midpoint(s, max) };
            let step = (next - s).abs();
            s = next;
            if step <= 1e-14 * s {
                break;
            }
        }
        Ok(Point { location, scale: s, shape: 0.0 })
    }

    fn uncertainty(&self, sample: &Sample, point: Point, location: Location) -> [Option<Uncertainty>; 3] {
        // The observed information of ln s: Σ v/(1 − v)².
        let ([information], _) = sample.sums(|x| {
            let v = (x - point.location).abs() / point.scale;
            [v / ((1.0 - v) * (1.0 - v))]
        });
        if location == Location::Estimated {
            // The scale is known as well as the location, and leans on the numbers near the ends: its interval about a
            // midhinge would be too short.
            return [Some(midhinge_uncertainty(self, sample, point)), None, None];
        }
        let relative_error = information.sqrt().recip();
        let interval = (limit(sample, point, -relative_error), limit(sample, point, relative_error));
        [None, Some(Uncertainty { standard_error: point.scale * relative_error, interval }), None]
    }
}

/// The scale on the side of `relative_error` at which twice the log-likelihood has fallen by the quantile of χ²₁.
///
/// By Newton's method, kept above the largest magnitude; a thousandth of a standard error is enough.
fn limit(sample: &Sample, point: Point, relative_error: f64) -> f64 {
    let Point { location: center, scale: estimate, .. } = point;
    let (min, max) = sample.range();
    let max = (max - center).abs().max((min - center).abs());
    let fall = 0.5 * NORMAL_QUANTILE * NORMAL_QUANTILE;
    let (mut inner, mut outer) = if relative_error < 0.0 { (estimate, max) } else { (estimate, 4.0 * estimate) };
    let mut s = estimate * (1.0 + NORMAL_QUANTILE * relative_error);
    for _ in 0..60 {
        if s <= inner.min(outer) || s >= inner.max(outer) {
            s = f64::midpoint(inner, outer);
        }
        // Differences to the estimate, term by term, keep the digits of a small fall.
        let ([difference, pull], n) = sample.sums(|x| {
            let x = (x - center).abs();
            [((s - estimate) * x / (s * (estimate - x))).ln_1p(), x / (s - x)]
        });
        let excess = n * (s / estimate).ln() - difference - fall;
        if excess > 0.0 {
            outer = s;
        } else {
            inner = s;
        }
        let step = -excess * s / (n - pull);
        s += step;
        if step.abs() <= 1e-3 * (relative_error * estimate).abs() {
            break;
        }
    }
    s.clamp(inner.min(outer), inner.max(outer))
}
