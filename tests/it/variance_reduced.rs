//! Methods whose estimates learn the gradients, against their theorems: exact conditional expectations by enumeration
//! of all outcomes of the operator, bounds over seeds, and convergence where plain compression stalls.
//!
//! F4, F5 and F6 are proved with explicit constants for these rounds; the constants are written out where they are
//! used.

use gradsieve::compressor::encoding::Wire;
use gradsieve::compressor::{Call, Compressor, Guarantee, Message, Randomness};
use gradsieve::method::step_size::StepSize;
use gradsieve::method::{CompressedSgd, Diana, Marina, Method, MethodSpec};
use gradsieve::network::Payload;
use gradsieve::objective::{self, Constants, Objective, ObjectiveSpec, Rows};
use gradsieve::random::{Purpose, Streams};
use gradsieve::simulation::{Config, Simulation, State};
use gradsieve::vector::{self, NotFinite};
use rand::RngExt;
use std::sync::{Arc, Mutex};

const NETWORK: Payload = Payload { seconds_per_bit: 0.0 };

/// Round-off of some hundred additions of numbers near one.
const ROUND_OFF: f64 = 1e-12;

fn setting<'a>(objective: &'a dyn Objective, method: &'a dyn Method, step_size: &'a StepSize) -> Config<'a> {
    Config {
        objective,
        method,
        step_size,
        rounds: 10_000,
        batch_size: None,
        wire: Wire::default(),
        network: &NETWORK,
        compute_seconds: 0.0,
        blocks: std::iter::once(0..objective.dim()).collect(),
        seed: 3,
    }
}

fn quadratic(dim: usize, n_workers: usize, noise: f64) -> Box<dyn Objective> {
    let text = format!(
        "name = 'quadratic'\ndim = {dim}\nstrong_convexity = 0.1\nsmoothness = 1.0\nspectrum = 'linear'\n\
         heterogeneity = 1.0\nnoise = {noise}\nseed = 5"
    );
    toml::from_str::<ObjectiveSpec>(&text).unwrap().build(None, n_workers).unwrap()
}

fn method(text: &str, dim: usize) -> Box<dyn Method> {
    toml::from_str::<MethodSpec>(text).unwrap().build(&[dim]).unwrap()
}

/// The iterates `x_0, …, x_{rounds}`.
fn iterates(setting: Config<'_>, start: f64, rounds: usize) -> Vec<Vec<f64>> {
    let dim = setting.objective.dim();
    let mut simulation = Simulation::new(setting);
    let mut state = simulation.initial_state(vec![start; dim]);
    let mut all = vec![state.iterate.clone()];
    for _ in 0..rounds {
        simulation.step(&mut state, None).unwrap();
        all.push(state.iterate.clone());
    }
    all
}

fn gradient(objective: &dyn Objective, x: &[f64]) -> Vec<f64> {
    let mut gradient = vec![0.0; x.len()];
    objective::gradient(objective, x, &mut gradient);
    gradient
}

fn worker_gradient(objective: &dyn Objective, worker: usize, x: &[f64]) -> Vec<f64> {
    let mut gradient = vec![0.0; x.len()];
    objective.add_gradient(worker, Rows::All, x, 1.0, &mut gradient);
    objective.add_shared_gradient(x, 1.0, &mut gradient);
    gradient
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

// --------------------------------------------------------------------------------------------------- enumeration

/// Rand-1, unbiased, ω = d − 1, whose coordinates the test chooses: one per worker.
#[derive(Debug, Clone)]
struct Chosen(Arc<Mutex<Vec<usize>>>);

impl Compressor for Chosen {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        let chosen = self.0.lock().unwrap()[call.worker];
        let (indices, values) = message.sparse(x.len());
        indices.push(chosen as u32);
        values.push(x.len() as f64 * x[chosen]);
        Ok(())
    }

    fn guarantee(&self, dim: usize) -> Guarantee {
        Guarantee::Unbiased { omega: dim as f64 - 1.0 }
    }

    fn randomness(&self) -> Randomness {
        Randomness::Own
    }

    fn is_projection(&self) -> bool {
        false
    }
}

