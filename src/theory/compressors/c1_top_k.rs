//! Top-k leaves at most the fraction 1 − k/d of the squared norm.
//!
//! Hypotheses: C keeps the k largest magnitudes of x; 1 ≤ k ≤ d.
//!
//! ```text
//! ‖x − C(x)‖² ≤ (1 − k/d)‖x‖²
//! ```
//!
//! Upper bound, tight: attained exactly by flat vectors, all |xⱼ| equal.
//!
//! Proof: the mean of the d − k dropped squares is at most the mean of all squares.
//!
//! Source: stich2018sparsified, arXiv:1809.07599v2, Definition 2.1 for top-k

use crate::theory::prelude::*;

const NEEDS: [Q; 2] = [Q::Dim, Q::K];

/// C1: see the module.
#[derive(Debug)]
pub struct TopK;

impl Bound for TopK {
    fn about(&self) -> &'static About {
        &About {
            id: "C1",
            provenance: Provenance::Verbatim,
            kind: Kind::Step,
            left: Recorded(Metric::RelativeCompressionErrorMax),
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
