//! Methods against each other and against conservation laws, on problems that bring their exact solution.
//!
//! Equality to the last bit is required where both sides do the same arithmetic (scaling by powers of two
//! included), and agreement to 1e-12, relative, where they round differently.

use gradsieve::compressor::encoding::{self, Encoding, Precision, Wire};
use gradsieve::compressor::{Call, Compressor, CompressorSpec, Guarantee, Message, Randomness};
use gradsieve::conformance::method::{self as conformance, Bowls};
use gradsieve::dataset::{DatasetSpec, PartitionSpec};
use gradsieve::method::step_size::{Schedule, StepSize};
use gradsieve::method::{Aggregate, Ef21, ErrorFeedback, Memory, Method, MethodSpec, Probe, Round, Server, Worker};
use gradsieve::network::Payload;
use gradsieve::objective::{Objective, ObjectiveSpec, Rows};
use gradsieve::record::Outcome;
use gradsieve::record::{Metric, Schedule as Rounds};
use gradsieve::simulation::{Config, Minimum, Recorder, Simulation, State, Watch};
use gradsieve::vector::{self, NotFinite};

/// Round-off of some hundred additions of numbers near one.
const ROUND_OFF: f64 = 1e-12;

// -------------------------------------------------------------------------------------------- how to run a method

/// 1/8, so that multiplying by it is exact.
static EIGHTH: StepSize = StepSize::Number(0.125);
static TENTH: StepSize = StepSize::Number(0.1);
const NETWORK: Payload = Payload { seconds_per_bit: 1e-9 };
const DIM: usize = 24;

fn method(text: &str) -> Box<dyn Method> {
    toml::from_str::<MethodSpec>(text).unwrap().build(&[DIM]).unwrap()
}

fn with(name: &str, compressor: &str) -> Box<dyn Method> {
    method(&format!("name = '{name}'\ncompressor = {compressor}"))
}

fn decaying() -> StepSize {
    StepSize::Schedule(toml::from_str("name = 'inverse'\nnumerator = 4.0\nshift = 20.0").unwrap())
}

/// Twelve rounds of mini-batches, exact values on the wire.
fn setting<'a>(objective: &'a dyn Objective, method: &'a dyn Method) -> Config<'a> {
    Config {
        objective,
        method,
        step_size: &EIGHTH,
        rounds: 12,
        batch_size: (objective.n_samples(0) > 0).then_some(2),
        wire: Wire::default(),
        network: &NETWORK,
        compute_seconds: 0.0,
        blocks: std::iter::once(0..objective.dim()).collect(),
        seed: 3,
    }
}

fn start(dim: usize) -> Vec<f64> {
    (0..dim).map(|c| 1.0 + c as f64 / 7.0).collect()
}

/// All states of a run, the initial one first; `watch` sees every message, with its worker.
fn states_watched(setting: Config<'_>, mut watch: impl FnMut(usize, &Probe, &Message)) -> Vec<State> {
    let rounds = setting.rounds;
    let dim = setting.objective.dim();
    let mut simulation = Simulation::new(setting);
    let mut state = simulation.initial_state(start(dim));
    let mut states = vec![state.clone()];
    for _ in 0..rounds {
        let mut worker = 0;
        let mut see = |probe: &Probe, message: &Message| {
            watch(worker, probe, message);
            worker += 1;
        };
        simulation.step(&mut state, Some(Watch { keeps_input: true, worker: &mut see })).unwrap();
        states.push(state.clone());
    }
    states
}

fn iterates(setting: Config<'_>) -> Vec<Vec<f64>> {
    states_watched(setting, |_, _, _| {}).into_iter().map(|state| state.iterate).collect()
}

/// The largest difference over all rounds, relative to the largest coordinate of the round.
fn gap(left: &[Vec<f64>], right: &[Vec<f64>]) -> f64 {
    assert_eq!(left.len(), right.len());
    let of_round = |(left, right): (&Vec<f64>, &Vec<f64>)| {
        let difference = left.iter().zip(right).map(|(l, r)| (l - r).abs()).fold(0.0, f64::max);
        difference / vector::norm_max(right)
    };
    left.iter().zip(right).map(of_round).fold(0.0, f64::max)
}

// ---------------------------------------------------------------------------------------------------- identities

#[test]
fn methods_with_the_identity_are_sgd() {
    let problem = Bowls::new(4, 6, DIM);
    let sgd = method("name = 'sgd'");
    // Four workers and a step size of 1/8 scale by powers of two, so that the order of scaling does not matter.
    let reference = iterates(setting(&problem, &*sgd));
    for name in ["compressed-sgd", "error-feedback", "error-feedback-gradient-units"] {
        let identity = with(name, "{ name = 'identity' }");
        assert_eq!(iterates(setting(&problem, &*identity)), reference, "{name}");
    }
    let step_size = decaying();
    let reference = iterates(Config { step_size: &step_size, ..setting(&problem, &*sgd) });
    for name in ["compressed-sgd", "error-feedback", "error-feedback-gradient-units", "ef21"] {
        let identity = with(name, "{ name = 'identity' }");
        let actual = iterates(Config { step_size: &step_size, ..setting(&problem, &*identity) });
        assert!(gap(&actual, &reference) < ROUND_OFF, "{name}: {:e}", gap(&actual, &reference));
    }
}

