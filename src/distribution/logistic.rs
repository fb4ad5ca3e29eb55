//! The logistic distribution.
//!
//! ```text
//! f(x) = e^{−v} / (s(1 + e^{−v})²),    v = |x − m|/s
//! R(κ) = 1 − [2t²/(1 + eᵗ) + 4t ln(1 + e^{−t}) − 4 Li₂(−e^{−t})] / (π²/3),    tanh(t/2) = 1 − κ
//! ```

use super::prelude::*;
use super::special::{dilogarithm_of_minus, integrate};
use std::f64::consts::PI;

/// Logistic: exponential tails with a round center.
#[derive(Debug)]
pub struct Logistic;

impl Family for Logistic {
    fn about(&self) -> &'static About {
        const ABOUT: About = About {
            name: "logistic",
            summary: "exponential tails with a round center",
            source: "johnson1995continuous, volume 2, chapter 23",
            shape: None,
            location: LocationEstimator::MaximumLikelihood,
            singular_at_location: false,
        };
        &ABOUT
    }

    fn normalizer(&self, _shape: f64) -> Normalizer {
        Normalizer { value: 0.0, slope: 0.0 }
    }

    fn terms(&self, _shape: f64, v: f64) -> Terms {
        let e = (-v).exp();
        Terms { kernel: -v - 2.0 * e.ln_1p(), pull: v * (1.0 - e) / (1.0 + e), shape: 0.0 }
    }

    fn tails(&self, _shape: f64, v: f64) -> Tails {
        let e = (-v).exp();
        Tails { below: (0.5 * v).tanh(), above: 2.0 * e / (1.0 + e) }
    }

    fn quantile(&self, _shape: f64, tails: Tails) -> f64 {
        // ln((1 + p)/(1 − p))
        tails.below.ln_1p() + minus_ln_above(tails)
    }

    fn second_moment(&self, _shape: f64) -> f64 {
        PI * PI / 3.0
    }

    fn energy_below(&self, shape: f64, v: f64) -> f64 {
        // The closed form is one minus a number near one for small v.
        if v < 1.0 {
            return integrate(0.0, v, |v, _| 2.0 * v * v * self.density(shape, v)) / self.second_moment(shape);
        }
        let e = (-v).exp();
        let above = 2.0 * v * v * e / (1.0 + e) + 4.0 * v * e.ln_1p() - 4.0 * dilogarithm_of_minus(e);
        1.0 - above / self.second_moment(shape)
    }

    fn information(&self, _shape: f64) -> Option<Information> {
        let scale = (3.0 + PI * PI) / 9.0;
        Some(Information { location: Some(1.0 / 3.0), scale, cross: 0.0, shape: 1.0 })
    }

    fn estimate(&self, sample: &Sample, location: Location) -> Result<Point, FitError> {
        let start = Start::of(sample, location);
        // The mean magnitude of the standard distribution is 2 ln 2.
        let scale = start.mean / (2.0 * std::f64::consts::LN_2);
        maximize(self, sample, Point { location: start.location, scale, shape: 0.0 }, location)
    }
}
