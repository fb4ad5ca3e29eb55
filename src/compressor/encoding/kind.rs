//! The numbers in the headers of messages.

pub(super) const KIND_BITS: u32 = 2;
pub(super) const DENSE: u64 = 0;
pub(super) const SPARSE: u64 = 1;
pub(super) const SPARSE_SIGNS: u64 = 2;

/// The kinds that are sent less often are numbered in more bits, after this number.
pub(super) const FURTHER: u64 = 3;
pub(super) const FURTHER_BITS: u32 = 3;
pub(super) const BLOCKS: u64 = 0;
pub(super) const EMBEDDED: u64 = 1;
pub(super) const DENSE_SIGNS: u64 = 2;
pub(super) const LEVELS: u64 = 3;
pub(super) const POWERS: u64 = 4;

/// Bits of the number of an encoding that `smallest` has chosen.
pub(super) const TAG_BITS: u32 = 3;

/// Messages may hold messages this deep.
pub const MAX_DEPTH: usize = 16;
