//! Dense parallel stochastic gradient descent.
//!
//! ```text
//! worker i:  send gᵢ(x_t)
//! server:    x_{t+1} = x_t − γ_t (1/n) Σᵢ gᵢ(x_t)
//! ```

use super::{Definition, Memory, Method, MethodError, Round, Server, Worker};
use crate::compressor::{Guarantee, Randomness};
use crate::registry::Described;
use crate::vector::NotFinite;
use serde::{Deserialize, Serialize};

/// Dense parallel stochastic gradient descent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sgd {}

impl Described for Sgd {
    const NAME: &'static str = "sgd";
    const SUMMARY: &'static str = "dense parallel SGD: every worker sends its whole gradient";
    const SOURCE: &'static str = "robbins1951stochastic, Ann. Math. Stat. 22(3), equation (6)";
    const EXAMPLE: &'static str = "name = \"sgd\"";
}

impl Definition for Sgd {
    fn build(&self, _blocks: &[usize]) -> Result<Box<dyn Method>, MethodError> {
        Ok(Box::new(self.clone()))
    }
}

impl Method for Sgd {
    fn worker_memory(&self) -> &'static [Memory] {
        &[]
    }

    fn server_memory(&self) -> Vec<Memory> {
        Vec::new()
    }

    fn worker(&self, worker: &mut Worker<'_>, _round: &Round) -> Result<(), NotFinite> {
        let Worker { oracle, uplink, .. } = worker;
        uplink.send(oracle.iterate.len(), |gradient| oracle.add_gradient(1.0, gradient))
    }

    fn server(&self, server: Server<'_>, round: &Round) {
        server.mean.add_to(-round.step_size, server.iterate);
    }

    fn randomness(&self) -> Randomness {
        Randomness::None
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        Guarantee::Unbiased { omega: 0.0 }
    }
}
