//! Numbers that are read several times over, piece by piece, and never held in memory as a whole.

use super::error::SampleError;
use crate::vector::Float;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Numbers per piece. The order of every sum depends on this alone, not on the number of threads.
const PIECE: usize = 1 << 13;

/// Where the numbers come from: a slice, a mapped file, several tensors in a row.
pub trait Source: Sync {
    /// How many numbers there are.
    fn len(&self) -> usize;

    /// There are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the numbers from index `start` on into all of `out`; `start + out.len()` is at most `len()`.
    fn read(&self, start: usize, out: &mut [f64]);
}

impl<F: Float + Sync> Source for &[F] {
    fn len(&self) -> usize {
        <[F]>::len(self)
    }

    fn read(&self, start: usize, out: &mut [f64]) {
        for (out, value) in out.iter_mut().zip(&self[start..]) {
            *out = value.widen();
        }
    }
}

impl<F: Float + Sync> Source for Vec<F> {
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn read(&self, start: usize, out: &mut [f64]) {
        Source::read(&self.as_slice(), start, out);
    }
}

/// Finite numbers that are not all equal, with what one pass finds out about them.
#[derive(Clone, Copy)]
pub struct Sample<'a> {
    source: &'a dyn Source,
    /// Whether exact zeros belong to a point mass and are left out of every sum.
    skips_zeros: bool,
    /// Every `stride`-th piece is read.
    stride: usize,
    /// What every number is multiplied by, a power of two.
    factor: f64,
    n: usize,
    n_zero: usize,
    min: f64,
    max: f64,
}

impl std::fmt::Debug for Sample<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { n, n_zero, min, max, skips_zeros, .. } = self;
        write!(formatter, "Sample {{ n: {n}, n_zero: {n_zero}, min: {min}, max: {max}, skips_zeros: {skips_zeros} }}")
    }
}

impl<'a> Sample<'a> {
    /// Reads `source` once. Exact zeros are set apart for a point mass.
    ///
    /// # Errors
    /// There is no number, one is NaN or infinite, all are zero, or all are the same.
    pub fn new(source: &'a dyn Source) -> Result<Self, SampleError> {
        let empty =
            Self { source, skips_zeros: false, stride: 1, factor: 1.0, n: source.len(), n_zero: 0, min: 0.0, max: 0.0 };
        if source.is_empty() {
            return Err(SampleError::Empty);
        }
        let parts = empty.pieces(|start, values| {
            let mut n_zero = 0;
            let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
            for (offset, &value) in values.iter().enumerate() {
                if !value.is_finite() {
                    return Err(SampleError::NotFinite { index: start + offset, value });
                }
                n_zero += usize::from(value == 0.0);
                // A zero is not part of the range: it may belong to the point mass.
                if value != 0.0 {
                    min = min.min(value);
                    max = max.max(value);
                }
            }
            Ok((n_zero, min, max))
        });
        let mut sample = Self { min: f64::INFINITY, max: f64::NEG_INFINITY, skips_zeros: true, ..empty };
        for part in parts {
            let (n_zero, min, max) = part?;
            sample.n_zero += n_zero;
            sample.min = sample.min.min(min);
            sample.max = sample.max.max(max);
        }
        if sample.n_zero == sample.n {
            return Err(SampleError::AllZero { n: sample.n });
        }
        if sample.n == 1 {
            return Err(SampleError::Single { value: sample.min });
        }
        if sample.min == sample.max {
            return Err(SampleError::Constant { value: sample.min, n: sample.n - sample.n_zero });
        }
        Ok(sample)
    }

    /// The same numbers with exact zeros as values like any other, not as a point mass.
    #[must_use]
    pub fn with_zeros_as_values(self) -> Self {
        let (min, max) = if self.n_zero > 0 { (self.min.min(0.0), self.max.max(0.0)) } else { (self.min, self.max) };
        Self { skips_zeros: false, min, max, ..self }
    }

