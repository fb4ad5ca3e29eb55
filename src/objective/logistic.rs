//! Logistic regression for two classes, with L2 regularization.
//!
//! ```text
//! fᵢ(x) = (1/mᵢ) Σⱼ log(1 + exp(−bⱼ⟨aⱼ, x⟩)) + (λ/2)‖x‖²
//! ```
//!
//! Labels are ±1. The loss's second derivative is in (0, 1/4], so `L = λ_max(Σᵢ (1/(n mᵢ)) Σⱼ aⱼaⱼᵀ)/4 + λ` and
//! μ = λ.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finite_sum::{FiniteSum, Labels, LossBounds};
use super::linear_model::{LinearModel, Loss};
use super::regularizer::Regularizer;
use super::{Construction, Definition};
use crate::registry::Described;

/// `fᵢ(x) = (1/mᵢ) Σⱼ log(1 + exp(−bⱼ⟨aⱼ, x⟩)) + (λ/2)‖x‖²`.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Logistic {
    /// λ ≥ 0.
    pub regularization: f64,
}

impl Described for Logistic {
    const NAME: &'static str = "logistic";
    const SUMMARY: &'static str = "logistic regression over rows labelled ±1 with L2 regularization; convex";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = r#"{ name = "logistic", regularization = 0.001 }"#;
}

impl Definition for Logistic {
    fn construction(&self) -> Construction<'_> {
        Construction::OverRows(Box::new(|shards| {
            let regularizer = Regularizer::Ridge(self.regularization);
            let sum = FiniteSum::new(Self::NAME, shards, Labels::Signs, regularizer)?;
            Ok(Box::new(LinearModel { sum, loss: LogisticLoss }))
        }))
    }
}

/// `ϕ(z, b) = log(1 + exp(−bz))`, finite for every finite z.
#[derive(Debug)]
pub(super) struct LogisticLoss;

/// `exp(−|t|)`, which never overflows: all that the loss and its derivatives need of t but its sign.
fn tail(t: f64) -> f64 {
    (-t.abs()).exp()
}

/// `1/(1 + exp(−t))`, given the tail of t.
fn sigmoid(t: f64, tail: f64) -> f64 {
    (if t < 0.0 { tail } else { 1.0 }) / (1.0 + tail)
}

/// `log(1 + exp(t))`, given the tail of t.
fn softplus(t: f64, tail: f64) -> f64 {
    let of_tail = tail.ln_1p();
    if t > 0.0 { t + of_tail } else { of_tail }
}

impl Loss for LogisticLoss {
    fn value(&self, margin: f64, label: f64) -> f64 {
        let t = -label * margin;
        softplus(t, tail(t))
    }

    fn slope(&self, margin: f64, label: f64) -> f64 {
        let t = -label * margin;
        -label * sigmoid(t, tail(t))
    }

    fn value_and_slope(&self, margin: f64, label: f64) -> (f64, f64) {
        let t = -label * margin;
        let tail = tail(t);
        (softplus(t, tail), -label * sigmoid(t, tail))
    }

    fn curvature(&self, margin: f64, _label: f64) -> f64 {
        let tail = tail(margin);
        sigmoid(margin, tail) * sigmoid(-margin, tail)
    }

    fn bounds(&self) -> LossBounds {
        LossBounds { curvature: (0.0, 0.25), slope: Some(1.0) }
    }

    fn self_concordance(&self) -> Option<f64> {
        // ϕ‴ = ∓ϕ″ tanh(z/2).
        Some(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_is_accurate_at_both_ends() {
        let loss = LogisticLoss;
        assert_eq!(loss.value(-1e300, 1.0), 1e300);
        assert_eq!(loss.slope(-1e300, 1.0), -1.0);
        assert_eq!(loss.value(0.0, 1.0), std::f64::consts::LN_2);
        // log(1 + e^−t) = e^−t − e^−2t/2 + …: the second term is below the last bit at t = 40.
        assert_eq!(loss.value(40.0, 1.0), (-40.0_f64).exp());
        assert_eq!(loss.slope(40.0, 1.0), -(-40.0_f64).exp());
        assert!(loss.value(f64::NAN, 1.0).is_nan() && loss.slope(f64::NAN, 1.0).is_nan());
    }
}
