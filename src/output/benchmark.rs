//! The figures of a benchmark, drawn from its tables alone: a roofline, the distance from the limit, and how time grows.

use super::OutputError;
use super::axis::Scale;
use super::figure::{Axis, End, Figure, Mark, Reference, Series};
use crate::results::read::Columns;
use std::path::Path;

/// Work on more bytes than this is drawn as work in memory, work on less than the second as work in cache.
const IN_MEMORY: f64 = 64e6;
const IN_CACHE: f64 = 2e6;

/// The size of vectors at which the bandwidth of caches is read off.
const CACHE_SIZE: u64 = 1 << 18;

/// Operations per byte at the ends of the roofline.
const INTENSITIES: (f64, f64) = (0.03, 30.0);

/// The figures of a folder with the tables of a benchmark, each with the name of its file; those whose table is absent
/// are left out.
///
/// # Errors
/// [`OutputError`]: an unreadable or malformed CSV, a missing column.
pub(super) fn figures(dir: &Path) -> Result<Vec<(String, Figure)>, OutputError> {
    let table = |name: &str| {
        let path = dir.join(name);
        path.exists().then(|| Columns::read(&path)).transpose()
    };
    let (limits, selection) = (table("limits.csv")?, table("selection.csv")?);
    let mut figures = Vec::new();
    if let Some(limits) = &limits {
        let works: Vec<Columns> = [selection.clone(), table("simulation.csv")?].into_iter().flatten().collect();
        figures.push(("roofline".to_owned(), roofline(limits, &works)?));
        figures.push(("bandwidth".to_owned(), bandwidth(limits)?));
    }
    if let Some(selection) = &selection {
        figures.push(("selection".to_owned(), distance(selection)?));
    }
    if let Some(scaling) = table("scaling.csv")? {
        figures.push(("scaling-workers".to_owned(), scale(&scaling, "n_workers", "workers n")?));
        figures.push(("scaling-dimension".to_owned(), scale(&scaling, "dim", "dimension d")?));
    }
    Ok(figures)
}

/// Whether a folder holds tables of a benchmark.
pub(super) fn is_one(dir: &Path) -> bool {
    ["limits.csv", "selection.csv", "operators.csv", "scaling.csv"].iter().any(|table| dir.join(table).exists())
}

/// A limit as the table has it: name, threads, bytes of the vectors, and bytes or operations per second.
fn rates(limits: &Columns) -> Result<Vec<(&str, u64, u64, f64)>, OutputError> {
    let (names, threads, sizes) = (limits.texts("limit")?, limits.counts("threads")?, limits.counts("size")?);
    let (bytes, operations, seconds) =
        (limits.numbers("bytes")?, limits.numbers("operations")?, limits.numbers("seconds")?);
    let rows = (0..limits.len()).filter_map(|row| {
        let moved = if names[row] == "arithmetic" { operations[row]? } else { bytes[row]? };
        Some((names[row], threads[row]?, sizes[row]?, moved / seconds[row]?))
    });
    Ok(rows.collect())
}

fn roofline(limits: &Columns, works: &[Columns]) -> Result<Figure, OutputError> {
    let rates = rates(limits)?;
    let largest = rates.iter().map(|(_, _, size, _)| *size).max().unwrap_or_default();
    let most_threads = rates.iter().map(|(_, threads, ..)| *threads).max().unwrap_or(1);
    // The fastest pass of a size is its limit; arithmetic has the size 0.
    let rate = |threads: u64, size: u64| {
        let own = rates.iter().filter(|own| (own.1, own.2) == (threads, size)).map(|own| own.3);
        own.reduce(f64::max)
    };
    let mut series = Vec::new();
    let mut roofs = vec![
        ("roof: one thread, memory".to_owned(), 1, largest),
        ("roof: one thread, cache".to_owned(), 1, CACHE_SIZE),
    ];
    if most_threads > 1 {
        roofs.insert(1, (format!("roof: {most_threads} threads, memory"), most_threads, largest));
    }
    for (label, threads, size) in roofs {
        let Some((bandwidth, peak)) = rate(threads, size).zip(rate(threads, 0)) else { continue };
        let (from, to) = INTENSITIES;
        let ridge = (peak / bandwidth).clamp(from, to);
        let points = [from, ridge, to].map(|intensity| (intensity, peak.min(bandwidth * intensity)));
        series.push(Series { label, points: points.into(), end: End::Plain, ..Series::default() });
    }
    let mut found: Vec<Series> = Vec::new();
    for work in works {
        let (names, sizes) = (work.texts("name")?, work.numbers("bytes")?);
        let (threads, operations, seconds) =
            (work.counts("threads")?, work.numbers("operations")?, work.numbers("seconds")?);
        for row in 0..work.len() {
            let words = match names[row] {
                "cold" => "exact top-k",
                "step" => "error-feedback step",
                "round" => "round of the simulator",
                _ => continue,
            };
            let (Some(1), Some(bytes), Some(operations), Some(seconds)) =
                (threads[row], sizes[row], operations[row], seconds[row])
            else {
                continue;
            };
            let place = match names[row] {
                "round" => "",
                _ if bytes > IN_MEMORY => ", memory",
                _ if bytes < IN_CACHE => ", cache",
                _ => continue,
            };
            let label = format!("{words}{place}");
            let point = (operations / bytes, operations / seconds);
            match found.iter_mut().find(|series| series.label == label) {
                Some(series) => series.points.push(point),
                None => {
                    found.push(Series { label, points: vec![point], mark: Mark::Points, ..Series::default() });
                }
            }
        }
    }
    series.extend(found);
    Ok(Figure {
        title: "Operations per second under the limits of the machine".into(),
        x: Axis { label: "operations per byte that must be moved".into(), scale: Scale::Log, ..Axis::default() },
        y: Axis { label: "operations per second".into(), scale: Scale::Log, ..Axis::default() },
        series,
        caption: "points of one kind: single and double precision, three k/d; one thread".into(),
        ..Figure::default()
    })
}

