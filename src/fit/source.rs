//! Where vectors come from: files of tensors, or the result folder of runs that wrote their vectors down.

use super::{Part, Values, Vector};
use crate::results;
use crate::results::error::ResultsError;
use crate::results::read::Columns;
use crate::results::verdicts::vectors_of;
use crate::tensor::{self, PassedOver, Step, Tensor, TensorError, Tensors};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// A vector that is not read yet; at least one tensor.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where it was taken: label, seed and worker of a run, or what sets a file apart from others of the same step.
    pub group: String,
    /// Of the tensor, or of all together.
    pub name: String,
    /// The step or the round, where it is known.
    pub step: Option<Step>,
    /// What it is made of, one after the other.
    tensors: Vec<Tensor>,
    /// The name of the vector that all tensors of its group and step make up.
    whole: String,
}

/// What a file or a folder holds.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Vectors of numbers.
    pub sources: Vec<Source>,
    /// Tensors that are none.
    pub passed_over: Vec<PassedOver>,
}

/// Vectors cannot be found or read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file of tensors is not what it should be.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// `vectors.csv` is not a table.
    #[error("{0}; repeat the experiment with gradsieve run")]
    Results(#[from] ResultsError),
    /// `vectors.csv` is damaged, or names what is not there.
    #[error("{}: {problem}; repeat the experiment with gradsieve run", path.display())]
    Index {
        /// The table.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A result folder without vectors.
    #[error(
        "{} is the result folder of runs that wrote no vectors down: add record = {{ vectors = {{ }} }} to the \
         experiment (docs/experiment-file.md) and run it again",
        .0.display()
    )]
    NoVectors(PathBuf),
}

impl Source {
    /// Makes all of it readable, in the order of its tensors: files are mapped where they can be. The inner error is that
    /// of numbers which cannot be used, NaN or ∞.
    ///
    /// # Errors
    /// A file cannot be read, or was damaged since.
    pub fn read(self) -> Result<Result<Vector, Box<PassedOver>>, SourceError> {
        let Self { group, name, step, tensors, .. } = self;
        let path = tensors.first().map(|tensor| tensor.path().to_owned()).unwrap_or_default();
        let mut values = Values::default();
        for tensor in &tensors {
            if let Some(found) = tensor.not_finite()? {
                let part = if tensors.len() > 1 { format!("in `{}` are ", tensor.name) } else { String::new() };
                let (reason, path, remedy) = (format!("{part}{found}"), tensor.path().to_owned(), String::new());
                return Ok(Err(Box::new(PassedOver { group, name, step, path, reason, remedy })));
            }
            values.push(match tensor.map()? {
                Some(mapped) => Part::Mapped(mapped),
                None => Part::Held(tensor.to_vec()?),
            });
        }
        Ok(Ok(Vector { group, name, step, path, values }))
    }
}

/// How files of text were understood, in the order of the sources: `u.csv: 100 rows of 1 column below a header`. Files
/// that are alike make one sentence; formats that say themselves what they hold make none.
#[must_use]
pub fn layouts(sources: &[Source]) -> Vec<String> {
    let mut alike: Vec<(String, String, usize)> = Vec::new();
    for tensor in sources.iter().flat_map(|source| &source.tensors) {
        let Some(layout) = tensor.layout() else { continue };
        match alike.iter_mut().find(|(_, other, _)| *other == layout) {
            Some((.., n_more)) => *n_more += 1,
            None => alike.push((tensor.path().display().to_string(), layout, 0)),
        }
    }
    let sentence = |(path, layout, n_more): (String, String, usize)| match n_more {
        0 => format!("{path}: {layout}"),
        _ => format!("{path} and {n_more} more: {layout}"),
    };
    alike.into_iter().map(sentence).collect()
}

/// All vectors of a file, of a folder with a file per step, or of a result folder.
///
/// # Errors
/// Nothing is found there, or not what it should be.
pub fn open(path: &Path) -> Result<Sources, SourceError> {
    if is_result_folder(path) {
        return Ok(Sources { sources: of_runs(path)?, passed_over: Vec::new() });
    }
    let source = |tensor: Tensor| Source {
        group: tensor.group.clone(),
        name: tensor.name.clone(),
        step: tensor.step,
        whole: "together".to_owned(),
        tensors: vec![tensor],
    };
    let Tensors { tensors, passed_over, .. } = tensor::open(path)?;
    Ok(Sources { sources: tensors.into_iter().map(source).collect(), passed_over })
}

/// Whether runs left their tables there.
#[must_use]
pub fn is_result_folder(path: &Path) -> bool {
    path.join(results::VECTORS).is_file() || path.join(results::ROUNDS).is_file()
}

/// Joins the tensors of each group and step; what belongs together stays where its first part was.
#[must_use]
pub fn together(sources: Vec<Source>) -> Vec<Source> {
    let mut joined: Vec<Source> = Vec::new();
    let mut places: BTreeMap<(String, String, Option<Step>), usize> = BTreeMap::new();
    for source in sources {
        let key = (source.group.clone(), source.whole.clone(), source.step);
        if let Some(place) = places.get(&key) {
            joined[*place].tensors.extend(source.tensors);
        } else {
            places.insert(key, joined.len());
            joined.push(Source { name: source.whole.clone(), ..source });
        }
    }
    joined
}

/// The vectors that `vectors.csv` lists.
fn of_runs(folder: &Path) -> Result<Vec<Source>, SourceError> {
    let path = folder.join(results::VECTORS);
    if !path.is_file() {
        return Err(SourceError::NoVectors(folder.to_owned()));
    }
    let damaged = |problem: String| SourceError::Index { path: path.clone(), problem };
    let table = Columns::read(&path)?;
    let columns = results::VECTORS_COLUMNS.map(|(name, _)| name);
    if table.names() != columns {
        return Err(damaged(format!("the columns are not {}", columns.join(", "))));
    }
    let rounds: Vec<u64> = table.required("round", "round")?;
    let [labels, seeds, workers, kinds, blocks, files, names] =
        ["label", "seed", "worker", "vector", "block", "file", "tensor"].map(|column| table.texts(column));
    let (labels, seeds, workers, kinds) = (labels?, seeds?, workers?, kinds?);
    let (blocks, files, names) = (blocks?, files?, names?);
    let mut opened: BTreeMap<&str, Tensors> = BTreeMap::new();
    let mut sources = Vec::new();
    for (row, round) in rounds.into_iter().enumerate() {
        let (file, name, kind, block) = (files[row], names[row], kinds[row], blocks[row]);
        if !Path::new(file).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(damaged(format!("line {}: {file} is not a path within the folder", table.line(row))));
        }
        if !opened.contains_key(file) {
            opened.insert(file, tensor::open(&folder.join(file))?);
        }
        let found = opened[file].tensors.iter().find(|tensor| tensor.name == name);
        let tensor =
            found.ok_or_else(|| damaged(format!("line {}: {file} holds no tensor `{name}`", table.line(row))))?;
        sources.push(Source {
            group: format!("{}{}", vectors_of(labels[row], seeds[row]), workers[row]),
            name: if block.is_empty() { kind.to_owned() } else { format!("{kind} block {block}") },
            step: Some(Step::from(round)),
            tensors: vec![tensor.clone()],
            whole: kind.to_owned(),
        });
    }
    if sources.is_empty() {
        return Err(damaged("it lists no vector: every run diverged before".to_owned()));
    }
    Ok(sources)
}
