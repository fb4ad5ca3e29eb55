//! How each theorem is checked against a run: which methods and operators it is about, and what it bounds there.
//!
//! What numbers decide is left to the theorem; what the method and the answers of the operator decide is here, one line
//! each.

use super::draw::{Draw, Side};
use crate::compressor::{Compressor, Parameter, Selection};
use crate::simulation::{Series, Trail};
use crate::theory::{Quantity as Q, Setting};

/// One theorem's line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Application {
    /// The theorem.
    pub(super) id: &'static str,
    /// The methods that it is about.
    pub(super) methods: Methods,
    /// The operators that it is about.
    pub(super) operators: Operators,
    /// Whether it has exact gradients.
    pub(super) exact: bool,
    /// What it bounds.
    pub(super) left: Left,
    /// A hypothesis that no number decides, in words, if there is one: where the bound fails, so does this.
    pub(super) undecided: Option<&'static str>,
}

/// The methods of a theorem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Methods {
    /// Whichever compresses.
    Compressing,
    /// Those of these names.
    Named(&'static [&'static str]),
}

/// The operators of a theorem.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operators {
    /// Those that satisfy the theorem's inequality: δ or ω decide.
    Any,
    /// Those of these names, where the theorem is about the very formula of one operator.
    Named(&'static [&'static str]),
    /// Those whose inequality holds for every draw.
    EveryDraw,
    /// Those that say so of themselves, for blocks of these dimensions; in words, and the property.
    Such(&'static str, fn(&dyn Compressor, &[usize]) -> bool),
}

