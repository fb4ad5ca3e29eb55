//! A laboratory for sparsified and compressed gradient methods.
//!
//! One process emulates n workers that minimize `f(x) = (1/n) Σᵢ fᵢ(x)` together and send each other compressed
//! gradients. It counts the bits of the encoded messages, simulates the time that they take on a network, and gives the
//! same bytes for the same seed on any number of threads. An experiment is a TOML file; the program runs its grid of
//! runs and leaves tables and figures. Everything that the program does is in this library.
//!
//! The modules stand on floors, and a module knows only modules of lower floors:
//!
//! | floor | modules |
//! | --- | --- |
//! | 7 | [`cli`]: the only one that prints |
//! | 6 | [`check`]: theory checked against experiments; [`benchmark`]: speed compared with the machine |
//! | 5 | [`experiment`]: from the file to the result folder; [`output`]: from the result folder to figures; [`conformance`]: what every member promises, for its owner's tests |
//! | 4 | [`simulation`]: the loop |
//! | 3 | [`method`]: what workers and server do in a round; [`fit`]: vectors described and fitted; [`selectors`]: selection by itself; [`difference`]: two result folders |
//! | 2 | [`objective`]: f, its gradients and proved constants; [`network`]: simulated time; [`theory`]: bounds; [`distribution`]: families fitted to gradients; [`results`]: the contract of a result folder |
//! | 1 | [`compressor`]: operators and encodings; [`dataset`]: rows; [`record`]: metrics; [`statistics`]: estimates; [`tensor`]: tensors of files |
//! | 0 | [`vector`]: kernels; [`random`]: seeded streams; [`registry`]: one list per family of members; [`store`]: files written whole; [`suggest`]: did you mean; [`wording`]: numbers and foreign text in sentences |
//!
//! Four workers minimize a quadratic by error feedback, and each sends 5 of 50 coordinates a round:
//!
//! ```
//! use gradsieve::compressor::TopK;
//! use gradsieve::method::{Definition as _, ErrorFeedback};
//! use gradsieve::objective::{Definition as _, Quadratic, value};
//! use gradsieve::simulation::{Config, Simulation};
//!
//! let objective = Quadratic { dim: 50, heterogeneity: 1.0, ..Quadratic::default() }.build(None, 4)?;
//! let method = ErrorFeedback { compressor: TopK { k: 5.into() }.into() }.build(&[50])?;
//! let mut simulation = Simulation::new(Config { step_size: &0.02, ..Config::new(&*objective, &*method) });
//! let mut state = simulation.initial_state(vec![0.0; 50]);
//! let before = value(&*objective, &state.iterate); // f* = 0 for these quadratics
//! while state.round < 1000 {
//!     simulation.step(&mut state, None)?;
//! }
//! assert!(value(&*objective, &state.iterate) < before / 100.0 && state.bits_up < 64 * 50 * 4 * 1000 / 5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod random;
pub mod registry;
pub mod store;
pub mod suggest;
pub mod vector;
pub mod wording;

pub mod compressor;
pub mod dataset;
pub mod record;
pub mod statistics;
pub mod tensor;

pub mod distribution;
pub mod network;
pub mod objective;
pub mod results;
pub mod theory;

pub mod difference;
pub mod fit;
pub mod method;
pub mod selectors;

pub mod simulation;

pub mod experiment;

pub mod conformance;

pub mod output;

pub mod benchmark;
pub mod check;

#[cfg(feature = "cli")]
pub mod cli;
