//! Robust regression with Welsch's loss, smooth and bounded: outliers stop pulling.
//!
//! ```text
//! fᵢ(x) = (1/mᵢ) Σⱼ ϕ(⟨aⱼ, x⟩ − bⱼ) + (λ/2)‖x‖²,   ϕ(r) = (c²/2)(1 − exp(−r²/c²))
//! ```
//!
//! Labels are any finite numbers; c > 0 is the scale above which a residual counts as an outlier. With u = r²/c²:
//! `ϕ' = r e^−u`, at most `c e^(−1/2)/√2` in magnitude (u = 1/2), and `ϕ'' = (1 − 2u) e^−u` is in
//! [−2e^(−3/2), 1] (u = 3/2 and 0). Of f* only the lower bound 0 is proved.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finite_sum::{FiniteSum, Labels, LossBounds};
use super::linear_model::{LinearModel, Loss};
use super::regularizer::Regularizer;
use super::{Construction, Definition, ObjectiveError};
use crate::registry::Described;

/// `fᵢ(x) = (1/mᵢ) Σⱼ (c²/2)(1 − exp(−(⟨aⱼ, x⟩ − bⱼ)²/c²)) + (λ/2)‖x‖²`.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct WelschRegression {
    /// c from 1e-150 to 1e150, in units of the labels.
    pub scale: f64,
    /// λ ≥ 0.
    pub regularization: f64,
}

impl Described for WelschRegression {
    const NAME: &'static str = "welsch-regression";
    const SUMMARY: &'static str = "robust regression over rows with Welsch's bounded loss; non-convex";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = r#"{ name = "welsch-regression", scale = 1.0, regularization = 0.001 }"#;
}

impl Definition for WelschRegression {
    fn construction(&self) -> Construction<'_> {
        Construction::OverRows(Box::new(|shards| {
            let holds = (1e-150..=1e150).contains(&self.scale); // whose squares are neither 0 nor ∞
            ObjectiveError::check(Self::NAME, "scale", self.scale, "1e-150 ≤ scale ≤ 1e150", holds)?;
            let regularizer = Regularizer::Ridge(self.regularization);
            let sum = FiniteSum::new(Self::NAME, shards, Labels::Numbers, regularizer)?;
            Ok(Box::new(LinearModel { sum, loss: Welsch { scale: self.scale } }))
        }))
    }
}

/// `ϕ(z, b) = (c²/2)(1 − exp(−(z − b)²/c²))`.
#[derive(Debug)]
struct Welsch {
    scale: f64,
}

impl Loss for Welsch {
    fn value(&self, margin: f64, label: f64) -> f64 {
        let u = ((margin - label) / self.scale).powi(2);
        -0.5 * self.scale * self.scale * (-u).exp_m1()
    }

    fn slope(&self, margin: f64, label: f64) -> f64 {
        let r = margin - label;
        r * (-(r / self.scale).powi(2)).exp()
    }

    fn curvature(&self, margin: f64, label: f64) -> f64 {
        let u = ((margin - label) / self.scale).powi(2);
        // Beyond, the exponential is zero and u may be ∞, whose product would be NaN.
        if u > 1e3 { 0.0 } else { (1.0 - 2.0 * u) * (-u).exp() }
    }

    fn bounds(&self) -> LossBounds {
        let slope = self.scale * (-0.5_f64).exp() * std::f64::consts::FRAC_1_SQRT_2;
        LossBounds { curvature: (-2.0 * (-1.5_f64).exp(), 1.0), slope: Some(slope) }
    }
}
