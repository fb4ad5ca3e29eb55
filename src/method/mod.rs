//! Distributed first-order methods in synchronous rounds.
//!
//! In a round every worker turns a gradient at the common iterate into a message, and the server turns the mean of
//! the messages into the next iterate; some methods need several such exchanges in a round. A method owns residuals, estimates and step sizes; it knows no objective but
//! through its [`Oracle`], and nothing of bits or time.

use crate::compressor::{
    Call, Compressor, CompressorError, Guarantee, Message, Randomness, SIDE_BY_SIDE, Step, encoding::Precision,
};
use crate::objective::{Objective, Rows};
use crate::random::{Purpose, Streams};
use crate::registry::registry;
use crate::vector::{self, Addition, NotFinite, first_not_finite};
use arrayvec::ArrayVec;
use std::ops::Range;

mod aggregate;
mod memory;
pub mod step_size;
pub use aggregate::Aggregate;
pub use memory::Memory;

/// A distributed first-order method in synchronous rounds.
///
/// The worker phase runs in parallel over workers and touches only that worker's state. Messages are averaged in
/// the order of the workers, so the server phase is the same on any number of threads.
pub trait Method: Send + Sync + std::fmt::Debug {
    /// The vectors (length d, initially zero) that each worker keeps between rounds, of each kind at most one.
    fn worker_memory(&self) -> &'static [Memory];

    /// The vectors (length d, initially zero) that the server keeps between rounds.
    fn server_memory(&self) -> Vec<Memory>;

    /// How often in a round the workers send and the server answers; [`Round::exchange`] says which one is running.
    ///
    /// Every exchange is a worker phase and a server phase, with bits and seconds of its own; the iterate moves in
    /// the last one.
    fn exchanges(&self) -> usize {
        1
    }

    /// The worker's part of an exchange, in the letters of the paper.
    ///
    /// # Errors
    /// The vector to be sent holds NaN or ∞: the run has diverged.
    fn worker(&self, worker: &mut Worker<'_>, round: &Round) -> Result<(), NotFinite>;

    /// The parts of up to [`SIDE_BY_SIDE`] workers in an exchange, to the bit what [`Method::worker`] does for one after
    /// the other.
    ///
    /// # Errors
    /// As in [`Method::worker`], for the first of the workers by its place.
    fn workers(&self, workers: &mut [Worker<'_>], round: &Round) -> Result<(), (usize, NotFinite)> {
        first_not_finite(workers.iter_mut().map(|worker| self.worker(worker, round)))
    }

    /// Whether [`Method::workers`] takes less time than one worker after the other.
    fn is_side_by_side(&self) -> bool {
        false
    }

    /// The server's part of an exchange; the last one of a round moves the iterate.
    fn server(&self, server: Server<'_>, round: &Round);

    /// The operator that makes the messages, where there is one.
    fn compressor(&self) -> Option<&dyn Compressor> {
        None
    }

    /// Where the randomness of the method comes from, that of its compressor included and that of the gradients not.
    ///
    /// Whether one run says anything about all runs rests on the answer, so there is no default: a random method that
    /// forgot to answer would be judged by a single draw.
    fn randomness(&self) -> Randomness;

    /// The inequality that holds for what is sent of a block of dimension `dim`: that of the compressor, or that of the
    /// identity where whole gradients are sent.
    fn guarantee(&self, dim: usize) -> Guarantee {
        self.compressor().map_or(Guarantee::None, |compressor| compressor.guarantee(dim))
    }

    /// The constants that theorems need from the method itself; a theorem whose constant is missing refuses.
    fn parameters(&self) -> Vec<Parameter> {
        Vec::new()
    }

    /// For methods with error feedback: the factor s for which `x − s · mean(residual)` follows uncompressed SGD
    /// (the virtual iterate), with [`Memory::Residual`] among [`Method::worker_memory`].
    fn virtual_weight(&self, round: &Round) -> Option<f64> {
        let _ = round;
        None
    }
}

impl dyn Method + '_ {
    /// Where the workers keep this kind of memory.
    #[must_use]
    pub fn place_of(&self, memory: Memory) -> Option<usize> {
        self.worker_memory().iter().position(|kept| *kept == memory)
    }
}

/// A constant of a method that appears in theorems.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Parameter {
    /// η, the weight of a new gradient in the average that each worker keeps.
    Momentum(f64),
    /// p, how often whole gradients are sent.
    FullGradientProbability(f64),
    /// α, how much of a message the shifts take in.
    ShiftRate(f64),
}

/// What is the same for everybody in a round.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// t, from 1.
    pub number: u64,
    /// γ of this round.
    pub step_size: f64,
    /// n.
    pub n_workers: usize,
    /// From 0, below [`Method::exchanges`].
    pub exchange: usize,
}

