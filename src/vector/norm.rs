//! Norms, also where a sum of squares or of magnitudes would leave the range of the numbers.

use super::sum::{dot, sum_of};

/// `‖x‖²`.
#[must_use]
pub fn norm_squared(x: &[f64]) -> f64 {
    dot(x, x)
}

/// `‖x‖₁`.
#[must_use]
pub fn norm_one(x: &[f64]) -> f64 {
    sum_of(x, f64::abs)
}

/// `max |xⱼ|`, zero for the empty vector; NaN entries are ignored.
#[must_use]
pub fn norm_max(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |max, value| value.abs().max(max))
}

/// `‖x‖`, scaled where the squares would leave the range of the numbers.
#[must_use]
pub fn norm(x: &[f64]) -> f64 {
    let (unit, squared) = scaled_norm_squared(x);
    unit * squared.sqrt()
}

/// A unit in which the squares stay in range (1 in all but extreme cases), and `‖x‖²` in that unit.
#[must_use]
pub(crate) fn scaled_norm_squared(x: &[f64]) -> (f64, f64) {
    let total = norm_squared(x);
    if total.is_finite() && total > f64::MIN_POSITIVE / f64::EPSILON {
        return (1.0, total);
    }
    match norm_max(x) {
        0.0 => (1.0, 0.0),
        max => (max, x.iter().map(|v| (v / max) * (v / max)).sum()),
    }
}

/// A unit in which the sum of the magnitudes stays in range: 1, or the largest magnitude where `‖x‖₁` overflows.
#[must_use]
pub(crate) fn unit_of_norm_one(x: &[f64]) -> f64 {
    if norm_one(x).is_finite() { 1.0 } else { norm_max(x) }
}

/// `Σ |xⱼ|/unit` over the coordinates that are not in `left_out` (ascending), without cancellation.
#[must_use]
pub(crate) fn scaled_norm_one(x: &[f64], left_out: &[u32], unit: f64) -> f64 {
    let sum_of = |x: &[f64]| if unit == 1.0 { norm_one(x) } else { x.iter().map(|v| v.abs() / unit).sum() };
    let mut start = 0;
    let mut sum = 0.0;
    for &j in left_out {
        sum += sum_of(&x[start..j as usize]);
        start = j as usize + 1;
    }
    sum + sum_of(&x[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_keep_their_value_where_squares_and_sums_leave_the_range() {
        for exponent in [-1000, -500, 0, 500, 1000] {
            let unit = 2f64.powi(exponent);
            let x = [3.0 * unit, 0.0, -4.0 * unit];
            assert_eq!(norm(&x), 5.0 * unit);
            assert_eq!(scaled_norm_one(&x, &[2], 1.0), 3.0 * unit);
        }
        assert_eq!(norm(&[0.0; 3]), 0.0);
        let x = [f64::MAX, -f64::MAX, 0.5 * f64::MAX];
        let unit = unit_of_norm_one(&x);
        assert_eq!((unit, scaled_norm_one(&x, &[], unit)), (f64::MAX, 2.5));
    }
}
