//! The figures of a check, drawn from `check_rounds.csv` alone: bound against observation, one figure per theorem.

use super::axis::Scale;
use super::figure::{Axis, End, Figure, Mark, Series};
use super::{OutputError, labels};
use crate::results::read::Columns;
use crate::results::verdicts::{CHECK_ROUNDS, assert_current, figure_name};
use std::path::Path;

/// Values that span more than this factor are drawn on a logarithmic axis.
const WIDE: f64 = 20.0;

/// More settings than this make a figure unreadable: then the two whose bounds come closest are drawn, and the loosest.
const MOST_SETTINGS: usize = 4;

/// The figures of a result folder that was checked, each with the name of its file; none where it was not.
///
/// # Errors
/// [`OutputError`]: an unreadable or malformed CSV, a missing column.
pub(super) fn figures(dir: &Path) -> Result<Vec<(String, Figure)>, OutputError> {
    let path = dir.join(CHECK_ROUNDS);
    if !path.exists() {
        return Ok(Vec::new());
    }
    assert_current(dir)?;
    let table = Columns::read(&path)?;
    let (theorems, labels) = (table.texts("theorem")?, table.texts("label")?);
    let mut names: Vec<&str> = theorems.clone();
    names.dedup();
    names.sort_unstable();
    names.dedup();
    let mut figures = Vec::new();
    for theorem in names {
        let rows: Vec<usize> = (0..table.len()).filter(|row| theorems[*row] == theorem).collect();
        let mut settings: Vec<&str> = rows.iter().map(|row| labels[*row]).collect();
        settings.dedup();
        let name = figure_name(theorem)
            .ok_or_else(|| table.cell_error(rows[0], "theorem", "name of a theorem: it would be a file elsewhere"))?;
        figures.push((name, figure(&table, theorem, &rows, &settings)?));
    }
    Ok(figures)
}

fn figure(table: &Columns, theorem: &str, rows: &[usize], settings: &[&str]) -> Result<Figure, OutputError> {
    let labels = table.texts("label")?;
    let quantity = table.texts("quantity")?;
    let column = |name| table.numbers(name);
    let (round, bound, observed) = (column("round")?, column("bound")?, column("observed")?);
    let (lower, upper) = (column("lower")?, column("upper")?);
    let mut shown = settings.to_vec();
    if settings.len() > MOST_SETTINGS {
        let closest = |setting: &str| {
            let own = rows.iter().filter(|row| labels[**row] == setting && round[**row].is_some_and(|t| t > 0.0));
            let ratios = own.filter_map(|row| Some(bound[*row]? / observed[*row]?));
            ratios.filter(|ratio| !ratio.is_nan()).fold(f64::INFINITY, f64::min)
        };
        shown.sort_by(|a, b| closest(a).total_cmp(&closest(b)));
        shown.drain(2..settings.len() - 1);
    }
    let (short, shared) = labels::shorten(&shown);
    let mut series = Vec::new();
    for (setting, short) in shown.iter().zip(&short) {
        let own: Vec<usize> = rows.iter().copied().filter(|row| labels[*row] == *setting).collect();
        let points = |y: &[Option<f64>]| -> Vec<(f64, f64)> {
            own.iter().filter_map(|row| Some((round[*row]?, y[*row]?))).collect()
        };
        let band: Vec<(f64, f64)> = own.iter().filter_map(|row| Some((lower[*row]?, upper[*row]?))).collect();
        let observed = points(&observed);
        let name = |what: &str| match settings {
            [_] => what.to_owned(),
            _ => format!("{what}, {short}"),
        };
        let mark = if own.len() > 1 { Mark::Line } else { Mark::Points };
        series.push(Series {
            label: name("observed"),
            band: if band.len() == observed.len() { band } else { Vec::new() },
            points: observed,
            mark,
            end: End::Plain,
        });
        series.push(Series { label: name("bound"), points: points(&bound), mark, end: End::Symbol, band: Vec::new() });
    }
    let y: Vec<f64> = series.iter().flat_map(|series| series.points.iter().map(|(_, y)| *y)).collect();
    let x: Vec<f64> = rows.iter().filter_map(|row| round[*row]).collect();
    let x_scale = scale(&x, 0.0);
    if x_scale == Scale::Log {
        // What is before the first round has no place on a logarithmic axis, and says little.
        for series in &mut series {
            let is_later: Vec<bool> = series.points.iter().map(|(x, _)| *x > 0.0).collect();
            let mut later = is_later.iter();
            series.points.retain(|_| later.next() == Some(&true));
            let mut later = is_later.iter();
            series.band.retain(|_| later.next() == Some(&true));
        }
    }
    let left_out = settings.len() - shown.len();
    let more = if left_out > 0 { format!("; {left_out} more settings stand in checks.csv") } else { String::new() };
    let note = labels::note(&shared);
    Ok(Figure {
        title: format!("{theorem}: bound and observation"),
        x: Axis { label: "round".into(), scale: x_scale, ..Axis::default() },
        y: Axis {
            label: rows.first().map(|row| words(quantity[*row])).unwrap_or_default(),
            scale: scale(&y, f64::NEG_INFINITY),
            ..Axis::default()
        },
        series,
        caption: format!("draws: the one that comes closest; runs: the mean over seeds, with limits{more}{note}"),
        ..Figure::default()
    })
}

/// The name of a metric without underscores; a formula stays.
pub(super) fn words(quantity: &str) -> String {
    let is_name = quantity.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
    if is_name { quantity.replace('_', " ") } else { quantity.to_owned() }
}

/// Logarithmic for positive values that span several powers of ten; values up to `ignored` do not count.
pub(super) fn scale(values: &[f64], ignored: f64) -> Scale {
    let mut finite = values.iter().copied().filter(|value| value.is_finite() && *value > ignored);
    let first = finite.next();
    let (least, most) = finite.fold((first, first), |(least, most), value| {
        (least.map(|least: f64| least.min(value)), most.map(|most: f64| most.max(value)))
    });
    match (least, most) {
        (Some(least), Some(most)) if least > 0.0 && most > WIDE * least => Scale::Log,
        _ => Scale::Linear,
    }
}