    /// The same numbers in units in which squares and their sums neither overflow nor vanish, and how many of the new
    /// units are in one: a power of two, and 1 where they are already.
    pub(super) fn normalized(self) -> (Self, f64) {
        let factor = power_of_two_towards_one(self.min.abs().max(self.max.abs()));
        let times = |value: f64| scaled(value, factor);
        (Self { factor, min: times(self.min), max: times(self.max), ..self }, factor)
    }

    /// How many numbers there are, zeros included.
    pub fn n(&self) -> usize {
        self.n
    }

    /// How many are exactly zero and belong to the point mass.
    pub fn n_zero(&self) -> usize {
        if self.skips_zeros { self.n_zero } else { 0 }
    }

    /// How many belong to the continuous part.
    pub fn n_continuous(&self) -> usize {
        self.n - self.n_zero()
    }

    /// The smallest and the largest of those.
    pub fn range(&self) -> (f64, f64) {
        (self.min, self.max)
    }

    /// All numbers of the continuous part, in their order.
    pub fn to_vec(&self) -> Vec<f64> {
        let keep = |value: &f64| !(self.skips_zeros && *value == 0.0);
        self.pieces(|_, values| values.iter().copied().filter(keep).collect::<Vec<f64>>()).concat()
    }

    /// The numbers of the continuous part at these places among them, from 0.
    pub(super) fn pick(&self, places: &[usize]) -> Vec<f64> {
        let is_in = |value: &f64| !(self.skips_zeros && *value == 0.0);
        // Where each piece begins among the numbers of the continuous part.
        let mut n_before = 0;
        let counts = self.pieces(|_, values| values.iter().filter(|value| is_in(value)).count());
        let begins = counts.into_iter().map(|count| {
            n_before += count;
            n_before - count
        });
        let begins: Vec<usize> = begins.collect();
        let pick = |&place: &usize| {
            let piece = begins.partition_point(|begin| *begin <= place) - 1;
            let start = piece * PIECE;
            let mut values = vec![0.0; PIECE.min(self.n - start)];
            self.read(start, &mut values);
            // Of pieces without any number, which begin at the same place, this is the last and holds it.
            values.into_iter().filter(is_in).nth(place - begins[piece])
        };
        places.par_iter().filter_map(pick).collect()
    }

    /// The numbers of the continuous part, about `n` of them in whole pieces from all over the sample.
    pub(super) fn thinned(self, n: usize) -> Self {
        Self { stride: (self.n / n.max(1)).max(1), ..self }
    }

    /// Sums of terms over the numbers of the continuous part; the last is their count.
    pub(super) fn sums<const N: usize>(&self, term: impl Fn(f64) -> [f64; N] + Sync) -> ([f64; N], f64) {
        let parts = self.pieces(|_, values| {
            let mut sums = [0.0; N];
            let mut count = 0_usize;
            for &value in values {
                if self.skips_zeros && value == 0.0 {
                    continue;
                }
                count += 1;
                for (sum, term) in sums.iter_mut().zip(term(value)) {
                    *sum += term;
                }
            }
            (sums, count)
        });
        let mut total = [0.0; N];
        let mut count = 0;
        for (sums, part) in parts {
            count += part;
            for (total, sum) in total.iter_mut().zip(sums) {
                *total += sum;
            }
        }
        (total, count as f64)
    }

    /// The magnitudes of the numbers of the continuous part about `location`, in bins of an eighth of a binade or less:
    /// the mean of each and its count, ascending. Numbers at the location have a bin of their own.
    pub(super) fn binned(&self, location: f64) -> Vec<(f64, f64)> {
        // The exponent and three bits of the fraction.
        let bin = |v: f64| v.to_bits() >> 49;
        let parts = self.pieces(|_, values| {
            let is_in = |value: &&f64| !(self.skips_zeros && **value == 0.0);
            let mut magnitudes: Vec<f64> = values.iter().filter(is_in).map(|x| (x - location).abs()).collect();
            magnitudes.sort_unstable_by(f64::total_cmp);
            let bins = magnitudes.chunk_by(|a, b| bin(*a) == bin(*b) && (*a == 0.0) == (*b == 0.0));
            bins.map(|own| (own[0], own.iter().sum::<f64>(), own.len())).collect::<Vec<_>>()
        });
        let mut bins: BTreeMap<(bool, u64), (f64, usize)> = BTreeMap::new();
        for (first, sum, count) in parts.into_iter().flatten() {
            let own = bins.entry((first > 0.0, bin(first))).or_default();
            *own = (own.0 + sum, own.1 + count);
        }
        bins.into_values().map(|(sum, count)| (sum / count as f64, count as f64)).collect()
    }

