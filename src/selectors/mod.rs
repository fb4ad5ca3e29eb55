//! Selectors tried by themselves: how many entries they keep of what they aim at, and how much energy, on samples of
//! known distributions or on vectors of files.
//!
//! ```text
//! k̂/k                              entries kept over entries aimed at
//! E(k̂) = 1 − ‖C(x) − x‖²/‖x‖²      the captured part of the energy
//! E(k̂)/E_top(k), E(k̂)/E_top(k̂)    against exact top-k with the k aimed at, and with as many entries as were kept
//! passes                           numbers read of the vector and of copies of its parts, over d
//! ```
//!
//! One operator per selector, vector and density sees all draws in order. Those that carry something from call to call
//! are called on `warm_up` fresh draws before the draws that count, and go on adapting there. The results depend on the
//! seed alone, not on the number of threads. It reads no clock: who wants times hands in a [`Stopwatch`].

use crate::compressor::{CompressorError, CompressorSpec, Kept, Selection, Sparsity, Trial};
use crate::distribution::{Distribution, DistributionError, family};
use crate::random::{Purpose, Streams};
use crate::results::number::number;
use crate::statistics::{Estimate, Stopwatch, median};
use crate::store::{StoreError, write_whole};
use crate::tensor::{PassedOver, Tensor, TensorError, Tensors};
use crate::vector::standard::{Keys, select_nth};
use crate::vector::{NotFinite, norm_max, norm_one};
use rayon::prelude::*;
use serde_json::json;
use std::path::Path;

/// Of all intervals.
const CONFIDENCE: f64 = 0.95;

/// Numbers that one random stream draws, so that many threads can draw one vector.
const CHUNK: usize = 1 << 16;

/// The members that send entries as they are and choose them for a k that is given, not by chance alone; and
/// `hard-threshold`, whose threshold is the k-th magnitude of the first draw.
pub fn selectors() -> impl Iterator<Item = &'static str> {
    let chooses = |name: &&str| {
        let operator = with_keys(name, 1.0, None, 1.0).and_then(|spec| spec.build(&[1]).ok());
        operator.is_some_and(|operator| operator.is_projection() && operator.selection() != Some(Selection::Uniform))
    };
    CompressorSpec::members().into_iter().map(|member| member.name).filter(chooses)
}

/// The member of this name, with those of the keys `k`, `stages` and `threshold` that it has.
fn with_keys(name: &str, density: f64, stages: Option<u32>, threshold: f64) -> Option<CompressorSpec> {
    let tables = match stages {
        Some(stages) => vec![json!({ "name": name, "k": density, "stages": stages })],
        None => vec![
            json!({ "name": name, "k": density }),
            json!({ "name": name, "k": density, "stages": "adaptive" }),
            json!({ "name": name, "threshold": threshold.max(f64::MIN_POSITIVE) }),
        ],
    };
    tables.into_iter().find_map(|table| serde_json::from_value(table).ok())
}

/// SIDCo with as many stages as its authors compare; those that adapt are among [`selectors`].
pub const STAGED: &[&str] = &[
    "sidco-exponential:1",
    "sidco-exponential:4",
    "sidco-gamma:1",
    "sidco-gamma:2",
    "sidco-gamma-asymptotic:1",
    "sidco-pareto:1",
    "sidco-pareto:2",
    "sidco-pareto:4",
];

/// Exact selection as one does it without a kernel, `select_nth_unstable` on keys of magnitude and index: it keeps what
/// `top-k` keeps, and is tried where it is requested.
pub const USUAL: &str = "std";

/// Name, family, shape and fraction of exact zeros of the distributions.
const FAMILIES: &[(&str, &str, Option<f64>, f64)] = &[
    ("normal", "normal", None, 0.0),
    ("laplace", "laplace", None, 0.0),
    ("logistic", "logistic", None, 0.0),
    ("student-t", "student-t", Some(3.0), 0.0),
    ("generalized-normal", "generalized-normal", Some(0.5), 0.0),
    ("uniform", "uniform", None, 0.0),
    ("triangular", "triangular", None, 0.0),
    ("double-gamma", "double-gamma", Some(0.5), 0.0),
    ("double-generalized-pareto", "double-generalized-pareto", Some(0.2), 0.0),
    ("weibull-magnitude", "weibull-magnitude", Some(0.5), 0.0),
    ("lognormal-magnitude", "lognormal-magnitude", Some(1.0), 0.0),
    ("normal-with-zeros", "normal", None, 0.95),
];

