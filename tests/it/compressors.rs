//! Every compressor of the registry keeps what it promises, and agrees with an obviously right twin.

use gradsieve::compressor::cost::{Cost, CostSpec, Payload};
use gradsieve::compressor::encoding::{Encoding, Precision, Wire, bits, decode, encode};
use gradsieve::compressor::{Call, Compressor, CompressorSpec, Guarantee, Message, Scratch, Sparsity, Trial};
use gradsieve::random::{Purpose, Streams};
use gradsieve::vector::{NotFinite, distance_squared, dot, norm_one, norm_squared, select};
use rand::RngExt as _;
use statrs::distribution::{ContinuousCDF, Laplace, Normal, StudentsT};

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

/// Members whose message depends on the random streams in the conformance tests. Two more DGC samplers are random but
/// for their examples: one selects exactly below whatever it sampled, the other samples every entry.
fn is_random(name: &str) -> bool {
    [
        "rand-k",
        "rand-k-unbiased",
        "rand-k-shared",
        "dgc-sampling",
        "dgc-with-replacement",
        "stochastic-sparsification",
        "cat-stochastic",
        "qsgd",
        "terngrad",
        "natural-compression",
        "natural-dithering",
        "bernoulli",
        "scaled",
        "composed",
    ]
    .contains(&name)
}

/// Members that are defined by what they learned from earlier calls.
fn learns(name: &str) -> bool {
    name.starts_with("sidco-") && name != "sidco-gaussian-k"
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

#[test]
fn every_member_satisfies_its_guarantee() {
    for dim in DIMS {
        for (name, operator) in members(dim) {
            let draws = if is_random(name) { DRAWS.min(400_000 / dim as u64) } else { 1 };
            let bound = match operator.guarantee(dim) {
                Guarantee::Contractive { delta } => {
                    assert!(0.0 < delta && delta <= 1.0, "{name}: δ = {delta}");
                    1.0 - delta
                }
                Guarantee::Unbiased { omega } => {
                    assert!(omega >= 0.0, "{name}: ω = {omega}");
                    omega
                }
                Guarantee::None => continue,
            };
            for (kind, x) in vectors(dim) {
                assert!(!refutes(operator.as_ref(), &x, bound, draws), "{name}, d = {dim}, {kind}");
            }
        }
    }
}

#[test]
fn a_guarantee_that_promises_too_much_is_caught() {
    let dim = 60;
    let flat = vec![1.0; dim];
    let k_over_d = 5.0 / 60.0;
    for (toml, draws) in [
        ("{ name = 'top-k', k = 5 }", 1),
        ("{ name = 'rand-k', k = 5 }", DRAWS),
        ("{ name = 'rand-k-shared', k = 5 }", DRAWS),
    ] {
        let operator = build(toml, dim);
        assert!(!refutes(operator.as_ref(), &flat, 1.0 - k_over_d, draws), "{toml}");
        assert!(refutes(operator.as_ref(), &flat, 1.0 - 1.01 * k_over_d, draws), "{toml}");
    }
    for name in ["rand-k-unbiased", "stochastic-sparsification"] {
        let operator = build(&format!("{{ name = '{name}', k = 5 }}"), dim);
        assert!(!refutes(operator.as_ref(), &flat, 11.0, DRAWS), "{name}");
        assert!(refutes(operator.as_ref(), &flat, 10.0, DRAWS), "{name}");
    }
    // None means what it says: the members without an inequality drop or expand some vector.
    for toml in [
        "{ name = 'hard-threshold', threshold = 2.0 }",
        "{ name = 'gaussian-k', k = 5 }",
        "{ name = 'gaussian-k-code', k = 5 }",
        "{ name = 'gaussian-k-code-five', k = 5 }",
        "{ name = 'dgc-sampling', k = 5 }",
        "{ name = 'dgc-strided', k = 5 }",
        "{ name = 'dgc-with-replacement', k = 5 }",
        "{ name = 'redsync', k = 5 }",
        "{ name = 'sidco-exponential', k = 5, stages = 2 }",
        "{ name = 'sidco-gamma', k = 5, stages = 1 }",
        "{ name = 'sidco-gamma-asymptotic', k = 5, stages = 2 }",
        "{ name = 'sidco-pareto', k = 5, stages = 'adaptive' }",
        "{ name = 'sidco-gaussian', k = 5, stages = 2 }",
        "{ name = 'top-k-signs', k = 5 }",
    ] {
        let operator = build(toml, dim);
        assert_eq!(operator.guarantee(dim), Guarantee::None, "{toml}");
        let bound = 1.0 - 1e-9;
        assert!(vectors(dim).iter().any(|(_, x)| refutes(operator.as_ref(), x, bound, 1)), "{toml}");
    }
    // The mean of these magnitudes is 3/4, their deviation about 1/4, and Φ⁻¹(1/120) = −2.39: 1.35, 0.68 and 1.02 are
    // tried.
    let x: Vec<f64> = (0..dim).map(|j| if j % 2 == 0 { 0.5 } else { -1.0 }).collect();
    assert_eq!(compress(build("{ name = 'sidco-gaussian-k', k = 1 }", dim).as_ref(), &x, 0, 1).n_entries(), 0);
}

#[test]
fn unbiased_members_have_the_vector_as_their_mean() {
    let dim = 60;
    let mut n_unbiased = 0;
    for (name, operator) in members(dim) {
        if !matches!(operator.guarantee(dim), Guarantee::Unbiased { .. }) {
            continue;
        }
        n_unbiased += 1;
        // The squares of the extreme vectors leave the range in which a variance can be estimated.
        for (kind, x) in vectors(dim).into_iter().filter(|(kind, _)| !["tiny", "huge"].contains(kind)) {
            let alternating: Vec<f64> = (0..dim).map(|j| if j % 2 == 0 { 1.0 } else { -1.0 }).collect();
            let first: Vec<f64> = (0..dim).map(|j| if j == 0 { 1.0 } else { 0.0 }).collect();
            for direction in [&x, &alternating, &first] {
                let projected: Vec<f64> = (1..=DRAWS)
                    .map(|round| dot(&compress(operator.as_ref(), &x, 3, round).to_dense(), direction))
                    .collect();
                let (mean, error) = mean_and_error(&projected);
                let exact = dot(&x, direction);
                let slack = 1e-12 * dot(&x, &x).sqrt() * dot(direction, direction).sqrt();
                assert!((mean - exact).abs() <= Z * error + slack, "{name}, {kind}: {mean} against {exact}");
            }
        }
    }
    assert_eq!(n_unbiased, 9);
}

#[test]
fn rand_k_errors_are_identities_over_all_subsets_and_subsets_are_uniform() {
    let (dim, k) = (6, 3);
    let x = [1.0, -2.0, 0.5, 4.0, 0.0, -0.25];
    let subsets: Vec<u32> = (0u32..1 << dim).filter(|s| s.count_ones() == k).collect();
    let mean = |error: &dyn Fn(u32, usize) -> f64| {
        let of = |&s: &u32| (0..dim).map(|j| error(s, j).powi(2)).sum::<f64>();
        subsets.iter().map(of).sum::<f64>() / subsets.len() as f64
    };
    let kept = |s: u32, j: usize| if s >> j & 1 == 1 { x[j] } else { 0.0 };
    let squared = norm_squared(&x);
    let guarantee = |name: &str| build(&format!("{{ name = '{name}', k = 3 }}"), dim).guarantee(dim);
    let delta = guarantee("rand-k").delta().unwrap();
    assert!((mean(&|s, j| kept(s, j) - x[j]) - (1.0 - delta) * squared).abs() < 1e-13);
    let omega = guarantee("rand-k-unbiased").omega().unwrap();
    assert!((mean(&|s, j| 2.0 * kept(s, j) - x[j]) - omega * squared).abs() < 1e-13);

    for name in ["rand-k", "rand-k-unbiased", "rand-k-shared"] {
        let operator = build(&format!("{{ name = '{name}', k = 3 }}"), dim);
        let scale = if name == "rand-k-unbiased" { 2.0 } else { 1.0 };
        let mut counts = vec![0.0; 1 << dim];
        let draws = 20_000;
        for round in 1..=draws {
            let Message::Sparse { indices, values, .. } = compress(operator.as_ref(), &x, 1, round) else {
                panic!("{name} sends sparse messages")
            };
            assert!(indices.iter().zip(&values).all(|(&j, &v)| v == scale * x[j as usize]));
            counts[indices.iter().map(|j| 1 << j).sum::<usize>()] += 1.0;
        }
        let expected = draws as f64 / subsets.len() as f64;
        let chi_squared: f64 = subsets.iter().map(|&s| (counts[s as usize] - expected).powi(2) / expected).sum();
        // 19 degrees of freedom: 43.8 is exceeded once in a thousand.
        assert!(chi_squared < 43.8, "{name}: {chi_squared}");
    }
}

#[test]
fn zero_is_compressed_to_zero() {
    for dim in DIMS {
        for (name, operator) in members(dim) {
            for zero in [0.0, -0.0] {
                let message = compress(operator.as_ref(), &vec![zero; dim], 0, 1);
                assert!(message.to_dense().iter().all(|&v| v == 0.0), "{name}");
            }
        }
    }
}

#[test]
fn messages_are_well_formed_and_survive_the_wire() {
    for dim in DIMS {
        for (name, operator) in members(dim) {
            for (kind, x) in vectors(dim) {
                let mut message = compress(operator.as_ref(), &x, 0, 1);
                assert_eq!(message.dim(), dim, "{name}");
                if let Message::Sparse { indices, .. }
                | Message::SparseSigns { indices, .. }
                | Message::Embedded { indices, .. } = &message
                {
                    assert!(indices.windows(2).all(|pair| pair[0] < pair[1]), "{name}, {kind}");
                    assert!(indices.last().is_none_or(|&j| (j as usize) < dim), "{name}, {kind}");
                }
                for wire in [
                    Wire { encoding: Encoding::Raw, values: Precision::F32 },
                    Wire { encoding: Encoding::Smallest, values: Precision::F64 },
                    Wire { encoding: Encoding::EliasOmega, values: Precision::F64 },
                ] {
                    message.round_to(wire.values);
                    let bytes = encode(&message, wire).unwrap();
                    assert_eq!(bits(&message, wire), 8 * bytes.len() as u64, "{name}, {kind}");
                    assert_eq!(decode(&bytes, dim, wire), Ok(message.clone()), "{name}, {kind}");
                }
            }
        }
    }
}

#[test]
fn a_message_depends_on_its_streams_and_on_what_the_operator_says_it_carries() {
    for dim in DIMS {
        for (name, operator) in members(dim) {
            let mut adaptation = Vec::new();
            let mut scratch = Scratch::default();
            let mut message = Message::default();
            for (round, (kind, x)) in (1..).zip(vectors(dim)) {
                // What a starting guess carries changes nothing; what was learned is all in the list.
                let mut carried = if learns(name) { adaptation.clone() } else { Vec::new() };
                let again = try_compress(operator.as_ref(), &x, (2, round, 0), &mut carried).unwrap();
                let streams = Streams::new(11);
                let call = &mut Call {
                    streams,
                    worker: 2,
                    round,
                    block: 0,
                    adaptation: &mut adaptation,
                    scratch: &mut scratch,
                };
                operator.compress(&x, call, &mut message).unwrap();
                assert_eq!(message, again, "{name}, d = {dim}, {kind}");
                assert!(!learns(name) || adaptation == carried, "{name}, d = {dim}, {kind}");
                assert!(message.n_entries() <= operator.most_entries(0, dim), "{name}, d = {dim}, {kind}");
            }
        }
    }
}

#[test]
fn private_randomness_differs_between_workers_and_rounds_and_shared_randomness_only_between_rounds() {
    let dim = 700;
    let (_, x) = vectors(dim).swap_remove(0);
    for (name, operator) in members(dim) {
        let sent = |worker, round| compress(operator.as_ref(), &x, worker, round);
        // DGC sampling falls back to exact selection for most samples, so one pair of calls may well agree.
        let rounds = 1..=30;
        let differ_by_round = rounds.clone().any(|round| sent(0, round) != sent(0, round + 1));
        assert_eq!(differ_by_round, is_random(name), "{name}: rounds");
        let differ_by_worker = rounds.clone().any(|round| sent(0, round) != sent(1, round));
        assert_eq!(differ_by_worker, is_random(name) && name != "rand-k-shared", "{name}: workers");
    }
}

#[test]
fn a_number_that_is_not_finite_is_reported_with_its_place() {
    for dim in DIMS {
        for (name, operator) in members(dim) {
            for place in [0, dim - 1] {
                for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                    let mut x = vec![1.0; dim];
                    x[place] = value;
                    let error = try_compress(operator.as_ref(), &x, (0, 1, 0), &mut vec![0.5]).unwrap_err();
                    assert_eq!(error.index, place, "{name}");
                    assert!(!error.value.is_finite(), "{name}");
                }
            }
        }
    }
}

