//! The cases of the theorems, as the TOML files beside this one state them.

use gradsieve::theory::Quantity as Q;
use gradsieve::theory::Sequence as S;
use gradsieve::theory::{NotApplicable, Origin, Setting, Theorem, theorem};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// A theorem with constants, its value there, and what it must refuse.
pub(super) struct Case {
    pub(super) id: String,
    /// The file that it is in: the folder of the theorem's paper.
    pub(super) paper: String,
    pub(super) constants: Vec<(Q, f64)>,
    pub(super) sequences: Vec<(S, Vec<f64>)>,
    pub(super) round: usize,
    /// The bound, computed independently.
    pub(super) value: f64,
    /// Where `value` comes from.
    pub(super) from: String,
    /// Changes that break a hypothesis, with a part of the refusal.
    pub(super) broken: Vec<(Change, String)>,
    /// Constants with which the bound grows.
    pub(super) grows: Vec<Q>,
    /// Constants with which the bound falls.
    pub(super) falls: Vec<Q>,
}

pub(super) enum Change {
    Set(Q, f64),
    Entries(S, Vec<f64>),
    Round(usize),
}

/// A case as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    constants: BTreeMap<String, f64>,
    #[serde(default)]
    sequences: BTreeMap<String, Entries>,
    #[serde(default)]
    round: usize,
    value: f64,
    from: String,
    #[serde(default)]
    broken: Vec<Broken>,
    #[serde(default)]
    grows: Vec<String>,
    #[serde(default)]
    falls: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entries {
    One(f64),
    List(Vec<f64>),
    Repeated { value: f64, times: usize },
}

impl Entries {
    fn list(self) -> Vec<f64> {
        match self {
            Self::One(value) => vec![value],
            Self::List(entries) => entries,
            Self::Repeated { value, times } => vec![value; times],
        }
    }
}

#[derive(Deserialize)]
struct Broken {
    refusal: String,
    #[serde(flatten)]
    change: BTreeMap<String, Entries>,
}

impl Case {
    /// Those of all papers.
    pub(super) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/bounds");
        let mut cases = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let text = std::fs::read_to_string(&path).unwrap();
                let of_paper: BTreeMap<String, Written> =
                    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let paper = path.file_stem().unwrap().to_str().unwrap();
                cases.extend(of_paper.into_iter().map(|(id, written)| Self::new(id, paper, written)));
            }
        }
        cases
    }

    fn new(id: String, paper: &str, written: Written) -> Self {
        let quantity = |name: &String| quantity(name).unwrap_or_else(|| panic!("{id}: no constant `{name}`"));
        let sequence = |name: &String| sequence(name).unwrap_or_else(|| panic!("{id}: no sequence `{name}`"));
        let change = |Broken { refusal, change }: Broken| {
            let (name, entries) = change.into_iter().next().unwrap_or_else(|| panic!("{id}: what breaks?"));
            let change = match entries {
                Entries::One(round) if name == "round" => Change::Round(round as usize),
                Entries::One(value) => Change::Set(quantity(&name), value),
                entries => Change::Entries(sequence(&name), entries.list()),
            };
            (change, refusal)
        };
        Self {
            paper: paper.to_owned(),
            constants: written.constants.iter().map(|(name, value)| (quantity(name), *value)).collect(),
            sequences: written.sequences.into_iter().map(|(name, entries)| (sequence(&name), entries.list())).collect(),
            round: written.round,
            value: written.value,
            from: written.from,
            broken: written.broken.into_iter().map(change).collect(),
            grows: written.grows.iter().map(quantity).collect(),
            falls: written.falls.iter().map(quantity).collect(),
            id,
        }
    }

    pub(super) fn theorem(&self) -> &'static Theorem {
        theorem(&self.id).unwrap_or_else(|| panic!("no theorem `{}`", self.id))
    }

    pub(super) fn setting(&self) -> Setting {
        let setting = self.constants.iter().fold(Setting::new(), |s, (q, value)| s.with(*q, *value, Origin::Proved));
        let with = |s: Setting, (sequence, entries): &(S, Vec<f64>)| {
            s.with_sequence(*sequence, entries.clone(), Origin::Proved)
        };
        self.sequences.iter().fold(setting, with)
    }

    pub(super) fn value_at(&self, setting: &Setting) -> Result<f64, NotApplicable> {
        self.theorem().bound.value(setting, self.round)
    }
}

fn quantity(name: &str) -> Option<Q> {
    Q::ALL.iter().copied().find(|quantity| quantity.name() == name)
}

fn sequence(name: &str) -> Option<S> {
    S::ALL.iter().copied().find(|sequence| sequence.name() == name)
}
