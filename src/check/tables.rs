//! What a check writes into the result folder: `checks.csv`, `check_rounds.csv`, `constants.csv`, `claims.csv`.

use super::claim::Judged;
use super::finding::{Checked, Point};
use crate::results::number::{cell, number};
use crate::results::verdicts;
use crate::store::{StoreError, write_whole};
use std::io::{self, Write};
use std::path::Path;

/// The columns of `checks.csv`, each with its meaning; one without words shares those of the column before.
pub const CHECKS: [(&str, &str); 17] = [
    ("theorem", "its name in [theory.md](theory.md)"),
    ("label", "the setting"),
    ("verdict", "`holds`, `violated`, `inconclusive`, `assumption-violated` or `not-applicable`"),
    ("reason", "why, in words, where the verdict alone does not say"),
    (
        "origin",
        "the weakest origin of the constants in the bound: `proved`, `measured` along the runs, or `assumed` by the experiment",
    ),
    ("kind", "whether the statement is about single steps, expectations or probabilities"),
    ("quantity", "what is bounded"),
    ("round", "of the numbers that follow; 0 where they are means over all rounds"),
    ("bound", "the right-hand side"),
    ("observed", "the left-hand side: the value closest to its bound, or for expectations the mean over seeds"),
    ("lower", "limits of `observed`, where it is an expectation or a probability; empty where there is none"),
    ("upper", ""),
    ("slack", "`bound` over `observed`"),
    ("compared", "number of comparisons"),
    ("refused", "comparisons on which the theorem says nothing because a hypothesis fails there"),
    ("seeds", "number of replicates"),
    ("seeds_to_decide", "about how many would decide, if they are like those that there are"),
];

/// The columns of `check_rounds.csv`: both sides at every recorded round.
pub const ROUNDS: [(&str, &str); 8] = [
    ("theorem", "as in `checks.csv`"),
    ("label", ""),
    ("quantity", ""),
    ("round", "the recorded round"),
    ("bound", "both sides in this round, and the limits of `observed`"),
    ("observed", ""),
    ("lower", ""),
    ("upper", ""),
];

/// The columns of `constants.csv`.
pub const CONSTANTS: [(&str, &str); 7] = [
    ("label", "the setting"),
    ("constant", "its name, as in the glossary"),
    ("symbol", "its letter in the theorems"),
    ("value", "the number; of measured constants the largest over the seeds"),
    ("origin", "`proved`, `measured` or `assumed`"),
    ("how", "how it was found"),
    ("meaning", "what it is"),
];

/// The columns of `claims.csv`.
pub const CLAIMS: [(&str, &str); 3] = [
    ("claim", "what the experiment claims, in words"),
    ("holds", "whether it holds: `yes` or `no`"),
    ("found", "what was measured"),
];

/// The names of columns, for the header.
fn names<const N: usize>(columns: [(&'static str, &str); N]) -> [&'static str; N] {
    columns.map(|(name, _)| name)
}

/// Writes all tables of a check, and remembers of which runs they are; `claims` is `None` where none were judged, which
/// leaves those of an earlier check of the same runs.
///
/// # Errors
/// The file system refuses.
pub fn write(folder: &Path, checked: &Checked, claims: Option<&[Judged]>) -> Result<(), StoreError> {
    write_whole(&folder.join(verdicts::CHECK_ROUNDS), |out| rounds(checked, out))?;
    write_whole(&folder.join(verdicts::CONSTANTS), |out| constants(checked, out))?;
    let path = folder.join(verdicts::CLAIMS);
    match claims {
        None => {}
        Some([]) => verdicts::remove_file(&path)?,
        Some(claims) => write_whole(&path, |out| write_claims(claims, out))?,
    }
    write_whole(&folder.join(verdicts::CHECKS), |out| checks(checked, out))?;
    verdicts::remember(folder)
}

fn checks(checked: &Checked, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(names(CHECKS))?;
    for finding in &checked.findings {
        let about = finding.theorem.about();
        let closest = finding.closest();
        let of = |value: fn(&Point) -> Option<f64>| cell(closest.as_ref().and_then(value));
        csv.write_record([
            about.id.to_owned(),
            finding.label.clone(),
            finding.verdict.name().to_owned(),
            finding.reason.clone(),
            finding.origin.map(|origin| origin.to_string()).unwrap_or_default(),
            about.kind.to_string(),
            about.left.name().to_owned(),
            closest.map(|point| point.round.to_string()).unwrap_or_default(),
            of(|point| Some(point.bound)),
            of(|point| Some(point.observed)),
            of(|point| point.lower),
            of(|point| point.upper),
            of(|point| Some(point.slack())),
            finding.n_compared.to_string(),
            finding.n_refused.to_string(),
            finding.n_runs.to_string(),
            finding.seeds_to_decide.map(|seeds| seeds.to_string()).unwrap_or_default(),
        ])?;
    }
    csv.flush()
}

fn rounds(checked: &Checked, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(names(ROUNDS))?;
    for finding in &checked.findings {
        let about = finding.theorem.about();
        for point in &finding.curve {
            let (bound, observed) = (number(point.bound), number(point.observed));
            let (lower, upper) = (cell(point.lower), cell(point.upper));
            let round = point.round.to_string();
            csv.write_record([about.id, &finding.label, about.left.name(), &round, &bound, &observed, &lower, &upper])?;
        }
    }
    csv.flush()
}

fn constants(checked: &Checked, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(names(CONSTANTS))?;
    for (label, constants) in &checked.constants {
        for known in &constants.known {
            let quantity = known.quantity;
            let (value, origin) = (number(known.value), known.origin.to_string());
            csv.write_record([
                label,
                quantity.name(),
                quantity.symbol(),
                &value,
                &origin,
                known.how,
                quantity.meaning(),
            ])?;
        }
    }
    csv.flush()
}

fn write_claims(claims: &[Judged], out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(names(CLAIMS))?;
    for Judged { claim, holds, found, .. } in claims {
        csv.write_record([claim.text.as_str(), if *holds { "yes" } else { "no" }, found])?;
    }
    csv.flush()
}
