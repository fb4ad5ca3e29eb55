//! The table of runs, which the script sorts and filters.

use super::Words;
use super::cells::{Format, cell, filter_field, heading, scrolling};
use super::folder::Folder;
use super::labels::Settings;
use crate::output::OutputError;
use crate::output::axis::Scale;
use crate::output::plot;
use maud::{Markup, html};

/// More runs than this are in `summary.csv` only.
const MOST_RUNS: usize = 1000;

pub(super) fn section(folder: &Folder, settings: &Settings, words: &Words) -> Result<Option<Markup>, OutputError> {
    let Some(table) = folder.table("summary.csv") else { return Ok(None) };
    let (labels, seeds) = (table.texts("label")?, table.texts("seed")?);
    let (outcomes, reasons, rounds) = (table.texts("outcome")?, table.texts("reason")?, table.numbers("rounds")?);
    let mut finals = Vec::new();
    for name in table.names().iter().filter(|name| name.starts_with("final_")) {
        let values = table.numbers(name)?;
        if values.iter().any(Option::is_some) {
            let metric = name.trim_start_matches("final_");
            let axis = plot::axis(metric, Scale::Linear);
            let format = Format::of(&values, &axis.unit);
            let meaning = words.metrics.get(metric).cloned().unwrap_or_else(|| metric.to_owned());
            finals.push((axis.label, format.unit(&axis.unit), format, meaning, values));
        }
    }
    let round = Format::of(&rounds, "");
    let n_shown = table.len().min(MOST_RUNS);
    Ok(Some(html! {
        h2 { "Runs" }
        p.lead { "Every run with its last recorded values. A column’s heading sorts by it; the field keeps the rows that have all of its words." }
        div.sortable {
            (filter_field("top-k seed 3"))
            (scrolling("Runs", &html! {
                table.plain {
                    thead { tr {
                        (heading("Setting", "", false, Some("what distinguishes the setting")))
                        (heading("Seed", "", true, Some("the seed of all randomness in the run")))
                        (heading("Outcome", "", false, Some("finished, or diverged when a number was no longer finite")))
                        (heading("Rounds", "", true, Some("the last recorded round")))
                        @for (label, unit, _, meaning, _) in &finals { (heading(label, unit, true, Some(meaning))) }
                    } }
                    tbody { @for row in 0..n_shown { tr data-text={ (labels[row]) " seed " (seeds[row]) " " (outcomes[row]) } {
                        th scope="row" { (settings.named(labels[row])) }
                        td.number data-value=(seeds[row]) { (seeds[row]) }
                        td title=[(!reasons[row].is_empty()).then_some(reasons[row])] {
                            @if outcomes[row] == "diverged" { span.verdict.violated { (outcomes[row]) } } @else { (outcomes[row]) }
                        }
                        (cell(rounds[row], round))
                        @for (.., format, _, values) in &finals { (cell(values[row], *format)) }
                    } } }
                }
            }))
            p.small.on-paper { "On paper the first columns; all stand in summary.csv." }
            @if n_shown < table.len() { p.small { "The first " (n_shown) " of " (table.len()) " runs; all stand in summary.csv." } }
        }
    }))
}
