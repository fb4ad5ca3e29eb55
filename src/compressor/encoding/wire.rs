//! What both sides agree on before a message is sent.

use crate::compressor::precision::Precision;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How messages travel. In TOML `wire = { encoding = "raw", values = "f32" }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wire {
    /// How positions and levels are written.
    pub encoding: Encoding,
    /// The precision of every number sent.
    pub values: Precision,
}

impl Default for Wire {
    /// Raw positions, exact values: what is decoded is what was sent, to the last bit.
    fn default() -> Self {
        Self { encoding: Encoding::Raw, values: Precision::F64 }
    }
}

/// How the positions of sparse messages and the levels of quantized ones are written; the formulas are in the module's
/// documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Encoding {
    /// Each index in ⌈log₂ d⌉ bits, each level in ⌈log₂(2s + 1)⌉.
    Raw,
    /// One bit per coordinate that says whether it is sent.
    Bitmap,
    /// Gaps between indices, and levels, in Elias γ code.
    EliasGamma,
    /// Gaps between indices, and levels, in Elias δ code.
    EliasDelta,
    /// Gaps between indices, and levels, in Elias ω code (recursive Elias code), as in QSGD.
    EliasOmega,
    /// Gaps between indices in Golomb–Rice code.
    GolombRice,
    /// The shortest of the above for each message, named in its header.
    Smallest,
    /// The bits that no code for a uniformly random set of positions undercuts on average; it has no bytes.
    EntropyLimit,
}

/// The encodings that `smallest` chooses from; the place in this list is the number in the header.
pub(super) const CHOICES: [Encoding; 6] = [
    Encoding::Raw,
    Encoding::Bitmap,
    Encoding::EliasGamma,
    Encoding::EliasDelta,
    Encoding::GolombRice,
    Encoding::EliasOmega,
];