/// The names of [`families`].
pub fn source_names() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().map(|(name, ..)| *name)
}

/// Selectors that cannot be tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelectorsError {
    /// A name that no selector has.
    #[error(
        "no selector is called `{name}`: {}, {USUAL}; stages of SIDCo are fixed as in `sidco-pareto:2`",
        selectors().collect::<Vec<_>>().join(", ")
    )]
    Selector {
        /// What was requested.
        name: String,
    },
    /// A name that no distribution has.
    #[error("no family is called `{name}`: {}", source_names().collect::<Vec<_>>().join(", "))]
    UnknownFamily {
        /// What was requested.
        name: String,
    },
    /// A distribution does not exist.
    #[error(transparent)]
    Distribution(#[from] DistributionError),
    /// A selector cannot be built.
    #[error("{selector} on {vector}: {source}")]
    Build {
        /// The selector.
        selector: String,
        /// The vector.
        vector: String,
        /// Why.
        source: CompressorError,
    },
    /// A file cannot be read.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// A vector holds NaN or ∞.
    #[error("{vector}: {source}; selectors need finite numbers")]
    NotFinite {
        /// The vector.
        vector: String,
        /// Where.
        source: NotFinite,
    },
    /// No tensor of a dump can be used.
    #[error("{first}{}", if *n > 1 { format!("\nnone of the {n} tensors can be used") } else { String::new() })]
    Unusable {
        /// The first one, and why.
        first: Box<PassedOver>,
        /// How many there are.
        n: usize,
    },
    /// Nothing to try anything on.
    #[error("there is nothing to try: give at least one selector, density and vector with coordinates")]
    Nothing,
    /// Threads cannot be started.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// What selectors are tried on: draws of a distribution, or a tensor step by step.
#[derive(Debug, Clone)]
pub struct Vectors {
    /// The name in tables.
    pub name: String,
    dim: usize,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    /// The second is the place in the list of families, so that a subset draws the same numbers.
    Family(Distribution, usize),
    Steps(Vec<Tensor>),
}

/// Draws of distributions of unit scale about 0, once for each of `dims`, the sizes of a draw; of all where `names` is
/// empty.
///
/// # Errors
/// A name is unknown, or a dimension is 0.
pub fn families(names: &[String], dims: &[usize]) -> Result<Vec<Vectors>, SelectorsError> {
    if let Some(name) = names.iter().find(|name| !source_names().any(|known| known == **name)) {
        return Err(SelectorsError::UnknownFamily { name: name.clone() });
    }
    if dims.contains(&0) {
        return Err(SelectorsError::Nothing);
    }
    let mut chosen = Vec::new();
    for (index, &(name, of, shape, zeros)) in FAMILIES.iter().enumerate() {
        if names.is_empty() || names.iter().any(|own| own == name) {
            let family = family(of).ok_or_else(|| SelectorsError::UnknownFamily { name: of.to_owned() })?;
            let distribution = Distribution::new(family, 0.0, 1.0, shape, zeros)?;
            chosen.extend(dims.iter().map(|&dim| {
                let name = if dims.len() > 1 { format!("{name} d={dim}") } else { name.to_owned() };
                Vectors { name, dim, source: Source::Family(distribution, index) }
            }));
        }
    }
    Ok(chosen)
}

/// The tensors of a dump, steps of one name together, and those that cannot be used: without values, zeros alone, with NaN
/// or ∞, or of another size than at the first step. Every file is read once or twice.
///
/// # Errors
/// A file cannot be read, or no tensor can be used.
pub fn dump(dump: Tensors) -> Result<(Vec<Vectors>, Vec<PassedOver>), SelectorsError> {
    let Tensors { tensors, mut passed_over, .. } = dump;
    let mut found: Vec<Vectors> = Vec::new();
    for tensor in tensors {
        if let Some(reason) = unusable(&tensor)? {
            passed_over.push(PassedOver::of(&tensor, reason));
            continue;
        }
        let name = [tensor.group.as_str(), tensor.name.as_str()];
        let name = name.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        match found.iter_mut().find(|vectors| vectors.name == name) {
            Some(Vectors { dim, .. }) if *dim != tensor.n_values() => {
                let reason = format!("it has {} values, and {dim} at the first step", tensor.n_values());
                passed_over.push(PassedOver::of(&tensor, reason));
            }
            Some(Vectors { source: Source::Steps(steps), .. }) => steps.push(tensor),
            _ => found.push(Vectors { name, dim: tensor.n_values(), source: Source::Steps(vec![tensor]) }),
        }
    }
    match passed_over.first() {
        Some(first) if found.is_empty() => {
            Err(SelectorsError::Unusable { first: Box::new(first.clone()), n: passed_over.len() })
        }
        _ if found.is_empty() => Err(SelectorsError::Nothing),
        _ => Ok((found, passed_over)),
    }
}

/// Why nothing can be selected from a tensor.
fn unusable(tensor: &Tensor) -> Result<Option<String>, TensorError> {
    if tensor.n_values() == 0 {
        return Ok(Some("it has no values".to_owned()));
    }
    if let Some(found) = tensor.not_finite()? {
        return Ok(Some(found.to_string()));
    }
    let mut is_zero = true;
    tensor.for_each_chunk(|values| is_zero &= values.iter().all(|value| *value == 0.0))?;
    Ok(is_zero.then(|| format!("all {} values are zero", tensor.n_values())))
}

impl Vectors {
    /// Draws that count.
    fn n_measured(&self, repeats: usize) -> usize {
        match &self.source {
            Source::Steps(steps) if steps.len() > 1 => steps.len(),
            _ => repeats,
        }
    }

    /// The draw `index`, of which `warm_up` do not count; the steps of a dump come in turn, so that those that count
    /// begin with the first.
    fn draw(&self, index: usize, warm_up: usize, streams: Streams) -> Result<Vec<f64>, SelectorsError> {
        let x = match &self.source {
            Source::Family(distribution, place) => {
                let mut x = vec![0.0; self.dim];
                let round = ((*place as u64) << 24) + index as u64;
                x.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, values)| {
                    let mut stream = streams.stream(Purpose::Generation, chunk, round);
                    values.fill_with(|| distribution.draw(&mut stream));
                });
                x
            }
            Source::Steps(steps) => {
                let n = steps.len();
                steps[(index + n - warm_up % n) % n].to_vec()?
            }
        };
        crate::vector::check_finite(&x).map_err(|source| self.not_finite(source))?;
        Ok(x)
    }

    fn not_finite(&self, source: NotFinite) -> SelectorsError {
        let vector = match &self.source {
            Source::Steps(steps) => format!("{}: tensor `{}`", steps[0].path().display(), steps[0].name),
            Source::Family(..) => self.name.clone(),
        };
        SelectorsError::NotFinite { vector, source }
    }
}

