//! What theorems and claims say of the runs: a card for each theorem, bound against observation.

use super::Words;
use super::cells::{Format, cell, number, numbers, scrolling};
use super::data::{Chart, Choice, Curve, Data};
use super::folder::Folder;
use super::labels::Settings;
use super::overview::many;
use crate::output::OutputError;
use crate::output::checks;
use crate::output::figure::{Axis, End, Mark, Series};
use crate::results::read::Columns;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// A verdict as `checks.csv` writes it, in plain words, from the gravest on.
const VERDICTS: [(&str, &str, &str); 5] = [
    ("violated", "violated", "the bound is exceeded beyond rounding and chance"),
    ("inconclusive", "undecided", "more seeds are needed to tell"),
    ("assumption-violated", "hypothesis fails", "the runs break a hypothesis, so the theorem says nothing about them"),
    ("holds", "holds", "what was observed stays within the bound"),
    ("not-applicable", "does not apply", "the theorem is about something else, or a constant is not known"),
];

/// Its place among the verdicts, and its words.
fn verdict(name: &str) -> (usize, &str) {
    let place = VERDICTS.iter().position(|(own, ..)| *own == name);
    place.map_or((0, name), |place| (place, VERDICTS[place].1))
}

pub(super) fn section(
    folder: &Folder,
    id: &str,
    settings: &Settings,
    words: &Words,
    data: &mut Data,
) -> Result<Option<Markup>, OutputError> {
    let (checked, claims) = (folder.table("checks.csv"), folder.table("claims.csv"));
    if checked.is_none() && claims.is_none() {
        return Ok(None);
    }
    let claims = claims.map(claimed).transpose()?;
    let cards = checked.map(|checks| cards(folder, checks, id, settings, words, data)).transpose()?;
    let constants = folder.table("constants.csv").map(|table| constants(table, settings)).transpose()?;
    Ok(Some(html! {
        h2 { "Theory" }
        (claims.unwrap_or_default())
        (cards.unwrap_or_default())
        (constants.unwrap_or_default())
    }))
}

/// What the experiment asserts.
fn claimed(table: &Columns) -> Result<Markup, OutputError> {
    let (claim, holds, found) = (table.texts("claim")?, table.texts("holds")?, table.texts("found")?);
    Ok(html! {
        h3 { "What the experiment claims" }
        ul.claims {
            @for row in 0..table.len() {
                @let is_met = holds[row] == "yes";
                li {
                    span.verdict.holds[is_met].violated[!is_met] { (if is_met { "holds" } else { "does not hold" }) }
                    div { p { (claim[row]) } p.small { "Found: " (found[row]) "." } }
                }
            }
        }
    })
}

/// A theorem on one setting, a row of `checks.csv`.
struct Row<'a> {
    label: &'a str,
    verdict: &'a str,
    reason: &'a str,
    origin: &'a str,
    round: &'a str,
    bound: Option<f64>,
    observed: Option<f64>,
    slack: Option<f64>,
    seeds_to_decide: &'a str,
}

/// A theorem on all settings.
struct Card<'a> {
    theorem: &'a str,
    kind: &'a str,
    quantity: &'a str,
    rows: Vec<Row<'a>>,
}

impl Card<'_> {
    fn gravest(&self) -> usize {
        self.rows.iter().map(|row| verdict(row.verdict).0).min().unwrap_or(0)
    }

    /// The row whose bound is nearest to what was observed.
    fn tightest(&self) -> Option<&Row<'_>> {
        let known = self.rows.iter().filter(|row| row.slack.is_some_and(|slack| !slack.is_nan()));
        known.min_by(|a, b| a.slack.unwrap_or(f64::INFINITY).total_cmp(&b.slack.unwrap_or(f64::INFINITY)))
    }
}

