//! Documents say what the code says: their generated parts are current, their recipes are regions of compiled sources,
//! their examples parse, and their links lead somewhere.

use super::{Family, families, files_below, modules, read, root, texts_below};
use crate::program::Program;
use gradsieve::check::{paper, tables as checks};
use gradsieve::dataset::catalogue;
use gradsieve::experiment::comparison::Comparison;
use gradsieve::experiment::file::ExperimentFile;
use gradsieve::experiment::grid::valid_keys;
use gradsieve::experiment::plan::{Plan, Selection};
use gradsieve::experiment::progress::Silent;
use gradsieve::experiment::run::{Options, execute};
use gradsieve::fit::tables as fits;
use gradsieve::record::Metric;
use gradsieve::registry::Member;
use gradsieve::store::{self, Folder};
use gradsieve::theory::{Provenance, THEOREMS, Theorem};
use gradsieve::{difference, results, selectors};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

/// The documents of the repository.
fn documents() -> Vec<PathBuf> {
    let top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name));
    let docs = files_below(&root().join("docs"));
    top.into_iter().chain(docs).filter(|path| path.extension().is_some_and(|e| e == "md")).collect()
}

// Generated parts.

/// Holds the part of a document between the marks `BEGIN name` and `END name` to what is expected, or rewrites it.
pub(crate) fn splice(document: &str, name: &str, expected: &str) {
    // Tests run at the same time, and some of them rewrite the same document.
    static REWRITING: Mutex<()> = Mutex::new(());
    let _alone = REWRITING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let text = read(document);
    // What a mark says after its first word is not repeated at its end.
    let end = format!("<!-- END {} -->", name.split(' ').next().unwrap());
    let begin = format!("<!-- BEGIN {name} -->\n");
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{document} has no {begin}"));
    let (found, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{document} has no {end}"));
    let expected = format!("{}\n", expected.trim_end());
    if found == expected {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_DOCS").is_some(),
        "{document}: the part `{name}` is out of date: run UPDATE_DOCS=1 cargo test --test it architecture::"
    );
    fs::write(root().join(document), format!("{before}{begin}{expected}{end}{after}")).unwrap();
}

#[test]
fn members_and_catalogue_are_current() {
    let mut summary = "| family | key | how many |\n| --- | --- | --- |\n".to_owned();
    let mut members = String::new();
    for Family { title, key, folder, members: own, .. } in families() {
        let link = title.to_lowercase().replace(' ', "-");
        writeln!(summary, "| [{title}](#{link}) | `{key}` | {} |", own.len()).unwrap();
        write!(members, "\n## {title}\n\nKey `{key}`; one file each in [`{folder}`](../{folder}).\n\n").unwrap();
        members += "| name | what it is | source |\n| --- | --- | --- |\n";
        for Member { name, summary, source, .. } in own {
            writeln!(members, "| `{name}` | {summary} | {source} |").unwrap();
        }
    }
    splice("docs/members.md", "members", &(summary + &members));

    let mut sets =
        "| name | task | rows | features | where | what it is |\n| --- | --- | --- | --- | --- | --- |\n".to_owned();
    for entry in catalogue::ENTRIES {
        let place = match entry {
            entry if entry.is_embedded() => "in the program",
            entry if entry.files.iter().all(|file| file.url.is_some()) => "`fetch`",
            _ => "data folder",
        };
        let catalogue::Entry { name, task, n_rows, n_features, summary, .. } = entry;
        writeln!(sets, "| `{name}` | {task} | {n_rows} | {n_features} | {place} | {summary} |").unwrap();
    }
    splice("docs/data.md", "catalogue", &sets);
}

#[test]
fn theorems_are_current() {
    splice("docs/theory.md", "theorems", &theorems());
}

/// All theorems with their words, as Markdown: a table, then a section for each.
fn theorems() -> String {
    let mut text = "| name | what it bounds | holds for | provenance |\n| --- | --- | --- | --- |\n".to_owned();
    for theorem in THEOREMS {
        let about = theorem.about();
        let link = format!("[{}](#{})", about.id, anchor(about.id));
        writeln!(text, "| {link} | {} | {} | {} |", theorem.title(), about.kind, provenance(about.provenance)).unwrap();
    }
    let mut paper = "";
    for theorem in THEOREMS {
        let Theorem { bound, paper: own, file, .. } = theorem;
        if paper != *own {
            paper = own;
            write!(text, "\n## {own}\n").unwrap();
        }
        let about = bound.about();
        let constants = about.needs.iter().map(|quantity| format!("`{}` ({})", quantity.name(), quantity.symbol()));
        let sequences = about.sequences.iter().map(|sequence| format!("the list `{}`", sequence.name()));
        let needs: Vec<String> = constants.chain(sequences).collect();
        let needs = if needs.is_empty() { "none".to_owned() } else { needs.join(", ") };
        write!(text, "\n<a id=\"{}\"></a>\n\n### {}\n\n{}\n\n", anchor(about.id), about.id, theorem.documentation())
            .unwrap();
        writeln!(text, "- Bounds: {}; for {}; {}.", about.left.name(), about.kind, provenance(about.provenance))
            .unwrap();
        writeln!(text, "- Step sizes: {}.", about.step_size).unwrap();
        writeln!(text, "- Constants: {needs}.").unwrap();
        writeln!(text, "- File: [`src/theory/{file}`](../src/theory/{file}).").unwrap();
    }
    text
}

/// A prime becomes a word: `C1'` is `c1-prime`.
fn anchor(id: &str) -> String {
    id.to_lowercase().replace('\'', "-prime")
}

fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Verbatim => "verbatim",
        Provenance::Restated => "restated",
        Provenance::Derived => "derived here",
    }
}

