//! CAT, which chooses how much to send by the improvement per cost.

use super::sparsifiers::probabilities;
use super::{build, compress, refutes, vectors};
use gradsieve::compressor::Message;
use gradsieve::compressor::cost::{Cost as _, CostSpec, Payload};
use gradsieve::vector::{distance_squared, norm_one, norm_squared, select};
use statrs::distribution::{ContinuousCDF, Normal};

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
                    assert_eq!(alpha[count - 1], alpha[edge - 1], "{kind}: {count} is not an edge of {tau}");
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
                let draws = if operator.randomness().is_random() { 1000 } else { 1 };
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
