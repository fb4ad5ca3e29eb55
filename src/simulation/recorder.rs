//! Computes metrics from states and probes at the scheduled rounds. It reads a run and never changes it.

use super::config::Config;
use super::curve::{curve, seconds_of};
use super::observer::Observer;
use super::state::State;
use super::{Simulation, Watch};
use crate::compressor::{Call, Compressor, Message, Scratch};
use crate::dataset::Dataset;
use crate::method::{Memory, Probe, Round};
use crate::objective;
use crate::random::Streams;
use crate::record::{Metric, Table};
use crate::vector;
use rayon::prelude::*;

/// f* and x*, for the metrics that compare with them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Minimum<'a> {
    /// f*.
    pub value: Option<f64>,
    /// x*, length d, where all minimizers are known.
    pub minimizer: Option<&'a [f64]>,
    /// Orthonormal directions of length d that lead from x* to all other minimizers; none where there is one alone.
    pub flat: &'a [Vec<f64>],
}

impl Minimum<'_> {
    /// `‖x − x*‖²` for the minimizer that is nearest to x.
    #[must_use]
    pub fn distance_squared(&self, x: &[f64]) -> Option<f64> {
        Some(objective::minimize::distance_squared(x, self.minimizer?, self.flat))
    }

    /// The minimizer that is nearest to x.
    #[must_use]
    pub fn nearest(&self, x: &[f64]) -> Option<Vec<f64>> {
        let mut nearest = self.minimizer?.to_vec();
        for direction in self.flat {
            let along: f64 = direction.iter().zip(x).zip(&nearest).map(|((d, x), own)| d * (x - own)).sum();
            vector::add_scaled(along, direction, &mut nearest);
        }
        Some(nearest)
    }
}

/// Records metrics at scheduled rounds.
#[derive(Debug)]
pub struct Recorder<'a> {
    minimum: Minimum<'a>,
    test: Option<&'a Dataset>,
    rounds: Vec<u64>,
    curves: Vec<u64>,
    table: Table,
}

impl<'a> Recorder<'a> {
    /// Records `metrics` at `rounds` (ascending).
    #[must_use]
    pub fn new(metrics: Vec<Metric>, rounds: Vec<u64>, minimum: Minimum<'a>) -> Self {
        Self { minimum, test: None, rounds, curves: Vec::new(), table: Table { metrics, ..Table::default() } }
    }

    /// With held-out rows, for the metrics that need them.
    #[must_use]
    pub fn with_test(self, test: Option<&'a Dataset>) -> Self {
        Self { test, ..self }
    }

    /// Records in these rounds too what top-k would keep of the vector of worker 0, for every k.
    #[must_use]
    pub fn with_curves(mut self, rounds: &[u64]) -> Self {
        self.curves = rounds.to_vec();
        self
    }

    /// What has been recorded.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Goes on after rows that were recorded before.
    pub fn resume(&mut self, table: Table) {
        self.table = table;
    }

    fn wants(&self, round: u64) -> bool {
        self.rounds.binary_search(&round).is_ok()
    }

    fn asks(&self, wanted: impl Fn(Metric) -> bool) -> bool {
        self.table.metrics.iter().any(|metric| wanted(*metric))
    }

    /// Records the initial state, unless rows were resumed.
    pub(super) fn begin(&mut self, config: &Config<'_>, state: &State) {
        if self.table.rows.is_empty() && self.wants(state.round) {
            self.record(config, state, &Observed::default());
        }
    }

    /// Runs one round with an observer, and records it if it is due.
    pub(super) fn round(
        &mut self,
        simulation: &mut Simulation<'_>,
        state: &mut State,
        observer: &mut dyn Observer,
    ) -> Result<(), String> {
        let is_curve_due = self.curves.contains(&(state.round + 1));
        let is_due = self.wants(state.round + 1);
        let is_shown = observer.before(simulation.config(), state);
        if is_due || is_curve_due {
            let observed = self.observe(simulation, state, is_shown.then_some(&mut *observer), is_curve_due)?;
            self.table.curves.extend(curve(state.round, &observed.of_worker_zero, seconds_of(simulation.config())));
            if is_due {
                self.record(simulation.config(), state, &observed);
            }
        } else if is_shown {
            let t = state.round;
            let mut worker = |probe: &Probe, message: &Message| observer.compressed(t, probe, message);
            simulation.step(state, Some(Watch { keeps_input: true, worker: &mut worker }))?;
        } else {
            simulation.step(state, None)?;
        }
        observer.after(simulation.config(), state);
        Ok(())
    }