/// What the experiments on figures of papers found, as it stands in the results.
#[test]
fn verdicts_are_current() {
    let mut table = "| figure | the paper says | we measured | verdict |\n| --- | --- | --- | --- |\n".to_owned();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut by_paper: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for row in csv::Reader::from_path(root().join("results/verdicts.csv")).unwrap().records() {
        let row = row.unwrap();
        let [experiment, figure, says, measured, verdict, because] =
            std::array::from_fn(|cell| row[cell].replace('|', "\\|"));
        let link = format!("[{experiment}](../experiments/{experiment}.toml)");
        *counts.entry(verdict.clone()).or_default() += 1;
        let paper = experiment.split('/').next().unwrap().to_owned();
        *by_paper.entry(paper).or_default().entry(verdict.clone()).or_default() += 1;
        writeln!(table, "| {figure}: {link} | {says} | {measured} | **{verdict}**: {because} |").unwrap();
    }
    let listed = |counts: &BTreeMap<String, usize>| {
        counts.iter().map(|(verdict, n)| format!("{verdict}: {n}")).collect::<Vec<_>>().join("; ")
    };
    splice("docs/verdicts.md", "verdicts", &format!("Figures by verdict: {}.\n\n{table}", listed(&counts)));

    let mut table =
        "| paper | figures and tables | agree | disagree | not comparable |\n| --- | --- | --- | --- | --- |\n"
            .to_owned();
    for (name, title) in PAPERS {
        let own = by_paper.remove(*name).unwrap_or_default();
        let [agree, disagree, not] =
            ["agrees", "disagrees", "not comparable"].map(|v| own.get(v).copied().unwrap_or(0));
        let all: usize = own.values().sum();
        assert_eq!(all, agree + disagree + not, "{name} has open verdicts: {own:?}");
        writeln!(table, "| {title} | {all} | {agree} | {disagree} | {not} |").unwrap();
    }
    assert!(by_paper.is_empty(), "a paper is missing in PAPERS: {by_paper:?}");
    splice("README.md", "papers", &table);
}