#[test]
fn with_k_equal_to_d_nothing_is_lost() {
    for name in ["top-k", "rand-k", "rand-k-unbiased", "rand-k-shared", "stochastic-sparsification"] {
        for k in ["60", "1.0"] {
            let operator = build(&format!("{{ name = '{name}', k = {k} }}"), 60);
            assert_eq!(operator.guarantee(60).delta(), Some(1.0), "{name}");
            for (kind, x) in vectors(60) {
                assert_eq!(compress(operator.as_ref(), &x, 0, 1).to_dense(), x, "{name}, {kind}");
            }
        }
    }
}

#[test]
fn parameters_out_of_range_are_refused_with_the_value_and_the_range() {
    for (toml, blocks, message) in [
        (
            "{ name = 'top-k', k = 7 }",
            vec![10, 6],
            "k = 7 exceeds the dimension d = 6 of block 1; choose 1 ≤ k ≤ 6 or a density in (0, 1]",
        ),
        (
            "{ name = 'rand-k', k = 0 }",
            vec![4],
            "k = 0 keeps nothing of block 0; choose 1 ≤ k ≤ 4 or a density in (0, 1]",
        ),
        (
            "{ name = 'rand-k', k = 1.5 }",
            vec![4],
            "k = 1.5 is a density and must lie in (0, 1] (block 0); a count is written without a point",
        ),
        (
            "{ name = 'gaussian-k', k = 0.0 }",
            vec![4],
            "k = 0.0 is a density and must lie in (0, 1] (block 0); a count is written without a point",
        ),
        (
            "{ name = 'top-k', k = { per_block = '1, 0.5' } }",
            vec![4],
            "`per_block` has 2 entries, but the vector has 1 block(s); give one entry per block",
        ),
        ("{ name = 'identity' }", vec![], "there is no block of coordinates to compress"),
        ("{ name = 'identity' }", vec![3, 0], "block 1 is empty; every block needs at least one coordinate"),
        ("{ name = 'hard-threshold', threshold = -1.0 }", vec![4], "`threshold` = -1 must be a finite number above 0"),
        (
            "{ name = 'cat-top-k', cost = { name = 'affine', per_bit = 0.0, fixed = 1.0 } }",
            vec![4],
            "`per_bit` = 0 must be a finite number above 0",
        ),
        (
            "{ name = 'cat-top-k', cost = { name = 'affine', per_bit = 1.0, fixed = -2.0 } }",
            vec![4],
            "`fixed` = -2 must be a finite number, 0 or more",
        ),
        (
            "{ name = 'cat-top-k', cost = { name = 'packet', packet_bits = 33, per_packet = 1.0, fixed = 1.0 } }",
            vec![4],
            "`packet_bits` = 33 must be large enough for the header and one coordinate (index and value)",
        ),
        (
            "{ name = 'cat-top-k', cost = { name = 'payload' }, value_bits = 16 }",
            vec![4],
            "`value_bits` = 16 must be 32 or 64",
        ),
        ("{ name = 'qsgd', levels = 0 }", vec![4], "`levels` = 0 must be a whole number from 1 to 2³⁰"),
        (
            "{ name = 'natural-dithering', levels = 1001 }",
            vec![4],
            "`levels` = 1001 must be a whole number from 1 to 1000",
        ),
        (
            "{ name = 'sidco-exponential', k = 0.1, stages = 5 }",
            vec![50],
            "`stages` = 5 must be a whole number from 1 to max(1, ⌈log₂(d/k)⌉), for every block",
        ),
        (
            "{ name = 'sidco-pareto', k = 1, stages = 0 }",
            vec![50],
            "`stages` = 0 must be a whole number from 1 to max(1, ⌈log₂(d/k)⌉), for every block",
        ),
        ("{ name = 'bernoulli', probability = 0.0 }", vec![4], "`probability` = 0 must be in (0, 1]"),
        (
            "{ name = 'scaled', compressor = { name = 'qsgd', levels = 4 }, factor = -1.0 }",
            vec![4],
            "`factor` = -1 must be a finite number above 0",
        ),
        (
            "{ name = 'scaled', compressor = { name = 'top-k', k = 1 } }",
            vec![4],
            "`top-k` is not unbiased, so there is no 1/(1 + ω) to scale it by; give a `factor`",
        ),
        (
            "{ name = 'composed', outer = { name = 'top-k', k = 1 }, inner = { name = 'qsgd', levels = 4 } }",
            vec![4],
            "`outer` = `top-k` chooses coordinates and cannot compress what another operator sends; choose a quantizer",
        ),
    ] {
        assert_eq!(spec(toml).build(&blocks).unwrap_err().to_string(), message, "{toml}");
    }
}

#[test]
fn every_example_is_its_own_member_and_survives_toml() {
    for member in CompressorSpec::MEMBERS {
        let parsed = spec(member.example);
        assert_eq!(parsed.name(), member.name);
        let written = toml::to_string(&parsed).unwrap();
        assert_eq!(toml::from_str::<CompressorSpec>(&written).unwrap(), parsed, "{written}");
        assert!(!member.summary.contains('\n') && member.documentation.starts_with("//! "), "{}", member.name);
    }
    for member in CostSpec::MEMBERS {
        let file = format!("{{ name = 'cat-top-k', cost = {} }}", member.example);
        assert!(spec(&file).build(&[100]).is_ok(), "{file}");
    }
    let names: std::collections::BTreeSet<_> = CompressorSpec::MEMBERS.iter().map(|member| member.name).collect();
    assert_eq!(names.len(), CompressorSpec::MEMBERS.len());
}

#[test]
fn k_is_a_count_a_density_or_either_per_block() {
    let k = |toml: &str| -> Sparsity {
        #[derive(serde::Deserialize)]
        struct File {
            k: Sparsity,
        }
        toml::from_str::<File>(&format!("k = {toml}")).unwrap().k
    };
    assert_eq!(k("5"), Sparsity::Count(5));
    assert_eq!(k("0.001"), Sparsity::Density(0.001));
    let per_block = k("{ per_block = '5,0.1, 3' }");
    assert_eq!(per_block.to_string(), "5, 0.1, 3");
    let counts: Vec<_> = per_block.resolve(&[10, 40, 3]).unwrap().iter().collect();
    assert_eq!(counts, [(5, 10), (4, 40), (3, 3)]);
    assert_eq!(per_block.resolve(&[10, 40, 3]).unwrap().least_density(), 0.1);
    // Rounded to the nearest count, halves up, at least one.
    for (density, dim, expected) in [(0.29, 100, 29), (0.001, 62_061, 62), (0.001, 100, 1), (0.25, 10, 3), (1.0, 7, 7)]
    {
        assert_eq!(Sparsity::Density(density).resolve(&[dim]).unwrap().k(0), expected, "{density} of {dim}");
    }
    for wrong in ["'5'", "true", "-1", "{ per_blok = '5' }", "{ per_block = '5,x' }"] {
        assert!(
            toml::from_str::<toml::Value>(&format!("k = {wrong}")).unwrap()["k"]
                .clone()
                .try_into::<Sparsity>()
                .is_err()
        );
    }
}

#[test]
fn each_block_has_its_own_k_and_its_own_coordinates() {
    let blocks = [4, 50, 50];
    for name in ["top-k", "rand-k", "rand-k-shared", "top-k-signs"] {
        let operator =
            spec(&format!("{{ name = '{name}', k = {{ per_block = '1, 0.1, 5' }} }}")).build(&blocks).unwrap();
        let messages = [0, 1, 2].map(|block| {
            let x: Vec<f64> = (0..blocks[block]).map(|j| ((j * 7 + 3) % 11) as f64 - 5.5).collect();
            try_compress(operator.as_ref(), &x, (0, 1, block), &mut Vec::new()).unwrap()
        });
        assert_eq!(messages.each_ref().map(Message::n_entries), [1, 5, 5], "{name}");
        if name.starts_with("rand-k") {
            assert_ne!(messages[1], messages[2], "{name}: blocks of one size draw different coordinates");
            assert_eq!(operator.guarantee(104).delta(), Some(0.1));
        }
    }
}

// Twins.

#[test]
fn top_k_and_its_signs_agree_with_sorting() {
    for dim in DIMS {
        for k in [1, 3, dim - 1, dim] {
            let values = build(&format!("{{ name = 'top-k', k = {k} }}"), dim);
            let signs = build(&format!("{{ name = 'top-k-signs', k = {k} }}"), dim);
            let ternary = build(&format!("{{ name = 'sparse-ternary', k = {k} }}"), dim);
            for (kind, x) in vectors(dim) {
                let mut order: Vec<usize> = (0..dim).collect();
                order.sort_by(|&a, &b| x[b].abs().total_cmp(&x[a].abs()).then(a.cmp(&b)));
                let mut kept = vec![0.0; dim];
                let mut kept_signs = vec![0.0; dim];
                let norm = norm_squared(&x).sqrt();
                for &j in &order[..k] {
                    kept[j] = x[j];
                    kept_signs[j] = if x[j] == 0.0 { 0.0 } else { norm.copysign(x[j]) };
                }
                assert_eq!(compress(values.as_ref(), &x, 0, 1).to_dense(), kept, "d = {dim}, k = {k}, {kind}");
                if kind != "tiny" {
                    assert_eq!(compress(signs.as_ref(), &x, 0, 1).to_dense(), kept_signs, "d = {dim}, k = {k}, {kind}");
                    // The projection of the k entries onto their signs: the same sum of magnitudes, spread evenly.
                    let sent = compress(ternary.as_ref(), &x, 0, 1).to_dense();
                    let n_sent = sent.iter().filter(|value| **value != 0.0).count().max(1) as f64;
                    let mean = kept.iter().map(|value| value.abs()).sum::<f64>() / n_sent;
                    for (sent, kept) in sent.iter().zip(&kept) {
                        let expected = if *kept == 0.0 { 0.0 } else { mean.copysign(*kept) };
                        assert!((sent - expected).abs() <= 1e-12 * mean, "d = {dim}, k = {k}, {kind}");
                    }
                }
            }
        }
    }
}

