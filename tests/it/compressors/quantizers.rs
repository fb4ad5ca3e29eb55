//! Operators that send every coordinate in fewer bits.

use super::{DIMS, DRAWS, Z, build, compress, mean_and_error, refutes, relative_errors, spec, vectors};
use gradsieve::compressor::encoding::{Encoding, Precision, Wire, bits};
use gradsieve::compressor::{CompressorSpec, Guarantee};
use gradsieve::vector::{norm_one, norm_squared};

/// The quantizers with several parameters.
pub(super) const QUANTIZERS: [&str; 9] = [
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
pub(super) fn exact_variance(toml: &str, x: &[f64]) -> f64 {
    let term = |(v, (low, high, _)): (&f64, (f64, f64, f64))| (v.abs() - low) * (high - v.abs()).max(0.0);
    x.iter().zip(roundings(toml, x)).map(term).sum::<f64>() / norm_squared(x)
}

/// Vectors on which a guarantee is attained, with ω in closed form and in the letters of the sources.
pub(super) fn tight_instances() -> Vec<(&'static str, Vec<f64>, f64)> {
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
            // A chi-squared statistic over the randomly rounded entries, as for stochastic sparsification.
            let n = DRAWS as f64;
            let drawn: Vec<usize> = (0..dim).filter(|&j| (1e-3..=1.0 - 1e-3).contains(&roundings[j].2)).collect();
            let scale = |j: usize| n * roundings[j].2 * (1.0 - roundings[j].2);
            let statistic: f64 = drawn.iter().map(|&j| (ups[j] - n * roundings[j].2).powi(2) / scale(j)).sum();
            let variance: f64 = drawn.iter().map(|&j| 2.0 + 1.0 / scale(j)).sum();
            assert!((statistic - drawn.len() as f64).abs() <= 5.0 * variance.sqrt(), "{toml}, {kind}: {statistic}");
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
    // Lazy sending attains its own on any vector, and so does a sign on a single entry.
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
                // Where all draws agree, an event of probability below 1/draws may still have been missed.
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
    // 5000 random roundings, four standard errors.
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
