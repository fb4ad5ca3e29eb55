//! Every recorded metric against rounds, bits and seconds, over the seeds.

use super::Words;
use super::data::{Chart, Choice, Curve, Data, View};
use super::folder::Folder;
use super::labels::Settings;
use crate::output::OutputError;
use crate::output::axis::Scale;
use crate::output::checks;
use crate::output::figure::{Figure, Series};
use crate::output::plot::{self, Request};
use crate::results::read::{Columns, distinct};
use crate::results::run::{Diverged, diverged};
use maud::{Markup, html};

/// What a curve may be drawn against.
const ACROSS: [&str; 5] = ["round", "bits", "bits_up", "bits_down", "seconds"];

pub(super) fn section(
    folder: &Folder,
    id: &str,
    settings: &Settings,
    words: &Words,
    data: &mut Data,
) -> Result<Option<Markup>, OutputError> {
    let Some(rounds) = folder.table("rounds.csv") else { return Ok(None) };
    let diverged = folder.table("summary.csv").map(diverged).transpose()?.unwrap_or_default();
    let requests = plot::requests_of(&folder.dir, rounds)?;
    let metrics = recorded(rounds)?;
    let mut across = Vec::new();
    for column in ACROSS.iter().filter(|column| rounds.has(column)) {
        if rounds.numbers(column)?.iter().any(Option::is_some) {
            across.push(*column);
        }
    }
    let requests: Vec<Request> = requests.into_iter().filter(Request::is_over_rounds).collect();
    let filters: Vec<Filter> =
        distinct(std::iter::once(vec![]).chain(requests.iter().map(|request| request.filter.clone())));
    let mut charts = Vec::new();
    for metric in &metrics {
        let y_scale = match requests.iter().find(|request| request.y == *metric) {
            Some(request) => request.y_scale,
            None => checks::scale(&rounds.numbers(metric)?.into_iter().flatten().collect::<Vec<_>>(), 0.0),
        };
        for x in across.iter().filter(|x| *x != metric) {
            let x_scale = requests.iter().find(|request| request.x == *x).map_or(Scale::Linear, |r| r.x_scale);
            for filter in &filters {
                let request = Request {
                    x: (*x).to_owned(),
                    y: (*metric).to_owned(),
                    x_scale,
                    y_scale,
                    filter: filter.clone(),
                    ..Request::default()
                };
                charts.push((
                    format!("{metric}|{x}|{}", filter_words(filter)),
                    chart(rounds, &diverged, &request, settings, words, data.has_runs())?,
                ));
            }
        }
    }
    let axis_label = |column: &str| plot::axis(column, Scale::Linear).label;
    let named = |columns: &[&str]| columns.iter().map(|own| ((*own).to_owned(), axis_label(own))).collect();
    let choices = [
        Choice { label: "Vertical axis", options: named(&metrics) },
        Choice { label: "Horizontal axis", options: named(&across) },
        Choice { label: "Rows", options: filters.iter().map(|own| (filter_words(own), filter_words(own))).collect() },
    ];
    let views: Vec<View> = requests
        .iter()
        .filter(|request| metrics.contains(&&*request.y) && across.contains(&&*request.x))
        .map(|request| {
            let (x, y) = (axis_label(&request.x), axis_label(&request.y));
            let rows = filter_words(&request.filter);
            let of_rows = if request.filter.is_empty() { String::new() } else { format!(", {rows}") };
            let title = if request.title.is_empty() { String::new() } else { format!("{}: ", request.title) };
            View {
                label: format!("{title}{y} by {x}{of_rows}"),
                chosen: vec![request.y.clone(), request.x.clone(), rows],
                scales: (request.x_scale, request.y_scale),
            }
        })
        .collect();
    let panel = format!("{id}-curves-panel");
    data.panel(&panel, &choices, &views, charts);
    Ok(Some(html! {
        h2 { "Curves" }
        p.lead {
            "Every recorded quantity against rounds, bits or simulated time. "
            "A line is the median over the seeds of a setting, its band spans them."
        }
        div.panel data-panel=(panel) data-big="" {}
    }))
}

/// Columns and the values that rows must have there.
type Filter = Vec<(String, String)>;

fn filter_words(filter: &Filter) -> String {
    let words: Vec<String> = filter.iter().map(|(column, value)| format!("{column} = {value}")).collect();
    if words.is_empty() { "all".to_owned() } else { words.join(", ") }
}

/// The columns after `round` that hold a number.
fn recorded(rounds: &Columns) -> Result<Vec<&str>, OutputError> {
    let mut metrics = Vec::new();
    for name in rounds.names().iter().skip_while(|name| *name != "round").skip(1) {
        if rounds.numbers(name)?.iter().any(Option::is_some) {
            metrics.push(name.as_str());
        }
    }
    // What is sought stands before what is paid for it.
    metrics.sort_by_key(|metric| match *metric {
        "suboptimality" => 0,
        "loss" => 1,
        cost if ACROSS.contains(&cost) => 3,
        _ => 2,
    });
    Ok(metrics)
}

fn chart(
    rounds: &Columns,
    diverged: &Diverged,
    request: &Request,
    settings: &Settings,
    words: &Words,
    has_runs: bool,
) -> Result<Chart, OutputError> {
    let Figure { x, y, series, caption, .. } = plot::figure(rounds, diverged, request)?;
    let curve = |key: String, label: &str, series| Curve {
        label: settings.short(label).to_owned(),
        look: settings.look(label),
        key,
        is_bound: false,
        series,
    };
    let has_bands = series.iter().any(|own| !own.band.is_empty());
    let runs = if has_runs && has_bands {
        let single = plot::single_runs(rounds, diverged, request)?;
        single
            .into_iter()
            .map(|(label, seed, series)| {
                let own = curve(label.clone(), &label, series);
                Curve { label: format!("{}, seed {seed}", own.label), ..own }
            })
            .collect()
    } else {
        Vec::new()
    };
    let curves = series.into_iter().map(|own| {
        // A series without points has the reason behind its label.
        let known = settings.labels().iter().filter(|label| own.label.starts_with(*label));
        let label = known.max_by_key(|label| label.len()).cloned().unwrap_or_default();
        let reason = own.label[label.len()..].to_owned();
        let Curve { label: short, look, .. } = curve(label.clone(), &label, Series::default());
        Curve { label: short + &reason, key: label, look, is_bound: false, series: own }
    });
    let curves = curves.collect();
    let meaning = words.metrics.get(&request.y).filter(|meaning| **meaning != y.label);
    Ok(Chart {
        x,
        curves,
        runs,
        references: vec![],
        caption: meaning.map(|meaning| format!("{}: {meaning}. ", y.label)).unwrap_or_default() + &caption,
        y,
    })
}
