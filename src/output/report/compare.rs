//! The page about two result folders side by side, from their `rounds.csv` and the three tables of a comparison.

use super::cells::{filter_field, heading, number, scrolling};
use super::data::{Chart, Choice, Curve, Data, Thinning};
use super::layout::{FRAME_BYTES, Page};
use crate::output::OutputError;
use crate::output::axis::Scale;
use crate::output::checks::scale;
use crate::output::figure::Figure;
use crate::output::plot::{self, Request};
use crate::output::table::ABSENT;
use crate::results::read::Columns;
use crate::results::run::{Diverged, diverged};
use crate::results::{ROUNDS, SUMMARY};
use crate::store::write_whole_unlocked;
use maud::{Markup, html};
use std::path::Path;

/// What is on the page.
#[derive(Debug, Clone, Copy)]
pub struct Comparison<'a> {
    /// The result folders.
    pub dirs: [&'a Path; 2],
    /// What the comparison comes to, a sentence on a line.
    pub answer: &'a str,
    /// `compare_settings.csv`.
    pub settings: &'a [u8],
    /// `compare.csv`.
    pub compared: &'a [u8],
    /// `compare_facts.csv`.
    pub facts: &'a [u8],
}

/// More characters of a fact than this are shown when it is pointed at, and stand in the table.
const MOST_CHARACTERS: usize = 160;

/// Writes the page, and gives its size in bytes.
///
/// # Errors
/// [`OutputError`]: a table that is none, an output that cannot be written.
pub fn write(comparison: Comparison<'_>, out: &Path) -> Result<usize, OutputError> {
    let html = page(comparison)?;
    write_whole_unlocked(out, |out| out.write_all(html.as_bytes()))?;
    Ok(html.len())
}

/// The page.
///
/// # Errors
/// Those of [`write()`] except those of writing.
pub fn page(comparison: Comparison<'_>) -> Result<String, OutputError> {
    let Comparison { dirs, answer, settings, compared, facts } = comparison;
    let files = [("compare_settings.csv", settings), ("compare.csv", compared), ("compare_facts.csv", facts)];
    let [settings, compared, facts] = files.map(|(name, bytes)| Columns::parse(Path::new(name), bytes));
    let (settings, compared, facts) = (settings?, compared?, facts?);
    let [a, b] = dirs.map(|dir| {
        let rounds = Columns::read(&dir.join(ROUNDS))?;
        let diverged = diverged(&Columns::read(&dir.join(SUMMARY))?)?;
        Ok::<_, OutputError>((rounds, diverged))
    });
    let runs = [a?, b?];
    let names = dirs.map(|dir| dir.display().to_string());
    let texts: Vec<String> = files.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect();
    let mut thinning = Thinning::default().next();
    loop {
        let mut data = Data::new(thinning);
        let has_curves = curves(&runs, &settings, &compared, &mut data)?;
        if data.chart_bytes() + FRAME_BYTES > super::MOST_BYTES && thinning.can_go_on() {
            thinning = thinning.next();
            continue;
        }
        data.offer(files.iter().zip(&texts).map(|((name, _), text)| ((*name).to_owned(), text.clone())));
        let mut links = vec![("settings", "Settings"), ("quantities", "Quantities")];
        if has_curves {
            links.push(("curves", "Curves"));
        }
        links.push(("provenance", "Provenance"));
        let body = html! {
            article aria-label="Comparison" {
                section id="overview" { (overview(&names, answer)) }
                section id="settings" { (settings_table(&settings)?) }
                section id="quantities" { (quantities(&compared)?) }
                @if has_curves { section id="curves" {
                    h2 { "Curves" }
                    p.lead { "Both folders in one chart: the median over the seeds, with a band that spans them." }
                    div.panel data-panel="curves-panel" data-big="" {}
                } }
                section id="provenance" { (differences(&facts)?) (offered(&texts)) }
            }
        };
        let links: Vec<(String, String)> =
            links.into_iter().map(|(id, words)| (id.to_owned(), words.to_owned())).collect();
        let title = format!("{} and {}", names[0], names[1]);
        return Ok(Page { title: &title, links: &links, body, data: Some(data.json()) }.html());
    }
}

