//! The minimum of a convex objective to nearly full accuracy: Newton's method with dense Cholesky in few dimensions
//! and with conjugate gradients in many.
//!
//! It knows an objective only through its values, gradients and Hessian products (differences of gradients where an
//! objective offers none).

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use super::{Objective, gradient, value};
use crate::vector;
use crate::wording::number;

/// f* and x*.
#[derive(Debug, Clone, PartialEq)]
pub struct Minimum {
    /// f at `minimizer`.
    pub value: f64,
    /// x*, length d.
    pub minimizer: Vec<f64>,
    /// Orthonormal directions of length d along which f is constant, so that `minimizer` plus their span is the set of
    /// all minimizers: none where there is one alone. `None` where that is not known.
    pub flat: Option<Vec<Vec<f64>>>,
    /// `‖∇f‖` at `minimizer`.
    pub gradient_norm: f64,
    /// A bound of `f(minimizer) − f*`; absent where the objective states its minimum and μ > 0 is not known.
    pub error_bound: Option<f64>,
}

impl Minimum {
    /// The squared distance of x to the nearest minimizer; `None` where not all of them are known.
    #[must_use]
    pub fn distance_squared(&self, x: &[f64]) -> Option<f64> {
        Some(distance_squared(x, &self.minimizer, self.flat.as_deref()?))
    }
}

/// `‖x − x*‖²` without the components along the orthonormal directions `flat`.
#[must_use]
pub fn distance_squared(x: &[f64], minimizer: &[f64], flat: &[Vec<f64>]) -> f64 {
    if flat.is_empty() {
        return vector::distance_squared(x, minimizer);
    }
    let mut difference: Vec<f64> = x.iter().zip(minimizer).map(|(x, minimizer)| x - minimizer).collect();
    for direction in flat {
        vector::add_scaled(-vector::dot(direction, &difference), direction, &mut difference);
    }
    vector::norm_squared(&difference)
}

/// Why there is no minimum.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MinimizeError {
    /// Only convex objectives have one minimum that a local method finds.
    #[error(
        "the objective is not known to be convex, so its minimum cannot be certified: record the gradient norm, or \
         the loss instead of the suboptimality"
    )]
    NotConvex,
    /// The tolerance is not one.
    #[error("tolerance = {tolerance}, allowed is 1e-15 ≤ tolerance < 1")]
    Tolerance {
        /// What it is.
        tolerance: f64,
    },
    /// A value or a gradient is NaN or ∞.
    #[error("the objective is not finite at step {step} of the solver: check the data for enormous values")]
    NotFinite {
        /// Newton steps made.
        step: usize,
    },
    /// The loss falls along a direction without end.
    #[error(
        "no minimum is attained, or none that differs from a plateau: along some direction the loss still falls while \
         its curvature vanishes, as where two classes can be separated (gradient norm {}): regularize, or record the \
         loss instead of the suboptimality",
        number(*gradient_norm)
    )]
    NotAttained {
        /// `‖∇f‖` where the solver stopped.
        gradient_norm: f64,
    },
    /// Nothing bounds what is left.
    #[error(
        "strong convexity is not proved, and in {dim} dimensions (above {MOST_DIMENSIONS}, or where third derivatives have \
         no known bound) nothing else bounds how far the solver is from the minimum: regularize, or record the loss \
         instead of the suboptimality"
    )]
    NotCertified {
        /// d.
        dim: usize,
    },
    /// The accuracy was not reached.
    #[error(
        "the minimum was not found to a relative {} in {steps} Newton steps (gradient norm {}, estimated error of the \
         value {}): increase the regularization or rescale the features",
        number(*tolerance), number(*gradient_norm), number(*error)
    )]
    NotConverged {
        /// The requested accuracy.
        tolerance: f64,
        /// Newton steps made.
        steps: usize,
        /// `‖∇f‖` at the end.
        gradient_norm: f64,
        /// The bound or estimate of `f − f*` at the end.
        error: f64,
    },
}

