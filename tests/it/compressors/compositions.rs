//! Operators made of operators.

use super::quantizers::{QUANTIZERS, exact_variance, tight_instances};
use super::{DRAWS, Z, build, compress, mean_and_error, refutes, relative_errors, vectors};
use gradsieve::compressor::{Guarantee, Message};
use gradsieve::vector::norm_squared;

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
    let lazy = "{ name = 'bernoulli', probability = 0.5 }";
    let two = format!("{{ name = 'composed', outer = {lazy}, inner = {lazy} }}");
    let three = format!("{{ name = 'composed', outer = {lazy}, inner = {two} }}");
    let four = format!("{{ name = 'composed', outer = {two}, inner = {two} }}");
    for (toml, n) in [(two, 2), (three, 3), (four, 4)] {
        let operator = build(&toml, 5);
        let draws = 4000;
        let sent = |round: &u64| compress(operator.as_ref(), &[1.0; 5], 0, *round).n_entries() > 0;
        let heads = (1..=draws).filter(sent).count() as f64;
        let p = 0.5f64.powi(n);
        let error = (draws as f64 * p * (1.0 - p)).sqrt();
        assert!((heads - draws as f64 * p).abs() <= Z * error, "{n} parts: {heads} of {draws}");
    }
}
