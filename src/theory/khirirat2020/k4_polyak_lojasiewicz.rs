//! Sparsified gradient descent converges linearly on functions that satisfy the Polyak–Łojasiewicz inequality.
//!
//! Hypotheses: f L-smooth; one worker, exact gradients; x_{t+1} = x_t − C(∇f(x_t))/L, and every round keeps at least
//! the fraction α_t of the descent, as in K1; ‖∇f‖² ≥ 2μ_PL(f − f*) (μ-strong convexity implies it); μ_PL ≤ L.
//!
//! ```text
//! f(x_T) − f* ≤ Δ₀ Π_{t<T} (1 − α_t μ_PL/L)
//! ```
//!
//! Upper bound, tight: attained on f = L‖x‖²/2, where μ_PL = L.
//!
//! Proof: K1 and the inequality, step by step.
//!
//! Source: khirirat2020flexible, arXiv:2003.06377, the iteration complexities; proof ours

use crate::theory::prelude::*;

const NEEDS: [Q; 5] = [Q::StepSize, Q::Smoothness, Q::PolyakLojasiewicz, Q::InitialSuboptimality, Q::NWorkers];

/// K4-pl: see the module.
#[derive(Debug)]
pub struct SparsifiedPolyakLojasiewicz;

impl Bound for SparsifiedPolyakLojasiewicz {
    fn about(&self) -> &'static About {
        &About {
            id: "K4-pl",
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
        let [_, l, mu, gap, n] = s.values(NEEDS)?;
        single_worker(n)?;
        self.admitted_step_size(s)?;
        let alphas = s.first(Sequence::Improvements, round)?;
        polyak_lojasiewicz_and_smooth(mu, l)?;
        Ok(gap * alphas.iter().map(|alpha| (-alpha * mu / l).ln_1p()).sum::<f64>().exp())
    }

    fn largest_step_size(&self, s: &Setting) -> Option<Result<f64, NotApplicable>> {
        Some(s.value(Q::Smoothness).map(|l| 1.0 / l))
    }
}
