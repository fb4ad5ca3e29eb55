//! What every method promises: bits that are those of its bytes, states that a run can go on from on any number of
//! threads, residuals in which nothing is lost, and an end where a number is no longer finite.

use super::Violations;
use crate::compressor::{Message, encoding};
use crate::method::{Definition, Memory, Method, Probe, Round};
use crate::objective::{Constants, Definition as _, Objective, Quadratic, Rows};
use crate::random::{Purpose, Streams};
use crate::simulation::{Config, Simulation, State, Watch};
use crate::vector;
use rand::RngExt as _;
use rayon::ThreadPoolBuilder;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub mod answers;

/// Dimension of the suite, except in [`resumes`].
pub const DIM: usize = 24;

/// Dimension of [`resumes`].
pub const LARGE_DIM: usize = 2000;

/// Round-off of some hundred additions of numbers near one.
const ROUND_OFF: f64 = 1e-12;

/// The whole suite, on quadratics of [`DIM`] and of [`LARGE_DIM`] dimensions.
///
/// # Errors
/// The promises that it breaks, or why it cannot be built.
pub fn conforms(spec: &dyn Definition) -> Result<(), Violations> {
    let mut found = Violations::default();
    match spec.build(&[DIM]) {
        Ok(method) => {
            found.collect("on the wire", wire(&*method));
            found.collect("residuals", nothing_lost(&*method));
            found.collect("not finite", not_finite(&*method));
            found.collect("answers", answers::holds(&*method, DIM).map_err(Violations::one));
        }
        Err(error) => found.require(false, || format!("d = {DIM}: it cannot be built: {error}")),
    }
    found.collect("states", resumes(spec));
    found.result()
}

/// What is counted are the bits of the bytes, in every exchange, and the bytes decode to what was sent.
///
/// # Errors
/// One of these fails.
pub fn wire(method: &dyn Method) -> Result<(), Violations> {
    let mut found = Violations::default();
    let problem = Bowls::new(3, 6, DIM);
    let config = config(&problem, method);
    let wire = config.wire;
    let mut simulation = Simulation::new(config);
    let mut state = simulation.initial_state(start(DIM));
    for round in 1..=ROUNDS {
        let before = state.bits_up;
        let mut written = 0;
        let mut see = |_: &Probe, message: &Message| match encoding::encode(message, wire) {
            Some(bytes) => {
                written += 8 * bytes.len() as u64;
                let received = encoding::decode(&bytes, message.dim(), wire);
                found.require(received.as_ref() == Ok(message), || format!("round {round}: {message:?} is garbled"));
            }
            None => found.require(false, || format!("round {round}: a message cannot be encoded")),
        };
        let stepped = simulation.step(&mut state, Some(Watch { keeps_input: false, worker: &mut see }));
        stepped.map_err(|reason| Violations::one(format!("round {round}: {reason}")))?;
        let counted = state.bits_up - before;
        found.require(counted == written, || format!("round {round}: {counted} bits are counted for {written}"));
    }
    found.result()
}

/// The virtual iterate of a method that claims one ([`Method::virtual_weight`]) follows SGD: every gradient is sent or
/// kept, once.
///
/// # Errors
/// It does not.
pub fn nothing_lost(method: &dyn Method) -> Result<(), Violations> {
    let mut found = Violations::default();
    let problem = Bowls::new(3, 6, DIM);
    let config = config(&problem, method);
    let step_size = config.step_size.step_size(1, ROUNDS);
    let mut simulation = Simulation::new(config);
    let mut state = simulation.initial_state(start(DIM));
    let mut expected = state.iterate.clone();
    for number in 1..=ROUNDS {
        let Some(weight) = method.virtual_weight(&Round { number, step_size, n_workers: 3, exchange: 0 }) else {
            return Ok(());
        };
        let stepped = simulation.step(&mut state, None);
        stepped.map_err(|reason| Violations::one(format!("round {number}: {reason}")))?;
        vector::add_scaled(-step_size, &problem.mean_given(), &mut expected);
        let mut actual = state.iterate.clone();
        for worker in &state.workers {
            let Some(place) = method.place_of(Memory::Residual) else {
                return Err(Violations::one("there is a virtual iterate, and no worker keeps a residual"));
            };
            vector::add_scaled(-weight / 3.0, &worker.memory[place], &mut actual);
        }
        let error = vector::distance_squared(&actual, &expected).sqrt();
        let size = vector::norm_squared(&expected).sqrt();
        found.require(error <= ROUND_OFF * (1.0 + size), || {
            format!("round {number}: x − s · mean(residual) is {error:e} away from SGD")
        });
    }
    found.result()
}

