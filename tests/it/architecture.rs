//! The rules of the house that the compiler does not check: floors, absences, and the rules of the catalogue; in
//! `documents`, that the documents say what the code says.
//!
//! `UPDATE_DOCS=1 cargo test --test it architecture::` rewrites the generated parts of the documents.

pub(crate) mod documents;

use gradsieve::compressor::{CompressorSpec, cost::CostSpec};
use gradsieve::dataset::{GeneratorSpec, PartitionSpec};
use gradsieve::method::{MethodSpec, step_size::ScheduleSpec};
use gradsieve::network::NetworkSpec;
use gradsieve::objective::ObjectiveSpec;
use gradsieve::registry::Member;
use gradsieve::theory::THEOREMS;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of the crate, from the ground up. A module uses modules of lower floors only.
const FLOORS: &[&[&str]] = &[
    &["random", "registry", "store", "suggest", "vector", "wording"],
    &["compressor", "dataset", "record", "statistics", "tensor"],
    &["distribution", "network", "objective", "results", "theory"],
    &["difference", "fit", "method", "selectors"],
    &["simulation"],
    &["conformance", "experiment", "output"],
    &["benchmark", "check"],
    &["cli"],
];

/// Modules that use only these, although lower layers hold more.
const ALLOWED: &[(&str, &[&str])] = &[
    // Results are read from files alone.
    ("output", &["results", "store", "suggest", "wording"]),
    // Bounds are computed from constants alone.
    ("theory", &["record", "wording"]),
    ("simulation", &["compressor", "dataset", "method", "network", "objective", "random", "record", "vector"]),
    ("method", &["compressor", "objective", "random", "registry", "vector"]),
];

/// Bytes of data sets that may be part of the program.
const EMBEDDED_BYTES: u64 = 400_000;

// Floors.

#[test]
fn uses_point_down() {
    for module in modules() {
        for (file, text) in sources(&module) {
            // Unit tests may use a neighbor, such as random numbers for kernels, but nothing above.
            let (code, tests) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
            for (used, highest) in crate_paths(code)
                .map(|used| (used, floor(&module)))
                .chain(crate_paths(tests).map(|used| (used, floor(&module) + 1)))
            {
                assert!(
                    used == module || floor(used) < highest,
                    "{}: `{module}` (floor {}) uses `{used}` (floor {})",
                    file.display(),
                    floor(&module),
                    floor(used)
                );
            }
        }
    }
}

#[test]
fn what_knows_little_knows_no_more() {
    for (module, allowed) in ALLOWED {
        for (file, text) in sources(module) {
            let code = text.split_once("#[cfg(test)]").map_or(&*text, |(code, _)| code);
            let used = crate_paths(code).find(|used| used != module && !allowed.contains(used));
            assert_eq!(used, None, "{}: `{module}` knows {allowed:?} alone", file.display());
        }
    }
}

#[test]
fn every_floor_is_inhabited_and_declared_from_the_ground_up() {
    let declared: Vec<String> = fs::read_to_string(root().join("src/lib.rs"))
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned))
        .collect();
    let floors: Vec<usize> = declared.iter().map(|module| floor(module)).collect();
    assert!(floors.is_sorted(), "lib.rs declares its modules in reading order, the lowest floor first: {declared:?}");
    let listed: BTreeSet<&str> = FLOORS.iter().copied().flatten().copied().collect();
    assert_eq!(listed, declared.iter().map(String::as_str).collect());
    assert_eq!(declared.into_iter().collect::<BTreeSet<_>>(), modules().into_iter().collect());
}

fn floor(module: &str) -> usize {
    let floor = FLOORS.iter().position(|modules| modules.contains(&module));
    floor.unwrap_or_else(|| panic!("`{module}` has no floor: add it to FLOORS"))
}

