//! Error feedback with the residual in step-scaled units: TopK-SGD of Alistarh et al., Mem-SGD of Stich et al.
//!
//! ```text
//! worker i:  p = eᵢ + γ_t gᵢ(x_t)
//!            c = C(p), send c
//!            eᵢ = p − c
//! server:    x_{t+1} = x_t − (1/n) Σᵢ cᵢ
//! ```
//!
//! The gradient is scaled by the step size *before* it enters the residual, so the virtual iterate
//! `x̃_t = x_t − (1/n) Σ eᵢ` follows plain SGD exactly: `x̃_{t+1} = x̃_t − γ_t (1/n) Σ gᵢ(x_t)`.

use super::{Definition, Memory, Method, MethodError, Round, Server, Worker, feed_back};
use crate::compressor::{Compressor, CompressorSpec, Randomness};
use crate::registry::Described;
use crate::vector::NotFinite;
use serde::{Deserialize, Serialize};

/// Error feedback with the residual in step-scaled units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorFeedback {
    /// The operator C.
    pub compressor: CompressorSpec,
}

impl Described for ErrorFeedback {
    const NAME: &'static str = "error-feedback";
    const SUMMARY: &'static str = "error feedback, residual in step-scaled units (TopK-SGD, Mem-SGD)";
    const SOURCE: &'static str = "alistarh2018convergence, arXiv:1809.10505, Algorithm 1";
    const EXAMPLE: &'static str = "name = \"error-feedback\"\ncompressor = { name = \"top-k\", k = 0.1 }";
}

impl ErrorFeedback {
    /// The method around any operator, such as one from outside the crate.
    #[must_use]
    pub fn around(compressor: Box<dyn Compressor>) -> Box<dyn Method> {
        Box::new(Feedback { compressor, scaled: Scaled::BeforeCompression })
    }
}

impl Definition for ErrorFeedback {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Method>, MethodError> {
        Ok(Self::around(self.compressor.build(blocks)?))
    }
}

/// Error feedback with the residual in either unit.
#[derive(Debug)]
pub(super) struct Feedback {
    pub(super) compressor: Box<dyn Compressor>,
    pub(super) scaled: Scaled,
}

/// Where the step size is applied.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scaled {
    /// By the workers: gradients are scaled, messages are steps.
    BeforeCompression,
    /// By the server: messages are scaled.
    AfterCompression,
}

impl Scaled {
    /// What gradients are multiplied with, and what messages are, with γ the step size.
    fn weights(self, gamma: f64) -> (f64, f64) {
        match self {
            Self::BeforeCompression => (gamma, 1.0),
            Self::AfterCompression => (1.0, gamma),
        }
    }
}

/// e, of the memory of a worker.
const RESIDUAL: usize = 0;

impl Method for Feedback {
    fn worker_memory(&self) -> &'static [Memory] {
        &[Memory::Residual]
    }

    fn server_memory(&self) -> Vec<Memory> {
        Vec::new()
    }

    fn worker(&self, worker: &mut Worker<'_>, round: &Round) -> Result<(), NotFinite> {
        self.workers(std::slice::from_mut(worker), round).map_err(|(_, error)| error)
    }

    fn workers(&self, workers: &mut [Worker<'_>], round: &Round) -> Result<(), (usize, NotFinite)> {
        // p = e + w g, c = C(p), e = p − c
        let (weight, _) = self.scaled.weights(round.step_size);
        feed_back(workers, RESIDUAL, weight, &*self.compressor)
    }

    fn is_side_by_side(&self) -> bool {
        self.compressor.is_side_by_side()
    }

    fn server(&self, server: Server<'_>, round: &Round) {
        let (_, weight) = self.scaled.weights(round.step_size);
        server.mean.add_to(-weight, server.iterate); // x = x − w mean c
    }

    fn compressor(&self) -> Option<&dyn Compressor> {
        Some(&*self.compressor)
    }

    fn randomness(&self) -> Randomness {
        self.compressor.randomness()
    }

    fn virtual_weight(&self, round: &Round) -> Option<f64> {
        let (_, weight) = self.scaled.weights(round.step_size);
        Some(weight)
    }
}
