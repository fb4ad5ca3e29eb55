//! How a message becomes bytes, and how many bits that takes.
//!
//! The encoded message is a string of bits, the first in the lowest bit of the first byte, padded with zeros to
//! whole bytes. It describes itself, except for what both sides know anyway: d and the [`Wire`]. It does not know links,
//! packets or time.
//!
//! ```text
//! message      = kind (2 bits; those after sparse-signs 5) body
//! dense        = d values
//! sparse       = n positions, n values                n in ⌈log₂(d + 1)⌉ bits
//! sparse-signs = n positions, scale, n sign bits
//! blocks       = number of blocks, then for each: its dimension, its message     numbers in Elias δ of 1 + number
//! embedded     = n positions, a message of dimension n
//! signs        = scale, d sign bits
//! levels       = scale, s in Elias δ, spacing (1 bit), [encoding, 3 bits, only for `smallest`] d levels
//! powers       = whether the factor is not 1 (1 bit), [factor], d times sign (1 bit) and exponent (8 or 11 bits)
//! positions    = n, [encoding, 3 bits, only for `smallest`] n indices
//! ```
//!
//! A value takes 32 or 64 bits; the exponent of a power of two has the bits and the place of the exponent in such a
//! value, so that natural compression sends the 9 bits per coordinate of its paper where values are `f32`. Positions
//! of n ascending indices in 0..d:
//!
//! ```text
//! raw           n ⌈log₂ d⌉
//! bitmap        d
//! elias-gamma   Σ γ(g),  γ(g) = 2⌊log₂ g⌋ + 1           g: gaps to the index before, the first to −1; g ≥ 1
//! elias-delta   Σ δ(g),  δ(g) = ⌊log₂ g⌋ + γ(⌊log₂ g⌋ + 1)
//! elias-omega   Σ ω(g),  ω(1) = 1, ω(g) = ⌊log₂ g⌋ + ω(⌊log₂ g⌋) + 1
//! golomb-rice   Σ ⌊(g − 1)/2ʳ⌋ + 1 + r                  r = ⌊log₂ max(1, 0.69 d/n)⌋, known to both sides
//! entropy-limit ⌈log₂ C(d, n)⌉                          a limit, no bytes
//! ```
//!
//! Levels in −s..=s, n of them not zero, of magnitudes m in 1..=s:
//!
//! ```text
//! raw           d ⌈log₂(2s + 1)⌉                        fixed width
//! others        n in ⌈log₂(d + 1)⌉ bits, n positions as above, n signs, then the magnitudes:
//! bitmap        n ⌈log₂ s⌉
//! elias-γ, δ, ω the same code                           elias-omega is the code of QSGD's Section 3, whose authors call
//!                                                       it recursive; they send the length instead of n
//! golomb-rice   Σ γ(m)
//! entropy-limit ⌈n log₂ s⌉
//! ```
//!
//! Sources: Elias, IEEE Trans. Inf. Theory 21(2), 1975; Rice, JPL 79-22, 1979; alistarh2017qsgd, Section 3 and its
//! appendix.

mod code;
mod error;
mod kind;
mod read;
mod sink;
mod wire;
mod write;

pub use super::precision::Precision;
pub use error::DecodeError;
pub use kind::MAX_DEPTH;
pub use read::decode;
pub use wire::{Encoding, Wire};

use super::Message;
use sink::{Bytes, Count};

/// The bits of the encoded message, `8 · encode(message, wire).len()`, computed without encoding or allocation.
///
/// For the entropy limit the bits are not rounded to bytes.
///
/// ```
/// use gradsieve::compressor::{Message, encoding::{Encoding, Precision, Wire, bits}};
/// let message = Message::Sparse { dim: 1_000, indices: vec![3, 700], values: vec![0.5, -2.0] };
/// let wire = Wire { encoding: Encoding::Raw, values: Precision::F32 };
/// // Kind 2, count 10, two indices of 10, two values of 32: 96 bits are whole bytes already.
/// assert_eq!(bits(&message, wire), 96);
/// ```
#[must_use]
pub fn bits(message: &Message, wire: Wire) -> u64 {
    let mut count = Count::default();
    write::message(&mut count, message, wire);
    let Count(content) = count;
    if wire.encoding == Encoding::EntropyLimit { content } else { content.next_multiple_of(8) }
}