#[test]
fn each_variant_is_the_method_it_generalizes() {
    let problem = Bowls::new(3, 6, DIM);
    let run = |method: &dyn Method, batch_size| iterates(Config { batch_size, ..setting(&problem, method) });
    let of = |text: &str, batch_size| run(&*method(text), batch_size);
    let (sgd, all, batches) = ("name = 'sgd'", None, Some(2));
    let random = "compressor = { name = 'rand-k-unbiased', k = 3 }";
    let identity = "compressor = { name = 'identity' }";
    for batch_size in [all, batches] {
        let plain = of(sgd, batch_size);
        for alpha in ["0.0", "0.3", "1.0"] {
            let diana = of(&format!("name = 'diana'\nmemory_rate = {alpha}\n{identity}"), batch_size);
            assert!(gap(&diana, &plain) < ROUND_OFF, "α = {alpha}: {:e}", gap(&diana, &plain));
        }
        let compressed = of(&format!("name = 'compressed-sgd'\n{random}"), batch_size);
        assert_eq!(of(&format!("name = 'diana'\nmemory_rate = 0.0\n{random}"), batch_size), compressed);
        assert_eq!(of(&format!("name = 'marina'\nprobability = 1.0\n{random}"), batch_size), plain);
        for compressor in [random, "compressor = { name = 'top-k', k = 3 }"] {
            let ef21 = of(&format!("name = 'ef21'\n{compressor}"), batch_size);
            assert_eq!(of(&format!("name = 'ef21-sgdm'\nmomentum = 1.0\n{compressor}"), batch_size), ef21);
            let averaged = of(&format!("name = 'ef21-sgdm'\nmomentum = 0.5\n{compressor}"), batch_size);
            assert!(gap(&averaged, &ef21) > 1e-3, "{compressor}");
        }
        let whole = of("name = 'power-sgd'\nrank = 4\nrows = 4", batch_size);
        assert!(gap(&whole, &plain) < ROUND_OFF, "full rank: {:e}", gap(&whole, &plain));
    }
    // Without compression the changes add up to the gradient, if both are those of one sample: of all rows here.
    let marina = format!("name = 'marina'\nprobability = 0.3\n{identity}");
    let (changes, gradients) = (of(&marina, all), of(sgd, all));
    assert!(gap(&changes, &gradients) < ROUND_OFF, "{:e}", gap(&changes, &gradients));
    assert!(gap(&of(&marina, batches), &of(sgd, batches)) > 1e-3, "the noise of a batch stays in the estimate");
}

#[test]
fn parameters_out_of_range_are_refused_by_name() {
    let refused = |text: &str| {
        let spec: MethodSpec = toml::from_str(text).unwrap();
        spec.build(&[8, 12]).unwrap_err().to_string()
    };
    for (member, parameter, requirement, values) in [
        ("diana", "memory_rate", "in [0, 1]", ["-0.1", "1.5"]),
        ("ef21-sgdm", "momentum", "in (0, 1]", ["0.0", "1.5"]),
        ("marina", "probability", "in (0, 1]", ["0.0", "1.5"]),
    ] {
        for value in values {
            let error =
                refused(&format!("name = '{member}'\n{parameter} = {value}\ncompressor = {{ name = 'identity' }}"));
            assert!(error.contains(&format!("`{parameter}` is")) && error.contains(requirement), "{error}");
        }
    }
    assert!(refused("name = 'power-sgd'\nrank = 0\nrows = 4").contains("`rank` is 0, but it must be at least 1"));
    for rows in [0, 3, 8] {
        let error = refused(&format!("name = 'power-sgd'\nrank = 1\nrows = {rows}"));
        assert!(error.contains(&format!("`rows` is {rows}, but it must be a divisor of the length")), "{error}");
    }
}

#[test]
fn sgd_without_batches_is_gradient_descent_by_its_formula() {
    let problem = Bowls::new(3, 2, DIM);
    let sgd = method("name = 'sgd'");
    let actual = iterates(Config { batch_size: None, ..setting(&problem, &*sgd) });
    let mut x = start(DIM);
    for (round, iterate) in actual.iter().enumerate() {
        assert!(gap(std::slice::from_ref(iterate), std::slice::from_ref(&x)) < ROUND_OFF, "round {round}");
        for c in 0..DIM {
            let rows = problem.workers.iter().flatten();
            let slope: f64 = rows.map(|(a, b)| a[c] * (x[c] - b[c])).sum::<f64>() / 6.0;
            x[c] -= 0.125 * slope;
        }
    }
}

#[test]
fn equal_workers_are_one_worker() {
    for name in ["compressed-sgd", "error-feedback", "error-feedback-gradient-units", "ef21"] {
        let top = with(name, "{ name = 'top-k', k = 4 }");
        let of = |n: usize| {
            let problem = Bowls::copies(n, 3, DIM);
            iterates(Config { batch_size: None, ..setting(&problem, &*top) })
        };
        let one = of(1);
        assert_eq!(of(2), one, "{name}: halves add up exactly");
        assert!(gap(&of(5), &one) < ROUND_OFF, "{name}");
    }
}

#[test]
fn equal_workers_on_real_rows_are_one_worker() {
    let dataset: DatasetSpec =
        toml::from_str("name = 'breast-cancer-wdbc'\nscale = 'standardize'\nintercept = true").unwrap();
    let objective: ObjectiveSpec = toml::from_str("name = 'logistic'\nregularization = 0.01").unwrap();
    let identical: PartitionSpec = toml::from_str("name = 'identical'").unwrap();
    let of = |n: usize| {
        let shards = identical.split(dataset.load(None).unwrap().dataset, n).unwrap();
        let objective = objective.build(Some(shards), n).unwrap();
        let dim = objective.dim();
        let top: MethodSpec =
            toml::from_str("name = 'error-feedback'\ncompressor = { name = 'top-k', k = 3 }").unwrap();
        let top = top.build(&[dim]).unwrap();
        iterates(Config { batch_size: None, ..setting(&*objective, &*top) })
    };
    let one = of(1);
    assert!(gap(&[one[0].clone()], &[one[12].clone()]) > 1e-3, "the run moves");
    assert_eq!(of(2), one);
    assert!(gap(&of(3), &one) < ROUND_OFF);
}

#[test]
fn keeping_every_coordinate_is_not_compressing() {
    let problem = Bowls::new(3, 6, DIM);
    for name in ["compressed-sgd", "error-feedback", "error-feedback-gradient-units", "ef21"] {
        let reference = with(name, "{ name = 'identity' }");
        let reference = iterates(setting(&problem, &*reference));
        for compressor in ["top-k", "rand-k", "rand-k-shared", "rand-k-unbiased"] {
            for k in ["24", "1.0"] {
                let all = with(name, &format!("{{ name = '{compressor}', k = {k} }}"));
                assert_eq!(iterates(setting(&problem, &*all)), reference, "{name} with {compressor}, k = {k}");
            }
        }
    }
}

#[test]
fn residuals_in_either_unit_agree_for_a_constant_step_size_and_differ_for_a_decaying_one() {
    let problem = Bowls::new(4, 6, DIM);
    let scaled = with("error-feedback", "{ name = 'top-k', k = 3 }");
    let unscaled = with("error-feedback-gradient-units", "{ name = 'top-k', k = 3 }");
    assert_eq!(iterates(setting(&problem, &*scaled)), iterates(setting(&problem, &*unscaled)), "γ = 1/8 is exact");
    let run_at =
        |method: &dyn Method, step_size: &StepSize| iterates(Config { step_size, ..setting(&problem, method) });
    assert!(gap(&run_at(&*scaled, &TENTH), &run_at(&*unscaled, &TENTH)) < ROUND_OFF);
    let step_size = decaying();
    assert!(gap(&run_at(&*scaled, &step_size), &run_at(&*unscaled, &step_size)) > 1e-3);
}

