//! The loop that runs a method on an objective: N workers in one process, exact bits, simulated time.
//!
//! It knows no theory and no file formats. Nothing in it depends on the number of threads.

use crate::compressor::encoding;
use crate::compressor::{Call, Message, SIDE_BY_SIDE, Scratch};
use crate::method::{Aggregate, Buffer, Oracle, Probe, Round, Server, Uplink, Worker};
use crate::network::Traffic;
use crate::objective::Rows;
use crate::random::{Purpose, Streams};
use crate::vector::{self, Addition};
use arrayvec::ArrayVec;
use rand::RngExt;
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

mod config;
mod curve;
mod observer;
mod recorder;
mod run;
mod spinning;
mod state;
mod trail;
pub use config::Config;
pub use observer::Observer;
pub use recorder::{Minimum, Recorder};
pub use spinning::spinning;
pub use state::{State, WorkerState};
pub use trail::{Moments, Series, Trail, Wanted};

/// Workers whose messages are held at once. It bounds the memory for messages, and fixes what runs in parallel
/// independently of the number of threads.
const WORKERS_AT_ONCE: usize = 64;

/// Rounds with less work than this many multiply-adds are not worth waking other threads for.
pub(crate) const PARALLEL_WORK: usize = 1 << 17;

/// One run: the config and the buffers that its rounds reuse.
#[derive(Debug)]
pub struct Simulation<'a> {
    config: Config<'a>,
    streams: Streams,
    mean: Aggregate,
    shared: Vec<f64>,
    slots: Vec<Slot>,
    arenas: Arenas,
    /// Consecutive workers that one thread runs: about a sixteenth of [`PARALLEL_WORK`], or all where a round is not
    /// worth other threads.
    at_a_time: usize,
    /// Workers that are run side by side: one where a gradient touches as much as a pass, and leaves it in the cache.
    side_by_side: usize,
    broadcast: Message,
    up_bits: Vec<u64>,
}

/// What one of the workers at once produces.
#[derive(Debug, Default)]
struct Slot {
    message: Message,
    bits: u64,
    probe: Probe,
    failure: Option<String>,
}

/// Buffers that a thread needs to run a worker.
#[derive(Debug, Default)]
struct Arena {
    buffer: Vec<f64>,
    batch: Vec<u32>,
    scratch: Scratch,
    adaptation: Vec<f64>,
}

/// Those that no thread is using: lists with one per worker that is run side by side.
#[derive(Debug, Default)]
struct Arenas(Mutex<Vec<Vec<Arena>>>);

impl Arenas {
    fn lend<T>(&self, work: impl FnOnce(&mut Vec<Arena>) -> T) -> T {
        let free = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A statement of its own: the lock is not held during the work.
        let lent = free().pop();
        let mut arenas = lent.unwrap_or_default();
        let result = work(&mut arenas);
        free().push(arenas);
        result
    }
}

impl<'a> Simulation<'a> {
    /// Prepares a run.
    #[must_use]
    pub fn new(config: Config<'a>) -> Self {
        let dim = config.objective.dim();
        let n = config.objective.n_workers();
        let batch = config.batch_size.unwrap_or_else(|| config.objective.n_samples(0));
        let work = dim + batch * config.objective.cost_per_sample();
        Self {
            streams: Streams::new(config.seed),
            mean: Aggregate::new(dim),
            shared: vec![0.0; dim],
            slots: std::iter::repeat_with(Slot::default).take(n.min(WORKERS_AT_ONCE)).collect(),
            arenas: Arenas::default(),
            at_a_time: if n * work < PARALLEL_WORK { n } else { PARALLEL_WORK.div_ceil(16 * work) },
            side_by_side: if config.method.is_side_by_side() && work < 2 * dim { SIDE_BY_SIDE } else { 1 },
            broadcast: Message::default(),
            up_bits: vec![0; n],
            config,
        }
    }

