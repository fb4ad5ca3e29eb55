//! Families fitted to a sample.

use super::FAMILIES;
use super::error::FitError;
use super::family::{Family, Location, Point};
use super::parametric::Distribution;
use super::sample::Sample;
use super::uncertainty::Uncertainty;

/// A parameter of a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// `location`, `scale`, `zero_mass`, or the name of the shape.
    pub name: &'static str,
    /// The estimate.
    pub value: f64,
    /// Its standard error, where there is one.
    pub standard_error: Option<f64>,
    /// Its interval at 95 %, where there is one.
    pub interval: Option<(f64, f64)>,
}

/// A family fitted to a sample.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The distribution.
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
    // A location and a scale are in the units of the numbers; a power of two rounds neither.
    let (sample, factor) = sample.normalized();
    let known = match location {
        Location::Known(location) => Location::Known(location * factor),
        Location::Estimated => Location::Estimated,
    };
    let point = family.estimate(&sample, known).map_err(|error| error.in_units_before(factor))?;
    let [of_location, of_scale, of_shape] = family.uncertainty(&sample, point, known);
    let parameter = |name, value, uncertainty: Option<Uncertainty>| Parameter {
        name,
        value,
        standard_error: uncertainty.map(|uncertainty| uncertainty.standard_error),
        interval: uncertainty.map(|uncertainty| uncertainty.interval),
    };
    let ([kernel], count) =
        sample.sums(|x| [family.terms(point.shape, (x - point.location).abs() / point.scale).kernel]);
    let mut log_likelihood =
        kernel - count * (family.normalizer(point.shape).value + point.scale.ln()) + count * factor.ln();
    let point = Point { location: point.location / factor, scale: point.scale / factor, ..point };
    if point.scale < f64::MIN_POSITIVE || point.scale == f64::INFINITY {
        return Err(FitError::OutOfRange { family: about.name });
    }
    let before = |uncertainty: Option<Uncertainty>| uncertainty.map(|uncertainty| uncertainty.in_units_before(factor));
    let (of_location, of_scale) = (before(of_location), before(of_scale));
    let mut parameters = Vec::new();
    if estimated {
        parameters.push(parameter("location", point.location, of_location));
    }
    parameters.push(parameter("scale", point.scale, of_scale));
    if let Some(shape) = &about.shape {
        parameters.push(parameter(shape.name, point.shape, of_shape));
    }
    let zero_mass = n_zero as f64 / n as f64;
    if n_zero > 0 {
        parameters.push(parameter("zero_mass", zero_mass, Some(Uncertainty::of_proportion(zero_mass, n as f64))));
        log_likelihood += n_zero as f64 * zero_mass.ln() + count * (-zero_mass).ln_1p();
    }
    Ok(Fitted {
        distribution: Distribution::of(family, point, zero_mass),
        location,
        parameters,
        log_likelihood,
        n,
        n_zero,
    })
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
