//! `gradsieve theorem`: the theorems of the field as formulas of constants.

use super::Failure;
use crate::output::axis::Scale;
use crate::output::draw::PNG_SCALE;
use crate::output::figure::{Axis, Figure, Series};
use crate::suggest;
use crate::theory::{Origin, Provenance, Quantity, Sequence, Setting, THEOREMS, Theorem, theorem};
use crate::wording::number;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What to do with theorems.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  gradsieve theorem list
  gradsieve theorem show C1
  gradsieve theorem value C1 --dim 100 --k 5
  gradsieve theorem value F2 --set initial_suboptimality=1 --set initial_estimate_error=0 \\
      --smoothness 1 --set smoothness_rms=1 --delta 0.1 --step-size 0.05 --round 10,100,1000")]
pub(super) struct TheoremArguments {
    #[command(subcommand)]
    command: TheoremCommand,
}

#[derive(Debug, clap::Subcommand)]
enum TheoremCommand {
    /// List all theorems.
    List,
    /// Show hypotheses, statement, tightness, source and constants of a theorem.
    Show {
        /// Its name: see `gradsieve theorem list`.
        id: String,
    },
    /// Compute the bound of a theorem from constants; lists are swept.
    Value(Box<ValueArguments>),
}

/// A theorem and its constants.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Every option takes a number or a list, such as --k 1,10,100: all combinations are computed, as CSV.

Examples:
  gradsieve theorem value C1 --dim 100 --k 5
  gradsieve theorem value E1 --delta 0.01,0.1,0.5 --step-size 0.1 --set gradient_second_moment=1
  gradsieve theorem value C1 --k 1,10,100 --dim 100,1000 --plot top-k.svg
  gradsieve theorem value S1 --k 2 --set vector=5,3,1,1,0")]
struct ValueArguments {
    /// Its name: see `gradsieve theorem list`.
    id: String,
    /// d, the dimension of the compressed vector.
    #[arg(long, value_name = "NUMBERS", allow_hyphen_values = true)]
    dim: Option<String>,
    /// k, the kept coordinates.
    #[arg(long, value_name = "NUMBERS", allow_hyphen_values = true)]
    k: Option<String>,
    /// n, the workers.
    #[arg(long, value_name = "NUMBERS", allow_hyphen_values = true)]
    n_workers: Option<String>,
    /// δ of a contraction.
    #[arg(long, value_name = "NUMBERS", allow_hyphen_values = true)]
    delta: Option<String>,
    /// ω of an unbiased operator.
    #[arg(long, value_name = "NUMBERS", allow_hyphen_values = true)]
    omega: Option<String>,
    /// γ.
    #[arg(long, value_name = "NUMBERS", allow_hyphen_values = true)]
    step_size: Option<String>,
    /// L.
    #[arg(long, value_name = "NUMBERS", allow_hyphen_values = true)]
    smoothness: Option<String>,
    /// μ.
    #[arg(long, value_name = "NUMBERS", allow_hyphen_values = true)]
    strong_convexity: Option<String>,
    /// Any constant or sequence by name: see `gradsieve theorem show`.
    #[arg(long = "set", value_name = "NAME=NUMBERS")]
    set: Vec<String>,
    /// The number of rounds that have been run.
    #[arg(long, value_name = "NUMBERS", default_value = "1", allow_hyphen_values = true)]
    round: String,
    /// Write the values to a CSV file.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Draw the bound against the first swept constant, a curve for each of the others; SVG or PNG by extension.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

impl ValueArguments {
    /// What was given, with its name and its option.
    fn given(&self) -> Result<Vec<(&str, &str)>, Failure> {
        let common = [
            (Quantity::Dim, &self.dim),
            (Quantity::K, &self.k),
            (Quantity::NWorkers, &self.n_workers),
            (Quantity::Delta, &self.delta),
            (Quantity::Omega, &self.omega),
            (Quantity::StepSize, &self.step_size),
            (Quantity::Smoothness, &self.smoothness),
            (Quantity::StrongConvexity, &self.strong_convexity),
        ];
        let mut given: Vec<(&str, &str)> =
            common.iter().filter_map(|(quantity, list)| Some((quantity.name(), list.as_deref()?))).collect();
        for text in &self.set {
            let pair =
                text.split_once('=').ok_or_else(|| format!("--set {text}: expected NAME=NUMBERS, such as k=5"))?;
            given.push((pair.0.trim(), pair.1));
        }
        for (position, (name, _)) in given.iter().enumerate() {
            if given[..position].iter().any(|(earlier, _)| earlier == name) {
                return Err(format!("`{name}` is given twice; a list is written with commas, {name}=1,10").into());
            }
        }
        Ok(given)
    }
}

/// Lists, shows or computes.
pub(super) fn run(arguments: &TheoremArguments) -> Result<(), Failure> {
    match &arguments.command {
        TheoremCommand::List => list(),
        TheoremCommand::Show { id } => show(found(id)?),
        TheoremCommand::Value(arguments) => value(arguments),
    }
}

fn found(id: &str) -> Result<&'static Theorem, Failure> {
    let ids: Vec<&str> = THEOREMS.iter().map(|theorem| theorem.about().id).collect();
    theorem(id).ok_or_else(|| format!("no theorem is called `{id}`: {}", suggest::help(id, &ids)).into())
}

