//! TernGrad: each entry becomes zero or plus or minus the largest magnitude.
//!
//! ```text
//! C(x)ⱼ = ‖x‖∞ sign(xⱼ) · Bernoulli(|xⱼ|/‖x‖∞)
//! E C(x) = x,   E‖C(x) − x‖² = ‖x‖∞ ‖x‖₁ − ‖x‖²          ω = (√d − 1)/2
//! ```
//!
//! The variance is an identity; ω is ours. Proof: let the largest magnitude be 1 and a the others. The claim
//! `1 + Σa ≤ (1 + ω)(1 + Σa²)` is, for each of the d − 1 others, `(1 + ω)a² − a + ω/(d − 1) ≥ 0`, whose discriminant
//! `1 − 4ω(1 + ω)/(d − 1)` vanishes for `2ω + 1 = √d`. Attained by x = (1, a, …, a) with `a = 1/(1 + √d)`.
//!
//! This is the operator without the paper's layers (blocks are the method's) and without its clipping of gradients.

use super::{Build, Call, Compressor, CompressorError, Guarantee, Message, Randomness, largest, qsgd::round_to_steps};
use crate::registry::Described;
use crate::vector::{NotFinite, check_finite, norm_max};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rounds entries at random to zero or the largest magnitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TernGrad {}

impl Described for TernGrad {
    const NAME: &'static str = "terngrad";
    const SUMMARY: &'static str = "rounds entries at random to 0 or ± the largest magnitude; unbiased, ω = (√d − 1)/2";
    const SOURCE: &'static str = "wen2017terngrad, arXiv:1705.07878, without clipping";
    const EXAMPLE: &'static str = r#"{ name = "terngrad" }"#;
}

impl Build for TernGrad {
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
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        check_finite(x)?;
        round_to_steps(x, (1.0, norm_max(x)), 1, call.private(), message);
        Ok(())
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        Guarantee::Unbiased { omega: ((self.dim as f64).sqrt() - 1.0) / 2.0 }
    }

    fn randomness(&self) -> Randomness {
        Randomness::Own
    }

    fn is_projection(&self) -> bool {
        false
    }
}