impl Chosen {
    fn new(n_workers: usize) -> Self {
        Self(Arc::new(Mutex::new(vec![0; n_workers])))
    }

    /// The exact expectation of `of` after one more round from `state`, over all dⁿ outcomes.
    fn expectation(&self, simulation: &mut Simulation<'_>, state: &State, of: impl Fn(&State) -> f64) -> f64 {
        let (dim, n) = (state.iterate.len(), state.workers.len());
        let outcomes = dim.pow(n as u32);
        mean((0..outcomes).map(|outcome| {
            let coordinate = |worker: usize| outcome / dim.pow(worker as u32) % dim;
            *self.0.lock().unwrap() = (0..n).map(coordinate).collect();
            let mut next = state.clone();
            simulation.step(&mut next, None).unwrap();
            of(&next)
        }))
    }

    fn draw(&self, dim: usize, stream: &mut gradsieve::random::Stream) {
        self.0.lock().unwrap().fill_with(|| stream.random_range(0..dim));
    }
}

/// `fᵢ(x) = ½ Σ_c aᵢ_c (x_c − bᵢ_c)²`: workers of different Hessians, some of them flat in some directions.
#[derive(Debug)]
struct Diagonal([([f64; 3], [f64; 3]); 2]);

const DIAGONAL: Diagonal = Diagonal([([0.0, 2.0, 0.4], [1.0, -2.0, 3.0]), ([0.6, 0.0, 0.2], [-1.0, 0.5, -4.0])]);

impl Objective for Diagonal {
    fn dim(&self) -> usize {
        3
    }

    fn n_workers(&self) -> usize {
        2
    }

    fn n_samples(&self, _worker: usize) -> usize {
        0
    }

    fn worker_value(&self, worker: usize, x: &[f64]) -> f64 {
        let (a, b) = self.0[worker];
        (0..3).map(|c| 0.5 * a[c] * (x[c] - b[c]).powi(2)).sum()
    }

    fn add_gradient(&self, worker: usize, _rows: Rows<'_>, x: &[f64], weight: f64, out: &mut [f64]) {
        let (a, b) = self.0[worker];
        (0..3).for_each(|c| out[c] += weight * a[c] * (x[c] - b[c]));
    }

    fn constants(&self) -> Constants {
        let [(a, p), (b, q)] = self.0;
        let sums: Vec<f64> = (0..3).map(|c| a[c] + b[c]).collect();
        let minimizer = (0..3).map(|c| (a[c] * p[c] + b[c] * q[c]) / sums[c]).collect();
        Constants {
            smoothness: Some(0.5 * vector::norm_max(&sums)),
            worker_smoothness: Some(vec![vector::norm_max(&a), vector::norm_max(&b)]),
            strong_convexity: Some(0.5 * sums.iter().copied().fold(f64::INFINITY, f64::min)),
            minimizer: Some(minimizer),
            convex: true,
            ..Constants::default()
        }
    }
}

/// L, the largest Lᵢ and μ.
fn moduli(objective: &dyn Objective) -> (f64, f64, f64) {
    let constants = objective.constants();
    let largest = constants.worker_smoothness.unwrap().into_iter().fold(0.0, f64::max);
    (constants.smoothness.unwrap(), largest, constants.strong_convexity.unwrap())
}

