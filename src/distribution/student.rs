//! Student's t distribution with ν degrees of freedom.
//!
//! ```text
//! f(x) = Γ((ν + 1)/2) / (Γ(ν/2) √(νπ) s) · (1 + v²/ν)^{−(ν + 1)/2},    v = |x − m|/s
//! R(κ) = I_b(3/2, ν/2 − 1),    I_b(1/2, ν/2) = 1 − κ,    for ν > 2
//! ```
//!
//! The expected information is the one of lange1989robust. The likelihood may have several maxima: where a part of the
//! numbers is orders of magnitude smaller than the rest, one of them has a ν below 1 and another one is that of the rest.

use super::prelude::*;
use super::special::{
    beta_tails, digamma_half_step, draw_gamma, draw_normal, invert, ln_gamma_half_step, trigamma_half_step,
};
use std::f64::consts::PI;

/// Student's t: tails of a power, `P(V > v) ~ v^{−ν}`.
#[derive(Debug)]
pub struct Student;

/// Above this `v²/ν` the next term of the tail, smaller by it, is below all digits.
const LARGE: f64 = 1e200;

/// Where the profile of the likelihood is looked at: 1.6 times from one to the next, in a range that ends where the
/// distribution is all but its limit.
const SHAPES: [f64; 29] = [
    0.02, 0.032, 0.05, 0.08, 0.13, 0.2, 0.32, 0.5, 0.8, 1.3, 2.0, 3.2, 5.0, 8.0, 13.0, 20.0, 32.0, 50.0, 80.0, 130.0,
    200.0, 320.0, 500.0, 800.0, 1.3e3, 3.2e3, 8e3, 2e4, 5e4,
];

impl Student {
    /// The logarithm of c in the tail `c v^{−ν}`.
    fn tail_constant(&self, nu: f64) -> f64 {
        std::f64::consts::LN_2 - self.normalizer(nu).value + 0.5 * (nu + 1.0) * nu.ln() - nu.ln()
    }
}

impl Family for Student {
    fn about(&self) -> &'static About {
        const ABOUT: About = About {
            name: "student-t",
            summary: "tails of a power, round center",
            source: "lange1989robust, Section 2 and appendix B",
            shape: Some(Shape {
                name: "degrees_of_freedom",
                link: Link::Logarithm,
                low: 0.01,
                high: 1e5,
                towards_low: "no degrees of freedom: tails heavier than any power",
                towards_high: "infinitely many degrees of freedom, which is the normal distribution",
            }),
            location: LocationEstimator::MaximumLikelihood,
            singular_at_location: false,
        };
        &ABOUT
    }

    fn normalizer(&self, nu: f64) -> Normalizer {
        Normalizer {
            value: 0.5 * (nu * PI).ln() - ln_gamma_half_step(nu / 2.0),
            slope: 0.5 * (1.0 / nu - digamma_half_step(nu / 2.0)),
        }
    }

    fn terms(&self, nu: f64, v: f64) -> Terms {
        let ratio = v * v / nu;
        let (ln, fraction) =
            if ratio.is_finite() { (ratio.ln_1p(), ratio / (1.0 + ratio)) } else { (2.0 * v.ln() - nu.ln(), 1.0) };
        Terms {
            kernel: -0.5 * (nu + 1.0) * ln,
            pull: (nu + 1.0) * fraction,
            shape: 0.5 * ((nu + 1.0) / nu * fraction - ln),
        }
    }

    fn tails(&self, nu: f64, v: f64) -> Tails {
        let ratio = v * v / nu;
        if ratio > LARGE {
            // The first term of the tail, which has all digits there.
            return Tails::of_above((self.tail_constant(nu) - nu * v.ln()).exp());
        }
        beta_tails(0.5, 0.5 * nu, ratio / (1.0 + ratio), 1.0 / (1.0 + ratio))
    }

    fn quantile(&self, nu: f64, tails: Tails) -> f64 {
        let density = |v| 2.0 * self.density(nu, v);
        // The tail is about the power c v^{−ν}; near the center the density is constant.
        let power = (self.normalizer(nu).value - 0.5 * (nu + 1.0) * nu.ln()).exp() * tails.above * nu / 2.0;
        let start = if tails.below < 0.5 { tails.below / density(0.0) } else { power.powf(-1.0 / nu).min(1e3) };
        invert(tails, start, |v| (self.tails(nu, v), density(v)))
    }

    fn draw(&self, nu: f64, stream: &mut Stream) -> f64 {
        // |Z|/√(χ²/ν); half a χ² variable is gamma distributed with shape ν/2.
        draw_normal(stream).abs() / (draw_gamma(0.5 * nu, stream) / (0.5 * nu)).sqrt()
    }

    fn second_moment(&self, nu: f64) -> f64 {
        if nu > 2.0 { nu / (nu - 2.0) } else { f64::INFINITY }
    }

    fn energy_below(&self, nu: f64, v: f64) -> f64 {
        let ratio = (v * v / nu).min(f64::MAX);
        beta_tails(1.5, 0.5 * nu - 1.0, ratio / (1.0 + ratio), 1.0 / (1.0 + ratio)).below
    }

    fn information(&self, nu: f64) -> Option<Information> {
        let both = (nu + 1.0) * (nu + 3.0);
        Some(Information {
            location: Some((nu + 1.0) / (nu + 3.0)),
            scale: 2.0 * nu / (nu + 3.0),
            cross: -2.0 / both,
            shape: 0.25 * trigamma_half_step(nu / 2.0) - 0.5 * (nu + 5.0) / (nu * both),
        })
    }

    fn estimate(&self, sample: &Sample, location: Location) -> Result<Point, FitError> {
        let start = Start::of(sample, location);
        // The geometric mean has a place for any tail, and that of t₄ is 0.67 of its scale.
        let scale = start.mean_ln.exp() / 0.67;
        let point = Point { location: start.location, scale, shape: 4.0 };
        maximize_over_peaks(self, sample, point, location, &SHAPES)
    }
}
