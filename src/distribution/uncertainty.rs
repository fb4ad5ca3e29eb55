//! Standard errors and intervals of estimates.

use super::sample::Sample;

/// Of all intervals of parameters.
pub const CONFIDENCE: f64 = 0.95;

/// `Φ⁻¹((1 + CONFIDENCE)/2)`.
pub(super) const NORMAL_QUANTILE: f64 = 1.959_963_984_540_054;

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
    pub(super) fn of_identity(value: f64, standard_error: f64) -> Self {
        let half_width = NORMAL_QUANTILE * standard_error;
        Self { standard_error, interval: (value - half_width, value + half_width) }
    }

    /// A positive estimate whose logarithm is about normal with this standard error.
    pub(super) fn of_logarithm(value: f64, standard_error: f64) -> Self {
        let factor = (NORMAL_QUANTILE * standard_error).exp();
        Self { standard_error: value * standard_error, interval: (value / factor, value * factor) }
    }

    /// The same of numbers that were multiplied by `factor`.
    pub(super) fn in_units_before(self, factor: f64) -> Self {
        let (lower, upper) = self.interval;
        Self { standard_error: self.standard_error / factor, interval: (lower / factor, upper / factor) }
    }

    /// Wilson's interval of a proportion.
    pub(super) fn of_proportion(p: f64, n: f64) -> Self {
        let z2 = NORMAL_QUANTILE * NORMAL_QUANTILE;
        let center = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half_width = NORMAL_QUANTILE * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
        Self { standard_error: (p * (1.0 - p) / n).sqrt(), interval: (center - half_width, center + half_width) }
    }
}

/// The standard error of the median and the interval between two order statistics, which is right for any density: also
/// for one with a cusp, which falls within the standard error of the median already.
pub(super) fn median_uncertainty(sample: &Sample) -> Uncertainty {
    let n = sample.n_continuous() as f64;
    let half_width = 0.5 * NORMAL_QUANTILE * n.sqrt();
    let lower = sample.order_statistic((0.5 * n - half_width).max(0.0) as usize);
    let upper = sample.order_statistic((0.5 * n + half_width).ceil().min(n) as usize - 1);
    Uncertainty { standard_error: (upper - lower) / (2.0 * NORMAL_QUANTILE), interval: (lower, upper) }
}
