//! Rows in the order of the source, in equal parts.

use crate::registry::Described;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The first rows to the first worker and so on; sizes differ by at most one.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Contiguous {}

impl Described for Contiguous {
    const NAME: &'static str = "contiguous";
    const SUMMARY: &'static str = "Rows in the order of the source, parts of equal size";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = r#"{ name = "contiguous" }"#;
}
