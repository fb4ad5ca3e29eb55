//! `gradsieve fit`: what the numbers of gradients look like, and what a compressor may expect of them.

use super::terminal::{passed_over, plural, width};
use super::{Failure, SUCCESS};
use crate::distribution::{Effort, Location, Questions};
use crate::fit::each::fit_each;
use crate::fit::source::{self, Sources};
use crate::fit::{Fit, Fits, tables};
use crate::output::number::significant;
use crate::output::table::Table;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What to fit, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve fit gradients/step_100.safetensors
  gradsieve fit gradients --tensor fc1.weight --density 0.001,0.01
  gradsieve fit u.npy --together --out results/fit/mine
  gradsieve fit results/findings/distributions-over-training

Input is .npy, .npz, .safetensors, .csv, .f32 or .f64, one file or a folder with one file per step, or the result \
folder of an experiment with record = { vectors = { } }. Families are symmetric about zero (or about an estimated \
location), with a point mass for exact zeros. A tensor that cannot be fitted, such as one of zeros, of a single number, \
with NaN, or of integers, is passed over, and passed_over.csv says why. docs/results.md explains the tables; the plots \
are drawn from them.

Of CSV, a header of names or of 0, 1, 2, … and a column without a name that counts the rows are not values; a missing \
value is an error.")]
pub(super) struct FitArguments {
    /// A file of tensors, a folder with files per step, or the result folder of an experiment.
    path: PathBuf,
    /// The folder to write to; by default `results/fit/` with the name of the file, or `fit` in a result folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Only this tensor.
    #[arg(long, value_name = "NAME")]
    tensor: Option<String>,
    /// All tensors of a step as one vector.
    #[arg(long)]
    together: bool,
    /// Densities k/d for which thresholds are compared, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "DENSITIES", default_value = "0.001,0.01,0.1")]
    density: Vec<f64>,
    /// Families are symmetric about zero, or each about a location that it estimates.
    #[arg(long, value_enum, default_value_t = Center::Zero)]
    center: Center,
    /// At most this many numbers go into p-values.
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    sample: u32,
    /// Samples drawn from each fitted distribution for its p-values.
    #[arg(long, value_name = "N", default_value_t = 199, value_parser = clap::value_parser!(u32).range(1..))]
    replicates: u32,
    /// Seed of the randomness of the p-values.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Draw no plots.
    #[arg(long)]
    no_plots: bool,
    /// Print nothing but errors.
    #[arg(long, short)]
    quiet: bool,
}

/// What families are symmetric about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Center {
    // As gradients are.
    Zero,
    // A location that every family estimates for itself.
    Estimated,
}

/// Fits, writes and says what was found; gives the exit code.
pub(super) fn run(arguments: &FitArguments) -> Result<u8, Failure> {
    if let Some(wrong) = arguments.density.iter().find(|density| !(**density > 0.0 && **density <= 1.0)) {
        return Err(format!("--density {wrong}: a density k/d is above 0 and at most 1").into());
    }
    let folder = arguments.out.clone().unwrap_or_else(|| default_folder(&arguments.path));
    let sources = sources(arguments)?;
    let layouts = source::layouts(&sources.sources);
    let fits = fits(sources, arguments)?;
    let n_figures = keep(&folder, &fits, arguments.no_plots)?;
    if !arguments.quiet {
        print(&fits, arguments, &folder, n_figures, &layouts)?;
    }
    Ok(SUCCESS)
}

/// Writes tables and figures, and counts the latter.
fn keep(folder: &Path, fits: &Fits, no_plots: bool) -> Result<usize, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    tables::write(folder, fits)?;
    Ok(if no_plots { 0 } else { crate::output::draw::draw(folder)?.len() })
}

/// Fits what is meant.
fn fits(sources: Sources, arguments: &FitArguments) -> Result<Fits, Failure> {
    let bar = progress(sources.sources.len(), arguments.quiet);
    let mut n_begun = 0;
    let fits = fit_each(sources, arguments.location(), arguments.effort(), &arguments.questions(), |name| {
        bar.set_message(name.to_owned());
        bar.set_position(n_begun);
        n_begun += 1;
    });
    bar.finish_and_clear();
    Ok(fits?)
}

impl FitArguments {
    fn effort(&self) -> Effort {
        Effort { max_values: self.sample as usize, n_replicates: self.replicates as usize, seed: self.seed }
    }

    fn location(&self) -> Location {
        match self.center {
            Center::Zero => Location::Known(0.0),
            Center::Estimated => Location::Estimated,
        }
    }

    fn questions(&self) -> Questions {
        Questions { densities: self.density.clone(), ..Questions::default() }
    }
}

/// `fit` in a result folder, `results/fit/<name>` for files of tensors.
fn default_folder(path: &Path) -> PathBuf {
    if source::is_result_folder(path) {
        return path.join("fit");
    }
    Path::new("results/fit").join(path.file_stem().unwrap_or("fit".as_ref()))
}

