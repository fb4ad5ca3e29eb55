//! Instructions of a handful of fixed cases, counted by valgrind: a guard that no noise can move.
//!
//! `benches/instructions.sh` builds and runs it, and compares with `benches/instructions.csv`; with UPDATE_COUNTS=1 in
//! the environment it rewrites that file.
//!
//! Each case runs in a process of its own under callgrind, which counts what happens inside `counted`. Valgrind
//! knows AVX2 and not AVX-512, so `Level::default()` is AVX2 there on any machine of the last ten years; cases name
//! their level all the same. Counts are the same from run to run; [`TOLERANCE`] leaves room for the C library of
//! another machine, which copies memory as the caches advise, and another compiler, which may choose other
//! instructions, has [`OTHER_COMPILER`]. A count that falls below the tolerance fails too: an improvement is written
//! down, or the next loss would hide in it.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use gradsieve::benchmark::selection::gradient;
use gradsieve::compressor::Message;
use gradsieve::compressor::encoding::{self, Encoding, Precision, Wire};
use gradsieve::dataset::{Dataset, DatasetSpec, PartitionSpec};
use gradsieve::method::{MethodSpec, step_size::StepSize};
use gradsieve::network::NetworkSpec;
use gradsieve::objective::ObjectiveSpec;
use gradsieve::simulation::{Config, Simulation};
use gradsieve::vector::{
    self, EntriesMut, Float, Level,
    select::{self, Workspace},
};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Relative, with the compiler that counted the baseline.
const TOLERANCE: f64 = 0.01;

/// Relative, with another one.
const OTHER_COMPILER: f64 = 0.15;

const DIM: usize = 100_000;

/// Name, and what is counted.
const CASES: &[(&str, fn())] = &[
    ("top-k cold f32 k=100 AVX2", || cold::<f32>("AVX2", 100)),
    ("top-k cold f32 k=10000 AVX2", || cold::<f32>("AVX2", 10_000)),
    ("top-k cold f64 k=1000 AVX2", || cold::<f64>("AVX2", 1000)),
    ("top-k cold f32 k=1000 portable", || cold::<f32>("portable", 1000)),
    ("step warm f32 k=1000 AVX2", || step::<f32>("AVX2", 1000)),
    ("step warm f64 k=1000 portable", || step::<f64>("portable", 1000)),
    ("update f64", update),
    ("encode smallest k=1000", encode),
    ("rounds sparse-logistic batch=8", || rounds(Some(8))),
    ("rounds sparse-logistic full", || rounds(None)),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [flag, name] = &arguments[..]
        && flag == "--case"
    {
        let (_, case) = CASES.iter().find(|(own, _)| own == name).expect("a case of the list");
        case();
        return ExitCode::SUCCESS;
    }
    compare()
}

/// What callgrind counts; its name is the one on the command line below.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
    black_box(());
}

fn compare() -> ExitCode {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.csv");
    let compiler = gradsieve::experiment::program::COMPILER;
    let (baseline, counter) = read(&path);
    let tolerance = if counter == compiler { TOLERANCE } else { OTHER_COMPILER };
    println!("instructions, held to those of {counter} within {} %", 100.0 * tolerance);
    let mut written = "case,instructions,compiler\n".to_owned();
    let mut is_within = true;
    for (name, _) in CASES {
        let count = count(name);
        writeln!(written, "{name},{count},{compiler}").expect("a string grows");
        let change = baseline.get(*name).map(|before| count as f64 / before - 1.0);
        let verdict = match change {
            None => "no baseline",
            Some(change) if change > tolerance => "SLOWER",
            Some(change) if change < -tolerance => "FASTER: write the new baseline",
            Some(_) => "",
        };
        is_within &= verdict.is_empty();
        println!("{name:32} {count:>12}  {:+8.3} %  {verdict}", 100.0 * change.unwrap_or(f64::NAN));
    }
    if std::env::var_os("UPDATE_COUNTS").is_some() {
        std::fs::write(&path, written).expect("the baseline can be written");
        return ExitCode::SUCCESS;
    }
    if !is_within {
        println!("If the change is meant: UPDATE_COUNTS=1 benches/instructions.sh, and say why in the commit.");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The counts of the baseline, and the compiler that they belong to.
fn read(path: &Path) -> (BTreeMap<String, f64>, String) {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut compiler = "no compiler".to_owned();
    let mut counts = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.splitn(3, ',').collect();
        let [name, count, by] = cells[..] else { panic!("{}: `{line}` has three cells", path.display()) };
        counts.insert(name.to_owned(), count.parse().expect("a count"));
        by.clone_into(&mut compiler);
    }
    (counts, compiler)
}

fn count(name: &str) -> u64 {
    let program = std::env::current_exe().expect("this program");
    let answer = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "--collect-atstart=no",
            "--toggle-collect=*counted*",
        ])
        .arg(program)
        .args(["--case", name])
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .expect("valgrind is installed");
    let report = String::from_utf8_lossy(&answer.stderr);
    let collected = report.lines().find_map(|line| line.split_once("Collected :")).map(|(_, count)| count.trim());
    let count = collected.and_then(|count| count.parse().ok());
    count.filter(|count| *count > 0).unwrap_or_else(|| panic!("valgrind counted nothing in `{name}`:\n{report}"))
}

