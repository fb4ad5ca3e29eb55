//! DIANA: workers compress, without bias, the difference of their gradient to an estimate that both sides learn.
//!
//! ```text
//! worker i:  c = C(gᵢ(x_t) − hᵢ), send c
//!            hᵢ = hᵢ + α c
//! server:    x_{t+1} = x_t − γ_t (h + (1/n) Σᵢ cᵢ)
//!            h = h + α (1/n) Σᵢ cᵢ
//! ```
//!
//! hᵢ, the memory `Shift`, starts from zero and goes to `∇fᵢ(x*)`, so that the variance of an unbiased C dies
//! out also where the workers' gradients do not; h is the mean of the hᵢ. α is `memory_rate`: with α = 0 this is
//! `compressed-sgd`, and theory requires α ≤ 1/(1 + ω), which is a contraction of hᵢ towards the gradient.
//! `h + (1/n) Σ cᵢ` is an unbiased estimate of the gradient for unbiased C alone.

use super::{Definition, Memory, Method, MethodError, Parameter, Round, Server, Worker};
use crate::compressor::{Compressor, CompressorSpec, Randomness};
use crate::registry::Described;
use crate::vector::{self, NotFinite};
use serde::{Deserialize, Serialize};

/// DIANA.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Diana {
    /// The operator C, unbiased in the theorems.
    pub compressor: CompressorSpec,
    /// α, in [0, 1]: how much of a message the estimates take in; at most 1/(1 + ω) in the theorems.
    pub memory_rate: f64,
}

impl Described for Diana {
    const NAME: &'static str = "diana";
    const SUMMARY: &'static str = "DIANA: compresses each gradient's difference to a slowly learned estimate";
    const SOURCE: &'static str = "mishchenko2019distributed, arXiv:1901.09269, Algorithm 1";
    const EXAMPLE: &'static str =
        "name = \"diana\"\ncompressor = { name = \"rand-k-unbiased\", k = 0.1 }\nmemory_rate = 0.1";
}

impl Diana {
    /// The method around any operator, such as one from outside the crate.
    ///
    /// # Errors
    /// `memory_rate` is not in [0, 1].
    pub fn around(compressor: Box<dyn Compressor>, memory_rate: f64) -> Result<Box<dyn Method>, MethodError> {
        if (0.0..=1.0).contains(&memory_rate) {
            Ok(Box::new(Built { compressor, alpha: memory_rate }))
        } else {
            Err(MethodError::Parameter { name: "memory_rate", value: memory_rate, requirement: "in [0, 1]" })
        }
    }
}

impl Definition for Diana {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Method>, MethodError> {
        Self::around(self.compressor.build(blocks)?, self.memory_rate)
    }
}

#[derive(Debug)]
struct Built {
    compressor: Box<dyn Compressor>,
    alpha: f64,
}

impl Method for Built {
    fn worker_memory(&self) -> &'static [Memory] {
        &[Memory::Shift]
    }

    fn server_memory(&self) -> Vec<Memory> {
        vec![Memory::Shift]
    }

    fn worker(&self, worker: &mut Worker<'_>, _round: &Round) -> Result<(), NotFinite> {
        let Worker { memory, oracle, uplink, buffer, .. } = worker;
        let (h, difference) = (&mut memory[0], buffer.zeroed());
        oracle.add_gradient(1.0, difference);
        vector::add_scaled(-1.0, h, difference); // g − h
        uplink.compress(&*self.compressor, difference)?; // c = C(g − h)
        uplink.message.add_to(self.alpha, h); // h = h + α c
        Ok(())
    }

    fn server(&self, server: Server<'_>, round: &Round) {
        let Server { iterate, memory, mean, .. } = server;
        let h = &mut memory[0];
        vector::add_scaled(-round.step_size, h, iterate);
        mean.add_to(-round.step_size, iterate); // x = x − γ (h + mean c)
        mean.add_to(self.alpha, h); // h = h + α mean c
    }

    fn compressor(&self) -> Option<&dyn Compressor> {
        Some(&*self.compressor)
    }

    fn randomness(&self) -> Randomness {
        self.compressor.randomness()
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::ShiftRate(self.alpha)]
    }
}
