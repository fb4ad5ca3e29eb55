//! The figures of a result folder, drawn from its CSVs alone.
//!
//! `rounds.csv` holds the numbers, `plots.csv` says which figures to draw. It does not know what ran, only columns:
//! rows of equal `label` are replicates of one setting and become one line with one band.
//!
//! - The line is the median over the runs of a setting, round by round; with an even number of runs the mean of the
//!   middle two, geometric on a log axis.
//! - The band spans the runs: smallest to largest below ten runs, the middle half (interpolated quartiles) from ten on.
//! - A horizontal axis other than the round shows the mean of that column over the runs, round by round.
//! - A run has diverged from the round on that `summary.csv` says. From there on it counts as +∞ for the median: a line
//!   ends, with a cross, where half of its runs have diverged. Bands span the others.

use super::axis::Scale;
use super::figure::{Axis, End, Figure, Reference, Series};
use super::{OutputError, labels};
use crate::results::plots;
use crate::results::read::Columns;
use crate::results::run::Diverged;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// From this many runs on the band is the middle half of them.
const QUARTILES_FROM: usize = 10;

/// Column, what the axis says, unit.
const LABELS: [(&str, &str, &str); 39] = [
    ("round", "round", ""),
    ("bits", "communicated bits", "bit"),
    ("bits_up", "bits from workers to server", "bit"),
    ("bits_down", "bits from server to workers", "bit"),
    ("seconds", "simulated time", "s"),
    ("loss", "loss f(x)", ""),
    ("suboptimality", "f(x) − f*", ""),
    ("gradient_norm_squared", "‖∇f(x)‖²", ""),
    ("distance_squared", "‖x − x*‖²", ""),
    ("compression_error_mean", "mean of ‖C(p) − p‖²", ""),
    ("compression_error_max", "maximum of ‖C(p) − p‖²", ""),
    ("relative_compression_error_mean", "mean of ‖C(p) − p‖² / ‖p‖²", ""),
    ("relative_compression_error_max", "maximum of ‖C(p) − p‖² / ‖p‖²", ""),
    ("observed_delta_mean", "mean observed δ", ""),
    ("observed_delta_min", "smallest observed δ", ""),
    ("residual_squared_mean", "mean of ‖e‖²", ""),
    ("residual_squared_max", "maximum of ‖e‖²", ""),
    ("assumption_one_xi", "ξ of Assumption 1", ""),
    ("virtual_distance", "distance from the virtual iterate", ""),
    ("entries_mean", "entries sent per worker", ""),
    ("n_workers", "workers", ""),
    ("step_size", "step size γ", ""),
    ("step_size_of_round", "step size γ", ""),
    ("scaling_efficiency", "scaling efficiency", ""),
    ("k", "k", ""),
    ("kappa", "k/d", ""),
    ("magnitude_squared", "π²: squared magnitude over the largest", ""),
    ("fraction_left", "‖p − TopK(p)‖² / ‖p‖²", ""),
    ("relative_error", "‖p − TopK(p)‖ / ‖p‖", ""),
    ("linear", "1 − k/d", ""),
    ("square", "(1 − k/d)²", ""),
    ("cube", "(1 − k/d)³", ""),
    ("alpha", "α: improvement kept with values", ""),
    ("beta", "β: improvement kept with signs", ""),
    ("omega", "ω: improvement kept with sampling", ""),
    ("efficiency", "α / C: improvement per second", ""),
    ("efficiency_with_signs", "β / C: improvement per second", ""),
    ("efficiency_stochastic", "ω / C: improvement per second", ""),
    ("test_accuracy", "test accuracy", ""),
];

/// One row of `plots.csv`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Request {
    pub(super) file: String,
    pub(super) title: String,
    pub(super) x: String,
    pub(super) y: String,
    pub(super) x_scale: Scale,
    pub(super) y_scale: Scale,
    /// Column and value; all must be so.
    pub(super) filter: Vec<(String, String)>,
    /// The CSV that holds the columns, without extension.
    pub(super) table: String,
    pub(super) also: Vec<String>,
    /// The columns that tell lines apart; `label` where there are none.
    pub(super) lines: Vec<String>,
    /// Column and limit: of each run the first row at the limit or below.
    pub(super) reaching: Option<(String, f64)>,
    /// Who asks, for errors about columns.
    pub(super) requested_by: String,
}

