//! The bodies for vector instructions.

use super::portable;
use crate::vector::addition::Addition;
use crate::vector::cache::{LINE, head};
use crate::vector::entries::{EntriesMut, EntriesRef, Limits};
use crate::vector::float::Float;
use crate::vector::lanes::Lanes;
use std::ops::Range;

/// Room after the packed entries, for what the last vector writes beyond them.
const SLACK: usize = 16;

/// Entries that are looked at together: a whole number of vectors.
const UNIT: usize = 16;

/// Entries that are processed together: those that are read again are still in the L1 cache.
const STRETCH: usize = 4096;

/// The vectors of a pass, each named by its first entry.
///
/// # Safety
/// Those of [`Lanes`]; the entries that are requested exist.
trait Source<F, L: Lanes<F>> {
    /// The vector as it is first read.
    unsafe fn vector(&self, at: usize) -> L::Vector;
    /// Stores it, where the pass changes its entries.
    #[inline(always)]
    unsafe fn store(&self, _at: usize, _vector: L::Vector) {}
    /// What was stored.
    #[inline(always)]
    unsafe fn stored(&self, at: usize) -> L::Vector {
        // SAFETY: the caller's.
        unsafe { self.vector(at) }
    }
    /// Stores it after the entries that reach the threshold were appended.
    #[inline(always)]
    unsafe fn store_rest(&self, _at: usize, _vector: L::Vector) {}
}

/// Vectors that stay as they are.
struct Read<F>(*const F);

impl<F, L: Lanes<F>> Source<F, L> for Read<F> {
    #[inline(always)]
    unsafe fn vector(&self, at: usize) -> L::Vector {
        // SAFETY: the caller's.
        unsafe { L::load(self.0.add(at)) }
    }
}

/// `x ← x + weight · addend`, with zeros instead of the entries that reach `take`.
struct Add<F, V, const SCALED: bool> {
    x: *mut F,
    weights: Weights<V>,
    addend: *const F,
    take: V,
}

/// The weight, and the scale of a `SCALED` addend.
struct Weights<V> {
    weight: V,
    scale: V,
}

impl<V: Copy> Weights<V> {
    /// # Safety
    /// The instructions of the level.
    #[inline(always)]
    unsafe fn of<F: Float, L: Lanes<F, Vector = V>>(addition: &Addition<'_, F>) -> Self {
        // SAFETY: the caller's.
        unsafe { Self { weight: L::splat(addition.weight), scale: L::splat(addition.scale.unwrap_or_default()) } }
    }

    /// # Safety
    /// The instructions of the level.
    #[inline(always)]
    unsafe fn add<F: Float, L: Lanes<F, Vector = V>, const SCALED: bool>(&self, x: V, a: V) -> V {
        // SAFETY: the caller's.
        unsafe {
            let a = if SCALED { L::add_scaled(L::splat(F::ZERO), self.scale, a) } else { a };
            L::add_scaled(x, self.weight, a)
        }
    }
}

impl<F: Float, L: Lanes<F>, const SCALED: bool> Source<F, L> for Add<F, L::Vector, SCALED> {
    #[inline(always)]
    unsafe fn vector(&self, at: usize) -> L::Vector {
        // SAFETY: the caller's; the addend is as long as x.
        unsafe {
            let (x, a) = (L::load(self.x.add(at)), L::load(self.addend.add(at)));
            self.weights.add::<F, L, SCALED>(x, a)
        }
    }

    #[inline(always)]
    unsafe fn store(&self, at: usize, vector: L::Vector) {
        // SAFETY: the caller's.
        unsafe { L::store(self.x.add(at), vector) }
    }

    #[inline(always)]
    unsafe fn stored(&self, at: usize) -> L::Vector {
        // SAFETY: the caller's.
        unsafe { L::load(self.x.add(at)) }
    }

    #[inline(always)]
    unsafe fn store_rest(&self, at: usize, vector: L::Vector) {
        // SAFETY: the caller's.
        unsafe { L::store(self.x.add(at), L::clear_reached(vector, self.take)) }
    }
}

/// The lists that a pass appends to, with room for all.
struct Lists<F> {
    n: usize,
    indices: *mut u32,
    values: *mut F,
}

impl<F> Lists<F> {
    /// Appends the entries of the unit at `at`, coordinate `start`, that reach the limit: those that [`look`] found, or
    /// where `found` is absent, those that are found here.
    ///
    /// # Safety
    /// That of the source, and room for a unit and SLACK entries.
    #[inline(always)]
    unsafe fn append<L: Lanes<F>, const VALUES: bool>(
        &mut self,
        source: &impl Source<F, L>,
        at: usize,
        start: u32,
        limit: L::Vector,
        found: Option<u32>,
    ) {
        let mut lane = 0;
        while lane < UNIT {
            let at = at + lane;
            // SAFETY: the caller's.
            unsafe {
                let vector = if found.is_some() { source.stored(at) } else { source.vector(at) };
                let mask = match found {
                    Some(found) if keeps_masks::<F, L>() => found >> lane & ((1 << L::N) - 1),
                    _ => L::reach(vector, limit),
                };
                source.store_rest(at, vector);
                L::pack_indices(mask, L::count_from(start + lane as u32), self.indices.add(self.n));
                if VALUES {
                    L::pack(mask, vector, self.values.add(self.n));
                }
                self.n += mask.count_ones() as usize;
            }
            lane += L::N;
        }
    }
}

