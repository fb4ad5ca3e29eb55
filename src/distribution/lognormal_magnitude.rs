//! A symmetric distribution whose magnitude is lognormal.
//!
//! ```text
//! f(x) = exp(−(ln v)²/(2σ²)) / (2s v σ √(2π)),    v = |x − m|/s
//! R(κ) = Φ(Φ⁻¹(1 − κ) − 2σ)
//! ```
//!
//! `Σ ln v` and `Σ (ln v)²` are sufficient. The density has a hole at the location, so that the likelihood has a dip at
//! every number and the location is the midhinge where it is estimated.

use super::prelude::*;
use super::special::{draw_normal, normal_quantile, normal_tails};
use std::f64::consts::PI;

/// Lognormal magnitude: the product of many small causes.
#[derive(Debug)]
pub struct LognormalMagnitude;

impl Family for LognormalMagnitude {
    fn about(&self) -> &'static About {
        const ABOUT: About = About {
            name: "lognormal-magnitude",
            summary: "lognormal magnitude: heavy tails and few numbers near zero",
            source: "johnson1994continuous, volume 1, chapter 14",
            shape: Some(Shape {
                name: "log_deviation",
                link: Link::Logarithm,
                low: 0.0,
                high: f64::INFINITY,
                towards_low: "σ → 0: magnitudes that are all equal",
                towards_high: "σ → ∞",
            }),
            location: LocationEstimator::Midhinge,
            singular_at_location: true,
        };
        &ABOUT
    }

    fn normalizer(&self, sigma: f64) -> Normalizer {
        Normalizer { value: sigma.ln() + 0.5 * (8.0 * PI).ln(), slope: 1.0 / sigma }
    }

    fn terms(&self, sigma: f64, v: f64) -> Terms {
        let ln = v.ln();
        if ln == f64::NEG_INFINITY {
            return Terms { kernel: f64::NEG_INFINITY, pull: f64::NEG_INFINITY, shape: f64::INFINITY };
        }
        let z = ln / sigma;
        Terms { kernel: -ln - 0.5 * z * z, pull: 1.0 + z / sigma, shape: z * z / sigma }
    }

    fn tails(&self, sigma: f64, v: f64) -> Tails {
        normal_tails(v.ln() / sigma)
    }

    fn quantile(&self, sigma: f64, tails: Tails) -> f64 {
        (sigma * normal_quantile(tails)).exp()
    }

    fn draw(&self, sigma: f64, stream: &mut Stream) -> f64 {
        (sigma * draw_normal(stream)).exp()
    }

    fn second_moment(&self, sigma: f64) -> f64 {
        (2.0 * sigma * sigma).exp()
    }

    fn energy_below(&self, sigma: f64, v: f64) -> f64 {
        normal_tails(v.ln() / sigma - 2.0 * sigma).below
    }

    fn information(&self, sigma: f64) -> Option<Information> {
        let precision = (sigma * sigma).recip();
        Some(Information { location: None, scale: precision, cross: 0.0, shape: 2.0 * precision })
    }

    fn estimate(&self, sample: &Sample, location: Location) -> Result<Point, FitError> {
        let start = Start::of_midhinge(sample, location).away_from_location(self)?;
        if start.variance_ln <= 0.0 {
            let towards = "σ → 0: magnitudes that are all equal";
            return Err(FitError::NoMaximum { family: self.about().name, towards });
        }
        Ok(Point { location: start.location, scale: start.mean_ln.exp(), shape: start.variance_ln.sqrt() })
    }
}
