//! An objective from outside the crate, under a method and in a simulation of the crate.
//!
//! ```text
//! fᵢ(x) = Σ_c log cosh(x_c − b_i),   x* = mean b by symmetry
//! ```
//!
//! Run it with `cargo run --example custom_objective`. An objective that experiments can name is in
//! `examples/own-members`.
#![expect(clippy::print_stdout, reason = "an example speaks")]

use gradsieve::compressor::TopK;
use gradsieve::method::{Definition as _, Ef21};
use gradsieve::objective::{Constants, Objective, Rows};
use gradsieve::simulation::{Config, Simulation};

/// One center per worker, placed symmetrically around their mean.
#[derive(Debug)]
struct LogCosh {
    centers: Vec<f64>,
}

impl Objective for LogCosh {
    fn dim(&self) -> usize {
        20
    }

    fn n_workers(&self) -> usize {
        self.centers.len()
    }

    fn n_samples(&self, _worker: usize) -> usize {
        0 // no finite sum: gradients are exact
    }

    fn worker_value(&self, worker: usize, x: &[f64]) -> f64 {
        x.iter().map(|x| (x - self.centers[worker]).cosh().ln()).sum()
    }

    fn add_gradient(&self, worker: usize, _rows: Rows<'_>, x: &[f64], weight: f64, out: &mut [f64]) {
        for (out, x) in out.iter_mut().zip(x) {
            *out += weight * (x - self.centers[worker]).tanh();
        }
    }

    fn constants(&self) -> Constants {
        Constants { smoothness: Some(1.0), convex: true, ..Constants::default() }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let objective = LogCosh { centers: vec![1.0, 2.0, 3.0] };
    let method = Ef21 { compressor: TopK { k: 2.into() }.into() }.build(&[20])?;
    let mut simulation = Simulation::new(Config::new(&objective, &*method));
    let mut state = simulation.initial_state(vec![0.0; 20]);
    while state.round < 1000 {
        simulation.step(&mut state, None)?;
    }
    let error = state.iterate.iter().map(|x| (x - 2.0).abs()).fold(0.0, f64::max);
    println!("EF21 with Top-2 of 20 is within {error:.1e} of the minimizer after {} rounds", state.round);
    assert!(error < 1e-9, "the minimizer is the mean of the centers");
    Ok(())
}
