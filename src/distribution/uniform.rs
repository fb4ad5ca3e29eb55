//! The uniform distribution on `[m − s, m + s]`, the extreme case of bell-shaped distributions in S2.
//!
//! ```text
//! f(x) = 1/(2s) for v ≤ 1,    v = |x − m|/s
//! R(κ) = (1 − κ)³
//! ```
//!
//! The likelihood jumps at the ends, so intervals come from the exact distributions of the extremes, not from an
//! information.

use super::prelude::*;

/// Uniform: every number within a range alike.
#[derive(Debug)]
pub struct Uniform;

impl Family for Uniform {
    fn about(&self) -> &'static About {
        const ABOUT: About = About {
            name: "uniform",
            summary: "every number within a range alike; R(κ) = (1 − κ)³",
            source: "johnson1995continuous, volume 2, chapter 26",
            shape: None,
            location: LocationEstimator::MaximumLikelihood,
            singular_at_location: false,
        };
        &ABOUT
    }

    fn support(&self, _shape: f64) -> f64 {
        1.0
    }

    fn normalizer(&self, _shape: f64) -> Normalizer {
        Normalizer { value: std::f64::consts::LN_2, slope: 0.0 }
    }

    fn terms(&self, _shape: f64, v: f64) -> Terms {
        Terms { kernel: if v <= 1.0 { 0.0 } else { f64::NEG_INFINITY }, pull: 0.0, shape: 0.0 }
    }

    fn tails(&self, _shape: f64, v: f64) -> Tails {
        let v = v.min(1.0);
        Tails { below: v, above: 1.0 - v }
    }

    fn quantile(&self, _shape: f64, tails: Tails) -> f64 {
        tails.below
    }

    fn second_moment(&self, _shape: f64) -> f64 {
        1.0 / 3.0
    }

    fn energy_below(&self, _shape: f64, v: f64) -> f64 {
        v.min(1.0).powi(3)
    }

    fn information(&self, _shape: f64) -> Option<Information> {
        None
    }

    fn estimate(&self, sample: &Sample, location: Location) -> Result<Point, FitError> {
        let (min, max) = sample.range();
        let location = match location {
            Location::Known(location) => location,
            Location::Estimated => f64::midpoint(min, max),
        };
        Ok(Point { location, scale: (max - location).abs().max((min - location).abs()), shape: 0.0 })
    }

    fn uncertainty(&self, sample: &Sample, point: Point, location: Location) -> [Option<Uncertainty>; 3] {
        let Point { location: center, scale: s, .. } = point;
        let n = sample.n_continuous() as f64;
        let miss = 1.0 - CONFIDENCE;
        if location == Location::Estimated {
            // range/(2s) is distributed as Beta(n − 1, 2), and P(|midrange − m| > c · range/2) = (1 + c)^{1 − n}.
            let below = |w: f64| n * w.powf(n - 1.0) - (n - 1.0) * w.powf(n);
            let (mut low, mut high) = (0.0, 1.0);
            for _ in 0..100 {
                let middle = f64::midpoint(low, high);
                if below(middle) < miss {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            let half_width = s * (-miss.ln() / (n - 1.0)).exp_m1();
            return [
                Some(Uncertainty {
                    standard_error: s * (2.0 / ((n + 1.0) * (n + 2.0))).sqrt(),
                    interval: (center - half_width, center + half_width),
                }),
                Some(Uncertainty {
                    standard_error: s * (2.0 * (n - 1.0) / (n + 2.0)).sqrt() / (n + 1.0),
                    interval: (s, s / low),
                }),
                None,
            ];
        }
        // The maximum of v is distributed as P(max ≤ v) = vⁿ.
        let scale = Uncertainty {
            standard_error: s * (n / (n + 2.0)).sqrt() / (n + 1.0),
            interval: (s, s * (-miss.ln() / n).exp()),
        };
        [None, Some(scale), None]
    }
}
