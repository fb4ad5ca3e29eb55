//! What a round of communication costs: simulated seconds from counted bits.
//!
//! It counts nothing itself and knows no method: bits come from the encoded messages.

use crate::registry::registry;

/// The bits of one round.
#[derive(Debug, Clone, Copy)]
pub struct Traffic<'a> {
    /// Bits of each worker's message; one per worker.
    pub up: &'a [u64],
    /// Bits of the message that every worker receives back from a server.
    pub down: u64,
    /// Whether all messages are dense, so that they can be summed on the way.
    pub dense: bool,
}

impl Traffic<'_> {
    /// Σ up.
    #[must_use]
    pub fn total_up(&self) -> u64 {
        self.up.iter().sum()
    }

    /// down, for every worker.
    #[must_use]
    pub fn total_down(&self) -> u64 {
        self.down * self.up.len() as u64
    }
}

/// A model of the time that communication takes.
pub trait CostModel: Send + Sync + std::fmt::Debug {
    /// Simulated seconds of one round.
    fn seconds(&self, traffic: &Traffic<'_>) -> f64;

    /// Whether all parameters are admissible.
    ///
    /// # Errors
    /// A latency or a time per bit is negative or not finite.
    fn validate(&self) -> Result<(), NetworkError> {
        Ok(())
    }
}

/// A parameter of a cost model is out of range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("network: `{name}` is {value}, but it must be a finite number that is {requirement}")]
pub struct NetworkError {
    /// The key in TOML.
    pub name: &'static str,
    /// What it holds.
    pub value: f64,
    /// What is allowed.
    pub requirement: &'static str,
}

/// Refuses a parameter that is negative or not finite.
fn not_negative(name: &'static str, value: f64) -> Result<(), NetworkError> {
    if value.is_finite() && value >= 0.0 { Ok(()) } else { Err(NetworkError { name, value, requirement: "≥ 0" }) }
}

pub use ethernet::Speed;

registry! {
    /// The cost models that an experiment can name.
    pub enum NetworkSpec: dyn CostModel {
        payload::Payload,
        packet::Packet,
        ring_all_reduce::RingAllReduce,
        all_gather::AllGather,
        collective::Collective,
        parameter_server::ParameterServer,
        ethernet::Ethernet,
    }
}

impl CostModel for NetworkSpec {
    fn seconds(&self, traffic: &Traffic<'_>) -> f64 {
        self.member().seconds(traffic)
    }

    fn validate(&self) -> Result<(), NetworkError> {
        self.member().validate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(toml: &str) -> NetworkSpec {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn formulas_agree_with_arithmetic_by_hand() {
        let traffic = Traffic { up: &[100, 300], down: 50, dense: false };
        let seconds = |toml: &str| model(toml).seconds(&traffic);
        // (100 + 300 + 2·50)·0.5
        assert_eq!(seconds("name = 'payload'\nseconds_per_bit = 0.5"), 250.0);
        // 2 rounds of latency; ⌈100/64⌉ + ⌈300/64⌉ + 2⌈50/64⌉ = 2 + 5 + 2 packets.
        assert_eq!(seconds("name = 'packet'\npacket_bits = 64\nseconds_per_packet = 1.0\nlatency_seconds = 3.0"), 15.0);
        // (n − 1)(α + max·β)
        assert_eq!(seconds("name = 'all-gather'\nlatency_seconds = 1.0\nseconds_per_bit = 0.01"), 4.0);
        // 2(n − 1)(α + max/n·β)
        assert_eq!(seconds("name = 'ring-all-reduce'\nlatency_seconds = 1.0\nseconds_per_bit = 0.01"), 5.0);
        // 2α + (400 + 100)·β
        assert_eq!(seconds("name = 'parameter-server'\nlatency_seconds = 1.0\nseconds_per_bit = 0.01"), 7.0);
    }

    #[test]
    fn a_collective_reduces_dense_and_gathers_sparse_messages() {
        let collective = model("name = 'collective'\nlatency_seconds = 1.0\nseconds_per_bit = 0.01");
        let up = [300, 300, 300];
        let dense = collective.seconds(&Traffic { up: &up, down: 300, dense: true });
        let sparse = collective.seconds(&Traffic { up: &up, down: 300, dense: false });
        assert_eq!((dense, sparse), (2.0 * 2.0 * (1.0 + 1.0), 2.0 * (1.0 + 3.0)));
    }

    #[test]
    fn one_worker_without_peers_takes_no_time() {
        let traffic = Traffic { up: &[1000], down: 1000, dense: true };
        assert_eq!(model("name = 'ethernet'\nspeed = '10g'").seconds(&traffic), 0.0);
    }

    #[test]
    fn negative_parameters_are_refused_by_name() {
        let error = model("name = 'payload'\nseconds_per_bit = -1.0").validate().unwrap_err();
        assert!(error.to_string().contains("`seconds_per_bit` is -1"), "{error}");
    }
}
