//! What writes results: code, compiler, host and time of day.

use crate::registry;
use crate::store::{StoreError, hexadecimal};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

/// Version of the crate and checksum of its sources: results of other code are not reused.
const CODE_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("GRADSIEVE_SOURCE_HASH"));

/// What identifies the code that computes results.
///
/// The code of members of other crates, and of their dependencies, is known only by the checksum of the running
/// program, so a program that registers members identifies itself by it: a program rebuilt from changed code never
/// reuses stored runs, and one rebuilt from the same code may repeat them.
///
/// # Errors
/// The running program cannot be read.
pub fn code_version() -> Result<&'static str, StoreError> {
    static VERSION: OnceLock<String> = OnceLock::new();
    if registry::registered().is_empty() {
        return Ok(CODE_VERSION);
    }
    if VERSION.get().is_none() {
        let path = std::env::current_exe().map_err(StoreError::io("find the running program", Path::new("")))?;
        let program = std::fs::read(&path).map_err(StoreError::io("read the running program", &path))?;
        let _ = VERSION.set(format!("{CODE_VERSION}+{}", hexadecimal(&Sha256::digest(&program))));
    }
    Ok(VERSION.get().map_or(CODE_VERSION, String::as_str))
}

/// The compiler of this program.
pub const COMPILER: &str = env!("GRADSIEVE_RUSTC");

/// The program, for a provenance.
#[must_use]
pub fn program() -> Value {
    let mut program = json!({ "version": env!("CARGO_PKG_VERSION"), "revision": env!("GRADSIEVE_REVISION"),
        "sources": env!("GRADSIEVE_SOURCE_HASH"), "rustc": COMPILER });
    let members = registry::registered();
    if !members.is_empty() {
        let members: Vec<_> = members
            .iter()
            .map(|(family, name, path)| json!({ "family": family, "name": name, "type": path }))
            .collect();
        program["members"] = members.into();
        program["code"] = code_version().unwrap_or_default().into();
    }
    program
}

/// The machine, for a provenance.
#[must_use]
pub fn host() -> Value {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    json!({ "os": std::env::consts::OS, "architecture": std::env::consts::ARCH, "cores": cores })
}

/// The time of day, for provenance, the journal and its readers.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "provenance and journal say when; nothing depends on it")]
pub fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
