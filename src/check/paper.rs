//! What a paper says of a figure, what was measured here, and whether the two agree: `verdicts.csv`.

use super::claim::Judged;
use super::error::CheckError;
use crate::experiment::spec::paper::{Agreement, PaperSpec};
use crate::output::table::Table;
use crate::results::read::Columns;
use crate::store::write_whole;
use serde::Serialize;
use std::path::Path;

/// A row of `verdicts.csv`, whose columns are these fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaperVerdict {
    /// The experiment.
    pub experiment: String,
    /// The figure or table of the paper.
    pub figure: String,
    /// What the paper says.
    pub paper_says: String,
    /// What was measured.
    pub we_measured: String,
    /// How the two compare.
    pub verdict: String,
    /// Why.
    pub because: String,
}

/// The columns of `verdicts.csv`, each with its meaning.
pub const COLUMNS: [(&str, &str); 6] = [
    ("experiment", "the path below `experiments/`, without extension"),
    ("figure", "the figure or table of the paper"),
    ("paper_says", "what the paper says, in our words"),
    ("we_measured", "what the experiment measured, numbers quoted from its claims"),
    ("verdict", "`agrees`, `disagrees`, `not comparable`, or `open` where a claim does not hold"),
    ("because", "why"),
];

/// The verdicts as a table for people.
#[must_use]
pub fn table(verdicts: &[PaperVerdict]) -> Table {
    let mut table = Table::new(["figure", "the paper says", "we measured", "verdict", "because"]);
    for PaperVerdict { experiment, figure, paper_says, we_measured, verdict, because } in verdicts {
        let figure = format!("{figure} ({experiment})");
        table.row([&figure, paper_says, we_measured, verdict, because]);
    }
    table
}

/// The verdicts of `verdicts.csv`; none where there is no such file.
fn read(path: &Path) -> Result<Vec<PaperVerdict>, CheckError> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let columns = Columns::read(path)?;
    let cells = |name| columns.texts(name);
    let (experiments, figures, says) = (cells("experiment")?, cells("figure")?, cells("paper_says")?);
    let (measured, verdicts, because) = (cells("we_measured")?, cells("verdict")?, cells("because")?);
    let verdict = |row: usize| PaperVerdict {
        experiment: experiments[row].to_owned(),
        figure: figures[row].to_owned(),
        paper_says: says[row].to_owned(),
        we_measured: measured[row].to_owned(),
        verdict: verdicts[row].to_owned(),
        because: because[row].to_owned(),
    };
    Ok((0..columns.len()).map(verdict).collect())
}

/// Writes verdicts into `verdicts.csv` and `verdicts.md` of the folder of results, between those that are there on
/// other experiments; verdicts on experiments that no longer exist are dropped.
pub(super) fn keep(results: &Path, verdicts: &[PaperVerdict], exists: &dyn Fn(&str) -> bool) -> Result<(), CheckError> {
    if verdicts.is_empty() {
        return Ok(());
    }
    let path = results.join(FILE);
    let mut all = read(&path)?;
    all.retain(|old| exists(&old.experiment) && verdicts.iter().all(|new| new.experiment != old.experiment));
    all.extend(verdicts.iter().cloned());
    all.sort_by(|a, b| a.experiment.cmp(&b.experiment));
    write_whole(&path, |out| {
        let mut csv = csv::Writer::from_writer(out);
        all.iter().try_for_each(|verdict| csv.serialize(verdict))?;
        csv.flush()
    })?;
    write_whole(&results.join("verdicts.md"), |out| out.write_all(table(&all).markdown().as_bytes()))?;
    Ok(())
}

/// Compares verdicts with those that are kept.
pub(super) fn compare(results: &Path, verdicts: &[PaperVerdict]) -> Result<(), CheckError> {
    let path = results.join(FILE);
    let kept = if verdicts.is_empty() { Vec::new() } else { read(&path)? };
    match verdicts.iter().find(|verdict| !kept.contains(verdict)) {
        Some(other) => Err(CheckError::Verdict { path, experiment: other.experiment.clone() }),
        None => Ok(()),
    }
}

/// The table of verdicts.
const FILE: &str = "verdicts.csv";

impl PaperSpec {
    /// The row of an experiment whose claims were judged; of runs that were cut short or drawn out when `in_full` is
    /// false, which show nothing of what is claimed.
    #[must_use]
    pub fn verdict(&self, experiment: &str, claims: &[Judged], in_full: bool) -> PaperVerdict {
        let refuted = claims.iter().filter(|claim| !claim.holds).count();
        let quotes = claims.iter().filter(|judged| !judged.claim.id.is_empty());
        let measured = quotes.fold(self.measured.clone(), |text, judged| {
            text.replace(&format!("{{{}}}", judged.claim.id), &judged.range)
        });
        let verdict = match (in_full, refuted, self.verdict) {
            (false, ..) => "not judged".to_owned(),
            (true, 1.., _) => format!("open: {refuted} of {} claims do not hold", claims.len()),
            (true, 0, Agreement::Agrees) => "agrees".to_owned(),
            (true, 0, Agreement::Disagrees) => "disagrees".to_owned(),
            (true, 0, Agreement::NotComparable) => "not comparable".to_owned(),
        };
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        PaperVerdict {
            experiment: experiment.to_owned(),
            figure: line(&self.figure),
            paper_says: line(&self.claim),
            we_measured: line(&measured),
            verdict,
            because: line(&self.because),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::spec::claim::Claim;

    fn claim(toml: &str) -> Claim {
        toml::from_str(toml).unwrap()
    }

    fn paper(measured: &str) -> PaperSpec {
        let measured = measured.to_owned();
        let text = || String::from("text");
        PaperSpec { figure: text(), claim: text(), measured, verdict: Agreement::Agrees, because: text() }
    }

    #[test]
    fn a_verdict_is_valid_only_while_every_claim_holds_and_quotes_what_was_found() {
        let claim = claim("id = 'end'\ntext = 'small'\nmetric = 'loss'\nat_most = 1.0");
        let judged = |holds| Judged { claim: claim.clone(), holds, found: String::new(), range: "0.5 to 0.7".into() };
        let verdict = |holds, in_full| paper("It ends at {end}.").verdict("a/b", &[judged(holds)], in_full);
        assert_eq!(verdict(true, true).we_measured, "It ends at 0.5 to 0.7.");
        assert_eq!(verdict(true, true).verdict, "agrees");
        assert_eq!(verdict(false, true).verdict, "open: 1 of 1 claims do not hold");
        assert_eq!(verdict(true, false).verdict, "not judged");
    }
}
