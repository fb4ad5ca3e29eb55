//! Specs: what is accepted, what is refused with which words, and one k per block.

use super::{spec, try_compress};
use gradsieve::compressor::cost::CostSpec;
use gradsieve::compressor::{CompressorSpec, Message, Sparsity};

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
