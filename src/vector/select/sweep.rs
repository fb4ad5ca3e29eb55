//! One pass over the vector that is selected from, or over a part of it.

use super::input::Input;
use super::rank::{kth_magnitude, pick};
use super::workspace::Workspace;
use crate::vector::entries::{Entries, EntriesMut, Limits};
use crate::vector::finite::{NotFinite, refuse_not_finite};
use crate::vector::float::Float;
use crate::vector::kernels;
use crate::vector::level::Level;
use std::ops::Range;

/// Entries between two looks at the length of the list.
pub(super) const CHUNK: usize = 8192;

/// The list is cut down when it is longer than four times what it is cut down to, and longer than this.
const LONG_LIST: usize = 16_384;

/// The state of a pass.
///
/// The list receives the entries that reach the threshold, or fewer when there are many: then at least the k largest,
/// and the threshold is raised. Entries that reach `take` are out of the input afterwards, unless `take` has become
/// infinite.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sweep<F> {
    pub(super) limits: Limits<F>,
    pub(super) found: Result<(), NotFinite>,
}

impl<F: Float> Sweep<F> {
    pub(super) fn new(limits: Limits<F>) -> Self {
        Self { limits, found: Ok(()) }
    }

    /// Passes over an input that begins at coordinate `start`.
    pub(super) fn whole(&mut self, input: &mut Input<'_, F>, start: usize, k: usize, workspace: &mut Workspace<F>) {
        for first in (0..input.len()).step_by(CHUNK) {
            self.over(input, start, first..first + CHUNK, k, workspace);
        }
        self.end(input, start, workspace);
    }

    /// Passes over the next range, as far as the input goes.
    pub(super) fn over(
        &mut self,
        input: &mut Input<'_, F>,
        start: usize,
        range: Range<usize>,
        k: usize,
        workspace: &mut Workspace<F>,
    ) {
        let Workspace { level, list, part, keys, .. } = workspace;
        let end = range.end.min(input.len());
        input.collect(*level, start, range.start.min(end)..end, self.limits, list);
        if list.len() > LONG_LIST.max(4 * k) && self.found.is_ok() {
            if self.limits.take.is_finite() {
                input.put_back(start, list);
                self.limits.take = F::INFINITY;
            }
            self.found = check_finite(*level, list, part);
            if self.found.is_err() {
                // The pass goes on for its sums alone.
                self.limits.threshold = F::INFINITY;
                return;
            }
            let (kth, _) = kth_magnitude(*level, list, self.limits.threshold, k, k, part, keys);
            part.clear();
            pick(*level, list, k, kth, part.view_mut());
            std::mem::swap(list, part);
            // Later entries of the k-th magnitude lose to those that are in the list.
            self.limits.threshold = kth.next_up();
        }
    }

    /// Ends a pass.
    pub(super) fn end(&mut self, input: &mut Input<'_, F>, start: usize, workspace: &mut Workspace<F>) {
        let Workspace { level, list, part, .. } = workspace;
        self.found = self.found.and_then(|()| check_finite(*level, list, part));
        if self.found.is_err() {
            input.put_back(start, list); // ∞ and NaN reach any `take`
        }
        input.set_added();
    }
}

/// Names the first entry of the list that is NaN or infinite.
fn check_finite<F: Float>(level: Level, list: &Entries<F>, part: &mut Entries<F>) -> Result<(), NotFinite> {
    if kernels::count(level, &list.values, [F::INFINITY]) == [0] {
        return Ok(());
    }
    part.clear();
    let EntriesMut { indices: places, values } = part.view_mut();
    kernels::collect::<F, false>(level, &list.values, 0, F::INFINITY, (&mut *places, values).into());
    refuse_not_finite(places.iter().map(|&place| (list.indices[place as usize], list.values[place as usize])))
}
