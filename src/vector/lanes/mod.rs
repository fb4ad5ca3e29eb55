//! The vectors of each set of instructions, behind one trait.

/// What the vectors of one level and type can do. A magnitude *reaches* a threshold when it is not below it, so NaN
/// reaches every threshold.
///
/// # Safety
/// Every function needs the instructions of its level; pointers are valid for the `N` entries read or written there.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[expect(unsafe_code, reason = "vector instructions")]
pub trait Lanes<F>: std::fmt::Debug {
    /// Entries of a vector; at most 16.
    const N: usize;
    type Vector: Copy;
    type Indices: Copy;
    /// Counts, lane by lane.
    type Counts: Copy;
    unsafe fn splat(value: F) -> Self::Vector;
    unsafe fn load(from: *const F) -> Self::Vector;
    unsafe fn store(to: *mut F, vector: Self::Vector);
    /// `x + weight · a`, both operations rounded.
    unsafe fn add_scaled(x: Self::Vector, weight: Self::Vector, a: Self::Vector) -> Self::Vector;
    /// Bit j is set where lane j reaches the threshold.
    unsafe fn reach(vector: Self::Vector, threshold: Self::Vector) -> u32;
    unsafe fn no_counts() -> Self::Counts;
    /// One more in the lanes that reach the threshold.
    unsafe fn count(counts: Self::Counts, vector: Self::Vector, threshold: Self::Vector) -> Self::Counts;
    /// Their sum, below 2³².
    unsafe fn total(counts: Self::Counts) -> usize;
    /// Lane by lane the larger magnitude; that of `highest` where the other is NaN.
    unsafe fn larger(vector: Self::Vector, highest: Self::Vector) -> Self::Vector;
    /// Zero in the lanes that reach the threshold.
    unsafe fn clear_reached(vector: Self::Vector, threshold: Self::Vector) -> Self::Vector;
    /// Writes the lanes of the mask next to each other, and anything after them.
    unsafe fn pack(mask: u32, vector: Self::Vector, to: *mut F);
    /// `start, start + 1, …`
    unsafe fn count_from(start: u32) -> Self::Indices;
    unsafe fn load_indices(from: *const u32) -> Self::Indices;
    /// Bit j is set where lane j is not zero.
    unsafe fn not_zero(indices: Self::Indices) -> u32;
    /// [`Lanes::pack`] for indices.
    unsafe fn pack_indices(mask: u32, indices: Self::Indices, to: *mut u32);
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
macro_rules! lanes {
    ($Level:ty, $F:ty, $n:literal, $V:ty, $I:ty, $C:ty; $($name:ident($($argument:ident: $Type:ty),*) $(-> $Output:ty)? = $body:expr;)*) => {
        impl Lanes<$F> for $Level {
            const N: usize = $n;
            type Vector = $V;
            type Indices = $I;
            type Counts = $C;
            $(
                #[inline(always)]
                unsafe fn $name($($argument: $Type),*) $(-> $Output)? {
                    // SAFETY: the caller has the instructions and vouches for the pointers.
                    unsafe { $body }
                }
            )*
        }
    };
}

#[cfg(target_arch = "aarch64")]
#[expect(unsafe_code, reason = "vector instructions")]
#[expect(clippy::inline_always, reason = "they take over the instructions of the function that they are inlined in")]
#[cfg_attr(not(test), expect(clippy::wildcard_imports, reason = "each of the many names is an instruction"))]
pub(super) mod neon;
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector instructions")]
#[expect(clippy::inline_always, reason = "they take over the instructions of the function that they are inlined in")]
#[cfg_attr(not(test), expect(clippy::wildcard_imports, reason = "each of the seventy names is an instruction"))]
pub(super) mod x86;
