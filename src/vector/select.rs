//! Exact selection of the k entries of largest magnitude, and of all entries above a threshold.
//!
//! Ties are broken towards the lower index, so a selection is a function of the vector alone. It does not know what
//! the entries mean, nor what becomes of the rest.
//!
//! One pass over the vector packs the entries that reach a threshold into a list, and the selection is made in the
//! list. The threshold is a guess: from an earlier call, or from a sample of the vector. When at least k entries
//! reach it, the list holds every entry that belongs to the selection, so the guess cannot change the result; when
//! fewer do, the pass is made again with a lower one, at last with zero. When far more than k reach it, the list is
//! cut down to its k largest on the way, and the k-th of them is the threshold from there on: the k-th largest of a
//! part is never above the k-th largest of the whole.

pub use super::kernels::Level;
use super::kernels::{self, Entries};
use super::{Addition, NotFinite, first_not_finite};
use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};
use std::cmp::Reverse;
use std::ops::{BitOr, Range};

/// Entries between two looks at the length of the list.
const CHUNK: usize = 8192;

/// The list is cut down when it is longer than four times what it is cut down to, and longer than this.
const LONG_LIST: usize = 16_384;

/// Entries of a list that are put in order rather than counted.
const FEW: usize = 32;

/// Entries of each vector that are passed over before those of the next, side by side: as many of what is added are in
/// the nearest cache.
const SIDE: usize = 2048;

/// Vectors that are shorter than this are selected from without a sample.
const SAMPLED_FROM: usize = 2048;

/// A vector of this length or more is sampled although there is a hint: the sample is a small part of the pass, and a
/// threshold from it is closer.
const HINT_UP_TO: usize = 1 << 18;

/// A vector of this length or more is passed over by all threads of the pool.
const PARALLEL_FROM: usize = 1 << 20;

/// Neighbours that are sampled together: they cost one access to memory.
const CLUSTER: usize = 8;

/// The ranks that a sample brackets lie this many standard deviations to both sides of the wanted one.
const DEVIATIONS: f64 = 2.5;

/// The threshold for the next call is at least this factor times the k-th magnitude.
const RELAXATION: f64 = 0.5;

/// An entry of a vector that is selected from: `f32` or `f64`.
pub trait Float: Copy + Default + std::fmt::Debug + Send + Sync + sealed::Sealed {
    /// Ordered as magnitudes are.
    type Key: Copy + Ord + Default + BitOr<Output = Self::Key> + Into<u64> + std::fmt::Debug + Send + Sync;

    /// 0.
    const ZERO: Self;

    /// ∞.
    const INFINITY: Self;

    /// The bits of `|self|`: for numbers that are not NaN they are ordered as the magnitudes are.
    fn magnitude(self) -> Self::Key;

    /// The number whose bits are `magnitude`.
    #[must_use]
    fn from_magnitude(magnitude: u64) -> Self;

    /// `|self| < threshold`, false for NaN.
    fn is_below(self, threshold: Self) -> bool;

    /// 0 where `|self| < threshold`, else 1.
    fn reaches(self, threshold: Self) -> Self::Key;

    /// `max(|self|, other)`, and `other` where self is NaN.
    #[must_use]
    fn larger(self, other: Self) -> Self;

    /// The least number above this one.
    #[must_use]
    fn next_up(self) -> Self;

    /// `self + weight · a`, both operations rounded.
    #[must_use]
    fn add_scaled(self, weight: Self, a: Self) -> Self;

    /// Neither NaN nor infinite.
    fn is_finite(self) -> bool;

    /// The same number.
    fn widen(self) -> f64;

    /// The nearest number.
    #[must_use]
    fn narrow(value: f64) -> Self;
}

mod sealed {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    use crate::vector::kernels::Lanes;
    #[cfg(target_arch = "aarch64")]
    use crate::vector::kernels::neon;
    #[cfg(target_arch = "x86_64")]
    use crate::vector::kernels::x86;

    pub trait Sealed: Sized {
        #[cfg(target_arch = "x86_64")]
        type Avx512: Lanes<Self>;
        #[cfg(target_arch = "x86_64")]
        type Avx2: Lanes<Self>;
        #[cfg(target_arch = "aarch64")]
        type Neon: Lanes<Self>;
    }

    macro_rules! sealed {
        ($F:ty) => {
            impl Sealed for $F {
                #[cfg(target_arch = "x86_64")]
                type Avx512 = x86::Avx512;
                #[cfg(target_arch = "x86_64")]
                type Avx2 = x86::Avx2;
                #[cfg(target_arch = "aarch64")]
                type Neon = neon::Neon;
            }
        };
    }
    sealed!(f32);
    sealed!(f64);
}

