//! What users get wrong, and what the program answers: the place, the value, the remedy, and exit code 2.

use crate::program::Program;

use std::io::Write;
use std::path::Path;

/// Lines of an experiment that is right; the cases change one of them.
const RIGHT: [(&str, &str); 6] = [
    (
        "objective",
        "{ name = \"quadratic\", dim = 10, strong_convexity = 0.5, smoothness = 1.0, spectrum = \"linear\", \
         heterogeneity = 0.0, noise = 0.0, seed = 1 }",
    ),
    ("n_workers", "2"),
    ("rounds", "20"),
    ("batch_size", "\"full\""),
    ("step_size", "0.1"),
    ("method", "{ name = \"error-feedback\", compressor = { name = \"top-k\", k = 2 } }"),
];

/// The right experiment with some keys set otherwise; new keys are appended.
fn experiment(changes: &[(&str, &str)]) -> String {
    let changed = |key: &str| changes.iter().find(|(other, _)| *other == key).map(|(_, value)| *value);
    let mut lines: Vec<String> =
        RIGHT.iter().map(|(key, value)| format!("{key} = {}", changed(key).unwrap_or(value))).collect();
    let new = changes.iter().filter(|(key, _)| RIGHT.iter().all(|(own, _)| own != key));
    lines.extend(new.map(|(key, value)| format!("{key} = {value}")));
    lines.join("\n") + "\n"
}

/// The complaint about an experiment that is wrong.
fn complaint(text: &str) -> String {
    let program = Program::new();
    program.file("x.toml", text);
    refused(&program, "run x.toml --quiet")
}

fn refused(program: &Program, arguments: &str) -> String {
    let answer = program.run(arguments);
    assert_eq!(answer.code, Some(2), "{arguments} printed {}{}", answer.out, answer.err);
    assert_eq!(answer.out, "", "{arguments}");
    answer.err
}

/// The complaint about one changed key.
fn about(key: &str, value: &str) -> String {
    complaint(&experiment(&[(key, value)]))
}

/// A logistic regression on a LIBSVM file of the user.
fn on_file(path: &str) -> String {
    experiment(&[
        ("objective", "{ name = \"logistic\", regularization = 0.1 }"),
        ("dataset", &format!("{{ name = \"file\", path = \"{path}\" }}")),
    ])
}

fn complaint_about_data(name: &str, content: &[u8]) -> String {
    let program = Program::new();
    program.file("x.toml", on_file(name));
    program.file(name, content);
    refused(&program, "run x.toml --quiet")
}

#[test]
fn the_experiment_that_the_cases_change_is_right() {
    let program = Program::new();
    program.file("x.toml", experiment(&[]));
    assert_eq!(program.succeed("run x.toml --quiet --no-plots"), "");
    assert_eq!(std::fs::read_to_string(program.path("results/x/summary.csv")).unwrap().lines().count(), 2);
}

#[test]
fn misspelt_keys_are_found_where_they_stand_and_the_nearest_is_named() {
    let text = experiment(&[]).replace("step_size", "stepsize");
    let keys = gradsieve::experiment::grid::valid_keys().join(", ");
    assert_eq!(
        complaint(&text),
        format!(
            "error: x.toml:5:1: unknown key `stepsize`\n    |\n  5 | stepsize = 0.1\n    | ^^^^^^^^\n  help: did you mean \
             `step_size`? Valid here: {keys}\n"
        )
    );
    assert_eq!(
        about("method", "{ name = \"momentum\", bta = 0.5, method = { name = \"sgd\" } }"),
        "error: x.toml:6:31: unknown key `bta` in `method`\n    |\n  6 | method = { name = \"momentum\", bta = 0.5, \
         method = { name = \"sgd\" } }\n    |                               ^^^\n  help: did you mean `beta`? Valid \
         here: beta, method\n"
    );
    let inner = about("method", "{ name = \"error-feedback\", compressor = { name = \"top-k\", kk = 2 } }");
    assert!(inner.starts_with("error: x.toml:6:68: unknown key `kk` in `method`\n"), "{inner}");
    assert!(inner.ends_with("help: did you mean `k`? Valid here: k\n"), "{inner}");
    let data = complaint(&experiment(&[
        ("objective", "{ name = \"logistic\", regularization = 0.1 }"),
        ("dataset", "{ name = \"spambase\", scal = \"max-abs\" }"),
    ]));
    assert!(data.starts_with("error: x.toml:7:32: unknown key `scal` in `dataset`\n"), "{data}");
    assert!(data.contains("help: did you mean `scale`?"), "{data}");
    let in_table = complaint(&(experiment(&[]) + "[[plot]]\nx = \"round\"\ny = \"loss\"\nxscale = \"log\"\n"));
    assert!(in_table.starts_with("error: x.toml:10:1: unknown key `xscale` in `plot`\n"), "{in_table}");
    assert!(in_table.contains("did you mean `x_scale`?"), "{in_table}");
}

