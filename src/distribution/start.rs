//! Where fits start, from one or two passes.

use super::error::FitError;
use super::family::{Family, Location};
use super::sample::Sample;

/// Where fits start, from one or two passes.
pub(super) struct Start {
    pub(super) location: f64,
    pub(super) n: f64,
    pub(super) n_at_location: f64,
    /// The largest `|x − m|`.
    pub(super) max: f64,
    /// Means over `|x − m|`, those of logarithms over what is not zero.
    pub(super) mean: f64,
    pub(super) mean_square: f64,
    pub(super) mean_ln: f64,
    pub(super) variance_ln: f64,
}

impl Start {
    /// About the known location or the median.
    pub(super) fn of(sample: &Sample, location: Location) -> Self {
        Self::about(
            sample,
            match location {
                Location::Known(location) => location,
                Location::Estimated => sample.quantile(0.5),
            },
        )
    }

    /// About the known location or the midhinge.
    pub(super) fn of_midhinge(sample: &Sample, location: Location) -> Self {
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
    pub(super) fn away_from_location<F: Family>(self, family: &F) -> Result<Self, FitError> {
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
