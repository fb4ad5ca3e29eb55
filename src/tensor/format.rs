//! Which format a file has, and its tensors.

use super::element::{Dtype, Encoding};
use super::error::TensorError;
use super::stored::{PassedOver, Storage, Tensor};
use super::{archive, delimited, npy, npz, safetensors};
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

/// The formats by their extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Npy,
    Npz,
    Safetensors,
    Csv,
    Raw(Dtype),
}

const EXTENSIONS: [(&str, Format); 6] = [
    ("npy", Format::Npy),
    ("npz", Format::Npz),
    ("safetensors", Format::Safetensors),
    ("csv", Format::Csv),
    ("f32", Format::Raw(Dtype::F32)),
    ("f64", Format::Raw(Dtype::F64)),
];

impl Format {
    /// The format that the name promises.
    ///
    /// # Errors
    /// The extension is of no known format.
    pub(super) fn of(path: &Path) -> Result<Self, TensorError> {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let known = EXTENSIONS.iter().find(|(known, _)| *known == extension);
        known.map(|(_, format)| *format).ok_or_else(|| {
            let found = match extension.as_str() {
                "" => "no extension".to_owned(),
                _ => format!("unknown extension `.{extension}`"),
            };
            let remedy = "expected .npy, .npz, .safetensors, .csv, .f32 or .f64 (from PyTorch, write \
                          safetensors.torch.save_file)";
            TensorError::content(path, "name", found, remedy)
        })
    }

    pub(super) fn extension(self) -> &'static str {
        EXTENSIONS.iter().find(|(_, format)| *format == self).map_or("", |(extension, _)| extension)
    }
}

/// The format that the first bytes give away.
fn recognized(start: &[u8]) -> Option<Format> {
    if start.starts_with(npy::MAGIC) {
        Some(Format::Npy)
    } else if npz::MAGICS.iter().any(|magic| start.starts_with(magic)) {
        Some(Format::Npz)
    } else {
        None
    }
}

/// How a pointer of git-lfs begins, which stands where the file itself was not fetched.
const GIT_LFS: &[u8] = b"version https://git-lfs.github.com/spec/";

/// How files of torch.save began before they were archives: the magic number of PyTorch, pickled.
const OLD_CHECKPOINT: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

/// Refuses contents that look like files of tensors by their name alone, each with what brings the tensors.
fn refuse_others(path: &Path, start: &[u8]) -> Result<(), TensorError> {
    let refused = |found: &str, remedy: &str| Err(TensorError::content(path, "content", found, remedy));
    if start.starts_with(GIT_LFS) {
        return refused("it is a pointer of git-lfs to the file, which was not fetched", "run git lfs pull");
    }
    let is_archive = npz::MAGICS.iter().any(|magic| start.starts_with(magic));
    if start.starts_with(OLD_CHECKPOINT) || (is_archive && archive::is_checkpoint(path)) {
        let remedy = "load it in PyTorch and write its tensors with safetensors.torch.save_file";
        return refused("it is a checkpoint of torch.save", remedy);
    }
    Ok(())
}

/// The tensors of one file, and those that cannot be read as numbers; together at least one. A format without names gives
/// the stem of the file's.
///
/// # Errors
/// The extension is unknown or belies the content, or the file is not what its format demands.
pub(super) fn read(path: &Path, format: Format) -> Result<(Vec<Tensor>, Vec<PassedOver>), TensorError> {
    let io = |source| TensorError::Io { path: path.to_owned(), source };
    let mut file = BufReader::new(File::open(path).map_err(io)?);
    let n_bytes = file.get_ref().metadata().map_err(io)?.len();
    let mut start = Vec::new();
    file.by_ref().take(64).read_to_end(&mut start).map_err(io)?;
    file.rewind().map_err(io)?;
    refuse_others(path, &start)?;
    if let Some(actual) = recognized(&start).filter(|actual| *actual != format) {
        let found = format!("the name ends with .{}, the content is .{}", format.extension(), actual.extension());
        return Err(TensorError::content(path, "name", found, "rename the file"));
    }

    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut passed_over = Vec::new();
    let tensors = match format {
        Format::Npy => {
            let npy::Header { encoding, column_major, shape, offset } =
                npy::read_header(path, "header", &mut file, n_bytes)?.numbers(path, "header")?;
            vec![Tensor::new(&name, path, shape, encoding, Storage::Plain { offset }).in_order(column_major)]
        }
        Format::Npz => npz::read(path, &mut passed_over)?,
        Format::Safetensors => safetensors::read(path, &mut file, n_bytes, &mut passed_over)?,
        Format::Csv => {
            let layout = delimited::scan(path)?;
            vec![Tensor::new(&name, path, layout.shape(), Encoding::little_endian(Dtype::F64), Storage::Text(layout))]
        }
        Format::Raw(dtype) => {
            let n_each = dtype.n_bytes() as u64;
            if n_bytes % n_each != 0 {
                let found = format!("{n_bytes} bytes are not a multiple of the {n_each} of an {dtype}");
                let remedy = format!("write little-endian {dtype} without a header, or name the file by its type");
                return Err(TensorError::content(path, "length", found, remedy));
            }
            if n_bytes == 0 {
                return Err(TensorError::content(path, "length", "no value was found", "write at least one"));
            }
            let shape = vec![(n_bytes / n_each) as usize];
            vec![Tensor::new(&name, path, shape, Encoding::little_endian(dtype), Storage::Plain { offset: 0 })]
        }
    };
    if tensors.is_empty() && passed_over.is_empty() {
        return Err(TensorError::content(path, "names", "no tensor was found", "write at least one"));
    }
    Ok((tensors, passed_over))
}
