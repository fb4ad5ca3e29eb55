//! The figures of `selectors.csv`, drawn from it alone: a row per selector, a point per vector and density.

use super::OutputError;
use super::figure::{Axis, End, Figure, Mark, Scale, Series};
use super::results::Columns;
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
pub fn figures(dir: &Path) -> Result<Vec<(String, Figure)>, OutputError> {
    let table = Columns::read(&dir.join("selectors.csv"))?;
    QUANTITIES.iter().map(|quantity| Ok((quantity.0.to_owned(), figure(&table, quantity)?))).collect()
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
