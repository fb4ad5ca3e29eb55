//! The vector that is selected from, as it is or with something added on the way.

use crate::vector::addition::Addition;
use crate::vector::cache;
use crate::vector::entries::{Entries, Limits};
use crate::vector::float::Float;
use crate::vector::kernels;
use crate::vector::level::Level;
use std::ops::Range;

/// The vector that is selected from.
#[derive(Debug)]
pub(super) enum Input<'a, F> {
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

impl<'a, F: Float> Input<'a, F> {
    /// `x + addition`, both of length d.
    pub(super) fn sum(x: &'a mut [F], addition: Addition<'a, F>, split: bool) -> Self {
        assert_eq!(x.len(), addition.vector.len(), "a sum that is selected from: lengths differ");
        Self::Add { x, addition, added: false, split }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Read(x) => x.len(),
            Self::Add { x, .. } => x.len(),
        }
    }

    /// N entries of the sum, from `first` on.
    #[inline]
    pub(super) fn at<const N: usize>(&self, first: usize) -> [F; N] {
        let of = |x: &[F]| -> [F; N] { x[first..first + N].try_into().expect("N entries") };
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
    #[inline]
    pub(super) fn collect(
        &mut self,
        level: Level,
        start: usize,
        range: Range<usize>,
        limits: Limits<F>,
        list: &mut Entries<F>,
    ) {
        let start = (start + range.start) as u32;
        let x = match self {
            Self::Read(x) => &x[range],
            Self::Add { x, addition, added: false, .. } => {
                let addition = addition.of(&addition.vector[range.clone()]);
                let add_and_collect = match addition.scale {
                    Some(_) => kernels::add_and_collect::<F, true>,
                    None => kernels::add_and_collect::<F, false>,
                };
                return add_and_collect(level, &mut x[range], addition, start, limits, list.view_mut());
            }
            Self::Add { x, .. } => &x[range],
        };
        kernels::collect::<F, true>(level, x, start, limits.threshold, list.view_mut());
    }

    /// The same input in parts of this length.
    pub(super) fn parts(&mut self, length: usize) -> Vec<Input<'_, F>> {
        match self {
            Self::Read(x) => x.chunks(length).map(Input::Read).collect(),
            Self::Add { x, addition, added, split } => {
                let parts = x.chunks_mut(length).zip(addition.vector.chunks(length));
                let part = |(x, vector)| Input::Add { x, addition: addition.of(vector), added: *added, split: *split };
                parts.map(part).collect()
            }
        }
    }

    /// Puts back the entries of the list, whether they were taken out or not; the input begins at coordinate `start`.
    pub(super) fn put_back(&mut self, start: usize, list: &Entries<F>) {
        if let Self::Add { x, .. } = self {
            for (&j, &v) in list.indices.iter().zip(&list.values) {
                x[j as usize - start] = v;
            }
        }
    }

    /// Entries before the first one that starts a cache line.
    pub(super) fn head(&self) -> usize {
        let x = match self {
            Self::Read(x) => x,
            Self::Add { x, .. } => &**x,
        };
        cache::head(x)
    }

    /// Now x is the sum.
    pub(super) fn set_added(&mut self) {
        if let Self::Add { added, .. } = self {
            *added = true;
        }
    }

    pub(super) fn splits(&self) -> bool {
        matches!(self, Self::Add { split: true, .. })
    }
}
