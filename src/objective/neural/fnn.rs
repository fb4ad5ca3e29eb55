//! A feed-forward network: fully connected layers with an activation between them.
//!
//! ```text
//! h₀ = a,  hₗ = φ(Wₗ hₗ₋₁ + cₗ) for l = 1, …, L,  scores = W h_L + c
//! fᵢ(x) = (1/mᵢ) Σⱼ (log Σ_c exp score_c(aⱼ) − score_{bⱼ}(aⱼ)) + (λ/2)‖x‖²
//! ```
//!
//! With three hidden layers it is the FNN-3 of Shi et al. 2019. x holds the layers in order, each with its weights
//! row by row and then its offsets, as PyTorch's `parameters_to_vector` does; they start uniform in ±1/√(inputs).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(feature = "neural")]
use super::ObjectiveError;
use super::neural::{self, Activation, Precision};
#[cfg(feature = "neural")]
use super::neural::{
    network::{Architecture, Setup},
    pass::{Pass, Tensor},
};
use super::{Construction, Definition};
use crate::registry::Described;

/// Fully connected layers with an activation between them.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Fnn {
    /// The widths of the hidden layers, separated by commas: `"128, 64, 32"`.
    pub hidden: String,
    /// φ.
    pub activation: Activation,
    /// λ ≥ 0; zero when absent.
    #[serde(default)]
    pub regularization: f64,
    /// What the network computes with.
    #[serde(default)]
    pub precision: Precision,
}

impl Described for Fnn {
    const NAME: &'static str = "fnn";
    const SUMMARY: &'static str = "neural network of fully connected layers; non-convex, needs the feature `neural`";
    const SOURCE: &'static str = "shi2019understanding, arXiv:1911.08772v1, FNN-3";
    const EXAMPLE: &'static str =
        r#"{ name = "fnn", hidden = "8, 6, 5", activation = "tanh", regularization = 0.001 }"#;
}

impl Definition for Fnn {
    fn construction(&self) -> Construction<'_> {
        neural::construction(Self::NAME, self)
    }
}

#[cfg(feature = "neural")]
impl Fnn {
    fn widths(&self) -> Option<Vec<usize>> {
        self.hidden.split(',').map(|width| width.trim().parse().ok().filter(|width| *width > 0)).collect()
    }
}

#[cfg(feature = "neural")]
impl Architecture for Fnn {
    fn setup(&self) -> Setup {
        Setup { regularization: self.regularization, precision: self.precision, tokens: None }
    }

    fn check(&self, _n_features: usize) -> Result<(), ObjectiveError> {
        self.widths().map(|_| ()).ok_or_else(|| ObjectiveError::Unreadable {
            objective: Self::NAME,
            field: "hidden",
            value: self.hidden.clone(),
            allowed: "positive widths separated by commas, such as \"128, 64, 32\"",
        })
    }

    fn scores(&self, pass: &mut Pass<'_>, rows: Tensor<2>, n_classes: usize) -> Tensor<2> {
        let mut h = rows;
        for (l, width) in self.widths().unwrap_or_default().into_iter().enumerate() {
            h = self.activation.apply(pass.linear(&format!("fc{}", l + 1), h, width));
        }
        pass.linear("scores", h, n_classes)
    }
}