/// Whether it is faster to keep the masks of a unit than to make them again: they are words of their own with
/// AVX-512.
#[inline(always)]
fn keeps_masks<F, L: Lanes<F>>() -> bool {
    size_of::<L::Vector>() == LINE
}

/// Reads and stores the unit that begins at `at`. The result is not zero where an entry reaches the limit; where masks
/// are kept, bit j belongs to entry j.
///
/// # Safety
/// That of the source.
#[inline(always)]
unsafe fn look<F, L: Lanes<F>>(source: &impl Source<F, L>, at: usize, limit: L::Vector) -> u32 {
    let (mut found, mut lane) = (0, 0);
    while lane < UNIT {
        // SAFETY: the caller's.
        unsafe {
            let vector = source.vector(at + lane);
            source.store(at + lane, vector);
            found |= L::reach(vector, limit) << if keeps_masks::<F, L>() { lane } else { 0 };
        }
        lane += L::N;
    }
    found
}

/// Appends the entries of `len` that reach the threshold, which begin at coordinate `start`.
///
/// A first loop looks at all units, a second one lists those that hold an entry, a third one packs. So no branch
/// depends on an entry: where about every second test finds one, the branch predictor is wrong half of the time. Where
/// a unit holds more than one entry, on average, the list would save nothing.
///
/// # Safety
/// The instructions of the level; the source has `len` entries, in whole units.
#[inline(always)]
unsafe fn pass<F: Float, L: Lanes<F>, const VALUES: bool>(
    source: &impl Source<F, L>,
    len: usize,
    start: u32,
    threshold: F,
    to: EntriesMut<'_, F>,
) {
    let EntriesMut { indices, values } = to;
    indices.reserve(len + SLACK);
    if VALUES {
        assert_eq!(indices.len(), values.len(), "lengths differ");
        values.reserve(len + SLACK);
    }
    let mut lists = Lists { n: indices.len(), indices: indices.as_mut_ptr(), values: values.as_mut_ptr() };
    let (mut found, mut places) = ([0; STRETCH / UNIT], [0; STRETCH / UNIT + SLACK]);
    // SAFETY: each pack writes at most SLACK entries after at most `len` new ones, for which room was reserved, and
    // N divides the length of `found`; the first n entries are written when the lengths are set.
    unsafe {
        let limit = L::splat(threshold);
        let mut first = 0;
        while first < len {
            let n_units = (len - first).min(STRETCH) / UNIT;
            let at = |place: usize| first + place * UNIT;
            if lists.n * UNIT > start as usize + first {
                for place in 0..n_units {
                    lists.append::<L, VALUES>(source, at(place), start + at(place) as u32, limit, None);
                }
            } else {
                for (place, in_unit) in found[..n_units].iter_mut().enumerate() {
                    *in_unit = look(source, at(place), limit);
                }
                found[n_units..].fill(0);
                let (mut n, mut place) = (0, 0);
                while place < n_units {
                    let mask = L::not_zero(L::load_indices(found.as_ptr().add(place)));
                    L::pack_indices(mask, L::count_from(place as u32), places.as_mut_ptr().add(n));
                    n += mask.count_ones() as usize;
                    place += L::N;
                }
                for &place in &places[..n] {
                    let place = place as usize;
                    lists.append::<L, VALUES>(source, at(place), start + at(place) as u32, limit, Some(found[place]));
                }
            }
            first += STRETCH;
        }
        indices.set_len(lists.n);
        if VALUES {
            values.set_len(lists.n);
        }
    }
}

/// # Safety
/// The instructions of the level.
#[inline(always)]
pub(super) unsafe fn collect<F: Float, L: Lanes<F>, const VALUES: bool>(
    x: &[F],
    start: u32,
    threshold: F,
    mut to: EntriesMut<'_, F>,
) {
    let (whole, rest) = x.split_at(x.len() - x.len() % UNIT);
    // SAFETY: the source has as many entries.
    unsafe {
        pass::<F, L, VALUES>(&Read(whole.as_ptr()), whole.len(), start, threshold, to.reborrow());
    }
    portable::collect::<F, VALUES>(rest, start + whole.len() as u32, threshold, to);
}