#[test]
fn a_misspelt_key_in_the_second_of_a_list_is_found_there() {
    let text = experiment(&[(
        "method",
        "[\n  { name = \"sgd\" },\n  { name = \"ef21\", compresor = { name = \"top-k\", k = 2 } },\n]",
    )]);
    let complaint = complaint(&text);
    assert!(complaint.starts_with("error: x.toml:8:20: unknown key `compresor` in `method`\n"), "{complaint}");
    assert!(complaint.contains("did you mean `compressor`?"), "{complaint}");
}

#[test]
fn unknown_members_are_answered_with_the_nearest_name() {
    for (key, value, place, unknown, nearest) in [
        ("method", "{ name = \"erorr-feedback\" }", "6:19", "erorr-feedback", "error-feedback"),
        ("method", "{ name = \"ef21\", compressor = { name = \"topk\", k = 2 } }", "6:49", "topk", "top-k"),
        ("objective", "{ name = \"quadratik\" }", "1:22", "quadratik", "quadratic"),
        ("network", "{ name = \"ethernett\", speed = \"10g\" }", "7:20", "ethernett", "ethernet"),
        ("step_size", "{ name = \"cosin\", initial = 1.0, final = 0.1 }", "5:22", "cosin", "cosine"),
        ("record", "{ metrics = [\"los\"] }", "7:23", "los", "loss"),
    ] {
        let complaint = about(key, value);
        assert!(complaint.starts_with(&format!("error: x.toml:{place}: unknown name `{unknown}`")), "{complaint}");
        assert!(complaint.contains(&format!("help: did you mean `{nearest}`?")), "{complaint}");
    }
    let program = Program::new();
    let complaint = refused(&program, "show topk");
    assert!(complaint.starts_with("error: no member is called `topk`: did you mean `top-k`?"), "{complaint}");
}

#[test]
fn wrong_types_are_found_where_they_stand() {
    assert_eq!(
        about("rounds", "\"many\""),
        "error: x.toml:3:10: `rounds`: invalid type: string \"many\", expected a whole number ≥ 0\n    |\n  3 | rounds = \"many\"\n    \
         |          ^^^^^^\n"
    );
    for (key, value, place) in [
        ("n_workers", "2.5", "2:13"),
        ("n_workers", "0", "2:13"),
        ("rounds", "-3", "3:10"),
        ("batch_size", "\"half\"", "4:14"),
        ("batch_size", "0", "4:14"),
        ("step_size", "true", "5:13"),
        ("method", "3", "6:"),
        ("method", "{ name = 3 }", "6:"),
        ("method", "{ name = \"momentum\", beta = \"big\", method = { name = \"sgd\" } }", "6:38"),
        ("seeds", "\"all\"", "7:9"),
        ("record", "{ schedule = { every = \"third\" } }", "7:33"),
    ] {
        let complaint = about(key, value);
        assert!(complaint.starts_with(&format!("error: x.toml:{place}")), "{key} = {value}: {complaint}");
        assert!(complaint.contains(&format!("`{key}`")), "{key} = {value}: {complaint}");
    }
}

