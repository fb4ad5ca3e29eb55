//! Where results come from: code, data, seeds, command and host. Timestamps stand here and nowhere else.

use super::file::ExperimentFile;
use super::plan::Plan;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// Version of the crate and checksum of its sources: results of other code are not reused.
pub const CODE_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("GRADSIEVE_SOURCE_HASH"));

/// The compiler of this program.
pub const COMPILER: &str = env!("GRADSIEVE_RUSTC");

/// The provenance of a result folder.
#[must_use]
pub fn provenance(file: &ExperimentFile, plan: &Plan, command: &[String]) -> Value {
    let data: BTreeMap<String, &str> = plan
        .runs
        .iter()
        .filter(|run| !run.problem.data_checksum.is_empty())
        .map(|run| {
            let dataset = run.spec.dataset.as_ref().and_then(|dataset| serde_json::to_string(dataset).ok());
            (dataset.unwrap_or_default(), run.problem.data_checksum.as_str())
        })
        .collect();
    let runs: Vec<Value> = plan
        .runs
        .iter()
        .map(|run| json!({ "run": run.id, "label": run.label, "seed": run.seed, "spec": run.spec }))
        .collect();
    json!({
        "question": file.question,
        "reading": file.reading,
        "experiment": file.path.display().to_string(),
        "command": command,
        "written_at_unix_seconds": since_1970().as_secs(),
        "gradsieve": program(),
        "host": host(),
        "data_checksums": data,
        "plots": file.plots,
        "check": file.check,
        "claims": file.claims,
        "paper": file.paper,
        "runs": runs,
    })
}

/// The provenance of a benchmark: times belong to a machine, so it is described in more detail.
#[must_use]
pub fn of_benchmark(command: &[String]) -> Value {
    json!({
        "command": command,
        "written_at_unix_seconds": since_1970().as_secs(),
        "gradsieve": program(),
        "host": host(),
        "machine": super::benchmark::host::describe(),
    })
}

fn program() -> Value {
    json!({ "version": env!("CARGO_PKG_VERSION"), "revision": env!("GRADSIEVE_REVISION"),
        "sources": env!("GRADSIEVE_SOURCE_HASH"), "rustc": COMPILER })
}

fn host() -> Value {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    json!({ "os": std::env::consts::OS, "architecture": std::env::consts::ARCH, "cores": cores })
}

/// The time of day, for provenance, the journal and who reads it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "provenance and journal say when; nothing depends on it")]
pub fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
