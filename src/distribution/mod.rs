//! What gradients look like: families of distributions fitted to them, a description without any model, and the choice
//! among the families.
//!
//! It knows numbers, not where they come from: readers and commands stand above it. Every family is symmetric about a
//! location m with a scale s, so that it is the law of a magnitude `v = |x − m|/s`; exact zeros are a point mass beside
//! it. Such a law says what top-k leaves behind:
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
//! 3. [`Distribution`] has density, cdf, quantile, the [`threshold`](Distribution::threshold) that a part κ of the
//!    numbers exceeds, and [`energy_ratio`](Distribution::energy_ratio), which is R(κ).
//! 4. [`Description::of`] sorts the numbers once and answers without a model: [`moments`](Description::moments),
//!    [`quantile`](Description::quantile), [`histogram`](Description::histogram) on three axes,
//!    [`tail_curve`](Description::tail_curve), [`lorenz`](Description::lorenz), [`gini`](Description::gini),
//!    [`sorted_curve`](Description::sorted_curve), [`power_bound`](Description::power_bound),
//!    [`energy_ratio`](Description::energy_ratio), [`delta`](Description::delta),
//!    [`threshold`](Description::threshold) and [`k_for`](Description::k_for), for every k.
//! 5. [`Choice::of`] ranks the fits with p-values that are valid although parameters were fitted, and says its result
//!    in words. [`quantile_pairs`] are the points of a Q–Q plot, [`compare_energy`] sets predicted beside observed R(κ)
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
//! // Of the squared norm, 84 % stays behind where 1 % of the coordinates is sent.
//! assert!((laplace.distribution.energy_ratio(0.01)? - 0.838).abs() < 0.001);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::random::Stream;
use rand::RngExt as _;
use std::fmt::Debug;

mod choice;
mod description;
mod likelihood;
mod sample;
mod special;
mod survey;

pub use choice::{
    Choice, Comparison, Effort, GoodnessOfFit, Statistic, compare_energy, goodness_of_fit, largest_deviation,
    quantile_pairs,
};
pub use description::{Axis, Bin, Description, Histogram, MOST_BINS, Moment, Moments, PowerBound, TailIndex};
pub use sample::{Sample, Source};
pub use special::Tails;
pub use survey::{Prediction, Questions, Share, Survey};

/// What the files of families use.
mod prelude {
    pub(super) use super::likelihood::maximize;
    pub(super) use super::{
        About, CONFIDENCE, Family, FitError, Information, Link, Location, LocationEstimator, Normalizer, Point, Sample,
        Shape, Start, Tails, Terms, Uncertainty, by_information, median_uncertainty, midhinge_uncertainty,
        minus_ln_above,
    };
    pub(super) use crate::random::Stream;
}

/// Of all intervals of parameters.
pub const CONFIDENCE: f64 = 0.95;

/// `Φ⁻¹((1 + CONFIDENCE)/2)`.
const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;

/// A family of laws that are symmetric about a location, described by the standard law (m = 0, s = 1).
///
/// V is the magnitude of the standard law; its density is twice that of the law itself.
pub trait Family: Sync + Debug {
    /// The facts that a program needs; the words are in the file's documentation.
    fn about(&self) -> &'static About;

    /// The logarithm of the constant below the density and its derivative by the shape.
    fn normalizer(&self, shape: f64) -> Normalizer;

    /// The logarithm of the density at `v ≥ 0`, up to [`Family::normalizer`], and its derivatives.
    fn terms(&self, shape: f64, v: f64) -> Terms;

    /// `P(V ≤ v)` and `P(V > v)`.
    fn tails(&self, shape: f64, v: f64) -> Tails;

    /// v with these tails.
    fn quantile(&self, shape: f64, tails: Tails) -> f64;

    /// `E V²`, infinite where it is.
    fn second_moment(&self, shape: f64) -> f64;

    /// `E[V²; V ≤ v]/E V²`, in closed form; meaningless where the second moment is infinite.
    fn energy_below(&self, shape: f64, v: f64) -> f64;

