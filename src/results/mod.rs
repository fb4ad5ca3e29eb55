//! The contract of a result folder: how numbers are written, which tables there are, how they are read, and what a run
//! gave. Whoever writes results and whoever reads them knows this module; it knows neither.

pub mod curves;
pub mod error;
pub mod journal;
pub mod leaves;
pub mod number;
pub mod plots;
pub mod read;
pub mod run;

pub use error::ResultsError;

/// The table of the recorded rounds of all runs.
pub const ROUNDS: &str = "rounds.csv";

/// The table with the end of each run.
pub const SUMMARY: &str = "summary.csv";

/// The table of what top-k leaves of a vector, for many k.
pub const CURVES: &str = "curves.csv";

/// The table of the figures to draw.
pub const PLOTS: &str = "plots.csv";

/// The table of the tensors that runs wrote down.
pub const VECTORS: &str = "vectors.csv";

/// The columns of [`VECTORS`].
pub const VECTORS_COLUMNS: [&str; 10] =
    ["run", "label", "seed", "round", "worker", "vector", "block", "n", "file", "tensor"];
