//! The same specification and seed give the same bytes: on any number of threads, with any recorder, after any crash.

use crate::program::Program;
use gradsieve::method::MethodSpec;
use gradsieve::objective::{Constants, Objective, Rows};
use gradsieve::random::{Purpose, Streams};
use gradsieve::simulation::{Config, Simulation};
use gradsieve::store::Folder;
use rand::RngExt;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

const TABLES: [&str; 3] = ["rounds.csv", "summary.csv", "comparison.csv"];

/// Real rows, mini-batches, random and adaptive operators, a decaying step size, an axis and two seeds.
const EXPERIMENT: &str = r#"
seeds = [1, 2]
dataset = { name = "breast-cancer-wdbc", scale = "standardize", intercept = true }
partition = { name = "dirichlet", alpha = 5.0, seed = 3 }
objective = { name = "logistic", regularization = 0.05 }
test = { name = "breast-cancer-wdbc", scale = "standardize", intercept = true }
n_workers = 6
rounds = 60
batch_size = 4
step_size = { name = "inverse", numerator = 20.0, shift = 40.0 }
method = [
    { name = "sgd" },
    { name = "error-feedback", compressor = { name = "top-k", k = 3 } },
    { name = "error-feedback-gradient-units", compressor = { name = "dgc-sampling", k = 4 } },
    { name = "error-feedback", compressor = { name = "sidco-pareto", k = 3, stages = "adaptive" } },
    { name = "ef21", compressor = { name = "rand-k", k = 5 } },
    { name = "momentum", beta = 0.5, method = { name = "compressed-sgd", compressor = { name = "rand-k-unbiased", k = 9 } } },
]
initial = "normal"
"#;

/// 64 workers of dimension 2¹⁶: past the size from which runs are executed one at a time, with their workers in
/// parallel.
const LARGE: &str = r#"
dataset = { name = "sparse-logistic", n_rows = 256, n_features = 65536, entries_per_row = 20, decay_exponent = 1.1, label_noise = 0.1, seed = 1 }
objective = { name = "logistic", regularization = 0.01 }
n_workers = 64
rounds = 4
batch_size = 2
step_size = 1.0
method = [
    { name = "error-feedback", compressor = { name = "top-k", k = 0.001 } },
    { name = "compressed-sgd", compressor = { name = "rand-k", k = 50 } },
]
record = { metrics = ["loss", "gradient_norm_squared", "residual_squared_mean", "assumption_one_xi", "bits"], schedule = { every = 2 } }
"#;

fn tables(program: &Program, folder: &str) -> Vec<(String, String)> {
    let read = |table: &str| fs::read_to_string(program.path(folder).join(table)).unwrap();
    TABLES.iter().map(|table| ((*table).to_owned(), read(table))).collect()
}

fn with_file(text: &str) -> Program {
    let program = Program::new();
    program.file("x.toml", text);
    program
}

/// What may happen to the bytes of a file.
type Damage = fn(&mut Vec<u8>);

/// The files of the store with this extension, sorted.
fn stored(program: &Program, folder: &str, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(program.path(folder).join(".store")) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|own| own == extension));
    files.sort();
    files
}

#[test]
fn bytes_do_not_depend_on_the_number_of_threads() {
    for text in [EXPERIMENT, LARGE] {
        let program = with_file(text);
        for threads in [1, 2, 8] {
            program.succeed(&format!("run x.toml --quiet --no-plots --threads {threads} --out {threads}"));
        }
        let reference = tables(&program, "1");
        assert!(reference[0].1.lines().count() > 6, "{}", reference[0].1);
        assert_eq!(tables(&program, "2"), reference);
        assert_eq!(tables(&program, "8"), reference);
    }
}

/// The columns of a CSV by name.
fn columns(text: &str) -> Vec<(String, Vec<String>)> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut columns: Vec<(String, Vec<String>)> =
        reader.headers().unwrap().iter().map(|name| (name.to_owned(), Vec::new())).collect();
    for row in reader.records() {
        for (column, cell) in columns.iter_mut().zip(row.unwrap().iter()) {
            column.1.push(cell.to_owned());
        }
    }
    columns
}

