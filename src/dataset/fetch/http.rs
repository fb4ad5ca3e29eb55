//! The download itself, over HTTP and TLS: only with the feature `fetch`.

use super::{Download, Downloaded, FetchError, part_of};
use crate::dataset::decompress::decompress;
use crate::store::hexadecimal;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

/// Connections are tried this often; each continues where the last one was cut.
const ATTEMPTS: usize = 4;

/// Patience with a server that does not answer or falls silent.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) fn download(
    request: &Download<'_>,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Downloaded, FetchError> {
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
        // The part has all bytes already, or is not a part of this file.
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