/// Up to this dimension Newton steps are solved by a dense Cholesky factorization.
const DENSE: usize = 256;

/// Up to this dimension a minimum without strong convexity is certified by the eigenvalues of its Hessian.
const MOST_DIMENSIONS: usize = 1024;

/// Multiples of the trace that are added to the diagonal of a dense Hessian, the first that works.
const SHIFTS: [f64; 4] = [0.0, 1e-15, 1e-13, 1e-11];

/// Newton steps before giving up; self-concordant-like losses need some tens.
const MAX_STEPS: usize = 200;

/// Newton steps without a smaller gradient before what is left of it counts as rounding.
const PATIENCE: usize = 3;

/// f* and x* of a convex objective, from x = 0; the bits do not depend on the number of threads.
///
/// The value is accurate to `tolerance · max(|f*|, tolerance · |f(0)|)`: proved by `‖∇f‖²/(2μ)` where μ > 0 is known,
/// elsewhere by the third derivatives ([`Objective::self_concordance`]) and the numerical rank of the Hessian, or by a
/// lower bound that is reached; what nothing proves is refused. Beyond that the iterate is polished until rounding errors stop
/// the gradient from shrinking, or until `‖∇f‖/μ ≤ tolerance · ‖x‖`, which bounds the distance to x*. Where the
/// objective knows its minimizer, that is returned.
///
/// # Errors
/// The objective is not known to be convex or becomes NaN or ∞, the tolerance is out of its range, or the accuracy is
/// not reached or not proved (no minimum, or one too ill-conditioned for double precision).
pub fn minimize(objective: &dyn Objective, tolerance: f64) -> Result<Minimum, MinimizeError> {
    if !(1e-15..1.0).contains(&tolerance) {
        return Err(MinimizeError::Tolerance { tolerance });
    }
    let constants = objective.constants();
    if !constants.convex {
        return Err(MinimizeError::NotConvex);
    }
    let mu = constants.strong_convexity.filter(|&mu| mu > 0.0);
    let minimum = |point: Point, flat: Option<Vec<Vec<f64>>>, error_bound: Option<f64>| Minimum {
        gradient_norm: point.gradient_norm_squared().sqrt(),
        value: point.value,
        minimizer: point.x,
        flat,
        error_bound,
    };
    let by_convexity = |point: &Point| mu.map(|mu| point.gradient_norm_squared() / (2.0 * mu));
    if let (Some(minimizer), Some(value)) = (constants.minimizer, constants.minimum) {
        let point = Point { value, ..Point::new(objective, minimizer) };
        let flat =
            if mu.is_some() { Some(Vec::new()) } else { certify(objective, &point).ok().map(|proof| proof.flat) };
        let bound = by_convexity(&point);
        return Ok(minimum(point, flat, bound));
    }
    let proved = |point: Point, goal: f64, steps: usize| {
        if let Some(bound) = by_convexity(&point) {
            return Ok(minimum(point, Some(Vec::new()), Some(bound)));
        }
        let gap = constants.minimum.map(|least| point.value - least).filter(|gap| *gap <= goal);
        match (certify(objective, &point), gap) {
            (Ok(Certificate { bound, flat, step }), _) if bound <= goal => {
                let mut x = point.x.clone();
                vector::add_scaled(1.0, &step, &mut x);
                let polished = Point::new(objective, x);
                // Shifted factorizations end a little beside a singular problem's minimizers.
                let is_better = polished.gradient_norm_squared() <= point.gradient_norm_squared();
                let point = if is_better && !flat.is_empty() { polished } else { point };
                Ok(minimum(point, Some(flat), Some(bound)))
            }
            (Ok(Certificate { bound, .. }), _) => {
                let gradient_norm = point.gradient_norm_squared().sqrt();
                Err(MinimizeError::NotConverged { tolerance, steps, gradient_norm, error: bound })
            }
            (Err(MinimizeError::NotCertified { .. }), Some(gap)) => Ok(minimum(point, None, Some(gap))),
            (Err(error), _) => Err(error),
        }
    };

    let mut point = Point::new(objective, vec![0.0; objective.dim()]);
    let (start_value, start_norm) = (point.value.abs(), point.gradient_norm_squared().sqrt());
    let (mut best, mut best_error, mut idle, mut steps) = (point.clone(), f64::INFINITY, 0, 0);
    for step in 0..MAX_STEPS {
        let norm = point.gradient_norm_squared().sqrt();
        if !(point.value.is_finite() && norm.is_finite()) {
            return Err(MinimizeError::NotFinite { step });
        }
        let direction = newton_direction(objective, &point, norm / start_norm);
        let decrease = -vector::dot(&point.gradient, &direction);
        let error = mu.map_or(0.5 * decrease, |mu| norm * norm / (2.0 * mu));
        let goal = tolerance * point.value.abs().max(tolerance * start_value);
        let is_accurate = error <= goal;
        let improved = norm < 0.9 * best.gradient_norm_squared().sqrt();
        idle = if improved { 0 } else { idle + 1 };
        if step == 0 || norm < best.gradient_norm_squared().sqrt() {
            (best, best_error) = (point.clone(), error);
        }
        let is_close = mu.is_some_and(|mu| norm / mu <= tolerance * vector::norm_squared(&point.x).sqrt());
        if norm == 0.0 || is_accurate && (is_close || idle >= PATIENCE) {
            return proved(best, goal, step);
        }
        steps = step + 1;
        match line_search(objective, &point, &direction, decrease) {
            Some(next) => point = next,
            None if is_accurate => return proved(best, goal, steps),
            None => break,
        }
    }
    let gradient_norm = best.gradient_norm_squared().sqrt();
    Err(MinimizeError::NotConverged { tolerance, steps, gradient_norm, error: best_error })
}

