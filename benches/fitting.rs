//! How long each family takes to be fitted to 25 million numbers: `cargo bench --bench fitting`.
//!
//! The numbers are singles from one distribution with tails a little heavier than exponential, like those of gradients.
//! Beside the seconds is their ratio to one pass that reads the numbers and sums their squares, the least that a fit
//! can do; the last line is by how much the memory of the process grew beyond the numbers themselves.
//! `cargo bench --bench fitting -- 1000000` takes another count.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use gradsieve::distribution::{Distribution, FAMILIES, Location, Sample, Source as _, family, fit};
use gradsieve::random::{Purpose, Streams};
use rayon::prelude::*;
use std::time::Instant;

const VALUES: usize = 25_000_000;
const CHUNK: usize = 1 << 16;

fn main() {
    let n = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(VALUES);
    let heavy = Distribution::new(family("double-generalized-pareto").expect("a family"), 0.0, 0.01, Some(0.1), 0.0);
    let heavy = heavy.expect("a distribution");
    let mut values = vec![0.0_f32; n];
    values.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, values)| {
        let mut stream = Streams::new(1).stream(Purpose::Generation, chunk, 0);
        values.fill_with(|| heavy.draw(&mut stream) as f32);
    });
    let before = peak_memory();
    let read = (0..5).map(|_| seconds(|| std::hint::black_box(squares(&values))).1).fold(f64::INFINITY, f64::min);
    println!("{n} singles, {} threads; one pass that sums squares: {read:.3} s", rayon::current_num_threads());
    println!("{:26} {:>9} {:>9} {:>14} {:>9}", "family", "location", "seconds", "times of a pass", "fitted");
    let (sample, own) = seconds(|| Sample::new(&values).expect("finite numbers that differ"));
    println!("{:26} {:>9} {own:9.2} {:14.1}", "(range, zeros)", "", own / read);
    for &family in FAMILIES {
        for (name, location) in [("known", Location::Known(0.0)), ("estimated", Location::Estimated)] {
            let (fitted, own) = seconds(|| fit(family, &sample, location));
            let fitted = if fitted.is_ok() { "yes" } else { "no" };
            println!("{:26} {name:>9} {own:9.2} {:14.1} {fitted:>9}", family.about().name, own / read);
        }
    }
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        println!("the largest memory grew by {} kB over the {} kB of the numbers", after - before, 4 * n / 1000);
    }
}

/// By all threads, piece by piece as a fit reads them.
fn squares(values: &Vec<f32>) -> f64 {
    let sum = |start: usize| {
        let mut piece = vec![0.0; CHUNK.min(values.len() - start)];
        values.read(start, &mut piece);
        gradsieve::vector::norm_squared(&piece)
    };
    (0..values.len()).into_par_iter().step_by(CHUNK).map(sum).sum()
}

fn seconds<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}

/// The most memory that the process has used, in kB; `None` where the system does not say.
fn peak_memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches(" kB").parse().ok()
}
