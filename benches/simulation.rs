//! How fast rounds run: `cargo bench --bench simulation`.
//!
//! Error feedback with top-k, k = 0.001 d, on L2-regularized logistic regression over `news20-halves` (below
//! `GRADSIEVE_DATA`), 16 workers: worker-steps per second with batches of 32 rows, of one, and of all; of full gradients
//! the fraction of the limit that reading the stored rows once sets, measured in the same run; one thread over two; and
//! what recording the default metrics every ten rounds costs. `gradsieve bench simulation scaling` runs rounds on
//! generated rows, and says how their time grows with the workers and the dimension.
//!
//! Every turn runs each contestant once, so that a disturbance meets all; printed are medians, and in parentheses
//! minima.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use gradsieve::dataset::{DatasetSpec, Matrix, PartitionSpec};
use gradsieve::method::{MethodSpec, step_size::StepSize};
use gradsieve::network::NetworkSpec;
use gradsieve::objective::{Objective, ObjectiveSpec};
use gradsieve::record::Outcome;
use gradsieve::record::{Metric, Schedule};
use gradsieve::simulation::{Config, Minimum, Recorder, Simulation, State, spinning};
use gradsieve::statistics::median;
use serde::de::DeserializeOwned;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

const N_WORKERS: usize = 16;
const TURNS: usize = 9;
/// Rounds before the clock starts: residuals fill and buffers grow.
const WARM_UP: u64 = 200;

fn read<T: DeserializeOwned>(text: &str) -> T {
    toml::from_str(text).expect("a specification")
}

/// L2-logistic regression over the rows that `dataset` (TOML) names.
fn logistic(dataset: &str, n_workers: usize) -> (Box<dyn Objective>, usize) {
    let spec: DatasetSpec = read(dataset);
    let folder = std::env::var_os("GRADSIEVE_DATA").map(PathBuf::from);
    let loaded = spec.load(folder.as_deref()).expect("the data set; GRADSIEVE_DATA names the folder of data");
    let bytes = match &loaded.dataset.features {
        Matrix::Sparse { indices, .. } => 12 * indices.len(),
        Matrix::Dense { values, .. } => 8 * values.len(),
    };
    let partition: PartitionSpec = read("name = 'contiguous'");
    let shards = partition.split(loaded.dataset, n_workers).expect("as many rows as workers");
    let objective: ObjectiveSpec = read("name = 'logistic'\nregularization = 1e-4");
    (objective.build(Some(shards), n_workers).expect("an objective"), bytes)
}

/// A run on its way.
struct Run<'a> {
    simulation: Simulation<'a>,
    state: State,
}

/// What the runs of one objective have in common.
struct Problem<'a> {
    objective: &'a dyn Objective,
    method: Box<dyn gradsieve::method::Method>,
    network: NetworkSpec,
}

impl<'a> Problem<'a> {
    fn new(objective: &'a dyn Objective) -> Self {
        let method: MethodSpec = read("name = 'error-feedback'\ncompressor = { name = 'top-k', k = 0.001 }");
        let method = method.build(&[objective.dim()]).expect("a method");
        Self { objective, method, network: read("name = 'ethernet'\nspeed = '10g'") }
    }

    fn run(&self, batch_size: Option<usize>) -> Run<'_> {
        let dim = self.objective.dim();
        let simulation = Simulation::new(Config {
            step_size: &StepSize::Number(1.0),
            rounds: u64::MAX,
            batch_size,
            network: &self.network,
            ..Config::new(self.objective, &*self.method)
        });
        let state = simulation.initial_state(vec![0.0; dim]);
        Run { simulation, state }
    }
}

impl Run<'_> {
    /// Seconds per round.
    fn rounds(&mut self, count: u64) -> f64 {
        let Self { simulation, state } = self;
        let end = state.round + count;
        let mut recorder = Recorder::new(Vec::new(), Vec::new(), Minimum::default());
        let start = Instant::now();
        let outcome = spinning(N_WORKERS, || simulation.run(state, &mut recorder, |state, _| state.round < end));
        assert_eq!(outcome, Outcome::Interrupted, "the run does not diverge");
        start.elapsed().as_secs_f64() / count as f64
    }
}

/// Median and minimum.
fn summary(times: &[f64]) -> (f64, f64) {
    (median(times).unwrap_or(f64::NAN), times.iter().copied().fold(f64::INFINITY, f64::min))
}

