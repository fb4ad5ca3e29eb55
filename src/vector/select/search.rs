//! One selection, from the first threshold to the entries; several of them side by side.

use super::input::Input;
use super::rank::{kth_magnitude, pick};
use super::sample::sampled_limits;
use super::sweep::{CHUNK, Sweep};
use super::workspace::Workspace;
use crate::vector::addition::Addition;
use crate::vector::entries::{EntriesMut, EntriesRef, Limits};
use crate::vector::finite::{NotFinite, first_not_finite};
use crate::vector::float::Float;
use crate::vector::kernels;
use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};

/// Entries of each vector that are processed before those of the next, side by side: as many of what is added fit into
/// the L1 cache.
const SIDE: usize = 2048;

/// A vector of this length or more is sampled although there is a hint: the sample is a small part of the pass, and a
/// threshold from it is closer.
pub(super) const HINT_UP_TO: usize = 1 << 18;

/// A vector of this length or more is passed over by all threads of the pool.
pub(super) const PARALLEL_FROM: usize = 1 << 20;

/// The threshold for the next call is at least this factor times the k-th magnitude.
const RELAXATION: f64 = 0.5;

/// One selection in progress.
#[derive(Debug)]
pub(crate) struct Search<'a, F: Float = f64> {
    input: Input<'a, F>,
    k: usize,
    hint: &'a mut f64,
    workspace: &'a mut Workspace<F>,
    selected: &'a mut Vec<u32>,
    values: Option<&'a mut Vec<F>>,
    sweep: Sweep<F>,
    /// Whether the threshold comes from the hint.
    is_guess: bool,
}

impl<'a, F: Float> Search<'a, F> {
    /// Adds to x (both of length d), then [`super::top_k_into`] of the new x, with the selected entries in `to`.
    ///
    /// With a good hint it is one pass over x instead of two; the result is the same to the bit. Where the new x holds NaN
    /// or ∞ and that is an error, x is the new x all the same.
    ///
    /// # Panics
    /// The lengths differ.
    pub(crate) fn add_and_top_k(
        x: &'a mut [F],
        addition: Addition<'a, F>,
        k: usize,
        hint: &'a mut f64,
        workspace: &'a mut Workspace<F>,
        to: EntriesMut<'a, F>,
    ) -> Self {
        let EntriesMut { indices, values } = to;
        Self::new(Input::sum(x, addition, false), k, hint, workspace, indices, Some(values))
    }

    /// The selected entries are written to `values` where it is given.
    pub(super) fn new(
        input: Input<'a, F>,
        k: usize,
        hint: &'a mut f64,
        workspace: &'a mut Workspace<F>,
        selected: &'a mut Vec<u32>,
        values: Option<&'a mut Vec<F>>,
    ) -> Self {
        selected.clear();
        let d = input.len();
        let guess = F::narrow(*hint);
        let is_guess = d <= HINT_UP_TO && guess.is_finite() && *hint > 0.0 && guess.magnitude() > F::ZERO.magnitude();
        let limits = match (k == 0 || k >= d, is_guess) {
            // What reaches infinity is not finite.
            (true, _) => Limits { threshold: F::INFINITY, take: F::INFINITY },
            (false, true) => Limits { threshold: guess, take: F::INFINITY },
            (false, false) => sampled_limits(&input, k, workspace),
        };
        Self { input, k, hint, workspace, selected, values, sweep: Sweep::new(limits), is_guess }
    }

    /// Selects.
    ///
    /// # Errors
    /// The vector holds NaN or ∞; the first such coordinate is named.
    pub(super) fn complete(mut self) -> Result<(), NotFinite> {
        self.pass();
        self.settle()
    }

    /// Passes over the input, with all threads where it is long.
    fn pass(&mut self) {
        let Self { input, k, workspace, sweep, .. } = self;
        let (d, k) = (input.len(), *k);
        let threads = if d < PARALLEL_FROM { 1 } else { rayon::current_num_threads() };
        if threads == 1 {
            workspace.begin(d);
            sweep.whole(input, 0, k, workspace);
            return;
        }
        let length = d.div_ceil(threads).next_multiple_of(CHUNK);
        let parts = input.parts(length);
        let mut others = std::mem::take(&mut workspace.others);
        others.resize_with(threads - 1, || Workspace::at(workspace.level));
        let workspaces: Vec<&mut Workspace<F>> = std::iter::once(&mut **workspace).chain(&mut others).collect();
        let start = *sweep;
        let done: Vec<Sweep<F>> = parts
            .into_par_iter()
            .zip(workspaces)
            .enumerate()
            .map(|(i, (mut part, workspace))| {
                let mut sweep = start;
                workspace.begin(part.len());
                sweep.whole(&mut part, i * length, k, workspace);
                sweep
            })
            .collect();
        for other in &others[..done.len() - 1] {
            workspace.list.extend_from(&other.list);
        }
        workspace.n_read += (d - length.min(d)) as u64;
        workspace.others = others;
        let was_put_back = |take: F| take.magnitude() != start.limits.take.magnitude();
        for part in done {
            // The first error in the order of the parts is the first in the vector.
            sweep.found = sweep.found.and(part.found);
            if sweep.limits.threshold.is_below(part.limits.threshold) {
                sweep.limits.threshold = part.limits.threshold;
            }
            if was_put_back(part.limits.take) {
                sweep.limits.take = F::INFINITY;
            }
        }
        if was_put_back(sweep.limits.take) || sweep.found.is_err() {
            // What one part has put back, all do.
            input.put_back(0, &workspace.list);
        }
        input.set_added();
    }

