//! The tables of an experiment file, one type each.

pub mod check;
pub mod claim;
pub mod paper;
pub mod plot;
pub mod run;
