//! Settings side by side: where each ends, and what each pays to reach the level that all of them reach.

use super::planned::PlannedRun;
use crate::record::{Metric, Outcome};
use crate::results::number::cell;
use crate::results::run::RunResult;
use crate::statistics::{Estimate, median};
use std::io::{self, Write};

/// The comparison of all settings of an experiment, over their replicates.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What is compared: suboptimality where it is known, else loss.
    pub metric: Metric,
    /// The lowest value that every run of every setting reaches, settings with a diverged run apart.
    pub level: Option<f64>,
    /// One per setting, in the order of the plan.
    pub settings: Vec<Setting>,
}

/// One setting of the comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The label of its runs.
    pub label: String,
    /// Number of replicates.
    pub n_runs: usize,
    /// How many of them diverged.
    pub n_diverged: usize,
    /// The metric at the end, over replicates that did not diverge, with a 95 % interval.
    pub last: Option<Estimate>,
    /// Bits in both directions over the whole run, median over replicates.
    pub bits: Option<f64>,
    /// Simulated seconds of the whole run, median over replicates.
    pub seconds: Option<f64>,
    /// Bits until the level, median over replicates.
    pub bits_to_level: Option<f64>,
    /// Simulated seconds until the level, median over replicates.
    pub seconds_to_level: Option<f64>,
}

impl Comparison {
    /// The columns of `comparison.csv`, each with its meaning; METRIC stands for the name of the metric.
    pub const COLUMNS: [(&str, &str); 11] = [
        ("label", "the setting"),
        ("runs", "number of replicates"),
        ("diverged", "how many of them diverged; the columns below are over the others"),
        ("final_METRIC_mean", "mean of the last value over replicates"),
        (
            "final_METRIC_lower",
            "lower end of a 95 % interval of that mean (Student's t); empty for fewer than two values",
        ),
        ("final_METRIC_upper", "its upper end"),
        ("bits", "bits of the whole run in both directions, median over replicates"),
        ("seconds", "simulated seconds of the whole run, median over replicates"),
        ("METRIC_level", "the level: the lowest value that every run reaches, settings with a diverged run left out"),
        (
            "bits_to_level",
            "bits until the first record at or below the level, median over replicates; empty unless all of them reach it",
        ),
        ("seconds_to_level", "the same in simulated seconds"),
    ];

    /// Compares finished runs; `None` when neither suboptimality nor loss was recorded.
    #[must_use]
    pub fn new(results: &[(&PlannedRun, &RunResult)]) -> Option<Self> {
        let metric = [Metric::Suboptimality, Metric::Loss]
            .into_iter()
            .find(|metric| results.iter().any(|(_, result)| result.table.last(*metric).is_some()))?;
        let mut labels: Vec<&str> = results.iter().map(|(run, _)| run.label.as_str()).collect();
        labels.dedup();
        let groups: Vec<(&str, Vec<&RunResult>)> = labels
            .into_iter()
            .map(|label| (label, results.iter().filter(|(run, _)| run.label == label).map(|(_, r)| *r).collect()))
            .collect();
        let is_diverged = |result: &&RunResult| matches!(result.outcome, Outcome::Diverged { .. });
        let level = groups
            .iter()
            .filter(|(_, runs)| !runs.iter().any(is_diverged))
            .flat_map(|(_, runs)| runs)
            .filter_map(|run| run.table.column(metric).map(|(_, value)| value).reduce(f64::min))
            .reduce(f64::max);
        let settings = groups
            .into_iter()
            .map(|(label, runs)| {
                let fine: Vec<&RunResult> = runs.iter().filter(|run| !is_diverged(run)).copied().collect();
                let over = |value: &dyn Fn(&RunResult) -> Option<f64>| -> Vec<f64> {
                    fine.iter().filter_map(|run| value(run)).collect()
                };
                // A setting reaches the level if all of its runs do that did not diverge.
                let until = |cost: Metric| {
                    let costs = over(&|run| cost_until(run, metric, level?, cost));
                    (costs.len() == fine.len()).then(|| median(&costs)).flatten()
                };
                Setting {
                    label: label.to_owned(),
                    n_runs: runs.len(),
                    n_diverged: runs.len() - fine.len(),
                    last: Estimate::of_mean(&over(&|run| run.table.last(metric)), 0.95),
                    bits: median(&over(&|run| run.table.last(Metric::Bits))),
                    seconds: median(&over(&|run| run.table.last(Metric::Seconds))),
                    bits_to_level: until(Metric::Bits),
                    seconds_to_level: until(Metric::Seconds),
                }
            })
            .collect();
        Some(Self { metric, level, settings })
    }

    /// Writes `comparison.csv`.
    ///
    /// # Errors
    /// `out` refuses.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        let name = self.metric.name();
        csv.write_record(Self::COLUMNS.map(|(column, _)| column.replace("METRIC", name)))?;
        for setting in &self.settings {
            let interval = setting.last.and_then(|last| last.interval);
            csv.write_record([
                setting.label.clone(),
                setting.n_runs.to_string(),
                setting.n_diverged.to_string(),
                cell(setting.last.map(|last| last.mean)),
                cell(interval.map(|(lower, _)| lower)),
                cell(interval.map(|(_, upper)| upper)),
                cell(setting.bits),
                cell(setting.seconds),
                cell(self.level),
                cell(setting.bits_to_level),
                cell(setting.seconds_to_level),
            ])?;
        }
        csv.flush()
    }
}

/// What a run had paid at the first record at which the metric was at the level or below.
fn cost_until(run: &RunResult, metric: Metric, level: f64, cost: Metric) -> Option<f64> {
    let (round, _) = run.table.column(metric).find(|(_, value)| *value <= level)?;
    run.table.column(cost).find(|(other, _)| *other == round).map(|(_, value)| value)
}
