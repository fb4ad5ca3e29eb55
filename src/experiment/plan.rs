//! The plan: every run concrete, valid and named, before any is started.

use super::constants;
use super::error::{ExperimentError, SpecError, Unavailable};
use super::figures;
use super::file::ExperimentFile;
use super::grid::MOST_RUNS;
use super::limits::Limits;
use super::planned::{PlannedRun, Problem};
use super::program::code_version;
use super::spec::run::{BatchSize, Initial, RunSpec, VectorKind};
use crate::dataset::DatasetError;
use crate::method::step_size::{ScheduleSpec, StepSize};
use crate::method::{Memory, Method};
use crate::network::CostModel as _;
use crate::objective::Objective;
use crate::results::leaves::{leaves, text};
use crate::store;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Consecutive ranges of coordinates.
type Blocks = Vec<Range<usize>>;

/// What to take of an experiment, from the command line.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// `key=value` pairs that runs must match.
    pub filters: Vec<(String, String)>,
    /// Seeds instead of the file's.
    pub seeds: Option<Vec<u64>>,
    /// At most two seeds and fifty rounds.
    pub quick: bool,
}

/// Rounds of a `--quick` run.
const QUICK_ROUNDS: u64 = 50;

/// Seeds of a `--quick` run.
const QUICK_SEEDS: usize = 2;

/// All runs of an experiment, ready to be executed.
#[derive(Debug)]
pub struct Plan {
    /// The columns by which runs differ, such as `method.compressor.k`.
    pub axes: Vec<String>,
    /// In the order of the grid, replicates next to each other.
    pub runs: Vec<PlannedRun>,
}

impl Plan {
    /// Resolves an experiment: loads its data, builds its objectives and methods, and checks every parameter.
    ///
    /// # Errors
    /// A mistake in the file, a data set that cannot be read, or a filter that matches nothing.
    pub fn new(file: &ExperimentFile, selection: &Selection, data: Option<&Path>) -> Result<Self, ExperimentError> {
        let mut leaves: Vec<BTreeMap<String, String>> = Vec::new();
        let mut specs = Vec::new();
        let all: Vec<_> = file.runs.iter().map(flatten).collect();
        for (spec, own) in file.runs.iter().zip(&all) {
            if selection.filters.iter().all(|(key, value)| matches(own, key, value)) {
                let mut spec = spec.clone();
                if selection.quick {
                    spec.rounds = spec.rounds.min(QUICK_ROUNDS);
                    if let Some(rounds) = spec.record.vectors.as_mut().and_then(|vectors| vectors.rounds.as_mut()) {
                        rounds.retain(|round| *round <= spec.rounds);
                    }
                }
                specs.push(spec);
                leaves.push(own.clone());
            }
        }
        let axes = varying(&leaves);
        if specs.is_empty() {
            let filter = selection.filters.iter().map(|(key, value)| format!("{key}={value}"));
            return Err(ExperimentError::NothingMatches {
                filter: filter.collect::<Vec<_>>().join(" "),
                keys: varying(&all).join(", "),
            });
        }
        figures::check(file, &axes_of_all_sizes(file, &all))?;
        let mut seeds = selection.seeds.clone().unwrap_or_else(|| file.seeds.clone());
        if selection.quick {
            seeds.truncate(QUICK_SEEDS);
        }

        let n_runs = specs.len().saturating_mul(seeds.len());
        if n_runs > MOST_RUNS {
            let message = format!(
                "the plan has {n_runs} runs, {} settings and {} seeds, and at most {MOST_RUNS} can be planned: name \
                 fewer seeds or settings",
                specs.len(),
                seeds.len()
            );
            return Err(file.error_at("seeds", message).into());
        }
        let mut limits = Limits::of_this_machine();
        let mut problems: BTreeMap<String, Arc<Problem>> = BTreeMap::new();
        let mut runs = Vec::new();
        let mut seen = BTreeSet::new();
        for (spec, leaves) in specs.into_iter().zip(leaves) {
            limits.admit(file, &spec)?;
            let problem = problem(file, &spec, data, &mut problems)?;
            limits.admit_dim(file, &spec, problem.objective.dim())?;
            let label = label(&axes, &leaves);
            for &seed in &seeds {
                let (blocks, method) = prepare(file, &spec, &*problem.objective)?;
                let written = json(&spec);
                let id = store::hash(&[&written, &seed.to_string(), &problem.data_checksum])[..16].to_owned();
                let hash = store::hash(&[&written, &seed.to_string(), &problem.hash]);
                // The same concrete run may be on the grid twice (a list with a repeated value).
                if seen.insert(hash.clone()) {
                    let mut run = PlannedRun {
                        step_size: spec.step_size.clone(),
                        spec: spec.clone(),
                        seed,
                        label: label.clone(),
                        axis_values: axes.iter().map(|axis| leaves.get(axis).cloned()).collect(),
                        problem: Arc::clone(&problem),
                        method,
                        blocks,
                        id,
                        hash,
                    };
                    limits.admit_run(file, &run)?;
                    let wrong = |message: String| file.error_at("step_size", message);
                    if let StepSize::Schedule(ScheduleSpec::Theory(theory)) = &spec.step_size {
                        run.step_size =
                            StepSize::Number(constants::step_size(&run, theory, &file.check).map_err(wrong)?);
                    }
                    run.step_size.validate(spec.rounds).map_err(|error| wrong(error.to_string()))?;
                    runs.push(run);
                }
            }
        }
        Ok(Self { axes, runs })
    }
}

