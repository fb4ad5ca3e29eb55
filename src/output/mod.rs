//! Reads results, tabulates and draws them.
//!
//! Everything here starts from the CSVs of a result folder: it never runs anything, and it knows neither the
//! experiment nor the simulation that wrote them.

use crate::results::error::ResultsError;
use crate::store::StoreError;
use std::path::PathBuf;

pub mod number;
pub mod table;

mod wrap;

#[cfg(feature = "report")]
pub mod axis;
#[cfg(feature = "report")]
mod benchmark;
#[cfg(feature = "report")]
mod canvas;
#[cfg(feature = "report")]
mod checks;
#[cfg(feature = "report")]
pub mod draw;
#[cfg(feature = "report")]
pub mod figure;
#[cfg(feature = "report")]
pub(crate) mod fits;
#[cfg(feature = "report")]
mod labels;
#[cfg(feature = "report")]
#[doc(hidden)]
pub mod plot;
#[cfg(feature = "report")]
mod png;
#[cfg(feature = "report")]
pub mod report;
#[cfg(feature = "report")]
mod selectors;

/// Why results could not be read or drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// A file cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A table is not what it should be.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A folder has none of the tables that make it one of results.
    #[error(
        "no results in `{path}`: neither it nor a folder below it has one of {expected}; `gradsieve run`, `check` and \
         `fit` write them",
        path = path.display()
    )]
    NoResults {
        /// The folder.
        path: PathBuf,
        /// The tables that are looked for.
        expected: String,
    },
    /// A figure cannot be drawn as it is described.
    #[error("cannot draw the figure `{figure}`: {problem}")]
    Drawing {
        /// Its title or file.
        figure: String,
        /// What is wrong.
        problem: String,
    },
}