/// x, f(x) and ∇f(x).
#[derive(Debug, Clone)]
struct Point {
    x: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
}

impl Point {
    fn new(objective: &dyn Objective, x: Vec<f64>) -> Self {
        let mut slope = vec![0.0; x.len()];
        gradient(objective, &x, &mut slope);
        Self { value: value(objective, &x), gradient: slope, x }
    }

    fn gradient_norm_squared(&self) -> f64 {
        vector::norm_squared(&self.gradient)
    }
}

/// Halves the step until f decreases sufficiently, or, where rounding hides the decrease, until the slope along the
/// step has shrunk (the approximate condition of Hager and Zhang).
fn line_search(objective: &dyn Objective, point: &Point, direction: &[f64], decrease: f64) -> Option<Point> {
    const SUFFICIENT: f64 = 1e-4;
    const HALVINGS: usize = 60;
    // Values this close are equal up to the rounding of sums.
    const NOISE: f64 = 1e-12;
    if decrease.is_nan() || decrease <= 0.0 {
        return None;
    }
    let mut step = 1.0;
    for _ in 0..HALVINGS {
        let mut x = point.x.clone();
        vector::add_scaled(step, direction, &mut x);
        let next = Point::new(objective, x);
        let is_lower = next.value <= point.value - SUFFICIENT * step * decrease;
        let is_flat = next.value <= point.value + NOISE * point.value.abs()
            && vector::dot(&next.gradient, direction).abs() <= (1.0 - SUFFICIENT) * decrease;
        if is_lower || is_flat {
            return Some(next);
        }
        step *= 0.5;
    }
    None
}

