//! The widths and parameters of the codes, which both sides derive from what they know.

/// Bits that hold any of 0..=max.
pub(super) fn width(max: u64) -> u32 {
    u64::BITS - max.leading_zeros()
}

/// ⌈log₂ d⌉.
pub(super) fn index_width(dim: usize) -> u32 {
    width((dim as u64).saturating_sub(1))
}

/// ⌈log₂(2s + 1)⌉.
pub(super) fn level_width(n_levels: u32) -> u32 {
    width(2 * u64::from(n_levels))
}

/// ⌈log₂ s⌉.
pub(super) fn magnitude_width(n_levels: u32) -> u32 {
    width(u64::from(n_levels) - 1)
}

/// r with 2ʳ near ln 2 times the mean gap d/n, best for geometric gaps; integer arithmetic, so that both sides agree.
pub(super) fn rice_parameter(dim: usize, n: usize) -> u32 {
    ((dim as u64).saturating_mul(69) / (100 * n.max(1) as u64)).max(1).ilog2()
}

/// Distances from index to index, the first from −1; each is at least 1.
pub(super) fn gaps(indices: impl Iterator<Item = u32>) -> impl Iterator<Item = u64> {
    let mut next = 0;
    indices.map(move |index| {
        let gap = u64::from(index) + 1 - next;
        next = u64::from(index) + 1;
        gap
    })
}

/// `log₂ C(n, k)`: exact to rounding where the binomial fits 128 bits, by log-gamma elsewhere (relative error 1e-14).
pub(super) fn log2_binomial(n: u64, k: u64) -> f64 {
    let k = k.min(n - k);
    let mut binomial = Some(1u128);
    for i in 0..u128::from(k) {
        binomial = binomial.and_then(|b| b.checked_mul(u128::from(n) - i)).map(|b| b / (i + 1));
        if binomial.is_none() {
            break;
        }
    }
    match binomial {
        Some(exact) if exact.is_power_of_two() => f64::from(exact.ilog2()),
        Some(exact) => (exact as f64).log2(),
        None => {
            let ln_factorial = |m: u64| statrs::function::gamma::ln_gamma(m as f64 + 1.0);
            (ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)) / std::f64::consts::LN_2
        }
    }
}
