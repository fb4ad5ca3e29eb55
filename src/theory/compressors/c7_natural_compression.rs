//! Natural compression, random rounding to a power of two, has ω = 1/8.
//!
//! Hypotheses: C rounds each |xⱼ| at random to one of the two nearest powers of two, without bias; exponents are not
//! limited.
//!
//! ```text
//! E‖C(x) − x‖² ≤ ‖x‖²/8
//! ```
//!
//! Upper bound, tight: attained when every |xⱼ| is 4/3 of a power of two.
//!
//! Source: horvath2019natural, arXiv:1905.10988, Theorem 3

use crate::theory::prelude::*;

/// C7: see the module.
#[derive(Debug)]
pub struct NaturalCompression;

impl Bound for NaturalCompression {
    fn about(&self) -> &'static About {
        &About {
            id: "C7",
            provenance: Provenance::Verbatim,
            kind: Kind::Expectation,
            left: Named("E‖C(x) − x‖² / ‖x‖²"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &[],
            sequences: &[],
        }
    }

    fn value(&self, _s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        Ok(0.125)
    }

    fn range_of_draw(&self, _s: &Setting) -> Result<(f64, f64), NotApplicable> {
        // No entry moves by more than its magnitude.
        Ok((0.0, 1.0))
    }
}
