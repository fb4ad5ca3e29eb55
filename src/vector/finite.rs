//! Whether a vector holds NaN or ∞, and where.

use super::float::Float;
use super::kernels;
use super::level::Level;
use super::norm::norm_squared;
use super::sum::lane_sum;

/// A vector holds NaN or ∞.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("coordinate {index} is {value}, not a finite number")]
pub struct NotFinite {
    /// The first such coordinate, from 0.
    pub index: usize,
    /// What it holds.
    pub value: f64,
}

/// Runs one check after the other, up to the first that finds NaN or ∞.
///
/// # Errors
/// There is one; it is returned with its place.
pub(crate) fn first_not_finite(each: impl Iterator<Item = Result<(), NotFinite>>) -> Result<(), (usize, NotFinite)> {
    each.enumerate().try_for_each(|(place, done)| done.map_err(|error| (place, error)))
}

/// Finds the first coordinate that is NaN or infinite.
///
/// # Errors
/// There is one.
pub fn check_finite(x: &[f64]) -> Result<(), NotFinite> {
    // Zero times any finite number is zero; one pass without branches decides the usual case.
    if lane_sum(x.len(), |s| std::array::from_fn(|lane| 0.0 * x[s + lane]), |j| 0.0 * x[j]) == 0.0 {
        return Ok(());
    }
    match x.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((index, &value)) => Err(NotFinite { index, value }),
        None => Ok(()),
    }
}

/// Returns the first entry that is NaN or infinite as an error.
pub(super) fn refuse_not_finite<F: Float>(mut entries: impl Iterator<Item = (u32, F)>) -> Result<(), NotFinite> {
    match entries.find(|(_, value)| !value.is_finite()) {
        Some((j, value)) => Err(NotFinite { index: j as usize, value: value.widen() }),
        None => Ok(()),
    }
}

/// Whether `‖x‖²` is a finite number, in one pass as fast as memory where no coordinate is huge.
#[must_use]
pub(crate) fn has_finite_norm(x: &[f64]) -> bool {
    // The squares of smaller numbers do not add up to more than the largest number in any memory; NaN reaches every
    // threshold.
    const HARMLESS: f64 = 1e140;
    kernels::count(Level::default(), x, [HARMLESS]) == [0] || norm_squared(x).is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_coordinate_that_is_not_finite_is_named() {
        let mut x = vec![1.0; 19];
        assert_eq!(check_finite(&x), Ok(()));
        x[17] = f64::INFINITY;
        assert_eq!(check_finite(&x), Err(NotFinite { index: 17, value: f64::INFINITY }));
    }
}
