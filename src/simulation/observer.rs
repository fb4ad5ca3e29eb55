//! What looks at a run while it goes on, and changes nothing.

use super::config::Config;
use super::state::State;
use crate::compressor::Message;
use crate::method::Probe;

/// Looks at a run while it goes on. The run is bitwise identical with and without it.
pub trait Observer {
    /// Sees the state before a round, and says whether it wants to see what the workers compress in it.
    fn before(&mut self, config: &Config<'_>, state: &State) -> bool;

    /// Sees what one worker compressed in the round after `x_t`, with [`Probe::input`], in the order of the workers, exchange by exchange.
    /// The input is empty where a worker sent a vector uncompressed.
    fn compressed(&mut self, t: u64, probe: &Probe, message: &Message);

    /// Sees the state after the round.
    fn after(&mut self, config: &Config<'_>, state: &State);
}

/// Observes nothing.
impl Observer for () {
    fn before(&mut self, _: &Config<'_>, _: &State) -> bool {
        false
    }

    fn compressed(&mut self, _: u64, _: &Probe, _: &Message) {}

    fn after(&mut self, _: &Config<'_>, _: &State) {}
}