/// `C(x)_c = s_c x_c`: deterministic, positively homogeneous, additive.
#[derive(Debug)]
struct Shrink;

impl Compressor for Shrink {
    fn compress(&self, x: &[f64], _call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        vector::check_finite(x)?;
        for ((out, x), factor) in message.dense(x.len()).iter_mut().zip(x).zip([1.0, 0.5, 0.3, 0.0].iter().cycle()) {
            *out = factor * x;
        }
        Ok(())
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        Guarantee::None
    }

    fn randomness(&self) -> Randomness {
        Randomness::None
    }

    fn is_projection(&self) -> bool {
        false
    }
}

#[test]
fn error_feedback_and_ef21_are_one_method_for_additive_operators_only() {
    let problem = Bowls::new(3, 6, DIM);
    let full = |method: &dyn Method| iterates(Config { batch_size: None, ..setting(&problem, method) });
    let (feedback, ef21) = (ErrorFeedback::around(Box::new(Shrink)), Ef21::around(Box::new(Shrink)));
    assert!(gap(&full(&*feedback), &full(&*ef21)) < ROUND_OFF);
    let top = "{ name = 'top-k', k = 3 }";
    assert!(gap(&full(&*with("error-feedback", top)), &full(&*with("ef21", top))) > 1e-3);
}

#[test]
fn momentum_is_the_heavy_ball_and_nothing_at_beta_zero() {
    let problem = Bowls::new(3, 6, DIM);
    let around = |beta: &str, inner: &str| method(&format!("name = 'momentum'\nbeta = {beta}\nmethod = {inner}"));
    for inner in [
        "{ name = 'sgd' }",
        "{ name = 'error-feedback', compressor = { name = 'top-k', k = 3 } }",
        "{ name = 'ef21', compressor = { name = 'top-k', k = 3 } }",
        "{ name = 'ef21-sgdm', momentum = 0.25, compressor = { name = 'top-k', k = 3 } }",
        "{ name = 'diana', memory_rate = 0.25, compressor = { name = 'rand-k-unbiased', k = 3 } }",
        "{ name = 'marina', probability = 0.25, compressor = { name = 'rand-k-unbiased', k = 3 } }",
        "{ name = 'power-sgd', rank = 2, rows = 4 }",
    ] {
        let bare: MethodSpec =
            toml::from_str::<toml::Table>(&format!("m = {inner}")).unwrap()["m"].clone().try_into().unwrap();
        let bare = iterates(setting(&problem, &*bare.build(&[DIM]).unwrap()));
        let actual = iterates(setting(&problem, &*around("0.0", inner)));
        assert!(gap(&actual, &bare) < ROUND_OFF, "{inner}");
    }
    // x_{t+1} = x_t − γ g + β (x_t − x_{t−1}).
    let ball = around("0.5", "{ name = 'sgd' }");
    let actual = iterates(Config { batch_size: None, ..setting(&problem, &*ball) });
    for t in 1..12 {
        let mut expected = actual[t].clone();
        let mut gradient = vec![0.0; DIM];
        gradsieve::objective::gradient(&problem, &actual[t], &mut gradient);
        vector::add_scaled(-0.125, &gradient, &mut expected);
        vector::add_scaled(0.5, &actual[t], &mut expected);
        vector::add_scaled(-0.5, &actual[t - 1], &mut expected);
        assert!(gap(&[actual[t + 1].clone()], &[expected]) < ROUND_OFF, "round {t}");
    }
}

// ---------------------------------------------------------------------------------------------- conservation laws

/// The largest violation of `Σ sent + e = Σ s g` over all rounds and workers, relative to what was sent and kept so
/// far; s is the step size where the residual is `step_scaled`, else one.
fn leak(problem: &Bowls, setting: Config<'_>, step_scaled: bool) -> f64 {
    let n = problem.n_workers();
    let rounds = setting.rounds;
    let step_size = setting.step_size;
    let mut simulation = Simulation::new(setting);
    let mut state = simulation.initial_state(start(problem.dim));
    let mut sent = vec![vec![0.0; problem.dim]; n];
    let mut supplied = sent.clone();
    let mut worst: f64 = 0.0;
    for round in 1..=rounds {
        let mut worker = 0;
        let mut see = |_: &Probe, message: &Message| {
            message.add_to(1.0, &mut sent[worker]);
            worker += 1;
        };
        simulation.step(&mut state, Some(Watch { keeps_input: false, worker: &mut see })).unwrap();
        let weight = if step_scaled { step_size.step_size(round, rounds) } else { 1.0 };
        for worker in 0..n {
            vector::add_scaled(weight, &problem.given(worker), &mut supplied[worker]);
            let residual = &state.workers[worker].memory[0];
            let size = vector::norm_max(&sent[worker]) + vector::norm_max(residual);
            for c in 0..problem.dim {
                worst = worst.max((sent[worker][c] + residual[c] - supplied[worker][c]).abs() / size);
            }
        }
    }
    worst
}

#[test]
fn what_was_sent_and_what_is_left_are_all_gradients() {
    let problem = Bowls::new(3, 6, DIM);
    let step_size = decaying();
    for member in CompressorSpec::MEMBERS {
        for (name, step_scaled) in [("error-feedback", true), ("error-feedback-gradient-units", false)] {
            let feedback = with(name, member.example);
            for values in [Precision::F64, Precision::F32] {
                let wire = Wire { encoding: Encoding::Raw, values };
                let config = Config { step_size: &step_size, wire, ..setting(&problem, &*feedback) };
                let leak = leak(&problem, config, step_scaled);
                assert!(leak < ROUND_OFF, "{name} with {}, {values:?}: {leak:e}", member.name);
            }
        }
    }
}

