//! The tables that a result folder holds: `rounds.csv`, `summary.csv`, `plots.csv`.
//!
//! Bytes depend on the plan and the recorded numbers alone: no dates, no order of execution.

use super::ExperimentError;
use super::file::{PlotSpec, PlotTable, Scale};
use super::plan::{Plan, PlannedRun};
use super::store;
use crate::record::{CurvePoint, Metric, Row, Table};
use crate::simulation::Outcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

/// What a run gave.
#[derive(Debug, Clone, PartialEq)]
pub struct RunResult {
    /// How it ended.
    pub outcome: Outcome,
    /// What was recorded.
    pub table: Table,
}

/// A result as it is stored: numbers as their bits, so that infinities survive.
#[derive(Serialize, Deserialize)]
struct Stored {
    diverged: Option<(u64, String)>,
    metrics: Vec<Metric>,
    rows: RowsOfBits,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    curves: Vec<(u64, u64, [u64; CurvePoint::COLUMNS.len()])>,
}

impl RunResult {
    /// The result as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let diverged = match &self.outcome {
            Outcome::Diverged { round, reason } => Some((*round, reason.clone())),
            Outcome::Finished | Outcome::Interrupted => None,
        };
        let rows = to_bits(&self.table.rows);
        let curves =
            self.table.curves.iter().map(|point| (point.round, point.k, point.values.map(f64::to_bits))).collect();
        serde_json::to_vec(&Stored { diverged, metrics: self.table.metrics.clone(), rows, curves }).unwrap_or_default()
    }

    /// What [`RunResult::to_bytes`] gave; `None` if it is anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let stored: Stored = serde_json::from_slice(bytes).ok()?;
        let outcome = match stored.diverged {
            Some((round, reason)) => Outcome::Diverged { round, reason },
            None => Outcome::Finished,
        };
        let point = |(round, k, bits): (u64, u64, [u64; _])| CurvePoint { round, k, values: bits.map(f64::from_bits) };
        let curves = stored.curves.into_iter().map(point).collect();
        Some(Self { outcome, table: Table { metrics: stored.metrics, rows: from_bits(stored.rows), curves } })
    }
}

/// Rows with numbers as their bits.
pub(super) type RowsOfBits = Vec<(u64, Vec<Option<u64>>)>;

/// The rows of a table with numbers as their bits.
pub(super) fn to_bits(rows: &[Row]) -> RowsOfBits {
    let bits = |values: &Vec<Option<f64>>| values.iter().map(|value| value.map(f64::to_bits)).collect();
    rows.iter().map(|(round, values)| (*round, bits(values))).collect()
}

/// What [`to_bits`] was given.
pub(super) fn from_bits(rows: RowsOfBits) -> Vec<Row> {
    let values = |bits: Vec<Option<u64>>| bits.into_iter().map(|bits| bits.map(f64::from_bits)).collect();
    rows.into_iter().map(|(round, bits)| (round, values(bits))).collect()
}

/// The nearest number of so many significant digits.
pub(super) fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

