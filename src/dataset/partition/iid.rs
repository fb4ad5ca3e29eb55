//! Rows in random order, in equal parts.

use crate::random::{Purpose, Streams};
use crate::registry::Described;
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A uniformly random permutation of the rows, cut into parts whose sizes differ by at most one.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Iid {
    /// Of the permutation; 0 where it is not stated.
    #[serde(default)]
    pub seed: u64,
}

impl Described for Iid {
    const NAME: &'static str = "iid";
    const SUMMARY: &'static str = "Rows in random order, parts of equal size";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = r#"{ name = "iid", seed = 1 }"#;
}

impl Iid {
    pub(super) fn order(&self, n_rows: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..n_rows as u32).collect();
        order.shuffle(&mut Streams::new(self.seed).stream(Purpose::Partition, 0, 0));
        order
    }
}
