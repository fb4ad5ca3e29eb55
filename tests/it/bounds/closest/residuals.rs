//! Residuals and estimate errors under operators for which the triangle inequality is an equality.

use super::{Instance, attained, difference, norm_squared, top_k};
use gradsieve::theory::Quantity as Q;
use gradsieve::theory::Sequence as S;

pub(super) fn instances() -> Vec<Instance> {
    let flat = [1.0; 8];
    let gamma = 0.5;
    let p = flat.map(|entry| gamma * entry);
    let residual = norm_squared(&difference(&p, &top_k(&p, 3))).sqrt();
    let step = norm_squared(&p).sqrt();
    let top_3_of_8 = [(Q::Delta, 3.0 / 8.0)];
    let mut instances = vec![
        attained("A1", residual, &[(Q::Delta, 3.0 / 8.0), (Q::Xi, 0.0)]).with(S::VirtualSteps, &[step]),
        attained("A1'", residual, &top_3_of_8).with(S::VirtualSteps, &[step]).with(S::SelectionMismatches, &[0.0]),
        attained("A2", residual, &top_3_of_8).with(S::ScaledGradientNorms, &[step]),
    ];
    for (delta, share) in [(0.5, 0.72), (0.01, 0.99)] {
        let q = f64::sqrt(1.0 - delta);
        let residual = (0..10_000).fold(0.0, |e, _| q * (e + gamma * 3.0));
        let constants = [(Q::Delta, delta), (Q::StepSize, gamma), (Q::GradientSecondMoment, 9.0)];
        instances.push(attained("E1'", residual * residual, &constants));
        instances.push(attained("E1", residual * residual, &constants).up_to(share));
        // g − ∇f = a before the step, which moves ∇f by b away from g; a : b as Young's inequality wants it.
        let (a, b) = (1.0, 1.0 / q - 1.0);
        let constants = [(Q::Delta, delta), (Q::SmoothnessRms, 2.0), (Q::InitialEstimateError, a)];
        instances.push(attained("F1", (q * (a + b)).powi(2), &constants).with(S::StepsSquared, &[(b / 2.0).powi(2)]));
    }
    // The slowest decay that a contraction admits, with γ_t = 8/(μ(a + t)) and gradients of norm 1.
    let (mu, delta, shift) = (1.0, 0.1, 70.0);
    let recursion = |e: f64, t: i32| f64::sqrt(1.0 - delta) * (e + 8.0 / (mu * (shift + f64::from(t))));
    let worst = (0..100).fold(0.0, recursion);
    let memory = attained(
        "E5",
        worst * worst,
        &[
            (Q::StrongConvexity, mu),
            (Q::Delta, delta),
            (Q::GradientSecondMoment, 1.0),
            (Q::Shift, shift),
            (Q::Slack, 5.0),
            (Q::NWorkers, 1.0),
        ],
    );
    instances.push(memory.after(100).up_to(0.22));
    instances
}
