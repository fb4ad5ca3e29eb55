//! What an experiment asserts of its results, `[[claim]]`, and whether it is so.

use super::{Finding, Verdict};
use crate::experiment::plan::PlannedRun;
use crate::experiment::results::{RunResult, number};
use crate::record::Metric;
use crate::theory::theorem;
use serde::{Deserialize, Serialize};

/// One assertion: the verdict on a theorem, or limits of a metric at the end of the runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// What is asserted, in words.
    pub text: String,
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
    /// The round whose value is meant; the last one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u64>,
    /// Upper limit of the metric.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// Lower limit of the metric.
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
}

impl Claim {
    /// Checks that the claim says something.
    ///
    /// # Errors
    /// It does not; in words.
    pub fn validate(&self) -> Result<(), String> {
        let about_theorem = self.theorem.is_some() && self.verdict.is_some();
        let about_metric = self.metric.is_some() && (self.at_most.is_some() || self.at_least.is_some());
        match &self.theorem {
            Some(id) if theorem(id).is_none() => {
                return Err(format!("`claim`: there is no theorem `{id}`; see `gradsieve theorem list`"));
            }
            _ => {}
        }
        if about_theorem == about_metric {
            return Err("`claim` needs either `theorem` and `verdict`, or `metric` with `at_most` or `at_least`".into());
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
        self.setting.split_whitespace().all(|word| label.split_whitespace().any(|part| part == word))
    }

    /// Holds the claim against what was found.
    #[must_use]
    pub fn judge(&self, findings: &[Finding], results: &[(&PlannedRun, &RunResult)]) -> Judged {
        let (is_so, found) = match (&self.theorem, self.verdict, self.metric) {
            (Some(id), Some(verdict), _) => self.judge_verdict(id, verdict, findings),
            (_, _, Some(metric)) => self.judge_metric(metric, results),
            _ => (false, "nothing is claimed".to_owned()),
        };
        Judged { claim: self.clone(), is_so, found }
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

    fn judge_metric(&self, metric: Metric, results: &[(&PlannedRun, &RunResult)]) -> (bool, String) {
        let value = |result: &RunResult| match self.round {
            Some(round) => result.table.column(metric).find(|(at, _)| *at == round).map(|(_, value)| value),
            None => result.table.last(metric),
        };
        let meant: Vec<&(&PlannedRun, &RunResult)> =
            results.iter().filter(|(run, _)| self.is_about(&run.label)).collect();
        let values: Vec<f64> = meant.iter().filter_map(|(_, result)| value(result)).collect();
        if meant.is_empty() || values.len() < meant.len() {
            return (false, format!("`{}` was not recorded there for `{}`", metric.name(), self.setting));
        }
        let (least, most) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
        let is_so = self.at_most.is_none_or(|limit| most <= limit) && self.at_least.is_none_or(|limit| least >= limit);
        let range = if least == most { short(least) } else { format!("between {} and {}", short(least), short(most)) };
        (is_so, format!("{} is {range} in {} runs", metric.name(), values.len()))
    }
}

/// Four significant digits.
fn short(value: f64) -> String {
    number(format!("{value:.3e}").parse().unwrap_or(value))
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
