//! Why a sample, a fit or a distribution does not exist.

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
    /// There is one number alone.
    #[error("the sample is the single number {value}; distributions need several")]
    Single {
        /// What it is.
        value: f64,
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
        /// Numbers of the continuous part.
        n: usize,
        /// Its parameters.
        n_parameters: usize,
    },
    /// Some numbers are where the density is zero or infinite.
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
    /// The scale of largest likelihood is below the smallest number or above the largest.
    #[error("{family}: the scale of largest likelihood is beyond the range of double precision; rescale the numbers")]
    OutOfRange {
        /// The family.
        family: &'static str,
    },
    /// The search for the maximum failed.
    #[error("{family}: the search for the largest likelihood found no way up from its start")]
    NotConverged {
        /// The family.
        family: &'static str,
    },
}

impl FitError {
    /// The same of numbers that were multiplied by `factor`.
    pub(super) fn in_units_before(self, factor: f64) -> Self {
        match self {
            Self::AtLocation { family, location, n } => Self::AtLocation { family, location: location / factor, n },
            other => other,
        }
    }
}

/// A distribution that does not exist, or a question that it cannot answer.
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
    /// κ is not a fraction.
    #[error("κ is {kappa}, but it must be a fraction of the coordinates, from 0 to 1")]
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