/// The papers of the folders below `experiments/`.
const PAPERS: &[(&str, &str)] = &[
    ("alistarh2018", "Alistarh et al. 2018, *The Convergence of Sparsified Gradient Methods*"),
    ("khirirat2020", "Khirirat et al. 2020, *A Flexible Framework for Communication-Efficient Machine Learning*"),
    ("shi2019", "Shi et al. 2019, *Understanding Top-k Sparsification in Distributed Deep Learning*"),
];

// The columns of the results.

/// A table of columns: names of equal meaning share a row.
fn columns<'a>(columns: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut rows: Vec<(String, &str)> = Vec::new();
    for (name, meaning) in columns {
        match rows.last_mut() {
            Some((names, _)) if meaning.is_empty() => write!(names, ", `{name}`").unwrap(),
            _ => rows.push((format!("`{name}`"), meaning)),
        }
    }
    let mut table = "| column | meaning |\n| --- | --- |\n".to_owned();
    for (names, meaning) in rows {
        assert!(!meaning.is_empty(), "{names} has no meaning");
        writeln!(table, "| {names} | {} |", meaning.replace('|', "\\|")).unwrap();
    }
    table
}

/// The fields of a struct with the first line of their documentation, for tables that are serialized as they are.
fn fields(file: &str, item: &str) -> Vec<(String, String)> {
    let text = region(file, item);
    let mut fields = Vec::new();
    let mut meaning = String::new();
    for line in text.lines().map(str::trim).skip_while(|line| !line.starts_with("pub struct")).skip(1) {
        if let Some(words) = line.strip_prefix("/// ") {
            words.trim_end_matches('.').clone_into(&mut meaning);
        } else if let Some((name, _)) = line.strip_prefix("pub ").and_then(|field| field.split_once(':')) {
            fields.push((name.to_owned(), std::mem::take(&mut meaning)));
        }
    }
    assert!(!fields.is_empty(), "{file}: `{item}` has no fields");
    fields
}

#[test]
fn columns_of_the_results_are_current() {
    let document = "docs/results.md";
    splice(document, "metrics", &columns(Metric::ALL.iter().map(|(_, name, meaning)| (*name, *meaning))));
    splice(document, "curves", &columns(results::curves::COLUMNS.map(|(name, meaning, _)| (name, meaning))));
    splice(document, "keys", &columns(results::KEY_COLUMNS));
    splice(document, "summary", &columns(results::SUMMARY_COLUMNS));
    splice(document, "comparison", &columns(Comparison::COLUMNS));
    splice(document, "plots", &columns(results::PLOT_COLUMNS));
    splice(document, "vectors", &columns(results::VECTORS_COLUMNS));
    splice(document, "checks", &columns(checks::CHECKS));
    splice(document, "check-rounds", &columns(checks::ROUNDS));
    splice(document, "constants", &columns(checks::CONSTANTS));
    splice(document, "claims", &columns(checks::CLAIMS));
    splice(document, "verdicts", &columns(paper::COLUMNS));
    splice(document, "compare", &columns(difference::QUANTITIES));
    splice(document, "compare-settings", &columns(difference::SETTINGS));
    splice(document, "compare-facts", &columns(difference::FACTS));
    splice(document, "fit-keys", &columns(fits::KEYS));
    for (file, own, _) in fits::TABLES {
        splice(document, &format!("fit-{}", file.trim_end_matches(".csv")), &columns(own.iter().copied()));
    }
    splice(document, "fit-passed_over", &columns(fits::PASSED_OVER.1.iter().copied()));
    splice(document, "selectors", &columns(selectors::COLUMNS));
    let quantities: Vec<String> = selectors::QUANTITIES.iter().map(|(name, _)| format!("{name}_*")).collect();
    let quantities = quantities.iter().map(String::as_str).zip(selectors::QUANTITIES.map(|(_, meaning)| meaning));
    splice(document, "selectors-quantities", &columns(quantities));
    splice(document, "selectors-statistics", &columns(selectors::STATISTICS));
    splice(document, "selectors-times", &columns(selectors::TIMES));
    for (part, file, item) in [
        ("limits", "src/benchmark/limits.rs", "pub struct Limit {"),
        ("works", "src/benchmark/mod.rs", "pub struct Row {"),
        ("network", "src/benchmark/operators.rs", "pub struct Exchange {"),
        ("scaling", "src/benchmark/simulation.rs", "pub struct Scale {"),
    ] {
        let own = fields(file, item);
        splice(document, part, &columns(own.iter().map(|(name, meaning)| (name.as_str(), meaning.as_str()))));
    }
}

