//! Error feedback with the residual in gradient units, as most training code does it.
//!
//! ```text
//! worker i:  p = eᵢ + gᵢ(x_t)
//!            c = C(p), send c
//!            eᵢ = p − c
//! server:    x_{t+1} = x_t − γ_t (1/n) Σᵢ cᵢ
//! ```
//!
//! With a constant step size it makes the same iterates as `error-feedback` for positively homogeneous C (top-k,
//! rand-k); when the step size changes, old residuals are applied with the new step size.

use super::{Definition, Method, MethodError, Round, Server, Worker, feed_back};
use crate::compressor::{Compressor, CompressorSpec};
use crate::registry::Described;
use crate::vector::NotFinite;
use serde::{Deserialize, Serialize};

/// Error feedback with the residual in gradient units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorFeedbackGradientUnits {
    /// The operator C.
    pub compressor: CompressorSpec,
}

impl Described for ErrorFeedbackGradientUnits {
    const NAME: &'static str = "error-feedback-gradient-units";
    const SUMMARY: &'static str = "error feedback, residual in gradient units (as in training code)";
    const SOURCE: &'static str = "shi2019understanding, arXiv:1911.08772, Algorithm 1";
    const EXAMPLE: &'static str =
        "name = \"error-feedback-gradient-units\"\ncompressor = { name = \"top-k\", k = 0.1 }";
}

impl ErrorFeedbackGradientUnits {
    /// The method around any operator, such as one from outside the crate.
    #[must_use]
    pub fn around(compressor: Box<dyn Compressor>) -> Box<dyn Method> {
        Box::new(Built { compressor })
    }
}

impl Definition for ErrorFeedbackGradientUnits {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Method>, MethodError> {
        Ok(Self::around(self.compressor.build(blocks)?))
    }
}

/// e, of the memory of a worker.
const RESIDUAL: usize = 0;

#[derive(Debug)]
struct Built {
    compressor: Box<dyn Compressor>,
}

impl Method for Built {
    fn worker_memory(&self) -> &'static [&'static str] {
        &["residual"]
    }

    fn server_memory(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn worker(&self, worker: &mut Worker<'_>, round: &Round) -> Result<(), NotFinite> {
        self.workers(std::slice::from_mut(worker), round).map_err(|(_, error)| error)
    }

    fn workers(&self, workers: &mut [Worker<'_>], _round: &Round) -> Result<(), (usize, NotFinite)> {
        // p = e + g, c = C(p), e = p − c
        feed_back(workers, RESIDUAL, 1.0, &*self.compressor)
    }

    fn is_side_by_side(&self) -> bool {
        self.compressor.is_side_by_side()
    }

    fn server(&self, server: Server<'_>, round: &Round) {
        server.mean.add_to(-round.step_size, server.iterate);
    }

    fn compressor(&self) -> Option<&dyn Compressor> {
        Some(&*self.compressor)
    }

    fn virtual_weight(&self, round: &Round) -> Option<f64> {
        Some(round.step_size)
    }
}