    /// The expected information of one number; `None` where the likelihood is not regular.
    fn information(&self, shape: f64) -> Option<Information>;

    /// The parameters of largest likelihood.
    ///
    /// # Errors
    /// The likelihood has no maximum, or the family admits no number at the location and there is one.
    fn estimate(&self, sample: &Sample, location: Location) -> Result<Point, FitError>;

    /// The largest v that is possible.
    fn support(&self, _shape: f64) -> f64 {
        f64::INFINITY
    }

    /// The density at a distance `v ≥ 0` from the location.
    fn density(&self, shape: f64, v: f64) -> f64 {
        (self.terms(shape, v).kernel - self.normalizer(shape).value).exp()
    }

    /// A random magnitude of the standard law; by its quantile, unless a family knows a faster way.
    fn draw(&self, shape: f64, stream: &mut Stream) -> f64 {
        // The middles of 2⁵² equal parts: never 0 or 1.
        let p = ((stream.random::<u64>() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64;
        self.quantile(shape, Tails::of_below(p))
    }

    /// Standard errors and intervals of location, scale and shape at the estimate; by the expected information, unless
    /// a family knows better.
    fn uncertainty(&self, sample: &Sample, point: Point, location: Location) -> [Option<Uncertainty>; 3] {
        by_information(self, sample, point, location)
    }
}

/// Standard errors and intervals by the expected information.
fn by_information<F: Family + ?Sized>(
    family: &F,
    sample: &Sample,
    point: Point,
    location: Location,
) -> [Option<Uncertainty>; 3] {
    let Some(information) = family.information(point.shape) else { return [None; 3] };
    let n = sample.n_continuous() as f64;
    let of_location = (location == Location::Estimated).then(|| match information.location {
        Some(own) => Uncertainty::of_identity(point.location, point.scale / (n * own).sqrt()),
        None => midhinge_uncertainty(family, sample, point),
    });
    // Where the density is zero or infinite at the location, the likelihood of the others feels an error of the location
    // so much that their intervals would be too short: 91 % for double gamma with a = 2.5 and 1,000 numbers.
    if of_location.is_some() && family.about().singular_at_location {
        return [of_location, None, None];
    }
    let Some(shape) = &family.about().shape else {
        let scale = Uncertainty::of_logarithm(point.scale, (n * information.scale).sqrt().recip());
        return [of_location, Some(scale), None];
    };
    let determinant = information.scale * information.shape - information.cross * information.cross;
    let of_scale = (information.shape / determinant / n).sqrt();
    let of_shape = (information.scale / determinant / n).sqrt();
    let scale = Uncertainty::of_logarithm(point.scale, of_scale);
    let shape = match shape.link {
        Link::Identity => Uncertainty::of_identity(point.shape, of_shape),
        Link::Logarithm => Uncertainty::of_logarithm(point.shape, of_shape / point.shape),
    };
    [of_location, Some(scale), Some(shape)]
}

/// What a program needs to know of a family.
#[derive(Debug)]
pub struct About {
    /// The name in files and commands, kebab-case.
    pub name: &'static str,
    /// One line: what it is.
    pub summary: &'static str,
    /// `key, version, place` with a key of `docs/bibliography.bib`.
    pub source: &'static str,
    /// The third parameter, where there is one.
    pub shape: Option<Shape>,
    /// How a location that is not known is estimated.
    pub location: LocationEstimator,
    /// Whether the density is zero or infinite at the location, so that no number may lie there.
    pub singular_at_location: bool,
}

/// A shape parameter.
#[derive(Debug)]
pub struct Shape {
    /// The name in files, `snake_case`.
    pub name: &'static str,
    /// The coordinate in which it is searched and in which its interval is symmetric.
    pub link: Link,
    /// It is above this.
    pub low: f64,
    /// It is below this; beyond, the law cannot be told from its limit.
    pub high: f64,
    /// What the law becomes at `low`, for messages.
    pub towards_low: &'static str,
    /// What the law becomes at `high`, for messages.
    pub towards_high: &'static str,
}

/// A coordinate of a shape parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The parameter itself.
    Identity,
    /// Its logarithm.
    Logarithm,
}

impl Link {
    /// The coordinate of `shape`; an infinite one counts as `largest`.
    fn forward(self, shape: f64, largest: f64) -> f64 {
        match self {
            Self::Identity => shape,
            Self::Logarithm => shape.min(largest).ln(),
        }
    }

