//! The passes of updates and of the selection, each for AVX-512, for AVX2, for NEON and in portable code.
//!
//! They compare, copy, and add products that are rounded before the sum; no sum runs over entries. So every level
//! gives the same bits, and the tests hold all levels of the machine to one another.

use super::select::Float;

/// A set of vector instructions that this machine has; the levels differ in speed, never in results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level(Instructions);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Instructions {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    Portable,
}

impl Level {
    /// All levels of this machine, the fastest first; the last one is portable code.
    #[must_use]
    pub fn available() -> Vec<Self> {
        Self::found().collect()
    }

    fn found() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let wide = {
            use std::arch::is_x86_feature_detected as has;
            [
                (Instructions::Avx512, has!("avx512f") && has!("avx512vl") && has!("popcnt")),
                (Instructions::Avx2, has!("avx2") && has!("popcnt")),
            ]
        };
        #[cfg(target_arch = "aarch64")]
        let wide = [(Instructions::Neon, std::arch::is_aarch64_feature_detected!("neon"))];
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let wide = [];
        let all = wide.into_iter().chain([(Instructions::Portable, true)]);
        all.filter(|&(_, has)| has).map(|(instructions, _)| Self(instructions))
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => "AVX2",
            #[cfg(target_arch = "aarch64")]
            Instructions::Neon => "NEON",
            Instructions::Portable => "portable",
        }
    }
}

impl Default for Level {
    fn default() -> Self {
        Self::found().next().unwrap_or(Self(Instructions::Portable))
    }
}

/// Entries of a vector: coordinates, ascending, and what stands there.
#[derive(Debug, Default, Clone)]
pub(super) struct Entries<F> {
    pub(super) indices: Vec<u32>,
    pub(super) values: Vec<F>,
}

impl<F> Entries<F> {
    pub(super) fn len(&self) -> usize {
        self.indices.len()
    }

    pub(super) fn clear(&mut self) {
        self.indices.clear();
        self.values.clear();
    }
}

/// What the vectors of one level and type can do. A magnitude *reaches* a threshold when it is not below it, so NaN
/// reaches every threshold.
///
/// # Safety
/// Every function needs the instructions of its level; pointers are valid for the `N` entries read or written there.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[expect(unsafe_code, reason = "vector instructions")]
pub trait Lanes<F>: std::fmt::Debug {
    /// Entries of a vector; at most 16.
    const N: usize;
    type Vector: Copy;
    type Indices: Copy;
    /// Counts, lane by lane.
    type Counts: Copy;
    unsafe fn splat(value: F) -> Self::Vector;
    unsafe fn load(from: *const F) -> Self::Vector;
    unsafe fn store(to: *mut F, vector: Self::Vector);
    /// `x + weight · a`, both operations rounded.
    unsafe fn add_scaled(x: Self::Vector, weight: Self::Vector, a: Self::Vector) -> Self::Vector;
    /// Bit j is set where lane j reaches the threshold.
    unsafe fn reach(vector: Self::Vector, threshold: Self::Vector) -> u32;
    unsafe fn no_counts() -> Self::Counts;
    /// One more in the lanes that reach the threshold.
    unsafe fn count(counts: Self::Counts, vector: Self::Vector, threshold: Self::Vector) -> Self::Counts;
    /// Their sum, below 2³².
    unsafe fn total(counts: Self::Counts) -> usize;
    /// Lane by lane the larger magnitude; that of `highest` where the other is NaN.
    unsafe fn larger(vector: Self::Vector, highest: Self::Vector) -> Self::Vector;
    /// Zero in the lanes that reach the threshold.
    unsafe fn clear_reached(vector: Self::Vector, threshold: Self::Vector) -> Self::Vector;
    /// Writes the lanes of the mask side by side, and anything behind them.
    unsafe fn pack(mask: u32, vector: Self::Vector, to: *mut F);
    /// `start, start + 1, …`
    unsafe fn count_from(start: u32) -> Self::Indices;
    unsafe fn load_indices(from: *const u32) -> Self::Indices;
    /// Bit j is set where lane j is not zero.
    unsafe fn not_zero(indices: Self::Indices) -> u32;
    /// [`Lanes::pack`] for indices.
    unsafe fn pack_indices(mask: u32, indices: Self::Indices, to: *mut u32);
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! lanes {
    ($Level:ty, $F:ty, $n:literal, $V:ty, $I:ty, $C:ty; $($name:ident($($argument:ident: $Type:ty),*) $(-> $Output:ty)? = $body:expr;)*) => {
        impl Lanes<$F> for $Level {
            const N: usize = $n;
            type Vector = $V;
            type Indices = $I;
            type Counts = $C;
            $(
                #[inline(always)]
                unsafe fn $name($($argument: $Type),*) $(-> $Output)? {
                    // SAFETY: the caller has the instructions and vouches for the pointers.
                    unsafe { $body }
                }
            )*
        }
    };
}

#[cfg(target_arch = "aarch64")]
#[expect(unsafe_code, reason = "vector instructions")]
#[expect(clippy::inline_always, reason = "they take over the instructions of the function that they are inlined in")]
#[cfg_attr(not(test), expect(clippy::wildcard_imports, reason = "each of the many names is an instruction"))]
pub(super) mod neon;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector instructions")]
#[expect(clippy::inline_always, reason = "they take over the instructions of the function that they are inlined in")]
#[cfg_attr(not(test), expect(clippy::wildcard_imports, reason = "each of the seventy names is an instruction"))]
pub(super) mod x86;

/// Entries that are tested together: most blocks of a vector hold nothing that is looked for.
const BLOCK: usize = 32;

/// Bytes of a line of the cache, and of the longest vector.
pub(super) const LINE: usize = 64;

/// Entries of x before the first one at which a line of the cache begins.
pub(super) fn head<F>(x: &[F]) -> usize {
    x.as_ptr().align_offset(LINE).min(x.len())
}

/// Room behind the packed entries, for what the last vector writes behind them.
const SLACK: usize = 16;

/// The bodies for vector instructions.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[expect(unsafe_code, reason = "vector instructions")]
#[expect(clippy::inline_always, reason = "a body takes over the instructions of the function that it is inlined in")]
mod wide {
    use super::{Entries, Float, LINE, Lanes, SLACK};

