//! Joins theory with runs: which theorems apply to an experiment, what they bound there, and whether it held.
//!
//! This is the only place that knows both. A theorem computes its bound from constants (`constants.rs`); an observer
//! sees the run (`examiner.rs`); `application.rs` says what is compared, and `judge.rs` compares.

use crate::experiment::constants::{self, Constants};
use crate::experiment::error::ExperimentError;
use crate::experiment::file::ExperimentFile;
use crate::experiment::plan::Plan;
use crate::experiment::planned::PlannedRun;
use crate::experiment::progress::Progress;
use crate::experiment::run::{Examination, Options, execute_examined};
use crate::experiment::spec::check::CheckSpec;
use crate::method::Memory;
use crate::results::run::RunResult;
use crate::simulation::{self, Minimum, Series, Trail, Wanted};
use crate::theory::{NotApplicable, Origin, Quantity, THEOREMS, Theorem, theorem};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

pub mod answer;
mod application;
pub mod claim;
mod draw;
pub mod error;
mod examiner;
pub mod finding;
pub mod judge;
mod measured;
mod omitted;
pub mod paper;
pub mod reproduce;
pub mod tables;
mod wire;

use application::{Application, Left, Methods, Operators, application};
use draw::DrawRecord;
use examiner::{Applied, Examiner};
use finding::{Checked, Finding, Observation};
use judge::Replicates;