#[test]
fn the_estimates_of_ef21_are_what_was_sent() {
    let problem = Bowls::new(3, 6, DIM);
    let ef21 = with("ef21", "{ name = 'top-k', k = 3 }");
    let mut sent = vec![vec![0.0; DIM]; 3];
    let states = states_watched(setting(&problem, &*ef21), |worker, _, message| message.add_to(1.0, &mut sent[worker]));
    let last = states.last().unwrap();
    let mut mean = vec![0.0; DIM];
    for (worker, sent) in last.workers.iter().zip(&sent) {
        assert_eq!(&worker.memory[0], sent);
        vector::add_scaled(1.0 / 3.0, sent, &mut mean);
    }
    assert!(gap(&[last.server[0].clone()], &[mean]) < ROUND_OFF);
}

#[test]
fn the_estimates_of_the_server_are_the_means_of_the_workers() {
    let problem = Bowls::new(3, 6, DIM);
    let random = "compressor = { name = 'rand-k-unbiased', k = 5 }";
    for (text, rate) in [("name = 'diana'\nmemory_rate = 0.3", 0.3), ("name = 'ef21-sgdm'\nmomentum = 0.4", 1.0)] {
        let built = method(&format!("{text}\n{random}"));
        let mut messages = Vec::new();
        let states = states_watched(setting(&problem, &*built), |_, _, message| messages.push(message.to_dense()));
        for (round, pair) in states.windows(2).enumerate() {
            let mut mean = vec![0.0; DIM];
            let mut sent = vec![0.0; DIM];
            for (worker, message) in messages[3 * round..3 * round + 3].iter().enumerate() {
                let mut expected = pair[0].workers[worker].memory[0].clone();
                vector::add_scaled(rate, message, &mut expected);
                assert_eq!(pair[1].workers[worker].memory[0], expected, "{text}");
                vector::add_scaled(1.0 / 3.0, &expected, &mut mean);
                vector::add_scaled(1.0 / 3.0, message, &mut sent);
            }
            assert!(gap(&[pair[1].server[0].clone()], &[mean]) < ROUND_OFF, "{text}");
            // Both step by the old estimate and the whole mean message.
            let mut expected = pair[0].iterate.clone();
            vector::add_scaled(-0.125, &pair[0].server[0], &mut expected);
            vector::add_scaled(-0.125, &sent, &mut expected);
            assert!(gap(&[pair[1].iterate.clone()], &[expected]) < ROUND_OFF, "{text}");
        }
    }
}

#[test]
fn marina_sends_gradients_at_heads_and_changes_at_tails() {
    let problem = Bowls::new(3, 6, DIM);
    let marina = method("name = 'marina'\nprobability = 0.3\ncompressor = { name = 'rand-k-unbiased', k = 5 }");
    let mut messages = Vec::new();
    let setting = Config { batch_size: None, rounds: 200, ..setting(&problem, &*marina) };
    let states = states_watched(setting, |_, _, message| messages.push(message.clone()));
    let mut n_heads = 0;
    for (round, (pair, messages)) in states.windows(2).zip(messages.chunks(3)).enumerate() {
        let heads = matches!(messages[0], Message::Dense(_));
        n_heads += usize::from(heads);
        assert!(heads || round > 0, "the first round sends gradients");
        let mut estimate = if heads { vec![0.0; DIM] } else { pair[0].server[0].clone() };
        for (worker, message) in messages.iter().enumerate() {
            assert_eq!(matches!(message, Message::Dense(_)), heads, "one draw for all workers");
            message.add_to(1.0 / 3.0, &mut estimate);
            let mut input = vec![0.0; DIM];
            problem.add_gradient(worker, Rows::All, &pair[0].iterate, 1.0, &mut input);
            if !heads {
                problem.add_gradient(worker, Rows::All, &states[round - 1].iterate, -1.0, &mut input);
            }
            let scale = if heads { 1.0 } else { 24.0 / 5.0 };
            let size = scale * vector::norm_max(&states[0].iterate);
            message.for_each(|c, value| assert!((value - scale * input[c]).abs() < ROUND_OFF * size));
        }
        assert!(gap(&[pair[1].server[0].clone()], &[estimate]) < ROUND_OFF);
        assert_eq!(pair[1].server[1], pair[0].iterate);
    }
    // 199 draws with p = 0.3, within six standard deviations.
    assert!((n_heads as f64 - 60.0).abs() < 6.0 * (199.0 * 0.21_f64).sqrt(), "{n_heads}");
}

/// `A B` for `A` of the shape a × b and `B` of the shape b × c, row by row.
fn product(left: &[f64], right: &[f64], (a, b, c): (usize, usize, usize)) -> Vec<f64> {
    let entry = |i: usize, k: usize| (0..b).map(|j| left[i * b + j] * right[j * c + k]).sum();
    (0..a).flat_map(|i| (0..c).map(move |k| (i, k))).map(|(i, k)| entry(i, k)).collect()
}

fn transposed(matrix: &[f64], (rows, columns): (usize, usize)) -> Vec<f64> {
    (0..columns).flat_map(|j| (0..rows).map(move |i| matrix[i * columns + j])).collect()
}