/// What a result folder requests.
pub(super) fn requests_of(dir: &Path, rounds: &Columns) -> Result<Vec<Request>, OutputError> {
    let plots = dir.join("plots.csv");
    if plots.exists() { requests(&Columns::read(&plots)?) } else { default_requests(rounds) }
}

/// One figure of rows in the form of `rounds.csv`.
///
/// # Errors
/// A column is missing, or a cell is not a number.
pub fn curves(
    rounds: &Columns,
    diverged: &Diverged,
    (x, x_scale): (&str, Scale),
    (y, y_scale): (&str, Scale),
) -> Result<Figure, OutputError> {
    let (x, y) = (x.to_owned(), y.to_owned());
    figure(rounds, diverged, &Request { x, y, x_scale, y_scale, ..Request::default() })
}

/// The rows of `plots.csv`.
fn requests(rows: &Columns) -> Result<Vec<Request>, OutputError> {
    let (file, title) = (rows.texts("file")?, rows.texts("title")?);
    let (x, y, filter) = (rows.texts("x")?, rows.texts("y")?, rows.texts("filter")?);
    let scales = |column| rows.typed(column, "scale: `linear` or `log`", |cell| cell.parse::<Scale>().ok());
    let (x_scale, y_scale) = (scales("x_scale")?, scales("y_scale")?);
    // Columns that a file of an earlier version lacks.
    let optional = |column| if rows.has(column) { rows.texts(column) } else { Ok(vec![""; rows.len()]) };
    let (table, also) = (optional("table")?, optional("also")?);
    let (lines, reaching) = (optional("lines")?, optional("reaching")?);
    let mut requests: Vec<Request> = vec![];
    for row in 0..rows.len() {
        if !plots::is_file_name(file[row]) {
            return Err(rows.cell_error(row, "file", "file name without folder").into());
        }
        if requests.iter().any(|earlier| earlier.file == file[row]) {
            return Err(rows.cell_error(row, "file", "new name: an earlier row has it").into());
        }
        for (column, cell) in [("x", x[row]), ("y", y[row])] {
            if cell.is_empty() {
                return Err(rows.cell_error(row, column, "column of rounds.csv").into());
            }
        }
        let filter = plots::conditions(filter[row])
            .ok_or_else(|| rows.cell_error(row, "filter", "filter: `column=value` or empty"))?;
        if !["", "rounds", "curves"].contains(&table[row]) {
            return Err(rows.cell_error(row, "table", "table: `rounds` or `curves`").into());
        }
        let condition = plots::limit(reaching[row])
            .ok_or_else(|| rows.cell_error(row, "reaching", "condition: `column <= number` or empty"))?;
        let names = |cell: &str| cell.split_whitespace().map(str::to_owned).collect();
        requests.push(Request {
            file: file[row].to_owned(),
            title: title[row].to_owned(),
            x: x[row].to_owned(),
            y: y[row].to_owned(),
            x_scale: x_scale[row].unwrap_or_default(),
            y_scale: y_scale[row].unwrap_or_default(),
            filter,
            table: table[row].to_owned(),
            also: names(also[row]),
            lines: names(lines[row]),
            reaching: condition,
            requested_by: format!(" (requested by plots.csv:{})", rows.line(row)),
        });
    }
    Ok(requests)
}

