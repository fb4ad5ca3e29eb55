//! Synthetic data sets whose constants are known.
//!
//! It does not know what is minimized over the rows.

use super::{Dataset, DatasetError, Task};
use crate::registry::registry;

mod parameter;

registry! {
    /// The generators that an experiment can name.
    pub enum GeneratorSpec {
        linear_regression::LinearRegression,
        sparse_logistic::SparseLogistic,
    }
}

impl GeneratorSpec {
    /// Makes the rows; equal specifications make equal rows.
    ///
    /// # Errors
    /// A parameter is out of its range.
    pub fn generate(&self) -> Result<(Dataset, Task), DatasetError> {
        match self {
            Self::LinearRegression(generator) => Ok((generator.generate()?, Task::Regression)),
            Self::SparseLogistic(generator) => Ok((generator.generate()?, Task::Binary)),
        }
    }
}