#[test]
fn a_recorder_changes_nothing() {
    let program = with_file(EXPERIMENT);
    let listed = program.succeed("list metrics");
    let metrics: Vec<String> =
        listed.lines().skip(1).map(|line| format!("{:?}", line.split_whitespace().next().unwrap())).collect();
    assert!(metrics.len() >= 20);
    let with = |name: &str, record: &str| {
        program.file(&format!("{name}.toml"), format!("{EXPERIMENT}record = {record}\n"));
        program.succeed(&format!("run {name}.toml --quiet --no-plots --out {name}"));
        let rounds = columns(&tables(&program, name)[0].1);
        rounds.into_iter().filter(|(column, _)| column != "run").collect::<Vec<_>>()
    };
    let all = with("all", &format!("{{ metrics = [{}], schedule = {{ every = 1 }} }}", metrics.join(", ")));
    let few = with("few", "{ metrics = [\"loss\", \"bits\"], schedule = { every = 1 } }");
    assert!(all.len() > few.len() + 15);
    for (name, cells) in &few {
        let other = all.iter().find(|(other, _)| other == name).unwrap();
        assert_eq!(cells, &other.1, "{name}");
    }
    // Recorded now and then: the same numbers at the rounds in common.
    let rare = with("rare", "{ metrics = [\"loss\", \"bits\"], schedule = { every = 20 } }");
    let round = |columns: &[(String, Vec<String>)]| columns.iter().position(|(name, _)| name == "round").unwrap();
    let kept: Vec<usize> = few[round(&few)]
        .1
        .iter()
        .enumerate()
        .filter(|(_, cell)| cell.parse::<u64>().unwrap() % 20 == 0)
        .map(|(row, _)| row)
        .collect();
    for ((name, cells), (other, all_cells)) in rare.iter().zip(&few) {
        assert_eq!(name, other);
        let expected: Vec<String> = kept.iter().map(|row| all_cells[*row].clone()).collect();
        assert_eq!(cells, &expected, "{name}");
    }
}

/// Flat, but records the rows that are requested.
#[derive(Debug)]
struct Asked(Mutex<Vec<(usize, Vec<u32>)>>);

impl Objective for Asked {
    fn dim(&self) -> usize {
        20
    }
    fn n_workers(&self) -> usize {
        3
    }
    fn n_samples(&self, _worker: usize) -> usize {
        100
    }
    fn worker_value(&self, _worker: usize, _x: &[f64]) -> f64 {
        0.0
    }
    fn add_gradient(&self, worker: usize, rows: Rows<'_>, _x: &[f64], weight: f64, out: &mut [f64]) {
        let Rows::Only(rows) = rows else { panic!("a batch is expected") };
        self.0.lock().unwrap().push((worker, rows.to_vec()));
        out[worker] += weight;
    }
    fn constants(&self) -> Constants {
        Constants::default()
    }
}

#[test]
fn all_methods_see_the_same_mini_batches_of_a_seed() {
    let asked = |example: &str, seed: u64| {
        let objective = Asked(Mutex::new(Vec::new()));
        let method = toml::from_str::<MethodSpec>(example).unwrap().build(&[20]).unwrap();
        let mut simulation =
            Simulation::new(Config { rounds: 5, batch_size: Some(7), seed, ..Config::new(&objective, &*method) });
        let mut state = simulation.initial_state(vec![0.0; 20]);
        (0..5).for_each(|_| simulation.step(&mut state, None).unwrap());
        objective.0.into_inner().unwrap()
    };
    let reference = asked("name = 'sgd'", 4);
    assert_eq!(reference.len(), 15);
    assert_ne!(reference[0].1, reference[1].1, "workers differ");
    assert_ne!(reference[0].1, reference[3].1, "rounds differ");
    assert_ne!(asked("name = 'sgd'", 5), reference, "seeds differ");
    for member in MethodSpec::MEMBERS {
        // Some ask twice about a sample, at two points.
        let mut questions = asked(member.example, 4);
        questions.dedup();
        assert_eq!(questions, reference, "{}", member.name);
    }
}

