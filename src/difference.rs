//! Two result folders side by side: what changed beyond the noise of the seeds, and where the folders come from.
//!
//! It reads tables and provenance alone, so that results of other versions can be compared.

use crate::record::{Metric, Outcome, Table};
use crate::results::error::ResultsError;
use crate::results::leaves::{leaves, text};
use crate::results::number::cell;
use crate::results::read::Columns;
use crate::results::run::{KeptRun, read_tables};
use crate::results::verdicts::{CHECKS, CLAIMS, assert_current};
use crate::statistics::{Shift, fisher, holm, paired, welch};
use crate::store::{StoreError, write_whole};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// The columns of `compare.csv`, each with its meaning; one without words shares those of the column before.
pub const QUANTITIES: [(&str, &str); 16] = [
    ("label", "the setting"),
    ("quantity", "the metric, or `diverged`"),
    (
        "statistic",
        "`final`, the last recorded value; `average`, the mean over the rounds that all runs recorded, without round 0 (geometric for positive values); `count` of runs",
    ),
    (
        "verdict",
        "`identical` to the bit in all runs; `rounding`, equal up to 10⁻⁹ of the value; `unchanged` beyond noise; `undecided`, there are too few runs; `changed`",
    ),
    ("scale", "whether the change is a `ratio` B/A, where all values are positive, or a `difference` B − A"),
    ("a", "the mean over the runs (geometric for a ratio), or the count"),
    ("b", ""),
    ("change", "the change, and its 95 % interval for this quantity alone"),
    ("lower", ""),
    ("upper", ""),
    (
        "test",
        "`paired t` where every run of one folder has a run of the same seed in the other, else `Welch t`; `Fisher` for counts; `none` where there is nothing to test",
    ),
    ("p", "the probability of a change at least as large by chance"),
    ("p_holm", "the same, corrected for all tests of the comparison"),
    ("runs_a", "runs that have a value"),
    ("runs_b", ""),
    ("pairs", "pairs of equal seeds"),
];

/// The columns of `compare_settings.csv`.
pub const SETTINGS: [(&str, &str); 7] = [
    ("label", "the setting"),
    ("runs_a", "runs of each folder"),
    ("runs_b", ""),
    ("pairs", "pairs of equal seeds"),
    ("identical", "pairs that are identical in every recorded cell"),
    ("quantities", "quantities that were compared"),
    ("changed", "quantities that changed"),
];

/// The columns of `compare_facts.csv`: what else differs.
pub const FACTS: [(&str, &str); 5] = [
    (
        "kind",
        "`theorem` (a verdict of `checks.csv`), `claim`, `specification` (a key of the runs), `data` (a checksum), `program` (version, sources, compiler, machine, command) or `experiment` (the text of the file)",
    ),
    ("key", "its name"),
    ("label", "the setting; empty where it concerns all"),
    ("a", "the words of each folder"),
    ("b", ""),
];

/// The probability with which anything is said to have changed where nothing did, over all tests of a comparison.
pub const LEVEL: f64 = 0.05;

/// Values that differ by less than this fraction of themselves in every run differ by rounding.
const ROUNDING: f64 = 1e-9;

/// What became of a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The same bits in every run.
    Identical,
    /// The same up to the last digits.
    Rounding,
    /// Nothing beyond the noise of the seeds.
    Unchanged,
    /// There are too few runs to say.
    Undecided,
    /// It changed.
    Changed,
}

impl Verdict {
    /// In tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Rounding => "rounding",
            Self::Unchanged => "unchanged",
            Self::Undecided => "undecided",
            Self::Changed => "changed",
        }
    }
}

/// How a quantity was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Student's t over pairs of runs of the same seed.
    PairedT,
    /// Welch's t over independent runs.
    WelchT,
    /// Fisher's exact test of counts.
    Fisher,
    /// No test: the quantity does not depend on the seed, or there is nothing to be tested.
    None,
}

impl Test {
    /// In tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PairedT => "paired t",
            Self::WelchT => "Welch t",
            Self::Fisher => "Fisher",
            Self::None => "none",
        }
    }
}

