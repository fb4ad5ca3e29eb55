//! Maximum likelihood of a family on a sample: a quasi-Newton method in the metric of the expected information.

use super::error::FitError;
use super::family::{Family, Information, Link, Location, Point};
use super::profile::Profile;
use super::sample::Sample;
use super::uncertainty::NORMAL_QUANTILE;

/// Values that the first phase of a fit reads; the second starts from its result and reads all.
const FIRST_PHASE: usize = 1 << 16;

/// The squared length of a step, in standard errors of one observation, at which a fit has converged.
const DECREMENT: f64 = 1e-20;

/// Where rounding leaves no better point, a fit is accepted below this squared length.
const ACCEPTED: f64 = 1e-13;

const ITERATIONS: usize = 200;

/// Location, logarithm of the scale, and shape by its link.
type Coordinates = [f64; 3];
type Matrix = [[f64; 3]; 3];

/// The mean log-likelihood and its gradient in the coordinates.
struct At {
    value: f64,
    gradient: Coordinates,
}

/// Where a search ended, and the mean log-likelihood there.
struct End {
    u: Coordinates,
    value: f64,
    /// Whether it found no way up although it was not at the top.
    failed: bool,
}

/// Maximizes the likelihood from `start`: over scale and shape, and over the location too where it is estimated.
///
/// Each step reads the sample once or, where it has to be halved, a few times. The metric is the inverse of the
/// expected information, which makes the first step Fisher's scoring, and the last steps of the method correct it, so
/// that the convergence is superlinear also where the family is not that of the sample.
///
/// # Errors
/// The maximum is at an end of the range of the shape, or nowhere.
pub(super) fn maximize<F: Family>(
    family: &F,
    sample: &Sample,
    start: Point,
    location: Location,
) -> Result<Point, FitError> {
    no_maximum(family, &ascend(family, sample, start, location))
}

/// The same where the profile of the likelihood in the shape may have several peaks: from `start`, and from every
/// other peak over the ascending `shapes` that may be the highest.
///
/// # Errors
/// As [`maximize`], of the highest peak.
pub(super) fn maximize_over_peaks<F: Family>(
    family: &F,
    sample: &Sample,
    start: Point,
    location: Location,
    shapes: &[f64],
) -> Result<Point, FitError> {
    let mut best = ascend(family, sample, start, location);
    let is_end = |end: &End| !end.failed || end_of_range(family, end.u).is_some();
    let found = is_end(&best).then(|| point(family, best.u));
    let profile = Profile::of(sample, start.location, location != Location::Estimated);
    for peak in profile.peaks(family, shapes, found) {
        let other = ascend(family, sample, peak, location);
        // Two ends on one peak differ by what a search is accepted with.
        let is_higher = other.value > best.value + 10.0 * ACCEPTED * best.value.abs().max(1.0);
        // Where a location equals several numbers, the likelihood is infinite for a scale of zero: not that peak.
        let is_peak = profile.is_on_peak(family, point(family, other.u));
        if is_end(&other) && is_peak && (is_higher || !is_end(&best)) {
            best = other;
        }
    }
    no_maximum(family, &best)
}

/// From `start` to the top of its peak.
fn ascend<F: Family>(family: &F, sample: &Sample, start: Point, location: Location) -> End {
    let mut u = coordinates(family, start);
    if sample.n() > 4 * FIRST_PHASE {
        let first = search(family, &sample.thinned(FIRST_PHASE), u, location);
        // At an end of the range there is nothing to start from.
        if no_maximum(family, &first).is_ok() {
            u = first.u;
        }
    }
    search(family, sample, u, location)
}

fn search<F: Family>(family: &F, sample: &Sample, start: Coordinates, location: Location) -> End {
    let about = family.about();
    let free = [location == Location::Estimated, true, about.shape.is_some()];
    let mut u = start;
    let mut at = evaluate(family, sample, u);
    if !at.value.is_finite() {
        return End { u, value: at.value, failed: true };
    }
    // The last steps and the changes of the gradient (of minus the mean log-likelihood) along them.
    let mut pairs: Vec<(Coordinates, Coordinates)> = Vec::new();
    for _ in 0..ITERATIONS {
        let metric = inverse_information(family, point(family, u), free);
        let direction = two_loops(&metric, &pairs, at.gradient);
        let decrement = dot(direction, at.gradient);
        if decrement.is_nan() {
            return End { u, value: at.value, failed: true };
        }
        if decrement <= DECREMENT {
            break;
        }
        let mut fraction = 1.0;
        let next = loop {
            let trial = std::array::from_fn(|i| u[i] + fraction * direction[i]);
            let there = evaluate(family, sample, trial);
            // Sums of n terms of order one are known to about this much of their mean.
            if there.value >= at.value + 1e-4 * fraction * decrement - 1e-14 * at.value.abs().max(1.0) {
                break Some((trial, there));
            }
            fraction /= 2.0;
            if fraction < 1e-9 {
                break None;
            }
        };
        let Some((trial, there)) = next else {
            if decrement <= ACCEPTED {
                break;
            }
            if pairs.is_empty() {
                return End { u, value: at.value, failed: true };
            }
            pairs.clear();
            continue;
        };
        let step = std::array::from_fn(|i| trial[i] - u[i]);
        let change = std::array::from_fn(|i| at.gradient[i] - there.gradient[i]);
        if dot(step, change) > 1e-12 * dot(step, step).sqrt() * dot(change, change).sqrt() {
            pairs.push((step, change));
            if pairs.len() > 6 {
                pairs.remove(0);
            }
        }
        (u, at) = (trial, there);
        if decrement <= ACCEPTED && fraction < 1.0 {
            break;
        }
    }
    End { u, value: at.value, failed: false }
}

