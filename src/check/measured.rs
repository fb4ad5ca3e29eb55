//! The constants and sequences that are measured along a run.

use super::application::lyapunov;
use crate::experiment::constants::Constants;
use crate::experiment::planned::PlannedRun;
use crate::method::step_size::Schedule;
use crate::simulation::{Moments, Series, Trail};
use crate::theory::Origin::{Measured, Proved};
use crate::theory::{Quantity as Q, Sequence, Setting};

/// Quantities that [`of_trail`] measures by conditional moments.
pub(super) const OF_MOMENTS: &[Q] = &[
    Q::NoiseVariance,
    Q::MeanNoiseVariance,
    Q::GradientSecondMoment,
    Q::MeanGradientSecondMoment,
    Q::Heterogeneity,
    Q::InitialMomentumError,
    Q::InitialWorkerMomentumError,
];

/// The constants that are seen in a run. What is known stays.
pub(super) fn of_trail(constants: &mut Constants, trail: &Trail) {
    let moments = trail.moments();
    let mut measured = Vec::new();
    let mut largest = |quantity, of: fn(&Moments) -> f64, how| {
        measured.push((quantity, moments.iter().map(of).reduce(f64::max), how));
    };
    let everywhere = "the largest over recorded iterates, over all rows";
    largest(Q::NoiseVariance, |at| at.noise_max, everywhere);
    largest(Q::MeanNoiseVariance, Moments::noise_of_mean, everywhere);
    largest(Q::GradientSecondMoment, Moments::second_moment, everywhere);
    largest(Q::MeanGradientSecondMoment, Moments::second_moment_of_mean, everywhere);
    largest(Q::Heterogeneity, |at| at.heterogeneity, everywhere);
    let first = moments.first();
    measured.push((Q::InitialMomentumError, first.map(Moments::noise_of_mean), "at x_0, over all rows"));
    measured.push((Q::InitialWorkerMomentumError, first.map(|at| at.noise_mean), "at x_0, over all rows"));
    let steps = trail.values(Series::VirtualStep);
    let ratios = steps.filter_map(|(t, step)| {
        let mismatch = trail.at(Series::SelectionMismatch, t)?;
        // 0/0 satisfies Assumption 1 with ξ = 0.
        Some(if mismatch == 0.0 { 0.0 } else { mismatch / step })
    });
    measured.push((Q::Xi, ratios.reduce(f64::max), "the largest of all rounds"));
    let error = trail.at(Series::CompressionError, 0);
    measured.push((Q::InitialEstimateError, error, "the first round"));
    measured.push((Q::InitialCompressionError, error, "the first round"));
    let start = lyapunov(trail, 0, &constants.setting());
    measured.push((Q::InitialLyapunov, start, "the first iterate"));
    for (quantity, value, how) in measured {
        if constants.get(quantity).is_none() {
            constants.add_if(quantity, value, Measured, how);
        }
    }
}

/// The constants with the sequences of a run, up to its last round.
pub(super) fn with_sequences(constants: &Constants, run: &PlannedRun, trail: &Trail) -> Setting {
    let steps = (1..=run.spec.rounds).map(|round| run.step_size.step_size(round, run.spec.rounds)).collect();
    let setting = constants.setting().with_sequence(Sequence::StepSizes, steps, Proved);
    [
        (Sequence::VirtualSteps, Series::VirtualStep),
        (Sequence::SelectionMismatches, Series::SelectionMismatch),
        (Sequence::ScaledGradientNorms, Series::ScaledGradientNorm),
        (Sequence::StepsSquared, Series::StepSquared),
        (Sequence::Improvements, Series::Kept),
    ]
    .into_iter()
    .fold(setting, |setting, (sequence, series)| {
        let entries = trail.from_start(series);
        if entries.is_empty() { setting } else { setting.with_sequence(sequence, entries, Measured) }
    })
}

/// The series behind the constants and sequences that a theorem needs.
pub(super) fn series_for(needs: &[Q], sequences: &[Sequence]) -> Vec<Series> {
    let of_quantity = |quantity: &Q| -> &[Series] {
        match quantity {
            Q::Xi => &[Series::VirtualStep, Series::SelectionMismatch],
            Q::InitialEstimateError | Q::InitialCompressionError => &[Series::CompressionError],
            Q::Improvement => &[Series::Kept],
            Q::GradientNormSquared => &[Series::GradientNormSquared],
            _ => &[],
        }
    };
    let of_sequence = |sequence: &Sequence| -> &[Series] {
        match sequence {
            Sequence::VirtualSteps => &[Series::VirtualStep],
            Sequence::SelectionMismatches => &[Series::SelectionMismatch],
            Sequence::ScaledGradientNorms => &[Series::ScaledGradientNorm],
            Sequence::StepsSquared => &[Series::StepSquared],
            Sequence::Improvements => &[Series::Kept],
            Sequence::Vector | Sequence::StepSizes => &[],
        }
    };
    needs.iter().flat_map(of_quantity).chain(sequences.iter().flat_map(of_sequence)).copied().collect()
}
