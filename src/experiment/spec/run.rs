//! What one concrete run is: the keys of an experiment file, each with a single value.

use crate::compressor::encoding::{Precision, Wire};
use crate::dataset::{DatasetSpec, PartitionSpec};
use crate::method::MethodSpec;
use crate::method::step_size::StepSize;
use crate::network::NetworkSpec;
use crate::objective::{Layer, Objective, ObjectiveSpec};
use crate::random::{Purpose, Streams};
use crate::record::{Metric, Schedule};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::ops::Range;

/// One concrete run except for its seed. In a file each key may hold a list, which is an axis of the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunSpec {
    /// The rows that the objective sums over; absent for objectives that are given by a formula.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<DatasetSpec>,
    /// Held-out rows, for the metrics that begin with `test`; prepared separately, as stated here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<DatasetSpec>,
    /// How rows are shared among workers; shuffled evenly when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<PartitionSpec>,
    /// What is minimized.
    pub objective: ObjectiveSpec,
    /// n.
    pub n_workers: NonZeroUsize,
    /// T, the number of synchronous rounds.
    pub rounds: u64,
    /// Rows of a mini-batch per worker and round, drawn with replacement, or `"full"`.
    pub batch_size: BatchSize,
    /// γ: a number or a schedule.
    pub step_size: StepSize,
    /// The method, with its compressor.
    pub method: MethodSpec,
    /// How messages are encoded.
    #[serde(default)]
    pub wire: Wire,
    /// What communication costs in simulated time; 10 Gbit/s Ethernet when absent.
    #[serde(default = "ten_gigabit")]
    pub network: NetworkSpec,
    /// Simulated seconds that a worker computes in a round.
    #[serde(default)]
    pub compute_seconds: f64,
    /// How coordinates are cut into blocks that are compressed separately.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<Blocks>,
    /// `x_0`; zeros when absent, and `network` for networks.
    #[serde(default)]
    pub initial: Initial,
    /// What is recorded, and when. Lists in here are lists, not axes.
    #[serde(default)]
    pub record: RecordSpec,
}

fn ten_gigabit() -> NetworkSpec {
    NetworkSpec::Ethernet(crate::network::Ethernet { speed: crate::network::Speed::Ten })
}

/// Rows per worker and round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchSize {
    /// All rows of the worker: the exact local gradient.
    Full,
    /// This many rows, drawn with replacement.
    Rows(NonZeroUsize),
}

impl Serialize for BatchSize {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Full => "full".serialize(serializer),
            Self::Rows(rows) => rows.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for BatchSize {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let rows = value.as_u64().and_then(|rows| NonZeroUsize::new(rows as usize));
        match (value.as_str(), rows) {
            (Some("full"), _) => Ok(Self::Full),
            (_, Some(rows)) => Ok(Self::Rows(rows)),
            _ => Err(serde::de::Error::custom(format!("invalid value: {value}, expected a count ≥ 1 or \"full\""))),
        }
    }
}

impl schemars::JsonSchema for BatchSize {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "BatchSize".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "anyOf": [{ "type": "integer", "minimum": 1 }, { "const": "full" }] })
    }
}

/// How coordinates are cut into consecutive blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Blocks {
    /// Blocks of this many coordinates; the last one may be shorter.
    Size(NonZeroUsize),
    /// The lengths of all blocks, separated by commas: `"100, 20"`.
    Lengths(String),
    /// One block for every layer of a network; one block where the objective has no layers.
    Layers,
}

