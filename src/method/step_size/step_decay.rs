//! Step sizes that are multiplied by a factor every n rounds.
//!
//! ```text
//! γ_t = initial · factor^⌊(t − 1) / every⌋
//! ```

use super::Schedule;
use crate::registry::Described;
use serde::{Deserialize, Serialize};

/// Step sizes that drop by a factor every n rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepDecay {
    /// γ_1.
    pub initial: f64,
    /// What each drop multiplies by.
    pub factor: f64,
    /// Rounds between drops.
    pub every: std::num::NonZeroU64,
}

impl Described for StepDecay {
    const NAME: &'static str = "step-decay";
    const SUMMARY: &'static str = "step sizes that drop by a factor every n rounds";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = "name = \"step-decay\"\ninitial = 0.1\nfactor = 0.1\nevery = 100";
}

impl Schedule for StepDecay {
    fn step_size(&self, round: u64, _rounds: u64) -> f64 {
        self.initial * self.factor.powi(((round - 1) / self.every.get()).min(1 << 20) as i32)
    }
}
