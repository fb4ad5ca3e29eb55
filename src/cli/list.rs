//! `gradsieve list`: what an experiment can name.

use super::Failure;
use crate::compressor::{CompressorSpec, cost::CostSpec};
use crate::dataset::{GeneratorSpec, PartitionSpec, catalogue};
use crate::method::{MethodSpec, step_size::ScheduleSpec};
use crate::network::NetworkSpec;
use crate::objective::ObjectiveSpec;
use crate::record::Metric;
use crate::registry::Member;
use std::io::Write;

/// What to list.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  gradsieve list\n  gradsieve list compressors\n  gradsieve list metrics")]
pub(super) struct ListArguments {
    /// One family; all of them when absent.
    family: Option<Family>,
}

/// A family of members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Family {
    /// Operators C.
    Compressors,
    /// Methods.
    Methods,
    /// Objectives f.
    Objectives,
    /// Data sets: see also `gradsieve data list`.
    Datasets,
    /// How rows are shared among workers.
    Partitions,
    /// Step-size schedules.
    StepSizes,
    /// Models of communication time.
    Networks,
    /// What CAT operators pay per message.
    Costs,
    /// What can be recorded.
    Metrics,
}

impl Family {
    /// All families with members.
    pub(super) const ALL: &[Self] = &[
        Self::Compressors,
        Self::Methods,
        Self::Objectives,
        Self::Datasets,
        Self::Partitions,
        Self::StepSizes,
        Self::Networks,
        Self::Costs,
        Self::Metrics,
    ];

    /// Where in an experiment the family is named.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Compressors => "method.compressor",
            Self::Methods => "method",
            Self::Objectives => "objective",
            Self::Datasets => "dataset",
            Self::Partitions => "partition",
            Self::StepSizes => "step_size",
            Self::Networks => "network",
            Self::Costs => "method.compressor.cost",
            Self::Metrics => "record.metrics",
        }
    }

    /// Its members; sets of the catalogue and metrics are no members with files.
    pub(super) fn members(self) -> Vec<Member> {
        match self {
            Self::Compressors => CompressorSpec::members(),
            Self::Methods => MethodSpec::members(),
            Self::Objectives => ObjectiveSpec::members(),
            Self::Partitions => PartitionSpec::members(),
            Self::StepSizes => ScheduleSpec::members(),
            Self::Networks => NetworkSpec::members(),
            Self::Costs => CostSpec::members(),
            Self::Datasets => GeneratorSpec::members(),
            Self::Metrics => Vec::new(),
        }
    }

    /// Name and summary of everything in it.
    fn entries(self) -> Vec<(String, String)> {
        match self {
            Self::Datasets => catalogue::ENTRIES
                .iter()
                .map(|entry| (entry.name, entry.summary))
                .chain([("file", "A file of yours, LIBSVM, CSV, idx or CIFAR: { name = \"file\", path = \"...\" }")])
                .chain(GeneratorSpec::MEMBERS.iter().map(|member| (member.name, member.summary)))
                .map(|(name, summary)| (name.to_owned(), summary.to_owned()))
                .collect(),
            Self::Metrics => {
                Metric::ALL.iter().map(|(_, name, meaning)| ((*name).to_owned(), (*meaning).to_owned())).collect()
            }
            _ => self.members().iter().map(|m| (m.name.to_owned(), m.summary.to_owned())).collect(),
        }
    }
}

/// Prints the list.
pub(super) fn run(arguments: &ListArguments) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let families = arguments.family.as_ref().map_or(Family::ALL, std::slice::from_ref);
    for (position, family) in families.iter().enumerate() {
        let name = clap::ValueEnum::to_possible_value(family).map(|value| value.get_name().to_owned());
        let gap = if position > 0 { "\n" } else { "" };
        writeln!(out, "{gap}{} (key `{}`)", name.unwrap_or_default(), family.key())?;
        let entries = family.entries();
        let width = entries.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, summary) in entries {
            writeln!(out, "  {name:width$}  {summary}")?;
        }
    }
    Ok(())
}
