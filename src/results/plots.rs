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

/// Whether a text can be the name of a file in a folder: of no hidden one, and of none elsewhere.
#[must_use]
pub fn is_file_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\']) && !name.contains(char::is_control)
}

/// The conditions of a filter, `column=value` and several joined by ` and `; `None` where it is something else.
#[must_use]
pub fn conditions(filter: &str) -> Option<Vec<(String, String)>> {
    let conditions = filter.split(" and ").map(str::trim).filter(|condition| !condition.is_empty());
    conditions
        .map(|condition| {
            let (column, value) = condition.split_once('=')?;
            Some((column.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// The column and the limit of `column <= number`, absent where the text is empty; `None` where it is something else.
#[must_use]
pub fn limit(reaching: &str) -> Option<Option<(String, f64)>> {
    if reaching.trim().is_empty() {
        return Some(None);
    }
    let (column, limit) = reaching.split_once("<=")?;
    Some(Some((column.trim().to_owned(), limit.trim().parse().ok()?)))
}

/// The name of the file of a figure that has no name of its own, without extension.
#[must_use]
pub fn file_name(y: &str, x: &str) -> String {
    format!("{y}-against-{x}")
}
