//! Top-k leaves at most the fraction (1 − k/d)³ of a long vector of bell-shaped entries.
//!
//! Hypotheses: entries independent and of the same distribution with finite variance, the magnitude's density not increasing
//! (symmetric and unimodal at zero, or a scale mixture of such); d → ∞ with k/d fixed. A mean that is not zero breaks
//! it. 1 ≤ k ≤ d.
//!
//! ```text
//! ‖x − C(x)‖² ≤ (1 − k/d)³‖x‖²
//! ```
//!
//! Upper bound, tight: attained by uniform entries.
//!
//! Proof: the quantile function Q of |u| is convex with Q(0) = 0, so Q(p)² = p²h(p) with h not decreasing; hence ∫₀^p
//! Q² ≤ h(p)p³/3 and ∫_p^1 Q² ≥ h(p)(1 − p³)/3.
//!
//! Source: this project, after shi2019understanding

use crate::theory::prelude::*;

const NEEDS: [Q; 2] = [Q::Dim, Q::K];

/// S2: see the module.
#[derive(Debug)]
pub struct UnimodalCube;

impl Bound for UnimodalCube {
    fn about(&self) -> &'static About {
        &About {
            id: "S2",
            provenance: Provenance::Derived,
            kind: Kind::Expectation,
            left: Named("‖x − C(x)‖² / ‖x‖², d → ∞"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        let [d, k] = s.values(NEEDS)?;
        kept_of_dim(k, d)?;
        Ok((1.0 - k / d).powi(3))
    }

    fn range_of_draw(&self, _s: &Setting) -> Result<(f64, f64), NotApplicable> {
        Ok((0.0, 1.0))
    }
}
