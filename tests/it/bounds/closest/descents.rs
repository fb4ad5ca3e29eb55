//! Single steps on `f = L‖x‖²/2`, on which the descent lemma is an equality.

use super::{Instance, attained, difference, norm_one, norm_squared, top_k};
use gradsieve::theory::Quantity as Q;
use gradsieve::theory::Sequence as S;

pub(super) fn instances() -> Vec<Instance> {
    let l = 2.0;
    let x = [3.0, -1.0, 2.0, 0.5];
    let f = |x: &[f64]| l / 2.0 * norm_squared(x);
    let g: Vec<f64> = x.iter().map(|entry| l * entry).collect();
    let g2 = norm_squared(&g);
    let step =
        |gamma: f64, sent: &[f64]| f(&difference(&x, &sent.iter().map(|s| gamma * s).collect::<Vec<_>>())) - f(&x);
    let one = [(Q::Smoothness, l), (Q::NWorkers, 1.0), (Q::GradientNormSquared, g2)];
    let with = |more: &[(Q, f64)]| [&one[..], more].concat();
    let sent = top_k(&g, 2);
    let alpha = norm_squared(&sent) / g2;
    let beta = norm_one(&sent).powi(2) / (2.0 * g2);
    let gamma = (beta / 2.0).sqrt() / l;
    let signs: Vec<f64> = sent.iter().map(|s| if *s == 0.0 { 0.0 } else { g2.sqrt() * s.signum() }).collect();
    let chances = [0.9, 0.4, 0.5, 0.1];
    let second: f64 = g.iter().zip(chances).map(|(g, p)| g * g / p).sum();
    let omega = g2 / second;
    // E f(x − γC) = f − γ‖g‖² + (L/2)γ² E‖C‖².
    let stochastic = -omega / l * g2 + l / 2.0 * (omega / l).powi(2) * second;

    let (mut iterate, mut alphas) = (x.to_vec(), Vec::new());
    for k in [1, 1, 1] {
        let gradient: Vec<f64> = iterate.iter().map(|entry| l * entry).collect();
        let sent = top_k(&gradient, k);
        alphas.push(norm_squared(&sent) / norm_squared(&gradient));
        iterate = difference(&iterate, &sent.iter().map(|s| s / l).collect::<Vec<_>>());
    }

    let share = |k: usize| norm_squared(&top_k(&g, k)) / g2;
    let efficiency = |cost: fn(f64) -> f64| (1..=4).map(|k| share(k) / cost(k as f64)).fold(0.0, f64::max);
    let costs = [(Q::CostPerUnit, 1.0), (Q::CostFixed, 2.0)];
    let packets = [&costs[..], &[(Q::PacketCoordinates, 3.0)]].concat();
    vec![
        attained("K1", step(1.0 / l, &sent), &with(&[(Q::StepSize, 1.0 / l), (Q::Improvement, alpha)])),
        attained("K2", step(gamma, &signs), &with(&[(Q::StepSize, gamma), (Q::Improvement, beta), (Q::K, 2.0)])),
        attained("K3", stochastic, &with(&[(Q::StepSize, omega / l), (Q::Improvement, omega)])),
        attained(
            "K4-pl",
            f(&iterate),
            &[
                (Q::StepSize, 1.0 / l),
                (Q::Smoothness, l),
                (Q::PolyakLojasiewicz, l),
                (Q::InitialSuboptimality, f(&x)),
                (Q::NWorkers, 1.0),
            ],
        )
        .with(S::Improvements, &alphas)
        .after(3),
        attained(
            "K4-convex",
            f(&difference(&x, &top_k(&x, 1))),
            &[
                (Q::StepSize, 1.0 / l),
                (Q::Smoothness, l),
                (Q::StrongConvexity, 0.0),
                (Q::LevelSetRadius, norm_squared(&x).sqrt()),
                (Q::NWorkers, 1.0),
            ],
        )
        .with(S::Improvements, &alphas)
        .up_to(0.058),
        attained("K5", efficiency(|k| k + 2.0), &costs).with(S::Vector, &g),
        attained("K5'", efficiency(|k| (k / 3.0).ceil() + 2.0), &packets).with(S::Vector, &g),
    ]
}