macro_rules! float {
    ($F:ty, $Bits:ty) => {
        impl Float for $F {
            type Key = $Bits;
            const ZERO: Self = 0.0;
            const INFINITY: Self = <$F>::INFINITY;
            #[inline(always)]
            fn magnitude(self) -> $Bits {
                self.abs().to_bits()
            }
            #[inline(always)]
            fn from_magnitude(magnitude: u64) -> Self {
                <$F>::from_bits(magnitude as $Bits)
            }
            #[inline(always)]
            fn is_below(self, threshold: Self) -> bool {
                self.abs() < threshold
            }
            #[inline(always)]
            fn reaches(self, threshold: Self) -> $Bits {
                <$Bits>::from(!self.is_below(threshold))
            }
            #[inline(always)]
            fn larger(self, other: Self) -> Self {
                if self.abs() > other { self.abs() } else { other }
            }
            #[inline(always)]
            fn next_up(self) -> Self {
                self.next_up()
            }
            #[inline(always)]
            fn add_scaled(self, weight: Self, a: Self) -> Self {
                self + weight * a
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                self.is_finite()
            }
            #[inline(always)]
            fn widen(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn narrow(value: f64) -> Self {
                value as $F
            }
        }
    };
}
float!(f32, u32);
float!(f64, u64);

/// Buffers of the selection, and the instructions that it uses; nothing else is carried from call to call.
#[derive(Debug, Default, Clone)]
pub struct Workspace<F: Float = f64> {
    level: Level,
    /// The entries that reach the threshold.
    list: Entries<F>,
    /// Part of them.
    part: Entries<F>,
    /// Entries of the vector.
    sample: Vec<F>,
    /// Magnitudes as ordered bits.
    keys: Vec<F::Key>,
    /// Those of the other threads.
    others: Vec<Self>,
    n_read: u64,
}

impl<F: Float> Workspace<F> {
    /// Buffers for one of the levels of this machine; the default is the fastest. Results are the same for all.
    #[must_use]
    pub fn at(level: Level) -> Self {
        Self { level, ..Self::default() }
    }

    /// How many entries of vectors the selections have read so far, in their samples and passes.
    ///
    /// The list of what reached the threshold is not counted: it is read where it was just written.
    #[must_use]
    pub fn n_read(&self) -> u64 {
        self.n_read
    }

    /// Gets ready for a pass over d entries.
    fn begin(&mut self, d: usize) {
        self.list.clear();
        self.n_read += d as u64;
    }
}

/// The indices of the `k` entries of largest magnitude, ascending: the obviously right twin of [`top_k`].
///
/// # Errors
/// `x` holds NaN or ∞.
pub fn top_k_naive<F: Float>(x: &[F], k: usize) -> Result<Vec<u32>, NotFinite> {
    refuse_not_finite((0..).zip(x.iter().copied()))?;
    let mut order: Vec<u32> = (0..x.len() as u32).collect();
    order.sort_by_key(|&j| (Reverse(x[j as usize].magnitude()), j));
    order.truncate(k);
    order.sort_unstable();
    Ok(order)
}

/// Writes the indices of the `k` entries of largest magnitude of `x` (length d) into `selected`, ascending;
/// all indices when k ≥ d.
///
/// `hint` is a threshold that at least k entries are guessed to reach (zero: no guess), and receives one for the next
/// call with a similar vector. It changes the speed, never the result. [`top_k_into`] is the same without allocation.
///
/// # Errors
/// `x` holds NaN or ∞; the first such coordinate is named.
pub fn top_k<F: Float>(x: &[F], k: usize, hint: &mut f64, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
    top_k_into(x, k, hint, &mut Workspace::default(), selected)
}

/// [`top_k`] with buffers of the caller: after the first calls it allocates nothing.
///
/// # Errors
/// `x` holds NaN or ∞; the first such coordinate is named.
pub fn top_k_into<F: Float>(
    x: &[F],
    k: usize,
    hint: &mut f64,
    workspace: &mut Workspace<F>,
    selected: &mut Vec<u32>,
) -> Result<(), NotFinite> {
    Search::of(Input::Read(x), k, hint, workspace, (selected, None)).complete()
}

/// [`Search::add_and_top_k`] that moves the selected entries out of x and leaves zeros behind: the step of error
/// feedback.
///
/// ```text
/// x ← x + weight · addend,   message = top-k of x,   x ← x − message
/// ```
///
/// # Errors
/// The new x holds NaN or ∞; the first such coordinate is named, and x is the new x, whole.
///
/// # Panics
/// The lengths differ.
pub fn add_and_split_top_k_into<'a, F: Float + 'a>(
    x: &mut [F],
    addition: impl Into<Addition<'a, F>>,
    k: usize,
    hint: &mut f64,
    workspace: &mut Workspace<F>,
    (selected, values): (&mut Vec<u32>, &mut Vec<F>),
) -> Result<(), NotFinite> {
    let addition = addition.into();
    assert_eq!(x.len(), addition.vector.len(), "add_and_split_top_k_into: lengths differ");
    let input = Input::Add { x, addition, added: false, split: true };
    Search::of(input, k, hint, workspace, (selected, Some(values))).complete()
}

/// Writes the indices of all entries with `|xⱼ| ≥ threshold` into `selected`, ascending.
///
/// # Errors
/// `x` holds NaN or ∞; the first such coordinate is named.
pub fn at_least<F: Float>(x: &[F], threshold: F, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
    let level = Level::default();
    selected.clear();
    for (chunk, start) in x.chunks(CHUNK).zip((0..).step_by(CHUNK)) {
        kernels::collect::<F, false>(level, chunk, start, threshold, selected, &mut Vec::new());
    }
    refuse_not_finite(selected.iter().map(|&j| (j, x[j as usize])))
}

/// Names the first entry that is NaN or infinite.
fn refuse_not_finite<F: Float>(mut entries: impl Iterator<Item = (u32, F)>) -> Result<(), NotFinite> {
    match entries.find(|(_, value)| !value.is_finite()) {
        Some((j, value)) => Err(NotFinite { index: j as usize, value: value.widen() }),
        None => Ok(()),
    }
}

/// The vector that is selected from.
#[derive(Debug)]
enum Input<'a, F> {
    Read(&'a [F]),
    Add {
        x: &'a mut [F],
        addition: Addition<'a, F>,
        /// Whether x is the sum already.
        added: bool,
        /// Whether selected entries leave x.
        split: bool,
    },
}

impl<F: Float> Input<'_, F> {
    fn len(&self) -> usize {
        match self {
            Self::Read(x) => x.len(),
            Self::Add { x, .. } => x.len(),
        }
    }

    /// N entries of the sum, from `first` on.
    #[inline]
    fn at<const N: usize>(&self, first: usize) -> [F; N] {
        let of = |x: &[F]| -> [F; N] { x[first..first + N].try_into().expect("as many as asked for") };
        match self {
            Self::Read(x) => of(x),
            Self::Add { x, addition: Addition { weight, scale, vector }, added: false, .. } => {
                let (x, vector) = (of(x), of(vector));
                let scaled = |a: F| scale.map_or(a, |scale| F::ZERO.add_scaled(scale, a));
                std::array::from_fn(|i| x[i].add_scaled(*weight, scaled(vector[i])))
            }
            Self::Add { x, .. } => of(x),
        }
    }

    /// Appends the entries of the range that reach the threshold. The first pass over a vector that is split takes out
    /// those that reach `take`. The input begins at coordinate `start`.
    fn collect(
        &mut self,
        level: Level,
        (start, range): (usize, Range<usize>),
        (threshold, take): (F, F),
        list: &mut Entries<F>,
    ) {
        let start = (start + range.start) as u32;
        let x = match self {
            Self::Read(x) => &x[range],
            Self::Add { x, addition: Addition { weight, scale, vector }, added: false, .. } => {
                let addition = ((*weight, scale.unwrap_or(*weight)), &vector[range.clone()]);
                let add_and_collect = match scale {
                    Some(_) => kernels::add_and_collect::<F, true>,
                    None => kernels::add_and_collect::<F, false>,
                };
                return add_and_collect(level, &mut x[range], addition, start, (threshold, take), list);
            }
            Self::Add { x, .. } => &x[range],
        };
        kernels::collect::<F, true>(level, x, start, threshold, &mut list.indices, &mut list.values);
    }

    /// The same input in parts of this length.
    fn parts(&mut self, length: usize) -> Vec<Input<'_, F>> {
        match self {
            Self::Read(x) => x.chunks(length).map(Input::Read).collect(),
            Self::Add { x, addition, added, split } => {
                let parts = x.chunks_mut(length).zip(addition.vector.chunks(length));
                let of_part = |vector| Addition { vector, ..*addition };
                let part = |(x, vector)| Input::Add { x, addition: of_part(vector), added: *added, split: *split };
                parts.map(part).collect()
            }
        }
    }

    /// Puts back the entries of the list, taken out or not; the input begins at coordinate `start`.
    fn put_back(&mut self, start: usize, list: &Entries<F>) {
        if let Self::Add { x, .. } = self {
            for (&j, &v) in list.indices.iter().zip(&list.values) {
                x[j as usize - start] = v;
            }
        }
    }

    /// Entries before the first one at which a line of the cache begins.
    fn head(&self) -> usize {
        let x = match self {
            Self::Read(x) => x,
            Self::Add { x, .. } => &**x,
        };
        kernels::head(x)
    }

    /// Now x is the sum.
    fn set_added(&mut self) {
        if let Self::Add { added, .. } = self {
            *added = true;
        }
    }

    fn splits(&self) -> bool {
        matches!(self, Self::Add { split: true, .. })
    }
}