/// The interval of one parameter by the likelihood ratio: where twice the log-likelihood, at its largest over the other
/// parameters except the location, has fallen by the quantile of χ²₁.
///
/// Its error vanishes faster with n than that of an interval about the estimate, for it follows the likelihood where that
/// is not yet a parabola. It ends at an end of the range of the shape at the latest.
pub(super) fn profile_interval<F: Family>(
    family: &F,
    sample: &Sample,
    point: Point,
    parameter: Profiled,
) -> (f64, f64) {
    let index = parameter as usize;
    let limit = |side: f64| {
        let u = profile_limit(family, sample, coordinates(family, point), index, side);
        match parameter {
            Profiled::Scale => self::point(family, u).scale,
            Profiled::Shape => self::point(family, u).shape,
        }
    };
    (limit(-1.0), limit(1.0))
}

/// Which parameter a profile is of; the number is its place in the coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profiled {
    /// s
    Scale = 1,
    /// The shape.
    Shape = 2,
}

/// The point of the profile of coordinate `index` on one side of the estimate where the likelihood has fallen enough.
///
/// Newton's method on the profile, whose slope is that of the likelihood, kept in a bracket; a thousandth of a standard
/// error is enough.
fn profile_limit<F: Family>(
    family: &F,
    sample: &Sample,
    estimate: Coordinates,
    index: usize,
    side: f64,
) -> Coordinates {
    let n = sample.n_continuous() as f64;
    let other = (family.about().shape.is_some()).then_some(3 - index);
    let metric = inverse_information(family, point(family, estimate), [false, true, other.is_some()]);
    let least = evaluate(family, sample, estimate).value - 0.5 * NORMAL_QUANTILE * NORMAL_QUANTILE / n;
    let standard_error = (metric[index][index] / n).sqrt();
    // The last point inside of the interval, and the first coordinate that is known to be outside.
    let (mut inside, mut outside) = (estimate, f64::INFINITY * side);
    let mut next = estimate[index] + side * NORMAL_QUANTILE * standard_error;
    for _ in 0..40 {
        // The others follow along the ridge of the parabola, and then climb to their maximum.
        let mut u = inside;
        u[index] = next;
        if let Some(other) = other {
            u[other] += metric[index][other] / metric[index][index] * (next - inside[index]);
        }
        let at = climb(family, sample, u, other, n);
        let (u, excess, slope) = match at {
            Some((u, at)) => (u, at.value - least, at.gradient[index]),
            None => (u, f64::NEG_INFINITY, f64::NAN),
        };
        if excess >= 0.0 {
            inside = u;
        } else {
            outside = next;
        }
        let newton = next - excess / slope;
        if (newton - next).abs() <= 1e-3 * standard_error {
            return u;
        }
        let between = side * (newton - inside[index]) > 0.0 && side * (outside - newton) > 0.0;
        next = match (between, outside.is_finite()) {
            (true, _) => newton,
            (false, true) => f64::midpoint(inside[index], outside),
            (false, false) => inside[index] + side * standard_error,
        };
        if (outside - inside[index]).abs() <= 1e-3 * standard_error {
            break;
        }
    }
    inside
}

/// The likelihood at `u` after coordinate `free` has climbed to its maximum, by scoring; `None` where there is none.
fn climb<F: Family>(
    family: &F,
    sample: &Sample,
    mut u: Coordinates,
    free: Option<usize>,
    n: f64,
) -> Option<(Coordinates, At)> {
    let mut at = evaluate(family, sample, u);
    let Some(free) = free else { return at.value.is_finite().then_some((u, at)) };
    // A number may be beyond the support, which grows with the scale and with the shape.
    let mut raise = n.sqrt().recip();
    while !at.value.is_finite() && raise < 1.0 {
        u[free] += raise;
        raise *= 2.0;
        at = evaluate(family, sample, u);
    }
    if !at.value.is_finite() {
        return None;
    }
    for _ in 0..ITERATIONS {
        let metric = inverse_information(family, point(family, u), [false, true, true]);
        // Of this coordinate alone, the other one held.
        let other = 3 - free;
        let variance = metric[free][free] - metric[free][other] * metric[other][free] / metric[other][other];
        let mut step = variance * at.gradient[free];
        if !step.is_finite() {
            break;
        }
        // What the likelihood has left to rise, in units of its fall at the limit.
        if n * step * at.gradient[free] <= 1e-5 {
            break;
        }
        at = loop {
            let mut trial = u;
            trial[free] += step;
            let there = evaluate(family, sample, trial);
            if there.value >= at.value {
                u = trial;
                break there;
            }
            step /= 2.0;
            if step.abs() < 1e-12 {
                return Some((u, at));
            }
        };
    }
    Some((u, at))
}

