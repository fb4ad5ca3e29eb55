//! The figures of a fit, drawn from the tables of `gradsieve fit` alone.
//!
//! Of each of a few vectors: histograms beside the fitted families, Q–Q plots, the sorted squares, the Lorenz curve,
//! what top-k leaves, thresholds, tail indices. Of each tensor with several steps: how all that changes with training.

use super::OutputError;
use super::axis::Scale;
use super::figure::{Axis, End, Figure, Mark, Reference, Series};
use crate::results::read::{Columns, distinct};
use std::collections::BTreeMap;
use std::path::Path;

/// Of more vectors than this, only this many, evenly spread, are drawn; all are in the tables.
const MOST_VECTORS: usize = 4;

/// More curves than this in a figure cannot be distinguished.
const MOST_CURVES: usize = 6;

/// The figures as data, each with the name of its file without extension.
///
/// # Errors
/// [`OutputError`]: an unreadable or malformed CSV, a missing column.
pub(super) fn figures(dir: &Path) -> Result<Vec<(String, Figure)>, OutputError> {
    let read = |name: &str| Columns::read(&dir.join(name));
    let (histograms, quantiles, curves) = (read("histograms.csv")?, read("quantiles.csv")?, read("curves.csv")?);
    let (energy, tails, descriptions) = (read("energy.csv")?, read("tails.csv")?, read("descriptions.csv")?);
    let (histograms, quantiles, curves) = (Table::of(&histograms)?, Table::of(&quantiles)?, Table::of(&curves)?);
    let (energy, tails, descriptions) = (Table::of(&energy)?, Table::of(&tails)?, Table::of(&descriptions)?);
    let tensors = tensors(&descriptions)?;
    let mut figures = Vec::new();
    // Of few tensors several steps are drawn, of many the last one each.
    let n_tensors = tensors.len().clamp(1, MOST_VECTORS);
    let drawn = tensors.iter().take(n_tensors).flat_map(|(_, keys)| spread(keys, MOST_VECTORS / n_tensors));
    for (index, key) in drawn.enumerate() {
        let n = index + 1;
        for axis in [LINEAR, LOG_MAGNITUDE, SYMMETRIC_LOG] {
            figures.push((format!("histogram-{axis}-{n}"), histogram(&histograms, key, axis)?));
        }
        figures.push((format!("quantiles-{n}"), quantile_plot(&quantiles, key)?));
        figures.push((format!("sorted-{n}"), sorted(&curves, key)?));
        figures.push((format!("lorenz-{n}"), lorenz(&curves, key)?));
        figures.push((format!("energy-{n}"), energy_plot(&energy, key)?));
        figures.push((format!("thresholds-{n}"), thresholds(&energy, key)?));
        figures.push((format!("kept-{n}"), kept(&energy, key)?));
        figures.push((format!("tail-{n}"), tail(&tails, key)?));
    }
    figures.extend(evolution(&tensors, &descriptions, &energy, &histograms)?);
    // A table may have nothing to say of a vector, such as of the tail of a few numbers.
    figures.retain(|(_, figure)| figure.series.iter().any(|series| !series.points.is_empty()));
    Ok(figures)
}

/// The names of axes in `histograms.csv`.
const LINEAR: &str = "linear";
const LOG_MAGNITUDE: &str = "log-magnitude";
const SYMMETRIC_LOG: &str = "symmetric-log";

/// Group, tensor and step of a vector.
pub(super) type Key<'a> = (&'a str, &'a str, &'a str);

/// A table whose rows begin with the key of a vector.
pub(super) struct Table<'a> {
    pub(super) columns: &'a Columns,
    /// The vectors in the order of the file.
    pub(super) keys: Vec<Key<'a>>,
    rows: BTreeMap<Key<'a>, Vec<usize>>,
}

