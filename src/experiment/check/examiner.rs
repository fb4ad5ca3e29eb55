//! The witness of one run: it holds every draw of the operator against the theorems on operators, and keeps the trail
//! that the theorems on methods are held against afterwards.

use super::application::{Application, Left};
use super::constants::Constants;
use crate::compressor::Message;
use crate::method::Probe;
use crate::record::Metric;
use crate::simulation::{self, State, Trail, Witness};
use crate::theory::{self, NotApplicable, Origin, Quantity, Sense, Sequence, Setting, Theorem};
use crate::vector;
use std::collections::BTreeMap;

/// What one worker compressed in one round.
#[derive(Debug)]
pub(super) struct Draw<'a> {
    /// The vector and its norms.
    pub(super) probe: &'a Probe,
    /// What was sent.
    pub(super) message: &'a Message,
    constants: &'a Setting,
}

impl Draw<'_> {
    /// `‖C(p) − p‖₁`.
    pub(super) fn error_norm_one(&self) -> f64 {
        let mut error = self.probe.input.clone();
        self.message.add_to(-1.0, &mut error);
        vector::norm_one(&error)
    }

    /// `‖C(p)‖²/‖p‖²`: the share of the descent that a projection keeps.
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

/// A theorem and its line.
pub(super) type Applied = (&'static Theorem, &'static Application);

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

/// The witness of one run.
#[derive(Debug)]
pub(super) struct Examiner {
    /// The theorems on draws.
    pub(super) on_draws: Vec<Applied>,
    /// What is known of the run from the start.
    pub(super) constants: Constants,
    /// The same for the theorems.
    pub(super) known: Setting,
    /// The series.
    pub(super) trail: Trail,
    /// One per entry of `on_draws`.
    pub(super) records: Vec<DrawRecord>,
    /// The unit roundoff of values on the wire.
    pub(super) roundoff: f64,
}

impl Examiner {
    /// Holds one draw against all theorems on draws.
    fn examine(&mut self, round: u64, probe: &Probe, message: &Message) {
        let mut on_vector = None;
        for ((theorem, application), record) in self.on_draws.iter().zip(&mut self.records) {
            let about = theorem.about();
            let needs_vector = about.sequences.contains(&Sequence::Vector);
            let mut own = None;
            let constants = if needs_vector {
                &*on_vector.get_or_insert_with(|| {
                    self.known.clone().with_sequence(Sequence::Vector, probe.input.clone(), Origin::Proved)
                })
            } else if about.needs.contains(&Quantity::NormOne) {
                &*own.insert(
                    self.known.clone().with(Quantity::NormOne, vector::norm_one(&probe.input), Origin::Proved).with(
                        Quantity::NormSquared,
                        probe.norm_squared,
                        Origin::Proved,
                    ),
                )
            } else {
                &self.known
            };
            let bound = match theorem.bound.value(constants, 0) {
                Ok(bound) => bound,
                Err(refusal) => {
                    record.n_refused += 1;
                    record.refusal.get_or_insert(refusal);
                    continue;
                }
            };
            let draw = Draw { probe, message, constants };
            record.n_compared += 1;
            match application.left {
                Left::Draw(left) => {
                    let is_absolute = about.left == theory::Left::Recorded(Metric::CompressionErrorMax);
                    let scale = if is_absolute { probe.norm_squared } else { 1.0 };
                    let observed = left(&draw);
                    // An error changes by the square of the roundoff on the wire, what is kept by the roundoff itself.
                    let of_kept = if about.needs.contains(&Quantity::CostPerUnit) { 2.0 * observed } else { 0.0 };
                    let rounding = scale * (ROUNDING + self.roundoff.powi(2)) + of_kept * self.roundoff;
                    let compared = Compared { observed, bound, rounding, n: 1 };
                    let worst = record.rounds.entry(round).or_insert(compared);
                    if compared.ratio() > worst.ratio() {
                        *worst = compared;
                    }
                }
                Left::MeanOfDraws(left) => {
                    let mean = record.rounds.entry(round).or_default();
                    mean.n += 1;
                    mean.bound = bound;
                    mean.rounding = ROUNDING + self.roundoff;
                    mean.observed += (left(&draw) - mean.observed) / mean.n as f64;
                }
                _ => {}
            }
        }
    }
}

/// What double precision adds to a number near 1 in sums of any length that occur here.
const ROUNDING: f64 = 1e-12;

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
        // A left-hand side that is no number contradicts every theorem.
        excess.is_nan() || excess > tolerance
    }
}

impl Witness for Examiner {
    fn before(&mut self, setting: &simulation::Setting<'_>, state: &State) -> bool {
        let shows = self.trail.before(setting, state);
        shows || (!self.on_draws.is_empty() && self.trail.recorded().binary_search(&(state.round + 1)).is_ok())
    }

    fn compressed(&mut self, t: u64, probe: &Probe, message: &Message) {
        self.trail.compressed(t, probe, message);
        // Vectors that were sent uncompressed, and zero, of which every operator makes zero, say nothing.
        if probe.norm_squared > 0.0 && self.trail.recorded().binary_search(&(t + 1)).is_ok() {
            self.examine(t + 1, probe, message);
        }
    }

    fn after(&mut self, setting: &simulation::Setting<'_>, state: &State) {
        self.trail.after(setting, state);
    }
}
