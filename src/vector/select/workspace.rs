//! Buffers that selections use again from call to call.

use crate::vector::entries::Entries;
use crate::vector::float::Float;
use crate::vector::level::Level;

/// Buffers of the selection, and the instructions that it uses; nothing else is carried from call to call.
#[derive(Debug, Default, Clone)]
pub struct Workspace<F: Float = f64> {
    pub(super) level: Level,
    /// The entries that reach the threshold.
    pub(super) list: Entries<F>,
    /// Part of them.
    pub(super) part: Entries<F>,
    /// Entries of the vector.
    pub(super) sample: Vec<F>,
    /// Magnitudes as ordered bits.
    pub(super) keys: Vec<F::Key>,
    /// The workspaces of the other threads.
    pub(super) others: Vec<Self>,
    pub(super) n_read: u64,
}

impl<F: Float> Workspace<F> {
    /// Buffers for one of the levels of this machine; the default is the fastest. Results are the same for all.
    #[must_use]
    pub fn at(level: Level) -> Self {
        Self { level, ..Self::default() }
    }

    /// How many entries of vectors the selections have read so far, in their samples and passes.
    ///
    /// The list of what reached the threshold is not counted: it is read where it was just written.
    #[must_use]
    pub fn n_read(&self) -> u64 {
        self.n_read
    }

    /// Prepares a pass over d entries.
    pub(super) fn begin(&mut self, d: usize) {
        self.list.clear();
        self.n_read += d as u64;
    }
}