fn gather(table: &Columns) -> Result<Vec<Card<'_>>, OutputError> {
    let text = |column: &str| table.texts(column);
    let (theorem, label, verdicts, reason) = (text("theorem")?, text("label")?, text("verdict")?, text("reason")?);
    let (origin, kind, quantity, round) = (text("origin")?, text("kind")?, text("quantity")?, text("round")?);
    let (bound, observed, slack) = (table.numbers("bound")?, table.numbers("observed")?, table.numbers("slack")?);
    let to_decide = text("seeds_to_decide")?;
    let mut cards: Vec<Card> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for row in 0..table.len() {
        let place = *places.entry(theorem[row]).or_insert(cards.len());
        if place == cards.len() {
            cards.push(Card { theorem: theorem[row], kind: kind[row], quantity: quantity[row], rows: Vec::new() });
        }
        cards[place].rows.push(Row {
            label: label[row],
            verdict: verdicts[row],
            reason: reason[row],
            origin: origin[row],
            round: round[row],
            bound: bound[row],
            observed: observed[row],
            slack: slack[row],
            seeds_to_decide: to_decide[row],
        });
    }
    // What needs attention first, then the tightest; theorems that could not be checked against the runs last.
    let place = |card: &Card| match (card.gravest(), card.tightest()) {
        (grave @ (0 | 1), _) => (grave, 0.0),
        (_, Some(row)) => (2, row.slack.unwrap_or(f64::INFINITY)),
        (_, None) => (3, 0.0),
    };
    cards.sort_by(|a, b| place(a).0.cmp(&place(b).0).then(place(a).1.total_cmp(&place(b).1)));
    Ok(cards)
}

fn cards(
    folder: &Folder,
    table: &Columns,
    id: &str,
    settings: &Settings,
    words: &Words,
    data: &mut Data,
) -> Result<Markup, OutputError> {
    let (silent, speaking): (Vec<Card>, Vec<Card>) =
        gather(table)?.into_iter().partition(|card| card.rows.iter().all(|row| row.verdict == "not-applicable"));
    let curves = folder.table("check_rounds.csv").map(Curves::read).transpose()?;
    let mut shown = Vec::new();
    for (index, card) in speaking.iter().enumerate() {
        let panel = format!("{id}-theorem-{}", index + 1);
        let has_panel = curves.as_ref().is_some_and(|curves| curves.add(card, &panel, settings, data));
        shown.push(html! { (card_of(card, &panel, has_panel, settings, words)) });
    }
    let count = |place: usize| {
        table.texts("verdict").map_or(0, |all| all.iter().filter(|name| verdict(name).0 == place).count())
    };
    Ok(html! {
        h3 { "Theorems checked against these runs" }
        p.lead {
            "Each theorem bounds a quantity by constants that were known beforehand or measured. "
            "The slack is the bound divided by what was observed: 1 is as tight as can be, below 1 the bound is exceeded."
        }
        ul.tally {
            @for (place, (name, plain, meaning)) in VERDICTS.iter().enumerate() {
                @let n = count(place);
                @if n > 0 { li { span.verdict.(name) { (n) " × " (plain) } span.small { (meaning) } } }
            }
        }
        div.cards { @for card in shown { (card) } }
        @if !silent.is_empty() {
            details.silent {
                summary { (many(silent.len(), "theorem")) " that " (if silent.len() == 1 { "says" } else { "say" }) " nothing about these runs, and why" }
                dl { @for card in &silent { dt { (card.theorem) (title(card, words)) } @for reason in reasons(card) { dd { (reason) } } } }
            }
        }
    })
}

fn title(card: &Card, words: &Words) -> Markup {
    html! { @if let Some((title, _)) = words.theorems.get(card.theorem) { ": " (title) } }
}

/// The distinct reasons of a theorem.
fn reasons<'a>(card: &Card<'a>) -> Vec<&'a str> {
    let mut reasons: Vec<&str> = card.rows.iter().map(|row| row.reason).filter(|reason| !reason.is_empty()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    reasons
}

