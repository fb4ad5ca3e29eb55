//! What writes results: code, compiler, host and time of day.

use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// Version of the crate and checksum of its sources: results of other code are not reused.
pub const CODE_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("GRADSIEVE_SOURCE_HASH"));

/// The compiler of this program.
pub const COMPILER: &str = env!("GRADSIEVE_RUSTC");

/// The program, for a provenance.
#[must_use]
pub fn program() -> Value {
    json!({ "version": env!("CARGO_PKG_VERSION"), "revision": env!("GRADSIEVE_REVISION"),
        "sources": env!("GRADSIEVE_SOURCE_HASH"), "rustc": COMPILER })
}

/// The machine, for a provenance.
#[must_use]
pub fn host() -> Value {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    json!({ "os": std::env::consts::OS, "architecture": std::env::consts::ARCH, "cores": cores })
}

/// The time of day, for provenance, the journal and who reads it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "provenance and journal say when; nothing depends on it")]
pub fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
