//! The step size that a theorem admits.
//!
//! ```text
//! γ_t = multiplier · (the largest γ of the theorem, the supremum of those it admits, or its only one)
//! ```
//!
//! A schedule knows no theorem: the experiment computes the step size from the constants of the objective and of the
//! operator before the run, and uses it as a constant one. A theorem whose limit needs a constant that only a run
//! shows is refused, unless `[check] assume` states it.

use super::Schedule;
use crate::registry::Described;
use serde::{Deserialize, Serialize};

/// The step size that a theorem admits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Theory {
    /// The theorem, such as `F2`; see `gradsieve theorem list`.
    pub bound: String,
    /// Times its step size; 1 when absent.
    #[serde(default = "one")]
    pub multiplier: f64,
}

fn one() -> f64 {
    1.0
}

impl Described for Theory {
    const NAME: &'static str = "theory";
    const SUMMARY: &'static str = "the largest step size that a theorem admits, or its only one";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = "name = \"theory\"\nbound = \"F2\"\nmultiplier = 0.5";
}

impl Schedule for Theory {
    /// NaN: it is not known before the experiment is planned.
    fn step_size(&self, _round: u64, _rounds: u64) -> f64 {
        f64::NAN
    }
}
