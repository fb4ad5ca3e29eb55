//! What every member of the registry has to satisfy, whatever it is.

use super::{DIMS, DRAWS, Z, build, compress, mean_and_error, members, refutes, spec, try_compress, vectors};
use gradsieve::compressor::encoding::{Encoding, Precision, Wire, bits, decode, encode};
use gradsieve::compressor::{
    Call, Compressor, Guarantee, Message, Parameter, Randomness, Scratch, Selection, conformance,
};
use gradsieve::random::Streams;
use gradsieve::vector::{NotFinite, dot};

#[test]
fn every_member_satisfies_its_guarantee() {
    for dim in DIMS {
        for (name, operator) in members(dim) {
            let draws = if operator.randomness().is_random() { DRAWS.min(400_000 / dim as u64) } else { 1 };
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
                let mut carried = if operator.learns() { adaptation.clone() } else { Vec::new() };
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
                assert!(!operator.learns() || adaptation == carried, "{name}, d = {dim}, {kind}");
                assert!(message.n_entries() <= operator.most_entries(0, dim), "{name}, d = {dim}, {kind}");
            }
        }
    }
}

#[test]
fn every_member_is_what_it_says_of_itself() {
    // With fewer coordinates some of the examples send all of them.
    for dim in [60, 700] {
        for (name, operator) in members(dim) {
            assert_eq!(conformance::holds(operator.as_ref(), 0, dim), Ok(()), "{name}, d = {dim}");
        }
    }
    // Parameters on which an answer depends.
    for (toml, randomness) in [
        ("{ name = 'dgc-strided', k = 5 }", Randomness::None),
        ("{ name = 'dgc-strided', k = 70 }", Randomness::Own),
        ("{ name = 'dgc-sampling-kth', k = 8 }", Randomness::None),
        ("{ name = 'dgc-sampling-kth', k = 7 }", Randomness::Own),
        ("{ name = 'scaled', factor = 1.0, compressor = { name = 'top-k', k = 5 } }", Randomness::None),
        ("{ name = 'scaled', factor = 0.5, compressor = { name = 'rand-k-shared', k = 5 } }", Randomness::Shared),
        (
            "{ name = 'scaled', factor = 0.5, compressor = { name = 'hard-threshold', threshold = 0.5 } }",
            Randomness::None,
        ),
        (
            "{ name = 'composed', outer = { name = 'identity' }, inner = { name = 'cat-top-k', cost = { name = 'payload' } } }",
            Randomness::None,
        ),
        (
            "{ name = 'composed', outer = { name = 'qsgd', levels = 4 }, inner = { name = 'top-k', k = 5 } }",
            Randomness::Own,
        ),
        (
            "{ name = 'composed', outer = { name = 'qsgd', levels = 4 }, inner = { name = 'rand-k-shared', k = 5 } }",
            Randomness::Mixed,
        ),
        ("{ name = 'sidco-pareto', k = 5, stages = 2 }", Randomness::None),
    ] {
        let operator = build(toml, 700);
        assert_eq!(operator.randomness(), randomness, "{toml}");
        assert_eq!(conformance::holds(operator.as_ref(), 0, 700), Ok(()), "{toml}");
    }
}

#[test]
fn k_is_exact_in_every_block_where_it_is_named() {
    let blocks = [60, 700, 50];
    for name in ["top-k", "rand-k", "rand-k-shared", "rand-k-unbiased", "top-k-signs", "sparse-ternary"] {
        let operator =
            spec(&format!("{{ name = '{name}', k = {{ per_block = '5, 0.01, 3' }} }}")).build(&blocks).unwrap();
        for (block, (dim, k)) in blocks.into_iter().zip([5, 7, 3]).enumerate() {
            assert_eq!(operator.kept(block, dim), Some(k), "{name}");
            assert_eq!(conformance::holds(operator.as_ref(), block, dim), Ok(()), "{name}, block {block}");
        }
    }
    // k is aimed at here, and not reached exactly.
    for name in ["gaussian-k", "dgc-sampling", "redsync-trimmed", "stochastic-sparsification"] {
        assert_eq!(build(&format!("{{ name = '{name}', k = 5 }}"), 700).kept(0, 700), None, "{name}");
    }
}

/// An operator of the crate with an answer of its own.
#[derive(Debug)]
struct Liar {
    operator: Box<dyn Compressor>,
    lie: Lie,
}