/// What a theorem bounds on a run.
#[derive(Clone, Copy)]
pub(super) enum Left {
    /// A number of each draw.
    Draw(fn(&Draw<'_>) -> Side),
    /// The mean of a number over the operator's draws.
    MeanOfDraws(fn(&Draw<'_>) -> Side),
    /// A number of the run at t, with the series that it is made of.
    Run(&'static [Series], fn(&Trail, u64, &Setting) -> Option<f64>),
    /// As [`Left::Run`], in the single round that leads from t − 1 to t: the bound is that of this round alone.
    Round(&'static [Series], fn(&Trail, u64, &Setting) -> Option<f64>),
    /// The fraction of the seeds for which an event has happened by t.
    Event(&'static [Series], fn(&Trail, u64, &Setting) -> Option<bool>),
    /// Nothing that a run shows; why, in words.
    Nothing(&'static str),
}

impl std::fmt::Debug for Left {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Draw(_) => "Draw",
            Self::MeanOfDraws(_) => "MeanOfDraws",
            Self::Run(..) => "Run",
            Self::Round(..) => "Round",
            Self::Event(..) => "Event",
            Self::Nothing(_) => "Nothing",
        })
    }
}

impl Left {
    /// The series that the left-hand side is made of.
    pub(super) fn series(&self) -> &'static [Series] {
        match self {
            Self::Run(series, _) | Self::Round(series, _) | Self::Event(series, _) => series,
            Self::Draw(_) | Self::MeanOfDraws(_) | Self::Nothing(_) => &[],
        }
    }
}

/// A line about operators alone.
const fn operator(id: &'static str, operators: Operators, left: Left) -> Application {
    Application { id, methods: Methods::Compressing, operators, exact: false, left, undecided: None }
}

/// A line about a method.
const fn method(id: &'static str, names: &'static [&'static str], operators: Operators, left: Left) -> Application {
    Application { id, methods: Methods::Named(names), operators, exact: false, left, undecided: None }
}

impl Application {
    const fn exact(self) -> Self {
        Self { exact: true, ..self }
    }

    const fn unless(self, undecided: &'static str) -> Self {
        Self { undecided: Some(undecided), ..self }
    }
}

// Properties of operators. The words are the name of the best known member that has the property.

const INDEPENDENT: Operators =
    Such("operators that draw independently on every worker", |operator, _| operator.randomness().is_independent());
const PROJECTIONS: Operators = Such("operators that keep coordinates unscaled", |operator, _| operator.is_projection());
const TOP_K: Operators =
    Such("top-k", |operator, blocks| keeps(operator, Selection::Largest) && is_exact(operator, blocks));
const RAND_K: Operators =
    Such("rand-k", |operator, blocks| keeps(operator, Selection::Uniform) && is_exact(operator, blocks));
/// A constant times the entries of a uniform set has the right mean for the constant d/k alone.
const UNBIASED_RAND_K: Operators = Such("rand-k-unbiased", |operator, blocks| {
    operator.selection() == Some(Selection::Uniform)
        && is_exact(operator, blocks)
        && blocks.iter().all(|&dim| operator.guarantee(dim).omega().is_some())
});
const HARD_THRESHOLD: Operators = Such("hard-threshold", |operator, _| keeps(operator, Selection::Threshold));
const CAT: Operators = Such("cat-top-k", |operator, blocks| {
    let has_cost = |(block, dim): (usize, &usize)| {
        operator.parameters(block, *dim).iter().any(|parameter| matches!(parameter, Parameter::Cost { .. }))
    };
    keeps(operator, Selection::Largest) && blocks.iter().enumerate().all(has_cost)
});

/// Whether coordinates are chosen in this way and sent as they are.
fn keeps(operator: &dyn Compressor, selection: Selection) -> bool {
    operator.is_projection() && operator.selection() == Some(selection)
}

/// Whether the number of coordinates is known beforehand.
fn is_exact(operator: &dyn Compressor, blocks: &[usize]) -> bool {
    blocks.iter().enumerate().all(|(block, &dim)| operator.kept(block, dim).is_some())
}

const LYAPUNOV: &[Series] = &[VirtualDistanceSquared, ResidualSquared, CompressionError, GradientNormSquared];
/// Plain SGD is error feedback, and compressed SGD, with the identity.
const FEEDBACK: &[&str] = &["error-feedback", "sgd"];
const PLAIN: &[&str] = &["compressed-sgd", "sgd"];
const EF21: &[&str] = &["ef21"];

use Left::{Draw as OfDraw, Event, MeanOfDraws, Nothing, Round, Run};
use Operators::{Any, EveryDraw, Named, Such};
use Series::{
    CompressionError, DistanceSquared, GradientNormSquared, ResidualSquared, ShiftError, Value, ValueAtMean,
    ValueAtWeightedMean, VirtualDistance, VirtualDistanceSquared,
};

/// All theorems.
pub(super) const APPLICATIONS: &[Application] = &[
    operator("C1", TOP_K, OfDraw(relative_error)),
    operator("C1'", TOP_K, OfDraw(relative_error_norm_one)),
    operator("C2", TOP_K, OfDraw(error)),
    operator("C3", RAND_K, MeanOfDraws(relative_error)),
    operator("C3'", UNBIASED_RAND_K, MeanOfDraws(relative_error)),
    operator("C4", Named(&["scaled-sign"]), OfDraw(error)),
    operator("C5", Named(&["qsgd"]), MeanOfDraws(relative_error)),
    operator("C5'", Named(&["qsgd"]), MeanOfDraws(relative_error)),
    operator("C6", Named(&["terngrad"]), MeanOfDraws(relative_error)),
    operator("C7", Named(&["natural-compression"]), MeanOfDraws(relative_error)),
    operator("C8", Named(&["natural-dithering"]), MeanOfDraws(relative_error)),
    operator("C9", HARD_THRESHOLD, OfDraw(error)),
    method("C10", &["power-sgd"], Any, Nothing("the method starts warm, and the theorem has a fresh random start")),
    method("C10'", &["power-sgd"], Any, Nothing("the matrices that the method approximates are not recorded")),
    operator("S1", TOP_K, OfDraw(relative_error)),
    operator("S2", TOP_K, MeanOfDraws(relative_error)).unless("entries do not share one bell-shaped density"),
    operator("S3", TOP_K, OfDraw(relative_error)),
    operator("S3'", TOP_K, OfDraw(relative_error)),
    method("A1", &["error-feedback"], EveryDraw, Run(&[VirtualDistance], virtual_distance)),
    method("A1'", &["error-feedback"], EveryDraw, Run(&[VirtualDistance], virtual_distance)),
    method("A2", &["error-feedback"], EveryDraw, Run(&[VirtualDistance], virtual_distance)),
    method("A3", &["error-feedback"], EveryDraw, Event(&[VirtualDistanceSquared], has_not_come_near)),
    method("A3'", &["error-feedback"], EveryDraw, Event(&[VirtualDistanceSquared], has_not_come_near)),
    method("A4", &["error-feedback"], EveryDraw, Run(&[GradientNormSquared], mean_gradient)),
    method("A4'", FEEDBACK, EveryDraw, Run(&[GradientNormSquared], mean_gradient)),
    method("A4-decreasing", &["error-feedback"], EveryDraw, Run(&[GradientNormSquared], weighted_gradient)),
    method("A4-decreasing'", FEEDBACK, EveryDraw, Run(&[GradientNormSquared], weighted_gradient)),
    method("K1", PLAIN, PROJECTIONS, Round(&[Value], descent)).exact(),
    method("K2", PLAIN, Named(&["top-k-signs", "cat-top-k-signs"]), Round(&[Value], descent)).exact(),
    method(
        "K3",
        PLAIN,
        Named(&["stochastic-sparsification", "cat-stochastic"]),
        Nothing("the probabilities that the operator chose are not recorded"),
    )
    .exact(),
    method("K4-pl", PLAIN, PROJECTIONS, Run(&[Value], suboptimality)).exact(),
    method("K4-convex", PLAIN, PROJECTIONS, Run(&[Value], suboptimality)).exact(),
    method("K4-nonconvex", PLAIN, PROJECTIONS, Run(&[GradientNormSquared], least_gradient)).exact(),
    operator("K5", CAT, OfDraw(efficiency)),
    operator("K5'", CAT, OfDraw(efficiency_of_packets)),
    method("K7", PLAIN, INDEPENDENT, Run(&[GradientNormSquared], mean_gradient)),
    method("E1", &["error-feedback"], Any, Run(&[ResidualSquared], residual)),
    method("E1'", &["error-feedback"], Any, Run(&[ResidualSquared], residual)),
    method("E2", FEEDBACK, Any, Run(&[GradientNormSquared], mean_gradient)),
    method("E2'", FEEDBACK, Any, Run(&[ValueAtMean], suboptimality_of_mean)),
    method("E3", FEEDBACK, Any, Run(&[GradientNormSquared], mean_gradient)),
    method("E4", FEEDBACK, Any, Run(&[Value], mean_suboptimality)),
    method("E5", &["error-feedback"], Any, Run(&[ResidualSquared], residual)),
    method("E6", FEEDBACK, Any, Run(&[ValueAtWeightedMean], suboptimality_of_weighted_mean)),
    method("G1", PLAIN, Any, Run(&[Value], suboptimality)).exact(),
    method("G3", &["compressed-sgd"], TOP_K, Run(&[DistanceSquared], distance_squared)).exact(),
    method("G2", PLAIN, Any, Run(&[Value], suboptimality)).exact(),
    method("T1", &["error-feedback", "ef21"], Any, Run(LYAPUNOV, lyapunov)).exact(),
    method("T2", &["error-feedback", "ef21"], Any, Run(LYAPUNOV, lyapunov)).exact(),
    method("F1", EF21, Any, Run(&[CompressionError], estimate_error)).exact(),
    method("F2", EF21, Any, Run(&[GradientNormSquared], mean_gradient)).exact(),
    method("F3", EF21, Any, Run(&[Value, CompressionError], estimate_lyapunov)).exact(),
    method("F4", &["ef21-sgdm"], Any, Run(&[GradientNormSquared], mean_gradient)),
    method("F5", &["marina"], INDEPENDENT, Run(&[GradientNormSquared], mean_gradient)).exact(),
    method("F6", &["diana"], INDEPENDENT, Run(&[DistanceSquared, ShiftError], shift_lyapunov)).exact(),
    method("H1", &["error-feedback-gradient-units"], HARD_THRESHOLD, Run(&[GradientNormSquared], mean_gradient)),
];

/// The line of a theorem.
pub(super) fn application(id: &str) -> Option<&'static Application> {
    APPLICATIONS.iter().find(|application| application.id == id)
}

// Draws.

fn relative_error(draw: &Draw<'_>) -> Side {
    draw.relative_error()
}

fn error(draw: &Draw<'_>) -> Side {
    draw.error()
}

fn relative_error_norm_one(draw: &Draw<'_>) -> Side {
    draw.relative_error_norm_one()
}

/// `α(k)/(c₁k + c₀)` of the k that was chosen.
fn efficiency(draw: &Draw<'_>) -> Side {
    per_cost(draw, draw.message.n_entries() as f64)
}

fn efficiency_of_packets(draw: &Draw<'_>) -> Side {
    let packet = draw.constant(Q::PacketCoordinates);
    per_cost(draw, (draw.message.n_entries() as f64 / packet).ceil())
}

fn per_cost(draw: &Draw<'_>, units: f64) -> Side {
    let (kept, cost) = (draw.kept(), draw.cost(units));
    Side { value: kept.value / cost, wire: kept.wire / cost }
}

// Runs. A value of a setting that is missing here is missing to the bound as well, which then says so.

fn given(setting: &Setting, quantity: Q) -> Option<f64> {
    setting.constant(quantity).map(|constant| constant.value)
}

fn virtual_distance(trail: &Trail, t: u64, _: &Setting) -> Option<f64> {
    trail.at(VirtualDistance, t)
}

fn residual(trail: &Trail, t: u64, _: &Setting) -> Option<f64> {
    trail.at(ResidualSquared, t)
}

fn distance_squared(trail: &Trail, t: u64, _: &Setting) -> Option<f64> {
    trail.at(DistanceSquared, t)
}

fn mean_gradient(trail: &Trail, t: u64, _: &Setting) -> Option<f64> {
    (t > 0).then(|| Some(trail.sum(GradientNormSquared, t, |_| 1.0)? / t as f64))?
}

fn weighted_gradient(trail: &Trail, t: u64, setting: &Setting) -> Option<f64> {
    let steps = setting.first(crate::theory::Sequence::StepSizes, t as usize).ok()?;
    let sum = trail.sum(GradientNormSquared, t, |s| steps[s as usize])?;
    (t > 0).then(|| sum / steps.iter().sum::<f64>())
}

/// With exact gradients every t is visited.
fn least_gradient(trail: &Trail, t: u64, _: &Setting) -> Option<f64> {
    trail.values(GradientNormSquared).take_while(|(s, _)| *s < t).map(|(_, norm)| norm).reduce(f64::min)
}

fn suboptimality(trail: &Trail, t: u64, _: &Setting) -> Option<f64> {
    Some(trail.at(Value, t)? - trail.minimum()?)
}

fn mean_suboptimality(trail: &Trail, t: u64, _: &Setting) -> Option<f64> {
    (t > 0).then(|| Some(trail.sum(Value, t, |_| 1.0)? / t as f64 - trail.minimum()?))?
}

fn suboptimality_of_mean(trail: &Trail, t: u64, _: &Setting) -> Option<f64> {
    Some(trail.at(ValueAtMean, t)? - trail.minimum()?)
}

fn suboptimality_of_weighted_mean(trail: &Trail, t: u64, _: &Setting) -> Option<f64> {
    Some(trail.at(ValueAtWeightedMean, t)? - trail.minimum()?)
}

fn descent(trail: &Trail, t: u64, _: &Setting) -> Option<f64> {
    Some(trail.at(Value, t)? - trail.at(Value, t.checked_sub(1)?)?)
}

fn has_not_come_near(trail: &Trail, t: u64, setting: &Setting) -> Option<bool> {
    let tolerance = given(setting, Q::Tolerance)?;
    trail.at(VirtualDistanceSquared, t)?;
    Some(trail.values(VirtualDistanceSquared).take_while(|(s, _)| *s <= t).all(|(_, distance)| distance > tolerance))
}

/// Of one worker, with s = √(1 − δ): `‖x̃ − x*‖² + ‖e‖²/s` where there is a residual, else that of EF21,
/// `‖∇f − g‖² + s‖∇f‖²`.
pub(super) fn lyapunov(trail: &Trail, t: u64, setting: &Setting) -> Option<f64> {
    let root = (1.0 - given(setting, Q::Delta)?).sqrt();
    let Some(distance) = trail.at(VirtualDistanceSquared, t) else {
        return Some(trail.at(CompressionError, t)? + root * trail.at(GradientNormSquared, t)?);
    };
    // Without compression the residual is zero.
    let residual = trail.at(ResidualSquared, t)?;
    Some(distance + if residual == 0.0 { 0.0 } else { residual / root })
}

/// G_t: the estimates are refreshed at x_t in the round after it.
fn estimate_error(trail: &Trail, t: u64, _: &Setting) -> Option<f64> {
    trail.at(CompressionError, t)
}

fn estimate_lyapunov(trail: &Trail, t: u64, setting: &Setting) -> Option<f64> {
    let delta = given(setting, Q::Delta)?;
    let theta = delta / (1.0 + (1.0 - delta).sqrt());
    let weight = given(setting, Q::StepSize)? / theta;
    Some(suboptimality(trail, t, setting)? + weight * trail.at(CompressionError, t)?)
}

fn shift_lyapunov(trail: &Trail, t: u64, setting: &Setting) -> Option<f64> {
    let [omega, gamma, n, rate] = [Q::Omega, Q::StepSize, Q::NWorkers, Q::ShiftRate].map(|q| given(setting, q));
    let weight = 4.0 * omega? * gamma?.powi(2) / (n? * rate?);
    Some(trail.at(DistanceSquared, t)? + weight * trail.at(ShiftError, t)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::THEOREMS;

    #[test]
    fn every_theorem_has_one_line() {
        for theorem in THEOREMS {
            let id = theorem.about().id;
            assert_eq!(APPLICATIONS.iter().filter(|line| line.id == id).count(), 1, "{id}");
        }
        assert_eq!(APPLICATIONS.len(), THEOREMS.len());
    }
}