    fn backward(self, coordinate: f64) -> f64 {
        match self {
            Self::Identity => coordinate,
            Self::Logarithm => coordinate.exp(),
        }
    }

    /// The derivative of the shape by its coordinate.
    fn slope(self, shape: f64) -> f64 {
        match self {
            Self::Identity => 1.0,
            Self::Logarithm => shape,
        }
    }
}

/// How a family estimates its location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocationEstimator {
    /// With the other parameters, by maximum likelihood.
    MaximumLikelihood,
    /// By the mean of the quartiles, because the likelihood has no maximum in the location or no smooth one; the other
    /// parameters then have the largest likelihood that this location admits. Since the law is symmetric, an error of
    /// the location changes them in second order only, unless the density is zero or infinite at the location or ends
    /// in a corner: then they have no intervals.
    Midhinge,
}

/// What is known of the location.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Location {
    /// It is this, such as 0 for gradients.
    Known(f64),
    /// It is a parameter.
    Estimated,
}

/// The constant of a density: `ln f = kernel − value`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normalizer {
    /// Its logarithm.
    pub value: f64,
    /// The derivative of that by the shape.
    pub slope: f64,
}

/// The logarithm of a density without its constant, with derivatives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// The logarithm itself.
    pub kernel: f64,
    /// `−v` times its derivative by v.
    pub pull: f64,
    /// Its derivative by the shape.
    pub shape: f64,
}

/// The expected information of one number of the standard law (m = 0, s = 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Information {
    /// Of the location, which by symmetry has nothing in common with the rest; `None` where it is not used.
    pub location: Option<f64>,
    /// Of the scale.
    pub scale: f64,
    /// Of scale and shape together.
    pub cross: f64,
    /// Of the shape.
    pub shape: f64,
}

impl Information {
    /// A metric where there is none.
    const UNIT: Self = Self { location: Some(1.0), scale: 1.0, cross: 0.0, shape: 1.0 };
}

/// The parameters of a law; `shape` is 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// m
    pub location: f64,
    /// s > 0
    pub scale: f64,
    /// ν, β, a, ξ, c or σ
    pub shape: f64,
}

/// How well an estimate is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Uncertainty {
    /// The standard error.
    pub standard_error: f64,
    /// Lower and upper limit at [`CONFIDENCE`].
    pub interval: (f64, f64),
}

impl Uncertainty {
    /// An estimate that is about normal.
    fn of_identity(value: f64, standard_error: f64) -> Self {
        let half_width = NORMAL_QUANTILE * standard_error;
        Self { standard_error, interval: (value - half_width, value + half_width) }
    }

    /// A positive estimate whose logarithm is about normal with this standard error.
    fn of_logarithm(value: f64, standard_error: f64) -> Self {
        let factor = (NORMAL_QUANTILE * standard_error).exp();
        Self { standard_error: value * standard_error, interval: (value / factor, value * factor) }
    }
}

/// The standard error of the mean of the quartiles of a symmetric law: `1/√(8n)` over the density at a quartile.
fn midhinge_uncertainty<F: Family + ?Sized>(family: &F, sample: &Sample, point: Point) -> Uncertainty {
    let quartile = family.quantile(point.shape, Tails::of_below(0.5));
    let density = family.density(point.shape, quartile) / point.scale;
    Uncertainty::of_identity(point.location, (density * (8.0 * sample.n_continuous() as f64).sqrt()).recip())
}

