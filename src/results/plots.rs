//! What `plots.csv` says by itself: which figures are drawn by default, and what they are called.

/// A figure that is drawn without being requested by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultPlot {
    /// The column on the horizontal axis.
    pub x: &'static str,
    /// Whether that axis is logarithmic.
    pub x_is_log: bool,
    /// The column on the vertical axis, which is logarithmic.
    pub y: &'static str,
}

/// Every column that a default figure may show.
pub const DEFAULT_COLUMNS: [&str; 6] = ["suboptimality", "gradient_norm_squared", "loss", "round", "bits", "seconds"];

/// The first of suboptimality, gradient and loss that there is, against round, bits and seconds.
pub fn defaults(has: impl Fn(&str) -> bool) -> Vec<DefaultPlot> {
    let [first, second, third, ..] = DEFAULT_COLUMNS;
    let Some(y) = [first, second, third].into_iter().find(|y| has(y)) else { return Vec::new() };
    let across = [("round", false), ("bits", true), ("seconds", true)].into_iter();
    across.filter(|(x, _)| has(x)).map(|(x, x_is_log)| DefaultPlot { x, x_is_log, y }).collect()
}

/// The name of the file of a figure that has no name of its own, without extension.
#[must_use]
pub fn file_name(y: &str, x: &str) -> String {
    format!("{y}-against-{x}")
}
