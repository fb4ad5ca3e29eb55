//! The files of one result folder.

use crate::output::OutputError;
use crate::results::error::ResultsError;
use crate::results::read::{Columns, distinct};
use crate::results::verdicts::{assert_current, assert_fits_are_current};
use crate::store::StoreError;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Tables that make a folder one of results.
const TABLES: [&str; 4] = ["rounds.csv", "checks.csv", "fits.csv", "selectors.csv"];

/// One result folder, read whole.
#[derive(Debug)]
pub(super) struct Folder {
    /// Its path as it was given, with `/`.
    pub(super) name: String,
    pub(super) dir: PathBuf,
    /// All its CSVs, by file name.
    pub(super) tables: BTreeMap<String, Columns>,
    /// CSVs and the provenance as texts, by file name.
    pub(super) files: BTreeMap<String, String>,
    /// SVGs, by file name.
    pub(super) figures: BTreeMap<String, String>,
    /// `provenance.json`, or null.
    pub(super) provenance: Value,
}

impl Folder {
    /// A table that the folder may lack; one without rows counts as absent.
    pub(super) fn table(&self, name: &str) -> Option<&Columns> {
        self.tables.get(name).filter(|table| !table.is_empty())
    }

    /// The last part of its path.
    pub(super) fn short_name(&self) -> String {
        self.name.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// What the experiment asks, or the name of the folder.
    pub(super) fn title(&self) -> String {
        let question = self.provenance["question"].as_str().map(str::trim).unwrap_or_default();
        if question.is_empty() { self.name.clone() } else { question.to_owned() }
    }

    fn read(dir: &Path) -> Result<Self, OutputError> {
        let mut folder = Self {
            name: dir.to_string_lossy().replace('\\', "/").trim_end_matches('/').to_owned(),
            dir: dir.to_owned(),
            tables: BTreeMap::new(),
            files: BTreeMap::new(),
            figures: BTreeMap::new(),
            provenance: Value::Null,
        };
        assert_current(dir)?;
        assert_fits_are_current(dir)?;
        folder.take(dir, "")?;
        // Where `gradsieve fit` puts the vectors of the runs.
        let fit = dir.join("fit");
        if fit.join("fits.csv").is_file() {
            folder.take(&fit, "fit/")?;
        }
        Ok(folder)
    }

    /// Takes in the files of a folder, named after a prefix.
    fn take(&mut self, dir: &Path, prefix: &str) -> Result<(), OutputError> {
        for path in entries(dir)? {
            let own = path.file_name().unwrap_or_default().to_string_lossy();
            let is = |extension: &str| path.extension().is_some_and(|own| own == extension);
            let is_provenance = prefix.is_empty() && own == "provenance.json";
            if own.starts_with('.') || !(is("csv") || is("svg") || is_provenance) {
                continue;
            }
            let name = format!("{prefix}{own}");
            let bytes = std::fs::read(&path).map_err(|source| unreadable(&path, source))?;
            let malformed = |line, problem| ResultsError::Table { path: path.clone(), line, problem };
            if is("csv") {
                self.tables.insert(name.clone(), Columns::parse(&path, &bytes)?);
            } else if is_provenance {
                self.provenance = serde_json::from_slice(&bytes).map_err(|error| {
                    malformed(error.line() as u64, format!("no JSON: {error}; `gradsieve run` writes it again"))
                })?;
            }
            let text = String::from_utf8(bytes).map_err(|_| malformed(1, "the file is not UTF-8".to_owned()))?;
            if is("svg") { &mut self.figures } else { &mut self.files }.insert(name, text);
        }
        Ok(())
    }
}

/// The folders that are meant; one without tables stands for those below it, in the order of their names.
pub(super) fn gather(dirs: &[PathBuf]) -> Result<Vec<Folder>, OutputError> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for dir in dirs {
        let before = paths.len();
        // By way of a link a folder can be below itself.
        descend(dir, &mut BTreeSet::new(), &mut paths)?;
        if paths.len() == before {
            return Err(OutputError::NoResults { path: dir.clone(), expected: TABLES.join(", ") });
        }
    }
    distinct(paths).iter().map(|path| Folder::read(path)).collect()
}

fn descend(dir: &Path, seen: &mut BTreeSet<PathBuf>, found: &mut Vec<PathBuf>) -> Result<(), OutputError> {
    if !seen.insert(dir.canonicalize().map_err(|source| unreadable(dir, source))?) {
        return Ok(());
    }
    let entries = entries(dir)?;
    if TABLES.iter().any(|table| dir.join(table).is_file()) {
        found.push(dir.to_owned());
        return Ok(());
    }
    let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    for below in entries.into_iter().filter(|path| path.is_dir() && !is_hidden(path)) {
        descend(&below, seen, found)?;
    }
    Ok(())
}

/// The entries of a folder, in the order of their names.
fn entries(dir: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let failed = |source| unreadable(dir, source);
    let entries = std::fs::read_dir(dir).map_err(failed)?;
    let mut paths = entries.map(|entry| Ok(entry.map_err(failed)?.path())).collect::<Result<Vec<_>, OutputError>>()?;
    paths.sort();
    Ok(paths)
}

fn unreadable(path: &Path, source: std::io::Error) -> OutputError {
    StoreError::io("read", path)(source).into()
}
