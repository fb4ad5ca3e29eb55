//! Error feedback finds points of small gradient of a smooth function (not compared with the printed text).
//!
//! Hypotheses: error feedback with step-scaled gradients in the residual, from e_0 = 0; f L-smooth; E ḡ = ∇f; E‖ḡ‖² ≤
//! M²; C contracts with δ, q = √(1 − δ), for every draw; Assumption 1 with ξ; T ≥ 1.
//!
//! ```text
//! (1/T) Σ_{t<T} E‖∇f(x_t)‖² ≤ 2Δ₀/(γT) + γ L M² + γ² L² M²(1 + ξ/q)² (q/(1 − q))²
//! ```
//!
//! Upper bound, not tight: half of it without compression on f = (L/2)x²; 0.1 to 0.4 was seen for small steps, 0.001
//! for large ones, where the last term dominates.
//!
//! Notation: the paper writes α for γ, v for x, and γ for q; its constants, from memory, are twice as large.
//!
//! Proof: descent on x̃; −⟨∇f(x̃), ∇f(x)⟩ ≤ −‖∇f(x)‖²/2 + (L²/2)‖x − x̃‖²; A1 and Cauchy–Schwarz, (Σ q^j)(Σ q^j‖·‖²).
//!
//! Source: alistarh2018convergence, arXiv:1809.10505, the non-convex theorem; constants ours

use crate::theory::prelude::*;

const NEEDS: [Q; 6] =
    [Q::StepSize, Q::Smoothness, Q::MeanGradientSecondMoment, Q::Delta, Q::InitialSuboptimality, Q::Xi];

/// A4: see the module.
#[derive(Debug)]
pub struct Nonconvex;

impl Bound for Nonconvex {
    fn about(&self) -> &'static About {
        &About {
            id: "A4",
            provenance: Provenance::Derived,
            kind: Kind::Expectation,
            left: Named("(1/T) Σ_{t<T} E‖∇f(x_t)‖²"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        mean_gradient(s, round, NEEDS, |q, lost, m2, xi| m2 * ((q + xi) / lost).powi(2))
    }
}

/// `2Δ₀/(γT) + γLM² + γ²L² drift`, where the drift is a function of q, 1 − q, M² and the last constant of `needs`; A4' has
/// another one.
pub(super) fn mean_gradient(
    s: &Setting,
    round: usize,
    needs: [Q; 6],
    drift: impl Fn(f64, f64, f64, f64) -> f64,
) -> Result<f64, NotApplicable> {
    let [gamma, l, m2, delta, gap, last] = s.values(needs)?;
    let rounds = rounds(round)?;
    let (q, lost) = root(delta);
    Ok(2.0 * gap / (gamma * rounds) + gamma * l * m2 + (gamma * l).powi(2) * drift(q, lost, m2, last))
}
