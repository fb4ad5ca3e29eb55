//! Sparsified gradient descent converges like the reciprocal of the kept fractions on convex functions.
//!
//! Hypotheses: f L-smooth; one worker, exact gradients; x_{t+1} = x_t − C(∇f(x_t))/L, and every round keeps at least
//! the fraction α_t of the descent, as in K1; f convex (μ ≥ 0); R the radius of the level set {f ≤ f(x_0)} about x*:
//! sparsified descent need not decrease ‖x − x*‖; T ≥ 1.
//!
//! ```text
//! f(x_T) − f* ≤ 2LR²/Σ_{t<T} α_t
//! ```
//!
//! Upper bound, not tight: 0.06 of it was seen.
//!
//! Proof: Δ_t ≤ R‖∇f(x_t)‖, so K1 gives 1/Δ_{t+1} ≥ 1/Δ_t + α_t/(2LR²).
//!
//! Source: khirirat2020flexible, arXiv:2003.06377, the iteration complexities; proof ours

use super::k4_nonconvex::per_improvement;
use crate::theory::prelude::*;

const NEEDS: [Q; 5] = [Q::StepSize, Q::Smoothness, Q::StrongConvexity, Q::LevelSetRadius, Q::NWorkers];

/// K4-convex: see the module.
#[derive(Debug)]
pub struct SparsifiedConvex;

impl Bound for SparsifiedConvex {
    fn about(&self) -> &'static About {
        &About {
            id: "K4-convex",
            provenance: Provenance::Derived,
            kind: Kind::Trajectory,
            left: Recorded(Metric::Suboptimality),
            sense: Sense::Upper,
            step_size: StepSizeRule::Exactly("1/L"),
            needs: &NEEDS,
            sequences: &[Sequence::Improvements],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        let [_, l, _, radius, n] = s.values(NEEDS)?;
        per_improvement(self, s, round, [l, radius.powi(2), n])
    }

    fn largest_step_size(&self, s: &Setting) -> Option<Result<f64, NotApplicable>> {
        Some(s.value(Q::Smoothness).map(|l| 1.0 / l))
    }
}
