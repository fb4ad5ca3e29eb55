//! Experiments: the file as written ([`mod@file`]), the grid of concrete runs ([`plan`]), their execution ([`run`])
//! and their storage ([`store`]); selectors tried by themselves ([`selectors`]); speed ([`benchmark`]).

use std::path::{Path, PathBuf};

pub mod benchmark;
pub mod check;
pub mod comparison;
pub mod file;
pub mod fit;
pub mod journal;
pub mod plan;
pub mod provenance;
pub mod results;
pub mod run;
pub mod schema;
pub mod selectors;
pub mod spec;
pub mod store;
pub mod vectors;

/// An experiment cannot be read, planned or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// The experiment file is wrong at a place.
    #[error("{0}")]
    Spec(#[from] file::SpecError),
    /// The file system refuses.
    #[error("cannot {action} {}: {source}{}", path.display(), remedy(source))]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Another process is writing to the result folder.
    #[error(
        "{} is in use by another gradsieve process: wait until it has finished, or choose another folder with --out",
        .0.display()
    )]
    Locked(PathBuf),
    /// f* cannot be computed, though a metric asks for it.
    #[error("cannot compute the minimum that `suboptimality` and `distance_squared` compare with: {0}")]
    Minimum(String),
    /// The runs are not those whose tables are in the folder.
    #[error(
        "{} holds other numbers than these runs give: other code or other data wrote it. Play the experiment anew with \
         gradsieve run, or check its file into another folder with --out",
        .0.display()
    )]
    NotReproduced(PathBuf),
    /// A table of a result folder is not what was written there.
    #[error("{}:{line}: {problem}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Its line, counted from 1.
        line: u64,
        /// What is wrong there.
        problem: String,
    },
    /// No run is left after filtering.
    #[error("no run of the plan matches --filter {filter}: the varying keys are {keys}")]
    NothingMatches {
        /// The filter.
        filter: String,
        /// What could be filtered by.
        keys: String,
    },
}

impl ExperimentError {
    fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

fn remedy(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded | std::io::ErrorKind::FileTooLarge => {
            " (free some space and run the same command again: finished runs are kept)"
        }
        std::io::ErrorKind::PermissionDenied
        | std::io::ErrorKind::ReadOnlyFilesystem
        | std::io::ErrorKind::NotADirectory
        | std::io::ErrorKind::AlreadyExists => " (choose another folder with --out)",
        _ => "",
    }
}
