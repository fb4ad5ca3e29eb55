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
pub mod verdicts;

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

/// The columns of [`VECTORS`], each with its meaning.
pub const VECTORS_COLUMNS: [(&str, &str); 10] = [
    ("run", "as above"),
    ("label", ""),
    ("seed", ""),
    ("round", "the round in which the worker had the vector"),
    ("worker", "from 0"),
    ("vector", "`compressed` (u = g + e in the units of the method), `sent` (C(u)) or `residual` (e after the round)"),
    ("block", "from 1; empty where there is one block"),
    ("n", "how many numbers"),
    ("file", "path from the result folder"),
    ("tensor", "the name in the file"),
];

/// The columns that identify a run and stand first in every table of runs, each with its meaning; those of the axes
/// follow.
pub const KEY_COLUMNS: [(&str, &str); 3] = [
    ("run", "16 hexadecimal digits over specification, seed and data; the same for any version of the code"),
    ("label", "what distinguishes the setting, in words; equal for its replicates"),
    ("seed", "the seed of all randomness in the run"),
];

/// The columns of `summary.csv` after those, each with its meaning; METRIC stands for every recorded metric.
pub const SUMMARY_COLUMNS: [(&str, &str); 4] = [
    ("outcome", "`finished`, or `diverged` when a number was no longer finite"),
    ("reason", "where and in which round the run diverged; empty for finished ones"),
    ("rounds", "the last recorded round"),
    ("final_METRIC", "the last present value of each recorded metric"),
];

/// The columns of `plots.csv`, each with its meaning.
pub const PLOT_COLUMNS: [(&str, &str); 11] = [
    ("file", "the name without extension"),
    ("title", "above the axes, or empty"),
    ("x", "the column on the horizontal axis"),
    ("y", "the column on the vertical axis"),
    ("x_scale", "`linear` or `log`"),
    ("y_scale", "`linear` or `log`"),
    ("filter", "`column=value`, several joined by ` and `, or empty: only these rows are drawn"),
    ("table", "`rounds` or `curves`: the table that holds the columns"),
    ("also", "more columns on the vertical axis, separated by spaces"),
    ("lines", "the columns that distinguish lines, separated by spaces; `label` when empty"),
    ("reaching", "`column <= value`, or empty: of each run only the first row for which it holds"),
];