    /// Means of terms over the numbers of the continuous part.
    pub(super) fn means<const N: usize>(&self, term: impl Fn(f64) -> [f64; N] + Sync) -> [f64; N] {
        let (sums, count) = self.sums(term);
        sums.map(|sum| sum / count)
    }

    /// The number of this rank among those of the continuous part, 0 for the smallest.
    ///
    /// Exact in constant memory: four passes fix 16 bits each of the key whose order is that of the numbers.
    pub(super) fn order_statistic(&self, rank: usize) -> f64 {
        const BITS: u32 = 16;
        let mut rank = rank;
        let mut prefix = 0_u64;
        for pass in 1..=4 {
            let shift = 64 - BITS * pass;
            let count = |mut counts: Vec<usize>, values: &[f64]| {
                for &value in values {
                    if self.skips_zeros && value == 0.0 {
                        continue;
                    }
                    let key = key(value);
                    if pass == 1 || key >> (shift + BITS) == prefix {
                        counts[(key >> shift) as usize & 0xffff] += 1;
                    }
                }
                counts
            };
            let zero = || vec![0_usize; 1 << BITS];
            let add = |mut a: Vec<usize>, b: Vec<usize>| {
                a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                a
            };
            // Counts are integers: the order of their sum does not matter.
            let starts = (0..self.n).into_par_iter().step_by(PIECE * self.stride).with_min_len(64);
            let counts = starts
                .fold(
                    || (zero(), vec![0.0; PIECE.min(self.n)]),
                    |(counts, mut buffer), start| {
                        let values = &mut buffer[..PIECE.min(self.n - start)];
                        self.read(start, values);
                        (count(counts, values), buffer)
                    },
                )
                .map(|(counts, _)| counts)
                .reduce(zero, add);
            let digit = counts.iter().position(|&count| {
                let here = rank < count;
                if !here {
                    rank -= count;
                }
                here
            });
            prefix = prefix << BITS | digit.unwrap_or(0xffff) as u64;
        }
        from_key(prefix)
    }

    /// The p-quantile of the numbers of the continuous part, linear between order statistics: at rank p(n − 1).
    pub(super) fn quantile(&self, p: f64) -> f64 {
        let position = p * (self.n_continuous() - 1) as f64;
        let low = position.floor();
        let lower = self.order_statistic(low as usize);
        if position == low {
            return lower;
        }
        lower + (position - low) * (self.order_statistic(low as usize + 1) - lower)
    }

    /// The numbers from index `start` on, in the units of this sample.
    fn read(&self, start: usize, out: &mut [f64]) {
        self.source.read(start, out);
        if self.factor != 1.0 {
            for value in out {
                *value = scaled(*value, self.factor);
            }
        }
    }

    /// The value of `work` for each piece, in order; pieces are worked on in parallel.
    fn pieces<T: Send>(&self, work: impl Fn(usize, &[f64]) -> T + Sync) -> Vec<T> {
        let read = |buffer: &mut Vec<f64>, start: usize| {
            let values = &mut buffer[..PIECE.min(self.n - start)];
            self.read(start, values);
            work(start, values)
        };
        let buffer = || vec![0.0; PIECE.min(self.n)];
        let starts: Vec<usize> = (0..self.n).step_by(PIECE * self.stride).collect();
        if starts.len() < 4 {
            let mut buffer = buffer();
            return starts.into_iter().map(|start| read(&mut buffer, start)).collect();
        }
        starts.into_par_iter().map_init(buffer, read).collect()
    }
}

