//! One run of a plan: concrete, valid and named.

use super::spec::run::{BatchSize, RunSpec};
use crate::dataset::Dataset;
use crate::method::Method;
use crate::method::step_size::StepSize;
use crate::objective::Objective;
use crate::simulation::Config;
use std::ops::Range;
use std::sync::Arc;

/// One run: a concrete specification with its seed, its problem and its method.
#[derive(Debug)]
pub struct PlannedRun {
    /// The resolved specification.
    pub spec: RunSpec,
    /// The seed of its randomness.
    pub seed: u64,
    /// What distinguishes it from runs of other settings; equal for replicates.
    pub label: String,
    /// Its value on each of [`Plan::axes`](super::plan::Plan::axes); absent where the key does not apply.
    pub axis_values: Vec<Option<String>>,
    /// The objective on its data, shared by runs.
    pub problem: Arc<Problem>,
    /// γ_t, that of a theorem computed.
    pub step_size: StepSize,
    /// The method, ready to use.
    pub method: Box<dyn Method>,
    /// Blocks that are compressed separately.
    pub blocks: Vec<Range<usize>>,
    /// What identifies the run in tables: sixteen hexadecimal digits over specification, seed and data.
    pub id: String,
    /// SHA-256 over everything that the results are a function of, the code included: what identifies it in the store.
    pub hash: String,
}

impl PlannedRun {
    /// `x_0`, length d.
    ///
    /// # Panics
    /// The run is not from a plan, and starts as a network where the objective is not one.
    #[must_use]
    pub fn initial_iterate(&self) -> Vec<f64> {
        let initial = self.spec.initial.iterate(&*self.problem.objective, self.seed);
        initial.expect("a plan refuses runs that start as a network where the objective is not one")
    }

    /// What the simulation runs.
    #[must_use]
    pub fn config(&self) -> Config<'_> {
        let spec = &self.spec;
        Config {
            objective: &*self.problem.objective,
            method: &*self.method,
            step_size: &self.step_size,
            rounds: spec.rounds,
            batch_size: match spec.batch_size {
                BatchSize::Full => None,
                BatchSize::Rows(rows) => Some(rows.get()),
            },
            wire: spec.wire,
            network: &spec.network,
            compute_seconds: spec.compute_seconds,
            blocks: self.blocks.clone(),
            seed: self.seed,
        }
    }
}

/// An objective, and what is remembered of its data.
#[derive(Debug)]
pub struct Problem {
    /// f.
    pub objective: Box<dyn Objective>,
    /// Held-out rows.
    pub test: Option<Dataset>,
    /// SHA-256 of the data, hexadecimal, and that of the test rows after it; empty for objectives that are given by a
    /// formula.
    pub data_checksum: String,
    /// SHA-256 over everything that the objective is a function of.
    pub hash: String,
}