    /// Runs one round and looks at what was compressed.
    fn observe(
        &self,
        simulation: &mut Simulation<'_>,
        state: &mut State,
        mut observer: Option<&mut dyn Observer>,
        is_curve_due: bool,
    ) -> Result<Observed, String> {
        let n = state.workers.len();
        let dim = state.iterate.len();
        let xi = self.asks(|metric| metric == Metric::AssumptionOneXi);
        let step_size = simulation.config.step_size.step_size(state.round + 1, simulation.config.rounds);
        let round = Round { number: state.round + 1, step_size, n_workers: n, exchange: 0 };
        let residual_before = xi.then(|| mean_residual(simulation.config(), state, &round)).flatten();

        let mut observed = Observed { round: Some(round), ..Observed::default() };
        let mut mean_input = vec![0.0; if xi { dim } else { 0 }];
        let mut mean_message = mean_input.clone();
        let is_shown = observer.is_some();
        let mut watch = |probe: &Probe, message: &Message| {
            if let Some(observer) = &mut observer {
                observer.compressed(round.number - 1, probe, message);
            }
            if is_curve_due && observed.errors.is_empty() && probe.input.len() == dim {
                observed.of_worker_zero.clone_from(&probe.input);
            }
            observed.entries += message.n_entries() as f64 / n as f64;
            observed.errors.push((probe.error_squared, probe.norm_squared));
            if xi && probe.input.len() == dim {
                vector::add_scaled(1.0 / n as f64, &probe.input, &mut mean_input);
                message.add_to(1.0 / n as f64, &mut mean_message);
            }
        };
        let watches = self.asks(Metric::needs_compression_error) || self.asks(|metric| metric == Metric::EntriesMean);
        let keeps_input = xi || is_shown || is_curve_due;
        let watch = (keeps_input || watches).then_some(Watch { keeps_input, worker: &mut watch });
        simulation.step(state, watch)?;
        if let (Some(before), Some(compressor)) = (residual_before, simulation.config().method.compressor()) {
            observed.xi = assumption_one(simulation.config(), &round, compressor, &mean_input, &mean_message, &before);
        }
        Ok(observed)
    }

    fn record(&mut self, config: &Config<'_>, state: &State, observed: &Observed) {
        let f = config.objective;
        let compressed = config.method.compressor().is_some();
        // Quantities that several metrics share are computed once.
        let asks_loss = self.asks(|metric| matches!(metric, Metric::Loss | Metric::Suboptimality));
        let (mut loss, mut gradient_norm_squared) = (None, None);
        if self.asks(|metric| metric == Metric::GradientNormSquared) {
            let mut gradient = vec![0.0; state.iterate.len()];
            if asks_loss {
                loss = Some(objective::gradient_and_value(f, &state.iterate, &mut gradient));
            } else {
                objective::gradient(f, &state.iterate, &mut gradient);
            }
            gradient_norm_squared = Some(vector::norm_squared(&gradient));
        } else if asks_loss {
            loss = Some(objective::value(f, &state.iterate));
        }
        let test =
            self.test.filter(|_| self.asks(Metric::needs_test)).and_then(|rows| f.evaluate(rows, &state.iterate));
        let asks_residuals =
            self.asks(|metric| matches!(metric, Metric::ResidualSquaredMean | Metric::ResidualSquaredMax));
        let residuals: Vec<f64> = match config.method.place_of(Memory::Residual) {
            Some(place) if asks_residuals => {
                state.workers.par_iter().map(|worker| vector::norm_squared(&worker.memory[place])).collect()
            }
            _ => Vec::new(),
        };
        let errors = |value: fn(&(f64, f64)) -> Option<f64>| -> Vec<f64> {
            if compressed { observed.errors.iter().filter_map(value).collect() } else { Vec::new() }
        };
        let absolute = errors(|(error, _)| Some(*error));
        let relative = errors(|(error, norm)| (*norm > 0.0).then(|| error / norm));

        let values = self
            .table
            .metrics
            .iter()
            .map(|metric| match metric {
                Metric::Loss => loss,
                Metric::Suboptimality => Some(loss? - self.minimum.value?),
                Metric::GradientNormSquared => gradient_norm_squared,
                Metric::DistanceSquared => self.minimum.distance_squared(&state.iterate),
                Metric::TestLoss => Some(test?.loss),
                Metric::TestAccuracy => test?.accuracy,
                Metric::TestPerplexity => Some(test?.loss.exp()),
                Metric::CompressionErrorMean => mean(&absolute),
                Metric::CompressionErrorMax => max(&absolute),
                Metric::RelativeCompressionErrorMean => mean(&relative),
                Metric::RelativeCompressionErrorMax => max(&relative),
                Metric::ObservedDeltaMean => mean(&relative).map(|error| 1.0 - error),
                Metric::ObservedDeltaMin => max(&relative).map(|error| 1.0 - error),
                Metric::ResidualSquaredMean => mean(&residuals),
                Metric::ResidualSquaredMax => max(&residuals),
                Metric::AssumptionOneXi => observed.xi,
                Metric::VirtualDistance => {
                    let round =
                        observed.round.unwrap_or(Round { number: 0, step_size: 1.0, n_workers: 1, exchange: 0 });
                    let residual = mean_residual(config, state, &round)?;
                    Some(vector::norm_squared(&residual).sqrt())
                }
                Metric::EntriesMean => observed.round.map(|_| observed.entries),
                Metric::StepSize => observed.round.map(|round| round.step_size),
                Metric::BitsUp => Some(state.bits_up as f64),
                Metric::BitsDown => Some(state.bits_down as f64),
                Metric::Bits => Some((state.bits_up + state.bits_down) as f64),
                Metric::Seconds => Some(state.seconds),
                Metric::ScalingEfficiency => {
                    let computed = config.compute_seconds * state.round as f64;
                    (state.seconds > 0.0).then(|| computed / state.seconds)
                }
            })
            .collect();
        self.table.rows.push((state.round, values));
    }
}