/// The bytes of a message; `None` for the entropy limit, which is not an encoding.
///
/// Numbers are rounded to the wire's precision: send what [`Message::round_to`] left. Messages may hold
/// messages to [`MAX_DEPTH`].
#[must_use]
pub fn encode(message: &Message, wire: Wire) -> Option<Vec<u8>> {
    if wire.encoding == Encoding::EntropyLimit {
        return None;
    }
    let mut bytes = Bytes::with_capacity(bits(message, wire) as usize / 8);
    write::message(&mut bytes, message, wire);
    Some(bytes.finish())
}

#[cfg(test)]
mod tests {
    use super::code::log2_binomial;
    use super::kind::TAG_BITS;
    use super::wire::CHOICES;
    use super::*;
    use crate::compressor::message::Spacing;
    use proptest::prelude::*;

    /// Before they are rounded up to bytes.
    fn content_bits(message: &Message, wire: Wire) -> u64 {
        let mut count = Count::default();
        write::message(&mut count, message, wire);
        count.0
    }

    fn wires() -> impl Iterator<Item = Wire> {
        CHOICES
            .into_iter()
            .chain([Encoding::Smallest])
            .flat_map(|encoding| [Precision::F32, Precision::F64].map(|values| Wire { encoding, values }))
    }

    /// Levels on ladders of any height, most of them near zero as those of a quantizer.
    fn levels() -> impl Strategy<Value = Message> {
        let ladder = prop_oneof![
            (1u32..6, Just(Spacing::Linear)),
            (1..=Spacing::Linear.most_levels(), Just(Spacing::Linear)),
            (1..=Spacing::Powers.most_levels(), Just(Spacing::Powers)),
        ];
        (ladder, 0usize..200, 0.0f64..1e30).prop_flat_map(|((n_levels, spacing), dim, scale)| {
            let s = n_levels.cast_signed();
            let level = prop_oneof![4 => Just(0), 2 => -1..=1, 1 => -s..=s];
            prop::collection::vec(level, dim).prop_map(move |levels| Message::Levels {
                scale,
                n_levels,
                spacing,
                levels,
            })
        })
    }

    /// Messages without messages inside, of dimensions and densities that differ by orders of magnitude.
    fn flat() -> impl Strategy<Value = Message> {
        let positions = (0usize..400, any::<u8>()).prop_flat_map(|(dim, percent)| {
            let keep = prop::collection::vec(any::<u8>().prop_map(move |u| u <= percent), dim);
            keep.prop_map(move |keep| (dim, (0..dim as u32).filter(|&j| keep[j as usize]).collect::<Vec<_>>()))
        });
        let values = |n: usize| prop::collection::vec(-1e30f64..1e30, n);
        prop_oneof![
            (0usize..40).prop_flat_map(values).prop_map(Message::Dense),
            levels(),
            (0.0f64..1e30, prop::collection::vec(any::<bool>(), 0..100))
                .prop_map(|(scale, negative)| Message::Signs { scale, negative }),
            (prop_oneof![Just(1.0), 1e-3f64..1e3], prop::collection::vec(-2047i16..=2047, 0..60))
                .prop_map(|(scale, powers)| Message::Powers { scale, powers }),
            positions.clone().prop_flat_map(move |(dim, indices)| {
                values(indices.len()).prop_map(move |values| Message::Sparse { dim, indices: indices.clone(), values })
            }),
            (positions, 0.0f64..1e30).prop_flat_map(|((dim, indices), scale)| {
                prop::collection::vec(any::<bool>(), indices.len()).prop_map(move |negative| Message::SparseSigns {
                    dim,
                    scale,
                    indices: indices.clone(),
                    negative,
                })
            }),
        ]
    }

    fn any_message() -> impl Strategy<Value = Message> {
        flat().prop_recursive(3, 20, 4, |inner| {
            let embedded = (inner.clone(), 0usize..100, any::<u64>()).prop_map(|(values, more, seed)| {
                // Every (more/n)-th coordinate of a longer vector, from a random one.
                let n = values.dim();
                let dim = n + more;
                let first = if n == 0 { 0 } else { seed % (more as u64 / n as u64 + 1) };
                let indices = (0..n).map(|i| (i * dim / n.max(1)) as u32 + first as u32).collect();
                Message::Embedded { dim, indices, values: Box::new(values) }
            });
            prop_oneof![prop::collection::vec(inner, 0..4).prop_map(Message::Blocks), embedded]
        })
    }

