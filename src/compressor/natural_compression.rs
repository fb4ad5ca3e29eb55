//! Natural compression: random rounding of each entry to a power of two, the sign and the exponent of a number.
//!
//! ```text
//! C(x)ⱼ = sign(xⱼ) 2ᵉ or sign(xⱼ) 2ᵉ⁺¹, the latter with probability |xⱼ|/2ᵉ − 1,   e = ⌊log₂|xⱼ|⌋
//! E C(x) = x,   E‖C(x) − x‖² = Σⱼ (|xⱼ| − 2ᵉ)(2ᵉ⁺¹ − |xⱼ|)          ω = 1/8
//! ```
//!
//! With `|xⱼ| = 2ᵉ(1 + m)` a term is `m(1 − m)/(1 + m)²` of xⱼ², which is largest, 1/8, at m = 1/3. The probability is
//! the fraction of a binary number, so the mean is exact to the last bit. Entries below the normal numbers, where
//! there are no exponents, become zero or the least normal number, with the right mean; above 2¹⁰²³ the next power is
//! infinite. With `values = "f32"` exponents have the range of that format: 9 bits per coordinate.

use super::{Build, Call, Compressor, CompressorError, Guarantee, Message, Randomness};
use crate::registry::Described;
use crate::vector::{NotFinite, check_finite};
use rand::Rng as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rounds entries at random to powers of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NaturalCompression {}

impl Described for NaturalCompression {
    const NAME: &'static str = "natural-compression";
    const SUMMARY: &'static str = "rounds entries at random to powers of two; unbiased, ω = 1/8";
    const SOURCE: &'static str = "horvath2019natural, arXiv:1905.10988, Theorem 3";
    const EXAMPLE: &'static str = r#"{ name = "natural-compression" }"#;
}

impl Build for NaturalCompression {
    fn build(&self, _blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        Ok(Box::new(*self))
    }

    fn follows_any(&self) -> bool {
        true
    }
}

impl Compressor for NaturalCompression {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        /// Bits of the fraction of an `f64`.
        const FRACTION: u32 = f64::MANTISSA_DIGITS - 1;
        check_finite(x)?;
        let mut stream = call.private();
        message.powers().extend(x.iter().map(|&value| {
            let bits = value.abs().to_bits();
            let up = stream.next_u64() >> (u64::BITS - FRACTION) < bits & ((1 << FRACTION) - 1);
            let power = (bits >> FRACTION) as i16 + i16::from(up);
            if value < 0.0 { -power } else { power }
        }));
        Ok(())
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        Guarantee::Unbiased { omega: 1.0 / 8.0 }
    }

    fn randomness(&self) -> Randomness {
        Randomness::Own
    }

    fn is_projection(&self) -> bool {
        false
    }
}