/// How selectors are tried.
#[derive(Debug, Clone)]
pub struct Options {
    /// Names out of [`selectors`], those of SIDCo also with stages, as `sidco-pareto:2`; where empty, all of these and
    /// of [`STAGED`] except at densities that have no use for that many stages.
    pub selectors: Vec<String>,
    /// k/d, each in (0, 1].
    pub densities: Vec<f64>,
    /// Draws that count, of a distribution or of a dump with one step; of a dump with more, each step counts once.
    pub repeats: usize,
    /// Draws before, for selectors that adapt.
    pub warm_up: usize,
    /// Of all randomness.
    pub seed: u64,
    /// Number of threads; changes nothing but times.
    pub threads: usize,
}

/// A mean with its interval and the extremes.
#[derive(Debug, Clone, Copy)]
pub struct Summary {
    /// The mean with its t interval over the draws.
    pub estimate: Estimate,
    /// The least value.
    pub least: f64,
    /// The largest value.
    pub most: f64,
}

impl Summary {
    /// `None` where a value is missing, or there is none.
    fn of(values: impl Iterator<Item = Option<f64>>) -> Option<Self> {
        let values: Vec<f64> = values.collect::<Option<_>>()?;
        let (least, most) = extremes(&values);
        Some(Self { estimate: Estimate::of_mean(&values, CONFIDENCE)?, least, most })
    }

