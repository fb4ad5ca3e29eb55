//! EF21 finds points of small gradient of a smooth function at the rate of gradient descent.
//!
//! Hypotheses: EF21: x_{t+1} = x_t − γ mean gᵢ, gᵢ ← gᵢ + C(∇fᵢ(x_{t+1}) − gᵢ); exact gradients; C contracts with δ;
//! fᵢ Lᵢ-smooth, L̃² = mean Lᵢ²; q = √(1 − δ), θ = 1 − q, β = (1 − δ)/θ (for a random C the left-hand side is its
//! expectation); f L-smooth and bounded below; T ≥ 1.
//!
//! ```text
//! (1/T) Σ_{t<T} ‖∇f(x_t)‖² ≤ 2Δ₀/(γT) + G₀/(θT)
//! ```
//!
//! Upper bound, not tight: attained without compression by f = (L/2)x² with γ = 1/L and T = 1; 0.43 was seen for
//! top-1.
//!
//! Notation: the paper writes α for δ and i for the worker.
//!
//! Source: richtarik2021ef21, arXiv:2106.05203, Theorem 1

use super::f1_estimate_error::theta_beta;
use crate::theory::prelude::*;

const NEEDS: [Q; 6] =
    [Q::StepSize, Q::Smoothness, Q::SmoothnessRms, Q::Delta, Q::InitialSuboptimality, Q::InitialEstimateError];

/// F2: see the module.
#[derive(Debug)]
pub struct Nonconvex;

impl Bound for Nonconvex {
    fn about(&self) -> &'static About {
        &About {
            id: "F2",
            provenance: Provenance::Restated,
            kind: Kind::Trajectory,
            left: Named("(1/T) Σ_{t<T} ‖∇f(x_t)‖²"),
            sense: Sense::Upper,
            step_size: StepSizeRule::AtMost("1/(L + L̃√(β/θ))"),
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        let [gamma, _, _, delta, gap, start] = s.values(NEEDS)?;
        let rounds = rounds(round)?;
        self.admitted_step_size(s)?;
        let (theta, _) = theta_beta(delta);
        Ok((2.0 * gap / gamma + start / theta) / rounds)
    }

    fn largest_step_size(&self, s: &Setting) -> Option<Result<f64, NotApplicable>> {
        Some(limit(s))
    }
}

fn limit(s: &Setting) -> Result<f64, NotApplicable> {
    let [l, l_rms, delta] = s.values([Q::Smoothness, Q::SmoothnessRms, Q::Delta])?;
    let (theta, beta) = theta_beta(delta);
    Ok(1.0 / (l + l_rms * (beta / theta).sqrt()))
}
