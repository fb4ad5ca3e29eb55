//! What a plan needs of a machine, added up before anything of it is made, and what no plan may exceed.
//!
//! It knows sizes and no numbers: an experiment that is refused here has read its data, and nothing else.

use super::error::SpecError;
use super::file::ExperimentFile;
use super::planned::PlannedRun;
use super::spec::run::{BatchSize, RunSpec};
use serde_json::Value;
use std::fs;

/// Workers with random numbers of their own, as [`crate::random::Streams::stream`] has them.
const MOST_WORKERS: usize = 1 << 24;

/// Rounds with random numbers of their own.
const MOST_ROUNDS: u64 = (1 << 40) - 1;

/// Coordinates that the indices of a message can name.
pub(crate) const MOST_COORDINATES: u128 = 1 << 32;

/// Bytes of the vectors that runs write down.
const MOST_ON_DISK: u128 = 1_000_000_000_000;

/// What is assumed of a machine that does not say how much memory it has.
const USUAL_MEMORY: u128 = 16_000_000_000;

/// Bytes of a number.
const NUMBER: u128 = size_of::<f64>() as u128;

/// Vectors of length d that every run holds, whatever its method: the iterate, the mean, its shared gradient, a buffer.
const VECTORS_OF_A_RUN: u128 = 4;

/// Bytes that every worker takes besides its vectors: its state, its rows, its bits, its constants.
const BYTES_OF_A_WORKER: u128 = 128;

/// One part of what is needed.
struct Need {
    /// The key that it follows from.
    key: &'static str,
    /// The key with its value and what takes the bytes: `n_workers = 10, and their states`.
    what: String,
    bytes: u128,
}

/// Adds up what the runs of a plan need together.
pub(super) struct Limits {
    /// In bytes.
    memory: u128,
    /// What runs leave in memory until the tables are written.
    recorded: u128,
    on_disk: u128,
}

impl Limits {
    pub(super) fn of_this_machine() -> Self {
        Self { memory: memory(), recorded: 0, on_disk: 0 }
    }

    /// Refuses what shows in the specification alone, before data and objective are made of it.
    pub(super) fn admit(&self, file: &ExperimentFile, spec: &RunSpec) -> Result<(), SpecError> {
        let n_workers = spec.n_workers.get();
        if n_workers > MOST_WORKERS {
            let message = format!(
                "`n_workers` is {n_workers}, but only {MOST_WORKERS} workers have random numbers of their own: choose \
                 at most as many"
            );
            return Err(file.error_at("n_workers", message));
        }
        if spec.rounds > MOST_ROUNDS {
            let message = format!(
                "`rounds` is {}, but only {MOST_ROUNDS} rounds have random numbers of their own: choose at most as many",
                spec.rounds
            );
            return Err(file.error_at("rounds", message));
        }
        let mut needs = vec![of_workers(spec)];
        let objective = serde_json::to_value(&spec.objective).unwrap_or_default();
        needs.extend(count(&objective, "dim").map(|dim| Need {
            key: "objective",
            what: format!("dim = {dim}, and vectors of this length"),
            bytes: VECTORS_OF_A_RUN.saturating_mul(dim).saturating_mul(NUMBER),
        }));
        let dataset = serde_json::to_value(&spec.dataset).unwrap_or_default();
        // Of a file, d shows when it is read.
        if let (Some(rows), Some(columns)) = (count(&dataset, "n_rows"), count(&dataset, "n_features")) {
            let per_row = dataset["entries_per_row"].as_f64().map_or(columns, |entries| entries as u128);
            needs.push(Need {
                key: "dataset",
                what: format!("n_rows = {rows} and n_features = {columns}, and these rows"),
                bytes: rows.saturating_mul(per_row).saturating_add(columns).saturating_mul(NUMBER),
            });
        }
        self.hold(file, needs)
    }

