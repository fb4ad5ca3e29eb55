//! Composed: an operator, and another on what the first sends, such as sparsify, then quantize.
//!
//! ```text
//! C(x) = C₂(C₁(x)),   C₁ = inner, C₂ = outer, independent randomness
//!
//! both unbiased:                   ω = ω₁ω₂ + ω₁ + ω₂
//! C₁ keeps entries as they are:    E‖C(x) − x‖² = E‖C₁(x) − x‖² + E‖C₂(y) − y‖²,  y = C₁(x)        δ = δ₁δ₂
//! ```
//!
//! Where C₁ sends a list of coordinates, C₂ sees the list of their values, a vector as long as the list, and not the
//! zeros between: the positions travel as C₁ sends them, the values as C₂ does, and ω₂, δ₂ are those of the largest
//! number of entries that C₁ sends, not of d. Elsewhere C₂ sees the whole vector.
//!
//! The first line decomposes the total variance: `E‖C(x) − x‖² ≤ ω₂ E‖y‖² + ω₁‖x‖²` and `E‖y‖² ≤ (1 + ω₁)‖x‖²`. In the
//! second the errors are on disjoint coordinates and `‖y‖² = ‖x‖² − ‖y − x‖²`, so that the sum is at most
//! `‖x‖² − δ₂E‖y‖²`; an unbiased C₂ has `δ₂ = 1 − ω₂` where that is positive. In all other cases no inequality is
//! claimed: scale an unbiased composition, or an unbiased C₂, to get one.

use super::{Build, Call, Compressor, CompressorError, CompressorSpec, Guarantee, Message, Randomness};
use crate::registry::Described;
use crate::vector::NotFinite;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One compressor after another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Composed {
    /// C₂, a quantizer or another operator that works on vectors of any length.
    pub outer: Box<CompressorSpec>,
    /// C₁, which compresses first.
    pub inner: Box<CompressorSpec>,
}

impl Described for Composed {
    const NAME: &'static str = "composed";
    const SUMMARY: &'static str =
        "one compressor after another: sparsify, then quantize; ω = ω₁ω₂ + ω₁ + ω₂, or δ = δ₁δ₂";
    const SOURCE: &'static str = "horvath2019natural, arXiv:1905.10988, Theorem 5";
    const EXAMPLE: &'static str =
        r#"{ name = "composed", outer = { name = "qsgd", levels = 4 }, inner = { name = "rand-k-unbiased", k = 5 } }"#;
}

impl Build for Composed {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        if !self.outer.follows_any() {
            return Err(CompressorError::Outer { name: self.outer.name() });
        }
        let inner = self.inner.build(blocks)?;
        let entries: Vec<usize> = (0..).zip(blocks).map(|(block, &dim)| inner.most_entries(block, dim)).collect();
        Ok(Box::new(Operator { outer: self.outer.build(&entries)?, inner }))
    }

    fn follows_any(&self) -> bool {
        self.inner.follows_any()
    }
}

#[derive(Debug)]
struct Operator {
    outer: Box<dyn Compressor>,
    inner: Box<dyn Compressor>,
}

impl Compressor for Operator {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        let whole = call.streams;
        let (first, second) = whole.split();
        let mut sent = std::mem::take(&mut call.scratch.message);
        call.streams = first;
        let compressed = self.inner.compress(x, call, &mut sent);
        call.streams = second;
        let compressed = compressed.and_then(|()| self.compress_again(&sent, call, message));
        call.streams = whole;
        call.scratch.message = sent;
        compressed
    }

    fn guarantee(&self, dim: usize) -> Guarantee {
        let (inner, outer) = (self.inner.guarantee(dim), self.outer.guarantee(dim));
        if let (Some(first), Some(second)) = (inner.omega(), outer.omega()) {
            return Guarantee::Unbiased { omega: first * second + first + second };
        }
        match (inner.delta(), outer.delta()) {
            (Some(first), Some(second)) if self.inner.is_projection() => {
                Guarantee::Contractive { delta: first * second }
            }
            _ => Guarantee::None,
        }
    }

    fn most_entries(&self, block: usize, dim: usize) -> usize {
        self.inner.most_entries(block, dim)
    }

    fn randomness(&self) -> Randomness {
        self.inner.randomness().and(self.outer.randomness())
    }

    fn is_projection(&self) -> bool {
        self.inner.is_projection() && self.outer.is_projection()
    }

    fn learns(&self) -> bool {
        // An operator that follows any other carries nothing.
        self.inner.learns()
    }
}

impl Operator {
    /// `C₂(sent)`.
    fn compress_again(&self, sent: &Message, call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        // An operator that follows any other carries nothing.
        let (mut adaptation, mut values) = (Vec::new(), std::mem::take(&mut call.scratch.values));
        let Call { streams, worker, round, block, .. } = *call;
        let scratch = &mut *call.scratch;
        values.clear();
        let positions = match sent {
            Message::Sparse { indices, .. } | Message::SparseSigns { indices, .. } => {
                sent.for_each(|_, value| values.push(value));
                Some(indices)
            }
            _ => {
                values.resize(sent.dim(), 0.0);
                sent.add_to(1.0, &mut values);
                None
            }
        };
        let target = match positions {
            Some(indices) => message.embedded(sent.dim(), indices),
            None => &mut *message,
        };
        let mut call = Call { streams, worker, round, block, adaptation: &mut adaptation, scratch };
        let compressed = self.outer.compress(&values, &mut call, target);
        call.scratch.values = values;
        compressed.map_err(|error| match positions {
            Some(indices) => NotFinite { index: indices[error.index] as usize, ..error },
            None => error,
        })?;
        if positions.is_some() && message.n_entries() == 0 {
            // Positions without entries say nothing.
            message.sparse(sent.dim());
        }
        Ok(())
    }
}
