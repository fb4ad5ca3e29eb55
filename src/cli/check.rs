//! `gradsieve check` and `gradsieve constants`: what theory says about an experiment, and whether it holds.

use super::arguments::ExperimentArguments;
use super::terminal::{BEGIN_AGAIN, Bar, interrupted, plural, stop_on_signal, width};
use super::{Failure, REFUTED, SUCCESS, finding};
use crate::check::answer::{Answer, Scope, answer};
use crate::check::claim::Judged;
use crate::check::finding::{Checked, Finding};
use crate::check::tables;
use crate::experiment::file::ExperimentFile;
use crate::experiment::run::Options;
use crate::experiment::spec::check::Verdict;
use crate::output::number::significant;
use crate::output::table::Table;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What to check, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve check experiments/quickstart.toml
  gradsieve check results/quickstart
  gradsieve check experiments/quickstart.toml --theorems C1,S1,A2 --filter method=error-feedback

Every run starts from round 0 and is observed as it goes. A result folder is run again from its provenance and must \
give the same numbers. The tables are checks.csv, check_rounds.csv and constants.csv, with one plot per theorem.

Claims are about the default size: with --quick and --full none is judged.

Exit code 0: every claim holds, and nothing is violated except what a claim expects. Exit code 1: a claim does not \
hold, or a theorem is violated. Exit code 2: the check could not be made. Exit code 130: stopped by Ctrl-C.")]
pub(super) struct CheckArguments {
    /// The experiment file, or a result folder.
    experiment: PathBuf,
    #[command(flatten)]
    shared: ExperimentArguments,
    /// Only these theorems, separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    theorems: Vec<String>,
    /// Also say why each theorem that does not apply does not.
    #[arg(long)]
    all: bool,
}

/// Whose constants.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve constants experiments/quickstart.toml
  gradsieve constants experiments/quickstart.toml --seeds 1 --filter method=sgd --quick

Proved constants hold for the problem; measured ones are the largest along the runs, which are computed for this; \
assumed ones are what the experiment asserts.")]
pub(super) struct ConstantsArguments {
    /// The experiment file, or a result folder.
    experiment: PathBuf,
    #[command(flatten)]
    shared: ExperimentArguments,
}

/// An experiment, and what a check gave.
struct Found {
    file: ExperimentFile,
    folder: PathBuf,
    answer: Answer,
    /// Whether it was run at the size that its claims are about.
    judges: bool,
}

impl Found {
    /// The claims that are judged.
    fn judged(&self) -> &[Judged] {
        if self.judges { &self.answer.claims } else { &[] }
    }
}

/// Runs and checks, a result folder against its tables; `Err` holds the exit code of a check that was interrupted.
fn found(
    experiment: &Path,
    shared: &ExperimentArguments,
    theorems: &[String],
    scope: Scope,
) -> Result<Result<Found, u8>, Failure> {
    let is_folder = experiment.is_dir();
    let mut file = if is_folder { ExperimentFile::of_results(experiment)? } else { ExperimentFile::read(experiment)? };
    if !theorems.is_empty() {
        file.check.theorems = theorems.to_vec();
    }
    let plan = shared.plan(&file)?;
    let mut options = shared.options(&file.path);
    if is_folder && shared.out.is_none() {
        options = Options { out: experiment.to_owned(), reproduce: true, ..options };
    }
    let progress = Bar::new(shared.quiet);
    let answer = answer(&plan, &file, &options, scope, &progress, stop_on_signal())?;
    drop(progress);
    let n_unfinished = answer.checked.report.n_unfinished();
    Ok(match interrupted(n_unfinished, plan.runs.len(), shared.quiet, BEGIN_AGAIN)? {
        Some(code) => Err(code),
        None => Ok(Found { file, folder: options.out, answer, judges: shared.size().is_empty() }),
    })
}

/// Checks the experiment and prints what was found; gives the exit code.
pub(super) fn run(arguments: &CheckArguments) -> Result<u8, Failure> {
    let found = match found(&arguments.experiment, &arguments.shared, &arguments.theorems, Scope::Check)? {
        Ok(found) => found,
        Err(code) => return Ok(code),
    };
    let Found { folder, answer: Answer { checked, .. }, .. } = &found;
    tables::write(folder, checked, Some(found.judged()))?;
    let n_figures = if arguments.shared.no_plots { 0 } else { crate::output::draw::draw(folder)?.len() };
    let code = verdict(&found);
    let printed = if arguments.shared.quiet { Ok(()) } else { print(&found, arguments.all, n_figures) };
    finding(code, printed)
}

