//! The identity `C(x) = x`: the uncompressed baseline.
//!
//! Every coordinate travels, without indices. It is unbiased with ω = 0, hence a contraction with δ = 1.

use super::{Build, Call, Compressor, CompressorError, Guarantee, Message, Randomness};
use crate::registry::Described;
use crate::vector::{NotFinite, check_finite};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `C(x) = x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {}

impl Described for Identity {
    const NAME: &'static str = "identity";
    const SUMMARY: &'static str = "sends every coordinate, uncompressed";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = r#"{ name = "identity" }"#;
}

impl Build for Identity {
    fn build(&self, _blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        Ok(Box::new(*self))
    }

    fn follows_any(&self) -> bool {
        true
    }
}

impl Compressor for Identity {
    fn compress(&self, x: &[f64], _call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        check_finite(x)?;
        message.dense(x.len()).copy_from_slice(x);
        Ok(())
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        Guarantee::Unbiased { omega: 0.0 }
    }

    fn randomness(&self) -> Randomness {
        Randomness::None
    }

    fn is_projection(&self) -> bool {
        true
    }
}
