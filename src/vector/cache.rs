//! Cache lines, and prefetching where the hardware prefetcher cannot predict what is read next.

/// Bytes of a cache line, and of the widest vector register.
pub(super) const LINE: usize = 64;

/// How many entries beyond the current one are prefetched; with fewer they would arrive too late.
const DISTANCE: usize = 512;

/// Entries of x before the first one that starts a cache line.
pub(super) fn head<F>(x: &[F]) -> usize {
    x.as_ptr().align_offset(LINE).min(x.len())
}

/// Prefetches values (of 1 to 64 bytes each) that will be read soon and that the hardware prefetcher cannot predict.
#[inline]
pub(crate) fn prefetch<T>(x: &[T]) {
    for line in x.chunks(LINE / size_of::<T>()) {
        prefetch_line::<T, false>(line.as_ptr());
    }
}

/// Prefetches the cache line [`DISTANCE`] entries after the start of x, in the slice that x is a part of. The hint is
/// non-temporal: a stream that is read once should not evict other data.
#[inline]
pub(crate) fn prefetch_ahead<T>(x: &[T]) {
    prefetch_line::<T, true>(x.as_ptr().wrapping_add(DISTANCE));
}

#[inline]
fn prefetch_line<T, const ONCE: bool>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_NTA, _MM_HINT_T0, _mm_prefetch};
        #[expect(unsafe_code, reason = "an instruction")]
        // SAFETY: every x86-64 processor has the instruction, and it never faults, whatever the address.
        unsafe {
            if ONCE {
                _mm_prefetch::<_MM_HINT_NTA>(address.cast());
            } else {
                _mm_prefetch::<_MM_HINT_T0>(address.cast());
            }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
