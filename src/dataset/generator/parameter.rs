//! What all generators do with their parameters: check them, and seed their streams.

use crate::dataset::DatasetError;
use crate::random::{Purpose, Stream, Streams};

/// The numbers of a generator: one stream for each part of the data, so that parts do not shift each other.
pub(super) fn stream(seed: u64, part: u64) -> Stream {
    Streams::new(seed).stream(Purpose::Generation, 0, part)
}

/// An error on a parameter unless `holds`.
pub(super) fn require(
    holds: bool,
    name: &str,
    parameter: &'static str,
    value: impl std::fmt::Display,
    allowed: &str,
) -> Result<(), DatasetError> {
    if holds {
        return Ok(());
    }
    let (name, value, allowed) = (name.to_owned(), value.to_string(), allowed.to_owned());
    Err(DatasetError::Parameter { name, parameter, value, allowed })
}
