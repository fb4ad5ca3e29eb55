//! The residual of error feedback falls with the square of the step size.
//!
//! Hypotheses: one worker; error feedback with γ_t = 8/(μ(a + t)) and step-scaled gradients in the residual, from
//! e_0 = 0; C contracts with δ (top-k and rand-k: δ = k/d); E‖g‖² ≤ G²; α_s > 4; a + 1 ≥ α_s/δ, which suffices for the
//! lemma instead of the paper's condition on a.
//!
//! ```text
//! E‖e_t‖² ≤ γ_t² (4α_s/(α_s − 4)) G²/δ²
//! ```
//!
//! Upper bound, not tight: 0.29 of it in the worst recursion that the contraction admits, for α_s = 5.
//!
//! Notation: the paper writes m for e, η for γ, α for α_s and d/k for 1/δ.
//!
//! Source: stich2018sparsified, arXiv:1809.07599v2, Lemma 3.2

use crate::theory::prelude::*;

const NEEDS: [Q; 6] = [Q::StrongConvexity, Q::Delta, Q::GradientSecondMoment, Q::Shift, Q::Slack, Q::NWorkers];

/// E5: see the module.
#[derive(Debug)]
pub struct Memory;

impl Bound for Memory {
    fn about(&self) -> &'static About {
        &About {
            id: "E5",
            provenance: Provenance::Restated,
            kind: Kind::Expectation,
            left: Recorded(Metric::ResidualSquaredMean),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        let [mu, delta, g2, shift, slack, n] = s.values(NEEDS)?;
        hypotheses(mu, delta, [shift, slack], n)?;
        let gamma = 8.0 / (mu * (shift + round as f64));
        Ok(gamma.powi(2) * 4.0 * slack / (slack - 4.0) * g2 / delta.powi(2))
    }
}

/// One worker, strong convexity, and a shift that is large enough for the slack.
pub(super) fn hypotheses(mu: f64, delta: f64, [shift, slack]: [f64; 2], n: f64) -> Result<(), NotApplicable> {
    single_worker(n)?;
    strongly_convex(mu)?;
    require(slack > 4.0, || format!("α_s = {slack} must be above 4"))?;
    require(shift + 1.0 >= slack / delta, || format!("a + 1 = {} is below {} = α_s/δ", shift + 1.0, slack / delta))
}