    /// The config of the run.
    #[must_use]
    pub fn config(&self) -> &Config<'a> {
        &self.config
    }

    /// The state before the first round: the iterate `x_0` (length d), all memories zero.
    #[must_use]
    pub fn initial_state(&self, iterate: Vec<f64>) -> State {
        State::new(&self.config, iterate)
    }

    /// Runs one round. `watch` is shown what each worker compressed, in the order of the workers, exchange by exchange;
    /// the round itself is the same with and without it.
    ///
    /// # Errors
    /// The reason for which the run has diverged.
    pub fn step(&mut self, state: &mut State, mut watch: Option<Watch<'_>>) -> Result<(), String> {
        let number = state.round + 1;
        let step_size = self.config.step_size.step_size(number, self.config.rounds);
        let n_workers = self.config.objective.n_workers();
        let mut has_finite_norm = true;
        for exchange in 0..self.config.method.exchanges() {
            has_finite_norm = self.exchange(state, &mut watch, Round { number, step_size, n_workers, exchange })?;
        }
        state.round = number;
        // Looked at in every round, recorded or not, so that no recorder decides how a run ends. The norm overflows
        // where losses and distances do, and is NaN or ∞ if a coordinate is.
        if has_finite_norm {
            return Ok(());
        }
        Err(match vector::check_finite(&state.iterate) {
            Err(error) => format!("iterate: {error}"),
            Ok(()) => "iterate: its squared norm exceeds the largest number".to_owned(),
        })
    }

    /// Runs one exchange: all workers, then the server. Returns whether the norm of the new iterate is finite.
    fn exchange(&mut self, state: &mut State, watch: &mut Option<Watch<'_>>, round: Round) -> Result<bool, String> {
        let Self { config, streams, mean, shared, slots, arenas, at_a_time, side_by_side, broadcast, up_bits } = self;
        let n = round.n_workers;
        let n_threads = rayon::current_num_threads();
        let is_alone = *at_a_time >= n || n_threads == 1;
        // Side by side, but with a part for every thread.
        let share = n.min(WORKERS_AT_ONCE).div_ceil(n_threads);
        let at_a_time = (*side_by_side).min(share).max(*at_a_time);
        let shared = config.objective.shared_gradient(&state.iterate, shared);

        mean.clear();
        for first in (0..n).step_by(WORKERS_AT_ONCE) {
            let workers = &mut state.workers[first..n.min(first + WORKERS_AT_ONCE)];
            let slots = &mut slots[..workers.len()];
            let stage = Stage {
                config,
                streams: *streams,
                round,
                iterate: &state.iterate,
                server_memory: &state.server,
                shared,
                side_by_side: *side_by_side,
                watched: watch.as_ref().map(|watch| watch.keeps_input),
            };
            if is_alone {
                arenas.lend(|arenas| stage.run(first, workers, slots, arenas));
            } else {
                // Where there are more parts than threads, those that finish early take from the others.
                let parts = workers.par_chunks_mut(at_a_time).zip(slots.par_chunks_mut(at_a_time));
                parts.enumerate().with_max_len(1).for_each(|(part, (workers, slots))| {
                    arenas.lend(|arenas| stage.run(first + part * at_a_time, workers, slots, arenas));
                });
            }
            for (index, slot) in slots.iter_mut().enumerate() {
                if let Some(failure) = slot.failure.take() {
                    return Err(failure);
                }
                up_bits[first + index] = slot.bits;
                mean.add(1.0 / n as f64, &slot.message);
                if let Some(watch) = watch {
                    (watch.worker)(&slot.probe, &slot.message);
                }
            }
        }

        let server = Server { iterate: &mut state.iterate, memory: &mut state.server, mean, streams: *streams };
        config.method.server(server, &round);
        // The mean stays in the cache of this thread, which will add to it again; the others will read the iterate anyway.
        let mut send = || {
            mean.broadcast(broadcast);
            encoding::bits(broadcast, config.wire)
        };
        let look = || vector::has_finite_norm(&state.iterate);
        let (down, has_finite_norm) = if is_alone { (send(), look()) } else { rayon::join(send, look) };

        let traffic = Traffic { up: up_bits, down, dense: mean.is_dense() };
        state.bits_up += traffic.total_up();
        state.bits_down += traffic.total_down();
        let compute_seconds = if round.exchange == 0 { config.compute_seconds } else { 0.0 };
        state.seconds += compute_seconds + config.network.seconds(&traffic);
        Ok(has_finite_norm)
    }
}

