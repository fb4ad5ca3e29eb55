//! What it costs to check runs against theorems: `cargo bench --bench checking`.
//!
//! The quickstart runs unchecked, then with the theorems on draws checked, then with all theorems checked; each turn
//! runs all three, on one thread, and the ratio to the unchecked run is taken turn by turn.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use gradsieve::check::check;
use gradsieve::experiment::file::ExperimentFile;
use gradsieve::experiment::plan::{Plan, Selection};
use gradsieve::experiment::progress::Silent;
use gradsieve::experiment::run::{Options, execute};
use gradsieve::statistics::median;
use gradsieve::theory::{Kind, THEOREMS};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

const TURNS: usize = 5;

fn main() {
    let mut file = ExperimentFile::read(Path::new("experiments/quickstart.toml")).expect("the quickstart");
    let plan = Plan::new(&file, &Selection::default(), None).expect("the quickstart");
    // The theorems on single calls of operators, at every recorded round of every worker.
    let on_draws = THEOREMS.iter().filter(|theorem| ["compressors", "shi2019"].contains(&theorem.paper));
    let on_draws: Vec<String> = on_draws.map(|theorem| theorem.about().id.to_owned()).collect();
    let per_step = THEOREMS.iter().filter(|theorem| theorem.about().kind == Kind::Step).count();
    println!("{} theorems on draws, {} in all, {per_step} of them for every step", on_draws.len(), THEOREMS.len());

    let folder = std::env::temp_dir().join(format!("gradsieve-checking-{}", std::process::id()));
    let options = Options {
        out: folder.clone(),
        threads: 1,
        force: true,
        checkpoint_every: Duration::from_secs(3600),
        reproduce: false,
        command: Vec::new(),
    };
    let stop = AtomicBool::new(false);
    let (mut plain, mut draws, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let alone = timed(|| drop(execute(&plan, &file, &options, &Silent, &stop).expect("it runs")));
        file.check.theorems.clone_from(&on_draws);
        let seen = timed(|| drop(check(&plan, &file, &options, &Silent, &stop).expect("it is checked")));
        file.check.theorems.clear();
        let by_all = timed(|| drop(check(&plan, &file, &options, &Silent, &stop).expect("it is checked")));
        plain.push(alone);
        draws.push(seen / alone);
        all.push(by_all / alone);
    }
    let median = |values: &[f64]| median(values).unwrap_or(f64::NAN);
    println!(
        "quickstart plain {:.2} s; with the theorems on draws {:.3} times as long; with all theorems {:.2} times",
        median(&plain),
        median(&draws),
        median(&all)
    );
    // A folder that cannot be removed is the system's to clean.
    let _ = std::fs::remove_dir_all(folder);
}

fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}
