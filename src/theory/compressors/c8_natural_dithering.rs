//! The variance of natural dithering with s levels and the Euclidean norm.
//!
//! Hypotheses: C rounds |xⱼ|/‖x‖ at random to the two nearest of 0, 2^{1−s}, …, ½, 1, without bias; s ≥ 1.
//!
//! ```text
//! E‖C(x) − x‖² ≤ (1/8 + √d 2^{1−s} min(1, √d 2^{1−s}))‖x‖²
//! ```
//!
//! Upper bound, not tight: approached by long flat vectors, whose entries are rounded to zero or to the finest level.
//!
//! Source: horvath2019natural, arXiv:1905.10988, Theorem 7 with p = 2

use crate::theory::prelude::*;

const NEEDS: [Q; 2] = [Q::Dim, Q::Levels];

/// C8: see the module.
#[derive(Debug)]
pub struct NaturalDithering;

impl Bound for NaturalDithering {
    fn about(&self) -> &'static About {
        &About {
            id: "C8",
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
        let finest = d.sqrt() * (1.0 - levels).exp2();
        Ok(0.125 + finest * finest.min(1.0))
    }

    fn range_of_draw(&self, s: &Setting) -> Result<(f64, f64), NotApplicable> {
        // No entry moves by more than its magnitude, or the finest level.
        let [d, levels] = s.values(NEEDS)?;
        Ok((0.0, 1.0 + d * (1.0 - levels).exp2().powi(2)))
    }
}
