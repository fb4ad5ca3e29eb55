//! Reads results, tabulates and draws them.
//!
//! Everything here starts from the CSVs of a result folder: it never runs anything, and it knows neither the
//! experiment nor the simulation that wrote them.

use crate::results::error::ResultsError;
use crate::store::StoreError;
use std::path::PathBuf;

pub mod axis;
pub mod benchmark;
pub mod checks;
pub mod draw;
pub mod figure;
pub mod fits;
pub mod number;
pub mod plot;
pub mod png;
pub mod report;
pub mod selectors;
pub mod table;

mod canvas;
mod labels;
mod wrap;

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
