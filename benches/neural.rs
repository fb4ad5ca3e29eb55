//! How fast gradients of networks are on one thread: `cargo bench --bench neural --features neural`.
//!
//! With `-- PYTHON`, the program of an interpreter that has PyTorch, `benches/peers/neural.py` computes the same
//! gradients in turns with us, and the ratio is taken turn by turn.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use gradsieve::dataset::{Dataset, Matrix, Shards};
use gradsieve::objective::{Objective, ObjectiveSpec, Rows};
use gradsieve::statistics::median;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

const TURNS: usize = 5;
/// How long a contestant computes in a turn.
const SECONDS: f64 = 0.5;
const N_CLASSES: usize = 10;

/// Name, objective in TOML, features of a row.
const NETWORKS: [(&str, &str, usize); 2] = [
    ("fnn", r#"{ name = "fnn", hidden = "256, 128, 64", activation = "relu" }"#, 784),
    ("lenet-5", r#"{ name = "lenet-5", activation = "relu", pooling = "max" }"#, 784),
];

fn main() {
    let python = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let mut peer = python.map(|python| Peer::start(&python));
    println!("samples per second, forward and backward, medians of {TURNS} turns; ratio to PyTorch turn by turn");
    println!("{:<10} {:>6} {:>8} {:>10} {:>10} {:>6}", "network", "batch", "d", "gradsieve", "PyTorch", "ratio");
    for (name, objective, n_features) in NETWORKS {
        for batch in [8, 32, 256] {
            let network = build(objective, batch, n_features);
            let x = network.initial(1).expect("a network draws its start");
            let rows: Vec<u32> = (0..batch as u32).collect();
            let mut out = vec![0.0; x.len()];
            let mut gradient = || network.add_gradient(0, Rows::Only(&rows), &x, 1.0, &mut out);
            gradient();
            let (mut own, mut other, mut ratio) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..TURNS {
                let rate = throughput(batch, &mut gradient);
                own.push(rate);
                if let Some(peer) = &mut peer {
                    let theirs = peer.ask(name, batch);
                    other.push(theirs);
                    ratio.push(rate / theirs);
                }
            }
            let shown = |values: &[f64], digits: usize| {
                median(values).map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
            };
            let (d, own, other, ratio) = (x.len(), shown(&own, 0), shown(&other, 0), shown(&ratio, 2));
            println!("{name:<10} {batch:>6} {d:>8} {own:>10} {other:>10} {ratio:>6}");
        }
    }
}

fn build(objective: &str, batch: usize, n_features: usize) -> Box<dyn Objective> {
    #[derive(serde::Deserialize)]
    struct File {
        objective: ObjectiveSpec,
    }
    let file: File = toml::from_str(&format!("objective = {objective}")).expect("an objective");
    // Every class occurs, so that there are ten.
    let n_rows = batch.max(N_CLASSES);
    let values = (0..n_rows * n_features).map(|j| ((j * 7919) % 2003) as f64 / 2003.0).collect();
    let labels = (0..n_rows).map(|row| (row % N_CLASSES) as f64).collect();
    let features = Matrix::Dense { n_columns: n_features, values };
    let dataset = Dataset { name: "pixels".to_owned(), features, labels };
    let shards = Shards { dataset, rows: std::iter::once(0..n_rows).collect() };
    file.objective.build(Some(shards), 1).expect("it is built")
}

/// Samples per second.
fn throughput(batch: usize, gradient: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut n = 0;
    while start.elapsed().as_secs_f64() < SECONDS {
        gradient();
        n += batch;
    }
    n as f64 / start.elapsed().as_secs_f64()
}

/// PyTorch, which answers one line for one line.
struct Peer {
    _process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    fn start(python: &str) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/neural.py");
        let mut process = Command::new(python)
            .arg(script)
            .env("OMP_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the interpreter starts");
        let (questions, answers) = (process.stdin.take().expect("piped"), process.stdout.take().expect("piped"));
        let mut peer = Self { _process: process, questions, answers: BufReader::new(answers) };
        println!("{}", peer.line());
        peer
    }

    /// Its samples per second.
    fn ask(&mut self, network: &str, batch: usize) -> f64 {
        writeln!(self.questions, "{network} {batch} {SECONDS}").expect("it listens");
        self.line().parse().expect("a number")
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it answers");
        line.trim().to_owned()
    }
}
