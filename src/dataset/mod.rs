//! Data sets: labelled rows, sparse or dense, and how they are read, made, prepared and shared among workers.
//!
//! It does not know what is minimized over the rows. [`DatasetSpec::load`] is the way in, [`PartitionSpec::split`]
//! the way to the workers.

use std::ops::Range;

pub mod cache;
pub mod catalogue;
pub mod decimal;
mod decompress;
mod delimited;
mod error;
pub mod fetch;
mod format;
pub mod generator;
mod labels;
pub mod libsvm;
pub mod partition;
mod pixels;
mod preparation;
mod spec;
mod summary;
mod text;

pub use error::DatasetError;
pub use format::Format;
pub use generator::GeneratorSpec;
pub use partition::{PartitionError, PartitionSpec};
pub use preparation::{Scale, Storage};
pub use spec::{DatasetSpec, FileSource, Loaded, Options, Source};
pub use summary::{LabelSummary, Summary};

/// What the labels of a data set are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Two classes, labels ±1.
    Binary,
    /// C classes, labels 0, 1, …, C − 1.
    Multiclass,
    /// Any finite number.
    Regression,
}

impl std::fmt::Display for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Binary => "binary",
            Self::Multiclass => "multiclass",
            Self::Regression => "regression",
        })
    }
}

/// Labelled rows `(aᵢ, bᵢ)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// The name in the catalogue, or the path it was read from.
    pub name: String,
    /// One row per sample.
    pub features: Matrix,
    /// One per row: ±1 for two classes, 0, 1, … for several, any number for regression.
    pub labels: Vec<f64>,
}

impl Dataset {
    /// C: two where every label is ±1; the largest label plus one where every label is a whole number from 0;
    /// `None` where the labels are not classes.
    #[must_use]
    pub fn n_classes(&self) -> Option<usize> {
        if self.labels.iter().all(|label| label.abs() == 1.0) {
            return Some(2);
        }
        let is_class = |label: &f64| *label >= 0.0 && label.fract() == 0.0 && *label < f64::from(u32::MAX);
        self.labels.iter().all(is_class).then(|| self.labels.iter().fold(0.0, |max: f64, b| max.max(*b)) as usize + 1)
    }

    /// The data set whose row i is row `order[i]` of this one; repetitions allowed.
    ///
    /// # Panics
    /// A row of `order` does not exist.
    #[must_use]
    pub fn select(&self, order: &[u32]) -> Self {
        Self {
            name: self.name.clone(),
            features: self.features.select(order),
            labels: order.iter().map(|&row| self.labels[row as usize]).collect(),
        }
    }
}

/// The feature matrix A, by rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Matrix {
    /// Row-major.
    Dense {
        /// Number of features.
        n_columns: usize,
        /// Length rows × columns.
        values: Vec<f64>,
    },
    /// Compressed sparse rows.
    Sparse {
        /// Number of features.
        n_columns: usize,
        /// Row i is at `offsets[i]..offsets[i + 1]`; length rows + 1.
        offsets: Vec<usize>,
        /// Ascending within a row, from 0.
        indices: Vec<u32>,
        /// One per index.
        values: Vec<f64>,
    },
}

