//! EF21: workers compress the change of their gradient against an estimate that both sides keep.
//!
//! ```text
//! worker i:  c = C(gᵢ(x_t) − hᵢ), send c
//!            hᵢ = hᵢ + c
//! server:    h = h + (1/n) Σᵢ cᵢ
//!            x_{t+1} = x_t − γ_t h
//! ```
//!
//! hᵢ is the paper's gᵢ, the memory `Estimate`; it starts from zero, so that the first message is `C(gᵢ(x_0))`,
//! one of the paper's two initializations. The rounds are the paper's, shifted by half a round: the server steps
//! after the estimates are refreshed.

use super::{Definition, Memory, Method, MethodError, Round, Server, Worker};
use crate::compressor::{Compressor, CompressorSpec, Randomness};
use crate::registry::Described;
use crate::vector::{self, NotFinite};
use serde::{Deserialize, Serialize};

/// EF21.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ef21 {
    /// The operator C.
    pub compressor: CompressorSpec,
}

impl Described for Ef21 {
    const NAME: &'static str = "ef21";
    const SUMMARY: &'static str = "EF21: compresses the change of each gradient against a common estimate";
    const SOURCE: &'static str = "richtarik2021ef21, arXiv:2106.05203v1, Algorithm 2";
    const EXAMPLE: &'static str = "name = \"ef21\"\ncompressor = { name = \"top-k\", k = 0.1 }";
}

impl Ef21 {
    /// The method around any operator, such as one from outside the crate.
    #[must_use]
    pub fn around(compressor: Box<dyn Compressor>) -> Box<dyn Method> {
        Box::new(Built { compressor })
    }
}

impl Definition for Ef21 {
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
        &[Memory::Estimate]
    }

    fn server_memory(&self) -> Vec<Memory> {
        vec![Memory::Estimate]
    }

    fn worker(&self, worker: &mut Worker<'_>, _round: &Round) -> Result<(), NotFinite> {
        let Worker { memory, oracle, uplink, buffer, .. } = worker;
        let (estimate, change) = (&mut memory[0], buffer.zeroed());
        oracle.add_gradient(1.0, change);
        vector::add_scaled(-1.0, estimate, change); // g − h
        uplink.compress(&*self.compressor, change)?; // c = C(g − h)
        uplink.message.add_to(1.0, estimate); // h = h + c
        Ok(())
    }

    fn server(&self, server: Server<'_>, round: &Round) {
        let estimate = &mut server.memory[0];
        server.mean.add_to(1.0, estimate);
        vector::add_scaled(-round.step_size, estimate, server.iterate);
    }

    fn compressor(&self) -> Option<&dyn Compressor> {
        Some(&*self.compressor)
    }

    fn randomness(&self) -> Randomness {
        self.compressor.randomness()
    }
}
