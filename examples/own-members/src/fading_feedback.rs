//! Fading feedback: error feedback whose residual fades, so that what was dropped long ago is not sent late.
//!
//! ```text
//! worker i:  p = ρ eᵢ + γ_t gᵢ(x_t)
//!            c = C(p), send c
//!            eᵢ = p − c
//! server:    x_{t+1} = x_t − (1/n) Σᵢ cᵢ
//! ```
//!
//! ρ = 1 is error feedback, ρ = 0 is compressed SGD. With ρ < 1 something is lost in every round, so there is no
//! virtual iterate that follows SGD.

use gradsieve::compressor::{Compressor, CompressorSpec, Randomness};
use gradsieve::method::{Definition, Memory, Method, MethodError, Round, Server, Worker, feed_back};
use gradsieve::registry::Described;
use gradsieve::vector::NotFinite;

/// Error feedback whose residual fades.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FadingFeedback {
    /// ρ, what is left of the residual after a round; in [0, 1].
    pub retention: f64,
    /// The operator C.
    pub compressor: CompressorSpec,
}

impl Described for FadingFeedback {
    const NAME: &'static str = "fading-feedback";
    const SUMMARY: &'static str = "error feedback whose residual fades from round to round";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str =
        "name = \"fading-feedback\"\nretention = 0.9\ncompressor = { name = \"top-k\", k = 0.1 }";
    const DOCUMENTATION: &'static str = include_str!("fading_feedback.rs");
}

impl Definition for FadingFeedback {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Method>, MethodError> {
        if !(0.0..=1.0).contains(&self.retention) {
            return Err(MethodError::Parameter { name: "retention", value: self.retention, requirement: "in [0, 1]" });
        }
        Ok(Box::new(Feedback { retention: self.retention, compressor: self.compressor.build(blocks)? }))
    }
}

#[derive(Debug)]
struct Feedback {
    retention: f64,
    compressor: Box<dyn Compressor>,
}

impl Method for Feedback {
    fn worker_memory(&self) -> &'static [Memory] {
        &[Memory::Residual]
    }

    fn server_memory(&self) -> Vec<Memory> {
        Vec::new()
    }

    fn worker(&self, worker: &mut Worker<'_>, round: &Round) -> Result<(), NotFinite> {
        worker.memory[0].iter_mut().for_each(|e| *e *= self.retention);
        // p = e + γ g, c = C(p), e = p − c
        let fed_back = feed_back(std::slice::from_mut(worker), 0, round.step_size, &*self.compressor);
        fed_back.map_err(|(_, error)| error)
    }

    fn server(&self, server: Server<'_>, _round: &Round) {
        server.mean.add_to(-1.0, server.iterate);
    }

    fn randomness(&self) -> Randomness {
        self.compressor.randomness()
    }

    fn compressor(&self) -> Option<&dyn Compressor> {
        Some(&*self.compressor)
    }
}
