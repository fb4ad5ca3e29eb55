//! What was asked, what came out, and what was run.

use super::cells::{Format, cell, number, numbers, scrolling};
use super::folder::Folder;
use super::labels::Settings;
use crate::output::OutputError;
use crate::output::axis::Scale;
use crate::output::number::{engineering, times};
use crate::output::plot;
use crate::results::read::Columns;
use maud::{Markup, html};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) fn section(folder: &Folder, settings: &Settings) -> Result<Markup, OutputError> {
    let kind = if folder.tables.contains_key("rounds.csv") { "Experiment" } else { "Results" };
    let title = folder.title();
    let interpretation = folder.provenance["interpretation"].as_str().unwrap_or_default();
    let answer = folder.table("comparison.csv").map(|table| comparison(table, settings)).transpose()?;
    let facts = facts(folder)?;
    Ok(html! {
        header.question {
            p.kicker { (kind) @if title != folder.name { " · " span.path { (folder.name) } } }
            h1 { (title) }
        }
        @if !facts.is_empty() {
            dl.facts { @for (name, fact) in facts { div { dt { (name) } dd { (fact) } } } }
        }
        (answer.unwrap_or_default())
        @if !interpretation.trim().is_empty() {
            div.interpretation {
                h2 { "How to read it" }
                @for line in interpretation.lines().filter(|line| !line.trim().is_empty()) { p { (line) } }
            }
        }
    })
}

/// A handful of facts that fit one line each.
fn facts(folder: &Folder) -> Result<Vec<(&'static str, String)>, OutputError> {
    let mut facts = Vec::new();
    if let Some(summary) = folder.table("summary.csv") {
        let distinct = |column: &str| -> Result<usize, OutputError> {
            Ok(summary.texts(column)?.into_iter().collect::<BTreeSet<_>>().len())
        };
        let (n_settings, n_seeds) = (distinct("label")?, distinct("seed")?);
        facts.push(("Runs", format!("{}: {}, {}", summary.len(), many(n_settings, "setting"), many(n_seeds, "seed"))));
        let diverged = summary.texts("outcome")?.into_iter().filter(|outcome| *outcome == "diverged").count();
        if diverged > 0 {
            facts.push(("Diverged", many(diverged, "run")));
        }
    }
    // What is the same in all runs, in words.
    let runs = folder.provenance["runs"].as_array().map(Vec::as_slice).unwrap_or_default();
    let name_of = |value: &Value| value.as_str().or(value["name"].as_str()).map(str::to_owned);
    let specs = |key: &str| -> BTreeSet<String> {
        let words = |spec: &Value| name_of(spec).or_else(|| spec.is_number().then(|| spec.to_string()));
        runs.iter().filter_map(|run| words(&run["spec"][key])).collect()
    };
    for (name, key) in [
        ("Data", "dataset"),
        ("Objective", "objective"),
        ("Workers", "n_workers"),
        ("Rounds", "rounds"),
        ("Network", "network"),
    ] {
        let values: Vec<String> = specs(key).into_iter().collect();
        if !values.is_empty() && values.len() <= 4 {
            facts.push((name, values.join(", ")));
        }
    }
    if let Some(claims) = claims(folder)? {
        facts.push(("Claims", claims));
    }
    Ok(facts)
}

/// How many of the experiment's claims hold.
pub(super) fn claims(folder: &Folder) -> Result<Option<String>, OutputError> {
    let Some(claims) = folder.table("claims.csv") else { return Ok(None) };
    let n_hold = claims.texts("holds")?.into_iter().filter(|holds| *holds == "yes").count();
    Ok(Some(format!("{n_hold} of {} hold", claims.len())))
}

