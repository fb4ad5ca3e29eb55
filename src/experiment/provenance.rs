//! Where results come from: code, data, seeds, command and host. Timestamps are here and nowhere else.

use super::error::SpecError;
use super::file::ExperimentFile;
use super::plan::Plan;
use super::program::{host, program, since_1970};
use super::spec::check::CheckSpec;
use super::spec::claim::Claim;
use super::spec::paper::PaperSpec;
use super::spec::plot::PlotSpec;
use super::spec::run::RunSpec;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The provenance of a result folder.
#[must_use]
pub fn provenance(file: &ExperimentFile, plan: &Plan, command: &[String]) -> Value {
    let data: BTreeMap<String, &str> = plan
        .runs
        .iter()
        .filter(|run| !run.problem.data_checksum.is_empty())
        .map(|run| {
            let dataset = run.spec.dataset.as_ref().and_then(|dataset| serde_json::to_string(dataset).ok());
            (dataset.unwrap_or_default(), run.problem.data_checksum.as_str())
        })
        .collect();
    let runs: Vec<Value> = plan
        .runs
        .iter()
        .map(|run| json!({ "run": run.id, "label": run.label, "seed": run.seed, "spec": run.spec }))
        .collect();
    json!({
        "question": file.question,
        "interpretation": file.interpretation,
        "experiment": file.path.display().to_string(),
        "command": command,
        "written_at_unix_seconds": since_1970().as_secs(),
        "gradsieve": program(),
        "host": host(),
        "data_checksums": data,
        "plots": file.plots,
        "check": file.check,
        "claims": file.claims,
        "paper": file.paper,
        "runs": runs,
    })
}

/// Whether the provenance at `path` differs from a new one only in when, where and by which program the results were
/// made. Then it stands beside tables that are the same to the byte: it names what made them first, and making them again
/// leaves no trace in a repository that keeps them.
#[must_use]
pub fn stands(path: &Path, new: &Value) -> bool {
    let of_the_making = ["command", "written_at_unix_seconds", "gradsieve", "host"];
    let lasting = |provenance: &Value| {
        let mut lasting = provenance.as_object().cloned().unwrap_or_default();
        lasting.retain(|key, _| !of_the_making.contains(&key.as_str()));
        lasting
    };
    read(path).is_some_and(|kept| lasting(&kept) == lasting(new))
}

/// Whether the experiment of the provenance at `path` claims and assumes what the new one does: else its verdicts are not
/// those of the new one, even of the same runs. A folder without provenance is not known to differ.
#[must_use]
pub(super) fn asserts_the_same(path: &Path, new: &Value) -> bool {
    let assertions = |provenance: &Value| {
        let check = &provenance["check"];
        [&check["tolerance"], &check["assume"], &provenance["claims"]].map(Value::clone)
    };
    read(path).is_none_or(|kept| assertions(&kept) == assertions(new))
}

fn read(path: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

impl ExperimentFile {
    /// The experiment that a result folder comes from, as its `provenance.json` has it.
    ///
    /// # Errors
    /// The file cannot be read, or is not a provenance file of this version.
    pub fn of_results(folder: &Path) -> Result<Self, SpecError> {
        #[derive(Deserialize)]
        struct Run {
            seed: u64,
            spec: RunSpec,
        }
        #[derive(Deserialize)]
        struct Provenance {
            question: String,
            interpretation: String,
            plots: Vec<PlotSpec>,
            check: CheckSpec,
            claims: Vec<Claim>,
            #[serde(default)]
            paper: Option<PaperSpec>,
            runs: Vec<Run>,
        }
        let path = folder.join("provenance.json");
        let wrong = |message: String| SpecError {
            path: path.clone(),
            place: None,
            message,
            excerpt: String::new(),
            help: Some("check the experiment file itself: gradsieve check experiments/NAME.toml".into()),
            unavailable: None,
        };
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(format!("cannot read it: {error}")))?;
        let provenance: Provenance = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("no provenance that this version can replay: {error}")))?;
        let (mut runs, mut seeds): (Vec<RunSpec>, Vec<u64>) = (Vec::new(), Vec::new());
        for run in provenance.runs {
            // Replicates are next to each other.
            if runs.last() != Some(&run.spec) {
                runs.push(run.spec);
            }
            if !seeds.contains(&run.seed) {
                seeds.push(run.seed);
            }
        }
        Ok(Self {
            path,
            question: provenance.question,
            interpretation: provenance.interpretation,
            data_dir: None,
            seeds,
            plots: provenance.plots,
            check: provenance.check,
            claims: provenance.claims,
            paper: provenance.paper,
            runs,
            full: None,
            quick: None,
            text: String::new(),
        })
    }
}
