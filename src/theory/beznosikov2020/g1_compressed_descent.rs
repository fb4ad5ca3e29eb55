//! Compressed gradient descent converges linearly with the rate 1 − γδμ_PL.
//!
//! Hypotheses: one worker, exact gradients; x_{t+1} = x_t − γC(∇f(x_t)); C contracts with δ (for a random C the
//! left-hand side is its expectation); f L-smooth with ‖∇f‖² ≥ 2μ_PL(f − f*), μ_PL ≤ L.
//!
//! ```text
//! f(x_t) − f* ≤ (1 − γδμ_PL)^t Δ₀
//! ```
//!
//! Upper bound, not tight: G2 is the tight rate of strongly convex functions; 0.998 of one step was seen.
//!
//! Notation: the paper writes δ for 1/δ.
//!
//! Proof: f(x_{t+1}) ≤ f − (γ/2)‖g‖² + (γ/2)‖g − C(g)‖² when γL ≤ 1.
//!
//! Source: beznosikov2020biased, arXiv:2002.12410, the class B³ with 1/δ; proof ours

use crate::theory::prelude::*;

const NEEDS: [Q; 6] =
    [Q::StepSize, Q::Smoothness, Q::PolyakLojasiewicz, Q::Delta, Q::InitialSuboptimality, Q::NWorkers];

/// G1: see the module.
#[derive(Debug)]
pub struct CompressedDescent;

impl Bound for CompressedDescent {
    fn about(&self) -> &'static About {
        &About {
            id: "G1",
            provenance: Provenance::Derived,
            kind: Kind::Step,
            left: Recorded(Metric::Suboptimality),
            sense: Sense::Upper,
            step_size: StepSizeRule::AtMost("1/L"),
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        let [gamma, l, mu, delta, gap, n] = s.values(NEEDS)?;
        single_worker(n)?;
        self.admitted_step_size(s)?;
        polyak_lojasiewicz_and_smooth(mu, l)?;
        Ok(power(gamma * delta * mu, round) * gap)
    }

    fn largest_step_size(&self, s: &Setting) -> Option<Result<f64, NotApplicable>> {
        Some(s.value(Q::Smoothness).map(|l| 1.0 / l))
    }
}