/// One selection on its way.
#[derive(Debug)]
pub struct Search<'a, F: Float = f64> {
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
    /// Adds to x (both of length d), then [`top_k_into`] of the new x, with the selected entries in `values`.
    ///
    /// With a good hint it is one pass over x instead of two; the result is the same to the bit. Where the new x holds NaN
    /// or ∞ and that is an error, x is the new x all the same.
    ///
    /// # Panics
    /// The lengths differ.
    pub fn add_and_top_k(
        x: &'a mut [F],
        addition: impl Into<Addition<'a, F>>,
        k: usize,
        hint: &'a mut f64,
        workspace: &'a mut Workspace<F>,
        (selected, values): (&'a mut Vec<u32>, &'a mut Vec<F>),
    ) -> Self {
        let addition = addition.into();
        assert_eq!(x.len(), addition.vector.len(), "add_and_top_k: lengths differ");
        let input = Input::Add { x, addition, added: false, split: false };
        Self::of(input, k, hint, workspace, (selected, Some(values)))
    }

    fn of(
        input: Input<'a, F>,
        k: usize,
        hint: &'a mut f64,
        workspace: &'a mut Workspace<F>,
        (selected, values): (&'a mut Vec<u32>, Option<&'a mut Vec<F>>),
    ) -> Self {
        selected.clear();
        let d = input.len();
        let guess = F::narrow(*hint);
        let is_guess = d <= HINT_UP_TO && guess.is_finite() && *hint > 0.0 && guess.magnitude() > F::ZERO.magnitude();
        let limits = match (k == 0 || k >= d, is_guess) {
            (true, _) => (F::INFINITY, F::INFINITY), // what reaches it is not finite
            (false, true) => (guess, F::INFINITY),
            (false, false) => sampled_limits(&input, k, workspace),
        };
        Self { input, k, hint, workspace, selected, values, sweep: Sweep::from(limits), is_guess }
    }

    /// Selects.
    ///
    /// # Errors
    /// The vector holds NaN or ∞; the first such coordinate is named.
    pub fn complete(mut self) -> Result<(), NotFinite> {
        self.pass();
        self.settle()
    }

    /// Passes over the input, by all threads where it is long.
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
            workspace.list.indices.extend_from_slice(&other.list.indices);
            workspace.list.values.extend_from_slice(&other.list.values);
        }
        workspace.n_read += (d - length.min(d)) as u64;
        workspace.others = others;
        for part in done {
            // The first error in the order of the parts is the first in the vector.
            sweep.found = sweep.found.and(part.found);
            if sweep.threshold.is_below(part.threshold) {
                sweep.threshold = part.threshold;
            }
            if part.take.magnitude() != start.take.magnitude() {
                sweep.take = F::INFINITY;
            }
        }
        if sweep.take.magnitude() != start.take.magnitude() || sweep.found.is_err() {
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
            take_all_or_none(&mut self.input, self.k, self.hint, self.selected, self.values.as_deref_mut());
            return Ok(());
        }
        while self.workspace.list.len() < self.k {
            // Fewer than k entries reach the threshold.
            if self.sweep.take.is_finite() {
                self.input.put_back(0, &self.workspace.list);
            }
            let threshold = if self.is_guess { sampled_limits(&self.input, self.k, self.workspace).0 } else { F::ZERO };
            self.is_guess = false;
            self.sweep = Sweep::from((threshold, F::INFINITY));
            self.pass();
            self.sweep.found?;
        }
        let Self { input, k, hint, workspace, selected, values, sweep, .. } = self;
        let Sweep { threshold, mut take, .. } = *sweep;
        let (k, Workspace { level, list, part, keys, .. }) = (*k, &mut **workspace);
        // A hint that is not read is not searched for either, and is the same for any number of threads.
        let further = if d <= HINT_UP_TO { rank_of_hint(d, k) } else { k };
        let (kth, reached) = kth_magnitude(*level, list, threshold, (k, further), part, keys);
        **hint = reached
            .unwrap_or_else(|| lowered(kth, threshold, (k, list.len(), further)))
            .max(RELAXATION * kth.widen())
            .min(kth.widen());
        if d > HINT_UP_TO {
            **hint = kth.widen();
        }
        part.clear();
        let Some(values) = values else {
            pick(*level, list, (k, kth), selected, &mut part.values);
            return Ok(());
        };
        values.clear();
        pick(*level, list, (k, kth), selected, values);
        if take.is_finite() && take.magnitude() <= kth.magnitude() {
            // Not all that was taken out is selected.
            input.put_back(0, list);
            take = F::INFINITY;
        }
        let Input::Add { x, split: true, .. } = input else { return Ok(()) };
        // What was taken out is selected; the rest of the selected entries follow.
        part.clear();
        kernels::filter(*level, (selected, values), (F::ZERO, take), &mut part.indices, &mut part.values);
        for &j in &part.indices {
            x[j as usize] = F::ZERO;
        }
        Ok(())
    }
}

