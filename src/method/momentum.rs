//! Heavy-ball momentum on the server, around any method.
//!
//! ```text
//! Δ = x_t − server(x_t)      the step of the method inside
//! v = β v + Δ
//! x_{t+1} = x_t − v
//! ```
//!
//! This is momentum *after* aggregation; momentum inside the workers' residuals is another method.

use super::{Definition, Memory, Method, MethodError, MethodSpec, Parameter, Round, Server, Worker};
use crate::compressor::{Compressor, Guarantee, Randomness};
use crate::registry::Described;
use crate::vector::NotFinite;
use serde::{Deserialize, Serialize};

/// Heavy-ball momentum on the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Momentum {
    /// β, in [0, 1).
    pub beta: f64,
    /// The method inside.
    pub method: Box<MethodSpec>,
}

impl Described for Momentum {
    const NAME: &'static str = "momentum";
    const SUMMARY: &'static str = "heavy-ball momentum on the server, around any method";
    const SOURCE: &'static str = "polyak1964methods, USSR Comput. Math. Math. Phys. 4(5), equation (9)";
    const EXAMPLE: &'static str = "name = \"momentum\"\nbeta = 0.9\nmethod = { name = \"sgd\" }";
}

impl Definition for Momentum {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Method>, MethodError> {
        if !(0.0..1.0).contains(&self.beta) {
            return Err(MethodError::Parameter { name: "beta", value: self.beta, requirement: "in [0, 1)" });
        }
        Ok(Box::new(Built { beta: self.beta, method: self.method.build(blocks)? }))
    }
}

#[derive(Debug)]
struct Built {
    beta: f64,
    method: Box<dyn Method>,
}

impl Method for Built {
    fn worker_memory(&self) -> &'static [Memory] {
        self.method.worker_memory()
    }

    fn server_memory(&self) -> Vec<Memory> {
        // The last two are its own: the velocity and where the iterate was.
        let mut memory = self.method.server_memory();
        memory.extend([Memory::Velocity, Memory::PreviousIterate]);
        memory
    }

    fn exchanges(&self) -> usize {
        self.method.exchanges()
    }

    fn worker(&self, worker: &mut Worker<'_>, round: &Round) -> Result<(), NotFinite> {
        self.method.worker(worker, round)
    }

    fn workers(&self, workers: &mut [Worker<'_>], round: &Round) -> Result<(), (usize, NotFinite)> {
        self.method.workers(workers, round)
    }

    fn is_side_by_side(&self) -> bool {
        self.method.is_side_by_side()
    }

    fn server(&self, server: Server<'_>, round: &Round) {
        let Server { iterate, memory, mean, streams } = server;
        let (inner, own) = memory.split_at_mut(memory.len() - 2);
        let [velocity, previous] = own else { unreachable!("split two off") };
        previous.copy_from_slice(iterate);
        self.method.server(Server { iterate, memory: inner, mean, streams }, round);
        if round.exchange + 1 < self.exchanges() {
            return;
        }
        for ((velocity, previous), x) in velocity.iter_mut().zip(previous).zip(iterate.iter_mut()) {
            *velocity = self.beta * *velocity + (*previous - *x);
            *x = *previous - *velocity;
        }
    }

    fn compressor(&self) -> Option<&dyn Compressor> {
        self.method.compressor()
    }

    fn randomness(&self) -> Randomness {
        self.method.randomness()
    }

    fn guarantee(&self, dim: usize) -> Guarantee {
        self.method.guarantee(dim)
    }

    fn parameters(&self) -> Vec<Parameter> {
        self.method.parameters()
    }
}
