//! Values of a tensor from a file that is mapped into memory: any part, at any time, from many threads, and none of it
//! held by the process.
//!
//! This is one of the two places where the crate is `unsafe` (the kernels of `vector` are the other): a mapped file
//! changes when another process writes to it, and the process is ended by the system where one cuts it. What is read
//! is bytes that are decoded, so that a change shows as other numbers and never as a broken invariant; and nothing that
//! was written before is lost, since tables are written whole or not at all.

use super::element::Encoding;
use super::error::{COPY_AGAIN, TensorError};
use memmap2::Mmap;
use std::fs::File;
use std::path::Path;

/// All values of a tensor, in the order of the file, in place.
#[derive(Debug)]
pub struct Mapped {
    map: Mmap,
    /// Where the values begin, in bytes.
    offset: usize,
    n_values: usize,
    encoding: Encoding,
}

impl Mapped {
    /// Maps `n_values` values from byte `offset` on.
    ///
    /// # Errors
    /// The file cannot be opened or mapped, or is shorter than when its header was read.
    #[expect(unsafe_code, reason = "a file is mapped")]
    pub(super) fn new(
        path: &Path,
        place: &str,
        encoding: Encoding,
        offset: u64,
        n_values: usize,
    ) -> Result<Self, TensorError> {
        let io = |source| TensorError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(io)?;
        // SAFETY: The map is read only, and its bytes are only ever decoded into numbers, for which every pattern is
        // valid. That another process may change the file meanwhile is explained in the documentation of this file.
        let map = unsafe { Mmap::map(&file) }.map_err(io)?;
        let offset = offset as usize;
        if map.len() < offset + n_values * encoding.dtype.n_bytes() {
            return Err(TensorError::content(path, place, "the file ends before its values do", COPY_AGAIN));
        }
        Ok(Self { map, offset, n_values, encoding })
    }

    /// How many values there are.
    #[must_use]
    pub fn n_values(&self) -> usize {
        self.n_values
    }

    /// Writes the values from index `start` on into all of `out`.
    ///
    /// # Panics
    /// There are fewer.
    pub fn read(&self, start: usize, out: &mut [f64]) {
        assert!(start + out.len() <= self.n_values, "values beyond the end of the tensor");
        let n_bytes = self.encoding.dtype.n_bytes();
        let from = self.offset + start * n_bytes;
        self.encoding.decode_into(&self.map[from..from + out.len() * n_bytes], out);
    }
}
