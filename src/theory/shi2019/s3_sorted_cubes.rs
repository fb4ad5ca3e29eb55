//! Top-k leaves at most the fraction (1 − k/d)³ of vectors whose sorted squares grow fast enough.
//!
//! Hypotheses: with the squares z₁ ≤ … ≤ z_d of the entries in ascending order, zⱼ/(3j² − 3j + 1) does not decrease
//! in j; 1 ≤ k ≤ d.
//!
//! ```text
//! ‖x − C(x)‖² ≤ (1 − k/d)³‖x‖²
//! ```
//!
//! Upper bound, tight: attained for every k by zⱼ = 3j² − 3j + 1.
//!
//! Proof: the weights sum to m³ over j ≤ m; a weighted mean of a sequence that does not decrease is at most the mean
//! over all d.
//!
//! Source: this project, after shi2019understanding

use super::s3_sorted_squares::left_of_sorted;
use crate::theory::prelude::*;

const NEEDS: [Q; 1] = [Q::K];

/// S3': see the module.
#[derive(Debug)]
pub struct SortedCubes;

impl Bound for SortedCubes {
    fn about(&self) -> &'static About {
        &About {
            id: "S3'",
            provenance: Provenance::Derived,
            kind: Kind::Step,
            left: Recorded(Metric::RelativeCompressionErrorMax),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[Sequence::Vector],
        }
    }

    fn value(&self, s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        left_of_sorted(s, 3, "3j² − 3j + 1", |j| 3.0 * j * (j - 1.0) + 1.0)
    }
}
