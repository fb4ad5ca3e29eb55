//! Least squares, with L2 regularization: ridge regression.
//!
//! ```text
//! fᵢ(x) = (1/2mᵢ) Σⱼ (⟨aⱼ, x⟩ − bⱼ)² + (λ/2)‖x‖²
//! ```
//!
//! Labels are any finite numbers. L and μ are the extreme eigenvalues of `Σᵢ (1/(n mᵢ)) Σⱼ aⱼaⱼᵀ`, plus λ.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finite_sum::{FiniteSum, Labels, LossBounds};
use super::linear_model::{LinearModel, Loss};
use super::regularizer::Regularizer;
use super::{Construction, Definition};
use crate::registry::Described;

/// `fᵢ(x) = (1/2mᵢ) Σⱼ (⟨aⱼ, x⟩ − bⱼ)² + (λ/2)‖x‖²`.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct LeastSquares {
    /// λ ≥ 0.
    pub regularization: f64,
}

impl Described for LeastSquares {
    const NAME: &'static str = "least-squares";
    const SUMMARY: &'static str = "least squares over rows with L2 regularization (ridge); convex";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = r#"{ name = "least-squares", regularization = 0.001 }"#;
}

impl Definition for LeastSquares {
    fn construction(&self) -> Construction<'_> {
        Construction::OverRows(Box::new(|shards| {
            let regularizer = Regularizer::Ridge(self.regularization);
            let sum = FiniteSum::new(Self::NAME, shards, Labels::Numbers, regularizer)?;
            Ok(Box::new(LinearModel { sum, loss: HalfSquare }))
        }))
    }
}

/// `ϕ(z, b) = (z − b)²/2`.
#[derive(Debug)]
struct HalfSquare;

impl Loss for HalfSquare {
    fn value(&self, margin: f64, label: f64) -> f64 {
        0.5 * (margin - label) * (margin - label)
    }

    fn slope(&self, margin: f64, label: f64) -> f64 {
        margin - label
    }

    fn curvature(&self, _margin: f64, _label: f64) -> f64 {
        1.0
    }

    fn bounds(&self) -> LossBounds {
        LossBounds { curvature: (1.0, 1.0), slope: None }
    }

    fn self_concordance(&self) -> Option<f64> {
        Some(0.0)
    }
}
