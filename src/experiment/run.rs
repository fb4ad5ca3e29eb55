//! Executes the runs of a plan, keeps what is finished, and goes on where an earlier process stopped.

use super::comparison::Comparison;
use super::error::ExperimentError;
use super::file::ExperimentFile;
use super::journal::Journal;
use super::minimum::{KnownMinimum, minima};
use super::plan::Plan;
use super::planned::PlannedRun;
use super::progress::{Both, Progress, Report};
use super::provenance::{self, provenance};
use super::tables::{curves_csv, rounds_csv, write_tables};
use super::vectors::{self, Keeper};
use crate::record::Outcome;
use crate::results::error::ResultsError;
use crate::results::run::{RunResult, WrittenFile};
use crate::results::verdicts;
use crate::results::{CURVES, ROUNDS};
use crate::simulation::{Config, Minimum, Observer, PARALLEL_WORK, Recorder, Simulation, State, spinning};
use crate::store::{self, Folder, StoreError};
use rayon::prelude::*;
use std::cell::RefCell;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How to execute a plan.
#[derive(Debug, Clone)]
pub struct Options {
    /// The result folder.
    pub out: PathBuf,
    /// Number of threads; changes no byte of the results.
    pub threads: usize,
    /// Repeat runs that are in the store already.
    pub force: bool,
    /// Real time between checkpoints of a run.
    pub checkpoint_every: Duration,
    /// Compare with the tables that are there, to the byte, instead of writing them.
    pub reproduce: bool,
    /// The command line, for the provenance.
    pub command: Vec<String>,
}

impl Options {
    /// The folder below which vectors are written: not among those of results that are only compared.
    #[must_use]
    pub fn vectors(&self) -> PathBuf {
        if self.reproduce { self.out.join(".store").join("again") } else { self.out.clone() }
    }
}

/// Runs whose memories hold more numbers than this are done one at a time, with their workers in parallel.
const LARGE_RUN: usize = 1 << 22;

/// Real time between two reports on how far a run is.
const REPORT_EVERY: Duration = Duration::from_millis(500);

/// Has runs observed from their first round to their last. Called from many threads.
pub trait Examination: Sync {
    /// What looks at a run.
    type Observer: Observer;

    /// Whether there is anything to be seen: then every run is done from its beginning, and minima are computed also
    /// where no metric needs them.
    const LOOKS: bool = true;

    /// The observer of a run, before its first round.
    fn observer(&self, run: &PlannedRun, setting: &Config<'_>, minimum: Minimum<'_>) -> Self::Observer;

    /// Takes the observer back after the last round of the run.
    fn finish(&self, run: &PlannedRun, observer: Self::Observer, result: &RunResult);
}

/// Observes nothing.
struct Unexamined;

impl Examination for Unexamined {
    type Observer = ();
    const LOOKS: bool = false;

    fn observer(&self, _: &PlannedRun, _: &Config<'_>, _: Minimum<'_>) {}

    fn finish(&self, _: &PlannedRun, (): (), _: &RunResult) {}
}