/// What is drawn when no `plots.csv` says it: what columns with values allow.
fn default_requests(rounds: &Columns) -> Result<Vec<Request>, OutputError> {
    let mut with_values = Vec::new();
    for column in rounds.names() {
        let is_some = |value: Option<f64>| value.is_some_and(f64::is_finite);
        if plots::DEFAULT_COLUMNS.contains(&column.as_str()) && rounds.numbers(column)?.into_iter().any(is_some) {
            with_values.push(column.as_str());
        }
    }
    let defaults = plots::defaults(|column| with_values.contains(&column));
    if defaults.is_empty() {
        let all = " with a value, nor `gradient_norm_squared`, nor `loss`, and there is no plots.csv";
        return Err(rounds.missing("suboptimality", all).into());
    }
    let scale = |is_log| if is_log { Scale::Log } else { Scale::Linear };
    let request = |plot: plots::DefaultPlot| Request {
        file: plots::file_name(plot.y, plot.x),
        x: plot.x.to_owned(),
        y: plot.y.to_owned(),
        x_scale: scale(plot.x_is_log),
        y_scale: Scale::Log,
        ..Request::default()
    };
    Ok(defaults.into_iter().map(request).collect())
}

/// One recorded round of one run.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The round; of lines that are not over rounds the rank of x among all x.
    round: u64,
    x: Option<f64>,
    y: Option<f64>,
}

/// One run, its entries by ascending round.
#[derive(Debug, Default)]
struct Run {
    seed: String,
    entries: Vec<Entry>,
    /// The round from which on it has diverged.
    diverged_from: Option<u64>,
}

/// The replicates of one setting.
#[derive(Debug, Default)]
struct Setting<'a> {
    label: String,
    /// By run, and by the round of a curve.
    runs: BTreeMap<(&'a str, &'a str), Run>,
    seeds: BTreeSet<&'a str>,
    /// Values that belong to no x: a level across the figure.
    level: Vec<f64>,
}

/// A figure by itself: its legend leaves out what all lines share, and the caption says it.
pub(super) fn alone(rounds: &Columns, diverged: &Diverged, request: &Request) -> Result<Figure, OutputError> {
    let mut found = settings(rounds, diverged, request)?;
    // Names of chosen columns hold no more than was chosen.
    if !request.lines.is_empty() {
        return compose(rounds, request, &found);
    }
    let labels: Vec<&str> = found.iter().map(|setting| setting.label.as_str()).collect();
    let (short, left_out) = labels::shorten(&labels);
    found.iter_mut().zip(short).for_each(|(setting, label)| setting.label = label);
    let mut figure = compose(rounds, request, &found)?;
    figure.caption.push_str(&labels::note(&left_out));
    Ok(figure)
}

/// One figure of the rows that the request's filter lets through, with whole labels.
pub(super) fn figure(rounds: &Columns, diverged: &Diverged, request: &Request) -> Result<Figure, OutputError> {
    compose(rounds, request, &settings(rounds, diverged, request)?)
}

