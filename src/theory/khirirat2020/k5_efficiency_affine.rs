//! With an affine cost, the first k at which the improvement per cost drops is the best.
//!
//! Hypotheses: top-k on the vector, α(k) the kept fraction of its squared norm; cost c₁k + c₀ of k coordinates, c₁ > 0,
//! c₀ ≥ 0.
//!
//! ```text
//! α(k)/(c₁k + c₀) ≤ α(k₁)/(c₁k₁ + c₀) for every k,    k₁ the last before the first drop
//! ```
//!
//! Upper bound, tight: attained at k₁.
//!
//! Notation: the paper writes T for k.
//!
//! Proof: α is concave in k and the cost positive and affine, so the ratio is quasi-concave.
//!
//! Source: khirirat2020flexible, arXiv:2003.06377, the stopping rule of CAT; proof ours

use crate::theory::prelude::*;

const NEEDS: [Q; 2] = [Q::CostPerUnit, Q::CostFixed];

/// K5: see the module.
#[derive(Debug)]
pub struct EfficiencyAffine;

impl Bound for EfficiencyAffine {
    fn about(&self) -> &'static About {
        &About {
            id: "K5",
            provenance: Provenance::Derived,
            kind: Kind::Step,
            left: Named("α(k)/(c₁k + c₀), for every k"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[Sequence::Vector],
        }
    }

    fn value(&self, s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        let [unit, fixed] = s.values(NEEDS)?;
        let fractions = kept_fractions(s.vector()?);
        let mut best = 0.0;
        for (index, fraction) in fractions.iter().enumerate() {
            let efficiency = fraction / (unit * (index + 1) as f64 + fixed);
            if efficiency < best {
                break;
            }
            best = efficiency;
        }
        Ok(best)
    }
}

/// `α(k) = ‖top-k of x‖²/‖x‖²` for k = 1, …, d.
pub(super) fn kept_fractions(x: &[f64]) -> Vec<f64> {
    let mut squares: Vec<f64> = x.iter().map(|entry| entry.powi(2)).collect();
    squares.sort_by(|a, b| b.total_cmp(a));
    let total: f64 = squares.iter().sum();
    let kept = squares.iter().scan(0.0, |kept, square| {
        *kept += square;
        Some(*kept / total)
    });
    kept.collect()
}
