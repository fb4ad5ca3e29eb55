//! What a paper says of a figure, what was measured here, and whether the two agree: `verdicts.csv`.

use super::claim::Judged;
use crate::experiment::spec::paper::{Agreement, PaperSpec};

/// A row of `verdicts.csv`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// One cell for each of [`Verdict::COLUMNS`].
    pub cells: [String; 6],
}

impl Verdict {
    /// The columns of `verdicts.csv`.
    pub const COLUMNS: [&str; 6] = ["experiment", "figure", "paper_says", "we_measured", "verdict", "because"];
}

impl PaperSpec {
    /// The row of an experiment whose claims were judged; of runs that were cut short or drawn out when `in_full` is
    /// false, which show nothing of what is claimed.
    #[must_use]
    pub fn verdict(&self, experiment: &str, claims: &[Judged], in_full: bool) -> Verdict {
        let refuted = claims.iter().filter(|claim| !claim.is_so).count();
        let quotes = claims.iter().filter(|judged| !judged.claim.id.is_empty());
        let measured = quotes.fold(self.measured.clone(), |text, judged| {
            text.replace(&format!("{{{}}}", judged.claim.id), &judged.range)
        });
        let verdict = match (in_full, refuted, self.verdict) {
            (false, ..) => "not judged".to_owned(),
            (true, 1.., _) => format!("open: {refuted} of {} claims are not so", claims.len()),
            (true, 0, Agreement::Agrees) => "agrees".to_owned(),
            (true, 0, Agreement::Disagrees) => "disagrees".to_owned(),
            (true, 0, Agreement::NotComparable) => "not comparable".to_owned(),
        };
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        Verdict {
            cells: [
                experiment.to_owned(),
                line(&self.figure),
                line(&self.claim),
                line(&measured),
                verdict,
                line(&self.because),
            ],
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
    fn a_verdict_stands_only_while_every_claim_is_so_and_quotes_what_was_found() {
        let claim = claim("id = 'end'\ntext = 'small'\nmetric = 'loss'\nat_most = 1.0");
        let judged = |is_so| Judged { claim: claim.clone(), is_so, found: String::new(), range: "0.5 to 0.7".into() };
        let verdict = |is_so, in_full| paper("It ends at {end}.").verdict("a/b", &[judged(is_so)], in_full).cells;
        assert_eq!(verdict(true, true)[3..5], ["It ends at 0.5 to 0.7.", "agrees"]);
        assert_eq!(verdict(false, true)[4], "open: 1 of 1 claims are not so");
        assert_eq!(verdict(true, false)[4], "not judged");
    }
}
