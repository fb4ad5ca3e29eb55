//! The shared part of the objectives over rows: separable regularizers, and the range of their curvature.
//!
//! They do not know to which sum they are added.

use super::ObjectiveError;
use crate::vector::{self, Addition};

/// A separable function of the iterate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Regularizer {
    /// `(λ/2)‖x‖²`.
    Ridge(f64),
    /// `λ Σⱼ xⱼ²/(1 + xⱼ²)`: quadratic near zero, bounded, hence non-convex.
    Bounded(f64),
}

impl Regularizer {
    /// Checks `0 ≤ λ < ∞`.
    pub(super) fn check(&self, objective: &'static str) -> Result<(), ObjectiveError> {
        let lambda = self.lambda();
        let holds = lambda >= 0.0 && lambda.is_finite();
        ObjectiveError::check(objective, "regularization", lambda, "0 ≤ regularization < ∞", holds)
    }

    fn lambda(&self) -> f64 {
        match *self {
            Self::Ridge(lambda) | Self::Bounded(lambda) => lambda,
        }
    }

    pub(super) fn value(&self, x: &[f64]) -> f64 {
        match *self {
            Self::Ridge(lambda) => 0.5 * lambda * vector::norm_squared(x),
            // 1/(1 + 1/x²) neither overflows nor divides zero by zero.
            Self::Bounded(lambda) => lambda * x.iter().map(|x| 1.0 / (1.0 + 1.0 / (x * x))).sum::<f64>(),
        }
    }

    /// `out ← out + weight · ∇`; false where λ = 0 and nothing was added.
    pub(super) fn add_gradient(&self, x: &[f64], weight: f64, out: &mut [f64]) -> bool {
        match *self {
            _ if self.lambda() == 0.0 => return false,
            Self::Ridge(lambda) => vector::add_scaled(weight * lambda, x, out),
            Self::Bounded(lambda) => {
                for (out, x) in out.iter_mut().zip(x) {
                    let w = 1.0 / (1.0 + x * x);
                    *out += weight * lambda * 2.0 * x * w * w;
                }
            }
        }
        true
    }

    /// ∇ with weight one, in the room that `buffer` gives, to the bits of [`Regularizer::add_gradient`] to zero; `None`
    /// where λ = 0. That of a ridge needs no room: it is a multiple of x.
    pub(super) fn gradient<'a>(&self, x: &'a [f64], buffer: &'a mut [f64]) -> Option<Addition<'a>> {
        match *self {
            Self::Ridge(lambda) => (lambda != 0.0).then_some(Addition { weight: 1.0, scale: Some(lambda), vector: x }),
            Self::Bounded(_) => {
                buffer.fill(0.0);
                self.add_gradient(x, 1.0, buffer).then(|| (1.0, &*buffer).into())
            }
        }
    }

    pub(super) fn add_hessian_product(&self, x: &[f64], direction: &[f64], weight: f64, out: &mut [f64]) {
        match *self {
            Self::Ridge(lambda) => vector::add_scaled(weight * lambda, direction, out),
            Self::Bounded(lambda) => {
                for ((out, x), direction) in out.iter_mut().zip(x).zip(direction) {
                    let w = 1.0 / (1.0 + x * x);
                    // 2(1 − 3x²)/(1 + x²)³ with x² = 1/w − 1.
                    *out += weight * lambda * 2.0 * (4.0 * w - 3.0) * w * w * direction;
                }
            }
        }
    }

    /// The least and the greatest second derivative over the line; `2(1 − 3u)/(1 + u)³` is least, −1/2, at u = 1.
    pub(super) fn curvature(&self) -> (f64, f64) {
        match *self {
            Self::Ridge(lambda) => (lambda, lambda),
            Self::Bounded(lambda) => (-0.5 * lambda, 2.0 * lambda),
        }
    }
}
