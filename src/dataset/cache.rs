//! Rows once read, kept in a compact binary form in the user's cache folder.
//!
//! It does not know formats or labels' meaning. A file is found by the checksum of its source and sealed by its own:
//! one that is damaged, cut or for another source is as good as absent.

use super::Matrix;
use crate::store;
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// First bytes; the number changes with the layout or with what readers make of the same source.
const MAGIC: &[u8; 24] = b"gradsieve rows, layout 1";
const SEAL_BYTES: usize = 32;

/// What the folder may hold, in bytes.
pub const MOST_BYTES: u64 = 2_000_000_000;

/// Reading sources smaller than this takes no time worth a file.
pub(super) const FROM_SOURCE_BYTES: usize = 256 * 1024;

/// The extension of its files.
const EXTENSION: &str = "rows";

/// A folder of rows that were read before.
///
/// It is a convenience: a folder that cannot be written, read or made is as good as an empty one, and never an error of
/// what reads rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCache {
    folder: PathBuf,
}

/// What a cache holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Sources whose rows are there.
    pub n_entries: usize,
    /// All of them together, in bytes.
    pub n_bytes: u64,
}

impl RowCache {
    /// That of the user: `gradsieve/rows` in the folder that `XDG_CACHE_HOME` names, else in `~/.cache`; `None` where
    /// neither is known.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        Self::at(std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME"))
    }

    fn at(cache: Option<OsString>, home: Option<OsString>) -> Option<Self> {
        // A relative path is to be ignored, says the specification of base directories.
        let cache = cache.map(PathBuf::from).filter(|path| path.is_absolute());
        let home = home.map(PathBuf::from).filter(|path| path.is_absolute() && path.is_dir());
        let base = cache.or_else(|| home.map(|home| home.join(".cache")))?;
        Some(Self::new(&base.join("gradsieve").join("rows")))
    }

    /// That in this folder, which is made when it is needed.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it holds; nothing where there is no such folder.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let files = self.files();
        let is_entry = |path: &Path| path.extension().is_some_and(|extension| extension == EXTENSION);
        Usage {
            n_entries: files.iter().filter(|(_, path, _)| is_entry(path)).count(),
            n_bytes: files.iter().map(|(.., n_bytes)| n_bytes).sum(),
        }
    }

    /// Removes all that it holds, and says what that was.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn clear(&self) -> io::Result<Usage> {
        let usage = self.usage();
        self.files().iter().try_for_each(|(_, path, _)| std::fs::remove_file(path))?;
        Ok(usage)
    }

    /// Its own files, those among them that a killed process left half written: when they were written, where they are,
    /// and their bytes.
    fn files(&self) -> Vec<(SystemTime, PathBuf, u64)> {
        let is_own = |path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let parts: Vec<&str> = name.split('.').collect();
            matches!(parts[..], [_, EXTENSION] | [_, EXTENSION, _, "part"])
        };
        let file = |entry: io::Result<std::fs::DirEntry>| {
            let (path, metadata) = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?))).ok()?;
            (metadata.is_file() && is_own(&path)).then_some((metadata.modified().ok()?, path, metadata.len()))
        };
        std::fs::read_dir(&self.folder).map(|entries| entries.filter_map(file).collect()).unwrap_or_default()
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(key).with_extension(EXTENSION)
    }

    /// Rows and labels of the source with checksum `key` (hexadecimal), if they are there and whole.
    pub(super) fn read(&self, key: &str) -> Option<(Matrix, Vec<f64>)> {
        decode(&std::fs::read(self.path(key)).ok()?, key)
    }

    /// Keeps rows and labels, and removes the oldest files where they are more than [`MOST_BYTES`] together.
    pub(super) fn write(&self, key: &str, features: &Matrix, labels: &[f64]) {
        // A full disk or a read-only folder must not stop a run.
        let _ = self.try_write(key, features, labels, MOST_BYTES);
    }

    fn try_write(&self, key: &str, features: &Matrix, labels: &[f64], most_bytes: u64) -> io::Result<()> {
        let bytes = encode(key, features, labels);
        let Some(room) = most_bytes.checked_sub(bytes.len() as u64) else { return Ok(()) };
        std::fs::create_dir_all(&self.folder)?;
        let mut others = self.files();
        others.retain(|(_, path, _)| *path != self.path(key));
        others.sort_unstable();
        let mut n_bytes: u64 = others.iter().map(|(.., n_bytes)| n_bytes).sum();
        for (_, path, own) in others {
            if n_bytes <= room {
                break;
            }
            std::fs::remove_file(path)?;
            n_bytes -= own;
        }
        store::write_whole_unlocked(&self.path(key), |out| out.write_all(&bytes)).map_err(io::Error::other)
    }
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
        let cache = RowCache::new(&blocked);
        cache.write("key", &features, &labels);
        assert!(cache.read("key").is_none());
        assert_eq!((cache.usage(), cache.clear().unwrap()), (Usage::default(), Usage::default()));
    }

    #[test]
    fn the_oldest_files_make_room_and_what_is_larger_than_all_room_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let cache = RowCache::new(&folder.path().join("rows"));
        let (features, labels) = examples().remove(0);
        let size = encode("a", &features, &labels).len() as u64;
        for (key, age) in [("c", 1), ("a", 3), ("b", 2)] {
            cache.try_write(key, &features, &labels, 3 * size).unwrap();
            let file = std::fs::File::options().append(true).open(cache.path(key)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1000 - age)).unwrap();
        }
        assert_eq!(cache.usage(), Usage { n_entries: 3, n_bytes: 3 * size });
        cache.try_write("d", &features, &labels, 3 * size).unwrap();
        let kept = ["a", "b", "c", "d"].map(|key| cache.read(key).is_some());
        assert_eq!(kept, [false, true, true, true]);
        // Its own old file takes no room from a new one.
        cache.try_write("b", &features, &labels, 3 * size).unwrap();
        assert_eq!(cache.usage().n_entries, 3);
        cache.try_write("e", &features, &labels, size - 1).unwrap();
        assert!(cache.read("e").is_none() && cache.usage().n_entries == 3);

        // What a killed process left counts and goes, and what is not its own stays.
        std::fs::write(cache.folder().join("f.rows.17.part"), "half").unwrap();
        std::fs::write(cache.folder().join("notes.txt"), "mine").unwrap();
        assert_eq!(cache.clear().unwrap(), Usage { n_entries: 3, n_bytes: 3 * size + 4 });
        assert_eq!(std::fs::read_dir(cache.folder()).unwrap().count(), 1);
    }

    #[test]
    fn the_folder_is_that_of_the_environment_or_none() {
        let home = tempfile::tempdir().unwrap();
        let at = |cache: Option<&str>, home: Option<&Path>| {
            let found = RowCache::at(cache.map(Into::into), home.map(|home| home.as_os_str().to_owned()));
            found.map(|cache| cache.folder)
        };
        assert_eq!(at(Some("/cache"), None), Some("/cache/gradsieve/rows".into()));
        let of_home = Some(home.path().join(".cache/gradsieve/rows"));
        assert_eq!(at(None, Some(home.path())), of_home);
        assert_eq!(at(Some(""), Some(home.path())), of_home);
        assert_eq!(at(Some("relative"), Some(home.path())), of_home);
        assert_eq!(at(None, Some(&home.path().join("gone"))), None);
        assert_eq!(at(None, None), None);
    }
}
