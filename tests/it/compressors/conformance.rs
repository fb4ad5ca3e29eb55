//! What every member of the registry has to satisfy, whatever it is.

use super::{DIMS, DRAWS, build, compress, members, refutes, spec, vectors};
use gradsieve::compressor::{Call, Compressor, Guarantee, Message, Parameter, Randomness, Selection};
use gradsieve::conformance::Violations;
use gradsieve::conformance::compressor as conformance;
use gradsieve::vector::NotFinite;

/// Holds every member to a part of the suite.
fn hold(part: impl Fn(&dyn Compressor, usize) -> Result<(), Violations>) {
    for dim in DIMS {
        for (name, operator) in members(dim) {
            part(&*operator, dim).unwrap_or_else(|violations| panic!("{name}, d = {dim}: {violations}"));
        }
    }
}

#[test]
fn every_member_satisfies_its_guarantee() {
    hold(conformance::guarantee);
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
fn nine_members_are_unbiased() {
    let is_unbiased = |operator: &dyn Compressor| matches!(operator.guarantee(60), Guarantee::Unbiased { .. });
    assert_eq!(members(60).filter(|(_, operator)| is_unbiased(&**operator)).count(), 9);
}

#[test]
fn zero_is_compressed_to_zero() {
    hold(conformance::zero);
}

#[test]
fn messages_are_well_formed_and_survive_the_wire() {
    hold(conformance::wire);
}

#[test]
fn a_message_depends_on_its_streams_and_on_what_the_operator_says_it_carries() {
    hold(conformance::streams);
    // What a starting guess carries changes nothing; what was learned is all in the list.
    for dim in DIMS {
        for (name, operator) in members(dim).filter(|(_, operator)| !operator.learns()) {
            let held = conformance::starting_guess(&*operator, dim);
            held.unwrap_or_else(|violations| panic!("{name}, d = {dim}: {violations}"));
        }
    }
}

#[test]
fn every_member_is_what_it_says_of_itself() {
    // With fewer coordinates some of the examples send all of them.
    for dim in [60, 700] {
        for (name, operator) in members(dim) {
            assert_eq!(conformance::answers::holds(operator.as_ref(), 0, dim), Ok(()), "{name}, d = {dim}");
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
        assert_eq!(conformance::answers::holds(operator.as_ref(), 0, 700), Ok(()), "{toml}");
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
            assert_eq!(conformance::answers::holds(operator.as_ref(), block, dim), Ok(()), "{name}, block {block}");
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
        let error = conformance::answers::holds(&liar, 0, 700).expect_err(toml);
        assert!(error.contains(found), "{toml}, {lie:?}: {error}");
    }
}

#[test]
fn a_number_that_is_not_finite_is_reported_with_its_place() {
    hold(conformance::not_finite);
}
