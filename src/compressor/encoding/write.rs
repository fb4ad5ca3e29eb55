//! The grammar of messages, written into any [`Sink`].

use super::code::{gaps, index_width, level_width, log2_binomial, magnitude_width, rice_parameter, width};
use super::kind::{
    BLOCKS, DENSE, DENSE_SIGNS, EMBEDDED, FURTHER, FURTHER_BITS, KIND_BITS, LEVELS, POWERS, SPARSE, SPARSE_SIGNS,
    TAG_BITS,
};
use super::sink::{Count, Sink};
use super::wire::{CHOICES, Encoding, Wire};
use crate::compressor::message::{Message, Spacing};
use crate::compressor::precision::Precision;

/// Writes a message. For the entropy limit only the count means something.
pub(super) fn message<S: Sink>(sink: &mut S, message: &Message, wire: Wire) {
    match message {
        Message::Dense(entries) => {
            sink.put(DENSE, KIND_BITS);
            values(sink, entries, wire.values);
        }
        Message::Sparse { dim, indices, values: entries } => {
            sink.put(SPARSE, KIND_BITS);
            positions(sink, indices, *dim, wire.encoding);
            values(sink, entries, wire.values);
        }
        Message::SparseSigns { dim, scale, indices, negative } => {
            sink.put(SPARSE_SIGNS, KIND_BITS);
            positions(sink, indices, *dim, wire.encoding);
            value(sink, *scale, wire.values);
            signs(sink, negative);
        }
        Message::Blocks(blocks) => {
            further(sink, BLOCKS);
            sink.delta(blocks.len() as u64 + 1);
            for block in blocks {
                sink.delta(block.dim() as u64 + 1);
                self::message(sink, block, wire);
            }
        }
        Message::Embedded { dim, indices, values } => {
            further(sink, EMBEDDED);
            positions(sink, indices, *dim, wire.encoding);
            self::message(sink, values, wire);
        }
        Message::Signs { scale, negative } => {
            further(sink, DENSE_SIGNS);
            value(sink, *scale, wire.values);
            signs(sink, negative);
        }
        Message::Levels { scale, n_levels, spacing, levels } => {
            further(sink, LEVELS);
            value(sink, *scale, wire.values);
            sink.delta(u64::from(*n_levels));
            sink.put(u64::from(*spacing == Spacing::Powers), 1);
            chosen(sink, wire.encoding, &Ladder { levels, n_levels: *n_levels });
        }
        Message::Powers { scale, powers } => {
            further(sink, POWERS);
            sink.put(u64::from(*scale != 1.0), 1);
            if *scale != 1.0 {
                value(sink, *scale, wire.values);
            }
            let n_bits = wire.values.exponent_bits();
            sink.stretch(powers.len() as u64 * u64::from(1 + n_bits), |bytes| {
                for &power in powers {
                    let field = wire.values.exponent_field(power);
                    bytes.put(u64::from(power < 0 && field != 0), 1);
                    bytes.put(u64::from(field.unsigned_abs()), n_bits);
                }
            });
        }
    }
}

/// A kind that is numbered in more bits.
fn further<S: Sink>(sink: &mut S, kind: u64) {
    sink.put(FURTHER, KIND_BITS);
    sink.put(kind, FURTHER_BITS);
}

fn value<S: Sink>(sink: &mut S, value: f64, precision: Precision) {
    sink.put(precision.bits_of(value), precision.bits());
}

fn values<S: Sink>(sink: &mut S, values: &[f64], precision: Precision) {
    sink.stretch(values.len() as u64 * u64::from(precision.bits()), |bytes| {
        for &entry in values {
            value(bytes, entry, precision);
        }
    });
}

fn signs<S: Sink>(sink: &mut S, negative: &[bool]) {
    sink.stretch(negative.len() as u64, |bytes| {
        for &negative in negative {
            bytes.put(u64::from(negative), 1);
        }
    });
}

fn positions<S: Sink>(sink: &mut S, indices: &[u32], dim: usize, encoding: Encoding) {
    sink.put(indices.len() as u64, width(dim as u64));
    chosen(sink, encoding, &Positions { indices, dim });
}

/// What is written in the encoding of the wire.
trait Encoded {
    fn write<S: Sink>(&self, sink: &mut S, encoding: Encoding);
}

/// Writes in the encoding of the wire, or in the shortest one, named before.
fn chosen<S: Sink>(sink: &mut S, encoding: Encoding, encoded: &impl Encoded) {
    if encoding != Encoding::Smallest {
        return encoded.write(sink, encoding);
    }
    let (choice, n_bits) = shortest(encoded);
    sink.put(choice as u64, TAG_BITS);
    sink.stretch(n_bits, |bytes| encoded.write(bytes, CHOICES[choice]));
}

/// The place in [`CHOICES`] of the shortest encoding, and its bits; the first among equals.
fn shortest(encoded: &impl Encoded) -> (usize, u64) {
    let lengths = CHOICES.iter().map(|&encoding| n_bits(encoded, encoding));
    lengths.enumerate().min_by_key(|&(_, n_bits)| n_bits).unwrap_or((0, 0))
}

fn n_bits(encoded: &impl Encoded, encoding: Encoding) -> u64 {
    let mut count = Count::default();
    encoded.write(&mut count, encoding);
    count.0
}