#[test]
fn every_method_goes_on_from_its_state_on_any_number_of_threads() {
    for member in MethodSpec::MEMBERS {
        let spec: MethodSpec = toml::from_str(member.example).unwrap();
        let held = gradsieve::conformance::method::resumes(&spec);
        held.unwrap_or_else(|violations| panic!("{}: {violations}", member.name));
    }
}

#[test]
fn a_killed_process_goes_on_and_ends_with_the_same_bytes() {
    let long = EXPERIMENT.replace("rounds = 60", "rounds = 400").replace("seeds = [1, 2]", "seeds = [1]");
    let long = format!("{long}record = {{ vectors = {{ workers = [1] }}, schedule = {{ every = 20 }} }}\n");
    let large = LARGE.replace("rounds = 4", "rounds = 10");
    for (text, kills, seed) in [(&long, 6, 1), (&large, 2, 2)] {
        let program = with_file(text);
        program.succeed("run x.toml --quiet --no-plots --out whole");
        let mut moments = Streams::new(seed).stream(Purpose::Generation, 0, 0);
        let mut killed = 0;
        for _ in 0..kills {
            let mut child = program
                .command("run x.toml --quiet --no-plots --threads 2 --checkpoint-seconds 0 --out cut")
                .spawn()
                .unwrap();
            // Wait until something would be lost, then strike at a random moment.
            while stored(&program, "cut", "checkpoint").is_empty() && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(Duration::from_millis(moments.random_range(0..80)));
            killed += usize::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let waiting = stored(&program, "cut", "checkpoint").len();
        assert!(killed >= 1 && waiting >= 1, "{killed} kills left {waiting} checkpoints");
        let out = program.succeed("run x.toml --no-plots --out cut");
        assert!(out.contains(&format!("{waiting} went on from a checkpoint.")), "{waiting}: {out}");
        assert_eq!(tables(&program, "cut"), tables(&program, "whole"));
        assert!(stored(&program, "cut", "checkpoint").is_empty());
        if text.contains("vectors") {
            assert_eq!(files_below(&program.path("cut/vectors")), files_below(&program.path("whole/vectors")));
        }
    }
}

#[test]
fn a_watched_run_gives_the_same_bytes_and_watching_writes_nothing() {
    let program = with_file(&EXPERIMENT.replace("rounds = 60", "rounds = 300"));
    program.succeed("run x.toml --quiet --no-plots --out alone");
    fs::create_dir(program.path("seen")).unwrap();
    assert_eq!(program.succeed("watch seen"), "seen: no run has begun here yet\n");

    let mut child = program.command("run x.toml --quiet --no-plots --threads 1 --out seen").spawn().unwrap();
    let mut looks = Vec::new();
    while child.try_wait().unwrap().is_none() {
        looks.push(program.succeed("watch seen --once"));
    }
    assert!(child.wait().unwrap().success());
    let percent = |look: &String| {
        let line = look.lines().nth(1).unwrap_or_default();
        line.split(' ').next().and_then(|share| share.parse::<u64>().ok()).unwrap_or(0)
    };
    let shares: Vec<u64> = looks.iter().map(percent).collect();
    assert!(shares.is_sorted() && shares.iter().any(|share| (1..100).contains(share)), "{looks:?}");
    assert!(looks.iter().any(|look| look.starts_with("seen: running")), "{looks:?}");
    assert_eq!(tables(&program, "seen"), tables(&program, "alone"));

    let files = || {
        let mut files: Vec<(PathBuf, std::time::SystemTime)> = ["seen", "seen/.store"]
            .into_iter()
            .flat_map(|folder| fs::read_dir(program.path(folder)).unwrap())
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::metadata(path).unwrap().modified().unwrap()))
            .collect();
        files.sort();
        files
    };
    let before = files();
    let last = program.succeed("watch seen");
    assert!(last.starts_with("seen: finished after") && last.contains("12 of 12 runs, 3600 of 3600 rounds"), "{last}");
    // The tables alone give the same, except for the time it took.
    program.file("copy/rounds.csv", fs::read(program.path("seen/rounds.csv")).unwrap());
    program.file("copy/summary.csv", fs::read(program.path("seen/summary.csv")).unwrap());
    let rest = |text: &str| text.split_once('\n').unwrap().1.to_owned();
    assert_eq!(rest(&program.succeed("watch copy")), rest(&last));
    assert_eq!(files(), before);
}