/// A run from an iterate that holds NaN ends in its first round.
///
/// # Errors
/// It goes on.
pub fn not_finite(method: &dyn Method) -> Result<(), Violations> {
    let problem = Bowls::new(3, 6, DIM);
    let mut simulation = Simulation::new(config(&problem, method));
    let mut iterate = start(DIM);
    iterate[DIM / 2] = f64::NAN;
    let mut state = simulation.initial_state(iterate);
    let stepped = simulation.step(&mut state, None);
    if stepped.is_err() { Ok(()) } else { Err(Violations::one("a gradient with NaN does not end the run")) }
}

/// The state after eight rounds has the same bytes on one to three threads, and when the run was stopped, written and
/// read again on the way.
///
/// # Errors
/// It has not, or the method cannot be built.
pub fn resumes(spec: &dyn Definition) -> Result<(), Violations> {
    const ROUNDS: u64 = 8;
    let failed = |error: &dyn std::error::Error| Violations::one(error.to_string());
    let quadratic = Quadratic { dim: LARGE_DIM, heterogeneity: 1.0, noise: 1.0, ..Quadratic::default() };
    // More workers than are held at once, and enough of them that their groups run in parallel.
    let objective = quadratic.build(None, 80).map_err(|error| failed(&error))?;
    let method = spec.build(&[LARGE_DIM]).map_err(|error| failed(&error))?;
    let config = Config { rounds: ROUNDS, seed: 4, ..Config::new(&*objective, &*method) };
    let stopped = |stop: u64| -> Result<Vec<u8>, String> {
        let rounds = |state: &mut State, count: u64| {
            let mut simulation = Simulation::new(config.clone());
            (0..count).try_for_each(|_| simulation.step(state, None))
        };
        let mut bytes = Vec::new();
        let mut state = Simulation::new(config.clone()).initial_state(vec![1.0; LARGE_DIM]);
        rounds(&mut state, stop)?;
        state.write(&mut bytes).map_err(|error| error.to_string())?;
        let mut state = Simulation::new(config.clone()).initial_state(vec![0.0; LARGE_DIM]);
        state.read(&mut &bytes[..]).map_err(|error| error.to_string())?;
        rounds(&mut state, ROUNDS - stop)?;
        bytes.clear();
        state.write(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    };
    let on = |threads, stop| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| failed(&error))?;
        pool.install(|| stopped(stop)).map_err(Violations::one)
    };
    let reference = on(1, ROUNDS)?;
    let mut found = Violations::default();
    for (threads, stop) in [(1, 3), (2, 5), (3, 0)] {
        let same = on(threads, stop)? == reference;
        found.require(same, || format!("other bytes on {threads} threads, stopped after round {stop}"));
    }
    found.result()
}

/// Rounds of the suite on [`Bowls`].
const ROUNDS: u64 = 12;

/// Mini-batches of two rows, and a step size by which multiplying is exact.
fn config<'a>(problem: &'a Bowls, method: &'a dyn Method) -> Config<'a> {
    Config { step_size: &0.125, rounds: ROUNDS, batch_size: Some(2), seed: 3, ..Config::new(problem, method) }
}

fn start(dim: usize) -> Vec<f64> {
    (0..dim).map(|c| 1.0 + c as f64 / 7.0).collect()
}

