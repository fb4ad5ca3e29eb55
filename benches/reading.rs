//! How fast LIBSVM text is read on one thread: `cargo bench --bench reading`.
//!
//! Two texts are made in memory: long rows of tf-idf shape and short rows of small integers. Each is read by the
//! reader and by its obvious twin, which splits strings and calls `str::parse`; megabytes per second are medians of
//! nine turns, and the ratio is taken turn by turn.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use gradsieve::dataset::libsvm::{self, FirstIndex};
use gradsieve::random::{Purpose, Streams};
use gradsieve::statistics::median;
use rand::RngExt;
use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

/// Bytes of each text.
const TEXT_BYTES: usize = 40_000_000;
const TURNS: usize = 9;

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
    for (name, entries_per_row, decimals) in [("tf-idf rows", 80, 5), ("small integers", 12, 0)] {
        let text = text(entries_per_row, decimals);
        let (mut fast, mut naive, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..TURNS {
            let seconds = pool.install(|| {
                timed(|| libsvm::parse(name, text.as_bytes(), FirstIndex::One, None).expect("right text").1.len())
            });
            let twin = timed(|| read_naively(&text));
            fast.push(text.len() as f64 / seconds / 1e6);
            naive.push(text.len() as f64 / twin / 1e6);
            ratios.push(twin / seconds);
        }
        let median = |values: &[f64]| median(values).unwrap_or(f64::NAN);
        println!(
            "{name:15} {:5.0} MB/s, naive twin {:4.0} MB/s, {:.1} times as fast",
            median(&fast),
            median(&naive),
            median(&ratios)
        );
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}

/// Rows with ascending indices and values with `decimals` decimals.
fn text(entries_per_row: usize, decimals: usize) -> String {
    let mut stream = Streams::new(1).stream(Purpose::Generation, 0, 0);
    let mut text = String::with_capacity(TEXT_BYTES + 4096);
    while text.len() < TEXT_BYTES {
        text += if stream.random() { "+1" } else { "-1" };
        let mut index = 0;
        for _ in 0..entries_per_row {
            index += stream.random_range(1..=700 / entries_per_row);
            let value: f64 = stream.random::<f64>() * if decimals == 0 { 300.0 } else { 1.0 } + 1.0;
            write!(text, " {index}:{value:.decimals$}").expect("a string takes all");
        }
        text.push('\n');
    }
    text
}

/// The obvious way; gives the number of rows.
fn read_naively(text: &str) -> usize {
    let (mut labels, mut indices, mut values) = (Vec::<f64>::new(), Vec::<u32>::new(), Vec::<f64>::new());
    for line in text.lines() {
        let mut words = line.split_whitespace();
        labels.push(words.next().expect("a label").parse().expect("a number"));
        for word in words {
            let (index, value) = word.split_once(':').expect("an entry");
            indices.push(index.parse::<u32>().expect("an index") - 1);
            values.push(value.parse().expect("a number"));
        }
    }
    black_box((indices, values));
    labels.len()
}
