//! Top-k leaves at most the fraction 1 − k/d of the sum of magnitudes.
//!
//! Hypotheses: C keeps the k largest magnitudes of x; 1 ≤ k ≤ d.
//!
//! ```text
//! ‖x − C(x)‖₁ ≤ (1 − k/d)‖x‖₁
//! ```
//!
//! Upper bound, tight: attained exactly by flat vectors.
//!
//! Proof: the mean of the d − k dropped magnitudes is at most the mean of all magnitudes.
//!
//! Source: alistarh2018convergence, arXiv:1809.10505, the lemma on top-k; proof ours

use crate::theory::prelude::*;

const NEEDS: [Q; 2] = [Q::Dim, Q::K];

/// C1': see the module.
#[derive(Debug)]
pub struct TopKNormOne;

impl Bound for TopKNormOne {
    fn about(&self) -> &'static About {
        &About {
            id: "C1'",
            provenance: Provenance::Derived,
            kind: Kind::Step,
            left: Named("‖x − C(x)‖₁ / ‖x‖₁"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        let [d, k] = s.values(NEEDS)?;
        kept_of_dim(k, d)?;
        Ok(1.0 - k / d)
    }
}
