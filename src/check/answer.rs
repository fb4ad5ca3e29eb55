//! An experiment from its plan to its judged claims.

use super::claim::Judged;
use super::error::CheckError;
use super::finding::Checked;
use super::{check, measure};
use crate::experiment::file::ExperimentFile;
use crate::experiment::plan::Plan;
use crate::experiment::planned::PlannedRun;
use crate::experiment::progress::Progress;
use crate::experiment::run::Options;
use crate::fit::Fits;
use crate::fit::runs::of_runs;
use crate::record::Outcome;
use crate::results::run::RunResult;
use std::sync::atomic::AtomicBool;

/// What is wanted of an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The theorems that apply, and what the claims are about.
    Check,
    /// Everything that is in its results.
    Results,
    /// Every constant that can be measured.
    Constants,
}

/// What was found of an experiment.
#[derive(Debug)]
pub struct Answer {
    /// Runs, findings and constants.
    pub checked: Checked,
    /// The fits to the vectors that the runs wrote down; empty where they are not wanted.
    pub fits: Fits,
    /// The claims of the file, judged. Of an interrupted experiment nothing is judged.
    pub claims: Vec<Judged>,
}

/// Runs an experiment with every theorem that applies, fits its vectors, and judges its claims. The tables of the runs
/// are written, or with [`Options::reproduce`] compared; those of the check are left to the caller.
///
/// # Errors
/// Those of [`check`]; vectors that cannot be fitted.
pub fn answer(
    plan: &Plan,
    file: &ExperimentFile,
    options: &Options,
    scope: Scope,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Answer, CheckError> {
    let examine = if scope == Scope::Constants { measure } else { check };
    let checked = examine(plan, file, options, progress, stop)?;
    if checked.report.n_unfinished() > 0 {
        return Ok(Answer { checked, fits: Fits::default(), claims: Vec::new() });
    }
    let wants_fits = match scope {
        Scope::Check => file.claims.iter().any(|claim| claim.fit.is_some()),
        Scope::Results => true,
        Scope::Constants => false,
    };
    let results = plan.runs.iter().zip(&checked.report.results);
    let results: Vec<(&PlannedRun, &RunResult)> =
        results.filter_map(|(run, result)| Some((run, result.as_ref()?))).collect();
    let has_vectors =
        results.iter().any(|(run, result)| run.spec.record.vectors.is_some() && result.outcome == Outcome::Finished);
    let fits = if wants_fits && has_vectors { of_runs(&options.vectors())? } else { Fits::default() };
    if options.reproduce {
        // Either they are those of the results, or nothing was reproduced. Remains do no harm.
        let _ = std::fs::remove_dir_all(options.vectors());
    }
    let claims = file.claims.iter().map(|claim| claim.judge(&checked.findings, &results, &fits.fitted)).collect();
    Ok(Answer { checked, fits, claims })
}