fn list() -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let width = THEOREMS.iter().map(|theorem| theorem.about().id.len()).max().unwrap_or(0);
    for theorem in THEOREMS {
        writeln!(out, "{:width$}  {}", theorem.about().id, theorem.title())?;
    }
    Ok(())
}

fn show(theorem: &Theorem) -> Result<(), Failure> {
    let about = theorem.about();
    let mut out = std::io::stdout().lock();
    let provenance = match about.provenance {
        Provenance::Verbatim => "as in its source",
        Provenance::Restated => "as its source is restated",
        Provenance::Derived => "proved here",
    };
    writeln!(out, "{} ({}, {provenance})\n", about.id, about.kind)?;
    for line in theorem.documentation().lines() {
        writeln!(out, "{}", format!("  {line}").trim_end())?;
    }
    writeln!(out, "\nBounds {}; step sizes: {}", about.left.name(), about.step_size)?;
    writeln!(out, "\nConstants:")?;
    let constants = about.needs.iter().map(|quantity| {
        (quantity.name(), format!("{}: {}; {}", quantity.symbol(), quantity.meaning(), quantity.range().allowed()))
    });
    let sequences = about.sequences.iter().map(|sequence| (sequence.name(), format!("a list: {}", sequence.meaning())));
    let needs: Vec<(&str, String)> = constants.chain(sequences).collect();
    let width = needs.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    if needs.is_empty() {
        writeln!(out, "  none")?;
    }
    for (name, meaning) in needs {
        writeln!(out, "  {name:width$}  {meaning}")?;
    }
    Ok(())
}

