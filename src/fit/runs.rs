//! The vectors that runs wrote down, fitted as `gradsieve fit FOLDER` does where nothing else is requested.

use super::Fits;
use super::each::{FitError, fit_each};
use super::source;
use crate::distribution::{Effort, Location, Questions};
use std::path::Path;

/// Densities k/d for which thresholds are compared.
pub const DENSITIES: [f64; 3] = [0.001, 0.01, 0.1];

/// Fits every vector of a result folder. Families are symmetric about zero, as gradients are.
///
/// # Errors
/// The folder has no vectors, one is not what was written down, or none can be fitted.
pub fn of_runs(folder: &Path) -> Result<Fits, FitError> {
    let questions = Questions { densities: DENSITIES.to_vec(), ..Questions::default() };
    fit_each(source::open(folder)?, Location::Known(0.0), Effort::default(), &questions, |_| ())
}