/// What a worker has available in a round.
#[derive(Debug)]
pub struct Worker<'a> {
    /// One vector of length d per entry of [`Method::worker_memory`].
    pub memory: &'a mut [Vec<f64>],
    /// The server's memory after its last part. It follows from the means, which every worker receives: each could
    /// keep a copy of its own.
    pub server_memory: &'a [Vec<f64>],
    /// Stochastic gradients of the worker's objective.
    pub oracle: Oracle<'a>,
    /// The way to the server.
    pub uplink: Uplink<'a>,
    /// A vector of length d without meaning between rounds.
    pub buffer: Buffer<'a>,
}

/// A vector that costs nothing until it is used.
#[derive(Debug)]
pub struct Buffer<'a> {
    /// Any content.
    pub values: &'a mut Vec<f64>,
    /// d.
    pub dim: usize,
}

impl Buffer<'_> {
    /// Zero, of length d.
    #[must_use]
    pub fn zeroed(&mut self) -> &mut [f64] {
        self.values.clear();
        self.values.resize(self.dim, 0.0);
        self.values
    }
}

/// What the server has available in a round.
#[derive(Debug)]
pub struct Server<'a> {
    /// x, length d.
    pub iterate: &'a mut [f64],
    /// One vector of length d per entry of [`Method::server_memory`].
    pub memory: &'a mut [Vec<f64>],
    /// `(1/n) Σ` of the messages.
    pub mean: &'a Aggregate,
    /// All random streams of the run, for what server and workers draw together.
    pub streams: Streams,
}

/// Stochastic gradients of one worker in one round; all queries of a round share the sample.
#[derive(Debug, Clone, Copy)]
pub struct Oracle<'a> {
    /// The objective.
    pub objective: &'a dyn Objective,
    /// The worker, from 0.
    pub worker: usize,
    /// The sample.
    pub rows: Rows<'a>,
    /// The common iterate, length d.
    pub iterate: &'a [f64],
    /// `∇shared(iterate)` with weight one, where the objective has a shared part.
    pub shared: Option<Addition<'a>>,
    /// All random streams of the run.
    pub streams: Streams,
    /// The round, from 1.
    pub round: u64,
}

impl Oracle<'_> {
    /// `out ← out + weight · gᵢ(x)` at the common iterate; sparse rows cost what they hold, the shared part one pass.
    pub fn add_gradient(&self, weight: f64, out: &mut [f64]) {
        self.add_data_gradient(self.iterate, weight, out);
        if let Some(shared) = self.shared {
            Addition { weight, ..shared }.add_to(out);
        }
    }

    /// `out ← out + weight · gᵢ(y)` at another point `y` (length d), with the same sample.
    pub fn add_gradient_at(&self, y: &[f64], weight: f64, out: &mut [f64]) {
        self.add_data_gradient(y, weight, out);
        self.objective.add_shared_gradient(y, weight, out);
    }

    fn add_data_gradient(&self, x: &[f64], weight: f64, out: &mut [f64]) {
        self.objective.add_gradient(self.worker, self.rows, x, weight, out);
        let mut stream = self.streams.stream(Purpose::Noise, self.worker, self.round);
        self.objective.add_noise(self.worker, &mut stream, weight, out);
    }
}

