//! What a run gave, as it is stored and as the tables of a result folder say it.

use super::curves;
use super::error::ResultsError;
use super::read::Columns;
use super::{ROUNDS, SUMMARY};
use crate::record::{Metric, Outcome, Row, Table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// What a run gave.
#[derive(Debug, Clone, PartialEq)]
pub struct RunResult {
    /// How it ended.
    pub outcome: Outcome,
    /// What was recorded.
    pub table: Table,
    /// The files of vectors that it wrote, in the order of their rounds.
    pub files: Vec<WrittenFile>,
}

/// A file that a run wrote beside its tables, and what tells it from a damaged one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenFile {
    /// Its path from the result folder, with `/`.
    pub path: String,
    /// In bytes.
    pub length: u64,
    /// Its checksum, hexadecimal.
    pub sha256: String,
}

/// A result as it is stored: numbers as their bits, so that infinities survive.
#[derive(Serialize, Deserialize)]
struct Stored {
    diverged: Option<(u64, String)>,
    metrics: Vec<Metric>,
    rows: RowsOfBits,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    curves: Vec<curves::Stored>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    files: Vec<WrittenFile>,
}

impl RunResult {
    /// The result as bytes.
    ///
    /// # Panics
    /// Never: integers, names and texts are JSON.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let diverged = match &self.outcome {
            Outcome::Diverged { round, reason } => Some((*round, reason.clone())),
            Outcome::Finished | Outcome::Interrupted => None,
        };
        let rows = to_bits(&self.table.rows);
        let curves = self.table.curves.iter().map(curves::to_bits).collect();
        let stored = Stored { diverged, metrics: self.table.metrics.clone(), rows, curves, files: self.files.clone() };
        serde_json::to_vec(&stored).expect("integers, names and texts are JSON")
    }

    /// What [`RunResult::to_bytes`] gave; `None` if it is anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let stored: Stored = serde_json::from_slice(bytes).ok()?;
        let outcome = match stored.diverged {
            Some((round, reason)) => Outcome::Diverged { round, reason },
            None => Outcome::Finished,
        };
        let curves = stored.curves.into_iter().map(curves::from_bits).collect();
        let table = Table { metrics: stored.metrics, rows: from_bits(stored.rows), curves };
        Some(Self { outcome, table, files: stored.files })
    }
}

/// Rows with numbers as their bits.
pub(crate) type RowsOfBits = Vec<(u64, Vec<Option<u64>>)>;

/// The rows of a table with numbers as their bits.
pub(crate) fn to_bits(rows: &[Row]) -> RowsOfBits {
    let bits = |values: &Vec<Option<f64>>| values.iter().map(|value| value.map(f64::to_bits)).collect();
    rows.iter().map(|(round, values)| (*round, bits(values))).collect()
}

/// What [`to_bits`] was given.
pub(crate) fn from_bits(rows: RowsOfBits) -> Vec<Row> {
    let values = |bits: Vec<Option<u64>>| bits.into_iter().map(|bits| bits.map(f64::from_bits)).collect();
    rows.into_iter().map(|(round, bits)| (round, values(bits))).collect()
}

/// A run as the tables of a result folder tell it.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptRun {
    /// Its name.
    pub id: String,
    /// Its setting.
    pub label: String,
    /// Its seed.
    pub seed: u64,
    /// How it ended, and its rows.
    pub result: RunResult,
}

/// The cells of `summary.csv` that say how a run ended: `outcome` and `reason`.
pub(crate) fn outcome_cells(outcome: &Outcome) -> (&'static str, String) {
    match outcome {
        Outcome::Finished => ("finished", String::new()),
        Outcome::Diverged { round, reason } => ("diverged", format!("round {round}: {reason}")),
        Outcome::Interrupted => ("interrupted", String::new()),
    }
}

