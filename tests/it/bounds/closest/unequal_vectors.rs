//! Top-k on vectors of unequal entries.

use super::{Instance, attained, difference, norm_squared, top_k};
use gradsieve::theory::Quantity as Q;
use gradsieve::theory::Sequence as S;

pub(super) fn instances() -> Vec<Instance> {
    let left = |x: &[f64], k: usize| norm_squared(&difference(x, &top_k(x, k))) / norm_squared(x);
    let of_roots = |weight: fn(f64) -> f64| (1..=40).map(|j| weight(f64::from(j)).sqrt()).collect::<Vec<f64>>();
    let squares = of_roots(|j| 2.0 * j - 1.0);
    let cubes = of_roots(|j| 3.0 * j * (j - 1.0) + 1.0);
    let uniform: Vec<f64> = (0..100_000).map(|j| (f64::from(j) + 0.5) / 1e5).collect();
    let mut instances = vec![attained("S2", left(&uniform, 30_000), &[(Q::Dim, 1e5), (Q::K, 3e4)])];
    for k in [1, 10, 39] {
        let constants = [(Q::K, k as f64)];
        instances.push(attained("S1", left(&squares, k), &constants).with(S::Vector, &squares));
        instances.push(attained("S3", left(&squares, k), &constants).with(S::Vector, &squares));
        instances.push(attained("S3'", left(&cubes, k), &constants).with(S::Vector, &cubes));
    }
    instances
}
