//! CAT with sparsification: top-T with the T that improves the objective most per cost, chosen for each vector.
//!
//! ```text
//! α(T) = ‖top_T(x)‖² / ‖x‖²           with step 1/L: f(x⁺) ≤ f − α(T) ‖∇f‖²/(2L)
//! T = argmax α(T)/C(T),   C(x) = top_T(x);   among equals the smallest T
//! ‖C(x) − x‖² = (1 − α(T)) ‖x‖²,     δ = max(1/d, C(1)/C(d))
//! ```
//!
//! `P(T) = T (⌈log₂ d⌉ + value_bits)` enters the cost. For δ: α(T) ≥ T/d; and T beats d, whose improvement is 1 (or
//! the number of non-zero entries, which costs no more), so `α(T) ≥ C(T)/C(d) ≥ C(1)/C(d)`. The search is exact for
//! every cost (the packet model has a peak at each packet: stopping at the first drop would stop at the first).

use super::cat::{Content, Tuner};
use super::cost::CostSpec;
use super::{Build, Call, Compressor, CompressorError, Guarantee, Message, Parameter, Randomness, Selection};
use crate::registry::Described;
use crate::vector::NotFinite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Top-k with the k of largest improvement per cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CatTopK {
    /// The cost of a message.
    pub cost: CostSpec,
    /// Bits of one value in the payload, 32 or 64; 32 where it is not given.
    #[serde(default = "single_precision")]
    pub value_bits: u32,
}

/// Bits of a single-precision number.
pub(super) fn single_precision() -> u32 {
    32
}

impl Described for CatTopK {
    const NAME: &'static str = "cat-top-k";
    const SUMMARY: &'static str = "top-k with the k of largest improvement per cost, chosen for each vector";
    const SOURCE: &'static str = "khirirat2020flexible, arXiv:2003.06377, CAT with sparsification";
    const EXAMPLE: &'static str =
        r#"{ name = "cat-top-k", cost = { name = "affine", per_bit = 1.0, fixed = 500.0 }, value_bits = 32 }"#;
}

impl Build for CatTopK {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        Ok(Box::new(Operator { tuner: Tuner::new(&self.cost, self.value_bits, Content::Value, blocks)? }))
    }
}

#[derive(Debug)]
struct Operator {
    tuner: Tuner,
}

impl Compressor for Operator {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        let choice = self.tuner.choose(x, call.block, call.scratch, |prefix| prefix.squares / prefix.total)?;
        let chosen = &mut call.scratch.indices[..choice.count];
        chosen.sort_unstable();
        message.gather(x, chosen);
        Ok(())
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        let delta = self.tuner.least_improvement(|count, dim| count as f64 / dim as f64, |dim| dim..=dim);
        Guarantee::Contractive { delta }
    }

    fn randomness(&self) -> Randomness {
        Randomness::None
    }

    fn is_projection(&self) -> bool {
        true
    }

    fn selection(&self) -> Option<Selection> {
        Some(Selection::Largest)
    }

    fn parameters(&self, block: usize, _dim: usize) -> Vec<Parameter> {
        self.tuner.cost(block).into_iter().collect()
    }
}
