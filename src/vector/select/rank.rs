//! The entry of rank k in a list, and the k largest entries.

use crate::vector::entries::{Entries, EntriesMut};
use crate::vector::float::Float;
use crate::vector::kernels;
use crate::vector::level::Level;

/// Entries of a list that are sorted rather than counted.
const FEW: usize = 32;

/// Magnitudes from `low` up to and without `high`, as bits, of a list of which `reach` entries reach the one and `above`
/// the other.
///
/// It narrows around a rank: four probes at once count the entries that reach them, which takes about a cycle per entry
/// and moves nothing, and the counts say where the next ones should be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    pub(super) low: u64,
    pub(super) high: u64,
    reach: usize,
    above: usize,
}

impl Band {
    /// Of all values, which reach `floor`; without those that are not finite.
    pub(super) fn of<F: Float>(level: Level, values: &[F], floor: u64) -> Self {
        let largest: u64 = kernels::largest(level, values).magnitude().into();
        let high = (largest + 1).min(F::INFINITY.magnitude().into());
        let [above] = kernels::count(level, values, [F::from_magnitude(high)]);
        Self { low: floor.min(high - 1), high, reach: values.len(), above }
    }

    /// The band that holds the magnitude of rank k and at most `enough` entries, or a single magnitude; the part beyond
    /// all finite numbers if the rank is there.
    pub(super) fn narrow<F: Float>(mut self, level: Level, values: &[F], k: usize, enough: usize) -> Self {
        if k <= self.above {
            return Self { low: self.high, reach: self.above, high: self.high + 1, above: 0 };
        }
        while self.reach - self.above > enough && self.high - self.low > 1 {
            let (width, held) = (self.high - self.low, (self.reach - self.above) as f64);
            // Around the rank, as if the magnitudes were spread evenly and as if they were those of a tail; and the middle,
            // which halves the band whatever its entries are like.
            let rank = (k - self.above) as f64;
            let margin = (enough as f64 / 2.0).max(held / 16.0);
            let fractions = [(rank + margin) / held, (rank - margin) / held, rank.ln() / held.ln(), 0.5];
            let probes = fractions.map(|fraction| self.high - ((fraction * width as f64) as u64).clamp(1, width - 1));
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
pub(super) fn kth_magnitude<F: Float>(
    level: Level,
    list: &Entries<F>,
    floor: F,
    k: usize,
    further: usize,
    part: &mut Entries<F>,
    keys: &mut Vec<F::Key>,
) -> (F, Option<f64>) {
    // The floor may have been set by entries just below it.
    let whole = Band::of(level, &list.values, floor.magnitude().into().saturating_sub(1));
    let reached = (k < further && further <= list.len()).then(|| {
        // Any floor that admits few enough entries will do.
        let low = || whole.narrow(level, &list.values, further, (further - k) / 2).low;
        if list.len() < 2 * further - k { floor.widen() } else { F::from_magnitude(low()).widen() }
    });
    let band = whole.narrow(level, &list.values, k, FEW.max(list.len() / 64));
    let limits = F::from_magnitude(band.low)..F::from_magnitude(band.high);
    if band.high - band.low == 1 {
        return (limits.start, reached);
    }
    part.clear();
    kernels::filter(level, list.view(), limits, part.view_mut());
    keys.clear();
    keys.extend(part.values.iter().map(|v| v.magnitude()));
    (kth_largest(keys, k - band.above), reached)
}

/// Appends the k largest entries of the list, of which kth is the least magnitude; ties go to the lower index.
pub(super) fn pick<F: Float>(level: Level, list: &Entries<F>, k: usize, kth: F, mut to: EntriesMut<'_, F>) {
    kernels::filter(level, list.view(), kth..F::INFINITY, to.reborrow());
    let EntriesMut { indices, values } = to;
    if indices.len() > k {
        // The last ties are too many; entries before the first of those stay in place.
        let is_tie = |v: &F| v.magnitude() == kth.magnitude();
        let ties = (0..values.len()).rev().filter(|&place| is_tie(&values[place]));
        let first = ties.take(indices.len() - k).last().unwrap_or(k);
        let mut n = first;
        for place in first..indices.len() {
            (indices[n], values[n]) = (indices[place], values[place]);
            n += usize::from(!is_tie(&values[place]));
        }
        indices.truncate(k);
        values.truncate(k);
    }
}

/// The k-th largest of `keys`, 1 ≤ k ≤ length; reorders them.
fn kth_largest<F: Float>(keys: &mut [F::Key], k: usize) -> F {
    F::from_magnitude((*keys.select_nth_unstable_by(k - 1, |a, b| b.cmp(a)).1).into())
}
