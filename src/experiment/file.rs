//! The experiment file as written: TOML in which any list is an axis of a grid.
//!
//! It turns text into concrete tables and points at the place of every mistake; it knows nothing of how runs are
//! played.

use super::check::CheckSpec;
use super::check::claim::Claim;
use super::check::paper::PaperSpec;
use super::spec::{Initial, RunSpec};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Keys that belong to the file, not to a run.
pub const FILE_KEYS: &[&str] =
    &["question", "reading", "data_dir", "seeds", "zip", "plot", "check", "claim", "paper", "full", "quick"];

/// Keys of a run in which a list is a list.
const LIST_KEYS: &[&str] = &["record"];

/// A mistake in an experiment file: where it is, what was found, and what would be right.
#[derive(Debug, Clone, PartialEq)]
pub struct SpecError {
    /// The file.
    pub path: PathBuf,
    /// Line and column, from 1, where they are known.
    pub place: Option<(usize, usize)>,
    /// What is wrong.
    pub message: String,
    /// The offending line with a mark below it; empty where the place is unknown.
    pub excerpt: String,
    /// What to do.
    pub help: Option<String>,
}

impl std::fmt::Display for SpecError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.path.display())?;
        if let Some((line, column)) = self.place {
            write!(formatter, ":{line}:{column}")?;
        }
        write!(formatter, ": {}", self.message)?;
        if !self.excerpt.is_empty() {
            write!(formatter, "\n{}", self.excerpt)?;
        }
        match &self.help {
            Some(help) => write!(formatter, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SpecError {}

/// One figure that an experiment asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlotSpec {
    /// The file name without extension; `<y>-against-<x>` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Above the axes.
    #[serde(default)]
    pub title: String,
    /// The table that holds the columns.
    #[serde(default)]
    pub table: PlotTable,
    /// The column on the x axis: `round`, `bits`, `seconds`, an axis of the grid, …
    pub x: String,
    /// The column on the y axis: a metric.
    pub y: String,
    /// More columns on the y axis, each drawn as one line over all rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// The columns that tell one line from another, separated by spaces; `label` when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lines: String,
    /// `column <= value`: of each run its first row for which this is so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reaching: String,
    /// How the x axis is divided.
    #[serde(default)]
    pub x_scale: Scale,
    /// How the y axis is divided.
    #[serde(default = "log")]
    pub y_scale: Scale,
    /// `column=value`, perhaps several with ` and ` between them: only these rows.
    #[serde(default)]
    pub filter: String,
}

/// A table of the result folder from which a figure is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlotTable {
    /// `rounds.csv`.
    #[default]
    Rounds,
    /// `curves.csv`.
    Curves,
}

fn log() -> Scale {
    Scale::Log
}

/// How an axis is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Evenly.
    #[default]
    Linear,
    /// By powers of ten.
    Log,
}

/// A parsed experiment file: its own keys, and the tables of all concrete runs.
#[derive(Debug, Clone)]
pub struct ExperimentFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// What the experiment asks.
    pub question: String,
    /// How its results read.
    pub reading: String,
    /// The folder with data sets that the file names, if it does; relative to the file's own folder.
    pub data_dir: Option<PathBuf>,
    /// One replicate of every run per seed.
    pub seeds: Vec<u64>,
    /// The figures.
    pub plots: Vec<PlotSpec>,
    /// How theorems are held against the runs.
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
    text: String,
}

