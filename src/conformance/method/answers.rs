//! What a method says of itself, checked on runs of it on a quadratic with exact gradients and equal workers.
//!
//! As [`crate::conformance::compressor::answers`] does for operators. Passing is evidence and not a proof.

use crate::compressor::Message;
use crate::compressor::encoding::Wire;
use crate::method::step_size::StepSize;
use crate::method::{Memory, Method, Probe, Round};
use crate::network::Payload;
use crate::objective::{self, Objective, ObjectiveSpec};
use crate::simulation::{Config, Simulation, State, Watch};
use crate::vector;

/// Rounds of a run.
const ROUNDS: u64 = 20;
/// Seeds that are tried.
const SEEDS: u64 = 10;
/// γ, not a power of two: what rounds is seen.
const STEP_SIZE: f64 = 0.1;
const N_WORKERS: usize = 3;

/// All of the below, for a method that was built for one block of dimension `dim`.
///
/// # Errors
/// The first consequence that fails, in words.
pub fn holds(method: &dyn Method, dim: usize) -> Result<(), String> {
    [randomness, memory, residual].into_iter().try_for_each(|check| check(method, dim))
}

/// No randomness ⇒ no seed changes a bit of the run; some ⇒ some seeds differ. None or shared ⇒ workers with equal
/// gradients send the same; own or mixed ⇒ in some round they do not.
///
/// # Errors
/// What fails, in words.
pub fn randomness(method: &dyn Method, dim: usize) -> Result<(), String> {
    let said = method.randomness();
    let is_own = said.is_random() && said != crate::compressor::Randomness::Shared;
    let problem = problem(dim)?;
    let first = run(method, &*problem, 0)?;
    let (mut seeds_differ, mut workers_differ) = (false, first.workers_differ);
    for seed in 1..SEEDS {
        let other = run(method, &*problem, seed)?;
        seeds_differ |= other.states != first.states;
        workers_differ |= other.workers_differ;
    }
    match (said.is_random(), seeds_differ) {
        (false, true) => Err("it says that nothing is random, and its runs differ by seed".to_owned()),
        (true, false) => Err(format!("it says that its randomness is {said:?}, and no seed changes a run")),
        _ if is_own && !workers_differ => {
            Err(format!("it says that its randomness is {said:?}, and workers of equal gradients send the same"))
        }
        _ if !is_own && workers_differ => {
            Err(format!("it says that its randomness is {said:?}, and workers of equal gradients send unlike messages"))
        }
        _ => Ok(()),
    }
}

/// No kind of memory is kept twice, on either side: theorems identify a vector by its kind.
///
/// # Errors
/// What fails, in words.
pub fn memory(method: &dyn Method, _dim: usize) -> Result<(), String> {
    let server = method.server_memory();
    for kept in [method.worker_memory(), &server] {
        if let Some(twice) = kept.iter().enumerate().find_map(|(place, kind)| kept[..place].iter().find(|k| *k == kind))
        {
            return Err(format!("it keeps {twice:?} twice"));
        }
    }
    Ok(())
}

/// A virtual weight ⇒ there is a residual, and the virtual iterate `x − s · mean(e)` makes the steps of plain gradient
/// descent: what is not applied is kept.
///
/// # Errors
/// What fails, in words.
pub fn residual(method: &dyn Method, dim: usize) -> Result<(), String> {
    /// Of sums of some hundred terms near one.
    const ROUNDING: f64 = 1e-10;
    let round = Round { number: 1, step_size: STEP_SIZE, n_workers: N_WORKERS, exchange: 0 };
    let Some(weight) = method.virtual_weight(&round) else { return Ok(()) };
    let Some(place) = method.place_of(Memory::Residual) else {
        return Err("it has a virtual weight, and its workers keep no residual".to_owned());
    };
    let problem = problem(dim)?;
    let virtual_iterate = |state: &State| {
        let mut x = state.iterate.clone();
        for worker in &state.workers {
            vector::add_scaled(-weight / N_WORKERS as f64, &worker.memory[place], &mut x);
        }
        x
    };
    for pair in run(method, &*problem, 0)?.states.windows(2) {
        let mut expected = virtual_iterate(&pair[0]);
        let mut gradient = vec![0.0; dim];
        objective::gradient(&*problem, &pair[0].iterate, &mut gradient);
        vector::add_scaled(-STEP_SIZE, &gradient, &mut expected);
        let leak = vector::distance_squared(&virtual_iterate(&pair[1]), &expected).sqrt();
        if leak > ROUNDING * vector::norm_squared(&expected).sqrt().max(1.0) {
            return Err(format!("its residual loses {leak} of the step in round {}", pair[1].round));
        }
    }
    Ok(())
}

fn problem(dim: usize) -> Result<Box<dyn Objective>, String> {
    let spec: ObjectiveSpec = serde_json::from_value(serde_json::json!({
        "name": "quadratic", "dim": dim, "strong_convexity": 0.2, "smoothness": 1.0, "spectrum": "linear",
        "heterogeneity": 0.0, "noise": 0.0, "seed": 3,
    }))
    .map_err(|error| error.to_string())?;
    spec.build(None, N_WORKERS).map_err(|error| error.to_string())
}

struct Done {
    /// Before the first round, and after each.
    states: Vec<State>,
    workers_differ: bool,
}

fn run(method: &dyn Method, objective: &dyn Objective, seed: u64) -> Result<Done, String> {
    let mut simulation = Simulation::new(Config {
        objective,
        method,
        step_size: &StepSize::Number(STEP_SIZE),
        rounds: ROUNDS,
        batch_size: None,
        wire: Wire::default(),
        network: &Payload { seconds_per_bit: 0.0 },
        compute_seconds: 0.0,
        blocks: std::iter::once(0..objective.dim()).collect(),
        seed,
    });
    let mut state = simulation.initial_state((0..objective.dim()).map(|j| 1.0 + j as f64 / 7.0).collect());
    let mut done = Done { states: vec![state.clone()], workers_differ: false };
    while state.round < ROUNDS {
        let mut messages: Vec<Message> = Vec::new();
        let mut worker = |_: &Probe, message: &Message| messages.push(message.clone());
        simulation.step(&mut state, Some(Watch { keeps_input: false, worker: &mut worker }))?;
        for exchange in messages.chunks(N_WORKERS) {
            done.workers_differ |= exchange.iter().any(|message| *message != exchange[0]);
        }
        done.states.push(state.clone());
    }
    Ok(done)
}
