//! A whole run: rounds until the end, recorded on the way.

use super::Simulation;
use super::observer::Observer;
use super::recorder::Recorder;
use super::state::State;
use crate::record::Outcome;

impl Simulation<'_> {
    /// Runs rounds until the end, recording on the way. `after_round` may look at the state and stop the run.
    pub fn run(
        &mut self,
        state: &mut State,
        recorder: &mut Recorder<'_>,
        after_round: impl FnMut(&State, &Recorder<'_>) -> bool,
    ) -> Outcome {
        self.run_before(&mut (), state, recorder, after_round)
    }

    /// [`Simulation::run`] with an observer.
    pub fn run_before(
        &mut self,
        observer: &mut dyn Observer,
        state: &mut State,
        recorder: &mut Recorder<'_>,
        mut after_round: impl FnMut(&State, &Recorder<'_>) -> bool,
    ) -> Outcome {
        recorder.begin(self.config(), state);
        while state.round < self.config.rounds {
            let round = state.round + 1;
            if let Err(reason) = recorder.round(self, state, observer) {
                return Outcome::Diverged { round, reason };
            }
            if !after_round(state, recorder) {
                return Outcome::Interrupted;
            }
        }
        Outcome::Finished
    }
}
