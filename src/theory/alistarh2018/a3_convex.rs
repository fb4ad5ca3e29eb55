//! Error feedback reaches a neighborhood of the minimizer of a strongly convex function (not compared with the printed
//! text).
//!
//! Hypotheses: error feedback with constant step size; f μ-strongly convex with minimizer x*; E ḡ = ∇f and E‖ḡ(x)‖² ≤
//! M² at visited points; E‖ḡ(x) − ḡ(y)‖ ≤ L_s‖x − y‖ for the same sample; C contracts with δ, q = √(1 − δ);
//! Assumption 1 with ξ; M > 0; T ≥ 1.
//!
//! ```text
//! P ≤ ε plog(‖x_0 − x*‖²/ε) / ([2γμε − γ²(M² + 2√ε L_s M C')] T)
//! C' = (q + ξ)/(1 − q),    plog(y) = log(ey) for y ≥ 1, y for y ≤ 1
//! ```
//!
//! Upper bound, not tight: the runs that were tried hit the neighborhood after 10 to 16 % of the T at which the bound
//! reaches 1.
//!
//! Notation: the paper writes c for μ, α for γ, x for x̃ and L for L_s. Its printed condition, from memory, has one
//! power of γ on the last term; the proof gives γ² and the event for x̃, as here.
//!
//! Proof: W_t = ε/(2γμε − γ²M²) plog(‖x̃_t − x*‖²/ε) + t is a rate supermartingale of the sequential process,
//! Lipschitz in x̃_t with H = 2√ε/(2γμε − γ²M²); the error of x_t against x̃_t costs H γ L_s‖x_t − x̃_t‖, bounded by
//! A1; the corrected process is a supermartingale that is at least (1 − H L_s γ² M C')T on the event; Markov.
//!
//! Source: alistarh2018convergence, arXiv:1809.10505, the convex theorem; form with γ² and constants ours

use crate::theory::prelude::*;

const NEEDS: [Q; 8] = [
    Q::StepSize,
    Q::StrongConvexity,
    Q::MeanGradientSecondMoment,
    Q::SampleSmoothness,
    Q::Delta,
    Q::Xi,
    Q::Tolerance,
    Q::InitialDistanceSquared,
];

/// A3: see the module.
#[derive(Debug)]
pub struct Convex;

impl Bound for Convex {
    fn about(&self) -> &'static About {
        &About {
            id: "A3",
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

/// `M² + 2√ε L_s M C'` of a setting; A3' has another C'.
type SecondMoment = fn(&Setting) -> Result<f64, NotApplicable>;

/// The right-hand side, for a step size that the theorem admits.
pub(super) fn miss_probability(
    theorem: &impl Bound,
    s: &Setting,
    round: usize,
    effective_second_moment: SecondMoment,
) -> Result<f64, NotApplicable> {
    let gamma = theorem.admitted_step_size(s)?;
    let rounds = rounds(round)?;
    let [mu, epsilon, distance] = s.values([Q::StrongConvexity, Q::Tolerance, Q::InitialDistanceSquared])?;
    let y = distance / epsilon;
    let plog = if y >= 1.0 { 1.0 + y.ln() } else { y };
    let gain = 2.0 * gamma * mu * epsilon - gamma.powi(2) * effective_second_moment(s)?;
    Ok(epsilon * plog / (gain * rounds))
}

/// `2με/(M² + 2√ε L_s M C')`.
pub(super) fn limit(s: &Setting, effective_second_moment: SecondMoment) -> Result<f64, NotApplicable> {
    let [mu, epsilon] = s.values([Q::StrongConvexity, Q::Tolerance])?;
    strongly_convex(mu)?;
    Ok(2.0 * mu * epsilon / effective_second_moment(s)?)
}

/// `M² + 2√ε L_s M C'`.
fn effective_second_moment(s: &Setting) -> Result<f64, NotApplicable> {
    let [m2, l, delta, xi, epsilon] =
        s.values([Q::MeanGradientSecondMoment, Q::SampleSmoothness, Q::Delta, Q::Xi, Q::Tolerance])?;
    require(m2 > 0.0, || "M² = 0, the theorem divides by it".to_owned())?;
    let (q, lost) = root(delta);
    Ok(m2 + 2.0 * epsilon.sqrt() * l * m2.sqrt() * (q + xi) / lost)
}
