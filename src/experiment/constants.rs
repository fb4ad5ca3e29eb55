//! The constants of a run, each with its origin and how it was found.

use super::planned::PlannedRun;
use super::spec::check::CheckSpec;
use crate::compressor::{self, Compressor, Guarantee};
use crate::method::step_size::{Inverse, Schedule, ScheduleSpec, StepSize, Theory};
use crate::method::{self, Memory};
use crate::simulation::Minimum;
use crate::theory::{Origin, Quantity as Q, Setting, theorem};
use serde_json::Value;

/// A constant with its origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Which.
    pub quantity: Q,
    /// Its value.
    pub value: f64,
    /// How sure it is.
    pub origin: Origin,
    /// How it was found.
    pub how: &'static str,
}

/// The constants of one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Constants {
    /// In the order in which they were found.
    pub known: Vec<Known>,
}

use Origin::{Assumed, Measured, Proved};

impl Constants {
    pub(crate) fn add(&mut self, quantity: Q, value: f64, origin: Origin, how: &'static str) {
        self.known.push(Known { quantity, value, origin, how });
    }

    pub(crate) fn add_if(&mut self, quantity: Q, value: Option<f64>, origin: Origin, how: &'static str) {
        if let Some(value) = value {
            self.add(quantity, value, origin, how);
        }
    }

    /// What is known of a quantity.
    #[must_use]
    pub fn get(&self, quantity: Q) -> Option<&Known> {
        self.known.iter().find(|known| known.quantity == quantity)
    }

    fn value(&self, quantity: Q) -> Option<f64> {
        self.get(quantity).map(|known| known.value)
    }

    /// For the theorems.
    #[must_use]
    pub fn setting(&self) -> Setting {
        self.known.iter().fold(Setting::new(), |setting, known| setting.with(known.quantity, known.value, known.origin))
    }

    /// What holds for runs that differ by their seed alone: measured and initial values are the largest of all.
    #[must_use]
    pub fn of_all(runs: &[&Self]) -> Self {
        let mut all = runs.first().map(|first| (*first).clone()).unwrap_or_default();
        for known in &mut all.known {
            let others = runs.iter().filter_map(|run| run.get(known.quantity));
            known.value = others.map(|other| other.value).fold(known.value, f64::max);
        }
        all
    }
}

/// Whether the gradients of a run are exact.
pub(crate) fn has_exact_gradients(run: &PlannedRun) -> bool {
    let f = &run.problem.objective;
    let sampled = run.config().batch_size.is_some() && (0..f.n_workers()).any(|worker| f.n_samples(worker) > 0);
    !sampled && f.constants().noise_variance == Some(0.0)
}

/// γ, if it is the same in all rounds.
fn constant_step_size(run: &PlannedRun) -> Option<f64> {
    let at = |round| run.step_size.step_size(round, run.spec.rounds);
    (1..=run.spec.rounds).all(|round| at(round) == at(1)).then(|| at(1))
}

/// The name of the compressor in an experiment file, for messages.
pub(crate) fn compressor_of(run: &PlannedRun) -> Option<String> {
    fn of_method(method: &Value) -> Option<&str> {
        let compressor = method.get("compressor").and_then(|compressor| compressor.get("name")?.as_str());
        compressor.or_else(|| of_method(method.get("method")?))
    }
    of_method(&serde_json::to_value(&run.spec.method).ok()?).map(str::to_owned)
}

/// What is known before the run.
pub(crate) fn of_operator_and_method(run: &PlannedRun) -> Constants {
    let mut constants = Constants::default();
    let f = &run.problem.objective;
    let (dim, n) = (f.dim(), f.n_workers());
    constants.add(Q::Dim, dim as f64, Proved, "the experiment");
    constants.add(Q::NWorkers, n as f64, Proved, "the experiment");
    constants.add_if(Q::StepSize, constant_step_size(run), Proved, "the experiment");

    for parameter in run.method.parameters() {
        let (quantity, value) = match parameter {
            method::Parameter::Momentum(eta) => (Q::Momentum, eta),
            method::Parameter::FullGradientProbability(p) => (Q::FullGradientProbability, p),
            method::Parameter::ShiftRate(alpha) => (Q::ShiftRate, alpha),
        };
        constants.add(quantity, value, Proved, "the experiment");
    }

    let blocks: Vec<usize> = run.blocks.iter().map(ExactSizeIterator::len).collect();
    let guarantees = blocks.iter().map(|&dim| run.method.guarantee(dim));
    let deltas: Option<Vec<f64>> = guarantees.clone().map(Guarantee::delta).collect();
    let omegas: Option<Vec<f64>> = guarantees.map(Guarantee::omega).collect();
    let least = deltas.and_then(|deltas| deltas.into_iter().reduce(f64::min));
    let most = omegas.and_then(|omegas| omegas.into_iter().reduce(f64::max));
    let how = if run.method.compressor().is_some() { "the operator's guarantee" } else { "nothing is compressed" };
    if let Some(compressor) = run.method.compressor() {
        constants.add_if(Q::K, kept(compressor, &blocks), Proved, "the experiment");
    }
    constants.add_if(Q::Delta, least, Proved, how);
    constants.add_if(Q::Omega, most, Proved, how);
    if let Some(compressor) = run.method.compressor() {
        of_operator(&mut constants, compressor, &blocks);
    }
    constants
}