/// Looks at the compression of every worker in a round.
pub struct Watch<'a> {
    /// Whether [`Probe::input`] is to be kept.
    pub keeps_input: bool,
    /// Is called in the order of the workers, once in every exchange.
    pub worker: &'a mut dyn FnMut(&Probe, &Message),
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Watch").field("keeps_input", &self.keeps_input).finish_non_exhaustive()
    }
}

/// What all workers of a round see.
struct Stage<'a> {
    config: &'a Config<'a>,
    streams: Streams,
    round: Round,
    iterate: &'a [f64],
    server_memory: &'a [Vec<f64>],
    shared: Option<Addition<'a>>,
    /// [`Simulation::side_by_side`].
    side_by_side: usize,
    /// Whether probes are filled, and then whether they keep the input.
    watched: Option<bool>,
}

impl Stage<'_> {
    /// Runs consecutive workers, the first of which has the number `first`, `side_by_side` at a time.
    fn run(&self, first: usize, workers: &mut [WorkerState], slots: &mut [Slot], arenas: &mut Vec<Arena>) {
        let side_by_side = self.side_by_side;
        let groups = workers.chunks_mut(side_by_side).zip(slots.chunks_mut(side_by_side));
        for ((workers, slots), first) in groups.zip((first..).step_by(side_by_side)) {
            if arenas.len() < workers.len() {
                arenas.resize_with(workers.len(), Arena::default);
            }
            let views = workers.iter_mut().zip(&mut *slots).zip(arenas.iter_mut()).zip(first..);
            let views = views.map(|(((worker, slot), arena), index)| self.view(index, worker, slot, arena));
            let done = self.config.method.workers(&mut views.collect::<ArrayVec<_, SIDE_BY_SIDE>>(), &self.round);
            match done {
                Ok(()) => {
                    for slot in slots {
                        slot.bits = encoding::bits(&slot.message, self.config.wire);
                    }
                }
                Err((place, error)) => slots[place].failure = Some(format!("worker {}: {error}", first + place)),
            }
        }
    }

    /// What a worker has available, its mini-batch drawn.
    fn view<'a>(
        &'a self,
        index: usize,
        worker: &'a mut WorkerState,
        slot: &'a mut Slot,
        arena: &'a mut Arena,
    ) -> Worker<'a> {
        let Self { config, streams, round, iterate, server_memory, shared, watched, .. } = *self;
        let Arena { buffer, batch, scratch, adaptation } = arena;
        let n_samples = config.objective.n_samples(index);
        let rows = match config.batch_size {
            Some(size) if n_samples > 0 => {
                let mut stream = streams.stream(Purpose::Batch, index, round.number);
                batch.clear();
                batch.extend((0..size).map(|_| stream.random_range(0..n_samples as u32)));
                Rows::Only(batch)
            }
            _ => Rows::All,
        };
        if let Some(keeps_input) = watched {
            slot.probe = Probe { keeps_input, ..Probe::default() };
        }
        Worker {
            memory: &mut worker.memory,
            server_memory,
            oracle: Oracle {
                objective: config.objective,
                worker: index,
                rows,
                iterate,
                shared,
                streams,
                round: round.number,
            },
            uplink: Uplink {
                message: &mut slot.message,
                call: Call { streams, worker: index, round: round.number, block: 0, adaptation, scratch },
                adaptation: &mut worker.adaptation,
                blocks: &config.blocks,
                precision: config.wire.values,
                probe: watched.is_some().then_some(&mut slot.probe),
            },
            buffer: Buffer { values: buffer, dim: iterate.len() },
        }
    }
}
