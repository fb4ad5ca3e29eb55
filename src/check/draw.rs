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
}

impl Draw<'_> {
    /// `‖C(p) − p‖₁`.
    pub(super) fn error_norm_one(&self) -> f64 {
        let mut error = self.probe.input.clone();
        self.message.add_to(-1.0, &mut error);
        vector::norm_one(&error)
    }

    /// `‖C(p)‖²/‖p‖²`: the fraction of the descent that a projection keeps.
    pub(super) fn kept(&self) -> f64 {
        let mut sent = 0.0;
        self.message.for_each(|_, value| sent += value * value);
        sent / self.probe.norm_squared
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
        // A NaN on the left-hand side contradicts every theorem.
        excess.is_nan() || excess > tolerance
    }
}
