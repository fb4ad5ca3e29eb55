//! The program among other programs: paths of any bytes, pipes that close, disks that are full.

#![cfg(unix)]

use crate::program::Program;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

const EXPERIMENT: &str = "objective = { name = \"quadratic\", dim = 10, strong_convexity = 0.5, smoothness = 1.0, spectrum = \
                          \"linear\", heterogeneity = 0.0, noise = 0.0, seed = 1 }\nn_workers = 2\nrounds = 20\n\
                          batch_size = \"full\"\nstep_size = 0.5\nmethod = { name = \"sgd\" }\n";

const CLAIM: &str = "\n[full]\nrounds = 5\n\n[[claim]]\ntext = \"It is small.\"\nmetric = \"loss\"\nat_most = 1e-300\n";

/// The exit code where the standard output is a pipe that no one reads.
fn code_into_a_closed_pipe(program: &Program, arguments: &str) -> (Option<i32>, String) {
    let mut child = program.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_closed_pipe_changes_no_exit_code() {
    let program = Program::new();
    program.file("x.toml", format!("{EXPERIMENT}{CLAIM}"));
    let refuted = code_into_a_closed_pipe(&program, "check x.toml --out o --no-plots");
    assert_eq!(refuted.0, Some(1), "{}", refuted.1);
    for arguments in
        ["plot o", "completions bash", "run x.toml --out o", "table o --file summary --format csv", "schema"]
    {
        let (code, err) = code_into_a_closed_pipe(&program, arguments);
        assert!(code == Some(0) && !err.contains("panicked"), "{arguments}: {code:?} {err}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_the_output_is_an_error() {
    let program = Program::new();
    program.file("x.toml", EXPERIMENT);
    program.succeed("run x.toml --out o --quiet");
    for arguments in ["plot o", "completions bash", "schema"] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = program.command(arguments).stdout(full).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && err.starts_with("error: "), "{arguments}: {err}");
    }
}

#[test]
fn a_path_need_not_be_utf_8() {
    let program = Program::new();
    let name = OsStr::from_bytes(b"a\xff.toml");
    // Some file systems allow no such name.
    if std::fs::write(program.path(name), EXPERIMENT).is_err() {
        return;
    }
    let output = program.command("run --out o --quiet --no-plots").arg(name).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(std::fs::read_to_string(program.path("o/provenance.json")).unwrap().contains("a\u{fffd}.toml"));
}

#[test]
fn claims_are_judged_at_their_own_size_alone() {
    let program = Program::new();
    program.file("x.toml", format!("{EXPERIMENT}{CLAIM}"));
    for size in ["--full", "--quick"] {
        let answer = program.succeed(&format!("check x.toml --out o{size} --no-plots {size}"));
        assert!(answer.contains("Claims are about the default size, and are not judged at this one."), "{answer}");
        assert!(!answer.contains("It is small.") && !program.path(format!("o{size}/claims.csv")).exists());
    }
}

#[test]
fn threads_and_draws_have_limits() {
    let program = Program::new();
    program.file("x.toml", EXPERIMENT);
    for (arguments, message) in [
        ("run x.toml --threads 100000", "expected a number from 1 to 1024"),
        ("run x.toml --threads 0", "expected a number from 1 to 1024"),
        ("selectors --threads 1025", "expected a number from 1 to 1024"),
        ("bench --threads 1025", "expected a number from 1 to 1024"),
        ("selectors --repeats 18446744073709551615", "--repeats is 18446744073709551615, but at most 1000000 draws"),
        ("selectors --warm-up 1000001", "--warm-up is 1000001, but at most 1000000 draws are made"),
        ("selectors --dim 18446744073709551615", "--dim 18446744073709551615 takes 590.3 EB, but this machine has "),
    ] {
        let answer = program.run(arguments);
        assert!(answer.code == Some(2) && answer.err.contains(message), "{arguments}: {}", answer.err);
    }
}

#[test]
fn a_sweep_has_a_limit() {
    let program = Program::new();
    let list = vec!["1"; 101].join(",");
    let answer = program.run(&format!("theorem value C1 --dim {list} --k {list} --round {list}"));
    let words = "these lists combine to 1030301 bounds, and at most 1000000 are computed";
    assert!(answer.code == Some(2) && answer.err.contains(words), "{}", answer.err);
}

#[test]
fn links_that_lead_upwards_end_a_search() {
    let program = Program::new();
    std::fs::create_dir_all(program.path("l/a/b")).unwrap();
    for (to, link) in [("..", "l/a/up"), ("../..", "l/a/b/up2"), (".", "l/self")] {
        std::os::unix::fs::symlink(to, program.path(link)).unwrap();
    }
    let answer = program.run("report l -o l.html");
    assert!(answer.code == Some(2) && answer.err.contains("no results in `l`"), "{}", answer.err);
}

#[test]
fn a_theorem_with_the_name_of_a_path_leads_out_of_no_folder() {
    let program = Program::new();
    program.file("x.toml", EXPERIMENT);
    program.succeed("run x.toml --out in/res --quiet --no-plots");
    std::fs::create_dir(program.path("in/res/check-a")).unwrap();
    program.file(
        "in/res/check_rounds.csv",
        "theorem,label,quantity,round,bound,observed,lower,upper\na/../../../PWNED,sgd,loss,1,1,1,,\n",
    );
    let answer = program.run("plot in/res");
    assert_eq!(answer.code, Some(2), "{}", answer.out);
    assert!(
        answer
            .err
            .contains("in/res/check_rounds.csv:2: column `theorem`: `a/../../../PWNED` is not a name of a theorem"),
        "{}",
        answer.err
    );
    assert!(!program.path("PWNED.svg").exists());
}

#[test]
fn a_table_of_vectors_leads_out_of_no_folder() {
    let program = Program::new();
    program.file("secret.safetensors", "");
    for file in ["../secret.safetensors", "/etc/passwd", "vectors/../../secret.safetensors"] {
        let header = "run,label,seed,round,worker,vector,block,n,file,tensor";
        program.file("o/vectors.csv", format!("{header}\na,sgd,1,1,0,sent,,3,{file},sent.worker_0\n"));
        let answer = program.run("fit o");
        let words = format!("vectors.csv: line 2: {file} is not a path within the folder");
        assert!(answer.code == Some(2) && answer.err.contains(&words), "{}", answer.err);
    }
}

#[test]
fn a_reproduction_with_nothing_to_compare_says_so() {
    let program = Program::new();
    program.file("experiments/mine/x.toml", EXPERIMENT);
    let answer = program.run("reproduce mine/x --check");
    assert_eq!(answer.code, Some(2), "{}", answer.out);
    let words =
        "results/mine/x/rounds.csv is not there, so that there is nothing to compare with: run the experiment first";
    assert!(answer.err.contains(words), "{}", answer.err);
    assert!(!program.path("results").exists(), "nothing was begun");
    let answer = program.run("reproduce mine/x --full");
    assert!(answer.code == Some(2) && answer.err.contains("has a table `full`: leave --full out"), "{}", answer.err);
}

#[test]
fn a_level_that_is_reached_at_once_has_no_ratio() {
    let program = Program::new();
    let two = EXPERIMENT.replace("step_size = 0.5", "step_size = [3.0, 9.0]");
    program.file("x.toml", format!("{two}seeds = [1, 2]\n"));
    let answer = program.succeed("run x.toml --out o --no-plots");
    assert!(!answer.contains("NaN") && !answer.contains("inf times"), "{answer}");
    program.succeed("report o -o o.html --quiet");
    assert!(!std::fs::read_to_string(program.path("o.html")).unwrap().contains("NaN times"));
}
