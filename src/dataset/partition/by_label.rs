//! Rows sorted by label, in equal parts: the most different workers.

use crate::registry::Described;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rows sorted by label, ascending, equal labels in the order of the source; sizes differ by at most one.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ByLabel {}

impl Described for ByLabel {
    const NAME: &'static str = "by-label";
    const SUMMARY: &'static str = "Rows sorted by label, parts of equal size";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = r#"{ name = "by-label" }"#;
}

impl ByLabel {
    #[expect(clippy::unused_self, reason = "every partition is called in the same way")]
    pub(super) fn order(&self, labels: &[f64]) -> Vec<u32> {
        let mut order: Vec<u32> = (0..labels.len() as u32).collect();
        order.sort_by(|&i, &j| labels[i as usize].total_cmp(&labels[j as usize]));
        order
    }
}