impl<'a> Table<'a> {
    pub(super) fn of(columns: &'a Columns) -> Result<Self, OutputError> {
        let groups = if columns.has("group") { columns.texts("group")? } else { vec![""; columns.len()] };
        let (tensors, steps) = (columns.texts("tensor")?, columns.texts("step")?);
        let keys = (0..columns.len()).map(|row| (groups[row], tensors[row], steps[row]));
        let mut rows: BTreeMap<Key<'a>, Vec<usize>> = BTreeMap::new();
        keys.clone().enumerate().for_each(|(row, key)| rows.entry(key).or_default().push(row));
        Ok(Self { columns, keys: distinct(keys), rows })
    }

    /// The rows of a vector.
    pub(super) fn rows<'s>(&'s self, key: Key<'s>) -> &'s [usize] {
        self.rows.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Rows by their families, in the order of the file.
    pub(super) fn families(&self, all: &[usize]) -> Result<Vec<(&'a str, Vec<usize>)>, OutputError> {
        let names = self.columns.texts("family")?;
        let mut families: Vec<(&str, Vec<usize>)> = Vec::new();
        for &row in all {
            match families.iter_mut().find(|(name, _)| *name == names[row]) {
                Some((_, rows)) => rows.push(row),
                None => families.push((names[row], vec![row])),
            }
        }
        Ok(families)
    }

    /// Rows as points; where a cell is empty there is none.
    pub(super) fn points(&self, rows: &[usize], x: &str, y: &str) -> Result<Vec<(f64, f64)>, OutputError> {
        let (x, y) = (self.columns.numbers(x)?, self.columns.numbers(y)?);
        Ok(rows.iter().filter_map(|row| Some((x[*row]?, y[*row]?))).collect())
    }

    /// The intervals around points; where a cell is empty there is none.
    pub(super) fn band(&self, rows: &[usize], name: &str) -> Result<Vec<(f64, f64)>, OutputError> {
        self.points(rows, &format!("{name}_lower"), &format!("{name}_upper"))
    }

    /// A line through rows.
    fn line(&self, label: &str, rows: &[usize], x: &str, y: &str) -> Result<Series, OutputError> {
        let points = self.points(rows, x, y)?;
        Ok(Series { label: label.to_owned(), points, end: End::Plain, ..Series::default() })
    }
}

/// At most `most` items, evenly spread: the last alone, or the first, the last and others between.
fn spread<T: Copy>(items: &[T], most: usize) -> Vec<T> {
    if items.len() <= most {
        return items.to_vec();
    }
    (1..=most)
        .map(|i| items[if most == 1 { items.len() - 1 } else { (i - 1) * (items.len() - 1) / (most - 1) }])
        .collect()
}

/// Group and name of a tensor, and its vectors in the order of the file.
type Steps<'a> = ((&'a str, &'a str), Vec<Key<'a>>);

/// The tensors, the longest first.
fn tensors<'a>(descriptions: &Table<'a>) -> Result<Vec<Steps<'a>>, OutputError> {
    let sizes = descriptions.columns.counts("n")?;
    let size = |key: Key<'_>| descriptions.rows(key).first().and_then(|row| sizes[*row]).unwrap_or(0);
    let mut tensors: Vec<Steps<'_>> = Vec::new();
    for &key in &descriptions.keys {
        match tensors.iter_mut().find(|(name, _)| *name == (key.0, key.1)) {
            Some((_, keys)) => keys.push(key),
            None => tensors.push(((key.0, key.1), vec![key])),
        }
    }
    tensors.sort_by_key(|(_, keys)| std::cmp::Reverse(keys.first().map_or(0, |key| size(*key))));
    Ok(tensors)
}