#[test]
fn power_sgd_agrees_with_products_of_matrices() {
    let problem = Bowls::new(3, 6, DIM);
    for (blocks, rank) in [(vec![24], 1), (vec![24], 2), (vec![8, 16], 2), (vec![4, 20], 3)] {
        let spec: MethodSpec = toml::from_str(&format!("name = 'power-sgd'\nrank = {rank}\nrows = 4")).unwrap();
        let built = spec.build(&blocks).unwrap();
        let mut simulation = Simulation::new(setting(&problem, &*built));
        let mut state = simulation.initial_state(start(DIM));
        for round in 1..=12 {
            let before = state.clone();
            let mut messages = Vec::new();
            let mut see = |_: &Probe, message: &Message| messages.push(message.to_dense());
            simulation.step(&mut state, Some(Watch { keeps_input: false, worker: &mut see })).unwrap();
            assert_eq!(messages.len(), 6, "two exchanges of three workers");
            // Where the block and its factors begin.
            let (mut whole, mut left, mut right) = (0, 0, 0);
            for len in &blocks {
                let (a, b) = (4, len / 4);
                let r = rank.min(a).min(b);
                // The factors are sent column after column: as rows of the transposed matrices.
                let p_transposed = state.server[0][left..left + a * r].to_vec();
                let p = transposed(&p_transposed, (r, a));
                let gram = product(&p_transposed, &p, (r, a, r));
                for (entry, value) in gram.iter().enumerate() {
                    let identity = if entry % (r + 1) == 0 { 1.0 } else { 0.0 };
                    assert!((value - identity).abs() < ROUND_OFF, "PᵀP: {gram:?}");
                }
                let (mut mean_q, mut mean_p) = (vec![0.0; r * b], vec![0.0; r * a]);
                for worker in 0..3 {
                    let mut m = before.workers[worker].memory[0][whole..whole + len].to_vec();
                    vector::add_scaled(0.125, &problem.given(worker)[whole..whole + len], &mut m);
                    if round > 1 {
                        let q = transposed(&before.server[1][right..right + b * r], (r, b));
                        let expected = transposed(&product(&m, &q, (a, b, r)), (a, r));
                        assert!(gap(&[messages[worker][left..left + a * r].to_vec()], &[expected]) < ROUND_OFF);
                    }
                    vector::add_scaled(1.0 / 3.0, &messages[worker][left..left + a * r], &mut mean_p);
                    let q_transposed = product(&p_transposed, &m, (r, a, b));
                    let sent = &messages[3 + worker][right..right + b * r];
                    assert!(gap(&[sent.to_vec()], std::slice::from_ref(&q_transposed)) < ROUND_OFF);
                    vector::add_scaled(1.0 / 3.0, &q_transposed, &mut mean_q);
                    let residual = &state.workers[worker].memory[0][whole..whole + len];
                    let expected = vector::norm_squared(&m) - vector::norm_squared(&q_transposed);
                    let difference = vector::norm_squared(residual) - expected;
                    assert!(difference.abs() < ROUND_OFF * vector::norm_squared(&m), "‖E‖² = ‖M‖² − ‖PᵀM‖²");
                    vector::add_scaled(-1.0, &product(&p, &q_transposed, (a, r, b)), &mut m);
                    assert!(vector::distance_squared(residual, &m) < (ROUND_OFF * 10.0).powi(2));
                }
                // The columns of P span those of the mean factor.
                let mut outside = mean_p.clone();
                let inside = product(&product(&mean_p, &p, (r, a, r)), &p_transposed, (r, r, a));
                vector::add_scaled(-1.0, &inside, &mut outside);
                assert!(vector::norm_max(&outside) < ROUND_OFF * vector::norm_max(&mean_p));
                assert!(gap(&[state.server[1][right..right + b * r].to_vec()], &[mean_q.clone()]) < ROUND_OFF);
                let mut iterate = before.iterate[whole..whole + len].to_vec();
                vector::add_scaled(-1.0, &product(&p, &mean_q, (a, r, b)), &mut iterate);
                assert!(gap(&[state.iterate[whole..whole + len].to_vec()], &[iterate]) < ROUND_OFF);
                (whole, left, right) = (whole + len, left + a * r, right + b * r);
            }
            assert!(messages[..3].iter().all(|message| message.len() == left));
            assert!(messages[3..].iter().all(|message| message.len() == right));
        }
    }
}

#[test]
fn power_sgd_with_many_workers_is_power_sgd_on_their_mean() {
    let problem = Bowls::new(3, 6, DIM);
    let union = Bowls::of(vec![problem.workers.iter().flatten().cloned().collect()]);
    let run = |problem: &Bowls, text: &str| {
        let built = method(text);
        iterates(Config { batch_size: None, ..setting(problem, &*built) })
    };
    let power = "name = 'power-sgd'\nrank = 2\nrows = 4";
    assert!(gap(&run(&problem, power), &run(&union, power)) < ROUND_OFF);
    let top = "name = 'error-feedback'\ncompressor = { name = 'top-k', k = 5 }";
    assert!(gap(&run(&problem, top), &run(&union, top)) > 1e-3);
}

#[test]
fn every_exchange_is_paid_for() {
    let problem = Bowls::new(3, 6, DIM);
    let power = method("name = 'power-sgd'\nrank = 2\nrows = 4");
    let network = gradsieve::network::ParameterServer { latency_seconds: 1.0, seconds_per_bit: 0.5 };
    let wire = Wire { encoding: Encoding::Raw, values: Precision::F32 };
    let setting = Config { wire, network: &network, compute_seconds: 100.0, ..setting(&problem, &*power) };
    let states = states_watched(setting, |_, _, _| {});
    // 4 × 2 and 6 × 2 numbers, from and to each of three workers.
    let bits: u64 = [8, 12].map(|len| encoding::bits(&Message::Dense(vec![0.0; len]), wire)).iter().sum();
    assert!(bits >= 32 * 20);
    for (round, state) in states.iter().enumerate() {
        let rounds = round as u64;
        assert_eq!((state.bits_up, state.bits_down), (3 * bits * rounds, 3 * bits * rounds));
        // One computation, two exchanges of two latencies.
        assert_eq!(state.seconds, (100.0 + 4.0 + 0.5 * 6.0 * bits as f64) * round as f64);
    }
    // What the recorder counts: the entries of both exchanges, the residual of the last.
    let mut simulation = Simulation::new(Config { wire, ..self::setting(&problem, &*power) });
    let mut state = simulation.initial_state(start(DIM));
    let metrics = vec![Metric::EntriesMean, Metric::ResidualSquaredMax, Metric::VirtualDistance];
    let mut recorder = Recorder::new(metrics, Rounds::Every(1).recorded(12), Minimum::default());
    assert_eq!(simulation.run(&mut state, &mut recorder, |_, _| true), Outcome::Finished);
    assert_eq!(recorder.table().last(Metric::EntriesMean), Some(20.0));
    assert!(recorder.table().last(Metric::ResidualSquaredMax).unwrap() > 0.0);
    assert!(recorder.table().last(Metric::VirtualDistance).unwrap() > 0.0);
}

#[test]
fn power_sgd_survives_matrices_without_content() {
    let problem = Bowls::new(1, 1, DIM);
    let power = method("name = 'power-sgd'\nrank = 3\nrows = 4");
    let mut simulation = Simulation::new(setting(&problem, &*power));
    // At the minimizer of a single worker with one row the gradient is exactly zero.
    let mut state = simulation.initial_state(problem.workers[0][0].1.clone());
    for _ in 0..3 {
        simulation.step(&mut state, None).unwrap();
    }
    assert_eq!(state.iterate, problem.workers[0][0].1);
    assert!(state.server.iter().chain(&state.workers[0].memory).flatten().all(|value| *value == 0.0));
    // A gradient of rank one leaves no residual, and the columns that found nothing are drawn again.
    state.iterate[5] += 1.0;
    simulation.step(&mut state, None).unwrap();
    let residual = vector::norm_max(&state.workers[0].memory[0]);
    assert!(residual < ROUND_OFF, "rank one fits: {residual:e}");
    assert_ne!(state.iterate[5], problem.workers[0][0].1[5] + 1.0);
    state.iterate[0] += 1.0;
    simulation.step(&mut state, None).unwrap();
    let residual = vector::norm_max(&state.workers[0].memory[0]);
    assert!(residual < ROUND_OFF, "rank two fits: {residual:e}");
}