/// Violations that no claim expects.
fn unexpected<'a>(checked: &'a Checked, claims: &'a [Judged]) -> impl Iterator<Item = &'a Finding> {
    let is_claimed = |finding: &Finding| claims.iter().any(|judged| judged.claim.expects(finding));
    checked.findings.iter().filter(move |finding| finding.verdict == Verdict::Violated && !is_claimed(finding))
}

fn verdict(found: &Found) -> u8 {
    let Answer { checked, claims, .. } = &found.answer;
    let all_hold = found.judged().iter().all(|claim| claim.holds);
    if all_hold && unexpected(checked, claims).next().is_none() { SUCCESS } else { REFUTED }
}

fn print(found: &Found, all: bool, n_figures: usize) -> Result<(), Failure> {
    let Found { file, folder, answer: Answer { checked, claims, .. }, .. } = found;
    let mut out = std::io::stdout().lock();
    if !file.question.is_empty() {
        writeln!(out, "{}\n", crate::wording::printable(file.question.trim()))?;
    }
    let mut table =
        Table::new(["theorem", "setting", "verdict", "bound/observed", "at round", "compared", "constants"]);
    for finding in checked.findings.iter().filter(|finding| finding.verdict != Verdict::NotApplicable) {
        let closest = finding.closest();
        let round = |round| if round == 0 && finding.overall.is_some() { "all".to_owned() } else { format!("{round}") };
        table.row([
            finding.theorem.about().id.to_owned(),
            finding.label.clone(),
            finding.verdict.name().replace('-', " "),
            closest.map_or("–".to_owned(), |point| significant(point.slack(), 3)),
            closest.map_or("–".to_owned(), |point| round(point.round)),
            finding.n_compared.to_string(),
            finding.origin.map_or("none".to_owned(), |origin| origin.to_string()),
        ]);
    }
    write!(out, "{}", table.plain(width()))?;
    reasons(&mut out, checked)?;
    if all {
        inapplicable(&mut out, checked)?;
    }
    if !found.judged().is_empty() {
        writeln!(out, "\nClaims:")?;
        for Judged { claim, holds, found, .. } in found.judged() {
            writeln!(out, "  {} {} ({found})", if *holds { "yes" } else { "NO " }, claim.text.trim())?;
        }
    }
    writeln!(out, "\n{}", words(checked, claims, found.judges))?;
    let all_hint = if all { "" } else { " --all says why the others do not apply." };
    writeln!(out, "Tables and {n_figures} plot files are in {}.{all_hint}", folder.display())?;
    Ok(())
}

/// The words behind verdicts that need some, each with the settings that it is about.
fn reasons(out: &mut dyn Write, checked: &Checked) -> Result<(), Failure> {
    let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for finding in checked.findings.iter().filter(|finding| finding.verdict != Verdict::NotApplicable) {
        if !finding.reason.is_empty() {
            reasons.entry((finding.theorem.about().id, &finding.reason)).or_default().push(&finding.label);
        }
    }
    for ((theorem, reason), labels) in reasons {
        writeln!(out, "{theorem} ({}): {reason}", labels.join("; "))?;
    }
    Ok(())
}

fn inapplicable(out: &mut dyn Write, checked: &Checked) -> Result<(), Failure> {
    writeln!(out, "\nNot applicable:")?;
    let mut reasons: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for finding in checked.findings.iter().filter(|finding| finding.verdict == Verdict::NotApplicable) {
        let id = finding.theorem.about().id;
        match reasons.iter_mut().find(|(other, reason, _)| *other == id && *reason == finding.reason) {
            Some((.., labels)) => labels.push(&finding.label),
            None => reasons.push((id, &finding.reason, vec![&finding.label])),
        }
    }
    for (id, reason, labels) in reasons {
        writeln!(out, "  {id} ({}): {reason}", labels.join("; "))?;
    }
    Ok(())
}

