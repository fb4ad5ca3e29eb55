//! What an experiment asserts of its results, `[[claim]]`.

use super::check::Verdict;
use crate::distribution::FAMILIES;
use crate::fit::tables;
use crate::record::Metric;
use crate::results::curves::COLUMNS;
use crate::suggest;
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
    /// The family of distributions whose fit is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The k of the curve; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub k: Option<u64>,
    /// The round whose value is meant; of a metric the last one when absent, of a curve and of fits all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u64>,
    /// `metric <= value`: the round is the first recorded one where this holds; ∞ for a run that never gets there.
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
        if let Some(column) = self.curve.as_ref().filter(|column| !COLUMNS.iter().any(|(n, ..)| n == column)) {
            let columns: Vec<&str> = COLUMNS.iter().map(|(name, ..)| *name).collect();
            return Err(format!("`claim`: there is no curve `{column}`; {}", suggest::help(column, &columns)));
        }
        if let Some(family) = &self.family {
            let families: Vec<&str> = FAMILIES.iter().map(|family| family.about().name).collect();
            if self.fit.is_none() || !families.contains(&family.as_str()) {
                let help = suggest::help(family, &families);
                return Err(format!("`claim`: `family` is the family of a `fit`, and `{family}` is not one; {help}"));
            }
        }
        let columns = tables::columns(self.family.is_some());
        if let Some(column) = self.fit.as_ref().filter(|column| !columns.contains(&column.as_str())) {
            return Err(format!("`claim`: fits have no column `{column}`; {}", suggest::help(column, &columns)));
        }
        if !self.reaching.is_empty() && (self.condition().is_none() || self.metric.is_none() || self.round.is_some()) {
            let message = "`claim`: `reaching` is a condition on a metric, such as \"suboptimality <= 1e-3\", instead \
                           of `round`";
            return Err(message.into());
        }
        Ok(())
    }

    /// The metric and the limit of `reaching`.
    pub(crate) fn condition(&self) -> Option<(Metric, f64)> {
        let (name, limit) = self.reaching.split_once("<=")?;
        let (metric, ..) = Metric::ALL.iter().find(|(_, known, _)| *known == name.trim())?;
        Some((*metric, limit.trim().parse().ok()?))
    }
}