/// What was seen in one round.
#[derive(Debug, Default)]
struct Observed {
    round: Option<Round>,
    entries: f64,
    /// `(‖C(p) − p‖², ‖p‖²)`, one per worker.
    errors: Vec<(f64, f64)>,
    xi: Option<f64>,
    /// The vector that worker 0 compressed in a round whose curve is due; otherwise empty.
    of_worker_zero: Vec<f64>,
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn max(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(f64::max)
}

/// `s · (1/n) Σ eᵢ`, the distance from the iterate to the virtual iterate; `None` for methods without residuals.
pub(super) fn mean_residual(config: &Config<'_>, state: &State, round: &Round) -> Option<Vec<f64>> {
    let place = config.method.place_of(Memory::Residual)?;
    let weight = config.method.virtual_weight(round)? / state.workers.len() as f64;
    let mut sum = vec![0.0; state.iterate.len()];
    for worker in &state.workers {
        vector::add_scaled(weight, &worker.memory[place], &mut sum);
    }
    Some(sum)
}

/// `‖C(mean p) − mean C(p)‖ / ‖mean p − mean e‖`, since `mean p − mean e = γ · mean g`.
fn assumption_one(
    config: &Config<'_>,
    round: &Round,
    compressor: &dyn Compressor,
    mean_input: &[f64],
    mean_message: &[f64],
    residual_before: &[f64],
) -> Option<f64> {
    let weight = config.method.virtual_weight(round)?;
    let of_mean = of_mean(config, round.number, compressor, mean_input)?;
    let numerator = vector::distance_squared(&of_mean, mean_message).sqrt();
    let mut step = mean_input.to_vec();
    vector::add_scaled(-1.0 / weight, residual_before, &mut step);
    let denominator = vector::norm_squared(&step).sqrt();
    // With one worker both numerator and denominator may vanish; Assumption 1 then holds with ξ = 0.
    Some(if numerator == 0.0 { 0.0 } else { numerator / denominator })
}

/// `C(mean p)`, block by block; `None` where it is not finite.
pub(super) fn of_mean(
    config: &Config<'_>,
    round: u64,
    compressor: &dyn Compressor,
    mean_input: &[f64],
) -> Option<Vec<f64>> {
    let mut of_mean = vec![0.0; mean_input.len()];
    let (mut adaptation, mut scratch) = (Vec::new(), Scratch::default());
    for (block, range) in config.blocks.iter().enumerate() {
        let mut message = Message::default();
        let mut call = Call {
            streams: Streams::new(config.seed),
            worker: 0,
            round,
            block,
            adaptation: &mut adaptation,
            scratch: &mut scratch,
        };
        compressor.compress(&mean_input[range.clone()], &mut call, &mut message).ok()?;
        message.add_to(1.0, &mut of_mean[range.clone()]);
        adaptation.clear();
    }
    Some(of_mean)
}