impl Matrix {
    /// Number of samples.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        match self {
            Self::Dense { n_columns, values } => values.len().checked_div(*n_columns).unwrap_or(0),
            Self::Sparse { offsets, .. } => offsets.len() - 1,
        }
    }

    /// Number of features.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        match self {
            Self::Dense { n_columns, .. } | Self::Sparse { n_columns, .. } => *n_columns,
        }
    }

    /// Number of stored entries.
    #[must_use]
    pub fn n_stored(&self) -> usize {
        match self {
            Self::Dense { values, .. } | Self::Sparse { values, .. } => values.len(),
        }
    }

    /// `⟨aᵢ, x⟩` with x of length columns.
    #[must_use]
    pub fn row_dot(&self, row: usize, x: &[f64]) -> f64 {
        self.dot::<false>(row, x)
    }

    /// [`Matrix::row_dot`] of consecutive rows, in order; faster, as the rows to come are prefetched.
    pub(crate) fn row_dots<'a>(&'a self, rows: Range<usize>, x: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        rows.map(move |row| self.dot::<true>(row, x))
    }

    #[inline]
    fn dot<const FOLLOWED: bool>(&self, row: usize, x: &[f64]) -> f64 {
        match self {
            Self::Dense { n_columns, values } => crate::vector::dot(&values[row * n_columns..(row + 1) * n_columns], x),
            Self::Sparse { offsets, indices, values, .. } => {
                let entries = offsets[row]..offsets[row + 1];
                sparse_dot::<FOLLOWED>(&indices[entries.clone()], &values[entries], x)
            }
        }
    }

    /// Prefetches a sparse row that will be read soon: where rows are drawn, the hardware prefetcher cannot predict the next.
    pub(crate) fn prefetch_row(&self, row: usize) {
        if let Self::Sparse { offsets, indices, values, .. } = self {
            let entries = offsets[row]..offsets[row + 1];
            crate::vector::prefetch(&indices[entries.clone()]);
            crate::vector::prefetch(&values[entries]);
        }
    }

    /// `out ← out + weight · aᵢ` with out of length columns.
    pub fn add_row(&self, row: usize, weight: f64, out: &mut [f64]) {
        match self {
            Self::Dense { n_columns, values } => {
                crate::vector::add_scaled(weight, &values[row * n_columns..(row + 1) * n_columns], out);
            }
            Self::Sparse { offsets, indices, values, .. } => {
                let entries = offsets[row]..offsets[row + 1];
                for (&j, a) in indices[entries.clone()].iter().zip(&values[entries]) {
                    out[j as usize] += weight * a;
                }
            }
        }
    }

    /// The columns of the stored entries of a sparse row, ascending.
    #[must_use]
    pub fn row_indices(&self, row: usize) -> Option<&[u32]> {
        match self {
            Self::Dense { .. } => None,
            Self::Sparse { offsets, indices, .. } => Some(&indices[offsets[row]..offsets[row + 1]]),
        }
    }

    /// The stored entries `(j, aᵢⱼ)` of a row, j ascending; all columns of a dense row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let (indices, values) = match self {
            Self::Dense { n_columns, values } => (None, &values[row * n_columns..(row + 1) * n_columns]),
            Self::Sparse { offsets, indices, values, .. } => {
                let entries = offsets[row]..offsets[row + 1];
                (Some(&indices[entries.clone()]), &values[entries])
            }
        };
        values.iter().enumerate().map(move |(at, &value)| (indices.map_or(at, |j| j[at] as usize), value))
    }

    /// The matrix whose row i is row `order[i]` of this one.
    #[must_use]
    fn select(&self, order: &[u32]) -> Self {
        match self {
            Self::Dense { n_columns, values } => Self::Dense {
                n_columns: *n_columns,
                values: order
                    .iter()
                    .flat_map(|&row| &values[row as usize * n_columns..(row as usize + 1) * n_columns])
                    .copied()
                    .collect(),
            },
            Self::Sparse { n_columns, offsets, indices, values } => {
                let mut selected = SparseRows::with_capacity(order.len(), values.len());
                for &row in order {
                    let entries = offsets[row as usize]..offsets[row as usize + 1];
                    selected.indices.extend_from_slice(&indices[entries.clone()]);
                    selected.values.extend_from_slice(&values[entries]);
                    selected.offsets.push(selected.indices.len());
                }
                selected.into_matrix(*n_columns)
            }
        }
    }

    /// `‖aᵢ‖²`.
    #[must_use]
    pub fn row_norm_squared(&self, row: usize) -> f64 {
        match self {
            Self::Dense { n_columns, values } => {
                crate::vector::norm_squared(&values[row * n_columns..(row + 1) * n_columns])
            }
            Self::Sparse { offsets, values, .. } => {
                crate::vector::norm_squared(&values[offsets[row]..offsets[row + 1]])
            }
        }
    }
}

/// `Σ aⱼ x_{indices j}` over four interleaved partial sums, added pairwise: the order depends on the number of entries
/// alone, and the additions of one row do not wait for each other. Where the row is `FOLLOWED` by
/// those that are read next, these are prefetched.
#[inline]
fn sparse_dot<const FOLLOWED: bool>(indices: &[u32], values: &[f64], x: &[f64]) -> f64 {
    const LANES: usize = 4;
    let mut lanes = [0.0; LANES];
    let (index_chunks, value_chunks) = (indices.chunks_exact(LANES), values.chunks_exact(LANES));
    let rest = (index_chunks.remainder(), value_chunks.remainder());
    for (j, a) in index_chunks.zip(value_chunks) {
        if FOLLOWED {
            crate::vector::prefetch_ahead(j);
            crate::vector::prefetch_ahead(a);
        }
        for lane in 0..LANES {
            lanes[lane] += a[lane] * x[j[lane] as usize];
        }
    }
    for (lane, (&j, a)) in rest.0.iter().zip(rest.1).enumerate() {
        lanes[lane] += a * x[j as usize];
    }
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
}

