//! Whether the figures of an experiment can be drawn from the tables that its runs will leave: looked at before the
//! first run.

use super::error::SpecError;
use super::file::ExperimentFile;
use super::spec::plot::{PlotSpec, PlotTable};
use crate::record::Metric;
use crate::results::{CURVES, KEY_COLUMNS, ROUNDS, curves, plots};
use crate::suggest;

/// The columns that identify a run, in every table of runs.
pub(super) fn key_columns(axes: &[String]) -> Vec<String> {
    KEY_COLUMNS.iter().map(|(name, _)| (*name).to_owned()).chain(axes.iter().cloned()).collect()
}

/// The columns of the table of a figure, each with whether it holds numbers.
struct Table {
    name: &'static str,
    columns: Vec<(String, bool)>,
}

impl Table {
    fn of(plot: &PlotSpec, axes: &[(String, bool)], metrics: &[Metric]) -> Self {
        let keys = KEY_COLUMNS.iter().map(|(name, _)| ((*name).to_owned(), *name == "seed"));
        let keys = keys.chain(axes.iter().cloned());
        let number = |name: &str| (name.to_owned(), true);
        let (name, own): (_, Vec<_>) = match plot.table {
            PlotTable::Rounds => {
                (ROUNDS, [number("round")].into_iter().chain(metrics.iter().map(|own| number(own.name()))).collect())
            }
            PlotTable::Curves => {
                let own = curves::COLUMNS.iter().map(|(name, ..)| number(name));
                (CURVES, ["round", "k"].map(number).into_iter().chain(own).collect())
            }
        };
        Self { name, columns: keys.chain(own).collect() }
    }

    fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|(own, _)| own == column)
    }
}

/// The figures whose columns are in the tables of runs that differ in `axes`: a figure over an axis of which a filter
/// left one value has nothing to show.
pub(super) fn drawable(plots: &[PlotSpec], axes: &[String], metrics: &[Metric]) -> Vec<PlotSpec> {
    let axes: Vec<(String, bool)> = axes.iter().map(|axis| (axis.clone(), true)).collect();
    let is_drawable = |plot: &&PlotSpec| {
        let table = Table::of(plot, &axes, metrics);
        columns(plot).is_ok_and(|columns| columns.iter().all(|named| table.has(&named.column)))
    };
    plots.iter().filter(is_drawable).cloned().collect()
}

/// Refuses figures that the tables of the runs could not give; `axes` are those of the whole grid, each with whether it
/// holds numbers.
pub(super) fn check(file: &ExperimentFile, axes: &[(String, bool)]) -> Result<(), SpecError> {
    let metrics = file.runs.first().map_or(&[][..], |spec| &spec.record.metrics);
    let has_curves = file.runs.iter().any(|spec| !spec.record.curves.is_empty());
    let mut names: Vec<String> = Vec::new();
    for plot in &file.plots {
        let wrong = |message: String| file.error_at("plot", message);
        let name = plot.file_name();
        if !plots::is_file_name(&name) {
            return Err(wrong(format!("`file` is {name}, but it must be a file name without folder")));
        }
        if names.contains(&name) {
            return Err(wrong(format!(
                "`file` is {name}, and so is that of an earlier figure: give this one another name"
            )));
        }
        if plot.title.contains(char::is_control) {
            return Err(wrong(format!("`title` holds a control character: {:?}", plot.title)));
        }
        if plot.table == PlotTable::Curves && !has_curves {
            return Err(wrong("`table` is curves, but no curve is recorded: add record = { curves = [1] }".to_owned()));
        }
        let table = Table::of(plot, axes, metrics);
        for Named { key, column, is_number } in columns(plot).map_err(wrong)? {
            match table.columns.iter().find(|(own, _)| *own == column) {
                Some((_, false)) if is_number => {
                    return Err(wrong(format!(
                        "`{key}` is {column}, but that column of {} holds no numbers",
                        table.name
                    )));
                }
                Some(_) => {}
                None => {
                    let valid: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
                    let help = suggest::help(&column, &valid);
                    let error = wrong(format!("`{key}` is {column}, no column of {}", table.name));
                    return Err(SpecError { help: Some(help.into()), ..error });
                }
            }
        }
        let is_of_a_run = key_columns(&[]).contains(&plot.x) || axes.iter().any(|(axis, _)| *axis == plot.x);
        let is_over_rounds = plot.table == PlotTable::Rounds && plot.lines.is_empty();
        let chooses = !plot.reaching.is_empty() || plot.filter.contains("round");
        if is_of_a_run && !is_over_rounds && !chooses {
            let x = &plot.x;
            return Err(wrong(format!(
                "`x` is {x}, which is the same in all rows of a run: choose one by `reaching`, or by a filter on `round`"
            )));
        }
        names.push(name);
    }
    Ok(())
}

/// A column that a figure names.
struct Named {
    key: &'static str,
    column: String,
    is_number: bool,
}

/// Every column that a figure names; in words what is wrong with the text that names them.
fn columns(plot: &PlotSpec) -> Result<Vec<Named>, String> {
    let number = |key, column: &str| Named { key, column: column.to_owned(), is_number: true };
    let mut named = vec![number("x", &plot.x), number("y", &plot.y)];
    // Each word as `plots.csv` takes it apart.
    named.extend(plot.also.iter().flat_map(|columns| columns.split_whitespace()).map(|column| number("also", column)));
    let text = |key, column: &str| Named { key, column: column.to_owned(), is_number: false };
    named.extend(plot.lines.split_whitespace().map(|column| text("lines", column)));
    let filter = plots::conditions(&plot.filter).ok_or_else(|| {
        format!("`filter` is {}, but it must be `column=value`, several joined by ` and `", plot.filter)
    })?;
    named.extend(filter.iter().map(|(column, _)| text("filter", column)));
    let reaching = plots::limit(&plot.reaching)
        .ok_or_else(|| format!("`reaching` is {}, but it must be `column <= number`", plot.reaching))?;
    named.extend(reaching.iter().map(|(column, _)| number("reaching", column)));
    Ok(named)
}
