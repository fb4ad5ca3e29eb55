//! Error feedback finds points of small gradient of a smooth function, with step sizes that change (not compared with
//! the printed text).
//!
//! Hypotheses: error feedback with step-scaled gradients in the residual, from e_0 = 0; f L-smooth; E ḡ = ∇f; E‖ḡ‖² ≤
//! M²; C contracts with δ, q = √(1 − δ), for every draw; Assumption 1 with ξ; T ≥ 1.
//!
//! ```text
//! (1/Γ) Σ_{t<T} γ_t E‖∇f(x_t)‖² ≤ 2Δ₀/Γ + [L M² + L² M²(1 + ξ/q)² (q/(1 − q)) D] Σ_{t<T} γ_t²/Γ
//! Γ = Σ_{t<T} γ_t,    D = max_{t<T} Σ_{j=1..t} q^j γ_{t−j}²/γ_t
//! ```
//!
//! Upper bound, not tight: half of it without compression on f = (L/2)x²; 0.1 to 0.4 was seen for small steps, 0.001
//! for large ones, where the last term dominates.
//!
//! Notation: the paper writes α for γ, v for x, and γ for q; its constants, from memory, are twice as large. The
//! factor (1 + ξ/q)² (q/(1 − q)) D is computed as ((q + ξ)²/(1 − q)) (D/q), which exists for q = 0 too.
//!
//! Proof: descent on x̃; −⟨∇f(x̃), ∇f(x)⟩ ≤ −‖∇f(x)‖²/2 + (L²/2)‖x − x̃‖²; A1 and Cauchy–Schwarz, (Σ q^j)(Σ q^j‖·‖²);
//! D bounds the sum over past steps by the present one.
//!
//! Source: alistarh2018convergence, arXiv:1809.10505, the non-convex theorem; constants ours

use crate::theory::prelude::*;

const NEEDS: [Q; 5] = [Q::Smoothness, Q::MeanGradientSecondMoment, Q::Delta, Q::InitialSuboptimality, Q::Xi];

/// A4-decreasing: see the module.
#[derive(Debug)]
pub struct NonconvexDecreasing;

impl Bound for NonconvexDecreasing {
    fn about(&self) -> &'static About {
        &About {
            id: "A4-decreasing",
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
        weighted_gradient(s, round, NEEDS, |gammas, q, lost, m2, xi| {
            let memory = largest_memory(gammas, |past, gamma| q * past + gamma * gamma);
            m2 * (q + xi).powi(2) / lost * memory
        })
    }
}

/// `[2Δ₀ + (LM² + L² drift) Σγ_t²]/Σγ_t`, where the drift is a function of the step sizes, q, 1 − q, M² and the last constant
/// of `needs`; A4-decreasing' has another one.
pub(super) fn weighted_gradient(
    s: &Setting,
    round: usize,
    needs: [Q; 5],
    drift: impl Fn(&[f64], f64, f64, f64, f64) -> f64,
) -> Result<f64, NotApplicable> {
    let [l, m2, delta, gap, last] = s.values(needs)?;
    rounds(round)?;
    let gammas = s.first(Sequence::StepSizes, round)?;
    let (q, lost) = root(delta);
    let (sum, squares) = gammas.iter().fold((0.0, 0.0), |(sum, squares), gamma| (sum + gamma, squares + gamma * gamma));
    Ok((2.0 * gap + (l * m2 + l.powi(2) * drift(gammas, q, lost, m2, last)) * squares) / sum)
}

/// `max_t m_t/γ_t`, where m_0 = 0 and m_{t+1} follows from m_t and γ_t.
pub(super) fn largest_memory(gammas: &[f64], next: impl Fn(f64, f64) -> f64) -> f64 {
    let mut past = 0.0;
    gammas.iter().fold(0.0_f64, |largest, gamma| {
        let ratio = past / gamma;
        past = next(past, *gamma);
        largest.max(ratio)
    })
}