/// One quantity of one setting in both folders.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The setting.
    pub label: String,
    /// The metric, or `diverged`.
    pub quantity: String,
    /// `final`, `average` over the recorded rounds, or `count`.
    pub statistic: &'static str,
    /// Whether the change is a ratio, because all values are positive; else it is a difference.
    pub is_ratio: bool,
    /// Runs that have a value.
    pub runs: [usize; 2],
    /// Runs of equal seeds.
    pub pairs: usize,
    /// How it was compared.
    pub test: Test,
    /// The mean in each folder, geometric for a ratio; for counts the count.
    pub values: [Option<f64>; 2],
    /// The second over the first, or the second minus the first, with a 95 % interval (of this quantity alone).
    pub change: Option<f64>,
    /// Its limits.
    pub interval: Option<(f64, f64)>,
    /// The probability of a change as large by chance.
    pub p: Option<f64>,
    /// The same after the correction for all tests of the comparison.
    pub p_holm: Option<f64>,
    /// What became of it.
    pub verdict: Verdict,
}

/// A setting that both folders or one of them have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedSetting {
    /// Its label, that of the first folder where it has one.
    pub label: String,
    /// Runs in each.
    pub runs: [usize; 2],
    /// Runs of equal seeds.
    pub pairs: usize,
    /// Pairs whose recorded rows are the same to the bit.
    pub identical: usize,
}

impl ComparedSetting {
    /// Whether both folders have the same seeds and the same rows.
    #[must_use]
    pub fn is_identical(&self) -> bool {
        self.runs == [self.identical; 2]
    }

    /// Whether only one of the folders has it.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.runs.contains(&0)
    }
}

/// A fact in words that differs: of provenance, of a specification, a verdict or a claim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    /// `specification`, `data`, `program`, `experiment`, `theorem`, `claim`.
    pub kind: &'static str,
    /// The key, the theorem, or the claim in words.
    pub key: String,
    /// The setting; empty where it concerns all.
    pub label: String,
    /// What each folder says; empty where it says nothing.
    pub values: [String; 2],
}

/// What differs between two result folders.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Whether `rounds.csv` has the same bytes in both.
    pub is_identical: bool,
    /// All settings, those of the first folder first.
    pub settings: Vec<ComparedSetting>,
    /// All quantities of the settings in both.
    pub compared: Vec<Compared>,
    /// Facts that differ.
    pub facts: Vec<Fact>,
}

