//! Sums over entries, in a fixed order: eight interleaved partial sums, added pairwise at the end.
//!
//! That is the order in which a vector unit computes without reassociation, so the loops are fast and their bits are
//! the same on every machine.

const LANES: usize = 8;

/// Sums `term(j)` over eight interleaved lanes, then the lanes pairwise.
#[inline]
pub(super) fn lane_sum(len: usize, chunk: impl Fn(usize) -> [f64; LANES], term: impl Fn(usize) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let whole = len - len % LANES;
    for start in (0..whole).step_by(LANES) {
        let values = chunk(start);
        for (lane, value) in lanes.iter_mut().zip(values) {
            *lane += value;
        }
    }
    for j in whole..len {
        lanes[j - whole] += term(j);
    }
    ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
}

/// `⟨x, y⟩`, both of length d.
///
/// # Panics
/// The lengths differ.
#[must_use]
pub fn dot(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(x.len(), y.len(), "dot: lengths differ");
    lane_sum(
        x.len(),
        |start| {
            let (x, y) = (&x[start..start + LANES], &y[start..start + LANES]);
            std::array::from_fn(|lane| x[lane] * y[lane])
        },
        |j| x[j] * y[j],
    )
}

/// `Σ xⱼ`.
#[must_use]
pub fn sum(x: &[f64]) -> f64 {
    sum_of(x, |v| v)
}

/// `Σ f(xⱼ)`.
#[must_use]
pub fn sum_of(x: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    lane_sum(
        x.len(),
        |start| {
            let x = &x[start..start + LANES];
            std::array::from_fn(|lane| term(x[lane]))
        },
        |j| term(x[j]),
    )
}

/// `‖x − y‖²`, both of length d.
///
/// # Panics
/// The lengths differ.
#[must_use]
pub fn distance_squared(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(x.len(), y.len(), "distance_squared: lengths differ");
    lane_sum(
        x.len(),
        |start| {
            let (x, y) = (&x[start..start + LANES], &y[start..start + LANES]);
            std::array::from_fn(|lane| (x[lane] - y[lane]) * (x[lane] - y[lane]))
        },
        |j| (x[j] - y[j]) * (x[j] - y[j]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::{norm_one, norm_squared};

    #[test]
    fn sums_agree_with_exact_arithmetic_on_integers() {
        for len in 0..40 {
            let x: Vec<f64> = (0..len).map(|j| f64::from(j) - 7.0).collect();
            let naive: f64 = x.iter().map(|v| v * v).sum();
            assert_eq!(norm_squared(&x), naive);
            assert_eq!(sum(&x), x.iter().sum::<f64>());
            assert_eq!(norm_one(&x), x.iter().map(|v| v.abs()).sum::<f64>());
            let zero = vec![0.0; x.len()];
            assert_eq!(distance_squared(&x, &zero), naive);
        }
    }
}