fn overview(names: &[String; 2], answer: &str) -> Markup {
    html! {
        p.kicker { "Comparison of two result folders" }
        h1.question { "What changed from A to B?" }
        dl.facts {
            @for (letter, name) in ["A", "B"].iter().zip(names) { div { dt { (letter) } dd.path { (name) } } }
        }
        div.answer { @for sentence in answer.lines().filter(|line| !line.is_empty()) { p.finding { (sentence) } } }
        p.small {
            "Runs of equal seeds see the same mini-batches and are compared as pairs (Student’s t), others by Welch’s t, "
            "counts by Fisher’s exact test; positive quantities by their logarithms, so that a change is a factor. "
            "p-values are corrected by Holm: the probability that anything here is called changed while nothing is, is at "
            "most 5 %, however the quantities depend on each other. Intervals are those of 95 % of each quantity alone."
        }
    }
}

fn head(names: &[&str], numbers_from: usize) -> Markup {
    html! { thead { tr {
        @for (at, name) in names.iter().enumerate() { th.number[at >= numbers_from] scope="col" { (name) } }
    } } }
}

fn settings_table(table: &Columns) -> Result<Markup, OutputError> {
    let labels = table.texts("label")?;
    let columns = ["runs_a", "runs_b", "pairs", "identical", "quantities", "changed"];
    let cells = columns.iter().map(|name| table.texts(name)).collect::<Result<Vec<_>, _>>()?;
    Ok(html! {
        h2 { "Settings" }
        (scrolling("Settings", &html! {
            table.plain {
                (head(&["Setting", "Runs of A", "Runs of B", "Same seeds", "Byte-identical", "Quantities", "Changed"], 1))
                tbody { @for (row, label) in labels.iter().enumerate() { tr {
                    th scope="row" { (label) }
                    @for column in &cells { td.number { (column[row]) } }
                } } }
            }
        }))
    })
}

fn quantities(table: &Columns) -> Result<Markup, OutputError> {
    let text = |name: &str| table.texts(name);
    let (labels, quantities, statistics) = (text("label")?, text("quantity")?, text("statistic")?);
    let (verdicts, scales, tests) = (text("verdict")?, text("scale")?, text("test")?);
    let column = |name: &str| table.numbers(name);
    let (a, b, change) = (column("a")?, column("b")?, column("change")?);
    let (lower, upper, p, p_holm) = (column("lower")?, column("upper")?, column("p")?, column("p_holm")?);
    let cell = |value: Option<f64>| {
        html! {
            @match value {
                Some(value) => td.number data-value=(value) title=(value) { (number(value, 3)) },
                None => td.number.absent { (ABSENT) },
            }
        }
    };
    let relative = |row: usize, value: f64| {
        let sign = if scales[row] == "ratio" {
            "× "
        } else if value > 0.0 {
            "+"
        } else {
            ""
        };
        format!("{sign}{}", number(value, 3))
    };
    let class = |verdict: &str| match verdict {
        "changed" => "verdict violated",
        "undecided" => "verdict inconclusive",
        "identical" => "verdict holds",
        _ => "verdict",
    };
    let sorted = |label: &str, is_number: bool| heading(label, "", is_number, None);
    Ok(html! {
        h2 { "Quantities" }
        p.lead { "A column’s heading sorts by it; the field keeps the rows that have all of its words, such as “changed final”." }
        div.sortable {
            (filter_field("changed final"))
            (scrolling("Quantities", &html! {
                table.plain {
                    thead { tr {
                        (sorted("Setting", false)) (sorted("Quantity", false)) (sorted("Verdict", false))
                        (sorted("A", true)) (sorted("B", true)) (sorted("Change", true)) (sorted("95 % interval", true))
                        (sorted("p", true)) (sorted("p (Holm)", true)) (sorted("Test", false))
                    } }
                    tbody { @for row in 0..table.len() {
                        tr data-text={ (labels[row]) " " (statistics[row]) " " (quantities[row]) " " (verdicts[row]) } {
                            th scope="row" { (labels[row]) }
                            td { (statistics[row]) " " (quantities[row].replace('_', " ")) }
                            td { span class=(class(verdicts[row])) { (verdicts[row]) } }
                            (cell(a[row])) (cell(b[row]))
                            @match change[row] {
                                Some(change) => td.number data-value=(change) title=(change) { (relative(row, change)) },
                                None => td.number.absent { (ABSENT) },
                            }
                            @match lower[row].zip(upper[row]) {
                                Some((lower, upper)) => td.number data-value=(lower) {
                                    (relative(row, lower)) " to " (relative(row, upper))
                                },
                                None => td.number.absent { (ABSENT) },
                            }
                            (cell(p[row])) (cell(p_holm[row]))
                            td { (tests[row]) }
                        }
                    } }
                }
            }))
        }
    })
}

