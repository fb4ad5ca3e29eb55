//! What a check writes into the result folder: `checks.csv`, `check_rounds.csv`, `constants.csv`, `claims.csv`.

use super::claim::Judged;
use super::finding::{Checked, Point};
use crate::results::number::{cell, number};
use crate::store::{StoreError, write_whole};
use std::io::{self, Write};
use std::path::Path;

/// Writes all tables of a check.
///
/// # Errors
/// The file system refuses.
pub fn write(folder: &Path, checked: &Checked, claims: &[Judged]) -> Result<(), StoreError> {
    write_whole(&folder.join("checks.csv"), |out| checks(checked, out))?;
    write_whole(&folder.join("check_rounds.csv"), |out| rounds(checked, out))?;
    write_whole(&folder.join("constants.csv"), |out| constants(checked, out))?;
    if !claims.is_empty() {
        write_whole(&folder.join("claims.csv"), |out| write_claims(claims, out))?;
    }
    Ok(())
}

fn checks(checked: &Checked, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "theorem",
        "label",
        "verdict",
        "reason",
        "origin",
        "kind",
        "quantity",
        "round",
        "bound",
        "observed",
        "lower",
        "upper",
        "slack",
        "compared",
        "refused",
        "seeds",
        "seeds_to_decide",
    ])?;
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
    csv.write_record(["theorem", "label", "quantity", "round", "bound", "observed", "lower", "upper"])?;
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
    csv.write_record(["label", "constant", "symbol", "value", "origin", "how", "meaning"])?;
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
    csv.write_record(["claim", "is_so", "found"])?;
    for Judged { claim, is_so, found, .. } in claims {
        csv.write_record([claim.text.as_str(), if *is_so { "yes" } else { "no" }, found])?;
    }
    csv.flush()
}
