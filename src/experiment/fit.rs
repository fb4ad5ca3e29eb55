//! What gradients look like: vectors of any origin described, and fitted by every family.

use super::ExperimentError;
use super::results::{cell, number};
use super::store;
use crate::distribution::{
    Choice, Description, DistributionError, Effort, Location, Sample, SampleError, compare_energy, quantile_pairs,
};
use std::io::{self, Write};
use std::path::Path;

/// A vector with its name.
#[derive(Debug, Clone)]
pub struct Vector {
    /// Of the tensor.
    pub name: String,
    /// The step of the training or the round of the run, where it is known.
    pub step: Option<u64>,
    /// The numbers.
    pub values: Vec<f64>,
}

/// What was found of one vector.
#[derive(Debug)]
pub struct Fit {
    /// Of the tensor.
    pub name: String,
    /// The step.
    pub step: Option<u64>,
    /// The vector without any model.
    pub description: Description,
    /// All families, the best first.
    pub choice: Choice,
}

/// A vector cannot be described or fitted.
#[derive(Debug, thiserror::Error)]
#[error("{name}{}: {source}", step.map(|step| format!(", step {step}")).unwrap_or_default())]
pub struct FitFailure {
    name: String,
    step: Option<u64>,
    source: SampleError,
}

/// Fits every family, symmetric about zero, with exact zeros as a point mass.
///
/// # Errors
/// The vector is empty, constant, all zero, or holds NaN or ∞.
pub fn fit(vector: Vector, effort: Effort) -> Result<Fit, FitFailure> {
    let Vector { name, step, values } = vector;
    let failed = |source| FitFailure { name: name.clone(), step, source };
    let choice = {
        let sample = Sample::new(&values).map_err(failed)?;
        Choice::of(&sample, Location::Known(0.0), effort)
    };
    let description = Description::of(values).map_err(failed)?;
    Ok(Fit { name, step, description, choice })
}

/// The κ of `energy.csv`: ten per decade from one coordinate to all, and those that are asked for.
fn kappas(n: usize, asked_for: &[f64]) -> Vec<f64> {
    let decades = (n as f64).log10();
    let grid = (0..=(10.0 * decades).ceil() as u32).map(|i| 10f64.powf(f64::from(i) / 10.0 - decades).min(1.0));
    let mut kappas: Vec<f64> = grid.chain(asked_for.iter().copied()).collect();
    kappas.sort_by(f64::total_cmp);
    kappas.dedup();
    kappas
}

/// Writes `fits.csv`, `descriptions.csv`, `energy.csv` and `quantiles.csv`.
///
/// # Errors
/// The file system refuses.
pub fn write(folder: &Path, fits: &[Fit], densities: &[f64]) -> Result<(), ExperimentError> {
    store::write(&folder.join("fits.csv"), |out| write_fits(fits, out))?;
    store::write(&folder.join("descriptions.csv"), |out| descriptions(fits, out))?;
    store::write(&folder.join("energy.csv"), |out| energy(fits, densities, out))?;
    store::write(&folder.join("quantiles.csv"), |out| quantiles(fits, out))
}

impl Fit {
    fn keys(&self) -> [String; 2] {
        [self.name.clone(), self.step.map(|step| step.to_string()).unwrap_or_default()]
    }
}

fn write_fits(fits: &[Fit], out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "tensor",
        "step",
        "rank",
        "family",
        "parameters",
        "log_likelihood",
        "aic",
        "bic",
        "deviation",
        "kolmogorov_smirnov",
        "kolmogorov_smirnov_p",
        "anderson_darling",
        "anderson_darling_p",
        "reason",
    ])?;
    for fit in fits {
        let Choice { attempts, tests, deviations, .. } = &fit.choice;
        for (rank, ((attempt, test), deviation)) in attempts.iter().zip(tests).zip(deviations).enumerate() {
            let mut row = fit.keys().to_vec();
            row.extend([(rank + 1).to_string(), attempt.family.about().name.to_owned()]);
            match &attempt.result {
                Ok(fitted) => {
                    let parameter = |parameter: &crate::distribution::Parameter| {
                        let error = parameter.standard_error.map(|error| format!(" ± {}", number(error)));
                        format!("{} = {}{}", parameter.name, number(parameter.value), error.unwrap_or_default())
                    };
                    let parameters: Vec<String> = fitted.parameters.iter().map(parameter).collect();
                    row.push(parameters.join("; "));
                    row.extend([fitted.log_likelihood, fitted.aic(), fitted.bic()].map(number));
                    row.push(cell(*deviation));
                    let darling = test.and_then(|test| test.anderson_darling);
                    row.push(cell(test.map(|test| test.kolmogorov_smirnov.value)));
                    row.push(cell(test.map(|test| test.kolmogorov_smirnov.p_value)));
                    row.push(cell(darling.map(|darling| darling.value)));
                    row.push(cell(darling.map(|darling| darling.p_value)));
                    row.push(String::new());
                }
                Err(reason) => {
                    row.extend(std::iter::repeat_n(String::new(), 9));
                    row.push(reason.to_string());
                }
            }
            csv.write_record(row)?;
        }
    }
    csv.flush()
}

