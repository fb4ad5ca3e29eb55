//! Unbiased rand-k has the variance parameter ω = d/k − 1.
//!
//! Hypotheses: C keeps k coordinates drawn uniformly without replacement, scaled by d/k; 1 ≤ k ≤ d.
//!
//! ```text
//! E‖C(x) − x‖² = (d/k − 1)‖x‖²
//! ```
//!
//! Identity: every x attains it.
//!
//! Source: horvath2019natural, arXiv:1905.10988, as the operator of random sparsification

use crate::theory::prelude::*;

const NEEDS: [Q; 2] = [Q::Dim, Q::K];

/// C3': see the module.
#[derive(Debug)]
pub struct RandKUnbiased;

impl Bound for RandKUnbiased {
    fn about(&self) -> &'static About {
        &About {
            id: "C3'",
            provenance: Provenance::Verbatim,
            kind: Kind::Expectation,
            left: Named("E‖C(x) − x‖² / ‖x‖²"),
            sense: Sense::Identity,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        let [d, k] = s.values(NEEDS)?;
        kept_of_dim(k, d)?;
        Ok(d / k - 1.0)
    }

    fn range_of_draw(&self, s: &Setting) -> Result<(f64, f64), NotApplicable> {
        // 1 + (d/k)(d/k − 2) times the fraction of the squared norm that was kept.
        let [d, k] = s.values(NEEDS)?;
        let (none, all) = (1.0, (d / k - 1.0).powi(2));
        Ok(if k < d { (all.min(none), all.max(none)) } else { (0.0, 0.0) })
    }
}
