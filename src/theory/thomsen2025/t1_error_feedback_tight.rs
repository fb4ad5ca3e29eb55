//! The best rate of error feedback and of EF21 with one worker, at the best step size.
//!
//! Hypotheses: one worker, exact gradients; f L-smooth and μ-strongly convex, 0 < μ ≤ L; C contracts with δ (for a
//! random C the left-hand side is its expectation), ε = 1 − δ, s = √ε; error feedback with step-scaled gradients,
//! V_t = ‖x_t − x* − e_t‖² + ‖e_t‖²/s, or EF21, V_t = ‖∇f(x_t) − g_t‖² + s‖∇f(x_t)‖².
//!
//! ```text
//! V_t ≤ ρ*^t V₀,    γ = γ* = (2/(L + μ))(1 − s)/(1 + s),    ρ* = s + (1/4)(1 + s)(L − μ)λ
//! λ = (γ*/(L + μ))[(1 − s)(L − μ) + (1 + s)√((L − μ)² + 16Lμs/(1 + s)²)]
//! ```
//!
//! Upper bound, tight: attained by f = (L/2)x² and by f = (μ/2)x² with C(x) = (1 − s)x, in one step from the worst
//! start.
//!
//! Notation: the paper writes η for γ.
//!
//! Source: thomsen2025tight, arXiv:2506.05271, Theorem 1

use crate::theory::prelude::*;

const NEEDS: [Q; 6] = [Q::StepSize, Q::Smoothness, Q::StrongConvexity, Q::Delta, Q::InitialLyapunov, Q::NWorkers];

/// T1: see the module.
#[derive(Debug)]
pub struct ErrorFeedbackTight;

impl Bound for ErrorFeedbackTight {
    fn about(&self) -> &'static About {
        &About {
            id: "T1",
            provenance: Provenance::Verbatim,
            kind: Kind::Step,
            left: Named("V_t of error feedback or of EF21"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Exactly("(2/(L + μ))(1 − s)/(1 + s)"),
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        let [_, l, mu, delta, start, n] = s.values(NEEDS)?;
        single_worker(n)?;
        strongly_convex_and_smooth(mu, l)?;
        self.admitted_step_size(s)?;
        let (root, lost) = root(delta);
        // 1 − ρ* = (1 − s)(2S² − (1 − s)D² − DR)/(2S²) with S = L + μ, D = L − μ and R² = (1 − s)²D² + 4sS². Where the
        // numerator cancels it is multiplied by the same with +DR: the product is 16S²Lμ.
        let (sum, difference) = ((l + mu).powi(2), l - mu);
        let radical = ((lost * difference).powi(2) + 4.0 * root * sum).sqrt();
        let bracket = 2.0 * sum - lost * difference.powi(2) + difference * radical;
        Ok(power(8.0 * lost * l * mu / bracket, round) * start)
    }

    fn largest_step_size(&self, s: &Setting) -> Option<Result<f64, NotApplicable>> {
        Some(limit(s))
    }
}

fn limit(s: &Setting) -> Result<f64, NotApplicable> {
    let [l, mu, delta] = s.values([Q::Smoothness, Q::StrongConvexity, Q::Delta])?;
    let (root, lost) = root(delta);
    Ok(2.0 / (l + mu) * lost / (1.0 + root))
}
