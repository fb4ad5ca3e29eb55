//! Logistic regression for two classes with a bounded, non-convex regularizer.
//!
//! ```text
//! fᵢ(x) = (1/mᵢ) Σⱼ log(1 + exp(−bⱼ⟨aⱼ, x⟩)) + λ Σₗ xₗ²/(1 + xₗ²)
//! ```
//!
//! Labels are ±1. The regularizer's second derivative is in [−λ/2, 2λ], so
//! `L = λ_max(Σᵢ (1/(n mᵢ)) Σⱼ aⱼaⱼᵀ)/4 + 2λ`. Of f* only the lower bound 0 is proved.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finite_sum::{FiniteSum, Labels};
use super::linear_model::LinearModel;
use super::logistic::LogisticLoss;
use super::regularizer::Regularizer;
use super::{Construction, Definition};
use crate::registry::Described;

/// `fᵢ(x) = (1/mᵢ) Σⱼ log(1 + exp(−bⱼ⟨aⱼ, x⟩)) + λ Σₗ xₗ²/(1 + xₗ²)`.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct NonconvexLogistic {
    /// λ ≥ 0.
    pub regularization: f64,
}

impl Described for NonconvexLogistic {
    const NAME: &'static str = "nonconvex-logistic";
    const SUMMARY: &'static str =
        "logistic regression over rows labelled ±1 with the bounded regularizer λ Σ x²/(1 + x²); non-convex";
    const SOURCE: &'static str = "richtarik2021ef21, arXiv:2106.05203, experiments";
    const EXAMPLE: &'static str = r#"{ name = "nonconvex-logistic", regularization = 0.1 }"#;
}

impl Definition for NonconvexLogistic {
    fn construction(&self) -> Construction<'_> {
        Construction::OverRows(Box::new(|shards| {
            let regularizer = Regularizer::Bounded(self.regularization);
            let sum = FiniteSum::new(Self::NAME, shards, Labels::Signs, regularizer)?;
            Ok(Box::new(LinearModel { sum, loss: LogisticLoss }))
        }))
    }
}
