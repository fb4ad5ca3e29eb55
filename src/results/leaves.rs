//! A specification as its leaves, as plans, comparisons and reports name it.

use serde_json::Value;

/// The leaves of a value in its own order, each with its path, names joined by dots; a list is a leaf, and what is
/// absent is none.
#[must_use]
pub fn leaves<'a>(path: &str, value: &'a Value) -> Vec<(String, &'a Value)> {
    match value {
        Value::Object(table) => {
            let below = |name: &String| if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            table.iter().flat_map(|(name, value)| leaves(&below(name), value)).collect()
        }
        Value::Null => Vec::new(),
        leaf => vec![(path.to_owned(), leaf)],
    }
}

/// A leaf as text: strings without quotes, all else as JSON.
#[must_use]
pub fn text(leaf: &Value) -> String {
    leaf.as_str().map_or_else(|| leaf.to_string(), str::to_owned)
}
