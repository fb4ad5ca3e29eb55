//! Least squares with a chosen spectrum and a minimizer that is known in advance.

use super::parameter::{require, stream};
use crate::dataset::{Dataset, DatasetError, Matrix};
use crate::registry::Described;
use crate::vector::{add_scaled, dot, norm_squared};
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rows `(aᵢ, bᵢ)` of a least-squares problem.
///
/// ```text
/// A = √m Q Σ^{1/2} Rᵀ,   AᵀA/m = R Σ Rᵀ,   Σ = diag(1, …, 1/κ) with equal ratios
/// b = A x* + noise,      Aᵀ noise = 0,     ‖noise‖²/m = noise²
/// ```
///
/// Q (m × d) and R (d × d) have orthonormal columns from Gaussian matrices. So `f(x) = ‖Ax − b‖²/(2m)` has L = 1,
/// μ = 1/κ, the minimizer x* of [`LinearRegression::minimizer`] and f* = noise²/2, all up to rounding.
/// Takes `2 m d²` multiply-adds twice.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct LinearRegression {
    /// m, at least the number of features; more than that where there is noise.
    pub n_rows: usize,
    /// d, at least 1.
    pub n_features: usize,
    /// κ = L/μ, at least 1; equal to 1 for a single feature.
    pub condition_number: f64,
    /// Root mean square of the residual at the minimizer, at least 0.
    pub noise: f64,
    /// Of all random numbers.
    pub seed: u64,
}

impl Described for LinearRegression {
    const NAME: &'static str = "linear-regression";
    const SUMMARY: &'static str = "Least squares with L = 1, μ = 1/κ and a known minimizer";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = "{ name = \"linear-regression\", n_rows = 200, \
        n_features = 20, condition_number = 100.0, noise = 0.1, seed = 1 }";
}

impl LinearRegression {
    /// x*, of length d: standard normal.
    #[must_use]
    pub fn minimizer(&self) -> Vec<f64> {
        StandardNormal.sample_iter(stream(self.seed, 0)).take(self.n_features).collect()
    }

    /// The eigenvalues of `AᵀA/m`, descending from 1 to 1/κ with equal ratios, of length d.
    #[must_use]
    pub fn spectrum(&self) -> Vec<f64> {
        let last = self.n_features.saturating_sub(1).max(1) as f64;
        (0..self.n_features).map(|j| self.condition_number.powf(-(j as f64) / last)).collect()
    }

    /// Makes the rows.
    ///
    /// # Errors
    /// A parameter is out of its range.
    pub fn generate(&self) -> Result<Dataset, DatasetError> {
        let Self { n_rows: m, n_features: d, condition_number, noise, seed } = *self;
        let noisy = usize::from(noise != 0.0);
        require(d >= 1, Self::NAME, "n_features", d, "it must be at least 1")?;
        require(
            m >= d + noisy,
            Self::NAME,
            "n_rows",
            m,
            "it must be at least n_features, and more where there is noise",
        )?;
        let allowed = "it must be finite and at least 1, and 1 for a single feature";
        let fits = (1.0..f64::INFINITY).contains(&condition_number) && (d > 1 || condition_number == 1.0);
        require(fits, Self::NAME, "condition_number", condition_number, allowed)?;
        let fits = (0.0..f64::INFINITY).contains(&noise);
        require(fits, Self::NAME, "noise", noise, "it must be finite and at least 0")?;

        // The last column of Q, orthogonal to the others, is the direction of the noise.
        let q = orthonormal(m, d + noisy, seed, 1);
        let r = orthonormal(d, d, seed, 2);
        let scale = (m as f64).sqrt();
        let roots: Vec<f64> = self.spectrum().iter().map(|eigenvalue| scale * eigenvalue.sqrt()).collect();
        let minimizer = self.minimizer();
        let mut values = vec![0.0; m * d];
        let mut labels = vec![0.0; m];
        for (i, (row, label)) in values.chunks_exact_mut(d).zip(&mut labels).enumerate() {
            for l in 0..d {
                add_scaled(q[l][i] * roots[l], &r[l], row);
            }
            *label = dot(row, &minimizer);
            if noise != 0.0 {
                *label += noise * scale * q[d][i];
            }
        }
        Ok(Dataset { name: Self::NAME.to_owned(), features: Matrix::Dense { n_columns: d, values }, labels })
    }
}

/// `n_columns` orthonormal columns of length `len`: Gaussian columns, orthogonalized twice, since once may leave
/// products of the size of the condition number times the rounding unit.
fn orthonormal(len: usize, n_columns: usize, seed: u64, part: u64) -> Vec<Vec<f64>> {
    let mut normal = StandardNormal.sample_iter(stream(seed, part));
    let mut columns: Vec<Vec<f64>> = Vec::with_capacity(n_columns);
    for _ in 0..n_columns {
        let mut column: Vec<f64> = normal.by_ref().take(len).collect();
        for _ in 0..2 {
            for earlier in &columns {
                add_scaled(-dot(earlier, &column), earlier, &mut column);
            }
            let norm = norm_squared(&column).sqrt();
            for value in &mut column {
                *value /= norm;
            }
        }
        columns.push(column);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generator() -> LinearRegression {
        LinearRegression { n_rows: 60, n_features: 7, condition_number: 50.0, noise: 0.3, seed: 4 }
    }

    #[test]
    fn the_spectrum_and_the_minimum_are_those_promised() {
        let generator = generator();
        let Dataset { features: Matrix::Dense { values, .. }, labels, .. } = generator.generate().unwrap() else {
            unreachable!()
        };
        let a = nalgebra::DMatrix::from_row_slice(60, 7, &values);
        let mut eigenvalues: Vec<f64> = (a.transpose() * &a / 60.0).symmetric_eigenvalues().iter().copied().collect();
        eigenvalues.sort_by(|x, y| y.total_cmp(x));
        for (found, expected) in eigenvalues.iter().zip(generator.spectrum()) {
            // Rounding of sixty-term sums.
            approx::assert_abs_diff_eq!(*found, expected, epsilon = 1e-13);
        }
        let minimizer = nalgebra::DVector::from_vec(generator.minimizer());
        let residual = &a * minimizer - nalgebra::DVector::from_vec(labels);
        approx::assert_abs_diff_eq!((a.transpose() * &residual).norm(), 0.0, epsilon = 1e-12);
        approx::assert_abs_diff_eq!(residual.norm_squared() / 60.0, 0.09, epsilon = 1e-13);
    }

    #[test]
    fn parameters_out_of_range_are_refused() {
        for (broken, parameter) in [
            (LinearRegression { n_features: 0, ..generator() }, "n_features = 0"),
            (LinearRegression { n_rows: 7, ..generator() }, "n_rows = 7"),
            (LinearRegression { condition_number: 0.5, ..generator() }, "condition_number = 0.5"),
            (LinearRegression { noise: -1.0, ..generator() }, "noise = -1"),
        ] {
            let message = broken.generate().unwrap_err().to_string();
            assert!(message.contains(parameter), "{message}");
        }
        assert!(LinearRegression { n_rows: 7, noise: 0.0, ..generator() }.generate().is_ok());
    }
}
