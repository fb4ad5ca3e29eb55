//! Rows that are square images.

use crate::objective::ObjectiveError;

/// Channels and side of the square image that a row of `n_features` numbers is.
pub(super) fn image_shape(n_features: usize) -> Option<(usize, usize)> {
    let side = |n: usize| Some(n.isqrt()).filter(|side| side * side == n && n > 0);
    side(n_features).map(|side| (1, side)).or_else(|| {
        let side = n_features.is_multiple_of(3).then(|| side(n_features / 3))??;
        Some((3, side))
    })
}

/// Refuses rows that are not square images of at least `least` pixels a side.
pub(in crate::objective) fn check_image(
    objective: &'static str,
    n_features: usize,
    least: usize,
) -> Result<(), ObjectiveError> {
    let holds = image_shape(n_features).is_some_and(|(_, side)| side >= least);
    let allowed = "a square s² of one channel or 3 s² of three, s at least the smallest image of this network; an \
                   intercept is not a pixel";
    ObjectiveError::check(objective, "number of features", n_features as f64, allowed, holds)
}
