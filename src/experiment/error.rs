//! What can be wrong with an experiment.

use crate::dataset::DatasetError;
use crate::objective::ObjectiveError;
use crate::results::error::ResultsError;
use crate::store::StoreError;
use std::path::PathBuf;

/// A mistake in an experiment file: where it is, what was found, and what would be right.
#[derive(Debug, Clone, PartialEq)]
pub struct SpecError {
    /// The file.
    pub path: PathBuf,
    /// Line and column, from 1, where they are known.
    pub place: Option<(usize, usize)>,
    /// What is wrong.
    pub message: String,
    /// The offending line with a mark below it; empty where the place is unknown.
    pub excerpt: String,
    /// What to do.
    pub help: Option<Box<str>>,
    /// What is not available, where that is all that is wrong.
    pub unavailable: Option<Box<Unavailable>>,
}

/// What an experiment needs and is not available: not a mistake in its file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// A data set that has to be fetched.
    #[error("data set `{name}`: {file} was not found")]
    Data {
        /// The name in the catalogue.
        name: String,
        /// The first file that is missing.
        file: String,
    },
    /// A cargo feature that the program was built without.
    #[error("objective `{objective}` is a neural network, and this program was built without them")]
    Feature {
        /// The feature.
        feature: &'static str,
        /// The objective that needs it.
        objective: &'static str,
    },
}

impl Unavailable {
    /// What is missing, if a data set could not be loaded since it is missing.
    pub(super) fn of_data(error: &DatasetError) -> Option<Self> {
        match error {
            DatasetError::Missing { name, file, .. } => Some(Self::Data { name: name.clone(), file: file.clone() }),
            _ => None,
        }
    }

    /// What is missing, if an objective could not be built since the program was built without it.
    pub(super) fn of_objective(error: &ObjectiveError) -> Option<Self> {
        match error {
            ObjectiveError::NeuralMissing { objective } => Some(Self::Feature { feature: "neural", objective }),
            _ => None,
        }
    }
}

impl std::fmt::Display for SpecError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.path.display())?;
        if let Some((line, column)) = self.place {
            write!(formatter, ":{line}:{column}")?;
        }
        write!(formatter, ": {}", self.message)?;
        if !self.excerpt.is_empty() {
            write!(formatter, "\n{}", self.excerpt)?;
        }
        match &self.help {
            Some(help) => write!(formatter, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SpecError {}

/// An experiment cannot be read, planned or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// The experiment file is wrong at a place.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The file system refuses, or another process writes to the result folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The result folder does not hold what it should.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// f* cannot be computed, though a metric needs it.
    #[error("cannot compute the minimum that `suboptimality` and `distance_squared` compare with: {0}")]
    Minimum(String),
    /// No run is left after filtering.
    #[error("no run of the plan matches --filter {filter}: the varying keys are {keys}")]
    NothingMatches {
        /// The filter.
        filter: String,
        /// What could be filtered by.
        keys: String,
    },
}

impl ExperimentError {
    /// What is not available, where that is all that is wrong.
    #[must_use]
    pub fn unavailable(&self) -> Option<&Unavailable> {
        match self {
            Self::Spec(error) => error.unavailable.as_deref(),
            _ => None,
        }
    }
}
