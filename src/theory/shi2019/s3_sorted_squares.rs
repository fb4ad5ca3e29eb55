//! Top-k leaves at most the fraction (1 − k/d)² of vectors whose sorted squares grow fast enough.
//!
//! Hypotheses: with the squares z₁ ≤ … ≤ z_d of the entries in ascending order, zⱼ/(2j − 1) does not decrease in j; 1
//! ≤ k ≤ d.
//!
//! ```text
//! ‖x − C(x)‖² ≤ (1 − k/d)²‖x‖²
//! ```
//!
//! Upper bound, tight: attained for every k by zⱼ = 2j − 1.
//!
//! Proof: the weights sum to m² over j ≤ m; a weighted mean of a sequence that does not decrease is at most the mean
//! over all d.
//!
//! Source: this project, after shi2019understanding

use crate::theory::prelude::*;

const NEEDS: [Q; 1] = [Q::K];

/// S3: see the module.
#[derive(Debug)]
pub struct SortedSquares;

impl Bound for SortedSquares {
    fn about(&self) -> &'static About {
        &About {
            id: "S3",
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
        left_of_sorted(s, 2, "2j − 1", |j| 2.0 * j - 1.0)
    }
}

/// `(1 − k/d)^power`, if the sorted squares over their weights do not decrease; `formula` is that of the weight of j.
pub(super) fn left_of_sorted(
    s: &Setting,
    power: i32,
    formula: &str,
    weight: fn(f64) -> f64,
) -> Result<f64, NotApplicable> {
    let [k] = s.values(NEEDS)?;
    let x = s.vector()?;
    let d = x.len() as f64;
    kept_of_dim(k, d)?;
    if let Some(j) = failing_ratio(x, |j| weight(j as f64)) {
        let failure = format!("zⱼ/({formula}) falls from j = {j} to j = {}, z the sorted squares", j + 1);
        return Err(NotApplicable::Hypothesis(failure));
    }
    Ok((1.0 - k / d).powi(power))
}

/// The smallest j from 1 at which square over weight falls, in ascending order of the squares, if there is one.
fn failing_ratio(x: &[f64], weight: impl Fn(usize) -> f64) -> Option<usize> {
    let mut squares: Vec<f64> = x.iter().map(|entry| entry.powi(2)).collect();
    squares.sort_by(f64::total_cmp);
    // Squares of rounded roots are off by 2ε.
    let rounding = 1.0 + 4.0 * f64::EPSILON;
    (1..x.len()).find(|j| squares[j - 1] * weight(j + 1) > squares[*j] * weight(*j) * rounding)
}
