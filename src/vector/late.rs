//! Vectors to which the same terms are added one after the other, each block only when somebody looks at it.
//!
//! ```text
//! x ← x + w_t s_t,   t = 0, 1, 2, …      the same w_t and s_t for many vectors x
//! ```
//!
//! A block that was not looked at for some terms is given all of them at once, in their order: the bits are those of
//! additions that were never put off. For every block a bound of its magnitudes is known, so that whoever looks for
//! large entries knows where there are none. It does not know what the vectors mean.
//!
//! Bounds are sums in single precision, each rounded up. Whether a block may hold an entry that reaches a threshold is
//! decided against a threshold that is lower by a part in 2²⁰, much more than the roundings of the entries themselves
//! in [`MOST_TERMS`] additions.

use super::kernels::{self, Entries, Level};
use std::ops::Range;

/// Coordinates that are given their terms together: a line of the cache.
pub const BLOCK: usize = 8;

/// So many terms are kept; then every vector has to be given them.
pub const MOST_TERMS: usize = 16;

/// Not active.
const NONE: u32 = u32::MAX;

/// The part by which a threshold is lowered.
const SLACK: f64 = 1.0 / (1 << 20) as f64;

/// Below this threshold single precision says nothing.
const LEAST_THRESHOLD: f64 = 1e-30;

/// The terms `w_t s_t`, as far as some vector may still need them. A block of s that has always been zero is not held,
/// and one that does not change is written once.
///
/// What is needed of a block lies together, and where the block has changed is known without looking there: whoever
/// reads it would otherwise wait for one cache line to learn where the next one is.
#[derive(Debug, Default)]
pub struct Terms {
    pub(super) weights: Vec<f64>,
    /// Per block its place in `active`, or `NONE`.
    places: Vec<u32>,
    /// Per block the terms, one bit each, at which it took a value.
    changed: Vec<u32>,
    /// The values of active blocks, [`MOST_TERMS`] for each; those of terms at which it took none mean nothing.
    values: Vec<[f64; BLOCK]>,
    /// Blocks that have ever been changed.
    active: Vec<u32>,
    /// max |s| per block, rounded up.
    peaks: Vec<f32>,
    /// Per block `Σ_t |w_t| max |s_t|`, rounded up.
    pub(super) drifts: Vec<f32>,
}

impl Terms {
    /// The block that holds coordinate `j` of a vector of length `dim`.
    #[must_use]
    pub fn block(j: usize, dim: usize) -> Range<usize> {
        let start = j - j % BLOCK;
        start..dim.min(start + BLOCK)
    }

