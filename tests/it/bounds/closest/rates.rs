//! Whole runs, computed by their recursions.

use super::{Instance, attained, norm_squared, top_k};
use gradsieve::theory::Quantity as Q;

pub(super) fn instances() -> Vec<Instance> {
    let (mu, l, delta) = (0.1, 1.0, 0.75);
    let q = f64::sqrt(1.0 - delta);
    let one = [(Q::Smoothness, l), (Q::StrongConvexity, mu), (Q::Delta, delta), (Q::NWorkers, 1.0)];
    let with = |more: &[(Q, f64)]| [&one[..], more].concat();
    let gamma = 2.0 / ((1.0 - q) * mu + (1.0 + q) * l);
    let mut instances = Vec::new();
    for (h, factor) in [(l, 1.0 + q), (mu, 1.0 - q)] {
        let gap = (1.0 - gamma * factor * h).powi(2 * 4);
        instances.push(attained("G2", gap, &with(&[(Q::StepSize, gamma), (Q::InitialSuboptimality, 1.0)])).after(4));
    }
    // Runs on the three quadratics.
    let rows = [[-3.0, 2.0, 2.0], [2.0, -3.0, 2.0], [2.0, 2.0, -3.0]];
    let gamma = 0.05;
    let mut x = vec![1.0; 3];
    for _ in 0..10 {
        let gradient = |row: &[f64; 3]| {
            let product: f64 = row.iter().zip(&x).map(|(a, x)| a * x).sum();
            row.iter().zip(&x).map(|(a, x)| 2.0 * product * a + x / 2.0).collect::<Vec<f64>>()
        };
        let messages = rows.map(|row| top_k(&gradient(&row), 1));
        for (j, entry) in x.iter_mut().enumerate() {
            *entry -= gamma / 3.0 * messages.iter().map(|message| message[j]).sum::<f64>();
        }
    }
    let example = [(Q::InitialDistanceSquared, 3.0), (Q::NWorkers, 3.0), (Q::Dim, 3.0), (Q::K, 1.0)];
    instances.push(attained("G3", norm_squared(&x), &[&example[..], &[(Q::StepSize, gamma)]].concat()).after(10));

    let best = 2.0 / (l + mu) * (1.0 - q) / (1.0 + q);
    for gamma in [0.3 * best, best, 1.05 * best, 2.0 * best] {
        let observed = worst_start(gamma, mu, q).max(worst_start(gamma, l, q));
        let constants = with(&[(Q::StepSize, gamma), (Q::InitialLyapunov, 1.0)]);
        instances.push(attained("T2", observed, &constants));
        if gamma == best {
            instances.push(attained("T1", observed, &constants));
            instances.push(attained("T1", worst_start(gamma, mu, q), &constants));
            instances.push(attained("T1", worst_start(gamma, l, q), &constants));
        }
    }
    instances
}

/// The largest `V_{t+1}/V_t` of error feedback on `f = (h/2)x²` with `C(p) = (1 − s)p`, over all starts.
fn worst_start(gamma: f64, h: f64, s: f64) -> f64 {
    let lyapunov = |x: f64, e: f64| (x - e).powi(2) + e * e / s;
    let starts = (0..200_000).map(|step| f64::from(step) / 200_000.0 * std::f64::consts::PI);
    let ratio = |angle: f64| {
        let (x, e) = (angle.cos() + s.sqrt() * angle.sin(), s.sqrt() * angle.sin());
        let p = e + gamma * h * x;
        lyapunov(x - (1.0 - s) * p, s * p) / lyapunov(x, e)
    };
    starts.map(ratio).fold(0.0, f64::max)
}