/// A specification as the text that its hash covers.
fn json(spec: &impl Serialize) -> String {
    // An empty text would give all runs one hash.
    serde_json::to_string(spec).expect("a specification has string keys and no fallible part")
}

/// The objective of a run, built once for all runs that share it.
fn problem(
    file: &ExperimentFile,
    spec: &RunSpec,
    data: Option<&Path>,
    problems: &mut BTreeMap<String, Arc<Problem>>,
) -> Result<Arc<Problem>, ExperimentError> {
    let key = json(&(&spec.dataset, &spec.partition, &spec.objective, spec.n_workers, &spec.test));
    if let Some(problem) = problems.get(&key) {
        return Ok(Arc::clone(problem));
    }
    let n_workers = spec.n_workers.get();
    let (shards, mut data_checksum) = match &spec.dataset {
        Some(dataset) => {
            let loaded = dataset.load(data).map_err(|error| no_data(file, "dataset", &error))?;
            let shards =
                spec.partition.clone().unwrap_or_default().split(loaded.dataset, n_workers).map_err(|error| {
                    file.error_at(key_or(spec.partition.is_some(), "partition", "n_workers"), error.to_string())
                })?;
            (Some(shards), loaded.checksum)
        }
        None => (None, String::new()),
    };
    let objective = spec.objective.build(shards, n_workers).map_err(|error| SpecError {
        unavailable: Unavailable::of_objective(&error).map(Box::new),
        ..file.error_at("objective", error.to_string())
    })?;
    let test = match &spec.test {
        Some(_) if spec.dataset.is_none() => {
            let message = "`test`: this objective is not a sum over rows; leave the key out".to_owned();
            return Err(file.error_at("test", message).into());
        }
        Some(test) => {
            let loaded = test.load(data).map_err(|error| no_data(file, "test", &error))?;
            objective.check_rows(&loaded.dataset).map_err(|error| file.error_at("test", error.to_string()))?;
            data_checksum = format!("{data_checksum} {}", loaded.checksum);
            Some(loaded.dataset)
        }
        None => None,
    };
    let hash = store::hash(&[&key, &data_checksum, code_version()?]);
    let problem = Arc::new(Problem { objective, test, data_checksum, hash });
    problems.insert(key, Arc::clone(&problem));
    Ok(problem)
}

/// The error at a key whose data set could not be loaded.
fn no_data(file: &ExperimentFile, key: &str, error: &DatasetError) -> SpecError {
    SpecError { unavailable: Unavailable::of_data(error).map(Box::new), ..file.error_at(key, error.to_string()) }
}

fn key_or(present: bool, key: &'static str, otherwise: &'static str) -> &'static str {
    if present { key } else { otherwise }
}

/// Blocks and method of a run, with every parameter in range.
fn prepare(
    file: &ExperimentFile,
    spec: &RunSpec,
    objective: &dyn Objective,
) -> Result<(Blocks, Box<dyn Method>), SpecError> {
    let dim = objective.dim();
    let blocks = match &spec.blocks {
        Some(blocks) => blocks
            .ranges(dim, &objective.layers())
            .map_err(|message| file.error_at("blocks", format!("`blocks`: {message}")))?,
        None => std::iter::once(0..dim).collect(),
    };
    let lengths: Vec<usize> = blocks.iter().map(ExactSizeIterator::len).collect();
    let method = spec.method.build(&lengths).map_err(|error| file.error_at("method", error.to_string()))?;
    spec.network.validate().map_err(|error| file.error_at("network", error.to_string()))?;
    if !(spec.compute_seconds.is_finite() && spec.compute_seconds >= 0.0) {
        let message = format!("`compute_seconds` is {}, but it must be a finite number ≥ 0", spec.compute_seconds);
        return Err(file.error_at("compute_seconds", message));
    }
    if let BatchSize::Rows(rows) = spec.batch_size
        && objective.n_samples(0) == 0
    {
        let message = format!("`batch_size` is {rows}, but this objective is not a sum over rows: write \"full\"");
        return Err(file.error_at("batch_size", message));
    }
    if spec.initial == Initial::Network && objective.initial(0).is_none() {
        let message =
            "`initial` is \"network\", but this objective is not one: write \"zeros\" or \"normal\"".to_owned();
        return Err(file.error_at("initial", message));
    }
    if let Some(metric) = spec.record.metrics.iter().find(|metric| metric.needs_test() && spec.test.is_none()) {
        let message = format!(
            "`{}` is a metric of held-out rows: name them, such as test = {{ name = \"mnist-test\" }}",
            metric.name()
        );
        return Err(file.error_at("record", message));
    }
    check_vectors(spec, &*method).map_err(|message| file.error_at("record", message))?;
    Ok((blocks, method))
}