/// `fᵢ(x) = (1/m) Σⱼ ½ Σ_c aᵢⱼ_c (x_c − bᵢⱼ_c)²`: separable, so the minimizer is a quotient of sums. It remembers the
/// last gradient of each worker, so that a suite can ask what a method was given.
#[derive(Debug)]
pub struct Bowls {
    /// d.
    pub dim: usize,
    /// Curvatures a and centers b of each row of each worker.
    pub workers: Vec<Vec<(Vec<f64>, Vec<f64>)>>,
    given: Vec<Mutex<Vec<f64>>>,
}

impl Bowls {
    /// Workers with rows of their own.
    #[must_use]
    pub fn new(n_workers: usize, n_rows: usize, dim: usize) -> Self {
        let worker = |worker| {
            let mut stream = Streams::new(7).stream(Purpose::Generation, worker, 0);
            let mut numbers = |low: f64, high: f64| (0..dim).map(|_| stream.random_range(low..high)).collect();
            (0..n_rows).map(|_| (numbers(0.5, 1.5), numbers(-3.0, 3.0))).collect()
        };
        Self::of((0..n_workers).map(worker).collect())
    }

    /// Equal workers.
    #[must_use]
    pub fn copies(n_workers: usize, n_rows: usize, dim: usize) -> Self {
        Self::of(vec![Self::new(1, n_rows, dim).workers.remove(0); n_workers])
    }

    /// With these rows: one worker at least, and one row for each.
    ///
    /// # Panics
    /// There is none.
    #[must_use]
    pub fn of(workers: Vec<Vec<(Vec<f64>, Vec<f64>)>>) -> Self {
        let given = workers.iter().map(|_| Mutex::new(Vec::new())).collect();
        Self { dim: workers[0][0].0.len(), workers, given }
    }

    /// x*.
    #[must_use]
    pub fn minimizer(&self) -> Vec<f64> {
        let sum = |c: usize, term: fn(f64, f64) -> f64| -> f64 {
            self.workers.iter().flatten().map(|(a, b)| term(a[c], b[c])).sum()
        };
        (0..self.dim).map(|c| sum(c, |a, b| a * b) / sum(c, |a, _| a)).collect()
    }

    fn remembered(&self, worker: usize) -> MutexGuard<'_, Vec<f64>> {
        self.given[worker].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `worker` was given last.
    #[must_use]
    pub fn given(&self, worker: usize) -> Vec<f64> {
        self.remembered(worker).clone()
    }

    /// The mean of what all workers were given last.
    #[must_use]
    pub fn mean_given(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.dim];
        for worker in 0..self.workers.len() {
            vector::add_scaled(1.0 / self.workers.len() as f64, &self.given(worker), &mut mean);
        }
        mean
    }
}

impl Objective for Bowls {
    fn dim(&self) -> usize {
        self.dim
    }

    fn n_workers(&self) -> usize {
        self.workers.len()
    }

    fn n_samples(&self, worker: usize) -> usize {
        self.workers[worker].len()
    }

    fn worker_value(&self, worker: usize, x: &[f64]) -> f64 {
        let rows = &self.workers[worker];
        let value =
            |(a, b): &(Vec<f64>, Vec<f64>)| -> f64 { (0..self.dim).map(|c| 0.5 * a[c] * (x[c] - b[c]).powi(2)).sum() };
        rows.iter().map(value).sum::<f64>() / rows.len() as f64
    }

    fn add_gradient(&self, worker: usize, rows: Rows<'_>, x: &[f64], weight: f64, out: &mut [f64]) {
        let all: Vec<u32> = (0..self.n_samples(worker) as u32).collect();
        let rows = match rows {
            Rows::All => &all,
            Rows::Only(rows) => rows,
        };
        let mut gradient = vec![0.0; self.dim];
        for &row in rows {
            let (a, b) = &self.workers[worker][row as usize];
            for c in 0..self.dim {
                gradient[c] += a[c] * (x[c] - b[c]) / rows.len() as f64;
            }
        }
        vector::add_scaled(weight, &gradient, out);
        *self.remembered(worker) = gradient;
    }

    fn constants(&self) -> Constants {
        Constants { minimizer: Some(self.minimizer()), convex: true, ..Constants::default() }
    }
}
