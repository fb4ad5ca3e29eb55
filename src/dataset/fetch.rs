//! Downloads of data files: resumed, verified, and in place only when whole.
//!
//! It does not print and knows no catalogue; progress goes to the caller.

use std::path::{Path, PathBuf};

#[cfg(feature = "fetch")]
mod http;

/// What to download and where to.
#[derive(Debug, Clone, Copy)]
pub struct Download<'a> {
    /// The address.
    pub url: &'a str,
    /// The file to make; while it grows it is called `<target>.part`.
    pub target: &'a Path,
    /// SHA-256 of the decompressed contents, hexadecimal, if the file must have it.
    pub content_sha256: Option<&'a str>,
}

/// A file that was downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// SHA-256 of its decompressed contents, hexadecimal.
    pub content_sha256: String,
    /// Length of the file.
    pub n_bytes: u64,
    /// Bytes that were there from an earlier, cut download.
    pub resumed_from: u64,
}

/// A download failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No connection, or it was cut too often.
    #[error(
        "cannot download {url}: {reason}. Is this machine offline? What has arrived is kept and the same command \
         continues; or download the file elsewhere and put it at {}",
        target.display()
    )]
    Unreachable {
        /// The address.
        url: String,
        /// What the network said.
        reason: String,
        /// Where the file belongs.
        target: PathBuf,
    },
    /// The server answers, but not with the file.
    #[error(
        "{url}: the server answers with status {status}{}. The file may have moved: find it and put it at {}, or give \
         another address with --url",
        if *status == 404 { " (not found)" } else { "" },
        target.display()
    )]
    Status {
        /// The address.
        url: String,
        /// Of HTTP.
        status: u16,
        /// Where the file belongs.
        target: PathBuf,
    },
    /// The file has other contents than it must have.
    #[error("{url}: the contents have SHA-256 {found}, expected {expected}; the download was thrown away")]
    Checksum {
        /// The address.
        url: String,
        /// What arrived.
        found: String,
        /// What should have.
        expected: String,
    },
    /// The file arrived and cannot be decompressed.
    #[error("{0}; the download was thrown away")]
    Corrupt(#[from] super::DatasetError),
    /// The program was built without the feature that brings HTTP and TLS.
    #[error(
        "cannot download {url}: this program was built without the feature `fetch`. Build it with --features fetch, or \
         download the file elsewhere and put it at {}",
        target.display()
    )]
    NotBuilt {
        /// The address.
        url: String,
        /// Where the file belongs.
        target: PathBuf,
    },
    /// The system refused to write or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Downloads a file, continuing an earlier attempt, and puts it in place when it is whole and verified.
///
/// `progress` is called with the bytes that have arrived and, where the server says, the bytes in all.
///
/// # Errors
/// The server cannot be reached, answers with an error, the contents are not those expected, nothing can be written, or
/// the program was built without the feature `fetch`.
pub fn download(request: &Download<'_>, progress: &mut dyn FnMut(u64, Option<u64>)) -> Result<Downloaded, FetchError> {
    #[cfg(feature = "fetch")]
    return http::download(request, progress);
    #[cfg(not(feature = "fetch"))]
    {
        let _ = progress;
        Err(FetchError::NotBuilt { url: request.url.to_owned(), target: request.target.to_owned() })
    }
}

/// The name of a file while it grows.
#[must_use]
pub fn part_of(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".part");
    name.into()
}
