//! Two result folders side by side: what the program says changed, what it leaves to noise, and its exit codes.

use crate::program::Program;
use std::fs;

const EXPERIMENT: &str = r#"
dataset = { name = "breast-cancer-wdbc", scale = "standardize", intercept = true }
objective = { name = "logistic", regularization = 0.05 }
n_workers = 4
rounds = 60
batch_size = 4
step_size = STEP
method = [
    { name = "sgd" },
    { name = "error-feedback", compressor = { name = "top-k", k = 3 } },
]
[[claim]]
text = "It ends low."
metric = "suboptimality"
at_most = 1e9
"#;

/// Runs the experiment with these seeds and this step size into a folder.
fn run_into(program: &Program, folder: &str, seeds: &str, step_size: &str) {
    program.file(&format!("{folder}.toml"), EXPERIMENT.replace("STEP", step_size));
    program.succeed(&format!("run {folder}.toml --quiet --no-plots --seeds {seeds} --out {folder}"));
}

/// The cells of a column of a table, for the rows that pass.
fn cells(program: &Program, table: &str, column: &str, passes: impl Fn(&csv::StringRecord) -> bool) -> Vec<String> {
    let mut reader = csv::Reader::from_path(program.path(table)).unwrap();
    let place = reader.headers().unwrap().iter().position(|name| name == column).unwrap();
    let rows = reader.records().map(Result::unwrap);
    rows.filter(|row| passes(row)).map(|row| row[place].to_owned()).collect()
}

#[test]
fn what_changed_is_said_and_what_did_not_is_not() {
    let program = Program::new();
    run_into(&program, "a", "1,2,3,4,5", "0.1");
    run_into(&program, "again", "1,2,3,4,5", "0.1");
    run_into(&program, "other-seeds", "11,12,13,14,15", "0.1");
    run_into(&program, "half", "1,2,3,4,5", "0.05");
    run_into(&program, "one", "1", "0.1");

    let same = program.run("report --compare a again");
    assert_eq!(same.code, Some(0), "{}", same.err);
    assert!(same.out.contains("rounds.csv is byte-identical: no number changed."), "{}", same.out);

    // Other seeds: noise alone. By construction this fails for 5 % of all choices of seeds, and not for this one.
    let noise = program.run("report --compare a other-seeds --tables noise");
    assert_eq!(noise.code, Some(0), "{}{}", noise.out, noise.err);
    assert!(noise.out.contains("Nothing changed beyond the noise of the seeds"), "{}", noise.out);
    let verdicts = cells(&program, "noise/compare.csv", "verdict", |_| true);
    assert!(verdicts.iter().all(|verdict| ["unchanged", "identical"].contains(&verdict.as_str())), "{verdicts:?}");
    let tests = cells(&program, "noise/compare.csv", "test", |row| &row[3] == "unchanged");
    assert!(tests.len() > 10 && tests.iter().all(|test| test == "Welch t"), "{tests:?}");

    let half = program.run("report --compare a half --tables half-tables");
    assert_eq!(half.code, Some(1), "{}{}", half.out, half.err);
    insta::assert_snapshot!("compare", half.out);
    let changed =
        cells(&program, "half-tables/compare.csv", "quantity", |row| &row[0] == "sgd" && &row[3] == "changed");
    assert!(changed.contains(&"suboptimality".to_owned()), "{changed:?}");
    let keys = cells(&program, "half-tables/compare_facts.csv", "key", |row| &row[0] == "specification");
    assert_eq!(keys, ["step_size"]);

    // One run is not a sample: the differences are reported, and nothing is claimed.
    let one = program.run("report --compare other-seeds one");
    assert_eq!(one.code, Some(0), "{}", one.out);
    assert!(one.out.contains("too few runs to tell a change from the noise of the seeds"), "{}", one.out);
}

#[test]
fn folders_that_cannot_be_compared_are_reported() {
    let program = Program::new();
    run_into(&program, "a", "1,2", "0.1");
    let missing = program.run("report --compare a nowhere");
    assert_eq!(missing.code, Some(2));
    assert!(missing.err.starts_with("error: cannot read nowhere/summary.csv"), "{}", missing.err);
    let alone = program.run("report --compare a");
    assert_eq!(alone.code, Some(2));
    assert!(alone.err.contains("two"), "{}", alone.err);
    // Folders without a setting in common, and a diverged run.
    run_into(&program, "far", "1,2", "1e300");
    let diverged = program.run("report --compare a far --tables t");
    assert!(diverged.out.contains("specification") || diverged.out.contains("step_size"), "{}", diverged.out);
    let words = diverged.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("0 of 2 and 2 of 2 runs diverged"), "{}", diverged.out);
    let counts = cells(&program, "t/compare.csv", "b", |row| &row[1] == "diverged");
    assert_eq!(counts, ["2", "2"]);
    fs::remove_file(program.path("far/provenance.json")).unwrap();
    assert!(!program.run("report --compare a far").out.contains("Where they come from"));
}
