//! What is done to rows after reading: storage, selection, scaling, an intercept.
//!
//! It does not touch labels.

use super::{DatasetError, Matrix, SparseRows};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How rows are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Storage {
    /// Nonzero entries alone.
    Sparse,
    /// Every entry.
    Dense,
}

/// How features are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// As they are.
    None,
    /// Each column to mean zero and variance one (over all rows, divisor m); constant columns become zero.
    /// Dense storage only, since it leaves no zeros.
    Standardize,
    /// Each column divided by its largest magnitude; zero columns stay.
    MaxAbs,
    /// Every entry divided by the largest magnitude of all: pixels 0..255 to 0..1.
    Largest,
    /// Each row divided by its Euclidean norm; zero rows stay.
    UnitRows,
}

/// From this fraction of nonzero entries on, dense rows are faster and no larger.
const DENSE_FROM: f64 = 0.5;

/// Stores the matrix as stated, or as its density suggests.
///
/// # Errors
/// Dense rows do not fit into memory.
pub(super) fn store(name: &str, matrix: Matrix, storage: Option<Storage>) -> Result<Matrix, DatasetError> {
    let n_columns = matrix.n_columns();
    let n_rows = matrix.n_rows();
    let dense = match storage {
        Some(storage) => storage == Storage::Dense,
        None => n_nonzero(&matrix) as f64 >= DENSE_FROM * (n_rows * n_columns) as f64,
    };
    Ok(match (matrix, dense) {
        (matrix @ Matrix::Sparse { .. }, true) => {
            let n_values = n_rows.saturating_mul(n_columns);
            let mut values = Vec::new();
            values.try_reserve_exact(n_values).map_err(|_| DatasetError::Parameter {
                name: name.to_owned(),
                parameter: "storage",
                value: "\"dense\"".to_owned(),
                allowed: format!(
                    "{n_rows} rows of {n_columns} numbers take {:.1} GB, which this machine does not give: use storage = \
                     \"sparse\"",
                    8e-9 * n_rows as f64 * n_columns as f64
                ),
            })?;
            values.resize(n_values, 0.0);
            for (row, out) in values.chunks_exact_mut(n_columns.max(1)).enumerate() {
                matrix.row(row).for_each(|(j, a)| out[j] = a);
            }
            Matrix::Dense { n_columns, values }
        }
        (matrix @ Matrix::Dense { .. }, false) => sparse(&matrix),
        (matrix, _) => matrix,
    })
}

/// The same rows without their zeros.
pub(super) fn sparse(matrix: &Matrix) -> Matrix {
    let mut rows = SparseRows::with_capacity(matrix.n_rows(), n_nonzero(matrix));
    for row in 0..matrix.n_rows() {
        rows.push_row(matrix.row(row).filter(|(_, a)| *a != 0.0).map(|(j, a)| (j as u32, a)));
    }
    rows.into_matrix(matrix.n_columns())
}

/// Number of entries that are not zero.
pub(super) fn n_nonzero(matrix: &Matrix) -> usize {
    let (Matrix::Dense { values, .. } | Matrix::Sparse { values, .. }) = matrix;
    values.iter().filter(|value| **value != 0.0).count()
}

