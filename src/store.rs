//! Files that can be trusted: written whole or not at all, sealed by a checksum, locked against a second writer.
//!
//! It does not know what the bytes mean.

use sha2::{Digest, Sha256};
use std::fs::{self, File, TryLockError};
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Bytes of the seal at the end of a file.
const SEAL_BYTES: usize = 32;

/// The file system refuses, or another process writes there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file system refuses.
    #[error("cannot {action} {}: {source}{}", path.display(), remedy(source))]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process is writing to the result folder.
    #[error(
        "{} is in use by another gradsieve process: wait until it has finished, or choose another folder with --out",
        .0.display()
    )]
    Locked(PathBuf),
}

impl StoreError {
    /// The error of `action` at `path`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            " (free some space and run the same command again: finished runs are kept)"
        }
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::AlreadyExists => " (choose another folder with --out)",
        _ => "",
    }
}

/// Two digits a byte.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// SHA-256 over parts that cannot run into each other, hexadecimal.
#[must_use]
pub fn hash(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    hexadecimal(&digest.finalize())
}

/// Writes a file whole or not at all: to a temporary name beside it, flushed, then renamed.
///
/// What a killed process leaves of the temporary file is overwritten by the next one, so one process at a time may
/// write there: the one that holds the lock of the folder. Elsewhere, [`write_whole_unlocked`].
///
/// # Errors
/// The file system refuses; what was there before is untouched.
pub fn write_whole(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), StoreError> {
    write_by_way_of(path, ".part", fill)
}

/// [`write_whole`] where several processes may write the same file at once: the last one wins, with whole bytes.
///
/// # Errors
/// The file system refuses; what was there before is untouched.
pub fn write_whole_unlocked(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StoreError> {
    write_by_way_of(path, &format!(".{}.part", std::process::id()), fill)
}

fn write_by_way_of(
    path: &Path,
    extension: &str,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StoreError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(extension);
    let temporary = path.with_file_name(name);
    let written = (|| {
        let mut out = BufWriter::new(File::create(&temporary)?);
        fill(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&temporary, path)
    })();
    written.map_err(|error| {
        // The remains of a failed write take up space that may be what is lacking.
        let _ = fs::remove_file(&temporary);
        StoreError::io("write", path)(error)
    })
}

/// Writes a file that ends with the SHA-256 of the rest.
///
/// # Errors
/// The file system refuses.
pub fn write_sealed(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), StoreError> {
    write_whole(path, |out| {
        let mut sealing = Sealing { out, digest: Sha256::new() };
        fill(&mut sealing)?;
        let Sealing { out, digest } = sealing;
        out.write_all(&digest.finalize())
    })
}

/// The content of a sealed file; `None` if there is none, or if its seal is broken: then it must be made again.
#[must_use]
pub fn read_sealed(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.read_to_end(&mut bytes).ok()?;
    let content = bytes.len().checked_sub(SEAL_BYTES)?;
    let seal = bytes.split_off(content);
    (Sha256::digest(&bytes)[..] == seal[..]).then_some(bytes)
}

/// Opens a sealed file to be read from its start, for content that should not be in memory twice; `None` as for
/// [`read_sealed`]. The file is read once to check the seal: the folder's lock keeps others from writing it since.
#[must_use]
pub fn open_sealed(path: &Path) -> Option<impl Read> {
    let mut file = File::open(path).ok()?;
    let content = file.metadata().ok()?.len().checked_sub(SEAL_BYTES as u64)?;
    let mut sealing = Sealing { out: &mut io::sink(), digest: Sha256::new() };
    io::copy(&mut (&file).take(content), &mut sealing).ok()?;
    let expected = sealing.digest.finalize();
    let mut seal = Vec::new();
    file.read_to_end(&mut seal).ok()?;
    file.rewind().ok()?;
    (expected[..] == seal[..]).then(|| BufReader::new(file).take(content))
}

/// Passes bytes on and digests them.
struct Sealing<'a> {
    out: &'a mut dyn Write,
    digest: Sha256,
}

impl Write for Sealing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// What the files of a run or a problem are called by: the beginning of its hash.
pub(crate) fn key(hash: &str) -> &str {
    &hash[..16]
}

/// Where the finished run of this key is kept.
pub(crate) fn run_path(folder: &Path, key: &str) -> PathBuf {
    folder.join(".store").join(format!("{key}.run"))
}

/// A result folder that this process alone writes to, until it is dropped.
#[derive(Debug)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder where it is missing, and locks it.
    ///
    /// # Errors
    /// It cannot be made or written to, or another process holds it.
    pub fn lock(path: &Path) -> Result<Self, StoreError> {
        let inner = path.join(".store");
        fs::create_dir_all(&inner).map_err(StoreError::io("create the folder", &inner))?;
        let lock_path = inner.join("lock");
        let lock = File::create(&lock_path).map_err(StoreError::io("write", &lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &lock_path)(error)),
        }
    }

    /// Where a finished run is kept.
    #[must_use]
    pub fn run(&self, hash: &str) -> PathBuf {
        run_path(&self.path, key(hash))
    }

    /// Where an unfinished run is kept.
    #[must_use]
    pub fn checkpoint(&self, hash: &str) -> PathBuf {
        self.path.join(".store").join(format!("{}.checkpoint", key(hash)))
    }

    /// Where the minimum of a problem is kept.
    #[must_use]
    pub fn minimum(&self, hash: &str) -> PathBuf {
        self.path.join(".store").join(format!("{}.minimum", key(hash)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_file_with_one_wrong_byte_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        write_sealed(&path, |out| out.write_all(b"content")).unwrap();
        assert_eq!(read_sealed(&path).unwrap(), b"content");
        let mut content = Vec::new();
        open_sealed(&path).unwrap().read_to_end(&mut content).unwrap();
        assert_eq!(content, b"content");
        for position in [0, 6, 7, 38] {
            let mut bytes = fs::read(&path).unwrap();
            bytes[position] ^= 1;
            let broken = folder.path().join("broken");
            fs::write(&broken, &bytes).unwrap();
            assert_eq!(read_sealed(&broken), None, "byte {position}");
            assert!(open_sealed(&broken).is_none(), "byte {position}");
        }
        fs::write(&path, b"short").unwrap();
        assert_eq!(read_sealed(&path), None);
        assert!(open_sealed(&path).is_none());
    }

    #[test]
    fn a_failed_write_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        write_whole(&path, |out| out.write_all(b"old")).unwrap();
        let error = write_whole(&path, |out| {
            out.write_all(b"ne")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        })
        .unwrap_err();
        assert!(error.to_string().contains("finished runs are kept"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_second_writer_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = Folder::lock(folder.path()).unwrap();
        assert!(matches!(Folder::lock(folder.path()), Err(StoreError::Locked(_))));
        drop(first);
        assert!(Folder::lock(folder.path()).is_ok());
    }

    #[test]
    fn parts_of_a_hash_do_not_run_into_each_other() {
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
    }
}