/// A panel in which the settings of both folders are drawn over each other; false where they have none in common.
fn curves(
    folders: &[(Columns, Diverged); 2],
    settings: &Columns,
    compared: &Columns,
    data: &mut Data,
) -> Result<bool, OutputError> {
    let rounds = folders.each_ref().map(|(rounds, _)| rounds);
    let (labels, runs) = (settings.texts("label")?, [settings.counts("runs_a")?, settings.counts("runs_b")?]);
    let shared = (0..settings.len()).filter(|row| runs.iter().all(|runs| runs[*row].is_some_and(|n| n > 0)));
    let labels: Vec<&str> = shared.map(|row| labels[row]).collect();
    let mut metrics = compared.distinct("quantity")?;
    metrics.retain(|name| rounds.iter().all(|own| own.has(name)));
    metrics.sort_by_key(|metric| *metric != "suboptimality");
    let across: Vec<&str> =
        ["round", "bits", "seconds"].into_iter().filter(|x| rounds.iter().all(|own| own.has(x))).collect();
    if labels.is_empty() || metrics.is_empty() {
        return Ok(false);
    }
    let mut charts = Vec::new();
    for metric in &metrics {
        let all = [rounds[0].numbers(metric)?, rounds[1].numbers(metric)?].concat();
        let y_scale = scale(&all.into_iter().flatten().collect::<Vec<_>>(), 0.0);
        for x in across.iter().filter(|x| *x != metric) {
            let request = Request { x: (*x).to_owned(), y: (*metric).to_owned(), y_scale, ..Request::default() };
            let [a, b] = [0, 1].map(|side| plot::figure(rounds[side], &folders[side].1, &request));
            let (a, b) = (a?, b?);
            for label in &labels {
                let curve = |(look, (name, figure)): (usize, (&str, &Figure))| {
                    // One setting in each folder may be called differently there.
                    let own = figure.series.iter().find(|series| series.label == *label).or(match &figure.series[..] {
                        [only] => Some(only),
                        _ => None,
                    });
                    own.map(|series| Curve {
                        label: name.to_owned(),
                        key: name.to_owned(),
                        look,
                        is_bound: false,
                        series: series.clone(),
                    })
                };
                let curves = [("A", &a), ("B", &b)].into_iter().enumerate().filter_map(curve).collect();
                let chart =
                    Chart { x: a.x.clone(), y: a.y.clone(), curves, caption: a.caption.clone(), ..Chart::default() };
                charts.push((format!("{label}|{metric}|{x}"), chart));
            }
        }
    }
    let named = |column: &&str| ((*column).to_owned(), plot::axis(column, Scale::Linear).label);
    let choices = [
        Choice { label: "Setting", options: labels.iter().map(|own| ((*own).to_owned(), (*own).to_owned())).collect() },
        Choice { label: "Vertical axis", options: metrics.iter().map(named).collect() },
        Choice { label: "Horizontal axis", options: across.iter().map(named).collect() },
    ];
    data.panel("curves-panel", &choices, &[], charts);
    Ok(true)
}

fn differences(table: &Columns) -> Result<Markup, OutputError> {
    let text = |name: &str| table.texts(name);
    let (kinds, keys, labels, a, b) = (text("kind")?, text("key")?, text("label")?, text("a")?, text("b")?);
    let value = |text: &str| {
        html! {
            @if text.is_empty() { span.absent { (ABSENT) } }
            @else if text.chars().count() > MOST_CHARACTERS {
                code title=(text) { (text.chars().take(MOST_CHARACTERS).collect::<String>()) "…" }
            } @else { code { (text) } }
        }
    };
    Ok(html! {
        h2 { "Provenance" }
        @if table.is_empty() { p { "Program, machine, data, specification, verdicts and claims are the same." } }
        @else {
            p.lead { "What else differs. Dates are left out." }
            (scrolling("Differences of provenance", &html! {
                table.plain.plan {
                    (head(&["What", "Key", "Setting", "A", "B"], usize::MAX))
                    tbody { @for row in 0..table.len() { tr {
                        td { (kinds[row]) }
                        th scope="row" { code { (keys[row]) } }
                        td { @if labels[row].is_empty() { "all" } @else { (labels[row]) } }
                        td { (value(a[row])) }
                        td { (value(b[row])) }
                    } } }
                }
            }))
        }
    })
}

/// The tables to be downloaded.
fn offered(texts: &[String]) -> Markup {
    let names = ["compare_settings.csv", "compare.csv", "compare_facts.csv"];
    html! {
        h3 { "Files" }
        ul.files data-folder="0" {
            @for (name, text) in names.iter().zip(texts) { li data-file=(name) { (name) " " span.small { (text.len()) " B" } } }
        }
    }
}
