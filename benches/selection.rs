//! How far exact top-k is from the speed of memory, on one thread and on two: `cargo bench --bench selection`.
//!
//! The limits are measured in the same run: `read` sums the bits of the vector, `update` is `x ← x + w·a` (two reads
//! and one write, what any step of error feedback must do), `std` is `select_nth_unstable` on keys. `cold` selects
//! without a hint, `warm` with the hint of the last round, `step` is the fused step of error feedback: it adds,
//! selects, and splits into message and residual. Every turn runs each of them once, so that a disturbance meets all;
//! printed are medians of milliseconds, the ratio of medians, and in parentheses the ratio of minima.
//!
//! An argument chooses the rows that contain it, such as `cargo bench --bench selection -- f32`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use gradsieve::random::{Purpose, Streams};
use gradsieve::statistics::median;
use gradsieve::vector::{
    self,
    select::{self, Float, Level, Workspace},
};
use rand::Rng as _;
use rayon::prelude::*;
use std::hint::black_box;
use std::time::Instant;

/// Entries per turn at least: short vectors are measured many times in a turn.
const ENTRIES_PER_TURN: usize = 5_000_000;
const TURNS: usize = 21;
/// Rounds before the first turn, so that the residual is one.
const ROUNDS_BEFORE: usize = 12;
const DENSITIES: [f64; 3] = [0.001, 0.01, 0.1];

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let pools = [1, 2].map(|n| rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads"));
    println!("type        d    k/d    level     read   update      std   cold/read    warm/read    step/update");
    let fastest = [Level::default()];
    pools[0].install(|| {
        for d in [47_236, 1_000_000, 25_600_000] {
            measure::<f32>("f32", d, &fastest, &wanted);
        }
        for d in [47_236, 1_000_000, 12_800_000] {
            measure::<f64>("f64", d, &fastest, &wanted);
        }
        let others = &Level::available()[1..];
        measure::<f32>("f32", 1_000_000, others, &wanted);
        measure::<f64>("f64", 1_000_000, others, &wanted);
    });
    if wanted.is_empty() || wanted.iter().any(|word| word == "threads") {
        println!("\nOne thread over two: type, d, k/d, update, step, cold");
        threads::<f32>("f32", 25_600_000, &pools);
        threads::<f64>("f64", 12_800_000, &pools);
    }
}

/// How much faster two threads are: the limit (an update of two halves), the fused step, the cold selection.
fn threads<F: Number>(name: &str, d: usize, pools: &[rayon::ThreadPool; 2]) {
    let gradients: [Vec<F>; 2] = std::array::from_fn(|seed| gradient(d, seed as u64));
    let weight = F::narrow(0.1);
    for density in DENSITIES {
        let k = (density * d as f64) as usize;
        let mut workspace = Workspace::default();
        let (mut residual, mut plain, mut hint) = (vec![F::ZERO; d], gradients[1].clone(), 0.0);
        let (mut selected, mut values, mut round) = (Vec::new(), Vec::new(), 0);
        let mut times: [[Vec<f64>; 3]; 2] = std::array::from_fn(|_| std::array::from_fn(|_| Vec::new()));
        for turn in 0..TURNS + 4 {
            for (pool, times) in pools.iter().zip(&mut times) {
                let mut time = |place: usize, work: &mut (dyn FnMut() + Send)| {
                    let start = Instant::now();
                    pool.install(work);
                    if turn >= 4 {
                        times[place].push(start.elapsed().as_secs_f64());
                    }
                };
                time(0, &mut || {
                    let half = d.div_ceil(rayon::current_num_threads());
                    let parts = plain.par_chunks_mut(half).zip(gradients[1].par_chunks(half));
                    parts.for_each(|(x, a)| vector::add_scaled(weight, a, x));
                });
                time(1, &mut || {
                    round += 1;
                    let (addition, message) = ((weight, &gradients[round % 2][..]), (&mut selected, &mut values));
                    select::add_and_split_top_k_into(&mut residual, addition, k, &mut hint, &mut workspace, message)
                        .expect("finite");
                });
                time(2, &mut || {
                    select::top_k_into(&residual, k, &mut 0.0, &mut workspace, &mut selected).expect("finite");
                });
            }
        }
        let ratio = |place: usize| {
            let [one, two] = [0, 1].map(|n: usize| &times[n][place]);
            let least = |times: &[f64]| times.iter().copied().fold(f64::INFINITY, f64::min);
            let median = |times: &[f64]| median(times).unwrap_or(f64::NAN);
            format!("{:.2} ({:.2})", median(one) / median(two), least(one) / least(two))
        };
        println!("{name} {d:>9}  {density:5}  {}  {}  {}", ratio(0), ratio(1), ratio(2));
    }
}

/// What the limits need of a number.
trait Number: Float {
    fn bits(self) -> u64;
    fn from_normal(value: f64) -> Self {
        Self::narrow(value)
    }
    /// The sum of the bits, in lanes of its own width.
    fn sum_of_bits(x: &[Self]) -> u64;
}

