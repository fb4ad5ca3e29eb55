//! Messages read back from bytes, whatever these are.

use super::code::{index_width, level_width, magnitude_width, rice_parameter, width};
use super::error::DecodeError;
use super::kind::{
    BLOCKS, DENSE, DENSE_SIGNS, EMBEDDED, FURTHER_BITS, KIND_BITS, LEVELS, MAX_DEPTH, POWERS, SPARSE, SPARSE_SIGNS,
    TAG_BITS,
};
use super::wire::{CHOICES, Encoding, Wire};
use crate::compressor::message::{Message, Spacing};
use crate::compressor::precision::Precision;

/// The message of dimension `dim` that these bytes hold; never panics, whatever they are.
///
/// # Errors
/// The bytes are not a message of this dimension on this wire.
pub fn decode(bytes: &[u8], dim: usize, wire: Wire) -> Result<Message, DecodeError> {
    if wire.encoding == Encoding::EntropyLimit {
        return Err(DecodeError::NoBytes);
    }
    let mut reader = Reader { bytes, position: 0 };
    let message = read_message(&mut reader, dim, wire, 0)?;
    let bits = reader.left();
    if bits >= 8 || reader.read(bits as u32)? != 0 {
        return Err(DecodeError::Trailing { bits });
    }
    Ok(message)
}

fn read_message(reader: &mut Reader<'_>, dim: usize, wire: Wire, depth: usize) -> Result<Message, DecodeError> {
    match reader.read(KIND_BITS)? {
        DENSE => reader.values(dim, wire.values).map(Message::Dense),
        SPARSE => {
            let indices = read_positions(reader, dim, wire)?;
            let values = reader.values(indices.len(), wire.values)?;
            Ok(Message::Sparse { dim, indices, values })
        }
        SPARSE_SIGNS => {
            let indices = read_positions(reader, dim, wire)?;
            let scale = reader.value(wire.values)?;
            let negative = indices.iter().map(|_| Ok(reader.read(1)? == 1)).collect::<Result<_, _>>()?;
            Ok(Message::SparseSigns { dim, scale, indices, negative })
        }
        _ => read_further(reader, dim, wire, depth),
    }
}

fn read_further(reader: &mut Reader<'_>, dim: usize, wire: Wire, depth: usize) -> Result<Message, DecodeError> {
    match reader.read(FURTHER_BITS)? {
        DENSE_SIGNS => {
            let scale = reader.value(wire.values)?;
            reader.require(dim as u64)?;
            let negative = (0..dim).map(|_| Ok(reader.read(1)? == 1)).collect::<Result<_, _>>()?;
            Ok(Message::Signs { scale, negative })
        }
        LEVELS => read_levels(reader, dim, wire),
        POWERS => {
            let scale = if reader.read(1)? == 1 { reader.value(wire.values)? } else { 1.0 };
            let n_bits = wire.values.exponent_bits();
            reader.require((dim as u64).saturating_mul(u64::from(1 + n_bits)))?;
            let power = |_| {
                let sign = if reader.read(1)? == 1 { -1 } else { 1 };
                Ok(sign * wire.values.power(reader.read(n_bits)? as i16))
            };
            Ok(Message::Powers { scale, powers: (0..dim).map(power).collect::<Result<_, _>>()? })
        }
        BLOCKS | EMBEDDED if depth == MAX_DEPTH => Err(DecodeError::Nesting),
        EMBEDDED => {
            let indices = read_positions(reader, dim, wire)?;
            let values = Box::new(read_message(reader, indices.len(), wire, depth + 1)?);
            Ok(Message::Embedded { dim, indices, values })
        }
        BLOCKS => {
            let n_blocks = reader.delta()? - 1;
            let mut blocks = Vec::new();
            let mut found = 0u64;
            for _ in 0..n_blocks {
                let block_dim = reader.delta()? - 1;
                found = found.saturating_add(block_dim);
                if found > dim as u64 {
                    return Err(DecodeError::Blocks { found, dim });
                }
                blocks.push(read_message(reader, block_dim as usize, wire, depth + 1)?);
            }
            if found == dim as u64 { Ok(Message::Blocks(blocks)) } else { Err(DecodeError::Blocks { found, dim }) }
        }
        kind => Err(DecodeError::Kind { kind }),
    }
}

