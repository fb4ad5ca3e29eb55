//! What top-k, signs and stochastic sparsification would keep of one vector, for every k at once.
//!
//! ```text
//! |p|₍₁₎ ≥ … ≥ |p|₍d₎,   S₁ = Σ_{j≤k} |p|₍ⱼ₎,   S₂ = Σ_{j≤k} |p|₍ⱼ₎²
//! α(k) = S₂/‖p‖²,   β(k) = S₁²/(k‖p‖²),   ω(k) = ‖p‖²/Σ pⱼ²/qⱼ   (qⱼ = min(1, c|pⱼ|), Σ qⱼ = k)
//! ```
//!
//! With the s largest entries certain to be sent, `Σ pⱼ²/qⱼ = Σ_{j≤s} |p|₍ⱼ₎² + B_s²/(k − s)`, `B_s` the sum of the other
//! magnitudes; s is the least with `(k − s) |p|₍ₛ₊₁₎ ≤ B_s`, and grows with k.

use super::config::Config;
use crate::compressor::{Message, encoding};
use crate::network::Traffic;
use crate::record::CurvePoint;

/// Counts of entries per factor of ten.
const PER_DECADE: f64 = 10.0;

/// The curve of `input` (length d) in `round`, messages paid by `seconds`; empty for a vector that is zero or not finite.
pub(super) fn curve(round: u64, input: &[f64], seconds: impl Fn(&Message) -> f64) -> Vec<CurvePoint> {
    let dim = input.len();
    let mut order: Vec<u32> = (0..dim as u32).collect();
    order.sort_by(|a, b| input[*b as usize].abs().total_cmp(&input[*a as usize].abs()).then(a.cmp(b)));
    let magnitudes: Vec<f64> = order.iter().map(|&j| input[j as usize].abs()).collect();
    // Sums of what is left are added from the smallest entry on, so that a small one is not lost in a large one.
    let tails = |power: i32| {
        let mut sums = vec![0.0; dim + 1];
        for j in (0..dim).rev() {
            sums[j] = sums[j + 1] + magnitudes[j].powi(power);
        }
        sums
    };
    let (tail_one, tail_two) = (tails(1), tails(2));
    let total = tail_two[0];
    if !total.is_normal() {
        return Vec::new();
    }
    let mut saturated = 0;
    counts(dim)
        .into_iter()
        .map(|k| {
            while saturated < k && (k - saturated) as f64 * magnitudes[saturated] > tail_one[saturated] {
                saturated += 1;
            }
            let free = (k - saturated) as f64;
            let sampled = if free > 0.0 { tail_one[saturated].powi(2) / free } else { 0.0 };
            let kept_one = tail_one[0] - tail_one[k];
            let mut indices = order[..k].to_vec();
            indices.sort_unstable();
            let signs = Message::SparseSigns { dim, scale: 1.0, indices: indices.clone(), negative: vec![false; k] };
            CurvePoint {
                round,
                k: k as u64,
                dim: dim as u64,
                magnitude_squared: (magnitudes[k - 1] / magnitudes[0]).powi(2),
                fraction_left: tail_two[k] / total,
                beta: kept_one.powi(2) / (k as f64 * total),
                omega: total / ((total - tail_two[saturated]) + sampled),
                seconds: seconds(&Message::Sparse { dim, indices, values: vec![1.0; k] }),
                seconds_with_signs: seconds(&signs),
            }
        })
        .collect()
}

/// The counts of a curve: evenly spaced on a logarithmic axis, from one to all.
fn counts(dim: usize) -> Vec<usize> {
    let n_points = ((dim as f64).log10() * PER_DECADE).ceil() as u32;
    let mut counts: Vec<usize> =
        (0..=n_points).map(|i| 10_f64.powf(f64::from(i) / PER_DECADE).round() as usize).collect();
    counts.retain(|k| *k < dim);
    counts.push(dim);
    counts.dedup();
    counts
}

/// Simulated seconds of one worker's message in a run, without an answer.
pub(super) fn seconds_of(config: &Config<'_>) -> impl Fn(&Message) -> f64 {
    |message| {
        let up = [encoding::bits(message, config.wire)];
        config.network.seconds(&Traffic { up: &up, down: 0, dense: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_agree_with_sums_written_out_and_probabilities_found_by_bisection() {
        let input: Vec<f64> = (0..37).map(|j| (f64::from(j) * 0.7).sin().powi(5) * 3.0).collect();
        let total: f64 = input.iter().map(|x| x * x).sum();
        let mut sorted: Vec<f64> = input.iter().map(|x| x.abs()).collect();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let n_entries = |message: &Message| message.n_entries() as f64;
        let points = curve(5, &input, n_entries);
        assert_eq!((points[0].k, points.last().unwrap().k), (1, 37));
        for point in &points {
            let k = point.k as usize;
            let alpha = sorted[..k].iter().map(|x| x * x).sum::<f64>() / total;
            assert!((point.alpha() - alpha).abs() < 1e-14 && (point.fraction_left - (1.0 - alpha)).abs() < 1e-14);
            let beta = sorted[..k].iter().sum::<f64>().powi(2) / (k as f64 * total);
            assert!((point.beta - beta).abs() < 1e-13);
            assert_eq!(point.magnitude_squared, (sorted[k - 1] / sorted[0]).powi(2));
            // Σ min(1, c|xⱼ|) grows with c.
            let (mut low, mut high) = (0.0, 1e9);
            for _ in 0..200 {
                let c = 0.5 * (low + high);
                let sum: f64 = sorted.iter().map(|x| (c * x).min(1.0)).sum();
                if sum < k as f64 { low = c } else { high = c }
            }
            let moment: f64 = sorted.iter().filter(|x| **x > 0.0).map(|x| x * x / (high * x).min(1.0)).sum();
            assert!((point.omega * moment / total - 1.0).abs() < 1e-9, "k = {k}: {} {moment}", point.omega);
            assert!(point.omega <= point.alpha() + 1e-12 && point.beta <= point.alpha() + 1e-12);
            assert_eq!([point.seconds, point.seconds_with_signs], [k as f64; 2]);
        }
        assert!(curve(5, &[0.0; 4], n_entries).is_empty());
    }
}
