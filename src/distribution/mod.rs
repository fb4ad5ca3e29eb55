//! What gradients look like: families of distributions fitted to them, a description without any model, and the choice
//! among the families.
//!
//! It knows numbers, not where they come from: readers and commands are above it. Every family is symmetric about a
//! location m with a scale s, so that the distribution of the magnitude `v = |x − m|/s` determines it; exact zeros
//! are a point mass of their own. Such a distribution says what top-k leaves behind:
//!
//! ```text
//! R(κ) = E‖u − TopK(u)‖²/E‖u‖²,    κ = k/d,    d → ∞
//! ```
//!
//! # How to use it
//!
//! 1. A [`Source`] gives numbers piece by piece: a `Vec` or a slice of `f32` or `f64` is one, a reader of mapped files
//!    can be another. [`Sample::new`] reads it once and refuses what cannot be fitted.
//! 2. [`fit_all`] fits every family of [`FAMILIES`] and ranks them by AIC; [`fit`] fits one. A [`Fitted`] holds the
//!    [`Distribution`], its parameters with standard errors and intervals, and the log-likelihood.
//! 3. [`Distribution`] has density, cdf, quantile, the [`threshold`](Distribution::threshold) that a fraction κ of the
//!    numbers exceeds, and [`energy_ratio`](Distribution::energy_ratio), which is R(κ).
//! 4. [`Description::of`] sorts the numbers once and answers without a model: [`moments`](Description::moments),
//!    [`quantile`](Description::quantile), [`histogram`](Description::histogram) on three axes,
//!    [`tail_curve`](Description::tail_curve), [`lorenz`](Description::lorenz), [`gini`](Description::gini),
//!    [`sorted_curve`](Description::sorted_curve), [`power_bound`](Description::power_bound),
//!    [`energy_ratio`](Description::energy_ratio), [`delta`](Description::delta),
//!    [`threshold`](Description::threshold) and [`k_for`](Description::k_for), for every k.
//! 5. [`Choice::of`] ranks the fits with p-values that are valid although parameters were fitted, and says its result
//!    in words. [`quantile_pairs`] are the points of a Q–Q plot, [`compare_energy`] compares predicted with observed R(κ)
//!    and thresholds.
//!
//! ```
//! use gradsieve::distribution::{Location, Sample, fit_all};
//! use gradsieve::random::{Purpose, Streams};
//! use rand::RngExt;
//!
//! // Laplace numbers of scale 0.01.
//! let mut stream = Streams::new(1).stream(Purpose::Generation, 0, 0);
//! let gradient: Vec<f32> = (0..20_000)
//!     .map(|_| {
//!         let p: f32 = stream.random_range(-1.0..1.0);
//!         -0.01 * p.signum() * (1.0 - p.abs()).ln()
//!     })
//!     .collect();
//! let sample = Sample::new(&gradient)?;
//! let attempts = fit_all(&sample, Location::Known(0.0));
//! let laplace = attempts.iter().find(|attempt| attempt.family.about().name == "laplace").unwrap();
//! let laplace = laplace.result.as_ref().unwrap();
//! let (lower, upper) = laplace.parameters[0].interval.unwrap();
//! assert!(lower < 0.01 && 0.01 < upper);
//! // Of the squared norm, 84 % remains where 1 % of the coordinates is sent.
//! assert!((laplace.distribution.energy_ratio(0.01)? - 0.838).abs() < 0.001);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod choice;
mod description;
mod error;
mod family;
mod fit;
mod likelihood;
mod parametric;
mod profile;
mod sample;
mod special;
mod start;
mod survey;
mod uncertainty;

pub use choice::{
    Choice, Comparison, Effort, GoodnessOfFit, Statistic, compare_energy, goodness_of_fit, largest_deviation,
    quantile_pairs,
};
pub use description::{Axis, Bin, Description, Histogram, MOST_BINS, Moment, Moments, PowerBound, TailIndex};
pub use error::{DistributionError, FitError, SampleError};
pub use family::{About, Family, Information, Link, Location, LocationEstimator, Normalizer, Point, Shape, Terms};
pub use fit::{Attempt, Fitted, Parameter, fit, fit_all};
pub use parametric::Distribution;
pub use sample::{Sample, Source};
pub use special::Tails;
pub use survey::{Prediction, Questions, Survey, TopKPoint};
pub use uncertainty::{CONFIDENCE, Uncertainty};

/// What the files of families use.
mod prelude {
    pub(super) use super::error::FitError;
    pub(super) use super::family::{
        About, Family, Information, Link, Location, LocationEstimator, Normalizer, Point, Shape, Terms, by_information,
        midhinge_uncertainty,
    };
    pub(super) use super::likelihood::{maximize, maximize_over_peaks};
    pub(super) use super::sample::Sample;
    pub(super) use super::special::{Tails, minus_ln_above};
    pub(super) use super::start::Start;
    pub(super) use super::uncertainty::{CONFIDENCE, Uncertainty, median_uncertainty};
    pub(super) use crate::random::Stream;
}

/// One list declares the files of the families.
macro_rules! families {
    ($($file:ident :: $Type:ident),* $(,)?) => {
        $(mod $file; pub use $file::$Type;)*

        /// All families.
        pub const FAMILIES: &[&dyn Family] = &[$(&$Type),*];
    };
}

families! {
    normal::Normal,
    laplace::Laplace,
    logistic::Logistic,
    student::Student,
    generalized_normal::GeneralizedNormal,
    uniform::Uniform,
    triangular::Triangular,
    double_gamma::DoubleGamma,
    double_generalized_pareto::DoubleGeneralizedPareto,
    weibull_magnitude::WeibullMagnitude,
    lognormal_magnitude::LognormalMagnitude,
}

/// The family of a name; `None` if there is none.
#[must_use]
pub fn family(name: &str) -> Option<&'static dyn Family> {
    FAMILIES.iter().copied().find(|family| family.about().name == name)
}