#[test]
fn every_column_that_is_written_and_every_key_of_the_provenance_is_documented() {
    let text = read("docs/results.md");
    let folder = tempfile::tempdir().unwrap();
    let file = ExperimentFile::parse(Path::new("documented.toml"), &rest_of_the_file(|_| true)).unwrap();
    let plan = Plan::new(&file, &Selection::default(), None).unwrap();
    execute(&plan, &file, &options(folder.path()), &Silent, &false.into()).unwrap();

    for table in ["rounds.csv", "summary.csv", "comparison.csv", "plots.csv"] {
        let mut reader = csv::Reader::from_path(folder.path().join(table)).unwrap();
        for column in reader.headers().unwrap() {
            let is_metric = |name: &str| Metric::ALL.iter().any(|(_, metric, _)| *metric == name);
            let general = match column.strip_prefix("final_") {
                Some(metric) if table == "summary.csv" && is_metric(metric) => "final_METRIC".to_owned(),
                _ if table == "comparison.csv" => column.replace("suboptimality", "METRIC"),
                _ => column.to_owned(),
            };
            let documented = plan.axes.iter().any(|axis| axis == column) || text.contains(&format!("| `{general}` |"));
            assert!(documented, "docs/results.md does not explain `{general}` of {table}");
        }
    }
    let provenance = fs::read_to_string(folder.path().join("provenance.json")).unwrap();
    let provenance: serde_json::Value = serde_json::from_str(&provenance).unwrap();
    for (key, value) in provenance.as_object().unwrap() {
        assert!(text.contains(&format!("| `{key}` |")), "docs/results.md does not explain `{key}` of provenance.json");
        if key == "gradsieve" || key == "host" {
            for inner in value.as_object().unwrap().keys() {
                assert!(text.contains(&format!("| `{key}.{inner}` |")), "docs/results.md: no `{key}.{inner}`");
            }
        }
    }
}

fn options(out: &Path) -> Options {
    Options {
        out: out.to_owned(),
        threads: 1,
        force: false,
        checkpoint_every: Duration::from_secs(60),
        reproduce: false,
        command: vec![],
    }
}

// Commands.

/// The commands by what they are for; `every_command_has_its_help_in_the_documents` refuses one that is missing.
const COMMANDS: &[(&str, &[&str])] = &[
    ("Experiments", &["run", "watch", "check", "constants", "reproduce"]),
    ("Results", &["plot", "report", "table"]),
    ("Gradients of your own", &["fit", "selectors"]),
    ("What there is", &["list", "show", "theorem list", "theorem show", "theorem value"]),
    ("Data", &["data list", "data info", "data fetch", "data cache"]),
    ("This machine", &["bench"]),
    ("Editors and shells", &["schema", "completions", "man"]),
];

#[test]
fn every_command_has_its_help_in_the_documents() {
    let program = Program::new();
    let mut text = String::new();
    for (title, commands) in COMMANDS {
        write!(text, "\n## {title}\n").unwrap();
        for command in *commands {
            let help = program.succeed(&format!("{command} --help"));
            write!(text, "\n### `gradsieve {command}`\n\n```text\n{}\n```\n", help.trim_end()).unwrap();
        }
    }
    splice("docs/cli.md", "commands", text.trim_start());

    let help = program.succeed("--help");
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    for name in names.filter(|name| !["", "help"].contains(name)) {
        let is_shown = COMMANDS.iter().any(|(_, own)| own.iter().any(|own| own.split(' ').next() == Some(name)));
        assert!(is_shown, "`gradsieve {name}` is missing in COMMANDS");
    }
}

