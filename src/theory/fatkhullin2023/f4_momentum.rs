//! EF21 with momentum finds points of small gradient, with noise that momentum averages.
//!
//! Hypotheses: EF21-SGDM: x_{t+1} = x_t − γ mean gᵢ, vᵢ ← (1 − η)vᵢ + η∇fᵢ(x_{t+1}; sample), gᵢ ← gᵢ + C(vᵢ − gᵢ);
//! noise unbiased, variance at most σ² per worker, independent over workers; C contracts with δ; f L-smooth, fᵢ
//! Lᵢ-smooth, L̃² = mean Lᵢ²; θ = 1 − √(1 − δ), β = (1 − δ)/θ; T ≥ 1.
//!
//! ```text
//! (1/T) Σ_{t<T} E‖∇f(x_t)‖² ≤ 2Φ₀/(γT) + 2σ²[η/n + ((1 − δ)/θ)η² + (2β/θ)η³]
//! Φ₀ = Δ₀ + (γ/θ)V₀ + (γ/η)P₀ + (2γβη/θ)P̃₀
//! ```
//!
//! Upper bound, not tight: attained without compression by f = (L/2)x² with γ = 1/L and T = 1; 0.49 was seen with it.
//!
//! Notation: the paper writes α for δ.
//!
//! Proof: P ← (1 − η)P + ((1 − η)²/η)L²R + η²σ²/n with R = ‖x_{t+1} − x_t‖², the same for P̃ with L̃ and σ², V ← (1 −
//! θ)V + 2βη²(L̃²R + P̃) + (1 − δ)η²σ²; add them to the descent inequality with weights γ/η, 2γβη/θ, γ/θ.
//!
//! Source: fatkhullin2023momentum, arXiv:2305.15155, the theorem of EF21-SGDM; constants ours

use crate::theory::prelude::*;
use crate::theory::richtarik2021::f1_estimate_error::theta_beta;

const NEEDS: [Q; 11] = [
    Q::StepSize,
    Q::Smoothness,
    Q::SmoothnessRms,
    Q::Delta,
    Q::Momentum,
    Q::NoiseVariance,
    Q::NWorkers,
    Q::InitialSuboptimality,
    Q::InitialCompressionError,
    Q::InitialMomentumError,
    Q::InitialWorkerMomentumError,
];

/// F4: see the module.
#[derive(Debug)]
pub struct MomentumEf21;

impl Bound for MomentumEf21 {
    fn about(&self) -> &'static About {
        &About {
            id: "F4",
            provenance: Provenance::Derived,
            kind: Kind::Expectation,
            left: Named("(1/T) Σ_{t<T} E‖∇f(x_t)‖²"),
            sense: Sense::Upper,
            step_size: StepSizeRule::AtMost("1/(L + √(4βL̃²/θ + 2(1 − η)²L²/η²))"),
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        let [gamma, _, _, delta, eta, sigma2, n, gap, v, p, p_workers] = s.values(NEEDS)?;
        let rounds = rounds(round)?;
        self.admitted_step_size(s)?;
        let (theta, beta) = theta_beta(delta);
        let start = gap + gamma / theta * v + gamma / eta * p + 2.0 * gamma * beta * eta / theta * p_workers;
        let noise = eta / n + (1.0 - delta) / theta * eta.powi(2) + 2.0 * beta / theta * eta.powi(3);
        Ok(2.0 * start / (gamma * rounds) + 2.0 * sigma2 * noise)
    }

    fn largest_step_size(&self, s: &Setting) -> Option<Result<f64, NotApplicable>> {
        Some(limit(s))
    }
}

fn limit(s: &Setting) -> Result<f64, NotApplicable> {
    let [l, l_rms, delta, eta] = s.values([Q::Smoothness, Q::SmoothnessRms, Q::Delta, Q::Momentum])?;
    let (theta, beta) = theta_beta(delta);
    let movement = 4.0 * beta * l_rms.powi(2) / theta + 2.0 * ((1.0 - eta) * l / eta).powi(2);
    Ok(1.0 / (l + movement.sqrt()))
}