    /// Refuses an objective with more coordinates than a run can have, before a method is made for it.
    pub(super) fn admit_dim(&self, file: &ExperimentFile, spec: &RunSpec, dim: usize) -> Result<(), SpecError> {
        let key = if spec.dataset.is_some() { "dataset" } else { "objective" };
        let dim = dim as u128;
        if dim > MOST_COORDINATES {
            let message =
                format!("d = {dim}, but indices in messages end at {MOST_COORDINATES}: choose fewer coordinates");
            return Err(file.error_at(key, message));
        }
        let bytes = VECTORS_OF_A_RUN.saturating_mul(dim).saturating_mul(NUMBER);
        self.hold(file, vec![Need { key, what: format!("d = {dim}, and vectors of this length"), bytes }])
    }

    /// Takes in a run; refuses the first with which the plan is too large.
    pub(super) fn admit_run(&mut self, file: &ExperimentFile, run: &PlannedRun) -> Result<(), SpecError> {
        let spec = &run.spec;
        let dim = run.problem.objective.dim() as u128;
        let n_workers = spec.n_workers.get() as u128;
        let n_vectors = run.method.worker_memory().len() as u128;
        let n_server = run.method.server_memory().len() as u128;
        let of_server = Need {
            key: if spec.dataset.is_some() { "dataset" } else { "objective" },
            what: format!("d = {dim}, and vectors of this length"),
            bytes: (VECTORS_OF_A_RUN + n_server).saturating_mul(dim).saturating_mul(NUMBER),
        };
        let of_vectors = Need {
            key: "n_workers",
            what: format!("n_workers = {n_workers}, and {n_vectors} vectors of length {dim} for each"),
            bytes: n_workers.saturating_mul(n_vectors).saturating_mul(dim).saturating_mul(NUMBER),
        };
        let mut needs = vec![of_server, of_vectors, of_workers(spec)];
        if let BatchSize::Rows(rows) = spec.batch_size {
            // Of as many workers as compute at a time.
            let at_a_time = std::thread::available_parallelism().map_or(1, |cores| cores.min(spec.n_workers).get());
            needs.push(Need {
                key: "batch_size",
                what: format!("batch_size = {rows}, and the numbers of these rows"),
                bytes: (rows.get() as u128 * size_of::<u32>() as u128).saturating_mul(at_a_time as u128),
            });
        }
        let n_recorded = spec.record.schedule.n_recorded(spec.rounds);
        // An optional number takes two, and a row its round and a list.
        let of_a_row = NUMBER * (4 + 2 * spec.record.metrics.len() as u128);
        self.recorded = self.recorded.saturating_add(n_recorded.saturating_mul(of_a_row));
        needs.push(Need {
            key: if file.has("record") { "record" } else { "rounds" },
            what: format!("rounds = {}, and {n_recorded} recorded rows in a run", spec.rounds),
            bytes: self.recorded,
        });
        self.hold(file, needs)?;
        self.admit_vectors(file, run, dim)
    }

    /// The files of vectors.
    fn admit_vectors(&mut self, file: &ExperimentFile, run: &PlannedRun, dim: u128) -> Result<(), SpecError> {
        let (spec, Some(vectors)) = (&run.spec, &run.spec.record.vectors) else { return Ok(()) };
        let n_rounds = match &vectors.rounds {
            Some(rounds) => rounds.len() as u128,
            None => spec.record.schedule.n_recorded(spec.rounds),
        };
        let parts = (vectors.workers.len() * vectors.which.len()) as u128;
        self.on_disk = self.on_disk.saturating_add(n_rounds.saturating_mul(parts).saturating_mul(dim) * NUMBER);
        if self.on_disk > MOST_ON_DISK {
            let message = format!(
                "`record.vectors` requests {} of files, and at most {} are written: name fewer rounds or workers",
                size(self.on_disk),
                size(MOST_ON_DISK)
            );
            return Err(file.error_at("record", message));
        }
        Ok(())
    }

    /// Refuses needs that together exceed the memory; the mark is at the largest.
    fn hold(&self, file: &ExperimentFile, needs: Vec<Need>) -> Result<(), SpecError> {
        let sum = needs.iter().fold(0_u128, |sum, need| sum.saturating_add(need.bytes));
        let Some(largest) = needs.into_iter().max_by_key(|need| need.bytes).filter(|_| sum > self.memory) else {
            return Ok(());
        };
        let Need { key, what, bytes } = largest;
        let message = format!(
            "{what} take {}, but this machine has {} of memory: choose less, or a larger machine",
            size(bytes),
            size(self.memory)
        );
        Err(file.error_at(key, message))
    }
}