/// `out ← ∇²f(x) direction`.
fn hessian_product(objective: &dyn Objective, point: &Point, direction: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    if objective.add_hessian_product(&point.x, direction, 1.0, out) {
        return;
    }
    // Central differences: the cube root of the unit roundoff balances truncation and rounding.
    let size = (vector::norm_squared(&point.x) / vector::norm_squared(direction)).sqrt();
    let h = f64::EPSILON.cbrt() * if size > 0.0 { size } else { 1.0 };
    let gradient_at = |h: f64| {
        let (mut x, mut slope) = (point.x.clone(), vec![0.0; out.len()]);
        vector::add_scaled(h, direction, &mut x);
        gradient(objective, &x, &mut slope);
        slope
    };
    let (forward, backward) = (gradient_at(h), gradient_at(-h));
    for ((out, forward), backward) in out.iter_mut().zip(forward).zip(backward) {
        *out = (forward - backward) / (2.0 * h);
    }
}

/// An approximate solution of `∇²f(x) p = −∇f(x)`, a direction of descent; `progress` is the gradient norm relative to
/// the start.
fn newton_direction(objective: &dyn Objective, point: &Point, progress: f64) -> Vec<f64> {
    if point.x.len() <= DENSE {
        dense_direction(objective, point).unwrap_or_else(|| conjugate_gradients(objective, point, progress))
    } else {
        conjugate_gradients(objective, point, progress)
    }
}

/// What proves a minimum where μ > 0 is not known.
struct Certificate {
    /// `f(x) − f*` is at most this.
    bound: f64,
    /// An orthonormal basis of the null space of the Hessian, along which f is constant.
    flat: Vec<Vec<f64>>,
    /// `−H⁺∇f`, the Newton step.
    step: Vec<f64>,
}

/// Bounds `f(x) − f*` of an objective whose third derivatives are bounded by R times the second ones.
///
/// Let λ be the least eigenvalue of the Hessian H above rounding, and `ν² = ∇fᵀH⁺∇f`. Along a step v within the range of
/// H (Bach 2010, Proposition 1), with `y² = vᵀHv ≥ λ‖v‖²` and `κ = R/√λ`,
///
/// ```text
/// f(x + v) − f(x) ≥ −νy + (exp(−κy) + κy − 1)/κ²
/// ```
///
/// which is least where `exp(−κy) = 1 − κν`; so with `z = κν < 1` the minimum is attained and
/// `f(x) − f* ≤ ν² (z + (1 − z) log(1 − z))/z²`, ν²/2 where R = 0. Null directions of H are those of f only while H has
/// the rank that it has at 0: a rank that drops is curvature that vanishes on a plateau.
fn certify(objective: &dyn Objective, point: &Point) -> Result<Certificate, MinimizeError> {
    let dim = point.x.len();
    let Some(ratio) = objective.self_concordance().filter(|_| dim <= MOST_DIMENSIONS) else {
        return Err(MinimizeError::NotCertified { dim });
    };
    let not_attained = || MinimizeError::NotAttained { gradient_norm: point.gradient_norm_squared().sqrt() };
    let hessian_here = hessian(objective, point);
    if !hessian_here.iter().all(|entry| entry.is_finite()) {
        return Err(not_attained());
    }
    let is_exact = objective.add_hessian_product(&point.x, &vec![0.0; dim], 0.0, &mut vec![0.0; dim]);
    let SymmetricEigen { eigenvalues, eigenvectors } = SymmetricEigen::new(hessian_here);
    // Rounding errors of products and of the QR algorithm; differences of gradients lose two thirds of the digits.
    let relative = if is_exact { 16.0 * dim as f64 * f64::EPSILON } else { 1e-8 };
    let floor = |eigenvalues: &DVector<f64>| relative * eigenvalues.max();
    let least = floor(&eigenvalues);
    let (mut decrement, mut smallest, mut flat, mut step) = (0.0, f64::INFINITY, Vec::new(), vec![0.0; dim]);
    for (eigenvalue, direction) in eigenvalues.iter().zip(eigenvectors.column_iter()) {
        if *eigenvalue > least {
            let slope = vector::dot(direction.as_slice(), &point.gradient);
            decrement += slope * slope / eigenvalue;
            vector::add_scaled(-slope / eigenvalue, direction.as_slice(), &mut step);
            smallest = eigenvalue.min(smallest);
        } else {
            flat.push(direction.as_slice().to_vec());
        }
    }
    if !(is_exact || flat.is_empty()) {
        return Err(not_attained());
    }
    if ratio > 0.0 {
        let at_zero = hessian(objective, &Point::new(objective, vec![0.0; dim])).symmetric_eigenvalues();
        let least = floor(&at_zero);
        if at_zero.iter().filter(|eigenvalue| **eigenvalue <= least).count() != flat.len() {
            return Err(not_attained());
        }
    }
    let z = ratio * (decrement / smallest).sqrt();
    let factor = match z {
        // The series begins 1/2 + z/6.
        z if z < 1e-3 => 0.5 * (1.0 + z),
        z if z < 1.0 => (z + (1.0 - z) * (-z).ln_1p()) / (z * z),
        _ => return Err(not_attained()),
    };
    Ok(Certificate { bound: factor * decrement, flat, step })
}