#[test]
fn the_virtual_iterate_follows_plain_sgd() {
    let problem = Bowls::new(3, 6, DIM);
    let falling = decaying();
    let cases: [(&str, &StepSize); 3] =
        [("error-feedback", &TENTH), ("error-feedback", &falling), ("error-feedback-gradient-units", &TENTH)];
    for (name, step_size) in cases {
        for compressor in ["{ name = 'top-k', k = 2 }", "{ name = 'rand-k', k = 2 }", "{ name = 'top-k-signs', k = 4 }"]
        {
            let feedback = with(name, compressor);
            let setting = Config { step_size, ..setting(&problem, &*feedback) };
            let rounds = setting.rounds;
            let mut simulation = Simulation::new(setting);
            let mut state = simulation.initial_state(start(DIM));
            let mut expected = state.iterate.clone();
            for number in 1..=rounds {
                simulation.step(&mut state, None).unwrap();
                let round = Round { number, step_size: step_size.step_size(number, rounds), n_workers: 3, exchange: 0 };
                vector::add_scaled(-round.step_size, &problem.mean_given(), &mut expected);
                let weight = feedback.virtual_weight(&round).unwrap();
                let mut virtual_iterate = state.iterate.clone();
                for worker in &state.workers {
                    vector::add_scaled(-weight / 3.0, &worker.memory[0], &mut virtual_iterate);
                }
                assert!(gap(&[virtual_iterate], &[expected.clone()]) < ROUND_OFF, "{name} {compressor} round {number}");
            }
            assert!(gap(&[state.iterate], &[expected]) > 1e-6, "{name} {compressor}: the residuals are not empty");
        }
    }
}

/// Error feedback with a mistake.
#[derive(Debug)]
struct Broken {
    mistake: Mistake,
    compressor: Box<dyn Compressor>,
    /// What it says instead of the truth.
    randomness: Option<Randomness>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mistake {
    None,
    DropsTheResidual,
    ForgetsTheStepSize,
    KeepsWhatItSent,
    HalvesTheResidual,
    KeepsTwoResiduals,
    CallsTheResidualAnEstimate,
}

impl Method for Broken {
    fn worker_memory(&self) -> &'static [Memory] {
        match self.mistake {
            Mistake::KeepsTwoResiduals => &[Memory::Residual, Memory::Residual],
            Mistake::CallsTheResidualAnEstimate => &[Memory::Estimate],
            _ => &[Memory::Residual],
        }
    }

    fn server_memory(&self) -> Vec<Memory> {
        Vec::new()
    }

    fn worker(&self, worker: &mut Worker<'_>, round: &Round) -> Result<(), NotFinite> {
        let Worker { memory, oracle, uplink, .. } = worker;
        let residual = &mut memory[0];
        let weight = if self.mistake == Mistake::ForgetsTheStepSize { 1.0 } else { round.step_size };
        oracle.add_gradient(weight, residual);
        uplink.compress(&*self.compressor, residual)?;
        if self.mistake != Mistake::KeepsWhatItSent {
            uplink.message.add_to(-1.0, residual);
        }
        match self.mistake {
            Mistake::DropsTheResidual => residual.fill(0.0),
            Mistake::HalvesTheResidual => residual.iter_mut().for_each(|value| *value *= 0.5),
            _ => {}
        }
        Ok(())
    }

    fn server(&self, server: Server<'_>, _round: &Round) {
        server.mean.add_to(-1.0, server.iterate);
    }

    fn randomness(&self) -> Randomness {
        self.randomness.unwrap_or(self.compressor.randomness())
    }

    fn virtual_weight(&self, _round: &Round) -> Option<f64> {
        Some(1.0)
    }
}

#[test]
fn every_method_is_what_it_says_of_itself() {
    for member in MethodSpec::MEMBERS {
        assert_eq!(conformance::answers::holds(&*method(member.example), DIM), Ok(()), "{}", member.name);
    }
    for (text, randomness) in [
        ("name = 'marina'\nprobability = 0.3\ncompressor = { name = 'top-k', k = 3 }", Randomness::Shared),
        ("name = 'marina'\nprobability = 0.3\ncompressor = { name = 'rand-k-unbiased', k = 3 }", Randomness::Mixed),
        ("name = 'error-feedback'\ncompressor = { name = 'rand-k-shared', k = 3 }", Randomness::Shared),
        (
            "name = 'momentum'\nbeta = 0.5\nmethod = { name = 'diana', memory_rate = 0.1, compressor = { name = 'rand-k-unbiased', k = 3 } }",
            Randomness::Own,
        ),
        ("name = 'ef21'\ncompressor = { name = 'scaled-sign' }", Randomness::None),
    ] {
        let method = method(text);
        assert_eq!(method.randomness(), randomness, "{text}");
        assert_eq!(conformance::answers::holds(&*method, DIM), Ok(()), "{text}");
    }
}

#[test]
fn a_method_that_says_what_is_false_of_itself_is_caught() {
    let holds = |mistake, compressor: &str, randomness| {
        let spec: CompressorSpec = toml::from_str(compressor).unwrap();
        let compressor = spec.build(&[DIM]).unwrap();
        conformance::answers::holds(&Broken { mistake, compressor, randomness: Some(randomness) }, DIM)
    };
    let (top, random) = ("name = 'top-k'\nk = 3", "name = 'rand-k'\nk = 3");
    let shared = "name = 'rand-k-shared'\nk = 3";
    assert_eq!(holds(Mistake::None, top, Randomness::None), Ok(()));
    for (mistake, compressor, randomness, found) in [
        (Mistake::None, random, Randomness::None, "it says that nothing is random"),
        (Mistake::None, top, Randomness::Own, "no seed changes a run"),
        (Mistake::None, shared, Randomness::Own, "workers of equal gradients send the same"),
        (Mistake::None, random, Randomness::Shared, "workers of equal gradients send unlike messages"),
        (Mistake::KeepsTwoResiduals, top, Randomness::None, "keeps Residual twice"),
        (Mistake::CallsTheResidualAnEstimate, top, Randomness::None, "its workers keep no residual"),
        (Mistake::DropsTheResidual, top, Randomness::None, "its residual loses"),
        (Mistake::ForgetsTheStepSize, top, Randomness::None, "its residual loses"),
        (Mistake::KeepsWhatItSent, top, Randomness::None, "its residual loses"),
        (Mistake::HalvesTheResidual, top, Randomness::None, "its residual loses"),
    ] {
        let error = holds(mistake, compressor, randomness).expect_err(found);
        assert!(error.contains(found), "{mistake:?}: {error}");
    }
}