/// The largest ratio of `E Ψ_{t+1}` to `max{1 − γμ, 1 − α/2} Ψ_t` over states of a run and random states, with
///
/// ```text
/// Ψ = ‖x − x*‖² + M γ² (1/n) Σᵢ ‖hᵢ − ∇fᵢ(x*)‖²,   M = 4ω/(n α)
/// ```
///
/// for γ = `factor`/(L + 6ω max Lᵢ/n) and α = `share`/(1 + ω); the method runs with the rate `applied(α)`.
fn lyapunov_ratio(objective: &dyn Objective, factor: f64, share: f64, applied: fn(f64) -> f64) -> f64 {
    let (dim, n) = (objective.dim(), objective.n_workers());
    let minimizer = objective.constants().minimizer.unwrap();
    let (smoothness, largest, mu) = moduli(objective);
    let omega = dim as f64 - 1.0;
    let alpha = share / (1.0 + omega);
    let gamma = factor / (smoothness + 6.0 * omega * largest / n as f64);
    let weight = 4.0 * omega / (n as f64 * alpha) * gamma * gamma;
    let rate = (1.0 - gamma * mu).max(1.0 - alpha / 2.0);
    let targets: Vec<Vec<f64>> = (0..n).map(|worker| worker_gradient(objective, worker, &minimizer)).collect();
    let psi = |state: &State| {
        let of_worker = |worker: usize| vector::distance_squared(&state.workers[worker].memory[0], &targets[worker]);
        vector::distance_squared(&state.iterate, &minimizer) + weight * mean((0..n).map(of_worker))
    };

    let operator = Chosen::new(n);
    let diana = Diana::around(Box::new(operator.clone()), applied(alpha)).unwrap();
    let step_size = StepSize::Number(gamma);
    let mut simulation = Simulation::new(setting(objective, &*diana, &step_size));
    let mut ratio = |state: &State| operator.expectation(&mut simulation, state, psi) / (rate * psi(state));
    let mut stream = Streams::new(1).stream(Purpose::Generation, 0, 0);
    let mut worst: f64 = 0.0;
    let mut trajectory = Simulation::new(setting(objective, &*diana, &step_size));
    let mut state = trajectory.initial_state(vec![2.0; dim]);
    for _ in 0..100 {
        worst = worst.max(ratio(&state));
        operator.draw(dim, &mut stream);
        trajectory.step(&mut state, None).unwrap();
    }
    for round in 0..200 {
        // Near the minimizer or near the targets the one or the other term decides.
        let scales = [10f64.powi(round % 7 - 3), 10f64.powi(round % 5 - 2)];
        for (x, center) in state.iterate.iter_mut().zip(&minimizer) {
            *x = center + scales[0] * stream.random_range(-1.0..1.0);
        }
        state.server[0].fill(0.0);
        for (worker, target) in state.workers.iter_mut().zip(&targets) {
            for (h, center) in worker.memory[0].iter_mut().zip(target) {
                *h = center + scales[1] * stream.random_range(-1.0..1.0);
            }
            vector::add_scaled(1.0 / n as f64, &worker.memory[0], &mut state.server[0]);
        }
        worst = worst.max(ratio(&state));
    }
    worst
}

#[test]
fn diana_contracts_its_lyapunov_function_in_every_round() {
    let rotated = quadratic(4, 2, 0.0);
    for objective in [&DIAGONAL as &dyn Objective, &*rotated] {
        for share in [1.0, 0.5, 0.1] {
            for factor in [1.0, 0.3] {
                let worst = lyapunov_ratio(objective, factor, share, |alpha| alpha);
                assert!(worst < 1.0 + ROUND_OFF, "share {share}, factor {factor}: {worst}");
                assert!(worst > 0.9, "share {share}, factor {factor}: the inequality is far from tight, {worst}");
            }
        }
        // Estimates that learn nothing, or too fast for the noise of the operator, break it; so do long steps.
        assert!(lyapunov_ratio(objective, 1.0, 1.0, |_| 0.0) > 1.05);
        assert!(lyapunov_ratio(objective, 1.0, 1.0, |_| 1.0) > 1.05);
        assert!(lyapunov_ratio(objective, 20.0, 1.0, |alpha| alpha) > 1.05);
    }
}

