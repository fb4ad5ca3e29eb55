//! Hard threshold: all entries of magnitude at least λ.
//!
//! ```text
//! C(x)ⱼ = xⱼ where |xⱼ| ≥ λ, else 0
//! |xⱼ − C(x)ⱼ| < λ for every j,   ‖C(x) − x‖² ≤ d λ²
//! ```
//!
//! An absolute bound, not a relative one: a vector of entries below λ is dropped whole, so no δ > 0 holds for every x
//! and [`Guarantee::None`] is the truth.

use super::{
    Build, Call, Compressor, CompressorError, Guarantee, Message, Parameter, Randomness, Selection, check_positive,
};
use crate::registry::Described;
use crate::vector::{NotFinite, select};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps all entries of magnitude at least `threshold`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HardThreshold {
    /// λ > 0, in the units of the vector.
    pub threshold: f64,
}

impl Described for HardThreshold {
    const NAME: &'static str = "hard-threshold";
    const SUMMARY: &'static str = "keeps all entries of magnitude at least a threshold";
    const SOURCE: &'static str = "sahu2021rethinking, arXiv:2108.00951";
    const EXAMPLE: &'static str = r#"{ name = "hard-threshold", threshold = 0.5 }"#;
}

impl Build for HardThreshold {
    fn build(&self, _blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        check_positive("threshold", self.threshold)?;
        Ok(Box::new(*self))
    }

    fn follows_any(&self) -> bool {
        true
    }
}

impl Compressor for HardThreshold {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        let (indices, values) = message.sparse(x.len());
        select::at_least(x, self.threshold, indices)?;
        values.extend(indices.iter().map(|&j| x[j as usize]));
        call.scratch.n_read += (x.len() + 2 * indices.len()) as u64;
        Ok(())
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        Guarantee::None
    }

    fn randomness(&self) -> Randomness {
        Randomness::None
    }

    fn is_projection(&self) -> bool {
        true
    }

    fn selection(&self) -> Option<Selection> {
        Some(Selection::Threshold)
    }

    fn parameters(&self, _block: usize, _dim: usize) -> Vec<Parameter> {
        vec![Parameter::Threshold(self.threshold)]
    }
}
