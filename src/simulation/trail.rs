//! The quantities in statements about methods, recorded along a run: numbers of the iterates `x_0, …, x_T` and of the
//! rounds that lead from `x_t` to `x_{t+1}`, both under t.
//!
//! It knows no theorem. A series costs nothing unless it is requested.

use super::config::Config;
use super::observer::Observer;
use super::recorder::{mean_residual, of_mean};
use super::state::State;
use crate::compressor::Message;
use crate::method::{Memory, Probe, Round};
use crate::objective;
use crate::random::{Purpose, Streams};
use crate::vector;
use rand::RngExt;
use std::collections::{BTreeMap, BTreeSet};

/// A number for each t.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Series {
    /// `f(x_t)`, at the visited t only.
    Value,
    /// `‖∇f(x_t)‖²`, at the visited t only.
    GradientNormSquared,
    /// `f` at the mean of `x_0, …, x_{t−1}`, at the recorded t ≥ 1 only.
    ValueAtMean,
    /// `f` at the mean of `x_0, …, x_{t−1}` with the weights `(a + s)²`, at the recorded t ≥ 1 only.
    ValueAtWeightedMean,
    /// `‖x_t − x*‖²`.
    DistanceSquared,
    /// `‖x_{t+1} − x_t‖²`.
    StepSquared,
    /// Mean over workers of `‖C(p) − p‖²` in the round after `x_t`.
    CompressionError,
    /// `⟨C(p), p⟩²/(‖C(p)‖²‖p‖²)` of the only worker in the round after `x_t`: the fraction of the descent that is kept.
    Kept,
    /// Mean over workers of `‖eᵢ,t‖²`.
    ResidualSquared,
    /// `‖x_t − x̃_t‖`.
    VirtualDistance,
    /// `‖x̃_t − x*‖²`.
    VirtualDistanceSquared,
    /// `‖x̃_{t+1} − x̃_t‖`.
    VirtualStep,
    /// `‖C(mean p) − mean C(p)‖` in the round after `x_t`.
    SelectionMismatch,
    /// `γ_t` times the mean over workers of `‖gᵢ‖` in the round after `x_t`.
    ScaledGradientNorm,
    /// Mean over workers of `‖hᵢ − ∇fᵢ(x*)‖²`, hᵢ the memory `Shift`.
    ShiftError,
}

impl Series {
    fn needs_draws(self) -> bool {
        use Series::{CompressionError, Kept, ScaledGradientNorm, SelectionMismatch, VirtualStep};
        matches!(self, CompressionError | Kept | ScaledGradientNorm | SelectionMismatch | VirtualStep)
    }
}

/// What is to be written down.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The series.
    pub series: BTreeSet<Series>,
    /// The recorded rounds, ascending, from 0 to T.
    pub recorded: Vec<u64>,
    /// Whether f and ∇f are computed at every t; else at the recorded ones, and at one t drawn at random between each
    /// two of them.
    pub every: bool,
    /// a of the weights of [`Series::ValueAtWeightedMean`].
    pub shift: f64,
    /// Whether [`Trail::moments`] are computed, at the recorded t.
    pub moments: bool,
    /// f*, where it is known.
    pub minimum: Option<f64>,
    /// x*, where it is known.
    pub minimizer: Option<Vec<f64>>,
}

/// Conditional moments of the stochastic gradients at one iterate, over all rows of each worker: exact, not sampled.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    /// t.
    pub round: u64,
    /// `‖∇f‖²`.
    pub gradient_norm_squared: f64,
    /// `(1/n) Σ‖∇fᵢ − ∇f‖²`.
    pub heterogeneity: f64,
    /// Mean over workers of `E‖gᵢ − ∇fᵢ‖²`.
    pub noise_mean: f64,
    /// Maximum over workers of `E‖gᵢ − ∇fᵢ‖²`.
    pub noise_max: f64,
    /// n.
    pub n_workers: usize,
}

impl Moments {
    /// At x (length d), for mini-batches of `batch_size` rows with replacement, or all rows; `intrinsic` is the
    /// variance of the objective's own noise. Takes all rows times d.
    #[must_use]
    pub fn at(config: &Config<'_>, x: &[f64], round: u64, intrinsic: f64) -> Self {
        let f = config.objective;
        let n = f.n_workers();
        let mut gradient = vec![0.0; x.len()];
        objective::gradient(f, x, &mut gradient);
        let mut shared = vec![0.0; x.len()];
        f.add_shared_gradient(x, 1.0, &mut shared);
        let mut moments =
            Self { round, gradient_norm_squared: vector::norm_squared(&gradient), n_workers: n, ..Self::default() };
        let mut own = vec![0.0; x.len()];
        for worker in 0..n {
            own.copy_from_slice(&shared);
            f.add_gradient(worker, objective::Rows::All, x, 1.0, &mut own);
            moments.heterogeneity += vector::distance_squared(&own, &gradient) / n as f64;
            let sampling = match config.batch_size {
                Some(rows) if f.n_samples(worker) > 0 => objective::sampling_variance(f, worker, x) / rows as f64,
                _ => 0.0,
            };
            moments.noise_mean += (sampling + intrinsic) / n as f64;
            moments.noise_max = moments.noise_max.max(sampling + intrinsic);
        }
        moments
    }

