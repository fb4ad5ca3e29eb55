//! Kernels on dense vectors: products, norms, updates, and exact top-k selection.
//!
//! Every sum has a fixed order that depends on the length alone, never on the instruction set or the number of
//! threads: eight interleaved partial sums, added pairwise. That order is what a vector unit computes without
//! reassociation, so the loops are fast and their bits are portable.

mod kernels;
pub mod limits;
pub mod select;

use select::{Float, Level};

const LANES: usize = 8;

/// Sums `term(j)` over eight interleaved lanes, then the lanes pairwise.
#[inline]
fn lane_sum(len: usize, chunk: impl Fn(usize) -> [f64; LANES], term: impl Fn(usize) -> f64) -> f64 {
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

/// `‖x‖²`.
#[must_use]
pub fn norm_squared(x: &[f64]) -> f64 {
    dot(x, x)
}

/// Whether `‖x‖²` is a finite number, in one pass as fast as memory where no coordinate is huge.
#[must_use]
pub fn has_finite_norm(x: &[f64]) -> bool {
    // The squares of smaller numbers do not add up to more than the largest number in any memory; NaN reaches all.
    const HARMLESS: f64 = 1e140;
    kernels::count(select::Level::default(), x, [HARMLESS]) == [0] || norm_squared(x).is_finite()
}

/// How many entries after those that are read memory is asked for; with fewer they come too late.
const AHEAD: usize = 512;

/// Asks memory for numbers (of 1 to 64 bytes) that are read soon, where the processor cannot foresee it; changes nothing.
#[inline]
pub(crate) fn ask_for<T>(x: &[T]) {
    for line in x.chunks(kernels::LINE / size_of::<T>()) {
        ask::<T, false>(line.as_ptr());
    }
}

/// The same for what lies [`AHEAD`] entries after the first one of x, in what x is a part of; read once, it is not to
/// take the place of other things in the caches.
#[inline]
pub(crate) fn ask_ahead<T>(x: &[T]) {
    ask::<T, true>(x.as_ptr().wrapping_add(AHEAD));
}

#[inline]
fn ask<T, const ONCE: bool>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_NTA, _MM_HINT_T0, _mm_prefetch};
        #[expect(unsafe_code, reason = "an instruction")]
        // SAFETY: every x86-64 processor has it, and an address, of whatever it is, is not even read.
        unsafe {
            if ONCE {
                _mm_prefetch::<_MM_HINT_NTA>(address.cast());
            } else {
                _mm_prefetch::<_MM_HINT_T0>(address.cast());
            }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// `‖x‖₁`.
#[must_use]
pub fn norm_one(x: &[f64]) -> f64 {
    sum_of(x, f64::abs)
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

/// `max |xⱼ|`, zero for the empty vector; NaN entries are ignored.
#[must_use]
pub fn norm_max(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |max, value| value.abs().max(max))
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

/// What is added to a vector: `weight · vector`, or `weight · (0 + scale · vector)` where there is a scale; every
/// operation is rounded.
#[derive(Debug, Clone, Copy)]
pub struct Addition<'a, F = f64> {
    /// What the whole is multiplied by.
    pub weight: F,
    /// What the vector is multiplied by before.
    pub scale: Option<F>,
    /// Of length d.
    pub vector: &'a [F],
}

impl<'a, F> From<(F, &'a [F])> for Addition<'a, F> {
    /// The weight and the vector, without a scale.
    fn from((weight, vector): (F, &'a [F])) -> Self {
        Self { weight, scale: None, vector }
    }
}

impl<F: Float> Addition<'_, F> {
    /// `y ← y + …`, y of length d.
    ///
    /// # Panics
    /// The lengths differ.
    pub fn add_to(self, y: &mut [F]) {
        let Self { weight, scale, vector } = self;
        assert_eq!(vector.len(), y.len(), "add_to: lengths differ");
        match scale {
            Some(scale) => kernels::add_scaled::<F, true>(Level::default(), y, (weight, scale), vector),
            None => kernels::add_scaled::<F, false>(Level::default(), y, (weight, weight), vector),
        }
    }
}

/// `y ← y + weight · x`, both of length d.
///
/// # Panics
/// The lengths differ.
pub fn add_scaled<F: Float>(weight: F, x: &[F], y: &mut [F]) {
    Addition::from((weight, x)).add_to(y);
}

/// A vector holds NaN or ∞.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("coordinate {index} is {value}, not a finite number")]
pub struct NotFinite {
    /// The first such coordinate, from 0.
    pub index: usize,
    /// What it holds.
    pub value: f64,
}

/// Does one after the other, up to the first that finds NaN or ∞.
///
/// # Errors
/// There is one; it is named with its place.
pub fn first_not_finite(each: impl Iterator<Item = Result<(), NotFinite>>) -> Result<(), (usize, NotFinite)> {
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn the_first_coordinate_that_is_not_finite_is_named() {
        let mut x = vec![1.0; 19];
        assert_eq!(check_finite(&x), Ok(()));
        x[17] = f64::INFINITY;
        assert_eq!(check_finite(&x), Err(NotFinite { index: 17, value: f64::INFINITY }));
    }
}
