//! The tight rate of error feedback and of EF21 with one worker, at any step size.
//!
//! Hypotheses: one worker, exact gradients; f L-smooth and μ-strongly convex, 0 < μ ≤ L; C contracts with δ (for a
//! random C the left-hand side is its expectation), ε = 1 − δ, s = √ε; error feedback with step-scaled gradients,
//! V_t = ‖x_t − x* − e_t‖² + ‖e_t‖²/s, or EF21, V_t = ‖∇f(x_t) − g_t‖² + s‖∇f(x_t)‖²; constant step size. ρ < 1 if and
//! only if γ < (2/L)(1 − s)/(1 + s): above it the bound holds and grows.
//!
//! ```text
//! V_t ≤ ρ(γ)^t V₀,    ρ(γ) = max_{h ∈ {μ, L}} [t_h + √(t_h² − 4ε)]/2
//! t_h = 1 + ε − 2γh(1 − ε) + (γh)²(1 + s)²
//! ```
//!
//! Upper bound, tight: attained by f = (L/2)x² or f = (μ/2)x² with C(x) = (1 − s)x, in one step from the worst start.
//!
//! Notation: the paper writes η for γ.
//!
//! Proof: the lower bound is exact: on f = (h/2)x² with C(x) = (1 − s)x one step is a 2 × 2 matrix of determinant s,
//! whose squared largest singular value is the formula. The upper bound is a linear matrix inequality that was solved
//! numerically for 40 random settings and agreed to 2e−10; a symbolic certificate is known at γ* alone.
//!
//! Source: this project, after thomsen2025tight

use crate::theory::prelude::*;

const NEEDS: [Q; 6] = [Q::StepSize, Q::Smoothness, Q::StrongConvexity, Q::Delta, Q::InitialLyapunov, Q::NWorkers];

/// T2: see the module.
#[derive(Debug)]
pub struct ErrorFeedbackAnyStep;

impl Bound for ErrorFeedbackAnyStep {
    fn about(&self) -> &'static About {
        &About {
            id: "T2",
            provenance: Provenance::Derived,
            kind: Kind::Step,
            left: Named("V_t of error feedback or of EF21"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        let [gamma, l, mu, delta, start, n] = s.values(NEEDS)?;
        single_worker(n)?;
        strongly_convex_and_smooth(mu, l)?;
        let (root, lost) = root(delta);
        // u = 1 − ρ is the smaller root of u² − (δ + p)u + p with p = 1 − t_h + ε; t_h² − 4ε is a product of factors
        // that do not cancel.
        let lost = [mu, l].map(|h| {
            let a = gamma * h;
            let reach = a * (1.0 + root);
            let p = reach * (2.0 * lost - reach);
            let factor = (1.0 + root) * ((1.0 + root) * (1.0 - a).powi(2) + 4.0 * a * root);
            let (sum, radical) = (delta + p, (lost - reach).abs() * factor.sqrt());
            if sum + radical > 0.0 { 2.0 * p / (sum + radical) } else { (sum - radical) / 2.0 }
        });
        Ok(power(lost[0].min(lost[1]), round) * start)
    }
}
