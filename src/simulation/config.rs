//! What a run is a function of.

use crate::compressor::encoding::Wire;
use crate::method::Method;
use crate::method::step_size::Schedule as StepSizes;
use crate::network::{CostModel, Ethernet, Speed};
use crate::objective::Objective;
use std::ops::Range;

/// Everything that one run is a function of: an objective and a method, and what [`Config::new`] chooses otherwise.
///
/// ```
/// # use gradsieve::{method::{Definition as _, Sgd}, objective::{Definition as _, Quadratic}};
/// # use gradsieve::simulation::{Config, Simulation};
/// # let objective = Quadratic::default().build(None, 4)?;
/// # let method = Sgd {}.build(&[objective.dim()])?;
/// let config = Config { step_size: &0.05, rounds: 2000, ..Config::new(&*objective, &*method) };
/// let simulation = Simulation::new(config);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Config<'a> {
    /// f.
    pub objective: &'a dyn Objective,
    /// The method.
    pub method: &'a dyn Method,
    /// γ_t.
    pub step_size: &'a dyn StepSizes,
    /// T.
    pub rounds: u64,
    /// Rows of a mini-batch, drawn with replacement; `None`: all rows of the worker.
    pub batch_size: Option<usize>,
    /// How messages are encoded.
    pub wire: Wire,
    /// What communication costs.
    pub network: &'a dyn CostModel,
    /// Simulated seconds that a worker computes in a round.
    pub compute_seconds: f64,
    /// Consecutive blocks of coordinates that are compressed separately; together 0..d.
    pub blocks: Vec<Range<usize>>,
    /// The seed of all randomness in the run.
    pub seed: u64,
}

impl<'a> Config<'a> {
    /// A thousand rounds with the step size 0.1, exact local gradients, one block, doubles on the wire and Ethernet of
    /// 10 Gbit/s, computation that takes no time, and the seed 1.
    #[must_use]
    pub fn new(objective: &'a dyn Objective, method: &'a dyn Method) -> Self {
        Self {
            objective,
            method,
            step_size: &0.1,
            rounds: 1000,
            batch_size: None,
            wire: Wire::default(),
            network: &Ethernet { speed: Speed::Ten },
            compute_seconds: 0.0,
            blocks: std::iter::once(0..objective.dim()).collect(),
            seed: 1,
        }
    }
}
