//! SIDCo-GP: a threshold from a gamma distribution of the magnitudes, then from generalized Pareto distributions of the
//! excesses.
//!
//! ```text
//! quantile(a, δ) = β P⁻¹(α, 1 − δ)               exceeded with probability δ; P: regularized lower incomplete gamma
//! s = ln mean(a) − mean(ln(a + ε)),   ε = 2⁻⁵² · ‖x‖
//! α = (3 − s + √((s − 3)² + 24 s))/(12 s),   β = mean(a)/α
//! ```
//!
//! α is close to the maximum-likelihood shape; ε keeps the logarithm of exact zeros finite. The later stages fit a
//! generalized Pareto distribution, as `sidco-pareto` does.
//!
//! The threshold η is found in M stages:
//!
//! ```text
//! η ← quantile(|x|, max(k/d, 1/4)), or quantile(|x|, k/d) for M = 1
//! M − 1 times:  E ← { |xⱼ| : |xⱼ| > η },   η ← min E + pareto(E − min E, (4k/d)^{1/(M − 1)})
//! C(x)ⱼ = xⱼ where |xⱼ| > η, else 0
//! ```
//!
//! `stages` is M, or "adaptive": 1 at first, then one less (more) whenever five calls of a worker and block on average
//! kept more than 1.2 k (less than 0.8 k), from 1 to max(1, ⌈log₂(d/k)⌉). What the code leaves open is settled here:
//! nothing is sent of the zero vector, and the stages end where nothing exceeds η.
//!
//! `sidco-gamma-asymptotic` has a closed form instead of P⁻¹. Beyond a shape of 10⁵ the quantile is that of
//! Wilson and Hilferty, whose relative error is below 10⁻⁷ there, and s is at least 2⁻⁵².
//!
//! Four passes over x, one of them with a logarithm per entry; a further stage reads what the stage before kept.
//! Entries of one magnitude are dropped whole for k/d < 1/2, so no inequality holds for every x:
//! [`Guarantee::None`](super::Guarantee::None).

use super::Sparsity;
use super::gaussian_k::upper_quantile;
use super::sidco::{Magnitudes, Stages, Tail};
use super::sidco_pareto::pareto_quantile;
use crate::registry::Described;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::function::gamma::gamma_ur;

/// Keeps about k entries by the exact threshold of a gamma distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SidcoGamma {
    /// Coordinates aimed at: a count, a density, or one per block.
    pub k: Sparsity,
    /// M, or "adaptive".
    pub stages: Stages,
}

impl Described for SidcoGamma {
    const NAME: &'static str = "sidco-gamma";
    const SUMMARY: &'static str =
        "keeps about k entries by the exact quantile of a gamma distribution, then of Pareto fits to the excesses";
    const SOURCE: &'static str = "abdelmoniem2021sidco, code sands-lab/SIDCo 197f3c3, GammaGParetoCompressorEC";
    const EXAMPLE: &'static str = r#"{ name = "sidco-gamma", k = 5, stages = "adaptive" }"#;
}

impl Tail for SidcoGamma {
    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn stages(&self) -> Stages {
        self.stages
    }

    fn quantile(&self, sample: &Magnitudes<'_>, fraction: f64) -> f64 {
        let (shape, scale) = fit_gamma(sample);
        scale * upper_gamma_quantile(shape, fraction)
    }

    fn excess_quantile(&self, excesses: &Magnitudes<'_>, fraction: f64) -> f64 {
        pareto_quantile(excesses, fraction)
    }
}

/// Shape α and scale β of the gamma distribution fitted to the sample.
pub(super) fn fit_gamma(sample: &Magnitudes<'_>) -> (f64, f64) {
    let [square] = sample.means(|a| [a * a]);
    let epsilon = f64::EPSILON * (square * sample.len()).sqrt();
    let [logarithm] = sample.means(|a| [(a + epsilon).ln()]);
    // Rounding leaves about this much of a zero.
    let s = (sample.mean.ln() - logarithm).max(f64::EPSILON);
    let shape = (3.0 - s + ((s - 3.0) * (s - 3.0) + 24.0 * s).sqrt()) / (12.0 * s);
    (shape, sample.mean / shape)
}

/// The number that a gamma variable of this shape and scale 1 exceeds with probability `fraction`.
fn upper_gamma_quantile(shape: f64, fraction: f64) -> f64 {
    const LARGE: f64 = 1e5;
    if shape > LARGE {
        // The series of P takes about √shape terms.
        let cube_root = 1.0 - 1.0 / (9.0 * shape) + upper_quantile(fraction) / (3.0 * shape.sqrt());
        return shape * cube_root.max(0.0).powi(3);
    }
    // Numbers that are not negative are ordered as their bits are, so bisection of the bits finds the quantile to the
    // last digit, however small it is; the quantile function of the library has an absolute error of 1e-9.
    let (mut low, mut high) = (0, (10.0 * LARGE).to_bits());
    while high - low > 1 {
        let center = low + (high - low) / 2;
        if gamma_ur(shape, f64::from_bits(center)) > fraction {
            low = center;
        } else {
            high = center;
        }
    }
    f64::from_bits(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF as _, Gamma};

    #[test]
    fn gamma_quantiles_are_exceeded_with_their_probability() {
        for shape in [0.026, 0.1, 0.5, 1.0, 2.5, 40.0, 3e3, 9.9e4] {
            let gamma = Gamma::new(shape, 1.0).unwrap();
            for fraction in [0.9, 0.25, 0.1, 1e-2, 1e-3, 1e-5, 1e-9] {
                let quantile = upper_gamma_quantile(shape, fraction);
                let (exceeded, reached) = (gamma_ur(shape, quantile), gamma_ur(shape, quantile * (1.0 + 1e-9)));
                // The exponent a ln x − x − ln Γ(a) is rounded where its terms are a ln a.
                let slack = 1e-12 + f64::EPSILON * shape * (1.0 + shape.ln().abs());
                assert!((exceeded / fraction - 1.0).abs() < slack, "{shape}, {fraction}: {quantile}, {exceeded}");
                assert!(reached < fraction * (1.0 + slack), "{shape}, {fraction}: {quantile}");
                let of_library = gamma.inverse_cdf(1.0 - fraction);
                assert!((quantile - of_library).abs() < 1e-6 * (1.0 + quantile), "{shape}, {fraction}: {quantile}");
            }
        }
        // −ln δ for shape 1, and (Φ⁻¹(1 − δ/2))²/2 for shape 1/2.
        assert!((upper_gamma_quantile(1.0, 1e-4) / (1e4f64).ln() - 1.0).abs() < 1e-14);
        assert!((upper_gamma_quantile(0.5, 0.001) / (0.5 * 3.290_526_731_491_894_5f64.powi(2)) - 1.0).abs() < 1e-12);
        // Where one form gives way to the other.
        for fraction in [0.9, 0.25, 1e-3, 1e-5] {
            let [below, above] = [1e5, 1e5 * (1.0 + 1e-12)].map(|shape| upper_gamma_quantile(shape, fraction));
            assert!((above / below - 1.0).abs() < 1e-7, "{fraction}: {below}, {above}");
        }
        assert_eq!(upper_gamma_quantile(0.7, 1.0), 0.0);
    }
}