#[test]
fn invalid_toml_and_missing_files_are_reported() {
    let complaint = complaint(&experiment(&[("rounds", "[1, 2")]));
    assert!(
        complaint.starts_with("error: x.toml:4:1: not TOML: ") || complaint.starts_with("error: x.toml:3:"),
        "{complaint}"
    );
    let program = Program::new();
    program.file("quickstart.toml", experiment(&[]));
    let missing = refused(&program, "run quickstrat.toml");
    assert!(missing.starts_with("error: quickstrat.toml: cannot read the experiment file: "), "{missing}");
    assert!(missing.ends_with("help: did you mean ./quickstart.toml?\n"), "{missing}");
    let folder = refused(&program, "plot nowhere");
    assert!(folder.contains("nowhere"), "{folder}");
}

#[test]
fn missing_and_superfluous_keys_are_reported() {
    let text: String =
        experiment(&[]).lines().filter(|line| !line.starts_with("rounds")).collect::<Vec<_>>().join("\n");
    assert_eq!(complaint(&text), "error: x.toml: the experiment lacks the key `rounds`\n");
    let lacks = about("method", "{ name = \"error-feedback\" }");
    assert!(lacks.starts_with("error: x.toml:6:1: `method` lacks the key `compressor`\n"), "{lacks}");
    let data = about("dataset", "{ name = \"spambase\" }");
    assert!(data.contains("objective `quadratic` is synthetic and takes no data"), "{data}");
    let objective = about("objective", "{ name = \"logistic\", regularization = 0.1 }");
    assert!(
        objective.contains("objective `logistic` is a sum over the rows of a data set and none is given"),
        "{objective}"
    );
}

#[test]
fn numbers_out_of_range_are_reported_with_their_range() {
    let top = |k: &str| format!("{{ name = \"error-feedback\", compressor = {{ name = \"top-k\", k = {k} }} }}");
    for (key, value, place, message) in [
        ("method", &*top("11"), "6:72", "k = 11 exceeds the dimension d = 10 of block 0; choose 1 ≤ k ≤ 10"),
        ("method", &top("0"), "6:72", "k = 0 keeps nothing of block 0; choose 1 ≤ k ≤ 10"),
        ("method", &top("1.5"), "6:72", "k = 1.5 is a density and must lie in (0, 1]"),
        ("method", &top("-1"), "6:", "k is -1, but k counts"),
        ("step_size", "-0.1", "5:13", "`step_size` is -0.1 in round 1, but step sizes must be positive and finite"),
        ("step_size", "0.0", "5:13", "`step_size` is 0 in round 1, but step sizes must be positive and finite"),
        ("step_size", "nan", "5:13", "nan is not a finite number"),
        ("step_size", "inf", "5:13", "inf is not a finite number"),
        ("compute_seconds", "-1.0", "7:19", "`compute_seconds` is -1, but it must be a finite number ≥ 0"),
        ("batch_size", "4", "4:14", "`batch_size` is 4, but this objective is not a sum over rows: write \"full\""),
        ("blocks", "{ lengths = \"4, 4\" }", "7:1", "`lengths` adds up to 8, but the dimension is 10"),
        ("seeds", "[]", "7:1", "`seeds` is empty"),
        ("seeds", "[1, 2, 1]", "7:1", "`seeds` holds 1 twice, and equal seeds make equal runs"),
        ("seeds", "7", "7:1", "`seeds` is 7, but it must be a list"),
        ("rounds", "[]", "3:1", "`rounds` is an empty list: an axis needs a value"),
        ("zip", "[[\"rounds\", \"method.k\"]]", "7:1", "`zip` names `rounds`, which holds no list"),
        (
            "method",
            "{ name = \"momentum\", beta = 1.5, method = { name = \"sgd\" } }",
            "6:38",
            "`beta` is 1.5, but it must be in [0, 1)",
        ),
        (
            "network",
            "{ name = \"payload\", seconds_per_bit = -1.0 }",
            "7:49",
            "`seconds_per_bit` is -1, but it must be a finite number that is ≥ 0",
        ),
    ] {
        let complaint = about(key, value);
        assert!(complaint.starts_with(&format!("error: x.toml:{place}")), "{key} = {value}: {complaint}");
        assert!(complaint.contains(message), "{key} = {value}: {complaint}");
    }
}