/// The standard error of the median and the interval between two order statistics, which is right for any density: also
/// for one with a cusp, which falls within the standard error of the median already.
fn median_uncertainty(sample: &Sample) -> Uncertainty {
    let n = sample.n_continuous() as f64;
    let half_width = 0.5 * NORMAL_QUANTILE * n.sqrt();
    let lower = sample.order_statistic((0.5 * n - half_width).max(0.0) as usize);
    let upper = sample.order_statistic((0.5 * n + half_width).ceil().min(n) as usize - 1);
    Uncertainty { standard_error: (upper - lower) / (2.0 * NORMAL_QUANTILE), interval: (lower, upper) }
}

/// `−ln P(V > v)`, with the digits of the smaller tail.
fn minus_ln_above(tails: Tails) -> f64 {
    if tails.below < 0.5 { -(-tails.below).ln_1p() } else { -tails.above.ln() }
}

/// Where fits start, from one or two passes.
struct Start {
    location: f64,
    n: f64,
    n_at_location: f64,
    /// The largest `|x − m|`.
    max: f64,
    /// Means over `|x − m|`, those of logarithms over what is not zero.
    mean: f64,
    mean_square: f64,
    mean_ln: f64,
    variance_ln: f64,
}

impl Start {
    /// About the known location or the median.
    fn of(sample: &Sample, location: Location) -> Self {
        Self::about(
            sample,
            match location {
                Location::Known(location) => location,
                Location::Estimated => sample.quantile(0.5),
            },
        )
    }

    /// About the known location or the midhinge.
    fn of_midhinge(sample: &Sample, location: Location) -> Self {
        Self::about(
            sample,
            match location {
                Location::Known(location) => location,
                Location::Estimated => f64::midpoint(sample.quantile(0.25), sample.quantile(0.75)),
            },
        )
    }

    fn about(sample: &Sample, location: f64) -> Self {
        let (min, max) = sample.range();
        let max = (max - location).abs().max((min - location).abs());
        // In units of the largest magnitude nothing overflows, and what underflows does not count.
        let ([sum, sum_square, sum_ln, sum_ln_square, n_at_location], n) = sample.sums(|x| {
            let v = (x - location).abs() / max;
            if v == 0.0 {
                return [0.0, 0.0, 0.0, 0.0, 1.0];
            }
            let ln = v.ln();
            [v, v * v, ln, ln * ln, 0.0]
        });
        let n_away = n - n_at_location;
        let mean_ln = sum_ln / n_away;
        Self {
            location,
            n,
            n_at_location,
            max,
            mean: sum / n * max,
            mean_square: sum_square / n * max * max,
            mean_ln: mean_ln + max.ln(),
            variance_ln: (sum_ln_square / n_away - mean_ln * mean_ln).max(0.0),
        }
    }

    /// Refuses numbers at the location of a family whose density is zero or infinite there.
    fn away_from_location<F: Family>(self, family: &F) -> Result<Self, FitError> {
        if self.n_at_location > 0.0 {
            return Err(FitError::AtLocation {
                family: family.about().name,
                location: self.location,
                n: self.n_at_location as usize,
            });
        }
        Ok(self)
    }
}

/// A sample that nothing can be fitted to.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SampleError {
    /// There is no number.
    #[error("the sample is empty")]
    Empty,
    /// A number is NaN or infinite.
    #[error("number {index} of the sample (from 0) is {value}, not a finite number")]
    NotFinite {
        /// Its place, from 0.
        index: usize,
        /// What it is.
        value: f64,
    },
    /// Every number is zero.
    #[error("all {n} numbers of the sample are zero")]
    AllZero {
        /// How many.
        n: usize,
    },
    /// Every number that is not zero is the same.
    #[error("the sample is constant: all of its numbers that are not zero ({n}) are {value}")]
    Constant {
        /// What it is.
        value: f64,
        /// How many.
        n: usize,
    },
}