fn value(arguments: &ValueArguments) -> Result<(), Failure> {
    let theorem = found(&arguments.id)?;
    let about = theorem.about();
    let mut setting = Setting::new();
    let mut axes: Vec<(Quantity, Vec<f64>)> = Vec::new();
    for (name, list) in arguments.given()? {
        let numbers = numbers(name, list)?;
        if let Some(quantity) = about.needs.iter().find(|quantity| quantity.name() == name) {
            axes.push((*quantity, numbers));
        } else if let Some(sequence) = about.sequences.iter().find(|sequence| sequence.name() == name) {
            setting = setting.with_sequence(*sequence, numbers, Origin::Assumed);
        } else {
            let valid: Vec<&str> = names(about.needs, about.sequences).collect();
            return Err(format!("{} has no `{name}`: {}", about.id, suggest::help(name, &valid)).into());
        }
    }
    let rounds = arguments.round.split(',').map(|round| {
        let parsed = round.trim().parse::<usize>();
        parsed.map_err(|_| format!("--round {}: `{round}` is not a number of rounds", arguments.round))
    });
    let rounds: Vec<usize> = rounds.collect::<Result<_, _>>()?;
    let lengths = axes.iter().map(|(_, values)| values.len()).chain([rounds.len()]);
    let n_values = lengths.fold(1_u128, |n, length| n.saturating_mul(length as u128));
    if n_values > MOST_VALUES {
        return Err(format!("these lists combine to {n_values} bounds, and at most {MOST_VALUES} are computed").into());
    }
    let settings = axes.iter().fold(vec![setting], |settings, (quantity, values)| {
        let widened = settings
            .iter()
            .flat_map(|setting| values.iter().map(|value| setting.clone().with(*quantity, *value, Origin::Assumed)));
        widened.collect()
    });
    if let Some(path) = &arguments.plot {
        draw(theorem, &axes, &settings, &rounds, path)?;
    }
    if let ([setting], [round], None) = (&*settings, &*rounds, &arguments.csv) {
        let value =
            theorem.bound.value(setting, *round).map_err(|reason| explained(theorem, setting, &reason.to_string()))?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}: {} {} {}", about.id, about.left.name(), about.sense.sign(), number(value))?;
        if let Some(Ok(limit)) = theorem.bound.largest_step_size(setting) {
            writeln!(out, "step sizes: {} = {}", about.step_size, number(limit))?;
        }
        return Ok(());
    }
    let table = table(theorem, &axes, &settings, &rounds)?;
    match &arguments.csv {
        Some(path) => crate::store::write_whole_unlocked(path, |out| out.write_all(&table))?,
        None if arguments.plot.is_some() => {}
        None => std::io::stdout().lock().write_all(&table)?,
    }
    Ok(())
}

/// Bounds of one sweep.
const MOST_VALUES: u128 = 1_000_000;

/// Why there is no value, with the step size that would be admitted if that is known.
fn explained(theorem: &Theorem, setting: &Setting, reason: &str) -> String {
    let id = theorem.about().id;
    match theorem.bound.largest_step_size(setting) {
        Some(Ok(limit)) if setting.constant(Quantity::StepSize).is_none() => {
            format!(
                "{id} does not apply: {reason}; the theorem requires {} = {}",
                theorem.about().step_size,
                number(limit)
            )
        }
        _ => format!("{id} does not apply: {reason}"),
    }
}

/// One row per setting and round: the swept constants, the round, the bound, and why there is none.
fn table(
    theorem: &Theorem,
    axes: &[(Quantity, Vec<f64>)],
    settings: &[Setting],
    rounds: &[usize],
) -> Result<Vec<u8>, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = axes.iter().map(|(quantity, _)| quantity.name());
    writer.write_record(header.chain(["round", "bound", "not_applicable"]))?;
    for setting in settings {
        for round in rounds {
            let constant = |(quantity, _): &(Quantity, Vec<f64>)| setting.constant(*quantity).map(|found| found.value);
            let mut row: Vec<String> = axes.iter().filter_map(constant).map(|value| value.to_string()).collect();
            row.push(round.to_string());
            match theorem.bound.value(setting, *round) {
                Ok(value) => row.extend([value.to_string(), String::new()]),
                Err(reason) => row.extend([String::new(), reason.to_string()]),
            }
            writer.write_record(row)?;
        }
    }
    Ok(writer.into_inner().map_err(|error| error.to_string())?)
}

/// Draws the bound against the first swept constant, or against the rounds.
fn draw(
    theorem: &Theorem,
    axes: &[(Quantity, Vec<f64>)],
    settings: &[Setting],
    rounds: &[usize],
    path: &Path,
) -> Result<(), Failure> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if !["svg", "png"].contains(&extension) {
        return Err(format!("--plot {}: the name must end in .svg or .png", path.display()).into());
    }
    let figure = figure(theorem, axes, settings, rounds)?;
    let bytes = if extension == "svg" { figure.svg()?.into_bytes() } else { figure.png(PNG_SCALE)? };
    crate::store::write_whole_unlocked(path, |out| out.write_all(&bytes))?;
    Ok(())
}

