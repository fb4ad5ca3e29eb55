//! What an experiment asserts of its results, `[[claim]]`, and whether it is so.

use super::{Finding, Verdict};
use crate::distribution::FAMILIES;
use crate::experiment::file::nearest;
use crate::experiment::fit::{Fit, source, tables};
use crate::experiment::plan::PlannedRun;
use crate::experiment::results::{RunResult, number, rounded};
use crate::record::{CurvePoint, Metric};
use crate::theory::theorem;
use serde::{Deserialize, Serialize};

/// One assertion: the verdict on a theorem, or limits of a metric, of a curve or of what fits found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// What is asserted, in words.
    pub text: String,
    /// The name by which `paper.measured` quotes what was found.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Only the settings whose label holds all these words; all when absent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub setting: String,
    /// The theorem whose verdict is asserted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theorem: Option<String>,
    /// Its verdict in each of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The metric whose last value is asserted, of every seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Metric>,
    /// The column of `curves.csv` whose values are asserted, of every seed and recorded round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curve: Option<String>,
    /// The column of `fit/descriptions.csv`, or with `family` of `fit/fits.csv`, whose values are asserted, of every
    /// vector that was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<String>,
    /// The family of laws whose fit is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The k of the curve; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<u64>,
    /// The round whose value is meant; of a metric the last one when absent, of a curve and of fits all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u64>,
    /// `metric <= value`: the round is the first recorded one for which this is so; ∞ for a run that never gets there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reaching: String,
    /// Words of other settings: the limits are those of the ratio to each of them, seed by seed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub relative_to: String,
    /// Upper limit of the value or of the ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// Lower limit of the value or of the ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
}

/// A claim and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The claim.
    pub claim: Claim,
    /// Whether it is so.
    pub is_so: bool,
    /// What was found, in words.
    pub found: String,
    /// The value, or its range, alone; empty for theorems.
    pub range: String,
}

impl Claim {
    /// Checks that the claim says something.
    ///
    /// # Errors
    /// It does not; in words.
    pub fn validate(&self) -> Result<(), String> {
        let about_theorem = self.theorem.is_some() && self.verdict.is_some();
        let has_limit = self.at_most.is_some() || self.at_least.is_some();
        let n_values =
            [self.metric.is_some(), self.curve.is_some(), self.fit.is_some()].iter().filter(|is| **is).count();
        let about_value = n_values == 1 && has_limit;
        match &self.theorem {
            Some(id) if theorem(id).is_none() => {
                return Err(format!("`claim`: there is no theorem `{id}`; see `gradsieve theorem list`"));
            }
            _ => {}
        }
        if about_theorem == about_value {
            let message = "`claim` needs either `theorem` and `verdict`, or `metric`, `curve` or `fit` with a limit, \
                           `at_most` or `at_least`";
            return Err(message.into());
        }
        if let Some(column) = self.curve.as_ref().filter(|column| !CurvePoint::COLUMNS.iter().any(|(n, _)| n == column))
        {
            let columns: Vec<&str> = CurvePoint::COLUMNS.iter().map(|(name, _)| *name).collect();
            return Err(format!("`claim`: there is no curve `{column}`; {}", nearest(column, &columns)));
        }
        if let Some(family) = &self.family {
            let families: Vec<&str> = FAMILIES.iter().map(|family| family.about().name).collect();
            if self.fit.is_none() || !families.contains(&family.as_str()) {
                let help = nearest(family, &families);
                return Err(format!("`claim`: `family` is the law of a `fit`, and `{family}` is none; {help}"));
            }
        }
        let columns = tables::columns(self.family.is_some());
        if let Some(column) = self.fit.as_ref().filter(|column| !columns.contains(&column.as_str())) {
            return Err(format!("`claim`: fits have no column `{column}`; {}", nearest(column, columns)));
        }
        if !self.reaching.is_empty() && (self.condition().is_none() || self.metric.is_none() || self.round.is_some()) {
            let message = "`claim`: `reaching` is a condition on a metric, such as \"suboptimality <= 1e-3\", in the place \
                           of `round`";
            return Err(message.into());
        }
        Ok(())
    }

    /// Whether this verdict is what is claimed.
    #[must_use]
    pub fn expects(&self, finding: &Finding) -> bool {
        let id = finding.theorem.about().id;
        let same = self.theorem.as_ref().is_some_and(|claimed| claimed.eq_ignore_ascii_case(id));
        same && self.verdict == Some(finding.verdict) && self.is_about(&finding.label)
    }

    fn is_about(&self, label: &str) -> bool {
        has_words(label, &self.setting)
    }

    /// The metric and the limit of `reaching`.
    fn condition(&self) -> Option<(Metric, f64)> {
        let (name, limit) = self.reaching.split_once("<=")?;
        let (metric, ..) = Metric::ALL.iter().find(|(_, known, _)| *known == name.trim())?;
        Some((*metric, limit.trim().parse().ok()?))
    }

    /// Holds the claim against what was found.
    #[must_use]
    pub fn judge(&self, findings: &[Finding], results: &[(&PlannedRun, &RunResult)], fits: &[Fit]) -> Judged {
        let judged = |(is_so, found)| Judged { claim: self.clone(), is_so, found, range: String::new() };
        match (&self.theorem, self.verdict) {
            (Some(id), Some(verdict)) => judged(self.judge_verdict(id, verdict, findings)),
            _ => self.judge_values(results, fits).unwrap_or_else(|refusal| judged((false, refusal))),
        }
    }