/// A family that has no fit to a sample.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum FitError {
    /// There are not more numbers than parameters.
    #[error("{family}: {n} numbers that are not exactly zero are too few for {n_parameters} parameters")]
    TooFew {
        /// The family.
        family: &'static str,
        /// Numbers of the continuous law.
        n: usize,
        /// Its parameters.
        n_parameters: usize,
    },
    /// Numbers lie where the density is zero or infinite.
    #[error("{family}: {n} numbers equal the location {location}, where the density is zero or infinite")]
    AtLocation {
        /// The family.
        family: &'static str,
        /// m
        location: f64,
        /// How many.
        n: usize,
    },
    /// The likelihood rises towards an end of the range of the shape.
    #[error("{family}: the likelihood has no maximum; it rises towards {towards}")]
    NoMaximum {
        /// The family.
        family: &'static str,
        /// Which end.
        towards: &'static str,
    },
    /// The search for the maximum failed.
    #[error("{family}: the search for the largest likelihood found no way up from its start")]
    NotConverged {
        /// The family.
        family: &'static str,
    },
}

/// A law that does not exist, or a question that it cannot answer.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum DistributionError {
    /// A parameter is out of its range.
    #[error("{family}: `{name}` is {value}, but it must be {requirement}")]
    Parameter {
        /// The family.
        family: &'static str,
        /// The parameter.
        name: &'static str,
        /// What it holds.
        value: f64,
        /// What is allowed.
        requirement: &'static str,
    },
    /// κ is no part.
    #[error("κ is {kappa}, but it is a part of the coordinates, from 0 to 1")]
    Kappa {
        /// What it is.
        kappa: f64,
    },
    /// `E u²` is infinite.
    #[error(
        "{family}: for `{name}` = {value} the second moment is infinite, so that R(κ) tends to 0 as d grows and has no \
         limit of its own: measure it at the d in question"
    )]
    InfiniteSecondMoment {
        /// The family.
        family: &'static str,
        /// The shape.
        name: &'static str,
        /// What it holds.
        value: f64,
    },
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

/// A law: a family with its parameters, beside a point mass at zero.
///
/// ```
/// use gradsieve::distribution::{Distribution, family};
/// let normal = Distribution::new(family("normal").unwrap(), 0.0, 2.0, None, 0.0)?;
/// assert!((normal.cdf(0.0) - 0.5).abs() < 1e-15 && (normal.quantile(0.975) - 3.919_928).abs() < 1e-6);
/// // Where nine tenths of the coordinates are zero, top-k at κ = 0.01 is as on the others at κ = 0.1.
/// let sparse = Distribution::new(family("normal").unwrap(), 0.0, 2.0, None, 0.9)?;
/// assert!((sparse.energy_ratio(0.01)? - normal.energy_ratio(0.1)?).abs() < 1e-12);
/// # Ok::<(), gradsieve::distribution::DistributionError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Distribution {
    family: &'static dyn Family,
    point: Point,
    zero_mass: f64,
}

impl Distribution {
    /// The law of `family` with these parameters; `shape` where the family has one; `zero_mass` is `P(x = 0)`.
    ///
    /// # Errors
    /// A parameter is out of its range or not finite, or a shape is missing or too many.
    pub fn new(
        family: &'static dyn Family,
        location: f64,
        scale: f64,
        shape: Option<f64>,
        zero_mass: f64,
    ) -> Result<Self, DistributionError> {
        let about = family.about();
        let check = |name, value, allowed, requirement| {
            let refused = DistributionError::Parameter { family: about.name, name, value, requirement };
            if allowed { Ok(()) } else { Err(refused) }
        };
        check("location", location, location.is_finite(), "finite")?;
        check("scale", scale, scale.is_finite() && scale > 0.0, "finite and above 0")?;
        check("zero_mass", zero_mass, (0.0..1.0).contains(&zero_mass), "from 0 to below 1")?;
        match (&about.shape, shape) {
            (Some(range), shape) => {
                let value = shape.unwrap_or(f64::NAN);
                let inside = value > range.low && value < range.high;
                check(range.name, value, inside, "inside the range of this shape")?;
            }
            (None, Some(value)) => check("shape", value, false, "absent, since this family has none")?,
            (None, None) => {}
        }
        Ok(Self { family, point: Point { location, scale, shape: shape.unwrap_or(0.0) }, zero_mass })
    }

