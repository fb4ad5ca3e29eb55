//! The choices that networks name: activation, pooling, precision.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What follows a layer, coordinate by coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// `tanh z`: smooth.
    Tanh,
    /// `z Φ(z)`, Φ the standard normal distribution function: smooth.
    Gelu,
    /// `log(1 + exp z)`: smooth.
    Softplus,
    /// `max(z, 0)`: not differentiable at zero, so that f is not smooth.
    Relu,
}

/// How a square of pixels becomes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// Their mean: smooth.
    #[default]
    Average,
    /// The largest: not smooth.
    Max,
}

/// The numbers that a network computes with; outside of it all numbers are of double precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Single precision, as networks are trained.
    #[default]
    F32,
    /// Double precision, at half the speed.
    F64,
}