    /// `E‖ḡ − ∇f‖²` of the mean over workers, whose noise is independent.
    #[must_use]
    pub fn noise_of_mean(&self) -> f64 {
        self.noise_mean / self.n_workers as f64
    }

    /// `E‖ḡ‖²`.
    #[must_use]
    pub fn second_moment_of_mean(&self) -> f64 {
        self.gradient_norm_squared + self.noise_of_mean()
    }

    /// Mean over workers of `E‖gᵢ‖²`.
    #[must_use]
    pub fn second_moment(&self) -> f64 {
        self.gradient_norm_squared + self.heterogeneity + self.noise_mean
    }
}

/// The series of one run, up to the current round.
#[derive(Debug, Clone)]
pub struct Trail {
    wanted: Wanted,
    /// The t at which f and ∇f represent a number of rounds: t → that number.
    weights: BTreeMap<u64, f64>,
    values: BTreeMap<Series, BTreeMap<u64, f64>>,
    moments: Vec<Moments>,
    intrinsic: f64,
    shifts: Vec<Vec<f64>>,
    round: Working,
}

/// What one round needs while it runs.
#[derive(Debug, Clone, Default)]
struct Working {
    iterate: Vec<f64>,
    residuals: Vec<Vec<f64>>,
    mean_residual: Option<Vec<f64>>,
    mean_input: Vec<f64>,
    mean_message: Vec<f64>,
    weight: f64,
    n: f64,
    worker: usize,
    sum: Vec<f64>,
    weighted_sum: Vec<f64>,
    total_weight: f64,
}

impl Trail {
    /// For a run of `config`, from its beginning.
    #[must_use]
    pub fn new(wanted: Wanted, config: &Config<'_>) -> Self {
        let weights = if wanted.every {
            (0..config.rounds).map(|t| (t, 1.0)).collect()
        } else {
            // Stratified: one t represents its whole stratum, so that sums over rounds are unbiased.
            let mut stream = Streams::new(config.seed).shared(Purpose::Observer, 0);
            let strata = wanted.recorded.windows(2).map(|ends| ends[0]..ends[1]);
            strata.map(|stratum| (stream.random_range(stratum.clone()), (stratum.end - stratum.start) as f64)).collect()
        };
        let dim = config.objective.dim();
        let shifts = match &wanted.minimizer {
            Some(minimizer) if wanted.series.contains(&Series::ShiftError) => {
                let gradient = |worker| {
                    let mut own = vec![0.0; dim];
                    config.objective.add_gradient(worker, objective::Rows::All, minimizer, 1.0, &mut own);
                    config.objective.add_shared_gradient(minimizer, 1.0, &mut own);
                    own
                };
                (0..config.objective.n_workers()).map(gradient).collect()
            }
            _ => Vec::new(),
        };
        let intrinsic = if wanted.moments { config.objective.constants().noise_variance.unwrap_or(0.0) } else { 0.0 };
        let round = Working { n: config.objective.n_workers() as f64, ..Working::default() };
        Self { wanted, weights, values: BTreeMap::new(), moments: Vec::new(), intrinsic, shifts, round }
    }

    /// f*, where it is known.
    #[must_use]
    pub fn minimum(&self) -> Option<f64> {
        self.wanted.minimum
    }

    /// The recorded rounds.
    #[must_use]
    pub fn recorded(&self) -> &[u64] {
        &self.wanted.recorded
    }

    /// The value of a series at t.
    #[must_use]
    pub fn at(&self, series: Series, t: u64) -> Option<f64> {
        self.values.get(&series)?.get(&t).copied()
    }

    /// The values of a series from t = 0 without a gap.
    #[must_use]
    pub fn from_start(&self, series: Series) -> Vec<f64> {
        let values = self.values.get(&series);
        let gapless = values.into_iter().flatten().zip(0..).take_while(|((t, _), place)| **t == *place);
        gapless.map(|((_, value), _)| *value).collect()
    }