/// k of the whole vector, as d is: what is kept of all blocks together; `None` where some block has no exact number.
///
/// Theorems about one vector refuse several blocks before they look at k.
fn kept(compressor: &dyn Compressor, blocks: &[usize]) -> Option<f64> {
    let kept = blocks.iter().enumerate().map(|(block, &dim)| compressor.kept(block, dim));
    kept.sum::<Option<usize>>().map(|k| k as f64)
}

/// The parameters of the operator that are the same for all blocks.
fn of_operator(constants: &mut Constants, compressor: &dyn Compressor, blocks: &[usize]) {
    let mut parameters = compressor.parameters(0, blocks[0]);
    parameters.retain(|parameter| {
        blocks.iter().enumerate().all(|(block, &dim)| compressor.parameters(block, dim).contains(parameter))
    });
    for parameter in parameters {
        match parameter {
            compressor::Parameter::Levels(levels) => {
                constants.add(Q::Levels, f64::from(levels), Proved, "the experiment");
            }
            compressor::Parameter::Threshold(lambda) => {
                constants.add(Q::Threshold, lambda, Proved, "the experiment");
            }
            compressor::Parameter::Cost { per_unit, fixed, packet } => {
                constants.add(Q::CostPerUnit, per_unit, Proved, "the experiment");
                constants.add(Q::CostFixed, fixed, Proved, "the experiment");
                let packet = packet.map(|coordinates| coordinates as f64);
                constants.add_if(Q::PacketCoordinates, packet, Proved, "the experiment");
            }
        }
    }
}

