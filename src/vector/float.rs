//! The numbers that vectors hold: `f32` and `f64`.

use std::ops::BitOr;

/// A number of a vector: `f32` or `f64`.
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
    use crate::vector::lanes::Lanes;
    #[cfg(target_arch = "aarch64")]
    use crate::vector::lanes::neon;
    #[cfg(target_arch = "x86_64")]
    use crate::vector::lanes::x86;

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
