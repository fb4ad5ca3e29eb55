//! Error feedback reaches a neighborhood of the minimizer of a strongly convex function, without Assumption 1 (not
//! compared with the printed text).
//!
//! Hypotheses: error feedback with constant step size; f μ-strongly convex with minimizer x*; E ḡ = ∇f and E‖ḡ(x)‖² ≤
//! M² at visited points; E‖ḡ(x) − ḡ(y)‖ ≤ L_s‖x − y‖ for the same sample; C contracts with δ, q = √(1 − δ); the mean
//! over workers of E‖gᵢ‖² is at most G²; M > 0; T ≥ 1.
//!
//! ```text
//! P ≤ ε plog(‖x_0 − x*‖²/ε) / ([2γμε − γ²(M² + 2√ε L_s M C')] T)
//! M C' = G q/(1 − q),    plog(y) = log(ey) for y ≥ 1, y for y ≤ 1
//! ```
//!
//! Upper bound, not tight: the runs that were tried hit the neighborhood after 10 to 16 % of the T at which the bound
//! reaches 1.
//!
//! Notation: the paper writes c for μ, α for γ, x for x̃ and L for L_s. Its printed condition, from memory, has one
//! power of γ on the last term; the proof gives γ² and the event for x̃, as here.
//!
//! Proof: as A3 with A2 in place of A1.
//!
//! Source: alistarh2018convergence, arXiv:1809.10505, the convex theorem; form with γ² and constants ours

use super::a3_convex::{limit, miss_probability};
use crate::theory::prelude::*;

const NEEDS: [Q; 8] = [
    Q::StepSize,
    Q::StrongConvexity,
    Q::MeanGradientSecondMoment,
    Q::SampleSmoothness,
    Q::Delta,
    Q::GradientSecondMoment,
    Q::Tolerance,
    Q::InitialDistanceSquared,
];

/// A3': see the module.
#[derive(Debug)]
pub struct ConvexWithoutXi;

impl Bound for ConvexWithoutXi {
    fn about(&self) -> &'static About {
        &About {
            id: "A3'",
            provenance: Provenance::Derived,
            kind: Kind::Probability,
            left: Named("P(‖x̃_t − x*‖² > ε for all t ≤ T)"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Below("2με/(M² + 2√ε L_s M C')"),
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        miss_probability(self, s, round, effective_second_moment)
    }

    fn largest_step_size(&self, s: &Setting) -> Option<Result<f64, NotApplicable>> {
        Some(limit(s, effective_second_moment))
    }
}

/// `M² + 2√ε L_s M C'`, in which `M C' = G q/(1 − q)`.
fn effective_second_moment(s: &Setting) -> Result<f64, NotApplicable> {
    let [m2, l, delta, g2, epsilon] =
        s.values([Q::MeanGradientSecondMoment, Q::SampleSmoothness, Q::Delta, Q::GradientSecondMoment, Q::Tolerance])?;
    require(m2 + g2 > 0.0, || "M² = G² = 0, the theorem divides by them".to_owned())?;
    let (q, lost) = root(delta);
    Ok(m2 + 2.0 * epsilon.sqrt() * l * g2.sqrt() * q / lost)
}
