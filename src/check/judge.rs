//! Compares the two sides of a theorem, with the statistics that its kind requires.
//!
//! Draws and runs without randomness are compared as they are. An expectation is judged by one-sided intervals over
//! seeds, a probability by those of Clopper and Pearson; where a theorem is compared at several rounds, the error
//! probability is shared among them, so that all verdicts on one theorem together are wrong with at most
//! [`ERROR_PROBABILITY`].

use super::application::{Application, Left};
use super::draw::Compared;
use super::finding::{Finding, Observation, Point};
use super::measured::with_sequences;
use crate::experiment::constants::Constants;
use crate::experiment::planned::PlannedRun;
use crate::experiment::spec::check::Verdict;
use crate::record::Outcome;
use crate::simulation::Series;
use crate::statistics::{Estimate, proportion_one_sided, replicates_to_decide};
use crate::theory::{Kind, NotApplicable, Quantity as Q, Sense, Setting, Theorem};

/// The probability that chance alone makes a verdict on one theorem and setting wrong.
pub const ERROR_PROBABILITY: f64 = 0.01;

/// Relative error of sums in double precision, of any length that occurs here.
const ROUNDING: f64 = 1e-12;

/// A ratio to a bound that is smaller than this many times the rounding says nothing.
const RESOLVED: f64 = 1e3;

/// All replicates of one setting.
pub(super) struct Replicates<'a> {
    /// The runs and what was observation of them, seed by seed.
    pub(super) runs: Vec<(&'a PlannedRun, &'a Observation)>,
    /// The constants that hold for all of them.
    pub(super) constants: Constants,
    /// Whether anything in them is drawn at random.
    pub(super) is_random: bool,
}

/// Judges one theorem on one setting to which the names of the experiment do not forbid it.
pub(super) fn judge(theorem: &'static Theorem, line: &Application, replicates: &Replicates<'_>) -> Finding {
    let mut finding = match line.left {
        Left::Draw(_) => draws(theorem, replicates),
        Left::MeanOfDraws(_) => means_of_draws(theorem, replicates),
        Left::Event(_, left) => events(theorem, replicates, left),
        Left::Run(series, left) => runs(theorem, line, replicates, series, left, false),
        Left::Round(series, left) => runs(theorem, line, replicates, series, left, true),
        Left::Nothing(reason) => Finding::not_applicable(theorem, reason.to_owned()),
    };
    if let (Verdict::Violated, Some(hypothesis)) = (finding.verdict, line.undecided) {
        finding.verdict = Verdict::AssumptionViolated;
        finding.reason = format!("the bound fails: {hypothesis}");
    }
    if finding.verdict != Verdict::NotApplicable {
        finding.origin = finding.origin.or_else(|| theorem.bound.origin(&replicates.constants.setting()));
        finding.n_runs = replicates.runs.len();
        contradicted_assumption(theorem, replicates, &mut finding);
    }
    finding
}

/// A constant that the experiment asserts and that the runs refute.
fn contradicted_assumption(theorem: &Theorem, replicates: &Replicates<'_>, finding: &mut Finding) {
    for quantity in theorem.about().needs {
        let seen = replicates.runs.iter().filter_map(|(_, observation)| observation.refuted.get(quantity).copied());
        let (Some(assumed), Some(seen)) = (replicates.constants.get(*quantity), seen.reduce(f64::max)) else {
            continue;
        };
        finding.verdict = Verdict::AssumptionViolated;
        let name = quantity.name();
        finding.reason = format!("`{name}` is assumed to be {}, and {seen} was seen", assumed.value);
    }
}

fn draws(theorem: &'static Theorem, replicates: &Replicates<'_>) -> Finding {
    let mut finding = Finding::new(theorem, Verdict::Holds);
    let sense = theorem.about().sense;
    let mut refusal: Option<&NotApplicable> = None;
    for (_, observation) in &replicates.runs {
        let Some(record) = observation.draws.get(theorem.about().id) else { continue };
        finding.n_compared += record.n_compared;
        finding.n_refused += record.n_refused;
        refusal = refusal.or(record.refusal.as_ref());
        for (round, worst) in &record.rounds {
            finding.meet(*round, worst);
            if worst.contradicts(sense) {
                finding.verdict = Verdict::Violated;
            }
        }
    }
    match refusal {
        Some(refusal) if finding.n_compared == 0 => {
            finding.verdict = Verdict::AssumptionViolated;
            finding.reason = refusal.to_string();
            if !matches!(refusal, NotApplicable::Hypothesis(_)) {
                finding.verdict = Verdict::NotApplicable;
            }
        }
        Some(refusal) => {
            finding.reason = format!("on the draws that satisfy the hypotheses; elsewhere: {refusal}");
        }
        None if finding.n_compared == 0 => {
            finding.verdict = Verdict::NotApplicable;
            finding.reason = String::from("nothing was compressed in the recorded rounds");
        }
        None => {}
    }
    finding
}