/// `∇²f(x)`, symmetric to the bit.
fn hessian(objective: &dyn Objective, point: &Point) -> DMatrix<f64> {
    let dim = point.x.len();
    let mut columns = vec![0.0; dim * dim];
    if !objective.add_hessian(&point.x, 1.0, &mut columns) {
        let mut unit = vec![0.0; dim];
        for (j, column) in columns.chunks_exact_mut(dim).enumerate() {
            unit[j] = 1.0;
            hessian_product(objective, point, &unit, column);
            unit[j] = 0.0;
        }
    }
    let hessian = DMatrix::from_vec(dim, dim, columns);
    0.5 * (&hessian + hessian.transpose())
}

/// The Newton direction by Cholesky; none where the Hessian is not finite.
///
/// A singular Hessian is shifted by the least multiple of its trace that makes it positive definite in floating point:
/// the gradient is in its range, where so small a shift changes little.
fn dense_direction(objective: &dyn Objective, point: &Point) -> Option<Vec<f64>> {
    let dim = point.x.len();
    let hessian = hessian(objective, point);
    let right = -DVector::from_column_slice(&point.gradient);
    SHIFTS.iter().find_map(|shift| {
        let shift = DMatrix::from_diagonal_element(dim, dim, shift * hessian.trace());
        let direction = (&hessian + shift).cholesky()?.solve(&right);
        direction.iter().all(|value| value.is_finite()).then(|| direction.as_slice().to_vec())
    })
}

/// Conjugate gradients until the residual is a fraction of the gradient that shrinks with it: convergence of order
/// 3/2. Every iterate is a direction of descent.
fn conjugate_gradients(objective: &dyn Objective, point: &Point, progress: f64) -> Vec<f64> {
    const LARGEST_FRACTION: f64 = 0.1;
    const MAX_PRODUCTS: usize = 5000;
    let dim = point.x.len();
    let mut solution = vec![0.0; dim];
    let mut residual: Vec<f64> = point.gradient.iter().map(|slope| -slope).collect();
    let mut conjugate = residual.clone();
    let mut product = vec![0.0; dim];
    let mut squared = vector::norm_squared(&residual);
    let goal = squared * progress.sqrt().min(LARGEST_FRACTION).powi(2);
    for _ in 0..MAX_PRODUCTS.min(10 * dim) {
        if squared <= goal {
            break;
        }
        hessian_product(objective, point, &conjugate, &mut product);
        let curvature = vector::dot(&conjugate, &product);
        if curvature.is_nan() || curvature <= 0.0 {
            break;
        }
        vector::add_scaled(squared / curvature, &conjugate, &mut solution);
        vector::add_scaled(-squared / curvature, &product, &mut residual);
        let next = vector::norm_squared(&residual);
        for (conjugate, residual) in conjugate.iter_mut().zip(&residual) {
            *conjugate = residual + next / squared * *conjugate;
        }
        squared = next;
    }
    solution
}
