//! A tensor in a file, and the tensors of a file or a folder.

use super::element::{CHUNK, Dtype, Encoding};
use super::error::TensorError;
use super::map::Mapped;
use super::step::Step;
use super::{archive, delimited};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What a file or a folder holds; at least one tensor.
#[derive(Debug, Clone)]
pub struct Tensors {
    /// By step, then in the order of the file; names are unique within a step.
    pub tensors: Vec<Tensor>,
    /// The files that hold them, by step.
    pub files: Vec<PathBuf>,
    /// What else the files hold: tensors without floating-point numbers, such as counters.
    pub passed_over: Vec<PassedOver>,
}

/// A tensor that is left out, while others are used: its elements are no floating-point numbers of 16, 32 or 64 bits, or
/// its numbers are not what is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// As [`Tensor::group`].
    pub group: String,
    /// Its name.
    pub name: String,
    /// As [`Tensor::step`].
    pub step: Option<Step>,
    /// The file; empty where there is none.
    pub path: PathBuf,
    /// What is in the way.
    pub reason: String,
    /// What to do about it; may be empty.
    pub remedy: String,
}

impl std::fmt::Display for PassedOver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, step, path, reason, remedy, .. } = self;
        if !path.as_os_str().is_empty() {
            write!(f, "{}: ", path.display())?;
        }
        write!(f, "tensor `{name}`")?;
        if let Some(step) = step {
            write!(f, ", step {step}")?;
        }
        write!(f, ": {reason}")?;
        if remedy.is_empty() { Ok(()) } else { write!(f, "; {remedy}") }
    }
}

impl PassedOver {
    /// A tensor of a folder or a file, and what is in the way of using it.
    pub(crate) fn of(tensor: &Tensor, reason: impl std::fmt::Display) -> Self {
        let Tensor { group, name, step, path, .. } = tensor.clone();
        Self { group, name, step, path, reason: reason.to_string(), remedy: String::new() }
    }

    pub(super) fn new(name: &str, path: &Path, reason: String, remedy: impl Into<String>) -> Self {
        let (name, path, remedy) = (name.to_owned(), path.to_owned(), remedy.into());
        Self { group: String::new(), name, step: None, path, reason, remedy }
    }
}

impl From<PassedOver> for TensorError {
    fn from(passed: PassedOver) -> Self {
        Self::content(&passed.path, format!("tensor `{}`", passed.name), passed.reason, passed.remedy)
    }
}

impl Tensors {
    /// SHA-256 over the bytes of all files in order, hexadecimal. It reads everything once.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn checksum(&self) -> Result<String, TensorError> {
        let mut hasher = Sha256::new();
        let mut block = vec![0; 1 << 16];
        for path in &self.files {
            let io = |source| TensorError::Io { path: path.clone(), source };
            let mut file = File::open(path).map_err(io)?;
            loop {
                match file.read(&mut block).map_err(io)? {
                    0 => break,
                    n => hasher.update(&block[..n]),
                }
            }
        }
        let mut digits = String::new();
        for byte in hasher.finalize() {
            // A string takes all that is written to it.
            let _ = write!(digits, "{byte:02x}");
        }
        Ok(digits)
    }
}

/// A named tensor in a file; its values stay there until they are visited.
#[derive(Debug, Clone)]
pub struct Tensor {
    /// What the name of the file holds beside the step, where the files of a folder differ in that and name their tensors
    /// themselves; else empty.
    pub group: String,
    /// As the file names it; where a format has no names, the stem of the file's, in a folder without the step.
    pub name: String,
    /// The number in the name of the file; `None` outside of a folder.
    pub step: Option<Step>,
    /// Sizes of the axes; empty for a scalar.
    pub shape: Vec<usize>,
    path: PathBuf,
    storage: Storage,
    encoding: Encoding,
    /// Whether the first axis varies fastest (Fortran) and not the last one (C).
    column_major: bool,
}

