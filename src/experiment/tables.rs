//! The tables that a result folder holds: `rounds.csv`, `summary.csv`, `plots.csv`.
//!
//! Bytes depend on the plan and the recorded numbers alone: no dates, no order of execution.

use super::figures::{drawable, key_columns};
use super::plan::Plan;
use super::planned::PlannedRun;
use super::spec::plot::{PlotSpec, PlotTable, Scale};
use crate::record::Metric;
use crate::results::curves;
use crate::results::number::{number, rounded};
use crate::results::plots;
use crate::results::run::{RunResult, outcome_cells};
use crate::results::verdicts::remove_file;
use crate::results::{CURVES, PLOT_COLUMNS, PLOTS, ROUNDS, SUMMARY, SUMMARY_COLUMNS};
use crate::store::{StoreError, write_whole};
use std::io::{self, Write};
use std::path::Path;

/// Writes all tables of finished runs.
///
/// # Errors
/// The file system refuses.
pub fn write_tables(
    folder: &Path,
    plan: &Plan,
    plots: &[PlotSpec],
    results: &[(&PlannedRun, &RunResult)],
) -> Result<(), StoreError> {
    write_whole(&folder.join(ROUNDS), |out| rounds(plan, results, out))?;
    write_whole(&folder.join(SUMMARY), |out| summary(plan, results, out))?;
    match curves_csv(plan, results) {
        Some(curves) => write_whole(&folder.join(CURVES), |out| out.write_all(&curves))?,
        None => remove_file(&folder.join(CURVES))?,
    }
    let metrics = results.first().map_or(&[][..], |(_, result)| &result.table.metrics);
    let plots = if plots.is_empty() { default_plots(metrics) } else { drawable(plots, &plan.axes, metrics) };
    write_whole(&folder.join(PLOTS), |out| write_plots(&plots, out))
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
    let own = ["round", "k"].into_iter().chain(curves::COLUMNS.iter().map(|(name, ..)| *name)).map(str::to_owned);
    // A vector takes all that is written to it.
    let _ = csv.write_record(key_columns(&plan.axes).into_iter().chain(own));
    for (run, result) in results {
        let keys = key_values(run);
        for point in &result.table.curves {
            let own = [point.round.to_string(), point.k.to_string()];
            // Six digits are more than a figure shows, and a quarter of the bytes of all.
            let values = curves::COLUMNS.iter().map(|(.., value)| number(rounded(value(point), 6)));
            let _ = csv.write_record(keys.iter().cloned().chain(own).chain(values));
        }
    }
    csv.into_inner().ok()
}

fn key_values(run: &PlannedRun) -> Vec<String> {
    let mut values = vec![run.id.clone(), run.label.clone(), run.seed.to_string()];
    values.extend(run.axis_values.iter().map(|value| value.clone().unwrap_or_default()));
    values
}

fn rounds(plan: &Plan, results: &[(&PlannedRun, &RunResult)], out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let metrics = results.first().map_or(&[][..], |(_, result)| &result.table.metrics);
    let mut header = key_columns(&plan.axes);
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
    let mut header = key_columns(&plan.axes);
    let [own @ .., (of_metrics, _)] = SUMMARY_COLUMNS;
    header.extend(own.map(|(name, _)| name.to_owned()));
    header.extend(metrics.iter().map(|metric| of_metrics.replace("METRIC", metric.name())));
    csv.write_record(&header)?;
    for (run, result) in results {
        let (outcome, reason) = outcome_cells(&result.outcome);
        let last_round = result.table.rows.last().map_or(0, |(round, _)| *round);
        let finals = metrics.iter().map(|metric| result.table.last(*metric).map(number).unwrap_or_default());
        let own = [outcome.to_owned(), reason, last_round.to_string()];
        csv.write_record(key_values(run).into_iter().chain(own).chain(finals))?;
    }
    csv.flush()
}

fn default_plots(metrics: &[Metric]) -> Vec<PlotSpec> {
    let has = |column: &str| column == "round" || metrics.iter().any(|metric| metric.name() == column);
    let spec = |plot: plots::DefaultPlot| PlotSpec {
        file: None,
        title: String::new(),
        table: PlotTable::Rounds,
        also: Vec::new(),
        lines: String::new(),
        reaching: String::new(),
        x: plot.x.to_owned(),
        y: plot.y.to_owned(),
        x_scale: if plot.x_is_log { Scale::Log } else { Scale::Linear },
        y_scale: Scale::Log,
        filter: String::new(),
    };
    plots::defaults(has).into_iter().map(spec).collect()
}

fn write_plots(plots: &[PlotSpec], out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(PLOT_COLUMNS.map(|(name, _)| name))?;
    let scale = |scale| if scale == Scale::Log { "log" } else { "linear" };
    for plot in plots {
        let file = plot.file_name();
        let (x_scale, y_scale) = (scale(plot.x_scale), scale(plot.y_scale));
        let table = if plot.table == PlotTable::Curves { "curves" } else { "rounds" };
        let also = plot.also.join(" ");
        let (title, x, y) = (plot.title.as_str(), plot.x.as_str(), plot.y.as_str());
        let more = [plot.filter.as_str(), table, &also, &plot.lines, &plot.reaching];
        csv.write_record([file.as_str(), title, x, y, x_scale, y_scale].into_iter().chain(more))?;
    }
    csv.flush()
}
