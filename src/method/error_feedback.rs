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

use super::{Definition, Method, MethodError, Round, Server, Worker, feed_back};
use crate::compressor::{Compressor, CompressorSpec};
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
        Box::new(Built { compressor })
    }
}

impl Definition for ErrorFeedback {
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

    fn workers(&self, workers: &mut [Worker<'_>], round: &Round) -> Result<(), (usize, NotFinite)> {
        // p = e + γ g, c = C(p), e = p − c
        feed_back(workers, RESIDUAL, round.step_size, &*self.compressor)
    }

    fn is_side_by_side(&self) -> bool {
        self.compressor.is_side_by_side()
    }

    fn server(&self, server: Server<'_>, _round: &Round) {
        server.mean.add_to(-1.0, server.iterate);
    }

    fn compressor(&self) -> Option<&dyn Compressor> {
        Some(&*self.compressor)
    }

    fn virtual_weight(&self, _round: &Round) -> Option<f64> {
        Some(1.0)
    }
}
