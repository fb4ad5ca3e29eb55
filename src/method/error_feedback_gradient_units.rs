//! Error feedback with the residual in gradient units, as most training code does it.
//!
//! ```text
//! worker i:  p = eᵢ + gᵢ(x_t)
//!            c = C(p), send c
//!            eᵢ = p − c
//! server:    x_{t+1} = x_t − γ_t (1/n) Σᵢ cᵢ
//! ```
//!
//! With a constant step size it makes the same iterates as `error-feedback` for positively homogeneous C (top-k,
//! rand-k); when the step size changes, old residuals are applied with the new step size.

use super::error_feedback::{Feedback, Scaled};
use super::{Definition, Method, MethodError};
use crate::compressor::{Compressor, CompressorSpec};
use crate::registry::Described;
use serde::{Deserialize, Serialize};

/// Error feedback with the residual in gradient units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorFeedbackGradientUnits {
    /// The operator C.
    pub compressor: CompressorSpec,
}

impl Described for ErrorFeedbackGradientUnits {
    const NAME: &'static str = "error-feedback-gradient-units";
    const SUMMARY: &'static str = "error feedback, residual in gradient units (as in training code)";
    const SOURCE: &'static str = "shi2019understanding, arXiv:1911.08772, Algorithm 1";
    const EXAMPLE: &'static str =
        "name = \"error-feedback-gradient-units\"\ncompressor = { name = \"top-k\", k = 0.1 }";
}

impl ErrorFeedbackGradientUnits {
    /// The method around any operator, such as one from outside the crate.
    #[must_use]
    pub fn around(compressor: Box<dyn Compressor>) -> Box<dyn Method> {
        Box::new(Feedback { compressor, scaled: Scaled::AfterCompression })
    }
}

impl Definition for ErrorFeedbackGradientUnits {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Method>, MethodError> {
        Ok(Self::around(self.compressor.build(blocks)?))
    }
}