    fn judge_verdict(&self, id: &str, expected: Verdict, findings: &[Finding]) -> (bool, String) {
        let meant: Vec<&Finding> = findings
            .iter()
            .filter(|found| found.theorem.about().id.eq_ignore_ascii_case(id) && self.is_about(&found.label))
            .collect();
        if meant.is_empty() {
            return (false, format!("no setting is meant by `{}`, or {id} was not checked", self.setting));
        }
        if let Some(other) = meant.iter().find(|found| found.verdict != expected) {
            return (false, format!("{id} {} on {}", words(other.verdict), other.label));
        }
        let closest = meant.iter().filter_map(|found| found.closest()).map(|point| point.slack());
        let slack = closest.filter(|slack| slack.is_finite()).reduce(f64::min);
        let slack = slack.map(|slack| format!(", bound/observed = {}", short(slack)));
        let n = meant.len();
        (true, format!("{id} {} on {n} of {n} settings{}", words(expected), slack.unwrap_or_default()))
    }

    /// The values that are meant, of one run.
    fn values(&self, run: &PlannedRun, result: &RunResult, fits: &[Fit]) -> Vec<f64> {
        if let Some(column) = &self.fit {
            let place = source::place(&run.label, run.seed);
            let meant = fits
                .iter()
                .filter(|fit| fit.group.starts_with(&place) && self.round.is_none_or(|round| fit.step == Some(round)));
            return meant.filter_map(|fit| tables::value(fit, self.family.as_deref(), column)).collect();
        }
        if let Some(column) = &self.curve {
            let points = result.table.curves.iter();
            let meant = points.filter(|point| {
                self.k.is_none_or(|k| point.k == k) && self.round.is_none_or(|round| point.round == round)
            });
            return meant.filter_map(|point| point.value(column)).collect();
        }
        let Some(metric) = self.metric else { return Vec::new() };
        let at = |round| result.table.column(metric).find(|(at, _)| *at == round).map(|(_, value)| value);
        let value = match (self.condition(), self.round) {
            (Some((column, limit)), _) => {
                let mut rows = result.table.column(column);
                // A run that was not asked for this metric is no run that does not get there.
                let was_recorded = result.table.metrics.contains(&column);
                was_recorded
                    .then(|| rows.find(|(_, value)| *value <= limit).map_or(Some(f64::INFINITY), |(t, _)| at(t)))
            }
            (None, Some(round)) => Some(at(round)),
            (None, None) => Some(result.table.last(metric)),
        };
        value.flatten().into_iter().collect()
    }

    /// Holds the limits against the values; why there are none otherwise.
    fn judge_values(&self, results: &[(&PlannedRun, &RunResult)], fits: &[Fit]) -> Result<Judged, String> {
        let of_family = |column: &String| format!("{column} {}", self.family.as_deref().unwrap_or_default());
        let fitted = self.fit.as_ref().map(of_family).map(|name| name.trim_end().to_owned());
        let metric = self.metric.map(|metric| metric.name().to_owned());
        let name = self.curve.clone().or(fitted).or(metric).unwrap_or_default();
        let of = |words: &str| -> Result<Vec<(u64, Vec<f64>)>, String> {
            let meant = results.iter().filter(|(run, _)| has_words(&run.label, words));
            let values: Vec<_> = meant.map(|(run, result)| (run.seed, self.values(run, result, fits))).collect();
            if values.is_empty() || values.iter().any(|(_, values)| values.is_empty()) {
                return Err(format!("`{name}` was not recorded there for `{words}`"));
            }
            Ok(values)
        };
        let meant = of(&self.setting)?;
        let n_runs = meant.len();
        let values: Vec<f64> = if self.relative_to.is_empty() {
            meant.into_iter().flat_map(|(_, values)| values).collect()
        } else {
            let others = of(&self.relative_to)?;
            let pairs = meant.iter().flat_map(|one| others.iter().map(move |other| (one, other)));
            let paired = pairs.filter(|((seed, _), (other, _))| seed == other);
            paired.flat_map(|((_, a), (_, b))| a.iter().zip(b).map(|(a, b)| a / b)).collect()
        };
        let (least, most) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
        let is_so = !values.iter().any(|value| value.is_nan())
            && self.at_most.is_none_or(|limit| most <= limit)
            && self.at_least.is_none_or(|limit| least >= limit);
        let (least, most) = (short(least), short(most));
        let range = if least == most { least } else { format!("{least} to {most}") };
        let times = match self.relative_to.as_str() {
            "" => String::new(),
            other => format!(" times that of {other}"),
        };
        let place = if self.reaching.is_empty() { String::new() } else { format!(" at the first {}", self.reaching) };
        let found =
            format!("{name} is {range}{times}{place}, in {n_runs} {}", if n_runs == 1 { "run" } else { "runs" });
        Ok(Judged { claim: self.clone(), is_so, found, range })
    }
}

/// Whether a label holds all these words.
fn has_words(label: &str, words: &str) -> bool {
    words.split_whitespace().all(|word| label.split_whitespace().any(|part| part == word))
}

/// Four significant digits.
fn short(value: f64) -> String {
    number(rounded(value, 4))
}

/// A verdict as a predicate.
fn words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Violated => "is violated",
        Verdict::Inconclusive => "is undecided",
        Verdict::AssumptionViolated => "has a violated assumption",
        Verdict::NotApplicable => "does not apply",
    }
}
