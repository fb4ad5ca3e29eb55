//! Checks what an experiment asserts against what was measured.

use super::finding::Finding;
use crate::experiment::planned::PlannedRun;
use crate::experiment::spec::check::Verdict;
use crate::experiment::spec::claim::Claim;
use crate::fit::{Fit, tables};
use crate::results::curves;
use crate::results::number::{number, rounded};
use crate::results::run::RunResult;
use crate::results::verdicts::vectors_of;

/// A claim and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The claim.
    pub claim: Claim,
    /// Whether it holds.
    pub holds: bool,
    /// What was found, in words.
    pub found: String,
    /// The value, or its range, alone; empty for theorems.
    pub range: String,
}

impl Claim {
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

    /// Checks the claim against what was found.
    #[must_use]
    pub fn judge(&self, findings: &[Finding], results: &[(&PlannedRun, &RunResult)], fits: &[Fit]) -> Judged {
        let judged = |(holds, found)| Judged { claim: self.clone(), holds, found, range: String::new() };
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
            let place = vectors_of(&run.label, run.seed);
            let meant = fits.iter().filter(|fit| {
                fit.group.starts_with(&place) && self.round.is_none_or(|round| fit.step == Some(round.into()))
            });
            return meant.filter_map(|fit| tables::value(fit, self.family.as_deref(), column)).collect();
        }
        if let Some(column) = &self.curve {
            let points = result.table.curves.iter();
            let meant = points.filter(|point| {
                self.k.is_none_or(|k| point.k == k) && self.round.is_none_or(|round| point.round == round)
            });
            return meant.filter_map(|point| curves::value(point, column)).collect();
        }
        let Some(metric) = self.metric else { return Vec::new() };
        let at = |round| result.table.column(metric).find(|(at, _)| *at == round).map(|(_, value)| value);
        let value = match (self.condition(), self.round) {
            (Some((column, limit)), _) => {
                let mut rows = result.table.column(column);
                // A run that did not record this metric is not one that never gets there.
                let was_recorded = result.table.metrics.contains(&column);
                was_recorded
                    .then(|| rows.find(|(_, value)| *value <= limit).map_or(Some(f64::INFINITY), |(t, _)| at(t)))
            }
            (None, Some(round)) => Some(at(round)),
            (None, None) => Some(result.table.last(metric)),
        };
        value.flatten().into_iter().collect()
    }

    /// Checks the limits against the values; why there are none otherwise.
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
        let holds = !values.iter().any(|value| value.is_nan())
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
        Ok(Judged { claim: self.clone(), holds, found, range })
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