fn card_of(card: &Card, panel: &str, has_panel: bool, settings: &Settings, words: &Words) -> Markup {
    let (place, plain) = (card.gravest(), VERDICTS[card.gravest()].1);
    let statement = words.theorems.get(card.theorem).map(|(_, statement)| statement.as_str()).unwrap_or_default();
    let applying: Vec<&Row> = card.rows.iter().filter(|row| row.verdict != "not-applicable").collect();
    let columns = |value: fn(&Row) -> Option<f64>| applying.iter().map(|row| value(row)).collect::<Vec<_>>();
    let sides: Vec<Option<f64>> = columns(|row| row.bound).into_iter().chain(columns(|row| row.observed)).collect();
    let (sides, slacks) = (Format::of(&sides, ""), Format::of(&columns(|row| row.slack), ""));
    let are_alike = applying.iter().all(|row| verdict(row.verdict).0 == place);
    let mut origins: Vec<&str> = applying.iter().map(|row| row.origin).filter(|origin| !origin.is_empty()).collect();
    origins.sort_unstable();
    origins.dedup();
    html! {
        article.card.(VERDICTS[place].0) aria-label={ "Theorem " (card.theorem) } {
            div.card-head {
                h4 { (card.theorem) (title(card, words)) }
                span.verdict.(VERDICTS[place].0) { (plain) }
            }
            @if let Some(row) = card.tightest() { (closest(card, row, settings)) }
            @if !statement.is_empty() { details { summary { "The statement" } pre.statement { (statement) } } }
            p.small { "About " span.quantity { (checks::words(card.quantity)) } ", judged by " (judged(card.kind)) @if !origins.is_empty() { ", with " (origins.join(" or ")) " constants" } "." }
            @if card.tightest().is_some() { (scrolling(&format!("{} by setting", card.theorem), &html! {
                table.plain {
                    thead { tr {
                        th scope="col" { "Setting" } @if !are_alike { th scope="col" { "Verdict" } }
                        th.number scope="col" { "Bound" } th.number scope="col" { "Observed" } th.number scope="col" { "Slack" }
                    } }
                    tbody { @for row in &applying { tr {
                        th scope="row" { (settings.named(row.label)) }
                        @if !are_alike { td title=(row.reason) { span.verdict.(row.verdict) { (verdict(row.verdict).1) } } }
                        (cell(row.bound, sides)) (cell(row.observed, sides)) (cell(row.slack, slacks))
                    } } }
                }
            })) }
            @for row in applying.iter().filter(|row| !row.seeds_to_decide.is_empty()).take(3) {
                p.small { "About " (row.seeds_to_decide) " seeds would decide " (settings.short(row.label)) ", if mean and spread stay as they are." }
            }
            @for reason in applying.iter().map(|row| row.reason).filter(|reason| !reason.is_empty()).take(3) { p.small { (reason) } }
            @if applying.len() < card.rows.len() {
                p.small { "Does not apply to " (many(card.rows.len() - applying.len(), "more setting")) "." }
            }
            @if has_panel { div.panel data-panel=(panel) {} }
        }
    }
}

/// The relative distance below which the two sides are called equal.
const EQUAL: f64 = 1e-6;

/// How near the two sides come, in a sentence.
fn closest(card: &Card, row: &Row, settings: &Settings) -> Markup {
    let (round, Some(bound), Some(observed), Some(slack)) = (row.round, row.bound, row.observed, row.slack) else {
        return html! {};
    };
    let place = html! {
        @if card.rows.len() > 1 { " (" (settings.short(row.label)) ")" }
        @if round != "0" { " in round " (round) }
    };
    html! {
        p {
            @if row.verdict == "violated" {
                "What was observed " strong { "exceeds" } " the bound" (place) ": " (number(observed, 4)) " against " (number(bound, 4)) "."
            } @else if (slack - 1.0).abs() < EQUAL {
                "The bound is " strong { "attained" } (place) ": both sides are " (number(bound, 4)) "."
            } @else if slack > 1.0 {
                "At its closest the bound is " strong { (number(slack, 3)) " times" } " what was observed" (place) ": "
                (number(bound, 4)) " against " (number(observed, 4)) "."
            } @else {
                "Both sides " strong { "agree" } " within what chance and rounding explain" (place) ": the bound is "
                (number(bound, 4)) ", observed was " (number(observed, 4)) "."
            }
        }
    }
}

