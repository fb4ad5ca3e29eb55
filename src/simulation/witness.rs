//! Someone who looks at a run as it is played, and changes nothing.

use super::config::Config;
use super::state::State;
use crate::compressor::Message;
use crate::method::Probe;

/// Someone who looks at a run as it is played. The run is the same to the bit with and without it.
pub trait Witness {
    /// Sees the state before a round, and says whether it wants to see what the workers compress in it.
    fn before(&mut self, config: &Config<'_>, state: &State) -> bool;

    /// Sees what one worker compressed in the round after `x_t`, with [`Probe::input`], in the order of the workers, exchange by exchange.
    /// The input is empty where a worker sent a vector uncompressed.
    fn compressed(&mut self, t: u64, probe: &Probe, message: &Message);

    /// Sees the state after the round.
    fn after(&mut self, config: &Config<'_>, state: &State);
}

/// Nobody looks.
impl Witness for () {
    fn before(&mut self, _: &Config<'_>, _: &State) -> bool {
        false
    }

    fn compressed(&mut self, _: u64, _: &Probe, _: &Message) {}

    fn after(&mut self, _: &Config<'_>, _: &State) {}
}