/// Executes every run that is not in the store, then writes the tables of all finished ones.
///
/// Setting `stop` ends the work after the current rounds, with a checkpoint for each unfinished run.
///
/// # Errors
/// The folder is locked or cannot be written to, or a minimum cannot be computed. Finished runs are kept.
pub fn execute(
    plan: &Plan,
    file: &ExperimentFile,
    options: &Options,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Report, ExperimentError> {
    execute_examined(plan, file, options, progress, stop, &Unexamined)
}

/// [`execute`] with an observer in every run. Its results are bitwise identical; stored runs are repeated, since they
/// were not observed, and interrupted ones start again from round 0.
///
/// # Errors
/// Those of [`execute`].
pub fn execute_examined<E: Examination>(
    plan: &Plan,
    file: &ExperimentFile,
    options: &Options,
    progress: &dyn Progress,
    stop: &AtomicBool,
    examination: &E,
) -> Result<Report, ExperimentError> {
    let kept = options.out.join(ROUNDS);
    if options.reproduce && !kept.exists() {
        return Err(ResultsError::NothingKept(kept).into());
    }
    let folder = Folder::lock(&options.out)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|error| StoreError::io("start threads for", &options.out)(std::io::Error::other(error)))?;
    let journal = Journal::begin(&folder, file, plan);
    let reported = Both(progress, &journal);
    let report = pool.install(|| run_all(plan, options, &folder, &reported, stop, examination));
    journal.end(&report);
    let report = report?;
    // Runs that are done again are in the tables already: few being finished is not a reason to write fewer.
    if (E::LOOKS || options.force) && report.n_unfinished() > 0 {
        return Ok(report);
    }
    let finished: Vec<_> =
        plan.runs.iter().zip(&report.results).filter_map(|(run, result)| Some((run, result.as_ref()?))).collect();
    let n_vectors = finished.iter().filter(|(run, _)| run.spec.record.vectors.is_some()).count();
    if n_vectors > 0 || !options.reproduce {
        vectors::write_index(&options.vectors(), plan, &finished)?;
    }
    if options.reproduce {
        let path = options.out.join(ROUNDS);
        let kept = std::fs::read(&path).map_err(StoreError::io("read", &path))?;
        if kept != rounds_csv(plan, &finished) {
            return Err(ResultsError::NotReproduced(path).into());
        }
        if let Some(curves) = curves_csv(plan, &finished) {
            let path = options.out.join(CURVES);
            let kept = std::fs::read(&path).map_err(StoreError::io("read", &path))?;
            if kept != curves {
                return Err(ResultsError::NotReproduced(path).into());
            }
        }
        // What is there stays as it is, its provenance included.
        return Ok(report);
    }
    let path = options.out.join("provenance.json");
    let made_now = provenance(file, plan, &options.command);
    let kept = |table: &str| std::fs::read(options.out.join(table)).ok();
    let are_new = kept(ROUNDS) != Some(rounds_csv(plan, &finished)) || kept(CURVES) != curves_csv(plan, &finished);
    // What was made of the runs before goes first: no kill leaves it beside other runs.
    if are_new || !provenance::asserts_the_same(&path, &made_now) {
        verdicts::remove(&options.out)?;
    }
    write_tables(&options.out, plan, &file.plots, &finished)?;
    let comparison = options.out.join("comparison.csv");
    match Comparison::new(&finished) {
        Some(compared) => store::write_whole(&comparison, |out| compared.write(out))?,
        None => verdicts::remove_file(&comparison)?,
    }
    vectors::remove_orphans(&folder, plan)?;
    if are_new || !provenance::stands(&path, &made_now) {
        store::write_whole(&path, |out| {
            serde_json::to_writer_pretty(&mut *out, &made_now)?;
            writeln!(out)
        })?;
    }
    Ok(report)
}

fn run_all<E: Examination>(
    plan: &Plan,
    options: &Options,
    folder: &Folder,
    progress: &dyn Progress,
    stop: &AtomicBool,
    examination: &E,
) -> Result<Report, ExperimentError> {
    let stored: Vec<Option<RunResult>> = plan
        .runs
        .iter()
        .map(|run| {
            let bytes = (!options.force && !E::LOOKS).then(|| store::read_sealed(&folder.run(&run.hash)))??;
            // Where vectors were taken away the run is done again.
            RunResult::from_bytes(&bytes)
                .filter(|own| vectors::are_kept(run, &options.vectors(), vectors::last_round(run, own), &own.files))
        })
        .collect();
    for (run, _) in plan.runs.iter().zip(&stored).filter(|(_, stored)| stored.is_some()) {
        progress.found(run);
    }
    let reused = stored.iter().flatten().count();
    let minima = minima(plan, &stored, folder, progress, E::LOOKS)?;

    let rounds = |run: &PlannedRun| run.spec.rounds;
    let total = plan.runs.iter().map(rounds).sum();
    let finished = plan.runs.iter().zip(&stored).filter(|(_, stored)| stored.is_some()).map(|(run, _)| rounds(run));
    progress.start(total, finished.sum());

    // Where one run is left there is nothing else that the other threads could do.
    let large = if plan.runs.len() - reused == 1 { PARALLEL_WORK } else { LARGE_RUN };
    let is_large = |run: &PlannedRun| run.spec.n_workers.get() * run.problem.objective.dim() >= large;
    let run_or_reuse = |(run, stored): (&PlannedRun, &Option<RunResult>)| match stored {
        Some(result) => Ok(Done { result: Some(result.clone()), resumed: false }),
        None => run_one(run, minima.get(run.problem.hash.as_str()), options, folder, progress, stop, examination),
    };
    let work: Vec<_> = plan.runs.iter().zip(&stored).collect();
    let mut done: Vec<Option<Result<Done, ExperimentError>>> = work
        .par_iter()
        .with_max_len(1)
        .map(|(run, stored)| (!is_large(run)).then(|| run_or_reuse((run, stored))))
        .collect();
    for (slot, (run, stored)) in done.iter_mut().zip(work) {
        if slot.is_none() {
            *slot = Some(spinning(run.spec.n_workers.get(), || run_or_reuse((run, stored))));
        }
    }
    let done = done.into_iter().flatten().collect::<Result<Vec<_>, _>>()?;
    let resumed = done.iter().filter(|done| done.resumed).count();
    Ok(Report { results: done.into_iter().map(|done| done.result).collect(), reused, resumed })
}

/// What became of one run.
struct Done {
    /// None where it was reported to stop.
    result: Option<RunResult>,
    /// Whether it went on from a checkpoint.
    resumed: bool,
}