/// A number in a CSV: the shortest decimal that reads back to the same bits.
#[must_use]
pub fn number(value: f64) -> String {
    let magnitude = value.abs();
    if value.is_nan() {
        "NaN".to_owned()
    } else if magnitude == 0.0 || (1e-4..1e16).contains(&magnitude) || value.is_infinite() {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// [`number`], or nothing.
pub(super) fn cell(value: Option<f64>) -> String {
    value.map(number).unwrap_or_default()
}

/// Writes all tables of finished runs.
///
/// # Errors
/// The file system refuses.
pub fn write_tables(
    folder: &Path,
    plan: &Plan,
    plots: &[PlotSpec],
    results: &[(&PlannedRun, &RunResult)],
) -> Result<(), ExperimentError> {
    store::write(&folder.join("rounds.csv"), |out| rounds(plan, results, out))?;
    store::write(&folder.join("summary.csv"), |out| summary(plan, results, out))?;
    if let Some(curves) = curves_csv(plan, results) {
        store::write(&folder.join("curves.csv"), |out| out.write_all(&curves))?;
    }
    let metrics = results.first().map_or(&[][..], |(_, result)| &result.table.metrics);
    let plots = if plots.is_empty() { default_plots(metrics) } else { plots.to_vec() };
    store::write(&folder.join("plots.csv"), |out| write_plots(&plots, out))
}

/// The bytes of `rounds.csv`.
#[must_use]
pub fn rounds_csv(plan: &Plan, results: &[(&PlannedRun, &RunResult)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A vector takes all that is written to it.
    let written = rounds(plan, results, &mut bytes);
    debug_assert!(written.is_ok());
    bytes
}

/// The bytes of `curves.csv`; `None` where no curve was recorded.
#[must_use]
pub fn curves_csv(plan: &Plan, results: &[(&PlannedRun, &RunResult)]) -> Option<Vec<u8>> {
    if results.iter().all(|(_, result)| result.table.curves.is_empty()) {
        return None;
    }
    let mut csv = csv::Writer::from_writer(Vec::new());
    let own = ["round", "k"].into_iter().chain(CurvePoint::COLUMNS.iter().map(|(name, _)| *name)).map(str::to_owned);
    // A vector takes all that is written to it.
    let _ = csv.write_record(key_columns(plan).into_iter().chain(own));
    for (run, result) in results {
        let keys = key_values(run);
        for point in &result.table.curves {
            let own = [point.round.to_string(), point.k.to_string()];
            // Six digits are more than a figure shows, and a quarter of the bytes of all.
            let values = point.values.iter().map(|value| number(rounded(*value, 6)));
            let _ = csv.write_record(keys.iter().cloned().chain(own).chain(values));
        }
    }
    csv.into_inner().ok()
}

fn key_columns(plan: &Plan) -> Vec<String> {
    let mut columns = vec!["run".to_owned(), "label".to_owned(), "seed".to_owned()];
    columns.extend(plan.axes.iter().cloned());
    columns
}

fn key_values(run: &PlannedRun) -> Vec<String> {
    let mut values = vec![run.id.clone(), run.label.clone(), run.seed.to_string()];
    values.extend(run.axis_values.iter().map(|value| value.clone().unwrap_or_default()));
    values
}

fn rounds(plan: &Plan, results: &[(&PlannedRun, &RunResult)], out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let metrics = results.first().map_or(&[][..], |(_, result)| &result.table.metrics);
    let mut header = key_columns(plan);
    header.push("round".to_owned());
    header.extend(metrics.iter().map(|metric| metric.name().to_owned()));
    csv.write_record(&header)?;
    for (run, result) in results {
        let keys = key_values(run);
        for (round, values) in &result.table.rows {
            let values = values.iter().map(|value| value.map(number).unwrap_or_default());
            csv.write_record(keys.iter().cloned().chain([round.to_string()]).chain(values))?;
        }
    }
    csv.flush()
}

fn summary(plan: &Plan, results: &[(&PlannedRun, &RunResult)], out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let metrics = results.first().map_or(&[][..], |(_, result)| &result.table.metrics);
    let mut header = key_columns(plan);
    header.extend(["outcome", "reason", "rounds"].map(str::to_owned));
    header.extend(metrics.iter().map(|metric| format!("final_{}", metric.name())));
    csv.write_record(&header)?;
    for (run, result) in results {
        let (outcome, reason) = match &result.outcome {
            Outcome::Finished => ("finished", String::new()),
            Outcome::Diverged { round, reason } => ("diverged", format!("round {round}: {reason}")),
            Outcome::Interrupted => ("interrupted", String::new()),
        };
        let last_round = result.table.rows.last().map_or(0, |(round, _)| *round);
        let finals = metrics.iter().map(|metric| result.table.last(*metric).map(number).unwrap_or_default());
        let own = [outcome.to_owned(), reason, last_round.to_string()];
        csv.write_record(key_values(run).into_iter().chain(own).chain(finals))?;
    }
    csv.flush()
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

/// Reads `summary.csv` and `rounds.csv`, whoever wrote them; the runs in the order of the former.
///
/// # Errors
/// A file is missing or no such table, with its line.
pub fn read_tables(folder: &Path) -> Result<Vec<KeptRun>, ExperimentError> {
    let (header, rows) = read_csv(&folder.join("summary.csv"))?;
    let path = folder.join("summary.csv");
    let place = |name: &str| column(&path, &header, name);
    let (run, label, seed) = (place("run")?, place("label")?, place("seed")?);
    let (outcome, reason) = (place("outcome")?, place("reason")?);
    let mut kept: Vec<KeptRun> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (line, row) in &rows {
        let seed = cell_of(&path, *line, &header[seed], &row[seed])?;
        let outcome = match &row[outcome] {
            "diverged" => {
                let (round, reason) = row[reason].trim_start_matches("round ").split_once(": ").unwrap_or_default();
                Outcome::Diverged { round: round.parse().unwrap_or(0), reason: reason.to_owned() }
            }
            "interrupted" => Outcome::Interrupted,
            _ => Outcome::Finished,
        };
        places.insert(row[run].to_owned(), kept.len());
        let result = RunResult { outcome, table: Table::default() };
        kept.push(KeptRun { id: row[run].to_owned(), label: row[label].to_owned(), seed, result });
    }

    let path = folder.join("rounds.csv");
    let (header, rows) = read_csv(&path)?;
    let place = |name: &str| column(&path, &header, name);
    let (run, round) = (place("run")?, place("round")?);
    // What a later version records is no metric of this one.
    let metrics: Vec<(usize, Metric)> = header
        .iter()
        .enumerate()
        .skip(round + 1)
        .filter_map(|(at, name)| Some((at, Metric::ALL.iter().find(|(_, own, _)| own == name)?.0)))
        .collect();
    for run in &mut kept {
        run.result.table.metrics = metrics.iter().map(|(_, metric)| *metric).collect();
    }
    for (line, row) in &rows {
        let Some(own) = places.get(&row[run]) else {
            let problem = format!("run {} has no row in summary.csv", &row[run]);
            return Err(ExperimentError::Table { path, line: *line, problem });
        };
        let values = metrics.iter().map(|(at, _)| match &row[*at] {
            "" => Ok(None),
            text => cell_of(&path, *line, &header[*at], text).map(Some),
        });
        let round = cell_of(&path, *line, "round", &row[round])?;
        kept[*own].result.table.rows.push((round, values.collect::<Result<_, _>>()?));
    }
    Ok(kept)
}

/// A row with its line.
type Line = (u64, csv::StringRecord);

/// The header and the rows of a table.
pub(super) fn read_csv(path: &Path) -> Result<(Vec<String>, Vec<Line>), ExperimentError> {
    let wrong = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        match error.into_kind() {
            csv::ErrorKind::Io(error) => ExperimentError::io("read", path)(error),
            other => ExperimentError::Table { path: path.to_owned(), line, problem: format!("no table: {other:?}") },
        }
    };
    let mut reader = csv::Reader::from_path(path).map_err(wrong)?;
    let header = reader.headers().map_err(wrong)?.iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.map(|row| (row.position().map_or(0, csv::Position::line), row)));
    Ok((header, rows.collect::<Result<_, _>>().map_err(wrong)?))
}

/// The place of a column.
pub(super) fn column(path: &Path, header: &[String], name: &str) -> Result<usize, ExperimentError> {
    header.iter().position(|own| own == name).ok_or_else(|| ExperimentError::Table {
        path: path.to_owned(),
        line: 1,
        problem: format!("no column `{name}`: the columns are {}", header.join(", ")),
    })
}

/// A cell that holds a number.
fn cell_of<T: FromStr>(path: &Path, line: u64, column: &str, text: &str) -> Result<T, ExperimentError> {
    text.parse().map_err(|_| ExperimentError::Table {
        path: path.to_owned(),
        line,
        problem: format!("column `{column}`: `{text}` is no number that can stand here"),
    })
}

fn default_plots(metrics: &[Metric]) -> Vec<PlotSpec> {
    let y = [Metric::Suboptimality, Metric::GradientNormSquared, Metric::Loss];
    let Some(y) = y.into_iter().find(|metric| metrics.contains(metric)) else { return Vec::new() };
    let x = [("round", Scale::Linear), ("bits", Scale::Log), ("seconds", Scale::Log)];
    x.into_iter()
        .filter(|(x, _)| *x == "round" || metrics.iter().any(|metric| metric.name() == *x))
        .map(|(x, x_scale)| PlotSpec {
            file: None,
            title: String::new(),
            table: PlotTable::Rounds,
            also: Vec::new(),
            lines: String::new(),
            reaching: String::new(),
            x: x.to_owned(),
            y: y.name().to_owned(),
            x_scale,
            y_scale: Scale::Log,
            filter: String::new(),
        })
        .collect()
}

fn write_plots(plots: &[PlotSpec], out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "file", "title", "x", "y", "x_scale", "y_scale", "filter", "table", "also", "lines", "reaching",
    ])?;
    let scale = |scale| if scale == Scale::Log { "log" } else { "linear" };
    for plot in plots {
        let file = plot.file.clone().unwrap_or_else(|| format!("{}-against-{}", plot.y, plot.x));
        let (x_scale, y_scale) = (scale(plot.x_scale), scale(plot.y_scale));
        let table = if plot.table == PlotTable::Curves { "curves" } else { "rounds" };
        let also = plot.also.join(" ");
        let (title, x, y) = (plot.title.as_str(), plot.x.as_str(), plot.y.as_str());
        let more = [plot.filter.as_str(), table, &also, &plot.lines, &plot.reaching];
        csv.write_record([file.as_str(), title, x, y, x_scale, y_scale].into_iter().chain(more))?;
    }
    csv.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_to_the_same_bits() {
        for value in [0.0, 1.0, -2.5, 1e-300, 5e-324, 0.1 + 0.2, 1.7e308, 123_456_789_012.0, 1e17, f64::INFINITY] {
            assert_eq!(number(value).parse::<f64>().unwrap().to_bits(), value.to_bits(), "{value:e}");
        }
        assert_eq!([number(4096.0), number(1e-20), number(f64::NAN)], ["4096", "1e-20", "NaN"]);
    }

    #[test]
    fn stored_results_keep_infinities_and_absences() {
        let result = RunResult {
            outcome: Outcome::Diverged { round: 3, reason: "the loss is inf".into() },
            table: Table {
                metrics: vec![Metric::Loss, Metric::Bits],
                rows: vec![(0, vec![Some(0.1 + 0.2), None]), (3, vec![Some(f64::INFINITY), Some(64.0)])],
                curves: vec![CurvePoint { round: 3, k: 7, values: std::array::from_fn(|i| 0.1 / i as f64) }],
            },
        };
        assert_eq!(RunResult::from_bytes(&result.to_bytes()), Some(result));
        assert_eq!(RunResult::from_bytes(b"{}"), None);
    }
}