/// Ascending indices below d; both sides know their number.
struct Positions<'a> {
    indices: &'a [u32],
    dim: usize,
}

impl Encoded for Positions<'_> {
    #[inline]
    fn write<S: Sink>(&self, sink: &mut S, encoding: Encoding) {
        indices(sink, self.indices.iter().copied(), self.indices.len(), self.dim, encoding);
    }
}

fn indices<S: Sink>(sink: &mut S, indices: impl Iterator<Item = u32>, n: usize, dim: usize, encoding: Encoding) {
    match encoding {
        Encoding::Raw | Encoding::Smallest => {
            let width = index_width(dim);
            sink.stretch(n as u64 * u64::from(width), |bytes| {
                indices.for_each(|index| bytes.put(u64::from(index), width));
            });
        }
        Encoding::Bitmap => sink.stretch(dim as u64, |bytes| {
            let mut next = 0;
            for index in indices {
                bytes.zeros(u64::from(index) - next);
                bytes.put(1, 1);
                next = u64::from(index) + 1;
            }
            bytes.zeros(dim as u64 - next);
        }),
        Encoding::EliasGamma => gaps(indices).for_each(|gap| sink.gamma(gap)),
        Encoding::EliasDelta => gaps(indices).for_each(|gap| sink.delta(gap)),
        Encoding::EliasOmega => gaps(indices).for_each(|gap| sink.omega(gap)),
        Encoding::GolombRice => {
            let r = rice_parameter(dim, n);
            for gap in gaps(indices) {
                sink.zeros((gap - 1) >> r);
                sink.put(1, 1);
                sink.put((gap - 1) & ((1 << r) - 1), r);
            }
        }
        Encoding::EntropyLimit => limit(sink, log2_binomial(dim as u64, n as u64)),
    }
}

/// The levels of a quantizer with s of them, in −s..=s.
struct Ladder<'a> {
    levels: &'a [i32],
    n_levels: u32,
}

impl Ladder<'_> {
    /// The levels that are not zero, with their coordinates.
    fn nonzero(&self) -> impl Iterator<Item = (u32, i32)> + '_ {
        (0..).zip(self.levels.iter().copied()).filter(|(_, level)| *level != 0)
    }

    /// Signs and magnitudes of the levels that are not zero.
    fn magnitudes<S: Sink>(&self, sink: &mut S, code: impl Fn(&mut S, u64)) {
        for (_, level) in self.nonzero() {
            sink.put(u64::from(level < 0), 1);
            code(sink, u64::from(level.unsigned_abs()));
        }
    }
}

impl Encoded for Ladder<'_> {
    fn write<S: Sink>(&self, sink: &mut S, encoding: Encoding) {
        let Self { levels, n_levels } = *self;
        if encoding == Encoding::Raw {
            let width = level_width(n_levels);
            return sink.stretch(levels.len() as u64 * u64::from(width), |bytes| {
                for &level in levels {
                    bytes.put((i64::from(level) + i64::from(n_levels)) as u64, width);
                }
            });
        }
        let n = levels.iter().filter(|level| **level != 0).count();
        sink.put(n as u64, width(levels.len() as u64));
        indices(sink, self.nonzero().map(|(j, _)| j), n, levels.len(), encoding);
        match encoding {
            Encoding::EliasDelta => self.magnitudes(sink, S::delta),
            Encoding::EliasOmega => self.magnitudes(sink, S::omega),
            Encoding::EliasGamma | Encoding::GolombRice => self.magnitudes(sink, S::gamma),
            Encoding::EntropyLimit => {
                sink.stretch(n as u64, |_| unreachable!("{NO_BYTES}"));
                limit(sink, n as f64 * f64::from(n_levels).log2());
            }
            _ => {
                let width = magnitude_width(n_levels);
                sink.stretch(n as u64 * u64::from(1 + width), |bytes| {
                    self.magnitudes(bytes, |bytes, magnitude| bytes.put(magnitude - 1, width));
                });
            }
        }
    }
}

const NO_BYTES: &str = "`encode` refuses the entropy limit, which has no bytes";

/// Bits that no code undercuts, rounded up.
fn limit<S: Sink>(sink: &mut S, n_bits: f64) {
    sink.stretch(n_bits.ceil() as u64, |_| unreachable!("{NO_BYTES}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golomb_rice_stays_near_the_entropy_limit_for_random_positions() {
        use crate::random::{Purpose, Streams};
        use rand::RngExt as _;
        let mut stream = Streams::new(3).stream(Purpose::Generation, 0, 0);
        for density in [0.001, 0.01, 0.1] {
            let dim = 200_000;
            let indices: Vec<u32> = (0..dim as u32).filter(|_| stream.random::<f64>() < density).collect();
            let positions = Positions { indices: &indices, dim };
            let limit = n_bits(&positions, Encoding::EntropyLimit) as f64;
            let rice = n_bits(&positions, Encoding::GolombRice) as f64;
            // The redundancy of Rice codes of geometric gaps is below 0.05 bits per bit, fluctuation included.
            assert!(limit * 0.97 < rice && rice < 1.06 * limit, "density {density}: {rice} against {limit}");
        }
    }
}
