//! The settings of a folder: their labels, short enough for a legend, and the look that each has everywhere.

use super::folder::Folder;
use crate::output::OutputError;
use crate::output::labels::shorten;
use maud::{Markup, html};

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
