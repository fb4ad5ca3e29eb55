//! Where the numbers come from, the plan that was run, and the files to take along.

use super::cells::scrolling;
use super::folder::Folder;
use crate::results::leaves;
use crate::results::read::distinct;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{Markup, html};
use serde_json::Value;
use std::collections::BTreeMap;

/// More values of one key than this are counted.
const MOST_VALUES: usize = 12;

pub(super) fn section(folder: &Folder, index: usize) -> Markup {
    html! {
        h2 { "Provenance" }
        (origin(&folder.provenance))
        (plan(&folder.provenance))
        (figures(folder))
        h3 { "Files" }
        p.small { "The tables that this page was made from, as they are." }
        ul.files data-folder=(index) {
            @for (name, text) in &folder.files {
                li data-file=(name) { (name) " " span.small { (size(text.len())) } }
            }
        }
    }
}

fn size(bytes: usize) -> String {
    if bytes < 1000 { format!("{bytes} B") } else { format!("{} kB", bytes.div_ceil(1000)) }
}

/// Program, machine, command, data.
fn origin(provenance: &Value) -> Markup {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let own = |keys: &[&str]| {
        let value = keys.iter().fold(provenance, |value, key| &value[*key]);
        (!value.is_null()).then(|| text(value))
    };
    let command = provenance["command"].as_array().map(|words| words.iter().map(text).collect::<Vec<_>>().join(" "));
    let facts: Vec<(&str, Option<String>)> = vec![
        ("Experiment file", own(&["experiment"])),
        ("Command", command),
        ("Version", own(&["gradsieve", "version"])),
        ("Revision", own(&["gradsieve", "revision"])),
        ("Checksum of the sources", own(&["gradsieve", "sources"])),
        ("Compiler", own(&["gradsieve", "rustc"])),
        ("Machine", own(&["host", "os"]).zip(own(&["host", "architecture"])).map(|(os, arch)| format!("{os}, {arch}"))),
    ];
    let written = provenance["written_at_unix_seconds"].as_u64();
    let data = provenance["data_checksums"].as_object();
    html! {
        @if !provenance.is_object() {
            p { "The folder has no provenance.json." }
        } @else {
            dl.origin {
                @for (name, fact) in facts { @if let Some(fact) = fact { div { dt { (name) } dd { code { (fact) } } } } }
                @if let Some(seconds) = written {
                    div { dt { "Written" } dd { time data-unix=(seconds) { (seconds) " s after 1970-01-01 UTC" } } }
                }
                @for (spec, checksum) in data.into_iter().flatten() {
                    div { dt { "Data" } dd { code { (named(spec)) } br; span.small { "SHA-256 " code { (text(checksum)) } } } }
                }
            }
        }
    }
}

/// The specification of a data set, which is JSON, as its name and its keys.
fn named(spec: &str) -> String {
    let Ok(Value::Object(mut keys)) = serde_json::from_str(spec) else { return spec.to_owned() };
    let mut found: Vec<String> = keys.remove("name").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let keys = Value::Object(keys);
    found.extend(leaves::leaves("", &keys).iter().map(|(key, leaf)| format!("{key} = {}", words(leaf))));
    found.join(", ")
}

/// The keys of all runs: those that vary, and those that do not.
fn plan(provenance: &Value) -> Markup {
    let runs = provenance["runs"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut keys: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    for (index, run) in runs.iter().enumerate() {
        for (key, leaf) in leaves::leaves("", &run["spec"]) {
            let values = keys.entry(key).or_default();
            values.resize(index, None);
            values.push(Some(words(leaf)));
        }
    }
    for values in keys.values_mut() {
        values.resize(runs.len(), None);
    }
    let mut rows: Vec<(String, bool, Vec<String>)> = Vec::new();
    for (key, values) in keys {
        let is_absent = values.iter().any(Option::is_none);
        let mut known = distinct(values.into_iter().flatten());
        let varies = known.len() > 1 || is_absent;
        if is_absent {
            known.push("absent in some".to_owned());
        }
        rows.push((key, varies, known));
    }
    let (varying, same): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, varies, _)| *varies);
    html! {
        @if !varying.is_empty() {
            h3 { "What varies from run to run" }
            (scrolling("What varies", &html! {
                table.plain.plan {
                    thead { tr { th scope="col" { "Key" } th scope="col" { "Values" } } }
                    tbody { @for (key, _, values) in &varying { tr {
                        th scope="row" { code { (key) } }
                        td { (values.iter().take(MOST_VALUES).cloned().collect::<Vec<_>>().join(" · "))
                            @if values.len() > MOST_VALUES { " and " (values.len() - MOST_VALUES) " more" } }
                    } } }
                }
            }))
        }
        @if !same.is_empty() {
            h3 { "What is the same in all runs" }
            dl.keys-of-all { @for (key, _, values) in &same { div { dt { (key) } dd { (values.join(" · ")) } } } }
        }
    }
}

/// A leaf in words; the items of a list one after the other.
fn words(leaf: &Value) -> String {
    match leaf {
        Value::Array(items) => items.iter().map(leaves::text).collect::<Vec<_>>().join(", "),
        other => leaves::text(other),
    }
}

/// The SVGs of the folder as pictures, in which no script can run.
fn figures(folder: &Folder) -> Markup {
    html! {
        @if !folder.figures.is_empty() {
            details.figures {
                summary { "Figures for a paper (" (folder.figures.len()) " SVG)" }
                div.gallery {
                    @for (name, svg) in &folder.figures {
                        figure {
                            img alt={ "Figure " (name.trim_end_matches(".svg").replace('-', " ")) } loading="lazy"
                                src={ "data:image/svg+xml;base64," (STANDARD.encode(svg)) };
                            figcaption { a.save data-name=(name) href="#" { (name) } }
                        }
                    }
                }
            }
        }
    }
}
