//! Every experiment of the project says what it asks, parses and plans, and its results go where they are looked for.

use crate::program::Program;
use gradsieve::dataset::{Source, catalogue};
use gradsieve::experiment::file::ExperimentFile;
use gradsieve::experiment::plan::{Plan, Selection};
use gradsieve::experiment::spec::run::RunSpec;
use std::path::{Path, PathBuf};

fn experiments(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            experiments(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
}

fn all() -> Vec<PathBuf> {
    let mut found = Vec::new();
    experiments(&Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments"), &mut found);
    found.sort();
    found
}

/// Whether the data of a run are in the binary or made by it.
fn needs_no_folder(run: &RunSpec) -> bool {
    match run.dataset.as_ref().map(|dataset| &dataset.source) {
        None | Some(Source::Generated(_)) => true,
        Some(Source::Catalogue(name)) => {
            catalogue::find(name).unwrap().files.iter().all(|file| file.embedded.is_some())
        }
        Some(Source::File(_)) => false,
    }
}

/// How many experiments there are, and how many of them need a data folder and the feature `neural`.
#[derive(Debug, PartialEq, Default)]
struct Counts {
    all: usize,
    need_data: usize,
    need_neural: usize,
    need_both: usize,
}

#[test]
fn every_experiment_asks_a_question_and_plans() {
    let folder = std::env::var_os("GRADSIEVE_DATA").map(PathBuf::from);
    let mut counts = Counts::default();
    let mut planned = 0;
    for path in all() {
        let file = ExperimentFile::read(&path).unwrap_or_else(|error| panic!("{error}"));
        assert!(file.question.trim().ends_with('?'), "{}: {}", path.display(), file.question);
        assert!(!file.interpretation.trim().is_empty(), "{} does not say how it reads", path.display());
        let needs_data = !file.runs.iter().all(needs_no_folder);
        let needs_neural = file.runs.iter().any(|run| run.objective.is_network());
        counts.all += 1;
        counts.need_data += usize::from(needs_data);
        counts.need_neural += usize::from(needs_neural);
        counts.need_both += usize::from(needs_data && needs_neural);
        if (folder.is_some() || !needs_data) && (cfg!(feature = "neural") || !needs_neural) {
            let plan = Plan::new(&file, &Selection::default(), folder.as_deref()).unwrap_or_else(|e| panic!("{e}"));
            assert!(plan.runs.len() >= file.seeds.len(), "{}", path.display());
            planned += 1;
        }
    }
    print_skipped(&counts, planned);
    assert_eq!(counts, Counts { all: 48, need_data: 29, need_neural: 18, need_both: 17 });
    let skipped = match (folder.is_some(), cfg!(feature = "neural")) {
        (true, true) => 0,
        (true, false) => counts.need_neural,
        (false, true) => counts.need_data,
        (false, false) => counts.need_data + counts.need_neural - counts.need_both,
    };
    assert_eq!(planned, counts.all - skipped);
}

#[expect(clippy::print_stdout, reason = "the counts are for those who run the test with --nocapture")]
fn print_skipped(counts: &Counts, planned: usize) {
    println!("{planned} experiments planned of {counts:?}");
}

#[test]
fn the_quickstart_runs_and_writes_to_its_folder() {
    let program = Program::new();
    let quickstart = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/quickstart.toml");
    let out = program.succeed(&format!("run {} --quick", quickstart.display()));
    assert!(out.contains("error-feedback top-k"), "{out}");
    assert!(out.contains("results/quickstart-quick"), "{out}");
    for file in ["rounds.csv", "summary.csv", "suboptimality-against-bits.svg", "suboptimality-against-bits.png"] {
        assert!(program.path("results/quickstart-quick").join(file).is_file(), "{file}");
    }
}

#[test]
fn results_lie_where_the_path_of_the_experiment_says() {
    let program = Program::new();
    let text = "objective = { name = \"diverging-quadratics\" }\nn_workers = 3\nrounds = 2\nbatch_size = \"full\"\n\
                step_size = 0.01\nmethod = { name = \"sgd\" }\n";
    for (experiment, flags, folder) in [
        ("experiments/stich2018sparsified/figure-2.toml", "", "results/stich2018sparsified/figure-2"),
        ("deep/experiments/a.b.toml", "", "results/a.b"),
        ("mine.toml", "", "results/mine"),
        ("mine.toml", "--quick", "results/mine-quick"),
        ("elsewhere/mine.toml", "--out here/there", "here/there"),
    ] {
        program.file(experiment, text);
        let out = program.succeed(&format!("run {experiment} {flags} --no-plots"));
        assert!(program.path(folder).join("rounds.csv").is_file(), "{experiment} {flags}");
        assert!(out.trim_end().ends_with(&format!("are in {folder}.")), "{out}");
    }
}
