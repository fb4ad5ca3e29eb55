//! `gradsieve check` and `gradsieve constants`: what theory says of an experiment, and whether it is so.

use super::run::{Bar, PlayArguments, interrupted, plural, stop_on_signal, width};
use super::{Failure, REFUTED, SUCCESS};
use crate::check::claim::Judged;
use crate::check::finding::{Checked, Finding};
use crate::check::{check, measure, tables};
use crate::experiment::file::ExperimentFile;
use crate::experiment::plan::Plan;
use crate::experiment::planned::PlannedRun;
use crate::experiment::run::Options;
use crate::experiment::spec::check::Verdict;
use crate::fit::Fit;
use crate::output::number::significant;
use crate::output::table::Table;
use crate::record::Outcome;
use crate::results::run::RunResult;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What to check, and how.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve check experiments/quickstart.toml
  gradsieve check results/quickstart
  gradsieve check experiments/quickstart.toml --theorems C1,S1,A2 --filter method=error-feedback --out results/mine

The runs are played from their beginning, and seen as they are played; a result folder is played again from its
provenance and must give the same numbers. Written are checks.csv, check_rounds.csv, constants.csv and a plot per
theorem.

Exit code 0: what the experiment claims is so, and nothing is violated that it does not claim to be.
Exit code 1: a claim is not so, or a theorem is violated. Exit code 2: the check could not be made.")]
pub(super) struct CheckArguments {
    /// The experiment file, or a result folder.
    experiment: PathBuf,
    #[command(flatten)]
    play: PlayArguments,
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

Proved constants hold for the problem; measured ones are the largest along the runs, which are played for it; assumed
ones are what the experiment asserts.")]
pub(super) struct ConstantsArguments {
    /// The experiment file, or a result folder.
    experiment: PathBuf,
    #[command(flatten)]
    play: PlayArguments,
}

/// Everything that a check gives.
pub(super) struct Answer {
    file: ExperimentFile,
    plan: Plan,
    pub(super) folder: PathBuf,
    pub(super) checked: Checked,
    /// What was found of the vectors that the runs wrote down; none where nobody asks.
    pub(super) fits: Vec<Fit>,
}

/// What a check is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The theorems that apply.
    Check,
    /// Everything that stands in the results of an experiment.
    Results,
    /// The same, on tables that must come out as they are.
    Reproduction,
    /// Everything that can be measured.
    Constants,
}

/// Plays and checks, if asked for against the tables that are there; the inner `Err` holds the exit code of a check
/// that was interrupted.
pub(super) fn play(
    experiment: &Path,
    play: &PlayArguments,
    theorems: &[String],
    scope: Scope,
) -> Result<Result<Answer, u8>, Failure> {
    let is_folder = experiment.is_dir();
    let mut file = if is_folder { ExperimentFile::of_results(experiment)? } else { ExperimentFile::read(experiment)? };
    if !theorems.is_empty() {
        file.check.theorems = theorems.to_vec();
    }
    let plan = play.plan(&file)?;
    let mut options = Options { reproduce: scope == Scope::Reproduction, ..play.options(experiment) };
    if is_folder && play.out.is_none() {
        options = Options { out: experiment.to_owned(), reproduce: true, ..options };
    }
    let progress = Bar::new(play.quiet);
    let examine = if scope == Scope::Constants { measure } else { check };
    let checked = examine(&plan, &file, &options, &progress, stop_on_signal())?;
    progress.finish();
    if let Some(code) = interrupted(&plan, &checked.report, play.quiet, "the same command begins them again")? {
        return Ok(Err(code));
    }
    let asks = match scope {
        Scope::Check => file.claims.iter().any(|claim| claim.fit.is_some()),
        Scope::Results | Scope::Reproduction => true,
        Scope::Constants => false,
    };
    let has_vectors = |(run, result): (&PlannedRun, &Option<RunResult>)| {
        run.spec.record.vectors.is_some() && result.as_ref().is_some_and(|result| result.outcome == Outcome::Finished)
    };
    let has_vectors = plan.runs.iter().zip(&checked.report.results).any(has_vectors);
    let fits = if asks && has_vectors { super::fit::of_runs(&options.vectors())? } else { Vec::new() };
    if options.reproduce {
        // They are those of the results, or these are not reproduced.
        let _ = std::fs::remove_dir_all(options.vectors());
    }
    Ok(Ok(Answer { file, plan, folder: options.out, checked, fits }))
}

