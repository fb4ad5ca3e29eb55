//! Error feedback with decreasing step sizes minimizes strongly convex functions at the rate of SGD.
//!
//! Hypotheses: one worker; error feedback with γ_t = 8/(μ(a + t)) and step-scaled gradients in the residual, from
//! e_0 = 0; C contracts with δ (top-k and rand-k: δ = k/d); E‖g‖² ≤ G²; α_s > 4; a + 1 ≥ α_s/δ, which suffices for the
//! lemma instead of the paper's condition on a; the fᵢ L-smooth, f μ-strongly convex; T ≥ 1.
//!
//! ```text
//! E f(x̄_T) − f* ≤ 4T(T + 2a)G²/(μS_T) + μa³‖x_0 − x*‖²/(8S_T) + (64T(1 + 2L/μ)/(μS_T)) (4α_s/(α_s − 4)) G²/δ²
//! S_T = Σ_{t<T} (a + t)²
//! ```
//!
//! Upper bound, not tight: 0.002 of it was seen; the last term is very loose.
//!
//! Notation: as in E5.
//!
//! Source: stich2018sparsified, arXiv:1809.07599v2, Theorem 2.4

use super::e5_memory::hypotheses;
use crate::theory::prelude::*;

const NEEDS: [Q; 8] = [
    Q::Smoothness,
    Q::StrongConvexity,
    Q::Delta,
    Q::GradientSecondMoment,
    Q::Shift,
    Q::Slack,
    Q::InitialDistanceSquared,
    Q::NWorkers,
];

/// E6: see the module.
#[derive(Debug)]
pub struct StronglyConvex;

impl Bound for StronglyConvex {
    fn about(&self) -> &'static About {
        &About {
            id: "E6",
            provenance: Provenance::Restated,
            kind: Kind::Expectation,
            left: Named("E f(x̄_T) − f*, x̄_T = (1/S_T) Σ_{t<T} (a + t)² x_t"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        let [l, mu, delta, g2, shift, slack, distance, n] = s.values(NEEDS)?;
        let t = rounds(round)?;
        hypotheses(mu, delta, [shift, slack], n)?;
        let a = shift;
        let weights = t / 6.0 * (2.0 * t.powi(2) + 6.0 * a * t - 3.0 * t + 6.0 * a.powi(2) - 6.0 * a + 1.0);
        let leading = 4.0 * t * (t + 2.0 * a) * g2 / mu;
        let start = mu * a.powi(3) * distance / 8.0;
        let memory = 64.0 * t * (1.0 + 2.0 * l / mu) / mu * 4.0 * slack / (slack - 4.0) * g2 / delta.powi(2);
        Ok((leading + start + memory) / weights)
    }
}