fn judged(kind: &str) -> &str {
    match kind {
        "every step and draw" => "every recorded step of every worker",
        "expectation" => "means over seeds with their limits",
        "probability" => "how often it happened, with Clopper–Pearson limits",
        other => other,
    }
}

/// `check_rounds.csv` by columns.
struct Curves<'a> {
    theorem: Vec<&'a str>,
    label: Vec<&'a str>,
    round: Vec<Option<f64>>,
    bound: Vec<Option<f64>>,
    observed: Vec<Option<f64>>,
    lower: Vec<Option<f64>>,
    upper: Vec<Option<f64>>,
}

impl<'a> Curves<'a> {
    fn read(table: &'a Columns) -> Result<Self, OutputError> {
        Ok(Self {
            theorem: table.texts("theorem")?,
            label: table.texts("label")?,
            round: table.numbers("round")?,
            bound: table.numbers("bound")?,
            observed: table.numbers("observed")?,
            lower: numbers(table, "lower")?,
            upper: numbers(table, "upper")?,
        })
    }

    /// The panel of one theorem: the slack of all settings, and both sides for each. `false` if no round is recorded.
    fn add(&self, card: &Card, panel: &str, settings: &Settings, data: &mut Data) -> bool {
        let own: Vec<usize> = (0..self.theorem.len()).filter(|row| self.theorem[*row] == card.theorem).collect();
        let labels: Vec<&str> =
            card.rows.iter().map(|row| row.label).filter(|l| own.iter().any(|r| self.label[*r] == *l)).collect();
        if own.iter().filter_map(|row| self.round[*row]).all(|round| round == 0.0) {
            return false;
        }
        let rounds: Vec<f64> = own.iter().filter_map(|row| self.round[*row]).collect();
        let x = Axis { label: "round".into(), scale: checks::scale(&rounds, 0.0), ..Axis::default() };
        let rows_of = |label: &str| own.iter().copied().filter(|row| self.label[*row] == label).collect::<Vec<_>>();
        let curve = |label: &str, name: String, is_bound: bool, points: Vec<(f64, f64)>, band: Vec<(f64, f64)>| Curve {
            key: format!("{name} {label}"),
            label: name,
            look: settings.look(label),
            is_bound,
            series: Series {
                points,
                band,
                mark: Mark::Line,
                end: if is_bound { End::Plain } else { End::Symbol },
                ..Series::default()
            },
        };
        let slack = |row: usize| -> Option<(f64, f64)> {
            let (bound, observed) = (self.bound[row]?, self.observed[row]?);
            // Of two decreases the observed one is the larger.
            let ratio = if bound < 0.0 && observed < 0.0 { observed / bound } else { bound / observed };
            Some((self.round[row]?, ratio))
        };
        let slacks: Vec<Curve> = labels
            .iter()
            .map(|label| {
                let points: Vec<_> = rows_of(label).into_iter().filter_map(slack).filter(|p| p.1.is_finite()).collect();
                curve(label, settings.short(label).to_owned(), false, points, vec![])
            })
            .collect();
        let values: Vec<f64> = slacks.iter().flat_map(|own| own.series.points.iter().map(|(_, y)| *y)).collect();
        let mut charts = vec![(
            "slack|*".to_owned(),
            Chart {
                x: x.clone(),
                y: Axis { label: "bound / observed".into(), scale: checks::scale(&values, 0.0), ..Axis::default() },
                curves: slacks,
                references: vec![("as tight as can be".to_owned(), 1.0)],
                caption: "Above 1 the theorem has room; below 1 its bound is exceeded.".into(),
                ..Chart::default()
            },
        )];
        for label in &labels {
            let rows = rows_of(label);
            let points = |y: &[Option<f64>]| {
                rows.iter().filter_map(|row| Some((self.round[*row]?, y[*row]?))).collect::<Vec<_>>()
            };
            let band: Vec<(f64, f64)> =
                rows.iter().filter_map(|row| Some((self.lower[*row]?, self.upper[*row]?))).collect();
            let (observed, bound) = (points(&self.observed), points(&self.bound));
            let values: Vec<f64> = observed.iter().chain(&bound).map(|(_, y)| *y).collect();
            let band = if band.len() == observed.len() { band } else { Vec::new() };
            let has_band = !band.is_empty();
            charts.push((
                format!("sides|{label}"),
                Chart {
                    x: x.clone(),
                    y: Axis {
                        label: checks::words(card.quantity),
                        scale: checks::scale(&values, f64::NEG_INFINITY),
                        ..Axis::default()
                    },
                    curves: vec![
                        curve(label, "observed".into(), false, observed, band),
                        curve(label, "bound".into(), true, bound, vec![]),
                    ],
                    caption: if has_band {
                        "Observed: the mean over seeds, with its limits."
                    } else {
                        "Observed: the draw that comes closest."
                    }
                    .into(),
                    ..Chart::default()
                },
            ));
        }
        let shows =
            vec![("sides".to_owned(), "bound and observation".to_owned()), ("slack".to_owned(), "slack".to_owned())];
        let names = labels.iter().map(|label| ((*label).to_owned(), settings.short(label).to_owned())).collect();
        let choices = [Choice { label: "Shown", options: shows }, Choice { label: "Setting", options: names }];
        data.panel(panel, &choices, &[], charts);
        true
    }
}

