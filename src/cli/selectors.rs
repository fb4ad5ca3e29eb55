//! `gradsieve selectors`: what selectors keep of what they aim at, and how long it takes them.

use super::Failure;
use super::arguments::parse_threads;
use super::terminal::{passed_over, plural, seconds, width};
use crate::experiment::limits;
use crate::output::number::significant;
use crate::output::table::Table;
use crate::results::read::distinct;
use crate::selectors::{self, Options, Row, distance, dump, families, write};
use crate::statistics::Stopwatch;
use std::io::{IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Of more selectors than this, not each has a sentence of its own.
const MOST_SENTENCES: usize = 8;

/// Selectors that stay within these on average meet their aim.
const WITHIN: (f64, f64) = (0.5, 2.0);

/// What to try, and on what.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve selectors --out results/mine
  gradsieve selectors --families normal,laplace --selectors sidco-pareto:1,sidco-pareto:2 --out mine
  gradsieve selectors gradients/ --density 0.01 --out results/mine
  gradsieve selectors --families normal --selectors top-k,std --dim 1000,100000 --out results/mine

Without DUMP the vectors are draws from distributions of unit scale about 0: Student's t has 3 degrees of freedom, the \
others a shape of 0.5 (generalized normal, double gamma, Weibull), 0.2 (generalized Pareto) or 1 (lognormal), and \
normal-with-zeros has 95 % exact zeros. With DUMP they are its tensors, and the steps of one name follow each other.

Selectors that adapt, the SIDCo ones, are first called on other draws, which do not count. The threshold of \
hard-threshold is the k-th magnitude of the first draw. Passes are numbers read of the vector and of copies of its \
parts, over d. Times belong to this machine; everything else is the same on any.

The default folder holds the results in docs/selectors.md; state --out to keep them.")]
pub(super) struct SelectorsArguments {
    /// A file of tensors, or a folder with files per step (.npy, .npz, .safetensors, .csv, .f32, .f64).
    dump: Option<PathBuf>,
    /// Selectors, separated by commas; stages of SIDCo are fixed as in sidco-pareto:2. All when absent, SIDCo in adaptive
    /// stages and in as many as its authors compare; std, by name alone, is select_nth_unstable.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    selectors: Vec<String>,
    /// Distributions, separated by commas; all when absent.
    #[arg(long, value_delimiter = ',', value_name = "NAMES", conflicts_with = "dump")]
    families: Vec<String>,
    /// Numbers in a draw, separated by commas; several give a figure of time against d.
    #[arg(long, value_delimiter = ',', value_name = "DIMS", default_value = "1000000", conflicts_with = "dump")]
    dim: Vec<NonZeroUsize>,
    /// k/d, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "DENSITIES", default_value = "0.1,0.01,0.001")]
    density: Vec<f64>,
    /// Draws that count; in a dump with several steps each step counts once instead.
    #[arg(long, value_name = "N", default_value = "5")]
    repeats: NonZeroUsize,
    /// Draws before them, for selectors that adapt.
    #[arg(long, value_name = "N", default_value_t = 20)]
    warm_up: usize,
    /// Seed of all randomness.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads; the results do not depend on them. All cores when absent.
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    threads: Option<NonZeroUsize>,
    /// The result folder.
    #[arg(long, value_name = "DIR", default_value = "results/selectors")]
    out: PathBuf,
    /// Measure no times.
    #[arg(long)]
    no_times: bool,
    /// Draw no plots.
    #[arg(long)]
    no_plots: bool,
    /// Print every selector on every vector, and not only the range over the vectors.
    #[arg(long)]
    all: bool,
    /// Print nothing but errors.
    #[arg(long, short)]
    quiet: bool,
}

/// Draws of one vector, counted or not.
const MOST_DRAWS: usize = 1_000_000;

/// Vectors of length d that are held at once: the draw, its copies that selectors permute, what they keep.
const VECTORS_AT_ONCE: u128 = 4;

/// Refuses what no machine draws, or not this one.
fn check(arguments: &SelectorsArguments) -> Result<(), Failure> {
    for (name, draws) in [("--repeats", arguments.repeats.get()), ("--warm-up", arguments.warm_up)] {
        if draws > MOST_DRAWS {
            return Err(format!("{name} is {draws}, but at most {MOST_DRAWS} draws are made").into());
        }
    }
    let memory = limits::memory();
    for dim in arguments.dim.iter().map(|dim| dim.get() as u128) {
        let bytes = VECTORS_AT_ONCE.saturating_mul(dim).saturating_mul(size_of::<f64>() as u128);
        if bytes > memory || dim > limits::MOST_COORDINATES {
            let (bytes, memory) = (limits::size(bytes), limits::size(memory));
            return Err(
                format!("--dim {dim} takes {bytes}, but this machine has {memory} of memory: choose less").into()
            );
        }
    }
    Ok(())
}

/// Tries the selectors, writes the tables and prints what was found.
pub(super) fn run(arguments: &SelectorsArguments) -> Result<(), Failure> {
    check(arguments)?;
    let (mut n_tensors, mut others) = (0, Vec::new());
    let vectors = if let Some(path) = &arguments.dump {
        let tensors = crate::tensor::open(path)?;
        n_tensors = tensors.tensors.len() + tensors.passed_over.len();
        let (vectors, passed_over) = dump(tensors)?;
        others = passed_over;
        vectors
    } else {
        families(&arguments.families, &arguments.dim.iter().map(|dim| dim.get()).collect::<Vec<_>>())?
    };
    let threads = arguments.threads.or_else(|| std::thread::available_parallelism().ok());
    let options = Options {
        selectors: arguments.selectors.clone(),
        densities: arguments.density.clone(),
        repeats: arguments.repeats.get(),
        warm_up: arguments.warm_up,
        seed: arguments.seed,
        threads: threads.map_or(1, NonZeroUsize::get),
    };
    let stopwatch: Option<Stopwatch<'_>> = if arguments.no_times { None } else { Some(&seconds) };
    let is_reported = !arguments.quiet && std::io::stderr().is_terminal();
    let rows = selectors::run(&vectors, &options, stopwatch, |name| {
        if is_reported {
            // Progress that cannot be reported is no reason to stop.
            let _ = writeln!(std::io::stderr(), "{name}");
        }
    })?;
    write(&arguments.out, &rows)?;
    let n_figures = if arguments.no_plots { 0 } else { crate::output::draw::draw(&arguments.out)?.len() };
    if arguments.quiet {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    let table = if arguments.all { every(&rows) } else { ranges(&rows) };
    write!(out, "{}", table.plain(width()))?;
    writeln!(out, "\n{}", words(&rows))?;
    passed_over(&mut out, &others, n_tensors, "gradsieve fit lists them in passed_over.csv")?;
    let hint = if arguments.all { "" } else { " --all prints every vector by itself." };
    if !arguments.all {
        writeln!(out, "Least energy: the least part that a draw captured of what exact top-k captures.")?;
    }
    writeln!(out, "Tables and {n_figures} plot files are in {}.{hint}", arguments.out.display())?;
    Ok(())
}

fn mean(row: &Row) -> f64 {
    row.ratio.map_or(f64::NAN, |ratio| ratio.estimate.mean)
}

/// Whether one mean lies farther from 1 than another; NaN, which is absent, is never the worst.
fn worst<'a>(rows: impl Iterator<Item = &'a Row>) -> Option<&'a Row> {
    rows.filter(|row| row.ratio.is_some()).max_by(|a, b| distance(mean(a)).total_cmp(&distance(mean(b))))
}

