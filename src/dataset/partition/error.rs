//! Why rows cannot be shared among workers.

use crate::wording::number;

/// Rows cannot be partitioned as requested.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PartitionError {
    /// There are no workers.
    #[error("n_workers = 0, but there must be at least one worker")]
    NoWorker,
    /// There are no rows.
    #[error("data set `{name}` has no rows")]
    NoRow {
        /// The data set.
        name: String,
    },
    /// Some worker would have no row.
    #[error(
        "n_workers = {n_workers}, but data set `{name}` has {n_rows} rows: use at most {n_rows} workers, or the \
         partition `identical`"
    )]
    MoreWorkersThanRows {
        /// Requested workers.
        n_workers: usize,
        /// Rows available.
        n_rows: usize,
        /// The data set.
        name: String,
    },
    /// A random partition left a worker without rows.
    #[error(
        "partition `dirichlet` with alpha = {} and seed = {seed} leaves worker {worker} of {n_workers} without \
         rows: use a larger alpha, fewer workers or another seed",
        number(*alpha)
    )]
    EmptyShard {
        /// The first such worker, from 0.
        worker: usize,
        /// Requested workers.
        n_workers: usize,
        /// α.
        alpha: f64,
        /// The seed.
        seed: u64,
    },
    /// α is not a parameter of a Dirichlet distribution.
    #[error("partition `dirichlet`: alpha = {}, but it must be in 1e-6..=1e6", number(*alpha))]
    Alpha {
        /// α.
        alpha: f64,
    },
    /// The labels are not classes.
    #[error(
        "partition `dirichlet` splits the rows of each class, but the labels of data set `{name}` are not classes: use \
         iid, contiguous or by-label"
    )]
    NoClasses {
        /// The data set.
        name: String,
    },
}
