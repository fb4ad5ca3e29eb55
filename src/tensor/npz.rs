//! NumPy's `.npz`: a ZIP archive with one `.npy` per array, stored or deflated.

use super::error::{COPY_AGAIN, TensorError};
use super::{Storage, Tensor, npy};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use zip::ZipArchive;
use zip::result::ZipError;

/// The local headers and the directory of an archive begin so; an archive without members has the directory alone.
pub(super) const MAGICS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// The arrays of an archive, in its order.
///
/// # Errors
/// The archive is damaged, encrypted or compressed in another way; a member is no array, or two have one name.
pub(super) fn read(path: &Path) -> Result<Vec<Tensor>, TensorError> {
    let mut archive = open(path)?;
    if archive.has_duplicate_names() {
        return Err(TensorError::content(path, "directory", "two members have the same name", "write each array once"));
    }
    (0..archive.len())
        .map(|index| {
            let mut member =
                archive.by_index(index).map_err(|error| refused(path, &format!("member {}", index + 1), error))?;
            let file_name = String::from_utf8_lossy(member.name_raw()).into_owned();
            let place = format!("member `{file_name}`");
            let Some(name) = file_name.strip_suffix(".npy") else {
                let remedy = "write the archive with numpy.savez or numpy.savez_compressed";
                return Err(TensorError::content(path, place, "the name does not end with .npy", remedy));
            };
            let n_bytes = member.size();
            let npy::Header { encoding, column_major, shape, offset } =
                npy::read_header(path, &place, &mut member, n_bytes)?;
            let storage = Storage::Member { index, offset };
            Ok(Tensor { column_major, ..Tensor::new(name, path, shape, encoding, storage) })
        })
        .collect()
}

/// Gives the bytes of a member from `offset` on to `use_it`, which says whether it read all that it expected; then the
/// member must end and its checksum be right.
///
/// # Errors
/// The archive or the member is damaged.
pub(super) fn with_member(
    path: &Path,
    place: &str,
    index: usize,
    offset: u64,
    use_it: impl FnOnce(&mut dyn Read) -> std::io::Result<bool>,
) -> Result<(), TensorError> {
    let mut archive = open(path)?;
    let mut member = archive.by_index(index).map_err(|error| refused(path, place, error))?;
    let reading = |source| TensorError::reading(path, place, source);
    std::io::copy(&mut (&mut member).take(offset), &mut std::io::sink()).map_err(reading)?;
    let read_all = use_it(&mut member).map_err(reading)?;
    if read_all && member.read(&mut [0]).map_err(reading)? != 0 {
        return Err(TensorError::content(path, place, "there are more bytes than its header says", COPY_AGAIN));
    }
    Ok(())
}

fn open(path: &Path) -> Result<ZipArchive<BufReader<File>>, TensorError> {
    let file = File::open(path).map_err(|source| TensorError::Io { path: path.to_owned(), source })?;
    ZipArchive::new(BufReader::new(file)).map_err(|error| refused(path, "directory", error))
}

fn refused(path: &Path, place: &str, error: ZipError) -> TensorError {
    match error {
        ZipError::Io(source) => TensorError::reading(path, place, source),
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            let remedy = "write the archive with numpy.savez or numpy.savez_compressed";
            TensorError::content(path, place, error.to_string(), remedy)
        }
        _ => TensorError::content(path, place, error.to_string(), COPY_AGAIN),
    }
}
