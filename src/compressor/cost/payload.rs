//! The cost is the payload: `C(n) = P(n)` bits.
//!
//! For plain sparsification improvement per bit is then largest for a single coordinate, since the improvement is
//! concave and the payload proportional to n.

use super::{CompressorError, Cost, Parameter, Payload};
use crate::registry::Described;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `C(n) = P(n)`, in bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PayloadCost {}

impl Described for PayloadCost {
    const NAME: &'static str = "payload";
    const SUMMARY: &'static str = "bits of the payload";
    const SOURCE: &'static str = "khirirat2020flexible, arXiv:2003.06377, communication cost models";
    const EXAMPLE: &'static str = r#"{ name = "payload" }"#;
}

impl Cost for PayloadCost {
    fn cost(&self, payload: Payload, n: usize) -> f64 {
        payload.bits(n) as f64
    }

    fn parameter(&self, payload: Payload) -> Option<Parameter> {
        Some(Parameter::Cost { per_unit: payload.coordinate as f64, fixed: payload.header as f64, packet: None })
    }

    fn check(&self, _payload: Payload) -> Result<(), CompressorError> {
        Ok(())
    }
}