fn progress(n: usize, quiet: bool) -> ProgressBar {
    let bar = if quiet || n < 2 { ProgressBar::hidden() } else { ProgressBar::new(n as u64) };
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} vectors  {msg}  {elapsed}, {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// The vectors that are meant.
fn sources(arguments: &FitArguments) -> Result<Sources, Failure> {
    let mut all = source::open(&arguments.path)?;
    if let Some(name) = &arguments.tensor {
        let of_sources = all.sources.iter().map(|source| source.name.clone());
        let names: Vec<String> = of_sources.chain(all.passed_over.iter().map(|passed| passed.name.clone())).collect();
        all.sources.retain(|source| source.name == *name);
        all.passed_over.retain(|passed| passed.name == *name);
        if all.sources.is_empty() && all.passed_over.is_empty() {
            let valid: Vec<&str> = names.iter().map(String::as_str).collect();
            let nearest = crate::suggest::help(name, &valid);
            return Err(format!("{} has no tensor `{name}`: {nearest}", arguments.path.display()).into());
        }
    }
    if arguments.together {
        all.sources = source::together(all.sources);
    }
    Ok(all)
}

fn print(
    fits: &Fits,
    arguments: &FitArguments,
    folder: &Path,
    n_figures: usize,
    layouts: &[String],
) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for layout in layouts.iter().take(MOST_SENTENCES) {
        writeln!(out, "{layout}.")?;
    }
    let n_more = layouts.len().saturating_sub(MOST_SENTENCES);
    if n_more > 0 {
        writeln!(out, "{n_more} more {} of other forms.", plural(n_more, "file"))?;
    }
    let Fits { fitted: fits, passed_over: others } = fits;
    let mut header = ["tensor", "step", "n", "kurtosis", "tail ξ", "nearest family"].map(str::to_owned).to_vec();
    header.extend(arguments.density.iter().map(|density| format!("left at {density}")));
    header.extend(["(1 − k/d)²".to_owned(), "k for 10 %".to_owned()]);
    for of_group in fits.chunk_by(|a, b| a.group == b.group) {
        let group = &of_group[0].group;
        if !group.is_empty() {
            writeln!(out, "{group}")?;
        }
        let mut table = Table::new(header.clone());
        for fit in of_group {
            table.row(row(fit, &arguments.density));
        }
        writeln!(out, "{}", table.plain(width()))?;
    }
    // The longest vectors say most.
    let mut longest: Vec<&Fit> = fits.iter().collect();
    longest.sort_by_key(|fit| std::cmp::Reverse(fit.survey.n));
    for fit in longest.into_iter().take(MOST_SENTENCES) {
        let step = fit.step.map(|step| format!(", step {step}")).unwrap_or_default();
        let group = if fit.group.is_empty() { String::new() } else { format!(" of {}", fit.group) };
        writeln!(out, "{}{group}{step}: {}.\n", fit.name, fit.verdict())?;
    }
    let left_out = fits.len().saturating_sub(MOST_SENTENCES);
    if left_out > 0 {
        writeln!(out, "The words on {left_out} more {} are in verdicts.csv.\n", plural(left_out, "vector"))?;
    }
    passed_over(&mut out, others, fits.len() + others.len(), "passed_over.csv lists them all")?;
    writeln!(out, "Tables and {n_figures} plot files are in {}.", folder.display())?;
    Ok(())
}

/// The cells of one vector.
fn row(fit: &Fit, densities: &[f64]) -> Vec<String> {
    let survey = &fit.survey;
    let tail = survey.tail.map(|tail| significant(tail.moment, 2));
    let best = fit.choice.best().map(|best| best.distribution.family().about().name.to_owned());
    let mut row = vec![fit.name.clone(), fit.step.map(|step| step.to_string()).unwrap_or_default()];
    row.extend([survey.n.to_string(), significant(survey.moments.kurtosis.value, 3), tail.unwrap_or_default()]);
    row.push(best.unwrap_or_default());
    let left = densities.iter().map(|density| survey.left_at(*density));
    row.extend(left.map(|left| left.map(|left| significant(left, 3)).unwrap_or_default()));
    row.push(if survey.bounds[0].holds { "holds" } else { "fails" }.to_owned());
    row.push(survey.k_for.get(1).copied().flatten().map(|k| k.to_string()).unwrap_or_default());
    row
}

/// More vectors than this have their words in the tables only.
const MOST_SENTENCES: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[test]
    fn the_defaults_are_those_with_which_the_vectors_of_runs_are_fitted() {
        #[derive(clap::Parser)]
        struct Defaults {
            #[command(flatten)]
            fit: FitArguments,
        }
        let arguments = Defaults::try_parse_from(["fit", "folder"]).unwrap().fit;
        assert_eq!(arguments.density, crate::fit::runs::DENSITIES);
        assert_eq!(arguments.location(), Location::Known(0.0));
        let (own, default) = (arguments.effort(), Effort::default());
        assert_eq!(
            (own.max_values, own.n_replicates, own.seed),
            (default.max_values, default.n_replicates, default.seed)
        );
        assert!(!arguments.together && arguments.tensor.is_none());
    }
}