impl ExperimentFile {
    /// Reads and parses a file.
    ///
    /// # Errors
    /// It cannot be read, or it is wrong somewhere.
    pub fn read(path: &Path) -> Result<Self, SpecError> {
        let text = std::fs::read_to_string(path).map_err(|error| SpecError {
            path: path.to_owned(),
            place: None,
            message: format!("cannot read the experiment file: {error}"),
            excerpt: String::new(),
            help: nearest_file(path),
        })?;
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
            let help = nearest(key, &valid);
            return Err(source.error_at_key(key, format!("unknown key `{key}`"), Some(help)));
        }
        let question = source.take(&mut table, "question")?.unwrap_or_default();
        let reading = source.take(&mut table, "reading")?.unwrap_or_default();
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
        let seeds: Vec<u64> = source.take(&mut table, "seeds")?.unwrap_or_else(|| vec![1]);
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
                let message = format!("`{name}` holds keys of a run, and `{key}` is none");
                return Err(source.error_at_key(key, message, Some(nearest(key, &valid))));
            }
            concrete(&table.clone().into_iter().chain(keys).collect()).map(Some)
        };
        let (full, quick) = (at_size("full", full)?, at_size("quick", quick)?);
        Ok(Self {
            path: path.to_owned(),
            question,
            reading,
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

    /// The experiment that a result folder comes from, as its `provenance.json` has it.
    ///
    /// # Errors
    /// The file cannot be read, or is no provenance of this version.
    pub fn of_results(folder: &Path) -> Result<Self, SpecError> {
        #[derive(Deserialize)]
        struct Run {
            seed: u64,
            spec: RunSpec,
        }
        #[derive(Deserialize)]
        struct Provenance {
            question: String,
            reading: String,
            plots: Vec<PlotSpec>,
            check: CheckSpec,
            claims: Vec<Claim>,
            #[serde(default)]
            paper: Option<PaperSpec>,
            runs: Vec<Run>,
        }
        let path = folder.join("provenance.json");
        let wrong = |message: String| SpecError {
            path: path.clone(),
            place: None,
            message,
            excerpt: String::new(),
            help: Some("check the experiment file itself: gradsieve check experiments/NAME.toml".into()),
        };
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(format!("cannot read it: {error}")))?;
        let provenance: Provenance = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("no provenance that this version can replay: {error}")))?;
        let (mut runs, mut seeds): (Vec<RunSpec>, Vec<u64>) = (Vec::new(), Vec::new());
        for run in provenance.runs {
            // Replicates stand next to each other.
            if runs.last() != Some(&run.spec) {
                runs.push(run.spec);
            }
            if !seeds.contains(&run.seed) {
                seeds.push(run.seed);
            }
        }
        Ok(Self {
            path,
            question: provenance.question,
            reading: provenance.reading,
            data_dir: None,
            seeds,
            plots: provenance.plots,
            check: provenance.check,
            claims: provenance.claims,
            paper: provenance.paper,
            runs,
            full: None,
            quick: None,
            text: String::new(),
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

    /// An error at a top-level key, for mistakes that show only when a run is prepared.
    #[must_use]
    pub fn error_at(&self, key: &str, message: String) -> SpecError {
        match DeTable::parse(&self.text) {
            Ok(table) => {
                let source = Source { path: &self.path, text: &self.text, table: &table };
                // Messages name a guilty value, as in "k = 700" or "`beta` is 2": then the mark goes below it.
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

/// The top-level keys.
#[must_use]
pub fn valid_keys() -> Vec<&'static str> {
    let run_keys = [
        "dataset",
        "test",
        "partition",
        "objective",
        "n_workers",
        "rounds",
        "batch_size",
        "step_size",
        "method",
        "wire",
        "network",
        "compute_seconds",
        "blocks",
        "initial",
        "record",
    ];
    FILE_KEYS.iter().copied().chain(run_keys).collect()
}

/// A text with its parsed tree, for pointing at places.
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
    table: &'a Spanned<DeTable<'a>>,
}

impl Source<'_> {
    /// The tree as JSON values; TOML's dates have no place in an experiment.
    fn table(&self, table: &DeTable<'_>) -> Result<Map<String, Value>, SpecError> {
        table.iter().map(|(key, value)| Ok((key.get_ref().to_string(), self.value(value)?))).collect()
    }

    fn value(&self, value: &Spanned<DeValue<'_>>) -> Result<Value, SpecError> {
        let wrong = |message: String| at(self.path, self.text, value.span(), message, None);
        Ok(match value.get_ref() {
            DeValue::String(text) => Value::from(text.to_string()),
            DeValue::Boolean(flag) => Value::from(*flag),
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
                .map(Value::from)
                .map_err(|error| wrong(format!("integer out of range: {error}")))?,
            DeValue::Float(float) => {
                let number: f64 = float.as_str().parse().map_err(|error| wrong(format!("no number: {error}")))?;
                serde_json::Number::from_f64(number)
                    .map(Value::Number)
                    .ok_or_else(|| wrong(format!("{} is not a finite number", float.as_str())))?
            }
            DeValue::Array(values) => {
                Value::Array(values.iter().map(|value| self.value(value)).collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => Value::Object(self.table(table)?),
            DeValue::Datetime(_) => return Err(wrong("a date has no place in an experiment".into())),
        })
    }

    /// Removes and reads one of the file's own keys.
    fn take<T: serde::de::DeserializeOwned>(
        &self,
        table: &mut Map<String, Value>,
        key: &str,
    ) -> Result<Option<T>, SpecError> {
        table
            .remove(key)
            .map(|value| serde_json::from_value(value).map_err(|error| self.explain(key, &error.to_string())))
            .transpose()
    }

    /// All concrete tables: every list outside of [`LIST_KEYS`] is an axis; `zip` groups vary together.
    fn grid(&self, table: &Map<String, Value>, zip: &[Vec<String>]) -> Result<Vec<Map<String, Value>>, SpecError> {
        let (lists, axes): (Map<_, _>, Map<_, _>) =
            table.clone().into_iter().partition(|(key, _)| LIST_KEYS.contains(&key.as_str()));
        let mut tables = vec![axes];
        for group in zip {
            tables = tables
                .into_iter()
                .map(|table| self.zipped(&table, group))
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .flatten()
                .collect();
        }
        // The file's own order of keys decides which axis varies fastest.
        let order: Vec<String> = self.table.get_ref().iter().map(|(key, _)| key.get_ref().to_string()).collect();
        let mut grid = Vec::new();
        for table in tables {
            for mut concrete in self.expand_table(&table, &order)? {
                concrete.extend(lists.clone());
                grid.push(concrete);
            }
        }
        Ok(grid)
    }

    fn zipped(&self, table: &Map<String, Value>, group: &[String]) -> Result<Vec<Map<String, Value>>, SpecError> {
        let zip_error = |message: String| {
            let help = "zip = [[\"step_size\", \"method.compressor.k\"]] names keys that hold lists of equal length";
            self.error_at_key("zip", message, Some(help.into()))
        };
        let mut lengths = BTreeMap::new();
        for path in group {
            let mut value = Some(&Value::Object(table.clone())).cloned();
            for part in path.split('.') {
                value = value.and_then(|value| value.get(part).cloned());
            }
            match value {
                Some(Value::Array(values)) => lengths.insert(path.clone(), values.len()),
                _ => return Err(zip_error(format!("`zip` names `{path}`, which holds no list"))),
            };
        }
        let mut distinct: Vec<usize> = lengths.values().copied().collect();
        distinct.dedup();
        let [length] = distinct[..] else {
            return Err(zip_error(format!("`zip` groups lists of different lengths: {lengths:?}")));
        };
        Ok((0..length)
            .map(|index| {
                let mut concrete = Value::Object(table.clone());
                for path in group {
                    let pointer = format!("/{}", path.replace('.', "/"));
                    if let Some(slot) = concrete.pointer_mut(&pointer) {
                        *slot = slot[index].take();
                    }
                }
                match concrete {
                    Value::Object(table) => table,
                    _ => Map::new(),
                }
            })
            .collect())
    }

    fn expand_table(&self, table: &Map<String, Value>, order: &[String]) -> Result<Vec<Map<String, Value>>, SpecError> {
        let mut keys: Vec<&String> = table.keys().collect();
        keys.sort_by_key(|key| order.iter().position(|other| other == *key));
        let mut expanded = vec![Map::new()];
        for key in keys {
            let alternatives = self.expand(key, &table[key])?;
            expanded = expanded
                .into_iter()
                .flat_map(|partial| {
                    alternatives.iter().map(move |value| {
                        let mut partial = partial.clone();
                        partial.insert(key.clone(), value.clone());
                        partial
                    })
                })
                .collect();
        }
        Ok(expanded)
    }

    fn expand(&self, key: &str, value: &Value) -> Result<Vec<Value>, SpecError> {
        match value {
            Value::Array(values) if values.is_empty() => {
                Err(self.error_at_key(key, format!("`{key}` is an empty list: an axis needs a value"), None))
            }
            Value::Array(values) => {
                let lists = values.iter().map(|value| self.expand(key, value)).collect::<Result<Vec<_>, _>>()?;
                Ok(lists.concat())
            }
            Value::Object(table) => Ok(self.expand_table(table, &[])?.into_iter().map(Value::Object).collect()),
            _ => Ok(vec![value.clone()]),
        }
    }

    fn concrete(&self, table: &Map<String, Value>) -> Result<RunSpec, SpecError> {
        let spec = RunSpec::deserialize(Value::Object(table.clone()));
        // After a failure each key is tried alone, so that the mistake is found under its key.
        let mut spec = spec.map_err(|error| {
            let message = error.to_string();
            let lacks = |key: &&str| message == format!("missing field `{key}`") && !table.contains_key(*key);
            if valid_keys().iter().any(lacks) {
                return self.explain("", &message);
            }
            let guilty = table.iter().find(|(key, value)| {
                let probe = Map::from_iter([((*key).clone(), (*value).clone())]);
                RunSpec::deserialize(Value::Object(probe)).is_err_and(|error| error.to_string() == message)
            });
            match guilty {
                Some((key, _)) => self.explain(key, &message),
                None => self.explain("", &message),
            }
        })?;
        // From zero all units of a layer stay alike: a network draws its own start.
        if spec.objective.is_network() && !table.contains_key("initial") {
            spec.initial = Initial::Network;
        }
        Ok(spec)
    }

    /// Finds the place of a deserialization error below a top-level key, and a remedy.
    fn explain(&self, key: &str, message: &str) -> SpecError {
        let message = message.strip_suffix('.').unwrap_or(message);
        let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        let top = self.table.get_ref().iter().find(|(own, _)| own.get_ref().as_ref() == key);
        let fallback = top.map(|(key, _)| key.span());
        if message.starts_with("unknown field") || message.starts_with("unknown variant") {
            let (found, valid) = quoted.split_first().map_or(("", &[][..]), |(found, valid)| (*found, valid));
            let what = if message.starts_with("unknown field") { "key" } else { "name" };
            let span = top.and_then(|(_, value)| find(value, found)).or(fallback).unwrap_or(0..0);
            let place = if key.is_empty() { String::new() } else { format!(" in `{key}`") };
            let text = format!("unknown {what} `{found}`{place}");
            return at(self.path, self.text, span, text, Some(nearest(found, valid)));
        }
        if message.starts_with("missing field") {
            let missing = quoted.first().copied().unwrap_or_default();
            let place = if key.is_empty() { "the experiment".to_owned() } else { format!("`{key}`") };
            let message = format!("{place} lacks the key `{missing}`");
            return at(self.path, self.text, fallback.unwrap_or(0..0), message, None);
        }
        // `invalid type: string "a", expected …` names the value that was found.
        let literal = message.split_once(", expected").and_then(|(found, _)| {
            found
                .split_once('"')
                .map(|(_, rest)| rest.trim_end_matches('"').to_owned())
                .or_else(|| found.rsplit(' ').next().map(|word| word.trim_matches('`').to_owned()))
        });
        let span =
            literal.and_then(|literal| top.and_then(|(_, value)| find(value, &literal))).or(fallback).unwrap_or(0..0);
        let message = ["u64", "usize", "u32"].iter().fold(message.to_owned(), |message, integer| {
            message.replace(&format!("expected {integer}"), "expected a whole number ≥ 0")
        });
        let message = message.replace("expected f64", "expected a number");
        at(self.path, self.text, span, format!("`{key}`: {message}"), None)
    }

    fn error_at_key(&self, key: &str, message: String, help: Option<String>) -> SpecError {
        let span = find_key(self.table.get_ref(), key).unwrap_or(0..0);
        at(self.path, self.text, span, message, help)
    }
}

/// The place of a key, or of a leaf that is written like `sought`, at or below a value.
fn find(value: &Spanned<DeValue<'_>>, sought: &str) -> Option<Range<usize>> {
    match value.get_ref() {
        DeValue::Table(table) => {
            find_key(table, sought).or_else(|| table.iter().find_map(|(_, value)| find(value, sought)))
        }
        DeValue::Array(values) => values.iter().find_map(|value| find(value, sought)),
        DeValue::String(text) => (text.as_ref() == sought).then(|| value.span()),
        DeValue::Integer(integer) => (integer.as_str() == sought).then(|| value.span()),
        DeValue::Float(float) => {
            let same = float.as_str() == sought || float.as_str().parse::<f64>().ok() == sought.parse::<f64>().ok();
            same.then(|| value.span())
        }
        DeValue::Boolean(flag) => (flag.to_string() == sought).then(|| value.span()),
        DeValue::Datetime(_) => None,
    }
}

fn find_key(table: &DeTable<'_>, sought: &str) -> Option<Range<usize>> {
    table.iter().find(|(key, _)| key.get_ref().as_ref() == sought).map(|(key, _)| key.span()).or_else(|| {
        table.iter().find_map(|(_, value)| match value.get_ref() {
            DeValue::Table(table) => find_key(table, sought),
            _ => None,
        })
    })
}

/// `did you mean …` for a misspelt word.
pub(crate) fn nearest(found: &str, valid: &[&str]) -> String {
    let best = valid.iter().max_by(|a, b| strsim::jaro_winkler(found, a).total_cmp(&strsim::jaro_winkler(found, b)));
    match best {
        Some(best) if strsim::jaro_winkler(found, best) > 0.7 => {
            format!("did you mean `{best}`? Valid here: {}", valid.join(", "))
        }
        _ if valid.is_empty() => "no keys are valid here".to_owned(),
        _ => format!("valid here: {}", valid.join(", ")),
    }
}

/// The file of the same folder whose name is most like a missing one's.
fn nearest_file(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name()?.to_string_lossy().into_owned();
    std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .filter(|other| Path::new(other).extension().is_some_and(|extension| extension == "toml"))
        .max_by(|a, b| strsim::jaro_winkler(&name, a).total_cmp(&strsim::jaro_winkler(&name, b)))
        .filter(|other| strsim::jaro_winkler(&name, other) > 0.8)
        .map(|other| format!("did you mean {}?", folder.join(other).display()))
}

/// An error at a byte range of the text.
fn at(path: &Path, text: &str, span: Range<usize>, message: String, help: Option<String>) -> SpecError {
    if span.is_empty() && span.start == 0 {
        return SpecError { path: path.to_owned(), place: None, message, excerpt: String::new(), help };
    }
    let start = span.start.min(text.len());
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_number = text[..start].matches('\n').count() + 1;
    let line = text[line_start..].lines().next().unwrap_or_default();
    let column = text[line_start..start].chars().count() + 1;
    let width = text[start..span.end.clamp(start, line_start + line.len()).max(start)].chars().count().max(1);
    let margin = " ".repeat(line_number.to_string().len());
    let excerpt =
        format!("  {margin} |\n  {line_number} | {line}\n  {margin} | {}{}", " ".repeat(column - 1), "^".repeat(width));
    SpecError { path: path.to_owned(), place: Some((line_number, column)), message, excerpt, help }
}
