//! Top-k leaves at most the fraction (1 − k/d)² of vectors that are at least as unequal as uniform squares.
//!
//! Hypotheses: the m smallest squares of x hold at most the fraction (m/d)² of ‖x‖², for every m: the Lorenz curve of
//! the squares is below p². The paper assumes instead that the sorted curve is convex and below the line 1 − i/d,
//! which does not suffice: (1, ½, ½, ½) with k = 3 leaves 1/7 > 1/16.
//!
//! ```text
//! ‖x − C(x)‖² ≤ (1 − k/d)²‖x‖²
//! ```
//!
//! Upper bound, tight: attained for every k by squares 1, 3, 5, …, 2d − 1.
//!
//! Proof: the left-hand side is the Lorenz curve at m = d − k: the condition is necessary and sufficient for all k at
//! once.
//!
//! Source: shi2019understanding, arXiv:1911.08772, Theorem 1, with the condition that makes it true

use crate::theory::prelude::*;

const NEEDS: [Q; 1] = [Q::K];

/// S1: see the module.
#[derive(Debug)]
pub struct TopKSquare;

impl Bound for TopKSquare {
    fn about(&self) -> &'static About {
        &About {
            id: "S1",
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
        let [k] = s.values(NEEDS)?;
        let x = s.vector()?;
        let d = x.len() as f64;
        kept_of_dim(k, d)?;
        if let Some((m, fraction, limit)) = failing_fraction(x) {
            let failure = format!("the {m} smallest squares hold {fraction} of ‖x‖², above {limit} = ({m}/{d})²");
            return Err(NotApplicable::Hypothesis(failure));
        }
        Ok((1.0 - k / d).powi(2))
    }
}

/// The smallest m at which the squares of `x` are less unequal than those of uniform entries, if there is one.
fn failing_fraction(x: &[f64]) -> Option<(usize, f64, f64)> {
    let mut squares: Vec<f64> = x.iter().map(|entry| entry.powi(2)).collect();
    squares.sort_by(f64::total_cmp);
    let total: f64 = squares.iter().sum();
    let d = x.len() as f64;
    // A sum of d squares is off by d ε at most; without the slack, equality would fail.
    let rounding = d * f64::EPSILON;
    let mut held = 0.0;
    (1..x.len()).find_map(|m| {
        held += squares[m - 1];
        let (fraction, limit) = (held / total, (m as f64 / d).powi(2));
        (fraction > limit + rounding).then_some((m, fraction, limit))
    })
}
