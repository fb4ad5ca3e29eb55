//! The error of EF21's gradient estimates contracts, except for the movement of the iterate.
//!
//! Hypotheses: EF21: x_{t+1} = x_t − γ mean gᵢ, gᵢ ← gᵢ + C(∇fᵢ(x_{t+1}) − gᵢ); exact gradients; C contracts with δ;
//! fᵢ Lᵢ-smooth, L̃² = mean Lᵢ²; q = √(1 − δ), θ = 1 − q, β = (1 − δ)/θ; a deterministic C (for a random one the
//! left-hand side is its expectation).
//!
//! ```text
//! G_{t+1} ≤ (1 − θ)G_t + β L̃²‖x_{t+1} − x_t‖²
//! ```
//!
//! Upper bound, tight: attained by one worker with f = (L/2)x² and C(x) = (1 − q)x, for a step of the right length.
//!
//! Notation: the paper writes α for δ and i for the worker. Unrolled over the rounds.
//!
//! Source: richtarik2021ef21, arXiv:2106.05203, the recursion of G^t

use crate::theory::prelude::*;

const NEEDS: [Q; 3] = [Q::Delta, Q::SmoothnessRms, Q::InitialEstimateError];

/// F1: see the module.
#[derive(Debug)]
pub struct EstimateError;

impl Bound for EstimateError {
    fn about(&self) -> &'static About {
        &About {
            id: "F1",
            provenance: Provenance::Restated,
            kind: Kind::Step,
            left: Named("G_t = (1/n) Σ‖gᵢ − ∇fᵢ(x_t)‖²"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[Sequence::StepsSquared],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        let [delta, l, start] = s.values(NEEDS)?;
        let (theta, beta) = theta_beta(delta);
        let steps = s.first(Sequence::StepsSquared, round)?;
        Ok(steps.iter().fold(start, |g, step| g + (beta * l.powi(2) * step - theta * g)))
    }
}

/// `θ = 1 − √(1 − δ)` and `β = (1 − δ)/θ`.
pub(in crate::theory) fn theta_beta(delta: f64) -> (f64, f64) {
    let (_, theta) = root(delta);
    (theta, (1.0 - delta) / theta)
}
