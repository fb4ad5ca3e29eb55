//! `gradsieve bench`: how far selection, operators and simulator are from the limits of this machine.

use super::Failure;
use super::arguments::{command, parse_threads};
use super::terminal::{seconds, width};
use crate::benchmark::limits::Limit;
use crate::benchmark::operators::{Exchange, N_WORKERS};
use crate::benchmark::simulation::{Scale, exponent};
use crate::benchmark::{Bench, PARTS, Row, Turns, limits, operators, provenance, selection, simulation, write};
use crate::output::number::{engineering, significant};
use crate::output::table::Table;
use crate::store::{StoreError, write_whole};
use indicatif::ProgressBar;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// What to measure.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve bench                          everything, one minute on an idle machine
  gradsieve bench --quick                  smaller vectors and fewer turns, some seconds
  gradsieve bench selection --all          exact top-k alone, every row
  gradsieve bench --out results/laptop

Parts:
  limits      bytes that can be read, copied and updated per second, and operations in registers
  selection   exact top-k, and the fused step of error feedback
  operators   every compressor, and what its message saves on a network
  simulation  rounds of the simulator, and what recording costs
  scaling     seconds of a round against the number of workers and the dimension

Works that are compared take turns within one run; medians are reported, with the range of the ratios within a turn. \
Close other programs: they disturb both sides of a ratio, but not always equally.")]
pub(super) struct BenchArguments {
    /// Parts to measure; all when absent.
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(PARTS), hide_possible_values = true)]
    parts: Vec<String>,
    /// Smaller vectors and fewer turns.
    #[arg(long)]
    quick: bool,
    /// Threads beside the single one; all cores when absent.
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    threads: Option<NonZeroUsize>,
    /// The result folder; by default results/benchmarks, with -quick and the parts at its end where not everything is
    /// measured at full size.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Draw no plots.
    #[arg(long)]
    no_plots: bool,
    /// Print every row, and not only the most telling ones.
    #[arg(long)]
    all: bool,
    /// Print nothing but errors.
    #[arg(long, short)]
    quiet: bool,
}

impl BenchArguments {
    /// Where the tables go: what is measured in part does not replace what was measured as a whole.
    fn folder(&self) -> PathBuf {
        let quick = self.quick.then_some("quick");
        let parts = PARTS.iter().copied().filter(|part| self.parts.iter().any(|own| own == part));
        let words = ["results/benchmarks"].into_iter().chain(parts).chain(quick);
        self.out.clone().unwrap_or_else(|| words.collect::<Vec<_>>().join("-").into())
    }
}

/// What was measured.
#[derive(Debug, Default)]
struct Found {
    limits: Vec<Limit>,
    selection: Vec<Row>,
    operators: Vec<Row>,
    exchanges: Vec<Exchange>,
    simulation: Vec<Row>,
    scaling: Vec<Scale>,
}

