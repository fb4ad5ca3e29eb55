//! Downloads of data files: resumed, verified, and in place only when whole.
//!
//! It does not print and knows no catalogue; progress goes to the caller.

use super::decompress::decompress;
use crate::store::hexadecimal;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Connections are tried this often; each continues where the last one was cut.
const ATTEMPTS: usize = 4;

/// Patience with a server that does not answer or falls silent.
const TIMEOUT: Duration = Duration::from_secs(30);

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
/// The server cannot be reached, answers with an error, the contents are not those expected, or nothing can be written.
pub fn download(request: &Download<'_>, progress: &mut dyn FnMut(u64, Option<u64>)) -> Result<Downloaded, FetchError> {
    let target = request.target;
    let part = part_of(target);
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| FetchError::Io { path, source }
    };
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder).map_err(io(folder))?;
    }
    let mut resumed_from = length(&part);
    let agent = agent(request.url);
    let mut attempt = 1;
    while let Err(failure) = continue_download(&agent, request, &part, &mut resumed_from, progress) {
        match failure {
            Failure::Cut(_) if attempt < ATTEMPTS => attempt += 1,
            Failure::Cut(reason) => {
                return Err(FetchError::Unreachable { url: request.url.to_owned(), reason, target: target.to_owned() });
            }
            Failure::Final(error) => return Err(*error),
        }
    }
    let bytes = std::fs::read(&part).map_err(io(&part))?;
    let contents = decompress(&target.display().to_string(), &bytes).inspect_err(|_| discard(&part))?;
    let content_sha256 = hexadecimal(&Sha256::digest(&contents));
    if let Some(expected) = request.content_sha256
        && expected != content_sha256
    {
        discard(&part);
        let (url, expected) = (request.url.to_owned(), expected.to_owned());
        return Err(FetchError::Checksum { url, found: content_sha256, expected });
    }
    std::fs::rename(&part, target).map_err(io(target))?;
    let sha256 = hexadecimal(&Sha256::digest(&bytes));
    Ok(Downloaded { sha256, content_sha256, n_bytes: bytes.len() as u64, resumed_from })
}

/// The name of a file while it grows.
#[must_use]
pub fn part_of(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn discard(part: &Path) {
    // If it cannot be removed, the next attempt finds it, and the checksum fails again.
    let _ = std::fs::remove_file(part);
}

fn length(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

fn agent(url: &str) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(TIMEOUT))
        .timeout_recv_response(Some(TIMEOUT))
        .timeout_per_read(Some(TIMEOUT));
    // A proxy cannot reach this machine's own loopback.
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|host| url.starts_with(host));
    let config = if local { config.proxy(None) } else { config };
    config.build().into()
}

/// Why one connection did not bring the rest.
enum Failure {
    /// Another connection may.
    Cut(String),
    /// None will.
    Final(Box<FetchError>),
}

fn continue_download(
    agent: &ureq::Agent,
    request: &Download<'_>,
    part: &Path,
    resumed_from: &mut u64,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<(), Failure> {
    let cannot = |source| Failure::Final(Box::new(FetchError::Io { path: part.to_owned(), source }));
    let have = length(part);
    let mut call = agent.get(request.url);
    if have > 0 {
        call = call.header("Range", format!("bytes={have}-"));
    }
    let mut response = call.call().map_err(|error| Failure::Cut(error.to_string()))?;
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let length_header = header("content-length").and_then(|value| value.parse::<u64>().ok());
    let range = header("content-range").unwrap_or_default();
    let (mut have, whole) = match response.status().as_u16() {
        200 => (0, length_header),
        206 if range.starts_with(&format!("bytes {have}-")) => (have, length_header.map(|rest| have + rest)),
        // The part has all bytes already, or is not part of this file.
        416 if range == format!("bytes */{have}") => return Ok(()),
        206 | 416 => {
            discard(part);
            return Err(Failure::Cut(format!("the server cannot continue at byte {have}")));
        }
        // Overloaded or restarting servers recover.
        status @ (429 | 500..) => return Err(Failure::Cut(format!("the server answers with status {status}"))),
        status => {
            let (url, target) = (request.url.to_owned(), request.target.to_owned());
            return Err(Failure::Final(Box::new(FetchError::Status { url, status, target })));
        }
    };
    let mut file = File::options().create(true).append(true).open(part).map_err(cannot)?;
    file.set_len(have).map_err(cannot)?;
    // A server that starts over makes the earlier part worthless.
    *resumed_from = have.min(*resumed_from);
    let mut body = response.body_mut().as_reader();
    let mut buffer = vec![0; 64 * 1024];
    progress(have, whole);
    loop {
        let n = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(error) => return Err(Failure::Cut(error.to_string())),
        };
        file.write_all(&buffer[..n]).map_err(cannot)?;
        have += n as u64;
        progress(have, whole);
    }
    file.sync_all().map_err(cannot)?;
    match whole {
        Some(whole) if whole != have => Err(Failure::Cut(format!("{have} of {whole} bytes arrived"))),
        _ => Ok(()),
    }
}
