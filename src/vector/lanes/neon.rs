//! The vectors of NEON, which every 64-bit Arm processor has.

use super::Lanes;
use std::arch::aarch64::*;

#[derive(Debug)]
pub struct Neon;

lanes! { Neon, f32, 4, float32x4_t, uint32x4_t, uint32x4_t;
    splat(value: f32) -> float32x4_t = vdupq_n_f32(value);
    load(from: *const f32) -> float32x4_t = vld1q_f32(from);
    store(to: *mut f32, vector: float32x4_t) = vst1q_f32(to, vector);
    add_scaled(x: float32x4_t, weight: float32x4_t, a: float32x4_t) -> float32x4_t =
        vaddq_f32(x, vmulq_f32(weight, a));
    reach(vector: float32x4_t, threshold: float32x4_t) -> u32 = {
        let bits = vld1q_u32([1, 2, 4, 8].as_ptr());
        vaddvq_u32(vbicq_u32(bits, vcltq_f32(vabsq_f32(vector), threshold)))
    };
    no_counts() -> uint32x4_t = vdupq_n_u32(0);
    count(counts: uint32x4_t, vector: float32x4_t, threshold: float32x4_t) -> uint32x4_t =
        vsubq_u32(counts, vmvnq_u32(vcltq_f32(vabsq_f32(vector), threshold)));
    total(counts: uint32x4_t) -> usize = vaddvq_u32(counts) as usize;
    larger(vector: float32x4_t, highest: float32x4_t) -> float32x4_t = {
        let magnitude = vabsq_f32(vector);
        vbslq_f32(vcgtq_f32(magnitude, highest), magnitude, highest)
    };
    clear_reached(vector: float32x4_t, threshold: float32x4_t) -> float32x4_t = vreinterpretq_f32_u32(
        vandq_u32(vcltq_f32(vabsq_f32(vector), threshold), vreinterpretq_u32_f32(vector)),
    );
    pack(mask: u32, vector: float32x4_t, to: *mut f32) =
        vst1q_f32(to, vreinterpretq_f32_u8(vqtbl1q_u8(vreinterpretq_u8_f32(vector), bytes(&BYTES_OF_4, mask))));
    count_from(start: u32) -> uint32x4_t = vaddq_u32(vdupq_n_u32(start), vld1q_u32([0, 1, 2, 3].as_ptr()));
    load_indices(from: *const u32) -> uint32x4_t = vld1q_u32(from);
    not_zero(indices: uint32x4_t) -> u32 =
        vaddvq_u32(vandq_u32(vld1q_u32([1, 2, 4, 8].as_ptr()), vtstq_u32(indices, indices)));
    pack_indices(mask: u32, indices: uint32x4_t, to: *mut u32) =
        vst1q_u32(to, vreinterpretq_u32_u8(vqtbl1q_u8(vreinterpretq_u8_u32(indices), bytes(&BYTES_OF_4, mask))));
}

lanes! { Neon, f64, 2, float64x2_t, uint32x2_t, uint64x2_t;
    splat(value: f64) -> float64x2_t = vdupq_n_f64(value);
    load(from: *const f64) -> float64x2_t = vld1q_f64(from);
    store(to: *mut f64, vector: float64x2_t) = vst1q_f64(to, vector);
    add_scaled(x: float64x2_t, weight: float64x2_t, a: float64x2_t) -> float64x2_t =
        vaddq_f64(x, vmulq_f64(weight, a));
    reach(vector: float64x2_t, threshold: float64x2_t) -> u32 = {
        let bits = vld1q_u64([1, 2].as_ptr());
        vaddvq_u64(vbicq_u64(bits, vcltq_f64(vabsq_f64(vector), threshold))) as u32
    };
    no_counts() -> uint64x2_t = vdupq_n_u64(0);
    count(counts: uint64x2_t, vector: float64x2_t, threshold: float64x2_t) -> uint64x2_t = {
        // Less one where the lane is below: a mask is all ones, that is −1.
        vaddq_u64(counts, vaddq_u64(vdupq_n_u64(1), vcltq_f64(vabsq_f64(vector), threshold)))
    };
    total(counts: uint64x2_t) -> usize = vaddvq_u64(counts) as usize;
    larger(vector: float64x2_t, highest: float64x2_t) -> float64x2_t = {
        let magnitude = vabsq_f64(vector);
        vbslq_f64(vcgtq_f64(magnitude, highest), magnitude, highest)
    };
    clear_reached(vector: float64x2_t, threshold: float64x2_t) -> float64x2_t = vreinterpretq_f64_u64(
        vandq_u64(vcltq_f64(vabsq_f64(vector), threshold), vreinterpretq_u64_f64(vector)),
    );
    pack(mask: u32, vector: float64x2_t, to: *mut f64) =
        vst1q_f64(to, vreinterpretq_f64_u8(vqtbl1q_u8(vreinterpretq_u8_f64(vector), bytes(&BYTES_OF_2, mask))));
    count_from(start: u32) -> uint32x2_t = vadd_u32(vdup_n_u32(start), vld1_u32([0, 1].as_ptr()));
    load_indices(from: *const u32) -> uint32x2_t = vld1_u32(from);
    not_zero(indices: uint32x2_t) -> u32 =
        vaddv_u32(vand_u32(vld1_u32([1, 2].as_ptr()), vtst_u32(indices, indices)));
    pack_indices(mask: u32, indices: uint32x2_t, to: *mut u32) = {
        // The second moves to the front where it is alone.
        let moved = vext_u32::<1>(indices, indices);
        vst1_u32(to, if mask == 2 { moved } else { indices });
    };
}

/// The places of the bytes of the lanes of the mask, side by side.
///
/// # Safety
/// The caller has the instructions.
#[inline(always)]
unsafe fn bytes<const ROWS: usize>(table: &[[u8; 16]; ROWS], mask: u32) -> uint8x16_t {
    // SAFETY: a row of the table is as long as the vector.
    unsafe { vld1q_u8(table[mask as usize % ROWS].as_ptr()) }
}

static BYTES_OF_4: [[u8; 16]; 16] = rows(4);
static BYTES_OF_2: [[u8; 16]; 4] = rows(2);

/// Row m: the bytes of the lanes that have bits in m, ascending, then zeros.
const fn rows<const ROWS: usize>(lanes: usize) -> [[u8; 16]; ROWS] {
    let width = 16 / lanes;
    let mut table = [[0; 16]; ROWS];
    let mut mask = 0;
    while mask < ROWS {
        let (mut lane, mut n) = (0, 0);
        while lane < lanes {
            let mut byte = 0;
            while mask >> lane & 1 == 1 && byte < width {
                table[mask][n] = (lane * width + byte) as u8;
                (n, byte) = (n + 1, byte + 1);
            }
            lane += 1;
        }
        mask += 1;
    }
    table
}