/// Measures, writes the tables and prints what was found.
pub(super) fn run(arguments: &BenchArguments) -> Result<(), Failure> {
    let threads = arguments.threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let (one, all) = (pool(1)?, pool(threads)?);
    let counted = if arguments.quick { 5 } else { 31 };
    let bench = Bench {
        turns: Turns { stopwatch: &seconds, warm_up: 2, counted },
        one: &one,
        all: (threads > 1).then_some(&all),
        quick: arguments.quick,
    };
    let folder = arguments.folder();
    std::fs::create_dir_all(&folder).map_err(StoreError::io("create the folder", &folder))?;
    write_whole(&folder.join("provenance.json"), |out| writeln!(out, "{:#}", provenance(&command())))?;
    let progress = if arguments.quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
    let found = measure(arguments, &folder, &bench, &progress)?;
    progress.finish_and_clear();
    let n_figures = if arguments.no_plots { 0 } else { crate::output::draw::draw(&folder)?.len() };
    if arguments.quiet {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    for table in tables(&found, arguments.all) {
        writeln!(out, "{}", table.plain(width()))?;
    }
    writeln!(out, "{}", words(&found))?;
    let hint = if arguments.all { "" } else { " --all prints every row." };
    writeln!(out, "Tables and {n_figures} plot files are in {}.{hint}", folder.display())?;
    Ok(())
}

/// Runs the parts one after the other, and writes the table of each as soon as it is complete.
fn measure(
    arguments: &BenchArguments,
    folder: &Path,
    bench: &Bench<'_>,
    progress: &ProgressBar,
) -> Result<Found, Failure> {
    let is_wanted = |part: &str| arguments.parts.is_empty() || arguments.parts.iter().any(|own| own == part);
    let path = |name: &str| folder.join(name);
    let mut report = |what: &str| {
        progress.set_message(what.to_owned());
        progress.tick();
    };
    let mut found = Found::default();
    if is_wanted("limits") {
        report("limits of the machine");
        found.limits = limits::run(bench);
        write(&path("limits.csv"), &found.limits)?;
    }
    if is_wanted("selection") {
        found.selection = selection::run(bench, &mut report)?;
        write(&path("selection.csv"), &found.selection)?;
    }
    if is_wanted("operators") {
        report("operators");
        (found.operators, found.exchanges) = operators::run(bench)?;
        write(&path("operators.csv"), &found.operators)?;
        write(&path("network.csv"), &found.exchanges)?;
    }
    if is_wanted("simulation") {
        found.simulation = simulation::run(bench, &mut report)?;
        write(&path("simulation.csv"), &found.simulation)?;
    }
    if is_wanted("scaling") {
        found.scaling = simulation::scaling(bench, &mut report)?;
        write(&path("scaling.csv"), &found.scaling)?;
    }
    Ok(found)
}

/// A table for each part that was measured.
fn tables(found: &Found, all: bool) -> Vec<Table> {
    let mut tables = Vec::new();
    if !found.limits.is_empty() {
        tables.push(limits_table(&found.limits, all));
    }
    let telling = |row: &&Row| all || (row.numbers == "f32" && ["cold", "step", "update"].contains(&&*row.name));
    let selection: Vec<&Row> = found.selection.iter().filter(telling).collect();
    let simulation: Vec<&Row> = found.simulation.iter().collect();
    for rows in [selection, simulation] {
        if !rows.is_empty() {
            tables.push(rows_table(&rows));
        }
    }
    if !found.exchanges.is_empty() {
        tables.push(exchanges_table(&found.operators, &found.exchanges));
    }
    tables
}

fn limits_table(limits: &[Limit], all: bool) -> Table {
    let largest = limits.iter().map(|limit| limit.size).max().unwrap_or_default();
    let mut table = Table::new(["limit", "threads", "size", "per second"]);
    for limit in limits.iter().filter(|limit| all || limit.size == 0 || limit.size == largest || limit.size == 1 << 18)
    {
        let (size, rate) = match limit.limit {
            "arithmetic" => (String::new(), engineering(limit.operations / limit.seconds, "op")),
            _ => (engineering(limit.size as f64, "B"), engineering(limit.bandwidth(), "B")),
        };
        table.row([limit.limit.to_owned(), limit.threads.to_string(), size, rate]);
    }
    table
}

fn rows_table(rows: &[&Row]) -> Table {
    let mut table = Table::new([
        "work",
        "numbers",
        "d",
        "setting",
        "threads",
        "time",
        "held to",
        "times of it",
        "range",
        "speed-up",
    ]);
    for row in rows {
        table.row([
            row.name.clone(),
            row.numbers.to_owned(),
            row.dim.to_string(),
            row.setting.clone(),
            row.threads.to_string(),
            engineering(row.seconds, "s"),
            row.limit.to_owned(),
            significant(row.times_of_limit, 3),
            format!("{} to {}", significant(row.times_least, 3), significant(row.times_most, 3)),
            row.speed_up.map_or(String::new(), |speed_up| significant(speed_up, 3)),
        ]);
    }
    table
}

fn exchanges_table(rows: &[Row], exchanges: &[Exchange]) -> Table {
    let mut header = vec!["operator".to_owned(), "time".into(), "times of a read".into(), "message".into()];
    if let Some(first) = exchanges.first() {
        header.extend(first.savings().map(|(speed, _)| format!("saves, {speed}")));
    }
    let mut table = Table::new(header);
    for (row, exchange) in rows.iter().zip(exchanges) {
        let mut cells = vec![
            exchange.operator.clone(),
            engineering(exchange.cost_seconds, "s"),
            significant(row.times_of_limit, 3),
            engineering(exchange.bits as f64, "bit"),
        ];
        cells.extend(exchange.savings().map(|(_, saved)| engineering(saved, "s")));
        table.row(cells);
    }
    table
}

/// The answer: one sentence for each question that was measured.
fn words(found: &Found) -> String {
    let mut sentences = selection_words(&found.selection);
    sentences.extend(network_words(&found.exchanges));
    sentences.extend(simulation_words(&found.simulation));
    sentences.extend(scaling_words(&found.scaling));
    sentences.join("\n")
}

fn selection_words(rows: &[Row]) -> Vec<String> {
    let mut sentences = Vec::new();
    let single = || rows.iter().filter(|row| row.numbers == "f32");
    let dims = single().map(|row| row.dim);
    let (Some(least), Some(most)) = (dims.clone().min(), dims.max()) else { return sentences };
    let span = |name: &str, dim: usize| {
        let own = single().filter(|row| row.name == name && row.dim == dim && row.threads == 1);
        let times: Vec<f64> = own.map(|row| row.times_of_limit).collect();
        let (least, most) = times.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), v| (a.min(*v), b.max(*v)));
        format!("{} to {}", significant(least, 2), significant(most, 2))
    };
    for (dim, place) in [(most, "in memory"), (least, "in cache")] {
        sentences.push(format!(
            "Exact top-k of {dim} numbers {place} takes {} times as long as reading them once (k from d/1000 to d/10); the \
             whole step of error feedback {} times as long as an update.",
            span("cold", dim),
            span("step", dim)
        ));
    }
    let speed_up = |name: &str| {
        let own = single().filter(|row| row.name == name);
        own.filter_map(|row| Some((row.threads, row.speed_up?))).max_by(|a, b| a.1.total_cmp(&b.1))
    };
    if let (Some((threads, step)), Some((_, update))) = (speed_up("step"), speed_up("update")) {
        sentences.push(format!(
            "{threads} threads run the step up to {} times as fast as one; the update, limited by memory alone, gains {}.",
            significant(step, 2),
            significant(update, 2)
        ));
    }
    sentences
}