/// Makes several selections, each as if it were alone.
///
/// The vectors are passed over side by side, part by part: where all receive multiples of one vector, a part of it is
/// still in the nearest cache when the next needs it.
///
/// # Errors
/// The first of the selections, by its place, whose vector holds NaN or ∞.
pub fn side_by_side<F: Float>(searches: &mut [Search<'_, F>]) -> Result<(), (usize, NotFinite)> {
    let longest = searches.iter().map(|search| search.input.len()).max().unwrap_or(0);
    if longest > HINT_UP_TO {
        searches.iter_mut().for_each(Search::pass);
    } else {
        for search in searches.iter_mut() {
            search.workspace.begin(search.input.len());
        }
        for first in (0..longest).step_by(SIDE) {
            for Search { input, k, workspace, sweep, .. } in searches.iter_mut() {
                // Every part but the first begins at a line of the cache.
                let head = input.head();
                let start = if first == 0 { 0 } else { first + head };
                sweep.over(input, (0, start..first + SIDE + head), *k, workspace);
            }
        }
        for Search { input, workspace, sweep, .. } in searches.iter_mut() {
            sweep.end(input, 0, workspace);
        }
    }
    first_not_finite(searches.iter_mut().map(Search::settle))
}

/// The selection of all entries or of none.
fn take_all_or_none<F: Float>(
    input: &mut Input<'_, F>,
    k: usize,
    hint: &mut f64,
    selected: &mut Vec<u32>,
    values: Option<&mut Vec<F>>,
) {
    let d = if k == 0 { 0 } else { input.len() };
    if k > 0 {
        *hint = 0.0;
    }
    selected.extend(0..d as u32);
    if let Some(values) = values {
        values.clear();
        values.extend((0..d).flat_map(|j| input.at::<1>(j)));
    }
    if let Input::Add { x, split: true, .. } = input {
        x[..d].fill(F::ZERO);
    }
}

/// A pass over the input, or over a part of it, on its way.
///
/// The list receives the entries that reach the threshold, or fewer when there are many: then at least the k largest,
/// and the threshold is raised. Entries that reach `take` are out of the input afterwards, unless `take` has become
/// infinite.
#[derive(Debug, Clone, Copy)]
struct Sweep<F> {
    threshold: F,
    take: F,
    found: Result<(), NotFinite>,
}

impl<F: Float> From<(F, F)> for Sweep<F> {
    fn from((threshold, take): (F, F)) -> Self {
        Self { threshold, take, found: Ok(()) }
    }
}

impl<F: Float> Sweep<F> {
    /// Passes over an input that begins at coordinate `start`.
    fn whole(&mut self, input: &mut Input<'_, F>, start: usize, k: usize, workspace: &mut Workspace<F>) {
        for first in (0..input.len()).step_by(CHUNK) {
            self.over(input, (start, first..first + CHUNK), k, workspace);
        }
        self.end(input, start, workspace);
    }

    /// Passes over the next range, as far as there is an input.
    fn over(
        &mut self,
        input: &mut Input<'_, F>,
        (start, range): (usize, Range<usize>),
        k: usize,
        workspace: &mut Workspace<F>,
    ) {
        let Workspace { level, list, part, keys, .. } = workspace;
        let end = range.end.min(input.len());
        input.collect(*level, (start, range.start.min(end)..end), (self.threshold, self.take), list);
        if list.len() > LONG_LIST.max(4 * k) && self.found.is_ok() {
            if self.take.is_finite() {
                input.put_back(start, list);
                self.take = F::INFINITY;
            }
            self.found = check_finite(*level, list, part);
            if self.found.is_err() {
                // The pass goes on for its sums alone.
                self.threshold = F::INFINITY;
                return;
            }
            let (kth, _) = kth_magnitude(*level, list, self.threshold, (k, k), part, keys);
            part.clear();
            pick(*level, list, (k, kth), &mut part.indices, &mut part.values);
            std::mem::swap(list, part);
            // Later entries of the k-th magnitude lose to those that are in the list.
            self.threshold = kth.next_up();
        }
    }

    /// Ends a pass.
    fn end(&mut self, input: &mut Input<'_, F>, start: usize, workspace: &mut Workspace<F>) {
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
    kernels::collect::<F, false>(level, &list.values, 0, F::INFINITY, &mut part.indices, &mut part.values);
    refuse_not_finite(part.indices.iter().map(|&place| (list.indices[place as usize], list.values[place as usize])))
}

/// The hint for the next call is the magnitude of this rank, so that magnitudes may shrink from call to call and k of
/// them still reach it, while the list stays short. A residual of error feedback is flat just below what was sent: a
/// fixed factor on the k-th magnitude would let in half of the vector.
fn rank_of_hint(d: usize, k: usize) -> usize {
    k + (3 * k).min((k / 4).max(d / 256))
}

/// A threshold for the next call where this one lets in n entries, k ≤ n, and those of rank `further` are wanted: lower
/// by what the missing ones would need if they lay as densely as those between the k-th magnitude and the threshold.
/// They lie more densely.
fn lowered<F: Float>(kth: F, threshold: F, (k, n, further): (usize, usize, usize)) -> f64 {
    let (kth, threshold) = (kth.widen(), threshold.widen());
    let missing = further.saturating_sub(n) as f64 / (n - k + 1) as f64;
    (threshold - 0.25 * missing * (kth - threshold)).max(0.9 * threshold)
}

/// Magnitudes from `low` up to and without `high`, as bits, of a list of which `reach` entries reach the one and `above`
/// the other.
///
/// It narrows around a rank: four probes at once count who reaches them, which takes about a cycle per entry and moves
/// nothing, and the counts say where the next ones should lie.
#[derive(Debug, Clone, Copy)]
struct Band {
    low: u64,
    high: u64,
    reach: usize,
    above: usize,
}

impl Band {
    /// Of all values, which reach `floor`; without those that are not finite.
    fn of<F: Float>(level: Level, values: &[F], floor: u64) -> Self {
        let largest: u64 = kernels::largest(level, values).magnitude().into();
        let high = (largest + 1).min(F::INFINITY.magnitude().into());
        let [above] = kernels::count(level, values, [F::from_magnitude(high)]);
        Self { low: floor.min(high - 1), high, reach: values.len(), above }
    }

    /// The band that holds the magnitude of rank k and at most `enough` entries, or a single magnitude; the part beyond
    /// all finite numbers if the rank lies there.
    fn narrow<F: Float>(mut self, level: Level, values: &[F], k: usize, enough: usize) -> Self {
        if k <= self.above {
            return Self { low: self.high, reach: self.above, high: self.high + 1, above: 0 };
        }
        while self.reach - self.above > enough && self.high - self.low > 1 {
            let (width, held) = (self.high - self.low, (self.reach - self.above) as f64);
            // Around the rank, as if the magnitudes were spread evenly and as if they were those of a tail; and the middle,
            // which halves the band whatever its entries are like.
            let rank = (k - self.above) as f64;
            let margin = (enough as f64 / 2.0).max(held / 16.0);
            let shares = [(rank + margin) / held, (rank - margin) / held, rank.ln() / held.ln(), 0.5];
            let probes = shares.map(|share| self.high - ((share * width as f64) as u64).clamp(1, width - 1));
            let counts = kernels::count(level, values, probes.map(F::from_magnitude));
            for (probe, n) in probes.into_iter().zip(counts) {
                if n >= k && probe > self.low {
                    (self.low, self.reach) = (probe, n);
                } else if n < k && probe < self.high {
                    (self.high, self.above) = (probe, n);
                }
            }
        }
        self
    }
}

/// The k-th largest magnitude of the list (1 ≤ k ≤ length, no NaN) of entries that reach `floor`, and one of about
/// rank `further` where the list is that long.
fn kth_magnitude<F: Float>(
    level: Level,
    list: &Entries<F>,
    floor: F,
    (k, further): (usize, usize),
    part: &mut Entries<F>,
    keys: &mut Vec<F::Key>,
) -> (F, Option<f64>) {
    // The entries that made the floor what it is lie just below it.
    let whole = Band::of(level, &list.values, floor.magnitude().into().saturating_sub(1));
    let reached = (k < further && further <= list.len()).then(|| {
        // A floor that lets in few enough is as good.
        let low = || whole.narrow(level, &list.values, further, (further - k) / 2).low;
        if list.len() < 2 * further - k { floor.widen() } else { F::from_magnitude(low()).widen() }
    });
    let band = whole.narrow(level, &list.values, k, FEW.max(list.len() / 64));
    let limits = (F::from_magnitude(band.low), F::from_magnitude(band.high));
    if band.high - band.low == 1 {
        return (limits.0, reached);
    }
    part.clear();
    kernels::filter(level, (&list.indices, &list.values), limits, &mut part.indices, &mut part.values);
    keys.clear();
    keys.extend(part.values.iter().map(|v| v.magnitude()));
    (kth_largest(keys, k - band.above), reached)
}

/// Appends the k largest entries of the list, of which kth is the least magnitude; ties go to the lower index.
fn pick<F: Float>(level: Level, list: &Entries<F>, (k, kth): (usize, F), selected: &mut Vec<u32>, values: &mut Vec<F>) {
    kernels::filter(level, (&list.indices, &list.values), (kth, F::INFINITY), selected, values);
    if selected.len() > k {
        // The last ties are too many; nothing stands before the first of them that moves.
        let is_tie = |v: &F| v.magnitude() == kth.magnitude();
        let ties = (0..values.len()).rev().filter(|&place| is_tie(&values[place]));
        let first = ties.take(selected.len() - k).last().unwrap_or(k);
        let mut n = first;
        for place in first..selected.len() {
            (selected[n], values[n]) = (selected[place], values[place]);
            n += usize::from(!is_tie(&values[place]));
        }
        selected.truncate(k);
        values.truncate(k);
    }
}

/// A threshold that at least k entries of the input reach, and, where these are taken out, one that at most k do, in all
/// likelihood.
fn sampled_limits<F: Float>(input: &Input<'_, F>, k: usize, workspace: &mut Workspace<F>) -> (F, F) {
    let Workspace { level, sample, n_read, .. } = workspace;
    let d = input.len();
    if d < SAMPLED_FROM {
        return (F::ZERO, F::INFINITY);
    }
    draw(d, |first| input.at(first), sample);
    *n_read += sample.len() as u64;
    // The ranks that in all likelihood enclose that of the k-th largest.
    let density = k as f64 / d as f64;
    let expected = density * sample.len() as f64;
    let margin = DEVIATIONS * (expected * (1.0 - density)).sqrt() + DEVIATIONS;
    let (upper, lower) = ((expected - margin).floor(), (expected + margin).ceil() as usize);
    let whole = Band::of(*level, sample, 0);
    let at = |bits: u64| F::from_magnitude(bits);
    let low = if lower < sample.len() { at(whole.narrow(*level, sample, lower, 1).low) } else { F::ZERO };
    let high = if upper < 1.0 || !input.splits() {
        F::INFINITY
    } else {
        at(whole.narrow(*level, sample, upper as usize, 1).high)
    };
    // NaN in the sample bounds nothing.
    if low.is_below(high) { (low, high) } else { (low, F::INFINITY) }
}

/// Writes entries of the vector into `sample`, [`CLUSTER`] neighbours of each of many parts.
///
/// The place in each part goes with the multiples of the golden section, so that no period of the vector meets it.
fn draw<F: Float>(len: usize, cluster: impl Fn(usize) -> [F; CLUSTER], sample: &mut Vec<F>) {
    let n_parts = (len / 512).clamp(1024, 16_384) / CLUSTER;
    let part = len / n_parts;
    sample.clear();
    for i in 0..n_parts {
        let turn = u64::from((i as u32).wrapping_mul(0x9E37_79B9));
        let first = i * part + ((turn * (part - CLUSTER + 1) as u64) >> 32) as usize;
        sample.extend_from_slice(&cluster(first));
    }
}

/// The k-th largest of `keys`, 1 ≤ k ≤ length; reorders them.
fn kth_largest<F: Float>(keys: &mut [F::Key], k: usize) -> F {
    F::from_magnitude((*keys.select_nth_unstable_by(k - 1, |a, b| b.cmp(a)).1).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Streams};
    use proptest::strategy::Strategy as _;
    use rand::RngExt as _;

    /// Vectors on which selections go wrong: ties, few values, order, tiny and huge numbers, signed zeros.
    fn adversaries(d: usize) -> Vec<Vec<f64>> {
        let mut stream = Streams::new(5).stream(Purpose::Generation, d, 0);
        let mut draw = |of: &dyn Fn(f64, usize) -> f64| -> Vec<f64> {
            (0..d).map(|j| of(stream.random::<f64>() - 0.5, j)).collect()
        };
        vec![
            draw(&|u, _| u),
            draw(&|u, _| 1.0 / u),
            draw(&|u, _| u.signum() * u.abs().ln()),
            draw(&|_, _| 3.0),
            draw(&|u, _| 3.0_f64.copysign(u)),
            draw(&|u, _| if u > 0.3 { 2.0 } else { -1.0 }),
            draw(&|u, _| (8.0 * u).round()),
            draw(&|_, j| j as f64),
            draw(&|_, j| -((d - j) as f64)),
            draw(&|u, _| 0.0_f64.copysign(u)),
            draw(&|u, _| if u > 0.49 { u } else { 0.0 }),
            draw(&|u, _| if u > 0.0 { f64::from_bits(1) } else { -f64::from_bits(2) }),
            draw(&|u, _| u * f64::MIN_POSITIVE),
            draw(&|u, _| f64::MAX * u.signum()),
            draw(&|u, j| if j % 33 == 0 { 5.0 } else { u }),
        ]
    }

    /// Holds every way to select from x to the naive twin: each level of the machine, read, added and split. Half of the
    /// additions are scaled.
    fn agrees_with_naive<F: Float>(x: &[F], addend: &[F], k: usize, guesses: &[f64], name: &str) {
        let weight = F::narrow(0.3);
        let scale = (x.len() + k).is_multiple_of(2).then_some(F::narrow(-1.7));
        let addition = Addition { weight, scale, vector: addend };
        let scaled = |a: F| scale.map_or(a, |scale| F::ZERO.add_scaled(scale, a));
        let sum: Vec<F> = x.iter().zip(addend).map(|(v, &a)| v.add_scaled(weight, scaled(a))).collect();
        let bits = |x: &[F]| x.iter().map(|v| v.widen().to_bits()).collect::<Vec<u64>>();
        let expected = (top_k_naive(x, k), top_k_naive(&sum, k));
        for level in Level::available() {
            let mut workspace = Workspace::at(level);
            let (mut selected, mut values) = (vec![7; 3], vec![F::INFINITY; 2]);
            for &guess in guesses {
                let name = format!("{name}, d {}, k {k}, guess {guess}, {}", x.len(), level.name());
                let mut hint = guess;
                let done = top_k_into(x, k, &mut hint, &mut workspace, &mut selected);
                assert!(same_bits(done.map(|()| selected.clone())) == same_bits(expected.0.clone()), "{name}: read");
                let reach = x.iter().filter(|v| v.widen().abs() >= hint).count();
                assert!(k == 0 || expected.0.is_err() || reach >= k.min(x.len()), "{name}: {reach} reach the new hint");

                let (mut p, mut hint) = (x.to_vec(), guess);
                let message = (&mut selected, &mut values);
                let done = Search::add_and_top_k(&mut p, addition, k, &mut hint, &mut workspace, message).complete();
                assert!(same_bits(done.map(|()| selected.clone())) == same_bits(expected.1.clone()), "{name}: added");
                assert!(bits(&p) == bits(&sum), "{name}: not the sum");

                let (mut p, mut hint) = (x.to_vec(), guess);
                let message = (&mut selected, &mut values);
                let done = add_and_split_top_k_into(&mut p, addition, k, &mut hint, &mut workspace, message);
                assert!(same_bits(done.map(|()| selected.clone())) == same_bits(expected.1.clone()), "{name}: added");
                let mut residual = sum.clone();
                if let Ok(expected) = &expected.1 {
                    let entries: Vec<F> = expected.iter().map(|&j| sum[j as usize]).collect();
                    assert!(bits(&values) == bits(&entries), "{name}: not the entries");
                    for &j in expected {
                        residual[j as usize] = F::ZERO;
                    }
                }
                assert!(bits(&p) == bits(&residual), "{name}: not the residual");
            }
        }
    }

    #[test]
    fn vectors_side_by_side_are_selected_from_as_if_each_were_alone() {
        for (d, not_finite) in [(1, None), (2047, None), (5003, None), (5003, Some(7)), (HINT_UP_TO + 9, None)] {
            let mut all = adversaries(d);
            if let Some(place) = not_finite {
                all[place][d - 2] = f64::NAN;
                all[place + 3][0] = f64::INFINITY;
            }
            let addend: Vec<f64> = (0..d).map(|j| (j % 17) as f64 - 8.0).collect();
            let addition = Addition { weight: 1e-3, scale: Some(0.3), vector: &addend };
            let ks = [0, 1, d / 300, d / 10, d, d + 1];
            let mut alone = all.clone();
            let expected: Vec<_> = alone
                .iter_mut()
                .zip(ks.into_iter().cycle())
                .map(|(x, k)| {
                    let (mut hint, mut selected, mut values) = (0.3, Vec::new(), Vec::new());
                    let message = (&mut selected, &mut values);
                    let done =
                        Search::add_and_top_k(x, addition, k, &mut hint, &mut Workspace::default(), message).complete();
                    (done, selected, values, hint.to_bits())
                })
                .collect();
            let mut together: Vec<_> =
                all.iter().map(|_| (0.3, Workspace::default(), Vec::new(), Vec::new())).collect();
            let parts = all.iter_mut().zip(&mut together).zip(ks.into_iter().cycle());
            let mut searches: Vec<_> = parts
                .map(|((x, (hint, workspace, selected, values)), k)| {
                    Search::add_and_top_k(x, addition, k, hint, workspace, (selected, values))
                })
                .collect();
            let done = side_by_side(&mut searches);
            drop(searches);
            assert_eq!(
                done.map_err(|(place, error)| (place, error.index)),
                match not_finite {
                    Some(place) => Err((place, d - 2)),
                    None => Ok(()),
                }
            );
            let n_good = not_finite.unwrap_or(all.len());
            let bits = |x: &[f64]| x.iter().map(|v| v.to_bits()).collect::<Vec<u64>>();
            assert!(all.iter().zip(&alone).all(|(x, alone)| bits(x) == bits(alone)), "d {d}: not the sums");
            for (place, (together, alone)) in together.iter().zip(&expected).take(n_good).enumerate() {
                assert!(alone.0.is_ok() && together.2 == alone.1, "d {d}, vector {place}: another selection");
                assert_eq!(
                    (bits(&together.3), together.0.to_bits()),
                    (bits(&alone.2), alone.3),
                    "d {d}, vector {place}"
                );
            }
        }
    }

    #[test]
    fn every_level_counts_what_reaches_thresholds() {
        let levels = Level::available();
        let portable = *levels.last().unwrap();
        for x in adversaries(1003) {
            let mut x = x;
            x[500] = f64::NAN;
            let thresholds = [0.0, 0.25, 2.0, f64::INFINITY];
            let counted = thresholds.map(|threshold| x.iter().filter(|v| !v.is_below(threshold)).count());
            let single: Vec<f32> = x.iter().map(|&v| v as f32).collect();
            let expected = kernels::count(portable, &single, thresholds.map(|v| v as f32));
            for &level in &levels {
                assert_eq!(kernels::count(level, &x, thresholds), counted, "{}", level.name());
                assert_eq!(kernels::count(level, &single, thresholds.map(|v| v as f32)), expected, "{}", level.name());
            }
        }
    }

    /// NaN is equal to itself here.
    fn same_bits(done: Result<Vec<u32>, NotFinite>) -> Result<Vec<u32>, (usize, u64)> {
        done.map_err(|error| (error.index, error.value.to_bits()))
    }

    /// Hints from every side of the right one.
    fn guesses<F: Float>(x: &[F], k: usize) -> Vec<f64> {
        let kth = top_k_naive(x, k).unwrap().iter().map(|&j| x[j as usize].widen().abs()).fold(f64::INFINITY, f64::min);
        vec![0.0, kth, 0.5 * kth, 1.3 * kth, 1e-300, f64::MAX, f64::INFINITY, f64::NAN, -1.0]
    }

    /// The vector, and in single precision where it fits.
    fn agree_in_both_precisions(x: &[f64], addend: &[f64], k: usize, guesses: &[f64], name: &str) {
        agrees_with_naive(x, addend, k, guesses, name);
        let single = |x: &[f64]| x.iter().map(|&v| v as f32).collect::<Vec<f32>>();
        agrees_with_naive(&single(x), &single(addend), k, guesses, &format!("single {name}"));
    }

    #[test]
    fn every_level_selects_what_the_naive_twin_selects_from_adversarial_vectors() {
        for d in [1, 2, 7, 31, 32, 33, 63, 65, 100, 515, 2048, 5003] {
            let all = adversaries(d);
            for (case, x) in all.iter().enumerate() {
                let addend = &all[(case + 3) % all.len()];
                for k in [0, 1, 2, 5, d / 70, d / 10, d / 2, d - 1, d, d + 3] {
                    agree_in_both_precisions(x, addend, k, &guesses(x, k), &format!("case {case}"));
                }
            }
        }
    }

    #[test]
    fn long_vectors_cut_the_list_on_the_way() {
        // Longer than several chunks, than the longest list, and than what is selected from by the hint alone.
        for (d, densities) in [(40_000, [0.000_03, 0.001, 0.1, 0.6]), (HINT_UP_TO + 77, [0.000_01, 0.001, 0.1, 0.97])] {
            let all = adversaries(d);
            for (case, x) in all.iter().enumerate().step_by(d / 40_000) {
                let addend = &all[(case + 3) % all.len()];
                let k = (densities[case % 4] * d as f64) as usize;
                agree_in_both_precisions(x, addend, k, &[0.0, 1e-300, 3.5], &format!("case {case}"));
            }
        }
    }

    #[test]
    fn two_and_three_threads_select_what_one_does() {
        let d = PARALLEL_FROM + 1003;
        let mut vectors = adversaries(d);
        for (place, value) in [(7, f64::NAN), (d - 3, f64::INFINITY)] {
            vectors.push(vectors[0].clone());
            vectors.last_mut().unwrap()[place] = value;
        }
        let k = d / 50;
        for (case, x) in vectors.iter().enumerate() {
            let addend = &vectors[(case + 3) % 15];
            let of = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let (mut p, mut hint, mut selected, mut values) = (x.clone(), 0.0, Vec::new(), Vec::new());
                let message = (&mut selected, &mut values);
                let workspace = &mut Workspace::default();
                let done = pool
                    .install(|| add_and_split_top_k_into(&mut p, (0.3, &**addend), k, &mut hint, workspace, message));
                let p: Vec<u64> = p.iter().map(|v| v.to_bits()).collect();
                (same_bits(done.map(|()| selected)), p, hint.to_bits())
            };
            let one = of(1);
            assert!(one == of(2) && one == of(3), "case {case}");
        }
    }

    #[test]
    fn a_sample_that_misleads_changes_nothing() {
        // All that is large stands where the sample does not look, or only where it looks; and what the sample holds
        // to be selected for sure is not, so that it is put back.
        let d = 50_000;
        let mut looked_at = vec![false; d];
        let mut sample = Vec::new();
        draw(d, |first| std::array::from_fn(|i| (first + i) as f64), &mut sample);
        for &place in &sample {
            looked_at[place as usize] = true;
        }
        let zero = vec![0.0; d];
        for (seen, unseen) in [(1.0, 2.0), (2.0, 1.0), (1.0, 0.0), (0.0, 1.0)] {
            let scale = |j: usize| if looked_at[j] { seen } else { unseen };
            let x: Vec<f64> = (0..d).map(|j| scale(j) * (1.0 + (j % 1000) as f64 * 1e-4)).collect();
            for k in [1, 50, 300, 700, 5000, 49_000] {
                agree_in_both_precisions(&x, &zero, k, &[0.0], &format!("seen {seen}, unseen {unseen}"));
            }
        }
    }

    #[test]
    fn entries_that_are_not_finite_are_reported_on_every_path_and_leave_the_sum_whole() {
        for (d, k) in [(100, 1), (100, 50), (100, 100), (100, 0), (5000, 3), (5000, 4000), (50_000, 40), (50_000, 9000)]
        {
            let addend = vec![-0.0; d];
            for place in [0, 31, d / 2, d - 1] {
                for value in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                    let mut x: Vec<f64> = (0..d).map(|j| 1.0 + (j * 7 % 13) as f64).collect();
                    x[d - 1] = f64::NAN;
                    x[place] = value;
                    agree_in_both_precisions(&x, &addend, k, &[0.0, 0.5, 20.0], &format!("{value} at {place}"));
                    let error = at_least(&x, 30.0, &mut Vec::new()).unwrap_err();
                    assert_eq!((error.index, error.value.to_bits()), (place, value.to_bits()));
                }
            }
            agree_in_both_precisions(&vec![f64::NAN; d], &addend, k, &[0.0, 0.5], "all NaN");
        }
    }

    #[test]
    fn updates_have_the_same_bits_at_every_level() {
        for d in [1, 31, 64, 1003] {
            let all = adversaries(d);
            for (x, y) in all.iter().zip(&all[1..]) {
                for level in Level::available() {
                    let mut sum = y.clone();
                    kernels::add_scaled::<_, false>(level, &mut sum, (0.3, 0.3), x);
                    let expected = y.iter().zip(x).map(|(y, x)| y + 0.3 * x);
                    assert!(sum.iter().zip(expected).all(|(a, b)| a.to_bits() == b.to_bits()), "{}", level.name());
                    sum.clone_from(y);
                    kernels::add_scaled::<_, true>(level, &mut sum, (0.3, 0.7), x);
                    let expected = y.iter().zip(x).map(|(y, x)| y + 0.3 * (0.0 + 0.7 * x));
                    assert!(sum.iter().zip(expected).all(|(a, b)| a.to_bits() == b.to_bits()), "{}", level.name());
                }
            }
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(200))]
        #[test]
        fn any_vector_and_any_hint_select_what_the_naive_twin_selects(
            x in proptest::collection::vec(proptest::prop_oneof![
                8 => proptest::num::f64::ANY, 4 => -2.0..2.0, 4 => (-3_i8..4).prop_map(f64::from)
            ], 1..400),
            copies in 1_usize..80,
            fraction in 0.0..=1.0,
            guess in proptest::num::f64::ANY,
        ) {
            let repeated: Vec<f64> = x.iter().copied().cycle().take(x.len() * copies).collect();
            let finite: Vec<f64> = repeated.iter().map(|v| if v.is_finite() { *v } else { 0.0 }).collect();
            let addend: Vec<f64> = finite.iter().rev().map(|v| v / 8.0).collect();
            let k = (fraction * x.len() as f64) as usize;
            agree_in_both_precisions(&finite, &addend, k, &[0.0, guess], "drawn");
            agree_in_both_precisions(&repeated, &addend, k, &[0.0, guess], "drawn with NaN");
        }
    }

    #[test]
    fn a_threshold_selects_what_a_filter_selects() {
        let mut selected = Vec::new();
        for x in adversaries(515) {
            for threshold in [0.0, 1e-310, 0.2, 1.0, 3.0, -1.0, f64::NEG_INFINITY] {
                at_least(&x, threshold, &mut selected).unwrap();
                let naive: Vec<u32> = (0..515).filter(|&j| x[j as usize].abs() >= threshold).collect();
                assert_eq!(selected, naive);
            }
        }
    }
}
