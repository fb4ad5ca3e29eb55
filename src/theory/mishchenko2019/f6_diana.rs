//! DIANA converges linearly on strongly convex functions although workers differ.
//!
//! Hypotheses: exact gradients; messages Cᵢ(∇fᵢ(x_t) − hᵢ), hᵢ ← hᵢ + α_h Cᵢ(∇fᵢ(x_t) − hᵢ), x_{t+1} = x_t − γ
//! mean(hᵢ + Cᵢ(∇fᵢ(x_t) − hᵢ)); Cᵢ unbiased with ω, independent over workers; α_h ≤ 1/(1 + ω); fᵢ convex and
//! L_max-smooth; f L-smooth and μ-strongly convex, 0 < μ ≤ L.
//!
//! ```text
//! Ψ_t ≤ max(1 − γμ, 1 − α_h/2)^t Ψ₀,    Ψ₀ = ‖x_0 − x*‖² + (4ωγ²/(nα_h))H₀
//! ```
//!
//! Upper bound, not tight: 0.98 of it was seen.
//!
//! Notation: the paper writes α for α_h.
//!
//! Proof: the variance of the estimate is at most (ω/n²) Σ‖∇fᵢ − hᵢ‖², and the shift error contracts by 1 − α_h up
//! to α_h (1/n) Σ‖∇fᵢ(x_t) − ∇fᵢ(x*)‖², which convexity bounds by 2L_max times the Bregman distance.
//!
//! Source: mishchenko2019distributed, arXiv:1901.09269, the theorem for strongly convex functions; constants ours

use crate::theory::prelude::*;

const NEEDS: [Q; 9] = [
    Q::StepSize,
    Q::Smoothness,
    Q::SmoothnessMax,
    Q::StrongConvexity,
    Q::Omega,
    Q::ShiftRate,
    Q::NWorkers,
    Q::InitialDistanceSquared,
    Q::InitialShiftError,
];

/// F6: see the module.
#[derive(Debug)]
pub struct Diana;

impl Bound for Diana {
    fn about(&self) -> &'static About {
        &About {
            id: "F6",
            provenance: Provenance::Derived,
            kind: Kind::Expectation,
            left: Named("E‖x_t − x*‖² + (4ωγ²/(nα_h)) (1/n) Σ E‖hᵢ − ∇fᵢ(x*)‖²"),
            sense: Sense::Upper,
            step_size: StepSizeRule::AtMost("1/(L + 6ωL_max/n)"),
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        let [gamma, l, _, mu, omega, rate, n, distance, shifts] = s.values(NEEDS)?;
        strongly_convex_and_smooth(mu, l)?;
        self.admitted_step_size(s)?;
        let largest = 1.0 / (1.0 + omega);
        require(rate <= largest, || format!("α_h = {rate} exceeds {largest} = 1/(1 + ω)"))?;
        let start = distance + 4.0 * omega * gamma.powi(2) / (n * rate) * shifts;
        Ok(power((gamma * mu).min(rate / 2.0), round) * start)
    }

    fn largest_step_size(&self, s: &Setting) -> Option<Result<f64, NotApplicable>> {
        Some(limit(s))
    }
}

fn limit(s: &Setting) -> Result<f64, NotApplicable> {
    let [l, l_max, omega, n] = s.values([Q::Smoothness, Q::SmoothnessMax, Q::Omega, Q::NWorkers])?;
    Ok(1.0 / (l + 6.0 * omega * l_max / n))
}
