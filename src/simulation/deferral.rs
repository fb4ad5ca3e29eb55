//! Additions of the shared gradient that are put off: a round then costs what its rows and messages hold, not n · d.
//!
//! With a batch of sparse rows, the regularizer's gradient is the only dense part of `e ← e + γ (∇data + ∇shared)`, and
//! it is the same for all workers. It is kept as terms that each residual is given where its worker's rows or a possible
//! selection touch it; before somebody looks at the state, everywhere.

use super::{Setting, State};
use crate::compressor::Compressor;
use crate::method::{Aggregate, Round};
use crate::objective::Rows;
use crate::vector::late::{Late, MOST_TERMS, Terms};
use rayon::prelude::*;

/// Batches that hold more than this part of d numbers are not worth it.
const SPARSE: usize = 4;

/// With entries below this, squares of the iterate do not overflow.
const MODERATE: f64 = 1e100;

/// What has been put off in a run.
#[derive(Debug)]
pub(super) struct Deferral {
    /// The multiples of the shared gradient.
    pub(super) terms: Terms,
    /// One per worker.
    pub(super) memories: Vec<Late>,
    /// Whether the setting allows it.
    pub(super) is_possible: bool,
    /// Whether `terms` and `memories` follow the state; else the next round begins anew.
    is_current: bool,
    /// Whether all entries of the iterate are moderate.
    is_moderate: bool,
}

impl Deferral {
    /// Nothing has been put off.
    pub(super) fn new(setting: &Setting<'_>) -> Self {
        let (f, n) = (setting.objective, setting.objective.n_workers());
        let first = Round { number: 1, step_size: 1.0, n_workers: n, exchange: 0 };
        let selects = |compressor: &dyn Compressor| compressor.top_k(0).is_some();
        let has_form = setting.method.late_weight(&first).is_some()
            && setting.method.compressor().is_some_and(selects)
            && setting.blocks.len() == 1
            && f.is_shared_separable();
        let is_sparse = setting.batch_size.is_some_and(|rows| SPARSE * rows * f.cost_per_sample() <= f.dim())
            && (0..n).all(|worker| f.visit_support(worker, Rows::Only(&[0]), &mut |_| {}));
        Self {
            terms: Terms::default(),
            memories: vec![Late::default(); n],
            is_possible: has_form && is_sparse,
            is_current: false,
            is_moderate: false,
        }
    }

    /// Begins a round whose gradients enter with this weight. `mean` is that of the round before; `shared` (length d)
    /// becomes the gradient of the shared part at the iterate.
    pub(super) fn begin(
        &mut self,
        setting: &Setting<'_>,
        weight: f64,
        state: &mut State,
        mean: &Aggregate,
        shared: &mut [f64],
    ) {
        let f = setting.objective;
        if self.is_current {
            if self.terms.len() == MOST_TERMS {
                self.settle(state);
                self.memories.par_iter_mut().for_each(|memory| memory.restart(&self.terms));
                self.terms.restart();
            }
            let x = &state.iterate;
            for &j in mean.touched() {
                let block = Terms::block(j as usize, x.len());
                shared[block.clone()].fill(0.0);
                if f.add_shared_gradient(&x[block.clone()], 1.0, &mut shared[block]) {
                    self.terms.change(j as usize, shared);
                }
            }
        } else {
            let x = &state.iterate;
            self.terms = Terms::new(x.len());
            self.memories.iter_mut().for_each(|memory| memory.reset(x.len(), &self.terms));
            shared.fill(0.0);
            f.add_shared_gradient(x, 1.0, shared);
            (0..x.len()).filter(|&j| shared[j] != 0.0).for_each(|j| self.terms.change(j, shared));
            self.is_moderate = x.iter().all(|v| v.abs() <= MODERATE);
            self.is_current = true;
        }
        self.terms.push(weight);
    }

    /// Whether the iterate is finite beyond doubt after a round with this mean.
    pub(super) fn is_moderate(&mut self, iterate: &[f64], mean: &Aggregate) -> bool {
        self.is_moderate = self.is_moderate && mean.touched().iter().all(|&j| iterate[j as usize].abs() <= MODERATE);
        self.is_moderate
    }

    /// Makes the state whole.
    pub(super) fn settle(&mut self, state: &mut State) {
        if self.is_current {
            let memories = self.memories.par_iter_mut().zip(&mut state.workers);
            memories.for_each(|(memory, worker)| memory.settle(&self.terms, &mut worker.memory[0]));
        }
    }

    /// Makes the state whole, for somebody who may change it.
    pub(super) fn end(&mut self, state: &mut State) {
        self.settle(state);
        self.is_current = false;
    }
}