#[test]
fn the_error_of_marinas_estimate_grows_by_the_variance_of_the_change_and_vanishes_at_heads() {
    let rotated = quadratic(4, 2, 0.0);
    for objective in [&DIAGONAL as &dyn Objective, &*rotated] {
        let (dim, n) = (objective.dim(), objective.n_workers());
        let omega = dim as f64 - 1.0;
        let error = |state: &State| {
            // The estimate is one of the gradient at the iterate before the step, the second memory.
            vector::distance_squared(&state.server[0], &gradient(objective, &state.server[1]))
        };
        let step_size = StepSize::Number(0.1);
        let operator = Chosen::new(n);
        let tails = Marina::around(Box::new(operator.clone()), 1e-12).unwrap();
        let mut simulation = Simulation::new(setting(objective, &*tails, &step_size));
        let mut trajectory = Simulation::new(setting(objective, &*tails, &step_size));
        let mut state = trajectory.initial_state(vec![2.0; dim]);
        trajectory.step(&mut state, None).unwrap();
        assert!(error(&state) < ROUND_OFF, "the first estimate is the gradient");
        let mut stream = Streams::new(2).stream(Purpose::Generation, 0, 0);
        for _ in 0..30 {
            // E‖g⁺ − ∇f(x⁺)‖² = ‖g − ∇f(x)‖² + (ω/n²) Σᵢ ‖∇fᵢ(x⁺) − ∇fᵢ(x)‖², exact for rand-k.
            let change = |worker| {
                let after = worker_gradient(objective, worker, &state.iterate);
                vector::distance_squared(&after, &worker_gradient(objective, worker, &state.server[1]))
            };
            let expected = error(&state) + omega / n as f64 * mean((0..n).map(change));
            let observed = operator.expectation(&mut simulation, &state, error);
            assert!((observed - expected).abs() < ROUND_OFF * (1.0 + expected), "{observed} instead of {expected}");
            operator.draw(dim, &mut stream);
            trajectory.step(&mut state, None).unwrap();
        }
        assert!(error(&state) > 1e-3);
        let heads = Marina::around(Box::new(operator), 1.0).unwrap();
        Simulation::new(setting(objective, &*heads, &step_size)).step(&mut state, None).unwrap();
        assert!(error(&state) < ROUND_OFF);
    }
}

// ---------------------------------------------------------------------------------------------------- convergence

#[test]
fn estimates_that_learn_reach_the_minimizer_of_unequal_workers_and_plain_compression_stalls() {
    let objective = quadratic(20, 5, 0.0);
    let minimizer = objective.constants().minimizer.unwrap();
    let left = |text: &str, gamma: f64, rounds: usize| {
        let built = method(text, 20);
        let step_size = StepSize::Number(gamma);
        let all = iterates(setting(&*objective, &*built, &step_size), 1.0, rounds);
        vector::distance_squared(&all[rounds], &minimizer).sqrt()
    };
    // ω = 3: γ = 1/(1 + 6·3/5) for F6, 1/(1 + √(0.75·3/(0.25·5))) for F5; rates 1 − γμ with μ = 0.1.
    let random = "compressor = { name = 'rand-k-unbiased', k = 5 }";
    let top = "compressor = { name = 'top-k', k = 5 }";
    for (text, gamma, rounds) in [
        (format!("name = 'diana'\nmemory_rate = 0.25\n{random}"), 1.0 / 4.6, 2500),
        (format!("name = 'marina'\nprobability = 0.25\n{random}"), 1.0 / 2.4, 2500),
        (format!("name = 'ef21-sgdm'\nmomentum = 0.1\n{top}"), 0.05, 6000),
        (format!("name = 'ef21'\n{top}"), 0.05, 6000),
        // Linear and the same for all workers, its operator sees the mean gradient alone.
        ("name = 'power-sgd'\nrank = 1\nrows = 4".to_owned(), 0.05, 6000),
    ] {
        let left = left(&text, gamma, rounds);
        assert!(left < 1e-10, "{text}: {left:e}");
    }
    for (text, gamma, rounds) in [
        (format!("name = 'compressed-sgd'\n{random}"), 1.0 / 4.6, 2500),
        (format!("name = 'diana'\nmemory_rate = 0.0\n{random}"), 1.0 / 4.6, 2500),
        (format!("name = 'compressed-sgd'\n{top}"), 0.05, 6000),
        (format!("name = 'error-feedback'\n{top}"), 0.05, 6000),
    ] {
        let left = left(&text, gamma, rounds);
        assert!(left > 1e-4, "{text}: {left:e}");
    }
}