fn compose(rounds: &Columns, request: &Request, found: &[Setting<'_>]) -> Result<Figure, OutputError> {
    let is_over_rounds = request.is_over_rounds();
    let n_runs = |setting: &Setting| if is_over_rounds { setting.runs.len() } else { setting.seeds.len() };
    let most = found.iter().map(n_runs).max().unwrap_or(0);
    let least = found.iter().map(n_runs).min().unwrap_or(0);
    let all_runs = || found.iter().flat_map(|setting| setting.runs.values());
    let n_diverged = all_runs().filter(|run| run.diverged_from.is_some()).count();
    let is_by_seed = found.iter().all(|setting| setting.seeds.len() == n_runs(setting));

    let log = request.y_scale == Scale::Log;
    let quartiles = most >= QUARTILES_FROM;
    let noun = match (is_by_seed, most) {
        (true, 1) => "seed",
        (true, _) => "seeds",
        (false, 1) => "run",
        (false, _) => "runs",
    };
    let mut caption = match (least, most) {
        (_, 0) => "no row passes the filter".to_owned(),
        (_, 1) => format!("line: a single {noun}"),
        (least, most) if least == most => format!("line: median over {most} {noun}"),
        (least, most) => format!("line: median over {least} to {most} {noun}"),
    };
    if log && found.iter().any(|setting| n_runs(setting) > 0 && n_runs(setting).is_multiple_of(2)) {
        caption.push_str(" (geometric mean of the middle two)");
    }
    if most > 1 {
        caption.push_str(if quartiles { "; band: middle half" } else { "; band: min to max" });
    }
    if n_diverged > 0 {
        // Writing to a string cannot fail.
        let _ = write!(caption, "; ×: diverged ({n_diverged} of {} runs)", all_runs().count());
    }
    if let Some((column, limit)) = &request.reaching {
        let _ = write!(
            caption,
            "; at the first record with {} ≤ {}, none where half of the runs do not get there",
            axis(column, Scale::Linear).label,
            limit
        );
    }
    let is_drawn = |setting: &&Setting| is_over_rounds || setting.level.is_empty();
    let mut lines: Vec<Series> = found.iter().filter(is_drawn).map(|setting| series(setting, log, quartiles)).collect();
    if let ([line], false) = (&mut lines[..], request.also.is_empty()) {
        // Beside other columns a line alone is its column, not its setting.
        line.label = axis(&request.y, Scale::Linear).label;
    }
    let references = found.iter().filter(|setting| !is_drawn(setting)).map(|setting| {
        let mut level = setting.level.clone();
        level.sort_by(f64::total_cmp);
        Reference { label: setting.label.clone(), y: quantile(&level, 0.5 * (level.len() - 1) as f64, log) }
    });
    let references = references.filter(|reference| reference.y.is_finite()).collect();
    for column in &request.also {
        let request = Request { y: column.clone(), ..request.clone() };
        let all = on_one_line(settings(rounds, &Diverged::new(), &request)?, axis(column, Scale::Linear).label);
        lines.push(Series { band: vec![], end: End::Plain, ..series(&all, log, quartiles) });
    }
    Ok(Figure {
        title: request.title.clone(),
        x: axis(&request.x, request.x_scale),
        y: axis(&request.y, request.y_scale),
        series: lines,
        references,
        caption,
        ..Figure::default()
    })
}

/// Every run by itself, in the order of their labels: the setting's label, the seed, and its points up to divergence.
pub(super) fn single_runs(
    rounds: &Columns,
    diverged: &Diverged,
    request: &Request,
) -> Result<Vec<(String, String, Series)>, OutputError> {
    let settings = settings(rounds, diverged, request)?;
    let single = |label: &str, run: &Run| {
        let fine = run.entries.iter().take_while(|entry| run.diverged_from.is_none_or(|from| entry.round < from));
        let end = if run.diverged_from.is_some() { End::Diverged } else { End::Plain };
        let points = fine.filter_map(|entry| entry.x.zip(entry.y)).collect();
        (label.to_owned(), run.seed.clone(), Series { label: label.to_owned(), points, end, ..Series::default() })
    };
    let all = settings.iter().flat_map(|own| own.runs.values().map(move |run| single(&own.label, run)));
    Ok(all.collect())
}

impl Request {
    /// Whether rows are distinguished by their round: lines of one label from `rounds.csv`.
    pub(super) fn is_over_rounds(&self) -> bool {
        self.table != "curves" && self.lines.is_empty() && self.reaching.is_none()
    }
}

/// All rows as one line, their median where they differ.
fn on_one_line(settings: Vec<Setting<'_>>, label: String) -> Setting<'_> {
    let mut one = Setting { label, ..Setting::default() };
    for setting in settings {
        one.seeds.extend(setting.seeds);
        one.runs.extend(setting.runs);
    }
    one
}

/// The axis of a column: the words of the table, or the name of the column.
pub(super) fn axis(column: &str, scale: Scale) -> Axis {
    // An axis of the grid is called by its last word: `k` for `method.compressor.k`.
    let name = column.rsplit('.').next().unwrap_or(column);
    let known = LABELS.iter().find(|(known, ..)| *known == name);
    let (label, unit) = known.map_or((name.replace('_', " "), ""), |(_, label, unit)| ((*label).to_owned(), *unit));
    Axis { label, unit: unit.to_owned(), scale }
}

/// The rows that pass the filter, by label in the order of the file, and by run.
fn settings<'a>(rounds: &'a Columns, diverged: &Diverged, request: &Request) -> Result<Vec<Setting<'a>>, OutputError> {
    let ask =
        |column: &str| if rounds.has(column) { Ok(()) } else { Err(rounds.missing(column, &request.requested_by)) };
    ask(&request.x)?;
    ask(&request.y)?;
    let (x, y) = (rounds.numbers(&request.x)?, rounds.numbers(&request.y)?);
    let (labels, runs, round) = (rounds.texts("label")?, rounds.texts("run")?, rounds.counts("round")?);
    let seeds = if rounds.has("seed") { rounds.texts("seed")? } else { runs.clone() };
    let mut passes = vec![true; rounds.len()];
    for (column, value) in &request.filter {
        ask(column)?;
        let cells = rounds.texts(column)?;
        passes.iter_mut().zip(cells).for_each(|(passes, cell)| *passes &= is_same(cell, value));
    }
    let is_over_rounds = request.is_over_rounds();
    let names: Vec<Vec<&str>> = request
        .lines
        .iter()
        .map(|column| {
            ask(column)?;
            rounds.texts(column)
        })
        .collect::<Result<_, _>>()?;
    let reached = match &request.reaching {
        None => None,
        Some((column, limit)) => {
            ask(column)?;
            let is_there = |value: Option<f64>| value.is_some_and(|value| value <= *limit);
            Some(first_rows(&runs, rounds.numbers(column)?.into_iter().map(is_there)))
        }
    };
    let mut ranks: Vec<f64> = (0..rounds.len()).filter(|row| passes[*row]).filter_map(|row| x[row]).collect();
    ranks.sort_by(f64::total_cmp);
    ranks.dedup();
    let is_curve = request.table == "curves";
    let round_texts = rounds.texts("round")?;

    let mut settings: Vec<Setting> = vec![];
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for row in (0..rounds.len()).filter(|&row| passes[row]) {
        let (x, mut y) = (x[row], y[row]);
        if let Some(first) = &reached {
            match first.get(runs[row]) {
                Some((first, true)) if *first == row => {}
                // The last row of a run that never gets there stands for it.
                Some((last, false)) if *last == row => y = None,
                _ => continue,
            }
        }
        let label = if request.lines.is_empty() {
            labels[row].to_owned()
        } else {
            line_label(request.lines.iter().map(String::as_str).zip(names.iter().map(|cells| cells[row])))
        };
        let Some(round) = round[row] else {
            return Err(rounds.cell_error(row, "round", "count (an integer from 0)").into());
        };
        let place = *places.entry(label.clone()).or_insert(settings.len());
        if place == settings.len() {
            settings.push(Setting { label, ..Setting::default() });
        }
        let setting = &mut settings[place];
        setting.seeds.insert(seeds[row]);
        if !is_over_rounds && x.is_none() {
            setting.level.push(y.unwrap_or(f64::INFINITY));
            continue;
        }
        let run = setting.runs.entry((runs[row], if is_curve { round_texts[row] } else { "" })).or_default();
        let round = if is_over_rounds {
            round
        } else {
            let place = x.and_then(|x| ranks.binary_search_by(|rank| rank.total_cmp(&x)).ok());
            place.map_or(0, |place| place as u64)
        };
        seeds[row].clone_into(&mut run.seed);
        run.diverged_from = diverged.get(runs[row]).copied().filter(|_| is_over_rounds);
        if run.entries.last().is_some_and(|last| last.round >= round) {
            return Err(rounds.cell_error(row, "round", "later round than the one before it of the same run").into());
        }
        if !is_over_rounds && reached.is_some() && y.is_none() {
            // Counted where it would have stood.
            y = Some(f64::INFINITY);
        }
        run.entries.push(Entry { round, x, y });
    }
    Ok(settings)
}

