//! Compares the two sides of a theorem, with the statistics that its kind requires.
//!
//! Draws and runs without randomness are compared as they are. The expectation of a draw is judged by limits that hold
//! for every distribution on the range of a draw ([`Bounded`]), a probability by those of Clopper and Pearson. The
//! expectation of a run has no range: it violates its bound where the evidence against it, a mean of e-values over the
//! rounds, is worth [`ERROR_PROBABILITY`] for every distribution of non-negative numbers; that it holds rests on Student's
//! t, shared among the rounds. Nothing is judged where a run has diverged, where a bound is not a finite number, or where
//! squares leave the range of numbers; a verdict says so.

use super::application::{Application, Left};
use super::draw::Compared;
use super::finding::{Finding, Observation, Point};
use super::measured::{OF_MOMENTS, with_sequences};
use super::omitted::Omitted;
use super::wire::{behind_wire, roundoff};
use crate::experiment::constants::{Constants, Known};
use crate::experiment::planned::PlannedRun;
use crate::experiment::spec::check::Verdict;
use crate::simulation::Series;
use crate::statistics::{Bounded, Estimate, mean_evidence, proportion_one_sided, replicates_to_decide};
use crate::theory::{Kind, NotApplicable, Origin, Quantity as Q, Sense, Setting, Theorem};
use std::collections::BTreeSet;

/// The probability that chance alone makes a verdict on one theorem and setting wrong.
pub const ERROR_PROBABILITY: f64 = 0.01;

/// Relative error of sums in double precision, of any length that occurs here.
const ROUNDING: f64 = 1e-12;

/// A ratio to a bound that is smaller than this many times the rounding says nothing.
const RESOLVED: f64 = 1e3;

/// An identity holds where its limits are within this fraction of the bound; wider ones say nothing.
const NARROW: f64 = 0.1;

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
    if finding.verdict == Verdict::Violated {
        acquit(theorem, line, replicates, &mut finding);
    }
    if finding.verdict != Verdict::NotApplicable {
        finding.origin = finding.origin.or_else(|| theorem.bound.origin(&replicates.constants.setting()));
        finding.n_runs = replicates.runs.len();
        contradicted_assumption(theorem, replicates, &mut finding);
    }
    finding
}

/// A bound that fails violates its theorem only if nothing else can be at fault.
fn acquit(theorem: &Theorem, line: &Application, replicates: &Replicates<'_>, finding: &mut Finding) {
    if let Some(hypothesis) = line.undecided {
        finding.verdict = Verdict::AssumptionViolated;
        finding.say(&format!("the bound fails: {hypothesis}"));
        return;
    }
    let needed = || theorem.about().needs.iter().filter_map(|quantity| replicates.constants.get(*quantity));
    let asserted = |known: &&Known| known.origin == Origin::Assumed && known.quantity != Q::Tolerance;
    if let Some(known) = needed().find(asserted) {
        finding.verdict = Verdict::AssumptionViolated;
        finding.say(&format!("the bound fails with the assumed `{}` = {}", known.quantity.name(), known.value));
        return;
    }
    let recorded = replicates.runs[0].1.trail.recorded();
    let is_every_round = recorded.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let sparse = needed().find(|known| known.origin == Origin::Measured && OF_MOMENTS.contains(&known.quantity));
    if let (false, Some(known)) = (is_every_round, sparse) {
        finding.verdict = Verdict::Inconclusive;
        let name = known.quantity.name();
        finding
            .say(&format!("`{name}` is measured on recorded rounds, and may be larger between them: record every one"));
    }
}

/// A constant that the experiment asserts, and that is proved or measured to be another.
fn contradicted_assumption(theorem: &Theorem, replicates: &Replicates<'_>, finding: &mut Finding) {
    for quantity in theorem.about().needs {
        let Some(assumed) = replicates.constants.get(*quantity) else { continue };
        let instead = replicates.runs.iter().filter_map(|(_, observation)| observation.refuted.get(quantity));
        let off = |known: &&Known| (known.value - assumed.value).abs();
        let Some(known) = instead.max_by(|a, b| off(a).total_cmp(&off(b))) else { continue };
        finding.verdict = Verdict::AssumptionViolated;
        let how = if known.origin == Origin::Proved { "is proved" } else { "was seen" };
        finding.reason = format!("`{}` is assumed to be {}, and {} {how}", quantity.name(), assumed.value, known.value);
    }
}

impl Finding {
    /// Adds to the reason.
    fn say(&mut self, words: &str) {
        if !self.reason.is_empty() {
            self.reason.push_str("; ");
        }
        self.reason.push_str(words);
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
            finding.meet(*round, worst, sense);
            if worst.contradicts(sense) {
                finding.verdict = Verdict::Violated;
            }
        }
    }
    let omitted = Omitted::of_draws(&replicates.runs, theorem.about().id).words();
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
            finding.reason = omitted.unwrap_or_else(|| "nothing was compressed in the recorded rounds".to_owned());
        }
        None => finding.reason = omitted.unwrap_or_default(),
    }
    finding
}