#[test]
fn plain_compression_keeps_the_variance_of_the_gradients_at_the_minimizer() {
    // At x* one step of compressed SGD goes E‖x⁺ − x*‖² = γ² (ω/n²) Σᵢ ‖∇fᵢ(x*)‖² away; DIANA that has learned stays.
    let minimizer = DIAGONAL.constants().minimizer.unwrap();
    let operator = Chosen::new(2);
    let targets: Vec<Vec<f64>> = (0..2).map(|worker| worker_gradient(&DIAGONAL, worker, &minimizer)).collect();
    let step_size = StepSize::Number(0.1);
    let plain = CompressedSgd::around(Box::new(operator.clone()));
    let mut simulation = Simulation::new(setting(&DIAGONAL, &*plain, &step_size));
    let state = simulation.initial_state(minimizer.clone());
    let away = |state: &State| vector::distance_squared(&state.iterate, &minimizer);
    let expected = 0.01 * 2.0 / 2.0 * mean(targets.iter().map(|target| vector::norm_squared(target)));
    let observed = operator.expectation(&mut simulation, &state, away);
    assert!(expected > 1e-3 && (observed - expected).abs() < ROUND_OFF, "{observed} instead of {expected}");

    let diana = Diana::around(Box::new(operator.clone()), 1.0 / 3.0).unwrap();
    let mut simulation = Simulation::new(setting(&DIAGONAL, &*diana, &step_size));
    let mut state = simulation.initial_state(minimizer.clone());
    state.workers.iter_mut().zip(targets).for_each(|(worker, target)| worker.memory[0] = target);
    assert!(operator.expectation(&mut simulation, &state, away) < ROUND_OFF);
}

// ----------------------------------------------------------------------------------------------- bounds over seeds

/// Mean and standard error over seeds.
fn over_seeds(n_seeds: u64, of: impl Fn(u64) -> f64) -> (f64, f64) {
    let values: Vec<f64> = (1..=n_seeds).map(of).collect();
    let center = mean(values.iter().copied());
    let variance = values.iter().map(|value| (value - center).powi(2)).sum::<f64>() / (n_seeds - 1) as f64;
    (center, (variance / n_seeds as f64).sqrt())
}

#[test]
fn marina_stays_below_its_bound() {
    // F5: (1/T) Σ_{t<T} E‖∇f(x_t)‖² ≤ 2 (f(x_0) − f*)/(γT) for γ ≤ 1/(L + L̃ √((1 − p) ω/(p n))); ω = 9, p = 1/(1 + ω).
    let objective = quadratic(20, 5, 0.0);
    let rounds = 25;
    let marina = method("name = 'marina'\nprobability = 0.1\ncompressor = { name = 'rand-k-unbiased', k = 2 }", 20);
    let gamma = 1.0 / (1.0 + (0.9_f64 * 9.0 / (0.1 * 5.0)).sqrt());
    let initial = objective::value(&*objective, &[1.0; 20]) - objective.constants().minimum.unwrap();
    let ratio = |factor: f64| {
        let step_size = StepSize::Number(factor * gamma);
        let bound = 2.0 * initial / (factor * gamma * rounds as f64);
        let (center, error) = over_seeds(60, |seed| {
            let config = Config { seed, ..setting(&*objective, &*marina, &step_size) };
            let all = iterates(config, 1.0, rounds - 1);
            mean(all.iter().map(|x| vector::norm_squared(&gradient(&*objective, x))))
        });
        (center / bound, error / bound)
    };
    let (center, error) = ratio(1.0);
    // A normal mean lies four standard errors above its expectation with probability 3e-5.
    assert!(center + 4.0 * error < 1.0 && center > 0.1, "{center} ± {error}");
    let (center, error) = ratio(3.0);
    assert!(center - 4.0 * error > 1.0, "steps that are too long break it: {center} ± {error}");
}

