//! How far selection, operators and simulation are from the limits of this machine, all measured in one run.
//!
//! A row names its work, the least bytes that any program must move for it, the operations that it must do, and the
//! pass over the same memory to which it is held, timed in the same turns ([`turns`]). This module reads no clock:
//! whoever measures hands in a [`Stopwatch`](crate::statistics::Stopwatch).

use crate::compressor::CompressorError;
use crate::dataset::DatasetError;
use crate::experiment::error::{ExperimentError, SpecError};
use crate::experiment::program::{host as computer, program, since_1970};
use crate::results::number::rounded;
use crate::store::{StoreError, write_whole};
use crate::vector::NotFinite;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;

pub mod host;
pub mod limits;
pub mod operators;
pub mod selection;
pub mod simulation;
pub mod turns;

pub use turns::{Spread, Times, Turns};

/// The parts of the benchmark, in the order in which they are run.
pub const PARTS: &[&str] = &["limits", "selection", "operators", "simulation", "scaling"];

/// A benchmark that cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchmarkError {
    /// Threads cannot be started.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// An operator cannot be built.
    #[error(transparent)]
    Operator(#[from] CompressorError),
    /// An operator was shown NaN or ∞.
    #[error(transparent)]
    NotFinite(#[from] NotFinite),
    /// An experiment of the benchmark cannot be planned.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    /// Its data cannot be made.
    #[error(transparent)]
    Data(#[from] DatasetError),
    /// A run diverged.
    #[error("a run of the benchmark diverged: {0}")]
    Diverged(String),
}

impl From<SpecError> for BenchmarkError {
    fn from(error: SpecError) -> Self {
        Self::Experiment(error.into())
    }
}

/// What all parts are run with.
#[derive(Debug, Clone, Copy)]
pub struct Bench<'a> {
    /// How times are taken.
    pub turns: Turns<'a>,
    /// One thread.
    pub one: &'a rayon::ThreadPool,
    /// All threads, where there are more.
    pub all: Option<&'a rayon::ThreadPool>,
    /// Smaller vectors.
    pub quick: bool,
}

/// One work held to its limit: a row of `selection.csv`, `operators.csv` or `simulation.csv`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// What was timed.
    pub name: String,
    /// `f32` or `f64`.
    pub numbers: &'static str,
    /// d
    pub dim: usize,
    /// k/d, or the rows of a mini-batch.
    pub setting: String,
    /// Threads.
    pub threads: usize,
    /// Bytes that have to be read or written at least.
    pub bytes: f64,
    /// Products, sums and comparisons that have to be made at least.
    pub operations: f64,
    /// Seconds, the median over the turns.
    pub seconds: f64,
    /// The least value.
    pub seconds_least: f64,
    /// The largest value.
    pub seconds_most: f64,
    /// The pass to which it is held.
    pub limit: &'static str,
    /// Seconds of that pass, the median.
    pub limit_seconds: f64,
    /// Seconds over those of the limit, the median of the ratios within a turn.
    pub times_of_limit: f64,
    /// The least ratio.
    pub times_least: f64,
    /// The largest ratio.
    pub times_most: f64,
    /// How many times as fast as on one thread; absent where it was not measured on one.
    pub speed_up: Option<f64>,
}

/// What a work is, and what it must do at least.
#[derive(Debug, Clone)]
struct Work {
    name: String,
    numbers: &'static str,
    dim: usize,
    setting: String,
    threads: usize,
    bytes: f64,
    operations: f64,
}

impl Work {
    /// The row of the work at `place` of the times, held to the pass at `limit`.
    fn row(self, times: &Times, place: usize, (limit, at): (&'static str, usize)) -> Row {
        let (seconds, ratio) = (times.seconds(place), times.ratio(place, at));
        let Self { name, numbers, dim, setting, threads, bytes, operations } = self;
        Row {
            name,
            numbers,
            dim,
            setting,
            threads,
            bytes,
            operations,
            seconds: short(seconds.median),
            seconds_least: short(seconds.least),
            seconds_most: short(seconds.most),
            limit,
            limit_seconds: short(times.seconds(at).median),
            times_of_limit: short(ratio.median),
            times_least: short(ratio.least),
            times_most: short(ratio.most),
            speed_up: None,
        }
    }
}

/// Four digits: more than a clock has.
fn short(value: f64) -> f64 {
    rounded(value, 4)
}

/// The provenance of a benchmark: times belong to a machine, so it is described in more detail.
#[must_use]
pub fn provenance(command: &[String]) -> Value {
    json!({
        "command": command,
        "written_at_unix_seconds": since_1970().as_secs(),
        "gradsieve": program(),
        "host": computer(),
        "machine": host::describe(),
    })
}

/// Writes rows as a CSV file whose columns are the names of their fields.
///
/// # Errors
/// The file system refuses.
pub fn write<R: Serialize>(path: &Path, rows: &[R]) -> Result<(), StoreError> {
    write_whole(path, |out| {
        let mut csv = csv::Writer::from_writer(out);
        for row in rows {
            csv.serialize(row)?;
        }
        csv.flush()
    })
}
