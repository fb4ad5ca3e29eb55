//! How theorems are checked on an experiment, `[check]`, and the possible outcomes.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The `[check]` table of an experiment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckSpec {
    /// Only these theorems, by name; all when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub theorems: Vec<String>,
    /// ε of the theorems on the probability of coming near x*; a quarter of `‖x_0 − x*‖²` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<f64>,
    /// Constants that are asserted instead of proved or measured, such as `{ xi = 1.0 }`; what runs refute is reported.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub assume: BTreeMap<String, f64>,
}

/// What became of a theorem on a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// A hypothesis that the experiment's names or constants decide fails, or a constant is not known.
    NotApplicable,
    /// The bound was met wherever it was compared.
    Holds,
    /// What was seen does not decide: there are too few seeds, or constants were measured on too few rounds.
    Inconclusive,
    /// A hypothesis that only the runs decide fails, so that the bound promises nothing.
    AssumptionViolated,
    /// The bound was exceeded although its hypotheses hold as far as they are known.
    Violated,
}

impl Verdict {
    /// The worse of two.
    pub(crate) fn worst(self, other: Self) -> Self {
        self.max(other)
    }

    /// In tables: `holds`, `assumption-violated`, ….
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotApplicable => "not-applicable",
            Self::Holds => "holds",
            Self::Inconclusive => "inconclusive",
            Self::AssumptionViolated => "assumption-violated",
            Self::Violated => "violated",
        }
    }
}
