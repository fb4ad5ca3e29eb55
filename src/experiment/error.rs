//! What can be wrong with an experiment.

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
    pub help: Option<String>,
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
    /// f* cannot be computed, though a metric asks for it.
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
