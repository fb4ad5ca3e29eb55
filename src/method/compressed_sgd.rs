//! Compressed SGD without memory: what compression drops is lost.
//!
//! ```text
//! worker i:  send C(gᵢ(x_t))
//! server:    x_{t+1} = x_t − γ_t (1/n) Σᵢ C(gᵢ(x_t))
//! ```
//!
//! With an unbiased C this is QSGD's scheme. With a biased one and n > 1 it need not converge: see the objective
//! `diverging-quadratics`. With a CAT operator and γ = 1/L it is the adaptive method of Khirirat et al.

use super::{Definition, Memory, Method, MethodError, Round, Server, Worker};
use crate::compressor::{Compressor, CompressorSpec, Randomness};
use crate::registry::Described;
use crate::vector::NotFinite;
use serde::{Deserialize, Serialize};

/// Compressed SGD without memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompressedSgd {
    /// The operator C.
    pub compressor: CompressorSpec,
}

impl Described for CompressedSgd {
    const NAME: &'static str = "compressed-sgd";
    const SUMMARY: &'static str = "compressed SGD without memory: what compression drops is lost";
    const SOURCE: &'static str = "alistarh2017qsgd, arXiv:1610.02132v4, Algorithm 1";
    const EXAMPLE: &'static str = "name = \"compressed-sgd\"\ncompressor = { name = \"rand-k-unbiased\", k = 0.1 }";
}

impl CompressedSgd {
    /// The method around any operator, such as one from outside the crate.
    #[must_use]
    pub fn around(compressor: Box<dyn Compressor>) -> Box<dyn Method> {
        Box::new(Built { compressor })
    }
}

impl Definition for CompressedSgd {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Method>, MethodError> {
        Ok(Self::around(self.compressor.build(blocks)?))
    }
}

#[derive(Debug)]
struct Built {
    compressor: Box<dyn Compressor>,
}

impl Method for Built {
    fn worker_memory(&self) -> &'static [Memory] {
        &[]
    }

    fn server_memory(&self) -> Vec<Memory> {
        Vec::new()
    }

    fn worker(&self, worker: &mut Worker<'_>, _round: &Round) -> Result<(), NotFinite> {
        let Worker { oracle, uplink, buffer, .. } = worker;
        let gradient = buffer.zeroed();
        oracle.add_gradient(1.0, gradient);
        uplink.compress(&*self.compressor, gradient)
    }

    fn server(&self, server: Server<'_>, round: &Round) {
        server.mean.add_to(-round.step_size, server.iterate);
    }

    fn compressor(&self) -> Option<&dyn Compressor> {
        Some(&*self.compressor)
    }

    fn randomness(&self) -> Randomness {
        self.compressor.randomness()
    }
}
