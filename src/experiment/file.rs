//! The experiment file as written: TOML in which any list is an axis of a grid.
//!
//! It turns text into concrete tables and points at the place of every mistake; it knows nothing about how
//! they are run.

use super::embedded;
use super::error::SpecError;
use super::grid::{FILE_KEYS, Source, at, find, valid_keys};
use super::spec::check::CheckSpec;
use super::spec::claim::Claim;
use super::spec::paper::PaperSpec;
use super::spec::plot::PlotSpec;
use super::spec::run::RunSpec;
use crate::suggest;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// A parsed experiment file: its own keys, and the tables of all concrete runs.
#[derive(Debug, Clone)]
pub struct ExperimentFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// What the experiment asks.
    pub question: String,
    /// How its results read.
    pub interpretation: String,
    /// The folder with data sets that the file names, if it does; relative to the file's own folder.
    pub data_dir: Option<PathBuf>,
    /// One replicate of every run per seed.
    pub seeds: Vec<u64>,
    /// The figures.
    pub plots: Vec<PlotSpec>,
    /// How theorems are checked on the runs.
    pub check: CheckSpec,
    /// What the experiment asserts of its results.
    pub claims: Vec<Claim>,
    /// What a paper says, and how it compares.
    pub paper: Option<PaperSpec>,
    /// The concrete runs, in the order of the grid: the last key varies fastest.
    pub runs: Vec<RunSpec>,
    /// The same at full size, where the file says what that is.
    pub full: Option<Vec<RunSpec>>,
    /// The same as a short try, where that is more than fewer rounds and seeds.
    pub quick: Option<Vec<RunSpec>>,
    pub(super) text: String,
}

impl ExperimentFile {
    /// Reads and parses a file, or an experiment of this project by its path or name; a file on disk comes before the
    /// embedded text.
    ///
    /// # Errors
    /// It cannot be read, or it is wrong somewhere.
    pub fn read(path: &Path) -> Result<Self, SpecError> {
        let embedded = embedded::find(path).filter(|_| !path.is_file());
        let path = embedded.map_or(path, |(path, _)| path);
        let text = match embedded {
            Some((path, text)) if !path.is_file() => text.to_owned(),
            _ => read_text(path).map_err(|(message, help)| SpecError {
                path: path.to_owned(),
                place: None,
                message,
                excerpt: String::new(),
                help: help.map(Into::into),
                unavailable: None,
            })?,
        };
        Self::parse(path, &text)
    }

    /// Parses the text of a file; `path` is for messages.
    ///
    /// # Errors
    /// It is wrong somewhere.
    pub fn parse(path: &Path, text: &str) -> Result<Self, SpecError> {
        let parsed = DeTable::parse(text).map_err(|error| {
            at(path, text, error.span().unwrap_or(0..0), format!("not TOML: {}", error.message()), None)
        })?;
        let source = Source { path, text, table: &parsed };
        let mut table = source.table(parsed.get_ref())?;

        let valid = valid_keys();
        if let Some(key) = table.keys().find(|key| !valid.contains(&key.as_str())) {
            let help = suggest::help(key, &valid);
            return Err(source.error_at_key(key, format!("unknown key `{key}`"), Some(help)));
        }
        let question = source.take(&mut table, "question")?.unwrap_or_default();
        let interpretation = source.take(&mut table, "interpretation")?.unwrap_or_default();
        let data_dir: Option<PathBuf> = source.take(&mut table, "data_dir")?;
        let data_dir = data_dir.map(|folder| path.parent().unwrap_or(Path::new("")).join(folder));
        let plots = source.take(&mut table, "plot")?.unwrap_or_default();
        let check = source.take(&mut table, "check")?.unwrap_or_default();
        let claims: Vec<Claim> = source.take(&mut table, "claim")?.unwrap_or_default();
        if let Some(message) = claims.iter().find_map(|claim| claim.validate().err()) {
            return Err(source.error_at_key("claim", message, None));
        }
        let paper: Option<PaperSpec> = source.take(&mut table, "paper")?;
        if let Some(message) = paper.as_ref().and_then(|paper| paper.validate(&claims).err()) {
            return Err(source.error_at_key("paper", message, None));
        }
        let zip: Vec<Vec<String>> = source.take(&mut table, "zip")?.unwrap_or_default();
        if let Some(seed) = table.get("seeds").filter(|seeds| seeds.is_number()) {
            let message = format!("`seeds` is {seed}, but it must be a list");
            return Err(source.error_at_key("seeds", message, Some(format!("write seeds = [{seed}]"))));
        }
        let seeds: Vec<u64> = source.take(&mut table, "seeds")?.unwrap_or_else(|| vec![1]);
        if let Some(seed) = seeds.iter().enumerate().find_map(|(at, seed)| seeds[..at].contains(seed).then_some(seed)) {
            let message = format!("`seeds` holds {seed} twice, and equal seeds make equal runs");
            return Err(source.error_at_key("seeds", message, Some("state each seed once".into())));
        }
        if seeds.is_empty() {
            return Err(source.error_at_key("seeds", "`seeds` is empty".into(), Some("write seeds = [1]".into())));
        }

        let full: Option<Map<String, Value>> = source.take(&mut table, "full")?;
        let quick: Option<Map<String, Value>> = source.take(&mut table, "quick")?;
        let concrete = |table: &Map<String, Value>| -> Result<Vec<RunSpec>, SpecError> {
            source.grid(table, &zip)?.into_iter().map(|concrete| source.concrete(&concrete)).collect()
        };
        let runs = concrete(&table)?;
        let at_size = |name: &str, keys: Option<Map<String, Value>>| {
            let Some(keys) = keys else { return Ok(None) };
            let is_of_a_run = |key: &&String| valid.contains(&key.as_str()) && !FILE_KEYS.contains(&key.as_str());
            if let Some(key) = keys.keys().find(|key| !is_of_a_run(key)) {
                let message = format!("`{name}` holds keys of a run, and `{key}` is not one");
                return Err(source.error_at_key(key, message, Some(suggest::help(key, &valid))));
            }
            concrete(&table.clone().into_iter().chain(keys).collect()).map(Some)
        };
        let (full, quick) = (at_size("full", full)?, at_size("quick", quick)?);
        Ok(Self {
            path: path.to_owned(),
            question,
            interpretation,
            data_dir,
            seeds,
            plots,
            check,
            claims,
            paper,
            runs,
            full,
            quick,
            text: text.to_owned(),
        })
    }

