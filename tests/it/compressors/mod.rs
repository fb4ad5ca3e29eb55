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
use gradsieve::random::{Purpose, Streams};
use gradsieve::vector::{NotFinite, distance_squared, norm_squared};
use rand::RngExt as _;
use statrs::distribution::{ContinuousCDF, Normal};

/// Dimensions of the conformance tests; the examples of the registry ask for k = 5.
const DIMS: [usize; 4] = [5, 6, 60, 700];

/// Draws of a Monte-Carlo mean, and the standard errors that it may be off: one in 16,000 for a normal mean.
const DRAWS: u64 = 3000;
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

/// Random, sparse, constant, heavy-tailed and adversarial vectors.
fn vectors(dim: usize) -> Vec<(&'static str, Vec<f64>)> {
    let mut stream = Streams::new(2).stream(Purpose::Generation, dim, 0);
    let mut draw = |of: &dyn Fn(f64, usize) -> f64| -> Vec<f64> { (0..dim).map(|j| of(stream.random(), j)).collect() };
    let normal = Normal::standard();
    vec![
        ("normal", draw(&|u, _| normal.inverse_cdf(u.max(1e-12)))),
        ("shifted normal", draw(&|u, _| 3.0 + normal.inverse_cdf(u.max(1e-12)))),
        ("uniform", draw(&|u, _| u - 0.5)),
        ("one entry", draw(&|_, j| if j == dim / 2 { -7.0 } else { 0.0 })),
        ("three entries", draw(&|u, j| if j < 3 { u + 0.1 } else { 0.0 })),
        ("constant", vec![0.25; dim]),
        ("signs", draw(&|u, _| if u < 0.5 { -3.0 } else { 3.0 })),
        ("two values", draw(&|u, _| if u < 0.2 { 2.0 } else { -1.0 })),
        ("heavy tails", draw(&|u, _| (u - 0.5).signum() * (u - 0.5).abs().powi(-3))),
        ("geometric", draw(&|_, j| 0.5f64.powf(j.min(900) as f64))),
        ("one large entry", draw(&|_, j| if j == 0 { 10.0 } else { 1.0 })),
        ("ascending", draw(&|_, j| j as f64)),
        ("tiny", draw(&|u, _| (u - 0.5) * 1e-150)),
        ("huge", draw(&|u, _| (u - 0.5) * 1e150)),
    ]
}

/// Mid-quantiles of a distribution: a vector whose empirical law is as close to it as d allows.
fn quantiles(dim: usize, inverse: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..dim).map(|j| inverse((j as f64 + 0.5) / dim as f64)).collect()
}

/// A sample mean and its standard error.
fn mean_and_error(samples: &[f64]) -> (f64, f64) {
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    let variance = samples.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// `‖C(x) − x‖²/‖x‖²` of `draws` calls.
fn relative_errors(operator: &dyn Compressor, x: &[f64], draws: u64) -> Vec<f64> {
    let unit = x.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let scaled: Vec<f64> = x.iter().map(|v| v / unit).collect();
    let error = |round| {
        let out: Vec<f64> = compress(operator, x, 0, round).to_dense().iter().map(|v| v / unit).collect();
        distance_squared(&out, &scaled) / norm_squared(&scaled)
    };
    (1..=draws).map(error).collect()
}

/// Whether `E‖C(x) − x‖² ≤ bound ‖x‖²` is refuted: exactly for one draw, by Z standard errors for several.
fn refutes(operator: &dyn Compressor, x: &[f64], bound: f64, draws: u64) -> bool {
    // Rounding of sums of d terms, and of the sum over draws; top-k and rand-k attain their bounds with equality.
    let slack = 4.0 * (x.len() as f64 + draws as f64) * f64::EPSILON * (1.0 + bound);
    let errors = relative_errors(operator, x, draws);
    if draws == 1 {
        return errors[0] > bound + slack;
    }
    let (mean, error) = mean_and_error(&errors);
    mean - Z * error > bound + slack
}