#[test]
fn ties_go_to_the_lower_index() {
    let x = [1.0, -2.0, 2.0, 2.0, -2.0, 1.0];
    let indices = |toml: &str| {
        let mut out = Vec::new();
        compress(build(toml, 6).as_ref(), &x, 0, 1).for_each(|j, _| out.push(j));
        out
    };
    assert_eq!(indices("{ name = 'top-k', k = 2 }"), [1, 2]);
    assert_eq!(indices("{ name = 'top-k', k = 5 }"), [0, 1, 2, 3, 4]);
    assert_eq!(indices("{ name = 'top-k-signs', k = 3 }"), [1, 2, 3]);
    assert_eq!(indices("{ name = 'hard-threshold', threshold = 2.0 }"), [1, 2, 3, 4]);
    // At payload cost one coordinate is best for plain sparsification: the first of the largest.
    assert_eq!(indices("{ name = 'cat-top-k', cost = { name = 'payload' } }"), [1]);
}

#[test]
fn the_thresholds_of_a_normal_fit_agree_with_their_listings() {
    let normal = Normal::standard();
    for dim in [5, 60, 700] {
        let k = 5;
        for (kind, x) in vectors(dim) {
            let d = dim as f64;
            let mean = x.iter().sum::<f64>() / d;
            let deviation = (x.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (d - 1.0)).sqrt();
            let start = |p: f64| if deviation == 0.0 { mean } else { mean - deviation * normal.inverse_cdf(p) };
            let mask = |threshold: f64| -> Vec<usize> { (0..dim).filter(|&j| x[j].abs() > threshold).collect() };
            let step = |n: usize| match 3 * n {
                n if n < 2 * k => 0.5,
                n if n > 4 * k => 1.5,
                _ => 1.0,
            };
            let mut threshold = start(k as f64 / d);
            for _ in 0..4 {
                threshold *= step(mask(threshold).len());
            }
            let paper = mask(threshold);
            let mut threshold = start(k as f64 / (2.0 * d));
            let mut code = mask(threshold);
            for _ in 0..2 {
                threshold *= step(code.len());
                code = mask(threshold);
            }
            for (name, expected) in [("gaussian-k", paper), ("gaussian-k-code", code)] {
                let mut indices = Vec::new();
                let operator = build(&format!("{{ name = '{name}', k = {k} }}"), dim);
                compress(operator.as_ref(), &x, 0, 1).for_each(|j, _| indices.push(j));
                assert_eq!(indices, expected, "{name}, d = {dim}, {kind}");
            }
        }
    }
}

#[test]
fn dgc_sampling_sends_the_top_k_or_all_above_its_threshold() {
    let dim = 5000;
    let k = 50;
    let operator = build("{ name = 'dgc-sampling', k = 50 }", dim);
    let mut exact = 0;
    for (kind, x) in vectors(dim) {
        for round in 1..=20 {
            let message = compress(operator.as_ref(), &x, 0, round);
            let n = message.n_entries();
            let mut indices = Vec::new();
            message.for_each(|j, v| {
                assert_eq!(v, x[j]);
                indices.push(j as u32);
            });
            if n == k {
                exact += 1;
            }
            assert!(3 * n <= 4 * k, "{kind}: {n} entries");
            // Whatever the sample, the message is a prefix of the order by magnitude, whole groups of ties but for k.
            if n > 0 && n != k {
                let least = indices.iter().map(|&j| x[j as usize].abs()).fold(f64::INFINITY, f64::min);
                let all: Vec<u32> = (0..dim as u32).filter(|&j| x[j as usize].abs() >= least).collect();
                assert_eq!(indices, all, "{kind}");
            } else if n == k {
                assert_eq!(indices, select::top_k_naive(&x, k).unwrap(), "{kind}");
            }
        }
    }
    assert!(exact > 0);
    assert_eq!(compress(operator.as_ref(), &vec![1.0; dim], 0, 1).n_entries(), 0, "nothing lies above a constant");
}

#[test]
fn the_other_samplers_of_dgc_agree_with_their_listings() {
    let (dim, k) = (5000, 50);
    let kth = build("{ name = 'dgc-sampling-kth', k = 50 }", dim);
    let strided = build("{ name = 'dgc-strided', k = 0.1 }", dim);
    let with_replacement = build("{ name = 'dgc-with-replacement', k = 50 }", dim);
    let indices = |operator: &dyn Compressor, x: &[f64], round| {
        let mut out = Vec::new();
        compress(operator, x, 0, round).for_each(|j, _| out.push(j as u32));
        out
    };
    let reached = |x: &[f64], threshold: f64| -> Vec<u32> {
        (0..dim as u32).filter(|&j| x[j as usize].abs() >= threshold).collect()
    };
    let rank = |mut sample: Vec<f64>, rank: usize| {
        sample.sort_by(|a, b| b.total_cmp(a));
        sample[rank - 1]
    };
    let mut outcomes = std::collections::BTreeSet::new();
    for (kind, x) in vectors(dim) {
        for round in 1..=5 {
            let stream = || Streams::new(11).stream(Purpose::Compression, 0, round);
            // The k-th of 50 sampled is the least of them: exact selection, or too few above a tie.
            let sent = indices(kth.as_ref(), &x, round);
            assert!(3 * sent.len() <= 4 * k, "{kind}");
            if sent.len() > k || sent.len() == k && kind == "normal" {
                let least = sent.iter().map(|&j| x[j as usize].abs()).fold(f64::INFINITY, f64::min);
                assert!(sent == reached(&x, least) || sent == select::top_k_naive(&x, k).unwrap(), "{kind}");
            }
            // d = 5000, density 0.1: 50 samples at least; a stride of 32 · ⌈5000/1600⌉ + 1 = 129 gives 38, one of 97
            // gives 51.
            let start = stream().random_range(0..97);
            let mut threshold = rank((start..dim).step_by(97).map(|j| x[j].abs()).collect(), 6);
            let mut mask = reached(&x, threshold);
            for _ in 0..10 {
                if mask.len() as f64 > 1.3 * 500.0 {
                    outcomes.insert("exact");
                    mask = select::top_k_naive(&x, 500).unwrap();
                    break;
                } else if mask.len() as f64 >= 0.8 * 500.0 {
                    outcomes.insert(if mask.len() > 500 { "cut" } else { "near" });
                    break;
                }
                outcomes.insert("lowered");
                threshold *= 0.8;
                mask = reached(&x, threshold);
            }
            mask.truncate(500);
            assert_eq!(indices(strided.as_ref(), &x, round), mask, "strided, {kind}");

            let mut draws = stream();
            let mut threshold = rank((0..50).map(|_| x[draws.random_range(0..dim)].abs()).collect(), 1);
            let mut mask = reached(&x, threshold);
            for _ in 0..10 {
                if mask.len() > 65 {
                    outcomes.insert("raised");
                    threshold *= 1.3;
                } else if mask.len() < 35 {
                    threshold *= 0.7;
                } else {
                    break;
                }
                mask = reached(&x, threshold);
            }
            assert_eq!(indices(with_replacement.as_ref(), &x, round), mask, "with replacement, {kind}");
        }
    }
    assert_eq!(outcomes.into_iter().collect::<Vec<_>>(), ["cut", "exact", "lowered", "near", "raised"]);
    assert_eq!(compress(kth.as_ref(), &vec![1.0; dim], 0, 1).n_entries(), 0, "nothing lies above a constant");
}

#[test]
fn redsync_agrees_with_its_listings() {
    let indices = |name: &str, k: usize, x: &[f64]| {
        let mut out = Vec::new();
        let operator = build(&format!("{{ name = '{name}', k = {k} }}"), x.len());
        compress(operator.as_ref(), x, 0, 1).for_each(|j, _| out.push(j));
        out
    };
    for dim in [5, 60, 700] {
        for k in [1, 5, dim / 2, dim] {
            for (kind, x) in vectors(dim) {
                let mean = x.iter().map(|v| v.abs()).sum::<f64>() / dim as f64;
                let max = x.iter().fold(0.0f64, |m, v| m.max(v.abs()));
                let mask =
                    |c: f64| -> Vec<usize> { (0..dim).filter(|&j| x[j].abs() > mean + c * (max - mean)).collect() };
                let (mut l, mut r) = (0.0, 1.0);
                let mut last = Vec::new();
                while r - l > 0.2 {
                    let c = l + (r - l) / 2.0;
                    last = mask(c);
                    if last.len() > k && last.len() < 2 * k {
                        break;
                    } else if (last.len() as f64) < k as f64 / 2.0 {
                        r = c;
                    } else {
                        l = c;
                    }
                }
                assert_eq!(indices("redsync", k, &x), last, "d = {dim}, k = {k}, {kind}");

                let trimmed = if ["constant", "signs"].contains(&kind) {
                    (0..dim).collect()
                } else {
                    (0..1000).map(|step| mask((4.0 - f64::from(step)) / 5.0)).find(|mask| mask.len() >= k).unwrap()
                };
                assert_eq!(indices("redsync-trimmed", k, &x), trimmed, "d = {dim}, k = {k}, {kind}");
            }
        }
    }
    // Vectors of one magnitude that has no exact mean: nothing lies above it, and everything has to be sent to send k.
    for value in [0.1, -0.3, 1e-320, 1e308] {
        let x = vec![value; 1001];
        assert_eq!(indices("redsync", 3, &x).len(), 0);
        assert_eq!(indices("redsync-trimmed", 3, &x).len(), 1001);
    }
    // A million steps below the mean, searched by halves.
    let mut x = vec![1.0; 200_000];
    x[7] = 0.0;
    x[8] = 1.0 + 1e-5;
    assert_eq!(indices("redsync-trimmed", 200_000, &x).len(), 200_000);
    assert_eq!(indices("redsync-trimmed", 199_999, &x).len(), 199_999);
    let delta = |k: usize| build(&format!("{{ name = 'redsync-trimmed', k = {k} }}"), 60).guarantee(60).delta();
    assert_eq!((delta(5), delta(60)), (Some(5.0 / 60.0), Some(1.0)));
    for k in [1, 5, 30, 60] {
        let operator = build(&format!("{{ name = 'redsync-trimmed', k = {k} }}"), 60);
        assert!(
            vectors(60).iter().all(|(_, x)| !refutes(operator.as_ref(), x, 1.0 - f64::from(k) / 60.0, 1)),
            "k = {k}"
        );
    }
}

// SIDCo.

const SIDCO: [&str; 5] =
    ["sidco-exponential", "sidco-gamma", "sidco-gamma-asymptotic", "sidco-pareto", "sidco-gaussian"];