/// One curve per combination of the swept values but those of the horizontal axis; a gap where there is no bound.
fn figure(
    theorem: &Theorem,
    axes: &[(Quantity, Vec<f64>)],
    settings: &[Setting],
    rounds: &[usize],
) -> Result<Figure, Failure> {
    let about = theorem.about();
    let across = axes.iter().find(|(_, values)| values.len() > 1).map(|(quantity, _)| *quantity);
    if across.is_none() && rounds.len() < 2 {
        let example = about.needs.first().map_or("round", |quantity| quantity.name());
        return Err(
            format!("--plot: nothing is swept; give a list, such as --set {example}=1,10,100, or rounds").into()
        );
    }
    let mut series: Vec<Series> = Vec::new();
    let mut reason = None;
    for setting in settings {
        for round in rounds {
            let constant = |quantity: Quantity| setting.constant(quantity).map_or(f64::NAN, |found| found.value);
            let named = |(quantity, values): &(Quantity, Vec<f64>)| {
                let is_curve = values.len() > 1 && Some(*quantity) != across;
                is_curve.then(|| format!("{} = {}", quantity.symbol(), number(constant(*quantity))))
            };
            let of_round = (across.is_some() && rounds.len() > 1).then(|| format!("round {round}"));
            let label = axes.iter().filter_map(named).chain(of_round).collect::<Vec<_>>().join(", ");
            let bound = theorem.bound.value(setting, *round).unwrap_or_else(|refusal| {
                reason.get_or_insert(refusal);
                f64::NAN
            });
            let point = (across.map_or(*round as f64, constant), bound);
            match series.iter_mut().find(|series| series.label == label) {
                Some(series) => series.points.push(point),
                None => series.push(Series { label, points: vec![point], ..Series::default() }),
            }
        }
    }
    for series in &mut series {
        series.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    let points: Vec<(f64, f64)> =
        series.iter().flat_map(|series| &series.points).copied().filter(|point| point.1.is_finite()).collect();
    if let (true, Some(reason)) = (points.is_empty(), reason) {
        return Err(explained(theorem, &settings[0], &reason.to_string()).into());
    }
    let x_label = across.map_or("round".to_owned(), |quantity| {
        let meaning = quantity.meaning().split([',', ';']).next().unwrap_or_default();
        format!("{}: {meaning}", quantity.symbol())
    });
    let fixed = axes.iter().filter(|(_, values)| values.len() == 1);
    let fixed = fixed.map(|(quantity, values)| format!("{} = {}", quantity.symbol(), number(values[0])));
    let of_round = (across.is_some() && rounds.len() == 1).then(|| format!("round {}", rounds[0]));
    Ok(Figure {
        title: format!("{}: {}", about.id, theorem.title().trim_end_matches('.')),
        x: Axis { label: x_label, scale: scale(points.iter().map(|point| point.0)), ..Axis::default() },
        y: Axis {
            label: format!("bound on {}", about.left.name().replace('_', " ")),
            scale: scale(points.iter().map(|point| point.1)),
            ..Axis::default()
        },
        series,
        caption: fixed.chain(of_round).collect::<Vec<_>>().join(", "),
        ..Figure::default()
    })
}

/// Logarithmic for positive values that span more than this factor.
const WIDE: f64 = 30.0;

fn scale(values: impl Iterator<Item = f64>) -> Scale {
    let (least, greatest) = values.fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
    if least > 0.0 && greatest > WIDE * least { Scale::Log } else { Scale::Linear }
}

fn names(needs: &'static [Quantity], sequences: &'static [Sequence]) -> impl Iterator<Item = &'static str> {
    needs.iter().map(|quantity| quantity.name()).chain(sequences.iter().map(|sequence| sequence.name()))
}

fn numbers(name: &str, list: &str) -> Result<Vec<f64>, Failure> {
    let parse = |text: &str| {
        let parsed = text.trim().parse::<f64>();
        parsed
            .map_err(|_| format!("`{name}`: `{text}` is not a number; a list is written with commas, such as 1,10,100"))
    };
    Ok(list.split(',').map(parse).collect::<Result<_, _>>()?)
}
