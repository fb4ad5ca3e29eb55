//! Stochastic sparsification with optimal probabilities: each coordinate is sent or dropped independently.
//!
//! ```text
//! C(x)ⱼ = (xⱼ/pⱼ) · Bernoulli(pⱼ),   pⱼ = min(1, c |xⱼ|),   Σ pⱼ = T      (T = k; water-filling finds c)
//! E C(x) = x,   E‖C(x)‖² = Σ xⱼ²/pⱼ,   E‖C(x) − x‖² ≤ (d/T − 1) ‖x‖²     ω = d/T − 1
//! ```
//!
//! These probabilities minimize `E‖C(x)‖²` for a given expected number T of coordinates, so they do no worse than
//! `pⱼ = T/d`, which gives ω; equality for entries of one magnitude. Where x has at most T non-zero entries all of
//! them travel. A run reports the number that was really sent: T is its mean.

use super::sparsifier::Sparsifier;
use super::{Call, Counts, Guarantee, Message, Randomness, Scratch, Selection, Sparsity};
use crate::random::Stream;
use crate::registry::Described;
use crate::vector::{NotFinite, scaled_norm_one, select, unit_of_norm_one};
use rand::RngExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Keeps each coordinate with its optimal probability; k of them in expectation, unbiased.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StochasticSparsification {
    /// Expected number of kept coordinates, T in the paper: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for StochasticSparsification {
    const NAME: &'static str = "stochastic-sparsification";
    const SUMMARY: &'static str = "keeps each coordinate with an optimal probability; unbiased, ω = d/k − 1";
    const SOURCE: &'static str = "khirirat2020flexible, arXiv:2003.06377, stochastic sparsification";
    const EXAMPLE: &'static str = r#"{ name = "stochastic-sparsification", k = 5 }"#;
}

impl Sparsifier for StochasticSparsification {
    const IS_EXACT: bool = false;
    const IS_PROJECTION: bool = false;
    const SELECTION: Option<Selection> = None;

    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn compress(&self, x: &[f64], k: usize, call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        let stream = call.private();
        let (hint, Scratch { selection, indices, values: largest, .. }) = call.adaptive_and_scratch(0);
        select::top_k_into(x, k, hint, selection, indices)?;
        let unit = unit_of_norm_one(x);
        largest.clear();
        largest.extend(indices.iter().map(|&j| x[j as usize].abs() / unit));
        largest.sort_unstable_by(|a, b| b.total_cmp(a));
        let level = water_level(largest, scaled_norm_one(x, indices, unit), k);
        sample_entries(x, unit, level, 1.0, stream, message);
        Ok(())
    }

    fn guarantee(&self, counts: &Counts) -> Guarantee {
        Guarantee::Unbiased { omega: counts.greatest_inverse_density() - 1.0 }
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::Own
    }
}

/// c with `Σ min(1, c aⱼ) = T`, infinite where at most T entries are not zero.
///
/// `largest` holds the T largest magnitudes in descending order and `rest` the sum of all others. With s saturated
/// entries `c = (T − s)/B_s`, `B_s` the sum of all but the s largest; the right s is the least with
/// `(T − s) a_{s+1} ≤ B_s`, and that inequality, once true, stays true as s grows.
pub(super) fn water_level(largest: &[f64], rest: f64, count: usize) -> f64 {
    if rest == 0.0 {
        return f64::INFINITY;
    }
    let mut sum = rest;
    let mut level = f64::INFINITY;
    for s in (0..count).rev() {
        sum += largest[s];
        let free = (count - s) as f64;
        if free * largest[s] > sum {
            break;
        }
        level = free / sum;
    }
    level
}

/// Fills `message` with the coordinates drawn, each `scale · xⱼ/pⱼ` with `pⱼ = min(1, level · |xⱼ|/unit)`.
pub(super) fn sample_entries(x: &[f64], unit: f64, level: f64, scale: f64, mut stream: Stream, message: &mut Message) {
    let (indices, values) = message.sparse(x.len());
    for (j, &value) in x.iter().enumerate() {
        if value == 0.0 {
            continue;
        }
        let probability = (level * (value.abs() / unit)).min(1.0);
        if probability == 1.0 || stream.random::<f64>() < probability {
            indices.push(j as u32);
            values.push(scale * (value / probability));
        }
    }
}