    /// Its family.
    pub fn family(&self) -> &'static dyn Family {
        self.family
    }

    /// m
    pub fn location(&self) -> f64 {
        self.point.location
    }

    /// s
    pub fn scale(&self) -> f64 {
        self.point.scale
    }

    /// The shape, where the family has one.
    pub fn shape(&self) -> Option<f64> {
        self.family.about().shape.as_ref().map(|_| self.point.shape)
    }

    /// `P(x = 0)` beside the continuous law.
    pub fn zero_mass(&self) -> f64 {
        self.zero_mass
    }

    /// The same without the point mass.
    #[must_use]
    pub fn continuous(&self) -> Self {
        Self { zero_mass: 0.0, ..*self }
    }

    /// The logarithm of the density of the continuous law, weighted by `1 − P(x = 0)`.
    pub fn ln_density(&self, x: f64) -> f64 {
        let Point { location, scale, shape } = self.point;
        let kernel = self.family.terms(shape, (x - location).abs() / scale).kernel;
        kernel - self.family.normalizer(shape).value - scale.ln() + (-self.zero_mass).ln_1p()
    }

    /// `P(X ≤ x)`, exact to its own digits in the lower tail.
    pub fn cdf(&self, x: f64) -> f64 {
        let step = if x >= 0.0 { self.zero_mass } else { 0.0 };
        (1.0 - self.zero_mass) * self.signed_tails(x).below + step
    }

    /// `P(X > x)`, exact to its own digits in the upper tail.
    pub fn survival(&self, x: f64) -> f64 {
        let step = if x < 0.0 { self.zero_mass } else { 0.0 };
        (1.0 - self.zero_mass) * self.signed_tails(x).above + step
    }

    /// The tails of the continuous law on the line.
    pub(super) fn signed_tails(&self, x: f64) -> Tails {
        let Point { location, scale, shape } = self.point;
        let z = (x - location) / scale;
        let outer = 0.5 * self.family.tails(shape, z.abs()).above;
        if z < 0.0 { Tails::of_below(outer) } else { Tails::of_above(outer) }
    }

    /// The smallest x with `P(X ≤ x) ≥ p`, for p from 0 to 1.
    pub fn quantile(&self, p: f64) -> f64 {
        let below_zero = (1.0 - self.zero_mass) * self.signed_tails(0.0).below;
        let p = match p {
            p if p <= below_zero => p / (1.0 - self.zero_mass),
            p if p <= below_zero + self.zero_mass => return 0.0,
            p => (p - self.zero_mass) / (1.0 - self.zero_mass),
        };
        let Point { location, scale, shape } = self.point;
        let outer = (2.0 * p.min(1.0 - p)).clamp(0.0, 1.0);
        // Near the median the inner part is what has digits.
        let tails = Tails { below: (2.0 * p - 1.0).abs().min(1.0), above: outer };
        location + scale * self.family.quantile(shape, tails) * if p < 0.5 { -1.0 } else { 1.0 }
    }

    /// A random number of this law.
    pub fn draw(&self, stream: &mut Stream) -> f64 {
        if self.zero_mass > 0.0 && stream.random::<f64>() < self.zero_mass {
            return 0.0;
        }
        let Point { location, scale, shape } = self.point;
        let sign = if stream.random() { 1.0 } else { -1.0 };
        location + sign * scale * self.family.draw(shape, stream)
    }

    /// `P(|X| > t)`.
    pub fn magnitude_survival(&self, t: f64) -> f64 {
        (1.0 - self.zero_mass) * self.magnitude_tails(t).above
    }

    /// The tails of `|X|` for the continuous law.
    fn magnitude_tails(&self, t: f64) -> Tails {
        let Point { location, scale, shape } = self.point;
        if location == 0.0 {
            return self.family.tails(shape, t / scale);
        }
        Tails::of_above(self.signed_tails(t).above + self.signed_tails(-t).below)
    }

    /// The threshold t ≥ 0 with `P(|X| > t) = κ`; 0 where fewer numbers than that are not zero.
    ///
    /// # Errors
    /// κ is not from 0 to 1.
    pub fn threshold(&self, kappa: f64) -> Result<f64, DistributionError> {
        if !(0.0..=1.0).contains(&kappa) {
            return Err(DistributionError::Kappa { kappa });
        }
        let Point { location, scale, shape } = self.point;
        let above = kappa / (1.0 - self.zero_mass);
        if above >= 1.0 {
            return Ok(0.0);
        }
        let centered = scale * self.family.quantile(shape, Tails::of_above(above));
        let high = location.abs() + centered;
        if location == 0.0 || !high.is_finite() {
            return Ok(high);
        }
        // |X| ≤ |m| + s V, so that `high` is an upper bound; the search ends at neighboring numbers.
        let (mut low, mut high) = (0.0, high);
        loop {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                return Ok(high);
            }
            if self.magnitude_tails(middle).above > above {
                low = middle;
            } else {
                high = middle;
            }
        }
    }

    /// `E X²`, infinite where it is.
    pub fn second_moment(&self) -> f64 {
        let Point { location, scale, shape } = self.point;
        (1.0 - self.zero_mass) * (location * location + scale * scale * self.family.second_moment(shape))
    }

    /// R(κ), the part of the squared norm that top-k leaves behind when it keeps a part κ of very many coordinates.
    ///
    /// In closed form about zero; about another location an integral, exact to about ten digits.
    ///
    /// # Errors
    /// κ is not from 0 to 1, or the second moment is infinite.
    pub fn energy_ratio(&self, kappa: f64) -> Result<f64, DistributionError> {
        let Point { location, scale, shape } = self.point;
        let threshold = self.threshold(kappa)?;
        if self.family.second_moment(shape) == f64::INFINITY {
            let about = self.family.about();
            let name = about.shape.as_ref().map_or("shape", |shape| shape.name);
            return Err(DistributionError::InfiniteSecondMoment { family: about.name, name, value: shape });
        }
        if threshold == f64::INFINITY || kappa == 0.0 {
            return Ok(1.0);
        }
        if location == 0.0 {
            return Ok(self.family.energy_below(shape, threshold / scale));
        }
        Ok(self.energy_by_quadrature(threshold))
    }

    /// `E[X²; |X| ≤ t]/E X²` by an integral on each side of the location.
    fn energy_by_quadrature(&self, t: f64) -> f64 {
        let Point { location, scale, shape } = self.point;
        let end = self.family.support(shape);
        let side = |sign: f64| {
            // v with −t ≤ m ± sv ≤ t.
            let (a, b) = ((-t - sign * location) / scale, (t - sign * location) / scale);
            let normalizer = self.family.normalizer(shape).value;
            special::integrate(a.max(0.0), b.min(end), |v, _| {
                let x = location + sign * scale * v;
                x * x * (self.family.terms(shape, v).kernel - normalizer).exp()
            })
        };
        (side(1.0) + side(-1.0)) / (location * location + scale * scale * self.family.second_moment(shape))
    }
}