impl Finding {
    /// Takes in a comparison at a round: the worst of all draws stays.
    fn meet(&mut self, round: u64, compared: &Compared) {
        let point = Point {
            round,
            bound: compared.bound,
            observed: compared.observed,
            lower: None,
            upper: None,
            is_resolved: true,
        };
        let ratio = |point: &Point| point.observed / point.bound;
        match self.curve.iter_mut().find(|earlier| earlier.round == round) {
            Some(earlier) if ratio(earlier) < ratio(&point) => *earlier = point,
            Some(_) => {}
            None => self.curve.push(point),
        }
    }
}

fn means_of_draws(theorem: &'static Theorem, replicates: &Replicates<'_>) -> Finding {
    let records: Vec<_> =
        replicates.runs.iter().filter_map(|(_, observation)| observation.draws.get(theorem.about().id)).collect();
    let refusal = records.iter().find_map(|record| record.refusal.as_ref());
    if let Some(refusal) = refusal {
        return Finding::not_applicable(theorem, refusal.to_string());
    }
    // An identity can fail on both sides.
    let sides = if theorem.about().sense == Sense::Identity { 2.0 } else { 1.0 };
    let confidence = 1.0 - ERROR_PROBABILITY / sides;
    let mut finding = Finding::new(theorem, Verdict::Holds);
    finding.n_compared = records.iter().map(|record| record.n_compared).sum();
    let rounds = records.iter().map(|record| record.rounds.keys()).max_by_key(ExactSizeIterator::len);
    for round in rounds.into_iter().flatten() {
        let of_round: Vec<&Compared> = records.iter().filter_map(|record| record.rounds.get(round)).collect();
        let sample: Vec<f64> = of_round.iter().map(|compared| compared.observed).collect();
        let mean = sample.iter().sum::<f64>() / sample.len() as f64;
        let limits = Estimate::one_sided(&sample, confidence);
        finding.curve.push(Point {
            round: *round,
            bound: of_round[0].bound,
            observed: mean,
            lower: limits.map(|(lower, _)| lower),
            upper: limits.map(|(_, upper)| upper),
            is_resolved: true,
        });
    }
    // The mean over all rounds of a seed is one number per seed: what the verdict rests on.
    let means: Vec<f64> = records
        .iter()
        .filter(|record| !record.rounds.is_empty())
        .map(|record| {
            let observed: f64 = record.rounds.values().map(|compared| compared.observed).sum();
            observed / record.rounds.len() as f64
        })
        .collect();
    let Some(first) = records.iter().find_map(|record| record.rounds.values().next()) else {
        return Finding::not_applicable(theorem, "nothing was compressed in the recorded rounds".to_owned());
    };
    let mean = means.iter().sum::<f64>() / means.len() as f64;
    let limits = limits(&means, replicates.is_random, confidence);
    let judged = Judged { bound: first.bound, limits, rounding: first.rounding + ROUNDING };
    finding.verdict = judged.verdict(theorem.about().sense);
    if finding.verdict == Verdict::Inconclusive {
        undecided(&mut finding, &means, first.bound, confidence);
    }
    finding.overall = Some(Point {
        round: 0,
        bound: first.bound,
        observed: mean,
        lower: limits.map(|l| l.0),
        upper: limits.map(|l| l.1),
        is_resolved: true,
    });
    finding
}

/// The one-sided limits of a mean over seeds; the values themselves where nothing is random.
fn limits(sample: &[f64], is_random: bool, confidence: f64) -> Option<(f64, f64)> {
    if is_random {
        return Estimate::one_sided(sample, confidence);
    }
    range(sample)
}

/// The smallest and the largest.
fn range(sample: &[f64]) -> Option<(f64, f64)> {
    let extreme = |choose: fn(f64, f64) -> f64| sample.iter().copied().reduce(choose);
    Some((extreme(f64::min)?, extreme(f64::max)?))
}

/// A left-hand side known up to limits, against its bound.
struct Judged {
    bound: f64,
    limits: Option<(f64, f64)>,
    rounding: f64,
}

