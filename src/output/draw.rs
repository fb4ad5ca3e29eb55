//! Which figures a folder has, by the tables in it, and their files.

use super::figure::Figure;
use super::{OutputError, benchmark, checks, fits, plot, selectors};
use crate::results::plots::is_file_name;
use crate::results::read::Columns;
use crate::results::run::{Diverged, diverged};
use crate::results::{CURVES, ROUNDS, SUMMARY};
use crate::store::write_whole_unlocked;
use std::path::{Path, PathBuf};

/// Pixels of a PNG per logical pixel of its SVG: 376 dots per inch at a width of 3.4 inches; print from the SVG.
pub const PNG_SCALE: f32 = 2.0;

/// Draws the figures of a result folder: `<file>.svg` and `<file>.png` for each row of its `plots.csv`, and
/// `check-<theorem>` for each theorem of its `check_rounds.csv`, if it has one. A folder with `selectors.csv`
/// instead of `rounds.csv` has figures of what selectors kept and how often they read, one with `limits.csv` those of a
/// benchmark.
///
/// Without a `plots.csv`: what [`crate::results::plots::defaults`] says. The bytes depend on the CSVs alone. Files are replaced whole. Returns what was written, in order.
///
/// # Errors
/// [`OutputError`]: an unreadable or malformed CSV (with file, line and column), a column that `rounds.csv` lacks, an
/// unwritable folder. A figure whose column holds nothing to draw is not an error; it says so.
pub fn draw(dir: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let mut written = vec![];
    for (file, figure) in figures(dir)? {
        written.extend(write_figure(dir, &file, &figure)?);
    }
    Ok(written)
}

/// Writes `<file>.svg` and `<file>.png`, each whole or not at all; gives their paths.
fn write_figure(dir: &Path, file: &str, figure: &Figure) -> Result<[PathBuf; 2], OutputError> {
    // Whatever cell of a table it was made of.
    if !is_file_name(file) {
        let problem = "its file would lie elsewhere: a table names it with a folder".to_owned();
        return Err(OutputError::Drawing { figure: file.to_owned(), problem });
    }
    let svg = figure.svg()?;
    let paths = ["svg", "png"].map(|extension| dir.join(format!("{file}.{extension}")));
    write_whole_unlocked(&paths[0], |out| out.write_all(svg.as_bytes()))?;
    let png = figure.png(PNG_SCALE)?;
    write_whole_unlocked(&paths[1], |out| out.write_all(&png))?;
    Ok(paths)
}

/// The figures of a result folder as data, each with the name of its file without extension.
///
/// # Errors
/// Those of [`draw`] except those of writing.
pub fn figures(dir: &Path) -> Result<Vec<(String, Figure)>, OutputError> {
    if !dir.join(ROUNDS).exists() && dir.join("selectors.csv").exists() {
        return selectors::figures(dir);
    }
    if !dir.join(ROUNDS).exists() && dir.join("fits.csv").exists() {
        return fits::figures(dir);
    }
    if !dir.join(ROUNDS).exists() && benchmark::is_one(dir) {
        return benchmark::figures(dir);
    }
    let rounds = Columns::read(&dir.join(ROUNDS))?;
    let summary = dir.join(SUMMARY);
    // A folder without one records no divergence.
    let diverged = if summary.exists() { diverged(&Columns::read(&summary)?)? } else { Diverged::new() };
    let requests = plot::requests_of(dir, &rounds)?;
    let is_curve = |request: &&plot::Request| request.table == "curves";
    let curves = requests.iter().find(is_curve).map(|_| Columns::read(&dir.join(CURVES))).transpose()?;
    let drawn = requests.iter().map(|request| {
        let table = curves.as_ref().filter(|_| is_curve(&request)).unwrap_or(&rounds);
        Ok((request.file.clone(), plot::alone(table, &diverged, request)?))
    });
    drawn.chain(checks::figures(dir)?.into_iter().map(Ok)).collect()
}
