//! Exact top-k and the step of error feedback against one pass over the same vectors.
//!
//! | work | what it does | held to |
//! | --- | --- | --- |
//! | `std` | `select_nth_unstable` on keys of magnitude and index | read |
//! | `cold` | exact selection, nothing known of the vector | read |
//! | `warm` | exact selection with the threshold of the turn before, a step earlier | read |
//! | `step` | `x ← x + w·a`, selection, and x split into message and residual, warm | update |
//!
//! The vector is a residual that earlier steps left, so its largest entries are gone, and gradients whose scales
//! differ from layer to layer come in turn.

use super::{Bench, BenchmarkError, Row, Work};
use crate::random::{Purpose, Streams};
use crate::vector::select::{self, Workspace};
use crate::vector::standard::{Keys, select_nth};
use crate::vector::{EntriesMut, Float, limits};
use rand::Rng as _;
use rayon::prelude::*;
use std::hint::black_box;

/// k/d
const DENSITIES: [f64; 3] = [0.001, 0.01, 0.1];

/// Steps before the first turn, so that the residual is one.
const STEPS_BEFORE: usize = 12;

/// Gradients that come in turn.
const N_GRADIENTS: usize = 3;

/// `report` is report what comes next.
///
/// # Errors
/// A selection met NaN or ∞.
pub fn run(bench: &Bench<'_>, report: &mut (dyn FnMut(&str) + Send)) -> Result<Vec<Row>, BenchmarkError> {
    let largest = if bench.quick { 3_200_000 } else { 25_600_000 };
    let mut rows = Vec::new();
    for d in [47_236, 1_000_000, largest] {
        report(&format!("selection, f32, d = {d}"));
        rows.extend(measure::<f32>(bench, "f32", d, d == largest)?);
    }
    for d in [47_236, 1_000_000, largest / 2] {
        report(&format!("selection, f64, d = {d}"));
        rows.extend(measure::<f64>(bench, "f64", d, d == largest / 2)?);
    }
    Ok(rows)
}

/// Gradients as networks have them: nearly normal within a layer, with scales that differ from layer to layer.
pub fn gradient<F: Float>(d: usize, seed: u64) -> Vec<F> {
    let mut stream = Streams::new(seed).stream(Purpose::Generation, 0, 0);
    let entry = |j: usize| {
        let bits = stream.next_u64();
        let uniforms = (0..4).map(|part| ((bits >> (16 * part)) & 0xFFFF) as f64 / 65536.0 - 0.5);
        let scale = 1.0 + (j * 8 / d) as f64;
        F::narrow(uniforms.sum::<f64>() * scale)
    };
    (0..d).map(entry).collect()
}

fn measure<F: Float>(
    bench: &Bench<'_>,
    numbers: &'static str,
    d: usize,
    is_large: bool,
) -> Result<Vec<Row>, BenchmarkError> {
    let gradients: Vec<Vec<F>> = (0..N_GRADIENTS as u64).map(|seed| gradient(d, seed)).collect();
    // Threads are for vectors that are large enough for them.
    let all = bench.all.filter(|_| is_large);
    let mut rows = Vec::new();
    for density in DENSITIES {
        rows.extend(bench.one.install(|| row(bench, all, (numbers, density), &gradients))?);
    }
    Ok(rows)
}

/// The state of error feedback, and what a step of it needs.
struct Feedback<'a, F: Float> {
    gradients: &'a [Vec<F>],
    k: usize,
    residual: Vec<F>,
    /// Of the step, in which the gradient is added before the selection.
    hint: f64,
    /// Of the selections in the residual itself, whose largest entries the step has sent.
    warm: f64,
    n_steps: usize,
    workspace: Workspace<F>,
    indices: Vec<u32>,
    values: Vec<F>,
}