/// Checks the experiment and prints what was found; gives the exit code.
pub(super) fn run(arguments: &CheckArguments) -> Result<u8, Failure> {
    let answer = match play(&arguments.experiment, &arguments.play, &arguments.theorems, Scope::Check)? {
        Ok(answer) => answer,
        Err(code) => return Ok(code),
    };
    let Answer { folder, checked, .. } = &answer;
    let claims = judged(&answer);
    tables::write(folder, checked, &claims)?;
    let n_figures = if arguments.play.no_plots { 0 } else { crate::output::plot::draw(folder)?.len() };
    let code = verdict(checked, &claims);
    if !arguments.play.quiet {
        print(&answer, &claims, arguments.all, n_figures)?;
    }
    Ok(code)
}

/// The claims of the experiment, held against what was found.
pub(super) fn judged(answer: &Answer) -> Vec<Judged> {
    let Answer { file, plan, checked, fits, .. } = answer;
    let results = plan.runs.iter().zip(&checked.report.results);
    let results: Vec<(&PlannedRun, &RunResult)> =
        results.filter_map(|(run, result)| Some((run, result.as_ref()?))).collect();
    file.claims.iter().map(|claim| claim.judge(&checked.findings, &results, fits)).collect()
}

/// Violations that no claim expects.
fn unexpected<'a>(checked: &'a Checked, claims: &'a [Judged]) -> impl Iterator<Item = &'a Finding> {
    let is_claimed = |finding: &Finding| claims.iter().any(|judged| judged.claim.expects(finding));
    checked.findings.iter().filter(move |finding| finding.verdict == Verdict::Violated && !is_claimed(finding))
}

fn verdict(checked: &Checked, claims: &[Judged]) -> u8 {
    let all_is_so = claims.iter().all(|claim| claim.is_so);
    if all_is_so && unexpected(checked, claims).next().is_none() { SUCCESS } else { REFUTED }
}

fn print(answer: &Answer, claims: &[Judged], all: bool, n_figures: usize) -> Result<(), Failure> {
    let Answer { file, folder, checked, .. } = answer;
    let mut out = std::io::stdout().lock();
    if !file.question.is_empty() {
        writeln!(out, "{}\n", file.question.trim())?;
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
    if !claims.is_empty() {
        writeln!(out, "\nClaims:")?;
        for Judged { claim, is_so, found, .. } in claims {
            writeln!(out, "  {} {} ({found})", if *is_so { "yes" } else { "NO " }, claim.text.trim())?;
        }
    }
    writeln!(out, "\n{}", words(checked, claims))?;
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
fn words(checked: &Checked, claims: &[Judged]) -> String {
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
    if !claims.is_empty() {
        let n = claims.iter().filter(|claim| claim.is_so).count();
        sentences.push(format!(
            "{n} of {} {} so.",
            claims.len(),
            if claims.len() == 1 { "claim is" } else { "claims are" }
        ));
    }
    sentences.join(" ")
}

/// Prints the constants of every setting; gives the exit code.
pub(super) fn constants(arguments: &ConstantsArguments) -> Result<u8, Failure> {
    let answer = match play(&arguments.experiment, &arguments.play, &[], Scope::Constants)? {
        Ok(answer) => answer,
        Err(code) => return Ok(code),
    };
    tables::write(&answer.folder, &answer.checked, &[])?;
    if arguments.play.quiet {
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
    writeln!(out, "What they mean is in {}.", answer.folder.join("constants.csv").display())?;
    Ok(SUCCESS)
}