impl Difference {
    /// Compares two result folders.
    ///
    /// # Errors
    /// A folder lacks `rounds.csv` or `summary.csv`, or a table is none.
    pub fn of(folders: [&Path; 2]) -> Result<Self, ResultsError> {
        let [a, b] = [read_tables(folders[0])?, read_tables(folders[1])?];
        let bytes = folders.map(|folder| fs::read(folder.join("rounds.csv")).unwrap_or_default());
        let mut labels: Vec<&str> = Vec::new();
        for run in a.iter().chain(&b) {
            if !labels.contains(&run.label.as_str()) {
                labels.push(&run.label);
            }
        }
        let of = |runs: &'_ [KeptRun], label: &str| -> Vec<KeptRun> {
            runs.iter().filter(|run| run.label == label).cloned().collect()
        };
        let mut matched: Vec<(String, [Vec<KeptRun>; 2])> =
            labels.iter().map(|label| ((*label).to_owned(), [of(&a, label), of(&b, label)])).collect();
        if let [(_, [only_a, none_b]), (_, [none_a, only_b])] = &matched[..]
            && none_b.is_empty()
            && none_a.is_empty()
        {
            // One setting each: they are compared whatever they are called.
            matched = vec![(labels[0].to_owned(), [only_a.clone(), only_b.clone()])];
        }
        let mut compared: Vec<Compared> = Vec::new();
        for (label, runs) in matched.iter().filter(|(_, runs)| runs.iter().all(|own| !own.is_empty())) {
            compare(label, runs, &mut compared);
        }
        judge(&mut compared);
        let settings = matched.iter().map(|(label, runs)| setting(label, runs)).collect();
        let mut facts = verdicts(folders)?;
        facts.extend(provenance(folders, &matched));
        facts.sort();
        Ok(Self { is_identical: bytes[0] == bytes[1], settings, compared, facts })
    }

    /// Whether the numbers differ beyond noise, a setting is in one folder only, or a verdict or a claim differs.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.compared.iter().any(|compared| compared.verdict == Verdict::Changed)
            || self.settings.iter().any(ComparedSetting::is_alone)
            || self.facts.iter().any(|fact| matches!(fact.kind, "theorem" | "claim"))
    }

    /// How many tests were made, all of which share [`LEVEL`].
    #[must_use]
    pub fn tests(&self) -> usize {
        self.compared.iter().filter(|compared| compared.p.is_some()).count()
    }

    /// Writes `compare.csv`.
    ///
    /// # Errors
    /// `out` refuses.
    pub fn write_compared(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(QUANTITIES.map(|(name, _)| name))?;
        for row in &self.compared {
            csv.write_record([
                row.label.clone(),
                row.quantity.clone(),
                row.statistic.to_owned(),
                row.verdict.name().to_owned(),
                if row.is_ratio { "ratio" } else { "difference" }.to_owned(),
                cell(row.values[0]),
                cell(row.values[1]),
                cell(row.change),
                cell(row.interval.map(|(lower, _)| lower)),
                cell(row.interval.map(|(_, upper)| upper)),
                row.test.name().to_owned(),
                cell(row.p),
                cell(row.p_holm),
                row.runs[0].to_string(),
                row.runs[1].to_string(),
                row.pairs.to_string(),
            ])?;
        }
        csv.flush()
    }

    /// Writes `compare_settings.csv`.
    ///
    /// # Errors
    /// `out` refuses.
    pub fn write_settings(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(SETTINGS.map(|(name, _)| name))?;
        for setting in &self.settings {
            let own = || self.compared.iter().filter(|row| row.label == setting.label);
            csv.write_record([
                setting.label.clone(),
                setting.runs[0].to_string(),
                setting.runs[1].to_string(),
                setting.pairs.to_string(),
                setting.identical.to_string(),
                own().count().to_string(),
                own().filter(|row| row.verdict == Verdict::Changed).count().to_string(),
            ])?;
        }
        csv.flush()
    }

    /// Writes `compare_facts.csv`.
    ///
    /// # Errors
    /// `out` refuses.
    pub fn write_facts(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(FACTS.map(|(name, _)| name))?;
        for fact in &self.facts {
            csv.write_record([fact.kind, &fact.key, &fact.label, &fact.values[0], &fact.values[1]])?;
        }
        csv.flush()
    }

    /// Writes the three tables into a folder, which is made where it is missing.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn write_tables(&self, folder: &Path) -> Result<(), StoreError> {
        fs::create_dir_all(folder).map_err(StoreError::io("create the folder", folder))?;
        write_whole(&folder.join("compare.csv"), |out| self.write_compared(out))?;
        write_whole(&folder.join("compare_settings.csv"), |out| self.write_settings(out))?;
        write_whole(&folder.join("compare_facts.csv"), |out| self.write_facts(out))
    }
}

fn setting(label: &str, runs: &[Vec<KeptRun>; 2]) -> ComparedSetting {
    let pairs: Vec<(&KeptRun, &KeptRun)> = pairs(&runs[0], &runs[1], |run| run.seed);
    let identical = pairs.iter().filter(|(a, b)| {
        let is_diverged = |run: &KeptRun| matches!(run.result.outcome, Outcome::Diverged { .. });
        same_bits(&a.result.table, &b.result.table) && is_diverged(a) == is_diverged(b)
    });
    ComparedSetting {
        label: label.to_owned(),
        runs: [runs[0].len(), runs[1].len()],
        identical: identical.count(),
        pairs: pairs.len(),
    }
}

/// The elements of equal seeds.
fn pairs<'a, T>(a: &'a [T], b: &'a [T], seed: impl Fn(&T) -> u64) -> Vec<(&'a T, &'a T)> {
    a.iter().filter_map(|own| Some((own, b.iter().find(|other| seed(other) == seed(own))?))).collect()
}

fn same_bits(a: &Table, b: &Table) -> bool {
    let bits = |table: &Table| -> Vec<(u64, Vec<Option<u64>>)> {
        table.rows.iter().map(|(round, row)| (*round, row.iter().map(|v| v.map(f64::to_bits)).collect())).collect()
    };
    a.metrics == b.metrics && bits(a) == bits(b)
}

