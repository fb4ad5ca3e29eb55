//! The figures of a fit, drawn from `energy.csv` alone: what top-k leaves of the squared norm, against k/d.

use super::figure::{Axis, Figure, Scale, Series};
use super::results::Columns;
use super::{OutputError, plot};
use std::path::{Path, PathBuf};

/// More vectors than this are in the tables alone.
const MOST_VECTORS: usize = 8;

/// Draws `energy-<n>` as SVG and PNG for the first vectors of the table; gives what was written.
///
/// # Errors
/// [`OutputError`]: an unreadable or malformed CSV, a folder that cannot be written.
pub fn draw(dir: &Path) -> Result<Vec<PathBuf>, OutputError> {
    let table = Columns::read(&dir.join("energy.csv"))?;
    let (tensors, steps, families) = (table.texts("tensor")?, table.texts("step")?, table.texts("family")?);
    let column = |name| table.numbers(name);
    let (kappa, observed, linear) = (column("kappa")?, column("observed")?, column("linear")?);
    let (square, cube, predicted) = (column("square")?, column("cube")?, column("predicted")?);
    let mut vectors: Vec<(&str, &str)> = tensors.iter().copied().zip(steps.iter().copied()).collect();
    let mut seen = std::collections::BTreeSet::new();
    vectors.retain(|vector| seen.insert(*vector));
    let mut written = Vec::new();
    for (index, (tensor, step)) in vectors.into_iter().take(MOST_VECTORS).enumerate() {
        let is_own = |row: usize| (tensors[row], steps[row]) == (tensor, step);
        let family = (0..table.len()).find(|row| is_own(*row)).map_or("", |row| families[row]);
        let rows: Vec<usize> = (0..table.len()).filter(|row| is_own(*row) && families[*row] == family).collect();
        let series = |label: &str, y: &[Option<f64>]| Series {
            label: label.to_owned(),
            points: rows.iter().filter_map(|row| Some((kappa[*row]?, y[*row]?))).collect(),
            ..Series::default()
        };
        let mut all = vec![series("observed", &observed)];
        if !family.is_empty() {
            all.push(series(&format!("predicted, {family}"), &predicted));
        }
        all.extend([series("1 − k/d", &linear), series("(1 − k/d)²", &square), series("(1 − k/d)³", &cube)]);
        let figure = Figure {
            title: if step.is_empty() { tensor.to_owned() } else { format!("{tensor}, step {step}") },
            x: Axis { label: "density k/d".into(), scale: Scale::Log, ..Axis::default() },
            y: Axis { label: "share of ‖u‖² that top-k leaves".into(), ..Axis::default() },
            series: all,
            ..Figure::default()
        };
        written.extend(plot::write_figure(dir, &format!("energy-{}", index + 1), &figure)?);
    }
    Ok(written)
}
