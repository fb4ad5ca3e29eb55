//! PowerSGD: each block of the gradient is a matrix, and one step of a power iteration sends two thin factors of it.
//!
//! ```text
//! worker i:  Mᵢ = Eᵢ + γ_t Gᵢ(x_t)                 a × b
//!            send Pᵢ = Mᵢ Q                        first exchange, a × r
//! server:    P = orthonormalize((1/n) Σᵢ Pᵢ)
//! worker i:  send Qᵢ = Mᵢᵀ P                       second exchange, b × r
//!            Eᵢ = Mᵢ − P Qᵢᵀ
//! server:    Q = (1/n) Σᵢ Qᵢ
//!            x_{t+1} = x_t − P Qᵀ
//! ```
//!
//! A block holds its matrix row by row: a is `rows`, b the block's length over a, and r the smallest of `rank`, a and
//! b. `P Qᵀ = P Pᵀ (1/n) Σᵢ Mᵢ`: the operator is linear and the same for all workers, so that sums pass through an
//! all-reduce, and the iterates are those of a single worker with the mean gradient, however unequal the workers. The
//! residual obeys `‖Eᵢ‖² = ‖Mᵢ‖² − ‖Pᵀ Mᵢ‖²`; nothing better than `‖Eᵢ‖ ≤ ‖Mᵢ‖` holds for every Mᵢ. The next round
//! begins with the Q of the last one (warm start); a column of it that is zero, as all are in the first round, is
//! drawn afresh from the standard normal distribution, the same for all workers. The paper's momentum is not part of
//! it: see `momentum`.

use super::{Definition, Memory, Method, MethodError, Round, Server, Worker};
use crate::compressor::{Message, Randomness};
use crate::random::{Purpose, Stream};
use crate::registry::Described;
use crate::vector::{self, NotFinite};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// PowerSGD with error feedback, residual in step-scaled units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PowerSgd {
    /// r ≥ 1, cut to the smaller side of the matrix.
    pub rank: usize,
    /// a, the rows of every block's matrix; divides the length of every block.
    pub rows: usize,
}

impl Described for PowerSgd {
    const NAME: &'static str = "power-sgd";
    const SUMMARY: &'static str = "PowerSGD: error feedback with low-rank matrices, in two exchanges per round";
    const SOURCE: &'static str = "vogels2019powersgd, arXiv:1905.13727, Algorithms 1 and 2";
    const EXAMPLE: &'static str = "name = \"power-sgd\"\nrank = 1\nrows = 4";
}

impl Definition for PowerSgd {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Method>, MethodError> {
        let Self { rank, rows } = *self;
        if rank == 0 {
            return Err(MethodError::Parameter { name: "rank", value: 0.0, requirement: "at least 1" });
        }
        if rows == 0 || blocks.iter().any(|len| len % rows != 0) {
            let requirement = "a divisor of the length of every block";
            return Err(MethodError::Parameter { name: "rows", value: rows as f64, requirement });
        }
        let (mut start, mut left, mut right) = (0, 0, 0);
        let matrices = blocks.iter().map(|len| {
            let columns = len / rows;
            let rank = rank.min(rows).min(columns);
            let matrix = Matrix {
                columns,
                rank,
                whole: start..start + len,
                left: left..left + rank * rows,
                right: right..right + rank * columns,
            };
            (start, left, right) = (matrix.whole.end, matrix.left.end, matrix.right.end);
            matrix
        });
        Ok(Box::new(Built { matrices: matrices.collect() }))
    }
}

/// One block as a matrix, and where its factors are, column after column, among those of all blocks.
#[derive(Debug)]
struct Matrix {
    columns: usize,
    rank: usize,
    whole: Range<usize>,
    left: Range<usize>,
    right: Range<usize>,
}

impl Matrix {
    fn n_rows(&self) -> usize {
        self.left.len() / self.rank
    }

    /// `P ← M Q`.
    fn times(&self, m: &[f64], q: &[f64], p: &mut [f64]) {
        let columns = p[self.left.clone()].chunks_exact_mut(self.n_rows());
        for (p, q) in columns.zip(q[self.right.clone()].chunks_exact(self.columns)) {
            for (p, row) in p.iter_mut().zip(m[self.whole.clone()].chunks_exact(self.columns)) {
                *p = vector::dot(row, q);
            }
        }
    }

