//! The generalized normal distribution, or exponential power: Laplace for β = 1, normal for β = 2, uniform for β → ∞.
//!
//! ```text
//! f(x) = exp(−v^β) / (2s Γ(1 + 1/β)),    v = |x − m|/s
//! R(κ) = P(3/β, P⁻¹(1/β, 1 − κ))
//! ```
//!
//! A location that is estimated minimizes `Σ |x − m|^max(β, 1)`. For β > 1 that is maximum likelihood; for β ≤ 1, where
//! the likelihood has a cusp at every number, it is the median.

use super::prelude::*;
use super::special::{digamma, draw_gamma, gamma_tails, invert, ln_gamma, trigamma};

/// Generalized normal: β moves between a peak and a plateau.
#[derive(Debug)]
pub struct GeneralizedNormal;

/// Below this `v^β`, which may underflow while v does not, `P(a, v^β)` is its first term to all digits.
const NEGLIGIBLE: f64 = 1e-18;

/// Where the profile of the likelihood is looked at, 1.5 times from one to the next.
const SHAPES: [f64; 26] = [
    0.025, 0.0375, 0.055, 0.08, 0.12, 0.18, 0.27, 0.4, 0.6, 0.9, 1.35, 2.0, 3.0, 4.5, 6.75, 10.0, 15.0, 22.5, 34.0,
    50.0, 75.0, 112.0, 170.0, 250.0, 380.0, 700.0,
];

impl Family for GeneralizedNormal {
    fn about(&self) -> &'static About {
        const ABOUT: About = About {
            name: "generalized-normal",
            summary: "exp(−v^β): Laplace for β = 1, normal for β = 2, uniform in the limit",
            source: "johnson1995continuous, volume 2, chapter 24",
            shape: Some(Shape {
                name: "beta",
                link: Link::Logarithm,
                low: 0.02,
                high: 1000.0,
                towards_low: "β → 0: tails heavier than any of this family",
                towards_high: "β → ∞, which is the uniform distribution",
            }),
            location: LocationEstimator::MaximumLikelihood,
            singular_at_location: false,
        };
        &ABOUT
    }

    fn normalizer(&self, beta: f64) -> Normalizer {
        let a = 1.0 / beta;
        Normalizer { value: std::f64::consts::LN_2 + ln_gamma(1.0 + a), slope: -digamma(1.0 + a) * a * a }
    }

    fn terms(&self, beta: f64, v: f64) -> Terms {
        if v == 0.0 {
            return Terms { kernel: 0.0, pull: 0.0, shape: 0.0 };
        }
        let ln = v.ln();
        let power = (beta * ln).exp();
        Terms { kernel: -power, pull: beta * power, shape: -power * ln }
    }

    fn tails(&self, beta: f64, v: f64) -> Tails {
        let power = v.powf(beta);
        if power < NEGLIGIBLE {
            return Tails::of_below(v / (ln_gamma(1.0 + 1.0 / beta)).exp());
        }
        gamma_tails(1.0 / beta, power)
    }

    fn quantile(&self, beta: f64, tails: Tails) -> f64 {
        let density = |v| 2.0 * self.density(beta, v);
        let start = if tails.below < 0.5 {
            tails.below / density(0.0)
        } else {
            (1.0 - tails.above.max(f64::MIN_POSITIVE).ln()).powf(1.0 / beta)
        };
        invert(tails, start, |v| (self.tails(beta, v), density(v)))
    }

    fn draw(&self, beta: f64, stream: &mut Stream) -> f64 {
        // v^β is gamma distributed with shape 1/β.
        draw_gamma(1.0 / beta, stream).powf(1.0 / beta)
    }

    fn second_moment(&self, beta: f64) -> f64 {
        (ln_gamma(3.0 / beta) - ln_gamma(1.0 / beta)).exp()
    }

    fn energy_below(&self, beta: f64, v: f64) -> f64 {
        let power = v.powf(beta);
        if power < NEGLIGIBLE {
            return (3.0 * v.ln() - ln_gamma(1.0 + 3.0 / beta)).exp();
        }
        gamma_tails(3.0 / beta, power).below
    }

    fn information(&self, beta: f64) -> Option<Information> {
        // w = v^β is gamma distributed with shape a, and the score of the shape is that of w ln w.
        let a = 1.0 / beta;
        let (one, two) = (digamma(a + 1.0), digamma(a + 2.0));
        let location = if beta > 1.0 {
            Some(beta * beta * (ln_gamma(2.0 - a) - ln_gamma(a)).exp())
        } else {
            // The median: 4f(0)² of it.
            Some((2.0 * self.density(beta, 0.0)).powi(2))
        };
        Some(Information {
            location,
            scale: beta,
            cross: -a * (1.0 + one),
            shape: a * a * (a * (a + 1.0) * (trigamma(a + 2.0) + two * two) - (a * one).powi(2)),
        })
    }

    fn uncertainty(&self, sample: &Sample, point: Point, location: Location) -> [Option<Uncertainty>; 3] {
        let [mut of_location, of_scale, of_shape] = by_information(self, sample, point, location);
        if location == Location::Estimated && point.shape <= 1.0 {
            of_location = Some(median_uncertainty(sample));
        }
        [of_location, of_scale, of_shape]
    }

    fn estimate(&self, sample: &Sample, location: Location) -> Result<Point, FitError> {
        let start = Start::of(sample, location);
        let known = Location::Known(start.location);
        let ratio = start.mean * start.mean / start.mean_square;
        let beta = shape_of_ratio(ratio);
        let scale = start.mean * (ln_gamma(1.0 / beta) - ln_gamma(2.0 / beta)).exp();
        let point = Point { location: start.location, scale, shape: beta };
        let at_start = maximize_over_peaks(self, sample, point, known, &SHAPES)?;
        if location == known || at_start.shape <= 1.0 {
            return Ok(at_start);
        }
        match maximize(self, sample, at_start, location) {
            Ok(point) if point.shape > 1.0 => Ok(point),
            _ => Ok(at_start),
        }
    }
}

/// β with `(E V)²/E V² = Γ(2/β)²/(Γ(1/β)Γ(3/β))` equal to `ratio`, within a range that does for a start.
fn shape_of_ratio(ratio: f64) -> f64 {
    let of = |beta: f64| (2.0 * ln_gamma(2.0 / beta) - ln_gamma(1.0 / beta) - ln_gamma(3.0 / beta)).exp();
    let (mut low, mut high) = (0.1_f64, 50.0_f64);
    for _ in 0..30 {
        let middle = (low * high).sqrt();
        if of(middle) < ratio {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low * high).sqrt()
}
