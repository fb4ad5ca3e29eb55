//! What can be wrong with data and with what was requested of them.

use std::path::PathBuf;

/// Data could not be read, made or prepared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// A file of a catalogued set is in none of the places.
    #[error(
        "data set `{name}`: {file} was not found; looked at {looked}. {remedy}, or name the folder that holds it with \
         --data-dir or GRADSIEVE_DATA"
    )]
    Missing {
        /// The name in the catalogue.
        name: String,
        /// The file that is missing.
        file: String,
        /// All places, joined by commas; or that no folder is known.
        looked: String,
        /// How to get it.
        remedy: String,
    },
    /// A file named by its path is not there.
    #[error("data file {path} was not found; looked at {looked}")]
    NoFile {
        /// The path as written.
        path: String,
        /// All places, joined by commas.
        looked: String,
    },
    /// The system refused to read or write.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A compressed file cannot be decompressed.
    #[error("{file}: corrupt or truncated {format} data: {detail}. Fetch or copy the file again")]
    Corrupt {
        /// The file.
        file: String,
        /// `gzip`, `bzip2` or `xz`.
        format: &'static str,
        /// What the decoder found.
        detail: String,
    },
    /// Text or records break the rules of their format.
    #[error("{file}:{line}:{column}: {problem}")]
    Syntax {
        /// The file.
        file: String,
        /// From 1.
        line: usize,
        /// The byte in the line, from 1; in CSV the field, from 1.
        column: usize,
        /// What was found and what was expected.
        problem: String,
    },
    /// A file as a whole is not what it should be.
    #[error("{file}: {problem}")]
    Content {
        /// The file.
        file: String,
        /// What was found and what was expected.
        problem: String,
    },
    /// A file has other counts than the catalogue.
    #[error(
        "{file}: {what} is {found}, but the catalogue says {expected} for `{name}`: the file is cut or another set. \
         Fetch it again, or read it by its path with {{ name = \"file\", path = … }}"
    )]
    Counts {
        /// The file.
        file: String,
        /// The name in the catalogue.
        name: String,
        /// What was counted.
        what: &'static str,
        /// The count in the file.
        found: usize,
        /// The count in the catalogue.
        expected: usize,
    },
    /// Labels do not fit the task or the stated map.
    #[error("data set `{name}`: {problem}")]
    Labels {
        /// The data set.
        name: String,
        /// What was found and what can be stated.
        problem: String,
    },
    /// A parameter is out of its range.
    #[error("data set `{name}`: {parameter} = {value}, but {allowed}")]
    Parameter {
        /// The data set.
        name: String,
        /// The key.
        parameter: &'static str,
        /// What was written.
        value: String,
        /// The allowed range, a clause.
        allowed: String,
    },
}