    /// Entries that are looked at together: a whole number of vectors.
    const UNIT: usize = 16;

    /// Entries that are worked off together: those that are read again are still in the nearest cache.
    const STRETCH: usize = 4096;

    /// The vectors of a pass, each named by its first entry.
    ///
    /// # Safety
    /// Those of [`Lanes`]; there are vectors at the entries that are asked for.
    trait Source<F, L: Lanes<F>> {
        /// The vector as it is seen first.
        unsafe fn vector(&self, at: usize) -> L::Vector;
        /// Leaves it behind.
        #[inline(always)]
        unsafe fn leave(&self, _at: usize, _vector: L::Vector) {}
        /// What was left behind.
        #[inline(always)]
        unsafe fn left(&self, at: usize) -> L::Vector {
            // SAFETY: the caller's.
            unsafe { self.vector(at) }
        }
        /// Leaves it behind after the entries that reach the threshold were appended.
        #[inline(always)]
        unsafe fn leave_rest(&self, _at: usize, _vector: L::Vector) {}
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

    /// `x ← x + weight · addend`, with zeros in the place of what reaches `take`.
    struct Add<F, V, const SCALED: bool> {
        x: *mut F,
        weights: Weights<V>,
        addend: *const F,
        take: V,
    }

    /// The weight, and the scale of a `SCALED` addend.
    struct Weights<V>(V, V);

    impl<V: Copy> Weights<V> {
        /// # Safety
        /// The instructions of the level.
        #[inline(always)]
        unsafe fn of<F: Float, L: Lanes<F, Vector = V>>((weight, scale): (F, F)) -> Self {
            // SAFETY: the caller's.
            unsafe { Self(L::splat(weight), L::splat(scale)) }
        }

