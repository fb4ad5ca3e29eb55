//! Rows once read, kept in a compact binary form.
//!
//! It does not know formats or labels' meaning. A file is found by the checksum of its source and sealed by its own:
//! one that is damaged, cut or for another source is as good as absent.

use super::Matrix;
use crate::store;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// First bytes; the number changes with the layout or with what readers make of the same source.
const MAGIC: &[u8; 24] = b"gradsieve rows, layout 1";
const SEAL_BYTES: usize = 32;

/// The folder below a data folder.
pub(super) const FOLDER: &str = ".gradsieve-cache";

/// Reading sources smaller than this takes no time worth a file.
pub(super) const FROM_SOURCE_BYTES: usize = 256 * 1024;

/// Where the rows of the source with checksum `key` (hexadecimal) are.
pub(super) fn path(folder: &Path, key: &str) -> PathBuf {
    folder.join(FOLDER).join(format!("{key}.rows"))
}

/// Rows and labels, if they are there and whole.
pub(super) fn read(path: &Path, key: &str) -> Option<(Matrix, Vec<f64>)> {
    decode(&std::fs::read(path).ok()?, key)
}

/// Writes rows and labels, by a temporary file and a rename; where the folder cannot be written, nothing happens.
pub(super) fn write(path: &Path, key: &str, features: &Matrix, labels: &[f64]) {
    // A cache is a convenience: a full disk or a read-only folder must not stop a run.
    let _ = try_write(path, key, features, labels);
}

fn try_write(path: &Path, key: &str, features: &Matrix, labels: &[f64]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // The superuser may write where the permissions forbid it.
    if let Some(data) = folder.parent().and_then(|data| data.metadata().ok())
        && data.permissions().readonly()
    {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    store::write_whole_unlocked(path, |out| out.write_all(&encode(key, features, labels)))
        .map_err(std::io::Error::other)
}

fn encode(key: &str, features: &Matrix, labels: &[f64]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    put_bytes(&mut bytes, key.as_bytes());
    match features {
        Matrix::Dense { n_columns, values } => {
            bytes.push(0);
            put_count(&mut bytes, *n_columns);
            put_values(&mut bytes, values);
        }
        Matrix::Sparse { n_columns, offsets, indices, values } => {
            bytes.push(1);
            put_count(&mut bytes, *n_columns);
            put_count(&mut bytes, offsets.len() - 1);
            for row in offsets.windows(2) {
                bytes.extend(((row[1] - row[0]) as u32).to_le_bytes());
            }
            put_count(&mut bytes, indices.len());
            for index in indices {
                bytes.extend(index.to_le_bytes());
            }
            put_values(&mut bytes, values);
        }
    }
    put_values(&mut bytes, labels);
    let seal = Sha256::digest(&bytes);
    bytes.extend_from_slice(&seal);
    bytes
}

fn put_count(bytes: &mut Vec<u8>, count: usize) {
    bytes.extend((count as u64).to_le_bytes());
}

fn put_bytes(bytes: &mut Vec<u8>, content: &[u8]) {
    put_count(bytes, content.len());
    bytes.extend_from_slice(content);
}

/// Values in the narrowest form that loses no bit: one byte, single or double precision.
fn put_values(bytes: &mut Vec<u8>, values: &[f64]) {
    put_count(bytes, values.len());
    let exact = |narrow: fn(f64) -> f64| values.iter().all(|value| narrow(*value).to_bits() == value.to_bits());
    if exact(|value| f64::from(value as u8)) {
        bytes.push(1);
        bytes.extend(values.iter().map(|value| *value as u8));
    } else if exact(|value| f64::from(value as f32)) {
        bytes.push(4);
        bytes.extend(values.iter().flat_map(|value| (*value as f32).to_le_bytes()));
    } else {
        bytes.push(8);
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    }
}

fn decode(bytes: &[u8], key: &str) -> Option<(Matrix, Vec<f64>)> {
    let (content, seal) = bytes.split_at_checked(bytes.len().checked_sub(SEAL_BYTES)?)?;
    if Sha256::digest(content)[..] != *seal {
        return None;
    }
    let mut rest = content.strip_prefix(MAGIC)?;
    let n_key = take_count(&mut rest)?;
    if take(&mut rest, n_key)? != key.as_bytes() {
        return None;
    }
    let sparse = take(&mut rest, 1)? == [1];
    let n_columns = take_count(&mut rest)?;
    let features = if sparse {
        let n_rows = take_count(&mut rest)?;
        let mut offsets = Vec::with_capacity(n_rows + 1);
        let mut end = 0;
        offsets.push(0);
        for length in take(&mut rest, n_rows.checked_mul(4)?)?.chunks_exact(4) {
            end += u32::from_le_bytes(length.try_into().ok()?) as usize;
            offsets.push(end);
        }
        let n_stored = take_count(&mut rest)?;
        let indices = take(&mut rest, n_stored.checked_mul(4)?)?.chunks_exact(4);
        let indices = indices.map(|index| Some(u32::from_le_bytes(index.try_into().ok()?))).collect::<Option<_>>()?;
        Matrix::Sparse { n_columns, offsets, indices, values: take_values(&mut rest)? }
    } else {
        Matrix::Dense { n_columns, values: take_values(&mut rest)? }
    };
    Some((features, take_values(&mut rest)?))
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    rest.split_off(..n)
}

fn take_count(rest: &mut &[u8]) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(take(rest, 8)?.try_into().ok()?)).ok()
}