/// A parameter of a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// `location`, `scale`, `zero_mass`, or the name of the shape.
    pub name: &'static str,
    /// The estimate.
    pub value: f64,
    /// Its standard error, where there is one.
    pub standard_error: Option<f64>,
    /// Its interval at [`CONFIDENCE`], where there is one.
    pub interval: Option<(f64, f64)>,
}

/// A family fitted to a sample.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The law.
    pub distribution: Distribution,
    /// What was known of the location.
    pub location: Location,
    /// The parameters that were estimated: location (if it was), scale, shape (if there is one), `zero_mass` (if there
    /// are zeros).
    pub parameters: Vec<Parameter>,
    /// The log-likelihood of all numbers. The zeros of a point mass count by its probability, the others by density.
    pub log_likelihood: f64,
    /// Numbers, zeros included.
    pub n: usize,
    /// Exact zeros of the point mass.
    pub n_zero: usize,
}

impl Fitted {
    /// Akaike's criterion, `2p − 2 ln L`; smaller is better.
    pub fn aic(&self) -> f64 {
        2.0 * self.parameters.len() as f64 - 2.0 * self.log_likelihood
    }

    /// Schwarz's criterion, `p ln n − 2 ln L`; smaller is better.
    pub fn bic(&self) -> f64 {
        self.parameters.len() as f64 * (self.n as f64).ln() - 2.0 * self.log_likelihood
    }
}

