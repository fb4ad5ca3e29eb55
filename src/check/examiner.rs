//! The observer of one run: it checks every draw of the operator against the theorems on operators, and keeps the trail
//! on which the theorems on methods are checked afterwards.

use super::application::{Application, Left};
use super::draw::{Compared, Draw, DrawRecord, ROUNDING};
use crate::compressor::Message;
use crate::experiment::constants::Constants;
use crate::method::Probe;
use crate::record::Metric;
use crate::simulation::{self, Observer, State, Trail};
use crate::theory::{self, Origin, Quantity, Sequence, Setting, Theorem};
use crate::vector;

/// A theorem and its line.
pub(super) type Applied = (&'static Theorem, &'static Application);

/// The observer of one run.
#[derive(Debug)]
pub(super) struct Examiner {
    /// The theorems on draws.
    pub(super) on_draws: Vec<Applied>,
    /// What is known of the run from the start.
    pub(super) constants: Constants,
    /// What would be known without what the experiment asserts.
    pub(super) unassumed: Constants,
    /// What is known, for the theorems.
    pub(super) known: Setting,
    /// The series.
    pub(super) trail: Trail,
    /// One per entry of `on_draws`.
    pub(super) records: Vec<DrawRecord>,
    /// The unit roundoff of values on the wire.
    pub(super) roundoff: f64,
    /// The largest `‖C(p) − p‖²/‖p‖²` so far.
    pub(super) worst_error: f64,
}

/// Squared norms of which nothing overflows or loses digits, neither squares of entries nor those of sums of them.
const READABLE: std::ops::RangeInclusive<f64> = 1e-290..=1e290;

impl Examiner {
    /// Checks one draw against all theorems on draws.
    fn examine(&mut self, round: u64, probe: &Probe, message: &Message) {
        let is_readable = READABLE.contains(&probe.norm_squared) && probe.error_squared.is_finite();
        if !is_readable {
            for record in &mut self.records {
                record.unreadable.get_or_insert(round);
            }
            return;
        }
        self.worst_error = self.worst_error.max(probe.error_squared / probe.norm_squared);
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
            if !bound.is_finite() {
                record.vacuous.get_or_insert(round);
                continue;
            }
            let draw = Draw { probe, message, constants, roundoff: self.roundoff };
            match application.left {
                Left::Draw(left) => {
                    let is_absolute = about.left == theory::Left::Recorded(Metric::CompressionErrorMax);
                    let scale = if is_absolute { probe.norm_squared } else { 1.0 };
                    let side = left(&draw);
                    if !side.value.is_finite() {
                        record.unreadable.get_or_insert(round);
                        continue;
                    }
                    record.n_compared += 1;
                    let rounding = scale * ROUNDING + side.wire;
                    let compared = Compared { observed: side.value, bound, rounding, n: 1 };
                    let worst = record.rounds.entry(round).or_insert(compared);
                    if compared.ratio() > worst.ratio() {
                        *worst = compared;
                    }
                }
                Left::MeanOfDraws(left) => {
                    let side = left(&draw);
                    record.n_compared += 1;
                    let mean = record.rounds.entry(round).or_default();
                    mean.n += 1;
                    mean.bound = bound;
                    mean.rounding = mean.rounding.max(ROUNDING + side.wire);
                    mean.observed += (side.value - mean.observed) / mean.n as f64;
                }
                _ => {}
            }
        }
    }
}

impl Observer for Examiner {
    fn before(&mut self, setting: &simulation::Config<'_>, state: &State) -> bool {
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

    fn after(&mut self, setting: &simulation::Config<'_>, state: &State) {
        self.trail.after(setting, state);
    }
}