fn read_levels(reader: &mut Reader<'_>, dim: usize, wire: Wire) -> Result<Message, DecodeError> {
    let scale = reader.value(wire.values)?;
    let number = reader.delta()?;
    let spacing = if reader.read(1)? == 1 { Spacing::Powers } else { Spacing::Linear };
    if number > u64::from(spacing.most_levels()) {
        return Err(DecodeError::Levels { n_levels: number });
    }
    let n_levels = number as u32;
    let encoding = read_encoding(reader, wire)?;
    if encoding == Encoding::Raw {
        let width = level_width(n_levels);
        reader.require((dim as u64).saturating_mul(u64::from(width)))?;
        let level = |_| match reader.read(width)? {
            level if level > 2 * number => Err(DecodeError::Level { level, n_levels }),
            level => Ok((level.cast_signed() - i64::from(n_levels)) as i32),
        };
        let levels = (0..dim).map(level).collect::<Result<_, _>>()?;
        return Ok(Message::Levels { scale, n_levels, spacing, levels });
    }
    let n_entries = read_count(reader, dim)?;
    let indices = read_indices(reader, n_entries, dim, encoding)?;
    let mut levels = vec![0; dim];
    for index in indices {
        let sign = if reader.read(1)? == 1 { -1 } else { 1 };
        let level = match encoding {
            Encoding::EliasDelta => reader.delta()?,
            Encoding::EliasOmega => reader.omega()?,
            Encoding::EliasGamma | Encoding::GolombRice => reader.gamma()?,
            _ => reader.read(magnitude_width(n_levels))? + 1,
        };
        if level > number {
            return Err(DecodeError::Level { level, n_levels });
        }
        levels[index as usize] = sign * level as i32;
    }
    Ok(Message::Levels { scale, n_levels, spacing, levels })
}

fn read_positions(reader: &mut Reader<'_>, dim: usize, wire: Wire) -> Result<Vec<u32>, DecodeError> {
    let n_entries = read_count(reader, dim)?;
    let encoding = read_encoding(reader, wire)?;
    read_indices(reader, n_entries, dim, encoding)
}

fn read_count(reader: &mut Reader<'_>, dim: usize) -> Result<u64, DecodeError> {
    let n_entries = reader.read(width(dim as u64))?;
    // Each entry takes at least one bit after its position, so the bits that are left bound the allocation.
    if n_entries > dim as u64 {
        return Err(DecodeError::Entries { n_entries, dim });
    }
    reader.require(n_entries)?;
    Ok(n_entries)
}

/// The encoding of the wire, or the one that the header names.
fn read_encoding(reader: &mut Reader<'_>, wire: Wire) -> Result<Encoding, DecodeError> {
    if wire.encoding != Encoding::Smallest {
        return Ok(wire.encoding);
    }
    let tag = reader.read(TAG_BITS)?;
    CHOICES.get(tag as usize).copied().ok_or(DecodeError::Tag { tag })
}

