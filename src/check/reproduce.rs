//! Runs experiments, judges their claims, and keeps what papers say beside what was measured.

use super::answer::{Answer, Scope, answer};
use super::claim::Judged;
use super::error::CheckError;
use super::paper::PaperVerdict;
use super::{paper, tables};
use crate::experiment::error::{ExperimentError, Unavailable};
use crate::experiment::file::ExperimentFile;
use crate::experiment::plan::Plan;
use crate::experiment::progress::Progress;
use crate::experiment::run::Options;
use crate::fit;
use crate::store::StoreError;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// How experiments are reproduced.
#[expect(missing_debug_implementations, reason = "functions have nothing to show")]
pub struct Reproduction<'a> {
    /// The folder with the results of all experiments.
    pub results: &'a Path,
    /// What the names of their folders end with, where they are not run at their own size: then no verdict is kept.
    pub suffix: &'a str,
    /// The plan of an experiment.
    pub plan: &'a dyn Fn(&ExperimentFile) -> Result<Plan, ExperimentError>,
    /// How runs are executed; `out` is chosen here, and with `reproduce` tables are compared instead of written.
    pub options: Options,
    /// Whether an experiment is left out that needs data or a feature which is not available; else it is an error.
    pub leaves_out: bool,
    /// Whether an experiment of this name exists: kept verdicts on others are dropped.
    pub exists: &'a dyn Fn(&str) -> bool,
}

/// Receives the progress of a reproduction.
pub trait Listener {
    /// An experiment begins.
    ///
    /// # Errors
    /// It cannot be reported; then the reproduction ends.
    fn begins(&self, name: &str) -> Result<Box<dyn Progress + '_>, Box<dyn std::error::Error + Send + Sync>>;

    /// All tables of an experiment are written, in `fit` those of its vectors.
    ///
    /// # Errors
    /// What is made of them fails; then the reproduction ends.
    fn written(&self, folder: &Path, fit: Option<&Path>) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

/// What became of one experiment.
#[derive(Debug)]
pub struct Reproduced {
    /// Its path below the folder of experiments, without extension.
    pub name: String,
    /// Its result folder.
    pub folder: PathBuf,
    /// Its claims.
    pub claims: Vec<Judged>,
    /// What a paper says beside what was measured, where the file quotes a paper.
    pub verdict: Option<PaperVerdict>,
}

/// What became of all.
#[derive(Debug, Default)]
pub struct Report {
    /// The experiments that were run, in their order.
    pub experiments: Vec<Reproduced>,
    /// Those that were left out, and why.
    pub left_out: Vec<(String, Unavailable)>,
    /// Where it was stopped: unfinished runs, and all runs, of the experiment after the last one.
    pub interrupted: Option<(usize, usize)>,
}

impl Report {
    /// All claims.
    pub fn claims(&self) -> impl Iterator<Item = &Judged> {
        self.experiments.iter().flat_map(|experiment| &experiment.claims)
    }

    /// All verdicts.
    #[must_use]
    pub fn verdicts(&self) -> Vec<PaperVerdict> {
        self.experiments.iter().filter_map(|experiment| experiment.verdict.clone()).collect()
    }
}

/// Reproduces experiments, each with its name, one after the other.
///
/// # Errors
/// An experiment cannot be planned or run; with `reproduce`, its tables or verdicts are not those that are kept.
pub fn reproduce(
    experiments: &[(String, ExperimentFile)],
    how: &Reproduction<'_>,
    listener: &dyn Listener,
    stop: &AtomicBool,
) -> Result<Report, CheckError> {
    let mut report = Report::default();
    for (name, file) in experiments {
        let plan = match (how.plan)(file) {
            Ok(plan) => plan,
            Err(error) => match error.unavailable() {
                Some(missing) if how.leaves_out => {
                    report.left_out.push((name.clone(), missing.clone()));
                    continue;
                }
                _ => return Err(error.into()),
            },
        };
        let folder = how.results.join(format!("{name}{}", how.suffix));
        let options = Options { out: folder.clone(), ..how.options.clone() };
        let progress = listener.begins(name).map_err(CheckError::Listener)?;
        let answer = answer(&plan, file, &options, Scope::Results, &*progress, stop)?;
        drop(progress);
        let n_unfinished = answer.checked.report.n_unfinished();
        if n_unfinished > 0 {
            report.interrupted = Some((n_unfinished, plan.runs.len()));
            return Ok(report);
        }
        let judged = if how.suffix.is_empty() { &answer.claims[..] } else { &[] };
        keep(&folder, &answer, judged, options.reproduce, listener)?;
        let claims = answer.claims;
        let verdict = file.paper.as_ref().map(|paper| paper.verdict(name, &claims, how.suffix.is_empty()));
        report.experiments.push(Reproduced { name: name.clone(), folder, claims, verdict });
    }
    if how.suffix.is_empty() {
        let verdicts = report.verdicts();
        if how.options.reproduce {
            paper::compare(how.results, &verdicts)?;
        } else {
            paper::keep(how.results, &verdicts, how.exists)?;
        }
    }
    Ok(report)
}

/// Writes the tables of a check and of fits, or compares the latter.
fn keep(
    folder: &Path,
    answer: &Answer,
    judged: &[Judged],
    compares: bool,
    listener: &dyn Listener,
) -> Result<(), CheckError> {
    let Answer { checked, fits, .. } = answer;
    let of_fits = folder.join("fit");
    let of_fits = (!fits.fitted.is_empty()).then_some(&*of_fits);
    if compares {
        if let Some(folder) = of_fits {
            fit::tables::compare(folder, fits)?;
        }
        return Ok(());
    }
    tables::write(folder, checked, Some(judged))?;
    if let Some(folder) = of_fits {
        std::fs::create_dir_all(folder).map_err(StoreError::io("create the folder", folder))?;
        fit::tables::write(folder, fits)?;
    }
    listener.written(folder, of_fits).map_err(CheckError::Listener)
}
