//! The promises of compressors, objectives and methods, as functions for the tests of whoever writes one.
//!
//! ```
//! use gradsieve::{compressor::TopK, conformance};
//! conformance::compressor(&TopK { k: 5.into() })?;
//! # Ok::<(), conformance::Violations>(())
//! ```
//!
//! The tests of this crate call the same functions for every member. A violation is a fact about the member; what a
//! suite cannot see, such as a wrong formula that keeps all promises, is left to a naive twin in the owner's tests.

use std::fmt;

pub mod compressor;
pub mod method;
pub mod objective;

pub use compressor::conforms as compressor;
pub use method::conforms as method;
pub use objective::conforms as objective;

/// Promises that a member breaks, one sentence each.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Violations(Vec<String>);

impl Violations {
    /// The sentences.
    #[must_use]
    pub fn sentences(&self) -> &[String] {
        &self.0
    }

    /// Notes a promise unless it holds.
    fn require(&mut self, holds: bool, sentence: impl FnOnce() -> String) {
        if !holds {
            self.0.push(sentence());
        }
    }

    /// Adds those of a part of a suite, each with where it was found.
    fn collect(&mut self, place: &str, part: Result<(), Self>) {
        if let Err(found) = part {
            self.0.extend(found.0.into_iter().map(|sentence| format!("{place}: {sentence}")));
        }
    }

    fn result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    fn one(sentence: impl Into<String>) -> Self {
        Self(vec![sentence.into()])
    }
}

/// Sentences that are printed; a broken operator breaks the same promise on every vector.
const PRINTED: usize = 20;

impl fmt::Display for Violations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} broken promises", self.0.len())?;
        for sentence in self.0.iter().take(PRINTED) {
            write!(formatter, "\n  {sentence}")?;
        }
        match self.0.len().saturating_sub(PRINTED) {
            0 => Ok(()),
            more => write!(formatter, "\n  and {more} more"),
        }
    }
}

/// As it is displayed: a test that returns it prints it so.
impl fmt::Debug for Violations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for Violations {}

/// A sample mean and its standard error.
#[must_use]
pub fn mean_and_error(samples: &[f64]) -> (f64, f64) {
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    let variance = samples.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}