/// Quantiles of the fitted laws by the printed formulas, on magnitudes of a vector of norm 1.
fn sidco_quantile(name: &str, a: &[f64], is_first: bool, share: f64) -> f64 {
    let n = a.len() as f64;
    let m = a.iter().sum::<f64>() / n;
    let v = a.iter().map(|a| (a - m) * (a - m)).sum::<f64>() / (n - 1.0);
    let gamma = || {
        let s = m.ln() - a.iter().map(|a| (a + 2.2e-16).ln()).sum::<f64>() / n;
        let alpha = (3.0 - s + ((s - 3.0).powi(2) + 24.0 * s).sqrt()) / (12.0 * s);
        (alpha, m / alpha)
    };
    match name {
        "sidco-exponential" => -m * share.ln(),
        "sidco-gaussian" => m - v.sqrt() * Normal::standard().inverse_cdf(share / 2.0),
        "sidco-gamma" if is_first => {
            let (alpha, beta) = gamma();
            let (mut low, mut high) = (0.0, 1e6);
            for _ in 0..200 {
                let center = 0.5 * (low + high);
                let exceeds = center == 0.0 || statrs::function::gamma::gamma_ur(alpha, center) > share;
                (low, high) = if exceeds { (center, high) } else { (low, center) };
            }
            beta * low
        }
        "sidco-gamma-asymptotic" if is_first => {
            let (alpha, beta) = gamma();
            -beta * (share.ln() + statrs::function::gamma::ln_gamma(alpha))
        }
        _ => {
            let alpha = 0.5 * m * (m * m / v + 1.0);
            let k = 0.5 * (m * m / v - 1.0);
            alpha * (1.0 - (k * share.ln()).exp()) / k
        }
    }
}

/// The magnitudes above the threshold of M stages, in units of the norm, ascending.
fn sidco_naive(name: &str, x: &[f64], k: usize, n_stages: u32) -> Vec<f64> {
    let largest = x.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let norm = norm_squared(&x.iter().map(|v| v / largest).collect::<Vec<_>>()).sqrt();
    let a: Vec<f64> = x.iter().map(|v| v.abs() / largest / norm).collect();
    let share = k as f64 / x.len() as f64;
    let first = if n_stages == 1 || share >= 0.25 { share } else { 0.25 };
    let mut threshold = sidco_quantile(name, &a, true, first);
    let mut rest = a.clone();
    for _ in 1..n_stages {
        rest.retain(|a| *a > threshold);
        if rest.is_empty() {
            break;
        }
        let min = rest.iter().fold(f64::INFINITY, |m, a| m.min(*a));
        let excesses: Vec<f64> = rest.iter().map(|a| a - min).collect();
        let rho = (share / 0.25).powf(1.0 / f64::from(n_stages - 1));
        threshold = min + sidco_quantile(name, &excesses, false, rho);
    }
    // A comparison with NaN is false.
    let mut kept: Vec<f64> = a.into_iter().filter(|a| *a > threshold).collect();
    kept.sort_by(f64::total_cmp);
    kept
}

#[test]
fn sidco_agrees_with_its_listing() {
    let mut n_compared = 0;
    for name in SIDCO {
        for (dim, k, stages) in [(60, 5, 1..=4), (700, 7, 1..=7), (700, 70, 1..=4), (50, 20, 1..=2), (50, 50, 1..=1)] {
            for n_stages in stages {
                let operator = build(&format!("{{ name = '{name}', k = {k}, stages = {n_stages} }}"), dim);
                // Where all magnitudes are equal the listing divides zero by zero.
                for (kind, x) in vectors(dim).into_iter().filter(|(kind, _)| !["constant", "signs"].contains(kind)) {
                    let expected = sidco_naive(name, &x, k, n_stages).len();
                    let n = compress(operator.as_ref(), &x, 0, 1).n_entries();
                    assert_eq!(n, expected, "{name}, d = {dim}, k = {k}, {n_stages} stages, {kind}");
                    n_compared += n;
                    let message = compress(operator.as_ref(), &x, 0, 1).to_dense();
                    let least = message.iter().filter(|v| **v != 0.0).fold(f64::INFINITY, |m, v| m.min(v.abs()));
                    assert!(x.iter().zip(&message).all(|(x, c)| x == c || x.abs() < least), "{name}, {kind}");
                }
            }
        }
    }
    assert!(n_compared > 10_000, "{n_compared}");
}

#[test]
fn sidco_of_equal_magnitudes_does_not_hang_on_rounding() {
    for value in [0.1, -0.3, 7.0, 1e-300, 1e300] {
        for dim in [1, 3, 10, 1001] {
            let x: Vec<f64> = (0..dim).map(|j| if j % 3 == 0 { -value } else { value }).collect();
            for name in SIDCO {
                let operator = build(&format!("{{ name = '{name}', k = 1, stages = 'adaptive' }}"), dim);
                let n = compress(operator.as_ref(), &x, 0, 1).n_entries();
                let none = if name == "sidco-gamma-asymptotic" { dim } else { 0 };
                assert!(n == none || dim == 1, "{name}, {value}, d = {dim}: {n}");
            }
        }
    }
}

#[test]
fn sidco_adapts_its_stages_after_every_five_calls() {
    let dim = 5000;
    let all = vectors(dim);
    let (mut visited, mut n_changes) = (std::collections::BTreeSet::new(), 0);
    for name in SIDCO {
        let k = 50;
        let operator = build(&format!("{{ name = '{name}', k = {k}, stages = 'adaptive' }}"), dim);
        let mut adaptation = Vec::new();
        let (mut stages, mut calls, mut sum) = (1u32, 0, 0.0);
        for round in 1..=60u64 {
            // Ten calls in a row with each, so that the stages have time to move.
            let kind =
                ["normal", "heavy tails", "normal", "two values", "geometric", "uniform"][round as usize / 10 % 6];
            let x = &all.iter().find(|(name, _)| *name == kind).unwrap().1;
            let n = try_compress(operator.as_ref(), x, (0, round, 0), &mut adaptation).unwrap().n_entries();
            assert_eq!(n, sidco_naive(name, x, k, stages).len(), "{name}, {kind}, {stages} stages");
            visited.insert(stages);
            calls += 1;
            sum += n as f64 / k as f64;
            if calls == 5 {
                let before = stages;
                if sum / 5.0 > 1.2 {
                    stages = stages.saturating_sub(1);
                } else if sum / 5.0 < 0.8 {
                    stages += 1;
                }
                stages = stages.clamp(1, 7);
                n_changes += u32::from(stages != before);
                (calls, sum) = (0, 0.0);
            }
            assert_eq!(adaptation[0], f64::from(stages), "{name}, round {round}");
        }
        // The zero vector teaches nothing.
        let before = adaptation.clone();
        assert_eq!(
            try_compress(operator.as_ref(), &vec![0.0; dim], (0, 61, 0), &mut adaptation).unwrap().n_entries(),
            0
        );
        assert_eq!(adaptation, before);
    }
    assert!(visited.len() > 3 && n_changes > 10, "{visited:?}, {n_changes} changes");
}

/// The optimal probabilities by saturating entries until none exceeds one.
fn probabilities(x: &[f64], count: usize) -> Vec<f64> {
    let mut saturated = vec![false; x.len()];
    let count = count.min(x.iter().filter(|v| **v != 0.0).count());
    loop {
        let n_saturated = saturated.iter().filter(|s| **s).count();
        let sum: f64 = (0..x.len()).filter(|&j| !saturated[j]).map(|j| x[j].abs()).sum();
        let level = if sum > 0.0 { (count - n_saturated) as f64 / sum } else { 0.0 };
        let p: Vec<f64> = (0..x.len()).map(|j| if saturated[j] { 1.0 } else { level * x[j].abs() }).collect();
        // An entry that reaches one within rounding is saturated as well: the probabilities are the same.
        let more: Vec<usize> = (0..x.len()).filter(|&j| !saturated[j] && p[j] > 1.0 - 1e-12).collect();
        if more.is_empty() {
            return p;
        }
        for j in more {
            saturated[j] = true;
        }
    }
}

#[test]
fn stochastic_sparsification_keeps_each_entry_with_its_optimal_probability() {
    let (dim, k) = (60, 5);
    let operator = build("{ name = 'stochastic-sparsification', k = 5 }", dim);
    for (kind, x) in vectors(dim) {
        let p = probabilities(&x, k);
        let total: f64 = p.iter().sum();
        assert!((total - k.min(x.iter().filter(|v| **v != 0.0).count()) as f64).abs() < 1e-9, "{kind}: {total}");
        let mut kept = vec![0.0; dim];
        for round in 1..=DRAWS {
            compress(operator.as_ref(), &x, 0, round).for_each(|j, v| {
                kept[j] += 1.0;
                assert!((v * p[j] / x[j] - 1.0).abs() < 1e-9, "{kind}: entry {j}");
            });
        }
        // A chi-squared statistic over the coins; its mean is their number, its variance about twice that, and more
        // where a coin is rare: 1/(n p) each.
        let coins: Vec<usize> = (0..dim).filter(|&j| p[j] > 1e-3 && p[j] < 1.0 - 1e-9).collect();
        let n = DRAWS as f64;
        let statistic: f64 = coins.iter().map(|&j| (kept[j] - n * p[j]).powi(2) / (n * p[j] * (1.0 - p[j]))).sum();
        let variance: f64 = coins.iter().map(|&j| 2.0 + 1.0 / (n * p[j] * (1.0 - p[j]))).sum();
        assert!((statistic - coins.len() as f64).abs() <= 5.0 * variance.sqrt(), "{kind}: {statistic}");
        assert!((0..dim).all(|j| p[j] < 1.0 - 1e-9 || kept[j] == n), "{kind}");
    }
}

// CAT.

/// `α(T)`, `β(T)`, `ω(T)` for T = 1, …, number of non-zero entries, by sorting everything.
fn curves(x: &[f64]) -> [Vec<f64>; 3] {
    let mut sorted: Vec<f64> = x.iter().map(|v| v.abs()).filter(|v| *v > 0.0).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let total = norm_squared(x);
    let (mut sum, mut squares) = (0.0, 0.0);
    let mut curves = [Vec::new(), Vec::new(), Vec::new()];
    for (i, v) in sorted.iter().enumerate() {
        sum += v;
        squares += v * v;
        curves[0].push((squares / total).min(1.0));
        curves[1].push(((sum / total) * (sum / (i + 1) as f64)).min(1.0));
        let p = probabilities(x, i + 1);
        let moment: f64 = x.iter().zip(&p).filter(|(v, _)| **v != 0.0).map(|(v, p)| v * v / p).sum();
        curves[2].push(total / moment);
    }
    curves
}

fn costs() -> Vec<(&'static str, CostSpec)> {
    [
        "{ name = 'payload' }",
        "{ name = 'affine', per_bit = 1.0, fixed = 500.0 }",
        "{ name = 'affine', per_bit = 0.01, fixed = 1e5 }",
        "{ name = 'packet', packet_bits = 400, per_packet = 1.0, fixed = 3.0 }",
        "{ name = 'packet', packet_bits = 12000, per_packet = 576.0, fixed = 64.0 }",
    ]
    .map(|toml| {
        (toml, toml::from_str::<toml::Table>(&format!("cost = {toml}")).unwrap()["cost"].clone().try_into().unwrap())
    })
    .to_vec()
}