/// The constants of f, with x_0 (length d) and what is known of the minimum.
pub(crate) fn of_objective(
    constants: &mut Constants,
    run: &PlannedRun,
    initial: &[f64],
    minimum: Minimum<'_>,
    check: &CheckSpec,
) {
    let f = &*run.problem.objective;
    let n = f.n_workers() as f64;
    let proved = f.constants();
    constants.add_if(Q::Smoothness, proved.smoothness, Proved, "the objective");
    if let Some(workers) = &proved.worker_smoothness {
        let mean_square = workers.iter().map(|l| l * l).sum::<f64>() / n;
        constants.add(Q::SmoothnessRms, mean_square.sqrt(), Proved, "the objective");
        constants.add_if(Q::SmoothnessMax, workers.iter().copied().reduce(f64::max), Proved, "the objective");
    }
    constants.add_if(Q::SampleSmoothness, proved.sample_smoothness, Proved, "the objective");
    constants.add_if(Q::StrongConvexity, proved.strong_convexity.filter(|_| proved.convex), Proved, "the objective");
    let positive = proved.strong_convexity.filter(|mu| proved.convex && *mu > 0.0);
    constants.add_if(Q::PolyakLojasiewicz, positive, Proved, "strong convexity implies it");

    let value = crate::objective::value(f, initial);
    let gap = match (minimum.value, proved.minimum, &proved.minimizer) {
        (_, Some(least), Some(_)) => Some((value - least, Proved, "f(x_0) and the objective's minimum")),
        (Some(least), ..) => Some((value - least, Measured, "f(x_0) and f*, computed to 1e-12")),
        (None, Some(least), None) => Some((value - least, Proved, "f(x_0) and a lower bound of f")),
        (None, None, _) => None,
    };
    if let Some((gap, origin, how)) = gap {
        constants.add(Q::InitialSuboptimality, gap.max(0.0), origin, how);
        // f(x) ≤ f(x_0) gives (μ/2)‖x − x*‖² ≤ f(x_0) − f*.
        let radius = positive.map(|mu| (2.0 * gap.max(0.0) / mu).sqrt());
        constants.add_if(Q::LevelSetRadius, radius, origin, "strong convexity bounds the level set");
    }
    if let (Some(minimizer), Some(distance)) = (minimum.minimizer, minimum.distance_squared(initial)) {
        let origin = if proved.minimizer.is_some() { Proved } else { Measured };
        constants.add(Q::InitialDistanceSquared, distance, origin, "x_0 and x*");
        if run.method.place_of(Memory::Shift).is_some() {
            let mut squares = 0.0;
            for worker in 0..f.n_workers() {
                let mut own = vec![0.0; f.dim()];
                f.add_gradient(worker, crate::objective::Rows::All, minimizer, 1.0, &mut own);
                f.add_shared_gradient(minimizer, 1.0, &mut own);
                squares += crate::vector::norm_squared(&own) / n;
            }
            constants.add(Q::InitialShiftError, squares, origin, "hᵢ = 0 and the gradients at x*");
        }
        if check.tolerance.is_none() {
            constants.add(Q::Tolerance, distance / 4.0, Assumed, "a quarter of ‖x_0 − x*‖²");
        }
    }
    constants.add_if(Q::Tolerance, check.tolerance, Assumed, "the experiment");
    if let Some(mu) = positive
        && let Some(shift) = shift_of_inverse(run, mu)
    {
        constants.add(Q::Shift, shift, Proved, "the experiment");
        let slack = constants.value(Q::Delta).map(|delta| delta * (shift + 1.0)).filter(|slack| *slack > 4.0);
        constants.add_if(Q::Slack, slack, Proved, "the largest admitted, δ(a + 1)");
    }
    if has_exact_gradients(run) {
        for quantity in [Q::NoiseVariance, Q::MeanNoiseVariance] {
            constants.add(quantity, 0.0, Proved, "gradients are exact");
        }
        for quantity in [Q::InitialMomentumError, Q::InitialWorkerMomentumError] {
            constants.add(quantity, 0.0, Proved, "the first momentum is the gradient");
        }
    }
    if let (Some(rows), Some(variances), Some(intrinsic)) =
        (run.config().batch_size, &proved.sampling_variance, proved.noise_variance)
        && constants.get(Q::NoiseVariance).is_none()
    {
        let largest = variances.iter().copied().fold(0.0, f64::max) / rows as f64 + intrinsic;
        let mean = variances.iter().sum::<f64>() / (n * rows as f64) + intrinsic;
        constants.add(Q::NoiseVariance, largest, Proved, "bounded slopes of the loss");
        constants.add(Q::MeanNoiseVariance, mean / n, Proved, "bounded slopes of the loss");
    }
    constants.add(Q::NoiseGrowth, 0.0, Proved, "σ² holds for all of the noise");
    if f.n_workers() == 1 {
        constants.add(Q::Heterogeneity, 0.0, Proved, "one worker");
    } else {
        constants.add_if(Q::Heterogeneity, proved.heterogeneity, Proved, "the objective");
    }
    for (name, value) in &check.assume {
        if let Some(quantity) = Q::ALL.iter().find(|quantity| quantity.name() == name) {
            constants.known.retain(|known| known.quantity != *quantity);
            constants.add(*quantity, *value, Assumed, "the experiment");
        }
    }
}

/// a of `γ_t = 8/(μ(a + t))`, t from 0, if the step sizes are these.
fn shift_of_inverse(run: &PlannedRun, mu: f64) -> Option<f64> {
    let StepSize::Schedule(ScheduleSpec::Inverse(Inverse { numerator, shift })) = run.step_size else { return None };
    ((numerator * mu / 8.0 - 1.0).abs() <= 1e-9).then_some(shift + 1.0)
}

/// The step size that a theorem admits for a run, times the multiplier.
///
/// # Errors
/// There is no such theorem, it is about no or every step size, or its limit needs what is not known before the run.
pub(super) fn step_size(run: &PlannedRun, theory: &Theory, spec: &CheckSpec) -> Result<f64, String> {
    let Theory { bound: id, multiplier } = theory;
    let found = theorem(id)
        .ok_or_else(|| format!("`bound` = \"{id}\": there is no such theorem; see `gradsieve theorem list`"))?;
    let mut constants = of_operator_and_method(run);
    let initial = run.initial_iterate();
    of_objective(&mut constants, run, &initial, Minimum::default(), spec);
    match found.bound.largest_step_size(&constants.setting()) {
        Some(Ok(limit)) => Ok(multiplier * limit),
        Some(Err(reason)) => Err(format!("`bound` = \"{id}\": its step size needs more than is known: {reason}")),
        None => Err(format!("`bound` = \"{id}\": the theorem prefers no step size; choose one with a limit")),
    }
}
