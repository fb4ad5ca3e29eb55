//! The vectors of AVX-512 and AVX2.

use super::Lanes;
use std::arch::x86_64::*;

#[derive(Debug)]
pub struct Avx512;
#[derive(Debug)]
pub struct Avx2;

lanes! { Avx512, f32, 16, __m512, __m512i, __m512i;
    splat(value: f32) -> __m512 = _mm512_set1_ps(value);
    load(from: *const f32) -> __m512 = _mm512_loadu_ps(from);
    store(to: *mut f32, vector: __m512) = _mm512_storeu_ps(to, vector);
    add_scaled(x: __m512, weight: __m512, a: __m512) -> __m512 = _mm512_add_ps(x, _mm512_mul_ps(weight, a));
    reach(vector: __m512, threshold: __m512) -> u32 =
        u32::from(_mm512_cmp_ps_mask::<_CMP_NLT_UQ>(_mm512_abs_ps(vector), threshold));
    no_counts() -> __m512i = _mm512_setzero_si512();
    count(counts: __m512i, vector: __m512, threshold: __m512) -> __m512i = {
        let reached = _mm512_cmp_ps_mask::<_CMP_NLT_UQ>(_mm512_abs_ps(vector), threshold);
        _mm512_mask_add_epi32(counts, reached, counts, _mm512_set1_epi32(1))
    };
    total(counts: __m512i) -> usize = _mm512_reduce_add_epi32(counts).cast_unsigned() as usize;
    larger(vector: __m512, highest: __m512) -> __m512 = _mm512_max_ps(_mm512_abs_ps(vector), highest);
    clear_reached(vector: __m512, threshold: __m512) -> __m512 =
        _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(_mm512_abs_ps(vector), threshold), vector);
    pack(mask: u32, vector: __m512, to: *mut f32) =
        _mm512_storeu_ps(to, _mm512_maskz_compress_ps(mask as __mmask16, vector));
    count_from(start: u32) -> __m512i = _mm512_add_epi32(
        _mm512_set1_epi32(start.cast_signed()),
        _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
    );
    load_indices(from: *const u32) -> __m512i = _mm512_loadu_si512(from.cast());
    not_zero(indices: __m512i) -> u32 = u32::from(_mm512_test_epi32_mask(indices, indices));
    pack_indices(mask: u32, indices: __m512i, to: *mut u32) =
        _mm512_storeu_si512(to.cast(), _mm512_maskz_compress_epi32(mask as __mmask16, indices));
}