#[test]
fn cat_chooses_the_count_of_largest_improvement_per_cost() {
    let mut chosen = std::collections::BTreeSet::new();
    for dim in [5, 60, 200] {
        let index_bits = (dim as f64).log2().ceil() as u64;
        for (toml, cost) in costs() {
            let sparse = build(&format!("{{ name = 'cat-top-k', cost = {toml} }}"), dim);
            let signs = build(&format!("{{ name = 'cat-top-k-signs', cost = {toml} }}"), dim);
            for (kind, x) in vectors(dim).into_iter().filter(|(kind, _)| !["tiny", "huge"].contains(kind)) {
                let [alpha, beta, _] = curves(&x);
                let best = |curve: &[f64], payload: Payload| {
                    let quotient = |i: usize| curve[i] / cost.cost(payload, i + 1);
                    (0..curve.len()).rev().max_by(|&a, &b| quotient(a).total_cmp(&quotient(b))).unwrap() + 1
                };
                let count = best(&alpha, Payload { header: 0, coordinate: index_bits + 32 });
                chosen.insert(count);
                let message = compress(sparse.as_ref(), &x, 0, 1);
                let top = select::top_k_naive(&x, count).unwrap();
                let mut expected = Message::default();
                expected.gather(&x, &top);
                assert_eq!(message, expected, "{toml}, d = {dim}, {kind}");
                if toml.contains("packet") {
                    let tau = if toml.contains("12000") { 12_000 } else { 400 } / (index_bits as usize + 32);
                    // The edge of its packet or the last entry, or as good as these within rounding.
                    let edge = (count.div_ceil(tau) * tau).min(alpha.len());
                    assert_eq!(alpha[count - 1], alpha[edge - 1], "{kind}: {count} is no edge of {tau}");
                }

                let count = best(&beta, Payload { header: 32, coordinate: index_bits + 1 });
                let Message::SparseSigns { scale, indices, negative, .. } = compress(signs.as_ref(), &x, 0, 1) else {
                    panic!("signs are sent")
                };
                assert_eq!(indices, select::top_k_naive(&x, count).unwrap(), "{toml}, d = {dim}, {kind}");
                let mean = indices.iter().map(|&j| x[j as usize].abs()).sum::<f64>() / count as f64;
                assert!((scale / mean - 1.0).abs() < 1e-13);
                assert!(indices.iter().zip(&negative).all(|(&j, &n)| n == (x[j as usize] < 0.0)));
            }
        }
    }
    assert!(chosen.len() > 10, "the cases make CAT choose many different counts: {chosen:?}");
}

#[test]
fn cat_looks_beyond_its_first_candidates_where_it_must() {
    // A flat vector and a large fixed cost: all 5,000 coordinates are worth sending.
    let dim = 5000;
    let toml = "{ name = 'affine', per_bit = 1.0, fixed = 1e9 }";
    for name in ["cat-top-k", "cat-top-k-signs", "cat-stochastic"] {
        let operator = build(&format!("{{ name = '{name}', cost = {toml} }}"), dim);
        let out = compress(operator.as_ref(), &vec![-2.0; dim], 0, 1);
        assert_eq!(out.n_entries(), dim, "{name}");
        assert!(out.to_dense().iter().all(|v| (v / -2.0 - 1.0).abs() < 1e-12), "{name}");
    }
}

#[test]
fn cat_guarantees_hold_under_every_cost() {
    for dim in [5, 60] {
        for (toml, _) in costs() {
            for name in ["cat-top-k", "cat-top-k-signs", "cat-stochastic"] {
                let operator = build(&format!("{{ name = '{name}', cost = {toml} }}"), dim);
                let delta = operator.guarantee(dim).delta().unwrap();
                assert!(delta >= 1.0 / dim as f64);
                let draws = if is_random(name) { 1000 } else { 1 };
                for (kind, x) in vectors(dim) {
                    assert!(!refutes(operator.as_ref(), &x, 1.0 - delta, draws), "{name}, {toml}, d = {dim}, {kind}");
                }
            }
        }
    }
}

#[test]
fn the_improvement_by_signs_has_two_peaks() {
    // From x = (10, 1, …, 1) in R¹⁰⁰ by hand: ‖x‖² = 199, β(T) = (10 + T − 1)²/(199 T).
    let mut x = vec![1.0; 100];
    x[0] = 10.0;
    let [_, beta, _] = curves(&x);
    for (count, golden) in [(1, 0.5025), (9, 0.1809), (100, 0.5970)] {
        assert!((beta[count - 1] - golden).abs() < 5e-5, "β({count}) = {}", beta[count - 1]);
    }
    // With cost 5 + 0.1 T the peaks are T = 1 and T = 100; a search that stops at the first drop would agree here,
    // with a larger fixed cost it would not.
    let count = |per_bit: f64, fixed: f64| {
        let toml = format!("{{ name = 'affine', per_bit = {per_bit:?}, fixed = {fixed:?} }}");
        compress(build(&format!("{{ name = 'cat-top-k-signs', cost = {toml} }}"), 100).as_ref(), &x, 0, 1).n_entries()
    };
    assert_eq!(count(0.1 / 8.0, 5.0 - 0.4), 1);
    assert_eq!(count(0.1 / 8.0, 500.0), 100);
}

#[test]
fn the_packet_model_is_searched_beyond_the_first_edge() {
    // Normal quantiles, d = 1000, 20 coordinates a packet, cost packets + 10. A search that stops at the first drop
    // ends at T = 20 with α/C = 0.0134; the best multiple of 20 is 2.4 times better.
    let normal = Normal::standard();
    let x: Vec<f64> = (0..1000).map(|j| normal.inverse_cdf((f64::from(j) + 0.5) / 1000.0)).collect();
    let [alpha, _, _] = curves_of_alpha(&x);
    let quotient = |count: usize| alpha[count - 1] / (count.div_ceil(20) as f64 + 10.0);
    let best = (1..=50).map(|i| 20 * i).max_by(|&a, &b| quotient(a).total_cmp(&quotient(b))).unwrap();
    // The golden numbers are those of one random draw; quantiles are its mean.
    assert!((quotient(20) / 0.0134 - 1.0).abs() < 0.1, "{}", quotient(20));
    assert!((quotient(best) / 0.0323 - 1.0).abs() < 0.03, "{}", quotient(best));
    let toml = "{ name = 'packet', packet_bits = 840, per_packet = 1.0, fixed = 10.0 }";
    let operator = build(&format!("{{ name = 'cat-top-k', cost = {toml} }}"), 1000);
    assert_eq!(compress(operator.as_ref(), &x, 0, 1).n_entries(), best);
}

/// α alone, where the other curves would cost too much.
fn curves_of_alpha(x: &[f64]) -> [Vec<f64>; 3] {
    let mut sorted: Vec<f64> = x.iter().map(|v| v * v).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let total = norm_squared(x);
    let mut sum = 0.0;
    let alpha = sorted.iter().map(|v| {
        sum += v;
        sum / total
    });
    [alpha.collect(), Vec::new(), Vec::new()]
}

#[test]
fn a_step_of_one_over_l_with_signs_is_the_step_of_the_paper() {
    let smoothness = 3.0;
    let operator = build("{ name = 'cat-top-k-signs', cost = { name = 'affine', per_bit = 1.0, fixed = 500.0 } }", 60);
    for (kind, gradient) in vectors(60).into_iter().filter(|(kind, _)| *kind != "tiny") {
        let message = compress(operator.as_ref(), &gradient, 0, 1);
        let count = message.n_entries();
        let norm = norm_squared(&gradient).sqrt();
        let top = select::top_k_naive(&gradient, count).unwrap();
        let sum: f64 = top.iter().map(|&j| gradient[j as usize].abs()).sum();
        let step = sum / (count as f64 * smoothness * norm);
        let mut paper = vec![0.0; 60];
        for &j in &top {
            paper[j as usize] = -step * norm.copysign(gradient[j as usize]);
        }
        let mut ours = vec![0.0; 60];
        message.add_to(-1.0 / smoothness, &mut ours);
        let scale = paper.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        assert!(ours.iter().zip(&paper).all(|(a, b)| (a - b).abs() <= 1e-14 * scale), "{kind}");
        // The descent that the paper promises, exact on L‖x‖²/2: β(T) ‖∇f‖²/(2L).
        let beta = sum * sum / (count as f64 * norm * norm);
        let kept = message.to_dense();
        let error = distance_squared(&kept, &gradient) / (norm * norm);
        assert!((error - (1.0 - beta)).abs() < 1e-12, "{kind}");
    }
}

#[test]
fn a_step_of_one_over_l_with_stochastic_cat_is_the_step_of_the_paper() {
    let dim = 60;
    for (toml, cost) in costs() {
        let operator = build(&format!("{{ name = 'cat-stochastic', cost = {toml} }}"), dim);
        for (kind, x) in vectors(dim).into_iter().filter(|(kind, _)| !["tiny", "huge"].contains(kind)) {
            let [alpha, _, omega] = curves(&x);
            assert!(omega.iter().zip(&alpha).all(|(omega, alpha)| *omega <= alpha * (1.0 + 1e-9)), "{kind}: ω ≤ α");
            let bound = |count: f64| count * norm_squared(&x) / norm_one(&x).powi(2);
            assert!((1..).zip(&omega).all(|(t, omega)| *omega <= bound(f64::from(t)) * (1.0 + 1e-9)), "{kind}");
            // Every entry sent is ω(T) xⱼ/pⱼ, which names T: the quotient ω/C of that T is the largest.
            let payload = Payload { header: 0, coordinate: 6 + 32 };
            let quotient = |i: usize| omega[i] / cost.cost(payload, i + 1);
            let largest = (0..omega.len()).map(quotient).fold(0.0, f64::max);
            let near: Vec<usize> = (0..omega.len()).filter(|&i| quotient(i) > largest * (1.0 - 1e-9)).collect();
            let explains = |i: usize, message: &Message| {
                let p = probabilities(&x, i + 1);
                let mut all = true;
                message.for_each(|j, v| all &= (v * p[j] / (omega[i] * x[j]) - 1.0).abs() < 1e-8);
                all
            };
            let messages: Vec<Message> = (1..=20).map(|round| compress(operator.as_ref(), &x, 0, round)).collect();
            assert!(near.iter().any(|&i| messages.iter().all(|m| explains(i, m))), "{toml}, {kind}");
        }
    }
}

// Quantizers.

/// The quantizers with several parameters.
const QUANTIZERS: [&str; 9] = [
    "{ name = 'qsgd', levels = 1 }",
    "{ name = 'qsgd', levels = 2 }",
    "{ name = 'qsgd', levels = 7 }",
    "{ name = 'qsgd', levels = 100 }",
    "{ name = 'terngrad' }",
    "{ name = 'natural-compression' }",
    "{ name = 'natural-dithering', levels = 1 }",
    "{ name = 'natural-dithering', levels = 4 }",
    "{ name = 'natural-dithering', levels = 20 }",
];

