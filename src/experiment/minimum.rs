//! The minima that runs compare with: proved, from the store, or computed.

use super::error::ExperimentError;
use super::plan::Plan;
use super::planned::Problem;
use super::progress::Progress;
use crate::objective::minimize::minimize;
use crate::results::run::RunResult;
use crate::simulation::Minimum;
use crate::store::{self, Folder};
use std::collections::BTreeMap;

/// f* relative to its own size.
const MINIMUM_TOLERANCE: f64 = 1e-12;

/// f* and all x* of one problem.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownMinimum {
    value: Option<f64>,
    minimizer: Option<Vec<f64>>,
    flat: Vec<Vec<f64>>,
}

impl KnownMinimum {
    pub(super) fn get(&self) -> Minimum<'_> {
        Minimum { value: self.value, minimizer: self.minimizer.as_deref(), flat: &self.flat }
    }
}

/// The minima that the unfinished runs compare with, from the store or computed.
pub(super) fn minima<'a>(
    plan: &'a Plan,
    stored: &[Option<RunResult>],
    folder: &Folder,
    progress: &dyn Progress,
    of_all: bool,
) -> Result<BTreeMap<&'a str, KnownMinimum>, ExperimentError> {
    // The problem, and whether a metric cannot do without its minimum.
    let mut problems: BTreeMap<&str, (&Problem, bool)> = BTreeMap::new();
    for (run, stored) in plan.runs.iter().zip(stored) {
        let requested = run.spec.record.metrics.iter().any(|metric| metric.needs_minimum());
        if stored.is_none() && (requested || of_all) {
            problems.entry(run.problem.hash.as_str()).or_insert((&run.problem, false)).1 |= requested;
        }
    }
    progress.minimizing(problems.len());
    let mut minima = BTreeMap::new();
    for (hash, (problem, requested)) in problems {
        let known = match minimum(problem, folder) {
            Err(ExperimentError::Minimum(_)) if !requested => KnownMinimum::default(),
            found => found?,
        };
        minima.insert(hash, known);
    }
    Ok(minima)
}

fn minimum(problem: &Problem, folder: &Folder) -> Result<KnownMinimum, ExperimentError> {
    let path = folder.minimum(&problem.hash);
    let number = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().unwrap_or_default());
    let dim = problem.objective.dim();
    if let Some(bytes) = store::read_sealed(&path)
        && let [value, vectors @ ..] = &*bytes.chunks_exact(8).map(number).collect::<Vec<_>>()
        && vectors.len().is_multiple_of(dim)
    {
        let mut vectors = vectors.chunks_exact(dim).map(<[f64]>::to_vec);
        return Ok(KnownMinimum { value: Some(*value), minimizer: vectors.next(), flat: vectors.collect() });
    }
    let constants = problem.objective.constants();
    // A lower bound is not a minimum: the metrics stay absent.
    if !constants.convex && constants.minimizer.is_none() {
        return Ok(KnownMinimum::default());
    }
    let known = if constants.convex {
        let found = minimize(&*problem.objective, MINIMUM_TOLERANCE)
            .map_err(|error| ExperimentError::Minimum(error.to_string()))?;
        // Without all minimizers there is no distance to them.
        let minimizer = found.flat.is_some().then_some(found.minimizer);
        KnownMinimum { value: Some(found.value), minimizer, flat: found.flat.unwrap_or_default() }
    } else {
        KnownMinimum { value: constants.minimum, minimizer: constants.minimizer, flat: Vec::new() }
    };
    store::write_sealed(&path, |out| {
        let vectors = known.minimizer.iter().chain(&known.flat).flatten();
        known.value.iter().chain(vectors).try_for_each(|number| out.write_all(&number.to_le_bytes()))
    })?;
    Ok(known)
}
