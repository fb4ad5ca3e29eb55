//! Scaled: another operator times a constant, by default the one that makes an unbiased operator a contraction.
//!
//! ```text
//! C(x) = λ C₁(x),   λ = 1/(1 + ω) unless a factor is given
//!
//! C₁ unbiased:     E‖C(x) − x‖² = λ² E‖C₁(x) − x‖² + (1 − λ)² ‖x‖²        δ = 1 − λ²ω − (1 − λ)²
//!                  at λ = 1/(1 + ω), which minimizes it:                   δ = 1/(1 + ω)
//! C₁ contractive:  E‖C(x) − x‖² ≤ λ E‖C₁(x) − x‖² + (1 − λ) ‖x‖²          δ = λ δ₁   for λ ≤ 1
//! ```
//!
//! The first is the bias and the variance; the second is convexity of the square of a norm, with
//! `C(x) − x = λ (C₁(x) − x) − (1 − λ) x`. Where neither gives a δ > 0 no inequality is claimed. The message is that of
//! C₁ with its numbers multiplied; a message of powers of two has a factor of its own.

use super::{
    Build, Call, Compressor, CompressorError, CompressorSpec, Guarantee, Message, Parameter, Randomness, Selection,
    Step, check_positive,
};
use crate::registry::Described;
use crate::vector::NotFinite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Another compressor times a constant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scaled {
    /// C₁.
    pub compressor: Box<CompressorSpec>,
    /// λ > 0; without it 1/(1 + ω) of an unbiased C₁.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<f64>,
}

impl Described for Scaled {
    const NAME: &'static str = "scaled";
    const SUMMARY: &'static str = "an unbiased compressor over 1 + ω: a contraction, δ = 1/(1 + ω); or times a factor";
    const SOURCE: &'static str = "beznosikov2020biased, arXiv:2002.12410, scaled unbiased operators";
    const EXAMPLE: &'static str = r#"{ name = "scaled", compressor = { name = "qsgd", levels = 4 } }"#;
}

impl Build for Scaled {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        let compressor = self.compressor.build(blocks)?;
        let factor = match (self.factor, compressor.guarantee(super::largest(blocks))) {
            (Some(factor), _) => factor,
            (None, Guarantee::Unbiased { omega }) => 1.0 / (1.0 + omega),
            (None, _) => return Err(CompressorError::NotUnbiased { name: self.compressor.name() }),
        };
        check_positive("factor", factor)?;
        Ok(Box::new(Operator { compressor, factor, is_best: self.factor.is_none() }))
    }

    fn follows_any(&self) -> bool {
        self.compressor.follows_any()
    }
}

#[derive(Debug)]
struct Operator {
    compressor: Box<dyn Compressor>,
    factor: f64,
    /// Whether the factor is 1/(1 + ω).
    is_best: bool,
}

impl Compressor for Operator {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        self.compressor.compress(x, call, message)?;
        message.scale_by(self.factor);
        Ok(())
    }

    fn add_and_compress(&self, steps: &mut [Step<'_>]) -> Result<(), (usize, NotFinite)> {
        self.compressor.add_and_compress(steps)?;
        for step in steps {
            step.message.scale_by(self.factor);
        }
        Ok(())
    }

    fn is_side_by_side(&self) -> bool {
        self.compressor.is_side_by_side()
    }

    fn guarantee(&self, dim: usize) -> Guarantee {
        let factor = self.factor;
        let delta = match self.compressor.guarantee(dim) {
            _ if factor == 1.0 => return self.compressor.guarantee(dim),
            Guarantee::Unbiased { omega } if self.is_best => 1.0 / (1.0 + omega),
            Guarantee::Unbiased { omega } => 1.0 - factor * factor * omega - (1.0 - factor) * (1.0 - factor),
            Guarantee::Contractive { delta } if factor < 1.0 => factor * delta,
            Guarantee::Contractive { .. } | Guarantee::None => return Guarantee::None,
        };
        if delta > 0.0 { Guarantee::Contractive { delta } } else { Guarantee::None }
    }

    fn most_entries(&self, block: usize, dim: usize) -> usize {
        self.compressor.most_entries(block, dim)
    }

    fn randomness(&self) -> Randomness {
        self.compressor.randomness()
    }

    fn is_projection(&self) -> bool {
        self.factor == 1.0 && self.compressor.is_projection()
    }

    fn selection(&self) -> Option<Selection> {
        // The choice is that of C₁, whatever the factor.
        self.compressor.selection()
    }

    fn kept(&self, block: usize, dim: usize) -> Option<usize> {
        self.compressor.kept(block, dim)
    }

    fn parameters(&self, block: usize, dim: usize) -> Vec<Parameter> {
        self.compressor.parameters(block, dim)
    }

    fn learns(&self) -> bool {
        self.compressor.learns()
    }
}
