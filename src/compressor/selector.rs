//! What the operators share that choose coordinates and send their entries as they are: k per block, the message, and an
//! account of what they read.

use super::sparsifier::Sparsifier;
use super::{Call, CompressorError, Counts, Guarantee, Message, Randomness, Scratch, Selection, Sparsity};
use crate::vector::{NotFinite, check_finite, norm_one, select, sum};
use std::cell::Cell;
use std::fmt::Debug;

/// An operator that chooses about k coordinates; everything but the choice is the same for all.
pub(super) trait Selector: Clone + Debug + Send + Sync + 'static {
    /// Which coordinates are chosen.
    const SELECTION: Option<Selection> = Some(Selection::Largest);

    /// The coordinates aimed at.
    fn k(&self) -> &Sparsity;

    /// Refuses parameters that do not fit the blocks.
    fn check(&self, _counts: &Counts) -> Result<(), CompressorError> {
        Ok(())
    }

    /// Writes the coordinates to be sent, ascending.
    ///
    /// # Errors
    /// `x` holds NaN or ∞.
    fn select(&self, x: Entries<'_>, k: usize, call: &mut Call<'_>, selected: &mut Vec<u32>) -> Result<(), NotFinite>;

    /// What is proved of the selection for every x.
    fn guarantee(&self, _counts: &Counts) -> Guarantee {
        Guarantee::None
    }

    /// Where the randomness of the choice comes from.
    fn randomness(&self, counts: &Counts) -> Randomness;

    /// The most coordinates that are sent of a block of `dim`.
    fn most_entries(&self, _k: usize, dim: usize) -> usize {
        dim
    }

    /// Whether the choice depends on earlier calls.
    fn learns(&self) -> bool {
        false
    }
}

impl<S: Selector> Sparsifier for S {
    const IS_EXACT: bool = false;
    const IS_PROJECTION: bool = true;
    const SELECTION: Option<Selection> = S::SELECTION;

    fn k(&self) -> &Sparsity {
        Selector::k(self)
    }

    fn check(&self, counts: &Counts) -> Result<(), CompressorError> {
        Selector::check(self, counts)
    }

    fn compress(&self, x: &[f64], k: usize, call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        let n_read = Cell::new(0);
        let x = Entries::of(x, &n_read);
        let (indices, values) = message.sparse(x.len());
        self.select(x, k, call, indices)?;
        values.extend(x.at(indices));
        call.scratch.n_read += n_read.get();
        Ok(())
    }

    fn guarantee(&self, counts: &Counts) -> Guarantee {
        Selector::guarantee(self, counts)
    }

    fn randomness(&self, counts: &Counts) -> Randomness {
        Selector::randomness(self, counts)
    }

    fn most_entries(&self, k: usize, dim: usize) -> usize {
        Selector::most_entries(self, k, dim)
    }

    fn learns(&self) -> bool {
        Selector::learns(self)
    }
}

/// A vector, or a copy of a part of it, with an account of the numbers that are read from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entries<'a> {
    entries: &'a [f64],
    n_read: &'a Cell<u64>,
}

impl<'a> Entries<'a> {
    /// `n_read` is the account.
    pub(super) fn of(entries: &'a [f64], n_read: &'a Cell<u64>) -> Self {
        Self { entries, n_read }
    }

    /// d, or how many numbers the copy holds.
    pub(super) fn len(self) -> usize {
        self.entries.len()
    }

    /// All numbers, to be read once; each call counts.
    pub(super) fn pass(self) -> &'a [f64] {
        self.count(self.len());
        self.entries
    }

    /// The entries at these places.
    pub(super) fn at(self, places: &[u32]) -> impl Iterator<Item = f64> {
        self.count(places.len());
        places.iter().map(move |&j| self.entries[j as usize])
    }

    /// Every `stride`-th entry from `start` on.
    pub(super) fn every(self, stride: usize, start: usize) -> impl Iterator<Item = f64> {
        self.count((self.len() - start).div_ceil(stride));
        self.entries[start..].iter().step_by(stride).copied()
    }

    /// Numbers that were copied from here, on the same account.
    pub(super) fn copied(self, copy: &'a [f64]) -> Self {
        Self { entries: copy, ..self }
    }

    /// Writes the places of all entries with `|xⱼ| ≥ threshold`, ascending.
    pub(super) fn at_least(self, threshold: f64, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
        select::at_least(self.pass(), threshold, selected)?;
        // What is selected is looked at again: NaN and ∞ reach any threshold.
        self.count(selected.len());
        Ok(())
    }

    /// Writes the places of all entries with `|xⱼ| > threshold`, ascending.
    pub(super) fn above(self, threshold: f64, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
        self.at_least(threshold.next_up(), selected)
    }

    /// Keeps the places, ascending, of entries with `|xⱼ| > threshold`.
    pub(super) fn keep_above(self, threshold: f64, selected: &mut Vec<u32>) {
        self.count(selected.len());
        selected.retain(|&j| self.entries[j as usize].abs() > threshold);
    }

    /// The mean of the entries.
    pub(super) fn mean(self) -> Result<f64, NotFinite> {
        self.mean_of(sum, |v| v)
    }

    /// The mean of `|xⱼ|`; it does not overflow.
    pub(super) fn mean_magnitude(self) -> Result<f64, NotFinite> {
        self.mean_of(norm_one, f64::abs)
    }

    fn mean_of(self, sum: impl Fn(&[f64]) -> f64, term: impl Fn(f64) -> f64) -> Result<f64, NotFinite> {
        let d = self.len() as f64;
        let sum = sum(self.pass());
        if sum.is_finite() {
            return Ok(sum / d);
        }
        check_finite(self.pass())?;
        Ok(self.pass().iter().map(|&v| term(v) / d).sum())
    }

    /// Keeps the k largest entries of those at `selected` (ascending, k or more), ties to the lower place.
    ///
    pub(super) fn keep_largest(
        self,
        k: usize,
        scratch: &mut Scratch,
        selected: &mut Vec<u32>,
    ) -> Result<(), NotFinite> {
        let Scratch { values, indices: places, selection, .. } = scratch;
        values.clear();
        values.extend(self.at(selected));
        let before = selection.n_read();
        select::top_k_into(values, k, &mut 0.0, selection, places)?;
        self.count((selection.n_read() - before) as usize);
        // Places ascend and are at or after where they are written.
        for (kept, &place) in places.iter().enumerate() {
            selected[kept] = selected[place as usize];
        }
        selected.truncate(k);
        Ok(())
    }

    fn count(self, n: usize) {
        self.n_read.set(self.n_read.get() + n as u64);
    }
}

/// The magnitude of this rank, from 1, among `sampled`.
pub(super) fn largest_of(sampled: impl Iterator<Item = f64>, rank: usize, magnitudes: &mut Vec<f64>) -> f64 {
    magnitudes.clear();
    magnitudes.extend(sampled.map(f64::abs));
    *magnitudes.select_nth_unstable_by(rank - 1, |a, b| b.total_cmp(a)).1
}
