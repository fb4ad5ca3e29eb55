//! The tuner that the CAT operators share: how many coordinates give the largest improvement per cost.
//!
//! The search is over every count from 1 to the number of non-zero entries, whatever the shape of the curve: the
//! improvement by signs and norm has several peaks, and that of the packet model one at each packet. It stays short
//! by a bound: no improvement exceeds 1 and no cost decreases, so once the best quotient reaches `1/C(m + 1)`, no
//! count beyond m can exceed it, and the m largest entries were enough.

use super::cost::{Cost as _, CostSpec, Payload};
use super::{CompressorError, Parameter, Scratch, check_blocks};
use crate::vector::{NotFinite, scaled_norm_one, scaled_norm_squared, select};

/// What a coordinate carries besides its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Its value.
    Value,
    /// Its sign; the common magnitude is the header.
    Sign,
}

/// The cost model with the payload of each block.
#[derive(Debug)]
pub(super) struct Tuner {
    cost: CostSpec,
    /// Payload and d of each block.
    blocks: Vec<(Payload, usize)>,
}

/// What the tuner found for one vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Choice {
    /// T, zero for the zero vector.
    pub(super) count: usize,
    /// The improvement of T, in (0, 1].
    pub(super) improvement: f64,
}

/// Sums over the T entries of largest magnitude, in units that keep the squares in range.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prefix<'a> {
    /// T.
    pub(super) count: usize,
    /// `Σ |xⱼ|` over them.
    pub(super) sum: f64,
    /// `Σ xⱼ²` over them.
    pub(super) squares: f64,
    /// `Σ xⱼ²` over all entries.
    pub(super) total: f64,
    /// The largest magnitudes in descending order, T or more.
    pub(super) largest: &'a [f64],
    /// `Σ |xⱼ|` over the entries that are not in `largest`.
    pub(super) rest: f64,
}

impl Tuner {
    /// # Errors
    /// A parameter of the cost is out of range, `value_bits` is neither 32 nor 64, or a block is empty.
    pub(super) fn new(
        cost: &CostSpec,
        value_bits: u32,
        content: Content,
        dims: &[usize],
    ) -> Result<Self, CompressorError> {
        check_blocks(dims)?;
        if value_bits != 32 && value_bits != 64 {
            let value = f64::from(value_bits);
            return Err(CompressorError::Parameter { name: "value_bits", value, allowed: "32 or 64" });
        }
        let value_bits = u64::from(value_bits);
        let of_dim = |&dim: &usize| {
            let index_bits = u64::from(usize::BITS - (dim - 1).leading_zeros());
            let payload = match content {
                Content::Value => Payload { header: 0, coordinate: index_bits + value_bits },
                Content::Sign => Payload { header: value_bits, coordinate: index_bits + 1 },
            };
            cost.check(payload).map(|()| (payload, dim))
        };
        Ok(Self { cost: cost.clone(), blocks: dims.iter().map(of_dim).collect::<Result<_, _>>()? })
    }

    /// The count with the largest quotient of `improvement` and cost, the smallest such; `scratch.indices` receives
    /// the coordinates of the largest entries, the chosen ones in front, by falling magnitude.
    pub(super) fn choose(
        &self,
        x: &[f64],
        block: usize,
        scratch: &mut Scratch,
        mut improvement: impl FnMut(Prefix<'_>) -> f64,
    ) -> Result<Choice, NotFinite> {
        /// The first number of entries that are looked at; a matter of speed.
        const FIRST: usize = 1024;
        let payload = self.blocks[block].0;
        let mut best = Choice { count: 0, improvement: 0.0 };
        let mut best_quotient = 0.0;
        let mut hint = 0.0;
        let mut looked_at = FIRST.min(x.len());
        loop {
            let Scratch { values: largest, indices, selection, .. } = scratch;
            select::top_k_into(x, looked_at, &mut hint, selection, indices)?;
            let (unit, total) = scaled_norm_squared(x);
            let rest = scaled_norm_one(x, indices, unit);
            indices.sort_unstable_by(|&a, &b| x[b as usize].abs().total_cmp(&x[a as usize].abs()).then(a.cmp(&b)));
            largest.clear();
            largest.extend(indices.iter().map(|&j| x[j as usize].abs() / unit));
            let (mut sum, mut squares) = (0.0, 0.0);
            for count in 1..=looked_at {
                let magnitude = largest[count - 1];
                if magnitude == 0.0 {
                    return Ok(best);
                }
                sum += magnitude;
                squares += magnitude * magnitude;
                let improvement = improvement(Prefix { count, sum, squares, total, largest, rest }).min(1.0);
                let quotient = improvement / self.cost.cost(payload, count);
                if quotient > best_quotient {
                    (best, best_quotient) = (Choice { count, improvement }, quotient);
                }
            }
            if looked_at == x.len() || best_quotient >= 1.0 / self.cost.cost(payload, looked_at + 1) {
                return Ok(best);
            }
            looked_at = (4 * looked_at).min(x.len());
        }
    }

    /// The cost model of a block, as theorems have it.
    pub(super) fn cost(&self, block: usize) -> Option<Parameter> {
        self.cost.parameter(self.blocks[block].0)
    }

    /// A lower bound of the improvement that the chosen count reaches on any vector of any block, where
    /// `least(T, d)` bounds the improvement of T coordinates from below, for T up to `reach(d)`.
    ///
    /// The chosen T beats every other T′ by quotient, so its improvement is at least `least(T′, d) C(T)/C(T′)`.
    pub(super) fn least_improvement(
        &self,
        least: impl Fn(usize, usize) -> f64,
        reach: impl Fn(usize) -> std::ops::RangeInclusive<usize>,
    ) -> f64 {
        let of_block = |&(payload, dim): &(Payload, usize)| {
            let first = self.cost.cost(payload, 1);
            let quotient = |count| least(count, dim) * first / self.cost.cost(payload, count);
            reach(dim).map(quotient).fold(1.0 / dim as f64, f64::max)
        };
        self.blocks.iter().map(of_block).fold(1.0, f64::min)
    }
}
