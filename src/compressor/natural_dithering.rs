//! Natural dithering: random rounding of each entry to the norm times one of s powers of two.
//!
//! ```text
//! C(x)ⱼ = ‖x‖ sign(xⱼ) hⱼ,   hⱼ one of the two neighbors of aⱼ = |xⱼ|/‖x‖ among 0, 2¹⁻ˢ, …, ½, 1,   E hⱼ = aⱼ
//! E C(x) = x,   E‖C(x) − x‖² = ‖x‖² Σⱼ (aⱼ − l)(u − aⱼ)      l ≤ aⱼ ≤ u the neighbors
//! ω = 1/8 + √d 2¹⁻ˢ min(1, √d 2¹⁻ˢ)
//! ```
//!
//! As natural compression above the lowest step; below it a term is `aⱼ(2¹⁻ˢ − aⱼ)`. The norm is the 2-norm, p = 2 in
//! the paper. s steps span as many octaves, so a few bits reach far below the norm.

use super::message::Spacing;
use super::qsgd::check_levels;
use super::{Build, Call, Compressor, CompressorError, Guarantee, Message, Parameter, Randomness, largest};
use crate::registry::Described;
use crate::vector::{NotFinite, check_finite, scaled_norm_squared};
use rand::RngExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rounds entries at random to the norm times powers of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NaturalDithering {
    /// s, the number of steps above zero, each half of the next: 1 ≤ s ≤ 1000.
    pub levels: u32,
}

impl Described for NaturalDithering {
    const NAME: &'static str = "natural-dithering";
    const SUMMARY: &'static str = "rounds entries at random to the 2-norm times powers of two; unbiased";
    const SOURCE: &'static str = "horvath2019natural, arXiv:1905.10988, Theorem 7 with p = 2";
    const EXAMPLE: &'static str = r#"{ name = "natural-dithering", levels = 4 }"#;
}

impl Build for NaturalDithering {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        check_levels(self.levels, Spacing::Powers, "a whole number from 1 to 1000")?;
        Ok(Box::new(Operator { n_levels: self.levels, dim: largest(blocks) }))
    }

    fn follows_any(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Operator {
    n_levels: u32,
    dim: usize,
}

impl Compressor for Operator {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        check_finite(x)?;
        let mut stream = call.private();
        let (unit, squared) = scaled_norm_squared(x);
        let norm = squared.sqrt();
        let levels = message.levels(unit * norm, self.n_levels, Spacing::Powers);
        if norm == 0.0 {
            levels.resize(x.len(), 0);
            return Ok(());
        }
        let s = self.n_levels.cast_signed();
        let lowest = Spacing::Powers.height(1, self.n_levels);
        levels.extend(x.iter().map(|&value| {
            // Rounding may carry an entry above the norm, by an ulp.
            let a = (value.abs() / unit / norm).min(1.0);
            let (below, fraction) = if a < lowest {
                (0, a / lowest)
            } else {
                let exponent = (a.to_bits() >> (f64::MANTISSA_DIGITS - 1)) as i32 - 1023;
                (s + exponent, a / Spacing::Powers.height(s + exponent, self.n_levels) - 1.0)
            };
            let level = below + i32::from(stream.random::<f64>() < fraction);
            if value < 0.0 { -level } else { level }
        }));
        Ok(())
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        let reach = (self.dim as f64).sqrt() * Spacing::Powers.height(1, self.n_levels);
        Guarantee::Unbiased { omega: 0.125 + reach * reach.min(1.0) }
    }

    fn randomness(&self) -> Randomness {
        Randomness::Own
    }

    fn is_projection(&self) -> bool {
        false
    }

    fn parameters(&self, _block: usize, _dim: usize) -> Vec<Parameter> {
        vec![Parameter::Levels(self.n_levels)]
    }
}
