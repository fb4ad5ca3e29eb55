//! The members keep their promises, and the program knows them as its own.

use gradsieve::compressor::CompressorSpec;
use gradsieve::conformance::{self, Violations};
use own_members::{BestSigns, FadingFeedback, LogCosh};
use std::process::{Command, Output};

#[test]
fn best_signs_keep_their_guarantee() -> Result<(), Violations> {
    conformance::compressor(&BestSigns { k: 5.into() })?;
    conformance::compressor(&BestSigns { k: 1.0.into() })
}

#[test]
fn log_cosh_keeps_its_constants() -> Result<(), Violations> {
    conformance::objective(&LogCosh {})
}

#[test]
fn fading_feedback_counts_its_bits_and_goes_on_from_its_state() -> Result<(), Violations> {
    conformance::method(&FadingFeedback {
        retention: 0.9,
        compressor: gradsieve::compressor::TopK { k: 5.into() }.into(),
    })
}

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_own-members"));
    command.args(arguments).output().expect("the program starts")
}

fn answer(arguments: &[&str]) -> String {
    let output = program(arguments);
    let [out, error] = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{arguments:?}: {error}");
    out
}

#[test]
fn the_program_lists_shows_and_describes_them() {
    let listed = answer(&["list"]);
    for name in ["  best-signs ", "  log-cosh ", "  fading-feedback ", "  top-k "] {
        assert!(listed.contains(name), "{listed}");
    }
    let shown = answer(&["show", "best-signs"]);
    assert!(
        shown.contains("weakly majorized") && shown.contains("compressor = { name = \"best-signs\", k = 5 }"),
        "{shown}"
    );
    let schema = answer(&["schema"]);
    assert!(["best-signs", "log-cosh", "fading-feedback"].iter().all(|name| schema.contains(name)));
}

#[test]
fn a_mistake_in_their_tables_is_found_at_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.toml");
    let refused = |right: &str, wrong: &str| {
        let text = include_str!("../experiment.toml");
        assert!(text.contains(right));
        std::fs::write(&path, text.replacen(right, wrong, 1)).expect("a file");
        let output = program(&["run", &path.display().to_string(), "--list"]);
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let error = refused("retention", "retentoin");
    assert!(error.contains("x.toml:16:33: unknown key `retentoin` in `method`"), "{error}");
    assert!(error.contains("did you mean `retention`?"), "{error}");
    let error = refused("\"log-cosh\"", "\"log-cos\"");
    assert!(
        error.contains("x.toml:7:22: unknown name `log-cos`") && error.contains("did you mean `log-cosh`?"),
        "{error}"
    );
    let error = refused("\"best-signs\"", "\"bestsigns\"");
    assert!(error.contains("x.toml:15:") && error.contains("did you mean `best-signs`?"), "{error}");
    let error = refused("retention = 0.9", "retention = 1.5");
    assert!(error.contains("x.toml:16:") && error.contains("`retention` is 1.5, but it must be in [0, 1]"), "{error}");
    let error = refused("\"best-signs\", k = 5", "\"best-signs\", k = 500");
    assert!(error.contains("x.toml:15:") && error.contains("k = 500 exceeds the dimension d = 31"), "{error}");
}

#[test]
fn runs_are_executed_once_and_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().display().to_string();
    let experiment = concat!(env!("CARGO_MANIFEST_DIR"), "/experiment.toml");
    let arguments =
        ["run", experiment, "--quiet", "--filter", "method.compressor=best-signs", "--seeds", "1", "--out", &out];
    answer(&arguments);
    let summary = std::fs::read_to_string(folder.path().join("summary.csv")).expect("a table");
    // What both runs share is not in their labels: best-signs is in the provenance.
    assert!(summary.lines().count() == 3 && summary.contains("fading-feedback"), "{summary}");
    let provenance = std::fs::read_to_string(folder.path().join("provenance.json")).expect("a file");
    assert!(provenance.contains("own_members::best_signs::BestSigns"), "{provenance}");
    let again = answer(&arguments.map(|argument| if argument == "--quiet" { "--no-plots" } else { argument }));
    assert!(again.contains("2 of 2 runs were in the store already"), "{again}");
    let checked = answer(&["check", experiment, "--no-plots", "--out", &out]);
    assert!(checked.contains("E1"), "{checked}");
}

#[test]
fn a_name_is_registered_once() {
    assert_eq!(CompressorSpec::register::<BestSigns>(), Ok(()));
    let error = CompressorSpec::register::<BestSigns>().unwrap_err().to_string();
    assert_eq!(error, "compressor `best-signs` cannot be registered: a member of that name is registered already");
}
