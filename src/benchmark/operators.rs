//! Compressors against one pass over the vector, and against the time that their messages save on a network.
//!
//! ```text
//! cost   = seconds of one compression
//! saving = seconds that a dense message of single precision takes − seconds that this message takes
//! ```
//!
//! for [`N_WORKERS`] workers that compress at the same time, on the models of Ethernet of this project; the bytes of a
//! message are those of the raw encoding in single precision. Writing the bytes is timed too, but not part of the
//! cost: it is the work of an exact counter of bits, which a program that sends whole words does not do.

use super::{Bench, BenchmarkError, Row, Work, selection::gradient, short};
use crate::compressor::encoding::{self, Encoding, Precision, Wire};
use crate::compressor::{CompressorSpec, Message, Trial};
use crate::network::{CostModel, Ethernet, Speed, Traffic};
use crate::vector::limits;
use serde::Serialize;
use std::hint::black_box;

/// Workers of the network.
pub const N_WORKERS: usize = 16;

/// Bits of a number of a dense message.
const DENSE_BITS: u64 = 32;

const WIRE: Wire = Wire { encoding: Encoding::Raw, values: Precision::F32 };

/// All that aim at k = 0.01 d, and quantizers; as an experiment would name them.
pub const OPERATORS: &[&str] = &[
    r#"{ "name": "identity" }"#,
    r#"{ "name": "top-k", "k": 0.01 }"#,
    r#"{ "name": "top-k-signs", "k": 0.01 }"#,
    r#"{ "name": "rand-k", "k": 0.01 }"#,
    r#"{ "name": "rand-k-shared", "k": 0.01 }"#,
    r#"{ "name": "stochastic-sparsification", "k": 0.01 }"#,
    r#"{ "name": "gaussian-k", "k": 0.01 }"#,
    r#"{ "name": "gaussian-k-code", "k": 0.01 }"#,
    r#"{ "name": "gaussian-k-code-five", "k": 0.01 }"#,
    r#"{ "name": "dgc-sampling", "k": 0.01 }"#,
    r#"{ "name": "dgc-sampling-kth", "k": 0.01 }"#,
    r#"{ "name": "dgc-strided", "k": 0.01 }"#,
    r#"{ "name": "dgc-with-replacement", "k": 0.01 }"#,
    r#"{ "name": "redsync", "k": 0.01 }"#,
    r#"{ "name": "redsync-trimmed", "k": 0.01 }"#,
    r#"{ "name": "sidco-exponential", "k": 0.01, "stages": "adaptive" }"#,
    r#"{ "name": "sidco-gamma", "k": 0.01, "stages": "adaptive" }"#,
    r#"{ "name": "sidco-pareto", "k": 0.01, "stages": "adaptive" }"#,
    r#"{ "name": "qsgd", "levels": 4 }"#,
    r#"{ "name": "terngrad" }"#,
    r#"{ "name": "natural-compression" }"#,
    r#"{ "name": "scaled-sign" }"#,
];

const SPEEDS: [Speed; 3] = [Speed::One, Speed::Ten, Speed::Hundred];

/// What an operator costs and saves, as a row of `network.csv`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Exchange {
    /// The operator.
    pub operator: String,
    /// d
    pub dim: usize,
    /// Entries sent.
    pub entries: usize,
    /// Bits of the message.
    pub bits: u64,
    /// Seconds of one compression.
    pub cost_seconds: f64,
    /// Seconds of writing the bytes.
    pub encode_seconds: f64,
    /// Seconds saved by 16 workers on 1 Gbit/s Ethernet.
    pub saved_seconds_1g: f64,
    /// The same on 10 Gbit/s.
    pub saved_seconds_10g: f64,
    /// The same on 100 Gbit/s.
    pub saved_seconds_100g: f64,
}