/// How each run of `summary.csv` ended; what [`outcome_cells`] gave.
fn outcomes(summary: &Columns) -> Result<Vec<Outcome>, ResultsError> {
    let cells = summary.texts("outcome")?.into_iter().zip(summary.texts("reason")?);
    let outcome = |(outcome, reason): (&str, &str)| match outcome {
        "diverged" => {
            let (round, reason) = reason.trim_start_matches("round ").split_once(": ").unwrap_or(("", reason));
            Outcome::Diverged { round: round.parse().unwrap_or(0), reason: reason.to_owned() }
        }
        "interrupted" => Outcome::Interrupted,
        _ => Outcome::Finished,
    };
    Ok(cells.map(outcome).collect())
}

/// The runs that diverged, by their ids, and from which round on.
pub type Diverged = BTreeMap<String, u64>;

/// What `summary.csv` says of runs that diverged.
///
/// # Errors
/// A column is missing.
pub fn diverged(summary: &Columns) -> Result<Diverged, ResultsError> {
    let ends = summary.texts("run")?.into_iter().zip(outcomes(summary)?);
    let from = ends.filter_map(|(run, outcome)| match outcome {
        Outcome::Diverged { round, .. } => Some((run.to_owned(), round)),
        Outcome::Finished | Outcome::Interrupted => None,
    });
    Ok(from.collect())
}

/// Reads `summary.csv` and `rounds.csv`, whoever wrote them; the runs in the order of the former.
///
/// # Errors
/// A file is missing or no such table, with its line.
pub fn read_tables(folder: &Path) -> Result<Vec<KeptRun>, ResultsError> {
    let summary = Columns::read(&folder.join(SUMMARY))?;
    let (ids, labels, seeds) = (summary.texts("run")?, summary.texts("label")?, summary.required("seed", "seed")?);
    let mut kept: Vec<KeptRun> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (row, (seed, outcome)) in seeds.into_iter().zip(outcomes(&summary)?).enumerate() {
        places.insert(ids[row], kept.len());
        let result = RunResult { outcome, table: Table::default(), files: Vec::new() };
        kept.push(KeptRun { id: ids[row].to_owned(), label: labels[row].to_owned(), seed, result });
    }

    let rounds = Columns::read(&folder.join(ROUNDS))?;
    let (ids, at) = (rounds.texts("run")?, rounds.required("round", "round")?);
    // What a later version records is not a metric of this one.
    let recorded = rounds.names().iter().skip_while(|name| *name != "round").skip(1);
    let metrics: Vec<Metric> =
        recorded.filter_map(|name| Some(Metric::ALL.iter().find(|(_, own, _)| own == name)?.0)).collect();
    let values = metrics.iter().map(|metric| rounds.numbers(metric.name())).collect::<Result<Vec<_>, _>>()?;
    for run in &mut kept {
        run.result.table.metrics.clone_from(&metrics);
    }
    for (row, round) in at.into_iter().enumerate() {
        let Some(own) = places.get(ids[row]) else {
            return Err(rounds.wrong(row, format!("run {} has no row in {SUMMARY}", ids[row])));
        };
        kept[*own].result.table.rows.push((round, values.iter().map(|values| values[row]).collect()));
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_results_keep_infinities_and_absences() {
        let result = RunResult {
            outcome: Outcome::Diverged { round: 3, reason: "the loss is inf".into() },
            table: Table {
                metrics: vec![Metric::Loss, Metric::Bits],
                rows: vec![(0, vec![Some(0.1 + 0.2), None]), (3, vec![Some(f64::INFINITY), Some(64.0)])],
                curves: vec![curves::from_bits((3, 7, 9, std::array::from_fn(|i| (0.1 / i as f64).to_bits())))],
            },
            files: vec![WrittenFile { path: "vectors/a/round_1.safetensors".into(), length: 8, sha256: "00".into() }],
        };
        assert_eq!(RunResult::from_bytes(&result.to_bytes()), Some(result));
        assert_eq!(RunResult::from_bytes(b"{}"), None);
    }
}
