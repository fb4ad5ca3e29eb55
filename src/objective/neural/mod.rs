//! What the members that are neural networks have in common: the choices that they name, and their construction.
//!
//! Members are declared with and without the cargo feature `neural`; only with it they can be built. A member states its
//! keys and, as `Architecture`, how rows become scores; `network.rs` makes the objective of it, `pass.rs` the layers.

mod choice;
#[cfg(feature = "neural")]
pub(super) mod image;
#[cfg(feature = "neural")]
pub(super) mod network;
#[cfg(feature = "neural")]
pub(super) mod pass;

pub use choice::{Activation, Pooling, Precision};

use super::Construction;
#[cfg(not(feature = "neural"))]
use super::ObjectiveError;

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
