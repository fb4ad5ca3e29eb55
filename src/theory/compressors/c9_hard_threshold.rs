//! A hard threshold leaves a bounded error, whatever the vector.
//!
//! Hypotheses: C keeps the entries of magnitude at least λ.
//!
//! ```text
//! ‖x − C(x)‖² ≤ d λ²
//! ```
//!
//! Upper bound, tight: approached by vectors whose entries are all just below λ.
//!
//! Proof: each of the at most d dropped entries is below λ.
//!
//! Source: sahu2021rethinking, arXiv:2108.00951, the operator; proof ours

use crate::theory::prelude::*;

const NEEDS: [Q; 2] = [Q::Dim, Q::Threshold];

/// C9: see the module.
#[derive(Debug)]
pub struct HardThreshold;

impl Bound for HardThreshold {
    fn about(&self) -> &'static About {
        &About {
            id: "C9",
            provenance: Provenance::Derived,
            kind: Kind::Step,
            left: Recorded(Metric::CompressionErrorMax),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        let [d, lambda] = s.values(NEEDS)?;
        Ok(d * lambda.powi(2))
    }
}
