//! The HTML report: whole, by itself, harmless, small, the same bytes each time, and clear about what it cannot use.

use crate::program::Program;
use gradsieve::output::report::{MOST_BYTES, Words, page};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The page about result folders of this repository.
fn report(folders: &[&str]) -> String {
    let dirs: Vec<PathBuf> = folders.iter().map(|folder| root().join("results").join(folder)).collect();
    page(&dirs, &Words::default()).unwrap().0
}

/// The values of an attribute.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let opening = format!(" {attribute}=\"");
    page.split(&opening).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// What the script is given.
fn data(page: &str) -> serde_json::Value {
    let (_, rest) = page.split_once(r#"<script type="application/json" id="data">"#).unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn the_page_stands_by_itself_and_is_small() {
    let page = report(&["quickstart"]);
    assert!(page.len() < MOST_BYTES, "{} bytes", page.len());
    for attribute in ["src", "href", "srcset", "action", "poster", "data"] {
        for value in values(&page, attribute) {
            let inside = value.starts_with('#') || value.starts_with("data:");
            assert!(inside, "{attribute}={value} leads outside");
        }
    }
    assert!(page.contains("content=\"default-src 'none';"), "no policy keeps the page from loading anything");
    let style = &page[page.find("<style>").unwrap()..page.find("</style>").unwrap()];
    assert!(!style.contains("url(") && !style.contains("@import"), "the styles load something");
    assert!(!page.contains("fetch(") && !page.contains("XMLHttpRequest") && !page.contains("WebSocket"));
    // The question, the settings and the tables are there without the script.
    for part in ["How many bits does error feedback save", "error-feedback top-k", "593", "fe7ebda7216ed3d3"] {
        assert!(page.contains(part), "no `{part}`");
    }
}

#[test]
fn the_same_folder_gives_the_same_bytes() {
    let folders = ["quickstart", "findings/tight-rate"];
    assert_eq!(report(&folders), report(&folders));
}

#[test]
fn files_are_inside_to_the_byte() {
    let data = data(&report(&["quickstart"]));
    let folder = root().join("results/quickstart");
    for name in ["rounds.csv", "summary.csv", "comparison.csv", "plots.csv", "provenance.json"] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(data["files"][0][name].as_str(), Some(text.as_str()), "{name}");
    }
}

