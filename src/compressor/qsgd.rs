//! QSGD: random rounding of each entry to one of s equal steps of the norm.
//!
//! ```text
//! C(x)ⱼ = ‖x‖ sign(xⱼ) lⱼ/s,   lⱼ = ⌊rⱼ⌋ or ⌊rⱼ⌋ + 1, the latter with probability rⱼ − ⌊rⱼ⌋,   rⱼ = s|xⱼ|/‖x‖
//! E C(x) = x,   E‖C(x) − x‖² = ‖x‖² Σⱼ (aⱼ − ⌊rⱼ⌋/s)((⌊rⱼ⌋ + 1)/s − aⱼ),   aⱼ = |xⱼ|/‖x‖
//!
//! ω = √d − 1                    for s = 1
//! ω = min(d/(4s²), √d/s)        for s ≥ 2
//! ```
//!
//! The paper (Lemma 3.1) has `min(d/s², √d/s)`. The sharper form is ours: a product of two numbers with sum 1/s is at
//! most 1/(4s²), and at most `aⱼ/s`, because its second factor is at most 1/s and its first at most aⱼ; sum over j with
//! `Σ aⱼ ≤ √d`. For s = 1 the sum is `Σ aⱼ − 1` itself. Attained by entries of one magnitude for s = 1, and for s ≥ 2
//! where `√d (l + ½) = s` for a whole l.
//!
//! Levels are drawn for the exact norm; the norm is rounded when it travels in 32 bits. The code of the levels is the
//! wire's: fixed width with `encoding = "raw"`, the recursive Elias code of the paper with `"elias-omega"`.

use super::message::Spacing;
use super::{Build, Call, Compressor, CompressorError, Guarantee, Message, Parameter, Randomness, largest};
use crate::random::Stream;
use crate::registry::Described;
use crate::vector::{NotFinite, check_finite, scaled_norm_squared};
use rand::RngExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Rounds entries at random to multiples of the norm over `levels`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Qsgd {
    /// s, the number of steps between zero and the norm: 1 ≤ s ≤ 2³⁰.
    pub levels: u32,
}

impl Described for Qsgd {
    const NAME: &'static str = "qsgd";
    const SUMMARY: &'static str = "rounds entries at random to s steps of the 2-norm; unbiased, ω = min(d/(4s²), √d/s)";
    const SOURCE: &'static str = "alistarh2017qsgd, arXiv:1610.02132v4, Lemma 3.1";
    const EXAMPLE: &'static str = r#"{ name = "qsgd", levels = 4 }"#;
}

impl Build for Qsgd {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        check_levels(self.levels, Spacing::Linear, "a whole number from 1 to 2³⁰")?;
        Ok(Box::new(Operator { n_levels: self.levels, dim: largest(blocks) }))
    }

    fn follows_any(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Operator {
    n_levels: u32,
    dim: usize,
}

impl Compressor for Operator {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        check_finite(x)?;
        let (unit, squared) = scaled_norm_squared(x);
        round_to_steps(x, (unit, squared.sqrt()), self.n_levels, call.private(), message);
        Ok(())
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        let (d, s) = (self.dim as f64, f64::from(self.n_levels));
        let omega = if self.n_levels == 1 { d.sqrt() - 1.0 } else { (d / (4.0 * s * s)).min(d.sqrt() / s) };
        Guarantee::Unbiased { omega }
    }

    fn randomness(&self) -> Randomness {
        Randomness::Own
    }

    fn is_projection(&self) -> bool {
        false
    }

    fn parameters(&self, _block: usize, _dim: usize) -> Vec<Parameter> {
        vec![Parameter::Levels(self.n_levels)]
    }
}

/// Makes `message` the entries of x, rounded at random to s equal steps of `unit · norm`, which no entry exceeds.
pub(super) fn round_to_steps(
    x: &[f64],
    (unit, norm): (f64, f64),
    n_levels: u32,
    mut stream: Stream,
    message: &mut Message,
) {
    let levels = message.levels(unit * norm, n_levels, Spacing::Linear);
    if norm == 0.0 {
        levels.resize(x.len(), 0);
        return;
    }
    let s = f64::from(n_levels);
    levels.extend(x.iter().map(|&value| {
        // Rounding may carry an entry above the norm, by an ulp.
        let r = (s * (value.abs() / unit / norm)).min(s);
        let up = stream.random::<f64>() < r.fract();
        let level = r as i32 + i32::from(up);
        if value < 0.0 { -level } else { level }
    }));
}

/// Refuses a ladder without levels or with too many.
pub(super) fn check_levels(levels: u32, spacing: Spacing, allowed: &'static str) -> Result<(), CompressorError> {
    if (1..=spacing.most_levels()).contains(&levels) {
        return Ok(());
    }
    Err(CompressorError::Parameter { name: "levels", value: f64::from(levels), allowed })
}