#[test]
fn flags_out_of_range_and_filters_that_match_nothing_are_reported() {
    let program = Program::new();
    program.file("x.toml", experiment(&[("step_size", "[0.1, 0.2]")]));
    let filter = refused(&program, "run x.toml --filter step_size=0.3");
    assert_eq!(filter, "error: no run of the plan matches --filter step_size=0.3: the varying keys are step_size\n");
    for arguments in ["--threads 0", "--filter sgd", "--checkpoint-seconds=-1", "--seeds one", "--colour"] {
        let complaint = refused(&program, &format!("run x.toml {arguments}"));
        assert!(complaint.starts_with("error: "), "{arguments}: {complaint}");
        let flag = arguments.split([' ', '=']).next().unwrap();
        assert!(complaint.contains(flag), "{arguments}: {complaint}");
    }
    assert!(refused(&program, "list compressor").contains("compressors"));
}

// ----------------------------------------------------------------------------------------------------------- data

#[test]
fn missing_data_are_reported_with_what_to_do() {
    let data = |dataset: &str| {
        complaint(&experiment(&[("objective", "{ name = \"logistic\", regularization = 0.1 }"), ("dataset", dataset)]))
    };
    let unknown = data("{ name = \"spambas\" }");
    assert!(unknown.starts_with("error: x.toml:7:"), "{unknown}");
    assert!(unknown.contains("unknown data set `spambas` (did you mean `spambase`?)"), "{unknown}");
    let missing = data("{ name = \"a9a\" }");
    assert!(missing.starts_with("error: x.toml:7:1: data set `a9a`: a9a.gz was not found"), "{missing}");
    assert!(
        missing.contains("gradsieve data fetch a9a") && missing.contains("--data-dir or GRADSIEVE_DATA"),
        "{missing}"
    );
    let file = data("{ name = \"file\", path = \"no/such.libsvm\" }");
    assert!(file.contains("data file no/such.libsvm was not found; looked at "), "{file}");
    let program = Program::new();
    assert!(refused(&program, "data info spambas").contains("spambase"));
}

#[test]
fn malformed_rows_are_found_by_line_and_column() {
    for (content, place, problem) in [
        ("+1 1:1\n-1 2:x\n", "2:6", "value `x` is not a number"),
        ("+1 1:1\n-1 2\n", "2:4", "`2` has no colon; expected index:value"),
        ("+1 1:1\n-1 0:1\n", "2:4", "index 0 was found, but indices start at 1: state first_index = 0"),
        ("+1 1:1\n-1 3:1 2:1\n", "2:8", "index 2 follows index 3; indices must ascend"),
        ("+1 1:1\none 2:1\n", "2:1", "label `one` is not a number"),
        ("+1 1:1\n-1 2:nan\n", "2:6", "value `nan` is not finite"),
        ("+1 1:inf\n-1 2:1\n", "1:6", "value `inf` is not finite"),
        ("+1 1:1\ninf 2:1\n", "2:1", "label `inf` is not finite"),
        ("+1 1:1e999\n-1 2:1\n", "1:6", "value `1e999` is not finite"),
    ] {
        let complaint = complaint_about_data("rows.libsvm", content.as_bytes());
        assert!(complaint.starts_with("error: x.toml:7:1: "), "{content}: {complaint}");
        assert!(complaint.contains(&format!("rows.libsvm:{place}: {problem}")), "{content}: {complaint}");
    }
    let csv = complaint_about_data("rows.csv", b"1.0,2.0,1\n3.0,nan,-1\n");
    assert!(csv.contains("rows.csv:2:2: ") && csv.contains("not finite"), "{csv}");
    let empty = complaint_about_data("rows.libsvm", b"");
    assert!(empty.contains("rows.libsvm: no row was found"), "{empty}");
    let labels = complaint_about_data("rows.libsvm", b"1 1:1\n2 1:2\n3 1:3\n");
    assert!(labels.contains("rows.libsvm"), "{labels}");
}