/// The point where a search ended, unless its shape is at an end of its range or the search failed.
fn no_maximum<F: Family>(family: &F, end: &End) -> Result<Point, FitError> {
    let name = family.about().name;
    match end_of_range(family, end.u) {
        Some(towards) => Err(FitError::NoMaximum { family: name, towards }),
        None if end.failed => Err(FitError::NotConverged { family: name }),
        None => Ok(point(family, end.u)),
    }
}

/// What the distribution becomes at the end of the range that the shape has reached, if it has.
fn end_of_range<F: Family>(family: &F, u: Coordinates) -> Option<&'static str> {
    let shape = family.about().shape.as_ref()?;
    let margin = match shape.link {
        Link::Identity => 0.005,
        Link::Logarithm => 0.2,
    };
    let (low, high) = (shape.link.forward(shape.low, shape.low), shape.link.forward(shape.high, shape.high));
    if u[2] > high - margin {
        return Some(shape.towards_high);
    }
    (u[2] < low + margin).then_some(shape.towards_low)
}

fn coordinates<F: Family>(family: &F, point: Point) -> Coordinates {
    let shape = family.about().shape.as_ref();
    [point.location, point.scale.ln(), shape.map_or(0.0, |shape| shape.link.forward(point.shape, shape.high))]
}

fn point<F: Family>(family: &F, [location, ln_scale, link]: Coordinates) -> Point {
    let shape = family.about().shape.as_ref();
    Point { location, scale: ln_scale.exp(), shape: shape.map_or(0.0, |shape| shape.link.backward(link)) }
}

fn evaluate<F: Family>(family: &F, sample: &Sample, u: Coordinates) -> At {
    let Point { location, scale, shape } = point(family, u);
    let nowhere = At { value: f64::NEG_INFINITY, gradient: [0.0; 3] };
    let in_range = family.about().shape.as_ref().is_none_or(|range| shape > range.low && shape < range.high);
    let (min, max) = sample.range();
    let farthest = (max - location).abs().max((min - location).abs()) / scale;
    if !in_range || scale <= 0.0 || !scale.is_finite() || farthest >= family.support(shape) {
        return nowhere;
    }
    let normalizer = family.normalizer(shape);
    let [kernel, pull, shaped, force] = sample.means(|x| {
        let v = (x - location).abs() / scale;
        let terms = family.terms(shape, v);
        let force = if v > 0.0 { terms.pull / (x - location) } else { 0.0 };
        [terms.kernel, terms.pull, terms.shape, force]
    });
    let value = kernel - normalizer.value - u[1];
    if value.is_nan() {
        return nowhere;
    }
    let slope = family.about().shape.as_ref().map_or(0.0, |range| range.link.slope(shape));
    At { value, gradient: [force, pull - 1.0, (shaped - normalizer.slope) * slope] }
}

/// The inverse of the expected information of one observation in the coordinates that are free, zero elsewhere.
fn inverse_information<F: Family>(family: &F, point: Point, free: [bool; 3]) -> Matrix {
    let information = family.information(point.shape).unwrap_or(Information::UNIT);
    let slope = family.about().shape.as_ref().map_or(0.0, |range| range.link.slope(point.shape));
    let mut inverse = [[0.0; 3]; 3];
    if free[0] {
        inverse[0][0] = point.scale.powi(2) / information.location.unwrap_or(1.0);
    }
    if free[2] {
        let (cross, shape) = (information.cross * slope, information.shape * slope * slope);
        let determinant = information.scale * shape - cross * cross;
        inverse[1][1] = shape / determinant;
        inverse[2][2] = information.scale / determinant;
        inverse[1][2] = -cross / determinant;
        inverse[2][1] = inverse[1][2];
    } else {
        inverse[1][1] = 1.0 / information.scale;
    }
    inverse
}

/// The direction of the limited-memory quasi-Newton method whose initial matrix is `metric`.
fn two_loops(metric: &Matrix, pairs: &[(Coordinates, Coordinates)], gradient: Coordinates) -> Coordinates {
    let mut q = gradient;
    let mut weights = Vec::with_capacity(pairs.len());
    for (step, change) in pairs.iter().rev() {
        let weight = dot(*step, q) / dot(*step, *change);
        q = std::array::from_fn(|i| q[i] - weight * change[i]);
        weights.push(weight);
    }
    let mut direction: Coordinates = std::array::from_fn(|i| dot(metric[i], q));
    for ((step, change), weight) in pairs.iter().zip(weights.into_iter().rev()) {
        let correction = weight - dot(*change, direction) / dot(*step, *change);
        direction = std::array::from_fn(|i| direction[i] + correction * step[i]);
    }
    direction
}

fn dot(a: Coordinates, b: Coordinates) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