/// Where values are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Storage {
    /// In the file itself, from a byte on.
    Plain { offset: u64 },
    /// In a member of an archive, from a byte of the member on.
    Member { index: usize, offset: u64 },
    /// As text.
    Text(delimited::Layout),
}

/// Values that are NaN or infinite.
#[derive(Debug, Clone, PartialEq)]
pub struct NotFinite {
    /// Where the first one is: one index per axis, from 0.
    pub position: Vec<usize>,
    /// What it is.
    pub value: f64,
    /// How many are NaN.
    pub n_nan: usize,
    /// How many are infinite.
    pub n_infinite: usize,
}

impl std::fmt::Display for NotFinite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { position, value, n_nan, n_infinite } = self;
        let counts = [(n_nan, "NaN"), (n_infinite, "infinite")].into_iter().filter(|(n, _)| **n > 0);
        let counts: Vec<String> = counts.map(|(n, what)| format!("{n} {what}")).collect();
        write!(f, "{} of its values, the first {value} at {position:?}", counts.join(" and "))
    }
}

impl Tensor {
    pub(super) fn new(name: &str, path: &Path, shape: Vec<usize>, encoding: Encoding, storage: Storage) -> Self {
        let (group, name, path) = (String::new(), name.to_owned(), path.to_owned());
        Self { group, name, step: None, shape, path, storage, encoding, column_major: false }
    }

    /// The same tensor, with the first axis varying fastest where the file says so.
    pub(super) fn in_order(self, column_major: bool) -> Self {
        Self { column_major, ..self }
    }

