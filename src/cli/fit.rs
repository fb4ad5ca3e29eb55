//! `gradsieve fit`: what the numbers of gradients look like, and what a compressor may expect of them.

use super::run::{plural, width};
use super::{Failure, SUCCESS};
use crate::distribution::{Effort, Location, Questions};
use crate::experiment::fit::{Fit, Vector, fit, tables};
use crate::output::number::significant;
use crate::output::table::Table;
use crate::tensor;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What to fit, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve fit gradients/step_100.safetensors
  gradsieve fit gradients --tensor fc1.weight --density 0.001,0.01
  gradsieve fit u.npy --together --out results/fit/mine

Read are .npy, .npz, .safetensors, .csv, .f32 and .f64: one file, or a folder with a file per step. Families are
symmetric about zero, exact zeros a point mass. Written are the tables that docs/results.md explains,
and a plot per tensor of what top-k leaves.")]
pub(super) struct FitArguments {
    /// A file of tensors, or a folder with files per step.
    path: PathBuf,
    /// The result folder; by default `results/fit/` with the name of the file.
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
    /// Numbers that go into p-values at most.
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    sample: u32,
    /// Of the randomness of the p-values.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Draw no plots.
    #[arg(long)]
    no_plots: bool,
    /// Print nothing but errors.
    #[arg(long, short)]
    quiet: bool,
}

/// Fits, writes and says what was found; gives the exit code.
pub(super) fn run(arguments: &FitArguments) -> Result<u8, Failure> {
    if let Some(wrong) = arguments.density.iter().find(|density| !(**density > 0.0 && **density <= 1.0)) {
        return Err(format!("--density {wrong}: a density k/d is above 0 and at most 1").into());
    }
    let effort = Effort { max_values: arguments.sample as usize, seed: arguments.seed, ..Effort::default() };
    let questions = Questions { densities: arguments.density.clone(), ..Questions::default() };
    let location = Location::Known(0.0);
    let fits: Vec<Fit> = vectors(arguments)?
        .into_iter()
        .map(|vector| fit(vector, location, effort, &questions))
        .collect::<Result<_, _>>()?;
    let name = arguments.path.file_stem().map_or_else(|| PathBuf::from("fit"), PathBuf::from);
    let folder = arguments.out.clone().unwrap_or_else(|| Path::new("results/fit").join(name));
    std::fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    tables::write(&folder, &fits)?;
    let n_figures = if arguments.no_plots { 0 } else { crate::output::fits::draw(&folder)?.len() };
    if !arguments.quiet {
        print(&fits, arguments, &folder, n_figures)?;
    }
    Ok(SUCCESS)
}

/// The vectors that are meant, all of them finite.
fn vectors(arguments: &FitArguments) -> Result<Vec<Vector>, Failure> {
    let mut tensors = tensor::open(&arguments.path)?.tensors;
    if let Some(name) = &arguments.tensor {
        let names: Vec<String> = tensors.iter().map(|tensor| tensor.name.clone()).collect();
        tensors.retain(|tensor| tensor.name == *name);
        if tensors.is_empty() {
            let valid: Vec<&str> = names.iter().map(String::as_str).collect();
            let nearest = crate::experiment::file::nearest(name, &valid);
            return Err(format!("{} has no tensor `{name}`: {nearest}", arguments.path.display()).into());
        }
    }
    let mut vectors: Vec<Vector> = Vec::new();
    for tensor in &tensors {
        if let Some(wrong) = tensor.first_not_finite()? {
            return Err(format!("{}: tensor `{}`: {wrong}", tensor.path().display(), tensor.name).into());
        }
        let values = tensor.to_vec()?;
        if let Some(last) = vectors.last_mut().filter(|last| arguments.together && last.step == tensor.step) {
            last.values.extend(values);
            continue;
        }
        let name = if arguments.together { "together".to_owned() } else { tensor.name.clone() };
        vectors.push(Vector { group: String::new(), name, step: tensor.step, values });
    }
    Ok(vectors)
}

fn print(fits: &[Fit], arguments: &FitArguments, folder: &Path, n_figures: usize) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let mut header = ["tensor", "step", "n", "kurtosis", "tail ξ", "nearest family"].map(str::to_owned).to_vec();
    header.extend(arguments.density.iter().map(|density| format!("left at {density}")));
    header.extend(["(1 − k/d)²".to_owned(), "k for 10 %".to_owned()]);
    let mut table = Table::new(header);
    for fit in fits {
        let survey = &fit.survey;
        let tail = survey.tail.map(|tail| significant(tail.moment, 2));
        let best = fit.choice.best().map(|best| best.distribution.family().about().name.to_owned());
        let mut row = vec![fit.name.clone(), fit.step.map(|step| step.to_string()).unwrap_or_default()];
        row.extend([survey.n.to_string(), significant(survey.moments.kurtosis.value, 3), tail.unwrap_or_default()]);
        row.push(best.unwrap_or_default());
        let left = arguments.density.iter().map(|density| survey.left_at(*density));
        row.extend(left.map(|left| left.map(|left| significant(left, 3)).unwrap_or_default()));
        row.push(if survey.bounds[0].holds { "holds for all k" } else { "fails" }.to_owned());
        row.push(survey.k_for.get(1).copied().flatten().map(|k| k.to_string()).unwrap_or_default());
        table.row(row);
    }
    write!(out, "{}", table.plain(width()))?;
    for fit in fits.iter().take(MOST_SENTENCES) {
        let step = fit.step.map(|step| format!(", step {step}")).unwrap_or_default();
        writeln!(out, "\n{}{step}: {}.", fit.name, fit.verdict())?;
    }
    let left_out = fits.len().saturating_sub(MOST_SENTENCES);
    if left_out > 0 {
        writeln!(out, "\n{left_out} more {} in the tables.", plural(left_out, "vector"))?;
    }
    writeln!(out, "\nTables and {n_figures} plot files are in {}.", folder.display())?;
    Ok(())
}

/// More vectors than this have their words in the tables only.
const MOST_SENTENCES: usize = 5;
