//! Every compressor of the registry keeps what it promises, and agrees with an obviously right twin.
//!
//! This file holds what all of them are tried on; the modules go from the registry as a whole to its families.

mod cat;
mod compositions;
mod conformance;
mod quantizers;
mod selectors;
mod sidco;
mod sparsifiers;
mod specs;

use gradsieve::compressor::{Call, Compressor, CompressorSpec, Message, Scratch};
use gradsieve::conformance::compressor::{DIMS, DRAWS, refutes, relative_errors, vectors};
use gradsieve::conformance::mean_and_error;
use gradsieve::random::Streams;
use gradsieve::vector::NotFinite;

/// Standard errors that a Monte-Carlo mean may be off: one in 16,000 for a normal mean.
const Z: f64 = 4.0;

fn spec(toml: &str) -> CompressorSpec {
    #[derive(serde::Deserialize)]
    struct File {
        compressor: CompressorSpec,
    }
    toml::from_str::<File>(&format!("compressor = {toml}")).unwrap_or_else(|e| panic!("{toml}: {e}")).compressor
}

fn build(toml: &str, dim: usize) -> Box<dyn Compressor> {
    spec(toml).build(&[dim]).unwrap_or_else(|e| panic!("{toml}: {e}"))
}

fn members(dim: usize) -> impl Iterator<Item = (&'static str, Box<dyn Compressor>)> {
    CompressorSpec::MEMBERS.iter().map(move |member| (member.name, build(member.example, dim)))
}

fn try_compress(
    operator: &dyn Compressor,
    x: &[f64],
    (worker, round, block): (usize, u64, usize),
    adaptation: &mut Vec<f64>,
) -> Result<Message, NotFinite> {
    let (streams, scratch) = (Streams::new(11), &mut Scratch::default());
    let mut message = Message::default();
    let mut call = Call { streams, worker, round, block, adaptation, scratch };
    operator.compress(x, &mut call, &mut message).map(|()| message)
}

fn compress(operator: &dyn Compressor, x: &[f64], worker: usize, round: u64) -> Message {
    try_compress(operator, x, (worker, round, 0), &mut Vec::new()).unwrap()
}

/// Mid-quantiles of a distribution: a vector whose empirical distribution is as close to it as d allows.
fn quantiles(dim: usize, inverse: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..dim).map(|j| inverse((j as f64 + 0.5) / dim as f64)).collect()
}