/// Numbers whose largest magnitude is between `2^−LIMIT` and `2^LIMIT` are computed with as they are.
const LIMIT: i32 = 256;

/// The power of two that brings `largest`, a magnitude that is not zero, into these limits; 1 where it is inside.
pub(super) fn power_of_two_towards_one(largest: f64) -> f64 {
    // Subnormal numbers have no exponent of their own.
    let (normal, shift) = if largest < f64::MIN_POSITIVE { (largest * 2f64.powi(100), 100) } else { (largest, 0) };
    let exponent = ((normal.to_bits() >> 52) & 0x7ff) as i32 - 1023 - shift;
    2f64.powi(exponent.clamp(-LIMIT, LIMIT) - exponent)
}

/// `value · factor`, where what would vanish stays apart from the zeros.
fn scaled(value: f64, factor: f64) -> f64 {
    let product = value * factor;
    if product == 0.0 && value != 0.0 { f64::from_bits(1).copysign(value) } else { product }
}

/// Bits whose order is that of the numbers.
pub(super) fn key(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn from_key(key: u64) -> f64 {
    f64::from_bits(if key >> 63 == 1 { key & !(1 << 63) } else { !key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_statistics_are_those_of_the_sorted_numbers() {
        let values: Vec<f64> = (0..20_011_u32).map(|i| f64::from(i.wrapping_mul(2_654_435_761)) - 2e9).collect();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let sample = Sample::new(&values).unwrap();
        for rank in [0, 1, 7, 10_005, 20_010] {
            assert_eq!(sample.order_statistic(rank), sorted[rank]);
        }
        assert_eq!(sample.quantile(0.5), sorted[10_005]);
        assert_eq!(Sample::new(&vec![1.0_f32, 2.0, 0.0, 4.0]).unwrap().quantile(0.75), 3.0);
    }

    #[test]
    fn picked_numbers_are_those_at_their_places() {
        // Whole pieces of zeros are between the others.
        let values: Vec<f64> = (0..5 * PIECE)
            .map(|i| if (PIECE..3 * PIECE).contains(&i) || i % 3 == 0 { 0.0 } else { i as f64 })
            .collect();
        let sample = Sample::new(&values).unwrap();
        let all = sample.to_vec();
        let places = [0, all.len() - 1, 17, all.len() / 3, all.len() / 2, 5461, 5462];
        assert_eq!(sample.pick(&places), places.map(|place| all[place]));
    }

    #[test]
    fn extremes_are_brought_into_the_limits_by_powers_of_two() {
        for (largest, factor) in
            [(1.0, 1.0), (1e77, 1.0), (2f64.powi(1023), 2f64.powi(-767)), (f64::from_bits(1), 2f64.powi(818))]
        {
            assert_eq!(power_of_two_towards_one(largest), factor, "{largest:e}");
        }
        let values = vec![-3e300, f64::MIN_POSITIVE, 0.0, 2e299];
        let (sample, factor) = Sample::new(&values).unwrap().normalized();
        assert_eq!((sample.n_zero(), sample.range()), (1, (-3e300 * factor, 2e299 * factor)));
        assert_eq!(sample.to_vec()[1], f64::from_bits(1), "it is not among the zeros");
    }

    #[test]
    fn zeros_are_left_out_unless_they_are_values() {
        let values = vec![0.0, 1.0, -0.0, 3.0];
        let sample = Sample::new(&values).unwrap();
        assert_eq!((sample.n_zero(), sample.n_continuous(), sample.range()), (2, 2, (1.0, 3.0)));
        assert_eq!(sample.means(|x| [x]), [2.0]);
        let with_zeros = sample.with_zeros_as_values();
        assert_eq!((with_zeros.n_zero(), with_zeros.range(), with_zeros.means(|x| [x])), (0, (0.0, 3.0), [1.0]));
    }
}
