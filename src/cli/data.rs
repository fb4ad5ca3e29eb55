//! `gradsieve data list | info NAME | fetch NAME | cache`.
//!
//! It knows the catalogue and how to print it; reading and downloading are the library's.

use super::terminal::plural;
use crate::dataset::cache::{MOST_BYTES, RowCache, Usage};
use crate::dataset::catalogue::{ENTRIES, Entry, SourceFile, find};
use crate::dataset::fetch::{Download, Downloaded, FetchError, download};
use crate::dataset::{DatasetError, DatasetSpec, GeneratorSpec, LabelSummary, Summary};
use std::error::Error;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

/// The environment variable that names the data folder.
pub const DATA_VARIABLE: &str = "GRADSIEVE_DATA";

/// Arguments of `gradsieve data`.
#[derive(Debug, Clone, clap::Args)]
pub struct DataArguments {
    /// What to do.
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum DataCommand {
    /// List the data sets that an experiment can name.
    List,
    /// Show counts, label balance, row norms, density, checksums and licence of a data set.
    #[command(after_help = "Example: gradsieve data info spambase")]
    Info {
        /// A name that `gradsieve data list` shows.
        name: String,
        /// The data folder; by default what GRADSIEVE_DATA names.
        #[arg(long, value_name = "DIR")]
        data_dir: Option<PathBuf>,
    },
    /// Download a data set from its public home into the data folder; a cut download continues.
    #[command(after_help = "Example: gradsieve data fetch a9a --data-dir ~/data")]
    Fetch {
        /// A name that `gradsieve data list` shows.
        name: String,
        /// The data folder; by default what GRADSIEVE_DATA names.
        #[arg(long, value_name = "DIR")]
        data_dir: Option<PathBuf>,
        /// Another address of the file, or, ending in `/`, of the folder that holds the files.
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
    /// Show where rows that were read before are kept and how much they take, or remove them.
    #[command(after_help = "\
Example: gradsieve data cache --clear

Rows of files above 256 kB are kept in gradsieve/rows of the folder that XDG_CACHE_HOME names, else of ~/.cache, so that \
the next run reads them sooner. Nothing depends on them: they can be removed at any time, and the oldest are when they are \
more than 2 GB.")]
    Cache {
        /// Remove all that is kept.
        #[arg(long)]
        clear: bool,
    },
}

/// The data folder: the option, else what the environment variable `GRADSIEVE_DATA` names.
#[must_use]
pub fn data_folder(option: Option<&Path>) -> Option<PathBuf> {
    let variable = || std::env::var_os(DATA_VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    option.map(Path::to_owned).or_else(variable)
}

/// Runs `gradsieve data`; `folder` is the data folder where the command's own arguments name none.
///
/// # Errors
/// The name is unknown, data are missing or broken, a download fails, or standard output is closed.
pub fn run(arguments: &DataArguments, folder: Option<&Path>) -> Result<(), Box<dyn Error>> {
    run_to(arguments, folder, &mut stdout().lock())
}

/// As [`run`], with the text to `out`.
///
/// # Errors
/// As [`run`].
pub fn run_to(arguments: &DataArguments, folder: Option<&Path>, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let folder_of = |own: &Option<PathBuf>| data_folder(own.as_deref().or(folder));
    match &arguments.command {
        DataCommand::List => list(out),
        DataCommand::Info { name, data_dir } => info(name, folder_of(data_dir).as_deref(), out),
        DataCommand::Fetch { name, data_dir, url } => fetch(name, folder_of(data_dir).as_deref(), url.as_deref(), out),
        DataCommand::Cache { clear } => cache(*clear, out),
    }
}

fn cache(clear: bool, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let Some(cache) = RowCache::of_user() else {
        writeln!(out, "no rows are kept: neither XDG_CACHE_HOME nor HOME names a folder")?;
        return Ok(());
    };
    let folder = cache.folder().display();
    let megabytes = |n_bytes: u64| format!("{:.1} MB", n_bytes as f64 / 1e6);
    if clear {
        let Usage { n_entries, n_bytes } = cache.clear().map_err(|error| format!("{folder}: {error}"))?;
        writeln!(out, "removed {n_entries} {}, {}, from {folder}", plural(n_entries, "file"), megabytes(n_bytes))?;
    } else {
        let Usage { n_entries, n_bytes } = cache.usage();
        writeln!(out, "folder      {folder}")?;
        writeln!(out, "entries     {n_entries}")?;
        writeln!(out, "size        {} of at most {}", megabytes(n_bytes), megabytes(MOST_BYTES))?;
    }
    Ok(())
}

fn list(out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    writeln!(out, "{:<22} {:<10} {:>7} {:>8}  {:<8}  summary", "name", "task", "rows", "features", "where")?;
    for entry in ENTRIES {
        let place = match entry {
            entry if entry.is_embedded() => "embedded",
            entry if entry.files.iter().all(|file| file.url.is_some()) => "fetch",
            _ => "folder",
        };
        let Entry { name, task, n_rows, n_features, summary, .. } = entry;
        writeln!(out, "{name:<22} {task:<10} {n_rows:>7} {n_features:>8}  {place:<8}  {summary}")?;
    }
    writeln!(
        out,
        "\nembedded: part of the program; fetch: `gradsieve data fetch NAME`; folder: no public home serves it"
    )?;
    writeln!(out, "in this form, put it into the data folder (--data-dir or {DATA_VARIABLE}).\n\nGenerators:")?;
    for member in GeneratorSpec::MEMBERS {
        writeln!(out, "{:<22} {}", member.name, member.summary)?;
    }
    writeln!(out, "{:<22} A file of yours: {{ name = \"file\", path = \"x.libsvm.gz\" }}", "file")?;
    Ok(())
}

fn info(name: &str, folder: Option<&Path>, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let spec = DatasetSpec::named(name)?;
    let Some(entry) = find(name) else { return Ok(()) };
    writeln!(out, "{}: {}", entry.name, entry.summary)?;
    writeln!(out, "task        {}", entry.task)?;
    writeln!(out, "home        {}", entry.home)?;
    writeln!(out, "licence     {}", entry.licence)?;
    for file in entry.files {
        writeln!(out, "file        {}", file.name)?;
        writeln!(out, "  sha256    {}", file.sha256.unwrap_or("unknown"))?;
        writeln!(out, "  contents  {}", file.content_sha256.unwrap_or("unknown"))?;
    }
    if !entry.classes.is_empty() {
        writeln!(out, "in file     {}", entry.classes)?;
    }
    let loaded = match spec.load(folder) {
        Ok(loaded) => loaded,
        Err(missing @ DatasetError::Missing { .. }) => {
            writeln!(out, "rows        {}", entry.n_rows)?;
            writeln!(out, "features    {}", entry.n_features)?;
            if let Some(n_stored) = entry.n_stored {
                writeln!(out, "nonzeros    {n_stored}")?;
            }
            writeln!(out, "not here    {missing}")?;
            return Ok(());
        }
        Err(other) => return Err(other.into()),
    };
    let summary = Summary::of(&loaded.dataset, loaded.task);
    writeln!(out, "rows        {}", summary.n_rows)?;
    writeln!(out, "features    {}", summary.n_features)?;
    writeln!(out, "nonzeros    {} (density {:.3e})", summary.n_nonzero, summary.density)?;
    match &summary.labels {
        LabelSummary::Classes(classes) => {
            let percent = |count: usize| 100.0 * count as f64 / summary.n_rows as f64;
            let shown: Vec<String> =
                classes.iter().map(|(label, count)| format!("{label}: {count} ({:.1} %)", percent(*count))).collect();
            writeln!(out, "labels      {}", shown.join(", "))?;
        }
        LabelSummary::Range { min, mean, max } => {
            writeln!(out, "labels      from {min} to {max}, mean {mean:.6}")?;
        }
    }
    writeln!(out, "row norms   from {:.6} to {:.6}", summary.row_norms.0, summary.row_norms.1)?;
    writeln!(out, "checksum    {}", loaded.checksum)?;
    Ok(())
}

fn fetch(name: &str, folder: Option<&Path>, url: Option<&str>, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let spec = DatasetSpec::named(name)?;
    let Some(entry) = find(name) else { return Ok(()) };
    if entry.is_embedded() {
        writeln!(out, "{name} is part of the program: there is nothing to fetch")?;
        return Ok(());
    }
    let Some(folder) = folder else {
        return Err(format!("no data folder is known: state --data-dir DIR or set {DATA_VARIABLE}").into());
    };
    let mut fetched = Vec::new();
    for file in entry.files {
        if let Some(path) = entry.places(file, Some(folder)).iter().find(|path| path.is_file()) {
            writeln!(out, "{} is already here", path.display())?;
            continue;
        }
        let address = address(entry, file, url)?;
        let target = folder.join(entry.folder).join(file.home_name().unwrap_or(file.name));
        writeln!(out, "fetching {address}")?;
        out.flush()?;
        let downloaded = fetch_file(&address, &target, file)?;
        writeln!(out, "{}: {} bytes, SHA-256 {}", target.display(), downloaded.n_bytes, downloaded.sha256)?;
        if downloaded.resumed_from > 0 {
            writeln!(out, "continued a cut download at byte {}", downloaded.resumed_from)?;
        }
        fetched.push((target, file, downloaded));
    }
    if let Err(error) = spec.load(Some(folder)) {
        for (target, ..) in &fetched {
            std::fs::remove_file(target)?;
        }
        let removed = if fetched.is_empty() { "" } else { "; what was fetched is removed" };
        return Err(format!("{error}{removed}").into());
    }
    for (target, file, downloaded) in &fetched {
        let known = file.content_sha256 == Some(downloaded.content_sha256.as_str());
        writeln!(
            out,
            "{}",
            if known {
                "verified: the contents equal the copy that the catalogue was counted from"
            } else {
                "no checksum of this file is known: the counts agree with the catalogue, the checksum above is recorded"
            }
        )?;
        let recorded = format!("{}  {}\n", downloaded.sha256, file_name(target));
        std::fs::write(target.with_file_name(format!("{}.sha256", file_name(target))), recorded)?;
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Where a file is fetched from.
fn address(entry: &Entry, file: &SourceFile, url: Option<&str>) -> Result<String, Box<dyn Error>> {
    match (url, file.url) {
        (Some(folder), _) if folder.ends_with('/') => Ok(format!("{folder}{}", file.home_name().unwrap_or(file.name))),
        (Some(_), _) if entry.files.len() > 1 => {
            Err(format!("{} has {} files: --url must name their folder and end in /", entry.name, entry.files.len())
                .into())
        }
        (Some(url), _) | (None, Some(url)) => Ok(url.to_owned()),
        (None, None) => Err(format!(
            "no public home serves {} in a form that can be read: see {}, and put {} into the folder {} of the data \
             folder, or state --url",
            entry.name, entry.home, file.name, entry.folder
        )
        .into()),
    }
}

fn fetch_file(address: &str, target: &Path, file: &SourceFile) -> Result<Downloaded, FetchError> {
    let bar = indicatif::ProgressBar::new(0);
    if let Ok(style) =
        indicatif::ProgressStyle::with_template("{bytes} of {total_bytes} {wide_bar} {bytes_per_sec} {eta}")
    {
        bar.set_style(style);
    }
    let content_sha256 = file.content_sha256.filter(|_| file.home_is_exact);
    let request = Download { url: address, target, content_sha256 };
    let outcome = download(&request, &mut |bytes, whole| {
        if let Some(whole) = whole {
            bar.set_length(whole);
        }
        bar.set_position(bytes);
    });
    bar.finish_and_clear();
    outcome
}
