//! What `report.js` draws and offers: charts as numbers, and the files of the folders.

use super::folder::Folder;
use crate::output::axis::Scale;
use crate::output::figure::Axis;
use crate::output::figure::{End, Look, Mark, Series, Symbol};
use crate::output::number::engineering;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// More files than this are counted where they are left out.
const MOST_NAMED: usize = 5;

/// Dashes and symbols repeat after as many looks; colors have a period of their own.
const LOOKS: usize = 30;

/// How much of the curves is left out so that the page stays small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Thinning {
    /// Every `stride`-th point of a curve is kept, and its last.
    stride: usize,
    /// Whether the runs of a setting are drawn one by one too.
    has_runs: bool,
}

impl Default for Thinning {
    fn default() -> Self {
        Self { stride: 1, has_runs: true }
    }
}

impl Thinning {
    const MOST: usize = 1 << 12;

    pub(super) fn can_go_on(self) -> bool {
        self.stride < Self::MOST
    }

    pub(super) fn next(self) -> Self {
        if self.has_runs { Self { has_runs: false, ..self } } else { Self { stride: 2 * self.stride, ..self } }
    }

    /// What a reader must know of it.
    pub(super) fn words(self) -> Vec<String> {
        let mut words = Vec::new();
        if !self.has_runs {
            words.push("Charts show settings with bands; single seeds stand in rounds.csv.".to_owned());
        }
        if self.stride > 1 {
            let stride = self.stride;
            words.push(format!("Charts draw every {stride}th recorded round and the last; all are in the tables."));
        }
        words
    }
}

/// One curve of a chart.
#[derive(Debug)]
pub(super) struct Curve {
    /// Short, for the legend.
    pub(super) label: String,
    /// What it is called in full, and what it keeps its visibility by from chart to chart.
    pub(super) key: String,
    /// The number of its look.
    pub(super) look: usize,
    /// Whether it is a bound: dashed, without a symbol.
    pub(super) is_bound: bool,
    pub(super) series: Series,
}

/// One view of a panel.
#[derive(Debug, Default)]
pub(super) struct Chart {
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) curves: Vec<Curve>,
    /// The same runs one by one, where settings have several.
    pub(super) runs: Vec<Curve>,
    /// Horizontal lines.
    pub(super) references: Vec<(String, f64)>,
    pub(super) caption: String,
}

/// A choice that a panel offers.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) label: &'static str,
    /// Value and words.
    pub(super) options: Vec<(String, String)>,
}

/// A view that a panel offers by name: what is chosen, and the scales.
#[derive(Debug)]
pub(super) struct View {
    pub(super) label: String,
    pub(super) chosen: Vec<String>,
    pub(super) scales: (Scale, Scale),
}

/// Everything that the script is given.
#[derive(Debug)]
pub(super) struct Data {
    thinning: Thinning,
    /// Each distinct list of numbers stands here once.
    lists: Vec<String>,
    places: BTreeMap<String, usize>,
    panels: Map<String, Value>,
    files: Vec<Map<String, Value>>,
}

impl Data {
    pub(super) fn new(thinning: Thinning) -> Self {
        Self { thinning, lists: vec![], places: BTreeMap::new(), panels: Map::new(), files: vec![] }
    }

    pub(super) fn n_panels(&self) -> usize {
        self.panels.len()
    }

    pub(super) fn has_runs(&self) -> bool {
        self.thinning.has_runs
    }

    /// Adds a panel: choices, and a chart for each combination of them, keyed by the values with `|` between.
    ///
    /// A key that ends in `|*` serves every value of the last choice.
    pub(super) fn panel(&mut self, id: &str, choices: &[Choice], views: &[View], charts: Vec<(String, Chart)>) {
        let charts: Map<String, Value> = charts.into_iter().map(|(key, chart)| (key, self.chart(&chart))).collect();
        let choices: Vec<Value> = choices
            .iter()
            .map(|choice| {
                let options: Vec<Value> = choice.options.iter().map(|(value, label)| json!([value, label])).collect();
                json!({ "label": choice.label, "options": options })
            })
            .collect();
        let views: Vec<Value> = views
            .iter()
            .map(|view| {
                json!({ "label": view.label, "chosen": view.chosen, "x": scale(view.scales.0), "y": scale(view.scales.1) })
            })
            .collect();
        self.panels.insert(id.to_owned(), json!({ "choices": choices, "views": views, "charts": charts }));
    }

    fn chart(&mut self, chart: &Chart) -> Value {
        let axis = |axis: &Axis| json!({ "label": axis.label, "unit": axis.unit, "scale": scale(axis.scale) });
        let references: Vec<Value> = chart.references.iter().map(|(label, y)| json!([label, y])).collect();
        json!({
            "x": axis(&chart.x),
            "y": axis(&chart.y),
            "curves": self.curves(&chart.curves),
            "runs": self.curves(&chart.runs),
            "references": references,
            "caption": chart.caption,
        })
    }

