//! The figures of `selectors.csv`, drawn from it alone: a row per selector, a point per vector and density. Where
//! vectors were drawn in several dimensions, also one of `selectors_times.csv`: time against d.

use super::axis::Scale;
use super::figure::{Axis, End, Figure, Mark, Series};
use super::{OutputError, labels};
use crate::results::read::{Columns, distinct};
use std::path::Path;

/// Of a quantity: the name of the figure's file, the column, what it is, its scale, and what an exact selection has.
type Quantity = (&'static str, &'static str, &'static str, Scale, Option<f64>);

const QUANTITIES: [Quantity; 3] = [
    ("selectors-kept", "ratio_mean", "entries kept over k", Scale::Log, Some(1.0)),
    ("selectors-energy", "energy_of_top_k_mean", "captured energy over that of top-k", Scale::Linear, Some(1.0)),
    ("selectors-passes", "passes_mean", "passes over the vector", Scale::Linear, None),
];

/// How far apart the densities stand in a row, as a part of it.
const SPREAD: f64 = 0.56;

/// The figures of a folder with `selectors.csv`, each with the name of its file.
///
/// # Errors
/// [`OutputError`]: an unreadable or malformed CSV, a missing column.
pub(super) fn figures(dir: &Path) -> Result<Vec<(String, Figure)>, OutputError> {
    let table = Columns::read(&dir.join("selectors.csv"))?;
    let mut figures = Vec::new();
    for quantity in &QUANTITIES {
        figures.push((quantity.0.to_owned(), figure(&table, quantity)?));
    }
    let times = dir.join("selectors_times.csv");
    if table.distinct("dim")?.len() > 1 && times.exists() {
        figures.extend(against_dimension(&Columns::read(&times)?)?.map(|figure| ("selectors-time".to_owned(), figure)));
    }
    Ok(figures)
}

/// Seconds of a call against d, a line per selector, family and density; none of tensors, which have a size each.
fn against_dimension(table: &Columns) -> Result<Option<Figure>, OutputError> {
    let (selectors, vectors, densities) = (table.texts("selector")?, table.texts("vector")?, table.texts("density")?);
    let dims = table.texts("dim")?;
    let lines = (0..table.len()).map(|row| {
        let family = vectors[row].strip_suffix(&format!(" d={}", dims[row]))?;
        Some(format!("{} {family} k/d={}", selectors[row], densities[row]))
    });
    let Some(lines) = lines.collect::<Option<Vec<String>>>() else { return Ok(None) };
    let column = |name: &str| table.numbers(name);
    let (numbers, seconds) = (column("dim")?, column("seconds")?);
    let (least, most) = (column("seconds_least")?, column("seconds_most")?);
    let names = distinct(lines.iter().map(String::as_str));
    let (short, left_out) = labels::shorten(&names);
    let series = names.iter().zip(short).map(|(name, label)| {
        let own = || (0..lines.len()).filter(|row| lines[*row] == *name);
        let points = own().filter_map(|row| numbers[row].zip(seconds[row])).collect();
        let band = own().filter_map(|row| least[row].zip(most[row])).collect();
        Series { label, points, band, ..Series::default() }
    });
    Ok(Some(Figure {
        title: "Selectors: time of a call".into(),
        x: Axis { label: "d".into(), scale: Scale::Log, ..Axis::default() },
        y: Axis { label: "seconds".into(), scale: Scale::Log, ..Axis::default() },
        series: series.collect(),
        caption: format!(
            "line: the median over the draws; band: from the least to the most{}",
            labels::note(&left_out)
        ),
        ..Figure::default()
    }))
}

fn figure(table: &Columns, &(_, column, label, scale, exact): &Quantity) -> Result<Figure, OutputError> {
    let (selectors, densities, values) = (table.texts("selector")?, table.texts("density")?, table.numbers(column)?);
    let (rows, groups) = (table.distinct("selector")?, table.distinct("density")?);
    // Nothing kept has no place on a scale of ratios: it stands at the left end.
    let least = values.iter().flatten().copied().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    let left = 0.5 * least;
    let mut n_at_left = 0;
    let mut series = Vec::new();
    for (place, density) in groups.iter().enumerate() {
        let middle = 0.5 * (groups.len() as f64 - 1.0);
        let offset = SPREAD * (middle - place as f64) / groups.len() as f64;
        let own = (0..table.len()).filter(|&row| densities[row] == *density);
        let points = own.filter_map(|row| {
            let height = rows.iter().position(|name| *name == selectors[row])?;
            let is_left = scale == Scale::Log && values[row]? <= 0.0;
            n_at_left += usize::from(is_left);
            Some((if is_left { left } else { values[row]? }, offset - height as f64))
        });
        let points = points.collect();
        series.push(Series { label: format!("k/d = {density}"), points, mark: Mark::Points, ..Series::default() });
    }
    if let Some(exact) = exact {
        let ends = [(exact, 0.5), (exact, 0.5 - rows.len() as f64)];
        series.push(Series { label: "top-k".into(), points: ends.into(), end: End::Plain, ..Series::default() });
    }
    let mut caption = "a point is the mean over the draws of one vector".to_owned();
    if n_at_left > 0 {
        caption.push_str("; points at the left end kept nothing");
    }
    Ok(Figure {
        title: format!("Selectors: {label}"),
        x: Axis { label: label.into(), scale, ..Axis::default() },
        rows: rows.into_iter().map(str::to_owned).collect(),
        series,
        caption,
        ..Figure::default()
    })
}
