//! The words of this project are those of the field: the retired ones do not come back.

use crate::architecture::{documents::splice, files_below, root};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

/// Words and phrases that are not used here, each with what to say instead and contexts in which it is right. A word is
/// also looked for inside identifiers: `play` is in `play_all` and in `PlayArguments`, not in `display`.
const RETIRED: &[(&str, &str, &[&str])] = &[
    ("a share", "a fraction", &[]),
    ("anew", "again", &[]),
    ("are so", "hold", &[]),
    ("ask ahead", "prefetch", &[]),
    ("ask for", "request; prefetch", &[]),
    ("asked ahead", "prefetched", &[]),
    ("asked for", "requested; prefetched", &[]),
    ("asks for", "requests", &[]),
    ("awake", "keep threads spinning", &[]),
    ("before the eyes", "with an observer", &[]),
    ("but for", "except", &[]),
    ("coin", "stochastic sparsification", &[]),
    ("coins", "stochastic sparsification", &[]),
    ("equal shares", "parts of equal size", &[]),
    ("held against", "checked against, compared with", &[]),
    ("in the place of", "instead of", &[]),
    ("is no", "is not a", &["there is no", "is no longer", "is no more", "is no less", "is no proof", "is no reason"]),
    ("is so", "holds", &[]),
    ("law", "distribution, family", &["power law", "conservation law"]),
    ("laws", "distributions, families", &["laws over training", "conservation laws", "power laws"]),
    ("lies in", "is in, is within", &[]),
    ("line of the cache", "cache line", &[]),
    ("lines of the cache", "cache lines", &[]),
    ("manieth", "n-th", &[]),
    ("nearest cache", "L1 cache", &[]),
    ("nobody", "held-out; no one", &[]),
    ("play", "run", &[]),
    ("played", "run", &[]),
    ("playing", "running", &[]),
    ("plays", "runs", &["plays of shakespeare"]),
    ("second cache", "L2 cache", &[]),
    ("share of", "fraction of", &[]),
    ("shares of", "fractions of, parts of", &[]),
    ("so many", "n", &["so many that"]),
    ("speak of", "apply to, are about", &[]),
    ("speaks of", "applies to, is about", &[]),
    ("the share", "the fraction", &[]),
    ("told", "reported", &[]),
    ("usual selection", "selection of the standard library", &[]),
    ("witness", "observer", &[]),
    ("witnessed", "observed", &[]),
    ("witnesses", "observers", &[]),
];

/// Files that quote retired words: this one, the old names in the changelog, and what others wrote.
const EXCEPT: &[&str] = &["tests/it/vocabulary.rs", "CHANGELOG.md", "src/dataset/embedded", "src/output/report/vendor"];

/// The endings of files that hold words of ours.
const TEXTS: &[&str] = &["rs", "md", "toml", "js", "mjs", "css", "py", "sh", "snap", "run"];

#[test]
fn retired_words_do_not_come_back() {
    let found = occurrences();
    let mut problems = String::new();
    for (word, instead, _) in RETIRED {
        let places = found.get(word).map_or(&[][..], Vec::as_slice);
        for place in places {
            writeln!(problems, "{place}: `{word}`: say {instead}").unwrap();
        }
    }
    assert!(problems.is_empty(), "{problems}");
}

#[test]
fn words_are_found_in_text_and_in_identifiers_and_nowhere_else() {
    let found = |text: &str| places(text).into_iter().map(|(word, _)| word).collect::<Vec<_>>();
    assert_eq!(found("fn play_all(play: PlayArguments)"), ["play"; 3]);
    assert_eq!(found("It is so,\n/// and the coins are told."), ["coins", "is so", "told"]);
    assert_eq!(found("A value split over\n// lines of\n// the cache."), ["lines of the cache"]);
    assert_eq!(found("There is no power law to display; as long as they are, so is it."), [""; 0]);
}

#[test]
fn the_glossary_lists_the_retired_words() {
    let mut table = "| not here | but |\n| --- | --- |\n".to_owned();
    for (word, instead, _) in RETIRED {
        writeln!(table, "| {word} | {instead} |").unwrap();
    }
    splice("docs/glossary.md", "retired", &table);
}

/// Where each retired word occurs, as `file:line`.
fn occurrences() -> BTreeMap<&'static str, Vec<String>> {
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for path in texts() {
        let name = path.strip_prefix(root()).unwrap().display().to_string().replace('\\', "/");
        let Ok(mut text) = fs::read_to_string(&path) else { continue };
        if name == "docs/glossary.md"
            && let Some((before, table)) = text.split_once("<!-- BEGIN retired -->")
        {
            // The lines after the table keep their numbers.
            let (table, after) = table.split_once("<!-- END retired -->").unwrap();
            text = format!("{before}{}{after}", "\n".repeat(table.matches('\n').count()));
        }
        for (word, line) in places(&text) {
            found.entry(word).or_default().push(format!("{name}:{line}"));
        }
    }
    found
}

/// The texts of the repository, without results and what `EXCEPT` names.
fn texts() -> Vec<PathBuf> {
    let folders = ["src", "tests", "examples", "benches", "experiments", "docs", "notebooks", ".ci"];
    let below = folders.iter().flat_map(|folder| files_below(&root().join(folder)));
    let top =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "Cargo.toml", "build.rs"].map(|file| root().join(file));
    let is_ours = |path: &PathBuf| {
        let name = path.strip_prefix(root()).unwrap();
        let ending = path.extension().or(path.file_name()).and_then(|ending| ending.to_str()).unwrap_or_default();
        TEXTS.contains(&ending)
            && !EXCEPT.iter().any(|except| name.starts_with(except))
            && !name.components().any(|part| part.as_os_str() == "target" || part.as_os_str() == "node_modules")
    };
    below.chain(top).filter(is_ours).collect()
}

/// The retired words of a text, each with its line.
fn places(text: &str) -> Vec<(&'static str, usize)> {
    let tokens = tokens(text);
    let words: Vec<&str> = tokens.iter().map(|(word, _)| word.as_str()).collect();
    let mut found = Vec::new();
    for (word, _, contexts) in RETIRED {
        let own: Vec<&str> = word.split(' ').collect();
        for at in (0..words.len()).filter(|at| words[*at..].starts_with(&own)) {
            let in_context = contexts.iter().any(|context| {
                let context: Vec<&str> = context.split(' ').collect();
                let offset = context.windows(own.len()).position(|part| part == own).expect("a context holds its word");
                at.checked_sub(offset).is_some_and(|first| words[first..].starts_with(&context))
            });
            if !in_context {
                found.push((*word, tokens[at].1));
            }
        }
    }
    found
}

/// The words of a text in lower case, each with its line: letters between other characters, and the parts of `CamelCase`.
/// Punctuation is an empty word.
fn tokens(text: &str) -> Vec<(String, usize)> {
    let mut tokens = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut word = String::new();
        let mut last = ' ';
        for c in line.chars().chain([' ']) {
            let begins = c.is_uppercase() && last.is_lowercase();
            if (!c.is_alphabetic() || begins) && !word.is_empty() {
                tokens.push((std::mem::take(&mut word), index + 1));
            }
            if c.is_alphabetic() {
                word.extend(c.to_lowercase());
            } else if ",.;:!?()|".contains(c) {
                // No phrase goes on beyond it.
                tokens.push((String::new(), index + 1));
            }
            last = c;
        }
    }
    tokens
}