/// Adds the quantities of a setting, with p-values that are not yet corrected.
fn compare(label: &str, runs: &[Vec<KeptRun>; 2], compared: &mut Vec<Compared>) {
    let is_diverged = |run: &KeptRun| matches!(run.result.outcome, Outcome::Diverged { .. });
    let diverged = [0, 1].map(|side| runs[side].iter().filter(|run| is_diverged(run)).count());
    if diverged != [0, 0] {
        compared.push(counted(
            label,
            diverged,
            [runs[0].len(), runs[1].len()],
            pairs(&runs[0], &runs[1], |r| r.seed).len(),
        ));
    }
    let fine = [0, 1].map(|side| runs[side].iter().filter(|run| !is_diverged(run)).collect::<Vec<_>>());
    let has = |side: usize, metric: Metric| {
        fine[side].iter().any(|run: &&KeptRun| run.result.table.metrics.contains(&metric))
    };
    for (metric, ..) in Metric::ALL.iter().filter(|(metric, ..)| has(0, *metric) && has(1, *metric)) {
        let last = |run: &KeptRun| run.result.table.last(*metric).filter(|value| value.is_finite());
        let finals = [0, 1].map(|side| Sample::new(&fine[side], last));
        compared.extend(measured(label, *metric, "final", finals));
        // What accumulates is judged at its end alone.
        if !matches!(metric, Metric::Bits | Metric::BitsUp | Metric::BitsDown | Metric::Seconds) {
            compared.extend(averaged(label, *metric, &fine));
        }
    }
}

/// The average over the rounds that all runs have recorded, row 0 apart, which holds the start.
fn averaged(label: &str, metric: Metric, runs: &[Vec<&KeptRun>; 2]) -> Option<Compared> {
    let rows = |run: &KeptRun| -> BTreeMap<u64, f64> {
        let column = run.result.table.column(metric);
        column.filter(|(round, value)| *round > 0 && value.is_finite()).collect()
    };
    let curves = [0, 1].map(|side| runs[side].iter().map(|run| (run.seed, rows(run))).collect::<Vec<_>>());
    let mut common: Option<BTreeSet<u64>> = None;
    for (_, curve) in curves.iter().flatten() {
        let own: BTreeSet<u64> = curve.keys().copied().collect();
        common = Some(common.map_or(own.clone(), |common| &common & &own));
    }
    let rounds = common.filter(|rounds| rounds.len() > 1)?;
    let values = |curve: &BTreeMap<u64, f64>| -> Vec<f64> { rounds.iter().map(|round| curve[round]).collect() };
    let is_positive = curves.iter().flatten().flat_map(|(_, curve)| values(curve)).all(|value| value > 0.0);
    let average = |curve: &BTreeMap<u64, f64>| {
        let values = values(curve);
        let n = values.len() as f64;
        if is_positive {
            (values.iter().map(|value| value.ln()).sum::<f64>() / n).exp()
        } else {
            values.iter().sum::<f64>() / n
        }
    };
    let samples = curves.map(|side| Sample(side.iter().map(|(seed, curve)| (*seed, average(curve))).collect()));
    measured(label, metric, "average", samples)
}

/// A value per seed.
struct Sample(Vec<(u64, f64)>);

impl Sample {
    fn new(runs: &[&KeptRun], value: impl Fn(&KeptRun) -> Option<f64>) -> Self {
        Self(runs.iter().filter_map(|run| Some((run.seed, value(run)?))).collect())
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.0.iter().map(|(_, value)| *value)
    }

    /// Its value, where it is the same in all runs.
    fn constant(&self) -> Option<f64> {
        let first = self.values().next()?;
        self.values().all(|value| value == first).then_some(first)
    }
}

fn is_rounding(a: f64, b: f64) -> bool {
    (a - b).abs() <= ROUNDING * a.abs().max(b.abs())
}

