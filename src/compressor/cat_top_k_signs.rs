//! CAT with sparsification and quantization (S+Q): signs and one magnitude, with the T of largest improvement per cost.
//!
//! ```text
//! S_T = sum of the T largest |xⱼ|,   β(T) = S_T²/(T ‖x‖²)      with the paper's step: f(x⁺) ≤ f − β(T) ‖∇f‖²/(2L)
//! T = argmax β(T)/C(T),   C(x)ⱼ = (S_T/T) sign(xⱼ) for the T largest |xⱼ|, else 0;   among equals the smallest T
//! ‖C(x) − x‖² = (1 − β(T)) ‖x‖²
//! ```
//!
//! The paper sends `‖x‖ sign(xⱼ)` and takes the step `S_T/(T L ‖x‖)`. Here that step is folded into the operator:
//! `(S_T/(T L ‖x‖)) · ‖x‖ sign = (1/L) · (S_T/T) sign`, so a method with step 1/L performs the paper's step exactly.
//! C is the projection of x onto the multiples of its T signs, hence the identity for the error.
//!
//! `P(T) = value_bits + T (⌈log₂ d⌉ + 1)` enters the cost. β is neither monotone nor unimodal (x = (10, 1, …, 1) in
//! R¹⁰⁰: β(1) = 0.50, β(9) = 0.18, β(100) = 0.60), so the search is global.
//!
//! δ: from `S_T ≥ min(1, T/√d) ‖x‖` (see `top-k-signs`) `β(T) ≥ min(1/T, T/d)`, and T beats every T′, so
//!
//! ```text
//! δ = max(1/d, C(1) · max over T′ of min(1/T′, T′/d)/C(T′))
//! ```
//!
//! where T′ beyond the number m of non-zero entries may stand too: `β(m) ≥ 1/m ≥ 1/T′` at no higher cost.

use super::cat::{Content, Tuner};
use super::cost::CostSpec;
use super::{Build, Call, Compressor, CompressorError, Guarantee, Message, Parameter, Randomness, Selection};
use crate::registry::Described;
use crate::vector::NotFinite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Signs and the mean magnitude of the k largest entries, with the k of largest improvement per cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CatTopKSigns {
    /// The cost of a message.
    pub cost: CostSpec,
    /// Bits of the magnitude in the payload, 32 or 64; 32 where it is not given.
    #[serde(default = "super::cat_top_k::single_precision")]
    pub value_bits: u32,
}

impl Described for CatTopKSigns {
    const NAME: &'static str = "cat-top-k-signs";
    const SUMMARY: &'static str =
        "signs and mean magnitude of the k largest entries, k of largest improvement per cost";
    const SOURCE: &'static str = "khirirat2020flexible, arXiv:2003.06377, CAT with sparsification and quantization";
    const EXAMPLE: &'static str =
        r#"{ name = "cat-top-k-signs", cost = { name = "affine", per_bit = 1.0, fixed = 500.0 }, value_bits = 32 }"#;
}

impl Build for CatTopKSigns {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        Ok(Box::new(Operator { tuner: Tuner::new(&self.cost, self.value_bits, Content::Sign, blocks)? }))
    }
}

#[derive(Debug)]
struct Operator {
    tuner: Tuner,
}

impl Compressor for Operator {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        let choice = self.tuner.choose(x, call.block, call.scratch, |prefix| {
            (prefix.sum / prefix.total) * (prefix.sum / prefix.count as f64)
        })?;
        let chosen = &mut call.scratch.indices[..choice.count];
        let count = choice.count.max(1) as f64;
        // Divided before it is added, so that the sum stays in range.
        let scale = chosen.iter().map(|&j| x[j as usize].abs() / count).sum();
        chosen.sort_unstable();
        let (indices, negative) = message.sparse_signs(x.len(), scale);
        indices.extend_from_slice(chosen);
        negative.extend(chosen.iter().map(|&j| x[j as usize] < 0.0));
        Ok(())
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        let least = |count: usize, dim: usize| (1.0 / count as f64).min(count as f64 / dim as f64);
        // Beyond √d the bound falls while the cost does not.
        let delta = self.tuner.least_improvement(least, |dim| 1..=dim.isqrt() + 1);
        Guarantee::Contractive { delta }
    }

    fn randomness(&self) -> Randomness {
        Randomness::None
    }

    fn is_projection(&self) -> bool {
        false
    }

    fn selection(&self) -> Option<Selection> {
        Some(Selection::Largest)
    }

    fn parameters(&self, block: usize, _dim: usize) -> Vec<Parameter> {
        self.tuner.cost(block).into_iter().collect()
    }
}
