//! One step of PowerSGD with any start, such as a warm one, never makes the error larger than the matrix.
//!
//! Hypotheses: P has orthonormal columns, or columns of zeros where MQ has dependent ones; Q is any matrix.
//!
//! ```text
//! ‖M − P Pᵀ M‖² = ‖M‖² − ‖Pᵀ M‖² ≤ ‖M‖²
//! ```
//!
//! Upper bound, tight: attained where the columns of Q are in the null space of M, so that P = 0, and approached where
//! they are right singular vectors of M with values small against the others. A warm start has therefore no δ > 0 of
//! its own; a fresh random one has that of C10.
//!
//! Proof: P Pᵀ is an orthogonal projection, so that P Pᵀ M and M − P Pᵀ M are orthogonal.
//!
//! Source: this project, for the operator of vogels2019powersgd, arXiv:1905.13727, Algorithm 1

use crate::theory::prelude::*;

const NEEDS: [Q; 1] = [Q::NormSquared];

/// C10': see the module.
#[derive(Debug)]
pub struct PowerSgdWarmStart;

impl Bound for PowerSgdWarmStart {
    fn about(&self) -> &'static About {
        &About {
            id: "C10'",
            provenance: Provenance::Derived,
            kind: Kind::Step,
            left: Named("‖M − P Pᵀ M‖²"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        s.value(Q::NormSquared)
    }
}
