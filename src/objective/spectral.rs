//! Certified bounds of extreme eigenvalues of symmetric positive semidefinite operators: Lanczos and its company.
//!
//! It knows rows and weights, but not what is minimized over them.

use std::ops::Range;

use nalgebra::{DMatrix, SymmetricEigen};
use rayon::prelude::*;

use crate::dataset::Matrix;
use crate::random::{Purpose, Streams};
use crate::vector;

/// Up to this dimension eigenvalues are computed densely and bounded by rounding errors alone.
pub const DENSE: usize = 400;

/// Probability, over the start vector of [`lanczos`], that [`Ritz::upper`] is below the largest eigenvalue.
pub const FAILURE_PROBABILITY: f64 = 1e-12;

/// Steps of [`lanczos`] where memory allows.
const STEPS: usize = 128;

/// Numbers that the basis of [`lanczos`] may hold: 256 MiB.
const BASIS_CAPACITY: usize = 1 << 25;

/// A residual of [`lanczos`] below this, relative to the operator, is rounding: the Krylov space is invariant.
const INVARIANT: f64 = 1e-12;

/// Relative allowance for the rounding errors of a product with an operator and of the iteration around it: far above
/// 2⁻⁵³ times the number of terms of any sum here, far below the width of the intervals.
const ROUNDING: f64 = 1e-9;

/// An eigenvalue is between `lower` and `upper`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

/// The ends of the spectrum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extremes {
    /// Bounds of the largest eigenvalue.
    pub largest: Interval,
    /// A lower bound of the smallest eigenvalue, never negative.
    pub smallest: f64,
}

/// Bound of the relative error of a sum of `terms` products of one sign.
pub(super) fn rounding(terms: usize) -> f64 {
    terms as f64 * f64::EPSILON
}

/// What Lanczos found.
#[derive(Debug, Clone, PartialEq)]
pub struct Ritz {
    /// The largest Ritz value θ: a lower bound of the largest eigenvalue, up to rounding.
    pub value: f64,
    /// The unit vector that attains it, length d.
    pub vector: Vec<f64>,
    /// Products with the operator.
    pub steps: usize,
    /// An upper bound of the largest eigenvalue, ∞ after too few steps; see [`lanczos`] for the sense.
    pub upper: f64,
}

/// Lanczos with full reorthogonalization on a symmetric positive semidefinite operator of dimension `dim` from a
/// uniformly random start; `apply(x, out)` writes `out ← A x`.
///
/// For a start that is uniform on the sphere, q steps give
///
/// ```text
/// P[λ_max > θ/(1 − ε)] ≤ 1.648 √d exp(−√ε (2q − 1))
/// ```
///
/// [`Ritz::upper`] is `θ/(1 − ε)` with ε such that the right side is [`FAILURE_PROBABILITY`]. The start is the same
/// in every call, so the bound holds for all operators but a fraction 10⁻¹² of the orthogonal transforms of each one.
/// When the Krylov space is invariant before q steps, θ is λ_max up to rounding.
///
/// Source: `kuczynski1992estimating`, Theorem 4.2.
///
/// # Panics
/// `dim` or `steps` is zero.
pub fn lanczos(dim: usize, steps: usize, apply: &dyn Fn(&[f64], &mut [f64])) -> Ritz {
    assert!(dim > 0 && steps > 0, "lanczos: nothing to do");
    let mut stream = Streams::new(0).shared(Purpose::Initialization, dim as u64);
    let mut next: Vec<f64> = super::normal_vector(dim, &mut stream);
    let (mut basis, mut diagonal, mut off_diagonal) = (Vec::<Vec<f64>>::new(), Vec::new(), Vec::new());
    let mut norm = vector::norm_squared(&next).sqrt();
    let mut invariant = false;
    while basis.len() < steps.min(dim) {
        if let Some(previous) = diagonal.last() {
            invariant = norm <= INVARIANT * diagonal.iter().fold(*previous, |max: f64, &a| max.max(a));
            if invariant {
                break;
            }
            off_diagonal.push(norm);
        }
        let current: Vec<f64> = next.iter().map(|value| value / norm).collect();
        next = vec![0.0; dim];
        apply(&current, &mut next);
        diagonal.push(vector::dot(&current, &next));
        basis.push(current);
        // Twice is enough: after the second pass the loss of orthogonality is of the order of rounding.
        for _ in 0..2 {
            for q in &basis {
                vector::add_scaled(-vector::dot(q, &next), q, &mut next);
            }
        }
        norm = vector::norm_squared(&next).sqrt();
    }
    let steps = basis.len();
    let tridiagonal = DMatrix::from_fn(steps, steps, |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => off_diagonal[i.min(j)],
        _ => 0.0,
    });
    let eigen = SymmetricEigen::new(tridiagonal);
    let (best, value) = eigen.eigenvalues.argmax();
    let mut vector = vec![0.0; dim];
    for (q, &weight) in basis.iter().zip(eigen.eigenvectors.column(best).iter()) {
        vector::add_scaled(weight, q, &mut vector);
    }
    let root = (1.648 * (dim as f64).sqrt() / FAILURE_PROBABILITY).ln() / (2 * steps - 1) as f64;
    let epsilon = if invariant || steps == dim { 0.0 } else { root * root };
    let upper = if epsilon < 1.0 { value.max(0.0) / (1.0 - epsilon) * (1.0 + ROUNDING) } else { f64::INFINITY };
    Ritz { value, vector, steps, upper }
}