impl Judged {
    fn verdict(&self, sense: Sense) -> Verdict {
        let Some((lower, upper)) = self.limits else { return Verdict::Inconclusive };
        let (below, above) = (self.bound - self.rounding, self.bound + self.rounding);
        match sense {
            Sense::Upper if lower > above || lower.is_nan() => Verdict::Violated,
            Sense::Upper if upper <= above => Verdict::Holds,
            Sense::Identity if lower > above || upper < below || lower.is_nan() => Verdict::Violated,
            Sense::Identity => Verdict::Holds,
            Sense::Upper => Verdict::Inconclusive,
        }
    }
}

fn undecided(finding: &mut Finding, sample: &[f64], bound: f64, confidence: f64) {
    let seeds = replicates_to_decide(sample, bound, confidence);
    finding.seeds_to_decide = finding.seeds_to_decide.max(seeds);
    finding.reason = match (sample.len(), finding.seeds_to_decide) {
        (1, _) => "one seed says nothing of the spread: give at least two".to_owned(),
        (_, Some(seeds)) => format!("{seeds} seeds would decide, if mean and spread stay as they are"),
        (_, None) => "no number of seeds would decide: the mean is the bound".to_owned(),
    };
}

fn runs(
    theorem: &'static Theorem,
    line: &Application,
    replicates: &Replicates<'_>,
    series: &[Series],
    left: fn(&crate::simulation::Trail, u64, &Setting) -> Option<f64>,
    is_single_round: bool,
) -> Finding {
    let about = theorem.about();
    let every_draw = about.kind == Kind::Step && matches!(line.operators, super::application::Operators::EveryDraw);
    let is_random = replicates.is_random && !every_draw && !is_single_round;
    let settings: Vec<Setting> = replicates
        .runs
        .iter()
        .map(|(run, observation)| with_sequences(&replicates.constants, run, &observation.trail))
        .collect();
    let (_, first) = replicates.runs[0];
    let recorded = first.trail.recorded();
    let confidence = 1.0 - ERROR_PROBABILITY / recorded.len() as f64;

    let mut finding = Finding::new(theorem, Verdict::Holds);
    let mut refusal = None;
    let mut undecided_rounds: Vec<(Vec<f64>, f64)> = Vec::new();
    for &t in recorded {
        let mut lefts = Vec::new();
        let mut bounds = Vec::new();
        for ((_, observation), setting) in replicates.runs.iter().zip(&settings) {
            let of_round = is_single_round.then(|| single_round(setting, &observation.trail, t));
            let setting = of_round.as_ref().unwrap_or(setting);
            let observed = match observation.outcome {
                Outcome::Diverged { round, .. } if t >= round => Some(f64::INFINITY),
                _ => left(&observation.trail, t, setting),
            };
            match (observed, theorem.bound.value(setting, t as usize)) {
                (Some(observed), Ok(bound)) => {
                    lefts.push(observed);
                    bounds.push(bound);
                }
                // The first rounds, at which averages are not defined yet, are no reason.
                (_, Err(reason)) if t > 0 => {
                    refusal.get_or_insert(reason);
                }
                _ => {}
            }
        }
        if lefts.is_empty() {
            continue;
        }
        finding.n_compared += lefts.len() as u64;
        let rounding = rounding(series, first, &replicates.constants, &lefts, &bounds);
        let n = lefts.len() as f64;
        let (observed, bound) = (lefts.iter().sum::<f64>() / n, bounds.iter().sum::<f64>() / n);
        // What is judged is the difference: a bound may depend on the path of its run.
        let differences: Vec<f64> = lefts.iter().zip(&bounds).map(|(left, bound)| left - bound).collect();
        let limits = limits(&differences, is_random, confidence);
        let verdict = Judged { bound: 0.0, limits, rounding }.verdict(about.sense);
        if verdict == Verdict::Inconclusive {
            undecided_rounds.push((differences, t as f64));
        }
        finding.verdict = finding.verdict.worst(verdict);
        // Shown are limits of the left-hand side: what the verdict rests on, or the range over runs.
        let shown = if is_random { limits.map(|(lower, upper)| (bound + lower, bound + upper)) } else { range(&lefts) };
        let limits = shown.filter(|_| lefts.len() > 1);
        finding.curve.push(Point {
            round: t,
            bound,
            observed,
            lower: limits.map(|(lower, _)| lower),
            upper: limits.map(|(_, upper)| upper),
            is_resolved: bound.abs() > RESOLVED * rounding,
        });
    }
    if finding.curve.is_empty() {
        let reason = refusal.map_or_else(
            || "what it bounds is not known for these runs (f* or x* is missing)".to_owned(),
            |reason| reason.to_string(),
        );
        return Finding::not_applicable(theorem, reason);
    }
    if finding.verdict == Verdict::Inconclusive {
        for (differences, _) in &undecided_rounds {
            undecided(&mut finding, differences, 0.0, confidence);
        }
    }
    finding.origin = settings.iter().filter_map(|setting| theorem.bound.origin(setting)).max();
    finding
}

