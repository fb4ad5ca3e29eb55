//! Error feedback finds points of small gradient of a smooth function, with step sizes that change, without Assumption
//! 1 (not compared with the printed text).
//!
//! Hypotheses: error feedback with step-scaled gradients in the residual, from e_0 = 0; f L-smooth; E ḡ = ∇f; E‖ḡ‖² ≤
//! M²; C contracts with δ, q = √(1 − δ), for every draw; the mean over workers of E‖gᵢ‖² is at most G²; T ≥ 1.
//!
//! ```text
//! (1/Γ) Σ_{t<T} γ_t E‖∇f(x_t)‖² ≤ 2Δ₀/Γ + [L M² + L² G² (q/(1 − q)) D] Σ_{t<T} γ_t²/Γ
//! Γ = Σ_{t<T} γ_t,    D = max_{t<T} Σ_{j=1..t} q^j γ_{t−j}²/γ_t
//! ```
//!
//! Upper bound, not tight: half of it without compression on f = (L/2)x²; 0.1 to 0.4 was seen for small steps, 0.001
//! for large ones, where the last term dominates.
//!
//! Notation: the paper writes α for γ, v for x, and γ for q; its constants, from memory, are twice as large.
//!
//! Proof: descent on x̃; −⟨∇f(x̃), ∇f(x)⟩ ≤ −‖∇f(x)‖²/2 + (L²/2)‖x − x̃‖²; A2 and Cauchy–Schwarz, (Σ q^j)(Σ q^j‖·‖²);
//! D bounds the sum over past steps by the present one.
//!
//! Source: alistarh2018convergence, arXiv:1809.10505, the non-convex theorem; constants ours

use super::a4_nonconvex_decreasing::{largest_memory, weighted_gradient};
use crate::theory::prelude::*;

const NEEDS: [Q; 5] =
    [Q::Smoothness, Q::MeanGradientSecondMoment, Q::Delta, Q::InitialSuboptimality, Q::GradientSecondMoment];

/// A4-decreasing': see the module.
#[derive(Debug)]
pub struct NonconvexDecreasingWithoutXi;

impl Bound for NonconvexDecreasingWithoutXi {
    fn about(&self) -> &'static About {
        &About {
            id: "A4-decreasing'",
            provenance: Provenance::Derived,
            kind: Kind::Expectation,
            left: Named("(1/Γ) Σ_{t<T} γ_t E‖∇f(x_t)‖², Γ = Σ γ_t"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[Sequence::StepSizes],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        weighted_gradient(s, round, NEEDS, |gammas, q, lost, _, g2| {
            g2 * q / lost * largest_memory(gammas, |past, gamma| q * (past + gamma * gamma))
        })
    }
}