#[cfg(unix)]
#[test]
fn an_interrupt_saves_a_checkpoint_first() {
    let program =
        with_file(&EXPERIMENT.replace("rounds = 60", "rounds = 1500").replace("seeds = [1, 2]", "seeds = [1]"));
    let arguments = "run x.toml --no-plots --filter method=ef21 --checkpoint-seconds 100000";
    let mut child = program.command(arguments).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line == " 10 %"));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let last = lines.last().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{last}");
    assert_eq!(last, "stopped with 1 of 1 runs unfinished; the same command goes on.");
    let out = program.succeed(arguments);
    assert!(out.contains("0 of 1 runs were in the store already, 1 went on from a checkpoint."), "{out}");
    program.succeed("run x.toml --no-plots --quiet --filter method=ef21 --out whole");
    assert_eq!(tables(&program, "results/x"), tables(&program, "whole"));
}

#[test]
fn a_finished_run_is_not_repeated_unless_forced() {
    let program = with_file(EXPERIMENT);
    let first = program.succeed("run x.toml --no-plots");
    assert!(!first.contains("in the store already"), "{first}");
    let reference = tables(&program, "results/x");
    let files = || {
        stored(&program, "results/x", "run")
            .into_iter()
            .map(|path| (fs::metadata(&path).unwrap().modified().unwrap(), path))
            .collect::<Vec<_>>()
    };
    let before = files();
    assert_eq!(before.len(), 12);
    let second = program.succeed("run x.toml --no-plots");
    assert!(second.contains("12 of 12 runs were in the store already, 0 went on from a checkpoint."), "{second}");
    assert_eq!(files(), before, "no file of the store was touched");
    assert_eq!(tables(&program, "results/x"), reference);

    let forced = program.succeed("run x.toml --no-plots --force");
    assert!(!forced.contains("in the store already"), "{forced}");
    assert!(files().iter().zip(&before).all(|((after, _), (before, _))| after > before), "every run was repeated");
    assert_eq!(tables(&program, "results/x"), reference);
}

#[test]
fn a_damaged_store_is_noticed_and_made_again() {
    let program = with_file(EXPERIMENT);
    program.succeed("run x.toml --quiet --no-plots");
    let reference = tables(&program, "results/x");
    let damages: [(&str, Damage); 4] = [
        ("a flipped bit", |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }),
        ("a flipped bit of the seal", |bytes| *bytes.last_mut().unwrap() ^= 0x80),
        ("a cut", |bytes| bytes.truncate(bytes.len() / 3)),
        ("emptiness", Vec::clear),
    ];
    for (name, damage) in damages {
        let run = &stored(&program, "results/x", "run")[4];
        let minimum = &stored(&program, "results/x", "minimum")[0];
        let good = [run, minimum].map(|path| fs::read(path).unwrap());
        for path in [run, minimum] {
            let mut bytes = fs::read(path).unwrap();
            damage(&mut bytes);
            fs::write(path, bytes).unwrap();
        }
        let out = program.succeed("run x.toml --no-plots");
        assert!(out.contains("11 of 12 runs were in the store already"), "{name}: {out}");
        assert_eq!(tables(&program, "results/x"), reference, "{name}");
        assert_eq!([run, minimum].map(|path| fs::read(path).unwrap()), good, "{name}");
    }

    // A damaged checkpoint: stop a run in the middle, damage what it left, and go on.
    let long = EXPERIMENT.replace("rounds = 60", "rounds = 1500").replace("seeds = [1, 2]", "seeds = [1]");
    program.file("long.toml", long);
    for (name, damage) in damages {
        let out = name.replace(' ', "-");
        let mut child = program
            .command(&format!("run long.toml --quiet --filter method=ef21 --checkpoint-seconds 0 --out {out}"))
            .spawn()
            .unwrap();
        while stored(&program, &out, "checkpoint").is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let checkpoint = &stored(&program, &out, "checkpoint")[0];
        let mut bytes = fs::read(checkpoint).unwrap();
        damage(&mut bytes);
        fs::write(checkpoint, bytes).unwrap();
        let answer = program.succeed(&format!("run long.toml --filter method=ef21 --no-plots --out {out}"));
        assert!(!answer.contains("went on from a checkpoint"), "{name}: {answer}");
    }
    program.succeed("run long.toml --quiet --filter method=ef21 --no-plots --out whole");
    let whole = tables(&program, "whole");
    for (name, _) in damages {
        assert_eq!(tables(&program, &name.replace(' ', "-")), whole, "{name}");
    }
}

