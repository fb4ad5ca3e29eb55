//! The double generalized Pareto distribution: the magnitude is generalized Pareto, the third of the three families of SIDCo.
//!
//! ```text
//! f(x) = (1 + ξv)^{−1/ξ − 1} / (2s),    v = |x − m|/s;    exp(−v)/(2s) for ξ = 0
//! R(κ) = 1 − κ[t²(1 − ξ)(1 − 2ξ)/2 + tw(1 − 2ξ) + w²],    w = 1 + ξt,  t = (κ^{−ξ} − 1)/ξ,    for ξ < 1/2
//! ```
//!
//! The likelihood is regular for ξ > −1/2 (smith1985maximum); a sample that would need a smaller ξ has no fit here. But its
//! third derivative has no expectation for ξ ≤ −1/3, and near there the estimates of a thousand numbers are far from
//! normal: of the intervals of ξ by the expected information 93 % cover ξ = −0.2 and 89 % cover ξ = −0.35. The intervals
//! are therefore those of the likelihood ratio, which cover 95 % of both. SIDCo fits by moments, which need ξ < 1/4 for a
//! standard error.

use super::likelihood::{Profiled, profile_interval};
use super::prelude::*;
use super::special::integrate;

/// Double generalized Pareto: tails of a power with exponent 1/ξ, exponential for ξ = 0, bounded for ξ < 0.
#[derive(Debug)]
pub struct DoubleGeneralizedPareto;

/// Where the profile of the likelihood is looked at.
const SHAPES: [f64; 22] = [
    -0.45, -0.35, -0.2, -0.05, 0.1, 0.25, 0.45, 0.7, 1.0, 1.4, 1.9, 2.5, 3.2, 4.0, 5.0, 6.2, 7.7, 9.5, 11.6, 14.0,
    16.8, 19.5,
];

/// `(ln(1 + y) − y/(1 + y))/y²`, with its series where the difference would lose digits.
fn curvature(y: f64) -> f64 {
    if y.abs() > 0.02 {
        return (y.ln_1p() - y / (1.0 + y)) / (y * y);
    }
    // Σ (−y)ᵏ (k + 1)/(k + 2)
    (0..11).rev().fold(0.0, |sum, k| f64::from(k + 1) / f64::from(k + 2) - y * sum)
}

/// `ln(1 + y)/y`.
fn slowed(y: f64) -> f64 {
    if y == 0.0 { 1.0 } else { y.ln_1p() / y }
}

impl Family for DoubleGeneralizedPareto {
    fn about(&self) -> &'static About {
        const ABOUT: About = About {
            name: "double-generalized-pareto",
            summary: "generalized Pareto magnitude, the third family of SIDCo",
            source: "abdelmoniem2021sidco, arXiv:2101.10761, Section 2",
            shape: Some(Shape {
                name: "tail_shape",
                link: Link::Identity,
                low: -0.5,
                high: 20.0,
                towards_low: "ξ ≤ −1/2, where the likelihood has no regular maximum: the magnitudes end too abruptly",
                towards_high: "ξ → ∞: tails heavier than any power",
            }),
            location: LocationEstimator::Midhinge,
            singular_at_location: false,
        };
        &ABOUT
    }

    fn support(&self, xi: f64) -> f64 {
        if xi < 0.0 { -1.0 / xi } else { f64::INFINITY }
    }

    fn normalizer(&self, _xi: f64) -> Normalizer {
        Normalizer { value: std::f64::consts::LN_2, slope: 0.0 }
    }

    fn terms(&self, xi: f64, v: f64) -> Terms {
        let y = xi * v;
        if y <= -1.0 {
            return Terms { kernel: f64::NEG_INFINITY, pull: f64::INFINITY, shape: 0.0 };
        }
        let square = v * v;
        let shape = if square.is_finite() {
            square * curvature(y) - v / (1.0 + y)
        } else {
            (y.ln_1p() - y / (1.0 + y)) / (xi * xi) - v / (1.0 + y)
        };
        Terms { kernel: -v * slowed(y) - y.ln_1p(), pull: (1.0 + xi) * v / (1.0 + y), shape }
    }

    fn tails(&self, xi: f64, v: f64) -> Tails {
        let y = xi * v;
        if y <= -1.0 {
            return Tails::of_above(0.0);
        }
        let ln_above = -v * slowed(y);
        Tails { below: -ln_above.exp_m1(), above: ln_above.exp() }
    }

    fn quantile(&self, xi: f64, tails: Tails) -> f64 {
        let t = minus_ln_above(tails);
        if xi == 0.0 { t } else { (xi * t).exp_m1() / xi }
    }

    fn second_moment(&self, xi: f64) -> f64 {
        if xi < 0.5 { 2.0 / ((1.0 - xi) * (1.0 - 2.0 * xi)) } else { f64::INFINITY }
    }

    fn energy_below(&self, xi: f64, v: f64) -> f64 {
        let v = v.min(self.support(xi));
        let w = 1.0 + xi * v;
        let kept = 0.5 * v * v * (1.0 - xi) * (1.0 - 2.0 * xi) + v * w * (1.0 - 2.0 * xi) + w * w;
        let below = 1.0 - self.tails(xi, v).above * kept;
        // The closed form is one minus a number near one for small v.
        if below > 0.1 {
            return below;
        }
        integrate(0.0, v, |v, _| 2.0 * v * v * self.density(xi, v)) / self.second_moment(xi)
    }

    fn information(&self, xi: f64) -> Option<Information> {
        let cross = 1.0 / ((1.0 + xi) * (1.0 + 2.0 * xi));
        Some(Information { location: None, scale: 1.0 / (1.0 + 2.0 * xi), cross, shape: 2.0 * cross })
    }

    fn estimate(&self, sample: &Sample, location: Location) -> Result<Point, FitError> {
        let start = Start::of_midhinge(sample, location);
        let known = Location::Known(start.location);
        // The moments, as SIDCo takes them, kept to where they have a finite variance and the sample its support.
        let variance = start.mean_square - start.mean * start.mean;
        let xi = (0.5 * (1.0 - start.mean * start.mean / variance)).clamp(-0.3, 0.4);
        let scale = start.mean * (1.0 - xi);
        let inside = xi >= 0.0 || start.max / scale < self.support(xi);
        let xi = if inside { xi } else { 0.05 };
        let scale = if xi > 0.3 { start.mean_ln.exp() } else { start.mean * (1.0 - xi) };
        maximize_over_peaks(self, sample, Point { location: start.location, scale, shape: xi }, known, &SHAPES)
    }

    fn uncertainty(&self, sample: &Sample, point: Point, location: Location) -> [Option<Uncertainty>; 3] {
        let [of_location, of_scale, of_shape] = by_information(self, sample, point, location);
        let by_ratio = |uncertainty: Option<Uncertainty>, of| {
            uncertainty.map(|expected| Uncertainty { interval: profile_interval(self, sample, point, of), ..expected })
        };
        [of_location, by_ratio(of_scale, Profiled::Scale), by_ratio(of_shape, Profiled::Shape)]
    }
}