    /// `Q ← Q + Mᵀ P`.
    fn add_transposed_times(&self, m: &[f64], p: &[f64], q: &mut [f64]) {
        let columns = q[self.right.clone()].chunks_exact_mut(self.columns);
        for (q, p) in columns.zip(p[self.left.clone()].chunks_exact(self.n_rows())) {
            for (p, row) in p.iter().zip(m[self.whole.clone()].chunks_exact(self.columns)) {
                vector::add_scaled(*p, row, q);
            }
        }
    }

    /// `M ← M − P Qᵀ`.
    fn subtract_product(&self, p: &[f64], q: &[f64], m: &mut [f64]) {
        let columns = p[self.left.clone()].chunks_exact(self.n_rows());
        for (p, q) in columns.zip(q[self.right.clone()].chunks_exact(self.columns)) {
            for (p, row) in p.iter().zip(m[self.whole.clone()].chunks_exact_mut(self.columns)) {
                vector::add_scaled(-p, q, row);
            }
        }
    }

    /// Makes the columns of P orthonormal, in their order; one that depends on those before it becomes zero.
    fn orthonormalize(&self, p: &mut [f64]) {
        let n_rows = self.n_rows();
        let p = &mut p[self.left.clone()];
        for column in 0..self.rank {
            let (before, rest) = p.split_at_mut(column * n_rows);
            let own = &mut rest[..n_rows];
            let smallest = n_rows as f64 * f64::EPSILON * vector::norm_squared(own).sqrt();
            // Twice: the first pass leaves round-off of the size of what it takes away.
            for _ in 0..2 {
                for other in before.chunks_exact(n_rows) {
                    vector::add_scaled(-vector::dot(other, own), other, own);
                }
            }
            let norm = vector::norm_squared(own).sqrt();
            let scale = if norm > smallest { 1.0 / norm } else { 0.0 };
            for value in own {
                *value *= scale;
            }
        }
    }

    /// Draws the columns of Q that are zero.
    fn fill_zero_columns(&self, q: &mut [f64], stream: &mut Stream) {
        for column in q[self.right.clone()].chunks_exact_mut(self.columns) {
            if column.iter().all(|value| *value == 0.0) {
                column.fill_with(|| StandardNormal.sample(stream));
            }
        }
    }
}

#[derive(Debug)]
struct Built {
    matrices: Vec<Matrix>,
}

impl Built {
    fn last(&self) -> &Matrix {
        self.matrices.last().expect("there is a block")
    }
}

impl Method for Built {
    fn worker_memory(&self) -> &'static [Memory] {
        &[Memory::Residual]
    }

    fn server_memory(&self) -> Vec<Memory> {
        vec![Memory::LeftFactor, Memory::RightFactor]
    }

    fn exchanges(&self) -> usize {
        2
    }

    fn worker(&self, worker: &mut Worker<'_>, round: &Round) -> Result<(), NotFinite> {
        let Worker { memory, server_memory, oracle, uplink, buffer } = worker;
        let [p, q] = server_memory.first_chunk().expect("two memories");
        let m = &mut memory[0];
        if round.exchange == 0 {
            oracle.add_gradient(round.step_size, m); // M = E + γ G
            let start = buffer.zeroed();
            start.copy_from_slice(q);
            let mut stream = oracle.streams.shared(Purpose::Shared, round.number);
            self.matrices.iter().for_each(|matrix| matrix.fill_zero_columns(start, &mut stream));
            return uplink.send(self.last().left.end, |p| {
                self.matrices.iter().for_each(|matrix| matrix.times(m, start, p)); // P = M Q
            });
        }
        uplink.send(self.last().right.end, |q| {
            self.matrices.iter().for_each(|matrix| matrix.add_transposed_times(m, p, q)); // Q = Mᵀ P
        })?;
        let Message::Dense(q) = &*uplink.message else { unreachable!("sent above") };
        self.matrices.iter().for_each(|matrix| matrix.subtract_product(p, q, m)); // E = M − P Qᵀ
        Ok(())
    }

    fn server(&self, server: Server<'_>, round: &Round) {
        let Server { iterate, memory, mean, .. } = server;
        let [p, q] = memory else { unreachable!("two memories") };
        let factor = if round.exchange == 0 { &mut *p } else { &mut *q };
        factor.fill(0.0);
        mean.add_to(1.0, factor);
        for matrix in &self.matrices {
            if round.exchange == 0 {
                matrix.orthonormalize(p);
            } else {
                matrix.subtract_product(p, q, iterate); // x = x − P Qᵀ
            }
        }
    }

    fn randomness(&self) -> Randomness {
        Randomness::Shared
    }

    fn virtual_weight(&self, _round: &Round) -> Option<f64> {
        Some(1.0)
    }
}