/// One quantity of the runs that ended; `None` where neither folder has a value.
fn measured(label: &str, metric: Metric, statistic: &'static str, samples: [Sample; 2]) -> Option<Compared> {
    let [a, b] = &samples;
    let runs = [a.0.len(), b.0.len()];
    if runs == [0, 0] {
        return None;
    }
    let pairs: Vec<(f64, f64)> = pairs(&a.0, &b.0, |(seed, _)| *seed).iter().map(|(a, b)| (a.1, b.1)).collect();
    let is_ratio = a.values().chain(b.values()).all(|value| value > 0.0);
    let scaled = |value: f64| if is_ratio { value.ln() } else { value };
    let back = |value: f64| if is_ratio { value.exp() } else { value };
    let mean = |sample: &Sample| {
        let n = sample.0.len() as f64;
        // A constant is shown as it is, not as its logarithm came back.
        sample.constant().or_else(|| (n > 0.0).then(|| back(sample.values().map(scaled).sum::<f64>() / n)))
    };
    let values = [mean(a), mean(b)];
    let mut compared = Compared {
        label: label.to_owned(),
        quantity: metric.name().to_owned(),
        statistic,
        is_ratio,
        runs,
        pairs: pairs.len(),
        test: Test::None,
        values,
        change: values[0].zip(values[1]).map(|(a, b)| if is_ratio { b / a } else { b - a }),
        interval: None,
        p: None,
        p_holm: None,
        verdict: Verdict::Undecided,
    };
    let all_paired = runs == [pairs.len(); 2];
    let constants = a.constant().zip(b.constant());
    if (all_paired && pairs.iter().all(|(a, b)| a == b)) || constants.is_some_and(|(a, b)| a == b) {
        compared.verdict = Verdict::Identical;
        compared.change = Some(if is_ratio { 1.0 } else { 0.0 });
    } else if (all_paired && pairs.iter().all(|(a, b)| is_rounding(*a, *b)))
        || constants.is_some_and(|(a, b)| is_rounding(a, b))
    {
        compared.verdict = Verdict::Rounding;
    } else if constants.is_some() {
        // No run of either folder shows any noise.
        if separation(runs) <= LEVEL {
            compared.verdict = Verdict::Changed;
        }
    } else {
        let shift = if pairs.len() >= 2 && runs.contains(&pairs.len()) {
            compared.test = Test::PairedT;
            paired(&pairs.iter().map(|(a, b)| scaled(*b) - scaled(*a)).collect::<Vec<_>>())
        } else {
            compared.test = Test::WelchT;
            let [a, b] = samples.map(|sample| sample.values().map(scaled).collect::<Vec<_>>());
            welch(&a, &b)
        };
        match shift {
            Some(Shift { difference, p }) => {
                compared.change = Some(back(difference.mean));
                compared.interval = difference.interval.map(|(lower, upper)| (back(lower), back(upper)));
                compared.p = Some(p);
            }
            None => compared.test = Test::None,
        }
    }
    Some(compared)
}

/// How many runs diverged.
fn counted(label: &str, diverged: [usize; 2], runs: [usize; 2], pairs: usize) -> Compared {
    let is_all_or_none = (0..2).all(|side| diverged[side] == 0 || diverged[side] == runs[side]);
    let is_same = (0..2).all(|side| diverged[side] == 0) || (0..2).all(|side| diverged[side] == runs[side]);
    let [a, b] = diverged.map(|count| count as f64);
    let mut compared = Compared {
        label: label.to_owned(),
        quantity: "diverged".to_owned(),
        statistic: "count",
        is_ratio: false,
        runs,
        pairs,
        test: Test::None,
        values: [Some(a), Some(b)],
        change: Some(b - a),
        interval: None,
        p: None,
        p_holm: None,
        verdict: Verdict::Undecided,
    };
    if is_same || (diverged[0] == diverged[1] && runs[0] == runs[1]) {
        compared.verdict = Verdict::Identical;
    } else if is_all_or_none && separation(runs) <= LEVEL {
        compared.verdict = Verdict::Changed;
    } else {
        compared.test = Test::Fisher;
        compared.p = fisher(diverged[0] as u64, runs[0] as u64, diverged[1] as u64, runs[1] as u64);
    }
    compared
}

/// The probability that runs of one distribution fall into two groups that are each of one kind, as the folders
/// have them, when two kinds occur at all: 2 over the number of ways to choose the first folder's runs.
fn separation([a, b]: [usize; 2]) -> f64 {
    let ways = (1..=a).map(|i| (b + i) as f64 / i as f64).product::<f64>();
    2.0 / ways
}

