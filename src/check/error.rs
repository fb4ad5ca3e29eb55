//! Why an experiment could not be checked or reproduced.

use crate::experiment::error::{ExperimentError, SpecError};
use crate::fit::each::FitError;
use crate::results::error::ResultsError;
use crate::store::StoreError;
use std::path::PathBuf;

/// An experiment cannot be checked or reproduced.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// It cannot be planned or run.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    /// Its vectors cannot be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A table cannot be read, or is not that of these runs.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A table cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The results hold another verdict on what a paper says.
    #[error("{} has no such verdict on {experiment}", path.display())]
    Verdict {
        /// The table of verdicts.
        path: PathBuf,
        /// The experiment.
        experiment: String,
    },
    /// Whoever listens to a reproduction failed.
    #[error(transparent)]
    Listener(Box<dyn std::error::Error + Send + Sync>),
}

impl From<SpecError> for CheckError {
    fn from(error: SpecError) -> Self {
        Self::Experiment(error.into())
    }
}
