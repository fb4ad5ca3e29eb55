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
    /// The file system has no locks, so that nothing would keep a second process out.
    #[error(
        "cannot lock {}: this file system knows no locks ({source}); choose a folder on another one with --out, such as \
         a local disk, and copy the results",
        path.display()
    )]
    NoLocks {
        /// The file that was to be locked.
        path: PathBuf,
        /// What the file system answered.
        source: io::Error,
    },
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

/// Whether an error says that locks are not supported, or that no lock service runs: ENOSYS, ENOLCK, EOPNOTSUPP, and
/// ENOTSUPP, which file systems of clusters let through.
fn knows_no_locks(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
        || cfg!(target_os = "linux") && error.raw_os_error().is_some_and(|code| [37, 38, 95, 524].contains(&code))
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
    if let (Some(folder), Some(name)) = (path.parent(), path.file_name()) {
        sweep(folder, &name.to_string_lossy());
    }
    write_by_way_of(path, &format!(".{}.part", std::process::id()), fill)
}

/// Removes what killed processes left half-written in a folder, of the files whose names begin so. What names a process
/// that still runs is its own; where that cannot be seen, it stays.
fn sweep(folder: &Path, name: &str) {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let is_left = |file: &str| {
        let Some(written) = file.strip_prefix(name).and_then(|rest| rest.strip_suffix(".part")) else { return false };
        match written.rsplit_once('.').map(|(before, process)| (before, process.parse::<u32>())) {
            Some((before, Ok(process))) => {
                let can_be_seen = Path::new("/proc/self").exists();
                (name.is_empty() || before.is_empty())
                    && can_be_seen
                    && !Path::new(&format!("/proc/{process}")).exists()
            }
            // The name of a file that only one process may write at a time, in a folder that is locked.
            _ => name.is_empty(),
        }
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_left) {
            // What cannot be removed is in the way of nothing.
            let _ = fs::remove_file(entry.path());
        }
    }
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
        let mut sealing = Sealing { out, digest: Sha256::new(), length: 0 };
        fill(&mut sealing)?;
        let Sealing { out, digest, .. } = sealing;
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
    let mut sealing = Sealing { out: &mut io::sink(), digest: Sha256::new(), length: 0 };
    io::copy(&mut (&file).take(content), &mut sealing).ok()?;
    let expected = sealing.digest.finalize();
    let mut seal = Vec::new();
    file.read_to_end(&mut seal).ok()?;
    file.rewind().ok()?;
    (expected[..] == seal[..]).then(|| BufReader::new(file).take(content))
}

/// Writes a file whole or not at all, as [`write_whole`] does; gives its length in bytes and its SHA-256, hexadecimal.
///
/// # Errors
/// The file system refuses; what was there before is untouched.
pub fn write_digested(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(u64, String), StoreError> {
    let mut written = (0, String::new());
    write_whole(path, |out| {
        let mut sealing = Sealing { out, digest: Sha256::new(), length: 0 };
        fill(&mut sealing)?;
        written = (sealing.length, hexadecimal(&sealing.digest.finalize()));
        Ok(())
    })?;
    Ok(written)
}

/// The length of a file in bytes and its SHA-256, hexadecimal; `None` where it cannot be read.
#[must_use]
pub fn digest(path: &Path) -> Option<(u64, String)> {
    let mut sealing = Sealing { out: &mut io::sink(), digest: Sha256::new(), length: 0 };
    io::copy(&mut File::open(path).ok()?, &mut sealing).ok()?;
    Some((sealing.length, hexadecimal(&sealing.digest.finalize())))
}

/// Passes bytes on, counts and digests them.
struct Sealing<'a> {
    out: &'a mut dyn Write,
    digest: Sha256,
    length: u64,
}

impl Write for Sealing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(&bytes[..written]);
        self.length += written as u64;
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
            Ok(()) => {
                sweep(&inner, "");
                Ok(Self { path: path.to_owned(), _lock: lock })
            }
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(path.to_owned())),
            Err(TryLockError::Error(source)) if knows_no_locks(&source) => {
                Err(StoreError::NoLocks { path: lock_path, source })
            }
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock", &lock_path)(error)),
        }
    }

    /// Where a finished run is kept.
    #[must_use]
    pub fn run(&self, hash: &str) -> PathBuf {
        run_path(&self.path, key(hash))
    }

    /// What all finished runs in it hold, of whatever experiment; those with a broken seal are left out.
    pub(crate) fn runs(&self) -> Vec<Vec<u8>> {
        let entries = fs::read_dir(self.path.join(".store")).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        paths
            .filter(|path| path.extension().is_some_and(|own| own == "run"))
            .filter_map(|path| read_sealed(&path))
            .collect()
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
    fn what_a_killed_process_left_is_removed_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        // No process has this number.
        let (left, own) = (format!("a.svg.{}.part", u32::MAX), format!("a.svg.{}.part", std::process::id()));
        let kept = [own.as_str(), "a.svg.part", "b.svg.4294967295.part", "a.svg.mine"];
        for name in kept.iter().copied().chain([left.as_str()]) {
            fs::write(path(name), "").unwrap();
        }
        write_whole_unlocked(&path("a.svg"), |out| out.write_all(b"new")).unwrap();
        if Path::new("/proc/self").exists() {
            assert!(!path(&left).exists());
        }
        // The file of this very process was renamed.
        assert!(kept[1..].iter().all(|name| path(name).exists()) && !path(&own).exists());
        fs::create_dir(path(".store")).unwrap();
        fs::write(path(".store/x.run.part"), "").unwrap();
        drop(Folder::lock(folder.path()).unwrap());
        assert!(!path(".store/x.run.part").exists());
    }

    #[test]
    fn a_file_system_without_locks_is_called_one() {
        for code in [37, 38, 95, 524] {
            assert!(!cfg!(target_os = "linux") || knows_no_locks(&io::Error::from_raw_os_error(code)), "{code}");
        }
        assert!(!knows_no_locks(&io::Error::from(io::ErrorKind::StorageFull)));
        let (path, source) = (PathBuf::from("out/.store/lock"), io::Error::from(io::ErrorKind::Unsupported));
        let message = StoreError::NoLocks { path, source }.to_string();
        assert!(message.contains("knows no locks") && message.contains("--out"), "{message}");
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
