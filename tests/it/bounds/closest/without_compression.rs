//! Gradient descent on `f = (L/2)x²` or `(μ/2)x²` from x = 1 is an instance of many theorems, without compression.

use super::{ATTAINED, Instance, attained};
use gradsieve::theory::Quantity as Q;
use gradsieve::theory::Sequence as S;
use gradsieve::theory::{Origin, theorem};
use std::collections::BTreeMap;

pub(super) fn instances() -> Vec<Instance> {
    let (l, mu) = (2.0, 0.02);
    let (gap, g2) = (l / 2.0, l * l);
    let constants: BTreeMap<Q, f64> = BTreeMap::from([
        (Q::Smoothness, l),
        (Q::SmoothnessRms, l),
        (Q::SmoothnessMax, l),
        (Q::Delta, 1.0),
        (Q::Omega, 0.0),
        (Q::NWorkers, 1.0),
        (Q::InitialSuboptimality, gap),
        (Q::InitialEstimateError, 0.0),
        (Q::InitialCompressionError, 0.0),
        (Q::InitialMomentumError, 0.0),
        (Q::InitialWorkerMomentumError, 0.0),
        (Q::InitialShiftError, 0.0),
        (Q::InitialDistanceSquared, 1.0),
        (Q::Momentum, 1.0),
        (Q::NoiseVariance, 0.0),
        (Q::NoiseGrowth, 0.0),
        (Q::MeanNoiseVariance, 0.0),
        (Q::Heterogeneity, 0.0),
        (Q::Xi, 0.0),
        (Q::MeanGradientSecondMoment, g2),
        (Q::GradientSecondMoment, g2),
        (Q::FullGradientProbability, 1.0),
        (Q::ShiftRate, 1.0),
        (Q::StrongConvexity, mu),
        (Q::PolyakLojasiewicz, mu),
        (Q::Dim, 1.0),
        (Q::Threshold, 1e-6),
        (Q::StepSize, 1.0 / l),
    ]);
    let mut instances = Vec::new();
    // The first gradient, ‖∇f(x_0)‖² = L²; the step size is the largest admitted, or 1/L.
    for (id, share) in [
        ("F2", ATTAINED),
        ("F4", ATTAINED),
        ("F5", ATTAINED),
        ("K7", ATTAINED),
        ("K4-nonconvex", ATTAINED),
        ("A4", 0.499),
        ("A4'", 0.499),
        ("A4-decreasing", 0.499),
        ("A4-decreasing'", 0.499),
        ("E2", 0.499),
        ("E3", 0.062),
        ("H1", 0.249),
    ] {
        let own: Vec<(Q, f64)> = theorem(id).unwrap().about().needs.iter().map(|q| (*q, constants[q])).collect();
        let mut instance =
            attained(id, g2, &own).up_to(share).with(S::StepSizes, &[1.0 / l]).with(S::Improvements, &[1.0]);
        if let Some(limit) = theorem(id).unwrap().bound.largest_step_size(&instance.setting) {
            instance.setting = instance.setting.with(Q::StepSize, limit.unwrap(), Origin::Proved);
        }
        instances.push(instance);
    }
    // Suboptimality and distance after one step on the flattest function that is admitted, f = (μ/2)x².
    for (id, observed) in [("G1", mu / 2.0), ("F3", mu / 2.0), ("F6", 1.0)] {
        let own: Vec<(Q, f64)> = theorem(id).unwrap().about().needs.iter().map(|q| (*q, constants[q])).collect();
        let factor = (1.0 - mu / l).powi(2);
        let mut instance = attained(id, observed * factor, &own).up_to(0.98);
        instance.setting = instance.setting.with(Q::InitialSuboptimality, mu / 2.0, Origin::Proved);
        instances.push(instance);
    }
    // f = G|x| from x_0 = R with γ = R/G.
    let (slope, radius) = (3.0, 2.0);
    instances.push(attained(
        "E2'",
        slope * radius,
        &[
            (Q::StepSize, radius / slope),
            (Q::Delta, 1.0),
            (Q::StrongConvexity, 0.0),
            (Q::GradientSecondMoment, slope * slope),
            (Q::InitialDistanceSquared, radius * radius),
        ],
    ));
    instances
}
