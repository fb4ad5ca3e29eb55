//! NumPy's `.npz`: a ZIP archive with one `.npy` per array, stored or deflated.

use super::archive::{open, refused};
use super::error::{CONVERT, TensorError};
use super::npy::{self, Found};
use super::stored::{PassedOver, Storage, Tensor};
use std::path::Path;

/// The local headers and the directory of an archive begin so; an archive without members has the directory alone.
pub(super) const MAGICS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// The arrays of an archive, in its order; those without floating-point numbers go to `passed_over`, and entries of
/// folders, which `zip -r` writes, count for nothing.
///
/// # Errors
/// The archive is damaged, encrypted or compressed in another way; a member is not an array, or two have one name.
pub(super) fn read(path: &Path, passed_over: &mut Vec<PassedOver>) -> Result<Vec<Tensor>, TensorError> {
    let mut archive = open(path)?;
    if archive.has_duplicate_names() {
        return Err(TensorError::content(path, "directory", "two members have the same name", "write each array once"));
    }
    let mut tensors = Vec::new();
    for index in 0..archive.len() {
        let mut member =
            archive.by_index(index).map_err(|error| refused(path, &format!("member {}", index + 1), error))?;
        if member.is_dir() {
            continue;
        }
        let file_name = String::from_utf8_lossy(member.name_raw()).into_owned();
        let place = format!("member `{file_name}`");
        let Some(name) = file_name.strip_suffix(".npy") else {
            let remedy = "write the archive with numpy.savez or numpy.savez_compressed";
            return Err(TensorError::content(path, place, "the name does not end with .npy", remedy));
        };
        let n_bytes = member.size();
        match npy::read_header(path, &place, &mut member, n_bytes)? {
            Found::Numbers(npy::Header { encoding, column_major, shape, offset }) => {
                let storage = Storage::Member { index, offset };
                tensors.push(Tensor::new(name, path, shape, encoding, storage).in_order(column_major));
            }
            Found::Other(reason) => {
                // Elements of an unknown type may be a damage: the checksum tells, at the end.
                let read = std::io::copy(&mut member, &mut std::io::sink());
                read.map_err(|source| TensorError::reading(path, &place, source))?;
                passed_over.push(PassedOver::new(name, path, reason, CONVERT));
            }
        }
    }
    Ok(tensors)
}
