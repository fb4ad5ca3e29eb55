//! What the members that are neural networks have in common: the choices that they name, and their construction.
//!
//! Members are declared with and without the cargo feature `neural`; only with it they can be built. A member states its
//! keys and, as `Architecture`, how rows become scores; `network.rs` makes the objective of it, `pass.rs` the layers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Construction;
#[cfg(not(feature = "neural"))]
use super::ObjectiveError;

#[cfg(feature = "neural")]
pub(super) mod network;
#[cfg(feature = "neural")]
pub(super) mod pass;

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

/// A network without its rows: how it is built, or why it cannot be.
#[cfg(feature = "neural")]
pub(super) fn construction<'a, A>(name: &'static str, architecture: &'a A) -> Construction<'a>
where
    A: network::Architecture + Clone + 'static,
{
    Construction::Network(Box::new(move |shards| {
        Ok(Box::new(network::Network::new(name, architecture.clone(), shards)?))
    }))
}

/// A network without its rows: how it is built, or why it cannot be.
#[cfg(not(feature = "neural"))]
pub(super) fn construction<'a, A>(name: &'static str, _: &'a A) -> Construction<'a> {
    Construction::Network(Box::new(move |_| Err(ObjectiveError::NeuralMissing { objective: name })))
}
