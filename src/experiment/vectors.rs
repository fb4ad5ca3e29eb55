//! The vectors of runs as files of tensors: `vectors/<run>/round_<t>.safetensors` in the result folder, written during
//! the run, and `vectors.csv`, which says what each tensor is.
//!
//! A file is written whole or not at all, before the checkpoint that follows its round; so a run that goes on from
//! there has all files of the rounds before, and writes those after to the same bytes.

use super::error::ExperimentError;
use super::plan::Plan;
use super::planned::PlannedRun;
use super::spec::run::{VectorKind, VectorsSpec};
use crate::compressor::{Message, encoding::Precision};
use crate::method::{Memory, Probe};
use crate::record::Outcome;
use crate::results::run::{RunResult, WrittenFile};
use crate::results::verdicts::remove_file;
use crate::results::{VECTORS, VECTORS_COLUMNS};
use crate::simulation::{Config, Observer, State};
use crate::store::{Folder, StoreError, digest, write_digested, write_whole};
use crate::tensor::{Dtype, write_safetensors};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One tensor of a run.
#[derive(Debug, Clone)]
struct Part {
    worker: usize,
    kind: VectorKind,
    /// From 1, and `None` where there is one block only.
    block: Option<usize>,
    range: Range<usize>,
}

impl Part {
    /// Its name in the file.
    fn name(&self) -> String {
        let block = self.block.map(|block| format!(".block_{block}")).unwrap_or_default();
        format!("{}.worker_{}{block}", self.kind.name(), self.worker)
    }
}

/// The tensors of each file of a run, in their order.
fn parts(run: &PlannedRun, spec: &VectorsSpec) -> Vec<Part> {
    let several = run.blocks.len() > 1;
    let mut parts = Vec::new();
    // A name occurs once in a file, however often the list holds it.
    let kinds: BTreeSet<VectorKind> = spec.which.iter().copied().collect();
    for worker in spec.workers.iter().copied().collect::<BTreeSet<usize>>() {
        for &kind in &kinds {
            for (index, range) in run.blocks.iter().enumerate() {
                parts.push(Part { worker, kind, block: several.then_some(index + 1), range: range.clone() });
            }
        }
    }
    parts
}

/// Where the vectors of a round are, relative to the result folder.
fn file(run: &PlannedRun, round: u64) -> PathBuf {
    let digits = run.spec.rounds.to_string().len();
    Path::new("vectors").join(&run.id).join(format!("round_{round:0digits$}.safetensors"))
}

/// The rounds up to `last` whose vectors are written down.
fn rounds(run: &PlannedRun, last: u64) -> Vec<u64> {
    let record = &run.spec.record;
    let mut rounds = record.vectors.as_ref().map_or(Vec::new(), |v| v.rounds(record.schedule, run.spec.rounds));
    rounds.retain(|round| *round <= last);
    rounds
}

/// Its name in tables, from the result folder.
fn name(run: &PlannedRun, round: u64) -> String {
    file(run, round).to_string_lossy().replace('\\', "/")
}

/// Whether the vectors of all rounds up to `last` are in the folder, as they were written.
pub(super) fn are_kept(run: &PlannedRun, folder: &Path, last: u64, written: &[WrittenFile]) -> bool {
    rounds(run, last).iter().all(|round| {
        let (path, name) = (folder.join(file(run, *round)), name(run, *round));
        let Some(known) = written.iter().find(|known| known.path == name) else { return false };
        let is_as_long = path.metadata().is_ok_and(|about| about.is_file() && about.len() == known.length);
        is_as_long && digest(&path).is_some_and(|(_, sha256)| sha256 == known.sha256)
    })
}

/// Removes the vectors of runs that neither the plan nor the store knows: nothing could take them for its own.
pub(super) fn remove_orphans(folder: &Folder, plan: &Plan) -> Result<(), StoreError> {
    let Ok(entries) = std::fs::read_dir(folder.path.join("vectors")) else { return Ok(()) };
    // What is not named after a run belongs to the user.
    let is_id = |id: &str| id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let ids = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let ids = ids.filter_map(|entry| entry.file_name().into_string().ok()).filter(|id| is_id(id));
    let mut orphans: BTreeSet<String> = ids.collect();
    for run in &plan.runs {
        orphans.remove(&run.id);
    }
    if orphans.is_empty() {
        return Ok(());
    }
    for result in folder.runs().into_iter().filter_map(|bytes| RunResult::from_bytes(&bytes)) {
        for id in result.files.iter().filter_map(|file| file.path.split('/').nth(1)) {
            orphans.remove(id);
        }
    }
    for id in orphans {
        let path = folder.path.join("vectors").join(id);
        std::fs::remove_dir_all(&path).map_err(StoreError::io("remove", &path))?;
    }
    Ok(())
}

/// The last round that was completed.
pub(super) fn last_round(run: &PlannedRun, result: &RunResult) -> u64 {
    match result.outcome {
        Outcome::Diverged { round, .. } => round - 1,
        Outcome::Finished | Outcome::Interrupted => run.spec.rounds,
    }
}

/// An observer that writes vectors down, beside another one.
pub(super) struct Keeper<'a, W> {
    other: W,
    /// Nothing is kept of a run without a specification.
    kept: Option<Kept<'a>>,
    /// What it has written so far.
    written: &'a RefCell<Vec<WrittenFile>>,
    /// Why a file could not be written.
    failure: &'a RefCell<Option<ExperimentError>>,
    shows_other: bool,
    is_due: bool,
    n_seen: usize,
}