    proptest! {
        #[test]
        fn what_is_decoded_is_what_was_sent_and_bits_are_those_of_the_bytes(message in any_message()) {
            for wire in wires() {
                let mut message = message.clone();
                message.round_to(wire.values);
                let bytes = encode(&message, wire).unwrap();
                prop_assert_eq!(bits(&message, wire), 8 * bytes.len() as u64);
                prop_assert_eq!(decode(&bytes, message.dim(), wire), Ok(message));
            }
        }

        #[test]
        fn the_smallest_encoding_is_within_its_tag_of_the_best(message in flat()) {
            let of = |encoding| content_bits(&message, Wire { encoding, values: Precision::F32 });
            let best = CHOICES.into_iter().map(of).min().unwrap();
            let is_fixed = matches!(message, Message::Dense(_) | Message::Signs { .. } | Message::Powers { .. });
            let tag = if is_fixed { 0 } else { u64::from(TAG_BITS) };
            prop_assert_eq!(of(Encoding::Smallest), best + tag);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), dim in 0usize..3000) {
            for wire in wires() {
                if let Ok(message) = decode(&bytes, dim, wire) {
                    // What is accepted is a message of this dimension, and one that can be sent.
                    prop_assert_eq!(message.dim(), dim);
                    prop_assert!(bits(&message, wire) > 0);
                }
            }
        }

