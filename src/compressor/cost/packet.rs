//! Packets of a fixed size: `C(n) = c₁ packets(n) + c₀`.
//!
//! A coordinate is not split over packets, so a packet holds `τ = ⌊packet_bits/coordinate⌋` of them, the first one
//! `⌊(packet_bits − header)/coordinate⌋`; without a header `packets(n) = ⌈n/τ⌉`. Within a packet the improvement of
//! plain sparsification grows at no cost, so the best n is a multiple of τ or takes all coordinates that are not
//! zero. A rule that stops at the first coordinate without gain would stop at the first edge of a packet.

use super::{CompressorError, Cost, Parameter, Payload, check_not_negative};
use crate::compressor::check_positive;
use crate::registry::Described;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `C(n) = per_packet · packets(n) + fixed`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PacketCost {
    /// Payload bits that a packet holds.
    pub packet_bits: u64,
    /// c₁ > 0: cost of one packet.
    pub per_packet: f64,
    /// c₀ ≥ 0: cost of a message, in the same unit.
    pub fixed: f64,
}

impl Described for PacketCost {
    const NAME: &'static str = "packet";
    const SUMMARY: &'static str = "a cost per packet of fixed size and a cost per message";
    const SOURCE: &'static str = "khirirat2020flexible, arXiv:2003.06377, communication cost models";
    const EXAMPLE: &'static str = r#"{ name = "packet", packet_bits = 12000, per_packet = 576.0, fixed = 64.0 }"#;
}

impl Cost for PacketCost {
    fn cost(&self, payload: Payload, n: usize) -> f64 {
        let in_first = (self.packet_bits - payload.header) / payload.coordinate;
        let beyond = (n as u64).saturating_sub(in_first);
        let packets = 1 + beyond.div_ceil(self.packet_bits / payload.coordinate);
        self.per_packet * packets as f64 + self.fixed
    }

    fn parameter(&self, payload: Payload) -> Option<Parameter> {
        // After a header the first packet holds fewer coordinates than the others.
        (payload.header == 0).then(|| Parameter::Cost {
            per_unit: self.per_packet,
            fixed: self.fixed,
            packet: Some(self.packet_bits / payload.coordinate),
        })
    }

    fn check(&self, payload: Payload) -> Result<(), CompressorError> {
        check_positive("per_packet", self.per_packet)?;
        check_not_negative("fixed", self.fixed)?;
        if self.packet_bits < payload.bits(1) {
            return Err(CompressorError::Parameter {
                name: "packet_bits",
                value: self.packet_bits as f64,
                allowed: "large enough for the header and one coordinate (index and value)",
            });
        }
        Ok(())
    }
}
