//! One step of sparsified gradient descent keeps the fraction α of the descent.
//!
//! Hypotheses: f L-smooth, one worker, exact gradient g = ∇f(x_t); x_{t+1} = x_t − C(g)/L, C keeps coordinates of g
//! unscaled; α = ‖C(g)‖²/‖g‖² (top-k: α ≥ k/d).
//!
//! ```text
//! f(x_{t+1}) − f(x_t) ≤ −α‖g‖²/(2L)
//! ```
//!
//! Upper bound, tight: attained for every k on f = L‖x‖²/2.
//!
//! Notation: the paper writes T for k and γ for the step size.
//!
//! Proof: ⟨g, C(g)⟩ = ‖C(g)‖² in f(x − γC) ≤ f − γ⟨g, C⟩ + (Lγ²/2)‖C‖².
//!
//! Source: khirirat2020flexible, arXiv:2003.06377, the descent lemma; proof ours

use crate::theory::prelude::*;

const NEEDS: [Q; 5] = [Q::StepSize, Q::Smoothness, Q::Improvement, Q::GradientNormSquared, Q::NWorkers];

/// K1: see the module.
#[derive(Debug)]
pub struct SparsifiedDescent;

impl Bound for SparsifiedDescent {
    fn about(&self) -> &'static About {
        &About {
            id: "K1",
            provenance: Provenance::Derived,
            kind: Kind::Step,
            left: Named("f(x_{t+1}) − f(x_t)"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Exactly("1/L"),
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        let [_, l, alpha, g2, n] = s.values(NEEDS)?;
        single_worker(n)?;
        self.admitted_step_size(s)?;
        Ok(-alpha * g2 / (2.0 * l))
    }

    fn largest_step_size(&self, s: &Setting) -> Option<Result<f64, NotApplicable>> {
        Some(s.value(Q::Smoothness).map(|l| 1.0 / l))
    }
}
