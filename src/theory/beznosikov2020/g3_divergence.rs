//! Top-1 without memory diverges exponentially on three strongly convex quadratics.
//!
//! Hypotheses: n = 3 workers, d = 3, compressed gradient descent with top-1; fᵢ(x) = ⟨aᵢ, x⟩² + ‖x‖²/4 with a = (−3,
//! 2, 2), (2, −3, 2), (2, 2, −3); x_0 a multiple of (1, 1, 1).
//!
//! ```text
//! ‖x_t − x*‖² = (1 + 11γ/6)^{2t} ‖x_0 − x*‖²,    x* = 0
//! ```
//!
//! Identity: the run itself.
//!
//! Proof: at x = c(1, 1, 1) the gradient of worker i is 2c aᵢ + (c/2)(1, 1, 1); its largest entry, −11c/2, belongs to
//! coordinate i, so the mean of the messages is −(11c/6)(1, 1, 1).
//!
//! Source: beznosikov2020biased, arXiv:2002.12410, the example of divergence with ‖x‖²/4, where no entries tie;
//! factor ours

use crate::theory::prelude::*;

const NEEDS: [Q; 5] = [Q::StepSize, Q::InitialDistanceSquared, Q::NWorkers, Q::Dim, Q::K];

/// G3: see the module.
#[derive(Debug)]
pub struct Divergence;

impl Bound for Divergence {
    fn about(&self) -> &'static About {
        &About {
            id: "G3",
            provenance: Provenance::Derived,
            kind: Kind::Trajectory,
            left: Recorded(Metric::DistanceSquared),
            sense: Sense::Identity,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[],
        }
    }

    fn value(&self, s: &Setting, round: usize) -> Result<f64, NotApplicable> {
        let [gamma, distance, n, d, k] = s.values(NEEDS)?;
        require(n == 3.0 && d == 3.0 && k == 1.0, || {
            format!("n = {n}, d = {d}, k = {k}: the example has n = d = 3 and k = 1")
        })?;
        Ok(power(-11.0 * gamma / 6.0, 2 * round) * distance)
    }
}