    fn curves(&mut self, curves: &[Curve]) -> Vec<Value> {
        curves.iter().map(|curve| self.curve(curve)).collect()
    }

    fn curve(&mut self, curve: &Curve) -> Value {
        let Series { points, band, mark, end, .. } = &curve.series;
        let stride = if matches!(mark, Mark::Bars) { 1 } else { self.thinning.stride };
        let last = points.len().saturating_sub(1);
        let kept: Vec<usize> = (0..points.len()).filter(|at| at % stride == 0 || *at == last).collect();
        let mut value = json!({
            "label": curve.label,
            "key": curve.key,
            "look": curve.look,
            "bound": curve.is_bound,
            "mark": match mark { Mark::Line => "line", Mark::Step => "step", Mark::Points => "points", Mark::Bars => "bars" },
            "end": match end { End::Plain => "plain", End::Symbol => "symbol", End::Diverged => "diverged" },
            "x": self.list(kept.iter().map(|at| points[*at].0)),
            "y": self.list(kept.iter().map(|at| points[*at].1)),
        });
        if !band.is_empty() {
            value["low"] = self.list(kept.iter().map(|at| band[*at].0)).into();
            value["high"] = self.list(kept.iter().map(|at| band[*at].1)).into();
        }
        value
    }

    /// The place of a list of numbers, each with seven digits, which is more than a screen shows.
    fn list(&mut self, numbers: impl Iterator<Item = f64>) -> usize {
        let number = |value: f64| {
            let rounded: f64 = format!("{value:.6e}").parse().unwrap_or(value);
            if rounded.is_finite() { serde_json::to_string(&rounded).unwrap_or_default() } else { "null".to_owned() }
        };
        let text = format!("[{}]", numbers.map(number).collect::<Vec<_>>().join(","));
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        self.places.insert(text.clone(), self.lists.len());
        self.lists.push(text);
        self.lists.len() - 1
    }

    pub(super) fn chart_bytes(&self) -> usize {
        let lists: usize = self.lists.iter().map(|list| list.len() + 1).sum();
        lists + Value::from(self.panels.clone()).to_string().len()
    }

    /// Takes in the files that have room, the smallest first; says which have none.
    pub(super) fn add_files(&mut self, folders: &[Folder], mut room: usize) -> Option<String> {
        let mut sizes: Vec<(usize, usize, &String)> = Vec::new();
        for (index, folder) in folders.iter().enumerate() {
            sizes.extend(
                folder.files.iter().map(|(name, text)| (Value::from(text.as_str()).to_string().len(), index, name)),
            );
        }
        sizes.sort();
        self.files = vec![Map::new(); folders.len()];
        let mut left_out = Vec::new();
        for (size, index, name) in sizes {
            let folder = &folders[index];
            if size <= room {
                room -= size;
                self.files[index].insert(name.clone(), folder.files[name].as_str().into());
            } else {
                left_out.push(format!(
                    "{}/{name} ({})",
                    folder.name,
                    engineering(folder.files[name].len() as f64, "B")
                ));
            }
        }
        let n_more = left_out.len().saturating_sub(MOST_NAMED);
        left_out.drain(..n_more);
        let more = if n_more > 0 { format!(" and {n_more} smaller ones") } else { String::new() };
        (!left_out.is_empty())
            .then(|| format!("Too large to be downloaded from the page: {}{more}.", left_out.join(", ")))
    }

    /// Takes in files that belong to no folder.
    pub(super) fn offer(&mut self, files: impl Iterator<Item = (String, String)>) {
        self.files = vec![files.map(|(name, text)| (name, text.into())).collect()];
    }

    /// Everything as one JSON text.
    pub(super) fn json(&self) -> String {
        let looks: Vec<Value> = (0..LOOKS).map(Look::of).map(|look| look_json(&look)).collect();
        let (panels, files) = (Value::from(self.panels.clone()), json!(self.files));
        let lists = self.lists.join(",");
        format!(
            r#"{{"lists":[{lists}],"looks":{},"colors":{},"panels":{panels},"files":{files}}}"#,
            Value::from(looks),
            Look::COLORS
        )
    }
}

fn look_json(look: &Look) -> Value {
    let symbol = match look.symbol {
        Symbol::Circle => "circle",
        Symbol::Square => "square",
        Symbol::Up => "up",
        Symbol::Diamond => "diamond",
        Symbol::Down => "down",
    };
    json!({ "dash": look.dash, "symbol": symbol })
}

fn scale(scale: Scale) -> &'static str {
    match scale {
        // No chart of a page requests a symmetric logarithm.
        Scale::Linear | Scale::SymmetricLog(_) => "linear",
        Scale::Log => "log",
    }
}