#[test]
fn the_conservation_law_catches_broken_methods() {
    let problem = Bowls::new(3, 6, DIM);
    let leak_of = |mistake| {
        let top: CompressorSpec = toml::from_str("name = 'top-k'\nk = 3").unwrap();
        let broken = Broken { mistake, compressor: top.build(&[DIM]).unwrap(), randomness: None };
        leak(&problem, setting(&problem, &broken), true)
    };
    let top: CompressorSpec = toml::from_str("name = 'top-k'\nk = 3").unwrap();
    let held = |mistake| {
        conformance::nothing_lost(&Broken { mistake, compressor: top.build(&[DIM]).unwrap(), randomness: None })
    };
    assert_eq!(held(Mistake::None), Ok(()));
    assert!(leak_of(Mistake::None) < ROUND_OFF);
    for mistake in
        [Mistake::DropsTheResidual, Mistake::ForgetsTheStepSize, Mistake::KeepsWhatItSent, Mistake::HalvesTheResidual]
    {
        assert!(leak_of(mistake) > 1e-2, "{mistake:?} leaks {:e}", leak_of(mistake));
        assert!(held(mistake).is_err(), "{mistake:?}");
    }
}

// ------------------------------------------------------------------------------------ divergence and convergence

#[test]
fn top_one_without_memory_diverges_by_its_exact_factor_and_memory_cures_it() {
    let spec: ObjectiveSpec = toml::from_str("name = 'diverging-quadratics'").unwrap();
    let objective = spec.build(None, 3).unwrap();
    let build = |name: &str| {
        let spec: MethodSpec =
            toml::from_str(&format!("name = '{name}'\ncompressor = {{ name = 'top-k', k = 1 }}")).unwrap();
        spec.build(&[3]).unwrap()
    };
    let run = |name: &str, gamma: f64, rounds: u64| {
        let step_size = StepSize::Number(gamma);
        let built = build(name);
        let mut simulation = Simulation::new(Config { step_size: &step_size, rounds, ..setting(&*objective, &*built) });
        let mut state = simulation.initial_state(vec![1.0; 3]);
        let mut all = vec![state.iterate.clone()];
        for _ in 0..rounds {
            simulation.step(&mut state, None).unwrap();
            all.push(state.iterate.clone());
        }
        all
    };
    for gamma in [1e-3, 0.01, 0.05, 0.4] {
        for pair in run("compressed-sgd", gamma, 50).windows(2) {
            for (before, after) in pair[0].iter().zip(&pair[1]) {
                assert!(
                    (after / before - (1.0 + 11.0 * gamma / 6.0)).abs() < 1e-14,
                    "{} for γ = {gamma}",
                    after / before
                );
            }
        }
    }
    // Ten time constants 1/(γμ) with μ = 7/6, and e⁻¹⁰ = 4.5e-5.
    for name in ["error-feedback", "error-feedback-gradient-units", "ef21"] {
        let all = run(name, 0.01, 860);
        let norm = vector::norm_squared(&all[860]).sqrt();
        assert!(norm < 1e-3, "{name}: ‖x‖ = {norm:e}");
    }
}

#[test]
fn every_method_counts_its_bytes_loses_nothing_and_ends_where_a_number_is_not_finite() {
    for member in MethodSpec::MEMBERS {
        let built = method(member.example);
        for part in [conformance::wire, conformance::nothing_lost, conformance::not_finite] {
            part(&*built).unwrap_or_else(|violations| panic!("{}: {violations}", member.name));
        }
    }
}

#[test]
fn every_method_of_the_registry_goes_to_the_minimizer() {
    let problem = Bowls::new(4, 3, DIM);
    let minimizer = problem.minimizer();
    assert!(MethodSpec::MEMBERS.len() >= 6);
    // With a constant step size γ, methods with a residual end at a distance of the order of γ.
    let step_size = StepSize::Number(1.0 / 64.0);
    for member in MethodSpec::MEMBERS {
        let build = method(member.example);
        let states = states_watched(
            Config { batch_size: None, step_size: &step_size, rounds: 1500, ..setting(&problem, &*build) },
            // The factors of several exchanges are shorter than the vector.
            |_, _, message| assert!(message.dim() == DIM || (build.exchanges() > 1 && message.dim() < DIM)),
        );
        let last = states.last().unwrap();
        assert_eq!(last.round, 1500);
        assert!(last.bits_up > 0 && last.bits_down > 0 && last.seconds > 0.0);
        let share = vector::distance_squared(&last.iterate, &minimizer)
            / vector::distance_squared(&states[0].iterate, &minimizer);
        // The example's unbiased rand-k keeps its noise, the others converge.
        let allowed = if member.name == "compressed-sgd" { 0.5 } else { 1e-3 };
        assert!(share < allowed, "{}: {share:e} of the squared distance is left", member.name);
    }
}

#[test]
fn a_diverging_run_is_reported_with_the_round_in_which_it_happened() {
    let problem = Bowls::new(2, 2, DIM);
    let step_size = StepSize::Number(1e100);
    let sgd = method("name = 'sgd'");
    let setting = Config { step_size: &step_size, rounds: 50, ..setting(&problem, &*sgd) };
    let outcomes = [vec![Metric::Loss, Metric::AssumptionOneXi], vec![Metric::Bits]].map(|metrics| {
        let mut simulation = Simulation::new(setting.clone());
        let mut state = simulation.initial_state(start(DIM));
        let mut recorder = Recorder::new(metrics, Rounds::Every(1).recorded(50), Minimum::default());
        simulation.run(&mut state, &mut recorder, |_, _| true)
    });
    // ‖x‖² after round t is about 1e200^t: beyond 1e308 in round 2, whatever is recorded.
    let Outcome::Diverged { round, reason } = &outcomes[0] else { panic!("{:?}", outcomes[0]) };
    assert_eq!(*round, 2);
    assert!(reason.contains("iterate"), "{reason}");
    assert_eq!(outcomes[0], outcomes[1]);
}