    /// How the values are stored; f64 for text.
    #[must_use]
    pub fn dtype(&self) -> Dtype {
        self.encoding.dtype
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How text was understood, such as `100 rows of 1 column below a header`; `None` for formats that say it themselves.
    #[must_use]
    pub fn layout(&self) -> Option<String> {
        match self.storage {
            Storage::Text(layout) => Some(layout.to_string()),
            Storage::Plain { .. } | Storage::Member { .. } => None,
        }
    }

    /// The product of the shape.
    #[must_use]
    pub fn n_values(&self) -> usize {
        // Besides a size of zero, the product of the others may overflow.
        if self.shape.contains(&0) { 0 } else { self.shape.iter().product() }
    }

    /// Gives all values to `see` in the order of the file, [`CHUNK`] at a time except for the last.
    ///
    /// Memory does not grow with the tensor, save that a row of a CSV file is held whole. A damage that shows while
    /// reading is an error after the chunks before it.
    ///
    /// # Errors
    /// The file cannot be read, changed since it was opened, or is damaged.
    pub fn for_each_chunk(&self, mut see: impl FnMut(&[f64])) -> Result<(), TensorError> {
        self.visit(&mut |values| {
            see(values);
            ControlFlow::Continue(())
        })
    }

    /// All values, the last axis fastest, as `array.ravel()` of NumPy gives them.
    ///
    /// # Errors
    /// As [`Tensor::for_each_chunk`], or the memory does not suffice.
    pub fn to_vec(&self) -> Result<Vec<f64>, TensorError> {
        let mut all = Vec::new();
        // Sizes of compressed members are promises until they are read.
        all.try_reserve_exact(self.n_values()).map_err(|_| {
            let found = format!("{} values do not fit into memory", self.n_values());
            TensorError::content(&self.path, self.place(), found, "visit them in chunks")
        })?;
        self.for_each_chunk(|values| all.extend_from_slice(values))?;
        Ok(if self.column_major && !all.is_empty() { self.row_major(&all) } else { all })
    }

    /// The values in place in the file, in its order; `None` where they are compressed or text.
    ///
    /// # Errors
    /// The file cannot be mapped, or was cut since it was opened.
    pub fn map(&self) -> Result<Option<Mapped>, TensorError> {
        match self.storage {
            Storage::Plain { offset } if self.n_values() > 0 => {
                Mapped::new(&self.path, &self.place(), self.encoding, offset, self.n_values()).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The values that are NaN or infinite: how many, and the first one in the order of the file; `None` if there is none.
    ///
    /// # Errors
    /// As [`Tensor::for_each_chunk`].
    pub fn not_finite(&self) -> Result<Option<NotFinite>, TensorError> {
        let (mut n_seen, mut found) = (0, None::<NotFinite>);
        self.for_each_chunk(|values| {
            for (at, &value) in values.iter().enumerate().filter(|(_, value)| !value.is_finite()) {
                let position = || self.position(n_seen + at);
                let own =
                    found.get_or_insert_with(|| NotFinite { position: position(), value, n_nan: 0, n_infinite: 0 });
                if value.is_nan() {
                    own.n_nan += 1;
                } else {
                    own.n_infinite += 1;
                }
            }
            n_seen += values.len();
        })?;
        Ok(found)
    }

    /// Gives chunks to `see` until it breaks.
    fn visit(&self, see: &mut dyn FnMut(&[f64]) -> ControlFlow<()>) -> Result<(), TensorError> {
        let place = self.place();
        match self.storage {
            Storage::Plain { offset } => {
                let io = |source| TensorError::Io { path: self.path.clone(), source };
                let mut file = File::open(&self.path).map_err(io)?;
                file.seek(SeekFrom::Start(offset)).map_err(io)?;
                let visited = self.decode(&mut file, see);
                visited.map(|_| ()).map_err(|source| TensorError::reading(&self.path, &place, source))
            }
            Storage::Member { index, offset } => {
                archive::with_member(&self.path, &place, index, offset, |source| self.decode(source, see))
            }
            Storage::Text(layout) => match delimited::visit(&self.path, layout, see)? {
                Some(now) if now != layout => {
                    let found = format!("shape {:?} was {:?} when the file was opened", now.shape(), self.shape);
                    Err(TensorError::content(&self.path, place, found, "do not change it meanwhile"))
                }
                _ => Ok(()),
            },
        }
    }

    /// Whether all values were read, and `see` wanted them.
    fn decode(&self, source: &mut dyn Read, see: &mut dyn FnMut(&[f64]) -> ControlFlow<()>) -> std::io::Result<bool> {
        let n_bytes = self.dtype().n_bytes();
        let mut n_left = self.n_values();
        let mut bytes = vec![0; CHUNK.min(n_left) * n_bytes];
        let mut values = vec![0.0; CHUNK.min(n_left)];
        while n_left > 0 {
            let n = n_left.min(CHUNK);
            source.read_exact(&mut bytes[..n * n_bytes])?;
            self.encoding.decode_into(&bytes[..n * n_bytes], &mut values[..n]);
            if see(&values[..n]).is_break() {
                return Ok(false);
            }
            n_left -= n;
        }
        Ok(true)
    }

    /// For errors.
    fn place(&self) -> String {
        format!("tensor `{}`", self.name)
    }

    /// The indices of the value at place `at` in the file.
    fn position(&self, mut at: usize) -> Vec<usize> {
        let mut position = vec![0; self.shape.len()];
        let mut divide = |axis: usize| {
            position[axis] = at % self.shape[axis];
            at /= self.shape[axis];
        };
        if self.column_major {
            (0..self.shape.len()).for_each(&mut divide);
        } else {
            (0..self.shape.len()).rev().for_each(&mut divide);
        }
        position
    }

    /// Values in column-major order, rearranged.
    fn row_major(&self, values: &[f64]) -> Vec<f64> {
        let n_axes = self.shape.len();
        let mut strides = vec![1; n_axes];
        for axis in (1..n_axes).rev() {
            strides[axis - 1] = strides[axis] * self.shape[axis];
        }
        let mut out = vec![0.0; values.len()];
        let (mut position, mut target) = (vec![0; n_axes], 0);
        for value in values {
            out[target] = *value;
            for axis in 0..n_axes {
                position[axis] += 1;
                target += strides[axis];
                if position[axis] < self.shape[axis] {
                    break;
                }
                target -= position[axis] * strides[axis];
                position[axis] = 0;
            }
        }
        out
    }
}