/// What is kept of a run.
struct Kept<'a> {
    run: &'a PlannedRun,
    folder: &'a Path,
    spec: &'a VectorsSpec,
    rounds: Vec<u64>,
    parts: Vec<Part>,
    /// Of the current round, in the order of `parts`.
    values: Vec<Vec<f64>>,
}

impl<'a, W: Observer> Keeper<'a, W> {
    /// Keeps the vectors that `run` requests below `folder`, and adds the files to `written`.
    pub(super) fn new(
        run: &'a PlannedRun,
        folder: &'a Path,
        written: &'a RefCell<Vec<WrittenFile>>,
        failure: &'a RefCell<Option<ExperimentError>>,
        other: W,
    ) -> Self {
        let kept = run.spec.record.vectors.as_ref().map(|spec| {
            let parts = parts(run, spec);
            Kept {
                run,
                folder,
                spec,
                rounds: rounds(run, run.spec.rounds),
                values: vec![Vec::new(); parts.len()],
                parts,
            }
        });
        Self { other, kept, written, failure, shows_other: false, is_due: false, n_seen: 0 }
    }

    /// The other observer.
    pub(super) fn into_other(self) -> W {
        self.other
    }
}

impl Kept<'_> {
    /// Takes what is wanted of a worker.
    fn take(&mut self, worker: usize, kind: VectorKind, vector: &[f64]) {
        for (part, values) in self.parts.iter().zip(&mut self.values) {
            if part.worker == worker && part.kind == kind {
                values.clear();
                values.extend_from_slice(&vector[part.range.clone()]);
            }
        }
    }

    fn wants(&self, worker: usize, kind: VectorKind) -> bool {
        self.parts.iter().any(|part| part.worker == worker && part.kind == kind)
    }

    fn write(&self, round: u64) -> Result<WrittenFile, StoreError> {
        let path = self.folder.join(file(self.run, round));
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(StoreError::io("create the folder", parent))?;
        }
        let dtype = match self.spec.values {
            Precision::F32 => Dtype::F32,
            Precision::F64 => Dtype::F64,
        };
        let names: Vec<String> = self.parts.iter().map(Part::name).collect();
        let tensors: Vec<(&str, &[f64])> =
            names.iter().map(String::as_str).zip(self.values.iter().map(Vec::as_slice)).collect();
        let (length, sha256) = write_digested(&path, |out| write_safetensors(&tensors, dtype, out))?;
        Ok(WrittenFile { path: name(self.run, round), length, sha256 })
    }
}

impl<W: Observer> Observer for Keeper<'_, W> {
    fn before(&mut self, setting: &Config<'_>, state: &State) -> bool {
        self.shows_other = self.other.before(setting, state);
        self.is_due = self.kept.as_ref().is_some_and(|kept| kept.rounds.binary_search(&(state.round + 1)).is_ok());
        self.n_seen = 0;
        self.shows_other || self.is_due
    }

    fn compressed(&mut self, t: u64, probe: &Probe, message: &Message) {
        if self.shows_other {
            self.other.compressed(t, probe, message);
        }
        let worker = self.n_seen;
        self.n_seen += 1;
        let Some(kept) = self.kept.as_mut().filter(|_| self.is_due) else { return };
        let dim = kept.run.problem.objective.dim();
        let sends_all = probe.input.is_empty();
        if kept.wants(worker, VectorKind::Compressed) && !sends_all {
            kept.take(worker, VectorKind::Compressed, &probe.input);
        }
        if kept.wants(worker, VectorKind::Sent) || (sends_all && kept.wants(worker, VectorKind::Compressed)) {
            let mut sent = vec![0.0; dim];
            message.add_to(1.0, &mut sent);
            kept.take(worker, VectorKind::Sent, &sent);
            if sends_all {
                kept.take(worker, VectorKind::Compressed, &sent);
            }
        }
    }

    fn after(&mut self, setting: &Config<'_>, state: &State) {
        self.other.after(setting, state);
        let Some(kept) = self.kept.as_mut().filter(|_| self.is_due) else { return };
        if let Some(place) = setting.method.place_of(Memory::Residual) {
            for (index, worker) in state.workers.iter().enumerate() {
                if kept.wants(index, VectorKind::Residual) {
                    kept.take(index, VectorKind::Residual, &worker.memory[place]);
                }
            }
        }
        match kept.write(state.round) {
            Ok(file) => self.written.borrow_mut().push(file),
            Err(error) => {
                self.failure.borrow_mut().get_or_insert(error.into());
            }
        }
    }
}

/// Writes `vectors.csv`, or removes one that an earlier experiment left, where no run keeps vectors.
pub(super) fn write_index(folder: &Path, plan: &Plan, results: &[(&PlannedRun, &RunResult)]) -> Result<(), StoreError> {
    let path = folder.join(VECTORS);
    if plan.runs.iter().all(|run| run.spec.record.vectors.is_none()) {
        return remove_file(&path);
    }
    std::fs::create_dir_all(folder).map_err(StoreError::io("create the folder", folder))?;
    write_whole(&path, |out| {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(VECTORS_COLUMNS.map(|(name, _)| name))?;
        for (run, result) in results {
            let Some(spec) = &run.spec.record.vectors else { continue };
            for round in rounds(run, last_round(run, result)) {
                let name = name(run, round);
                for part in parts(run, spec) {
                    let block = part.block.map(|block| block.to_string()).unwrap_or_default();
                    csv.write_record([
                        &run.id,
                        &run.label,
                        &run.seed.to_string(),
                        &round.to_string(),
                        &part.worker.to_string(),
                        part.kind.name(),
                        &block,
                        &part.range.len().to_string(),
                        &name,
                        &part.name(),
                    ])?;
                }
            }
        }
        csv.flush()
    })
}
