//! One step of stochastic sparsification keeps the fraction ω_p of the descent in expectation.
//!
//! Hypotheses: f L-smooth, one worker, exact gradient g = ∇f(x_t); C(g)ⱼ = gⱼ/pⱼ with probability pⱼ, else 0; ω_p =
//! ‖g‖²/Σ gⱼ²/pⱼ.
//!
//! ```text
//! E f(x_{t+1}) − f(x_t) ≤ −ω_p‖g‖²/(2L),    γ = ω_p/L
//! ```
//!
//! Upper bound, tight: attained for all probabilities on f = L‖x‖²/2.
//!
//! Notation: `improvement` is ω_p here, the reciprocal of 1 + ω.
//!
//! Proof: E C(g) = g and E‖C(g)‖² = ‖g‖²/ω_p in the descent inequality.
//!
//! Source: khirirat2020flexible, arXiv:2003.06377, the descent lemma of stochastic sparsification; proof ours

use crate::theory::prelude::*;

const NEEDS: [Q; 5] = [Q::StepSize, Q::Smoothness, Q::Improvement, Q::GradientNormSquared, Q::NWorkers];

/// K3: see the module.
#[derive(Debug)]
pub struct StochasticDescent;

impl Bound for StochasticDescent {
    fn about(&self) -> &'static About {
        &About {
            id: "K3",
            provenance: Provenance::Derived,
            kind: Kind::Expectation,
            left: Named("E f(x_{t+1}) − f(x_t)"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Exactly("ω_p/L"),
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        let [_, l, omega, g2, n] = s.values(NEEDS)?;
        single_worker(n)?;
        self.admitted_step_size(s)?;
        Ok(-omega * g2 / (2.0 * l))
    }

    fn largest_step_size(&self, s: &Setting) -> Option<Result<f64, NotApplicable>> {
        Some(limit(s))
    }
}

fn limit(s: &Setting) -> Result<f64, NotApplicable> {
    let [l, omega] = s.values([Q::Smoothness, Q::Improvement])?;
    Ok(omega / l)
}