#[test]
fn a_second_process_in_the_folder_is_refused() {
    let program = with_file(EXPERIMENT);
    let lock = Folder::lock(&program.path("results/x")).unwrap();
    let answer = program.run("run x.toml --quiet");
    assert_eq!(answer.code, Some(2));
    assert_eq!(
        answer.err,
        "error: results/x is in use by another gradsieve process: wait until it has finished, or choose another folder \
         with --out\n"
    );
    assert!(!program.path("results/x/rounds.csv").exists());
    drop(lock);
    program.succeed("run x.toml --quiet --no-plots");
}

#[test]
fn parts_of_an_experiment_are_the_same_as_in_the_whole() {
    let program = with_file(EXPERIMENT);
    program.succeed("run x.toml --quiet --no-plots --out whole");
    let rows = |folder: &str| -> Vec<String> {
        let text = &tables(&program, folder)[1].1;
        columns(text).into_iter().find(|(name, _)| name == "run").unwrap().1
    };
    let whole = rows("whole");
    assert_eq!(whole.len(), 12);
    program.succeed("run x.toml --quiet --no-plots --filter method.compressor=top-k --out part");
    assert_eq!(rows("part"), whole[2..4]);
    program.succeed("run x.toml --quiet --no-plots --filter k=5 --seeds 2 --out part");
    assert_eq!(rows("part"), whole[9..10], "the same run has the same name in any selection");
    let runs = stored(&program, "part", "run").len();
    assert_eq!(runs, 3, "what an earlier command finished is kept");
    let out = program.succeed("run x.toml --no-plots --out part");
    assert!(out.contains("3 of 12 runs were in the store already"), "{out}");
    assert_eq!(tables(&program, "part"), tables(&program, "whole"));

    program.file(
        "long.toml",
        EXPERIMENT.replace("rounds = 60", "rounds = 100000").replace("seeds = [1, 2]", "seeds = [5, 6, 7]"),
    );
    program.succeed("run long.toml --quiet --no-plots --quick");
    let text = &tables(&program, "results/long-quick")[1].1;
    let quick = columns(text);
    let column = |name: &str| quick.iter().find(|(own, _)| own == name).unwrap().1.clone();
    assert_eq!(column("seed"), ["5", "6"].repeat(6));
    assert!(column("rounds").iter().all(|rounds| rounds == "50"));
}