    /// Selects from the list of a pass, or of another one where that was too short.
    fn settle(&mut self) -> Result<(), NotFinite> {
        let d = self.input.len();
        self.sweep.found?;
        if self.k == 0 || self.k >= d {
            self.take_all_or_none();
            return Ok(());
        }
        while self.workspace.list.len() < self.k {
            // Fewer than k entries reach the threshold.
            if self.sweep.limits.take.is_finite() {
                self.input.put_back(0, &self.workspace.list);
            }
            let sampled = self.is_guess.then(|| sampled_limits(&self.input, self.k, self.workspace).threshold);
            self.is_guess = false;
            self.sweep = Sweep::new(Limits { threshold: sampled.unwrap_or(F::ZERO), take: F::INFINITY });
            self.pass();
            self.sweep.found?;
        }
        let Self { input, k, hint, workspace, selected, values, sweep, .. } = self;
        let Limits { threshold, mut take } = sweep.limits;
        let (k, Workspace { level, list, part, keys, .. }) = (*k, &mut **workspace);
        // If the hint is unused, no new one is computed; so it is the same for any number of threads.
        let further = if d <= HINT_UP_TO { rank_of_hint(d, k) } else { k };
        let (kth, reached) = kth_magnitude(*level, list, threshold, k, further, part, keys);
        **hint = reached
            .unwrap_or_else(|| lowered(kth, threshold, k, list.len(), further))
            .max(RELAXATION * kth.widen())
            .min(kth.widen());
        if d > HINT_UP_TO {
            **hint = kth.widen();
        }
        part.clear();
        let Some(values) = values else {
            pick(*level, list, k, kth, (&mut **selected, &mut part.values).into());
            return Ok(());
        };
        values.clear();
        pick(*level, list, k, kth, (&mut **selected, &mut **values).into());
        if take.is_finite() && take.magnitude() <= kth.magnitude() {
            // Not all that was taken out is selected.
            input.put_back(0, list);
            take = F::INFINITY;
        }
        let Input::Add { x, split: true, .. } = input else { return Ok(()) };
        // What was taken out is selected; the other selected entries follow.
        part.clear();
        kernels::filter(*level, EntriesRef { indices: selected, values }, F::ZERO..take, part.view_mut());
        for &j in &part.indices {
            x[j as usize] = F::ZERO;
        }
        Ok(())
    }

    /// The selection of all entries or of none.
    fn take_all_or_none(&mut self) {
        let d = if self.k == 0 { 0 } else { self.input.len() };
        if self.k > 0 {
            *self.hint = 0.0;
        }
        self.selected.extend(0..d as u32);
        if let Some(values) = &mut self.values {
            values.clear();
            values.extend((0..d).flat_map(|j| self.input.at::<1>(j)));
        }
        if let Input::Add { x, split: true, .. } = &mut self.input {
            x[..d].fill(F::ZERO);
        }
    }
}

/// Makes several selections, each as if it were alone.
///
/// The vectors are passed over side by side, part by part: where all receive multiples of one vector, a part of it is
/// still in the L1 cache when the next needs it.
///
/// # Errors
/// The first of the selections, by its place, whose vector holds NaN or ∞.
pub(crate) fn side_by_side<F: Float>(searches: &mut [Search<'_, F>]) -> Result<(), (usize, NotFinite)> {
    let longest = searches.iter().map(|search| search.input.len()).max().unwrap_or(0);
    if longest > HINT_UP_TO {
        searches.iter_mut().for_each(Search::pass);
    } else {
        for search in searches.iter_mut() {
            search.workspace.begin(search.input.len());
        }
        for first in (0..longest).step_by(SIDE) {
            for Search { input, k, workspace, sweep, .. } in searches.iter_mut() {
                // Every part but the first begins at a cache line.
                let head = input.head();
                let start = if first == 0 { 0 } else { first + head };
                sweep.over(input, 0, start..first + SIDE + head, *k, workspace);
            }
        }
        for Search { input, workspace, sweep, .. } in searches.iter_mut() {
            sweep.end(input, 0, workspace);
        }
    }
    first_not_finite(searches.iter_mut().map(Search::settle))
}

/// The hint for the next call is the magnitude of this rank, so that magnitudes may shrink from call to call and k of
/// them still reach it, while the list stays short. A residual of error feedback is flat just below what was sent: a
/// fixed factor on the k-th magnitude would let in half of the vector.
fn rank_of_hint(d: usize, k: usize) -> usize {
    k + (3 * k).min((k / 4).max(d / 256))
}

/// A threshold for the next call where this one admits n entries, k ≤ n, and those of rank `further` are wanted: lower
/// by what the missing ones would need if they were as dense as those between the k-th magnitude and the threshold.
/// They are denser.
fn lowered<F: Float>(kth: F, threshold: F, k: usize, n: usize, further: usize) -> f64 {
    let (kth, threshold) = (kth.widen(), threshold.widen());
    let missing = further.saturating_sub(n) as f64 / (n - k + 1) as f64;
    (threshold - 0.25 * missing * (kth - threshold)).max(0.9 * threshold)
}
