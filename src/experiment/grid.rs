//! The text of an experiment file as a tree with places: every list is an axis of a grid of concrete tables, and every
//! mistake is pointed at.

use super::error::SpecError;
use super::spec::run::{Initial, RunSpec};
use crate::suggest;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Keys that belong to the file, not to a run.
pub(super) const FILE_KEYS: &[&str] =
    &["question", "interpretation", "data_dir", "seeds", "zip", "plot", "check", "claim", "paper", "full", "quick"];

/// Settings of a grid, and runs of a plan.
pub(super) const MOST_RUNS: usize = 100_000;

/// Keys of a run in which a list is a list.
const LIST_KEYS: &[&str] = &["record"];

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
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
    pub(super) table: &'a Spanned<DeTable<'a>>,
}

impl Source<'_> {
    /// The tree as JSON values; TOML's dates have no place in an experiment.
    pub(super) fn table(&self, table: &DeTable<'_>) -> Result<Map<String, Value>, SpecError> {
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
    pub(super) fn take<T: serde::de::DeserializeOwned>(
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
    pub(super) fn grid(
        &self,
        table: &Map<String, Value>,
        zip: &[Vec<String>],
    ) -> Result<Vec<Map<String, Value>>, SpecError> {
        let (lists, axes): (Map<_, _>, Map<_, _>) =
            table.clone().into_iter().partition(|(key, _)| LIST_KEYS.contains(&key.as_str()));
        let mut tables = vec![axes];
        for group in zip {
            let mut zipped = Vec::new();
            for table in tables {
                zipped.extend(self.zipped(&table, group)?);
                self.hold(zipped.len() as u128, "zip")?;
            }
            tables = zipped;
        }
        let sum = tables.iter().map(n_settings_of).fold(0_u128, u128::saturating_add);
        let longest = table.iter().filter(|(key, _)| !LIST_KEYS.contains(&key.as_str()));
        let longest = longest.max_by_key(|(_, value)| n_settings(value)).map_or("", |(key, _)| key);
        self.hold(sum, longest)?;
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

    /// Refuses a grid of too many settings, at the key that makes most of them.
    fn hold(&self, n_settings: u128, key: &str) -> Result<(), SpecError> {
        if n_settings <= MOST_RUNS as u128 {
            return Ok(());
        }
        let message = format!("the grid has {n_settings} settings, and at most {MOST_RUNS} can be planned");
        let help = "shorten this list or another, name lists in `zip` that vary together, or split the file";
        Err(self.error_at_key(key, message, Some(help.into())))
    }

    fn zipped(&self, table: &Map<String, Value>, group: &[String]) -> Result<Vec<Map<String, Value>>, SpecError> {
        let zip_error = |message: String| {
            let help = "zip = [[\"step_size\", \"method.compressor.k\"]] names keys that hold lists of equal length";
            self.error_at_key("zip", message, Some(help.into()))
        };
        let mut lengths = BTreeMap::new();
        for path in group {
            if lengths.contains_key(path) {
                return Err(zip_error(format!("`zip` names `{path}` twice in one group")));
            }
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
                    if let Some(slot) = concrete.pointer_mut(&pointer)
                        && let Some(value) = slot.get_mut(index).map(Value::take)
                    {
                        *slot = value;
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

    pub(super) fn concrete(&self, table: &Map<String, Value>) -> Result<RunSpec, SpecError> {
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
    ///
    /// It reads the message, since serde_json keeps nothing else of an error. The forms are those that serde gives
    /// unknown fields and variants, missing fields and wrong types; tests/it/bad_input.rs holds them.
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
            return at(self.path, self.text, span, text, Some(suggest::help(found, valid)));
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

    pub(super) fn error_at_key(&self, key: &str, message: String, help: Option<String>) -> SpecError {
        let span = find_key(self.table.get_ref(), key).unwrap_or(0..0);
        at(self.path, self.text, span, message, help)
    }
}

/// How many settings the axes of a value give.
fn n_settings(value: &Value) -> u128 {
    match value {
        Value::Array(values) => values.iter().map(n_settings).fold(0, u128::saturating_add),
        Value::Object(table) => n_settings_of(table),
        _ => 1,
    }
}

fn n_settings_of(table: &Map<String, Value>) -> u128 {
    table.values().map(n_settings).fold(1, u128::saturating_mul)
}

/// The place of a key, or of a leaf that is written like `sought`, at or below a value.
pub(super) fn find(value: &Spanned<DeValue<'_>>, sought: &str) -> Option<Range<usize>> {
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

/// Characters of a line that are shown of it.
const MOST_SHOWN: usize = 200;

/// The part of a line around a mark of `width` characters, and the place and width of the mark in it.
fn around(line: &str, before: usize, width: usize) -> (String, usize, usize) {
    let whole = line.chars().count();
    if whole <= MOST_SHOWN {
        return (line.to_owned(), before, width);
    }
    let from = before.saturating_sub(MOST_SHOWN / 2);
    let shown: String = line.chars().skip(from).take(MOST_SHOWN).collect();
    let (left, right) = (if from > 0 { "…" } else { "" }, if from + MOST_SHOWN < whole { "…" } else { "" });
    let before = before - from + left.chars().count();
    (format!("{left}{shown}{right}"), before, width.min(MOST_SHOWN.saturating_sub(before).max(1)))
}

/// An error at a byte range of the text.
pub(super) fn at(path: &Path, text: &str, span: Range<usize>, message: String, help: Option<String>) -> SpecError {
    if span.is_empty() && span.start == 0 {
        return SpecError {
            path: path.to_owned(),
            place: None,
            message,
            excerpt: String::new(),
            help: help.map(Into::into),
            unavailable: None,
        };
    }
    let start = (0..=span.start.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line_number = text[..start].matches('\n').count() + 1;
    let line = text[line_start..].lines().next().unwrap_or_default();
    let column = text[line_start..start].chars().count() + 1;
    // A mark may begin behind the line, at its end.
    let line_end = (line_start + line.len()).max(start);
    let width = text.get(start..span.end.clamp(start, line_end)).map_or(1, |marked| marked.chars().count().max(1));
    let margin = " ".repeat(line_number.to_string().len());
    let (line, before, width) = around(line, column - 1, width);
    let excerpt =
        format!("  {margin} |\n  {line_number} | {line}\n  {margin} | {}{}", " ".repeat(before), "^".repeat(width));
    SpecError {
        path: path.to_owned(),
        place: Some((line_number, column)),
        message,
        excerpt,
        help: help.map(Into::into),
        unavailable: None,
    }
}