fn selectors(rows: &[Row]) -> Vec<&str> {
    distinct(rows.iter().map(|row| row.selector.as_str()))
}

fn span(values: impl Iterator<Item = f64>) -> String {
    let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), value| (a.min(value), b.max(value)));
    if least > most {
        return String::new(); // no value
    }
    let (least, most) = (significant(least, 3), significant(most, 3));
    if least == most { least } else { format!("{least} to {most}") }
}

/// A row per selector: the range over the vectors.
fn ranges(rows: &[Row]) -> Table {
    let densities = distinct(rows.iter().map(|row| row.density));
    let has_times = rows.iter().any(|row| row.times.is_some());
    let mut header = vec!["selector".to_owned()];
    header.extend(densities.iter().map(|density| format!("k̂/k at {density}")));
    header.extend(["least energy", "passes"].map(str::to_owned));
    if has_times {
        header.push("time / read".to_owned());
    }
    let mut table = Table::new(header);
    for selector in selectors(rows) {
        let own = || rows.iter().filter(move |row| row.selector == selector);
        let mut cells = vec![selector.to_owned()];
        cells.extend(densities.iter().map(|density| span(own().filter(|row| row.density == *density).map(mean))));
        let least = own().filter_map(|row| row.of_top_k).map(|energy| energy.least).reduce(f64::min);
        cells.push(least.map_or(String::new(), |least| significant(least, 3)));
        cells.push(span(own().filter_map(|row| row.passes).map(|passes| passes.estimate.mean)));
        if has_times {
            cells.push(span(own().filter_map(|row| row.times).map(|times| times.ratio)));
        }
        table.row(cells);
    }
    table
}