    /// The values of a series, ascending in t.
    pub fn values(&self, series: Series) -> impl Iterator<Item = (u64, f64)> + '_ {
        self.values.get(&series).into_iter().flatten().map(|(t, value)| (*t, *value))
    }

    /// `Σ_{t<rounds} weight(t) · series(t)`, exact where every t was visited, else unbiased over seeds, for recorded
    /// `rounds`; `None` where the series was not visited so far.
    pub fn sum(&self, series: Series, rounds: u64, weight: impl Fn(u64) -> f64) -> Option<f64> {
        let values = self.values.get(&series)?;
        let terms = self.weights.range(..rounds);
        terms.map(|(t, stands_for)| Some(stands_for * weight(*t) * values.get(t)?)).sum()
    }

    /// The conditional moments at the recorded t.
    #[must_use]
    pub fn moments(&self) -> &[Moments] {
        &self.moments
    }

    fn wants(&self, series: Series) -> bool {
        self.wanted.series.contains(&series)
    }

    fn write(&mut self, series: Series, t: u64, value: f64) {
        self.values.entry(series).or_default().insert(t, value);
    }

    fn add(&mut self, series: Series, t: u64, term: f64) {
        *self.values.entry(series).or_default().entry(t).or_insert(0.0) += term;
    }

    /// Everything that belongs to the iterate x_t.
    fn iterate(&mut self, config: &Config<'_>, state: &State) {
        let t = state.round;
        let f = config.objective;
        let is_recorded = self.wanted.recorded.binary_search(&t).is_ok();
        if is_recorded || self.weights.contains_key(&t) {
            if self.wants(Series::Value) {
                self.write(Series::Value, t, objective::value(f, &state.iterate));
            }
            if self.wants(Series::GradientNormSquared) {
                let mut gradient = vec![0.0; state.iterate.len()];
                objective::gradient(f, &state.iterate, &mut gradient);
                self.write(Series::GradientNormSquared, t, vector::norm_squared(&gradient));
            }
        }
        if is_recorded && self.wanted.moments {
            self.moments.push(Moments::at(config, &state.iterate, t, self.intrinsic));
        }
        self.means(config, state, is_recorded);
        if let (true, Some(place)) = (self.wants(Series::ResidualSquared), config.method.place_of(Memory::Residual)) {
            let squares = state.workers.iter().map(|worker| vector::norm_squared(&worker.memory[place]));
            self.write(Series::ResidualSquared, t, squares.sum::<f64>() / self.round.n);
        }
        if let (false, Some(place)) = (self.shifts.is_empty(), config.method.place_of(Memory::Shift)) {
            let pairs = state.workers.iter().zip(&self.shifts);
            let squares: f64 = pairs.map(|(worker, own)| vector::distance_squared(&worker.memory[place], own)).sum();
            self.write(Series::ShiftError, t, squares / self.round.n);
        }
        self.virtual_iterate(config, state);
        if let Some(minimizer) = &self.wanted.minimizer {
            let distance = vector::distance_squared(&state.iterate, minimizer);
            if self.wants(Series::DistanceSquared) {
                self.write(Series::DistanceSquared, t, distance);
            }
        }
    }

    fn means(&mut self, config: &Config<'_>, state: &State, is_recorded: bool) {
        let t = state.round;
        let shift = self.wanted.shift;
        for (series, sum, total, weight) in [
            (Series::ValueAtMean, &mut self.round.sum, t as f64, 1.0),
            (
                Series::ValueAtWeightedMean,
                &mut self.round.weighted_sum,
                self.round.total_weight,
                (shift + t as f64).powi(2),
            ),
        ] {
            if !self.wanted.series.contains(&series) {
                continue;
            }
            sum.resize(state.iterate.len(), 0.0);
            if is_recorded && t > 0 {
                let mean: Vec<f64> = sum.iter().map(|entry| entry / total).collect();
                self.values.entry(series).or_default().insert(t, objective::value(config.objective, &mean));
            }
            vector::add_scaled(weight, &state.iterate, sum);
        }
        self.round.total_weight += (shift + t as f64).powi(2);
    }

    fn virtual_iterate(&mut self, config: &Config<'_>, state: &State) {
        use Series::{ScaledGradientNorm, SelectionMismatch, VirtualDistance, VirtualDistanceSquared, VirtualStep};
        let all = [ScaledGradientNorm, SelectionMismatch, VirtualDistance, VirtualDistanceSquared, VirtualStep];
        if !all.iter().any(|series| self.wants(*series)) {
            return;
        }
        let t = state.round;
        let step_size = config.step_size.step_size(t + 1, config.rounds);
        let round = Round { number: t + 1, step_size, n_workers: state.workers.len(), exchange: 0 };
        self.round.weight = config.method.virtual_weight(&round).unwrap_or(0.0);
        self.round.mean_residual = mean_residual(config, state, &round);
        let Some(residual) = &self.round.mean_residual else { return };
        let distance = vector::norm_squared(residual).sqrt();
        let to_minimizer = self.wanted.minimizer.as_ref().map(|minimizer| {
            let shadow: Vec<f64> = state.iterate.iter().zip(residual).map(|(x, e)| x - e).collect();
            vector::distance_squared(&shadow, minimizer)
        });
        if self.wants(VirtualDistance) {
            self.write(VirtualDistance, t, distance);
        }
        if let (true, Some(distance)) = (self.wants(VirtualDistanceSquared), to_minimizer) {
            self.write(VirtualDistanceSquared, t, distance);
        }
    }

    /// Whether the means over workers of inputs and messages are needed.
    fn wants_means(&self) -> bool {
        self.round.mean_residual.is_some() && (self.wants(Series::SelectionMismatch) || self.wants(Series::VirtualStep))
    }

    /// Notes the round that leads from x_t to x_{t+1}: to be called before it.
    fn begin(&mut self, config: &Config<'_>, state: &State) {
        if self.wants(Series::StepSquared) {
            self.round.iterate.clone_from(&state.iterate);
        }
        if let (true, Some(_), Some(place)) = (
            self.wants(Series::ScaledGradientNorm),
            &self.round.mean_residual,
            config.method.place_of(Memory::Residual),
        ) {
            self.round.residuals.resize(state.workers.len(), Vec::new());
            for (kept, worker) in self.round.residuals.iter_mut().zip(&state.workers) {
                kept.clone_from(&worker.memory[place]);
            }
        }
        if self.wants_means() {
            for mean in [&mut self.round.mean_input, &mut self.round.mean_message] {
                mean.clear();
                mean.resize(config.objective.dim(), 0.0);
            }
        }
        self.round.worker = 0;
    }

    /// Notes what one worker compressed in the round after x_t.
    fn draw(&mut self, t: u64, probe: &Probe, message: &Message) {
        let n = self.round.n;
        if self.wants(Series::CompressionError) {
            self.add(Series::CompressionError, t, probe.error_squared / n);
        }
        if self.wants(Series::Kept) && n == 1.0 && probe.norm_squared > 0.0 {
            let sent = message.to_dense();
            let (inner, norm) = (vector::dot(&sent, &probe.input), vector::norm_squared(&sent));
            let kept = if norm > 0.0 { inner * inner / (norm * probe.norm_squared) } else { 0.0 };
            // A cosine, up to rounding.
            self.write(Series::Kept, t, kept.min(1.0));
        }
        let worker = self.round.worker;
        if let (true, Some(residual)) = (self.wants(Series::ScaledGradientNorm), self.round.residuals.get(worker)) {
            let norm = self.round.weight * vector::distance_squared(&probe.input, residual).sqrt();
            self.add(Series::ScaledGradientNorm, t, norm / n);
        }
        if self.wants_means() {
            vector::add_scaled(1.0 / n, &probe.input, &mut self.round.mean_input);
            message.add_to(1.0 / n, &mut self.round.mean_message);
        }
        self.round.worker += 1;
    }

    fn end(&mut self, config: &Config<'_>, state: &State) {
        let t = state.round - 1;
        if self.wants(Series::StepSquared) {
            let squared = vector::distance_squared(&state.iterate, &self.round.iterate);
            self.write(Series::StepSquared, t, squared);
        }
        if !self.wants_means() {
            return;
        }
        let (Some(residual), Some(compressor)) = (&self.round.mean_residual, config.method.compressor()) else {
            return;
        };
        // The mean input is `mean e + γ mean g` in the method's units; the residual is in those of the iterate.
        let weight = self.round.weight;
        let entries = self.round.mean_input.iter().zip(residual);
        let step: f64 = entries.map(|(p, e)| (weight * p - e).powi(2)).sum();
        if self.wants(Series::VirtualStep) {
            self.write(Series::VirtualStep, t, step.sqrt());
        }
        if self.wants(Series::SelectionMismatch)
            && let Some(of_mean) = of_mean(config, state.round, compressor, &self.round.mean_input)
        {
            let mismatch = weight * vector::distance_squared(&of_mean, &self.round.mean_message).sqrt();
            self.write(Series::SelectionMismatch, t, mismatch);
        }
    }
}

impl Observer for Trail {
    fn before(&mut self, config: &Config<'_>, state: &State) -> bool {
        self.iterate(config, state);
        self.begin(config, state);
        self.wanted.series.iter().any(|series| series.needs_draws())
    }

    fn compressed(&mut self, t: u64, probe: &Probe, message: &Message) {
        if !probe.input.is_empty() {
            self.draw(t, probe, message);
        }
    }

    fn after(&mut self, config: &Config<'_>, state: &State) {
        self.end(config, state);
        if state.round == config.rounds {
            self.iterate(config, state);
        }
    }
}
