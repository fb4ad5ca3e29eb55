//! The variance of QSGD with s levels, sharper by up to 4 than the printed lemma.
//!
//! Hypotheses: C rounds |xⱼ|/‖x‖ at random to the two nearest multiples of 1/s, without bias; s ≥ 1.
//!
//! ```text
//! E‖C(x) − x‖² ≤ min(d/(4s²), √d/s)‖x‖²;    s = 1: (√d − 1)‖x‖²
//! ```
//!
//! Upper bound, tight: for s = 1 attained by flat vectors; for larger s by flat vectors of dimension 4s², whose
//! entries are half-way between two levels.
//!
//! Proof: with a = |xⱼ|/‖x‖ between l/s and (l + 1)/s the variance of a coordinate is (a − l/s)((l + 1)/s − a) ≤
//! min(1/(4s²), a/s); sum, and Σ a ≤ √d. For s = 1 it is Σ a(1 − a) = ‖x‖₁/‖x‖ − 1.
//!
//! Source: this project, after alistarh2017qsgd

use crate::theory::prelude::*;

const NEEDS: [Q; 2] = [Q::Dim, Q::Levels];

/// C5': see the module.
#[derive(Debug)]
pub struct QsgdSharper;

impl Bound for QsgdSharper {
    fn about(&self) -> &'static About {
        &About {
            id: "C5'",
            provenance: Provenance::Derived,
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
        if levels == 1.0 {
            return Ok(d.sqrt() - 1.0);
        }
        Ok((d / (4.0 * levels.powi(2))).min(d.sqrt() / levels))
    }

    fn range_of_draw(&self, s: &Setting) -> Result<(f64, f64), NotApplicable> {
        // No entry moves by more than ‖x‖/s.
        let [d, levels] = s.values(NEEDS)?;
        Ok((0.0, d / levels.powi(2)))
    }
}