/// The module names after `crate::`, also in lists such as `use crate::{random::Stream, vector}`.
fn crate_paths(text: &str) -> impl Iterator<Item = &str> {
    text.split("crate::").skip(1).flat_map(|rest| {
        let list = rest.strip_prefix('{').and_then(|list| list.split('}').next());
        let paths: Vec<&str> = list.map_or_else(|| vec![rest], |list| list.split(',').collect());
        paths.into_iter().map(|path| path.trim().split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
    })
}

// Absences.

#[test]
fn unsafe_code_is_in_the_kernels_and_where_files_are_mapped() {
    for (file, code) in code_below("src") {
        let allowed = file.starts_with(root().join("src/vector")) || file == root().join("src/tensor/map.rs");
        // `unsafe-inline` is a word of content security policies.
        let found = code.split(|c: char| !c.is_alphanumeric() && !"_-".contains(c)).any(|word| word == "unsafe");
        assert!(allowed || !found, "{}: `unsafe` outside of src/vector and src/tensor/map.rs", file.display());
    }
}

#[test]
fn only_the_command_line_prints_and_chooses_exit_codes() {
    for (file, code) in code_below("src") {
        if file.starts_with(root().join("src/cli")) || file.ends_with("main.rs") {
            continue;
        }
        for word in
            ["println!", "print!(", "eprintln!", "eprint!(", "stdout()", "stderr()", "ExitCode", "process::exit"]
        {
            assert!(!code.contains(word), "{}: {word} outside of src/cli", file.display());
        }
    }
}

#[test]
fn compressors_know_no_step_size_and_no_residual() {
    for (file, code) in code_below("src/compressor") {
        for word in ["step_size", "residual"] {
            assert!(!code.contains(word), "{}: `{word}` belongs to the method", file.display());
        }
    }
}

#[test]
fn nothing_is_left_to_be_done() {
    for folder in ["src", "tests", "examples", "benches"] {
        for (file, code) in code_below(folder) {
            // The words are put together here, so that this file does not contain them.
            for word in
                [["to", "do!("], ["unimple", "mented!("], ["#[ign", "ore"], ["#[al", "low("]].map(|w| w.concat())
            {
                assert!(!code.contains(&word), "{}: {word}", file.display());
            }
        }
    }
}

#[test]
fn embedded_data_stay_small() {
    let files = files_below(&root().join("src/dataset/embedded"));
    let bytes: u64 = files.iter().map(|file| fs::metadata(file).unwrap().len()).sum();
    assert!(bytes > 0 && bytes < EMBEDDED_BYTES, "{bytes} bytes of embedded data");
}

// The catalogue.

/// A family of members, where its files lie, and how one of its tables is read.
struct Family {
    title: &'static str,
    key: &'static str,
    folder: &'static str,
    members: &'static [Member],
    name_of: fn(&str) -> Result<String, String>,
}

fn families() -> Vec<Family> {
    macro_rules! family {
        ($title:literal, $key:literal, $folder:literal, $Spec:ty) => {
            Family { title: $title, key: $key, folder: $folder, members: <$Spec>::MEMBERS, name_of: name_of::<$Spec> }
        };
    }
    vec![
        family!("Compressors", "method.compressor", "src/compressor", CompressorSpec),
        family!("Methods", "method", "src/method", MethodSpec),
        family!("Objectives", "objective", "src/objective", ObjectiveSpec),
        family!("Generators of data", "dataset", "src/dataset/generator", GeneratorSpec),
        family!("Partitions", "partition", "src/dataset/partition", PartitionSpec),
        family!("Step-size schedules", "step_size", "src/method/step_size", ScheduleSpec),
        family!("Network models", "network", "src/network", NetworkSpec),
        family!("Cost models of CAT", "method.compressor.cost", "src/compressor/cost", CostSpec),
    ]
}

/// The name under which a table, written inline or as lines, is read and written again.
fn name_of<T: DeserializeOwned + Serialize>(example: &str) -> Result<String, String> {
    let member: T = if example.starts_with('{') {
        let wrapped: Result<BTreeMap<String, T>, _> = toml::from_str(&format!("member = {example}"));
        wrapped.map_err(|error| error.to_string())?.remove("member").ok_or("no member")?
    } else {
        toml::from_str(example).map_err(|error| error.to_string())?
    };
    let written = serde_json::to_value(&member).map_err(|error| error.to_string())?;
    let again: T = serde_json::from_value(written.clone()).map_err(|error| error.to_string())?;
    assert_eq!(serde_json::to_value(&again).unwrap(), written, "written and read again it is another member");
    written["name"].as_str().map(str::to_owned).ok_or_else(|| format!("no name in {written}"))
}

#[test]
fn names_are_unique_and_kebab_case() {
    for family in families() {
        let names: BTreeSet<&str> = family.members.iter().map(|member| member.name).collect();
        assert_eq!(names.len(), family.members.len(), "{}", family.title);
        for name in names {
            let is_kebab = name
                .split('-')
                .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
            assert!(is_kebab, "{}: `{name}`", family.title);
        }
    }
}

#[test]
fn examples_are_read_as_their_own_member() {
    for family in families() {
        for member in family.members {
            assert_eq!((family.name_of)(member.example).as_deref(), Ok(member.name), "{}", member.example);
        }
    }
}

#[test]
fn summaries_are_one_line_and_documentation_is_there() {
    for family in families() {
        for Member { name, summary, documentation, .. } in family.members {
            assert!(!summary.is_empty() && !summary.contains('\n') && !summary.contains('|'), "{name}: {summary}");
            assert!(summary.chars().count() <= 120, "{name}: {summary}");
            assert!(documentation.starts_with("//! "), "{name}: its file begins with what it is");
        }
    }
}

#[test]
fn every_source_is_in_the_bibliography() {
    let bibliography = bibliography();
    for family in families() {
        for Member { name, source, .. } in family.members {
            let key = source.split(',').next().unwrap();
            assert!(
                key == "this project" || bibliography.contains(key),
                "{name}: `{key}` is not in docs/bibliography.bib"
            );
        }
    }
}

#[test]
fn every_theorem_has_its_source_and_its_line() {
    let bibliography = bibliography();
    for theorem in THEOREMS {
        let source = theorem.source();
        let key = source.split(',').next().unwrap();
        assert!(key == "this project" || bibliography.contains(key), "{}: `{key}`", theorem.about().id);
    }
    let listed: BTreeSet<&str> = THEOREMS.iter().map(|theorem| theorem.file).collect();
    let folder = root().join("src/theory");
    let files = files_below(&folder).into_iter();
    let theorems: BTreeSet<String> = files
        .filter_map(|file| file.strip_prefix(&folder).unwrap().to_str().map(str::to_owned))
        .filter(|file| file.contains('/'))
        .collect();
    assert_eq!(theorems.iter().map(String::as_str).collect::<BTreeSet<_>>(), listed);
}

#[test]
fn every_key_that_the_sources_mention_is_in_the_bibliography() {
    let bibliography = bibliography();
    for (file, text) in texts_below("src") {
        for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| is_citation(word)) {
            assert!(bibliography.contains(word), "{}: `{word}` is not in docs/bibliography.bib", file.display());
        }
    }
}