fn main() {
    let (objective, bytes) = logistic("name = 'news20-halves'", N_WORKERS);
    let problem = Problem::new(&*objective);
    let pools = [1, 2].map(|n| rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads"));
    let rows = vec![1_u64; bytes / 8];
    // One long buffer that no cache holds: what memory gives.
    let long = vec![1_u64; 1 << 24];
    println!("news20-halves: d = {}, {bytes} bytes of stored rows", objective.dim());
    println!("batch  worker-steps/s       µs per round, one thread    two threads        one/two");
    for (name, batch, count) in [("32", Some(32), 200), ("1", Some(1), 400), ("all", None, 10)] {
        let mut runs = pools.each_ref().map(|pool| pool.install(|| problem.run(batch)));
        let (mut times, mut reads): ([Vec<f64>; 2], [Vec<f64>; 2]) = Default::default();
        for turn in 0..=TURNS {
            for ((pool, run), times) in pools.iter().zip(&mut runs).zip(&mut times) {
                let rounds = if turn == 0 { WARM_UP.min(20 * count) } else { count };
                let seconds = pool.install(|| run.rounds(rounds));
                if turn > 0 {
                    times.push(seconds);
                }
            }
            for (times, words) in reads.iter_mut().zip([&rows, &long]) {
                let start = Instant::now();
                black_box(black_box(words).iter().fold(0, |sum: u64, word| sum.wrapping_add(*word)));
                times.push(start.elapsed().as_secs_f64() * bytes as f64 / (8 * words.len()) as f64);
            }
        }
        let [(one, one_least), (two, two_least)] = times.each_ref().map(|times| summary(times));
        let steps = N_WORKERS as f64 / one;
        println!(
            "{name:>5}  {steps:9.0} ({:.0})  {:9.1} ({:.1})  {:9.1} ({:.1})  {:.2} ({:.2})",
            N_WORKERS as f64 / one_least,
            1e6 * one,
            1e6 * one_least,
            1e6 * two,
            1e6 * two_least,
            one / two,
            one_least / two_least
        );
        if batch.is_none() {
            let [(cached, _), (memory, _)] = reads.each_ref().map(|times| summary(times));
            let (cached, memory) = (1e6 * cached, 1e6 * memory);
            println!("  reading the rows once: {cached:.1} µs where they lie, {memory:.1} µs at the rate of memory");
            println!("  fraction of these limits: {:.2}, {:.2}", cached / 1e6 / one, memory / 1e6 / one);
            // The rows, the same by columns with two bytes instead of four beside each value, the residuals twice.
            let moved = bytes as f64 * (1.0 + 10.0 / 12.0) + (2 * 8 * N_WORKERS * objective.dim()) as f64;
            let floor = memory * moved / bytes as f64;
            let share = floor / 1e6 / one;
            println!("  moving the {moved:.0} bytes of a round at that rate: {floor:.1} µs, fraction of it {share:.2}");
        }
    }
    pools[0].install(|| recording(&problem));
}

/// How much longer a run takes that records the default metrics every ten rounds.
fn recording(problem: &Problem<'_>) {
    for (name, batch, count) in [("32", Some(32), 200), ("1", Some(1), 400), ("all", None, 20)] {
        let mut runs = [problem.run(batch), problem.run(batch)];
        let mut times: [Vec<f64>; 2] = Default::default();
        for turn in 0..=TURNS as u64 {
            for (place, (Run { simulation, state }, times)) in runs.iter_mut().zip(&mut times).enumerate() {
                let end = (turn + 1) * count;
                let every = if place == 0 { u64::MAX } else { 10 };
                let rounds = Schedule::Every(every).recorded(end);
                let metrics = Metric::DEFAULT.to_vec();
                let mut recorder = Recorder::new(
                    metrics,
                    rounds.into_iter().filter(|t| place == 1 && *t > state.round).collect(),
                    Minimum::default(),
                );
                let start = Instant::now();
                simulation.run(state, &mut recorder, |state, _| state.round < end);
                if turn > 0 {
                    times.push(start.elapsed().as_secs_f64() / count as f64);
                }
            }
        }
        let [plain, recorded] = times.each_ref().map(|times| summary(times));
        let [more, least] = [recorded.0 / plain.0, recorded.1 / plain.1].map(|ratio| 100.0 * (ratio - 1.0));
        println!("recording every 10 rounds, batch {name}: {more:.1} % longer ({least:.1} %)");
    }
}
