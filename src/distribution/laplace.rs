//! The Laplace distribution, or double exponential: the magnitude is exponential, the first of the three families of
//! SIDCo.
//!
//! ```text
//! f(x) = exp(−v) / (2s),    v = |x − m|/s
//! R(κ) = P(3, t) = 1 − κ(1 + t + t²/2),    t = ln(1/κ)
//! ```
//!
//! An estimated location is the median; its interval is between two order statistics.

use super::prelude::*;
use super::special::gamma_tails;

/// Laplace, the double exponential of SIDCo.
#[derive(Debug)]
pub struct Laplace;

impl Family for Laplace {
    fn about(&self) -> &'static About {
        const ABOUT: About = About {
            name: "laplace",
            summary: "exponential magnitude, the double exponential family of SIDCo",
            source: "abdelmoniem2021sidco, arXiv:2101.10761, Section 2",
            shape: None,
            location: LocationEstimator::MaximumLikelihood,
            singular_at_location: false,
        };
        &ABOUT
    }

    fn normalizer(&self, _shape: f64) -> Normalizer {
        Normalizer { value: std::f64::consts::LN_2, slope: 0.0 }
    }

    fn terms(&self, _shape: f64, v: f64) -> Terms {
        Terms { kernel: -v, pull: v, shape: 0.0 }
    }

    fn tails(&self, _shape: f64, v: f64) -> Tails {
        Tails { below: -(-v).exp_m1(), above: (-v).exp() }
    }

    fn quantile(&self, _shape: f64, tails: Tails) -> f64 {
        minus_ln_above(tails)
    }

    fn second_moment(&self, _shape: f64) -> f64 {
        2.0
    }

    fn energy_below(&self, _shape: f64, v: f64) -> f64 {
        gamma_tails(3.0, v).below
    }

    fn information(&self, _shape: f64) -> Option<Information> {
        Some(Information { location: Some(1.0), scale: 1.0, cross: 0.0, shape: 1.0 })
    }

    fn uncertainty(&self, sample: &Sample, point: Point, location: Location) -> [Option<Uncertainty>; 3] {
        let [of_location, of_scale, of_shape] = by_information(self, sample, point, location);
        [of_location.map(|_| median_uncertainty(sample)), of_scale, of_shape]
    }

    fn estimate(&self, sample: &Sample, location: Location) -> Result<Point, FitError> {
        let location = match location {
            Location::Known(location) => location,
            Location::Estimated => sample.quantile(0.5),
        };
        let [scale] = sample.means(|x| [(x - location).abs()]);
        Ok(Point { location, scale, shape: 0.0 })
    }
}