#[test]
fn ef21_with_momentum_stays_below_its_bound_and_damps_the_noise() {
    // F4, with δ = k/d, θ = 1 − √(1 − δ), β = (1 − δ)/θ, L = L̃ = 1:
    // (1/T) Σ_{t<T} E‖∇f(x_t)‖² ≤ 2Φ₀/(γT) + 2σ² (η/n + η² (1 − δ)/θ + η³ 2β/θ)
    // for γ ≤ 1/(L + √(4 β L̃²/θ + 2 (1 − η)² L²/η²)), and
    // Φ₀ = f(x_0) − f* + (γ/θ) mean‖hᵢ − vᵢ‖² + (γ/η) ‖mean v − ∇f(x_0)‖² + (2γβη/θ) mean‖vᵢ − ∇fᵢ(x_0)‖².
    let (dim, n, rounds) = (20, 5, 400);
    let objective = quadratic(dim, n, 1.0);
    assert_eq!(objective.constants().noise_variance, Some(1.0));
    let (delta, eta): (f64, f64) = (0.25, 0.1);
    let theta = 1.0 - (1.0 - delta).sqrt();
    let beta = (1.0 - delta) / theta;
    let gamma = 1.0 / (1.0 + (4.0 * beta / theta + 2.0 * ((1.0 - eta) / eta).powi(2)).sqrt());
    let step_size = StepSize::Number(gamma);
    let build = |eta: f64| {
        method(&format!("name = 'ef21-sgdm'\nmomentum = {eta:?}\ncompressor = {{ name = 'top-k', k = 5 }}"), dim)
    };
    let noise = 2.0 * (eta / n as f64 + eta.powi(2) * (1.0 - delta) / theta + eta.powi(3) * 2.0 * beta / theta);
    let x0 = vec![1.0; dim];
    let built = build(eta);
    let (slack, error) = over_seeds(30, |seed| {
        let config = Config { seed, ..setting(&*objective, &*built, &step_size) };
        let mut simulation = Simulation::new(config.clone());
        let mut first = simulation.initial_state(x0.clone());
        simulation.step(&mut first, None).unwrap();
        let mut average = vec![0.0; dim];
        first.workers.iter().for_each(|worker| vector::add_scaled(1.0 / n as f64, &worker.memory[1], &mut average));
        let behind = first.workers.iter().map(|worker| vector::distance_squared(&worker.memory[0], &worker.memory[1]));
        let off = first.workers.iter().enumerate().map(|(worker, state)| {
            vector::distance_squared(&state.memory[1], &worker_gradient(&*objective, worker, &x0))
        });
        let phi = objective::value(&*objective, &x0) - objective.constants().minimum.unwrap()
            + gamma / theta * mean(behind)
            + gamma / eta * vector::distance_squared(&average, &gradient(&*objective, &x0))
            + 2.0 * gamma * beta * eta / theta * mean(off);
        let bound = 2.0 * phi / (gamma * rounds as f64) + noise;
        let all = iterates(config, 1.0, rounds - 1);
        mean(all.iter().map(|x| vector::norm_squared(&gradient(&*objective, x)))) / bound
    });
    assert!(slack + 4.0 * error < 1.0 && slack > 0.03, "{slack} ± {error}");

    // What is left after the transient: EF21 alone keeps more of the noise.
    let tail = |eta: f64| {
        let built = build(eta);
        let (center, _) = over_seeds(10, |seed| {
            let config = Config { seed, ..setting(&*objective, &*built, &step_size) };
            let all = iterates(config, 1.0, 1500);
            mean(all[1000..].iter().map(|x| vector::norm_squared(&gradient(&*objective, x))))
        });
        center
    };
    let (damped, alone) = (tail(eta), tail(1.0));
    assert!(damped < 0.7 * alone, "{damped} against {alone}");
}
