//! What can be wrong with a file of tensors.

use std::path::{Path, PathBuf};

/// Tensors could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TensorError {
    /// The system refused to read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A name, a header or values are not what the format demands, or not what can be used.
    #[error("{}: {place}: {found}; {remedy}", path.display())]
    Content {
        /// The file or folder.
        path: PathBuf,
        /// Where in the file: the header, a member, a line.
        place: String,
        /// What was found and what was expected.
        found: String,
        /// What to do.
        remedy: String,
    },
}

/// What to do about a damaged file.
pub(super) const COPY_AGAIN: &str = "copy or write the file again";

/// What to do about elements that are not floating-point numbers.
pub(super) const CONVERT: &str = "convert them to 32-bit floating-point numbers before writing";

impl TensorError {
    pub(super) fn content(
        path: &Path,
        place: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Content { path: path.to_owned(), place: place.into(), found: found.into(), remedy: remedy.into() }
    }

    /// A failure of the system, or of a decoder that reports like one.
    pub(super) fn reading(path: &Path, place: &str, source: std::io::Error) -> Self {
        use std::io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
        match source.kind() {
            UnexpectedEof => Self::content(path, place, "the file ends before its values do", COPY_AGAIN),
            InvalidData | InvalidInput => Self::content(path, place, source.to_string(), COPY_AGAIN),
            _ => Self::Io { path: path.to_owned(), source },
        }
    }
}