    /// The extreme whose ratio to 1 is the largest.
    #[must_use]
    pub fn worst(&self) -> f64 {
        if distance(self.least) > distance(self.most) { self.least } else { self.most }
    }
}

/// How far k̂/k lies from 1, as the logarithm of a ratio; infinite for 0.
#[must_use]
pub fn distance(ratio: f64) -> f64 {
    ratio.ln().abs()
}

/// What was found of one selector on one vector at one density.
#[derive(Debug, Clone)]
pub struct Row {
    /// The selector.
    pub selector: String,
    /// The distribution or the tensor.
    pub vector: String,
    /// d
    pub dim: usize,
    /// k/d as requested.
    pub density: f64,
    /// k
    pub k: usize,
    /// Draws that count.
    pub n_draws: usize,
    /// Calls on other draws before.
    pub warm_up: usize,
    /// k̂/k
    pub ratio: Option<Summary>,
    /// The captured part of the energy.
    pub energy: Option<Summary>,
    /// That over what exact top-k captures with k entries.
    pub of_top_k: Option<Summary>,
    /// That over what exact top-k captures with k̂ entries; absent where a draw kept none.
    pub of_same_count: Option<Summary>,
    /// How often a call reads the vector ([`Trial::passes`]).
    pub passes: Option<Summary>,
    /// Seconds, where they were taken.
    pub times: Option<Times>,
}

/// How long a call takes.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The median over the draws.
    pub seconds: f64,
    /// The least and the most.
    pub extremes: (f64, f64),
    /// The median of one pass that reads the same vector and sums its magnitudes, taken right before each call.
    pub read_seconds: f64,
    /// The median of their ratio.
    pub ratio: f64,
    /// Its least value.
    pub least: f64,
    /// Its largest value.
    pub most: f64,
}

/// One operator and what it did.
struct Attempt {
    selector: String,
    density: f64,
    k: usize,
    trial: Trial,
    /// The keys of [`USUAL`], kept from call to call.
    usual: Option<Keys>,
    adapts: bool,
    found: Vec<Found>,
    seconds: Vec<(f64, f64)>,
}

struct Found {
    kept: Kept,
    passes: Option<f64>,
    top_k: Option<f64>,
    top_same: Option<f64>,
}

impl Attempt {
    fn new(
        (selector, density): (&str, f64),
        vectors: &Vectors,
        sorted: &Sorted,
        seed: u64,
    ) -> Result<Self, SelectorsError> {
        let fail =
            |source| SelectorsError::Build { selector: selector.to_owned(), vector: vectors.name.clone(), source };
        let k = Sparsity::Density(density).resolve(&[vectors.dim]).map_err(fail)?.k(0);
        let spec = spec(selector, density, sorted.magnitude(k))?;
        let trial = Trial::new(&spec, vectors.dim, seed).map_err(fail)?;
        let usual = (selector == USUAL).then(Keys::default);
        let selector = selector.to_owned();
        Ok(Self { selector, density, k, trial, usual, adapts: true, found: Vec::new(), seconds: Vec::new() })
    }

    /// Seconds of the call that counts; the trial has its message then.
    fn time(&mut self, x: &[f64], stopwatch: Stopwatch<'_>) -> Result<f64, NotFinite> {
        let Self { trial, usual, k, .. } = self;
        if let Some(keys) = usual {
            trial.compress(x)?;
            return Ok(stopwatch(&mut || select_nth(x, *k, keys)));
        }
        let mut done = Ok(());
        let seconds = stopwatch(&mut || done = trial.compress(x).map(|_| ()));
        done.map(|()| seconds)
    }

