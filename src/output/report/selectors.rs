//! How many entries selectors keep of those they aim at, as `gradsieve selectors` found it.

use super::cells::numbers;
use super::data::{Chart, Choice, Curve, Data};
use super::folder::Folder;
use crate::output::OutputError;
use crate::output::axis::Scale;
use crate::output::figure::{Axis, Series};
use crate::results::read::Columns;
use maud::{Markup, html};

/// Of a quantity: its columns without `_mean`, what it is, its scale, and what an exact selection has.
type Quantity = (&'static str, &'static str, Scale, Option<f64>);

const QUANTITIES: [Quantity; 3] = [
    ("ratio", "entries kept over k", Scale::Log, Some(1.0)),
    ("energy_of_top_k", "captured energy over that of top-k", Scale::Linear, Some(1.0)),
    ("passes", "passes over the vector", Scale::Linear, None),
];

pub(super) fn section(folder: &Folder, id: &str, data: &mut Data) -> Result<Option<Markup>, OutputError> {
    let Some(table) = folder.table("selectors.csv") else { return Ok(None) };
    let vectors = table.distinct("vector")?;
    let mut charts = Vec::new();
    let mut quantities = Vec::new();
    for quantity @ (column, label, ..) in QUANTITIES.iter().filter(|own| table.has(&format!("{}_mean", own.0))) {
        quantities.push(((*column).to_owned(), (*label).to_owned()));
        for (index, vector) in vectors.iter().enumerate() {
            charts.push((format!("{column}|{index}"), chart(table, vector, quantity)?));
        }
    }
    let names = vectors.iter().enumerate().map(|(index, vector)| (index.to_string(), (*vector).to_owned())).collect();
    let panel = format!("{id}-selectors-panel");
    let choices = [Choice { label: "Shown", options: quantities }, Choice { label: "Vector", options: names }];
    data.panel(&panel, &choices, &[], charts);
    Ok(Some(html! {
        h2 { "Selectors" }
        p.lead {
            "Selectors find the largest entries by statistics instead of sorting: "
            "how many do they keep of the k they aim at, what do these hold, and what does it cost?"
        }
        div.panel data-panel=(panel) data-big="" {}
    }))
}

/// One quantity on one vector against the density, a curve per selector.
fn chart(table: &Columns, vector: &str, &(column, label, scale, exact): &Quantity) -> Result<Chart, OutputError> {
    let (selectors, vectors, densities) = (table.texts("selector")?, table.texts("vector")?, table.numbers("density")?);
    let of = |end: &str| numbers(table, &format!("{column}_{end}"));
    let (mean, least, most) = (of("mean")?, of("least")?, of("most")?);
    let mut curves: Vec<Curve> = Vec::new();
    for (row, selector) in selectors.iter().enumerate() {
        // Exact selection is the reference.
        let Some(point) = densities[row].zip(mean[row]).filter(|_| vectors[row] == vector && *selector != "top-k")
        else {
            continue;
        };
        let place = curves.iter().position(|curve| curve.key == *selector).unwrap_or_else(|| {
            let (label, key, look) = ((*selector).to_owned(), (*selector).to_owned(), curves.len());
            curves.push(Curve { label, key, look, is_bound: false, series: Series::default() });
            curves.len() - 1
        });
        let series = &mut curves[place].series;
        series.points.push(point);
        series.band.extend(least[row].zip(most[row]));
    }
    for series in curves.iter_mut().map(|curve| &mut curve.series) {
        if series.band.len() < series.points.len() {
            series.band.clear();
        }
    }
    Ok(Chart {
        x: Axis { label: "density k/d".into(), scale: Scale::Log, ..Axis::default() },
        y: Axis { label: label.into(), scale, ..Axis::default() },
        curves,
        references: exact.map(|y| ("exact selection (top-k)".to_owned(), y)).into_iter().collect(),
        caption: "Line: mean over draws; band: from the least to the most.".into(),
        ..Chart::default()
    })
}
