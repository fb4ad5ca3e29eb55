//! EF21 converges linearly on functions that satisfy the Polyak–Łojasiewicz inequality.
//!
//! Hypotheses: EF21: x_{t+1} = x_t − γ mean gᵢ, gᵢ ← gᵢ + C(∇fᵢ(x_{t+1}) − gᵢ); exact gradients; C contracts with δ;
//! fᵢ Lᵢ-smooth, L̃² = mean Lᵢ²; q = √(1 − δ), θ = 1 − q, β = (1 − δ)/θ (for a random C the left-hand side is its
//! expectation); f L-smooth with ‖∇f‖² ≥ 2μ_PL(f − f*).
//!
//! ```text
//! f(x_t) − f* + (γ/θ)G_t ≤ (1 − γμ_PL)^t (Δ₀ + (γ/θ)G₀)
//! ```
//!
//! Upper bound, not tight: 0.9985 of one step was seen, where 1 − γμ_PL itself is near 1.
//!
//! Notation: the paper writes α for δ and i for the worker.
//!
//! Source: richtarik2021ef21, arXiv:2106.05203, Theorem 2

use super::f1_estimate_error::theta_beta;
use crate::theory::prelude::*;

const NEEDS: [Q; 7] = [
    Q::StepSize,
    Q::Smoothness,
    Q::SmoothnessRms,
    Q::PolyakLojasiewicz,
    Q::Delta,
    Q::InitialSuboptimality,
    Q::InitialEstimateError,
];

/// F3: see the module.
#[derive(Debug)]
pub struct PolyakLojasiewicz;

impl Bound for PolyakLojasiewicz {
    fn about(&self) -> &'static About {
        &About {
            id: "F3",
            provenance: Provenance::Restated,
            kind: Kind::Step,
            left: Named("f(x_t) − f* + (γ/θ)G_t"),
            sense: Sense::Upper,
            step_size: StepSizeRule::AtMost("min(1/(L + L̃√(2β/θ)), θ/(2μ_PL))"),
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        let [gamma, _, _, mu, delta, gap, start] = s.values(NEEDS)?;
        self.admitted_step_size(s)?;
        let (theta, _) = theta_beta(delta);
        Ok(power(gamma * mu, round) * (gap + gamma / theta * start))
    }

    fn largest_step_size(&self, s: &Setting) -> Option<Result<f64, NotApplicable>> {
        Some(limit(s))
    }
}

fn limit(s: &Setting) -> Result<f64, NotApplicable> {
    let [l, l_rms, mu, delta] = s.values([Q::Smoothness, Q::SmoothnessRms, Q::PolyakLojasiewicz, Q::Delta])?;
    let (theta, beta) = theta_beta(delta);
    Ok((1.0 / (l + l_rms * (2.0 * beta / theta).sqrt())).min(theta / (2.0 * mu)))
}