    fn measure(&mut self, x: &[f64], sorted: &Sorted) {
        let kept = self.trial.kept(x);
        let top_same = if kept.n_entries == 0 { None } else { sorted.energy(kept.n_entries) };
        let passes = if self.usual.is_some() { None } else { self.trial.passes() };
        self.found.push(Found { kept, passes, top_k: sorted.energy(self.k), top_same });
    }

    fn row(self, vectors: &Vectors, warm_up: usize) -> Row {
        let found = &self.found;
        let over = |top: fn(&Found) -> Option<f64>| {
            Summary::of(found.iter().map(|found| Some(found.kept.energy_fraction? / top(found)?)))
        };
        Row {
            vector: vectors.name.clone(),
            dim: vectors.dim,
            density: self.density,
            k: self.k,
            n_draws: found.len(),
            warm_up: if self.adapts { warm_up } else { 0 },
            ratio: Summary::of(found.iter().map(|found| Some(found.kept.ratio(self.k)))),
            energy: Summary::of(found.iter().map(|found| found.kept.energy_fraction)),
            of_top_k: over(|found| found.top_k),
            of_same_count: over(|found| found.top_same),
            passes: Summary::of(found.iter().map(|found| found.passes)),
            times: times(&self.seconds),
            selector: self.selector,
        }
    }
}

fn extremes(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), &value| (least.min(value), most.max(value)))
}

/// From pairs of seconds: of the reading pass, of the call.
fn times(seconds: &[(f64, f64)]) -> Option<Times> {
    let column = |of: fn(&(f64, f64)) -> f64| -> Vec<f64> { seconds.iter().map(of).collect() };
    let (ratios, calls) = (column(|(read, call)| call / read), column(|(_, call)| *call));
    let (least, most) = extremes(&ratios);
    Some(Times {
        seconds: median(&calls)?,
        extremes: extremes(&calls),
        read_seconds: median(&column(|(read, _)| *read))?,
        ratio: median(&ratios)?,
        least,
        most,
    })
}

/// The specification of a selector that aims at `density`; `threshold` is for the one that has it from outside.
///
/// # Errors
/// No selector has this name.
pub fn spec(selector: &str, density: f64, threshold: f64) -> Result<CompressorSpec, SelectorsError> {
    let unknown = || SelectorsError::Selector { name: selector.to_owned() };
    let (name, stages) = match selector.split_once(':') {
        Some((name, stages)) => (name, Some(stages.parse().map_err(|_| unknown())?)),
        None if selector == USUAL => ("top-k", None),
        None => (selector, None),
    };
    if !selectors().any(|own| own == name) {
        return Err(unknown());
    }
    with_keys(name, density, stages, threshold).ok_or_else(unknown)
}

/// The magnitudes of a vector in units of the largest, the largest first, and the sums of their squares.
struct Sorted {
    largest: f64,
    magnitudes: Vec<f64>,
    cumulative: Vec<f64>,
}

impl Sorted {
    fn of(x: &[f64]) -> Self {
        let largest = norm_max(x);
        let unit = if largest > 0.0 { largest } else { 1.0 };
        let mut magnitudes: Vec<f64> = x.iter().map(|value| value.abs() / unit).collect();
        magnitudes.par_sort_unstable_by(|a, b| b.total_cmp(a));
        let cumulative = magnitudes
            .iter()
            .scan(0.0, |sum, magnitude| {
                *sum += magnitude * magnitude;
                Some(*sum)
            })
            .collect();
        Self { largest, magnitudes, cumulative }
    }

    /// The k-th largest magnitude; k from 1.
    fn magnitude(&self, k: usize) -> f64 {
        self.magnitudes[k - 1] * self.largest
    }

    /// The part of the energy in the k largest entries, k from 1; none for the zero vector.
    fn energy(&self, k: usize) -> Option<f64> {
        (self.largest > 0.0).then(|| self.cumulative[k - 1] / self.cumulative[self.cumulative.len() - 1])
    }
}

