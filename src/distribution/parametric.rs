//! A family with its parameters.

use super::error::DistributionError;
use super::family::{Family, Point};
use super::special::{Tails, integrate};
use crate::random::Stream;
use rand::RngExt as _;

/// A distribution: a family with its parameters, and a point mass at zero.
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
    /// The member of `family` with these parameters; `shape` where the family has one; `zero_mass` is `P(x = 0)`.
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
        Ok(Self::of(family, Point { location, scale, shape: shape.unwrap_or(0.0) }, zero_mass))
    }

    /// Of parameters that are in their ranges.
    pub(super) fn of(family: &'static dyn Family, point: Point, zero_mass: f64) -> Self {
        Self { family, point, zero_mass }
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

    /// `P(x = 0)` of the point mass.
    pub fn zero_mass(&self) -> f64 {
        self.zero_mass
    }

    /// The same without the point mass.
    #[must_use]
    pub fn continuous(&self) -> Self {
        Self { zero_mass: 0.0, ..*self }
    }

    /// The logarithm of the density of the continuous part, weighted by `1 − P(x = 0)`.
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

    /// The tails of the continuous part on the line.
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

    /// A random number of this distribution.
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

    /// The tails of `|X|` for the continuous part.
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

    /// R(κ), the fraction of the squared norm that top-k leaves behind when it keeps a fraction κ of very many coordinates.
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

    /// `E[X²; |X| ≤ t]/E X²` by an integral on each side of the location, in units of the scale.
    fn energy_by_quadrature(&self, t: f64) -> f64 {
        let Point { location, scale, shape } = self.point;
        let (t, location) = (t / scale, location / scale);
        let end = self.family.support(shape);
        let side = |sign: f64| {
            // v with −t ≤ m ± v ≤ t.
            let (a, b) = (-t - sign * location, t - sign * location);
            let normalizer = self.family.normalizer(shape).value;
            integrate(a.max(0.0), b.min(end), |v, _| {
                let x = location + sign * v;
                x * x * (self.family.terms(shape, v).kernel - normalizer).exp()
            })
        };
        (side(1.0) + side(-1.0)) / (location * location + self.family.second_moment(shape))
    }
}