    /// The experiment with the runs of its full size.
    ///
    /// # Errors
    /// The file does not say what its full size is.
    pub fn at_full_size(&self) -> Result<Self, SpecError> {
        let runs = self.full.clone().ok_or_else(|| {
            self.error_at(
                "full",
                "the file has no table `full`, so that it has one size alone: leave --full out".into(),
            )
        })?;
        Ok(Self { runs, ..self.clone() })
    }

    /// The experiment with the runs of a short try; without a table `quick` they are its own.
    #[must_use]
    pub fn at_quick_size(&self) -> Self {
        Self { runs: self.quick.as_ref().unwrap_or(&self.runs).clone(), ..self.clone() }
    }

    /// Whether the file has this top-level key.
    pub(super) fn has(&self, key: &str) -> bool {
        DeTable::parse(&self.text).is_ok_and(|table| table.get_ref().contains_key(key))
    }

    /// An error at a top-level key, for mistakes that show only when a run is prepared.
    #[must_use]
    pub fn error_at(&self, key: &str, message: String) -> SpecError {
        match DeTable::parse(&self.text) {
            Ok(table) => {
                let source = Source { path: &self.path, text: &self.text, table: &table };
                // The mark goes below the guilty value. It is read from the message, "k = 700" or "`beta` is 2": each
                // family of members has errors of its own type, and the form of their words is what all share.
                let named = message.split_once(" = ").or_else(|| message.split_once("` is "));
                let value = named.and_then(|(_, rest)| rest.split([' ', ',', ';']).next());
                let top = table.get_ref().iter().find(|(own, _)| own.get_ref().as_ref() == key);
                match top.and_then(|(_, tree)| find(tree, value?)) {
                    Some(span) => at(&self.path, &self.text, span, message, None),
                    None => source.error_at_key(key, message, None),
                }
            }
            Err(_) => at(&self.path, &self.text, 0..0, message, None),
        }
    }
}

/// The text of a file, or what is wrong and what may help.
fn read_text(path: &Path) -> Result<String, (String, Option<String>)> {
    let bytes = std::fs::read(path).map_err(|error| {
        let help = (error.kind() == std::io::ErrorKind::NotFound).then(|| nearest_file(path)).flatten();
        (format!("cannot read the experiment file: {error}"), help)
    })?;
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(("the file is UTF-16: save it as UTF-8".to_owned(), None));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count();
        (format!("byte {at}, in line {line}, is not UTF-8: save the file as UTF-8"), None)
    })
}

/// The file of the same folder whose name is most like a missing one's.
fn nearest_file(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name()?.to_string_lossy().into_owned();
    let others: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|other| Path::new(other).extension().is_some_and(|extension| extension == "toml"))
        .collect();
    suggest::nearest(&name, others.iter().map(String::as_str))
        .map(|other| format!("did you mean {}?", folder.join(other).display()))
}
