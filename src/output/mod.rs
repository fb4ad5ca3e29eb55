//! Reads results, tabulates and draws them.
//!
//! Everything here starts from the CSVs of a result folder: it never runs anything, and it knows neither the
//! experiment nor the simulation that wrote them.

use std::io;
use std::path::{Path, PathBuf};

pub mod benchmark;
pub mod checks;
pub mod figure;
pub mod fits;
pub mod number;
pub mod plot;
pub mod png;
pub mod report;
pub mod results;
pub mod selectors;
pub mod table;

pub(crate) mod axis;
mod canvas;
mod labels;
mod wrap;

/// Why results could not be read or drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// A file or folder cannot be read or written.
    #[error("cannot {action} `{path}`: {source}", path = path.display())]
    Io {
        /// What was tried: `read`, `write`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is no well-formed CSV: uneven rows, a repeated column, no header, bytes that are no UTF-8.
    #[error("{path}:{line}: {problem}", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Its line, counted from 1.
        line: u64,
        /// What is wrong there.
        problem: String,
    },
    /// A column is asked for that the file lacks.
    #[error("{path}:1: no column `{column}`{asked_by}; {remedy}", path = path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The name asked for.
        column: String,
        /// Who asks: empty, or ` (asked for by …)`.
        asked_by: String,
        /// The nearest name, or all names.
        remedy: String,
    },
    /// A cell does not hold what its column holds.
    #[error("{path}:{line}: column `{column}`: `{value}` is no {expected}", path = path.display())]
    Cell {
        /// The file.
        path: PathBuf,
        /// Its line, counted from 1.
        line: u64,
        /// The column.
        column: String,
        /// The text of the cell.
        value: String,
        /// What is allowed.
        expected: String,
    },
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

/// Writes a file whole or not at all: to a temporary name in the same folder, then renamed.
///
/// # Errors
/// [`OutputError::Io`] when the folder cannot be written; the temporary file is removed.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}.partial", std::process::id()));
    std::fs::write(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, path)).map_err(|source| {
        // The first error is the one to report; a temporary file that was never made cannot be removed.
        let _ = std::fs::remove_file(&temporary);
        OutputError::Io { action: "write", path: path.to_owned(), source }
    })
}
