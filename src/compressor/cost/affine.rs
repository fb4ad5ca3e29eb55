//! A fixed cost per message beside the cost per bit: `C(n) = c₁ P(n) + c₀`.
//!
//! The improvement of plain sparsification is concave in n, so its quotient with this cost rises to one peak and
//! falls: the fixed part pays for more than one coordinate.

use super::{CompressorError, Cost, Parameter, Payload, check_not_negative};
use crate::compressor::check_positive;
use crate::registry::Described;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `C(n) = per_bit · P(n) + fixed`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AffineCost {
    /// c₁ > 0: cost of one bit.
    pub per_bit: f64,
    /// c₀ ≥ 0: cost of a message, in the same unit.
    pub fixed: f64,
}

impl Described for AffineCost {
    const NAME: &'static str = "affine";
    const SUMMARY: &'static str = "a cost per bit and a cost per message";
    const SOURCE: &'static str = "khirirat2020flexible, arXiv:2003.06377, communication cost models";
    const EXAMPLE: &'static str = r#"{ name = "affine", per_bit = 1.0, fixed = 500.0 }"#;
}

impl Cost for AffineCost {
    fn cost(&self, payload: Payload, n: usize) -> f64 {
        self.per_bit * payload.bits(n) as f64 + self.fixed
    }

    fn parameter(&self, payload: Payload) -> Option<Parameter> {
        let per_unit = self.per_bit * payload.coordinate as f64;
        Some(Parameter::Cost { per_unit, fixed: self.fixed + self.per_bit * payload.header as f64, packet: None })
    }

    fn check(&self, _payload: Payload) -> Result<(), CompressorError> {
        check_positive("per_bit", self.per_bit)?;
        check_not_negative("fixed", self.fixed)
    }
}
