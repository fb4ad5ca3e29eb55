//! What a result folder holds of other runs than those of its tables: nothing is shown as if it were of these.

use crate::program::Program;
use gradsieve::check::check;
use gradsieve::experiment::file::ExperimentFile;
use gradsieve::experiment::plan::{Plan, Selection};
use gradsieve::experiment::progress::Silent;
use gradsieve::experiment::run::Options;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// An experiment with two settings, two seeds, claims and vectors.
fn experiment(step_size: &str, keys: &str) -> String {
    format!(
        "{keys}\nseeds = [1, 2]\nobjective = {{ name = \"quadratic\", dim = 12, strong_convexity = 0.1, smoothness = 1.0, \
         spectrum = \"linear\", heterogeneity = 0.5, noise = 0.1, seed = 1 }}\nn_workers = 3\nrounds = 30\n\
         batch_size = \"full\"\nstep_size = {step_size}\nmethod = [{{ name = \"sgd\" }}, {{ name = \"error-feedback\", \
         compressor = {{ name = \"top-k\", k = 2 }} }}]\nrecord = {{ schedule = {{ every = 5 }}, vectors = {{ which = \
         [\"sent\"], rounds = [1, 2] }} }}\n\n[[claim]]\ntext = \"The loss is below 100.\"\nmetric = \"loss\"\nat_most = 100.0\n"
    )
}

fn checked() -> Program {
    let program = Program::new();
    program.file("x.toml", experiment("0.1", ""));
    program.succeed("check x.toml --out o --quiet");
    program
}

/// The files that only a check writes.
const OF_A_CHECK: [&str; 5] = ["checks.csv", "check_rounds.csv", "constants.csv", "claims.csv", "check-C1.svg"];

#[test]
fn verdicts_do_not_outlive_their_runs() {
    let program = checked();
    let claims = program.succeed("table o --file claims");
    assert!(claims.contains("yes"), "{claims}");
    program.succeed("run x.toml --out o --quiet --no-plots");
    assert!(OF_A_CHECK.iter().all(|file| program.path("o").join(file).exists()), "the same runs keep their verdicts");

    program.file("x.toml", experiment("3.0", ""));
    program.succeed("run x.toml --out o --quiet --no-plots");
    for file in OF_A_CHECK.iter().chain(&["suboptimality-against-round.svg"]) {
        assert!(!program.path("o").join(file).exists(), "{file}");
    }
    let answer = program.run("table o --file claims");
    assert_eq!(answer.code, Some(2));
    assert!(answer.err.contains("there is no claims.csv in o: --file can name comparison"), "{}", answer.err);
    program.succeed("report o -o o.html --quiet");
    // The provenance states the claims.
    let page = std::fs::read_to_string(program.path("o.html")).unwrap();
    assert!(!page.contains("Found: loss") && !page.contains("<dt>Claims</dt>"));
}

#[test]
fn verdicts_do_not_outlive_part_of_their_runs_nor_other_claims() {
    let program = checked();
    program.succeed("run x.toml --out o --quiet --no-plots --filter method=sgd --seeds 1");
    assert!(!program.path("o/checks.csv").exists() && !program.path("o/claims.csv").exists());

    let program = checked();
    program.file("x.toml", experiment("0.1", "").replace("at_most = 100.0", "at_most = 1e-9"));
    program.succeed("run x.toml --out o --quiet --no-plots");
    assert!(!program.path("o/claims.csv").exists(), "these claims were not judged");
}

#[test]
fn an_interrupted_check_leaves_tables_and_verdicts_as_they_are() {
    let program = checked();
    let files = ["rounds.csv", "summary.csv", "comparison.csv", "checks.csv", "claims.csv"];
    let read = || files.map(|file| std::fs::read(program.path("o").join(file)).unwrap());
    let before = read();
    let file = ExperimentFile::read(&program.path("x.toml")).unwrap();
    let plan = Plan::new(&file, &Selection::default(), None).unwrap();
    let options = Options {
        out: program.path("o"),
        threads: 1,
        force: false,
        checkpoint_every: Duration::from_secs(60),
        reproduce: false,
        command: Vec::new(),
    };
    let checked = check(&plan, &file, &options, &Silent, &AtomicBool::new(true)).unwrap();
    assert_eq!(checked.report.n_unfinished(), 4);
    assert_eq!(read(), before);
}

