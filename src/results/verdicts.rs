//! The tables that are made of the runs of a result folder and of what is known besides: verdicts, claims, constants,
//! fits. They are of the runs beside them, or of no use.

use super::error::ResultsError;
use super::plots::is_file_name;
use super::read::{Columns, distinct};
use super::{PLOTS, ROUNDS, SUMMARY};
use crate::store::{StoreError, digest, write_whole_unlocked};
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The table of verdicts: a row for each theorem on each setting.
pub const CHECKS: &str = "checks.csv";

/// The table with both sides of each theorem in the recorded rounds.
pub const CHECK_ROUNDS: &str = "check_rounds.csv";

/// The table of the constants of each setting.
pub const CONSTANTS: &str = "constants.csv";

/// The table of the claims of the experiment.
pub const CLAIMS: &str = "claims.csv";

/// What a check writes, the table of verdicts last, so that it is there only together with the others.
const OF_A_CHECK: [&str; 4] = [CHECK_ROUNDS, CONSTANTS, CLAIMS, CHECKS];

/// The table of fits, in the folder `fit` of a result folder.
const FITS: &str = "fit/fits.csv";

/// Whether a table is one of those that [`assert_current`] is about.
#[must_use]
pub fn is_of_a_check(table: &str) -> bool {
    OF_A_CHECK.contains(&table)
}

/// The name of the figure of a theorem, without extension; `None` where the theorem has a name that no file can have.
#[must_use]
pub fn figure_name(theorem: &str) -> Option<String> {
    Some(format!("check-{}", theorem.replace('\'', "-prime"))).filter(|_| is_file_name(theorem))
}

/// Where it is kept of which runs the verdicts are: the checksums of `rounds.csv` and `checks.csv`.
fn seal(folder: &Path) -> PathBuf {
    folder.join(".store").join("checked")
}

fn checksums(folder: &Path) -> Option<[String; 2]> {
    let [rounds, checks] = [ROUNDS, CHECKS].map(|table| Some(digest(&folder.join(table))?.1));
    Some([rounds?, checks?])
}

/// Remembers that the verdicts in the folder are of the runs in it.
///
/// # Errors
/// The file system refuses.
pub fn remember(folder: &Path) -> Result<(), StoreError> {
    let Some(checksums) = checksums(folder) else { return Ok(()) };
    let inner = folder.join(".store");
    fs::create_dir_all(&inner).map_err(StoreError::io("create the folder", &inner))?;
    write_whole_unlocked(&seal(folder), |out| writeln!(out, "{}", checksums.join("\n")))
}

/// Refuses verdicts of other runs than those in the folder. Where nothing is remembered of their making, they must at
/// least be about the settings of `summary.csv`; a folder without verdicts has nothing to refuse.
///
/// # Errors
/// [`ResultsError::Outdated`]; a table that cannot be read.
pub fn assert_current(folder: &Path) -> Result<(), ResultsError> {
    let (checks, summary) = (folder.join(CHECKS), folder.join(SUMMARY));
    if !checks.is_file() || !summary.is_file() {
        return Ok(());
    }
    let remembered = fs::read_to_string(seal(folder)).unwrap_or_default();
    if let (Some([of_runs, of_checks]), Some((remembered_runs, remembered_checks))) =
        (checksums(folder), remembered.trim().split_once('\n'))
        // A table that came from elsewhere since has a memory of its own.
        && of_checks == remembered_checks
    {
        return if of_runs == remembered_runs { Ok(()) } else { Err(ResultsError::Outdated(checks)) };
    }
    let (checked, ran) = (Columns::read(&checks)?, Columns::read(&summary)?);
    let labels = |table: &Columns| -> Result<BTreeSet<String>, ResultsError> {
        Ok(table.texts("label")?.into_iter().map(str::to_owned).collect())
    };
    let (of_checks, of_runs) = (labels(&checked)?, labels(&ran)?);
    if of_checks.is_empty() || of_checks == of_runs { Ok(()) } else { Err(ResultsError::Outdated(checks)) }
}

/// Refuses fits of vectors of other runs than those in the folder.
///
/// # Errors
/// [`ResultsError::Outdated`]; a table that cannot be read.
pub fn assert_fits_are_current(folder: &Path) -> Result<(), ResultsError> {
    let (fits, summary) = (folder.join(FITS), folder.join(SUMMARY));
    if !fits.is_file() || !summary.is_file() {
        return Ok(());
    }
    let summary = Columns::read(&summary)?;
    let runs = summary.texts("label")?.into_iter().zip(summary.texts("seed")?);
    let places: Vec<String> = runs.map(|(label, seed)| vectors_of(label, seed)).collect();
    // Vectors of files belong to no group.
    let is_known = |group: &&str| group.is_empty() || places.iter().any(|place| group.starts_with(place.as_str()));
    let table = Columns::read(&fits)?;
    if table.distinct("group")?.iter().all(is_known) { Ok(()) } else { Err(ResultsError::Outdated(fits)) }
}