lanes! { Avx512, f64, 8, __m512d, __m256i, __m512i;
    splat(value: f64) -> __m512d = _mm512_set1_pd(value);
    load(from: *const f64) -> __m512d = _mm512_loadu_pd(from);
    store(to: *mut f64, vector: __m512d) = _mm512_storeu_pd(to, vector);
    add_scaled(x: __m512d, weight: __m512d, a: __m512d) -> __m512d = _mm512_add_pd(x, _mm512_mul_pd(weight, a));
    reach(vector: __m512d, threshold: __m512d) -> u32 =
        u32::from(_mm512_cmp_pd_mask::<_CMP_NLT_UQ>(_mm512_abs_pd(vector), threshold));
    no_counts() -> __m512i = _mm512_setzero_si512();
    count(counts: __m512i, vector: __m512d, threshold: __m512d) -> __m512i = {
        let reached = _mm512_cmp_pd_mask::<_CMP_NLT_UQ>(_mm512_abs_pd(vector), threshold);
        _mm512_mask_add_epi64(counts, reached, counts, _mm512_set1_epi64(1))
    };
    total(counts: __m512i) -> usize = _mm512_reduce_add_epi64(counts) as usize;
    larger(vector: __m512d, highest: __m512d) -> __m512d = _mm512_max_pd(_mm512_abs_pd(vector), highest);
    clear_reached(vector: __m512d, threshold: __m512d) -> __m512d =
        _mm512_maskz_mov_pd(_mm512_cmp_pd_mask::<_CMP_LT_OQ>(_mm512_abs_pd(vector), threshold), vector);
    pack(mask: u32, vector: __m512d, to: *mut f64) =
        _mm512_storeu_pd(to, _mm512_maskz_compress_pd(mask as __mmask8, vector));
    count_from(start: u32) -> __m256i =
        _mm256_add_epi32(_mm256_set1_epi32(start.cast_signed()), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    load_indices(from: *const u32) -> __m256i = _mm256_loadu_si256(from.cast());
    not_zero(indices: __m256i) -> u32 = u32::from(_mm256_test_epi32_mask(indices, indices));
    pack_indices(mask: u32, indices: __m256i, to: *mut u32) =
        _mm256_storeu_si256(to.cast(), _mm256_maskz_compress_epi32(mask as __mmask8, indices));
}

lanes! { Avx2, f32, 8, __m256, __m256i, __m256i;
    splat(value: f32) -> __m256 = _mm256_set1_ps(value);
    load(from: *const f32) -> __m256 = _mm256_loadu_ps(from);
    store(to: *mut f32, vector: __m256) = _mm256_storeu_ps(to, vector);
    add_scaled(x: __m256, weight: __m256, a: __m256) -> __m256 = _mm256_add_ps(x, _mm256_mul_ps(weight, a));
    reach(vector: __m256, threshold: __m256) -> u32 = {
        let magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0), vector);
        _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_NLT_UQ>(magnitude, threshold)).cast_unsigned()
    };
    no_counts() -> __m256i = _mm256_setzero_si256();
    count(counts: __m256i, vector: __m256, threshold: __m256) -> __m256i = {
        let magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0), vector);
        _mm256_sub_epi32(counts, _mm256_castps_si256(_mm256_cmp_ps::<_CMP_NLT_UQ>(magnitude, threshold)))
    };
    total(counts: __m256i) -> usize = {
        let mut lanes = [0_u32; 8];
        _mm256_storeu_si256(lanes.as_mut_ptr().cast(), counts);
        lanes.iter().sum::<u32>() as usize
    };
    larger(vector: __m256, highest: __m256) -> __m256 =
        _mm256_max_ps(_mm256_andnot_ps(_mm256_set1_ps(-0.0), vector), highest);
    clear_reached(vector: __m256, threshold: __m256) -> __m256 = {
        let magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0), vector);
        _mm256_and_ps(_mm256_cmp_ps::<_CMP_LT_OQ>(magnitude, threshold), vector)
    };
    pack(mask: u32, vector: __m256, to: *mut f32) =
        _mm256_storeu_ps(to, _mm256_permutevar8x32_ps(vector, places_of_8(mask)));
    count_from(start: u32) -> __m256i =
        _mm256_add_epi32(_mm256_set1_epi32(start.cast_signed()), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    load_indices(from: *const u32) -> __m256i = _mm256_loadu_si256(from.cast());
    not_zero(indices: __m256i) -> u32 = {
        let zeros = _mm256_cmpeq_epi32(indices, _mm256_setzero_si256());
        0xFF ^ _mm256_movemask_ps(_mm256_castsi256_ps(zeros)).cast_unsigned()
    };
    pack_indices(mask: u32, indices: __m256i, to: *mut u32) =
        _mm256_storeu_si256(to.cast(), _mm256_permutevar8x32_epi32(indices, places_of_8(mask)));
}

