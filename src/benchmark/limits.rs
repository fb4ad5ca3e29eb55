//! The limits of the machine: bytes per second of the passes of [`crate::vector::limits`], by the size of what they
//! pass over, and operations per second in registers.

use super::{Bench, short};
use crate::vector::limits;
use rayon::prelude::*;
use serde::Serialize;
use std::hint::black_box;

/// Bytes of all vectors of a pass together, from the first cache to the memory.
const SIZES: [usize; 8] = [1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24, 1 << 26, 1 << 28];

/// Passes over less than this are not worth several threads.
const PARALLEL_FROM: usize = 1 << 22;

/// Links of the chain in a work: some milliseconds, since another thread takes a good part of one to wake.
const LINKS: usize = 2_000_000;

/// A limit, as a row of `limits.csv`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Limit {
    /// `read`, `copy`, `triad`, `update`, or `arithmetic`.
    pub limit: &'static str,
    /// Threads.
    pub threads: usize,
    /// Bytes of the vectors of the pass together; 0 for arithmetic.
    pub size: usize,
    /// Bytes that a pass reads and writes, without what the machine reads before it can write.
    pub bytes: f64,
    /// Operations of a pass.
    pub operations: f64,
    /// Seconds of a pass, the median over the turns.
    pub seconds: f64,
    /// The least value.
    pub seconds_least: f64,
    /// The largest value.
    pub seconds_most: f64,
}

impl Limit {
    /// Bytes per second.
    #[must_use]
    pub fn bandwidth(&self) -> f64 {
        self.bytes / self.seconds
    }
}

/// Measures all limits, on one thread and on all.
#[must_use]
pub fn run(bench: &Bench<'_>) -> Vec<Limit> {
    let mut rows = bench.one.install(|| arithmetic(bench, 1));
    rows.extend(bench.one.install(|| SIZES.iter().flat_map(|&size| passes(bench, size, 1)).collect::<Vec<_>>()));
    if let Some(all) = bench.all {
        let threads = all.current_num_threads();
        rows.extend(all.install(|| arithmetic(bench, threads)));
        let large = SIZES.iter().filter(|&&size| size >= PARALLEL_FROM);
        rows.extend(all.install(|| large.flat_map(|&size| passes(bench, size, threads)).collect::<Vec<_>>()));
    }
    rows
}

fn arithmetic(bench: &Bench<'_>, threads: usize) -> Vec<Limit> {
    let times = bench.turns.take(|turn| {
        turn.time(|| {
            (0..threads).into_par_iter().for_each(|_| {
                black_box(limits::chain(black_box(0.5_f32), black_box(1.0), LINKS));
            });
        });
    });
    let seconds = times.seconds(0);
    vec![Limit {
        limit: "arithmetic",
        threads,
        size: 0,
        bytes: 0.0,
        operations: (threads * LINKS * limits::OPERATIONS_PER_LINK) as f64,
        seconds: short(seconds.median),
        seconds_least: short(seconds.least),
        seconds_most: short(seconds.most),
    }]
}

/// Passes over vectors that take `size` bytes together.
fn passes(bench: &Bench<'_>, size: usize, threads: usize) -> Vec<Limit> {
    let word = size_of::<f64>();
    let n = size / word;
    let (mut x, y) = (vec![1.0_f64; n], vec![0.5_f64; n]);
    let mut z = vec![0.0_f64; n / 3];
    let (half, third) = (n / 2, n / 3);
    let part = |n: usize| n.div_ceil(threads).max(1);
    let times = bench.turns.take(|turn| {
        turn.time(|| {
            x.par_chunks(part(n)).for_each(|x| {
                black_box(limits::read(black_box(x)));
            });
        });
        turn.time(|| {
            let parts = x[..half].par_chunks_mut(part(half)).zip(y[..half].par_chunks(part(half)));
            parts.for_each(|(x, y)| limits::copy(black_box(y), x));
        });
        turn.time(|| {
            let (x, y) = (x[..third].par_chunks(part(third)), y[..third].par_chunks(part(third)));
            let parts = z.par_chunks_mut(part(third)).zip(x.zip(y));
            parts.for_each(|(z, (x, y))| limits::triad(1e-3, black_box(x), y, z));
        });
        turn.time(|| {
            let parts = x[..half].par_chunks_mut(part(half)).zip(y[..half].par_chunks(part(half)));
            parts.for_each(|(x, y)| limits::update(1e-3, black_box(y), x));
        });
    });
    let rows = [("read", n, 0), ("copy", 2 * half, 0), ("triad", 3 * third, 2 * third), ("update", 3 * half, 2 * half)];
    let row = |(place, (limit, words, operations)): (usize, (&'static str, usize, usize))| {
        let seconds = times.seconds(place);
        Limit {
            limit,
            threads,
            size,
            bytes: (words * word) as f64,
            operations: operations as f64,
            seconds: short(seconds.median),
            seconds_least: short(seconds.least),
            seconds_most: short(seconds.most),
        }
    };
    rows.into_iter().enumerate().map(row).collect()
}