/// Whether the vectors that are to be written down exist; in words where they do not.
fn check_vectors(spec: &RunSpec, method: &dyn Method) -> Result<(), String> {
    let Some(vectors) = &spec.record.vectors else { return Ok(()) };
    let wrong_round = vectors.rounds.iter().flatten().find(|round| !(1..=spec.rounds).contains(round));
    if let Some(round) = wrong_round {
        return Err(format!("`vectors.rounds` holds {round}, but the rounds are 1 to {}", spec.rounds));
    }
    if let Some(worker) = vectors.workers.iter().find(|worker| **worker >= spec.n_workers.get()) {
        return Err(format!("`vectors.workers` holds {worker}, but the workers are 0 to {}", spec.n_workers.get() - 1));
    }
    for kind in &vectors.which {
        let is_there = match kind {
            VectorKind::Residual => method.place_of(Memory::Residual).is_some(),
            // In several exchanges parts of a vector travel, each of its own length.
            VectorKind::Compressed | VectorKind::Sent => method.exchanges() == 1,
        };
        if !is_there {
            let name = spec.method.name();
            return Err(format!("`vectors.which` holds \"{}\", but no worker of {name} has that vector", kind.name()));
        }
    }
    Ok(())
}

/// The leaves of a specification that can distinguish runs: dotted path → value. A list has none.
fn flatten(spec: &RunSpec) -> BTreeMap<String, String> {
    let value = serde_json::to_value(spec).expect("a specification has string keys and no fallible part");
    let leaves = leaves("", &value).into_iter().filter(|(_, leaf)| !leaf.is_array());
    leaves.map(|(path, leaf)| (path, text(leaf))).collect()
}

/// Whether a leaf whose path ends in `key` holds `value`; numbers are compared as numbers.
fn matches(leaves: &BTreeMap<String, String>, key: &str, value: &str) -> bool {
    leaves.iter().any(|(path, own)| {
        let names = path == key || path.ends_with(&format!(".{key}")) || path == &format!("{key}.name");
        let equal = own == value || own.parse::<f64>().is_ok_and(|own| value.parse() == Ok(own));
        names && equal
    })
}

/// The leaves that are not the same in all runs, `name` before its parameters.
fn varying(leaves: &[BTreeMap<String, String>]) -> Vec<String> {
    let paths: BTreeSet<&String> = leaves.iter().flat_map(BTreeMap::keys).collect();
    let mut varying: Vec<String> = paths
        .into_iter()
        .filter(|path| leaves.iter().any(|own| own.get(*path) != leaves[0].get(*path)))
        .cloned()
        .collect();
    // `method.name` sorts before `method.compressor.name` before `method.compressor.k`.
    varying.sort_by_key(|path| {
        let parts: Vec<(bool, String)> = path.split('.').map(|part| (part != "name", part.to_owned())).collect();
        parts
    });
    varying
}

/// The axes of the whole grid at any size, each with whether it holds numbers.
fn axes_of_all_sizes(file: &ExperimentFile, own: &[BTreeMap<String, String>]) -> Vec<(String, bool)> {
    let others = [&file.full, &file.quick].into_iter().flatten();
    let grids = std::iter::once(own.to_vec()).chain(others.map(|runs| runs.iter().map(flatten).collect()));
    let axes = grids.flat_map(|leaves| {
        let is_number =
            |axis: &String| leaves.iter().filter_map(|own| own.get(axis)).all(|value| value.parse::<f64>().is_ok());
        varying(&leaves).into_iter().map(|axis| (axis.clone(), is_number(&axis))).collect::<Vec<_>>()
    });
    axes.collect()
}

/// What distinguishes a run, in words: names bare, other keys with their last part.
fn label(axes: &[String], leaves: &BTreeMap<String, String>) -> String {
    let words: Vec<String> = axes
        .iter()
        .filter_map(|axis| {
            let value = leaves.get(axis)?;
            let key = axis.rsplit('.').next().unwrap_or(axis);
            Some(if key == "name" { value.clone() } else { format!("{key}={value}") })
        })
        .collect();
    if words.is_empty() { leaves.get("method.name").cloned().unwrap_or_default() } else { words.join(" ") }
}
