//! The vectors that runs wrote down, fitted as `gradsieve fit FOLDER` does where nothing else is requested.

use super::source::{self, SourceError};
use super::{Fit, FitFailure, fit};
use crate::distribution::{Effort, Location, Questions};
use std::path::Path;

/// Densities k/d for which thresholds are compared.
pub const DENSITIES: [f64; 3] = [0.001, 0.01, 0.1];

/// Vectors cannot be found, read or fitted.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// They cannot be found or read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// One cannot be fitted.
    #[error(transparent)]
    Vector(#[from] FitFailure),
}

/// Fits every vector of a result folder. Families are symmetric about zero, as gradients are.
///
/// # Errors
/// The folder has no vectors, one is not what was written down, or cannot be fitted.
pub fn of_runs(folder: &Path) -> Result<Vec<Fit>, FitError> {
    let questions = Questions { densities: DENSITIES.to_vec(), ..Questions::default() };
    let sources = source::open(folder)?.into_iter();
    sources.map(|source| Ok(fit(source.read()?, Location::Known(0.0), Effort::default(), &questions)?)).collect()
}