/// The constants that the bounds were computed from, those of all settings first.
fn constants(table: &Columns, settings: &Settings) -> Result<Markup, OutputError> {
    let text = |column: &str| table.texts(column);
    let (label, symbol, value, origin) = (text("label")?, text("symbol")?, text("value")?, text("origin")?);
    let (how, meaning) = (text("how")?, text("meaning")?);
    // Equal constants of several settings are one row.
    let mut rows: Vec<(usize, Vec<&str>)> = Vec::new();
    for row in 0..table.len() {
        let is_same = |other: usize| {
            (symbol[other], value[other], origin[other], how[other], meaning[other])
                == (symbol[row], value[row], origin[row], how[row], meaning[row])
        };
        match rows.iter_mut().find(|(other, _)| is_same(*other)) {
            Some((_, labels)) => labels.push(label[row]),
            None => rows.push((row, vec![label[row]])),
        }
    }
    let place = |row: usize| meaning.iter().position(|own| *own == meaning[row]);
    rows.sort_by_key(|(row, _)| (place(*row), *row));
    let n_settings = label.iter().collect::<std::collections::BTreeSet<_>>().len();
    Ok(html! {
        details.constants {
            summary { "The constants behind the bounds" }
            p.small { "Proved constants follow from the problem; measured ones are the largest along the runs; assumed ones stand in the experiment." }
            (scrolling("Constants", &html! {
                table.plain {
                    thead { tr {
                        th scope="col" { "Constant" } th scope="col" { "Meaning" } th.number scope="col" { "Value" }
                        th scope="col" { "Origin" } th scope="col" { "Found by" } th scope="col" { "Setting" }
                    } }
                    tbody { @for (row, labels) in &rows { tr {
                        th scope="row" { (symbol[*row]) }
                        td { (meaning[*row]) }
                        @match value[*row].parse::<f64>() {
                            Ok(parsed) => td.number title=(value[*row]) { (short(value[*row], parsed)) },
                            Err(_) => td.number { (value[*row]) },
                        }
                        td { (origin[*row]) }
                        td { (how[*row]) }
                        td {
                            @if labels.len() == n_settings { "all" }
                            @else { @for (index, label) in labels.iter().enumerate() { @if index > 0 { ", " } (settings.short(label)) } }
                        }
                    } } }
                }
            }))
        }
    })
}

/// A count as it is, and four digits of any other number.
fn short(text: &str, value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e9 { text.to_owned() } else { number(value, 4) }
}