fn descriptions(fits: &[Fit], out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "tensor",
        "step",
        "n",
        "zero_part",
        "mean",
        "standard_deviation",
        "skewness",
        "kurtosis",
        "kurtosis_lower",
        "kurtosis_upper",
        "gini",
        "tail_hill",
        "tail_moment",
        "tail_moment_error",
        "square_bound_holds",
        "square_bound_worst",
        "cube_bound_holds",
        "cube_bound_worst",
        "k_for_half",
        "k_for_tenth",
        "k_for_hundredth",
    ])?;
    for fit in fits {
        let d = &fit.description;
        let moments = d.moments();
        let tail = d.tail_index(fit.tail_size());
        let [square, cube] = [d.power_bound(2), d.power_bound(3)];
        let mut row = fit.keys().to_vec();
        row.push(d.n().to_string());
        row.extend([d.zero_part(), moments.mean.value, moments.variance.value.sqrt()].map(number));
        row.extend([moments.skewness.value, moments.kurtosis.value].map(number));
        row.extend([moments.kurtosis.interval.0, moments.kurtosis.interval.1, d.gini()].map(number));
        row.extend([tail.map(|t| t.hill), tail.map(|t| t.moment), tail.map(|t| t.moment_standard_error)].map(cell));
        for bound in [square, cube] {
            row.extend([bound.holds.to_string(), number(bound.worst.1)]);
        }
        row.extend([0.5, 0.1, 0.01].map(|left| d.k_for(left).map(|k| k.to_string()).unwrap_or_default()));
        csv.write_record(row)?;
    }
    csv.flush()
}

fn energy(fits: &[Fit], densities: &[f64], out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "tensor",
        "step",
        "kappa",
        "k",
        "observed",
        "linear",
        "square",
        "cube",
        "family",
        "predicted",
        "threshold_observed",
        "threshold_predicted",
        "kept_ratio",
    ])?;
    for fit in fits {
        let kappas = kappas(fit.description.n(), densities);
        let predicted = fit.predictions(&kappas).ok();
        for (index, kappa) in kappas.iter().enumerate() {
            let k = ((kappa * fit.description.n() as f64).round() as usize).clamp(1, fit.description.n());
            let left = 1.0 - k as f64 / fit.description.n() as f64;
            let mut row = fit.keys().to_vec();
            row.extend([number(*kappa), k.to_string(), number(fit.description.energy_ratio(k))]);
            row.extend([left, left.powi(2), left.powi(3)].map(number));
            let own = predicted.as_ref().map(|(name, predictions)| (name, &predictions[index]));
            row.push(own.map(|(name, _)| (*name).to_owned()).unwrap_or_default());
            row.push(cell(own.map(|(_, own)| own.predicted)));
            row.push(number(fit.description.threshold(k)));
            row.push(cell(own.map(|(_, own)| own.threshold_predicted)));
            row.push(cell(own.map(|(_, own)| own.kept_ratio)));
            csv.write_record(row)?;
        }
    }
    csv.flush()
}

fn quantiles(fits: &[Fit], out: &mut dyn Write) -> io::Result<()> {
    const POINTS: usize = 200;
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["tensor", "step", "family", "predicted", "observed"])?;
    for fit in fits {
        for attempt in fit.choice.attempts.iter().take(3) {
            let Ok(fitted) = &attempt.result else { continue };
            for (predicted, observed) in quantile_pairs(&fitted.distribution, &fit.description, POINTS) {
                let [tensor, step] = fit.keys();
                let family = attempt.family.about().name;
                csv.write_record([&tensor, &step, family, &number(predicted), &number(observed)])?;
            }
        }
    }
    csv.flush()
}

impl Fit {
    /// How many of the largest magnitudes tell the tail: a hundredth, at least ten.
    #[must_use]
    pub fn tail_size(&self) -> usize {
        (self.description.n() / 100).max(10)
    }

    /// The family that is nearest by AIC among those whose second moment is finite, and what it predicts at each κ.
    ///
    /// # Errors
    /// There is no such family.
    pub fn predictions(
        &self,
        kappas: &[f64],
    ) -> Result<(&'static str, Vec<crate::distribution::Comparison>), Option<DistributionError>> {
        let mut failure = None;
        for attempt in &self.choice.attempts {
            let Ok(fitted) = &attempt.result else { continue };
            match compare_energy(&fitted.distribution, &self.description, kappas) {
                Ok(predictions) => return Ok((attempt.family.about().name, predictions)),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure)
    }
}
