//! `gradsieve plot DIR`: redraws the figures of a result folder from its CSVs; nothing is run.

use super::Failure;
use crate::output::draw::draw;
use std::io::Write;
use std::path::PathBuf;

/// Redraw the figures of a result folder from its CSVs, without running anything.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve plot results/quickstart

The folder holds rounds.csv and, to choose the figures, plots.csv, whose columns docs/results.md explains: file, \
title, x, y, x_scale, y_scale, filter, table, also, lines, reaching. Each figure is written as SVG and PNG.")]
pub(super) struct PlotArguments {
    /// The result folder: the one that holds rounds.csv.
    pub dir: PathBuf,
}

/// Draws the figures and prints the files written.
///
/// # Errors
/// What [`draw`] reports.
pub(super) fn run(arguments: &PlotArguments) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for path in draw(&arguments.dir)? {
        writeln!(out, "wrote {}", path.display())?;
    }
    Ok(())
}
