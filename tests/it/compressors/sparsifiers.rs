//! Top-k, rand-k and stochastic sparsification, which send an exact or an expected number of entries.

use super::{DIMS, DRAWS, build, compress, quantiles, relative_errors, vectors};
use gradsieve::compressor::Message;
use gradsieve::vector::norm_squared;
use statrs::distribution::{ContinuousCDF, Laplace, Normal};

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

/// The optimal probabilities by saturating entries until none exceeds one.
pub(super) fn probabilities(x: &[f64], count: usize) -> Vec<f64> {
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
        // A chi-squared statistic over the entries that are kept at random; its mean is their number, its variance about
        // twice that, and more where an entry is rarely kept: 1/(n p) each.
        let drawn: Vec<usize> = (0..dim).filter(|&j| p[j] > 1e-3 && p[j] < 1.0 - 1e-9).collect();
        let n = DRAWS as f64;
        let statistic: f64 = drawn.iter().map(|&j| (kept[j] - n * p[j]).powi(2) / (n * p[j] * (1.0 - p[j]))).sum();
        let variance: f64 = drawn.iter().map(|&j| 2.0 + 1.0 / (n * p[j] * (1.0 - p[j]))).sum();
        assert!((statistic - drawn.len() as f64).abs() <= 5.0 * variance.sqrt(), "{kind}: {statistic}");
        assert!((0..dim).all(|j| p[j] < 1.0 - 1e-9 || kept[j] == n), "{kind}");
    }
}
