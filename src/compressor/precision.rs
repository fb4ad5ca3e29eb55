//! The precision of the numbers that travel.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The precision of the numbers that travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 32 bits.
    F32,
    /// 64 bits.
    F64,
}

impl Precision {
    /// Bits of one number.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::F32 => 32,
            Self::F64 => 64,
        }
    }

    /// The nearest number of this precision.
    #[must_use]
    pub fn round(self, value: f64) -> f64 {
        match self {
            Self::F32 => f64::from(value as f32),
            Self::F64 => value,
        }
    }

    /// The bits of the nearest number of this precision.
    pub(super) fn bits_of(self, value: f64) -> u64 {
        match self {
            Self::F32 => u64::from((value as f32).to_bits()),
            Self::F64 => value.to_bits(),
        }
    }

    /// The number with these bits.
    pub(super) fn number(self, bits: u64) -> f64 {
        match self {
            Self::F32 => f64::from(f32::from_bits(bits as u32)),
            Self::F64 => f64::from_bits(bits),
        }
    }

    /// Bits of the exponent of one number.
    pub(super) fn exponent_bits(self) -> u32 {
        match self {
            Self::F32 => 8,
            Self::F64 => 11,
        }
    }

    /// What is subtracted from an exponent of 11 bits to make one of this precision.
    fn exponent_shift(self) -> i16 {
        match self {
            Self::F32 => 1023 - 127,
            Self::F64 => 0,
        }
    }

    /// The largest exponent field, which stands for ∞.
    fn infinite(self) -> i16 {
        (1 << self.exponent_bits()) - 1
    }

    /// The power of two of this precision for one of [`super::Message::Powers`]: zero below the normal numbers, ∞ above
    /// them.
    pub(super) fn round_power(self, power: i16) -> i16 {
        match self.exponent_field(power) {
            0 => 0,
            field if field == self.infinite() => 2047 * power.signum(),
            _ => power,
        }
    }

    /// The exponent field that travels for `power`, rounded.
    pub(super) fn exponent_field(self, power: i16) -> i16 {
        (power.abs() - self.exponent_shift()).clamp(0, self.infinite())
    }

    /// `|power|` for an exponent field.
    pub(super) fn power(self, field: i16) -> i16 {
        match field {
            0 => 0,
            field if field == self.infinite() => 2047,
            field => field + self.exponent_shift(),
        }
    }
}