#[test]
fn experiments_that_are_not_utf8_are_refused_with_what_to_do_and_not_with_their_own_name() {
    let program = Program::new();
    let utf16: Vec<u8> = "\u{feff}rounds = 1".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, message) in [
        (utf16.as_slice(), "error: x.toml: the file is UTF-16: save it as UTF-8\n"),
        (b"# a\n# b\xff", "error: x.toml: byte 7, in line 2, is not UTF-8: save the file as UTF-8\n"),
    ] {
        program.file("x.toml", bytes);
        assert_eq!(refused(&program, "run x.toml --quiet"), message);
    }
    assert!(refused(&program, "run y.toml --quiet").contains("help: did you mean ./x.toml?"));
}

#[test]
fn control_characters_of_files_do_not_reach_the_terminal() {
    let label = complaint_about_data("rows.libsvm", "1 1:1\n\u{9b}2J\u{7f} 1:1\n".as_bytes());
    assert!(label.contains(r"rows.libsvm:2:1: label `\u{9b}2J\u{7f}` is not a number"), "{label}");
    let name = complaint(&experiment(&[("rounds\\u001b", "1")]).replace("rounds\\u001b", "\"rounds\\u001b\""));
    let answer = {
        let program = Program::new();
        program.file("x.toml", format!("question = \"clear\\u001b[2J?\"\n{}", experiment(&[])));
        program.succeed("run x.toml --no-plots")
    };
    assert!(answer.starts_with("clear\\u{1b}[2J?\n"), "{answer}");
    for text in [label, name, answer] {
        assert!(text.chars().all(|c| !c.is_control() || c == '\n'), "{text:?}");
    }
}

#[test]
fn hashed_features_and_columns_of_other_formats_are_refused_by_their_file() {
    let hashed = complaint_about_data("rows.libsvm", b"+1 2147483648:1\n-1 1:1\n");
    assert!(
        hashed.starts_with(
            "error: x.toml:7:1: rows.libsvm: index 2147483648 makes every vector of 2147483648 numbers 17.2 GB: hash the \
             features to fewer, or state n_features = 2147483648 where that is meant\n"
        ),
        "{hashed}"
    );
    let zip = complaint_about_data("rows.zip", b"PK\x03\x04");
    assert!(zip.contains("rows.zip: this is a zip archive: unpack it and name the file with the rows"), "{zip}");
}

#[test]
fn corrupt_archives_are_reported_as_such() {
    let lines: Vec<String> =
        (0..500).map(|i| format!("{} 1:{i} 2:0.5\n", if i % 3 == 0 { "+1" } else { "-1" })).collect();
    let text = lines.concat();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(text.as_bytes()).unwrap();
    let gz = gz.finish().unwrap();
    let mut bz2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    bz2.write_all(text.as_bytes()).unwrap();
    let bz2 = bz2.finish().unwrap();
    for (name, bytes, format) in [("rows.gz", &gz, "gzip"), ("rows.bz2", &bz2, "bzip2")] {
        let truncated = complaint_about_data(name, &bytes[..bytes.len() / 2]);
        assert!(truncated.contains(&format!("{name}: corrupt or truncated {format} data")), "{truncated}");
        let mut flipped = bytes.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 0x10;
        let flipped = complaint_about_data(name, &flipped);
        assert!(flipped.contains(&format!("{name}: corrupt or truncated {format} data")), "{flipped}");
        assert!(flipped.contains("Fetch or copy the file again"), "{flipped}");
    }
    let nothing = complaint_about_data("rows.gz", b"not gzip at all");
    assert!(nothing.contains("rows.gz: "), "{nothing}");
}