/// The way from a worker to the server: compresses, rounds to what the wire carries, and lets itself be watched.
#[derive(Debug)]
pub struct Uplink<'a> {
    /// What will be sent.
    pub message: &'a mut Message,
    /// What the compressor has available.
    pub call: Call<'a>,
    /// What adaptive operators carry from round to round; one list per block.
    pub adaptation: &'a mut [Vec<f64>],
    /// Consecutive blocks of coordinates that are compressed separately.
    pub blocks: &'a [Range<usize>],
    /// The precision of values on the wire.
    pub precision: Precision,
    /// Where the compression is written down, in recorded rounds.
    pub probe: Option<&'a mut Probe>,
}

/// What a recorder learns about one worker's compression in one round.
#[derive(Debug, Default, Clone)]
pub struct Probe {
    /// Whether to keep `input`.
    pub keeps_input: bool,
    /// The vector p that was compressed; length d, or empty.
    pub input: Vec<f64>,
    /// `‖p‖²`.
    pub norm_squared: f64,
    /// `‖C(p) − p‖²`.
    pub error_squared: f64,
}

impl Uplink<'_> {
    /// Sends `C(x)`, block by block; afterwards `message` holds what the server will receive.
    ///
    /// # Errors
    /// `x` (length d) holds NaN or ∞.
    pub fn compress(&mut self, compressor: &dyn Compressor, x: &[f64]) -> Result<(), NotFinite> {
        self.compress_blocks(compressor, x)?;
        self.seal(x);
        if let Some(probe) = &mut self.probe {
            let mut error = x.to_vec();
            self.message.add_to(-1.0, &mut error);
            probe.look_at_error(&error);
        }
        Ok(())
    }

    fn compress_blocks(&mut self, compressor: &dyn Compressor, x: &[f64]) -> Result<(), NotFinite> {
        if let [_] = self.blocks {
            on_block(&mut self.call, self.adaptation, 0, |call| compressor.compress(x, call, self.message))?;
        } else {
            let parts = self.message.blocks(self.blocks.len());
            for (block, range) in self.blocks.iter().enumerate() {
                on_block(&mut self.call, self.adaptation, block, |call| {
                    compressor.compress(&x[range.clone()], call, &mut parts[block])
                })
                .map_err(|error| NotFinite { index: range.start + error.index, ..error })?;
            }
        }
        Ok(())
    }

    /// What follows every compression: values are rounded to what the wire carries, and a probe looks at what was
    /// compressed.
    fn seal(&mut self, x: &[f64]) {
        self.message.round_to(self.precision);
        if let Some(probe) = &mut self.probe {
            probe.look_at_input(x);
        }
    }

    /// The same, and `x ← x − C(x)`, of which the probe learns the error.
    fn seal_and_keep_error(&mut self, x: &mut [f64]) {
        self.seal(x);
        self.message.add_to(-1.0, x);
        if let Some(probe) = &mut self.probe {
            probe.look_at_error(x);
        }
    }

    /// Sends the vector that `fill` adds to a zero vector of length `dim`, uncompressed.
    ///
    /// # Errors
    /// The vector holds NaN or ∞.
    pub fn send(&mut self, dim: usize, fill: impl FnOnce(&mut [f64])) -> Result<(), NotFinite> {
        let values = self.message.dense(dim);
        fill(values);
        vector::check_finite(values)?;
        self.message.round_to(self.precision);
        Ok(())
    }
}