pub(super) fn many(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The settings side by side, and which of them is cheapest.
fn comparison(table: &Columns, settings: &Settings) -> Result<Markup, OutputError> {
    let metric = table.names().iter().find_map(|name| name.strip_prefix("final_")?.strip_suffix("_mean"));
    let metric = metric.unwrap_or("loss");
    let column = |name: &str| numbers(table, name);
    let (mean, lower) = (column(&format!("final_{metric}_mean"))?, column(&format!("final_{metric}_lower"))?);
    let upper = column(&format!("final_{metric}_upper"))?;
    let level = column(&format!("{metric}_level"))?.into_iter().flatten().next();
    let (bits, seconds) = (column("bits_to_level")?, column("seconds_to_level")?);
    let (labels, runs, diverged) = (table.texts("label")?, table.texts("runs")?, column("diverged")?);
    let all: Vec<Option<f64>> = [&mean, &lower, &upper].into_iter().flatten().copied().collect();
    let (ends, in_bits) = (Format::of(&all, ""), Format::of(&bits, "bit"));
    let in_seconds = Format::of(&seconds, "s");
    let has = |column: &[Option<f64>]| column.iter().any(Option::is_some);
    let (has_interval, has_bits, has_seconds) = (has(&lower), has(&bits), has(&seconds));
    let words = words(&labels, &bits, &seconds, settings);
    let name = plot::axis(metric, Scale::Linear).label;
    Ok(html! {
        div.answer {
            h2 { "What came out" }
            @for sentence in &words { p.finding { (sentence) } }
            (scrolling("Comparison of the settings", &html! {
                table.plain {
                    thead { tr {
                        th scope="col" { "Setting" }
                        th.number scope="col" { "Runs" }
                        th.number scope="col" { "Final " (name) }
                        @if has_interval { th.number scope="col" { "95 % from" } th.number scope="col" { "to" } }
                        @if has_bits { th.number scope="col" { "Bits to level" br; small { (in_bits.unit("bit")) } } }
                        @if has_seconds { th.number scope="col" { "Time to level" br; small { (in_seconds.unit("s")) } } }
                    } }
                    tbody {
                        @for row in 0..table.len() {
                            tr {
                                th scope="row" { (settings.named(labels[row])) }
                                td.number {
                                    (runs[row])
                                    @if let Some(n @ 1.0..) = diverged[row] { " (" (n) " diverged)" }
                                }
                                (cell(mean[row], ends))
                                @if has_interval { (cell(lower[row], ends)) (cell(upper[row], ends)) }
                                @if has_bits { (cell(bits[row], in_bits)) }
                                @if has_seconds { (cell(seconds[row], in_seconds)) }
                            }
                        }
                    }
                }
            }))
            p.small {
                @if let Some(level) = level {
                    "The level is " (name) " = " (number(level, 3)) ", which every setting that converges reaches; "
                    "a setting pays what the median of its runs pays. "
                }
                @if has_interval { "Intervals are those of the mean over seeds (Student’s t). " }
                @if !settings.common.is_empty() { "Names leave out what all that have it share: " (settings.common.join(", ")) "." }
            }
        }
    })
}

/// Who needs the fewest bits and who is first.
fn words(labels: &[&str], bits: &[Option<f64>], seconds: &[Option<f64>], settings: &Settings) -> Vec<String> {
    let ranked = |costs: &[Option<f64>]| {
        let mut ranked: Vec<(String, f64)> = labels
            .iter()
            .zip(costs)
            .filter_map(|(label, cost)| Some((settings.short(label).to_owned(), (*cost)?)))
            .collect();
        ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
        ranked
    };
    let amount = |value: f64, unit: &str| engineering(value, unit).replace(' ', "\u{a0}");
    let mut words = Vec::new();
    if let [(cheapest, bits), .., (dearest, most)] = &ranked(bits)[..] {
        let (least, most_bits) = (amount(*bits, "bit"), amount(*most, "bit"));
        words.push(match times(*most, *bits) {
            Some(times) => format!(
                "The fewest bits to the common level are those of {cheapest}: {least}, {times} times fewer than \
                 {dearest} with {most_bits}."
            ),
            None if *most > 0.0 => {
                format!("{cheapest} is at the common level before it has sent a bit; {dearest} sends {most_bits}.")
            }
            None => "All settings are at the common level before they have sent a bit.".to_owned(),
        });
    }
    if let [(fastest, seconds), .., (slowest, most)] = &ranked(seconds)[..]
        && *most > 0.0
    {
        let (least, most_seconds) = (amount(*seconds, "s"), amount(*most, "s"));
        words.push(match times(*most, *seconds) {
            Some(times) => format!(
                "On the simulated network {fastest} is there first, after {least}; {slowest} takes {times} times as long."
            ),
            None => format!("On the simulated network {fastest} is there at once; {slowest} takes {most_seconds}."),
        });
    }
    words
}