impl Blocks {
    /// The blocks of `0..dim`, of an objective with these layers.
    ///
    /// # Errors
    /// The lengths are no positive numbers that add up to `dim`; in words.
    pub fn ranges(&self, dim: usize, layers: &[Layer]) -> Result<Vec<Range<usize>>, String> {
        let consecutive = |lengths: Vec<usize>| {
            let ends = lengths.into_iter().scan(0, |end, length| {
                *end += length;
                Some(*end - length..*end)
            });
            ends.collect()
        };
        match self {
            Self::Layers if layers.is_empty() => Ok(consecutive(vec![dim])),
            Self::Layers => Ok(consecutive(layers.iter().map(|layer| layer.len).collect())),
            Self::Size(size) => {
                Ok((0..dim).step_by(size.get()).map(|start| start..dim.min(start + size.get())).collect())
            }
            Self::Lengths(text) => {
                let lengths: Vec<usize> = text
                    .split(',')
                    .map(|part| part.trim().parse().ok().filter(|length| *length > 0))
                    .collect::<Option<_>>()
                    .ok_or_else(|| format!("`lengths` is \"{text}\", expected positive counts separated by commas"))?;
                let sum: usize = lengths.iter().sum();
                if sum != dim {
                    return Err(format!("`lengths` adds up to {sum}, but the dimension is {dim}"));
                }
                Ok(consecutive(lengths))
            }
        }
    }
}

/// The initial iterate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Initial {
    /// `x_0 = 0`.
    #[default]
    Zeros,
    /// `x_0 = (1, …, 1)`.
    Ones,
    /// Independent standard normal coordinates, another draw for each seed.
    Normal,
    /// As the network draws its layers, another draw for each seed.
    Network,
}

impl Initial {
    /// `x_0` of length d; `None` where it is that of a network and the objective is not one.
    #[must_use]
    pub fn iterate(self, objective: &dyn Objective, seed: u64) -> Option<Vec<f64>> {
        let dim = objective.dim();
        Some(match self {
            Self::Zeros => vec![0.0; dim],
            Self::Ones => vec![1.0; dim],
            Self::Normal => {
                use rand_distr::Distribution;
                let mut stream = Streams::new(seed).shared(Purpose::Initialization, 0);
                (0..dim).map(|_| rand_distr::StandardNormal.sample(&mut stream)).collect()
            }
            Self::Network => return objective.initial(seed),
        })
    }
}

/// What is recorded, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordSpec {
    /// The columns of `rounds.csv`.
    #[serde(default = "default_metrics")]
    pub metrics: Vec<Metric>,
    /// Which rounds.
    #[serde(default = "default_schedule")]
    pub schedule: Schedule,
    /// Rounds in which worker 0 shows what top-k would keep of its vector for every k, in `curves.csv`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curves: Vec<u64>,
    /// Vectors that are written down as files of tensors, for `gradsieve fit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<VectorsSpec>,
}

impl Default for RecordSpec {
    fn default() -> Self {
        Self { metrics: default_metrics(), schedule: default_schedule(), curves: Vec::new(), vectors: None }
    }
}

/// Which vectors of a run are written down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VectorsSpec {
    /// Rounds, from 1; those of the schedule when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<Vec<u64>>,
    /// Workers, from 0.
    #[serde(default = "first_worker")]
    pub workers: Vec<usize>,
    /// What is written of each.
    #[serde(default = "compressed")]
    pub which: Vec<VectorKind>,
    /// The precision of the files.
    #[serde(default = "double")]
    pub values: Precision,
}

fn first_worker() -> Vec<usize> {
    vec![0]
}

fn compressed() -> Vec<VectorKind> {
    vec![VectorKind::Compressed]
}

fn double() -> Precision {
    Precision::F64
}

impl VectorsSpec {
    /// The rounds in which vectors are written down, ascending, each once, from 1.
    #[must_use]
    pub fn rounds(&self, schedule: Schedule, rounds: u64) -> Vec<u64> {
        let mut wanted = self.rounds.clone().unwrap_or_else(|| schedule.recorded(rounds));
        wanted.retain(|round| *round > 0);
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }
}

/// A vector of length d that a worker has in a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VectorKind {
    /// u, what it hands to its operator: with error feedback g + e, in the units of the method. What it sends, where it
    /// sends without an operator.
    Compressed,
    /// C(u), what the server receives.
    Sent,
    /// e after the round.
    Residual,
}

impl VectorKind {
    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Compressed => "compressed",
            Self::Sent => "sent",
            Self::Residual => "residual",
        }
    }
}

fn default_metrics() -> Vec<Metric> {
    Metric::DEFAULT.to_vec()
}

fn default_schedule() -> Schedule {
    Schedule::PerDecade(20)
}
