//! Single calls of operators.

use super::{Instance, attained, difference, norm_one, norm_squared, top_k};
use gradsieve::theory::Quantity as Q;

pub(super) fn instances() -> Vec<Instance> {
    let flat = [1.0; 8];
    let rest = difference(&flat, &top_k(&flat, 3));
    let of_eight = [(Q::Dim, 8.0), (Q::K, 3.0)];
    let x = [3.0, -1.0, 2.0, 0.5, -0.25];
    // Rand-k by all subsets of two.
    let pairs: Vec<(usize, usize)> = (0..5).flat_map(|i| (0..i).map(move |j| (i, j))).collect();
    let expected = |scale: f64| {
        let error = |pair: &(usize, usize)| {
            let sent = |j: usize| if j == pair.0 || j == pair.1 { scale * x[j] } else { 0.0 };
            norm_squared(&difference(&x, &(0..5).map(sent).collect::<Vec<_>>()))
        };
        pairs.iter().map(error).sum::<f64>() / pairs.len() as f64 / norm_squared(&x)
    };
    let signs: Vec<f64> = x.iter().map(|entry| norm_one(&x) / 5.0 * entry.signum()).collect();
    let ternary: Vec<f64> = (0..25).map(|j| if j == 0 { 1.0 } else { 1.0 / 6.0 }).collect();
    let powers = [4.0 / 3.0, -8.0 / 3.0, 1.0 / 3.0];
    let natural = |x: f64| rounding_variance(x.abs(), x.abs().log2().floor().exp2(), x.abs().log2().ceil().exp2());
    let long = vec![1.0; 1_000_000];
    let below = [0.5 * (1.0 - 1e-9); 10];
    vec![
        attained("C1", norm_squared(&rest) / 8.0, &of_eight),
        attained("C1'", norm_one(&rest) / 8.0, &of_eight),
        attained("C2", norm_squared(&rest[..6]), &[(Q::NormOne, 6.0), (Q::K, 3.0)]),
        attained("C3", expected(1.0), &[(Q::Dim, 5.0), (Q::K, 2.0)]),
        attained("C3'", expected(2.5), &[(Q::Dim, 5.0), (Q::K, 2.0)]),
        attained(
            "C4",
            norm_squared(&difference(&x, &signs)),
            &[(Q::NormOne, norm_one(&x)), (Q::NormSquared, norm_squared(&x)), (Q::Dim, 5.0)],
        ),
        attained("C5", qsgd_variance(&long, 1.0), &[(Q::Dim, 1e6), (Q::Levels, 1.0)]).up_to(0.998),
        attained("C5'", qsgd_variance(&flat, 1.0), &[(Q::Dim, 8.0), (Q::Levels, 1.0)]),
        attained("C5'", qsgd_variance(&[1.0; 36], 3.0), &[(Q::Dim, 36.0), (Q::Levels, 3.0)]),
        attained("C6", norm_one(&ternary) / norm_squared(&ternary) - 1.0, &[(Q::Dim, 25.0)]),
        attained("C7", powers.map(natural).iter().sum::<f64>() / norm_squared(&powers), &[]),
        // Flat entries of 1/1000 are rounded to 0 or to 1/8, the finest level for s = 4.
        attained("C8", 1e6 * rounding_variance(1e-3, 0.0, 0.125), &[(Q::Dim, 1e6), (Q::Levels, 4.0)]).up_to(0.99),
        attained("C9", norm_squared(&below), &[(Q::Dim, 10.0), (Q::Threshold, 0.5)]),
        attained("C10", power_sgd_error([2.0, 2.0]), &[(Q::Rank, 1.0), (Q::Rows, 2.0), (Q::Columns, 2.0)]),
        attained("C10", power_sgd_error([2.0, 1.0]), &[(Q::Rank, 1.0), (Q::Rows, 2.0), (Q::Columns, 2.0)]).up_to(0.8),
        // MQ = 0 for Q orthogonal to the rows of M: nothing is sent.
        attained("C10'", rank_one_error(&[[3.0, 0.0], [4.0, 0.0]], [0.0, 1.0]), &[(Q::NormSquared, 25.0)]),
    ]
}

/// The variance of unbiased random rounding of `a` to the two neighbors `low` and `high`.
fn rounding_variance(a: f64, low: f64, high: f64) -> f64 {
    (a - low) * (high - a)
}

/// `E‖C(x) − x‖²/‖x‖²` of QSGD with s levels.
fn qsgd_variance(x: &[f64], s: f64) -> f64 {
    let norm = norm_squared(x).sqrt();
    x.iter()
        .map(|x| x.abs() / norm)
        .map(|a| rounding_variance(a, (a * s).floor() / s, ((a * s).floor() + 1.0) / s))
        .sum()
}

/// `‖M − p pᵀ M‖²` with p the normalized M q, zero where that is.
fn rank_one_error(m: &[[f64; 2]; 2], q: [f64; 2]) -> f64 {
    let p = m.map(|row| row[0] * q[0] + row[1] * q[1]);
    let norm = norm_squared(&p).sqrt();
    let p = p.map(|entry| if norm > 0.0 { entry / norm } else { 0.0 });
    let sent = [0, 1].map(|j| p[0] * m[0][j] + p[1] * m[1][j]);
    (0..2).map(|i| (0..2).map(|j| (m[i][j] - p[i] * sent[j]).powi(2)).sum::<f64>()).sum()
}

/// `E‖M − p pᵀ M‖²/‖M‖²` for singular values σ and a normal q, whose direction is uniform on the circle: σ_1σ_2 over
/// the sum of their squares.
fn power_sgd_error(sigma: [f64; 2]) -> f64 {
    let (sine, cosine) = 0.7_f64.sin_cos();
    let m = [[cosine * sigma[0], -sine * sigma[1]], [sine * sigma[0], cosine * sigma[1]]];
    let n = 10_000;
    let angles = (0..n).map(|step| f64::from(step) / f64::from(n) * std::f64::consts::TAU);
    let mean = angles.map(|angle| rank_one_error(&m, [angle.cos(), angle.sin()])).sum::<f64>() / f64::from(n);
    mean / norm_squared(&sigma)
}