impl<F: Float> Feedback<'_, F> {
    fn step(&mut self) {
        self.n_steps += 1;
        let addition = (F::narrow(0.1), &self.gradients[self.n_steps % self.gradients.len()][..]);
        let Self { residual, k, hint, workspace, indices, values, .. } = self;
        let message = EntriesMut { indices, values };
        select::add_and_split_top_k_into(residual, addition, *k, hint, workspace, message).expect("bounded numbers");
    }

    fn select_cold(&mut self) {
        let Self { residual, k, workspace, indices, .. } = self;
        select::top_k_into(residual, *k, &mut 0.0, workspace, indices).expect("bounded numbers");
    }

    fn select_warm(&mut self) {
        let Self { residual, k, warm, workspace, indices, .. } = self;
        select::top_k_into(residual, *k, warm, workspace, indices).expect("bounded numbers");
    }
}

/// The works on one vector, on one thread and on those of `all`.
fn row<F: Float>(
    bench: &Bench<'_>,
    all: Option<&rayon::ThreadPool>,
    (numbers, density): (&'static str, f64),
    gradients: &[Vec<F>],
) -> Result<Vec<Row>, BenchmarkError> {
    let d = gradients[0].len();
    let k = (density * d as f64) as usize;
    let mut plain = gradients[0].clone();
    let mut keys = Keys::default();
    let mut feedback = Feedback {
        gradients,
        k,
        residual: vec![F::ZERO; d],
        hint: 0.0,
        warm: 0.0,
        n_steps: 0,
        workspace: Workspace::default(),
        indices: Vec::new(),
        values: Vec::new(),
    };
    for _ in 0..STEPS_BEFORE {
        feedback.step();
    }
    let times = bench.turns.take(|turn| {
        turn.time(|| {
            black_box(limits::read(black_box(&feedback.residual)));
        });
        turn.time(|| limits::update(F::narrow(0.1), &gradients[1], black_box(&mut plain)));
        turn.time(|| select_nth(&feedback.residual, k, &mut keys));
        turn.time(|| feedback.select_cold());
        turn.time(|| feedback.select_warm());
        turn.time(|| feedback.step());
        if let Some(all) = all {
            let part = d.div_ceil(all.current_num_threads());
            turn.time(|| {
                all.install(|| {
                    feedback.residual.par_chunks(part).for_each(|x| {
                        black_box(limits::read(black_box(x)));
                    });
                });
            });
            turn.time(|| {
                all.install(|| {
                    let parts = plain.par_chunks_mut(part).zip(gradients[1].par_chunks(part));
                    parts.for_each(|(x, a)| limits::update(F::narrow(0.1), a, x));
                });
            });
            turn.time(|| all.install(|| feedback.select_cold()));
            turn.time(|| all.install(|| feedback.step()));
        }
    });
    select::top_k_into(&feedback.residual, k, &mut 0.0, &mut feedback.workspace, &mut feedback.indices)?;

    let size = size_of::<F>();
    let work = |name: &str, threads: usize, passes: usize, operations: usize| Work {
        name: name.to_owned(),
        numbers,
        dim: d,
        setting: format!("k/d = {density}"),
        threads,
        bytes: (passes * size * d) as f64,
        operations: (operations * d) as f64,
    };
    let (read, update) = (("read", 0), ("update", 1));
    let mut rows = vec![
        work("std", 1, 1, 1).row(&times, 2, read),
        work("cold", 1, 1, 1).row(&times, 3, read),
        work("warm", 1, 1, 1).row(&times, 4, read),
        work("step", 1, 3, 3).row(&times, 5, update),
    ];
    if let Some(all) = all {
        let threads = all.current_num_threads();
        let row = |name: &str, passes, operations, place: usize, limit, alone: usize| Row {
            speed_up: Some(super::short(times.ratio(alone, place).median)),
            ..work(name, threads, passes, operations).row(&times, place, limit)
        };
        rows.push(row("read", 1, 0, 6, ("read", 6), 0));
        rows.push(row("update", 3, 2, 7, ("update", 7), 1));
        rows.push(row("cold", 1, 1, 8, ("read", 6), 3));
        rows.push(row("step", 3, 3, 9, ("update", 7), 5));
    }
    Ok(rows)
}
