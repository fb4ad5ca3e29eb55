//! CAT with stochastic sparsification: entries drawn with optimal probabilities, T of them on average, with the T of
//! largest improvement per cost.
//!
//! ```text
//! Q(x)ⱼ = (xⱼ/pⱼ) · Bernoulli(pⱼ),   pⱼ = min(1, c |xⱼ|),   Σ pⱼ = T
//! ω(T) = ‖x‖² / Σ xⱼ²/pⱼ               with the paper's step ω/L: E f(x⁺) ≤ f − ω(T) ‖∇f‖²/(2L)
//! T = argmax ω(T)/C(T),   C(x) = ω(T) Q(x);   among equals the smallest T
//! E‖C(x) − x‖² = (1 − ω(T)) ‖x‖²,     δ = max(1/d, C(1)/C(d))
//! ```
//!
//! The paper's step `ω/L` on Q is folded into the operator: a method with step 1/L performs it exactly. So C is
//! not unbiased, `E C(x) = ω x`, but a contraction: `E‖ωQ − x‖² = ω² ‖x‖²/ω − 2ω ‖x‖² + ‖x‖²`.
//!
//! `P(T) = T (⌈log₂ d⌉ + value_bits)` of the expected number of coordinates enters the cost. The proof of δ is that of
//! `cat-top-k`, with `ω(T) ≥ T/d` from the probabilities T/d, which are allowed.

use super::cat::{Content, Tuner};
use super::cost::CostSpec;
use super::stochastic_sparsification::{sample_entries, water_level};
use super::{Build, Call, Compressor, CompressorError, Guarantee, Message, Parameter, Randomness};
use crate::registry::Described;
use crate::vector::{NotFinite, scaled_norm_one, unit_of_norm_one};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Stochastic sparsification with the expected count of largest improvement per cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CatStochastic {
    /// The cost of a message.
    pub cost: CostSpec,
    /// Bits of one value in the payload, 32 or 64; 32 where it is not given.
    #[serde(default = "super::cat_top_k::single_precision")]
    pub value_bits: u32,
}

impl Described for CatStochastic {
    const NAME: &'static str = "cat-stochastic";
    const SUMMARY: &'static str = "stochastic sparsification with the expected count of largest improvement per cost";
    const SOURCE: &'static str = "khirirat2020flexible, arXiv:2003.06377, CAT with stochastic sparsification";
    const EXAMPLE: &'static str =
        r#"{ name = "cat-stochastic", cost = { name = "affine", per_bit = 1.0, fixed = 500.0 }, value_bits = 32 }"#;
}

impl Build for CatStochastic {
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
        let mut curve = Curve::default();
        let choice = self.tuner.choose(x, call.block, call.scratch, |prefix| {
            if prefix.count == 1 {
                curve = Curve::new(prefix.largest, prefix.rest, std::mem::take(&mut curve.below));
            }
            prefix.total / curve.second_moment(prefix.largest, prefix.count)
        })?;
        let stream = call.private();
        let scratch = &mut *call.scratch;
        let chosen = &mut scratch.indices[..choice.count];
        let unit = unit_of_norm_one(x);
        let largest = &mut scratch.values;
        largest.clear();
        largest.extend(chosen.iter().map(|&j| x[j as usize].abs() / unit));
        chosen.sort_unstable();
        let level = water_level(largest, scaled_norm_one(x, chosen, unit), choice.count);
        sample_entries(x, unit, level, choice.improvement, stream, message);
        Ok(())
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        let delta = self.tuner.least_improvement(|count, dim| count as f64 / dim as f64, |dim| dim..=dim);
        Guarantee::Contractive { delta }
    }

    fn randomness(&self) -> Randomness {
        Randomness::Own
    }

    fn is_projection(&self) -> bool {
        false
    }

    fn parameters(&self, block: usize, _dim: usize) -> Vec<Parameter> {
        self.tuner.cost(block).into_iter().collect()
    }
}

/// `Σ xⱼ²/pⱼ` for T = 1, 2, … in turn, by moving the number of saturated entries.
#[derive(Debug, Default)]
struct Curve {
    /// `B_s`: the sum of all magnitudes but the s largest, for each s.
    below: Vec<f64>,
    /// s: entries with p = 1.
    saturated: usize,
    /// The sum of their squares.
    squares: f64,
}

impl Curve {
    fn new(largest: &[f64], rest: f64, mut below: Vec<f64>) -> Self {
        below.clear();
        below.resize(largest.len() + 1, rest);
        for s in (0..largest.len()).rev() {
            below[s] = below[s + 1] + largest[s];
        }
        Self { below, saturated: 0, squares: 0.0 }
    }

    fn second_moment(&mut self, largest: &[f64], count: usize) -> f64 {
        // s never exceeds T − 1: there the inequality is a_T ≤ B_{T−1}.
        while (count - self.saturated) as f64 * largest[self.saturated] > self.below[self.saturated] {
            self.squares += largest[self.saturated] * largest[self.saturated];
            self.saturated += 1;
        }
        let below = self.below[self.saturated];
        self.squares + below * (below / (count - self.saturated) as f64)
    }
}
