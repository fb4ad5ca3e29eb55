//! EF21 with momentum on the workers: what is compressed is the change of an averaged gradient.
//!
//! ```text
//! worker i:  vᵢ = (1 − η) vᵢ + η gᵢ(x_t);   vᵢ = gᵢ(x_0) in the first round
//!            c = C(vᵢ − hᵢ), send c
//!            hᵢ = hᵢ + c
//! server:    h = h + (1/n) Σᵢ cᵢ
//!            x_{t+1} = x_t − γ_t h
//! ```
//!
//! hᵢ is the paper's gᵢ, the memory `Estimate`; it starts from zero. The average vᵢ, the memory `Momentum`, damps the
//! noise of the stochastic gradients, with which EF21 alone does not converge; with η = 1 this is `ef21`. As there,
//! the rounds are the paper's, shifted by half a round.

use super::{Definition, Memory, Method, MethodError, Parameter, Round, Server, Worker};
use crate::compressor::{Compressor, CompressorSpec, Randomness};
use crate::registry::Described;
use crate::vector::{self, NotFinite};
use serde::{Deserialize, Serialize};

/// EF21 with momentum on the workers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ef21Sgdm {
    /// The operator C.
    pub compressor: CompressorSpec,
    /// η, in (0, 1]: the weight of the new gradient in the average.
    pub momentum: f64,
}

impl Described for Ef21Sgdm {
    const NAME: &'static str = "ef21-sgdm";
    const SUMMARY: &'static str = "EF21 with momentum on the workers, against the noise of stochastic gradients";
    const SOURCE: &'static str = "fatkhullin2023momentum, arXiv:2305.15155, Algorithm 1 (EF21-SGDM)";
    const EXAMPLE: &'static str = "name = \"ef21-sgdm\"\ncompressor = { name = \"top-k\", k = 0.1 }\nmomentum = 0.1";
}

impl Ef21Sgdm {
    /// The method around any operator, such as one from outside the crate.
    ///
    /// # Errors
    /// `momentum` is not in (0, 1].
    pub fn around(compressor: Box<dyn Compressor>, momentum: f64) -> Result<Box<dyn Method>, MethodError> {
        if momentum > 0.0 && momentum <= 1.0 {
            Ok(Box::new(Built { compressor, eta: momentum }))
        } else {
            Err(MethodError::Parameter { name: "momentum", value: momentum, requirement: "in (0, 1]" })
        }
    }
}

impl Definition for Ef21Sgdm {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Method>, MethodError> {
        Self::around(self.compressor.build(blocks)?, self.momentum)
    }
}

#[derive(Debug)]
struct Built {
    compressor: Box<dyn Compressor>,
    eta: f64,
}

impl Method for Built {
    fn worker_memory(&self) -> &'static [Memory] {
        &[Memory::Estimate, Memory::Momentum]
    }

    fn server_memory(&self) -> Vec<Memory> {
        vec![Memory::Estimate]
    }

    fn worker(&self, worker: &mut Worker<'_>, round: &Round) -> Result<(), NotFinite> {
        let Worker { memory, oracle, uplink, buffer, .. } = worker;
        let [h, v] = memory else { unreachable!("two memories") };
        let eta = if round.number == 1 { 1.0 } else { self.eta };
        for v in v.iter_mut() {
            *v *= 1.0 - eta;
        }
        oracle.add_gradient(eta, v); // v = (1 − η) v + η g
        let change = buffer.zeroed();
        vector::add_scaled(1.0, v, change);
        vector::add_scaled(-1.0, h, change); // v − h
        uplink.compress(&*self.compressor, change)?; // c = C(v − h)
        uplink.message.add_to(1.0, h); // h = h + c
        Ok(())
    }

    fn server(&self, server: Server<'_>, round: &Round) {
        let h = &mut server.memory[0];
        server.mean.add_to(1.0, h);
        vector::add_scaled(-round.step_size, h, server.iterate);
    }

    fn compressor(&self) -> Option<&dyn Compressor> {
        Some(&*self.compressor)
    }

    fn randomness(&self) -> Randomness {
        self.compressor.randomness()
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::Momentum(self.eta)]
    }
}