#[test]
fn rows_that_cannot_be_partitioned_are_reported() {
    let of = |n_workers: &str, partition: &str| {
        complaint(&experiment(&[
            ("objective", "{ name = \"logistic\", regularization = 0.1 }"),
            ("n_workers", n_workers),
            ("dataset", "{ name = \"spambase\", max_rows = 30 }"),
            ("partition", partition),
        ]))
    };
    let more = of("31", "{ name = \"iid\", seed = 1 }");
    assert!(more.starts_with("error: x.toml:8:1: n_workers = 31, but data set `spambase` has 30 rows: "), "{more}");
    let empty = of("10", "{ name = \"dirichlet\", alpha = 0.001, seed = 1 }");
    assert!(
        empty.starts_with("error: x.toml:8:43: partition `dirichlet` with alpha = 0.001 and seed = 1 leaves worker "),
        "{empty}"
    );
    assert!(empty.contains("use a larger alpha, fewer workers or another seed"), "{empty}");
}

// ---------------------------------------------------------------------------------------------------- file system

#[test]
fn a_folder_that_cannot_be_written_is_reported() {
    let program = Program::new();
    program.file("x.toml", experiment(&[]));
    program.file("occupied", "a file");
    // No one can write below a regular file, not even the superuser.
    let complaint = refused(&program, "run x.toml --quiet --out occupied/results");
    assert!(complaint.starts_with("error: cannot create the folder occupied/results/.store: "), "{complaint}");
    assert!(complaint.contains("choose another folder with --out"), "{complaint}");
}