/// What the group of the vectors of a run begins with in the tables of fits; the worker follows.
#[must_use]
pub fn vectors_of(label: &str, seed: impl std::fmt::Display) -> String {
    format!("{label}, seed {seed}, worker ")
}

/// Removes everything that was made of the runs in the folder, before others take their place: verdicts, fits and
/// figures.
///
/// # Errors
/// The file system refuses.
pub fn remove(folder: &Path) -> Result<(), StoreError> {
    // A table that cannot be read names no figure.
    let named = |table: &str, column: &str| -> Vec<String> {
        let table = Columns::read(&folder.join(table)).ok();
        let names = table.as_ref().and_then(|table| table.distinct(column).ok()).unwrap_or_default();
        names.into_iter().map(str::to_owned).collect()
    };
    let theorems = named(CHECK_ROUNDS, "theorem").into_iter().filter_map(|theorem| figure_name(&theorem));
    let plots = named(PLOTS, "file").into_iter().filter(|name| is_file_name(name));
    let figures: Vec<PathBuf> = theorems
        .chain(plots)
        .flat_map(|name| ["svg", "png"].map(|extension| folder.join(format!("{name}.{extension}"))))
        .collect();
    let tables = OF_A_CHECK.map(|table| folder.join(table));
    for path in figures.into_iter().chain(tables).chain([seal(folder)]) {
        remove_file(&path)?;
    }
    let fits = folder.join(FITS);
    let Some(fit) = fits.parent().filter(|_| fits.is_file()) else { return Ok(()) };
    let entries = fs::read_dir(fit).map_err(StoreError::io("read", fit))?;
    let made = entries.flatten().map(|entry| entry.path()).filter(|path| {
        path.extension().is_some_and(|extension| ["csv", "svg", "png"].iter().any(|own| extension == *own))
    });
    for path in distinct(made) {
        remove_file(&path)?;
    }
    // What else lies there keeps it.
    let _ = fs::remove_dir(fit);
    Ok(())
}

/// Removes a file, if it is there.
///
/// # Errors
/// The file system refuses.
pub fn remove_file(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_on_other_settings_are_refused_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write(SUMMARY, "run,label,seed\n1,sgd,1\n2,sgd,2\n");
        assert!(assert_current(folder.path()).is_ok());
        write(CHECKS, "theorem,label\nA2,sgd\n");
        assert!(assert_current(folder.path()).is_ok());
        write(CHECKS, "theorem,label\nA2,sgd step_size=3\n");
        assert!(matches!(assert_current(folder.path()), Err(ResultsError::Outdated(_))));

        // What is remembered decides, whatever the settings are called.
        write(ROUNDS, "run,label,round\n1,sgd,0\n");
        write(CHECKS, "theorem,label\nA2,sgd\n");
        remember(folder.path()).unwrap();
        assert!(assert_current(folder.path()).is_ok());
        write(ROUNDS, "run,label,round\n1,sgd,1\n");
        let error = assert_current(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("checks.csv is of other runs than rounds.csv") && error.contains("gradsieve check"),
            "{error}"
        );
        // Another table of verdicts came from elsewhere.
        write(CHECKS, "theorem,label\nA2,sgd\nC1,sgd\n");
        assert!(assert_current(folder.path()).is_ok());

        write(CHECK_ROUNDS, "theorem,label\nS3',sgd\n../x,sgd\n");
        write(PLOTS, "file\nloss\n../../y\n");
        fs::create_dir(folder.path().join("fit")).unwrap();
        write(FITS, "group,family\n\"sgd, seed 2, worker 0\",normal\n");
        assert!(assert_fits_are_current(folder.path()).is_ok());
        write(FITS, "group,family\n\"sgd, seed 3, worker 0\",normal\n");
        assert!(matches!(assert_fits_are_current(folder.path()), Err(ResultsError::Outdated(_))));
        for name in ["check-S3-prime.svg", "loss.png", "mine.svg", "fit/mine.txt"] {
            write(name, "");
        }
        remove(folder.path()).unwrap();
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".store", "fit", "mine.svg", PLOTS, ROUNDS, SUMMARY]);
        assert_eq!(fs::read_dir(folder.path().join("fit")).unwrap().count(), 1);
    }

    #[test]
    fn names_of_theorems_lead_to_no_other_folder() {
        assert_eq!(figure_name("S3'").unwrap(), "check-S3-prime");
        for name in ["../a", "a/b", "..", "", "a\0b", "a\\b", ".hidden"] {
            assert_eq!(figure_name(name), None, "{name:?}");
        }
    }
}
