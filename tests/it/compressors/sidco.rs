//! SIDCo, which fits a distribution to the magnitudes, stage after stage.

use super::{build, compress, try_compress, vectors};
use gradsieve::random::{Purpose, Streams};
use gradsieve::vector::norm_squared;
use rand::RngExt as _;
use statrs::distribution::{ContinuousCDF, Laplace, Normal, StudentsT};

const SIDCO: [&str; 5] =
    ["sidco-exponential", "sidco-gamma", "sidco-gamma-asymptotic", "sidco-pareto", "sidco-gaussian"];

/// Quantiles of the fitted distributions by the printed formulas, on magnitudes of a vector of norm 1.
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

#[test]
fn sidco_keeps_the_fraction_of_random_samples_that_its_distribution_predicts() {
    /// Name, distribution, E|u|, E u².
    type Case = (&'static str, Box<dyn ContinuousCDF<f64, f64>>, f64, f64);
    // One stage, d → ∞: the threshold is that of the moments of |u|, and k̂/k = P(|u| > threshold)/κ.
    let (dim, density) = (200_000, 0.01f64);
    let pi = std::f64::consts::PI;
    let cases: [Case; 3] = [
        ("normal", Box::new(Normal::standard()), (2.0 / pi).sqrt(), 1.0),
        ("laplace", Box::new(Laplace::new(0.0, 1.0).unwrap()), 1.0, 2.0),
        ("student", Box::new(StudentsT::new(0.0, 1.0, 3.0).unwrap()), 2.0 * 3f64.sqrt() / pi, 3.0),
    ];
    for (kind, distribution, mean, square) in cases {
        let mut stream = Streams::new(3).stream(Purpose::Generation, 0, 0);
        let x: Vec<f64> = (0..dim).map(|_| distribution.inverse_cdf(stream.random_range(1e-12..1.0))).collect();
        let q = mean * mean / (square - mean * mean);
        let (k, alpha) = (0.5 * (q - 1.0), 0.5 * mean * (q + 1.0));
        let pareto = if k.abs() < 1e-9 { -mean * density.ln() } else { alpha * (1.0 - density.powf(k)) / k };
        for (name, threshold) in [("sidco-exponential", -mean * density.ln()), ("sidco-pareto", pareto)] {
            let expected = 2.0 * distribution.sf(threshold) / density;
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
