//! All integration tests in one program: one link instead of twenty, and one module a subject.

mod leftovers;
mod program;

mod architecture;
mod bad_input;
mod bounds;
mod checks;
mod circles;
mod cli;
mod compare;
mod compressors;
mod conformance;
mod datasets;
mod distributions;
mod experiments;
mod fits;
mod methods;
#[cfg(feature = "neural")]
mod neural;
mod objectives;
mod output;
mod report;
mod reproducibility;
mod shell;
mod tensors;
mod variance_reduced;
mod vocabulary;