fn network_words(exchanges: &[Exchange]) -> Vec<String> {
    let Some(first) = exchanges.first() else { return Vec::new() };
    let mut sentences = Vec::new();
    for (place, (speed, _)) in first.savings().into_iter().enumerate() {
        let compressed = exchanges.iter().filter(|exchange| exchange.operator != "identity");
        let (worth, losing): (Vec<&Exchange>, Vec<&Exchange>) =
            compressed.partition(|exchange| exchange.savings()[place].1 > exchange.cost_seconds);
        let names = |exchanges: &[&Exchange]| {
            let names: Vec<&str> = exchanges.iter().map(|exchange| exchange.operator.as_str()).collect();
            names.join(", ")
        };
        let verdict = match (worth.len(), losing.len()) {
            (_, 0) => "every compressor saves more time than it costs".to_owned(),
            (0, _) => "no compressor saves as much time as it costs".to_owned(),
            (few, many) if few < many => format!("only these save more time than they cost: {}", names(&worth)),
            _ => format!("all save more time than they cost but {}", names(&losing)),
        };
        sentences.push(format!("With {N_WORKERS} workers on {speed} Ethernet and d = {}, {verdict}.", first.dim));
    }
    sentences
}

fn simulation_words(rows: &[Row]) -> Vec<String> {
    let mut sentences = Vec::new();
    for row in rows.iter().filter(|row| row.threads == 1) {
        sentences.push(if row.name == "round" {
            format!(
                "A round of 16 workers, {}, takes {}, {} times the {} that it is held to.",
                row.setting,
                engineering(row.seconds, "s"),
                significant(row.times_of_limit, 2),
                row.limit
            )
        } else {
            format!("Recording every ten rounds adds {} %.", significant(100.0 * (row.times_of_limit - 1.0), 2))
        });
    }
    sentences
}

fn scaling_words(rows: &[Scale]) -> Vec<String> {
    let fit = |axis: &str, size: fn(&Scale) -> usize| {
        let own = rows.iter().filter(|row| row.axis == axis);
        exponent(&own.map(|row| (size(row) as f64, row.seconds)).collect::<Vec<_>>())
    };
    if rows.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "The time of a round grows with the number of workers to the power {} and with the dimension to the power {}.",
        significant(fit("n_workers", |row| row.n_workers), 2),
        significant(fit("dim", |row| row.dim), 2)
    )]
}
