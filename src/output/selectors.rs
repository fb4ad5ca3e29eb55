//! The figures of `selectors.csv`, drawn from it alone: k̂/k against the density, one figure per vector.

use super::OutputError;
use super::figure::{Axis, Figure, Reference, Scale, Series};
use super::results::Columns;
use std::path::Path;

/// More figures than this are not looked at; the rest is in the table.
const MOST_FIGURES: usize = 16;

/// The figures of a folder with `selectors.csv`, each with the name of its file.
///
/// # Errors
/// [`OutputError`]: an unreadable or malformed CSV, a missing column.
pub fn figures(dir: &Path) -> Result<Vec<(String, Figure)>, OutputError> {
    let table = Columns::read(&dir.join("selectors.csv"))?;
    let names = unique(&table.texts("vector")?);
    let mut figures: Vec<(String, Figure)> = Vec::new();
    for name in names.iter().take(MOST_FIGURES) {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
        let mut file = format!("selectors-{}", name.chars().map(plain).collect::<String>());
        if figures.iter().any(|(other, _)| *other == file) {
            file = format!("{file}-{}", figures.len());
        }
        figures.push((file, figure(&table, name)?));
    }
    Ok(figures)
}

fn unique<'a>(cells: &[&'a str]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for cell in cells {
        if !names.contains(cell) {
            names.push(cell);
        }
    }
    names
}

fn figure(table: &Columns, vector: &str) -> Result<Figure, OutputError> {
    let (selectors, vectors) = (table.texts("selector")?, table.texts("vector")?);
    let (densities, means) = (table.numbers("density")?, table.numbers("ratio_mean")?);
    let (least, most) = (table.numbers("ratio_least")?, table.numbers("ratio_most")?);
    // Exact selection is the reference line itself.
    let names = unique(&selectors).into_iter().filter(|name| *name != "top-k");
    let series = names.map(|name| {
        let own = (0..table.len()).filter(|&row| selectors[row] == name && vectors[row] == vector);
        let mut points: Vec<(f64, f64, f64, f64)> =
            own.filter_map(|row| Some((densities[row]?, means[row]?, least[row]?, most[row]?))).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Series {
            label: name.to_owned(),
            points: points.iter().map(|(density, mean, ..)| (*density, *mean)).collect(),
            band: points.iter().map(|(.., least, most)| (*least, *most)).collect(),
            ..Series::default()
        }
    });
    Ok(Figure {
        title: format!("{vector}: entries kept over entries aimed at"),
        x: Axis { label: "density k/d".into(), scale: Scale::Log, ..Axis::default() },
        y: Axis { label: "entries kept over k".into(), scale: Scale::Log, ..Axis::default() },
        series: series.collect(),
        references: vec![Reference { label: "exactly k (top-k)".into(), y: 1.0 }],
        caption: "line: mean over draws; band: min to max".into(),
    })
}