/// The answer in the README is what the program prints of the committed results: they are put into a store, where the
/// program finds them finished.
#[test]
fn the_answer_in_the_readme_is_that_of_the_results() {
    let program = Program::new();
    let experiment = "experiments/quickstart.toml";
    program.file(experiment, read(experiment));
    let file = ExperimentFile::read(&program.path(experiment)).unwrap();
    let plan = Plan::new(&file, &Selection::default(), None).unwrap();
    let kept = results::run::read_tables(&root().join("results/quickstart")).unwrap();
    let folder = Folder::lock(&program.path("results/quickstart")).unwrap();
    for run in &plan.runs {
        let own =
            kept.iter().find(|own| own.id == run.id).unwrap_or_else(|| panic!("{} is not in the results", run.id));
        store::write_sealed(&folder.run(&run.hash), |out| out.write_all(&own.result.to_bytes())).unwrap();
    }
    drop(folder);
    let output = program.command(&format!("run {experiment}")).env("COLUMNS", "120").output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let answer: String = printed
        .lines()
        .filter(|line| !line.contains(" in the store already"))
        .fold(String::new(), |all, line| all + line + "\n");
    assert_ne!(answer, printed, "the runs were not found in the store");
    splice("README.md", "quickstart", &format!("```text\n{}\n```", answer.trim_end()));
}

// Regions of sources.

/// Every part `BEGIN code FILE: ITEM | ITEM` holds these items of a source, which the compiler reads as well; without
/// items it holds the whole file.
#[test]
fn code_in_the_documents_is_that_of_the_sources() {
    let mut n_regions = 0;
    for path in documents() {
        let document = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        let text = read(&document);
        let marks = text.split("<!-- BEGIN code ").skip(1).map(|rest| rest.split(" -->").next().unwrap());
        for mark in marks {
            let (file, items) = mark.split_once(": ").unwrap_or((mark, ""));
            let code = if items.is_empty() {
                read(file)
            } else {
                items.split(" | ").map(|item| region(file, item)).collect::<Vec<_>>().join("\n")
            };
            let language = match Path::new(file).extension().and_then(|extension| extension.to_str()) {
                Some("rs") => "rust",
                Some(other) => other,
                None => "text",
            };
            splice(&document, &format!("code {mark}"), &format!("```{language}\n{}\n```", code.trim_end()));
            n_regions += 1;
        }
    }
    assert!(n_regions > 5, "{n_regions} regions");
}

/// An item of a source: the only line that starts with `item`, what documents it, and the block that it opens.
fn region(file: &str, item: &str) -> String {
    let text = read(file);
    let lines: Vec<&str> = text.lines().collect();
    let places: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].trim_start().starts_with(item)).collect();
    let [at] = places[..] else { panic!("{file}: {} lines start with `{item}`", places.len()) };
    let indent = lines[at].len() - lines[at].trim_start().len();
    let is_note = |line: &str| line.trim_start().starts_with("///") || line.trim_start().starts_with("#[");
    let first = (0..at).rev().take_while(|at| is_note(lines[*at])).last().unwrap_or(at);
    let opens = lines[at].trim_end().ends_with(['{', '(', '[']);
    let is_end = |line: &str| {
        line.len() > indent && line[..indent].trim().is_empty() && line[indent..].starts_with(['}', ')', ']'])
    };
    let last = if opens { (at + 1..lines.len()).find(|at| is_end(lines[*at])) } else { Some(at) };
    let last = last.unwrap_or_else(|| panic!("{file}: `{item}` has no end"));
    lines[first..=last].iter().fold(String::new(), |all, line| all + line.get(indent..).unwrap_or_default() + "\n")
}

