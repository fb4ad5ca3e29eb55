//! The experiments of this project, inside the program: they run wherever it is installed.
//!
//! A file on disk comes first, so that an edited experiment is the one that runs.

use std::path::{Path, PathBuf};

/// Path and text of every file below `experiments/`, in the order of their paths.
const EXPERIMENTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/experiments.rs"));

/// Path and text of every embedded experiment, in the order of their paths.
#[must_use]
pub fn experiments() -> &'static [(&'static str, &'static str)] {
    EXPERIMENTS
}

/// The embedded experiment that is meant by its path, or by what is between `experiments/` and `.toml`.
#[must_use]
pub fn find(meant: &Path) -> Option<(&'static Path, &'static str)> {
    let is_meant = |path: &Path| path == meant || name(path) == meant;
    EXPERIMENTS.iter().map(|(path, text)| (Path::new(*path), *text)).find(|(path, _)| is_meant(path))
}

/// The paths of the embedded experiments that are meant by a name, or are in the folder of this name; all for an empty
/// name.
#[must_use]
pub fn below(meant: &Path) -> Vec<PathBuf> {
    EXPERIMENTS.iter().map(|(path, _)| PathBuf::from(path)).filter(|path| name(path).starts_with(meant)).collect()
}

/// `findings/xi-unbounded` for `experiments/findings/xi-unbounded.toml`.
fn name(path: &Path) -> PathBuf {
    path.strip_prefix("experiments").unwrap_or(path).with_extension("")
}

#[cfg(test)]
mod tests {
    use super::{below, experiments, find};
    use std::path::Path;

    #[test]
    fn a_path_and_a_name_mean_the_same_experiment() {
        for (path, text) in experiments() {
            let name = path.strip_prefix("experiments/").unwrap().strip_suffix(".toml").unwrap();
            assert_eq!(find(Path::new(path)), Some((Path::new(path), *text)));
            assert_eq!(find(Path::new(name)), find(Path::new(path)));
            assert!(below(Path::new(name)).contains(&path.into()));
        }
        assert_eq!(find(Path::new("experiments")), None);
        assert_eq!(find(Path::new("quickstar")), None);
    }

    #[test]
    fn a_folder_means_everything_in_it() {
        assert_eq!(below(Path::new("")).len(), experiments().len());
        let findings = below(Path::new("findings"));
        assert!(!findings.is_empty() && findings.iter().all(|path| path.starts_with("experiments/findings")));
        assert!(below(Path::new("finding")).is_empty());
    }
}