/// A row per selector, vector and density.
fn every(rows: &[Row]) -> Table {
    let has_times = rows.iter().any(|row| row.times.is_some());
    let mut header = vec![
        "selector",
        "vector",
        "density",
        "k̂/k",
        "95 % interval",
        "worst",
        "energy",
        "of top-k",
        "of top-k̂",
        "passes",
    ];
    if has_times {
        header.push("time / read");
    }
    let mut table = Table::new(header);
    let short = |value: Option<f64>| value.map_or(String::new(), |value| significant(value, 3));
    for row in rows {
        let interval = row.ratio.and_then(|ratio| ratio.estimate.interval);
        let mut cells = vec![
            row.selector.clone(),
            row.vector.clone(),
            row.density.to_string(),
            significant(mean(row), 3),
            interval.map_or(String::new(), |(a, b)| format!("{} to {}", significant(a, 3), significant(b, 3))),
            short(row.ratio.map(|ratio| ratio.worst())),
            short(row.energy.map(|energy| energy.estimate.mean)),
            short(row.of_top_k.map(|energy| energy.estimate.mean)),
            short(row.of_same_count.map(|energy| energy.estimate.mean)),
            short(row.passes.map(|passes| passes.estimate.mean)),
        ];
        if has_times {
            cells.push(short(row.times.map(|times| times.ratio)));
        }
        table.row(cells);
    }
    table
}

/// Who meets the aim, where the others miss it, and who misses it most.
fn words(rows: &[Row]) -> String {
    let is_met = |row: &&Row| (WITHIN.0..=WITHIN.1).contains(&mean(row));
    let vectors = distinct(rows.iter().map(|row| row.vector.as_str()));
    let densities = distinct(rows.iter().map(|row| row.density)).len();
    let mut met = Vec::new();
    let mut missing: Vec<(usize, &str)> = Vec::new();
    let mut sentences = Vec::new();
    for selector in selectors(rows) {
        let own = || rows.iter().filter(move |row| row.selector == selector);
        if own().all(|row| is_met(&row)) {
            met.push(selector);
            continue;
        }
        let missed = distinct(own().filter(|row| !is_met(row)).map(|row| row.vector.as_str()));
        missing.push((missed.len(), selector));
        let Some(worst) = worst(own()) else { continue };
        let place = if missed.len() == vectors.len() && vectors.len() > 1 {
            "every vector".to_owned()
        } else if missed.len() > 4 {
            format!("{} of {} vectors", missed.len(), vectors.len())
        } else {
            missed.join(", ")
        };
        sentences.push(format!(
            "{selector} misses on {place}; the worst is k̂/k = {} on {} at {}.",
            significant(mean(worst), 3),
            worst.vector,
            worst.density
        ));
    }
    if sentences.len() > MOST_SENTENCES {
        missing.sort_by_key(|(n, _)| *n);
        let groups = missing.chunk_by(|a, b| a.0 == b.0).map(|group| {
            let names: Vec<&str> = group.iter().map(|(_, name)| *name).collect();
            format!("on {}: {}", group[0].0, names.join(", "))
        });
        sentences = vec![format!("The others miss, by number of vectors, {}.", groups.collect::<Vec<_>>().join("; "))];
    }
    let all = if met.is_empty() { "no selector".to_owned() } else { met.join(", ") };
    let scope = format!(
        "Within {} and {} times k on average, on all of {} {} at {densities} {}: {all}.",
        WITHIN.0,
        WITHIN.1,
        vectors.len(),
        plural(vectors.len(), "vector"),
        if densities == 1 { "density" } else { "densities" },
    );
    sentences.insert(0, scope);
    if let Some(worst) = worst(rows.iter()).filter(|row| !is_met(row)) {
        sentences.push(format!(
            "The farthest from its aim is {} on {} at density {}: {} entries for each one requested.",
            worst.selector,
            worst.vector,
            worst.density,
            significant(mean(worst), 3)
        ));
    }
    sentences.join("\n")
}