#[derive(Debug, Clone, Copy)]
enum Lie {
    Randomness(Randomness),
    Projection(bool),
    Selection(Selection),
    Kept(usize),
    MostEntries(usize),
    Guarantee(Guarantee),
    LearnsNothing,
}

impl Compressor for Liar {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        self.operator.compress(x, call, message)
    }

    fn guarantee(&self, dim: usize) -> Guarantee {
        if let Lie::Guarantee(guarantee) = self.lie { guarantee } else { self.operator.guarantee(dim) }
    }

    fn randomness(&self) -> Randomness {
        if let Lie::Randomness(randomness) = self.lie { randomness } else { self.operator.randomness() }
    }

    fn is_projection(&self) -> bool {
        if let Lie::Projection(is_projection) = self.lie { is_projection } else { self.operator.is_projection() }
    }

    fn selection(&self) -> Option<Selection> {
        if let Lie::Selection(selection) = self.lie { Some(selection) } else { self.operator.selection() }
    }

    fn kept(&self, block: usize, dim: usize) -> Option<usize> {
        if let Lie::Kept(k) = self.lie { Some(k) } else { self.operator.kept(block, dim) }
    }

    fn most_entries(&self, block: usize, dim: usize) -> usize {
        if let Lie::MostEntries(most) = self.lie { most } else { self.operator.most_entries(block, dim) }
    }

    fn parameters(&self, block: usize, dim: usize) -> Vec<Parameter> {
        self.operator.parameters(block, dim)
    }

    fn learns(&self) -> bool {
        !matches!(self.lie, Lie::LearnsNothing) && self.operator.learns()
    }
}

#[test]
fn an_operator_that_says_what_is_false_of_itself_is_caught() {
    let (top, random) = ("{ name = 'top-k', k = 5 }", "{ name = 'rand-k', k = 5 }");
    let (shared, unbiased) = ("{ name = 'rand-k-shared', k = 5 }", "{ name = 'rand-k-unbiased', k = 5 }");
    for (toml, lie, found) in [
        (random, Lie::Randomness(Randomness::None), "it says that nothing is random"),
        (shared, Lie::Randomness(Randomness::None), "it says that nothing is random"),
        (random, Lie::Randomness(Randomness::Shared), "it says that workers share what is drawn"),
        (shared, Lie::Randomness(Randomness::Own), "all workers send the same"),
        (shared, Lie::Randomness(Randomness::Mixed), "all workers send the same"),
        (top, Lie::Randomness(Randomness::Own), "no seed changes any message"),
        (top, Lie::Randomness(Randomness::Shared), "no seed changes any message"),
        (unbiased, Lie::Projection(true), "it says that it is a projection, and sends"),
        (top, Lie::Projection(false), "it says that it is not a projection"),
        (random, Lie::Selection(Selection::Largest), "it says that it sends the largest"),
        (top, Lie::Selection(Selection::Uniform), "its set does not depend on x"),
        ("{ name = 'natural-compression' }", Lie::Selection(Selection::Uniform), "one factor for all entries"),
        (top, Lie::Selection(Selection::Threshold), "none is among its parameters"),
        (top, Lie::Kept(4), "keeps k = 4, and sends 5"),
        ("{ name = 'gaussian-k', k = 5 }", Lie::Kept(5), "keeps k = 5, and sends"),
        ("{ name = 'stochastic-sparsification', k = 5 }", Lie::Kept(5), "keeps k = 5, and sends"),
        (top, Lie::MostEntries(4), "keeps k = 5 of at most 4"),
        ("{ name = 'redsync', k = 5 }", Lie::MostEntries(4), "sends 4 entries at most"),
        (top, Lie::Guarantee(Guarantee::Contractive { delta: 0.1 }), "its inequality allows 0.9"),
        (top, Lie::Guarantee(Guarantee::Unbiased { omega: 1.0 }), "its inequality allows 0 without"),
        ("{ name = 'sidco-pareto', k = 5, stages = 'adaptive' }", Lie::LearnsNothing, "it learns nothing"),
    ] {
        let liar = Liar { operator: build(toml, 700), lie };
        let error = conformance::holds(&liar, 0, 700).expect_err(toml);
        assert!(error.contains(found), "{toml}, {lie:?}: {error}");
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