fn bandwidth(limits: &Columns) -> Result<Figure, OutputError> {
    let rates = rates(limits)?;
    let mut series: Vec<Series> = Vec::new();
    for (name, threads, size, rate) in rates.into_iter().filter(|(_, _, size, _)| *size > 0) {
        let plural = if threads == 1 { "thread" } else { "threads" };
        let label = format!("{name}, {threads} {plural}");
        let point = (size as f64, rate);
        match series.iter_mut().find(|series| series.label == label) {
            Some(series) => series.points.push(point),
            None => series.push(Series { label, points: vec![point], ..Series::default() }),
        }
    }
    Ok(Figure {
        title: "What the machine moves per second".into(),
        x: Axis { label: "size of the vectors together".into(), unit: "B".into(), scale: Scale::Log },
        y: Axis { label: "moved per second".into(), unit: "B/s".into(), scale: Scale::Log },
        series,
        caption: "median over turns; what is read before it can be written is not counted".into(),
        ..Figure::default()
    })
}

/// Seconds over those of the limit against d, single precision on one thread.
fn distance(selection: &Columns) -> Result<Figure, OutputError> {
    let (names, numbers, settings) =
        (selection.texts("name")?, selection.texts("numbers")?, selection.texts("setting")?);
    let (dims, threads) = (selection.numbers("dim")?, selection.counts("threads")?);
    let column = |name| selection.numbers(name);
    let (times, least, most) = (column("times_of_limit")?, column("times_least")?, column("times_most")?);
    let mut series: Vec<Series> = Vec::new();
    for row in 0..selection.len() {
        let words = match names[row] {
            "cold" => "top-k over read",
            "step" => "step over update",
            _ => continue,
        };
        if numbers[row] != "f32" || threads[row] != Some(1) {
            continue;
        }
        let (Some(dim), Some(times), Some(least), Some(most)) = (dims[row], times[row], least[row], most[row]) else {
            continue;
        };
        let label = format!("{words}, {}", settings[row]);
        let place = series.iter().position(|series| series.label == label).unwrap_or_else(|| {
            series.push(Series { label, ..Series::default() });
            series.len() - 1
        });
        series[place].points.push((dim, times));
        series[place].band.push((least, most));
    }
    series.sort_by(|a, b| b.label.cmp(&a.label));
    Ok(Figure {
        title: "Exact top-k over the pass that it cannot avoid".into(),
        x: Axis { label: "dimension d".into(), scale: Scale::Log, ..Axis::default() },
        y: Axis { label: "time over that of the limit".into(), scale: Scale::Log, ..Axis::default() },
        series,
        references: vec![Reference { label: "the limit".into(), y: 1.0 }],
        caption: "single precision, one thread; line: median of the ratios within a turn; band: min to max".into(),
        ..Figure::default()
    })
}

fn scale(scaling: &Columns, axis: &str, label: &str) -> Result<Figure, OutputError> {
    let (axes, sizes) = (scaling.texts("axis")?, scaling.numbers(axis)?);
    let column = |name| scaling.numbers(name);
    let (seconds, least, most) = (column("seconds")?, column("seconds_least")?, column("seconds_most")?);
    let own = (0..scaling.len()).filter(|&row| axes[row] == axis);
    let points: Vec<((f64, f64), (f64, f64))> =
        own.filter_map(|row| Some(((sizes[row]?, seconds[row]?), (least[row]?, most[row]?)))).collect();
    let measured: Vec<(f64, f64)> = points.iter().map(|(point, _)| *point).collect();
    let linear = measured.last().map_or_else(Vec::new, |(size, seconds)| {
        measured.iter().map(|(own, _)| (*own, seconds * own / size)).collect()
    });
    Ok(Figure {
        title: "Seconds of a round".into(),
        x: Axis { label: label.into(), scale: Scale::Log, ..Axis::default() },
        y: Axis { label: "time of a round".into(), unit: "s".into(), scale: Scale::Log },
        series: vec![
            Series { label: "linear".into(), points: linear, end: End::Plain, ..Series::default() },
            Series {
                label: "measured".into(),
                points: measured,
                band: points.iter().map(|(_, band)| *band).collect(),
                ..Series::default()
            },
        ],
        caption: "error feedback with top-k, k = 0.001 d, one thread; band: min to max over turns".into(),
        ..Figure::default()
    })
}