/// The magnitudes that a quantizer sends for x, ascending from zero.
fn ladder(toml: &str, x: &[f64]) -> Vec<f64> {
    let norm = norm_squared(x).sqrt();
    match spec(toml) {
        CompressorSpec::Qsgd(own) => (0..=own.levels).map(|l| norm * f64::from(l) / f64::from(own.levels)).collect(),
        CompressorSpec::TernGrad(_) => vec![0.0, x.iter().fold(0.0, |m, v| v.abs().max(m))],
        CompressorSpec::NaturalCompression(_) => {
            [0.0].into_iter().chain((-1000..=1000).map(|e| 2f64.powi(e))).collect()
        }
        CompressorSpec::NaturalDithering(own) => {
            let steps = (0..own.levels.cast_signed()).rev().map(|e| norm * 0.5f64.powi(e));
            [0.0].into_iter().chain(steps).collect()
        }
        other => panic!("{other:?} has no ladder"),
    }
}

/// For each coordinate the magnitudes that it can be sent as, and the probability of the larger.
fn roundings(toml: &str, x: &[f64]) -> Vec<(f64, f64, f64)> {
    let ladder = ladder(toml, x);
    let of = |v: &f64| {
        let above = ladder.partition_point(|step| *step <= v.abs()).clamp(1, ladder.len() - 1);
        let (low, high) = (ladder[above - 1], ladder[above]);
        (low, high, if high == low { 0.0 } else { ((v.abs() - low) / (high - low)).min(1.0) })
    };
    x.iter().map(of).collect()
}

/// `E‖C(x) − x‖²/‖x‖²` in closed form, the sum of the variances of the coordinates.
fn exact_variance(toml: &str, x: &[f64]) -> f64 {
    let term = |(v, (low, high, _)): (&f64, (f64, f64, f64))| (v.abs() - low) * (high - v.abs()).max(0.0);
    x.iter().zip(roundings(toml, x)).map(term).sum::<f64>() / norm_squared(x)
}

#[test]
fn quantizers_round_to_a_neighbor_with_the_probability_that_makes_the_mean_right() {
    let dim = 60;
    for toml in QUANTIZERS {
        let operator = build(toml, dim);
        for (kind, x) in vectors(dim) {
            let roundings = roundings(toml, &x);
            let mut ups = vec![0.0; dim];
            for round in 1..=DRAWS {
                let sent = compress(operator.as_ref(), &x, 0, round).to_dense();
                for (j, (v, &(low, high, p))) in sent.iter().zip(&roundings).enumerate() {
                    let is_near = |step: f64| (v.abs() - step).abs() <= 1e-12 * step;
                    assert!(is_near(low) || is_near(high), "{toml}, {kind}: {v} for {} beside {low}, {high}", x[j]);
                    assert!(*v == 0.0 || (*v < 0.0) == (x[j] < 0.0), "{toml}, {kind}");
                    // An entry on a step, up to rounding, is sent as that step, up to the rounding of a probability.
                    ups[j] += f64::from(u8::from(is_near(high) && p > 0.0));
                }
            }
            // A chi-squared statistic over the coins, as for stochastic sparsification.
            let n = DRAWS as f64;
            let coins: Vec<usize> = (0..dim).filter(|&j| (1e-3..=1.0 - 1e-3).contains(&roundings[j].2)).collect();
            let scale = |j: usize| n * roundings[j].2 * (1.0 - roundings[j].2);
            let statistic: f64 = coins.iter().map(|&j| (ups[j] - n * roundings[j].2).powi(2) / scale(j)).sum();
            let variance: f64 = coins.iter().map(|&j| 2.0 + 1.0 / scale(j)).sum();
            assert!((statistic - coins.len() as f64).abs() <= 5.0 * variance.sqrt(), "{toml}, {kind}: {statistic}");
        }
    }
}

#[test]
fn exact_variances_of_quantizers_stay_below_omega() {
    for toml in QUANTIZERS {
        for dim in [1, 2, 3, 5, 60, 700] {
            let omega = build(toml, dim).guarantee(dim).omega().unwrap();
            for (kind, x) in vectors(dim).into_iter().filter(|(_, x)| norm_squared(x) > 0.0) {
                let variance = exact_variance(toml, &x);
                // Rounding of d terms, each a difference of numbers up to the norm.
                let slack = 4.0 * dim as f64 * f64::EPSILON * (1.0 + omega);
                assert!(variance <= omega + slack, "{toml}, d = {dim}, {kind}: {variance} above {omega}");
            }
        }
    }
}

/// Vectors on which a guarantee is attained, with ω in closed form and in the letters of the sources.
fn tight_instances() -> Vec<(&'static str, Vec<f64>, f64)> {
    let mut ternary = vec![1.0 / (1.0 + 60f64.sqrt()); 60];
    ternary[0] = -1.0;
    vec![
        ("{ name = 'qsgd', levels = 1 }", vec![-0.25; 60], 60f64.sqrt() - 1.0),
        // d/(4s²): the entries lie halfway between two steps.
        ("{ name = 'qsgd', levels = 2 }", vec![3.0; 16], 1.0),
        ("{ name = 'qsgd', levels = 3 }", vec![1.0; 4], 1.0 / 9.0),
        ("{ name = 'terngrad' }", ternary, (60f64.sqrt() - 1.0) / 2.0),
        // Fraction 1/3.
        ("{ name = 'natural-compression' }", vec![4.0 / 3.0, -8.0 / 3.0, 1.0 / 3.0], 1.0 / 8.0),
        // The same relative to the norm 3, with a lowest step of no importance.
        ("{ name = 'natural-dithering', levels = 20 }", vec![2.0, -2.0, 1.0], 1.0 / 8.0),
    ]
}

#[test]
fn guarantees_of_quantizers_are_attained_and_half_of_them_is_violated() {
    for (toml, x, golden) in tight_instances() {
        let operator = build(toml, x.len());
        let omega = operator.guarantee(x.len()).omega().unwrap();
        let variance = exact_variance(toml, &x);
        assert!((omega - golden).abs() < 1e-10, "{toml}: ω = {omega} against {golden}");
        assert!((variance / omega - 1.0).abs() < 1e-10, "{toml}: {variance} against {omega}");
        assert!(!refutes(operator.as_ref(), &x, omega, DRAWS), "{toml}");
        assert!(refutes(operator.as_ref(), &x, omega / 2.0, DRAWS), "{toml}");
    }
    // A coin attains its own on any vector, and so does a sign on a single entry.
    let x = [1.0, -2.0, 0.5];
    let lazy = build("{ name = 'bernoulli', probability = 0.2 }", 3);
    assert!((lazy.guarantee(3).omega().unwrap() - 4.0).abs() < 1e-15);
    assert!(!refutes(lazy.as_ref(), &x, 4.0, DRAWS) && refutes(lazy.as_ref(), &x, 2.0, DRAWS));
    let sign = build("{ name = 'scaled-sign' }", 4);
    assert_eq!(sign.guarantee(4), Guarantee::Contractive { delta: 0.25 });
    assert!(refutes(sign.as_ref(), &[0.0, 0.0, -7.0, 0.0], 1.0 - 0.26, 1));
}

#[test]
fn the_published_bound_of_qsgd_is_never_sharper_and_its_sparsity_bound_holds() {
    for dim in [1, 4, 60, 700] {
        for levels in [1, 2, 5, 30] {
            let operator = build(&format!("{{ name = 'qsgd', levels = {levels} }}"), dim);
            let (d, s) = (dim as f64, f64::from(levels));
            assert!(operator.guarantee(dim).omega().unwrap() <= (d / (s * s)).min(d.sqrt() / s));
            for (kind, x) in vectors(dim).into_iter().filter(|(_, x)| norm_squared(x) > 0.0) {
                let norm = norm_squared(&x).sqrt();
                let expected: f64 = x.iter().map(|v| (s * v.abs() / norm).min(1.0)).sum();
                assert!(expected <= s * (s + d.sqrt()) * (1.0 + 1e-12), "s = {levels}, d = {dim}, {kind}");
                let draws = 300;
                let entries = |round| compress(operator.as_ref(), &x, 0, round).n_entries() as f64;
                let (mean, error) = mean_and_error(&(1..=draws).map(entries).collect::<Vec<_>>());
                // Where all draws agree, a coin of probability below 1/draws may still have been missed.
                let slack = 10.0 / draws as f64 + 1e-9;
                assert!((mean - expected).abs() <= Z * error + slack, "s = {levels}, d = {dim}, {kind}");
            }
        }
    }
}

#[test]
fn the_error_of_scaled_signs_is_an_identity() {
    for dim in DIMS {
        let operator = build("{ name = 'scaled-sign' }", dim);
        for (kind, x) in vectors(dim) {
            let unit = x.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            let scaled: Vec<f64> = x.iter().map(|v| v / unit).collect();
            let captured = norm_one(&scaled).powi(2) / (dim as f64 * norm_squared(&scaled));
            let error = relative_errors(operator.as_ref(), &x, 1)[0];
            assert!((error - (1.0 - captured)).abs() <= 1e-12, "d = {dim}, {kind}");
        }
    }
}

#[test]
fn natural_compression_keeps_powers_of_two_and_reaches_from_end_to_end() {
    let operator = build("{ name = 'natural-compression' }", 5);
    let least = f64::MIN_POSITIVE;
    let exact = [least, -(2f64.powi(1023)), 1.0, -0.125, 0.0];
    assert_eq!(compress(operator.as_ref(), &exact, 0, 1).to_dense(), exact);
    // Below the normal numbers: three quarters of the least.
    let below = vec![0.75 * least; 5];
    let ups: usize = (1..=1000).map(|round| compress(operator.as_ref(), &below, 0, round).n_entries()).sum();
    // 5000 coins, four standard errors.
    assert!((ups as f64 - 3750.0).abs() < 4.0 * (5000.0f64 * 0.75 * 0.25).sqrt(), "{ups}");
    // Nine bits a coordinate, 5 + 1 for the header.
    let mut message = compress(build("{ name = 'natural-compression' }", 700).as_ref(), &[0.3; 700], 0, 1);
    let wire = Wire { encoding: Encoding::Raw, values: Precision::F32 };
    message.round_to(wire.values);
    assert_eq!(bits(&message, wire), (6 + 9 * 700u64).next_multiple_of(8));
}

#[test]
fn guarantees_are_those_of_the_largest_block() {
    for toml in QUANTIZERS.into_iter().chain(["{ name = 'scaled-sign' }"]) {
        let blocks = spec(toml).build(&[4, 50, 7]).unwrap();
        assert_eq!(blocks.guarantee(61), build(toml, 50).guarantee(50), "{toml}");
    }
}

// Operations on operators.