/// Corrects the p-values for each other and judges by them.
fn judge(compared: &mut [Compared]) {
    let p: Vec<f64> = compared.iter().filter_map(|row| row.p).collect();
    let tested = compared.iter_mut().filter(|row| row.p.is_some());
    for (row, adjusted) in tested.zip(holm(&p)) {
        row.p_holm = Some(adjusted);
        row.verdict = if adjusted <= LEVEL { Verdict::Changed } else { Verdict::Unchanged };
    }
}

// Facts in words.

/// Verdicts of theorems and claims that differ, where both folders have them.
fn verdicts(folders: [&Path; 2]) -> Result<Vec<Fact>, ResultsError> {
    for folder in folders {
        assert_current(folder)?;
    }
    let mut facts = Vec::new();
    for (kind, file, keys, value) in
        [("theorem", CHECKS, &["theorem", "label"][..], "verdict"), ("claim", CLAIMS, &["claim"][..], "holds")]
    {
        let paths = folders.map(|folder| folder.join(file));
        if !paths.iter().all(|path| path.exists()) {
            continue;
        }
        let read = |path: &Path| -> Result<BTreeMap<Vec<String>, String>, ResultsError> {
            let table = Columns::read(path)?;
            let keys = keys.iter().map(|key| table.texts(key)).collect::<Result<Vec<_>, _>>()?;
            let row = |row: usize| keys.iter().map(|key| key[row].to_owned()).collect();
            let values = table.texts(value)?.into_iter().enumerate();
            Ok(values.map(|(at, value)| (row(at), value.to_owned())).collect())
        };
        let [a, b] = [read(&paths[0])?, read(&paths[1])?];
        let names: BTreeSet<&Vec<String>> = a.keys().chain(b.keys()).collect();
        for name in names {
            let values = [&a, &b].map(|own| own.get(name).cloned().unwrap_or_default());
            if values[0] != values[1] {
                let label = name.get(1).cloned().unwrap_or_default();
                facts.push(Fact { kind, key: name[0].clone(), label, values });
            }
        }
    }
    Ok(facts)
}

/// What differs in `provenance.json`, dates apart; a folder without one says nothing.
fn provenance(folders: [&Path; 2], matched: &[(String, [Vec<KeptRun>; 2])]) -> Vec<Fact> {
    let read = |folder: &Path| -> Option<Value> {
        serde_json::from_slice(&fs::read(folder.join("provenance.json")).ok()?).ok()
    };
    let [Some(a), Some(b)] = folders.map(read) else { return Vec::new() };
    let mut facts = Vec::new();
    for (kind, key) in [
        ("program", "gradsieve"),
        ("program", "host"),
        ("program", "command"),
        ("data", "data_checksums"),
        ("experiment", "experiment"),
        ("experiment", "question"),
        ("experiment", "interpretation"),
        ("experiment", "check"),
        ("experiment", "claims"),
        ("experiment", "plots"),
    ] {
        let leaves = [&a, &b].map(|value| texts(key, &value[key]));
        facts.extend(differing(kind, "", &leaves));
    }
    let spec = |value: &Value, runs: &[KeptRun]| -> Option<BTreeMap<String, String>> {
        let id = &runs.first()?.id;
        let run = value["runs"].as_array()?.iter().find(|run| run["run"] == id.as_str())?;
        Some(texts("", &run["spec"]))
    };
    let of_settings: Vec<(&str, Vec<Fact>)> = matched
        .iter()
        .filter_map(|(label, runs)| Some((label.as_str(), [spec(&a, &runs[0])?, spec(&b, &runs[1])?])))
        .map(|(label, leaves)| (label, differing("specification", label, &leaves)))
        .collect();
    // What differs in the same way in all settings is said once.
    let n = of_settings.len();
    let all: Vec<Fact> = of_settings.into_iter().flat_map(|(_, facts)| facts).collect();
    for fact in &all {
        let same = all.iter().filter(|other| (&other.key, &other.values) == (&fact.key, &fact.values));
        let label = if n > 1 && same.count() == n { String::new() } else { fact.label.clone() };
        let fact = Fact { label, ..fact.clone() };
        if !facts.contains(&fact) {
            facts.push(fact);
        }
    }
    facts
}