/// Files below a folder with their bytes, by their paths from there.
fn files_below(folder: &std::path::Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Two blocks, two workers, three vectors, of methods with and without residual.
const VECTORS: &str = r#"
seeds = [1, 2]
objective = { name = "quadratic", dim = 20, strong_convexity = 0.1, smoothness = 1.0, spectrum = "linear", heterogeneity = 1.0, noise = 0.5, seed = 1 }
n_workers = 3
rounds = 40
batch_size = "full"
step_size = 0.3
blocks = { lengths = "15, 5" }
method = [{ name = "sgd" }, { name = "error-feedback", compressor = { name = "top-k", k = { per_block = "2, 1" } } }]
initial = "ones"
"#;

#[test]
fn vectors_of_runs_change_no_number_and_are_the_same_after_anything() {
    let program = Program::new();
    program.file("plain.toml", VECTORS);
    program.succeed("run plain.toml --quiet --no-plots --out plain");
    let record = "record = { vectors = { rounds = [1, 7, 40], workers = [2, 0] } }";
    program.file("x.toml", format!("{VECTORS}{record}\n"));
    program.succeed("run x.toml --quiet --no-plots --threads 1 --out one");
    let numbers = |folder: &str| {
        let rounds = columns(&tables(&program, folder)[0].1);
        rounds.into_iter().filter(|(name, _)| name != "run").collect::<Vec<_>>()
    };
    assert_eq!(numbers("plain"), numbers("one"));

    let vectors = files_below(&program.path("one/vectors"));
    assert_eq!(vectors.len(), 2 * 2 * 3, "methods, seeds, rounds");
    let index = columns(&fs::read_to_string(program.path("one/vectors.csv")).unwrap());
    assert_eq!(index[0].1.len(), 12 * 2 * 2, "workers, blocks");
    program.succeed("run x.toml --quiet --no-plots --threads 2 --out two");
    assert_eq!(files_below(&program.path("two/vectors")), vectors);

    // A file that was removed is written again, by repeating its run and no other.
    let lost = program.path("two/vectors").join(&vectors[4].0);
    fs::remove_file(&lost).unwrap();
    let answer = program.succeed("run x.toml --no-plots --out two");
    assert!(answer.contains("3 of 4 runs were in the store already"), "{answer}");
    assert_eq!(files_below(&program.path("two/vectors")), vectors);

    // Under error feedback u = γg + e: what was sent and what is left make it up, and g of the next round follows.
    let which = r#"record = { vectors = { which = ["compressed", "sent", "residual"] }, schedule = { every = 1 } }"#;
    program.file("all.toml", format!("{}{which}\n", VECTORS.replace("{ name = \"sgd\" }, ", "")));
    program.succeed("run all.toml --quiet --no-plots --out all");
    let folder = fs::read_dir(program.path("all/vectors")).unwrap().next().unwrap().unwrap().path();
    let tensors = gradsieve::tensor::open(&folder).unwrap().tensors;
    assert_eq!(tensors.len(), 40 * 3 * 2);
    let named = |name: &str, step: u64| {
        let found = tensors.iter().find(|tensor| tensor.name == name && tensor.step == Some(step.into()));
        found.unwrap_or_else(|| panic!("{name} {step}")).to_vec().unwrap()
    };
    for step in [1, 2, 17, 40] {
        let [u, sent, left] =
            ["compressed", "sent", "residual"].map(|kind| named(&format!("{kind}.worker_0.block_1"), step));
        assert_eq!((u.len(), sent.iter().filter(|value| **value != 0.0).count()), (15, 2));
        for i in 0..15 {
            assert_eq!(u[i], sent[i] + left[i]);
        }
    }
    // A run without vectors takes the table away.
    program.succeed("run plain.toml --quiet --no-plots --out one");
    assert!(!program.path("one/vectors.csv").exists());
}

#[test]
fn vectors_that_no_worker_has_are_refused_with_the_place() {
    let program = Program::new();
    for (vectors, expected) in [
        ("rounds = [0]", "`vectors.rounds` holds 0, but the rounds are 1 to 40"),
        ("rounds = [41]", "`vectors.rounds` holds 41, but the rounds are 1 to 40"),
        ("workers = [3]", "`vectors.workers` holds 3, but the workers are 0 to 2"),
        ("which = [\"residual\"]", "no worker of sgd has that vector"),
        ("which = [\"momentum\"]", "valid here: compressed, sent, residual"),
        ("round = [1]", "round"),
    ] {
        program.file("x.toml", format!("{VECTORS}record = {{ vectors = {{ {vectors} }} }}\n"));
        let answer = program.run("run x.toml --quiet");
        assert_eq!(answer.code, Some(2), "{vectors}");
        assert!(answer.err.contains(expected) && answer.err.contains("x.toml:"), "{vectors}: {}", answer.err);
    }
    assert!(!program.path("results").exists());
}