fn of_workers(spec: &RunSpec) -> Need {
    let n_workers = spec.n_workers.get() as u128;
    Need {
        key: "n_workers",
        what: format!("n_workers = {n_workers}, and their states"),
        bytes: n_workers.saturating_mul(BYTES_OF_A_WORKER),
    }
}

fn count(value: &Value, key: &str) -> Option<u128> {
    value[key].as_u64().map(u128::from)
}

/// Bytes for the eye, to two digits.
pub(crate) fn size(bytes: u128) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let power = UNITS.len().min(bytes.checked_ilog(1000).unwrap_or(0) as usize + 1) - 1;
    let value = UNITS[..power].iter().fold(bytes as f64, |value, _| value / 1000.0);
    if value >= 1e4 { format!("more than 10000 {}", UNITS[power]) } else { format!("{value:.1} {}", UNITS[power]) }
}

/// The memory in bytes that this process may use: that of the machine, of its control group, of its own limit, or what
/// is usual where none of them is known.
pub(crate) fn memory() -> u128 {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let number_after = |text: &str, name: &str| -> Option<u128> {
        text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
    };
    let machine = number_after(&read("/proc/meminfo"), "MemTotal:").map(|kibibytes| kibibytes * 1024);
    let group = read("/sys/fs/cgroup/memory.max").trim().parse().ok();
    let own = number_after(&read("/proc/self/limits"), "Max address space");
    [machine, group, own].into_iter().flatten().min().unwrap_or(USUAL_MEMORY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn refusal(keys: &str) -> String {
        let rest = "batch_size = \"full\"\nstep_size = 0.1\nmethod = { name = \"error-feedback\", compressor = { name = \"top-k\", k = 2 } }";
        let file = ExperimentFile::parse(Path::new("x.toml"), &format!("{keys}\n{rest}\n")).unwrap();
        let limits = Limits { memory: 24_000_000_000, recorded: 0, on_disk: 0 };
        limits.admit(&file, &file.runs[0]).map_or_else(|error| error.to_string(), |()| String::new())
    }

    const QUADRATIC: &str =
        "strong_convexity = 0.5, smoothness = 1.0, spectrum = \"linear\", heterogeneity = 0.0, noise = 0.0, seed = 1 }";

    #[test]
    fn what_a_specification_needs_is_refused_before_it_is_made() {
        let large = format!(
            "objective = {{ name = \"quadratic\", dim = 9223372036854775807, {QUADRATIC}\nn_workers = 2\nrounds = 2"
        );
        let message = refusal(&large);
        assert!(
            message.starts_with(
                "x.toml:1:41: dim = 9223372036854775807, and vectors of this length take 295.1 EB, but this machine has \
                 24.0 GB of memory: choose less, or a larger machine\n"
            ),
            "{message}"
        );
        let rows = "dataset = { name = \"linear-regression\", n_rows = 1000000, n_features = 1000000, \
                    condition_number = 2.0, noise = 0.0, seed = 1 }\nobjective = { name = \"least-squares\", \
                    regularization = 0.0 }\nn_workers = 2\nrounds = 2";
        let message = refusal(rows);
        assert!(
            message.contains("n_rows = 1000000 and n_features = 1000000, and these rows take 8.0 TB, but"),
            "{message}"
        );
        let fits = format!("objective = {{ name = \"quadratic\", dim = 1000, {QUADRATIC}\nn_workers = 2\nrounds = 2");
        assert_eq!(refusal(&fits), "");
    }

    #[test]
    fn sizes_have_the_unit_that_fits() {
        assert_eq!([0, 999, 1000, 24_000_000_000].map(size), ["0.0 B", "999.0 B", "1.0 kB", "24.0 GB"]);
        assert_eq!(size(u128::MAX), "more than 10000 EB");
    }
}
