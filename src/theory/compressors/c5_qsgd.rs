//! The variance of QSGD with s levels.
//!
//! Hypotheses: C rounds |xⱼ|/‖x‖ at random to the two nearest multiples of 1/s, without bias; s ≥ 1.
//!
//! ```text
//! E‖C(x) − x‖² ≤ min(d/s², √d/s)‖x‖²
//! ```
//!
//! Upper bound, not tight: C5' is sharper; approached for s = 1 by long flat vectors, which reach 1 − 1/√d of it.
//!
//! Notation: the paper writes n for d.
//!
//! Source: alistarh2017qsgd, arXiv:1610.02132, Lemma 3.1

use crate::theory::prelude::*;

const NEEDS: [Q; 2] = [Q::Dim, Q::Levels];

/// C5: see the module.
#[derive(Debug)]
pub struct Qsgd;

impl Bound for Qsgd {
    fn about(&self) -> &'static About {
        &About {
            id: "C5",
            provenance: Provenance::Verbatim,
            kind: Kind::Expectation,
            left: Named("E‖C(x) − x‖² / ‖x‖²"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        let [d, levels] = s.values(NEEDS)?;
        Ok((d / levels.powi(2)).min(d.sqrt() / levels))
    }

    fn range_of_draw(&self, s: &Setting) -> Result<(f64, f64), NotApplicable> {
        // No entry moves by more than ‖x‖/s.
        let [d, levels] = s.values(NEEDS)?;
        Ok((0.0, d / levels.powi(2)))
    }
}