/// Whether a word looks like `alistarh2018convergence`.
fn is_citation(word: &str) -> bool {
    let author = word.chars().take_while(char::is_ascii_lowercase).count();
    let rest = &word[author..];
    let year = rest.chars().take_while(char::is_ascii_digit).count();
    let starts_with_century = rest.starts_with("19") || rest.starts_with("20");
    author >= 2 && year == 4 && starts_with_century && rest[4..].starts_with(|c: char| c.is_ascii_lowercase())
}

fn bibliography() -> BTreeSet<String> {
    let text = read("docs/bibliography.bib");
    let keys: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix('@')?.split_once('{')?.1.strip_suffix(',').map(str::to_owned))
        .collect();
    let unique: BTreeSet<String> = keys.iter().cloned().collect();
    assert_eq!(unique.len(), keys.len(), "docs/bibliography.bib has a key twice");
    unique
}

// Files.

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(document: &str) -> String {
    fs::read_to_string(root().join(document)).unwrap_or_else(|error| panic!("{document}: {error}"))
}

/// The top modules of the crate, by the files in src.
fn modules() -> Vec<String> {
    let names = fs::read_dir(root().join("src")).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        path.file_stem().unwrap().to_str().unwrap().to_owned()
    });
    names.filter(|name| name != "lib" && name != "main").collect()
}

/// The Rust sources of a top module.
fn sources(module: &str) -> Vec<(PathBuf, String)> {
    let mut sources = texts_below(&format!("src/{module}"));
    let file = root().join(format!("src/{module}.rs"));
    if file.exists() {
        sources.push((file.clone(), fs::read_to_string(file).unwrap()));
    }
    assert!(!sources.is_empty(), "`{module}` has no sources");
    sources
}

/// The Rust sources below a folder.
fn texts_below(folder: &str) -> Vec<(PathBuf, String)> {
    let files = files_below(&root().join(folder)).into_iter();
    let rust = files.filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect()
}

/// The Rust sources below a folder without their comments of whole lines.
fn code_below(folder: &str) -> Vec<(PathBuf, String)> {
    let code = |text: String| {
        text.lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .fold(String::new(), |all, line| all + line + "\n")
    };
    texts_below(folder).into_iter().map(|(file, text)| (file, code(text))).collect()
}

pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
