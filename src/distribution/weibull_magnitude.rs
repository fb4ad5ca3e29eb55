//! A symmetric distribution whose magnitude is Weibull distributed.
//!
//! ```text
//! f(x) = c v^{c−1} exp(−v^c) / (2s),    v = |x − m|/s
//! R(κ) = P(1 + 2/c, ln(1/κ))
//! ```
//!
//! c = 1 is Laplace; c = 2 is the Rayleigh magnitude, for which `R(κ) = 1 − κ(1 + ln(1/κ))` breaks the cubic bound. For
//! c < 1 the likelihood is unbounded in the location, which is therefore the midhinge where it is estimated.

use super::prelude::*;
use super::special::{gamma_tails, ln_gamma};
use std::f64::consts::PI;

/// Euler's constant, `−ψ(1)`.
const EULER: f64 = 0.577_215_664_901_532_9;

/// Weibull magnitude: stretched exponential tails.
#[derive(Debug)]
pub struct WeibullMagnitude;

impl Family for WeibullMagnitude {
    fn about(&self) -> &'static About {
        const ABOUT: About = About {
            name: "weibull-magnitude",
            summary: "Weibull magnitude: stretched exponential tails, Rayleigh for c = 2",
            source: "johnson1994continuous, volume 1, chapter 21",
            shape: Some(Shape {
                name: "weibull_shape",
                link: Link::Logarithm,
                low: 0.01,
                high: 1000.0,
                towards_low: "c → 0: tails heavier than any of this family",
                towards_high: "c → ∞: magnitudes that are all equal",
            }),
            location: LocationEstimator::Midhinge,
            singular_at_location: true,
        };
        &ABOUT
    }

    fn normalizer(&self, c: f64) -> Normalizer {
        Normalizer { value: (2.0 / c).ln(), slope: -1.0 / c }
    }

    fn terms(&self, c: f64, v: f64) -> Terms {
        let ln = v.ln();
        let power = (c * ln).exp();
        let kernel = if c == 1.0 { -power } else { (c - 1.0) * ln - power };
        Terms { kernel, pull: c * power - (c - 1.0), shape: (1.0 - power) * ln }
    }

    fn tails(&self, c: f64, v: f64) -> Tails {
        let power = v.powf(c);
        Tails { below: -(-power).exp_m1(), above: (-power).exp() }
    }

    fn quantile(&self, c: f64, tails: Tails) -> f64 {
        minus_ln_above(tails).powf(1.0 / c)
    }

    fn second_moment(&self, c: f64) -> f64 {
        ln_gamma(1.0 + 2.0 / c).exp()
    }

    fn energy_below(&self, c: f64, v: f64) -> f64 {
        gamma_tails(1.0 + 2.0 / c, v.powf(c)).below
    }

    fn information(&self, c: f64) -> Option<Information> {
        Some(Information {
            location: None,
            scale: c * c,
            cross: EULER - 1.0,
            shape: (PI * PI / 6.0 + (1.0 - EULER).powi(2)) / (c * c),
        })
    }

    fn estimate(&self, sample: &Sample, location: Location) -> Result<Point, FitError> {
        let start = Start::of_midhinge(sample, location).away_from_location(self)?;
        // ln V is a Gumbel variable with mean −γ/c and variance π²/(6c²).
        let c = PI / (6.0 * start.variance_ln).sqrt();
        let point = Point { location: start.location, scale: (start.mean_ln + EULER / c).exp(), shape: c };
        maximize(self, sample, point, Location::Known(start.location))
    }
}