        /// # Safety
        /// The instructions of the level.
        #[inline(always)]
        unsafe fn add<F: Float, L: Lanes<F, Vector = V>, const SCALED: bool>(&self, x: V, a: V) -> V {
            // SAFETY: the caller's.
            unsafe {
                let a = if SCALED { L::add_scaled(L::splat(F::ZERO), self.1, a) } else { a };
                L::add_scaled(x, self.0, a)
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
        unsafe fn leave(&self, at: usize, vector: L::Vector) {
            // SAFETY: the caller's.
            unsafe { L::store(self.x.add(at), vector) }
        }

        #[inline(always)]
        unsafe fn left(&self, at: usize) -> L::Vector {
            // SAFETY: the caller's.
            unsafe { L::load(self.x.add(at)) }
        }

        #[inline(always)]
        unsafe fn leave_rest(&self, at: usize, vector: L::Vector) {
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
        /// Appends the entries of the unit at `at`, coordinate `start`, that reach the limit, as [`look`] has found, or,
        /// where nobody has looked, as is seen here.
        ///
        /// # Safety
        /// That of the source, and room for a unit and SLACK entries.
        #[inline(always)]
        unsafe fn append<L: Lanes<F>, const VALUES: bool>(
            &mut self,
            source: &impl Source<F, L>,
            (at, start): (usize, u32),
            limit: L::Vector,
            found: Option<u32>,
        ) {
            let mut lane = 0;
            while lane < UNIT {
                let at = at + lane;
                // SAFETY: the caller's.
                unsafe {
                    let vector = if found.is_some() { source.left(at) } else { source.vector(at) };
                    let mask = match found {
                        Some(found) if keeps_masks::<F, L>() => found >> lane & ((1 << L::N) - 1),
                        _ => L::reach(vector, limit),
                    };
                    source.leave_rest(at, vector);
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

    /// Leaves the unit behind that begins at `at`. Not zero where an entry reaches the limit; where masks are kept, bit j
    /// stands for entry j.
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
                source.leave(at + lane, vector);
                found |= L::reach(vector, limit) << if keeps_masks::<F, L>() { lane } else { 0 };
            }
            lane += L::N;
        }
        found
    }

    /// Appends the entries of `len` that reach the threshold, which begin at coordinate `start`.
    ///
    /// A first loop looks at all units, a second one lists those that hold an entry, a third one packs. So no branch
    /// depends on an entry: where about every second test finds one, a processor that guesses what a branch will do is
    /// wrong half of the time. Where a unit holds more than one entry, on average, the list would save nothing.
    ///
    /// # Safety
    /// The instructions of the level; the source has `len` entries, in whole units.
    #[inline(always)]
    unsafe fn pass<F: Float, L: Lanes<F>, const VALUES: bool>(
        source: &impl Source<F, L>,
        (len, start): (usize, u32),
        threshold: F,
        (indices, values): (&mut Vec<u32>, &mut Vec<F>),
    ) {
        indices.reserve(len + SLACK);
        if VALUES {
            assert_eq!(indices.len(), values.len(), "lengths differ");
            values.reserve(len + SLACK);
        }
        let mut lists = Lists { n: indices.len(), indices: indices.as_mut_ptr(), values: values.as_mut_ptr() };
        let (mut found, mut places) = ([0; STRETCH / UNIT], [0; STRETCH / UNIT + SLACK]);
        // SAFETY: each pack writes at most SLACK entries behind at most `len` new ones, for which room was reserved, and
        // N divides the length of `found`; the first n entries are written when the lengths are set.
        unsafe {
            let limit = L::splat(threshold);
            let mut first = 0;
            while first < len {
                let n_units = (len - first).min(STRETCH) / UNIT;
                let at = |place: usize| (first + place * UNIT, start + (first + place * UNIT) as u32);
                if lists.n * UNIT > at(0).1 as usize {
                    for place in 0..n_units {
                        lists.append::<L, VALUES>(source, at(place), limit, None);
                    }
                } else {
                    for (place, in_unit) in found[..n_units].iter_mut().enumerate() {
                        *in_unit = look(source, at(place).0, limit);
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
                        lists.append::<L, VALUES>(source, at(place), limit, Some(found[place]));
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
        indices: &mut Vec<u32>,
        values: &mut Vec<F>,
    ) {
        let (whole, rest) = x.split_at(x.len() - x.len() % UNIT);
        // SAFETY: the source has as many entries.
        unsafe {
            let source = &Read(whole.as_ptr());
            pass::<F, L, VALUES>(source, (whole.len(), start), threshold, (&mut *indices, &mut *values));
        }
        super::portable::collect::<F, VALUES>(rest, start + whole.len() as u32, threshold, indices, values);
    }

    /// # Safety
    /// The instructions of the level.
    #[inline(always)]
    pub(super) unsafe fn add_and_collect<F: Float, L: Lanes<F>, const SCALED: bool>(
        x: &mut [F],
        (weights, addend): ((F, F), &[F]),
        start: u32,
        (threshold, take): (F, F),
        entries: &mut Entries<F>,
    ) {
        assert_eq!(x.len(), addend.len(), "lengths differ");
        // A vector that lies across two lines of the cache costs two accesses, and a store costs more than a load.
        let (head, x) = x.split_at_mut(super::head(x));
        let (head_addend, addend) = addend.split_at(head.len());
        let (whole, rest) = x.split_at_mut(x.len() - x.len() % UNIT);
        let (whole_addend, rest_addend) = addend.split_at(whole.len());
        let whole_start = start + head.len() as u32;
        let rest_start = whole_start + whole.len() as u32;
        let limits = (threshold, take);
        super::portable::add_and_collect::<F, SCALED>(head, (weights, head_addend), start, limits, entries);
        // SAFETY: the source has as many entries.
        unsafe {
            let (x, addend) = (whole.as_mut_ptr(), whole_addend.as_ptr());
            let weights = Weights::of::<F, L>(weights);
            let source = &Add::<F, _, SCALED> { x, weights, addend, take: L::splat(take) };
            let lists = (&mut entries.indices, &mut entries.values);
            pass::<F, L, true>(source, (whole.len(), whole_start), threshold, lists);
        }
        super::portable::add_and_collect::<F, SCALED>(rest, (weights, rest_addend), rest_start, limits, entries);
    }

    /// # Safety
    /// The instructions of the level.
    #[inline(always)]
    pub(super) unsafe fn add_scaled<F: Float, L: Lanes<F>, const SCALED: bool>(
        x: &mut [F],
        weights: (F, F),
        addend: &[F],
    ) {
        assert_eq!(x.len(), addend.len(), "lengths differ");
        let whole = x.len() - x.len() % L::N;
        // SAFETY: as in `add_and_collect`.
        unsafe {
            let weights = Weights::of::<F, L>(weights);
            let mut j = 0;
            while j < whole {
                let (to, a) = (x.as_mut_ptr().add(j), L::load(addend.as_ptr().add(j)));
                L::store(to, weights.add::<F, L, SCALED>(L::load(to), a));
                j += L::N;
            }
        }
        super::portable::add_scaled::<F, SCALED>(&mut x[whole..], weights, &addend[whole..]);
    }

    /// # Safety
    /// The instructions of the level.
    #[inline(always)]
    pub(super) unsafe fn count<F: Float, L: Lanes<F>, const N: usize>(values: &[F], thresholds: [F; N]) -> [usize; N] {
        let whole = values.len() - values.len() % L::N;
        let mut n = super::portable::count(&values[whole..], thresholds);
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
        super::portable::largest(&lanes).larger(super::portable::largest(&values[whole..]))
    }

    /// # Safety
    /// The instructions of the level.
    #[inline(always)]
    pub(super) unsafe fn filter<F: Float, L: Lanes<F>>(
        (from_indices, from_values): (&[u32], &[F]),
        (low, high): (F, F),
        indices: &mut Vec<u32>,
        values: &mut Vec<F>,
    ) -> usize {
        assert_eq!((from_indices.len(), indices.len()), (from_values.len(), values.len()), "filter: lengths differ");
        let (mut n, mut above) = (indices.len(), 0);
        indices.reserve(from_values.len() + SLACK);
        values.reserve(from_values.len() + SLACK);
        let whole = from_values.len() - from_values.len() % L::N;
        // SAFETY: as in `collect`; there are as many indices as values.
        unsafe {
            let (low_limit, high_limit) = (L::splat(low), L::splat(high));
            let (to_index, to_value) = (indices.as_mut_ptr(), values.as_mut_ptr());
            let mut j = 0;
            while j < whole {
                let vector = L::load(from_values.as_ptr().add(j));
                let reach_high = L::reach(vector, high_limit);
                let mask = L::reach(vector, low_limit) & !reach_high;
                L::pack_indices(mask, L::load_indices(from_indices.as_ptr().add(j)), to_index.add(n));
                L::pack(mask, vector, to_value.add(n));
                n += mask.count_ones() as usize;
                above += reach_high.count_ones() as usize;
                j += L::N;
            }
            indices.set_len(n);
            values.set_len(n);
        }
        above + super::portable::filter((&from_indices[whole..], &from_values[whole..]), (low, high), indices, values)
    }
}

/// The bodies without vector instructions, which the compiler turns into those that every machine of the target has.
#[expect(clippy::inline_always, reason = "a body takes over the instructions of the function that it is inlined in")]
mod portable {
    use super::{BLOCK, Entries, Float};

    /// Whether an entry of the block reaches the threshold.
    #[inline(always)]
    fn any_reaches<F: Float>(block: &[F], threshold: F) -> bool {
        block.iter().fold(F::Key::default(), |any, v| any | v.reaches(threshold)) != F::Key::default()
    }

    /// Appends the entries of a block of at most `BLOCK` that are to be kept; no branch depends on an entry, since
    /// these are close to coins.
    #[inline(always)]
    fn append<F: Float, const VALUES: bool>(
        block: impl Iterator<Item = (u32, F, bool)>,
        indices: &mut Vec<u32>,
        values: &mut Vec<F>,
    ) {
        let (mut kept_indices, mut kept_values, mut n) = ([0; BLOCK], [F::ZERO; BLOCK], 0);
        for (j, v, is_kept) in block {
            kept_indices[n % BLOCK] = j;
            kept_values[n % BLOCK] = v;
            n += usize::from(is_kept);
        }
        indices.extend_from_slice(&kept_indices[..n]);
        if VALUES {
            values.extend_from_slice(&kept_values[..n]);
        }
    }

    #[inline(always)]
    pub(super) fn collect<F: Float, const VALUES: bool>(
        x: &[F],
        start: u32,
        threshold: F,
        indices: &mut Vec<u32>,
        values: &mut Vec<F>,
    ) {
        for (block, start) in x.chunks(BLOCK).zip((start..).step_by(BLOCK)) {
            if any_reaches(block, threshold) {
                let entries = (start..).zip(block).map(|(j, &v)| (j, v, !v.is_below(threshold)));
                append::<F, VALUES>(entries, indices, values);
            }
        }
    }

    #[inline(always)]
    pub(super) fn add_and_collect<F: Float, const SCALED: bool>(
        x: &mut [F],
        (weights, addend): ((F, F), &[F]),
        start: u32,
        (threshold, take): (F, F),
        entries: &mut Entries<F>,
    ) {
        let blocks = x.chunks_mut(BLOCK).zip(addend.chunks(BLOCK)).zip((start..).step_by(BLOCK));
        for ((block, addend), start) in blocks {
            add_scaled::<F, SCALED>(block, weights, addend);
            if any_reaches(block, threshold) {
                let reached = (start..).zip(&*block).map(|(j, &v)| (j, v, !v.is_below(threshold)));
                append::<F, true>(reached, &mut entries.indices, &mut entries.values);
                for v in block {
                    *v = if v.is_below(take) { *v } else { F::ZERO };
                }
            }
        }
    }

    #[inline(always)]
    pub(super) fn add_scaled<F: Float, const SCALED: bool>(x: &mut [F], (weight, scale): (F, F), addend: &[F]) {
        for (v, &a) in x.iter_mut().zip(addend) {
            *v = v.add_scaled(weight, if SCALED { F::ZERO.add_scaled(scale, a) } else { a });
        }
    }

    #[inline(always)]
    pub(super) fn count<F: Float, const N: usize>(values: &[F], thresholds: [F; N]) -> [usize; N] {
        let mut n = [0; N];
        for v in values {
            for (n, threshold) in n.iter_mut().zip(thresholds) {
                *n += usize::from(!v.is_below(threshold));
            }
        }
        n
    }

    #[inline(always)]
    pub(super) fn largest<F: Float>(values: &[F]) -> F {
        values.iter().fold(F::ZERO, |highest, v| v.larger(highest))
    }

    #[inline(always)]
    pub(super) fn filter<F: Float>(
        (from_indices, from_values): (&[u32], &[F]),
        (low, high): (F, F),
        indices: &mut Vec<u32>,
        values: &mut Vec<F>,
    ) -> usize {
        let mut above = 0;
        for (block_indices, block) in from_indices.chunks(BLOCK).zip(from_values.chunks(BLOCK)) {
            let entries = block_indices.iter().zip(block).map(|(&j, &v)| {
                above += usize::from(!v.is_below(high));
                (j, v, !v.is_below(low) & v.is_below(high))
            });
            append::<F, true>(entries, indices, values);
        }
        above
    }
}

/// Writes a function for every level and chooses among them when the program runs.
macro_rules! kernel {
    (
        $(#[$doc:meta])*
        $name:ident<F: Float $(, const $CONST:ident: $Const:ty)?>($($argument:ident: $Type:ty),*) $(-> $Output:ty)?
    ) => {
        $(#[$doc])*
        pub(super) fn $name<F: Float $(, const $CONST: $Const)?>(level: Level, $($argument: $Type),*) $(-> $Output)? {
            match level.0 {
                #[cfg(target_arch = "x86_64")]
                #[expect(unsafe_code, reason = "vector instructions")]
                Instructions::Avx512 => {
                    #[target_feature(enable = "avx512f,avx512vl,popcnt")]
                    fn here<F: Float $(, const $CONST: $Const)?>($($argument: $Type),*) $(-> $Output)? {
                        // SAFETY: this function has the instructions.
                        unsafe { wide::$name::<F, F::Avx512 $(, $CONST)?>($($argument),*) }
                    }
                    // SAFETY: a level is made after its instructions were found.
                    unsafe { here::<F $(, $CONST)?>($($argument),*) }
                }
                #[cfg(target_arch = "x86_64")]
                #[expect(unsafe_code, reason = "vector instructions")]
                Instructions::Avx2 => {
                    #[target_feature(enable = "avx2,popcnt")]
                    fn here<F: Float $(, const $CONST: $Const)?>($($argument: $Type),*) $(-> $Output)? {
                        // SAFETY: this function has the instructions.
                        unsafe { wide::$name::<F, F::Avx2 $(, $CONST)?>($($argument),*) }
                    }
                    // SAFETY: a level is made after its instructions were found.
                    unsafe { here::<F $(, $CONST)?>($($argument),*) }
                }
                #[cfg(target_arch = "aarch64")]
                #[expect(unsafe_code, reason = "vector instructions")]
                Instructions::Neon => {
                    #[target_feature(enable = "neon")]
                    fn here<F: Float $(, const $CONST: $Const)?>($($argument: $Type),*) $(-> $Output)? {
                        // SAFETY: this function has the instructions.
                        unsafe { wide::$name::<F, F::Neon $(, $CONST)?>($($argument),*) }
                    }
                    // SAFETY: a level is made after its instructions were found.
                    unsafe { here::<F $(, $CONST)?>($($argument),*) }
                }
                Instructions::Portable => portable::$name::<F $(, $CONST)?>($($argument),*),
            }
        }
    };
}

kernel! {
    /// Appends the entries of x that reach the threshold; x begins at coordinate `start`. Without `VALUES` only their
    /// coordinates.
    collect<F: Float, const VALUES: bool>(
        x: &[F],
        start: u32,
        threshold: F,
        indices: &mut Vec<u32>,
        values: &mut Vec<F>
    )
}
kernel! {
    /// `x ← x + weight · addend`, appends the entries of the new x that reach the threshold, and sets to zero those that
    /// reach `take` (≥ threshold). In the place of a `SCALED` addend stands `0 + scale · addend`, where the weights are
    /// weight and scale.
    add_and_collect<F: Float, const SCALED: bool>(
        x: &mut [F],
        addition: ((F, F), &[F]),
        start: u32,
        limits: (F, F),
        entries: &mut Entries<F>
    )
}
kernel! {
    /// Appends the entries whose magnitude reaches `low` and not `high`; returns how many reach `high`.
    filter<F: Float>(from: (&[u32], &[F]), band: (F, F), indices: &mut Vec<u32>, values: &mut Vec<F>) -> usize
}
kernel! {
    /// How many entries reach each of the thresholds.
    count<F: Float, const N: usize>(values: &[F], thresholds: [F; N]) -> [usize; N]
}
kernel! {
    /// The largest magnitude, zero of nothing; NaN is passed over.
    largest<F: Float>(values: &[F]) -> F
}
kernel! {
    /// `x ← x + weight · addend`, or with `0 + scale · addend` in its place, as in [`add_and_collect`].
    add_scaled<F: Float, const SCALED: bool>(x: &mut [F], weights: (F, F), addend: &[F])
}
