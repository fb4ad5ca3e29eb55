//! Distributions of gradients as `gradsieve fit` found them: histograms with fits, Q–Q plots, sorted curves, R(κ).

use super::cells::{Format, cell, number, numbers, scrolling};
use super::data::{Chart, Choice, Curve, Data};
use super::folder::Folder;
use super::overview::many;
use crate::output::OutputError;
use crate::output::axis::Scale;
use crate::output::figure::{Axis, End, Mark, Series};
use crate::output::fits::{Key, Table};
use crate::results::read::Columns;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// More vectors than this have their numbers in the tables alone.
const MOST_VECTORS: usize = 40;

/// Looks of the numbers themselves, and from which on the families have theirs.
const OBSERVED: usize = 4;

pub(super) fn section(folder: &Folder, id: &str, data: &mut Data) -> Result<Option<Markup>, OutputError> {
    // Vectors of runs are fitted into a folder of their own below the results.
    let prefix = if folder.table("fit/fits.csv").is_some() { "fit/" } else { "" };
    let table = |name: &str| folder.table(&format!("{prefix}{name}"));
    let Some(fits) = table("fits.csv") else { return Ok(None) };
    let fits = Table::of(fits)?;
    let (n_all, all) = (fits.keys.len(), &fits.keys[..fits.keys.len().min(MOST_VECTORS)]);
    let mut charts = Vec::new();
    let mut kinds: Vec<(String, String)> = Vec::new();
    for (name, kind) in [
        ("histograms.csv", Kind::Histogram),
        ("quantiles.csv", Kind::Quantiles),
        ("curves.csv", Kind::Sorted),
        ("energy.csv", Kind::Energy),
        ("tails.csv", Kind::Tails),
    ] {
        let Some(table) = table(name) else { continue };
        let table = Table::of(table)?;
        for (index, vector) in all.iter().enumerate() {
            for (key, label, chart) in kind.charts(&table, table.rows(*vector))? {
                if !kinds.iter().any(|(known, _)| known == key) {
                    kinds.push((key.to_owned(), label.to_owned()));
                }
                charts.push((format!("{key}|{index}"), chart));
            }
        }
    }
    let names = all.iter().enumerate().map(|(index, vector)| (index.to_string(), words(*vector))).collect();
    let panel = format!("{id}-distributions-panel");
    let has_charts = !charts.is_empty();
    if has_charts {
        let choices = [Choice { label: "Shown", options: kinds }, Choice { label: "Vector", options: names }];
        data.panel(&panel, &choices, &[], charts);
    }
    let described = table("descriptions.csv").map(|table| descriptions(&Table::of(table)?, &fits, all)).transpose()?;
    let verdicts = table("verdicts.csv").map(|table| verdicts(&Table::of(table)?, all)).transpose()?;
    Ok(Some(html! {
        h2 { "Distributions" }
        p.lead {
            "How the entries of gradients are distributed, which families come close, and what is left of a vector "
            "when the k largest of its d entries are sent."
        }
        @if n_all > all.len() { p.small { "The first " (all.len()) " of " (n_all) " vectors; all are in the tables." } }
        (verdicts.unwrap_or_default())
        @if has_charts { div.panel data-panel=(panel) data-big="" {} }
        (described.unwrap_or_default())
        (families(&fits, table("parameters.csv"), all)?)
    }))
}

fn words((group, tensor, step): Key) -> String {
    let step = if step.is_empty() { String::new() } else { format!("step {step}") };
    let parts = [group, tensor, &step].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" · ")
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Histogram,
    Quantiles,
    Sorted,
    Energy,
    Tails,
}

/// The key of a chart among the choices, its words, and the chart.
type Named = (&'static str, &'static str, Chart);

impl Kind {
    fn charts(self, table: &Table, rows: &[usize]) -> Result<Vec<Named>, OutputError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Self::Histogram => histograms(table, rows),
            Self::Quantiles => quantiles(table, rows),
            Self::Sorted => sorted(table, rows),
            Self::Energy => energy(table, rows),
            Self::Tails => tails(table, rows),
        }
    }
}

fn curve(label: &str, look: usize, mark: Mark, points: Vec<(f64, f64)>) -> Curve {
    Curve {
        label: label.to_owned(),
        key: label.to_owned(),
        look,
        is_bound: false,
        series: Series { points, mark, end: End::Plain, ..Series::default() },
    }
}

fn bound(label: &str, look: usize, points: Vec<(f64, f64)>) -> Curve {
    Curve { is_bound: true, ..curve(label, look, Mark::Line, points) }
}

fn axis(label: &str, scale: Scale) -> Axis {
    Axis { label: label.to_owned(), scale, ..Axis::default() }
}

