//! Kernels on dense vectors: products, norms, updates, and exact top-k selection.
//!
//! Every sum has a fixed order that depends on the length alone, never on the instruction set or the number of
//! threads; see [`dot`]. The vector instructions of each machine are chosen when the program runs, and give the same
//! bits ([`Level`]).

mod addition;
mod cache;
mod entries;
mod finite;
mod float;
mod kernels;
mod lanes;
mod level;
#[doc(hidden)]
pub mod limits;
mod norm;
pub mod select;
#[doc(hidden)]
pub mod standard;
mod sum;
mod update;

pub use addition::Addition;
pub(crate) use cache::{prefetch, prefetch_ahead};
pub use entries::EntriesMut;
pub use finite::{NotFinite, check_finite};
pub(crate) use finite::{first_not_finite, has_finite_norm};
pub use float::Float;
pub use level::Level;
pub use norm::{norm, norm_max, norm_one, norm_squared};
pub(crate) use norm::{scaled_norm_one, scaled_norm_squared, unit_of_norm_one};
pub use sum::{distance_squared, dot, sum, sum_of};
pub use update::add_scaled;