/// What rounding, and the accuracy of f* and x*, may add to the left-hand side.
fn rounding(series: &[Series], observation: &Observation, constants: &Constants, lefts: &[f64], bounds: &[f64]) -> f64 {
    let scale = lefts.iter().chain(bounds).filter(|side| side.is_finite()).fold(0.0_f64, |a, b| a.max(b.abs()));
    let start = observation.trail.at(Series::Value, 0).map_or(0.0, f64::abs);
    // f* is computed to 1e-12 of itself; x* is as far from the true one as that allows.
    let minimum = observation.trail.minimum().map_or(0.0, |least| 2e-12 * least.abs());
    let of_value =
        |series: &Series| matches!(series, Series::Value | Series::ValueAtMean | Series::ValueAtWeightedMean);
    let of_distance = |series: &Series| matches!(series, Series::DistanceSquared | Series::VirtualDistanceSquared);
    let mut rounding = ROUNDING * scale;
    if series.iter().any(of_value) {
        rounding += minimum + ROUNDING * start;
    }
    if series.iter().any(of_distance) {
        let mu = constants.get(Q::PolyakLojasiewicz).map_or(f64::INFINITY, |known| known.value);
        rounding += 2.0 * minimum / mu;
        let distance = constants.get(Q::InitialDistanceSquared).map_or(0.0, |known| known.value);
        rounding += ROUNDING.powi(2) * distance;
    }
    rounding
}

/// The constants of the round that leads from t − 1 to t.
fn single_round(setting: &Setting, trail: &crate::simulation::Trail, t: u64) -> Setting {
    use crate::theory::Origin::Measured;
    let before = t.saturating_sub(1);
    [(Q::Improvement, Series::Kept), (Q::GradientNormSquared, Series::GradientNormSquared)].into_iter().fold(
        setting.clone(),
        |setting, (quantity, series)| match trail.at(series, before) {
            Some(value) => setting.with(quantity, value, Measured),
            None => setting,
        },
    )
}

fn events(
    theorem: &'static Theorem,
    replicates: &Replicates<'_>,
    left: fn(&crate::simulation::Trail, u64, &Setting) -> Option<bool>,
) -> Finding {
    debug_assert!(theorem.about().kind == Kind::Probability);
    let setting = replicates.constants.setting();
    let (_, first) = replicates.runs[0];
    let recorded = first.trail.recorded();
    let confidence = 1.0 - ERROR_PROBABILITY / recorded.len() as f64;
    let mut finding = Finding::new(theorem, Verdict::Holds);
    let mut refusal = None;
    for &t in recorded.iter().filter(|t| **t > 0) {
        let bound = match theorem.bound.value(&setting, t as usize) {
            Ok(bound) => bound,
            Err(reason) => {
                refusal.get_or_insert(reason);
                continue;
            }
        };
        let happened: Vec<bool> =
            replicates.runs.iter().filter_map(|(_, observation)| left(&observation.trail, t, &setting)).collect();
        let (hits, trials) = (happened.iter().filter(|happened| **happened).count() as u64, happened.len() as u64);
        let Some((lower, upper)) = proportion_one_sided(hits, trials, confidence) else { continue };
        finding.n_compared += trials;
        // A probability is at most 1: from there on the bound says nothing, and holds.
        let judged = Judged { bound: bound.max(0.0), limits: Some((lower, upper)), rounding: ROUNDING };
        let verdict = if bound >= 1.0 { Verdict::Holds } else { judged.verdict(Sense::Upper) };
        finding.verdict = finding.verdict.worst(verdict);
        if verdict == Verdict::Inconclusive {
            // After no event among n seeds the upper limit is 1 − (1 − confidence)^{1/n}.
            let seeds = ((1.0 - confidence).ln() / (1.0 - bound.max(0.0)).ln()).ceil();
            finding.seeds_to_decide = finding.seeds_to_decide.max(seeds.is_finite().then_some(seeds as u64));
            finding.reason = String::from("more seeds are needed, and would decide if the event never happens");
        }
        let observed = hits as f64 / trials as f64;
        let (lower, upper) = (Some(lower), Some(upper));
        finding.curve.push(Point { round: t, bound, observed, lower, upper, is_resolved: true });
    }
    match refusal {
        Some(reason) if finding.curve.is_empty() => Finding::not_applicable(theorem, reason.to_string()),
        _ => finding,
    }
}
