//! The passes of updates and of the selection, each for AVX-512, for AVX2, for NEON and in portable code.
//!
//! They compare, copy, and add products that are rounded before the sum; no sum runs over entries. So every level
//! gives the same bits, and the tests hold all levels of the machine to one another.

use super::addition::Addition;
use super::entries::{EntriesMut, EntriesRef, Limits};
use super::float::Float;
use super::level::{Instructions, Level};
use std::ops::Range;

#[expect(clippy::inline_always, reason = "a body takes over the instructions of the function that it is inlined in")]
mod portable;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[expect(unsafe_code, reason = "vector instructions")]
#[expect(clippy::inline_always, reason = "a body takes over the instructions of the function that it is inlined in")]
mod wide;

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
    collect<F: Float, const VALUES: bool>(x: &[F], start: u32, threshold: F, to: EntriesMut<'_, F>)
}
kernel! {
    /// Adds to x, appends the entries of the new x that reach the threshold, and sets to zero those that are to be taken.
    /// The scale of the addition is applied where it is `SCALED`.
    add_and_collect<F: Float, const SCALED: bool>(
        x: &mut [F],
        addition: Addition<'_, F>,
        start: u32,
        limits: Limits<F>,
        to: EntriesMut<'_, F>
    )
}
kernel! {
    /// Appends the entries whose magnitude reaches the start of the band but not its end; returns how many reach the end.
    filter<F: Float>(from: EntriesRef<'_, F>, band: Range<F>, to: EntriesMut<'_, F>) -> usize
}
kernel! {
    /// How many entries reach each of the thresholds.
    count<F: Float, const N: usize>(values: &[F], thresholds: [F; N]) -> [usize; N]
}
kernel! {
    /// The largest magnitude, zero if there is none; NaN is skipped.
    largest<F: Float>(values: &[F]) -> F
}
kernel! {
    /// Adds to x; the scale of the addition is applied where it is `SCALED`.
    add_scaled<F: Float, const SCALED: bool>(x: &mut [F], addition: Addition<'_, F>)
}
