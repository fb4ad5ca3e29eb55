//! Floating-point numbers as bytes, widened to `f64` without rounding.

/// The most values that a visitor is given at once.
pub const CHUNK: usize = 1 << 14;

/// How an element is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dtype {
    /// IEEE 754 binary16: 5 bits of exponent, 10 of fraction.
    F16,
    /// The upper half of a binary32: 8 bits of exponent, 7 of fraction.
    Bf16,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary64.
    F64,
}

impl Dtype {
    /// Bytes per element.
    #[must_use]
    pub fn n_bytes(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

impl std::fmt::Display for Dtype {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::F32 => "f32",
            Self::F64 => "f64",
        })
    }
}

/// The shape in memory and the bytes of its values; `None` where they cannot be counted.
pub(super) fn sizes(shape: &[u64], dtype: Dtype) -> Option<(Vec<usize>, u64)> {
    let sizes: Vec<usize> = shape.iter().map(|&size| usize::try_from(size).ok()).collect::<Option<_>>()?;
    if sizes.contains(&0) {
        return Some((sizes, 0));
    }
    let n_bytes = shape.iter().try_fold(dtype.n_bytes() as u64, |product, &size| product.checked_mul(size))?;
    Some((sizes, n_bytes))
}

/// The element type and the order of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Encoding {
    pub(super) dtype: Dtype,
    pub(super) big_endian: bool,
}

impl Encoding {
    pub(super) fn little_endian(dtype: Dtype) -> Self {
        Self { dtype, big_endian: false }
    }

    /// Writes the numbers of `bytes`, as many as `out` holds.
    pub(super) fn decode_into(self, bytes: &[u8], out: &mut [f64]) {
        match (self.dtype, self.big_endian) {
            (Dtype::F16, false) => widen(bytes, out, |b| f16(u16::from_le_bytes(b))),
            (Dtype::F16, true) => widen(bytes, out, |b| f16(u16::from_be_bytes(b))),
            (Dtype::Bf16, false) => widen(bytes, out, |b| bf16(u16::from_le_bytes(b))),
            (Dtype::Bf16, true) => widen(bytes, out, |b| bf16(u16::from_be_bytes(b))),
            (Dtype::F32, false) => widen(bytes, out, |b| f64::from(f32::from_le_bytes(b))),
            (Dtype::F32, true) => widen(bytes, out, |b| f64::from(f32::from_be_bytes(b))),
            (Dtype::F64, false) => widen(bytes, out, f64::from_le_bytes),
            (Dtype::F64, true) => widen(bytes, out, f64::from_be_bytes),
        }
    }
}

#[inline]
fn widen<const N: usize>(bytes: &[u8], out: &mut [f64], number: impl Fn([u8; N]) -> f64) {
    for (out, &element) in out.iter_mut().zip(bytes.as_chunks::<N>().0) {
        *out = number(element);
    }
}

/// A binary16 moved into the fields of a binary32 is too small by 2¹¹², subnormal numbers included; its infinities and
/// NaN need the largest exponent put back.
#[inline]
fn f16(bits: u16) -> f64 {
    const TWO_TO_112: f64 = (1u128 << 112) as f64;
    let moved = u32::from(bits & 0x7fff) << 13;
    let magnitude = if bits & 0x7c00 == 0x7c00 {
        f64::from(f32::from_bits(moved | 0x7f80_0000))
    } else {
        f64::from(f32::from_bits(moved)) * TWO_TO_112
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

#[inline]
fn bf16(bits: u16) -> f64 {
    f64::from(f32::from_bits(u32::from(bits) << 16))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition: sign, exponent and fraction as fields of given widths.
    fn by_definition(bits: u16, n_exponent: u32, n_fraction: u32) -> f64 {
        let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
        let largest = (1 << n_exponent) - 1;
        let exponent = i32::from(bits >> n_fraction) & largest;
        let fraction = f64::from(bits & ((1 << n_fraction) - 1)) / f64::from(1 << n_fraction);
        let bias = largest / 2;
        match exponent {
            0 => sign * fraction * 2f64.powi(1 - bias),
            e if e == largest && fraction == 0.0 => sign * f64::INFINITY,
            e if e == largest => f64::NAN,
            e => sign * (1.0 + fraction) * 2f64.powi(e - bias),
        }
    }

    #[test]
    fn all_half_precision_numbers_equal_their_definition() {
        for bits in 0..=u16::MAX {
            for (ours, exact) in [(f16(bits), by_definition(bits, 5, 10)), (bf16(bits), by_definition(bits, 8, 7))] {
                assert!(ours.to_bits() == exact.to_bits() || (ours.is_nan() && exact.is_nan()), "{bits:#06x}: {ours}");
            }
        }
    }

    #[test]
    fn the_order_of_the_bytes_is_kept() {
        let number = -1.5f32;
        for (big_endian, bytes) in [(false, number.to_le_bytes()), (true, number.to_be_bytes())] {
            let mut out = [0.0; 2];
            Encoding { dtype: Dtype::F32, big_endian }.decode_into(&[bytes, bytes].concat(), &mut out);
            assert_eq!(out, [-1.5, -1.5]);
        }
    }
}
