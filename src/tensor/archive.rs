//! Members of a ZIP archive.

use super::error::{COPY_AGAIN, TensorError};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use zip::ZipArchive;
use zip::result::ZipError;

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

/// Opens an archive and reads its directory.
pub(super) fn open(path: &Path) -> Result<ZipArchive<BufReader<File>>, TensorError> {
    let file = File::open(path).map_err(|source| TensorError::Io { path: path.to_owned(), source })?;
    ZipArchive::new(BufReader::new(file)).map_err(|error| refused(path, "directory", error))
}

/// Whether an archive is one of torch.save: it holds a pickle that refers to its other members.
pub(super) fn is_checkpoint(path: &Path) -> bool {
    let is_pickle = |name: &str| name == "data.pkl" || name.ends_with("/data.pkl");
    open(path).is_ok_and(|archive| archive.file_names().flatten().any(|name| is_pickle(&name)))
}

/// The error of an archive that cannot be read.
pub(super) fn refused(path: &Path, place: &str, error: ZipError) -> TensorError {
    match error {
        ZipError::Io(source) => TensorError::reading(path, place, source),
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            let remedy = "write the archive with numpy.savez or numpy.savez_compressed";
            TensorError::content(path, place, error.to_string(), remedy)
        }
        _ => TensorError::content(path, place, error.to_string(), COPY_AGAIN),
    }
}