/// An upper bound of the largest eigenvalue of an operator with non-negative entries.
///
/// For every v > 0, `λ_max ≤ max_j (Av)_j/v_j` (Collatz, Wielandt), and replacing v by Av does not increase it.
/// The iteration starts from `|start|`, lifted above zero; v = 1 would give the largest row sum.
fn collatz_wielandt(start: &[f64], apply: &dyn Fn(&[f64], &mut [f64])) -> f64 {
    const PRODUCTS: usize = 8;
    const LIFT: f64 = 1e-3;
    let lift = LIFT * vector::norm_max(start);
    let mut v: Vec<f64> = start.iter().map(|value| value.abs().max(lift)).collect();
    let mut bound = f64::INFINITY;
    for _ in 0..PRODUCTS {
        let mut product = vec![0.0; v.len()];
        apply(&v, &mut product);
        // A coordinate becomes zero only where the operator's whole row is zero; it takes no part.
        let ratios = product.iter().zip(&v).filter(|(_, v)| **v > 0.0).map(|(product, v)| product / v);
        bound = ratios.fold(0.0, f64::max).min(bound);
        let largest = vector::norm_max(&product);
        if largest == 0.0 {
            return 0.0;
        }
        v = product.iter().map(|value| value / largest).collect();
    }
    bound * (1.0 + ROUNDING)
}

/// Bounds of the largest eigenvalue of a symmetric positive semidefinite operator of dimension `dim`.
///
/// The lower bound is the Ritz value. The upper bound is the least of the `trace` (∞ where it is not known), of the
/// Collatz–Wielandt bound from the magnitudes of the Ritz vector where all entries are non-negative, and of the
/// randomized bound of [`lanczos`].
pub fn largest_eigenvalue(dim: usize, trace: f64, non_negative: bool, apply: &dyn Fn(&[f64], &mut [f64])) -> Interval {
    // A short attempt is enough where the Collatz–Wielandt bound closes the interval to half a percent.
    const ATTEMPT: usize = 16;
    const CLOSE: f64 = 1.005;
    let steps = STEPS.min(BASIS_CAPACITY / dim).max(2);
    let mut interval = Interval { lower: 0.0, upper: trace };
    for steps in if non_negative { vec![ATTEMPT.min(steps), steps] } else { vec![steps] } {
        let ritz = lanczos(dim, steps, apply);
        interval.lower = interval.lower.max(ritz.value * (1.0 - ROUNDING));
        interval.upper = interval.upper.min(ritz.upper);
        if non_negative {
            interval.upper = interval.upper.min(collatz_wielandt(&ritz.vector, apply));
        }
        if interval.upper <= CLOSE * interval.lower {
            break;
        }
    }
    Interval { lower: interval.lower.min(interval.upper), upper: interval.upper }
}

/// `out ← out + weight · aⱼaⱼᵀ` with out of length columns².
pub(super) fn add_outer_product(features: &Matrix, row: usize, weight: f64, out: &mut [f64]) {
    match features {
        Matrix::Dense { n_columns, values } => {
            let a = &values[row * n_columns..(row + 1) * n_columns];
            for (value, out) in a.iter().zip(out.chunks_exact_mut(*n_columns)).filter(|(value, _)| **value != 0.0) {
                vector::add_scaled(weight * value, a, out);
            }
        }
        Matrix::Sparse { n_columns, offsets, indices, values } => {
            let entries = offsets[row]..offsets[row + 1];
            let (indices, values) = (&indices[entries.clone()], &values[entries]);
            for (&j, value) in indices.iter().zip(values) {
                let out = &mut out[j as usize * n_columns..(j as usize + 1) * n_columns];
                for (&l, other) in indices.iter().zip(values) {
                    out[l as usize] += weight * value * other;
                }
            }
        }
    }
}

/// The weighted Gram operator `Σⱼ wⱼ aⱼaⱼᵀ` of some rows of a matrix.
#[derive(Debug)]
pub struct Gram<'a> {
    features: &'a Matrix,
    rows: Range<usize>,
    /// `√wⱼ`, one per row.
    roots: Vec<f64>,
}

