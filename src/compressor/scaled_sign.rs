//! Scaled sign: the signs of all entries, times their mean magnitude.
//!
//! ```text
//! C(x)ⱼ = (‖x‖₁/d) sign(xⱼ)                              sign(0) = +1: a sign is one bit
//! ‖C(x) − x‖² = (1 − ‖x‖₁²/(d ‖x‖²)) ‖x‖²                δ = 1/d
//! ```
//!
//! The residue is an identity, since `⟨C(x), x⟩ = ‖C(x)‖² = ‖x‖₁²/d`; it vanishes for entries of one magnitude, and
//! `‖x‖₁ ≥ ‖x‖` is attained by a single entry, so that the worst case is 1/d.

use super::{Build, Call, Compressor, CompressorError, Guarantee, Message, Randomness, largest};
use crate::registry::Described;
use crate::vector::{NotFinite, check_finite, scaled_norm_one, unit_of_norm_one};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sends the signs of all entries and their mean magnitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScaledSign {}

impl Described for ScaledSign {
    const NAME: &'static str = "scaled-sign";
    const SUMMARY: &'static str = "sends the signs of all entries and their mean magnitude; δ = ‖x‖₁²/(d‖x‖²) ≥ 1/d";
    const SOURCE: &'static str = "karimireddy2019error, arXiv:1901.09847, EF-SIGNSGD";
    const EXAMPLE: &'static str = r#"{ name = "scaled-sign" }"#;
}

impl Build for ScaledSign {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        Ok(Box::new(Operator { dim: largest(blocks) }))
    }

    fn follows_any(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Operator {
    dim: usize,
}

impl Compressor for Operator {
    fn compress(&self, x: &[f64], _call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        check_finite(x)?;
        let unit = unit_of_norm_one(x);
        let negative = message.signs(x.len(), scaled_norm_one(x, &[], unit) / x.len() as f64 * unit);
        negative.iter_mut().zip(x).for_each(|(negative, &value)| *negative = value < 0.0);
        Ok(())
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        Guarantee::Contractive { delta: 1.0 / self.dim as f64 }
    }

    fn randomness(&self) -> Randomness {
        Randomness::None
    }

    fn is_projection(&self) -> bool {
        false
    }
}