fn title((group, tensor, step): Key<'_>) -> String {
    let step = if step.is_empty() { String::new() } else { format!("step {step}") };
    [group, tensor, &step].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn axis(label: &str, scale: Scale) -> Axis {
    Axis { label: label.to_owned(), scale, ..Axis::default() }
}

/// What the horizontal axis of a histogram shows.
fn histogram_axis(name: &str, unit: Option<f64>) -> Axis {
    match name {
        LOG_MAGNITUDE => axis("magnitude |u|", Scale::Log),
        SYMMETRIC_LOG => axis("entry of u", unit.map_or(Scale::Linear, Scale::SymmetricLog)),
        _ => axis("entry of u", Scale::Linear),
    }
}

fn histogram(table: &Table, key: Key<'_>, name: &str) -> Result<Figure, OutputError> {
    let (axes, outer, units) =
        (table.columns.texts("axis")?, table.columns.texts("outer")?, table.columns.numbers("unit")?);
    let high = table.columns.numbers("high")?;
    let mut series = Vec::new();
    let mut n_outer = 0;
    let mut unit = None;
    for (family, mut rows) in table.families(table.rows(key))? {
        rows.retain(|row| axes[*row] == name);
        let n_bins = rows.len();
        rows.retain(|row| outer[*row] != "yes");
        unit = rows.first().and_then(|row| units[*row]);
        if series.is_empty() {
            n_outer = n_bins - rows.len();
            let mut bars = table.points(&rows, "low", "fraction")?;
            bars.extend(rows.last().and_then(|row| high[*row]).map(|end| (end, 0.0)));
            series.push(Series { label: "observed".into(), points: bars, mark: Mark::Bars, ..Series::default() });
        }
        if family.is_empty() {
            continue;
        }
        series.push(table.line(family, &rows, "middle", "expected")?);
    }
    let caption = if n_outer > 0 { "bars: the middle 99 % of the numbers" } else { "bars: all numbers" };
    Ok(Figure {
        title: title(key),
        x: histogram_axis(name, unit),
        y: axis("fraction of numbers in a bin", Scale::Linear),
        series,
        caption: format!("{caption}; lines: what the fitted distributions predict"),
        ..Figure::default()
    })
}

fn quantile_plot(table: &Table, key: Key<'_>) -> Result<Figure, OutputError> {
    let mut series = Vec::new();
    for (family, rows) in table.families(table.rows(key))? {
        if series.is_empty() {
            series.push(table.line("equal", &rows, "observed", "observed")?);
        }
        if !family.is_empty() {
            let points = table.points(&rows, "predicted", "observed")?;
            series.push(Series { label: family.to_owned(), points, end: End::Plain, ..Series::default() });
        }
    }
    Ok(Figure {
        title: title(key),
        x: axis("quantile of the fitted distribution", Scale::Linear),
        y: axis("quantile of u", Scale::Linear),
        series,
        caption: "with the ten outermost numbers on each side".into(),
        ..Figure::default()
    })
}

fn sorted(table: &Table, key: Key<'_>) -> Result<Figure, OutputError> {
    let rows = table.rows(key);
    Ok(Figure {
        title: title(key),
        x: axis("rank of the magnitude, i/d", Scale::Linear),
        y: axis("π², square over the largest square", Scale::Linear),
        series: vec![
            table.line("sorted squares π²", rows, "kappa", "pi_squared")?,
            table.line("reference 1 − i/d", rows, "kappa", "reference")?,
        ],
        ..Figure::default()
    })
}

fn lorenz(table: &Table, key: Key<'_>) -> Result<Figure, OutputError> {
    let rows = table.rows(key);
    Ok(Figure {
        title: title(key),
        x: axis("part of the coordinates, smallest first", Scale::Linear),
        y: axis("their fraction of ‖u‖²", Scale::Linear),
        series: vec![
            table.line("Lorenz curve", rows, "reference", "lorenz")?,
            table.line("equal squares", rows, "reference", "reference")?,
            table.line("p²: (1 − k/d)² holds below", rows, "reference", "square")?,
            table.line("p³: (1 − k/d)³ holds below", rows, "reference", "cube")?,
        ],
        ..Figure::default()
    })
}

fn energy_plot(table: &Table, key: Key<'_>) -> Result<Figure, OutputError> {
    let families = table.families(table.rows(key))?;
    let mut series = Vec::new();
    if let Some((_, rows)) = families.first() {
        series.push(table.line("observed", rows, "kappa", "observed")?);
        for (family, rows) in families.iter().filter(|(family, _)| !family.is_empty()) {
            series.push(table.line(&format!("predicted, {family}"), rows, "kappa", "predicted")?);
        }
        for (label, column) in [("1 − k/d", "linear"), ("(1 − k/d)²", "square"), ("(1 − k/d)³", "cube")] {
            series.push(table.line(label, rows, "kappa", column)?);
        }
    }
    series.retain(|series| !series.points.is_empty());
    Ok(Figure {
        title: title(key),
        x: axis("density k/d", Scale::Log),
        y: axis("fraction of ‖u‖² that top-k leaves", Scale::Linear),
        series,
        ..Figure::default()
    })
}

fn thresholds(table: &Table, key: Key<'_>) -> Result<Figure, OutputError> {
    let families = table.families(table.rows(key))?;
    let mut series = Vec::new();
    if let Some((_, rows)) = families.first() {
        series.push(table.line("observed", rows, "kappa", "threshold_observed")?);
    }
    for (family, rows) in families.iter().filter(|(family, _)| !family.is_empty()) {
        series.push(table.line(&format!("predicted, {family}"), rows, "kappa", "threshold_predicted")?);
    }
    Ok(Figure {
        title: title(key),
        x: axis("density k/d", Scale::Log),
        y: axis("threshold of k entries", Scale::Log),
        series,
        ..Figure::default()
    })
}

fn kept(table: &Table, key: Key<'_>) -> Result<Figure, OutputError> {
    let families = table.families(table.rows(key))?;
    let families = families.iter().filter(|(family, _)| !family.is_empty());
    let series = families.map(|(family, rows)| table.line(family, rows, "kappa", "kept_ratio"));
    Ok(Figure {
        title: title(key),
        x: axis("density k/d", Scale::Log),
        y: axis("entries above the predicted threshold, over k", Scale::Log),
        series: series.collect::<Result<_, _>>()?,
        references: vec![Reference { label: "exactly k".into(), y: 1.0 }],
        ..Figure::default()
    })
}

fn tail(table: &Table, key: Key<'_>) -> Result<Figure, OutputError> {
    let rows = table.rows(key);
    let estimate = |label: &str, column: &str| -> Result<Series, OutputError> {
        Ok(Series { band: table.band(rows, column)?, ..table.line(label, rows, "above", column)? })
    };
    Ok(Figure {
        title: title(key),
        x: axis("largest magnitudes used", Scale::Log),
        y: axis("tail index ξ", Scale::Linear),
        series: vec![estimate("Hill", "hill")?, estimate("moment estimate", "moment")?],
        references: vec![Reference { label: "exponential tail".into(), y: 0.0 }],
        caption: "bands: 95 %; where a curve is level the tail is like t^(−1/ξ)".into(),
        ..Figure::default()
    })
}

/// How things change with the step, for tensors that have several.
fn evolution(
    tensors: &[Steps<'_>],
    descriptions: &Table,
    energy: &Table,
    histograms: &Table,
) -> Result<Vec<(String, Figure)>, OutputError> {
    let changing: Vec<_> = tensors.iter().filter(|(_, keys)| keys.len() > 1).collect();
    let shown = &changing[..changing.len().min(MOST_CURVES)];
    let mut figures = Vec::new();
    if shown.is_empty() {
        return Ok(figures);
    }
    let name =
        |(group, tensor): (&str, &str)| if group.is_empty() { tensor.to_owned() } else { format!("{group}: {tensor}") };
    let rows_of =
        |table: &Table, keys: &[Key<'_>]| keys.iter().flat_map(|key| table.rows(*key)).copied().collect::<Vec<_>>();
    let left_out = changing.len() - shown.len();
    let caption = if left_out > 0 { format!("{left_out} more tensors are in the tables") } else { String::new() };

    // The column, and what the columns of its interval begin with, where it has one.
    for (file, column, interval, label, reference) in [
        ("evolution-kurtosis", "kurtosis", "kurtosis", "kurtosis", Some(("normal distribution", 3.0))),
        ("evolution-tail", "tail_moment", "tail", "tail index ξ of the largest hundredth", Some(("exponential", 0.0))),
        ("evolution-scale", "standard_deviation", "standard_deviation", "standard deviation of the entries", None),
        ("evolution-gini", "gini", "", "Gini coefficient of the squares", None),
    ] {
        let series = shown.iter().map(|(tensor, keys)| {
            let rows = rows_of(descriptions, keys);
            let line = descriptions.line(&name(*tensor), &rows, "step", column)?;
            let band = if interval.is_empty() { Vec::new() } else { descriptions.band(&rows, interval)? };
            Ok(Series { end: End::Symbol, band, ..line })
        });
        figures.push((
            file.to_owned(),
            Figure {
                x: axis("step", Scale::Linear),
                y: axis(label, if column == "standard_deviation" { Scale::Log } else { Scale::Linear }),
                series: series.collect::<Result<_, OutputError>>()?,
                references: reference.map(|(label, y)| Reference { label: label.into(), y }).into_iter().collect(),
                caption: [if interval.is_empty() { "" } else { "bands: 95 %" }, &caption]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join("; "),
                ..Figure::default()
            },
        ));
    }

    let (requested, kappas) = (energy.columns.texts("requested")?, energy.columns.texts("kappa")?);
    for density in distinct((0..kappas.len()).filter(|row| requested[*row] == "yes").map(|row| kappas[row])) {
        let series = shown.iter().map(|(tensor, keys)| {
            let mut rows = Vec::new();
            for key in keys {
                // What was observed is the same beside every family.
                let families = energy.families(energy.rows(*key))?;
                let first = families.first().map_or(&[][..], |(_, rows)| rows);
                rows.extend(first.iter().copied().find(|row| kappas[*row] == density));
            }
            Ok(Series { end: End::Symbol, ..energy.line(&name(*tensor), &rows, "step", "delta")? })
        });
        figures.push((
            format!("evolution-delta-{density}"),
            Figure {
                title: format!("at density k/d = {density}"),
                x: axis("step", Scale::Linear),
                y: axis("effective δ = 1 − R(k)", Scale::Linear),
                series: series.collect::<Result<_, OutputError>>()?,
                caption: caption.clone(),
                ..Figure::default()
            },
        ));
    }

    for (index, (tensor, keys)) in shown.iter().take(MOST_VECTORS).enumerate() {
        for axis_name in [LINEAR, LOG_MAGNITUDE] {
            let figure = changing_histogram(histograms, &name(*tensor), &spread(keys, MOST_CURVES), axis_name)?;
            figures.push((format!("evolution-histogram-{axis_name}-{}", index + 1), figure));
        }
    }
    Ok(figures)
}

/// The histograms of several steps over one another.
fn changing_histogram(table: &Table, name: &str, keys: &[Key<'_>], axis_name: &str) -> Result<Figure, OutputError> {
    let (axes, outer) = (table.columns.texts("axis")?, table.columns.texts("outer")?);
    let high = table.columns.numbers("high")?;
    let mut series = Vec::new();
    for key in keys {
        let families = table.families(table.rows(*key))?;
        let Some((_, rows)) = families.first() else { continue };
        let rows: Vec<usize> =
            rows.iter().copied().filter(|row| axes[*row] == axis_name && outer[*row] != "yes").collect();
        let mut points = table.points(&rows, "low", "density")?;
        points.extend(rows.last().and_then(|row| high[*row]).map(|end| (end, 0.0)));
        let label = format!("step {}", key.2);
        series.push(Series { label, points, mark: Mark::Step, end: End::Plain, ..Series::default() });
    }
    let y = if axis_name == LOG_MAGNITUDE { "density of ln |u|" } else { "density" };
    Ok(Figure {
        title: name.to_owned(),
        x: histogram_axis(axis_name, None),
        y: axis(y, Scale::Linear),
        series,
        ..Figure::default()
    })
}
