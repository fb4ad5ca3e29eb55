//! The tight rate of compressed gradient descent on smooth strongly convex functions.
//!
//! Hypotheses: one worker, exact gradients; x_{t+1} = x_t − γC(∇f(x_t)); C contracts with δ, q = √(1 − δ); f L-smooth
//! and μ-strongly convex, 0 < μ ≤ L.
//!
//! ```text
//! f(x_t) − f* ≤ ((κ_δ − 1)/(κ_δ + 1))^{2t} Δ₀,    κ_δ = (L/μ)(1 + q)/(1 − q),    γ = 2/((1 − q)μ + (1 + q)L)
//! ```
//!
//! Upper bound, tight: attained by f = (L/2)x² with C(x) = (1 + q)x, and by f = (μ/2)x² with C(x) = (1 − q)x.
//!
//! Notation: the paper writes η for γ and ε for 1 − δ.
//!
//! Source: thomsen2025tight, arXiv:2506.05271, the certificate of CGD in the authors' code

use crate::theory::prelude::*;

const NEEDS: [Q; 6] = [Q::StepSize, Q::Smoothness, Q::StrongConvexity, Q::Delta, Q::InitialSuboptimality, Q::NWorkers];

/// G2: see the module.
#[derive(Debug)]
pub struct CompressedDescentTight;

impl Bound for CompressedDescentTight {
    fn about(&self) -> &'static About {
        &About {
            id: "G2",
            provenance: Provenance::Verbatim,
            kind: Kind::Step,
            left: Recorded(Metric::Suboptimality),
            sense: Sense::Upper,
            step_size: StepSizeRule::Exactly("2/((1 − q)μ + (1 + q)L)"),
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        let [_, l, mu, delta, gap, n] = s.values(NEEDS)?;
        single_worker(n)?;
        strongly_convex_and_smooth(mu, l)?;
        self.admitted_step_size(s)?;
        let (q, lost) = root(delta);
        let (low, high) = (mu * lost, l * (1.0 + q));
        Ok(power(2.0 * low / (high + low), 2 * round) * gap)
    }

    fn largest_step_size(&self, s: &Setting) -> Option<Result<f64, NotApplicable>> {
        Some(limit(s))
    }
}

fn limit(s: &Setting) -> Result<f64, NotApplicable> {
    let [l, mu, delta] = s.values([Q::Smoothness, Q::StrongConvexity, Q::Delta])?;
    let (q, lost) = root(delta);
    Ok(2.0 / (lost * mu + (1.0 + q) * l))
}
