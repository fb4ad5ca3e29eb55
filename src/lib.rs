//! A laboratory for sparsified and compressed gradient methods.
//!
//! One process emulates n workers that minimize `f(x) = (1/n) Σᵢ fᵢ(x)` together and send each other compressed
//! gradients. It counts the bits of the encoded messages, simulates the time that they take on a network, and gives the
//! same bytes for the same seed on any number of threads. An experiment is a TOML file; the program plays its grid of
//! runs and leaves tables and figures. Everything that the program does is in this library.
//!
//! The modules stand on floors, and a module knows only modules of lower floors:
//!
//! | floor | modules |
//! | --- | --- |
//! | 7 | [`cli`]: the only one that prints |
//! | 6 | [`check`]: theory held against experiments; [`benchmark`]: speed held against the machine |
//! | 5 | [`experiment`]: from the file to the result folder; [`output`]: from the result folder to figures |
//! | 4 | [`simulation`]: the loop |
//! | 3 | [`method`]: what workers and server do in a round; [`fit`]: vectors described and fitted; [`selectors`]: selection by itself; [`difference`]: two result folders |
//! | 2 | [`objective`]: f, its gradients and proved constants; [`network`]: simulated time; [`theory`]: bounds; [`distribution`]: laws fitted to gradients; [`results`]: the contract of a result folder |
//! | 1 | [`compressor`]: operators and encodings; [`dataset`]: rows; [`record`]: metrics; [`statistics`]: estimates; [`tensor`]: tensors of files |
//! | 0 | [`vector`]: kernels; [`random`]: seeded streams; [`registry`]: one list per family of members; [`store`]: files written whole; [`suggest`]: did you mean |
//!
//! Four workers minimize a quadratic by error feedback, and each sends 5 of 50 coordinates a round:
//!
//! ```
//! use gradsieve::compressor::encoding::Wire;
//! use gradsieve::method::{MethodSpec, step_size::StepSize};
//! use gradsieve::network::NetworkSpec;
//! use gradsieve::objective::ObjectiveSpec;
//! use gradsieve::record::{Metric, Schedule};
//! use gradsieve::record::Outcome;
//! use gradsieve::simulation::{Minimum, Recorder, Setting, Simulation};
//!
//! let objective: ObjectiveSpec = toml::from_str(
//!     "name = 'quadratic'\ndim = 50\nstrong_convexity = 0.1\nsmoothness = 1.0\n\
//!      spectrum = 'linear'\nheterogeneity = 1.0\nnoise = 0.0\nseed = 1",
//! )?;
//! let objective = objective.build(None, 4)?;
//! let method: MethodSpec = toml::from_str("name = 'error-feedback'\ncompressor = { name = 'top-k', k = 5 }")?;
//! let method = method.member().build(&[50])?;
//! let network: NetworkSpec = toml::from_str("name = 'ethernet'\nspeed = '10g'")?;
//! let mut simulation = Simulation::new(Setting {
//!     objective: &*objective,
//!     method: &*method,
//!     step_size: &StepSize::Number(0.02),
//!     rounds: 2000,
//!     batch_size: None,
//!     wire: Wire::default(),
//!     network: network.member(),
//!     compute_seconds: 0.0,
//!     blocks: vec![0..50],
//!     seed: 1,
//! });
//! let mut state = simulation.initial_state(vec![0.0; 50]);
//! let minimum = Minimum { value: Some(0.0), minimizer: None }; // f* = 0 for these quadratics
//! let recorded = Schedule::PerDecade(10).recorded(2000);
//! let mut recorder = Recorder::new(vec![Metric::Suboptimality, Metric::BitsUp], recorded, minimum);
//! assert_eq!(simulation.run(&mut state, &mut recorder, |_, _| true), Outcome::Finished);
//! let suboptimality: Vec<f64> = recorder.table().column(Metric::Suboptimality).map(|(_, value)| value).collect();
//! assert!(suboptimality.last() < Some(&(suboptimality[0] / 100.0)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod random;
pub mod registry;
pub mod store;
pub mod suggest;
pub mod vector;

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
pub mod output;

pub mod benchmark;
pub mod check;

pub mod cli;
