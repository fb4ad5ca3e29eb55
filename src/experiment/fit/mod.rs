//! What gradients look like: vectors of any origin described, and fitted by every family.

use crate::distribution::{Choice, Description, Effort, Location, Questions, Sample, SampleError, Survey};

pub mod tables;
mod verdict;

/// A vector with its name.
#[derive(Debug, Clone)]
pub struct Vector {
    /// Where it was taken: a run, its seed and a worker. Empty for files of tensors.
    pub group: String,
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
    /// Where it was taken.
    pub group: String,
    /// Of the tensor.
    pub name: String,
    /// The step.
    pub step: Option<u64>,
    /// All families, the best first.
    pub choice: Choice,
    /// The vector without any model, and the nearest families beside it.
    pub survey: Survey,
}

/// A vector cannot be described or fitted.
#[derive(Debug, thiserror::Error)]
#[error("{name}{}: {source}", step.map(|step| format!(", step {step}")).unwrap_or_default())]
pub struct FitFailure {
    name: String,
    step: Option<u64>,
    source: SampleError,
}

/// Fits every family, with exact zeros as a point mass.
///
/// # Errors
/// The vector is empty, constant, all zero, or holds NaN or ∞.
pub fn fit(vector: Vector, location: Location, effort: Effort, questions: &Questions) -> Result<Fit, FitFailure> {
    let Vector { group, name, step, values } = vector;
    let failed = |source| FitFailure { name: name.clone(), step, source };
    let choice = {
        let sample = Sample::new(&values).map_err(failed)?;
        Choice::of(&sample, location, effort)
    };
    let description = Description::of(values).map_err(failed)?;
    let survey = Survey::of(&description, &choice, questions);
    Ok(Fit { group, name, step, choice, survey })
}