impl<'a> Gram<'a> {
    /// The rows `rows` of `features` with `weights` ≥ 0, one per row.
    ///
    /// # Panics
    /// The number of weights is not the number of rows.
    #[must_use]
    pub fn new(features: &'a Matrix, rows: Range<usize>, weights: &[f64]) -> Self {
        assert_eq!(rows.len(), weights.len(), "one weight per row");
        Self { features, rows, roots: weights.iter().map(|weight| weight.sqrt()).collect() }
    }

    /// Bounds of the largest and of the smallest eigenvalue.
    ///
    /// Where rows or features are at most [`DENSE`], the eigenvalues of the smaller of the two Gram matrices are
    /// computed densely and widened by the rounding errors; elsewhere the largest comes from
    /// [`largest_eigenvalue`] and the smallest is bounded by zero.
    #[must_use]
    pub fn spectrum(&self) -> Extremes {
        let (m, d) = (self.rows.len(), self.features.n_columns());
        let squares =
            self.rows.clone().zip(&self.roots).map(|(row, root)| self.features.row_norm_squared(row) * root * root);
        let trace = squares.sum::<f64>() * (1.0 + rounding(m + d));
        if m.min(d) <= DENSE {
            let gram = if d <= m { self.dense_by_columns() } else { self.dense_by_rows() };
            let values = gram.symmetric_eigenvalues();
            // The backward error of the products and of the symmetric QR algorithm, in units of the trace ≥ λ_max.
            let margin = rounding(m.max(d) + 16 * m.min(d)) * trace;
            let largest = values.max();
            let interval = Interval { lower: (largest - margin).max(0.0), upper: largest.max(0.0) + margin };
            Extremes { largest: interval, smallest: if d <= m { (values.min() - margin).max(0.0) } else { 0.0 } }
        } else {
            let values = match self.features {
                Matrix::Dense { values, .. } | Matrix::Sparse { values, .. } => values,
            };
            let non_negative = values.iter().all(|&value| value >= 0.0);
            let largest = if d <= m {
                largest_eigenvalue(d, trace, non_negative, &|x, out| self.scatter(&self.margins(x), out))
            } else {
                largest_eigenvalue(m, trace, non_negative, &|y, out| {
                    let mut sum = vec![0.0; d];
                    self.scatter(y, &mut sum);
                    out.copy_from_slice(&self.margins(&sum));
                })
            };
            Extremes { largest, smallest: 0.0 }
        }
    }

    /// `√wⱼ⟨aⱼ, x⟩`, one per row.
    fn margins(&self, x: &[f64]) -> Vec<f64> {
        let margin = |j: usize| self.roots[j] * self.features.row_dot(self.rows.start + j, x);
        (0..self.roots.len()).into_par_iter().with_min_len(256).map(margin).collect()
    }

    /// `out ← Σⱼ √wⱼ yⱼ aⱼ` with y one per row and out of length d.
    fn scatter(&self, y: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        self.add_over_groups(out, |j, sum| self.features.add_row(self.rows.start + j, self.roots[j] * y[j], sum));
    }

    /// Adds a term per row to `out`, in groups whose number depends on the number of rows alone.
    fn add_over_groups(&self, out: &mut [f64], add: impl Fn(usize, &mut [f64]) + Sync) {
        let m = self.roots.len();
        let n_groups = if m < 4096 { 1 } else { 8 };
        super::add_over_workers(n_groups, out, |group, sum| {
            (group * m / n_groups..(group + 1) * m / n_groups).for_each(|j| add(j, sum));
        });
    }

    /// `AᵀWA`, d × d.
    fn dense_by_columns(&self) -> DMatrix<f64> {
        let d = self.features.n_columns();
        let mut gram = vec![0.0; d * d];
        self.add_over_groups(&mut gram, |j, sum| {
            add_outer_product(self.features, self.rows.start + j, self.roots[j] * self.roots[j], sum);
        });
        DMatrix::from_vec(d, d, gram)
    }

    /// `W^½AAᵀW^½`, m × m.
    fn dense_by_rows(&self) -> DMatrix<f64> {
        let m = self.roots.len();
        let columns: Vec<Vec<f64>> = (0..m)
            .into_par_iter()
            .map(|j| {
                let mut row = vec![0.0; self.features.n_columns()];
                self.features.add_row(self.rows.start + j, self.roots[j], &mut row);
                (0..=j).map(|l| self.roots[l] * self.features.row_dot(self.rows.start + l, &row)).collect()
            })
            .collect();
        DMatrix::from_fn(m, m, |j, l| columns[j.max(l)][j.min(l)])
    }
}
