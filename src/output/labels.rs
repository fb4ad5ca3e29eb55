//! Labels of settings without what all of them share, for the legends of figures and of the report.

use crate::results::read::distinct;
use std::collections::BTreeSet;

/// From this many settings on, a word is left out even if one of them lacks it.
const MANY: usize = 6;

/// More labels stay as they are: no legend lists them, and each word is compared with every label.
const MOST_LABELS: usize = 1000;

/// Labels without what does not tell them apart, and what was left out.
///
/// A word that all labels have goes, or all but one of many, and so does a `key=value` whose key has one value in all
/// labels that have it, as long as the labels stay apart and none becomes empty.
pub(super) fn shorten<S: AsRef<str>>(labels: &[S]) -> (Vec<String>, Vec<String>) {
    if labels.len() > MOST_LABELS {
        return (labels.iter().map(|label| label.as_ref().to_owned()).collect(), Vec::new());
    }
    let mut words: Vec<Vec<&str>> = labels.iter().map(|label| label.as_ref().split(' ').collect()).collect();
    let mut candidates = distinct(words.iter().flatten().copied());
    let mut left_out = Vec::new();
    if labels.len() < 2 {
        candidates.clear();
    }
    for candidate in candidates {
        let is_settled_by_key = candidate.split_once('=').is_some_and(|(key, _)| {
            let same_key = |word: &&&str| word.split_once('=').is_some_and(|(own, _)| own == key);
            words.iter().flatten().filter(same_key).all(|word| *word == candidate)
        });
        let n_without = words.iter().filter(|own| !own.contains(&candidate)).count();
        if !is_settled_by_key && n_without > usize::from(labels.len() >= MANY) {
            continue;
        }
        let shorter: Vec<Vec<&str>> =
            words.iter().map(|own| own.iter().copied().filter(|word| *word != candidate).collect()).collect();
        let distinct: BTreeSet<&Vec<&str>> = shorter.iter().collect();
        if distinct.len() == labels.len() && shorter.iter().all(|own| !own.is_empty()) {
            words = shorter;
            left_out.push(candidate.to_owned());
        }
    }
    (words.into_iter().map(|own| own.join(" ")).collect(), left_out)
}

/// What a caption adds of the words that [`shorten`] left out.
pub(super) fn note(left_out: &[String]) -> String {
    if left_out.is_empty() { String::new() } else { format!("; names leave out {}", left_out.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::shorten;

    fn short(labels: &[&str]) -> (Vec<String>, Vec<String>) {
        shorten(labels)
    }

    #[test]
    fn labels_keep_what_tells_them_apart() {
        let (labels, common) = short(&["sgd", "error-feedback top-k k=7", "error-feedback rand-k k=7"]);
        assert_eq!(
            (labels, common),
            (owned(&["sgd", "error-feedback top-k", "error-feedback rand-k"]), owned(&["k=7"]))
        );
        let (labels, common) = short(&["ef21 top-k k=1 γ=2", "ef21 top-k k=5 γ=2"]);
        assert_eq!((labels, common), (owned(&["k=1", "k=5"]), owned(&["ef21", "top-k", "γ=2"])));
    }

    #[test]
    fn among_many_one_may_lack_what_is_left_out() {
        let names = ["sgd", "ef a", "ef b", "ef c", "ef d", "ef e"];
        assert_eq!(short(&names).0, owned(&["sgd", "a", "b", "c", "d", "e"]));
        assert_eq!(short(&names[..5]).0, owned(&names[..5]));
    }

    #[test]
    fn a_single_label_and_one_that_would_vanish_stay() {
        assert_eq!(short(&["top-k k=5"]).0, owned(&["top-k k=5"]));
        assert_eq!(short(&["sgd"]).0, owned(&["sgd"]));
        assert_eq!(short(&["top-k", "top-k k=5"]).0, owned(&["top-k", "top-k k=5"]));
        assert_eq!(short(&[]).0, owned(&[]));
    }

    fn owned(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }
}
