//! A figure of an experiment, `[[plot]]`.

use crate::results::plots;
use serde::{Deserialize, Serialize};

/// One figure of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlotSpec {
    /// The file name without extension; `<y>-against-<x>` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Above the axes.
    #[serde(default)]
    pub title: String,
    /// The table that holds the columns.
    #[serde(default)]
    pub table: PlotTable,
    /// The column on the x axis: `round`, `bits`, `seconds`, an axis of the grid, …
    pub x: String,
    /// The column on the y axis: a metric.
    pub y: String,
    /// More columns on the y axis, each drawn as one line over all rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// The columns that distinguish lines, separated by spaces; `label` when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lines: String,
    /// `column <= value`: of each run the first row where this holds.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reaching: String,
    /// How the x axis is divided.
    #[serde(default)]
    pub x_scale: Scale,
    /// How the y axis is divided.
    #[serde(default = "log")]
    pub y_scale: Scale,
    /// `column=value`, perhaps several with ` and ` between them: only these rows.
    #[serde(default)]
    pub filter: String,
}

impl PlotSpec {
    /// The name of its file, without extension.
    #[must_use]
    pub fn file_name(&self) -> String {
        self.file.clone().unwrap_or_else(|| plots::file_name(&self.y, &self.x))
    }
}

/// A table of the result folder from which a figure is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlotTable {
    /// `rounds.csv`.
    #[default]
    Rounds,
    /// `curves.csv`.
    Curves,
}

fn log() -> Scale {
    Scale::Log
}

/// How an axis is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Evenly.
    #[default]
    Linear,
    /// By powers of ten.
    Log,
}