/// The closing paragraph.
fn words(checked: &Checked, claims: &[Judged], judges: bool) -> String {
    let n_of = |verdict| checked.findings.iter().filter(|finding| finding.verdict == verdict).count();
    let applied = checked.findings.len() - n_of(Verdict::NotApplicable);
    let mut theorems: Vec<&str> = checked.findings.iter().map(|finding| finding.theorem.about().id).collect();
    theorems.sort_unstable();
    theorems.dedup();
    let n_settings = checked.constants.len();
    let mut outcomes = vec![format!("{} hold", n_of(Verdict::Holds))];
    for (verdict, words) in [
        (Verdict::Violated, "violated"),
        (Verdict::Inconclusive, "undecided"),
        (Verdict::AssumptionViolated, "without a hypothesis that the runs break"),
    ] {
        if n_of(verdict) > 0 {
            outcomes.push(format!("{} are {words}", n_of(verdict)));
        }
    }
    let mut sentences = vec![format!(
        "{} {} on {n_settings} {}: {applied} pairs apply, of which {}.",
        theorems.len(),
        plural(theorems.len(), "theorem"),
        plural(n_settings, "setting"),
        outcomes.join(", "),
    )];
    let slack = |finding: &&Finding| {
        finding.closest().map(|point| point.slack()).filter(|slack| slack.is_finite() && *slack > 0.0)
    };
    let holding = || checked.findings.iter().filter(|finding| finding.verdict == Verdict::Holds);
    let tightest = holding()
        .filter(|f| slack(f).is_some())
        .min_by(|a, b| slack(a).unwrap_or(0.0).total_cmp(&slack(b).unwrap_or(0.0)));
    let loosest = holding()
        .filter(|f| slack(f).is_some())
        .max_by(|a, b| slack(a).unwrap_or(0.0).total_cmp(&slack(b).unwrap_or(0.0)));
    if let (Some(tightest), Some(loosest)) = (tightest, loosest) {
        let say = |finding: &Finding| {
            format!(
                "{} on {} ({} times the observation)",
                finding.theorem.about().id,
                finding.label,
                slack(&finding).map_or(String::new(), |slack| significant(slack, 3))
            )
        };
        sentences.push(format!("The bound that comes closest is {}; the loosest is {}.", say(tightest), say(loosest)));
    }
    for finding in unexpected(checked, claims) {
        sentences.push(format!("{} is violated on {}.", finding.theorem.about().id, finding.label));
    }
    if let Some(seeds) = checked.findings.iter().filter_map(|finding| finding.seeds_to_decide).max() {
        sentences.push(format!("{seeds} seeds would decide what is undecided, if mean and spread stay as they are."));
    }
    if !claims.is_empty() && !judges {
        sentences.push("Claims are about the default size, and are not judged at this one.".to_owned());
    } else if !claims.is_empty() {
        let n = claims.iter().filter(|claim| claim.holds).count();
        sentences.push(format!(
            "{n} of {} {}.",
            claims.len(),
            if claims.len() == 1 { "claim holds" } else { "claims hold" }
        ));
    }
    sentences.join(" ")
}

/// Prints the constants of every setting; gives the exit code.
pub(super) fn constants(arguments: &ConstantsArguments) -> Result<u8, Failure> {
    let Found { folder, answer, .. } = match found(&arguments.experiment, &arguments.shared, &[], Scope::Constants)? {
        Ok(found) => found,
        Err(code) => return Ok(code),
    };
    tables::write(&folder, &answer.checked, None)?;
    if arguments.shared.quiet {
        return Ok(SUCCESS);
    }
    let mut out = std::io::stdout().lock();
    for (label, constants) in &answer.checked.constants {
        writeln!(out, "{label}")?;
        let mut table = Table::new(["constant", "symbol", "value", "origin", "found from"]);
        for known in &constants.known {
            let quantity = known.quantity;
            table.row([
                quantity.name(),
                quantity.symbol(),
                &significant(known.value, 6),
                &known.origin.to_string(),
                known.how,
            ]);
        }
        writeln!(out, "{}", table.plain(width()))?;
    }
    writeln!(out, "What they mean is in {}.", folder.join("constants.csv").display())?;
    Ok(SUCCESS)
}