// ------------------------------------------------------------------------------------------- blocks and the wire

#[test]
fn blocks_are_compressed_separately_and_one_block_is_the_whole_vector() {
    let problem = Bowls::new(2, 4, DIM);
    let spec: MethodSpec =
        toml::from_str("name = 'error-feedback'\ncompressor = { name = 'top-k', k = { per_block = '1, 3, 0.5' } }")
            .unwrap();
    let built = spec.build(&[8, 10, 6]).unwrap();
    let blocks = vec![0..8, 8..18, 18..24];
    let mut seen = 0;
    states_watched(Config { blocks: blocks.clone(), ..setting(&problem, &*built) }, |_, probe, message| {
        let Message::Blocks(parts) = message else { panic!("{message:?}") };
        assert_eq!(parts.iter().map(Message::n_entries).collect::<Vec<_>>(), [1, 3, 3]);
        let decoded = message.to_dense();
        for (range, k) in blocks.iter().zip([1, 3, 3]) {
            let input = &probe.input[range.clone()];
            let mut order: Vec<usize> = (0..input.len()).collect();
            order.sort_by(|i, j| input[*j].abs().total_cmp(&input[*i].abs()));
            let mut naive = vec![0.0; input.len()];
            order[..k].iter().for_each(|j| naive[*j] = input[*j]);
            assert_eq!(decoded[range.clone()], naive);
        }
        seen += 1;
    });
    assert_eq!(seen, 24);

    let whole = with("error-feedback", "{ name = 'top-k', k = 3 }");
    let one = with("error-feedback", "{ name = 'top-k', k = { per_block = '3' } }");
    assert_eq!(iterates(setting(&problem, &*whole)), iterates(setting(&problem, &*one)));
}

#[test]
fn what_is_applied_is_what_the_bytes_say_and_bits_count_these_bytes() {
    let problem = Bowls::new(3, 6, DIM);
    let encodings = [
        Encoding::Raw,
        Encoding::Bitmap,
        Encoding::EliasGamma,
        Encoding::EliasDelta,
        Encoding::GolombRice,
        Encoding::Smallest,
    ];
    for member in CompressorSpec::MEMBERS {
        for (encoding, values) in encodings.iter().flat_map(|e| [(*e, Precision::F32), (*e, Precision::F64)]) {
            let wire = Wire { encoding, values };
            let feedback = with("error-feedback", member.example);
            let (mut up, mut decoded) = (vec![0; 12], vec![Aggregate::new(DIM); 12]);
            let mut calls = 0;
            let states = states_watched(Config { wire, ..setting(&problem, &*feedback) }, |_, _, message| {
                let bytes = encoding::encode(message, wire).unwrap();
                let received = encoding::decode(&bytes, DIM, wire).unwrap();
                assert_eq!(&received, message, "{} {wire:?}", member.name);
                up[calls / 3] += 8 * bytes.len() as u64;
                decoded[calls / 3].add(1.0 / 3.0, &received);
                calls += 1;
            });
            for round in 0..12 {
                let [before, after] = [&states[round], &states[round + 1]];
                assert_eq!(after.bits_up - before.bits_up, up[round], "{} {wire:?}", member.name);
                let mut expected = before.iterate.clone();
                decoded[round].add_to(-1.0, &mut expected);
                assert_eq!(after.iterate, expected, "{} {wire:?}", member.name);
                let mut broadcast = Message::default();
                decoded[round].broadcast(&mut broadcast);
                let down = 3 * 8 * encoding::encode(&broadcast, wire).unwrap().len() as u64;
                assert_eq!(after.bits_down - before.bits_down, down, "{} {wire:?}", member.name);
            }
        }
    }
}

#[test]
fn narrow_numbers_on_the_wire_reach_server_and_residual_alike() {
    let problem = Bowls::new(2, 6, DIM);
    let identity = with("error-feedback", "{ name = 'identity' }");
    let wire = Wire { encoding: Encoding::Raw, values: Precision::F32 };
    let states = states_watched(Config { wire, ..setting(&problem, &*identity) }, |_, probe, message| {
        for (sent, input) in message.to_dense().iter().zip(&probe.input) {
            assert_eq!(*sent, f64::from(*input as f32));
        }
    });
    let residual = vector::norm_max(&states.last().unwrap().workers[0].memory[0]);
    assert!(residual > 0.0 && residual < 1e-6, "what rounding took is kept: {residual:e}");
}

// ------------------------------------------------------------------------------------------- recorded quantities

#[test]
fn xi_vanishes_for_one_worker_and_the_virtual_distance_is_the_mean_residual() {
    for n in [1, 3] {
        let problem = Bowls::new(n, 6, DIM);
        let feedback = with("error-feedback", "{ name = 'top-k', k = 3 }");
        let mut simulation = Simulation::new(setting(&problem, &*feedback));
        let mut state = simulation.initial_state(start(DIM));
        let metrics = vec![Metric::AssumptionOneXi, Metric::VirtualDistance, Metric::ResidualSquaredMax];
        let mut recorder = Recorder::new(metrics, Rounds::Every(1).recorded(12), Minimum::default());
        assert_eq!(simulation.run(&mut state, &mut recorder, |_, _| true), Outcome::Finished);
        let xi: Vec<f64> = recorder.table().column(Metric::AssumptionOneXi).map(|(_, xi)| xi).collect();
        assert_eq!(xi.len(), 12);
        assert!(if n == 1 { xi.iter().all(|xi| *xi == 0.0) } else { xi.iter().all(|xi| *xi > 0.0) }, "{xi:?}");
        let mut mean = vec![0.0; DIM];
        state.workers.iter().for_each(|worker| vector::add_scaled(1.0 / n as f64, &worker.memory[0], &mut mean));
        let distance = recorder.table().last(Metric::VirtualDistance).unwrap();
        assert!((distance - vector::norm_squared(&mean).sqrt()).abs() < ROUND_OFF * distance);
    }
}