/// Some rows by their families, the nearest first.
fn families_of<'a>(table: &Table<'a>, rows: &[usize]) -> Result<Vec<(&'a str, Vec<usize>)>, OutputError> {
    let mut families = table.families(rows)?;
    families.retain(|(family, _)| !family.is_empty());
    Ok(families)
}

fn histograms(table: &Table, rows: &[usize]) -> Result<Vec<Named>, OutputError> {
    let (axes, outer, names) =
        (table.columns.texts("axis")?, table.columns.texts("outer")?, table.columns.texts("family")?);
    let column = |name: &str| table.columns.numbers(name);
    let (high, fraction, expected) = (column("high")?, column("fraction")?, column("expected")?);
    let mut charts = Vec::new();
    for (name, key, label, x) in [
        ("linear", "histogram", "histogram", axis("entry", Scale::Linear)),
        ("log-magnitude", "magnitudes", "histogram of magnitudes", axis("magnitude of an entry", Scale::Log)),
    ] {
        let inner: Vec<usize> = rows.iter().copied().filter(|row| axes[*row] == name && outer[*row] != "yes").collect();
        let families = families_of(table, &inner)?;
        let first = families.first().map_or(&inner, |(_, rows)| rows);
        let Some(last) = first.last() else { continue };
        // The last edge closes the last bar.
        let mut bars = table.points(first, "low", "fraction")?;
        bars.extend(high[*last].zip(fraction[*last]));
        let mut curves = vec![curve("observed", OBSERVED, Mark::Bars, bars)];
        for (place, (family, own)) in families.iter().enumerate() {
            let mut steps = table.points(own, "low", "expected")?;
            steps.extend(own.last().and_then(|row| high[*row].zip(expected[*row])));
            curves.push(curve(family, look(place), Mark::Step, steps));
        }
        // Every family lists the same observed fractions beyond the bins.
        let is_outer = |row: &&usize| {
            let is_nearest = families.first().is_none_or(|(own, _)| names[**row] == *own);
            axes[**row] == name && outer[**row] == "yes" && is_nearest
        };
        let beyond: Vec<f64> = rows.iter().filter(is_outer).filter_map(|row| fraction[*row]).collect();
        let left_out = match &beyond[..] {
            [] => String::new(),
            beyond => {
                let percents: Vec<String> =
                    beyond.iter().map(|fraction| format!("{} %", number(100.0 * fraction, 2))).collect();
                format!(" Beyond the bins are {} of the entries.", percents.join(" and "))
            }
        };
        charts.push((
            key,
            label,
            Chart {
                x,
                y: axis("fraction of the entries in a bin", Scale::Linear),
                curves,
                caption: format!(
                    "Bars: observed. Lines: what the fitted distributions predict, the closest first.{left_out}"
                ),
                ..Chart::default()
            },
        ));
    }
    Ok(charts)
}

/// The look of the family of some rank; that of the observations is skipped.
fn look(rank: usize) -> usize {
    if rank < OBSERVED { rank } else { rank + 1 }
}

fn quantiles(table: &Table, rows: &[usize]) -> Result<Vec<Named>, OutputError> {
    let observed = table.columns.numbers("observed")?;
    let mut curves = Vec::new();
    for (place, (family, own)) in families_of(table, rows)?.iter().enumerate() {
        curves.push(curve(family, look(place), Mark::Points, table.points(own, "predicted", "observed")?));
    }
    let ends = rows.iter().filter_map(|row| observed[*row]);
    let (low, high) =
        ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    curves.push(bound("equal quantiles", OBSERVED, vec![(low, low), (high, high)]));
    Ok(vec![(
        "quantiles",
        "Q–Q plot",
        Chart {
            x: axis("quantile of the fitted distribution", Scale::Linear),
            y: axis("quantile of the entries", Scale::Linear),
            curves,
            caption: "Where a family fits, its points are on the dashed line; tails off it are heavier or lighter."
                .into(),
            ..Chart::default()
        },
    )])
}