/// The leaves of a value as texts.
fn texts(path: &str, value: &Value) -> BTreeMap<String, String> {
    leaves(path, value).into_iter().map(|(path, leaf)| (path, text(leaf))).collect()
}

fn differing(kind: &'static str, label: &str, leaves: &[BTreeMap<String, String>; 2]) -> Vec<Fact> {
    let keys: BTreeSet<&String> = leaves[0].keys().chain(leaves[1].keys()).collect();
    let values = |key: &String| leaves.each_ref().map(|own| own.get(key).cloned().unwrap_or_default());
    let facts =
        keys.into_iter().map(|key| Fact { kind, key: key.clone(), label: label.to_owned(), values: values(key) });
    facts.filter(|fact| fact.values[0] != fact.values[1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, Stream, Streams};
    use crate::results::run::RunResult;
    use rand_distr::{Distribution, StandardNormal, StudentT};

    const METRICS: [Metric; 4] = [Metric::Loss, Metric::Suboptimality, Metric::EntriesMean, Metric::Bits];

    /// A run whose suboptimality falls as `rate^t`, up to noise that is shared along the run and noise of each round.
    fn run(seed: u64, rate: f64, noise: &mut dyn FnMut() -> f64) -> KeptRun {
        let level = noise();
        let row = |t: u64, own: f64| {
            let suboptimality = rate.powi(t as i32) * (0.2 * level + 0.1 * own).exp();
            (t, vec![Some(level + own), Some(suboptimality), Some(7.0), Some(64.0 * t as f64)])
        };
        let rows = (0..=10).map(|t| row(t, noise())).collect();
        let table = Table { metrics: METRICS.to_vec(), rows, ..Table::default() };
        KeptRun {
            id: format!("{seed}"),
            label: String::new(),
            seed,
            result: RunResult { outcome: Outcome::Finished, table, files: Vec::new() },
        }
    }

    fn judged(settings: &[[Vec<KeptRun>; 2]]) -> Vec<Compared> {
        let mut compared = Vec::new();
        for (index, runs) in settings.iter().enumerate() {
            compare(&format!("setting {index}"), runs, &mut compared);
        }
        judge(&mut compared);
        compared
    }

    fn normal(stream: &mut Stream) -> f64 {
        StandardNormal.sample(stream)
    }

    /// Over 1000 comparisons of three settings between which nothing but the noise differs, something is said to have
    /// changed in at most a fraction 0.05 of them, up to 4 standard deviations of a binomial (a family-wise error of
    /// exactly 0.05 fails this with probability 3·10⁻⁵ for each of the four kinds of noise).
    #[test]
    fn noise_alone_is_called_a_change_as_seldom_as_the_level_says() {
        const TRIALS: u32 = 1000;
        let heavy = StudentT::new(2.0).unwrap();
        let mut streams = [1, 2, 3, 4].map(|seed| Streams::new(seed).stream(Purpose::Generation, 0, 0));
        for (kind, stream) in streams.iter_mut().enumerate() {
            let is_paired = kind % 2 == 0;
            let mut noise = || if kind < 2 { normal(stream) } else { heavy.sample(stream) };
            let mut alarms = 0;
            for _ in 0..TRIALS {
                let settings = [0.7, 0.8, 0.9].map(|rate| {
                    let a = (1..=5).map(|seed| run(seed, rate, &mut noise)).collect();
                    let b = (1..=5).map(|seed| run(if is_paired { seed } else { 10 + seed }, rate, &mut noise));
                    [a, b.collect()]
                });
                let compared = judged(&settings);
                let expected = if is_paired { Test::PairedT } else { Test::WelchT };
                assert_eq!(compared.iter().filter(|row| row.test == expected).count(), 12);
                assert!(compared.iter().all(|row| row.verdict != Verdict::Undecided));
                alarms += u32::from(compared.iter().any(|row| row.verdict == Verdict::Changed));
            }
            let (mean, deviation) = (f64::from(TRIALS) * LEVEL, (f64::from(TRIALS) * LEVEL * (1.0 - LEVEL)).sqrt());
            assert!(f64::from(alarms) <= mean + 4.0 * deviation, "{alarms} alarms in {TRIALS}, kind {kind}");
            // A test that never speaks would pass as well.
            assert!(kind >= 2 || alarms > 5, "{alarms} alarms in {TRIALS}, kind {kind}");
        }
    }

    #[test]
    fn a_change_is_found_where_it_is_and_only_there() {
        let mut stream = Streams::new(5).stream(Purpose::Generation, 0, 0);
        let mut noise = || normal(&mut stream);
        let mut side = |rate: f64| (1..=5).map(|seed| run(seed, rate, &mut noise)).collect::<Vec<_>>();
        let settings = [[side(0.8), side(0.8)], [side(0.8), side(0.5)]];
        let compared = judged(&settings);
        let changed: Vec<_> = compared.iter().filter(|row| row.verdict == Verdict::Changed).collect();
        let names: Vec<_> = changed.iter().map(|row| (&row.label[..], row.statistic, &row.quantity[..])).collect();
        let expected = [("setting 1", "final", "suboptimality"), ("setting 1", "average", "suboptimality")];
        assert_eq!(names, expected);
        // (0.5/0.8)¹⁰, up to noise of e^{0.2}.
        let (lower, upper) = changed[0].interval.unwrap();
        assert!(changed[0].is_ratio && lower < 0.625_f64.powi(10) && 0.625_f64.powi(10) < upper, "{:?}", changed[0]);
        let same = compared.iter().filter(|row| ["bits", "entries_mean"].contains(&&row.quantity[..]));
        assert!(same.clone().count() == 6 && same.clone().all(|row| row.verdict == Verdict::Identical));
    }

    /// A setting of `n` runs per folder whose only metric has the values `a` and `b` by seed.
    fn values(a: &[f64], b: &[f64]) -> Compared {
        let sample = |values: &[f64]| Sample((1..).zip(values.iter().copied()).collect());
        let mut all = vec![measured("x", Metric::Loss, "final", [sample(a), sample(b)]).unwrap()];
        judge(&mut all);
        all.remove(0)
    }

    #[test]
    fn equality_rounding_and_what_does_not_depend_on_the_seed_are_no_matter_of_tests() {
        let five = [1.0, 2.0, 3.0, 4.0, 5.0];
        let rounded = five.map(|value| value * (1.0 + 1e-15));
        let found = [
            values(&five, &five),
            values(&five, &rounded),
            values(&[7.0; 5], &[14.0; 5]),
            values(&[7.0; 2], &[14.0; 2]),
            values(&[7.0; 3], &[7.0; 5]),
            values(&[1.0], &[2.0]),
            values(&[1.0], &five),
            values(&five, &five.map(|value| value + 1.0)),
        ];
        let expected = [
            (Verdict::Identical, Test::None),
            (Verdict::Rounding, Test::None),
            (Verdict::Changed, Test::None),
            (Verdict::Undecided, Test::None),
            (Verdict::Identical, Test::None),
            (Verdict::Undecided, Test::None),
            (Verdict::Undecided, Test::None),
            (Verdict::Changed, Test::PairedT),
        ];
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!((found.verdict, found.test), expected, "{found:?}");
        }
        assert_eq!(found[2].change, Some(2.0));
        // Zeros and negative numbers are compared by differences.
        let shifted = values(&[-1.0, 0.0, 1.1, 2.0], &[9.0, 10.2, 11.0, 12.0]);
        assert!(!shifted.is_ratio && (shifted.change.unwrap() - 10.025).abs() < 1e-12, "{shifted:?}");
    }

    #[test]
    fn runs_that_diverge_are_counted() {
        let judge_one = |diverged, runs| {
            let mut all = vec![counted("x", diverged, runs, 0)];
            judge(&mut all);
            (all[0].verdict, all[0].test)
        };
        assert_eq!(judge_one([0, 5], [5, 5]), (Verdict::Changed, Test::None));
        assert_eq!(judge_one([0, 2], [2, 2]), (Verdict::Unchanged, Test::Fisher));
        assert_eq!(judge_one([1, 2], [5, 5]), (Verdict::Unchanged, Test::Fisher));
        assert_eq!(judge_one([1, 9], [10, 10]), (Verdict::Changed, Test::Fisher));
        assert_eq!(judge_one([3, 3], [5, 5]), (Verdict::Identical, Test::None));
    }
}