/// Scales in place.
///
/// # Errors
/// Standardization of sparse rows.
pub(super) fn scale(name: &str, matrix: &mut Matrix, scale: Scale) -> Result<(), DatasetError> {
    match scale {
        Scale::None => {}
        Scale::UnitRows => {
            for row in 0..matrix.n_rows() {
                let norm = matrix.row_norm_squared(row).sqrt();
                if norm > 0.0 {
                    for value in row_values(matrix, row) {
                        *value /= norm;
                    }
                }
            }
        }
        Scale::MaxAbs => {
            let mut largest = vec![0.0_f64; matrix.n_columns()];
            for row in 0..matrix.n_rows() {
                matrix.row(row).for_each(|(j, a)| largest[j] = largest[j].max(a.abs()));
            }
            match matrix {
                Matrix::Dense { n_columns, values } => {
                    for row in values.chunks_exact_mut((*n_columns).max(1)) {
                        row.iter_mut().zip(&largest).filter(|(_, m)| **m > 0.0).for_each(|(a, m)| *a /= m);
                    }
                }
                Matrix::Sparse { indices, values, .. } => {
                    values.iter_mut().zip(indices).for_each(|(a, j)| *a /= largest[*j as usize]);
                }
            }
        }
        Scale::Largest => {
            let (Matrix::Dense { values, .. } | Matrix::Sparse { values, .. }) = matrix;
            let largest = values.iter().fold(0.0_f64, |largest, a| largest.max(a.abs()));
            if largest > 0.0 {
                for a in values {
                    *a /= largest;
                }
            }
        }
        Scale::Standardize => match matrix {
            Matrix::Dense { n_columns, values } => standardize(*n_columns, values),
            Matrix::Sparse { .. } => {
                return Err(DatasetError::Parameter {
                    name: name.to_owned(),
                    parameter: "scale",
                    value: "\"standardize\"".to_owned(),
                    allowed: "the rows are sparse and would become dense: use scale = \"max-abs\", or state \
                              storage = \"dense\""
                        .to_owned(),
                });
            }
        },
    }
    Ok(())
}

fn row_values(matrix: &mut Matrix, row: usize) -> &mut [f64] {
    match matrix {
        Matrix::Dense { n_columns, values } => &mut values[row * *n_columns..(row + 1) * *n_columns],
        Matrix::Sparse { offsets, values, .. } => &mut values[offsets[row]..offsets[row + 1]],
    }
}

fn standardize(n_columns: usize, values: &mut [f64]) {
    let n_rows = (values.len() / n_columns.max(1)) as f64;
    let column_sums = |values: &[f64], term: &dyn Fn(usize, f64) -> f64| {
        let mut sums = vec![0.0; n_columns];
        for row in values.chunks_exact(n_columns.max(1)) {
            for (j, (sum, a)) in sums.iter_mut().zip(row).enumerate() {
                *sum += term(j, *a);
            }
        }
        sums
    };
    let mean: Vec<f64> = column_sums(values, &|_, a| a).iter().map(|sum| sum / n_rows).collect();
    // The mean of a constant column may differ from the constant by rounding; its deviation is then no scale.
    let negligible: Vec<f64> = mean.iter().map(|mean| n_rows * f64::EPSILON * mean.abs()).collect();
    let variance = column_sums(values, &|j, a| (a - mean[j]).powi(2) / n_rows);
    for row in values.chunks_exact_mut(n_columns.max(1)) {
        for (j, a) in row.iter_mut().enumerate() {
            let deviation = variance[j].sqrt();
            *a = if deviation > negligible[j] { (*a - mean[j]) / deviation } else { 0.0 };
        }
    }
}

