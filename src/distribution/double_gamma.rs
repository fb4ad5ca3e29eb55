//! The double gamma distribution: the magnitude is gamma distributed, the second of the three families of SIDCo.
//!
//! ```text
//! f(x) = v^{a−1} e^{−v} / (2s Γ(a)),    v = |x − m|/s
//! R(κ) = P(a + 2, P⁻¹(a, 1 − κ))
//! ```
//!
//! `Σ v` and `Σ ln v` are sufficient, so that one pass fits any number of values. For a < 1 the likelihood is unbounded
//! in the location, which is therefore the midhinge where it is estimated.

use super::prelude::*;
use super::special::{digamma, draw_gamma, gamma_tails, invert, ln_gamma, trigamma};

/// Double gamma: a peak (a < 1) or a hole (a > 1) at the location, exponential tails.
#[derive(Debug)]
pub struct DoubleGamma;

const SHAPE: Shape = Shape {
    name: "gamma_shape",
    link: Link::Logarithm,
    low: 1e-3,
    high: 1e4,
    towards_low: "a → 0: a point mass at the location",
    towards_high: "a → ∞: magnitudes that are all equal",
};

impl Family for DoubleGamma {
    fn about(&self) -> &'static About {
        const ABOUT: About = About {
            name: "double-gamma",
            summary: "gamma distributed magnitude, the second family of SIDCo",
            source: "abdelmoniem2021sidco, arXiv:2101.10761, Section 2",
            shape: Some(SHAPE),
            location: LocationEstimator::Midhinge,
            singular_at_location: true,
        };
        &ABOUT
    }

    fn normalizer(&self, a: f64) -> Normalizer {
        Normalizer { value: std::f64::consts::LN_2 + ln_gamma(a), slope: digamma(a) }
    }

    fn terms(&self, a: f64, v: f64) -> Terms {
        let ln = v.ln();
        let kernel = if a == 1.0 { -v } else { (a - 1.0) * ln - v };
        Terms { kernel, pull: v - a + 1.0, shape: ln }
    }

    fn tails(&self, a: f64, v: f64) -> Tails {
        gamma_tails(a, v)
    }

    fn quantile(&self, a: f64, tails: Tails) -> f64 {
        // P(V ≤ v) ~ vᵃ/Γ(a + 1) near 0.
        let near = ((tails.below.ln() + ln_gamma(a + 1.0)) / a).exp();
        let start = if near < 0.5 * a { near } else { a + a.sqrt() - tails.above.max(f64::MIN_POSITIVE).ln() };
        invert(tails, start.max(f64::MIN_POSITIVE), |v| (self.tails(a, v), 2.0 * self.density(a, v)))
    }

    fn draw(&self, a: f64, stream: &mut Stream) -> f64 {
        draw_gamma(a, stream)
    }

    fn second_moment(&self, a: f64) -> f64 {
        a * (a + 1.0)
    }

    fn energy_below(&self, a: f64, v: f64) -> f64 {
        gamma_tails(a + 2.0, v).below
    }

    fn information(&self, a: f64) -> Option<Information> {
        Some(Information { location: None, scale: a, cross: 1.0, shape: trigamma(a) })
    }

    fn estimate(&self, sample: &Sample, location: Location) -> Result<Point, FitError> {
        let start = Start::of_midhinge(sample, location).away_from_location(self)?;
        // ln a − ψ(a) = ln mean − mean ln, from an approximation that SIDCo uses as it is, by Newton's method in 1/a.
        let gap = start.mean.ln() - start.mean_ln;
        let mut a = (3.0 - gap + ((gap - 3.0).powi(2) + 24.0 * gap).sqrt()) / (12.0 * gap);
        for _ in 0..50 {
            if !(a > SHAPE.low && a < SHAPE.high) {
                let towards = if a < 1.0 { SHAPE.towards_low } else { SHAPE.towards_high };
                return Err(FitError::NoMaximum { family: self.about().name, towards });
            }
            let step = (a.ln() - digamma(a) - gap) / (a * a * (1.0 / a - trigamma(a)));
            let next = (1.0 / a + step).recip();
            let done = (next - a).abs() <= 1e-15 * a;
            a = next;
            if done {
                break;
            }
        }
        Ok(Point { location: start.location, scale: start.mean / a, shape: a })
    }
}