#[test]
fn a_folder_that_cannot_be_watched_is_reported() {
    let program = Program::new();
    program.file("occupied", "a file");
    let complaint = refused(&program, "watch nowhere");
    assert!(complaint.starts_with("error: nowhere does not exist: name the result folder of a run"), "{complaint}");
    assert!(refused(&program, "watch occupied").starts_with("error: occupied is not a folder"));
    program.file("torn/summary.csv", "run,label,seed,outcome,reason\na,x,1,finished,\n");
    program.file("torn/rounds.csv", "run,label,seed,round,loss\na,x,1,0,0.5\na,x,1,1,half\n");
    let complaint = refused(&program, "watch torn");
    assert_eq!(complaint, "error: torn/rounds.csv:3: column `loss`: `half` is not a number\n");
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_reported_and_finished_runs_are_kept() {
    let program = Program::new();
    // The first run is small, the second records every one of its 2,000 rounds.
    program.file("x.toml", experiment(&[("rounds", "[2, 2000]"), ("record", "{ schedule = { every = 1 } }")]));
    let arguments = "run x.toml --quiet --no-plots --threads 1";
    // A limit on the size of files stands for the disk; it needs no privileges.
    let limited = |arguments: &str| {
        let inner = program.command(arguments);
        let mut shell = std::process::Command::new("sh");
        shell
            .arg("-c")
            .arg("ulimit -f 64; trap '' XFSZ; exec \"$0\" \"$@\"")
            .arg(inner.get_program())
            .args(inner.get_args());
        shell.current_dir(program.path("."));
        shell.output().unwrap()
    };
    let full = limited(arguments);
    let complaint = String::from_utf8(full.stderr).unwrap();
    assert_eq!(full.status.code(), Some(2), "{complaint}");
    assert!(complaint.starts_with("error: cannot write results/x/.store/"), "{complaint}");
    assert!(
        complaint.contains("free some space and run the same command again: finished runs are kept"),
        "{complaint}"
    );
    let names = |folder: &str| -> Vec<String> {
        let entries = std::fs::read_dir(program.path(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert!(
        names("results/x/.store").iter().all(|name| Path::new(name).extension() != Some("part".as_ref())),
        "nothing half written remains"
    );
    assert!(!names("results/x").contains(&"rounds.csv".to_owned()));

    let out = program.succeed("run x.toml --no-plots --threads 1");
    assert!(out.contains("1 of 2 runs were in the store already"), "{out}");
    program.succeed("run x.toml --no-plots --quiet --out again");
    for table in ["rounds.csv", "summary.csv", "comparison.csv"] {
        let read = |folder: &str| std::fs::read(program.path(folder).join(table)).unwrap();
        assert_eq!(read("results/x"), read("again"), "{table}");
    }
}

// --------------------------------------------------------------------------------------------------- no bad input

#[test]
fn a_diverging_run_is_a_result() {
    let program = Program::new();
    program.file("x.toml", experiment(&[("step_size", "[0.1, 1e60]"), ("rounds", "40")]));
    let out = program.succeed("run x.toml");
    assert!(
        out.contains("(1 diverged)") && out.contains("Runs of step_size=1e+60 diverged; summary.csv says when."),
        "{out}"
    );
    let summary = std::fs::read_to_string(program.path("results/x/summary.csv")).unwrap();
    let rows: Vec<&str> = summary.lines().collect();
    assert!(rows[1].contains(",finished,,40,"), "{summary}");
    // ‖x‖² grows by 1e120 a round: 1e308 is passed in round 3.
    assert!(rows[2].contains(",diverged,round 3: iterate: "), "{summary}");
}

/// Lists of one to `n`, as an axis.
fn axis(n: usize) -> String {
    format!("{:?}", (1..=n).collect::<Vec<_>>())
}

#[test]
fn a_plan_beyond_every_limit_is_refused_at_its_key_before_anything_is_made() {
    let large = i64::MAX.to_string();
    for (key, value, message) in [
        ("n_workers", "1000000000", "x.toml:2:13: `n_workers` is 1000000000, but only 16777216 workers have random"),
        ("n_workers", "16777217", "x.toml:2:13: `n_workers` is 16777217, but only 16777216 workers have random"),
        ("n_workers", &*large, "x.toml:2:13: `n_workers` is 9223372036854775807, but only 16777216 workers"),
        ("rounds", &*large, "x.toml:3:10: `rounds` is 9223372036854775807, but only 1099511627775 rounds have random"),
    ] {
        for command in ["run x.toml --quiet", "run x.toml --list"] {
            let program = Program::new();
            program.file("x.toml", experiment(&[(key, value)]));
            let err = refused(&program, command);
            assert!(err.contains(message), "{err}");
        }
    }
    let recorded = complaint(&experiment(&[("rounds", "1099511627775"), ("record", "{ schedule = { every = 1 } }")]));
    assert!(
        recorded.contains("x.toml:7:1: rounds = 1099511627775, and 1099511627776 recorded rows in a run take 228.7 TB"),
        "{recorded}"
    );
    let vectors = "{ schedule = { every = 1 }, metrics = [], vectors = { which = [\"sent\"] } }";
    let dim = RIGHT[0].1.replace("dim = 10,", "dim = 1000000,");
    let vectors = complaint(&experiment(&[("objective", &dim), ("rounds", "1000000"), ("record", vectors)]));
    assert!(vectors.contains("`record.vectors` requests 8.0 TB of files, and at most 1.0 TB are written"), "{vectors}");
    let grid = complaint(&experiment(&[("n_workers", &axis(100)), ("rounds", &axis(100)), ("step_size", &axis(101))]));
    assert!(grid.contains("x.toml:5:1: the grid has 1010000 settings, and at most 100000 can be planned"), "{grid}");
    assert!(grid.contains(", 48, 49, …\n") && grid.len() < 900, "{grid}");
    let seeds = complaint(&experiment(&[("seeds", &axis(1001)), ("rounds", &axis(100))]));
    assert!(seeds.contains("the plan has 100100 runs, 100 settings and 1001 seeds, and at most 100000"), "{seeds}");
}

#[test]
fn a_batch_that_no_machine_holds_is_refused() {
    let err = complaint(&experiment(&[
        ("dataset", "{ name = \"breast-cancer-wdbc\", scale = \"standardize\" }"),
        ("objective", "{ name = \"logistic\", regularization = 0.01 }"),
        ("batch_size", "9223372036854775807"),
    ]));
    assert!(err.contains("batch_size = 9223372036854775807, and the numbers of these rows take "), "{err}");
    assert!(err.contains(" of memory: choose less, or a larger machine\n"), "{err}");
}

#[test]
fn a_key_that_a_group_of_zip_names_twice_is_refused() {
    let err = complaint(&experiment(&[("zip", "[[\"step_size\", \"step_size\"]]"), ("step_size", "[0.5, 0.1]")]));
    assert!(err.contains("x.toml:7:1: `zip` names `step_size` twice in one group"), "{err}");
}

#[test]
fn an_open_string_before_the_line_end_of_windows_has_its_place() {
    let err = complaint(&experiment(&[("rounds", "\"abc")]).replace('\n', "\r\n"));
    assert!(err.contains("x.toml:3:15: not TOML: invalid basic string"), "{err}");
    let long = complaint(&format!("{}\n", "x".repeat(1_000_000)));
    assert!(long.len() < 1000 && long.contains("x.toml:1:1"), "{} characters", long.len());
}

#[test]
fn figures_are_looked_at_before_the_first_run() {
    let figure = |keys: &str| complaint(&(experiment(&[]) + "[[plot]]\nx = \"round\"\n" + keys));
    for (keys, message) in [
        ("y = \"nosuch\"", "x.toml:9:5: `y` is nosuch, no column of rounds.csv"),
        ("y = \"los\"", "help: did you mean `loss`?"),
        ("y = \"label\"", "x.toml:9:5: `y` is label, but that column of rounds.csv holds no numbers"),
        ("y = \"loss\"\nfilter = \"k\"", "`filter` is k, but it must be `column=value`, several joined by ` and `"),
        ("y = \"loss\"\nfilter = \"kk=3\"", "`filter` is kk, no column of rounds.csv"),
        ("y = \"loss\"\nreaching = \"loss < 3\"", "`reaching` is loss < 3, but it must be `column <= number`"),
        ("y = \"loss\"\nalso = [\"bitz\"]", "`also` is bitz, no column of rounds.csv"),
        ("y = \"loss\"\nlines = \"label bitz\"", "`lines` is bitz, no column of rounds.csv"),
        (
            "y = \"loss\"\n[[plot]]\nx = \"seed\"\ny = \"loss\"\nlines = \"label\"",
            "`x` is seed, which is the same in all rows",
        ),
        ("y = \"loss\"\nfile = \"../x\"", "x.toml:10:8: `file` is ../x, but it must be a file name without folder"),
        ("y = \"loss\"\ntitle = \"a\\u0007\"", "`title` holds a control character"),
        ("y = \"alpha\"\ntable = \"curves\"", "`table` is curves, but no curve is recorded: add record = "),
        (
            "y = \"loss\"\n[[plot]]\nx = \"round\"\ny = \"loss\"",
            "`file` is loss-against-round, and so is that of an earlier figure",
        ),
    ] {
        let err = figure(keys);
        assert!(err.contains(message), "{keys}: {err}");
    }
}

#[test]
fn a_figure_over_an_axis_that_a_filter_fixes_is_not_drawn() {
    let program = Program::new();
    let plots = "[[plot]]\nx = \"step_size\"\ny = \"loss\"\nlines = \"seed\"\nreaching = \"loss <= 1e9\"\n[[plot]]\nx = \"round\"\ny = \"loss\"\n";
    program.file("x.toml", experiment(&[("step_size", "[0.1, 0.2]")]) + plots);
    program.succeed("run x.toml --out o --quiet --filter step_size=0.1");
    assert!(
        program.path("o/loss-against-round.svg").exists() && !program.path("o/loss-against-step_size.svg").exists()
    );
    program.succeed("run x.toml --out o --quiet");
    assert!(program.path("o/loss-against-step_size.svg").exists());
}
