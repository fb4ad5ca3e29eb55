//! Many vectors, each fitted by itself: one that cannot be fitted costs its own row.

use super::source::{SourceError, Sources};
use super::{Fits, fit};
use crate::distribution::{Effort, Location, Questions};
use crate::tensor::PassedOver;

/// Vectors cannot be found, read or fitted.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// They cannot be found or read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// None can be fitted.
    #[error("{first}{}", if *n > 1 { format!("\nnone of the {n} tensors can be fitted") } else { String::new() })]
    NoneFitted {
        /// The first one, and why.
        first: Box<PassedOver>,
        /// How many there are.
        n: usize,
    },
}

/// Fits every source; `began` is called with the name of each.
///
/// # Errors
/// A file cannot be read, or no vector can be fitted.
pub fn fit_each(
    sources: Sources,
    location: Location,
    effort: Effort,
    questions: &Questions,
    mut began: impl FnMut(&str),
) -> Result<Fits, FitError> {
    let mut fits = Fits { fitted: Vec::new(), passed_over: sources.passed_over };
    for source in sources.sources {
        began(&source.name);
        match source.read()?.and_then(|vector| fit(vector, location, effort, questions)) {
            Ok(fit) => fits.fitted.push(fit),
            Err(passed) => fits.passed_over.push(*passed),
        }
    }
    match fits.passed_over.first() {
        Some(first) if fits.fitted.is_empty() => {
            Err(FitError::NoneFitted { first: Box::new(first.clone()), n: fits.passed_over.len() })
        }
        _ => Ok(fits),
    }
}