/// For each run its first row that is there, or its last row and `false`.
fn first_rows<'a>(runs: &[&'a str], is_there: impl Iterator<Item = bool>) -> BTreeMap<&'a str, (usize, bool)> {
    let mut first: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    for (row, (run, is_there)) in runs.iter().zip(is_there).enumerate() {
        let found = first.entry(run).or_insert((row, is_there));
        if !found.1 {
            *found = (row, is_there);
        }
    }
    first
}

/// The name of a line: texts as they are, numbers after the last word of their column.
fn line_label<'a>(cells: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let words = cells.filter(|(_, cell)| !cell.is_empty()).map(|(column, cell)| {
        let name = column.rsplit('.').next().unwrap_or(column).replace('_', " ");
        match (cell.parse::<f64>(), name.as_str()) {
            (Err(_), _) => cell.to_owned(),
            (Ok(_), "round") => format!("round {cell}"),
            (Ok(_), _) => format!("{name} = {cell}"),
        }
    });
    let label = words.collect::<Vec<_>>().join(", ");
    if label.is_empty() { "all".to_owned() } else { label }
}

/// Whether a cell passes a filter: the same text, or the same number written differently.
fn is_same(cell: &str, value: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    cell.trim() == value || number(cell).is_some_and(|cell| number(value) == Some(cell))
}

