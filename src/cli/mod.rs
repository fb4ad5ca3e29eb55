//! The command line: one file per command. Only this floor prints and chooses exit codes.

use crate::wording::printable;
use clap::{CommandFactory, Parser, Subcommand};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

mod arguments;
mod bench;
mod check;
mod compare;
#[doc(hidden)] // for the tests, which download from a server of their own
pub mod data;
mod describe;
mod fit;
mod list;
mod plot;
mod program;
mod report;
mod reproduce;
mod run;
mod selectors;
mod show;
mod table;
mod terminal;
mod theorem;
mod watch;

pub use program::Program;

/// What a command fails with: shown to the user as it is.
pub type Failure = Box<dyn std::error::Error>;

/// Everything went as asked.
const SUCCESS: u8 = 0;
/// The tool did its work, and a claim or a theorem does not hold.
const REFUTED: u8 = 1;
/// The tool failed: bad input, a refusing file system.
const FAILED: u8 = 2;
/// Stopped by the user; the same command goes on.
const INTERRUPTED: u8 = 130;

/// A laboratory for sparsified and compressed gradient methods.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    max_term_width = 100,
    after_help = "\
Examples:
  gradsieve run experiments/quickstart.toml         run an experiment: tables, plots, an answer
  gradsieve run experiments/quickstart.toml --list  what would be run
  gradsieve watch results/quickstart                follow it from another terminal
  gradsieve check experiments/quickstart.toml       run it and check every applicable theorem
  gradsieve list compressors                        what an experiment can name
  gradsieve show top-k                              documentation, source, example of a member
  gradsieve theorem value C1 --dim 100 --k 5        a bound from constants
  gradsieve fit gradients                           which distributions your gradients follow
  gradsieve plot results/quickstart                 draw the plots again, from the tables alone
  gradsieve report results/quickstart               one HTML page with interactive charts"
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run an experiment: every run of its grid, tables, plots, and an answer in words.
    Run(run::RunArguments),
    /// Run an experiment, or a result folder again, and check every applicable theorem against the runs.
    Check(check::CheckArguments),
    /// Print the constants of an experiment, each with its origin and how it was found.
    Constants(check::ConstantsArguments),
    /// Run the experiments on papers and findings again, and check their claims against what is measured.
    Reproduce(reproduce::ReproduceArguments),
    /// Describe gradients, fit every family of distributions to them, and say what top-k leaves of them.
    Fit(fit::FitArguments),
    /// Measure selectors by themselves, on samples of known distributions or on vectors of files.
    Selectors(selectors::SelectorsArguments),
    /// Measure how far operators and simulator are from the limits of this machine.
    Bench(bench::BenchArguments),
    /// Draw the plots of a result folder again, from its tables alone.
    Plot(plot::PlotArguments),
    /// Write one HTML page about result folders, with interactive charts, from their tables alone.
    Report(report::ReportArguments),
    /// Follow a run while it goes on: progress, curves and verdicts, in the terminal.
    Watch(watch::WatchArguments),
    /// Print a table of a result folder as text, Markdown, LaTeX or CSV.
    Table(table::TableArguments),
    /// List, describe and fetch data sets.
    Data(data::DataArguments),
    /// List what an experiment can name.
    List(list::ListArguments),
    /// Show documentation, source and example of a member.
    Show(show::ShowArguments),
    /// List and show theorems, and compute their bounds from constants.
    Theorem(theorem::TheoremArguments),
    /// Print the JSON schema of the experiment file, for editors.
    Schema,
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one page per command into a folder.
    Man {
        /// The folder.
        folder: Option<PathBuf>,
    },
}

/// Runs a command and gives the exit code.
fn main(command_line: &CommandLine) -> ExitCode {
    let done = match &command_line.command {
        Command::Run(arguments) => run::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Constants(arguments) => check::constants(arguments),
        Command::Reproduce(arguments) => reproduce::run(arguments),
        Command::Fit(arguments) => fit::run(arguments),
        Command::Selectors(arguments) => selectors::run(arguments).map(|()| SUCCESS),
        Command::Bench(arguments) => bench::run(arguments).map(|()| SUCCESS),
        Command::Plot(arguments) => plot::run(arguments).map(|()| SUCCESS),
        Command::Report(arguments) => report::run(arguments),
        Command::Watch(arguments) => watch::run(arguments),
        Command::Table(arguments) => table::run(arguments).map(|()| SUCCESS),
        Command::Data(arguments) => data::run(arguments, None).map(|()| SUCCESS),
        Command::List(arguments) => list::run(arguments).map(|()| SUCCESS),
        Command::Show(arguments) => show::run(arguments).map(|()| SUCCESS),
        Command::Theorem(arguments) => theorem::run(arguments).map(|()| SUCCESS),
        Command::Schema => describe::schema().map(|()| SUCCESS),
        Command::Completions { shell } => describe::completions(*shell, &mut CommandLine::command()).map(|()| SUCCESS),
        Command::Man { folder } => describe::manual(CommandLine::command(), folder.as_deref()).map(|()| SUCCESS),
    };
    ExitCode::from(done.or_else(|failure| finding(SUCCESS, Err(failure))).unwrap_or_else(|failure| {
        complain(&*failure);
        FAILED
    }))
}

/// The exit code of what was found, once it is printed: whoever read the output may have seen enough, as `head` has,
/// which changes nothing about it.
fn finding(code: u8, printed: Result<(), Failure>) -> Result<u8, Failure> {
    let Err(failure) = printed else { return Ok(code) };
    let io = failure.downcast_ref::<io::Error>().or_else(|| match failure.downcast_ref::<csv::Error>()?.kind() {
        csv::ErrorKind::Io(error) => Some(error),
        _ => None,
    });
    if io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) { Ok(code) } else { Err(failure) }
}

fn complain(failure: &dyn std::error::Error) {
    // Messages quote files. Where no one reads this, there is no one to report that to.
    let _ = writeln!(io::stderr(), "error: {}", printable(&failure.to_string()));
}
