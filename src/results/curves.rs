//! The columns of `curves.csv`: what a run measured of its vectors for every k, what follows from that, and the bounds of
//! theorems beside it.

use crate::record::CurvePoint;

/// A column: its name, its meaning, and its value.
pub type Column = (&'static str, &'static str, fn(&CurvePoint) -> f64);

/// The columns of `curves.csv` after `k`; p is the vector, |p|₍ₖ₎ its k-th largest magnitude.
pub const COLUMNS: [Column; 15] = [
    ("kappa", "k/d", kappa),
    ("magnitude_squared", "(|p|₍ₖ₎/‖p‖∞)², π² of Shi et al.", |point| point.magnitude_squared),
    ("fraction_left", "‖p − TopK(p)‖²/‖p‖²", |point| point.fraction_left),
    ("relative_error", "‖p − TopK(p)‖/‖p‖", |point| point.fraction_left.sqrt()),
    ("linear", "1 − k/d", |point| 1.0 - kappa(point)),
    ("square", "(1 − k/d)²", |point| (1.0 - kappa(point)).powi(2)),
    ("cube", "(1 − k/d)³", |point| (1.0 - kappa(point)).powi(3)),
    ("alpha", "‖TopK(p)‖²/‖p‖², the improvement of sparsification", CurvePoint::alpha),
    ("beta", "‖TopK(p)‖₁²/(k‖p‖²), that of sparsification with signs", |point| point.beta),
    ("omega", "‖p‖²/E‖Q(p)‖², that of stochastic sparsification with k expected entries", |point| {
        point.omega
    }),
    ("seconds", "simulated seconds of the message from one worker, by the network of the run", |point| point.seconds),
    ("seconds_with_signs", "the same of k signs with one magnitude", |point| point.seconds_with_signs),
    ("efficiency", "alpha / seconds", |point| point.alpha() / point.seconds),
    ("efficiency_with_signs", "beta / seconds_with_signs", |point| point.beta / point.seconds_with_signs),
    ("efficiency_stochastic", "omega / seconds", |point| point.omega / point.seconds),
];

/// The value of a column; `None` where there is no such column.
#[must_use]
pub fn value(point: &CurvePoint, column: &str) -> Option<f64> {
    COLUMNS.iter().find(|(name, ..)| *name == column).map(|(.., value)| value(point))
}

fn kappa(point: &CurvePoint) -> f64 {
    point.k as f64 / point.dim as f64
}

/// A point as it is stored: round, k, d, and the bits of what was measured.
pub(crate) type Stored = (u64, u64, u64, [u64; 6]);

/// The point with its numbers as their bits.
pub(crate) fn to_bits(point: &CurvePoint) -> Stored {
    let CurvePoint { round, k, dim, magnitude_squared, fraction_left, beta, omega, seconds, seconds_with_signs } =
        *point;
    let measured = [magnitude_squared, fraction_left, beta, omega, seconds, seconds_with_signs];
    (round, k, dim, measured.map(f64::to_bits))
}

/// What [`to_bits`] was given.
pub(crate) fn from_bits((round, k, dim, bits): Stored) -> CurvePoint {
    let [magnitude_squared, fraction_left, beta, omega, seconds, seconds_with_signs] = bits.map(f64::from_bits);
    CurvePoint { round, k, dim, magnitude_squared, fraction_left, beta, omega, seconds, seconds_with_signs }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_what_their_meanings_say() {
        let point = from_bits((3, 9, 10, [0.5, 0.25, 0.125, 0.0625, 2.0, 4.0].map(f64::to_bits)));
        let expected = [0.9, 0.5, 0.25, 0.5, 0.1, 0.01, 0.001, 0.75, 0.125, 0.0625, 2.0, 4.0, 0.375, 0.03125, 0.03125];
        for ((name, _, value), expected) in COLUMNS.iter().zip(expected) {
            assert!((value(&point) - expected).abs() < 1e-15, "{name}: {}", value(&point));
        }
        assert_eq!(from_bits(to_bits(&point)), point);
    }
}
