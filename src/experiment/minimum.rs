//! The minima that runs compare with: proved, from the store, or computed.

use super::error::ExperimentError;
use super::plan::Plan;
use super::planned::Problem;
use super::progress::Progress;
use crate::objective::minimize::minimize;
use crate::results::run::RunResult;
use crate::store::{self, Folder};
use std::collections::BTreeMap;

/// f* relative to its own size.
const MINIMUM_TOLERANCE: f64 = 1e-12;

/// f* and x* of one problem.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownMinimum {
    pub(super) value: Option<f64>,
    pub(super) minimizer: Option<Vec<f64>>,
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
    if let Some(bytes) = store::read_sealed(&path)
        && bytes.len() == 8 * (1 + problem.objective.dim())
    {
        let mut numbers = bytes.chunks_exact(8).map(number);
        return Ok(KnownMinimum { value: numbers.next(), minimizer: Some(numbers.collect()) });
    }
    let constants = problem.objective.constants();
    let (value, minimizer) = match (constants.minimum, constants.minimizer) {
        (Some(value), Some(minimizer)) => (value, minimizer),
        // A lower bound is not a minimum: the metrics stay absent.
        _ if !constants.convex => return Ok(KnownMinimum::default()),
        _ => {
            let found = minimize(&*problem.objective, MINIMUM_TOLERANCE)
                .map_err(|error| ExperimentError::Minimum(error.to_string()))?;
            (found.value, found.minimizer)
        }
    };
    store::write_sealed(&path, |out| {
        std::iter::once(&value).chain(&minimizer).try_for_each(|number| out.write_all(&number.to_le_bytes()))
    })?;
    Ok(KnownMinimum { value: Some(value), minimizer: Some(minimizer) })
}
