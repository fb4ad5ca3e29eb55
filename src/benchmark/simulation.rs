//! The simulator against the passes that no round can avoid, what recording costs, and how time grows with n and d.
//!
//! Error feedback with top-k, k = 0.001 d, on L2-logistic regression over generated sparse rows of the size and density
//! of a set of short texts:
//!
//! | work | held to |
//! | --- | --- |
//! | rounds with mini-batches | `update` of n vectors of length d, what a dense step of all residuals moves |
//! | rounds with full gradients | `read` of all stored entries once, twelve bytes each |
//! | the same rounds with the default metrics every ten rounds | those without |

use super::{Bench, BenchmarkError, Row, Work, short};
use crate::experiment::file::ExperimentFile;
use crate::experiment::plan::{Plan, Selection};
use crate::experiment::planned::PlannedRun;
use crate::record::{Metric, Outcome, Schedule};
use crate::simulation::{Minimum, Recorder, Simulation, State, spinning};
use crate::vector::limits;
use rayon::prelude::*;
use serde::Serialize;
use std::hint::black_box;
use std::path::Path;

/// More rounds than are ever run.
const ENDLESS: u64 = 1_000_000;

/// Rounds between two records, where they are recorded.
const RECORD_EVERY: u64 = 10;

/// Bytes of a stored entry of a row: its value and its column.
const ENTRY_BYTES: usize = size_of::<f64>() + size_of::<u32>();

/// Time per round at one size, as a row of `scaling.csv`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scale {
    /// `n_workers` or `dim`: what grows.
    pub axis: &'static str,
    /// n
    pub n_workers: usize,
    /// d
    pub dim: usize,
    /// Seconds of a round, the median over the turns.
    pub seconds: f64,
    /// The least value.
    pub seconds_least: f64,
    /// The largest value.
    pub seconds_most: f64,
}

/// The runs that are timed: n workers, d, stored entries per row, batch sizes as TOML.
fn runs((n_rows, dim, entries): (usize, usize, usize), n_workers: usize, batch: &str) -> Result<Plan, BenchmarkError> {
    let text = format!(
        r#"
        question = "How fast is a round?"
        interpretation = "Nothing is recorded."
        seeds = [1]
        dataset = {{ name = "sparse-logistic", n_rows = {n_rows}, n_features = {dim}, entries_per_row = {entries}, decay_exponent = 1.1, label_noise = 0.05, seed = 1 }}
        partition = {{ name = "contiguous" }}
        objective = {{ name = "logistic", regularization = 1e-4 }}
        n_workers = {n_workers}
        rounds = {ENDLESS}
        batch_size = {batch}
        step_size = 1.0
        method = {{ name = "error-feedback", compressor = {{ name = "top-k", k = 0.001 }} }}
        "#
    );
    let file = ExperimentFile::parse(Path::new("benchmark.toml"), &text)?;
    Ok(Plan::new(&file, &Selection::default(), None)?)
}

/// A run in progress.
struct Running<'a> {
    simulation: Simulation<'a>,
    state: State,
    failure: Option<String>,
}

impl<'a> Running<'a> {
    fn of(run: &'a PlannedRun) -> Self {
        let simulation = Simulation::new(run.config());
        let state = simulation.initial_state(vec![0.0; run.problem.objective.dim()]);
        Self { simulation, state, failure: None }
    }

    fn rounds(&mut self, n: u64) {
        for _ in 0..n {
            if let Err(reason) = self.simulation.step(&mut self.state, None) {
                self.failure = Some(reason);
            }
        }
    }

    /// The same with a recorder.
    fn recorded_rounds(&mut self, n: u64, recorder: &mut Recorder<'_>) {
        let last = self.state.round + n;
        let outcome = self.simulation.run(&mut self.state, recorder, |state, _| state.round < last);
        if let Outcome::Diverged { reason, .. } = outcome {
            self.failure = Some(reason);
        }
    }

    fn end(self) -> Result<(), BenchmarkError> {
        self.failure.map_or(Ok(()), |reason| Err(BenchmarkError::Diverged(reason)))
    }
}

