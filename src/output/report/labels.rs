//! The settings of a folder: their labels, short enough for a legend, and the look that each has everywhere.

use super::folder::Folder;
use crate::output::OutputError;
use crate::output::results::distinct;
use maud::{Markup, html};
use std::collections::BTreeSet;

/// From so many settings on a word is left out although one of them lacks it.
const MANY: usize = 6;

/// The settings in the order of the tables; the place of one is the number of its look.
#[derive(Debug, Default)]
pub(super) struct Settings {
    labels: Vec<String>,
    short: Vec<String>,
    /// The words that every label has and that short labels leave out.
    pub(super) common: Vec<String>,
}

impl Settings {
    /// Those of `rounds.csv`, or else of `checks.csv`.
    pub(super) fn of(folder: &Folder) -> Result<Self, OutputError> {
        let mut labels: Vec<String> = Vec::new();
        for table in ["rounds.csv", "checks.csv"].iter().filter_map(|name| folder.table(name)) {
            for label in table.texts("label")? {
                if labels.last().is_none_or(|last| last != label) && !labels.iter().any(|known| known == label) {
                    labels.push(label.to_owned());
                }
            }
        }
        let (short, common) = shorten(&labels);
        Ok(Self { labels, short, common })
    }

    pub(super) fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The number of a setting's look.
    pub(super) fn look(&self, label: &str) -> usize {
        self.labels.iter().position(|known| known == label).unwrap_or(0)
    }

    /// The label without what all settings share.
    pub(super) fn short<'a>(&'a self, label: &'a str) -> &'a str {
        self.labels.iter().position(|known| known == label).map_or(label, |place| &self.short[place])
    }

    /// The label behind a swatch of its look.
    pub(super) fn named(&self, label: &str) -> Markup {
        let short = self.short(label);
        html! {
            span.setting title=[(short != label).then_some(label)] {
                span.swatch data-look=(self.look(label)) aria-hidden="true" {}
                @if label.is_empty() { "the setting" } @else { (short) }
            }
        }
    }
}

/// Labels without what does not tell them apart, and what was left out.
///
/// A word that all labels have goes, or all but one of many, and so does a `key=value` whose key has one value in all
/// labels that have it, as long as the labels stay apart and none becomes empty.
fn shorten(labels: &[String]) -> (Vec<String>, Vec<String>) {
    let mut words: Vec<Vec<&str>> = labels.iter().map(|label| label.split(' ').collect()).collect();
    let mut candidates = distinct(words.iter().flatten().copied());
    let mut left_out = Vec::new();
    if labels.len() < 2 {
        candidates.clear();
    }
    for candidate in candidates {
        let is_told_by_key = candidate.split_once('=').is_some_and(|(key, _)| {
            let same_key = |word: &&&str| word.split_once('=').is_some_and(|(own, _)| own == key);
            words.iter().flatten().filter(same_key).all(|word| *word == candidate)
        });
        let n_without = words.iter().filter(|own| !own.contains(&candidate)).count();
        if !is_told_by_key && n_without > usize::from(labels.len() >= MANY) {
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

#[cfg(test)]
mod tests {
    use super::shorten;

    fn short(labels: &[&str]) -> (Vec<String>, Vec<String>) {
        shorten(&labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>())
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
