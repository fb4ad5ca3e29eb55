//! Tensors of files that other programs wrote, such as the gradients of a training: NumPy's `.npy` and `.npz`,
//! `.safetensors`, CSV, and raw `.f32` and `.f64`; one file, or a folder with files per step.
//!
//! [`open`] reads headers alone (CSV has none and is read once); values are read when they are visited, a chunk at a
//! time, so that a tensor may be larger than the memory. Code that reads values repeatedly, in parts and from many
//! threads, as a fit does, maps the file into memory ([`Tensor::map`]); code that reads them once, in order, does not.
//!
//! It does not know what the values mean. NaN and infinities are values here; [`Tensor::not_finite`] finds them.

use std::path::Path;

mod archive;
mod delimited;
mod element;
mod error;
mod format;
mod map;
mod name;
mod npy;
mod npz;
mod safetensors;
mod step;
mod steps;
mod stored;

pub use element::{CHUNK, Dtype};
pub use error::TensorError;
pub use map::Mapped;
pub use safetensors::write_safetensors;
pub use step::Step;
pub use stored::{NotFinite, PassedOver, Tensor, Tensors};

/// Opens a file, or a folder with files per step.
///
/// The extension names the format, in a folder one for all files. A folder is sorted by the numbers in the names,
/// `step_2` before `step_10`: the number after the word `step`, or else the last one. Steps may have signs, places behind
/// a point and exponents, `step_-1` before `step_0.5` before `step_1e3`. Where names differ in more than the step, such
/// as `step_10_rank0` and `step_10_rank1`, the rest tells tensors or their groups apart. Hidden files are passed over,
/// and so are tensors without floating-point numbers, which [`Tensors::passed_over`] lists.
///
/// ```
/// let gradients = gradsieve::tensor::open("tests/fixtures/tensors/steps".as_ref())?;
/// for tensor in &gradients.tensors {
///     let (mut count, mut sum_of_squares) = (0, 0.0);
///     tensor.for_each_chunk(|values| {
///         count += values.len();
///         sum_of_squares += values.iter().map(|value| value * value).sum::<f64>();
///     })?;
///     assert_eq!(count, tensor.n_values());
///     println!("{} at step {:?}: {sum_of_squares}", tensor.name, tensor.step);
/// }
/// # Ok::<(), gradsieve::tensor::TensorError>(())
/// ```
///
/// # Errors
/// Something cannot be read, has an unknown extension or belies it, is damaged, or holds no tensor of floating-point
/// numbers of 16, 32 or 64 bits; a folder is empty, mixed, or ambiguous.
pub fn open(path: &Path) -> Result<Tensors, TensorError> {
    let metadata = std::fs::metadata(path).map_err(|source| TensorError::Io { path: path.to_owned(), source })?;
    if metadata.is_dir() {
        return steps::read(path);
    }
    let (tensors, mut passed_over) = format::read(path, format::Format::of(path)?)?;
    if tensors.is_empty() {
        return Err(passed_over.swap_remove(0).into());
    }
    Ok(Tensors { tensors, files: vec![path.to_owned()], passed_over })
}
