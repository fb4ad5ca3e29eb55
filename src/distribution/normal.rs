//! The normal distribution.
//!
//! ```text
//! f(x) = exp(−v²/2) / (s√(2π)),    v = |x − m|/s
//! R(κ) = P(3/2, t²/2),    P(|V| > t) = κ
//! ```

use super::prelude::*;
use super::special::{draw_normal, error_function, gamma_tails, invert, normal_quantile};
use std::f64::consts::{PI, SQRT_2};

/// Normal: the sum of many small causes.
#[derive(Debug)]
pub struct Normal;

impl Family for Normal {
    fn about(&self) -> &'static About {
        const ABOUT: About = About {
            name: "normal",
            summary: "the sum of many small causes; R(κ) of theory for noise",
            source: "johnson1994continuous, volume 1, chapter 13",
            shape: None,
            location: LocationEstimator::MaximumLikelihood,
            singular_at_location: false,
        };
        &ABOUT
    }

    fn normalizer(&self, _shape: f64) -> Normalizer {
        Normalizer { value: 0.5 * (2.0 * PI).ln(), slope: 0.0 }
    }

    fn terms(&self, _shape: f64, v: f64) -> Terms {
        Terms { kernel: -0.5 * v * v, pull: v * v, shape: 0.0 }
    }

    fn tails(&self, _shape: f64, v: f64) -> Tails {
        error_function(v / SQRT_2)
    }

    fn quantile(&self, _shape: f64, tails: Tails) -> f64 {
        // P(V > v) = 2Φ(−v); near the center the half is what has digits.
        if tails.above <= 0.9 {
            return normal_quantile(Tails::of_above(0.5 * tails.above));
        }
        let start = tails.below * (PI / 2.0).sqrt();
        invert(tails, start, |v| (self.tails(0.0, v), 2.0 * self.density(0.0, v)))
    }

    fn draw(&self, _shape: f64, stream: &mut Stream) -> f64 {
        draw_normal(stream).abs()
    }

    fn second_moment(&self, _shape: f64) -> f64 {
        1.0
    }

    fn energy_below(&self, _shape: f64, v: f64) -> f64 {
        gamma_tails(1.5, 0.5 * v * v).below
    }

    fn information(&self, _shape: f64) -> Option<Information> {
        Some(Information { location: Some(1.0), scale: 2.0, cross: 0.0, shape: 1.0 })
    }

    fn estimate(&self, sample: &Sample, location: Location) -> Result<Point, FitError> {
        let location = match location {
            Location::Known(location) => location,
            Location::Estimated => sample.means(|x| [x])[0],
        };
        let [variance] = sample.means(|x| [(x - location).powi(2)]);
        Ok(Point { location, scale: variance.sqrt(), shape: 0.0 })
    }
}