#[test]
fn scaled_multiplies_what_is_sent_and_has_the_delta_of_its_factor() {
    let dim = 60;
    for inner in QUANTIZERS.into_iter().chain([
        "{ name = 'rand-k-unbiased', k = 5 }",
        "{ name = 'bernoulli', probability = 0.25 }",
        "{ name = 'composed', outer = { name = 'terngrad' }, inner = { name = 'rand-k-unbiased', k = 5 } }",
    ]) {
        let plain = build(inner, dim);
        let omega = plain.guarantee(dim).omega().unwrap();
        let scaled = build(&format!("{{ name = 'scaled', compressor = {inner} }}"), dim);
        let delta = scaled.guarantee(dim).delta().unwrap();
        assert!((delta - 1.0 / (1.0 + omega)).abs() < 1e-15, "{inner}");
        for (kind, x) in vectors(dim) {
            let expected: Vec<f64> =
                compress(plain.as_ref(), &x, 2, 3).to_dense().iter().map(|v| v / (1.0 + omega)).collect();
            let sent = compress(scaled.as_ref(), &x, 2, 3).to_dense();
            assert!(sent.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-14 * b.abs()), "{inner}, {kind}");
            assert!(!refutes(scaled.as_ref(), &x, 1.0 - delta, 1000), "{inner}, {kind}");
        }
    }
    // Attained where ω is, and then a larger δ is refuted.
    for (inner, x, omega) in tight_instances() {
        let scaled = build(&format!("{{ name = 'scaled', compressor = {inner} }}"), x.len());
        let delta = 1.0 / (1.0 + omega);
        assert!(!refutes(scaled.as_ref(), &x, 1.0 - delta, DRAWS), "{inner}");
        assert!(refutes(scaled.as_ref(), &x, 0.8 * (1.0 - delta), DRAWS), "{inner}");
    }
    let guarantee = |inner: &str, factor: f64| {
        build(&format!("{{ name = 'scaled', compressor = {inner}, factor = {factor:?} }}"), 60).guarantee(60)
    };
    // ω = 11: 1 − 11/400 − (19/20)² at 1/20; at 1 an unbiased operator is itself; at ½ nothing is left.
    let rand_k = "{ name = 'rand-k-unbiased', k = 5 }";
    assert!((guarantee(rand_k, 0.05).delta().unwrap() - (1.0 - 11.0 / 400.0 - 0.9025)).abs() < 1e-12);
    assert_eq!(guarantee(rand_k, 1.0), Guarantee::Unbiased { omega: 11.0 });
    assert_eq!(guarantee(rand_k, 0.5), Guarantee::None);
    let top_k = "{ name = 'top-k', k = 6 }";
    assert_eq!(guarantee(top_k, 0.5), Guarantee::Contractive { delta: 0.05 });
    assert_eq!(guarantee(top_k, 1.5), Guarantee::None);
    let half = build(&format!("{{ name = 'scaled', compressor = {top_k}, factor = 0.5 }}"), 60);
    assert!(vectors(60).iter().all(|(_, x)| !refutes(half.as_ref(), x, 0.95, 1)));
}

#[test]
fn the_variance_of_a_composition_is_exact_over_all_subsets() {
    let (dim, k) = (6, 3);
    let subsets: Vec<u32> = (0u32..1 << dim).filter(|s| s.count_ones() == k).collect();
    for outer in QUANTIZERS {
        let toml = format!("{{ name = 'composed', outer = {outer}, inner = {{ name = 'rand-k-unbiased', k = 3 }} }}");
        let operator = build(&toml, dim);
        let omega = operator.guarantee(dim).omega().unwrap();
        let second = build(outer, k as usize).guarantee(k as usize).omega().unwrap();
        assert!((omega - (second + second + 1.0)).abs() < 1e-14, "ω₁ = 1: {toml}");
        for (kind, x) in vectors(dim).into_iter().filter(|(kind, _)| *kind != "one entry") {
            let unit = x.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            let error = |&s: &u32| {
                let kept: Vec<f64> = (0..dim).filter(|j| s >> j & 1 == 1).map(|j| 2.0 * x[j] / unit).collect();
                let sent = |j: usize| if s >> j & 1 == 1 { x[j] / unit } else { -x[j] / unit };
                let first = (0..dim).map(|j| sent(j).powi(2)).sum::<f64>();
                let squared = norm_squared(&kept);
                // A subset may hold zeros alone.
                first + if squared == 0.0 { 0.0 } else { squared * exact_variance(outer, &kept) }
            };
            let total = norm_squared(&x.iter().map(|v| v / unit).collect::<Vec<_>>());
            let exact = subsets.iter().map(error).sum::<f64>() / subsets.len() as f64 / total;
            assert!(exact <= omega * (1.0 + 1e-12), "{toml}, {kind}: {exact} above {omega}");
            // Natural compression sees the exponents of x itself, not those of x/unit.
            if !outer.contains("natural-compression") {
                let (mean, error) = mean_and_error(&relative_errors(operator.as_ref(), &x, DRAWS));
                assert!((mean - exact).abs() <= Z * error + 1e-12, "{toml}, {kind}: {mean} against {exact}");
            }
        }
    }
    // Attained by entries of one magnitude with one level: both parts are.
    let toml =
        "{ name = 'composed', outer = { name = 'qsgd', levels = 1 }, inner = { name = 'rand-k-unbiased', k = 4 } }";
    let operator = build(toml, 12);
    assert_eq!(operator.guarantee(12), Guarantee::Unbiased { omega: 2.0 * 1.0 + 2.0 + 1.0 });
    let flat = [1.5; 12];
    assert!(!refutes(operator.as_ref(), &flat, 5.0, DRAWS) && refutes(operator.as_ref(), &flat, 2.5, DRAWS));
}

#[test]
fn a_composition_sends_the_positions_of_the_first_and_the_values_of_the_second() {
    let dim = 60;
    for inner in ["{ name = 'top-k', k = 5 }", "{ name = 'rand-k', k = 5 }", "{ name = 'rand-k-shared', k = 5 }"] {
        let first = build(inner, dim);
        for outer in QUANTIZERS.into_iter().chain(["{ name = 'scaled-sign' }", "{ name = 'identity' }"]) {
            let operator = build(&format!("{{ name = 'composed', outer = {outer}, inner = {inner} }}"), dim);
            let second = build(outer, 5).guarantee(5).delta();
            let expected = second.map(|delta| 5.0 / 60.0 * delta);
            let delta = operator.guarantee(dim).delta();
            assert_eq!(delta.is_some(), expected.is_some(), "{outer} after {inner}");
            assert!(delta.zip(expected).is_none_or(|(a, b)| (a - b).abs() < 1e-15), "{outer} after {inner}");
            for (kind, x) in vectors(dim) {
                let Message::Sparse { indices: expected, .. } = compress(first.as_ref(), &x, 1, 4) else {
                    panic!("{inner} sends sparse messages")
                };
                let message = compress(operator.as_ref(), &x, 1, 4);
                match &message {
                    Message::Embedded { indices, values, .. } => {
                        assert_eq!((indices, values.dim()), (&expected, 5), "{outer} after {inner}, {kind}");
                    }
                    other => assert_eq!(other.n_entries(), 0, "{outer} after {inner}, {kind}"),
                }
                if let Some(delta) = delta {
                    assert!(!refutes(operator.as_ref(), &x, 1.0 - delta, 300), "{outer} after {inner}, {kind}");
                }
            }
        }
    }
    // Without positions the second operator sees the whole vector.
    let operator = build("{ name = 'composed', outer = { name = 'scaled-sign' }, inner = { name = 'identity' } }", dim);
    let sign = build("{ name = 'scaled-sign' }", dim);
    assert_eq!(operator.guarantee(dim), sign.guarantee(dim));
    for (_, x) in vectors(dim) {
        assert_eq!(compress(operator.as_ref(), &x, 0, 1), compress(sign.as_ref(), &x, 0, 1));
    }
}

#[test]
fn the_parts_of_a_composition_draw_independently() {
    let coin = "{ name = 'bernoulli', probability = 0.5 }";
    let two = format!("{{ name = 'composed', outer = {coin}, inner = {coin} }}");
    let three = format!("{{ name = 'composed', outer = {coin}, inner = {two} }}");
    let four = format!("{{ name = 'composed', outer = {two}, inner = {two} }}");
    for (toml, n) in [(two, 2), (three, 3), (four, 4)] {
        let operator = build(&toml, 5);
        let draws = 4000;
        let sent = |round: &u64| compress(operator.as_ref(), &[1.0; 5], 0, *round).n_entries() > 0;
        let heads = (1..=draws).filter(sent).count() as f64;
        let p = 0.5f64.powi(n);
        let error = (draws as f64 * p * (1.0 - p)).sqrt();
        assert!((heads - draws as f64 * p).abs() <= Z * error, "{n} coins: {heads} of {draws}");
    }
}

// Golden numbers.

/// Mid-quantiles of a distribution: a vector whose empirical law is as close to it as d allows.
fn quantiles(dim: usize, inverse: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..dim).map(|j| inverse((j as f64 + 0.5) / dim as f64)).collect()
}

#[test]
fn top_k_leaves_the_energy_that_closed_forms_predict() {
    // R(κ) = lim ‖x − top_k(x)‖²/‖x‖² at κ = 0.01, 0.1, 0.5. Gaussian: 1 − κ − 2tφ(t) with 2Q(t) = κ;
    // Laplace: 1 − κ(1 + t + t²/2) with t = ln(1/κ); uniform: (1 − κ)³.
    let dim = 100_000;
    let normal = Normal::standard();
    let laplace = Laplace::new(0.0, 1.0).unwrap();
    for (name, x, golden) in [
        (
            "normal",
            quantiles(dim, |p| normal.inverse_cdf(p)),
            [0.915_508_340_378_958_6, 0.560_713_935_721_215_6, 0.071_325_917_744_259_34],
        ),
        (
            "laplace",
            quantiles(dim, |p| laplace.inverse_cdf(p)),
            [0.837_910_335_930_551_1, 0.404_646_585_176_676_5, 0.033_313_156_240_476_93],
        ),
        ("uniform", quantiles(dim, |p| p - 0.5), [0.970_299, 0.729, 0.125]),
    ] {
        for (density, golden) in [0.01, 0.1, 0.5].into_iter().zip(golden) {
            let operator = build(&format!("{{ name = 'top-k', k = {density:?} }}"), dim);
            let ratio = relative_errors(operator.as_ref(), &x, 1)[0];
            // Mid-quantiles miss the tail beyond 1/d: for Laplace entries an energy of about ln²d/d.
            assert!((ratio - golden).abs() < 1.5e-3, "{name}, κ = {density}: {ratio} against {golden}");
        }
    }
}

#[test]
fn gaussian_k_misses_its_aim_as_measured_elsewhere() {
    // Counts over k. Of the code: measured with the listing of the released code on 10⁶ samples. Of the paper: by
    // hand from the tails, e.g. normal, κ = 0.01: thresholds 2.326, 3.490, 1.745, 2.617 and 2Q(2.617) = 0.00887.
    let dim = 400_000;
    let normal = Normal::standard();
    let laplace = Laplace::new(0.0, 1.0).unwrap();
    let x = [
        quantiles(dim, |p| normal.inverse_cdf(p)),
        quantiles(dim, |p| laplace.inverse_cdf(p)),
        quantiles(dim, |p| p - 0.5),
    ];
    for (name, law, density, golden) in [
        ("gaussian-k-code", 0, 0.01, 1.00),
        ("gaussian-k-code", 0, 0.001, 0.99),
        ("gaussian-k-code", 1, 0.01, 6.48),
        ("gaussian-k-code", 1, 0.001, 0.92),
        ("gaussian-k-code", 2, 0.01, 0.0),
        ("gaussian-k", 0, 0.01, 0.887),
        ("gaussian-k", 1, 0.01, 0.72),
        ("gaussian-k", 1, 0.001, 0.63),
    ] {
        let operator = build(&format!("{{ name = '{name}', k = {density:?} }}"), dim);
        let n = compress(operator.as_ref(), &x[law], 0, 1).n_entries();
        let ratio = n as f64 / (density * dim as f64);
        // Two digits of the golden numbers, and their own sampling error.
        assert!((ratio - golden).abs() <= 0.03 * golden, "{name}, law {law}, κ = {density}: {ratio} against {golden}");
    }
}

