//! Sparsified gradient descent finds points of small gradient of a smooth function.
//!
//! Hypotheses: f L-smooth; one worker, exact gradients; x_{t+1} = x_t − C(∇f(x_t))/L, and every round keeps at least
//! the fraction α_t of the descent, as in K1; f bounded below; T ≥ 1.
//!
//! ```text
//! min_{t<T} ‖∇f(x_t)‖² ≤ 2LΔ₀/Σ_{t<T} α_t
//! ```
//!
//! Upper bound, not tight: attained by f = L‖x‖²/2 with α = 1 and T = 1; 0.82 was seen with compression.
//!
//! Proof: sum K1 over the rounds.
//!
//! Source: khirirat2020flexible, arXiv:2003.06377, the iteration complexities; proof ours

use crate::theory::prelude::*;

const NEEDS: [Q; 4] = [Q::StepSize, Q::Smoothness, Q::InitialSuboptimality, Q::NWorkers];

/// K4-nonconvex: see the module.
#[derive(Debug)]
pub struct SparsifiedNonconvex;

impl Bound for SparsifiedNonconvex {
    fn about(&self) -> &'static About {
        &About {
            id: "K4-nonconvex",
            provenance: Provenance::Derived,
            kind: Kind::Trajectory,
            left: Named("min_{t<T} ‖∇f(x_t)‖²"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Exactly("1/L"),
            needs: &NEEDS,
            sequences: &[Sequence::Improvements],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        let [_, l, gap, n] = s.values(NEEDS)?;
        per_improvement(self, s, round, [l, gap, n])
    }

    fn largest_step_size(&self, s: &Setting) -> Option<Result<f64, NotApplicable>> {
        Some(s.value(Q::Smoothness).map(|l| 1.0 / l))
    }
}

/// `2L · start/Σα`, for one worker with a step size that the theorem admits.
pub(super) fn per_improvement(
    theorem: &impl Bound,
    s: &Setting,
    round: usize,
    [l, start, n]: [f64; 3],
) -> Result<f64, NotApplicable> {
    rounds(round)?;
    single_worker(n)?;
    theorem.admitted_step_size(s)?;
    let alphas = s.first(Sequence::Improvements, round)?;
    Ok(2.0 * l * start / alphas.iter().sum::<f64>())
}