macro_rules! number {
    ($F:ty, $Bits:ty, $n:literal) => {
        impl Number for $F {
            fn bits(self) -> u64 {
                u64::from(self.magnitude())
            }
            fn sum_of_bits(x: &[Self]) -> u64 {
                let mut lanes: [$Bits; $n] = [0; $n];
                let (blocks, _) = x.as_chunks::<$n>();
                for block in blocks {
                    for (lane, v) in lanes.iter_mut().zip(block) {
                        *lane = lane.wrapping_add(v.to_bits());
                    }
                }
                lanes.iter().map(|&lane| u64::from(lane)).fold(0, u64::wrapping_add)
            }
        }
    };
}
number!(f32, u32, 32);
number!(f64, u64, 16);

/// `select_nth_unstable` on keys that hold magnitude and index; single precision fits into one word.
fn std_select<F: Number>(x: &[F], k: usize, keys: &mut Vec<(u64, u32)>, words: &mut Vec<u64>) {
    if size_of::<F>() == 4 {
        words.clear();
        words.extend((0..).zip(x).map(|(j, v): (u32, _)| v.bits() << 32 | u64::from(!j)));
        let from = x.len() - k;
        words.select_nth_unstable(from);
        black_box(&words[from..]);
    } else {
        keys.clear();
        keys.extend((0..).zip(x).map(|(j, v): (u32, _)| (v.bits(), !j)));
        let from = x.len() - k;
        keys.select_nth_unstable(from);
        black_box(&keys[from..]);
    }
}

/// Gradients as networks have them: normal within a layer, with scales that differ from layer to layer.
fn gradient<F: Number>(d: usize, seed: u64) -> Vec<F> {
    let mut stream = Streams::new(seed).stream(Purpose::Generation, 0, 0);
    (0..d)
        .map(|j| {
            let bits = stream.next_u64();
            let uniforms = (0..4).map(|part| ((bits >> (16 * part)) & 0xFFFF) as f64 / 65536.0 - 0.5);
            let scale = 1.0 + (j * 8 / d) as f64;
            F::from_normal(uniforms.sum::<f64>() * scale)
        })
        .collect()
}

fn measure<F: Number>(name: &str, d: usize, levels: &[Level], wanted: &[String]) {
    if !wanted.is_empty() && !wanted.iter().any(|word| format!("{name} {d}").contains(word.as_str())) {
        return;
    }
    let gradients: [Vec<F>; 3] = std::array::from_fn(|seed| gradient(d, seed as u64));
    for &level in levels {
        for density in DENSITIES {
            row(name, level, density, &gradients);
        }
    }
}

fn row<F: Number>(name: &str, level: Level, density: f64, gradients: &[Vec<F>; 3]) {
    let d = gradients[0].len();
    let k = (density * d as f64) as usize;
    let repeats = (ENTRIES_PER_TURN / d).max(1);
    let weight = F::narrow(0.1);
    let mut workspace = Workspace::at(level);
    let (mut selected, mut values) = (Vec::new(), Vec::new());
    let (mut keys, mut words) = (Vec::new(), Vec::new());
    let mut plain = gradients[0].clone();
    let (mut residual, mut hint, mut round) = (vec![F::ZERO; d], 0.0, 0);
    let mut step = |residual: &mut Vec<F>, hint: &mut f64, workspace: &mut Workspace<F>| {
        round += 1;
        let addition = (weight, &gradients[round % 3][..]);
        let message = (&mut selected, &mut values);
        select::add_and_split_top_k_into(residual, addition, k, hint, workspace, message).expect("finite");
    };
    for _ in 0..ROUNDS_BEFORE {
        step(&mut residual, &mut hint, &mut workspace);
    }
    let mut indices = Vec::new();
    let mut times: [Vec<f64>; 6] = std::array::from_fn(|_| Vec::new());
    for turn in 0..TURNS {
        let mut time = |place: usize, work: &mut dyn FnMut()| {
            let start = Instant::now();
            for _ in 0..repeats {
                work();
            }
            times[place].push(1e3 * start.elapsed().as_secs_f64() / repeats as f64);
        };
        time(0, &mut || {
            black_box(F::sum_of_bits(black_box(&residual)));
        });
        time(1, &mut || vector::add_scaled(weight, &gradients[1], black_box(&mut plain)));
        if turn < 3 {
            std_select(&residual, k, &mut keys, &mut words);
            time(2, &mut || std_select(&residual, k, &mut keys, &mut words));
        }
        let mut next = hint;
        time(3, &mut || {
            next = 0.0;
            select::top_k_into(&residual, k, &mut next, &mut workspace, &mut indices).expect("finite");
        });
        next = hint;
        time(4, &mut || select::top_k_into(&residual, k, &mut next, &mut workspace, &mut indices).expect("finite"));
        time(5, &mut || step(&mut residual, &mut hint, &mut workspace));
    }
    let median = |place: usize| median(&times[place]).unwrap_or(f64::NAN);
    let least = |place: usize| times[place].iter().copied().fold(f64::INFINITY, f64::min);
    let ratio = |a: usize, b: usize| format!("{:5.2} ({:4.2})", median(a) / median(b), least(a) / least(b));
    println!(
        "{name} {d:>9}  {density:5}  {:8} {:7.4}  {:7.4} {:8.3}  {} {}  {}",
        level.name(),
        median(0),
        median(1),
        median(2),
        ratio(3, 0),
        ratio(4, 0),
        ratio(5, 1)
    );
}