/// Executes one run, from its checkpoint if there is one.
fn run_one<E: Examination>(
    run: &PlannedRun,
    minimum: Option<&KnownMinimum>,
    options: &Options,
    folder: &Folder,
    progress: &dyn Progress,
    stop: &AtomicBool,
    examination: &E,
) -> Result<Done, ExperimentError> {
    let spec = &run.spec;
    let mut simulation = Simulation::new(run.config());
    let minimum = minimum.map_or_else(Minimum::default, KnownMinimum::get);
    let (failure, written) = (RefCell::new(None), RefCell::new(Vec::new()));
    let keeps_in = options.vectors();
    let observer = examination.observer(run, simulation.config(), minimum);
    let mut observer = Keeper::new(run, &keeps_in, &written, &failure, observer);
    let new_recorder = || {
        let rounds = spec.record.schedule.recorded(spec.rounds);
        Recorder::new(spec.record.metrics.clone(), rounds, minimum)
            .with_curves(&spec.record.curves)
            .with_test(run.problem.test.as_ref())
    };
    let mut recorder = new_recorder();
    let initial = || simulation.initial_state(run.initial_iterate());
    let mut state = initial();

    let checkpoint = folder.checkpoint(&run.hash);
    let files = (!options.force && !E::LOOKS)
        .then(|| load_checkpoint(&checkpoint, &mut state, &mut recorder, initial))
        .flatten();
    let resumed = files.as_ref().is_some_and(|files| vectors::are_kept(run, &keeps_in, state.round, files));
    match files {
        Some(files) if resumed => *written.borrow_mut() = files,
        _ => (state, recorder) = (initial(), new_recorder()),
    }
    progress.advance(state.round);
    progress.begun(run);

    let mut reported = state.round;
    let mut saved = now();
    let mut reached = saved;
    let outcome = simulation.run_before(&mut observer, &mut state, &mut recorder, |state, recorder| {
        let now = now();
        let stopping = stop.load(Ordering::Relaxed) && state.round < spec.rounds;
        if !E::LOOKS && (stopping || now - saved >= options.checkpoint_every) {
            saved = now;
            if let Err(error) = save_checkpoint(&checkpoint, state, recorder, &written.borrow()) {
                failure.borrow_mut().get_or_insert(error.into());
            }
        }
        if stopping || now - reached >= REPORT_EVERY {
            reached = now;
            progress.reached(run, state.round, recorder.table());
        }
        if state.round - reported >= (spec.rounds / 100).max(1) {
            progress.advance(state.round - reported);
            reported = state.round;
        }
        !stopping && failure.borrow().is_none()
    });
    let observer = observer.into_other();
    if let Some(failure) = failure.into_inner() {
        return Err(failure);
    }
    if outcome == Outcome::Interrupted {
        return Ok(Done { result: None, resumed });
    }
    progress.advance(spec.rounds - reported);
    let result = RunResult { outcome, table: recorder.table().clone(), files: written.into_inner() };
    store::write_sealed(&folder.run(&run.hash), |out| out.write_all(&result.to_bytes()))?;
    // A checkpoint that cannot be removed is harmless: the finished run is looked for first.
    let _ = std::fs::remove_file(&checkpoint);
    examination.finish(run, observer, &result);
    progress.ended(run, &result);
    Ok(Done { result: Some(result), resumed })
}

fn save_checkpoint(
    path: &Path,
    state: &State,
    recorder: &Recorder<'_>,
    files: &[WrittenFile],
) -> Result<(), StoreError> {
    let table = recorder.table().clone();
    let records = RunResult { outcome: Outcome::Interrupted, table, files: files.to_vec() }.to_bytes();
    store::write_sealed(path, |out| {
        out.write_all(&(records.len() as u64).to_le_bytes())?;
        out.write_all(&records)?;
        state.write(out)
    })
}

/// Goes on from a checkpoint, and gives the files that were written until then; `None`, with everything as at the start,
/// if there is none that can be trusted.
fn load_checkpoint(
    path: &Path,
    state: &mut State,
    recorder: &mut Recorder<'_>,
    initial: impl Fn() -> State,
) -> Option<Vec<WrittenFile>> {
    let records = |input: &mut dyn Read| -> Option<RunResult> {
        let mut length = [0; 8];
        input.read_exact(&mut length).ok()?;
        let mut records = Vec::new();
        input.take(u64::from_le_bytes(length)).read_to_end(&mut records).ok()?;
        RunResult::from_bytes(&records)
    };
    let mut input = store::open_sealed(path)?;
    let records = records(&mut input)?;
    if state.read(&mut input).is_err() {
        *state = initial();
        return None;
    }
    recorder.resume(records.table);
    Some(records.files)
}

#[expect(clippy::disallowed_methods, reason = "when to save a checkpoint; no result depends on it")]
fn now() -> Instant {
    Instant::now()
}