        #[test]
        fn a_message_with_a_flipped_bit_or_a_lost_byte_never_panics(
            message in any_message(),
            at in any::<prop::sample::Index>(),
        ) {
            for wire in wires() {
                let mut bytes = encode(&message, wire).unwrap();
                let place = at.index(8 * bytes.len());
                bytes[place / 8] ^= 1 << (place % 8);
                let flipped = decode(&bytes, message.dim(), wire);
                if let Ok(flipped) = flipped {
                    prop_assert_eq!(flipped.dim(), message.dim());
                }
                bytes[place / 8] ^= 1 << (place % 8);
                bytes.pop();
                prop_assert!(decode(&bytes, message.dim(), wire).is_err());
            }
        }
    }

    #[test]
    fn raw_bits_are_those_of_the_paper_and_the_header() {
        // d = 47,236 of RCV1: indices of 16 bits, counts of 16; T (⌈log₂ d⌉ + 32) + 2 + 16, rounded up to bytes.
        let message = Message::Sparse { dim: 47_236, indices: vec![1, 70, 47_235], values: vec![1.0; 3] };
        let wire = Wire { encoding: Encoding::Raw, values: Precision::F32 };
        assert_eq!(bits(&message, wire), (3 * (16 + 32) + 2 + 16u64).next_multiple_of(8));
        assert_eq!(encode(&message, wire).unwrap().len() as u64 * 8, bits(&message, wire));
        let dense = Message::Dense(vec![0.5; 10]);
        assert_eq!(bits(&dense, wire), (2 + 320u64).next_multiple_of(8));
    }

    #[test]
    fn quantized_messages_take_the_bits_that_their_papers_count() {
        let wire = |encoding| Wire { encoding, values: Precision::F32 };
        // Kind 5, norm 32, s = 4 in δ 5, spacing 1.
        let header = 5 + 32 + 5 + 1;
        let mut levels = vec![0; 1000];
        (levels[2], levels[9], levels[999]) = (1, -4, 2);
        let message = Message::Levels { scale: 3.5, n_levels: 4, spacing: Spacing::Linear, levels };
        // ⌈log₂ 9⌉ = 4 bits a level.
        assert_eq!(content_bits(&message, wire(Encoding::Raw)), header + 4000);
        // The gaps 3, 7 and 990, a sign each, and the magnitudes 1, 4, 2; the count in 10 bits.
        let qsgd = (3 + 6 + 17) + 3 + (1 + 6 + 3);
        assert_eq!(content_bits(&message, wire(Encoding::EliasOmega)), header + 10 + qsgd);
        assert_eq!(content_bits(&message, wire(Encoding::Bitmap)), header + 10 + 1000 + 3 + 3 * 2);
        // log₂ C(1000, 3) = 27.3, three signs, three magnitudes of two bits.
        assert_eq!(bits(&message, wire(Encoding::EntropyLimit)), header + 10 + 28 + 3 + 6);
        // Nine bits a coordinate for a power of two, and a factor only where there is one.
        let powers = |scale| Message::Powers { scale, powers: vec![1023; 100] };
        assert_eq!(content_bits(&powers(1.0), wire(Encoding::Raw)), 5 + 1 + 900);
        assert_eq!(content_bits(&powers(0.5), wire(Encoding::Raw)), 5 + 1 + 32 + 900);
        let signs = Message::Signs { scale: 1.0, negative: vec![true; 100] };
        assert_eq!(content_bits(&signs, wire(Encoding::Raw)), 5 + 32 + 100);
        // Five positions of ⌈log₂ 1000⌉ = 10 bits, their count, and the message of dimension 5.
        let inner = Message::Signs { scale: 1.0, negative: vec![false; 5] };
        let embedded = Message::Embedded { dim: 1000, indices: vec![1, 2, 3, 4, 900], values: Box::new(inner) };
        assert_eq!(content_bits(&embedded, wire(Encoding::Raw)), 5 + 10 + 50 + (5 + 32 + 5));
    }

    #[test]
    fn powers_of_two_are_rounded_to_the_range_of_the_wire() {
        let round = |exponent: i32| {
            let mut message = Message::Powers { scale: 1.0, powers: vec![(exponent + 1023) as i16] };
            message.round_to(Precision::F32);
            message.to_dense()[0]
        };
        for exponent in -126..=127 {
            assert_eq!(round(exponent), 2f64.powi(exponent));
        }
        assert_eq!([round(-127), round(128), round(1000)], [0.0, f64::INFINITY, f64::INFINITY]);
    }

    #[test]
    fn ladders_that_do_not_exist_are_refused() {
        let wire = Wire { encoding: Encoding::EliasGamma, values: Precision::F64 };
        let encoded = |n_levels, spacing, level| {
            encode(&Message::Levels { scale: 1.0, n_levels, spacing, levels: vec![level] }, wire).unwrap()
        };
        let decoded = |bytes: Vec<u8>| decode(&bytes, 1, wire);
        assert!(decoded(encoded(1000, Spacing::Powers, -1000)).is_ok());
        assert_eq!(decoded(encoded(1001, Spacing::Powers, 1)), Err(DecodeError::Levels { n_levels: 1001 }));
        assert_eq!(decoded(encoded(3, Spacing::Linear, 5)), Err(DecodeError::Level { level: 5, n_levels: 3 }));
    }

    #[test]
    fn the_entropy_limit_is_the_logarithm_of_the_binomial_and_has_no_bytes() {
        assert_eq!(log2_binomial(4, 1), 2.0);
        assert_eq!(log2_binomial(10, 0), 0.0);
        assert_eq!(log2_binomial(10, 10), 0.0);
        assert!((log2_binomial(10, 3) - 120f64.log2()).abs() < 1e-14);
        // Both branches on one number: C(200, 20) fits 128 bits, and log-gamma is good to 1e-13 of it.
        let exact = log2_binomial(200, 20);
        let ln = |m: f64| statrs::function::gamma::ln_gamma(m + 1.0);
        let gamma = (ln(200.0) - ln(20.0) - ln(180.0)) / std::f64::consts::LN_2;
        assert!((exact / gamma - 1.0).abs() < 1e-13);
        let wire = Wire { encoding: Encoding::EntropyLimit, values: Precision::F32 };
        let message = Message::Sparse { dim: 10, indices: vec![0, 4, 9], values: vec![1.0; 3] };
        // Kind 2, count 4, ⌈log₂ 120⌉ = 7, three values.
        assert_eq!(bits(&message, wire), 2 + 4 + 7 + 96);
        assert_eq!(encode(&message, wire), None);
        assert_eq!(decode(&[0], 10, wire), Err(DecodeError::NoBytes));
    }

    #[test]
    fn messages_nested_too_deep_are_refused() {
        let wire = Wire { encoding: Encoding::Raw, values: Precision::F64 };
        let nest = |depth| (0..depth).fold(Message::Dense(vec![1.0]), |inner, _| Message::Blocks(vec![inner]));
        let encoded = |depth| encode(&nest(depth), wire).unwrap();
        assert_eq!(decode(&encoded(MAX_DEPTH), 1, wire), Ok(nest(MAX_DEPTH)));
        assert_eq!(decode(&encoded(MAX_DEPTH + 1), 1, wire), Err(DecodeError::Nesting));
    }

    #[test]
    fn a_wire_is_read_from_toml() {
        let wire: Wire = toml::from_str("encoding = \"golomb-rice\"\nvalues = \"f32\"").unwrap();
        assert_eq!(wire, Wire { encoding: Encoding::GolombRice, values: Precision::F32 });
        assert!(toml::from_str::<Wire>("encoding = \"raw\"\nvalues = \"f16\"").is_err());
    }
}