fn read_indices(
    reader: &mut Reader<'_>,
    n_entries: u64,
    dim: usize,
    encoding: Encoding,
) -> Result<Vec<u32>, DecodeError> {
    let mut indices = Vec::with_capacity(n_entries as usize);
    if encoding == Encoding::Bitmap {
        let mut left = dim as u64;
        while left > 0 {
            let step = left.min(64) as u32;
            let mut word = reader.read(step)?;
            while word != 0 {
                indices.push((dim as u64 - left) as u32 + word.trailing_zeros());
                word &= word - 1;
            }
            left -= u64::from(step);
        }
        if indices.len() as u64 != n_entries {
            return Err(DecodeError::Entries { n_entries, dim });
        }
        return Ok(indices);
    }
    let r = rice_parameter(dim, n_entries as usize);
    let mut next = 0u64;
    for _ in 0..n_entries {
        let index = match encoding {
            Encoding::EliasGamma => reader.gamma()?.saturating_add(next) - 1,
            Encoding::EliasDelta => reader.delta()?.saturating_add(next) - 1,
            Encoding::EliasOmega => reader.omega()?.saturating_add(next) - 1,
            Encoding::GolombRice => {
                let quotient = reader.unary()?;
                next.saturating_add(quotient << r | reader.read(r)?)
            }
            _ => reader.read(index_width(dim))?,
        };
        if index < next || index >= dim as u64 {
            return Err(DecodeError::Index { index, dim });
        }
        indices.push(index as u32);
        next = index + 1;
    }
    Ok(indices)
}

/// Takes bits off the front.
struct Reader<'a> {
    bytes: &'a [u8],
    /// In bits.
    position: u64,
}

impl Reader<'_> {
    fn left(&self) -> u64 {
        8 * self.bytes.len() as u64 - self.position
    }

    /// Refuses to continue where fewer than `n_bits` bits are left.
    fn require(&self, n_bits: u64) -> Result<(), DecodeError> {
        if n_bits > self.left() { Err(self.truncated()) } else { Ok(()) }
    }

    fn truncated(&self) -> DecodeError {
        DecodeError::Truncated { bits: 8 * self.bytes.len() as u64 }
    }

    /// Reads a number of `n_bits` bits, n_bits ≤ 64.
    fn read(&mut self, n_bits: u32) -> Result<u64, DecodeError> {
        if u64::from(n_bits) > self.left() {
            return Err(self.truncated());
        }
        let first = (self.position / 8) as usize;
        let offset = (self.position % 8) as u32;
        let n_bytes = (offset + n_bits).div_ceil(8) as usize;
        let mut window = [0; 16];
        window[..n_bytes].copy_from_slice(&self.bytes[first..first + n_bytes]);
        self.position += u64::from(n_bits);
        Ok(((u128::from_le_bytes(window) >> offset) & ((1 << n_bits) - 1)) as u64)
    }

    /// Reads zeros and the one after them; returns the number of zeros.
    fn unary(&mut self) -> Result<u64, DecodeError> {
        let mut zeros = 0;
        loop {
            let step = self.left().min(64) as u32;
            if step == 0 {
                return Err(self.truncated());
            }
            let start = self.position;
            let found = self.read(step)?.trailing_zeros();
            if found < step {
                self.position = start + u64::from(found) + 1;
                return Ok(zeros + u64::from(found));
            }
            zeros += u64::from(step);
        }
    }

    fn gamma(&mut self) -> Result<u64, DecodeError> {
        let length = self.unary()?;
        self.below_one(length)
    }

    fn delta(&mut self) -> Result<u64, DecodeError> {
        let length = self.gamma()? - 1;
        self.below_one(length)
    }

    fn omega(&mut self) -> Result<u64, DecodeError> {
        let mut number = 1;
        while self.read(1)? == 1 {
            number = self.below_one(number)?;
        }
        Ok(number)
    }

    /// A one followed by the next `length` bits; no writer writes numbers of more than 63 bits.
    fn below_one(&mut self, length: u64) -> Result<u64, DecodeError> {
        if length > 62 {
            return Err(self.truncated());
        }
        Ok(1 << length | self.read(length as u32)?)
    }

    fn value(&mut self, precision: Precision) -> Result<f64, DecodeError> {
        Ok(precision.number(self.read(precision.bits())?))
    }

    fn values(&mut self, n: usize, precision: Precision) -> Result<Vec<f64>, DecodeError> {
        if n as u64 > self.left() / u64::from(precision.bits()) {
            return Err(self.truncated());
        }
        (0..n).map(|_| self.value(precision)).collect()
    }
}
