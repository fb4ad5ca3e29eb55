//! SIDCo-GP with the closed form of the paper for the quantile of its gamma distribution.
//!
//! ```text
//! quantile(a, δ) = −β (ln δ + ln Γ(α))           from Γ(α, x) ≈ e⁻ˣ, exact for α = 1
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
//! `sidco-gamma` has the exact quantile. This one is negative for a shape far from 1, and then every entry is sent, zeros
//! included: of vectors of which most entries are zero, and of entries of one magnitude. Of 60 magnitudes in equal
//! steps and k = 1 it keeps nothing, so no inequality holds for every x: [`Guarantee::None`](super::Guarantee::None).
//!
//! Four passes over x, one of them with a logarithm per entry; a further stage reads what the stage before kept.

use super::Sparsity;
use super::sidco::{Magnitudes, Stages, Tail};
use super::sidco_gamma::fit_gamma;
use super::sidco_pareto::pareto_quantile;
use crate::registry::Described;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::function::gamma::ln_gamma;

/// Keeps about k entries by the closed-form threshold of a gamma distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SidcoGammaAsymptotic {
    /// Coordinates aimed at: a count, a density, or one per block.
    pub k: Sparsity,
    /// M, or "adaptive".
    pub stages: Stages,
}

impl Described for SidcoGammaAsymptotic {
    const NAME: &'static str = "sidco-gamma-asymptotic";
    const SUMMARY: &'static str =
        "keeps about k entries by a closed form for the gamma quantile, then by that of Pareto fits to the excesses";
    const SOURCE: &'static str = "abdelmoniem2021sidco, code sands-lab/SIDCo 197f3c3, GammaGParetoCompressor";
    const EXAMPLE: &'static str = r#"{ name = "sidco-gamma-asymptotic", k = 5, stages = "adaptive" }"#;
}

impl Tail for SidcoGammaAsymptotic {
    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn stages(&self) -> Stages {
        self.stages
    }

    fn quantile(&self, sample: &Magnitudes<'_>, fraction: f64) -> f64 {
        let (shape, scale) = fit_gamma(sample);
        -scale * (fraction.ln() + ln_gamma(shape))
    }

    fn excess_quantile(&self, excesses: &Magnitudes<'_>, fraction: f64) -> f64 {
        pareto_quantile(excesses, fraction)
    }
}
