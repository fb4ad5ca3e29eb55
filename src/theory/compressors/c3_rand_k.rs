//! Unscaled rand-k leaves the fraction 1 − k/d of the squared norm in expectation.
//!
//! Hypotheses: C keeps k coordinates drawn uniformly without replacement, unscaled; 1 ≤ k ≤ d.
//!
//! ```text
//! E‖x − C(x)‖² = (1 − k/d)‖x‖²
//! ```
//!
//! Identity: every x attains it.
//!
//! Source: stich2018sparsified, arXiv:1809.07599v2, Definition 2.1 for rand-k

use crate::theory::prelude::*;

const NEEDS: [Q; 2] = [Q::Dim, Q::K];

/// C3: see the module.
#[derive(Debug)]
pub struct RandK;

impl Bound for RandK {
    fn about(&self) -> &'static About {
        &About {
            id: "C3",
            provenance: Provenance::Verbatim,
            kind: Kind::Expectation,
            left: Named("E‖x − C(x)‖² / ‖x‖²"),
            sense: Sense::Identity,
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

    fn range_of_draw(&self, s: &Setting) -> Result<(f64, f64), NotApplicable> {
        let [d, k] = s.values(NEEDS)?;
        Ok((0.0, if k < d { 1.0 } else { 0.0 }))
    }
}