impl Finding {
    /// Takes in a comparison at a round: the worst of all draws stays.
    fn meet(&mut self, round: u64, compared: &Compared, sense: Sense) {
        let point = Point {
            round,
            bound: compared.bound,
            observed: compared.observed,
            lower: None,
            upper: None,
            is_resolved: true,
            contradicts: compared.contradicts(sense),
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
    let omitted = Omitted::of_draws(&replicates.runs, theorem.about().id).words();
    let mut finding = Finding::new(theorem, Verdict::Holds);
    finding.n_compared = records.iter().map(|record| record.n_compared).sum();
    let Some(first) = records.iter().find_map(|record| record.rounds.values().next()).copied() else {
        let reason = omitted.unwrap_or_else(|| "nothing was compressed in the recorded rounds".to_owned());
        return Finding::not_applicable(theorem, reason);
    };
    let (low, high) = match theorem.bound.range_of_draw(&replicates.constants.setting()) {
        Ok(range) => range,
        Err(reason) => return Finding::not_applicable(theorem, reason.to_string()),
    };
    let rounding =
        records.iter().flat_map(|record| record.rounds.values()).map(|mean| mean.rounding).fold(0.0, f64::max);
    let point = |round: u64, sample: &[f64]| {
        let bounded = Bounded { sample, low, high };
        let mean = sample.iter().sum::<f64>() / sample.len() as f64;
        // Both sides are looked at, an identity can fail on each.
        let (lower, upper) = if replicates.is_random {
            (bounded.lower(ERROR_PROBABILITY / 2.0), bounded.upper(ERROR_PROBABILITY / 2.0))
        } else {
            (mean, mean)
        };
        Point {
            round,
            bound: first.bound,
            observed: mean,
            lower: Some(lower),
            upper: Some(upper).filter(|upper| upper.is_finite()),
            is_resolved: true,
            contradicts: false,
        }
    };
    let rounds: BTreeSet<u64> = records.iter().flat_map(|record| record.rounds.keys()).copied().collect();
    for round in rounds {
        let of_round = records.iter().filter_map(|record| record.rounds.get(&round));
        finding.curve.push(point(round, &of_round.map(|compared| compared.observed).collect::<Vec<f64>>()));
    }
    // Given those before it, the mean over the workers of a round has the expectation that the theorem is about: all
    // rounds of all seeds are one sample.
    let all: Vec<f64> =
        records.iter().flat_map(|record| record.rounds.values()).map(|compared| compared.observed).collect();
    let overall = point(0, &all);
    let sense = theorem.about().sense;
    let verdict =
        |lower: f64, upper: f64| Judged { bound: first.bound, limits: Some((lower, upper)), rounding }.verdict(sense);
    finding.verdict = verdict(overall.lower.unwrap_or(low), overall.upper.unwrap_or(f64::INFINITY));
    if finding.verdict == Verdict::Inconclusive {
        let decides = |lower: f64, upper: f64| verdict(lower, upper) != Verdict::Inconclusive;
        let copies = Bounded { sample: &all, low, high }.copies_to_decide(ERROR_PROBABILITY / 2.0, decides);
        finding.seeds_to_decide = copies.map(|copies| copies * records.len() as u64);
        finding.say(&match finding.seeds_to_decide {
            Some(seeds) => format!("about {seeds} seeds would decide, if they are like these"),
            None => "no number of such seeds would decide: the mean is the bound".to_owned(),
        });
    }
    if let Some(omitted) = omitted {
        finding.say(&omitted);
    }
    finding.overall = Some(Point { contradicts: finding.verdict == Verdict::Violated, ..overall });
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
        let width = NARROW * self.bound.abs();
        match sense {
            Sense::Upper if lower > above => Verdict::Violated,
            Sense::Upper if upper <= above => Verdict::Holds,
            Sense::Identity if lower > above || upper < below => Verdict::Violated,
            Sense::Identity if lower >= below - width && upper <= above + width => Verdict::Holds,
            Sense::Upper | Sense::Identity => Verdict::Inconclusive,
        }
    }
}

/// Says how many seeds would decide, of the number that there is.
fn undecided(finding: &mut Finding, n_seeds: usize, to_decide: Option<u64>) {
    finding.seeds_to_decide = to_decide;
    finding.reason = match (n_seeds, to_decide) {
        (1, _) => "one seed says nothing of the spread: give at least two".to_owned(),
        (_, Some(seeds)) => format!("about {seeds} seeds would decide, if they are like these"),
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

    let roundoff = replicates.runs.iter().map(|(run, _)| roundoff(run)).fold(0.0, f64::max);
    let mut finding = Finding::new(theorem, Verdict::Holds);
    let mut refusal = None;
    let mut omitted = Omitted::default();
    let mut evidence = Vec::new();
    let mut to_decide = None;
    let mut largest = 0.0;
    for &t in recorded {
        let mut sides = Sides::default();
        let n_runs = replicates.runs.len();
        for ((_, observation), setting) in replicates.runs.iter().zip(&settings) {
            if let Some(round) = observation.outcome.diverged().filter(|round| t >= *round) {
                omitted.diverged = omitted.diverged.into_iter().chain([round]).min();
                continue;
            }
            let of_round = is_single_round.then(|| single_round(setting, &observation.trail, t));
            let setting = of_round.as_ref().unwrap_or(setting);
            let of =
                |setting: &Setting| (left(&observation.trail, t, setting), theorem.bound.value(setting, t as usize));
            let on_wire = (roundoff > 0.0).then(|| of(&behind_wire(setting, roundoff, &observation.trail)));
            match sides.take(of(setting), on_wire.as_ref()) {
                Taken::Vacuous => omitted.vacuous = omitted.vacuous.or(Some(t)),
                Taken::Unreadable => omitted.unreadable = omitted.unreadable.or(Some(t)),
                // The first rounds, at which averages are not defined yet, are no reason.
                Taken::Refused(reason) if t > 0 => refusal = refusal.or(Some(reason)),
                Taken::Both | Taken::Refused(_) | Taken::Nothing => {}
            }
        }
        let Sides { lefts, bounds, wire } = sides;
        // The runs that are left say nothing of an expectation over all.
        let is_cut = omitted.words().is_some() && lefts.len() < n_runs;
        if lefts.is_empty() || (is_random && is_cut) {
            continue;
        }
        finding.n_compared += lefts.len() as u64;
        largest = lefts.iter().copied().fold(largest, f64::max);
        let scale = lefts.iter().chain(&bounds).fold(0.0_f64, |scale, side| scale.max(side.abs()));
        // Each round sends values that are off by u of themselves, in what is linear and square in them.
        let rounding = rounding(series, first, &replicates.constants, scale, largest)
            + wire
            + 4.0 * roundoff * (t as f64).max(1.0) * scale;
        let n = lefts.len() as f64;
        let (observed, bound) = (lefts.iter().sum::<f64>() / n, bounds.iter().sum::<f64>() / n);
        // What is judged is the difference: a bound may depend on the path of its run.
        let differences: Vec<f64> = lefts.iter().zip(&bounds).map(|(left, bound)| left - bound).collect();
        let limits = limits(&differences, is_random, confidence);
        let mut verdict = Judged { bound: 0.0, limits, rounding }.verdict(about.sense);
        let mut lower = limits.map(|(lower, _)| bound + lower);
        if is_random {
            let bounded = Bounded { sample: &lefts, low: 0.0, high: f64::INFINITY };
            let against = bounds.iter().copied().fold(0.0, f64::max) + rounding;
            evidence.push((t, bounded.evidence_above(against, 1.0)));
            lower = Some(bounded.lower(1.0 - confidence));
            if verdict != Verdict::Holds {
                verdict = Verdict::Inconclusive;
                to_decide = to_decide.max(seeds_to_decide(&bounded, against, &differences, confidence));
            }
        }
        finding.verdict = finding.verdict.worst(verdict);
        // Shown are limits of the left-hand side: what the verdict rests on, or the range over runs.
        let upper = limits.map(|(_, upper)| bound + upper);
        let shown = if is_random { lower.zip(upper) } else { range(&lefts) };
        let limits = shown.filter(|_| lefts.len() > 1);
        finding.curve.push(Point {
            round: t,
            bound,
            observed,
            lower: limits.map(|(lower, _)| lower),
            upper: limits.map(|(_, upper)| upper),
            is_resolved: bound.abs() > RESOLVED * rounding,
            contradicts: verdict == Verdict::Violated,
        });
    }
    if finding.curve.is_empty() {
        let missing = || "what it bounds is not known for these runs (f* or x* is missing)".to_owned();
        let reason = refusal.map(|reason| reason.to_string()).or_else(|| omitted.words()).unwrap_or_else(missing);
        return Finding::not_applicable(theorem, reason);
    }
    weigh(&mut finding, &evidence);
    if finding.verdict == Verdict::Inconclusive {
        undecided(&mut finding, replicates.runs.len(), to_decide);
    }
    if let Some(omitted) = omitted.words() {
        finding.say(&omitted);
    }
    finding.origin = settings.iter().filter_map(|setting| theorem.bound.origin(setting)).max();
    finding
}

/// Violated is an expectation whose evidence, a mean over the rounds, is worth the error probability.
fn weigh(finding: &mut Finding, evidence: &[(u64, f64)]) {
    let of_rounds: Vec<f64> = evidence.iter().map(|(_, evidence)| *evidence).collect();
    if mean_evidence(&of_rounds) >= -ERROR_PROBABILITY.ln() {
        finding.verdict = Verdict::Violated;
        let most = evidence.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(round, _)| *round);
        for point in &mut finding.curve {
            point.contradicts = Some(point.round) == most;
        }
    }
}

/// How many seeds would decide on the expectation of a round: by evidence where its mean is above the bound, else by
/// Student's t.
fn seeds_to_decide(bounded: &Bounded<'_>, bound: f64, differences: &[f64], confidence: f64) -> Option<u64> {
    let n = bounded.sample.len() as u64;
    if bounded.sample.iter().sum::<f64>() <= bound * n as f64 {
        return replicates_to_decide(differences, 0.0, confidence);
    }
    Some(n * bounded.copies_to_decide(ERROR_PROBABILITY, |lower, _| lower > bound)?)
}

/// The two sides of a theorem, run by run.
#[derive(Debug, Default)]
struct Sides {
    lefts: Vec<f64>,
    bounds: Vec<f64>,
    /// What the bound grows by where the operator is the one behind the wire.
    wire: f64,
}

/// A left-hand side, and the bound.
type Pair = (Option<f64>, Result<f64, NotApplicable>);

/// What became of the sides of a run.
enum Taken {
    Both,
    Vacuous,
    Unreadable,
    Refused(NotApplicable),
    Nothing,
}

impl Sides {
    /// Takes in the sides of one run, as the operator states its guarantee and as it is `on_wire`.
    fn take(&mut self, (mut left, mut bound): Pair, on_wire: Option<&Pair>) -> Taken {
        // A theorem that refuses the other guarantee, such as one on a single step size, keeps its bound.
        if let Some((Some(other_left), Ok(other))) = on_wire
            && other.is_finite()
        {
            match (left, &bound) {
                (Some(left), Ok(bound)) if left.is_finite() && bound.is_finite() => {
                    self.wire = self.wire.max(other - bound);
                }
                _ => (left, bound) = (Some(*other_left), Ok(*other)),
            }
        }
        match (left, bound) {
            (_, Err(reason)) => Taken::Refused(reason),
            (None, Ok(_)) => Taken::Nothing,
            (Some(_), Ok(bound)) if !bound.is_finite() => Taken::Vacuous,
            (Some(left), Ok(_)) if !left.is_finite() => Taken::Unreadable,
            (Some(left), Ok(bound)) => {
                self.lefts.push(left);
                self.bounds.push(bound);
                Taken::Both
            }
        }
    }
}

/// What rounding, and the accuracy of f* and x*, may add to the left-hand side, of sides up to `scale` and left-hand sides
/// up to `largest` so far.
///
/// Sums are off by [`ROUNDING`] of their terms. A vector is off by as much of the longest that it came from, and where it
/// is short its squared norm by far more than that of itself.
fn rounding(series: &[Series], observation: &Observation, constants: &Constants, scale: f64, largest: f64) -> f64 {
    let start = observation.trail.at(Series::Value, 0).map_or(0.0, f64::abs);
    // f* is computed to 1e-12 of itself; x* is as far from the true one as that allows.
    let minimum = observation.trail.minimum().map_or(0.0, |least| 2e-12 * least.abs());
    let of_value =
        |series: &Series| matches!(series, Series::Value | Series::ValueAtMean | Series::ValueAtWeightedMean);
    let of_distance = |series: &Series| matches!(series, Series::DistanceSquared | Series::VirtualDistanceSquared);
    let off = ROUNDING * largest.sqrt();
    let mut rounding = ROUNDING * scale + 2.0 * scale.sqrt() * off + off * off;
    if series.contains(&Series::VirtualDistance) {
        rounding += ROUNDING * largest;
    }
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
    let diverged = replicates.runs.iter().filter_map(|(_, observation)| observation.outcome.diverged()).min();
    for &t in recorded.iter().filter(|t| **t > 0 && diverged.is_none_or(|round| **t < round)) {
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
        let contradicts = verdict == Verdict::Violated;
        finding.curve.push(Point { round: t, bound, observed, lower, upper, is_resolved: true, contradicts });
    }
    let omitted = Omitted { diverged, ..Omitted::default() };
    match (refusal, omitted.words()) {
        (Some(reason), _) if finding.curve.is_empty() => Finding::not_applicable(theorem, reason.to_string()),
        (None, Some(words)) if finding.curve.is_empty() => Finding::not_applicable(theorem, words),
        (_, Some(words)) => {
            finding.say(&words);
            finding
        }
        _ => finding,
    }
}