// Examples, names and links.

#[test]
fn every_key_of_the_experiment_file_is_documented() {
    let text = read("docs/experiment-file.md");
    for key in valid_keys() {
        assert!(text.contains(&format!("\n### `{key}`\n")), "docs/experiment-file.md has no section on `{key}`");
    }
}

/// What an example in the documents leaves out.
const REST_OF_THE_FILE: &[(&str, &str)] = &[
    (
        "objective",
        r#"{ name = "quadratic", dim = 100, strong_convexity = 0.1, smoothness = 1.0, spectrum = "linear",
            heterogeneity = 0.0, noise = 0.0, seed = 1 }"#,
    ),
    ("n_workers", "4"),
    ("rounds", "10"),
    ("batch_size", r#""full""#),
    ("step_size", "0.1"),
    ("method", r#"{ name = "error-feedback", compressor = { name = "top-k", k = [5, 20] } }"#),
];

#[test]
fn examples_in_the_documents_are_parts_of_experiments() {
    let mut n_examples = 0;
    for document in ["README.md", "docs/experiment-file.md", "docs/data.md"] {
        for block in blocks(&read(document), "toml") {
            let own: toml::Table =
                toml::from_str(&block).unwrap_or_else(|error| panic!("{document}: {error}\n{block}"));
            let rest = rest_of_the_file(|key| !own.contains_key(key));
            let parsed = ExperimentFile::parse(Path::new(document), &(rest + &block));
            assert!(parsed.is_ok(), "{}\n{block}", parsed.unwrap_err());
            n_examples += 1;
        }
    }
    assert!(n_examples > 10, "{n_examples} examples");
}

fn rest_of_the_file(is_wanted: impl Fn(&str) -> bool) -> String {
    let wanted = REST_OF_THE_FILE.iter().filter(|(key, _)| is_wanted(key));
    let lines: Vec<String> = wanted.map(|(key, value)| format!("{key} = {value}\n")).collect();
    lines.concat()
}

/// The fenced blocks of one language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_map_of_the_code_names_every_module() {
    let text = read("ARCHITECTURE.md");
    for module in modules() {
        assert!(text.contains(&format!("`{module}")) || text.contains(&format!(" {module} ")), "no `{module}`");
    }
}

#[test]
fn invariants_name_tests_that_exist() {
    let tests: String = ["src", "tests"].iter().flat_map(|folder| texts_below(folder)).map(|(_, text)| text).collect();
    let document = read("ARCHITECTURE.md");
    let named: Vec<&str> =
        document.split('`').skip(1).step_by(2).filter(|word| word.matches('_').count() >= 2).collect();
    assert!(named.len() > 15, "{named:?}");
    for name in named.into_iter().filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')) {
        assert!(tests.contains(&format!("fn {name}(")), "ARCHITECTURE.md names `{name}`, which is not a function");
    }
}

#[test]
fn relative_links_of_the_documents_lead_somewhere() {
    for path in documents() {
        for link in fs::read_to_string(&path).unwrap().split("](").skip(1) {
            let link = link.split([')', '#']).next().unwrap();
            // Results are made by a command, and a packaged crate leaves them out.
            if link.is_empty() || link.contains("://") || link.contains("results/") {
                continue;
            }
            assert!(path.parent().unwrap().join(link).exists(), "{}: {link}", path.display());
        }
    }
}

#[test]
fn the_readme_stays_short() {
    let bytes = read("README.md").len();
    assert!(bytes <= 10_000, "README.md has {bytes} bytes: what is more belongs into docs/");
}

#[test]
fn the_citation_names_this_version() {
    let version = format!("version: {}", env!("CARGO_PKG_VERSION"));
    assert!(read("CITATION.cff").lines().any(|line| line == version), "CITATION.cff does not say `{version}`");
}