/// The line and the band of one setting.
fn series(setting: &Setting, log: bool, quartiles: bool) -> Series {
    let mut series = Series { label: setting.label.clone(), ..Series::default() };
    let grid: BTreeSet<u64> =
        setting.runs.values().flat_map(|run| &run.entries).filter(|e| e.y.is_some()).map(|e| e.round).collect();
    let mut cursors: Vec<(&Run, usize)> = setting.runs.values().map(|run| (run, 0)).collect();
    for round in grid {
        let (mut xs, mut ys, mut n_diverged, mut n_never) = (vec![], vec![], 0, 0);
        for (run, cursor) in &mut cursors {
            while run.entries.get(*cursor).is_some_and(|entry| entry.round < round) {
                *cursor += 1;
            }
            if run.diverged_from.is_some_and(|from| from <= round) {
                n_diverged += 1;
                continue;
            }
            let entry = run.entries.get(*cursor).filter(|entry| entry.round == round);
            if let Some((x, y)) = entry.and_then(|entry| entry.x.zip(entry.y)) {
                if y == f64::INFINITY {
                    n_never += 1;
                    continue;
                }
                if y.is_finite() {
                    xs.push(x);
                    ys.push(y);
                }
            }
        }
        // A run that diverged counts as larger than all others.
        let n_counted = ys.len() + n_diverged;
        if 2 * n_diverged >= n_counted {
            if n_diverged > 0 {
                series.end = End::Diverged;
                break;
            }
            continue;
        }
        // Half of the runs never get there: there is no median.
        if ys.len() <= n_never {
            continue;
        }
        ys.sort_by(f64::total_cmp);
        series
            .points
            .push((xs.iter().sum::<f64>() / xs.len() as f64, quantile(&ys, 0.5 * (n_counted - 1) as f64, log)));
        let last = (ys.len() - 1) as f64;
        series.band.push(if quartiles {
            (quantile(&ys, 0.25 * last, log), quantile(&ys, 0.75 * last, log))
        } else {
            (ys[0], ys[ys.len() - 1])
        });
    }
    // Half of the runs may diverge after the last round that any other run records.
    let n_diverged = setting.runs.values().filter(|run| run.diverged_from.is_some()).count();
    if 2 * n_diverged >= setting.runs.len() && n_diverged > 0 {
        series.end = End::Diverged;
    }
    if setting.runs.len() == 1 || setting.seeds.len() == 1 {
        series.band.clear();
    }
    if series.points.is_empty() && !series.label.is_empty() {
        series.label.push_str(if n_diverged > 0 { " (diverged at once)" } else { " (no value)" });
    }
    series
}

/// The value at a fractional place of an ascending list, interpolated: geometrically on a log axis.
fn quantile(sorted: &[f64], place: f64, log: bool) -> f64 {
    let (below, weight) = (place.floor() as usize, place.fract());
    let low = sorted[below];
    if weight == 0.0 {
        return low;
    }
    let high = sorted[below + 1];
    if log && low > 0.0 {
        return (low.ln() * (1.0 - weight) + high.ln() * weight).exp();
    }
    low * (1.0 - weight) + high * weight
}