/// Runs an experiment with the theorems as observers, and writes its tables and those of the check.
///
/// # Errors
/// Those of [`crate::experiment::run::execute`]; a theorem or constant of the `[check]` table that there is not.
pub fn check(
    plan: &Plan,
    file: &ExperimentFile,
    options: &Options,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Checked, ExperimentError> {
    run_and_check(plan, file, options, progress, stop, false)
}

/// [`check`], in which every constant is measured that can be, whether a theorem that applies needs it or not.
///
/// # Errors
/// Those of [`check`].
pub fn measure(
    plan: &Plan,
    file: &ExperimentFile,
    options: &Options,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<Checked, ExperimentError> {
    run_and_check(plan, file, options, progress, stop, true)
}

fn run_and_check(
    plan: &Plan,
    file: &ExperimentFile,
    options: &Options,
    progress: &dyn Progress,
    stop: &AtomicBool,
    measures_all: bool,
) -> Result<Checked, ExperimentError> {
    let selected = selected(file)?;
    run_and_check_selected(plan, file, options, progress, stop, measures_all, &selected)
}

fn run_and_check_selected(
    plan: &Plan,
    file: &ExperimentFile,
    options: &Options,
    progress: &dyn Progress,
    stop: &AtomicBool,
    measures_all: bool,
    selected: &[Applied],
) -> Result<Checked, ExperimentError> {
    let examination =
        Examiners { check: &file.check, selected, measures_all, observation: Mutex::new(BTreeMap::new()) };
    let report = execute_examined(plan, file, options, progress, stop, &examination)?;
    let observation = examination.observation.into_inner().unwrap_or_default();

    let mut labels: Vec<&str> = plan.runs.iter().map(|run| run.label.as_str()).collect();
    labels.dedup();
    let mut findings = Vec::new();
    let mut constants = Vec::new();
    for label in labels {
        let runs: Vec<(&PlannedRun, &Observation)> = plan
            .runs
            .iter()
            .filter(|run| run.label == label)
            .filter_map(|run| Some((run, observation.get(&run.hash)?)))
            .collect();
        let Some((run, _)) = runs.first() else { continue };
        let run: &PlannedRun = run;
        let of_all = Constants::of_all(&runs.iter().map(|(_, observation)| &observation.constants).collect::<Vec<_>>());
        constants.push((label.to_owned(), of_all.clone()));
        let is_random = !constants::has_exact_gradients(run) || run.method.randomness().is_random();
        let of_method = constants::of_operator_and_method(run);
        let replicates = Replicates { runs, constants: of_all, is_random };
        for (theorem, line) in selected {
            let finding = match refusal(run, &of_method, theorem, line) {
                Some(reason) => Finding::not_applicable(theorem, reason),
                None => judge::judge(theorem, line, &replicates),
            };
            findings.push(Finding { label: label.to_owned(), ..finding });
        }
    }
    Ok(Checked { report, findings, constants })
}

/// The theorems that the experiment requests; checks that the constants it asserts exist.
fn selected(file: &ExperimentFile) -> Result<Vec<Applied>, ExperimentError> {
    let spec = &file.check;
    for name in spec.assume.keys() {
        if !Quantity::ALL.iter().any(|quantity| quantity.name() == name) {
            let message = format!("`check.assume`: there is no constant `{name}`; see `gradsieve theorem show ID`");
            return Err(file.error_at("check", message).into());
        }
    }
    for id in &spec.theorems {
        if theorem(id).is_none() {
            let message = format!("`check.theorems`: there is no theorem `{id}`; see `gradsieve theorem list`");
            return Err(file.error_at("check", message).into());
        }
    }
    let is_requested = |theorem: &&Theorem| {
        spec.theorems.is_empty() || spec.theorems.iter().any(|id| id.eq_ignore_ascii_case(theorem.about().id))
    };
    Ok(THEOREMS
        .iter()
        .filter(is_requested)
        .filter_map(|theorem| Some((theorem, application(theorem.about().id)?)))
        .collect())
}

/// Why the method or the operator of an experiment forbids a theorem, in words.
fn refusal(run: &PlannedRun, constants: &Constants, theorem: &Theorem, line: &Application) -> Option<String> {
    let method = run.spec.method.name();
    let compressor = constants::compressor_of(run);
    let operator = compressor.as_deref();
    match line.methods {
        Methods::Named(names) if !names.contains(&method) => {
            return Some(format!("is about {}, and this is {method}", names.join(" or ")));
        }
        Methods::Compressing if run.method.compressor().is_none() => {
            return Some(format!("is about a compressor, and {method} has none"));
        }
        _ => {}
    }
    let about = |words: &str| Some(format!("is about {words}, and this is {}", operator.unwrap_or("no operator")));
    match line.operators {
        Operators::Named(names) if operator.is_none_or(|name| !names.contains(&name)) => {
            return about(&names.join(" or "));
        }
        Operators::EveryDraw if run.method.compressor().is_some_and(|operator| operator.randomness().is_random()) => {
            return about("operators whose inequality holds for every draw");
        }
        Operators::Such(words, holds) => {
            let blocks: Vec<usize> = run.blocks.iter().map(ExactSizeIterator::len).collect();
            if run.method.compressor().is_some_and(|compressor| !holds(compressor, &blocks)) {
                return about(words);
            }
        }
        _ => {}
    }
    let is_about_one_vector = line.methods == Methods::Compressing || theorem.about().needs.contains(&Quantity::K);
    if is_about_one_vector && run.blocks.len() > 1 {
        return Some(format!("is about one vector, and here {} blocks are compressed apart", run.blocks.len()));
    }
    if line.exact && !constants::has_exact_gradients(run) {
        return Some("has exact gradients, and here they are stochastic".to_owned());
    }
    if theorem.about().needs.contains(&Quantity::StepSize) && constants.get(Quantity::StepSize).is_none() {
        return Some("has a constant step size, and here it changes from round to round".to_owned());
    }
    let needs = |quantity| theorem.about().needs.contains(&quantity);
    let in_packets = constants.get(Quantity::PacketCoordinates).is_some();
    if needs(Quantity::CostPerUnit) && !needs(Quantity::PacketCoordinates) && in_packets {
        return Some("has a cost per coordinate, and here it is counted in packets".to_owned());
    }
    if let Left::Nothing(reason) = line.left {
        return Some(reason.to_owned());
    }
    None
}

/// Sends an [`Examiner`] to every run.
struct Examiners<'a> {
    check: &'a CheckSpec,
    selected: &'a [Applied],
    measures_all: bool,
    observation: Mutex<BTreeMap<String, Observation>>,
}

impl Examination for Examiners<'_> {
    type Observer = Examiner;

    fn observer(&self, run: &PlannedRun, setting: &simulation::Config<'_>, minimum: Minimum<'_>) -> Examiner {
        let mut constants = constants::of_operator_and_method(run);
        let initial = run.initial_iterate();
        let mut unassumed = constants.clone();
        constants::of_objective(&mut constants, run, &initial, minimum, self.check);
        let without = CheckSpec { assume: BTreeMap::new(), ..self.check.clone() };
        constants::of_objective(&mut unassumed, run, &initial, minimum, &without);
        let known = constants.setting();

        let applies = |applied: &&Applied| refusal(run, &constants, applied.0, applied.1).is_none();
        let applied: Vec<Applied> = self.selected.iter().filter(applies).copied().collect();
        let on_draws: Vec<Applied> = applied
            .iter()
            .filter(|(_, line)| matches!(line.left, Left::Draw(_) | Left::MeanOfDraws(_)))
            .copied()
            .collect();
        let mut series: BTreeSet<Series> = BTreeSet::new();
        let mut moments = self.measures_all;
        if self.measures_all {
            let measured = [Quantity::Xi, Quantity::InitialEstimateError];
            series.extend(measured::series_for(&measured, &[]));
        }
        for (theorem, line) in &applied {
            // What the constants known so far forbid needs no series.
            let forbidden = matches!(theorem.bound.value(&known, 1), Err(NotApplicable::Hypothesis(_)));
            if line.left.series().is_empty() || forbidden {
                continue;
            }
            let about = theorem.about();
            series.extend(line.left.series());
            series.extend(measured::series_for(about.needs, about.sequences));
            moments |=
                about.needs.iter().any(|need| measured::OF_MOMENTS.contains(need) && constants.get(*need).is_none());
            moments |= about.needs.iter().any(|need| self.check.assume.contains_key(need.name()));
        }
        if run.method.place_of(Memory::Residual).is_none() {
            series.remove(&Series::ResidualSquared);
        }
        let wanted = Wanted {
            series,
            recorded: run.spec.record.schedule.recorded(run.spec.rounds),
            every: constants::has_exact_gradients(run),
            shift: constants.get(Quantity::Shift).map_or(0.0, |known| known.value),
            moments,
            minimum: minimum.value,
            // The nearest of several, as in R₀².
            minimizer: minimum.nearest(&initial),
        };
        let roundoff = wire::roundoff(run);
        let records = vec![DrawRecord::default(); on_draws.len()];
        let trail = Trail::new(wanted, setting);
        Examiner { on_draws, constants, unassumed, known, trail, records, roundoff, worst_error: 0.0 }
    }

    fn finish(&self, run: &PlannedRun, observer: Examiner, result: &RunResult) {
        let Examiner { on_draws, mut constants, mut unassumed, trail, records, worst_error, .. } = observer;
        // What is asserted is compared with what would have been proved or measured.
        measured::of_trail(&mut unassumed, &trail);
        if run.method.compressor().is_some_and(|operator| !operator.randomness().is_random()) {
            // A guarantee is about all vectors. An operator that is better on those of the run may be assumed so.
            unassumed.known.retain(|known| known.quantity != Quantity::Delta);
            unassumed.add(Quantity::Delta, 1.0 - worst_error, Origin::Measured, "the smallest of all recorded calls");
        }
        let assumed = constants.known.iter().filter(|known| self.check.assume.contains_key(known.quantity.name()));
        let refuted = assumed
            .filter_map(|known| {
                let instead = unassumed.get(known.quantity)?;
                let is_contradicted = known.quantity.is_contradicted(known.value, instead.value);
                is_contradicted.then(|| (known.quantity, instead.clone()))
            })
            .collect();
        measured::of_trail(&mut constants, &trail);
        let ids = on_draws.iter().map(|(theorem, _)| theorem.about().id);
        let draws = ids.zip(records).collect();
        let outcome = result.outcome.clone();
        if let Ok(mut observation) = self.observation.lock() {
            observation.insert(run.hash.clone(), Observation { constants, refuted, draws, trail, outcome });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::application::APPLICATIONS;
    use super::*;
    use crate::compressor::CompressorSpec;
    use crate::experiment::plan::Selection;
    use crate::experiment::progress::Silent;
    use crate::experiment::spec::check::Verdict;
    use crate::method::MethodSpec;
    use crate::theory::{About, Bound, Setting};
    use std::path::Path;
    use std::time::Duration;

    /// A theorem whose right-hand side is too small by one in a million.
    #[derive(Debug)]
    struct TooSmall(&'static Theorem);

    impl Bound for TooSmall {
        fn about(&self) -> &'static About {
            self.0.about()
        }

        fn value(&self, setting: &Setting, round: usize) -> Result<f64, NotApplicable> {
            Ok(self.0.bound.value(setting, round)? * (1.0 - 1e-6))
        }
    }

    /// What becomes of a theorem, as it is or too small, on four workers or one with a method and a wire.
    fn verdict(id: &str, is_too_small: bool, problem: &str, method: &str, values: &str) -> Verdict {
        let text = format!(
            "objective = {problem}\nbatch_size = 'full'\nrounds = 20\ninitial = 'ones'\n{method}\n\
             record = {{ metrics = ['loss'], schedule = {{ every = 1 }} }}\n\
             wire = {{ encoding = 'raw', values = '{values}' }}"
        );
        let file = ExperimentFile::parse(Path::new("test.toml"), &text).unwrap_or_else(|error| panic!("{error}"));
        let plan = Plan::new(&file, &Selection::default(), None).unwrap();
        let found = theorem(id).unwrap();
        let found = if is_too_small {
            let bound: &'static TooSmall = Box::leak(Box::new(TooSmall(found)));
            Box::leak(Box::new(found.with_bound(bound)))
        } else {
            found
        };
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            out: folder.path().to_owned(),
            threads: 1,
            force: false,
            checkpoint_every: Duration::from_secs(60),
            reproduce: false,
            command: Vec::new(),
        };
        let selected = [(found, application(id).unwrap())];
        let stop = AtomicBool::new(false);
        let checked = run_and_check_selected(&plan, &file, &options, &Silent, &stop, false, &selected).unwrap();
        checked.findings[0].verdict
    }

    #[test]
    fn a_bound_that_is_too_small_by_a_millionth_is_violated() {
        let quadratic = "{ name = 'quadratic', dim = 12, strong_convexity = 0.2, smoothness = 1.0, spectrum = 'linear', \
                         heterogeneity = 0.0, noise = 0.0, seed = 3 }\nn_workers = 1";
        let flat = "{ name = 'quadratic', dim = 1, strong_convexity = 1.0, smoothness = 1.0, spectrum = 'linear', \
                    heterogeneity = 0.0, noise = 0.0, seed = 1 }\nn_workers = 1";
        let diverging = "{ name = 'diverging-quadratics' }\nn_workers = 3";
        let signs = "method = { name = 'compressed-sgd', compressor = { name = 'scaled-sign' } }\nstep_size = 0.1";
        let top = "method = { name = 'compressed-sgd', compressor = { name = 'top-k', k = 1 } }\nstep_size = 0.1";
        let feedback = "method = { name = 'error-feedback', compressor = { name = 'top-k', k = 1 } }\nstep_size = 0.5";
        for (id, problem, method) in [("C4", quadratic, signs), ("G3", diverging, top), ("T2", flat, feedback)] {
            for values in ["f64", "f32"] {
                let judged = |is_too_small| verdict(id, is_too_small, problem, method, values);
                assert_eq!(judged(false), Verdict::Holds, "{id}, {values}");
                assert_eq!(judged(true), Verdict::Violated, "{id}, {values}");
            }
        }
    }

    #[test]
    fn every_name_in_a_line_is_that_of_a_member() {
        let is_known = |names: &[&str], members: &[crate::registry::Member]| {
            names.iter().all(|name| members.iter().any(|member| member.name == *name))
        };
        for line in APPLICATIONS {
            if let Methods::Named(names) = line.methods {
                assert!(is_known(names, MethodSpec::MEMBERS), "{}", line.id);
            }
            if let Operators::Named(names) = line.operators {
                assert!(is_known(names, CompressorSpec::MEMBERS), "{}", line.id);
            }
        }
    }
}