fn take_values(rest: &mut &[u8]) -> Option<Vec<f64>> {
    let n = take_count(rest)?;
    let width = usize::from(take(rest, 1)?[0]);
    let items = take(rest, n.checked_mul(width)?)?;
    match width {
        1 => Some(items.iter().map(|item| f64::from(*item)).collect()),
        4 => items.chunks_exact(4).map(|item| Some(f64::from(f32::from_le_bytes(item.try_into().ok()?)))).collect(),
        8 => items.chunks_exact(8).map(|item| Some(f64::from_le_bytes(item.try_into().ok()?))).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples() -> Vec<(Matrix, Vec<f64>)> {
        let sparse = |values: Vec<f64>| Matrix::Sparse {
            n_columns: 9,
            offsets: vec![0, 2, 2, 3],
            indices: vec![0, 8, 4],
            values,
        };
        let labels = vec![1.0, -1.0, 1.0];
        vec![
            (sparse(vec![1.0, 255.0, 3.0]), labels.clone()),
            (sparse(vec![1.0, -0.5, 3.0]), labels.clone()),
            (sparse(vec![0.1, -0.0, 3.0]), labels),
            (Matrix::Dense { n_columns: 2, values: vec![1.0, 2.5, 1e300, -0.0] }, vec![0.0, 1e-9]),
        ]
    }

    #[test]
    fn what_was_written_is_read_to_the_bit() {
        for (features, labels) in examples() {
            let bytes = encode("key", &features, &labels);
            let (read, read_labels) = decode(&bytes, "key").unwrap();
            assert_eq!(encode("key", &read, &read_labels), bytes);
            assert_eq!((read, read_labels), (features, labels));
        }
    }

    #[test]
    fn damaged_cut_and_foreign_files_are_absent() {
        let (features, labels) = examples().remove(1);
        let bytes = encode("key", &features, &labels);
        assert!(decode(&bytes, "other").is_none());
        for at in 0..bytes.len() {
            assert!(decode(&bytes[..at], "key").is_none(), "cut at {at}");
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(decode(&damaged, "key").is_none(), "damaged at {at}");
        }
    }

    #[test]
    fn an_unwritable_folder_gives_no_cache_and_no_error() {
        let (features, labels) = examples().remove(0);
        let folder = tempfile::tempdir().unwrap();
        let blocked = folder.path().join("file");
        std::fs::write(&blocked, "not a folder").unwrap();
        let path = path(&blocked, "key");
        write(&path, "key", &features, &labels);
        assert!(read(&path, "key").is_none());
    }
}