/// Error feedback of up to [`SIDE_BY_SIDE`] workers, whose residual e is the memory of this number:
///
/// ```text
/// p = e + weight · gᵢ(x)
/// c = C(p), send c
/// e = p − c
/// ```
///
/// [`Oracle::add_gradient`], [`Uplink::compress`] and a difference in fewer passes, with the same result to the bit.
///
/// # Errors
/// p of a worker holds NaN or ∞; the first by its place is named.
pub fn feed_back(
    workers: &mut [Worker<'_>],
    memory: usize,
    weight: f64,
    compressor: &dyn Compressor,
) -> Result<(), (usize, NotFinite)> {
    if workers.iter().all(|worker| worker.oracle.shared.is_some() && worker.uplink.blocks.len() == 1) {
        for Worker { memory: vectors, oracle, .. } in workers.iter_mut() {
            oracle.add_data_gradient(oracle.iterate, weight, &mut vectors[memory]);
        }
        let steps = workers.iter_mut().filter_map(|Worker { memory: vectors, oracle, uplink, .. }| {
            let Call { streams, worker, round, .. } = uplink.call;
            let (adaptation, scratch) = (&mut uplink.adaptation[0], &mut *uplink.call.scratch);
            Some(Step {
                x: &mut vectors[memory],
                addition: Addition { weight, ..oracle.shared? },
                call: Call { streams, worker, round, block: 0, adaptation, scratch },
                message: &mut *uplink.message,
            })
        });
        compressor.add_and_compress(&mut steps.collect::<ArrayVec<_, SIDE_BY_SIDE>>())?;
    } else {
        first_not_finite(workers.iter_mut().map(|Worker { memory: vectors, oracle, uplink, .. }| {
            oracle.add_gradient(weight, &mut vectors[memory]);
            uplink.compress_blocks(compressor, &vectors[memory])
        }))?;
    }
    for Worker { memory: vectors, uplink, .. } in workers {
        uplink.seal_and_keep_error(&mut vectors[memory]);
    }
    Ok(())
}

/// Applies an operator to one block, with what it carries from round to round for that block.
fn on_block<T>(
    call: &mut Call<'_>,
    adaptation: &mut [Vec<f64>],
    block: usize,
    act: impl FnOnce(&mut Call<'_>) -> T,
) -> T {
    call.block = block;
    std::mem::swap(call.adaptation, &mut adaptation[block]);
    let done = act(call);
    std::mem::swap(call.adaptation, &mut adaptation[block]);
    done
}

impl Probe {
    fn look_at_input(&mut self, x: &[f64]) {
        self.norm_squared = vector::norm_squared(x);
        self.input.clear();
        if self.keeps_input {
            self.input.extend_from_slice(x);
        }
    }

    /// The error is summed coordinate by coordinate, not as a difference of squares: exact zero stays zero.
    fn look_at_error(&mut self, error: &[f64]) {
        self.error_squared = vector::norm_squared(error);
    }
}

/// What an experiment writes of a method, and how it becomes one.
pub trait Definition: Send + Sync {
    /// Checks the parameters and makes the method for vectors with these block lengths.
    ///
    /// # Errors
    /// A parameter of the method or of its compressor is out of range.
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Method>, MethodError>;
}

impl MethodSpec {
    /// The method for vectors with these block lengths.
    ///
    /// # Errors
    /// A parameter of the method or of its compressor is out of range.
    pub fn build(&self, blocks: &[usize]) -> Result<Box<dyn Method>, MethodError> {
        self.member().build(blocks)
    }
}

impl Definition for MethodSpec {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Method>, MethodError> {
        self.build(blocks)
    }
}

/// A method cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MethodError {
    /// Its compressor cannot be made.
    #[error(transparent)]
    Compressor(#[from] CompressorError),
    /// A parameter is out of range.
    #[error("method: `{name}` is {value}, but it must be {requirement}")]
    Parameter {
        /// The key in TOML.
        name: &'static str,
        /// What it holds.
        value: f64,
        /// What is allowed.
        requirement: &'static str,
    },
}

registry! {
    /// The methods that an experiment can name.
    pub enum MethodSpec: dyn Definition {
        sgd::Sgd,
        compressed_sgd::CompressedSgd,
        error_feedback::ErrorFeedback,
        error_feedback_gradient_units::ErrorFeedbackGradientUnits,
        ef21::Ef21,
        ef21_sgdm::Ef21Sgdm,
        diana::Diana,
        marina::Marina,
        power_sgd::PowerSgd,
        momentum::Momentum,
    }
}
