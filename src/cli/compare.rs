//! `gradsieve report --compare A B`: what changed from one result folder to another, beyond the noise of the seeds.

use super::terminal::{plural, width};
use super::{Failure, REFUTED, SUCCESS, finding};
use crate::difference::{Compared, ComparedSetting, Difference, Fact, LEVEL, Test, Verdict};
use crate::output::number::significant;
use crate::output::report::compare as page;
use crate::output::table::Table;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

/// More characters of a fact than this are in the table of facts only.
const MOST_CHARACTERS: usize = 48;

/// Compares, says what changed, and writes what is requested; returns the exit code.
pub(super) fn compare(
    folders: [&Path; 2],
    tables: Option<&Path>,
    page: Option<&Path>,
    quiet: bool,
) -> Result<u8, Failure> {
    let difference = Difference::of(folders)?;
    if let Some(folder) = tables {
        difference.write_tables(folder)?;
    }
    if let Some(page) = page {
        write_page(folders, &difference, page)?;
    }
    let code = if difference.is_change() { REFUTED } else { SUCCESS };
    if !quiet {
        let mut text = words(folders, &difference, width());
        if let Some(folder) = tables {
            text = format!("{text}Tables are in {}.\n", folder.display());
        }
        if let Some(page) = page {
            text = format!("{text}The page is {}.\n", page.display());
        }
        return finding(code, std::io::stdout().lock().write_all(text.as_bytes()).map_err(Into::into));
    }
    Ok(code)
}

/// All that is said in the terminal.
fn words(folders: [&Path; 2], difference: &Difference, width: usize) -> String {
    let mut text = format!("A  {}\nB  {}\n\n", folders[0].display(), folders[1].display());
    text.push_str(&settings(difference).plain(width));
    if let Some(table) = changes(difference) {
        text = format!("{text}\nWhat changed, with 95 % intervals:\n\n{}", table.plain(width));
    }
    if let Some(table) = facts(&difference.facts) {
        text = format!("{text}\nWhere they come from:\n\n{}", table.plain(width));
    }
    format!("{text}\n{}", answer(difference))
}

fn settings(difference: &Difference) -> Table {
    let mut table = Table::new(["setting", "runs A", "runs B", "same seeds", "verdict"]);
    for setting in &difference.settings {
        table.row([
            setting.label.clone(),
            setting.runs[0].to_string(),
            setting.runs[1].to_string(),
            setting.pairs.to_string(),
            verdict(setting, difference),
        ]);
    }
    table
}

fn verdict(setting: &ComparedSetting, difference: &Difference) -> String {
    match setting.runs {
        [_, 0] => return "in A only".to_owned(),
        [0, _] => return "in B only".to_owned(),
        _ if setting.is_identical() => return "byte-identical".to_owned(),
        _ => {}
    }
    let own = || difference.compared.iter().filter(|row| row.label == setting.label);
    let count = |verdict: Verdict| own().filter(|row| row.verdict == verdict).count();
    let n = own().count();
    let text = match (count(Verdict::Changed), count(Verdict::Undecided)) {
        (0, 0) if count(Verdict::Rounding) + count(Verdict::Identical) == n => "the same up to rounding".to_owned(),
        (0, 0) => "nothing beyond seed noise".to_owned(),
        (0, undecided) => format!("{undecided} of {n} quantities undecided"),
        (changed, _) => format!("{changed} of {n} quantities changed"),
    };
    let text = match setting.identical {
        0 => text,
        identical => format!("{text}; {identical} {} byte-identical", plural(identical, "run")),
    };
    // A run that diverged has no other quantity, so that it must not go unsaid.
    match own().find(|row| row.quantity == "diverged").map(|row| row.values) {
        Some([Some(a), Some(b)]) => {
            format!("{text}; {a} of {} and {b} of {} runs diverged", setting.runs[0], setting.runs[1])
        }
        _ => text,
    }
}

