//! Experiments: the file as written ([`mod@file`], [`spec`], [`grid`]), the plan of concrete runs ([`plan`]), their
//! execution ([`run`]) and what they leave ([`tables`], [`journal`], [`vectors`], [`provenance`]).

pub mod comparison;
pub mod constants;
pub mod embedded;
pub mod error;
mod figures;
pub mod file;
pub mod grid;
pub mod journal;
pub(crate) mod limits;
mod minimum;
pub mod plan;
pub mod planned;
pub mod program;
pub mod progress;
pub mod provenance;
pub mod run;
pub mod schema;
pub mod spec;
pub mod tables;
pub mod vectors;

pub use error::{ExperimentError, SpecError, Unavailable};