/// # Safety
/// The instructions of the level.
#[inline(always)]
pub(super) unsafe fn add_and_collect<F: Float, L: Lanes<F>, const SCALED: bool>(
    x: &mut [F],
    addition: Addition<'_, F>,
    start: u32,
    limits: Limits<F>,
    mut to: EntriesMut<'_, F>,
) {
    assert_eq!(x.len(), addition.vector.len(), "lengths differ");
    // A vector that straddles two cache lines costs two accesses, and a store costs more than a load.
    let (head, x) = x.split_at_mut(head(x));
    let (head_addition, addition) = addition.split_at(head.len());
    let (whole, rest) = x.split_at_mut(x.len() - x.len() % UNIT);
    let (whole_addition, rest_addition) = addition.split_at(whole.len());
    let whole_start = start + head.len() as u32;
    let rest_start = whole_start + whole.len() as u32;
    portable::add_and_collect::<F, SCALED>(head, head_addition, start, limits, to.reborrow());
    // SAFETY: the source has as many entries.
    unsafe {
        let (x, addend) = (whole.as_mut_ptr(), whole_addition.vector.as_ptr());
        let weights = Weights::of::<F, L>(&addition);
        let source = &Add::<F, _, SCALED> { x, weights, addend, take: L::splat(limits.take) };
        pass::<F, L, true>(source, whole.len(), whole_start, limits.threshold, to.reborrow());
    }
    portable::add_and_collect::<F, SCALED>(rest, rest_addition, rest_start, limits, to);
}

/// # Safety
/// The instructions of the level.
#[inline(always)]
pub(super) unsafe fn add_scaled<F: Float, L: Lanes<F>, const SCALED: bool>(x: &mut [F], addition: Addition<'_, F>) {
    assert_eq!(x.len(), addition.vector.len(), "lengths differ");
    let whole = x.len() - x.len() % L::N;
    let (whole_addition, rest_addition) = addition.split_at(whole);
    // SAFETY: as in `add_and_collect`.
    unsafe {
        let weights = Weights::of::<F, L>(&addition);
        let mut j = 0;
        while j < whole {
            let (to, a) = (x.as_mut_ptr().add(j), L::load(whole_addition.vector.as_ptr().add(j)));
            L::store(to, weights.add::<F, L, SCALED>(L::load(to), a));
            j += L::N;
        }
    }
    portable::add_scaled::<F, SCALED>(&mut x[whole..], rest_addition);
}

/// # Safety
/// The instructions of the level.
#[inline(always)]
pub(super) unsafe fn count<F: Float, L: Lanes<F>, const N: usize>(values: &[F], thresholds: [F; N]) -> [usize; N] {
    let whole = values.len() - values.len() % L::N;
    let mut n = portable::count(&values[whole..], thresholds);
    // SAFETY: loads stay below `whole`.
    unsafe {
        let (mut limits, mut counts) = ([L::splat(F::ZERO); N], [L::no_counts(); N]);
        for i in 0..N {
            limits[i] = L::splat(thresholds[i]);
        }
        let mut j = 0;
        while j < whole {
            let vector = L::load(values.as_ptr().add(j));
            for i in 0..N {
                counts[i] = L::count(counts[i], vector, limits[i]);
            }
            j += L::N;
        }
        for i in 0..N {
            n[i] += L::total(counts[i]);
        }
    }
    n
}

/// # Safety
/// The instructions of the level.
#[inline(always)]
pub(super) unsafe fn largest<F: Float, L: Lanes<F>>(values: &[F]) -> F {
    let whole = values.len() - values.len() % L::N;
    let mut lanes = [F::ZERO; SLACK];
    // SAFETY: loads stay below `whole`, and there is room for all lanes.
    unsafe {
        let mut highest = L::splat(F::ZERO);
        let mut j = 0;
        while j < whole {
            highest = L::larger(L::load(values.as_ptr().add(j)), highest);
            j += L::N;
        }
        L::store(lanes.as_mut_ptr(), highest);
    }
    portable::largest(&lanes).larger(portable::largest(&values[whole..]))
}

/// # Safety
/// The instructions of the level.
#[inline(always)]
pub(super) unsafe fn filter<F: Float, L: Lanes<F>>(
    from: EntriesRef<'_, F>,
    band: Range<F>,
    mut to: EntriesMut<'_, F>,
) -> usize {
    assert_eq!(from.indices.len(), from.values.len(), "filter: lengths differ");
    assert_eq!(to.indices.len(), to.values.len(), "filter: lengths differ");
    let (whole, rest) = from.split_at(from.values.len() - from.values.len() % L::N);
    let EntriesMut { indices, values } = to.reborrow();
    let (mut n, mut above) = (indices.len(), 0);
    indices.reserve(from.values.len() + SLACK);
    values.reserve(from.values.len() + SLACK);
    // SAFETY: as in `collect`; there are as many indices as values.
    unsafe {
        let (low_limit, high_limit) = (L::splat(band.start), L::splat(band.end));
        let (to_index, to_value) = (indices.as_mut_ptr(), values.as_mut_ptr());
        let mut j = 0;
        while j < whole.values.len() {
            let vector = L::load(whole.values.as_ptr().add(j));
            let reach_high = L::reach(vector, high_limit);
            let mask = L::reach(vector, low_limit) & !reach_high;
            L::pack_indices(mask, L::load_indices(whole.indices.as_ptr().add(j)), to_index.add(n));
            L::pack(mask, vector, to_value.add(n));
            n += mask.count_ones() as usize;
            above += reach_high.count_ones() as usize;
            j += L::N;
        }
        indices.set_len(n);
        values.set_len(n);
    }
    above + portable::filter(rest, band, to)
}
