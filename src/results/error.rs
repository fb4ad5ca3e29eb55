//! What can be wrong with the tables of a result folder.

use crate::store::StoreError;
use std::path::PathBuf;

/// A result folder cannot be read or written, or does not hold what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultsError {
    /// A file cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A table is not what was written there: uneven rows, a repeated column, no header, bytes that are not UTF-8.
    #[error("{}:{line}: {problem}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Its line, counted from 1.
        line: u64,
        /// What is wrong there.
        problem: String,
    },
    /// A column is requested that the table lacks.
    #[error("{path}:1: no column `{column}`{requested_by}; {remedy}", path = path.display())]
    MissingColumn {
        /// The file.
        path: PathBuf,
        /// The name that was requested.
        column: String,
        /// Who requests it: empty, or ` (requested by …)`.
        requested_by: String,
        /// The nearest name, or all names.
        remedy: String,
    },
    /// A cell does not hold what its column holds.
    #[error("{path}:{line}: column `{column}`: `{value}` is not a {expected}", path = path.display())]
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
    /// A table was made of other runs than those in the folder.
    #[error(
        "{} is of other runs than rounds.csv: `gradsieve check` with the experiment, or `gradsieve fit` for fits, makes \
         it again",
        .0.display()
    )]
    Outdated(PathBuf),
    /// There is no table to compare the runs with.
    #[error("{} is not there, so that there is nothing to compare with: run the experiment first", .0.display())]
    NothingKept(PathBuf),
    /// The runs are not those whose tables are in the folder.
    #[error(
        "{} holds other numbers than these runs give: other code or other data wrote it. Run the experiment again with \
         gradsieve run, or check its file into another folder with --out",
        .0.display()
    )]
    NotReproduced(PathBuf),
}