#[test]
fn charts_hold_what_the_tables_hold() {
    let data = data(&report(&["quickstart"]));
    let chart = &data["panels"]["r1-curves-panel"]["charts"]["suboptimality|round|all"];
    let curve = &chart["curves"][1];
    assert_eq!(curve["key"], "error-feedback top-k k=7");
    let list = |key: &str| data["lists"][curve[key].as_u64().unwrap() as usize].as_array().unwrap().clone();
    let mut reader = csv::Reader::from_path(root().join("results/quickstart/rounds.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|own| own == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let mut last: Vec<f64> = rows
        .iter()
        .filter(|row| &row[at("label")] == "error-feedback top-k k=7" && &row[at("round")] == "2000")
        .map(|row| row[at("suboptimality")].parse().unwrap())
        .collect();
    last.sort_by(f64::total_cmp);
    assert_eq!(last.len(), 5);
    // Seven digits of the smallest, the median and the largest over the seeds.
    for (key, expected) in [("low", last[0]), ("y", last[2]), ("high", last[4])] {
        let found = list(key).last().unwrap().as_f64().unwrap();
        assert!((found / expected - 1.0).abs() < 1e-6, "{key}: {found} instead of {expected}");
    }
    assert_eq!(list("x").last().unwrap().as_f64(), Some(2000.0));
    assert_eq!(chart["runs"].as_array().unwrap().len(), 15);
}

#[test]
fn texts_of_the_tables_cannot_become_markup() {
    let program = Program::new();
    let evil = r#"</script><img src=x onerror=alert(1)>"&'"#;
    let csv_cell = format!("\"{}\"", evil.replace('"', "\"\""));
    program.file("r/rounds.csv", format!("run,label,seed,round,loss\na,{csv_cell},1,0,2\na,{csv_cell},1,1,1\n"));
    program.file(
        "r/summary.csv",
        format!("run,label,seed,outcome,reason,rounds,final_loss\na,{csv_cell},1,diverged,{csv_cell},1,1\n"),
    );
    program.file(
        "r/checks.csv",
        format!(
            "theorem,label,verdict,reason,origin,kind,quantity,round,bound,observed,lower,upper,slack,compared,refused,\
             seeds,seeds_to_decide\n{csv_cell},{csv_cell},holds,{csv_cell},{csv_cell},{csv_cell},{csv_cell},1,2,1,,,2,1,\
             0,1,\n"
        ),
    );
    program.file("r/claims.csv", format!("claim,holds,found\n{csv_cell},no,{csv_cell}\n"));
    let quoted = serde_json::Value::from(evil);
    program.file(
        "r/provenance.json",
        format!(r#"{{"question": {quoted}, "interpretation": {quoted}, "command": [{quoted}]}}"#),
    );
    program.file("r/figure.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>");
    let page = page(&[program.path("r")], &Words::default()).unwrap().0;
    assert!(!page.contains("<img src=x") && !page.contains("alert(1)</script>"), "a cell became markup");
    // One element for the data, the library, and our own script.
    assert_eq!(page.matches("<script").count(), 3);
    assert_eq!(page.matches("</script>").count(), 3);
    // The text itself is there, and whole in the data.
    assert!(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"));
    assert_eq!(data(&page)["panels"]["r1-curves-panel"]["charts"]["loss|round|all"]["curves"][0]["key"], evil);
}

#[test]
fn a_large_folder_is_thinned_with_a_statement() {
    let program = Program::new();
    let mut rounds = "run,label,seed,round,loss,bits\n".to_owned();
    for run in 0..40 {
        for round in 0..2500 {
            let loss = 1.0 / f64::from(1 + round + run * 7919);
            writeln!(rounds, "r{run},setting={},{},{round},{loss},{}", run / 2, run % 2, round * (1000 + run)).unwrap();
        }
    }
    program.file("large/rounds.csv", &rounds);
    let (page, written) = page(&[program.path("large")], &Words::default()).unwrap();
    assert!(page.len() <= MOST_BYTES, "{} bytes", page.len());
    assert!(written.left_out.iter().any(|sentence| sentence.contains("rounds.csv")), "{:?}", written.left_out);
    assert!(written.left_out.iter().all(|sentence| page.contains(sentence)), "{:?}", written.left_out);
}

#[test]
fn folders_of_results_are_taken_together() {
    let program = Program::new();
    let rounds = "run,label,seed,round,loss\na,sgd,1,0,2\na,sgd,1,1,1\n";
    program.file("all/b/rounds.csv", rounds);
    program.file("all/a/rounds.csv", rounds);
    let said = program.succeed("report all -o page.html");
    assert!(said.starts_with("page.html: 2 result folders, 2 interactive charts,"), "{said}");
    let page = fs::read_to_string(program.path("page.html")).unwrap();
    assert!(page.find("all/a").unwrap() < page.find("all/b").unwrap());
    assert_eq!(program.succeed("report all all/a -o page.html -q"), "");
    assert_eq!(fs::read_to_string(program.path("page.html")).unwrap(), page, "a folder given twice stands there once");
}

#[test]
fn selectors_and_fits_have_panels_of_their_own() {
    let program = Program::new();
    program.file(
        "selectors/selectors.csv",
        "selector,vector,density,ratio_mean,ratio_least,ratio_most\n\
         top-k,normal,0.01,1,1,1\nsidco,normal,0.01,0.9,0.8,1.1\nsidco,normal,0.1,0.95,0.9,1\n",
    );
    let numbers: Vec<u8> = (0..500).flat_map(|i| (f64::from(i) * 0.7).sin().powi(3).to_le_bytes()).collect();
    program.file("layer.f64", numbers);
    program.succeed("fit layer.f64 --quiet --sample 100 --no-plots --out fit");
    let (page, written) = page(&[program.path("selectors"), program.path("fit")], &Words::default()).unwrap();
    assert_eq!(written.n_charts, 2);
    let data = data(&page);
    let selectors = &data["panels"]["r1-selectors-panel"]["charts"]["ratio|0"];
    assert_eq!(selectors["curves"].as_array().unwrap().len(), 1, "exact selection is the reference");
    assert_eq!(selectors["references"][0][1], 1.0);
    let kinds = data["panels"]["r2-distributions-panel"]["charts"].as_object().unwrap();
    for kind in ["histogram|0", "quantiles|0", "sorted|0", "energy|0", "tails|0"] {
        let curves = kinds[kind]["curves"].as_array().unwrap();
        let n_points =
            |curve: &serde_json::Value| data["lists"][curve["x"].as_u64().unwrap() as usize].as_array().unwrap().len();
        assert!(curves.iter().all(|curve| n_points(curve) > 1), "{kind}");
    }
}

#[test]
fn what_cannot_be_reported_is_explained_in_one_sentence() {
    let program = Program::new();
    let refused = |arguments: &str, parts: &[&str]| {
        let answer = program.run(arguments);
        assert_eq!(answer.code, Some(2), "{arguments}: {}", answer.out);
        assert_eq!(answer.err.trim_end().lines().count(), 1, "{}", answer.err);
        for part in parts {
            assert!(answer.err.contains(part), "{arguments}: no `{part}` in {}", answer.err);
        }
    };
    program.file("empty/notes.txt", "nothing here");
    program.file("broken/rounds.csv", "run,label,seed,round,loss\na,sgd,1,0\n");
    program.file("wrong/rounds.csv", "run,label,seed,round,loss\na,sgd,1,0,many\n");
    program.file("unlabelled/rounds.csv", "run,lable,seed,round,loss\na,sgd,1,0,1\n");
    program.file("torn/rounds.csv", "run,label,seed,round,loss\na,sgd,1,0,1\n");
    program.file("torn/provenance.json", "{\n\"question\":");
    program.file("fine/rounds.csv", "run,label,seed,round,loss\na,sgd,1,0,1\n");
    refused("report missing", &["cannot read missing"]);
    refused("report empty", &["no results in `empty`", "rounds.csv", "gradsieve run"]);
    refused("report broken", &["broken/rounds.csv:2", "4 cells where the header has 5"]);
    refused("report wrong", &["wrong/rounds.csv:2", "column `loss`", "`many`"]);
    refused("report unlabelled", &["unlabelled/rounds.csv:1", "did you mean `lable`?"]);
    refused("report torn", &["torn/provenance.json:2"]);
    refused("report fine -o no/such/folder/page.html", &["cannot write no/such/folder/page.html"]);
    refused("report fine missing -o page.html", &["cannot read missing"]);
    assert!(!program.path("page.html").exists(), "a page was left behind");
}

#[test]
fn vendored_files_are_as_they_were_published() {
    let folder = root().join("src/output/report/vendor/uplot");
    let notes = fs::read_to_string(folder.join("README.md")).unwrap();
    for name in ["uPlot.iife.min.js", "uPlot.min.css", "LICENSE"] {
        let bytes = fs::read(folder.join(name)).unwrap();
        let digits = Sha256::digest(bytes).iter().flat_map(|byte| [byte >> 4, byte & 15]).collect::<Vec<_>>();
        let checksum: String = digits.into_iter().filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
        assert!(notes.contains(&format!("{checksum}  {name}")), "{name} is {checksum}");
    }
    // The licence asks that its notice be part of all copies.
    let page = report(&["quickstart"]);
    assert!(page.contains("Copyright (c) 2022 Leon Sorokin"));
}
