//! NumPy's `.npz`: a ZIP archive with one `.npy` per array, stored or deflated.

use super::archive::{open, refused};
use super::error::TensorError;
use super::npy;
use super::stored::{Storage, Tensor};
use std::path::Path;

/// The local headers and the directory of an archive begin so; an archive without members has the directory alone.
pub(super) const MAGICS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// The arrays of an archive, in its order.
///
/// # Errors
/// The archive is damaged, encrypted or compressed in another way; a member is not an array, or two have one name.
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
            Ok(Tensor::new(name, path, shape, encoding, storage).in_order(column_major))
        })
        .collect()
}
