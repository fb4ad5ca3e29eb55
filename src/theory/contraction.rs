//! Rates near 1, and their powers, from what they lack of 1: for small δ and many rounds nothing cancels.

/// `s = √(1 − δ)` and `1 − s`, for 0 ≤ δ ≤ 1.
pub(super) fn root(delta: f64) -> (f64, f64) {
    let root = (1.0 - delta).sqrt();
    (root, delta / (1.0 + root))
}

/// `(1 − lost)^rounds`; a negative `lost` is growth.
pub(super) fn power(lost: f64, rounds: usize) -> f64 {
    // 0 ln 0 is not a number.
    if rounds == 0 { 1.0 } else { (rounds as f64 * (-lost).ln_1p()).exp() }
}
