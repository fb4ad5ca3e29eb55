//! All rows to every worker.

use crate::registry::Described;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every worker holds the whole data set, so that all fᵢ are equal.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Identical {}

impl Described for Identical {
    const NAME: &'static str = "identical";
    const SUMMARY: &'static str = "All rows to every worker";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = r#"{ name = "identical" }"#;
}
