//! Step sizes that rise linearly to those of another schedule.
//!
//! ```text
//! γ_t = min(1, t / rounds) · γ_t of the schedule inside
//! ```

use super::{Schedule, ScheduleSpec};
use crate::registry::Described;
use serde::{Deserialize, Serialize};

/// Step sizes that rise linearly to those of another schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarmUp {
    /// Rounds until the full step size.
    pub rounds: std::num::NonZeroU64,
    /// The schedule inside.
    pub schedule: Box<ScheduleSpec>,
}

impl Described for WarmUp {
    const NAME: &'static str = "warm-up";
    const SUMMARY: &'static str = "step sizes that rise linearly to those of another schedule";
    const SOURCE: &'static str = "goyal2017accurate, arXiv:1706.02677v2, Section 2.2";
    const EXAMPLE: &'static str = "name = \"warm-up\"\nrounds = 50\nschedule = { name = \"constant\", value = 0.1 }";
}

impl Schedule for WarmUp {
    fn step_size(&self, round: u64, rounds: u64) -> f64 {
        let rise = (round as f64 / self.rounds.get() as f64).min(1.0);
        rise * self.schedule.step_size(round, rounds)
    }
}