impl Exchange {
    /// The savings, each with the speed.
    #[must_use]
    pub fn savings(&self) -> [(&'static str, f64); 3] {
        [
            ("1 Gbit/s", self.saved_seconds_1g),
            ("10 Gbit/s", self.saved_seconds_10g),
            ("100 Gbit/s", self.saved_seconds_100g),
        ]
    }
}

/// Times all operators on one thread.
///
/// # Errors
/// An operator cannot be built for this dimension, or met NaN or ∞.
pub fn run(bench: &Bench<'_>) -> Result<(Vec<Row>, Vec<Exchange>), BenchmarkError> {
    bench.one.install(|| measure(bench))
}

fn measure(bench: &Bench<'_>) -> Result<(Vec<Row>, Vec<Exchange>), BenchmarkError> {
    let d = if bench.quick { 200_000 } else { 1_000_000 };
    let x: Vec<f64> = gradient(d, 1);
    let mut operators = Vec::new();
    for text in OPERATORS {
        let spec: CompressorSpec = serde_json::from_str(text).expect("the list names operators");
        operators.push((spec.name(), Trial::new(&spec, d, 1)?));
    }
    let mut failure = None;
    let times = bench.turns.take(|turn| {
        turn.time(|| {
            black_box(limits::read(black_box(&x)));
        });
        for (_, trial) in &mut operators {
            turn.time(|| {
                if let Err(error) = trial.compress(&x) {
                    failure = Some(error);
                }
            });
            turn.time(|| {
                black_box(encoding::encode(trial.message(), WIRE));
            });
        }
    });
    if let Some(failure) = failure {
        return Err(failure.into());
    }
    let mut rows = Vec::new();
    let mut exchanges = Vec::new();
    for (place, (name, trial)) in operators.iter_mut().enumerate() {
        let (compressing, encoding) = (1 + 2 * place, 2 + 2 * place);
        let work = Work {
            name: (*name).to_owned(),
            numbers: "f64",
            dim: d,
            setting: "compress".to_owned(),
            threads: 1,
            bytes: (d * size_of::<f64>()) as f64,
            operations: d as f64,
        };
        rows.push(work.row(&times, compressing, ("read", 0)));
        let message = trial.compress(&x)?;
        let bits = encoding::bits(message, WIRE);
        let is_dense = matches!(message, Message::Dense(_));
        let [one, ten, hundred] = SPEEDS.map(|speed| short(saving(speed, d, bits, is_dense)));
        exchanges.push(Exchange {
            operator: (*name).to_owned(),
            dim: d,
            entries: message.n_entries(),
            bits,
            cost_seconds: short(times.seconds(compressing).median),
            encode_seconds: short(times.seconds(encoding).median),
            saved_seconds_1g: one,
            saved_seconds_10g: ten,
            saved_seconds_100g: hundred,
        });
    }
    Ok((rows, exchanges))
}

/// Seconds that messages of `bits` save against dense ones, which are summed on the way.
fn saving(speed: Speed, d: usize, bits: u64, is_dense: bool) -> f64 {
    let seconds =
        |bits: u64, dense: bool| Ethernet { speed }.seconds(&Traffic { up: &[bits; N_WORKERS], down: bits, dense });
    seconds(d as u64 * DENSE_BITS, true) - seconds(bits, is_dense)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saving_is_the_difference_of_two_messages_on_the_network() {
        // Dense: 2·15·(50 µs + 32·160/16·1e-9 s); sparse: 15·(50 µs + 64·1e-9 s).
        let expected = 30.0 * (50e-6 + 320e-9) - 15.0 * (50e-6 + 64e-9);
        assert!((saving(Speed::One, 160, 64, false) - expected).abs() < 1e-15);
        assert_eq!(saving(Speed::One, 160, 5120, true), 0.0);
    }

    #[test]
    fn every_operator_of_the_list_can_be_built() {
        for text in OPERATORS {
            let spec: CompressorSpec = serde_json::from_str(text).unwrap();
            Trial::new(&spec, 1000, 1).unwrap();
        }
    }
}
