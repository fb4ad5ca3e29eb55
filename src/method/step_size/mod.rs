//! Step sizes γ_t along a run.
//!
//! A schedule knows the round and the number of rounds, nothing else.

use crate::registry::registry;
use serde::{Deserialize, Serialize};

/// A schedule of step sizes.
pub trait Schedule: Send + Sync + std::fmt::Debug {
    /// γ_t of round t = `round` (from 1) of `rounds`.
    fn step_size(&self, round: u64, rounds: u64) -> f64;
}

registry! {
    /// The schedules that an experiment can name.
    pub enum ScheduleSpec: dyn Schedule {
        constant::Constant,
        inverse::Inverse,
        polynomial::Polynomial,
        step_decay::StepDecay,
        cosine::Cosine,
        warm_up::WarmUp,
        theory::Theory,
    }
}

impl Schedule for ScheduleSpec {
    fn step_size(&self, round: u64, rounds: u64) -> f64 {
        self.member().step_size(round, rounds)
    }
}

/// γ itself, the same in every round.
impl Schedule for f64 {
    fn step_size(&self, _round: u64, _rounds: u64) -> f64 {
        *self
    }
}

/// A step size in an experiment: a number, or a schedule by name.
#[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum StepSize {
    /// The same γ > 0 in every round.
    Number(f64),
    /// A schedule.
    Schedule(ScheduleSpec),
}

impl<'de> Deserialize<'de> for StepSize {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Number(number) => Ok(Self::Number(number.as_f64().unwrap_or(f64::NAN))),
            table @ serde_json::Value::Object(_) => {
                serde_json::from_value(table).map(Self::Schedule).map_err(D::Error::custom)
            }
            other => Err(D::Error::custom(format!("invalid type: {other}, expected a number or a schedule's table"))),
        }
    }
}

/// A schedule gives a step size that is not positive.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("`step_size` is {value} in round {round}, but step sizes must be positive and finite")]
pub struct StepSizeError {
    /// The first such round.
    pub round: u64,
    /// What it gives.
    pub value: f64,
}

impl StepSize {
    /// Checks that every step size of a run of `rounds` is positive and finite.
    ///
    /// # Errors
    /// One is not.
    pub fn validate(&self, rounds: u64) -> Result<(), StepSizeError> {
        // Schedules are piecewise monotone with few pieces: a thousand rounds and both ends tell.
        (1..=rounds)
            .step_by((rounds / 1000).max(1) as usize)
            .chain([rounds])
            .map(|round| StepSizeError { round, value: self.step_size(round, rounds) })
            .find(|found| rounds > 0 && !(found.value > 0.0 && found.value.is_finite()))
            .map_or(Ok(()), Err)
    }
}

impl Schedule for StepSize {
    fn step_size(&self, round: u64, rounds: u64) -> f64 {
        match self {
            Self::Number(value) => *value,
            Self::Schedule(schedule) => schedule.step_size(round, rounds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(toml: &str, round: u64, rounds: u64) -> f64 {
        toml::from_str::<ScheduleSpec>(toml).unwrap().step_size(round, rounds)
    }

    #[test]
    fn schedules_give_the_values_of_their_formulas() {
        assert_eq!(at("name = 'constant'\nvalue = 0.3", 17, 100), 0.3);
        assert_eq!(at("name = 'inverse'\nnumerator = 8.0\nshift = 2.0", 6, 100), 1.0);
        assert_eq!(at("name = 'polynomial'\ninitial = 1.0\nshift = 3.0\nexponent = 0.5", 1, 100), 0.5);
        let decay = "name = 'step-decay'\ninitial = 1.0\nfactor = 0.1\nevery = 10";
        assert_eq!([at(decay, 10, 99), at(decay, 11, 99), at(decay, 21, 99)], [1.0, 0.1, 0.1_f64.powi(2)]);
        let cosine = "name = 'cosine'\ninitial = 1.0\nfinal = 0.2";
        assert_eq!(at(cosine, 1, 11), 1.0);
        assert!((at(cosine, 6, 11) - 0.6).abs() < 1e-15);
        assert!((at(cosine, 11, 11) - 0.2).abs() < 1e-15);
        let warm = "name = 'warm-up'\nrounds = 4\nschedule = { name = 'constant', value = 2.0 }";
        assert_eq!([at(warm, 1, 9), at(warm, 4, 9), at(warm, 5, 9)], [0.5, 2.0, 2.0]);
    }

    #[test]
    fn members_parse_their_own_examples_and_stay_positive() {
        for member in ScheduleSpec::MEMBERS {
            let schedule: ScheduleSpec = toml::from_str(member.example).unwrap();
            assert_eq!(schedule.name(), member.name);
            // That of a theorem is known once the experiment is planned.
            let is_planned = matches!(schedule, ScheduleSpec::Theory(_));
            assert_eq!(StepSize::Schedule(schedule).validate(500).is_err(), is_planned);
        }
    }

    #[test]
    fn a_step_size_of_zero_is_refused_with_its_round() {
        let error = StepSize::Number(0.0).validate(10).unwrap_err();
        assert_eq!(error, StepSizeError { round: 1, value: 0.0 });
        let cosine: ScheduleSpec = toml::from_str("name = 'cosine'\ninitial = 1.0\nfinal = -1.0").unwrap();
        assert!(StepSize::Schedule(cosine).validate(10).is_err());
    }
}