/// The quantities that changed, the surest first within a setting.
fn changes(difference: &Difference) -> Option<Table> {
    let mut changed: Vec<&Compared> =
        difference.compared.iter().filter(|row| row.verdict == Verdict::Changed).collect();
    if changed.is_empty() {
        return None;
    }
    let place = |row: &Compared| difference.settings.iter().position(|setting| setting.label == row.label);
    changed.sort_by(|a, b| {
        let p = |row: &Compared| row.p_holm.unwrap_or(0.0);
        place(a).cmp(&place(b)).then(p(a).total_cmp(&p(b)))
    });
    let mut table = Table::new(["setting", "quantity", "A", "B", "change", "95 % interval", "p (Holm)"]);
    let short = |value: f64| significant(value, 3);
    for row in changed {
        let name = if row.statistic == "count" { "runs that diverged".to_owned() } else { quantity(row) };
        let sign = |value: f64| match (row.is_ratio, value > 0.0) {
            (true, _) => format!("× {}", short(value)),
            (false, true) => format!("+{}", short(value)),
            (false, false) => short(value),
        };
        let exact = if row.test == Test::None { "the same for all seeds" } else { "" };
        table.row([
            row.label.clone(),
            name,
            row.values[0].map_or(String::new(), short),
            row.values[1].map_or(String::new(), short),
            row.change.map_or(String::new(), sign),
            row.interval.map_or(exact.to_owned(), |(low, high)| format!("{} to {}", sign(low), sign(high))),
            row.p_holm.map_or(String::new(), short),
        ]);
    }
    Some(table)
}

fn quantity(row: &Compared) -> String {
    format!("{} {}", row.statistic, row.quantity)
}

fn facts(facts: &[Fact]) -> Option<Table> {
    if facts.is_empty() {
        return None;
    }
    let mut table = Table::new(["what", "setting", "A", "B"]);
    let short = |text: &str| {
        let text = text.replace('\n', " ");
        if text.chars().count() <= MOST_CHARACTERS {
            return text;
        }
        text.chars().take(MOST_CHARACTERS - 1).chain(['…']).collect()
    };
    for fact in facts {
        let what = match fact.kind {
            "theorem" | "claim" => format!("{} {}", fact.kind, short(&fact.key)),
            _ => short(&fact.key),
        };
        let label = if fact.label.is_empty() { "all" } else { &fact.label };
        table.row([what, label.to_owned(), short(&fact.values[0]), short(&fact.values[1])]);
    }
    Some(table)
}

/// What the comparison comes to, one sentence on a line.
fn answer(difference: &Difference) -> String {
    let mut sentences = Vec::new();
    let count = |verdict: Verdict| difference.compared.iter().filter(|row| row.verdict == verdict).count();
    let tests = match difference.tests() {
        1 => "1 test".to_owned(),
        n => format!("{n} tests"),
    };
    let error = format!("at level {LEVEL} over {tests}, corrected by Holm");
    let settings: BTreeSet<&str> = difference
        .compared
        .iter()
        .filter(|row| row.verdict == Verdict::Changed)
        .map(|row| row.label.as_str())
        .collect();
    let in_both = difference.settings.iter().filter(|setting| !setting.is_alone()).count();
    if difference.is_identical {
        sentences.push("rounds.csv is byte-identical: no number changed.".to_owned());
    } else if !settings.is_empty() {
        let n = count(Verdict::Changed);
        sentences.push(format!(
            "Changed beyond the noise of the seeds: {n} of {} quantities, in {} of {in_both} settings ({error}).",
            difference.compared.len(),
            settings.len()
        ));
    } else if in_both > 0 && difference.tests() > 0 {
        sentences.push(format!("Nothing changed beyond the noise of the seeds ({error})."));
    } else if in_both > 0 && count(Verdict::Undecided) == 0 {
        sentences.push("Every quantity is the same, bit for bit or up to rounding.".to_owned());
    }
    if in_both == 0 {
        sentences.push("The folders have no setting in common, so that nothing can be compared.".to_owned());
    }
    let undecided = count(Verdict::Undecided);
    if undecided > 0 {
        let differ = if undecided == 1 { "quantity differs" } else { "quantities differ" };
        sentences
            .push(format!("{undecided} {differ}, with too few runs to tell a change from the noise of the seeds."));
    }
    let alone = difference.settings.len() - in_both;
    if alone > 0 && in_both > 0 {
        sentences
            .push(format!("{alone} {} in one folder only.", if alone == 1 { "setting is" } else { "settings are" }));
    }
    let judged = difference.facts.iter().filter(|fact| matches!(fact.kind, "theorem" | "claim")).count();
    if judged > 0 {
        sentences.push(format!(
            "{judged} {} of theorems or claims.",
            if judged == 1 { "verdict differs" } else { "verdicts differ" }
        ));
    }
    sentences.push(String::new());
    sentences.join("\n")
}

fn write_page(folders: [&Path; 2], difference: &Difference, out: &Path) -> Result<(), Failure> {
    let (mut settings, mut compared, mut facts) = (Vec::new(), Vec::new(), Vec::new());
    difference.write_settings(&mut settings)?;
    difference.write_compared(&mut compared)?;
    difference.write_facts(&mut facts)?;
    let (answer, dirs) = (answer(difference), folders);
    let page = page::Comparison { dirs, answer: &answer, settings: &settings, compared: &compared, facts: &facts };
    page::write(page, out)?;
    Ok(())
}