/// Rounds by batch size and threads.
///
/// # Errors
/// A run cannot be planned, or diverged.
pub fn run(bench: &Bench<'_>, report: &mut dyn FnMut(&str)) -> Result<Vec<Row>, BenchmarkError> {
    let n_workers = 16;
    let size = if bench.quick { (4_000, 20_000, 80) } else { (16_000, 62_061, 80) };
    let plan = runs(size, n_workers, r#"[1, 32, "full"]"#)?;
    let mut rows = Vec::new();
    for run in &plan.runs {
        let batch = run.config().batch_size;
        report(&format!("simulation, batch {}", batch.map_or("full".to_owned(), |rows| rows.to_string())));
        rows.extend(rounds(bench, run, size)?);
        if batch == Some(32) {
            rows.push(bench.one.install(|| recording(bench, run))?);
        }
    }
    Ok(rows)
}

/// What a round is called in the table.
fn setting(batch: Option<usize>) -> String {
    batch.map_or_else(|| "full gradients".to_owned(), |rows| format!("batch {rows}"))
}

fn rounds(bench: &Bench<'_>, run: &PlannedRun, (_, d, _): (usize, usize, usize)) -> Result<Vec<Row>, BenchmarkError> {
    let batch = run.config().batch_size;
    let n_workers = run.problem.objective.n_workers();
    let dataset = run.spec.dataset.as_ref().expect("the runs have data");
    let loaded = dataset.load(None)?;
    let n_stored = loaded.dataset.features.n_stored();
    // What no round can avoid, as a pass over vectors of the same bytes.
    let (limit, mut x, a, operations) = match batch {
        None => ("read", vec![1.0_f64; n_stored * ENTRY_BYTES / size_of::<f64>()], Vec::new(), 4 * n_stored),
        Some(_) => ("update", vec![0.0_f64; n_workers * d], vec![1.0_f64; n_workers * d], 3 * n_workers * d),
    };
    let bytes = (if batch.is_none() { 1 } else { 3 }) * x.len() * size_of::<f64>();
    // So many that the first, whose residuals the limit drove out of the caches, does not weigh.
    let n_rounds = if batch.is_none() { 10 } else { 100 };
    let pools: Vec<&rayon::ThreadPool> = std::iter::once(bench.one).chain(bench.all).collect();
    let mut running: Vec<Running<'_>> = pools.iter().map(|pool| pool.install(|| Running::of(run))).collect();
    let times = bench.turns.take(|turn| {
        for (pool, running) in pools.iter().zip(&mut running) {
            let part = x.len().div_ceil(pool.current_num_threads());
            turn.time(|| {
                pool.install(|| {
                    if a.is_empty() {
                        x.par_chunks(part).for_each(|x| {
                            black_box(limits::read(black_box(x)));
                        });
                    } else {
                        let parts = x.par_chunks_mut(part).zip(a.par_chunks(part));
                        parts.for_each(|(x, a)| limits::update(1e-3, black_box(a), x));
                    }
                });
            });
            turn.time(|| pool.install(|| spinning(n_workers, || running.rounds(n_rounds))));
        }
    });
    running.into_iter().try_for_each(Running::end)?;
    let mut rows = Vec::new();
    for (place, pool) in pools.iter().enumerate() {
        let work = Work {
            name: "round".to_owned(),
            numbers: "f64",
            dim: d,
            setting: setting(batch),
            threads: pool.current_num_threads(),
            bytes: bytes as f64,
            operations: operations as f64,
        };
        let mut row = work.row(&times, 2 * place + 1, (limit, 2 * place));
        // Several rounds are one work.
        for seconds in [&mut row.seconds, &mut row.seconds_least, &mut row.seconds_most] {
            *seconds = short(*seconds / n_rounds as f64);
        }
        for ratio in [&mut row.times_of_limit, &mut row.times_least, &mut row.times_most] {
            *ratio = short(*ratio / n_rounds as f64);
        }
        row.speed_up = (place > 0).then(|| short(times.ratio(1, 2 * place + 1).median));
        rows.push(row);
    }
    Ok(rows)
}

/// Rounds with the default metrics every ten rounds, over rounds without.
fn recording(bench: &Bench<'_>, run: &PlannedRun) -> Result<Row, BenchmarkError> {
    let n_rounds = 10 * RECORD_EVERY;
    let (mut alone, mut watched) = (Running::of(run), Running::of(run));
    let minimum = Minimum { value: Some(0.0), ..Minimum::default() };
    let recorded = Schedule::Every(RECORD_EVERY).recorded(ENDLESS);
    let mut recorder = Recorder::new(Metric::DEFAULT.to_vec(), recorded, minimum);
    let times = bench.turns.take(|turn| {
        turn.time(|| alone.rounds(n_rounds));
        turn.time(|| watched.recorded_rounds(n_rounds, &mut recorder));
    });
    alone.end()?;
    watched.end()?;
    let work = Work {
        name: "recorded rounds".to_owned(),
        numbers: "f64",
        dim: run.problem.objective.dim(),
        setting: format!("{n_rounds} rounds, {}", setting(run.config().batch_size)),
        threads: 1,
        bytes: 0.0,
        operations: 0.0,
    };
    Ok(work.row(&times, 1, ("unrecorded rounds", 0)))
}

/// Seconds of a round with n from 1 to 10,000 and with d from a thousand to ten millions, on one thread.
///
/// # Errors
/// A run cannot be planned, or diverged.
pub fn scaling(bench: &Bench<'_>, report: &mut dyn FnMut(&str)) -> Result<Vec<Scale>, BenchmarkError> {
    let powers = |from: u32, to: u32| (from..=to).map(|power| 10_usize.pow(power));
    let (most_workers, most_dim) = if bench.quick { (3, 6) } else { (4, 7) };
    let workers = powers(0, most_workers).map(|n| ("n_workers", n, 1_000));
    let dims = powers(3, most_dim).map(|d| ("dim", 2, d));
    let mut rows = Vec::new();
    for (axis, n_workers, dim) in workers.chain(dims) {
        report(&format!("scaling, {n_workers} workers, d = {dim}"));
        let plan = runs((10_000, dim, 20), n_workers, "1")?;
        let mut running = bench.one.install(|| Running::of(&plan.runs[0]));
        let times = bench.one.install(|| bench.turns.take(|turn| turn.time(|| running.rounds(1))));
        running.end()?;
        let seconds = times.seconds(0);
        rows.push(Scale {
            axis,
            n_workers,
            dim,
            seconds: short(seconds.median),
            seconds_least: short(seconds.least),
            seconds_most: short(seconds.most),
        });
    }
    Ok(rows)
}

/// The exponent of a power law through the points (x, y), by least squares on logarithms.
#[must_use]
pub fn exponent(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let (x, y) = logs.iter().fold((0.0, 0.0), |(x, y), (a, b)| (x + a / n, y + b / n));
    let covariance: f64 = logs.iter().map(|(a, b)| (a - x) * (b - y)).sum();
    covariance / logs.iter().map(|(a, _)| (a - x).powi(2)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_of_a_power_law_is_found() {
        let points: Vec<(f64, f64)> = [1.0, 10.0, 100.0, 1000.0].map(|x: f64| (x, 3.0 * x.powf(1.25))).to_vec();
        assert!((exponent(&points) - 1.25).abs() < 1e-12);
    }
}
