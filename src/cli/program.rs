//! The program with members of one's own: registers them, then reads the command line.

use super::{CommandLine, FAILED, complain};
use crate::compressor::{self, CompressorSpec};
use crate::method::step_size::{Schedule, ScheduleSpec};
use crate::method::{self, MethodSpec};
use crate::network::{CostModel, NetworkSpec};
use crate::objective::{self, ObjectiveSpec};
use crate::registry::{RegistrationError, Specification};
use clap::Parser as _;
use std::process::ExitCode;

/// The command line of this crate, in which every command knows further members.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     gradsieve::cli::Program::new().main()
/// }
/// ```
///
/// `examples/own-members` is a crate whose program has a compressor, an objective and a method of its own.
#[derive(Debug, Default)]
#[must_use]
pub struct Program {
    refused: Vec<RegistrationError>,
}

impl Program {
    /// With the members of this crate alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this compressor.
    pub fn compressor<M: Specification + compressor::Build>(self) -> Self {
        self.after(CompressorSpec::register::<M>())
    }

    /// With this objective.
    pub fn objective<M: Specification + objective::Definition>(self) -> Self {
        self.after(ObjectiveSpec::register::<M>())
    }

    /// With this method.
    pub fn method<M: Specification + method::Definition>(self) -> Self {
        self.after(MethodSpec::register::<M>())
    }

    /// With this schedule of step sizes.
    pub fn step_size<M: Specification + Schedule>(self) -> Self {
        self.after(ScheduleSpec::register::<M>())
    }

    /// With this model of communication time.
    pub fn network<M: Specification + CostModel>(self) -> Self {
        self.after(NetworkSpec::register::<M>())
    }

    /// Reads the command line, does what it says and gives the exit code.
    #[must_use]
    pub fn main(self) -> ExitCode {
        if self.refused.is_empty() {
            return super::main(&CommandLine::parse());
        }
        for error in &self.refused {
            complain(error);
        }
        ExitCode::from(FAILED)
    }

    fn after(mut self, registered: Result<(), RegistrationError>) -> Self {
        self.refused.extend(registered.err());
        self
    }
}
