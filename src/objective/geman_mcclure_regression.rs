//! Robust regression with the loss of Geman and McClure, smooth and bounded, with heavier tails than Welsch's.
//!
//! ```text
//! fᵢ(x) = (1/mᵢ) Σⱼ ϕ(⟨aⱼ, x⟩ − bⱼ) + (λ/2)‖x‖²,   ϕ(r) = (c²/2) · r²/(c² + r²)
//! ```
//!
//! Labels are any finite numbers; c > 0 is the scale above which a residual counts as an outlier. With u = r²/c²:
//! `ϕ' = r/(1 + u)²`, at most `(9/16) c/√3` in magnitude (u = 1/3), and `ϕ'' = (1 − 3u)/(1 + u)³` is in
//! [−1/4, 1] (u = 1 and 0). Of f* only the lower bound 0 is proved.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finite_sum::{FiniteSum, Labels, LossBounds};
use super::linear_model::{LinearModel, Loss};
use super::regularizer::Regularizer;
use super::{Construction, Definition, ObjectiveError};
use crate::registry::Described;

/// `fᵢ(x) = (1/mᵢ) Σⱼ (c²/2) rⱼ²/(c² + rⱼ²) + (λ/2)‖x‖²` with `rⱼ = ⟨aⱼ, x⟩ − bⱼ`.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct GemanMcclureRegression {
    /// c from 1e-150 to 1e150, in units of the labels.
    pub scale: f64,
    /// λ ≥ 0.
    pub regularization: f64,
}

impl Described for GemanMcclureRegression {
    const NAME: &'static str = "geman-mcclure-regression";
    const SUMMARY: &'static str = "robust regression over rows with Geman and McClure's bounded loss; non-convex";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = r#"{ name = "geman-mcclure-regression", scale = 1.0, regularization = 0.001 }"#;
}

impl Definition for GemanMcclureRegression {
    fn construction(&self) -> Construction<'_> {
        Construction::OverRows(Box::new(|shards| {
            let holds = (1e-150..=1e150).contains(&self.scale); // whose squares are neither 0 nor ∞
            ObjectiveError::check(Self::NAME, "scale", self.scale, "1e-150 ≤ scale ≤ 1e150", holds)?;
            let regularizer = Regularizer::Ridge(self.regularization);
            let sum = FiniteSum::new(Self::NAME, shards, Labels::Numbers, regularizer)?;
            Ok(Box::new(LinearModel { sum, loss: GemanMcclure { scale: self.scale } }))
        }))
    }
}

/// `ϕ(z, b) = (c²/2) r²/(c² + r²)` with r = z − b.
#[derive(Debug)]
struct GemanMcclure {
    scale: f64,
}

impl GemanMcclure {
    /// `u = r²/c²`.
    fn squared(&self, margin: f64, label: f64) -> f64 {
        ((margin - label) / self.scale).powi(2)
    }
}

impl Loss for GemanMcclure {
    fn value(&self, margin: f64, label: f64) -> f64 {
        // u/(1 + u) = 1/(1 + 1/u), which is right at u = 0 and u = ∞.
        0.5 * self.scale * self.scale / (1.0 + 1.0 / self.squared(margin, label))
    }

    fn slope(&self, margin: f64, label: f64) -> f64 {
        (margin - label) / (1.0 + self.squared(margin, label)).powi(2)
    }

    fn curvature(&self, margin: f64, label: f64) -> f64 {
        let w = 1.0 / (1.0 + self.squared(margin, label));
        // (1 − 3u)/(1 + u)³ with u = 1/w − 1.
        (4.0 * w - 3.0) * w * w
    }

    fn bounds(&self) -> LossBounds {
        LossBounds { curvature: (-0.25, 1.0), slope: Some(0.5625 * self.scale / 3.0_f64.sqrt()) }
    }
}