#[test]
fn readers_refuse_verdicts_and_fits_of_other_runs() {
    let program = checked();
    program.succeed("fit o --quiet --no-plots --sample 20 --replicates 2");
    let rounds = std::fs::read_to_string(program.path("o/rounds.csv")).unwrap();
    program.file("o/rounds.csv", rounds.replacen(",0,", ",0,1", 1));
    let words = "o/checks.csv is of other runs than rounds.csv: `gradsieve check` with the experiment";
    for command in ["table o --file checks", "table o --file claims", "plot o", "report o -o o.html"] {
        let answer = program.run(command);
        assert!(answer.code == Some(2) && answer.err.contains(words), "{command}: {}{}", answer.out, answer.err);
    }
    program.succeed("table o --file summary");
    let watched = program.succeed("watch o --once");
    assert!(watched.contains("theorems (of an earlier check)"), "{watched}");

    // A folder without a store, such as one from a repository, is known by its settings.
    std::fs::remove_dir_all(program.path("o/.store")).unwrap();
    program.succeed("table o --file checks");
    let summary = std::fs::read_to_string(program.path("o/summary.csv")).unwrap();
    program.file("o/summary.csv", summary.replace("sgd", "signsgd"));
    let answer = program.run("table o --file checks");
    assert!(answer.code == Some(2) && answer.err.contains(words), "{}", answer.err);
    for file in OF_A_CHECK {
        std::fs::remove_file(program.path("o").join(file)).unwrap();
    }
    let answer = program.run("report o -o o.html");
    assert!(answer.code == Some(2) && answer.err.contains("o/fit/fits.csv is of other runs"), "{}", answer.err);
}

#[test]
fn committed_results_are_current() {
    let results = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("results");
    let mut folders = vec![results];
    let mut n_checked = 0;
    while let Some(folder) = folders.pop() {
        gradsieve::results::verdicts::assert_current(&folder).unwrap();
        gradsieve::results::verdicts::assert_fits_are_current(&folder).unwrap();
        n_checked += usize::from(folder.join("checks.csv").exists());
        let below = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        folders.extend(below.filter(|path| path.is_dir()));
    }
    assert!(n_checked > 40, "{n_checked}");
}

/// The files of vectors, in order.
fn vectors(program: &Program) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in std::fs::read_dir(program.path("o/vectors")).unwrap() {
        files.extend(std::fs::read_dir(folder.unwrap().path()).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.sort();
    files
}

#[test]
fn damaged_vectors_are_computed_again() {
    let program = Program::new();
    program.file("x.toml", experiment("0.1", ""));
    let run = "run x.toml --out o --no-plots";
    program.succeed(run);
    let files = vectors(&program);
    assert_eq!(files.len(), 8);
    let right: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
    assert!(program.succeed(run).contains("4 of 4 runs were in the store already"));
    let damages: [fn(&mut Vec<u8>); 4] =
        [|bytes| bytes[150] ^= 1, Vec::clear, |bytes| bytes.push(0), |bytes| bytes.truncate(100)];
    for (damage, (file, right)) in damages.into_iter().zip(files.iter().zip(&right)) {
        let mut bytes = right.clone();
        damage(&mut bytes);
        std::fs::write(file, bytes).unwrap();
        let answer = program.succeed(run);
        assert!(answer.contains("3 of 4 runs were in the store already"), "{answer}");
        assert_eq!(&std::fs::read(file).unwrap(), right);
    }
}

#[test]
fn vectors_that_no_run_owns_are_removed() {
    let program = Program::new();
    program.file("x.toml", experiment("0.1", ""));
    program.succeed("run x.toml --out o --no-plots --quiet");
    let before = vectors(&program);
    program.file("o/vectors/0123456789abcdef/round_1.safetensors", "");
    program.file("o/vectors/mine/notes.txt", "");
    // Of the runs that are left out the store knows the vectors.
    program.succeed("run x.toml --out o --no-plots --quiet --seeds 1");
    std::fs::remove_dir_all(program.path("o/vectors/mine")).expect("what is not named after a run stays");
    assert_eq!(vectors(&program), before);
}