#[test]
fn selectors_miss_their_aim_as_measured_elsewhere() {
    // Counts over k, measured with the listings of the released codes on 10⁶ samples; 95 % zeros: normal entries else.
    let dim = 400_000;
    let normal = Normal::standard();
    let laplace = Laplace::new(0.0, 1.0).unwrap();
    let mut zeros = vec![0.0; dim * 19 / 20];
    zeros.extend(quantiles(dim / 20, |p| normal.inverse_cdf(p)));
    let x = [quantiles(dim, |p| normal.inverse_cdf(p)), quantiles(dim, |p| laplace.inverse_cdf(p)), zeros];
    for (name, stages, law, density, golden) in [
        ("sidco-exponential", 1, 0, 0.01, 0.02),
        ("sidco-exponential", 4, 0, 0.01, 1.29),
        ("sidco-exponential", 4, 0, 0.001, 1.06),
        ("sidco-exponential", 1, 1, 0.01, 1.00),
        ("sidco-exponential", 4, 1, 0.001, 0.99),
        ("sidco-exponential", 1, 2, 0.1, 0.47),
        ("sidco-exponential", 4, 2, 0.1, 0.24),
        ("sidco-exponential", 1, 2, 0.001, 39.0),
        ("sidco-exponential", 4, 2, 0.001, 0.18),
        ("sidco-pareto", 1, 0, 0.01, 1.63),
        ("sidco-pareto", 2, 0, 0.01, 0.92),
        ("sidco-pareto", 4, 0, 0.01, 0.94),
        ("sidco-pareto", 1, 0, 0.001, 6.9),
        ("sidco-pareto", 2, 0, 0.001, 1.20),
        ("sidco-pareto", 4, 0, 0.001, 0.89),
        ("sidco-pareto", 1, 1, 0.01, 1.00),
        ("sidco-pareto", 2, 1, 0.01, 1.00),
        ("sidco-pareto", 4, 1, 0.001, 0.99),
        ("sidco-pareto", 1, 2, 0.1, 0.47),
        ("sidco-pareto", 2, 2, 0.1, 0.19),
        ("sidco-pareto", 4, 2, 0.1, 0.20),
        ("sidco-pareto", 1, 2, 0.001, 12.0),
        ("sidco-pareto", 2, 2, 0.001, 0.50),
        ("sidco-pareto", 4, 2, 0.001, 0.18),
        ("sidco-gamma", 1, 0, 0.01, 0.15),
        ("sidco-gamma", 2, 0, 0.01, 1.06),
        ("sidco-gamma", 1, 0, 0.001, 0.01),
        ("sidco-gamma", 2, 0, 0.001, 1.43),
        ("sidco-gamma", 1, 1, 0.01, 0.98),
        ("sidco-gamma", 2, 1, 0.01, 1.00),
        ("sidco-gamma", 1, 2, 0.1, 0.49),
        ("sidco-gamma", 2, 2, 0.1, 0.20),
        ("sidco-gamma", 1, 2, 0.001, 0.27),
        ("sidco-gamma", 2, 2, 0.001, 0.54),
        ("sidco-gamma-asymptotic", 1, 0, 0.01, 0.55),
        ("sidco-gamma-asymptotic", 1, 0, 0.001, 0.03),
        ("sidco-gamma-asymptotic", 1, 1, 0.01, 0.96),
        ("sidco-gamma-asymptotic", 1, 1, 0.001, 0.93),
        ("sidco-gamma-asymptotic", 1, 2, 0.1, 10.0),
        ("sidco-gamma-asymptotic", 1, 2, 0.001, 0.0),
        ("sidco-gaussian-k", 0, 0, 0.01, 7.8),
        ("sidco-gaussian-k", 0, 0, 0.001, 37.0),
        ("sidco-gaussian-k", 0, 1, 0.01, 6.9),
        ("sidco-gaussian-k", 0, 1, 0.001, 0.07),
        ("sidco-gaussian-k", 0, 2, 0.001, 4.3),
    ] {
        let stages = if stages == 0 { String::new() } else { format!(", stages = {stages}") };
        let operator = build(&format!("{{ name = '{name}', k = {density:?}{stages} }}"), dim);
        let n = compress(operator.as_ref(), &x[law], 0, 1).n_entries();
        let ratio = n as f64 / (density * dim as f64);
        // Two digits of the golden numbers, and their own sampling error of up to √(1/1000) at the smaller density.
        let relative: f64 = if density < 0.01 { 0.07 } else { 0.03 };
        let tolerance = (relative * golden).max(0.006);
        assert!(
            (ratio - golden).abs() <= tolerance,
            "{name}{stages}, law {law}, κ = {density}: {ratio} against {golden}"
        );
    }
}

/// Passes over the vector and over copies of its parts, against counts made from the listings of the operators.
#[test]
fn selectors_count_the_passes_that_their_listings_make() {
    let (dim, k) = (10_000, 100);
    let laplace = Laplace::new(0.0, 1.0).unwrap();
    let x = quantiles(dim, |p| laplace.inverse_cdf(p));
    let d = dim as f64;
    let above = |threshold: f64| x.iter().filter(|v| v.abs() > threshold).count();
    // A look at all entries, and another one at those above the threshold, whose values are then checked.
    let mask = |threshold: f64| 1.0 + above(threshold) as f64 / d;
    let mean = x.iter().map(|v| v.abs()).sum::<f64>() / d;
    let largest = x.iter().fold(0.0, |largest: f64, v| largest.max(v.abs()));

    let gaussian = |first: f64, most: usize, again: bool| {
        let (mut threshold, mut passes) = (first, 2.0);
        for pass in 0..=most {
            if pass == most && !again {
                break;
            }
            passes += mask(threshold);
            let n = above(threshold);
            threshold *= match 3 * n {
                n if n < 2 * k => 0.5,
                n if n > 4 * k => 1.5,
                _ => break,
            };
        }
        passes
    };
    let deviation = (x.iter().map(|v| v * v).sum::<f64>() / (d - 1.0)).sqrt();
    let quantile = |p: f64| -deviation * Normal::standard().inverse_cdf(p);
    let redsync = {
        let (mut low, mut high, mut passes) = (0.0, 1.0, 2.0);
        while high - low > 0.2 {
            let center = 0.5 * (low + high);
            let threshold: f64 = mean + center * (largest - mean);
            passes += mask(threshold);
            match above(threshold) {
                n if k < n && n < 2 * k => break,
                n if 2 * n < k => high = center,
                _ => low = center,
            }
        }
        passes
    };
    let stage = above(-mean * 0.25f64.ln()) as f64 / d;
    let rank = |n: usize| quantiles(dim, |p| -(1.0 - p).ln())[dim - n];
    for (toml, expected) in [
        // A sample, one pass.
        ("name = 'top-k'", 0.1024 + 1.0),
        ("name = 'gaussian-k'", gaussian(quantile(0.01), 4, true)),
        ("name = 'gaussian-k-code'", gaussian(quantile(0.005), 3, false)),
        ("name = 'gaussian-k-code-five'", gaussian(quantile(0.005), 5, false)),
        ("name = 'redsync'", redsync),
        // The mean, and the entries above the threshold.
        ("name = 'sidco-exponential', stages = 1", 1.0 + mask(-mean * 0.01f64.ln())),
        // Of what the first stage keeps: the least, a copy, its mean, and the entries above the next threshold.
        ("name = 'sidco-exponential', stages = 2", 1.0 + 1.0 + 5.0 * stage),
        // Two moments more.
        ("name = 'sidco-pareto', stages = 2", 2.0 + 1.0 + 6.0 * stage),
        ("name = 'sidco-gamma', stages = 1", 3.0 + mask(rank(k))),
    ] {
        let mut trial = Trial::new(&spec(&format!("{{ {toml}, k = {k} }}")), dim, 1).unwrap();
        trial.compress(&x).unwrap();
        let sent = trial.kept(&x).n_entries as f64 / d;
        let passes = trial.passes().unwrap();
        // Where a threshold is fitted to a sample of this law, a rounded count is off by few.
        assert!((passes - sent - expected).abs() < 0.002, "{toml}: {passes} with {sent} sent, {expected}");
    }
    let mut trial = Trial::new(&spec("{ name = 'rand-k', k = 5 }"), dim, 1).unwrap();
    trial.compress(&x).unwrap();
    assert_eq!(trial.passes(), None);
}

#[test]
fn sidco_keeps_the_share_of_random_samples_that_its_law_predicts() {
    /// Name, distribution, E|u|, E u².
    type Law = (&'static str, Box<dyn ContinuousCDF<f64, f64>>, f64, f64);
    // One stage, d → ∞: the threshold is that of the moments of |u|, and k̂/k = P(|u| > threshold)/κ.
    let (dim, density) = (200_000, 0.01f64);
    let pi = std::f64::consts::PI;
    let laws: [Law; 3] = [
        ("normal", Box::new(Normal::standard()), (2.0 / pi).sqrt(), 1.0),
        ("laplace", Box::new(Laplace::new(0.0, 1.0).unwrap()), 1.0, 2.0),
        ("student", Box::new(StudentsT::new(0.0, 1.0, 3.0).unwrap()), 2.0 * 3f64.sqrt() / pi, 3.0),
    ];
    for (kind, law, mean, square) in laws {
        let mut stream = Streams::new(3).stream(Purpose::Generation, 0, 0);
        let x: Vec<f64> = (0..dim).map(|_| law.inverse_cdf(stream.random_range(1e-12..1.0))).collect();
        let q = mean * mean / (square - mean * mean);
        let (k, alpha) = (0.5 * (q - 1.0), 0.5 * mean * (q + 1.0));
        let pareto = if k.abs() < 1e-9 { -mean * density.ln() } else { alpha * (1.0 - density.powf(k)) / k };
        for (name, threshold) in [("sidco-exponential", -mean * density.ln()), ("sidco-pareto", pareto)] {
            let expected = 2.0 * law.sf(threshold) / density;
            let operator = build(&format!("{{ name = '{name}', k = {density:?}, stages = 1 }}"), dim);
            let ratio = compress(operator.as_ref(), &x, 0, 1).n_entries() as f64 / (density * dim as f64);
            // Five standard errors of a count, and twice as much for the moments; those of the Pareto fit converge
            // slowly on Student's t with 3 degrees of freedom, whose fourth moment is infinite.
            let error = 10.0 / (expected * density * dim as f64).sqrt();
            let error = if kind == "student" && name == "sidco-pareto" { 0.25 } else { error };
            assert!((ratio / expected - 1.0).abs() < error, "{name}, {kind}: {ratio} against {expected}");
        }
    }
}