fn sorted(table: &Table, rows: &[usize]) -> Result<Vec<Named>, OutputError> {
    let points = |x: &str, y: &str| table.points(rows, x, y);
    let density = || axis("density k/d", Scale::Linear);
    Ok(vec![
        (
            "sorted",
            "sorted curve π²",
            Chart {
                x: density(),
                y: axis("square of the k-th largest entry over the largest", Scale::Linear),
                curves: vec![
                    curve("π²", 0, Mark::Line, points("kappa", "pi_squared")?),
                    bound("1 − k/d", OBSERVED, points("kappa", "reference")?),
                ],
                caption: "Shi et al. (2019) argue from this curve lying below the dashed line.".into(),
                ..Chart::default()
            },
        ),
        (
            "sorted-magnitudes",
            "sorted magnitudes",
            Chart {
                x: axis("density k/d", Scale::Log),
                y: axis("k-th largest magnitude", Scale::Log),
                curves: vec![curve("magnitude", 0, Mark::Line, points("kappa", "magnitude")?)],
                caption: "A straight fall on both logarithmic axes is a tail like a power.".into(),
                ..Chart::default()
            },
        ),
        (
            "lorenz",
            "Lorenz curve of the squares",
            Chart {
                x: axis("part of the entries, the smallest first", Scale::Linear),
                y: axis("part of ‖u‖² that they hold", Scale::Linear),
                curves: vec![
                    curve("Lorenz curve", 0, Mark::Line, points("reference", "lorenz")?),
                    bound("equal entries", OBSERVED, points("reference", "reference")?),
                ],
                caption: "The further below the dashed line, the more of the norm is in few entries.".into(),
                ..Chart::default()
            },
        ),
    ])
}

fn energy(table: &Table, rows: &[usize]) -> Result<Vec<Named>, OutputError> {
    let families = families_of(table, rows)?;
    let first = families.first().map_or(rows, |(_, rows)| rows);
    let mut curves = vec![curve("observed", OBSERVED, Mark::Line, table.points(first, "kappa", "observed")?)];
    for (place, (family, own)) in families.iter().enumerate() {
        let points = table.points(own, "kappa", "predicted")?;
        if !points.is_empty() {
            curves.push(curve(family, look(place), Mark::Line, points));
        }
    }
    for (place, (label, name)) in
        [("1 − k/d", "linear"), ("(1 − k/d)²", "square"), ("(1 − k/d)³", "cube")].iter().enumerate()
    {
        curves.push(bound(label, 5 + place, table.points(first, "kappa", name)?));
    }
    Ok(vec![(
        "energy",
        "R(κ): what top-k leaves",
        Chart {
            x: axis("density κ = k/d", Scale::Log),
            y: axis("fraction of ‖u‖² that top-k leaves", Scale::Linear),
            curves,
            caption: "Solid: observed, and predicted by fitted distributions. Dashed: the bounds of theorems.".into(),
            ..Chart::default()
        },
    )])
}

fn tails(table: &Table, rows: &[usize]) -> Result<Vec<Named>, OutputError> {
    let mut curves = Vec::new();
    for (look, (label, name)) in [("Hill", "hill"), ("moment", "moment")].iter().enumerate() {
        let mut estimate = curve(label, look, Mark::Line, table.points(rows, "above", name)?);
        let band = table.band(rows, name)?;
        if band.len() == estimate.series.points.len() {
            estimate.series.band = band;
        }
        curves.push(estimate);
    }
    Ok(vec![(
        "tails",
        "tail index ξ",
        Chart {
            x: axis("largest entries that it rests on", Scale::Log),
            y: axis("estimate of ξ", Scale::Linear),
            curves,
            references: vec![("exponential tail".to_owned(), 0.0)],
            caption: "Where a curve is level, the tail is like t^(−1/ξ). Bands are intervals of 95 %.".into(),
            ..Chart::default()
        },
    )])
}

fn verdicts(table: &Table, all: &[Key]) -> Result<Markup, OutputError> {
    let verdict = table.columns.texts("verdict")?;
    let of = |vector: &Key| table.rows(*vector).first().map(|row| verdict[*row]);
    let said: Vec<(String, &str)> = all.iter().filter_map(|vector| Some((words(*vector), of(vector)?))).collect();
    let item = |(name, verdict): &(String, &str)| html! { li { strong { (name) } ": " (verdict) } };
    Ok(html! {
        ul.said { @for own in said.iter().take(3) { (item(own)) } }
        @if said.len() > 3 {
            details { summary { (many(said.len() - 3, "more vector")) } ul.said { @for own in said.iter().skip(3) { (item(own)) } } }
        }
    })
}