/// Sparse rows under construction.
#[derive(Debug, Clone)]
pub(crate) struct SparseRows {
    offsets: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f64>,
}

impl SparseRows {
    fn with_capacity(n_rows: usize, n_stored: usize) -> Self {
        let mut offsets = Vec::with_capacity(n_rows + 1);
        offsets.push(0);
        Self { offsets, indices: Vec::with_capacity(n_stored), values: Vec::with_capacity(n_stored) }
    }

    /// Appends one row of entries `(j, aᵢⱼ)`, j ascending.
    fn push_row(&mut self, entries: impl IntoIterator<Item = (u32, f64)>) {
        for (index, value) in entries {
            self.indices.push(index);
            self.values.push(value);
        }
        self.offsets.push(self.indices.len());
    }

    fn into_matrix(self, n_columns: usize) -> Matrix {
        Matrix::Sparse { n_columns, offsets: self.offsets, indices: self.indices, values: self.values }
    }
}

/// A data set shared among workers: the rows of worker i are `rows[i]`, consecutive.
#[derive(Debug, Clone, PartialEq)]
pub struct Shards {
    /// The rows in the order of the workers.
    pub dataset: Dataset,
    /// One non-empty range per worker; ranges of identical copies coincide.
    pub rows: Vec<Range<usize>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matrices(rows: &[Vec<i32>]) -> (Matrix, Matrix) {
        let n_columns = rows[0].len();
        let mut sparse = SparseRows::with_capacity(rows.len(), 0);
        for row in rows {
            let entries = row.iter().enumerate().filter(|(_, a)| **a != 0);
            sparse.push_row(entries.map(|(j, a)| (j as u32, f64::from(*a))));
        }
        let values = rows.iter().flatten().map(|a| f64::from(*a)).collect();
        (Matrix::Dense { n_columns, values }, sparse.into_matrix(n_columns))
    }

    proptest! {
        /// Whole numbers make every sum exact, so that any order of additions must agree.
        #[test]
        fn sparse_and_dense_rows_agree_with_the_definition(
            rows in (1usize..40).prop_flat_map(|d| prop::collection::vec(prop::collection::vec(-3i32..4, d), 1..6)),
            weight in -4i32..5,
        ) {
            let (dense, sparse) = matrices(&rows);
            let d = rows[0].len();
            let x: Vec<f64> = (0..d).map(|j| (j % 7) as f64 - 3.0).collect();
            for (i, row) in rows.iter().enumerate() {
                let dot: f64 = row.iter().zip(&x).map(|(a, x)| f64::from(*a) * x).sum();
                let norm: f64 = row.iter().map(|a| f64::from(a * a)).sum();
                for matrix in [&dense, &sparse] {
                    prop_assert_eq!(matrix.row_dot(i, &x), dot);
                    prop_assert_eq!(matrix.row_norm_squared(i), norm);
                    let mut out = x.clone();
                    matrix.add_row(i, f64::from(weight), &mut out);
                    for j in 0..d {
                        prop_assert_eq!(out[j], x[j] + f64::from(weight * row[j]));
                    }
                    let listed: f64 = matrix.row(i).map(|(j, a)| a * x[j]).sum();
                    prop_assert_eq!(listed, dot);
                }
            }
        }
    }

    #[test]
    fn selection_repeats_and_reorders_rows() {
        let (dense, sparse) = matrices(&[vec![1, 0], vec![0, 2], vec![3, 4]]);
        for features in [dense, sparse] {
            let dataset = Dataset { name: "three".into(), features, labels: vec![1.0, 2.0, 3.0] };
            let selected = dataset.select(&[2, 0, 2]);
            assert_eq!(selected.labels, [3.0, 1.0, 3.0]);
            assert_eq!(selected.features.n_rows(), 3);
            assert_eq!(selected.features.row_dot(0, &[1.0, 10.0]), 43.0);
            assert_eq!(selected.features.row_dot(1, &[1.0, 10.0]), 1.0);
        }
    }

    #[test]
    fn classes_are_counted_from_the_labels() {
        let with = |labels: &[f64]| Dataset {
            name: String::new(),
            features: Matrix::Dense { n_columns: 1, values: vec![0.0; labels.len()] },
            labels: labels.to_vec(),
        };
        assert_eq!(with(&[1.0, -1.0]).n_classes(), Some(2));
        assert_eq!(with(&[0.0, 3.0, 1.0]).n_classes(), Some(4));
        assert_eq!(with(&[0.5, 1.0]).n_classes(), None);
    }
}