fn level(name: &str) -> Level {
    let levels = Level::available();
    *levels.iter().find(|level| level.name() == name).expect("a level that this machine and valgrind have")
}

fn cold<F: Float>(at: &str, k: usize) {
    let x: Vec<F> = gradient(DIM, 1);
    let (mut workspace, mut selected) = (Workspace::at(level(at)), Vec::new());
    let mut select = || select::top_k_into(&x, k, &mut 0.0, &mut workspace, &mut selected).expect("finite");
    select(); // buffers grow
    counted(&mut select);
}

fn step<F: Float>(at: &str, k: usize) {
    let gradients: [Vec<F>; 2] = [gradient(DIM, 1), gradient(DIM, 2)];
    let mut workspace = Workspace::at(level(at));
    let (mut residual, mut hint) = (vec![F::ZERO; DIM], 0.0);
    let (mut selected, mut values) = (Vec::new(), Vec::new());
    let mut step = |round: usize| {
        let addition = (F::narrow(0.1), &gradients[round % 2][..]);
        let message = EntriesMut { indices: &mut selected, values: &mut values };
        select::add_and_split_top_k_into(&mut residual, addition, k, &mut hint, &mut workspace, message)
            .expect("finite");
    };
    (0..12).for_each(&mut step);
    counted(&mut || step(12));
}

fn update() {
    let (a, mut x): (Vec<f64>, Vec<f64>) = (gradient(DIM, 1), gradient(DIM, 2));
    counted(&mut || vector::add_scaled(0.1, &a, &mut x));
}

fn encode() {
    let x: Vec<f64> = gradient(DIM, 1);
    let mut selected = Vec::new();
    select::top_k(&x, 1000, &mut 0.0, &mut selected).expect("finite");
    let mut message = Message::default();
    message.sparse(DIM);
    message.gather(&x, &selected);
    let wire = Wire { encoding: Encoding::Smallest, values: Precision::F32 };
    counted(&mut || {
        black_box(encoding::encode(&message, wire));
    });
}

/// Ten rounds of error feedback with top-k, after ten others.
fn rounds(batch_size: Option<usize>) {
    let text = r#"name = "sparse-logistic"
        n_rows = 400
        n_features = 5000
        entries_per_row = 20
        decay_exponent = 1.1
        label_noise = 0.05
        seed = 1"#;
    let spec: DatasetSpec = toml::from_str(text).expect("a data set");
    let dataset: Dataset = spec.load(None).expect("generated rows").dataset;
    let shards = PartitionSpec::default().split(dataset, 4).expect("rows enough");
    let objective: ObjectiveSpec = toml::from_str("name = 'logistic'\nregularization = 1e-3").expect("an objective");
    let objective = objective.build(Some(shards), 4).expect("an objective");
    let method: MethodSpec =
        toml::from_str("name = 'error-feedback'\ncompressor = { name = 'top-k', k = 0.01 }").expect("a method");
    let method = method.build(&[5000]).expect("a method");
    let network: NetworkSpec = toml::from_str("name = 'ethernet'\nspeed = '10g'").expect("a network");
    let mut simulation = Simulation::new(Config {
        step_size: &StepSize::Number(1.0),
        rounds: 20,
        batch_size,
        network: &network,
        ..Config::new(&*objective, &*method)
    });
    let mut state = simulation.initial_state(vec![0.0; 5000]);
    let mut ten = || (0..10).for_each(|_| simulation.step(&mut state, None).expect("converges"));
    ten();
    counted(&mut ten);
}
