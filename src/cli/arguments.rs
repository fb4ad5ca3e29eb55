//! The arguments of all commands that execute an experiment.

use super::data::data_folder;
use crate::experiment::error::ExperimentError;
use crate::experiment::file::ExperimentFile;
use crate::experiment::plan::{Plan, Selection};
use crate::experiment::run::Options;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What all commands that run an experiment have in common.
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ExperimentArguments {
    /// The result folder; by default `results/` with the path of the experiment below `experiments/`.
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// Folder with data sets; by default what the experiment's `data_dir` or GRADSIEVE_DATA names.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Only runs whose key has this value, such as `k=10` or `method=sgd`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_filter)]
    filter: Vec<(String, String)>,
    /// Seeds instead of the file's, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "SEEDS")]
    seeds: Option<Vec<u64>>,
    /// At most fifty rounds and two seeds, into a folder of their own.
    #[arg(long)]
    pub(super) quick: bool,
    /// At the size of the file's table `full`, for a larger machine, into a folder of its own.
    #[arg(long, conflicts_with = "quick")]
    pub(super) full: bool,
    /// Threads; the results do not depend on them. All cores when absent.
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    threads: Option<NonZeroUsize>,
    /// Draw no plots.
    #[arg(long)]
    pub(super) no_plots: bool,
    /// Print nothing but errors.
    #[arg(long, short)]
    pub(super) quiet: bool,
}

impl ExperimentArguments {
    /// The plan of an experiment.
    pub(super) fn plan(&self, file: &ExperimentFile) -> Result<Plan, ExperimentError> {
        let selection = Selection { filters: self.filter.clone(), seeds: self.seeds.clone(), quick: self.quick };
        let data = data_folder(self.data_dir.as_deref().or(file.data_dir.as_deref()));
        let at_size = match (self.quick, self.full) {
            (true, _) => &file.at_quick_size(),
            (_, true) => &file.at_full_size()?,
            _ => file,
        };
        Plan::new(at_size, &selection, data.as_deref())
    }

    /// What the name of the result folder ends with.
    pub(super) fn size(&self) -> &'static str {
        match (self.quick, self.full) {
            (true, _) => "-quick",
            (_, true) => "-full",
            _ => "",
        }
    }

    /// How it is run, with the result folder of the experiment at `path`.
    pub(super) fn options(&self, path: &Path) -> Options {
        let threads = self.threads.or_else(|| std::thread::available_parallelism().ok());
        Options {
            out: self.out.clone().unwrap_or_else(|| default_folder(path, self.size())),
            threads: threads.map_or(1, NonZeroUsize::get),
            force: false,
            checkpoint_every: Duration::from_secs(10),
            reproduce: false,
            command: command(),
        }
    }
}

/// The command line, for the provenance; what is not UTF-8 in it is replaced.
pub(super) fn command() -> Vec<String> {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    std::iter::once("gradsieve".to_owned()).chain(words).collect()
}

/// More threads than this only wait for each other.
const MOST_THREADS: usize = 1024;

/// A number of threads.
pub(super) fn parse_threads(text: &str) -> Result<NonZeroUsize, String> {
    let threads = text.parse().ok().filter(|threads: &NonZeroUsize| threads.get() <= MOST_THREADS);
    threads.ok_or(format!("expected a number from 1 to {MOST_THREADS}"))
}

fn parse_filter(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE, such as k=10")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

/// `experiments/a/b.toml` → `results/a/b`, and anything else → `results/<file name>`.
fn default_folder(experiment: &Path, size: &str) -> PathBuf {
    let stem = experiment.with_extension("");
    let parts: Vec<_> = stem.components().collect();
    let below = parts
        .iter()
        .rposition(|part| part.as_os_str() == "experiments")
        .map_or_else(|| stem.file_name().map(PathBuf::from).unwrap_or_default(), |at| parts[at + 1..].iter().collect());
    let mut name = Path::new("results").join(below).into_os_string();
    name.push(size);
    PathBuf::from(name)
}
