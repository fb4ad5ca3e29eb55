//! The variance of TernGrad over all vectors.
//!
//! Hypotheses: C(x)ⱼ = ‖x‖∞ sign(xⱼ) with probability |xⱼ|/‖x‖∞, else 0; no clipping.
//!
//! ```text
//! E‖C(x) − x‖² = ‖x‖∞‖x‖₁ − ‖x‖² ≤ ((√d − 1)/2)‖x‖²
//! ```
//!
//! Upper bound, tight: attained by x = (1, a, …, a) with a = 1/(1 + √d).
//!
//! Proof: let ‖x‖∞ = 1 be attained by x₁. The others sum to A ≤ √((d − 1)B), B their squares; (1 + A)/(1 + B) is
//! largest for equal others, a = (√d − 1)/(d − 1) = 1/(1 + √d), where it is (1 + √d)/2.
//!
//! Source: wen2017terngrad, arXiv:1705.07878, the operator; constant ours

use crate::theory::prelude::*;

const NEEDS: [Q; 1] = [Q::Dim];

/// C6: see the module.
#[derive(Debug)]
pub struct TernGrad;

impl Bound for TernGrad {
    fn about(&self) -> &'static About {
        &About {
            id: "C6",
            provenance: Provenance::Derived,
            kind: Kind::Expectation,
            left: Named("E‖C(x) − x‖² / ‖x‖²"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        let [d] = s.values(NEEDS)?;
        Ok((d.sqrt() - 1.0) / 2.0)
    }

    fn range_of_draw(&self, s: &Setting) -> Result<(f64, f64), NotApplicable> {
        // No entry moves by more than ‖x‖∞ ≤ ‖x‖, and one that has this magnitude does not move.
        let [d] = s.values(NEEDS)?;
        Ok((0.0, d - 1.0))
    }
}