/// Appends a column of ones.
pub(super) fn add_intercept(matrix: Matrix) -> Matrix {
    let (n_rows, n_columns) = (matrix.n_rows(), matrix.n_columns());
    match matrix {
        Matrix::Dense { values, .. } => {
            let mut extended = Vec::with_capacity(values.len() + n_rows);
            for row in values.chunks_exact(n_columns.max(1)) {
                extended.extend_from_slice(row);
                extended.push(1.0);
            }
            Matrix::Dense { n_columns: n_columns + 1, values: extended }
        }
        sparse @ Matrix::Sparse { .. } => {
            let mut extended = SparseRows::with_capacity(n_rows, sparse.n_stored() + n_rows);
            for row in 0..n_rows {
                let entries = sparse.row(row).map(|(j, a)| (j as u32, a));
                extended.push_row(entries.chain([(n_columns as u32, 1.0)]));
            }
            extended.into_matrix(n_columns + 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(n_columns: usize, values: &[f64]) -> [Matrix; 2] {
        let dense = Matrix::Dense { n_columns, values: values.to_vec() };
        [dense.clone(), sparse(&dense)]
    }

    fn entries(matrix: &Matrix) -> Vec<f64> {
        let Matrix::Dense { values, .. } = store("x", matrix.clone(), Some(Storage::Dense)).unwrap() else {
            unreachable!()
        };
        values
    }

    #[test]
    fn storage_follows_density_and_changes_no_entry() {
        let values = [1.0, 0.0, 0.0, 2.0, 3.0, 0.0];
        let [dense, sparse] = both(3, &values);
        assert_eq!(sparse.n_stored(), 3);
        assert_eq!(entries(&sparse), values);
        assert!(matches!(store("x", sparse, None).unwrap(), Matrix::Dense { .. }));
        let thin = Matrix::Dense { n_columns: 3, values: vec![1.0, 0.0, 0.0, 2.0, 0.0, 0.0] };
        assert!(matches!(store("x", thin, None).unwrap(), Matrix::Sparse { .. }));
        assert_eq!(store("x", dense.clone(), Some(Storage::Dense)).unwrap(), dense);
    }

    #[test]
    fn dense_rows_that_no_machine_holds_are_refused() {
        let rows =
            Matrix::Sparse { n_columns: 1 << 31, offsets: vec![0; (1 << 20) + 1], indices: vec![], values: vec![] };
        assert_eq!(
            store("x", rows, Some(Storage::Dense)).unwrap_err().to_string(),
            "data set `x`: storage = \"dense\", but 1048576 rows of 2147483648 numbers take 18014398.5 GB, which this \
             machine does not give: use storage = \"sparse\""
        );
    }

    #[test]
    fn scaling_does_what_its_name_says() {
        let values = [3.0, 0.0, 4.0, -6.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        for matrix in both(3, &values) {
            let mut unit = matrix.clone();
            scale("x", &mut unit, Scale::UnitRows).unwrap();
            assert_eq!(entries(&unit), [0.6, 0.0, 0.8, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
            let mut largest = matrix.clone();
            scale("x", &mut largest, Scale::MaxAbs).unwrap();
            assert_eq!(entries(&largest), [0.5, 0.0, 1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
            let mut same = matrix.clone();
            scale("x", &mut same, Scale::None).unwrap();
            assert_eq!(same, matrix);
            let mut all = matrix.clone();
            scale("x", &mut all, Scale::Largest).unwrap();
            assert_eq!(entries(&all), [0.5, 0.0, 4.0 / 6.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
            let intercept = entries(&add_intercept(matrix));
            assert_eq!(intercept, [3.0, 0.0, 4.0, 1.0, -6.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        }
    }

    #[test]
    fn standardized_columns_have_mean_zero_and_variance_one() {
        let values: Vec<f64> = (0..50).flat_map(|i| [f64::from(i * i % 17), 0.1, f64::from(i) * 1e6 + 1e9]).collect();
        let mut matrix = Matrix::Dense { n_columns: 3, values };
        scale("x", &mut matrix, Scale::Standardize).unwrap();
        for column in 0..3 {
            let column: Vec<f64> = entries(&matrix).chunks(3).map(|row| row[column]).collect();
            let mean = column.iter().sum::<f64>() / 50.0;
            let variance = column.iter().map(|a| a * a).sum::<f64>() / 50.0;
            // Fifty additions of numbers of order one.
            assert!(mean.abs() < 1e-12, "{mean}");
            assert!(column.iter().all(|a| *a == 0.0) || (variance - 1.0).abs() < 1e-12, "{variance}");
        }
        assert_eq!(entries(&matrix)[1], 0.0);
    }

    #[test]
    fn sparse_rows_are_not_standardized() {
        let [_, mut sparse] = both(2, &[1.0, 0.0]);
        let message = scale("x", &mut sparse, Scale::Standardize).unwrap_err().to_string();
        assert!(message.contains("use scale = \"max-abs\", or state storage = \"dense\""), "{message}");
    }
}