/// Tries all selectors at all densities on all vectors; `began` is called with each vector's name.
///
/// With a stopwatch the calls that count are made one at a time, each after a pass that reads its vector.
///
/// # Errors
/// A selector cannot be built for a vector, or a vector cannot be read or is not finite.
pub fn run(
    vectors: &[Vectors],
    options: &Options,
    stopwatch: Option<Stopwatch<'_>>,
    mut began: impl FnMut(&str),
) -> Result<Vec<Row>, SelectorsError> {
    if vectors.is_empty() || options.densities.is_empty() || options.repeats == 0 {
        return Err(SelectorsError::Nothing);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build()?;
    let mut rows = Vec::new();
    for own in vectors {
        began(&own.name);
        rows.extend(run_one(own, options, &pool, stopwatch)?);
    }
    Ok(rows)
}

fn run_one(
    vectors: &Vectors,
    options: &Options,
    pool: &rayon::ThreadPool,
    stopwatch: Option<Stopwatch<'_>>,
) -> Result<Vec<Row>, SelectorsError> {
    let Options { warm_up, seed, .. } = *options;
    let streams = Streams::new(seed);
    let not_finite = |source| vectors.not_finite(source);
    let mut attempts: Vec<Attempt> = Vec::new();
    for index in 0..warm_up + vectors.n_measured(options.repeats) {
        let x = pool.install(|| vectors.draw(index, warm_up, streams))?;
        let counts = index >= warm_up;
        let sorted = (counts || index == 0).then(|| pool.install(|| Sorted::of(&x)));
        if let Some(sorted) = sorted.as_ref().filter(|_| index == 0) {
            attempts = begin(vectors, options, sorted)?;
        }
        match (stopwatch, &sorted) {
            (Some(stopwatch), _) if counts => {
                for attempt in &mut attempts {
                    let read = stopwatch(&mut || {
                        std::hint::black_box(norm_one(&x));
                    });
                    let call = attempt.time(&x, stopwatch).map_err(not_finite)?;
                    attempt.seconds.push((read, call));
                }
            }
            _ => pool.install(|| {
                // Who carries nothing from call to call needs no warming up.
                attempts.par_iter_mut().filter(|attempt| counts || attempt.adapts).try_for_each(|attempt| {
                    attempt.trial.compress(&x).map_err(not_finite)?;
                    attempt.adapts = attempt.trial.adapts();
                    // Times are those of keys that have their memory.
                    if let Some(keys) = attempt.usual.as_mut().filter(|_| !counts) {
                        select_nth(&x, attempt.k, keys);
                    }
                    Ok::<(), SelectorsError>(())
                })
            })?,
        }
        if let Some(sorted) = sorted.filter(|_| counts) {
            pool.install(|| attempts.par_iter_mut().for_each(|attempt| attempt.measure(&x, &sorted)));
        }
    }
    Ok(attempts.into_iter().map(|attempt| attempt.row(vectors, warm_up)).collect())
}

/// Builds every selector for every density.
fn begin(vectors: &Vectors, options: &Options, first: &Sorted) -> Result<Vec<Attempt>, SelectorsError> {
    let attempt = |name: &str, density: f64| Attempt::new((name, density), vectors, first, options.seed);
    let mut attempts = Vec::new();
    let own: Vec<&str> = options.selectors.iter().map(String::as_str).collect();
    for name in if own.is_empty() { selectors().collect() } else { own.clone() } {
        for &density in &options.densities {
            attempts.push(attempt(name, density)?);
        }
    }
    for name in if own.is_empty() { STAGED } else { &[] } {
        attempts.extend(options.densities.iter().filter_map(|&density| attempt(name, density).ok()));
    }
    Ok(attempts)
}

/// The first columns of `selectors.csv`, each with its meaning; one without words shares those of the column before.
pub const COLUMNS: [(&str, &str); 7] = [
    ("selector", "what was tried"),
    ("vector", "on what: a distribution that is drawn from, with its d where there are several, or a tensor of a dump"),
    ("dim", "d"),
    ("density", "the requested k/d"),
    ("k", "the k that it means"),
    ("draws", "calls that count"),
    ("warm_up", "calls on other draws before them, for selectors that adapt"),
];

/// The quantities of `selectors.csv`, each with its meaning; every one has a column for each of [`STATISTICS`].
pub const QUANTITIES: [(&str, &str); 5] = [
    ("ratio", "k̂/k, entries kept over entries aimed at"),
    ("energy", "1 − ‖C(x) − x‖²/‖x‖²"),
    ("energy_of_top_k", "that over what exact top-k captures with k entries"),
    ("energy_of_same_count", "that over what exact top-k captures with k̂ entries; absent where a draw kept none"),
    ("passes", "numbers that a call reads of the vector and of copies of its parts, each time it reads them, over d"),
];

/// The statistics of a quantity, each with its meaning.
pub const STATISTICS: [(&str, &str); 5] = [
    ("mean", "over the draws"),
    ("lower", "95 % t interval of the mean"),
    ("upper", ""),
    ("least", "the least and the largest value"),
    ("most", ""),
];

/// The columns of `selectors_times.csv`.
pub const TIMES: [(&str, &str); 12] = [
    ("selector", "as in `selectors.csv`"),
    ("vector", ""),
    ("dim", ""),
    ("density", ""),
    ("draws", ""),
    ("read_seconds", "seconds of one pass over the same vector right before the call, the median"),
    ("seconds", "seconds of a call: median, least and largest value"),
    ("seconds_least", ""),
    ("seconds_most", ""),
    ("times_of_a_read", "`seconds` over `read_seconds`, draw by draw: median, least and largest value"),
    ("least", ""),
    ("most", ""),
];

/// Writes `selectors.csv` and, where times were taken, `selectors_times.csv`; makes the folder.
///
/// # Errors
/// The file system refuses.
pub fn write(folder: &Path, rows: &[Row]) -> Result<(), StoreError> {
    std::fs::create_dir_all(folder).map_err(StoreError::io("create the folder", folder))?;
    write_whole(&folder.join("selectors.csv"), |out| {
        let mut csv = csv::Writer::from_writer(out);
        let mut header: Vec<String> = COLUMNS.map(|(name, _)| name.to_owned()).into();
        for (quantity, _) in QUANTITIES {
            header.extend(STATISTICS.map(|(of, _)| format!("{quantity}_{of}")));
        }
        csv.write_record(&header)?;
        for row in rows {
            let mut cells = vec![row.selector.clone(), row.vector.clone(), row.dim.to_string(), number(row.density)];
            cells.extend([row.k, row.n_draws, row.warm_up].map(|count| count.to_string()));
            for summary in [row.ratio, row.energy, row.of_top_k, row.of_same_count, row.passes] {
                let interval = summary.and_then(|summary| summary.estimate.interval);
                let cell = |value: Option<f64>| value.map(number).unwrap_or_default();
                cells.extend([
                    cell(summary.map(|summary| summary.estimate.mean)),
                    cell(interval.map(|interval| interval.0)),
                    cell(interval.map(|interval| interval.1)),
                    cell(summary.map(|summary| summary.least)),
                    cell(summary.map(|summary| summary.most)),
                ]);
            }
            csv.write_record(&cells)?;
        }
        csv.flush()
    })?;
    if rows.iter().all(|row| row.times.is_none()) {
        return Ok(());
    }
    write_whole(&folder.join("selectors_times.csv"), |out| {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(TIMES.map(|(name, _)| name))?;
        for row in rows {
            let Some(times) = row.times else { continue };
            let own = [row.selector.clone(), row.vector.clone(), row.dim.to_string(), number(row.density)];
            // More digits than a clock has would only make the file longer.
            let short = |value: f64| format!("{value:.3e}");
            let Times { read_seconds, seconds, extremes, ratio, least, most } = times;
            let measured = [read_seconds, seconds, extremes.0, extremes.1, ratio, least, most].map(short);
            csv.write_record(own.into_iter().chain([row.n_draws.to_string()]).chain(measured))?;
        }
        csv.flush()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(selectors: &[&str]) -> Options {
        Options {
            selectors: selectors.iter().map(|name| (*name).to_owned()).collect(),
            densities: vec![0.1, 0.01],
            repeats: 3,
            warm_up: 20,
            seed: 1,
            threads: 2,
        }
    }

    #[test]
    fn exact_selection_keeps_k_entries_and_all_that_they_can_capture() {
        let vectors = families(&["laplace".to_owned()], &[20_000]).unwrap();
        for row in run(&vectors, &options(&["top-k"]), None, |_| ()).unwrap() {
            let (ratio, of_top_k) = (row.ratio.unwrap(), row.of_top_k.unwrap());
            assert_eq!((ratio.least, ratio.most, row.k), (1.0, 1.0, (row.density * 20_000.0) as usize));
            assert!((of_top_k.least - 1.0).abs() < 1e-12 && (of_top_k.most - 1.0).abs() < 1e-12, "{row:?}");
            // R(κ) of the Laplace distribution.
            let kappa = row.density;
            let kept = kappa * (1.0 - kappa.ln() + kappa.ln() * kappa.ln() / 2.0);
            assert!((row.energy.unwrap().estimate.mean - kept).abs() < 0.02, "{row:?}: {kept}");
        }
    }

    #[test]
    fn the_exponential_fit_meets_k_on_its_own_sample_and_misses_it_on_a_normal_one() {
        let vectors = families(&["normal".to_owned(), "laplace".to_owned()], &[100_000]).unwrap();
        let rows = run(&vectors, &options(&["sidco-exponential:1"]), None, |_| ()).unwrap();
        let mean = |vector: &str, density: f64| {
            let row = rows.iter().find(|row| row.vector == vector && row.density == density).unwrap();
            row.ratio.unwrap().estimate.mean
        };
        assert!((mean("laplace", 0.01) - 1.0).abs() < 0.1);
        // P(|Z| > −√(2/π) ln 0.01)/0.01 = 0.0239.
        assert!((mean("normal", 0.01) - 0.0239).abs() < 0.01, "{}", mean("normal", 0.01));
    }

    #[test]
    fn the_standard_selection_is_exact_and_a_family_is_tried_in_every_dimension() {
        let mut keys = Keys::default();
        select_nth(&[1.0, -3.0, 0.5, 3.0, -2.0], 3, &mut keys);
        let mut places: Vec<u32> = keys.pairs[2..].iter().map(|(_, j)| !j).collect();
        places.sort_unstable();
        assert_eq!(places, [1, 3, 4]);
        let vectors = families(&["normal".to_owned()], &[1000, 3000]).unwrap();
        let stopwatch = |call: &mut dyn FnMut()| {
            call();
            2.0
        };
        let rows = run(&vectors, &options(&[USUAL]), Some(&stopwatch), |_| ()).unwrap();
        let names: Vec<(&str, usize)> = rows.iter().map(|row| (row.vector.as_str(), row.dim)).collect();
        assert_eq!(names[..2], [("normal d=1000", 1000); 2]);
        assert_eq!(names[2..], [("normal d=3000", 3000); 2]);
        for row in rows {
            assert_eq!((row.ratio.unwrap().least, row.times.unwrap().extremes), (1.0, (2.0, 2.0)));
            assert!(row.passes.is_none(), "nothing is counted in the standard library");
        }
    }

    #[test]
    fn a_subset_draws_the_same_numbers_as_the_whole_on_any_number_of_threads() {
        let selectors = ["dgc-sampling", "sidco-pareto", "hard-threshold"];
        let all = run(&families(&[], &[3000]).unwrap(), &options(&selectors), None, |_| ()).unwrap();
        let part = families(&["student-t".to_owned()], &[3000]).unwrap();
        let one = run(
            &part,
            &Options { threads: 1, ..options(&selectors) },
            Some(&|call| {
                call();
                1.0
            }),
            |_| (),
        );
        let one = one.unwrap();
        assert!(one.iter().all(|row| row.times.unwrap().ratio == 1.0));
        let without_times = |row: &Row| format!("{:?}", Row { times: None, ..row.clone() });
        let all: Vec<String> = all.iter().filter(|row| row.vector == "student-t").map(without_times).collect();
        assert_eq!(one.iter().map(without_times).collect::<Vec<_>>(), all);
    }
}
