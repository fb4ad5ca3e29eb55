//! One step of PowerSGD with a fresh random start leaves in expectation at most the fraction 1 − r/min(a, b).
//!
//! Hypotheses: M is a × b; Q is b × r with independent standard normal entries, drawn afresh for each M; P is an
//! orthonormal basis of the columns of MQ; 1 ≤ r ≤ min(a, b).
//!
//! ```text
//! E‖M − P Pᵀ M‖² ≤ (1 − r/min(a, b))‖M‖²
//! ```
//!
//! Upper bound, tight: attained by flat spectra, all min(a, b) singular values equal, at every draw. A warm start Q,
//! which depends on earlier matrices, has no such bound: see C10'. The best approximation of rank r is at least as close
//! as every draw, so that it has the bound without the expectation.
//!
//! Proof: let M have the singular values σ_1, …, σ_p > 0. For r ≥ p the error is zero. Otherwise, in the basis of the
//! left singular vectors, P Pᵀ projects onto the columns of Y, whose rows are σ_j g_j with independent standard normal
//! g_j of length r. Then E‖Pᵀ M‖² = Σ w_j σ_j², where w_j = E ℓ_j and ℓ_j = t/(1 + t), t = σ_j² g_jᵀ B⁻¹ g_j,
//! B = Σ_{i ≠ j} σ_i² g_i g_iᵀ, is the diagonal entry of the projection; Σ w_j = r. If σ_j ≥ σ_k, then exchanging g_j
//! and g_k turns ℓ_j into an ℓ_k that is not larger: its factor σ² is smaller and its B larger. Both draws are equally
//! likely, so w_j ≥ w_k. Two sequences of one order have Σ w_j σ_j² ≥ (1/p) Σ w_j Σ σ_j² = (r/p)‖M‖² (Chebyshev), and
//! p ≤ min(a, b).
//!
//! Source: this project, for the operator of vogels2019powersgd, arXiv:1905.13727, Algorithm 1

use crate::theory::prelude::*;

const NEEDS: [Q; 3] = [Q::Rank, Q::Rows, Q::Columns];

/// C10: see the module.
#[derive(Debug)]
pub struct PowerSgd;

impl Bound for PowerSgd {
    fn about(&self) -> &'static About {
        &About {
            id: "C10",
            provenance: Provenance::Derived,
            kind: Kind::Expectation,
            left: Named("E‖M − P Pᵀ M‖² / ‖M‖²"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        let [rank, rows, columns] = s.values(NEEDS)?;
        let side = rows.min(columns);
        require(rank <= side, || format!("r = {rank} exceeds the smaller side {side} of the matrix"))?;
        Ok(1.0 - rank / side)
    }
}
