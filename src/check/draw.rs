//! One compressed vector against a theorem on operators.

use crate::compressor::Message;
use crate::method::Probe;
use crate::theory::{NotApplicable, Quantity, Sense, Setting};
use crate::vector;
use std::collections::BTreeMap;

/// What one worker compressed in one round.
#[derive(Debug)]
pub(super) struct Draw<'a> {
    /// The vector and its norms.
    pub(super) probe: &'a Probe,
    /// What was sent.
    pub(super) message: &'a Message,
    /// What is known of the run, and of the vector where the theorem needs it.
    pub(super) constants: &'a Setting,
    /// The unit roundoff u of values on the wire.
    pub(super) roundoff: f64,
}

/// A left-hand side of one draw.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    /// Its value.
    pub(super) value: f64,
    /// What the rounding of values on the wire may have added to it.
    pub(super) wire: f64,
}

impl Draw<'_> {
    /// `‖C(p) − p‖²/‖p‖²`.
    ///
    /// What arrives is off by u‖C(p)‖ at most, and so is the norm of the error: its square by 2‖C(p) − p‖u‖C(p)‖ +
    /// u²‖C(p)‖².
    pub(super) fn relative_error(&self) -> Side {
        let value = self.probe.error_squared / self.probe.norm_squared;
        let off = if self.roundoff > 0.0 { self.roundoff * self.kept().value.sqrt() + self.least() } else { 0.0 };
        Side { value, wire: 2.0 * value.sqrt() * off + off * off }
    }

    /// `‖C(p) − p‖²`.
    pub(super) fn error(&self) -> Side {
        let Side { wire, .. } = self.relative_error();
        Side { value: self.probe.error_squared, wire: wire * self.probe.norm_squared }
    }

    /// `‖C(p) − p‖₁/‖p‖₁`.
    pub(super) fn relative_error_norm_one(&self) -> Side {
        let mut error = self.probe.input.clone();
        self.message.add_to(-1.0, &mut error);
        let value = vector::norm_one(&error) / vector::norm_one(&self.probe.input);
        // ‖C(p)‖₁ ≤ ‖p‖₁ + ‖C(p) − p‖₁.
        Side { value, wire: self.roundoff * (1.0 + value) + self.least() }
    }

    /// `‖C(p)‖²/‖p‖²`: the fraction of the descent that a projection keeps.
    pub(super) fn kept(&self) -> Side {
        let mut sent = 0.0;
        self.message.for_each(|_, value| sent += value * value);
        let value = sent / self.probe.norm_squared;
        Side { value, wire: 2.0 * value * self.roundoff + self.least() }
    }

    /// What entries below the least normal number of single precision lose, relative to the vector's norm.
    fn least(&self) -> f64 {
        let lost = if self.roundoff > 0.0 { 2.0_f64.powi(-150) } else { 0.0 };
        lost * (self.probe.input.len() as f64).sqrt() / self.probe.norm_squared.sqrt()
    }

    /// `c₁ units + c₀`.
    pub(super) fn cost(&self, units: f64) -> f64 {
        self.constant(Quantity::CostPerUnit) * units + self.constant(Quantity::CostFixed)
    }

    /// NaN where it is not known: the bound, which needs it as well, then says so.
    pub(super) fn constant(&self, quantity: Quantity) -> f64 {
        self.constants.constant(quantity).map_or(f64::NAN, |constant| constant.value)
    }
}

/// What the draws of one run say about one theorem.
#[derive(Debug, Clone, Default)]
pub(super) struct DrawRecord {
    /// Draws that were compared.
    pub(super) n_compared: u64,
    /// Draws on which the theorem says nothing.
    pub(super) n_refused: u64,
    /// Why, at the first of them.
    pub(super) refusal: Option<NotApplicable>,
    /// The first round with a draw whose squares leave the range of numbers.
    pub(super) unreadable: Option<u64>,
    /// The first round in which the bound is not a finite number.
    pub(super) vacuous: Option<u64>,
    /// Of each recorded round: the draw that comes closest to the bound, or the mean over workers.
    pub(super) rounds: BTreeMap<u64, Compared>,
}

/// The two sides.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Compared {
    /// The left-hand side.
    pub(super) observed: f64,
    /// The right-hand side.
    pub(super) bound: f64,
    /// What rounding may add to the left-hand side.
    pub(super) rounding: f64,
    /// How many draws are in a mean.
    pub(super) n: u64,
}

/// What double precision adds to a number near 1 in sums of any length that occur here.
pub(super) const ROUNDING: f64 = 1e-12;

impl Compared {
    /// The left-hand side relative to the bound, by how much it comes close to it.
    pub(super) fn ratio(&self) -> f64 {
        if self.observed <= self.rounding { 0.0 } else { self.observed / self.bound }
    }

    /// Whether the two sides contradict the theorem beyond rounding.
    pub(super) fn contradicts(&self, sense: Sense) -> bool {
        let tolerance = ROUNDING * self.bound.abs() + self.rounding;
        let excess = match sense {
            Sense::Upper => self.observed - self.bound,
            Sense::Identity => (self.observed - self.bound).abs(),
        };
        excess > tolerance
    }
}
