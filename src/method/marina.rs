//! MARINA: workers compress the change of their gradient from one iterate to the next; now and then, by a common
//! draw, they send the whole gradient.
//!
//! ```text
//! all:       draw one b ~ Bernoulli(p) for all; b = 1 in the first round
//! worker i:  b = 1: send gᵢ(x_t)
//!            b = 0: send C(gᵢ(x_t) − gᵢ(x_{t−1})), both with the sample of this round
//! server:    b = 1: g = (1/n) Σᵢ of the messages
//!            b = 0: g = g + (1/n) Σᵢ of the messages
//!            x_{t+1} = x_t − γ_t g
//! ```
//!
//! g, the memory `Estimate`, is biased given the past, and its error shrinks with the steps for unbiased C. The
//! theorems take `gᵢ = ∇fᵢ`, which is `batch_size = "full"`; with mini-batches the gradient for b = 1 is that of
//! the round's batch, so its noise stays until b is 1 again. The paper's p of sparsification is k/d.

use super::{Definition, Memory, Method, MethodError, Parameter, Round, Server, Worker};
use crate::compressor::{Compressor, CompressorSpec, Randomness};
use crate::random::{Purpose, Streams};
use crate::registry::Described;
use crate::vector::{self, NotFinite};
use rand::RngExt;
use serde::{Deserialize, Serialize};

/// MARINA.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Marina {
    /// The operator C, unbiased in the theorems.
    pub compressor: CompressorSpec,
    /// p, in (0, 1]: how often whole gradients are sent; often 1/(1 + ω).
    pub probability: f64,
}

impl Described for Marina {
    const NAME: &'static str = "marina";
    const SUMMARY: &'static str = "MARINA: compresses changes of gradients, sends whole gradients by a common draw";
    const SOURCE: &'static str = "gorbunov2021marina, arXiv:2102.07845, Algorithm 1";
    const EXAMPLE: &'static str =
        "name = \"marina\"\ncompressor = { name = \"rand-k-unbiased\", k = 0.1 }\nprobability = 0.1";
}

impl Marina {
    /// The method around any operator, such as one from outside the crate.
    ///
    /// # Errors
    /// `probability` is not in (0, 1].
    pub fn around(compressor: Box<dyn Compressor>, probability: f64) -> Result<Box<dyn Method>, MethodError> {
        if probability > 0.0 && probability <= 1.0 {
            Ok(Box::new(Built { compressor, p: probability }))
        } else {
            Err(MethodError::Parameter { name: "probability", value: probability, requirement: "in (0, 1]" })
        }
    }
}

impl Definition for Marina {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Method>, MethodError> {
        Self::around(self.compressor.build(blocks)?, self.probability)
    }
}

#[derive(Debug)]
struct Built {
    compressor: Box<dyn Compressor>,
    p: f64,
}

impl Built {
    fn heads(&self, streams: Streams, round: &Round) -> bool {
        round.number == 1 || streams.shared(Purpose::Bernoulli, round.number).random::<f64>() < self.p
    }
}

impl Method for Built {
    fn worker_memory(&self) -> &'static [Memory] {
        &[]
    }

    fn server_memory(&self) -> Vec<Memory> {
        vec![Memory::Estimate, Memory::PreviousIterate]
    }

    fn worker(&self, worker: &mut Worker<'_>, round: &Round) -> Result<(), NotFinite> {
        let Worker { server_memory, oracle, uplink, buffer, .. } = worker;
        if self.heads(oracle.streams, round) {
            return uplink.send(oracle.iterate.len(), |gradient| oracle.add_gradient(1.0, gradient));
        }
        let (previous, change) = (&server_memory[1], buffer.zeroed());
        oracle.add_gradient(1.0, change);
        oracle.add_gradient_at(previous, -1.0, change);
        uplink.compress(&*self.compressor, change)
    }

    fn server(&self, server: Server<'_>, round: &Round) {
        let Server { iterate, memory, mean, streams } = server;
        let [g, previous] = memory else { unreachable!("two memories") };
        if self.heads(streams, round) {
            g.fill(0.0);
        }
        mean.add_to(1.0, g);
        previous.copy_from_slice(iterate);
        vector::add_scaled(-round.step_size, g, iterate);
    }

    fn compressor(&self) -> Option<&dyn Compressor> {
        Some(&*self.compressor)
    }

    fn randomness(&self) -> Randomness {
        self.compressor.randomness().and(Randomness::Shared) // the common draw
    }

    fn parameters(&self) -> Vec<Parameter> {
        vec![Parameter::FullGradientProbability(self.p)]
    }
}