lanes! { Avx2, f64, 4, __m256d, __m128i, __m256i;
    splat(value: f64) -> __m256d = _mm256_set1_pd(value);
    load(from: *const f64) -> __m256d = _mm256_loadu_pd(from);
    store(to: *mut f64, vector: __m256d) = _mm256_storeu_pd(to, vector);
    add_scaled(x: __m256d, weight: __m256d, a: __m256d) -> __m256d = _mm256_add_pd(x, _mm256_mul_pd(weight, a));
    reach(vector: __m256d, threshold: __m256d) -> u32 = {
        let magnitude = _mm256_andnot_pd(_mm256_set1_pd(-0.0), vector);
        _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_NLT_UQ>(magnitude, threshold)).cast_unsigned()
    };
    no_counts() -> __m256i = _mm256_setzero_si256();
    count(counts: __m256i, vector: __m256d, threshold: __m256d) -> __m256i = {
        let magnitude = _mm256_andnot_pd(_mm256_set1_pd(-0.0), vector);
        _mm256_sub_epi64(counts, _mm256_castpd_si256(_mm256_cmp_pd::<_CMP_NLT_UQ>(magnitude, threshold)))
    };
    total(counts: __m256i) -> usize = {
        let mut lanes = [0_u64; 4];
        _mm256_storeu_si256(lanes.as_mut_ptr().cast(), counts);
        lanes.iter().sum::<u64>() as usize
    };
    larger(vector: __m256d, highest: __m256d) -> __m256d =
        _mm256_max_pd(_mm256_andnot_pd(_mm256_set1_pd(-0.0), vector), highest);
    clear_reached(vector: __m256d, threshold: __m256d) -> __m256d = {
        let magnitude = _mm256_andnot_pd(_mm256_set1_pd(-0.0), vector);
        _mm256_and_pd(_mm256_cmp_pd::<_CMP_LT_OQ>(magnitude, threshold), vector)
    };
    pack(mask: u32, vector: __m256d, to: *mut f64) = {
        let halves = _mm256_loadu_si256(HALVES_OF_4[mask as usize & 15].as_ptr().cast());
        let packed = _mm256_permutevar8x32_ps(_mm256_castpd_ps(vector), halves);
        _mm256_storeu_pd(to, _mm256_castps_pd(packed));
    };
    count_from(start: u32) -> __m128i =
        _mm_add_epi32(_mm_set1_epi32(start.cast_signed()), _mm_setr_epi32(0, 1, 2, 3));
    load_indices(from: *const u32) -> __m128i = _mm_loadu_si128(from.cast());
    not_zero(indices: __m128i) -> u32 = {
        let zeros = _mm_cmpeq_epi32(indices, _mm_setzero_si128());
        0xF ^ _mm_movemask_ps(_mm_castsi128_ps(zeros)).cast_unsigned()
    };
    pack_indices(mask: u32, indices: __m128i, to: *mut u32) = {
        let places = _mm_loadu_si128(PLACES_OF_8[mask as usize & 15].as_ptr().cast());
        let packed = _mm_permutevar_ps(_mm_castsi128_ps(indices), places);
        _mm_storeu_si128(to.cast(), _mm_castps_si128(packed));
    };
}

/// # Safety
/// AVX2.
#[inline(always)]
unsafe fn places_of_8(mask: u32) -> __m256i {
    // SAFETY: a row of the table is as long as the vector; the caller has the instructions.
    unsafe { _mm256_loadu_si256(PLACES_OF_8[mask as usize & 255].as_ptr().cast()) }
}

/// Row m: the places of the bits of m, ascending, then zeros.
static PLACES_OF_8: [[u32; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut mask = 0;
    while mask < 256 {
        let (mut bits, mut n) = (mask as u32, 0);
        while bits != 0 {
            table[mask][n] = bits.trailing_zeros();
            bits &= bits - 1;
            n += 1;
        }
        mask += 1;
    }
    table
};

/// Row m: the places of the bits of m, where each place is two halves wide.
static HALVES_OF_4: [[u32; 8]; 16] = {
    let mut table = [[0; 8]; 16];
    let mut mask = 0;
    while mask < 16 {
        let mut n = 0;
        while n < 4 {
            table[mask][2 * n] = 2 * PLACES_OF_8[mask][n];
            table[mask][2 * n + 1] = 2 * PLACES_OF_8[mask][n] + 1;
            n += 1;
        }
        mask += 1;
    }
    table
};
