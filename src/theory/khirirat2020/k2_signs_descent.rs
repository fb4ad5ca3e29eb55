//! One step with the norm and the signs of the k largest entries keeps the fraction β of the descent.
//!
//! Hypotheses: f L-smooth, one worker, exact gradient g = ∇f(x_t); C(g)ⱼ = ‖g‖ sign(gⱼ) on the k largest, 0
//! elsewhere; S the sum of these magnitudes; β = S²/(k‖g‖²).
//!
//! ```text
//! f(x_{t+1}) − f(x_t) ≤ −β‖g‖²/(2L),    γ = √(β/k)/L
//! ```
//!
//! Upper bound, tight: attained for every k on f = L‖x‖²/2.
//!
//! Notation: the paper writes T for k and γ for the step size; `improvement` is β here.
//!
//! Proof: minimize −γ‖g‖S + (L/2)γ²k‖g‖² over γ.
//!
//! Source: khirirat2020flexible, arXiv:2003.06377, the descent lemma with quantization; proof ours

use crate::theory::prelude::*;

const NEEDS: [Q; 6] = [Q::StepSize, Q::Smoothness, Q::Improvement, Q::K, Q::GradientNormSquared, Q::NWorkers];

/// K2: see the module.
#[derive(Debug)]
pub struct SignsDescent;

impl Bound for SignsDescent {
    fn about(&self) -> &'static About {
        &About {
            id: "K2",
            provenance: Provenance::Derived,
            kind: Kind::Step,
            left: Named("f(x_{t+1}) − f(x_t)"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Exactly("√(β/k)/L"),
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        let [_, l, beta, _, g2, n] = s.values(NEEDS)?;
        single_worker(n)?;
        self.admitted_step_size(s)?;
        Ok(-beta * g2 / (2.0 * l))
    }

    fn largest_step_size(&self, s: &Setting) -> Option<Result<f64, NotApplicable>> {
        Some(limit(s))
    }
}

fn limit(s: &Setting) -> Result<f64, NotApplicable> {
    let [l, beta, k] = s.values([Q::Smoothness, Q::Improvement, Q::K])?;
    Ok((beta / k).sqrt() / l)
}