/// A row per vector.
fn descriptions(table: &Table, fits: &Table, all: &[Key]) -> Result<Markup, OutputError> {
    let (rank, family) = (fits.columns.texts("rank")?, fits.columns.texts("family")?);
    let nearest =
        |vector: &Key| fits.rows(*vector).iter().find(|row| rank[**row] == "1").map_or("–", |row| family[*row]);
    let mut columns = Vec::new();
    for (name, label, meaning) in [
        ("n", "Entries", "how many numbers, d"),
        ("zero_fraction", "Zeros", "the part that is exactly zero"),
        ("standard_deviation", "Spread", "standard deviation"),
        ("kurtosis", "Kurtosis", "3 for a normal distribution, more for heavy tails"),
        ("tail_moment", "Tail ξ", "tail index: above 0 heavy like t^(−1/ξ), 0 exponential, below 0 a finite end"),
        ("gini", "Gini", "of the squares: 0 for equal magnitudes, near 1 for few large ones"),
        ("k_for_tenth", "k for 10 %", "the smallest k with which top-k leaves a tenth of the squared norm"),
    ] {
        let values = numbers(table.columns, name)?;
        if values.iter().any(Option::is_some) {
            columns.push((label, meaning, Format::of(&values, ""), values));
        }
    }
    let rows: Vec<(usize, &Key)> =
        all.iter().filter_map(|vector| Some((*table.rows(*vector).first()?, vector))).collect();
    Ok(html! {
        h3 { "The vectors" }
        (scrolling("Vectors", &html! {
            table.plain {
                thead { tr {
                    th scope="col" { "Vector" }
                    @for (label, meaning, ..) in &columns { th.number scope="col" title=(meaning) { (label) } }
                    th scope="col" title="by AIC" { "Closest family" }
                } }
                tbody { @for (row, vector) in &rows { tr {
                    th scope="row" { (words(**vector)) }
                    @for (.., format, values) in &columns { (cell(values[*row], *format)) }
                    td { (nearest(vector)) }
                } } }
            }
        }))
    })
}

/// The parameters of each fit with few digits.
fn short_parameters(columns: &Columns) -> Result<BTreeMap<(Key<'_>, &str), Vec<String>>, OutputError> {
    let (table, parameter) = (Table::of(columns)?, columns.texts("parameter")?);
    let (value, error) = (columns.numbers("value")?, columns.numbers("standard_error")?);
    let family = columns.texts("family")?;
    let mut short: BTreeMap<(Key, &str), Vec<String>> = BTreeMap::new();
    for (key, row) in table.keys.iter().flat_map(|key| table.rows(*key).iter().map(move |row| (*key, *row))) {
        let Some(value) = value[row] else { continue };
        let words = short.entry((key, family[row])).or_default();
        let error = error[row].map(|error| format!(" ± {}", number(error, 2))).unwrap_or_default();
        words.push(format!("{} {}{error}", parameter[row].replace('_', " "), number(value, 4)));
    }
    Ok(short)
}

/// What became of each family on each vector.
fn families(fits: &Table, parameters: Option<&Columns>, all: &[Key]) -> Result<Markup, OutputError> {
    let (rank, family, full) =
        (fits.columns.texts("rank")?, fits.columns.texts("family")?, fits.columns.texts("parameters")?);
    let short = parameters.map(short_parameters).transpose()?.unwrap_or_default();
    let reason = fits.columns.texts("reason")?;
    let column = |name: &str| numbers(fits.columns, name);
    let (above, deviation) = (column("aic_above_best")?, column("deviation")?);
    let (smirnov, darling) = (column("kolmogorov_smirnov_p")?, column("anderson_darling_p")?);
    let (f_above, f_deviation, f_p) = (Format::decimals(1), Format::decimals(4), Format::decimals(3));
    Ok(html! {
        h3 { "Fitted families" }
        p.small {
            "Ranked by AIC, which rewards likelihood and penalizes parameters: within 2 of the best is as good. "
            "The deviation is the largest difference of the cumulative distributions. "
            "Small p-values say that the difference is not due to chance; with many entries every family is rejected."
        }
        @for (place, vector) in all.iter().enumerate() {
            @let rows = fits.rows(*vector);
            details open[place == 0] {
                summary { (words(*vector)) }
                (scrolling(&format!("Families fitted to {}", words(*vector)), &html! {
                    table.plain.families {
                        thead { tr {
                            th.number scope="col" { "Rank" } th scope="col" { "Family" }
                            th.number scope="col" { "AIC above best" } th.number scope="col" { "Deviation" }
                            th.number scope="col" title="Kolmogorov–Smirnov, parametric bootstrap" { "p (KS)" }
                            th.number scope="col" title="Anderson–Darling, which looks at the tails" { "p (AD)" }
                            th scope="col" { "Parameters" }
                        } }
                        tbody { @for &row in rows { tr {
                            td.number { (rank[row]) } th scope="row" { (family[row]) }
                            (cell(above[row], f_above)) (cell(deviation[row], f_deviation))
                            (cell(smirnov[row], f_p)) (cell(darling[row], f_p))
                            td title=(full[row]) {
                                @match short.get(&(*vector, family[row])) {
                                    Some(words) => (words.join(", ")),
                                    None => (if full[row].is_empty() { reason[row] } else { full[row] }),
                                }
                            }
                        } } }
                    }
                }))
            }
        }
    })
}