/// Fits a family by maximum likelihood, in constant memory.
///
/// # Errors
/// There are too few numbers, or the likelihood has no maximum.
pub fn fit(family: &'static dyn Family, sample: &Sample, location: Location) -> Result<Fitted, FitError> {
    let about = family.about();
    let (n, n_zero, n_continuous) = (sample.n(), sample.n_zero(), sample.n_continuous());
    let estimated = location == Location::Estimated;
    let n_parameters = 1 + usize::from(estimated) + usize::from(about.shape.is_some());
    if n_continuous <= n_parameters {
        return Err(FitError::TooFew { family: about.name, n: n_continuous, n_parameters });
    }
    let point = family.estimate(sample, location)?;
    let [of_location, of_scale, of_shape] = family.uncertainty(sample, point, location);
    let parameter = |name, value, uncertainty: Option<Uncertainty>| Parameter {
        name,
        value,
        standard_error: uncertainty.map(|uncertainty| uncertainty.standard_error),
        interval: uncertainty.map(|uncertainty| uncertainty.interval),
    };
    let mut parameters = Vec::new();
    if estimated {
        parameters.push(parameter("location", point.location, of_location));
    }
    parameters.push(parameter("scale", point.scale, of_scale));
    if let Some(shape) = &about.shape {
        parameters.push(parameter(shape.name, point.shape, of_shape));
    }
    let ([kernel], count) =
        sample.sums(|x| [family.terms(point.shape, (x - point.location).abs() / point.scale).kernel]);
    let mut log_likelihood = kernel - count * (family.normalizer(point.shape).value + point.scale.ln());
    let zero_mass = n_zero as f64 / n as f64;
    if n_zero > 0 {
        parameters.push(parameter("zero_mass", zero_mass, Some(of_proportion(zero_mass, n as f64))));
        log_likelihood += n_zero as f64 * zero_mass.ln() + count * (-zero_mass).ln_1p();
    }
    Ok(Fitted {
        distribution: Distribution { family, point, zero_mass },
        location,
        parameters,
        log_likelihood,
        n,
        n_zero,
    })
}

/// Wilson's interval of a proportion.
fn of_proportion(p: f64, n: f64) -> Uncertainty {
    let z2 = NORMAL_QUANTILE * NORMAL_QUANTILE;
    let center = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half_width = NORMAL_QUANTILE * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
    Uncertainty { standard_error: (p * (1.0 - p) / n).sqrt(), interval: (center - half_width, center + half_width) }
}

/// The result of fitting one family.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The family.
    pub family: &'static dyn Family,
    /// The fit, or why there is none.
    pub result: Result<Fitted, FitError>,
}

/// Fits all families; those with a fit come first, the smallest AIC first of all, then those without.
#[must_use]
pub fn fit_all(sample: &Sample, location: Location) -> Vec<Attempt> {
    let mut attempts: Vec<Attempt> =
        FAMILIES.iter().map(|&family| Attempt { family, result: fit(family, sample, location) }).collect();
    let aic = |attempt: &Attempt| attempt.result.as_ref().map_or(f64::INFINITY, Fitted::aic);
    attempts.sort_by(|a, b| aic(a).total_cmp(&aic(b)));
    attempts
}
