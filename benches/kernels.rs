//! Seconds of each kernel by itself: `cargo bench --bench kernels`, with divan's options, such as a filter, behind `--`.
//!
//! For ratios to the limits of the machine see `gradsieve bench`, for a guard against losses `--bench instructions`.

use divan::{Bencher, black_box, counter::BytesCount};
use gradsieve::benchmark::{operators::OPERATORS, selection::gradient};
use gradsieve::compressor::encoding::{self, Encoding, Precision, Wire};
use gradsieve::compressor::{CompressorSpec, Message, Trial};
use gradsieve::dataset::{DatasetSpec, PartitionSpec};
use gradsieve::objective::{Objective, ObjectiveSpec, Rows};
use gradsieve::vector::{
    self, EntriesMut, Float, Level, limits,
    select::{self, Workspace},
};

const DIM: usize = 1_000_000;

fn main() {
    divan::main();
}

fn bytes<F>(vectors: usize) -> BytesCount {
    BytesCount::new(vectors * DIM * size_of::<F>())
}

/// k/d at each level of instructions.
fn levels() -> impl Iterator<Item = (&'static str, f64)> {
    Level::available().into_iter().flat_map(|level| [0.001, 0.01, 0.1].map(|density| (level.name(), density)))
}

fn workspace<F: Float>(name: &str) -> Workspace<F> {
    let level = Level::available().into_iter().find(|level| level.name() == name);
    Workspace::at(level.unwrap_or_default())
}

#[divan::bench(types = [f32, f64], args = levels())]
fn top_k_cold<F: Float>(bencher: Bencher<'_, '_>, (level, density): (&str, f64)) {
    let (x, k): (Vec<F>, _) = (gradient(DIM, 1), (density * DIM as f64) as usize);
    let (mut workspace, mut selected) = (workspace(level), Vec::new());
    bencher
        .counter(bytes::<F>(1))
        .bench_local(|| select::top_k_into(black_box(&x), k, &mut 0.0, &mut workspace, &mut selected));
}

#[divan::bench(types = [f32, f64], args = levels())]
fn step_of_error_feedback<F: Float>(bencher: Bencher<'_, '_>, (level, density): (&str, f64)) {
    let gradients: [Vec<F>; 3] = std::array::from_fn(|seed| gradient(DIM, seed as u64));
    let k = (density * DIM as f64) as usize;
    let (mut workspace, mut residual, mut hint) = (workspace(level), vec![F::ZERO; DIM], 0.0);
    let (mut selected, mut values, mut round) = (Vec::new(), Vec::new(), 0);
    bencher.counter(bytes::<F>(3)).bench_local(|| {
        round += 1;
        let addition = (F::narrow(0.1), &gradients[round % 3][..]);
        let message = EntriesMut { indices: &mut selected, values: &mut values };
        select::add_and_split_top_k_into(&mut residual, addition, k, &mut hint, &mut workspace, message)
    });
}

#[divan::bench(types = [f32, f64])]
fn read<F: Float>(bencher: Bencher<'_, '_>) {
    let x: Vec<F> = gradient(DIM, 1);
    bencher.counter(bytes::<F>(1)).bench_local(|| limits::read(black_box(&x)));
}

#[divan::bench(types = [f32, f64])]
fn add_scaled<F: Float>(bencher: Bencher<'_, '_>) {
    let (a, mut x): (Vec<F>, Vec<F>) = (gradient(DIM, 1), gradient(DIM, 2));
    bencher.counter(bytes::<F>(3)).bench_local(|| vector::add_scaled(F::narrow(0.1), black_box(&a), &mut x));
}

#[divan::bench]
fn dot(bencher: Bencher<'_, '_>) {
    let (x, y): (Vec<f64>, Vec<f64>) = (gradient(DIM, 1), gradient(DIM, 2));
    bencher.counter(bytes::<f64>(2)).bench_local(|| vector::dot(black_box(&x), &y));
}

#[divan::bench]
fn distance_squared(bencher: Bencher<'_, '_>) {
    let (x, y): (Vec<f64>, Vec<f64>) = (gradient(DIM, 1), gradient(DIM, 2));
    bencher.counter(bytes::<f64>(2)).bench_local(|| vector::distance_squared(black_box(&x), &y));
}

#[divan::bench]
fn check_finite(bencher: Bencher<'_, '_>) {
    let x: Vec<f64> = gradient(DIM, 1);
    bencher.counter(bytes::<f64>(1)).bench_local(|| vector::check_finite(black_box(&x)));
}

#[divan::bench(args = OPERATORS.iter().copied())]
fn compress(bencher: Bencher<'_, '_>, operator: &str) {
    let x: Vec<f64> = gradient(DIM, 1);
    let spec: CompressorSpec = serde_json::from_str(operator).expect("the list names operators");
    let mut trial = Trial::new(&spec, DIM, 1).expect("an operator for this dimension");
    bencher.counter(bytes::<f64>(1)).bench_local(|| trial.compress(black_box(&x)).map(Message::n_entries));
}

const ENCODINGS: [Encoding; 7] = [
    Encoding::Raw,
    Encoding::Bitmap,
    Encoding::EliasGamma,
    Encoding::EliasDelta,
    Encoding::EliasOmega,
    Encoding::GolombRice,
    Encoding::Smallest,
];

/// A hundredth of the entries.
fn message() -> Message {
    let spec = serde_json::from_str(r#"{ "name": "top-k", "k": 0.01 }"#).expect("an operator");
    let mut trial = Trial::new(&spec, DIM, 1).expect("an operator for this dimension");
    trial.compress(&gradient(DIM, 1)).expect("finite").clone()
}

#[divan::bench(args = ENCODINGS)]
fn encode(bencher: Bencher<'_, '_>, encoding: Encoding) {
    let (message, wire) = (message(), Wire { encoding, values: Precision::F32 });
    bencher.bench_local(|| encoding::encode(black_box(&message), wire));
}

#[divan::bench(args = ENCODINGS)]
fn decode(bencher: Bencher<'_, '_>, encoding: Encoding) {
    let wire = Wire { encoding, values: Precision::F32 };
    let bytes = encoding::encode(&message(), wire).expect("bytes");
    bencher.bench_local(|| encoding::decode(black_box(&bytes), DIM, wire));
}

/// The gradient of one worker of L2-logistic regression over 2,000 sparse rows.
#[divan::bench]
fn full_gradient_of_sparse_rows(bencher: Bencher<'_, '_>) {
    let text = r#"{ "name": "sparse-logistic", "n_rows": 2000, "n_features": 60000, "entries_per_row": 80,
        "decay_exponent": 1.1, "label_noise": 0.05, "seed": 1 }"#;
    let spec: DatasetSpec = serde_json::from_str(text).expect("a data set");
    let shards = PartitionSpec::default().split(spec.load(None).expect("rows").dataset, 1).expect("a row");
    let spec: ObjectiveSpec = serde_json::from_str(r#"{ "name": "logistic", "regularization": 1e-4 }"#).expect("f");
    let objective: Box<dyn Objective> = spec.build(Some(shards), 1).expect("an objective");
    let (x, mut out): (Vec<f64>, _) = (gradient(60_000, 1), vec![0.0; 60_000]);
    bencher.bench_local(|| objective.add_gradient(0, Rows::All, black_box(&x), 1.0, &mut out));
}