    /// No terms yet, for vectors of length `dim`; s is zero.
    #[must_use]
    pub fn new(dim: usize) -> Self {
        let n_blocks = dim.div_ceil(BLOCK);
        Self {
            places: vec![NONE; n_blocks],
            changed: vec![0; n_blocks],
            peaks: vec![0.0; n_blocks],
            drifts: vec![0.0; n_blocks],
            ..Self::default()
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// Forgets the terms, which all vectors have been given, and keeps s.
    pub fn restart(&mut self) {
        self.weights.clear();
        self.drifts.fill(0.0);
        for (values, &b) in self.values.as_chunks_mut::<MOST_TERMS>().0.iter_mut().zip(&self.active) {
            let changed = &mut self.changed[b as usize];
            values[0] = values[changed.ilog2() as usize];
            *changed = 1;
        }
    }

    /// Says that the next term's s is as `s` (length d) in the block that holds coordinate `j`.
    pub fn change(&mut self, j: usize, s: &[f64]) {
        let (b, term) = (j / BLOCK, self.weights.len());
        assert!(term < MOST_TERMS, "change: too many terms");
        let mut values = [0.0; BLOCK];
        let part = &s[Self::block(j, s.len())];
        values[..part.len()].copy_from_slice(part);
        // As bits, NaN is larger than all numbers.
        let peak = values.iter().map(|v| v.abs().to_bits()).fold(0, u64::max);
        self.peaks[b] = rounded_up(f64::from_bits(peak));
        if self.places[b] == NONE {
            self.places[b] = self.active.len() as u32;
            self.active.push(b as u32);
            self.values.resize(MOST_TERMS * self.active.len(), [0.0; BLOCK]);
        }
        self.changed[b] |= 1 << term;
        self.values[MOST_TERMS * self.places[b] as usize + term] = values;
    }

    /// Ends the term: from now on vectors are given `weight · s`.
    ///
    /// # Panics
    /// There are [`MOST_TERMS`] already.
    pub fn push(&mut self, weight: f64) {
        assert!(self.len() < MOST_TERMS, "push: too many terms");
        self.weights.push(weight);
        let weight = rounded_up(weight.abs());
        for (drift, peak) in self.drifts.iter_mut().zip(&self.peaks) {
            // Two roundings of numbers that are not negative.
            *drift = (*drift + weight * peak) * (1.0 + 4.0 * f32::EPSILON);
        }
    }

    /// Whether a block that has been given `from` terms lacks any that is not zero.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes over the instructions of the kernel that it is inlined in")]
    pub(super) fn is_behind(&self, b: usize, from: usize, to: usize) -> bool {
        from < to && self.changed[b] != 0
    }

    /// `block ← block + Σ w_t s_t` over the terms `from..to`, in their order.
    pub(super) fn add_to(&self, b: usize, (from, to): (usize, usize), block: &mut [f64]) {
        self.spans(b, from, to, |values, terms| {
            for &weight in &self.weights[terms] {
                for (x, s) in block.iter_mut().zip(values) {
                    *x += weight * s;
                }
            }
        });
    }

    /// Calls `visit(values, terms)` for every stretch of the terms `from..to` in which the block holds the same values.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it takes over the instructions of the kernel that it is inlined in")]
    pub(super) fn spans(&self, b: usize, from: usize, to: usize, mut visit: impl FnMut(&[f64; BLOCK], Range<usize>)) {
        let changed = self.changed[b];
        if changed == 0 || from >= to {
            return;
        }
        let values = &self.values[MOST_TERMS * self.places[b] as usize..][..MOST_TERMS];
        let until_from = changed & ((2 << from) - 1);
        let mut later = changed & !until_from & ((1 << to) - 1);
        let mut current = until_from.checked_ilog2().map(|term| &values[term as usize]);
        let mut start = from;
        loop {
            let end = if later == 0 { to } else { later.trailing_zeros() as usize };
            if let Some(values) = current {
                visit(values, start..end);
            }
            if later == 0 {
                return;
            }
            (current, start) = (Some(&values[end]), end);
            later &= later - 1;
        }
    }
}

/// What one vector has not been given yet, and bounds of what it holds.
#[derive(Debug, Default, Clone)]
pub struct Late {
    level: Level,
    /// Per block how many terms it has been given.
    pub(super) given: Vec<u8>,
    /// Per block a bound of its magnitudes, less the drift at that time.
    pub(super) bounds: Vec<f32>,
    /// A set of blocks, one bit each.
    marks: Vec<u64>,
}

impl Late {
    /// With the instructions of one of the levels of this machine; the default is the fastest. Results are the same.
    #[must_use]
    pub fn at(level: Level) -> Self {
        Self { level, ..Self::default() }
    }

    /// For a vector of length `dim` of which nothing is known, and that has been given all `terms`.
    pub fn reset(&mut self, dim: usize, terms: &Terms) {
        let n_blocks = dim.div_ceil(BLOCK);
        self.given.clear();
        self.given.resize(n_blocks, terms.len() as u8);
        self.bounds.clear();
        self.bounds.resize(n_blocks, f32::INFINITY);
        self.marks.clear();
        self.marks.resize(n_blocks.div_ceil(64), 0);
    }

    /// Begins a set of coordinates that will be changed.
    pub fn clear_touched(&mut self) {
        self.marks.fill(0);
    }

    /// Adds these coordinates to the set.
    pub fn touch(&mut self, coordinates: &[u32]) {
        coordinates.iter().for_each(|&j| self.mark(j as usize / BLOCK));
    }

    fn mark(&mut self, block: usize) {
        self.marks[block / 64] |= 1 << (block % 64);
    }

    /// Gives the touched blocks of x all terms but the last.
    pub fn catch_up(&mut self, terms: &Terms, x: &mut [f64]) {
        self.visit::<false>(terms, terms.len() - 1, f64::INFINITY, x, &mut Entries::default());
    }

    /// Gives all terms to the touched blocks of x and to those that may hold an entry with `|xⱼ| ≥ threshold`; appends
    /// these entries to the list, in order.
    pub(super) fn collect(&mut self, terms: &Terms, threshold: f64, x: &mut [f64], list: &mut Entries<f64>) {
        let limit = if threshold > LEAST_THRESHOLD { (threshold * (1.0 - SLACK)) as f32 } else { 0.0 };
        kernels::mark(self.level, &self.bounds, &terms.drifts, limit.next_down(), &mut self.marks);
        self.visit::<true>(terms, terms.len(), threshold, x, list);
    }

    /// Gives x all terms and looks at all of it.
    pub(super) fn look_at_all(&mut self, terms: &Terms, x: &mut [f64]) {
        (0..self.given.len()).for_each(|b| self.mark(b));
        self.visit::<true>(terms, terms.len(), f64::INFINITY, x, &mut Entries::default());
    }

    /// Gives x all terms.
    pub fn settle(&mut self, terms: &Terms, x: &mut [f64]) {
        self.clear_touched();
        terms.active.iter().for_each(|&b| self.mark(b as usize));
        self.visit::<true>(terms, terms.len(), f64::INFINITY, x, &mut Entries::default());
        self.given.fill(terms.len() as u8);
    }

    /// To be called after [`Late::settle`] and before [`Terms::restart`].
    pub fn restart(&mut self, terms: &Terms) {
        self.given.fill(0);
        for (bound, drift) in self.bounds.iter_mut().zip(&terms.drifts) {
            *bound = rounded_up(f64::from(*bound) + f64::from(*drift));
        }
    }

    fn visit<const LOOK: bool>(
        &mut self,
        terms: &Terms,
        to: usize,
        threshold: f64,
        x: &mut [f64],
        list: &mut Entries<f64>,
    ) {
        let marks = std::mem::take(&mut self.marks);
        kernels::visit::<LOOK>(self.level, (terms, self), (&marks, to), threshold, x, list);
        self.marks = marks;
    }
}

/// What is carried for a block whose largest magnitude is `max` at this drift.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes over the instructions of the kernel that it is inlined in")]
pub(super) fn bound(max: f64, drift: f32) -> f32 {
    rounded_up(max - f64::from(drift))
}

/// Not below `value`; NaN stays NaN.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes over the instructions of the kernel that it is inlined in")]
fn rounded_up(value: f64) -> f32 {
    (value as f32).next_up()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream, Streams};
    use crate::vector::select::{Workspace, top_k_into, top_k_of_late_into};
    use rand::RngExt as _;

    /// One vector whose terms are put off, and its naive twin, which is given every term at once.
    struct Pair {
        x: Vec<f64>,
        late: Late,
        twin: Vec<f64>,
        hint: f64,
        workspace: Workspace,
    }

    fn bits(x: &[f64]) -> Vec<u64> {
        x.iter().map(|v| v.to_bits()).collect()
    }

    /// A number of any size, often zero.
    fn any_size(stream: &mut Stream) -> f64 {
        if stream.random_range(0..4) == 0 {
            0.0
        } else {
            (stream.random::<f64>() - 0.5) * 10_f64.powi(stream.random_range(-9..3))
        }
    }

    #[test]
    fn what_is_put_off_selects_and_ends_as_what_is_not() {
        for (case, level) in (0..).zip(Level::available().into_iter().cycle().take(24)) {
            let mut stream = Streams::new(case).stream(Purpose::Generation, 0, 0);
            let d = [1, 8, 63, 520, 3001][case as usize % 5];
            let k = (d / 50).max(1);
            let mut s = vec![0.0; d];
            let mut terms = Terms::new(d);
            let mut pairs: Vec<Pair> = (0..3)
                .map(|_| {
                    let x: Vec<f64> = (0..d).map(|_| any_size(&mut stream)).collect();
                    let mut late = Late::at(level);
                    late.reset(d, &terms);
                    Pair { twin: x.clone(), x, late, hint: 0.0, workspace: Workspace::at(level) }
                })
                .collect();
            for round in 0..3 * MOST_TERMS {
                if terms.len() == MOST_TERMS {
                    for Pair { x, late, twin, .. } in &mut pairs {
                        late.settle(&terms, x);
                        assert!(bits(x) == bits(twin), "case {case}, round {round}: settled");
                        late.restart(&terms);
                    }
                    terms.restart();
                }
                for _ in 0..stream.random_range(0..6) {
                    let j = stream.random_range(0..d);
                    s[j] = any_size(&mut stream);
                    terms.change(j, &s);
                }
                let weight = any_size(&mut stream);
                terms.push(weight);
                for Pair { x, late, twin, hint, workspace } in &mut pairs {
                    let touched: Vec<u32> =
                        (0..stream.random_range(0..5)).map(|_| stream.random_range(0..d as u32)).collect();
                    late.clear_touched();
                    late.touch(&touched);
                    late.catch_up(&terms, x);
                    for &j in &touched {
                        let change = any_size(&mut stream);
                        x[j as usize] += change;
                        twin[j as usize] += change;
                    }
                    crate::vector::add_scaled(weight, &s, twin);
                    let (mut selected, mut values, mut expected) = (Vec::new(), Vec::new(), Vec::new());
                    let message = (&mut selected, &mut values);
                    top_k_of_late_into(x, (&terms, late), k, hint, workspace, message).unwrap();
                    top_k_into(twin, k, &mut 0.0, &mut Workspace::default(), &mut expected).unwrap();
                    assert!(selected == expected, "case {case}, round {round}, {}: selected", level.name());
                    let entries: Vec<f64> = expected.iter().map(|&j| twin[j as usize]).collect();
                    assert!(bits(&values) == bits(&entries), "case {case}, round {round}: values");
                    // As error feedback does, so that magnitudes grow until they are selected.
                    for &j in &selected {
                        (x[j as usize], twin[j as usize]) = (0.0, 0.0);
                    }
                }
            }
        }
    }

    #[test]
    fn blocks_that_cannot_reach_a_threshold_are_not_looked_at() {
        let (d, mut terms) = (800, Terms::new(800));
        let mut late = Late::default();
        late.reset(d, &terms);
        let mut x: Vec<f64> = (0..d).map(|j| if j < 80 { 2.0 } else { 0.5 }).collect();
        let s = vec![0.25; d];
        (0..d).for_each(|j| terms.change(j, &s));
        terms.push(1.0);
        late.collect(&terms, 1.0, &mut x, &mut Entries::default());
        assert!(late.given.iter().all(|&given| given == 1), "nothing was known of any block");
        terms.push(1.0);
        late.clear_touched();
        let mut list = Entries::default();
        late.collect(&terms, 1.25, &mut x, &mut list);
        assert_eq!((list.len(), late.given.iter().filter(|&&given| given == 2).count()), (80, 10));
        assert_eq!((x[0], x[100]), (2.5, 0.75));
        late.settle(&terms, &mut x);
        assert_eq!(x[100], 1.0);
    }

    #[test]
    fn a_number_that_is_not_finite_is_noticed_in_a_block_that_nobody_touched() {
        for value in [f64::NAN, f64::INFINITY, 1e308] {
            let (d, mut terms) = (160, Terms::new(160));
            let mut late = Late::default();
            late.reset(d, &terms);
            let (mut x, mut s, mut hint) = ((0..d).map(|j| j as f64).collect::<Vec<f64>>(), vec![0.0; d], 100.0);
            let mut select = |terms: &Terms, x: &mut [f64]| {
                let message = (&mut Vec::new(), &mut Vec::new());
                top_k_of_late_into(x, (terms, &mut late), 3, &mut hint, &mut Workspace::default(), message)
            };
            terms.push(1.0);
            assert_eq!(select(&terms, &mut x), Ok(()));
            s[5] = value;
            terms.change(5, &s);
            terms.push(10.0);
            assert_eq!(select(&terms, &mut x).unwrap_err().index, 5, "{value}");
        }
    }
}
