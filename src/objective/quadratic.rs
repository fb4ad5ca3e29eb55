//! Quadratics with a chosen spectrum, heterogeneity and noise; every constant is known in closed form.
//!
//! ```text
//! fᵢ(x) = ½ (x − x*)ᵀ A (x − x*) − ⟨hᵢ, x − x*⟩,   Σᵢ hᵢ = 0
//! ```
//!
//! This is `½ (x − bᵢ)ᵀ A (x − bᵢ)` with `bᵢ = x* + A⁻¹hᵢ`, less a constant that makes f* = 0, so that f(x) − f* does
//! not lose digits near x*. Every fᵢ has the same Hessian A: L = Lᵢ and μ are the ends of the spectrum;
//! `∇fᵢ − ∇f = −hᵢ`, so ζ² is the same everywhere. `A = Q diag(λ) Qᵀ` is diagonal in a hidden orthogonal basis Q
//! (log₂ d layers of random plane rotations, O(d log d) per product), x* is uniform on the unit sphere, and the noise
//! is normal with equal variance in all coordinates. The hᵢ are cyclic shifts of one normal vector with alternating
//! signs, centered and scaled: they need memory for d numbers, not n·d.

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Constants, Construction, Definition, Objective, ObjectiveError, Rows, normal_vector};
use crate::random::{Purpose, Stream, Streams};
use crate::registry::Described;
use crate::vector;

/// `fᵢ(x) = ½ (x − x*)ᵀ A (x − x*) − ⟨hᵢ, x − x*⟩` with a chosen spectrum, heterogeneity and noise.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Quadratic {
    /// d ≥ 1.
    pub dim: usize,
    /// μ, the smallest eigenvalue of A; 0 ≤ μ ≤ L.
    pub strong_convexity: f64,
    /// L, the largest eigenvalue of A; above 0.
    pub smoothness: f64,
    /// How the eigenvalues are spread between μ and L.
    pub spectrum: Spectrum,
    /// ζ² = (1/n) Σ‖∇fᵢ − ∇f‖², exact, at every x; 0 for equal workers.
    pub heterogeneity: f64,
    /// σ² = E‖noise‖², exact, of every stochastic gradient; 0 for none.
    pub noise: f64,
    /// Chooses the basis, x* and the hᵢ.
    pub seed: u64,
}

/// Ten dimensions, condition number ten, equal workers and exact gradients.
impl Default for Quadratic {
    fn default() -> Self {
        Self {
            dim: 10,
            strong_convexity: 0.1,
            smoothness: 1.0,
            spectrum: Spectrum::Linear,
            heterogeneity: 0.0,
            noise: 0.0,
            seed: 1,
        }
    }
}

/// The eigenvalues `λ_0 ≤ … ≤ λ_{d−1}` between μ and L.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Spectrum {
    /// `μ + (L − μ) j/(d − 1)`.
    Linear,
    /// `μ (L/μ)^(j/(d − 1))`; needs μ > 0.
    Geometric,
    /// μ for the first ⌊d/2⌋, L for the rest.
    TwoLevel,
}

impl Described for Quadratic {
    const NAME: &'static str = "quadratic";
    const SUMMARY: &'static str = "quadratics with a chosen spectrum, heterogeneity and noise; all constants exact";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = r#"{ name = "quadratic", dim = 100, strong_convexity = 0.1, smoothness = 1.0, spectrum = "geometric", heterogeneity = 1.0, noise = 0.5, seed = 1 }"#;
}

impl Definition for Quadratic {
    fn construction(&self) -> Construction<'_> {
        Construction::Synthetic(Box::new(|n_workers| {
            self.check(n_workers)?;
            Ok(Box::new(SpectralQuadratic::new(self, n_workers)))
        }))
    }
}

impl Quadratic {
    fn check(&self, n_workers: usize) -> Result<(), ObjectiveError> {
        let (mu, l, dim) = (self.strong_convexity, self.smoothness, self.dim);
        let check = |field, value, allowed, holds| ObjectiveError::check(Self::NAME, field, value, allowed, holds);
        let fits = (1..=u32::MAX as usize).contains(&dim);
        check("dim", dim as f64, "1 ≤ dim < 2³²", fits)?;
        check("smoothness", l, "0 < smoothness < ∞", l > 0.0 && l.is_finite())?;
        check("strong_convexity", mu, "0 ≤ strong_convexity ≤ smoothness", (0.0..=l).contains(&mu))?;
        let positive = self.spectrum != Spectrum::Geometric || mu > 0.0;
        check("strong_convexity", mu, "0 < strong_convexity for a geometric spectrum", positive)?;
        check("strong_convexity", mu, "the same as smoothness where dim = 1", dim > 1 || mu == l)?;
        for (field, value) in [("heterogeneity", self.heterogeneity), ("noise", self.noise)] {
            check(field, value, "0 ≤ value < ∞ (a squared norm)", value >= 0.0 && value.is_finite())?;
        }
        check("heterogeneity", self.heterogeneity, "0 with one worker", n_workers > 1 || self.heterogeneity == 0.0)
    }

    fn eigenvalues(&self) -> Vec<f64> {
        let (mu, l, d) = (self.strong_convexity, self.smoothness, self.dim);
        let eigenvalue = |j: usize| {
            let t = if d > 1 { j as f64 / (d - 1) as f64 } else { 1.0 };
            match self.spectrum {
                Spectrum::Linear => mu * (1.0 - t) + l * t,
                Spectrum::Geometric => mu.powf(1.0 - t) * l.powf(t),
                Spectrum::TwoLevel => {
                    if j < d / 2 {
                        mu
                    } else {
                        l
                    }
                }
            }
        };
        (0..d).map(eigenvalue).collect()
    }
}

/// An orthogonal matrix Q: layers of plane rotations of the coordinates j and j + s, for s = …, 4, 2, 1.
///
/// The widest layer comes first: it mixes the two ends of the spectrum, which the others then spread.
#[derive(Debug)]
struct Basis {
    /// Cosine and sine of the rotations whose first coordinate is j.
    rotations: Vec<(f64, f64)>,
}

impl Basis {
    fn new(dim: usize, stream: &mut Stream) -> Self {
        let rotation = |_| {
            let (sine, cosine) = (std::f64::consts::TAU * stream.random::<f64>()).sin_cos();
            (cosine, sine)
        };
        Self { rotations: (0..dim).map(rotation).collect() }
    }

    fn strides(&self) -> impl DoubleEndedIterator<Item = usize> + use<> {
        let layers = usize::BITS - (self.rotations.len() - 1).leading_zeros();
        (0..layers).map(|layer| 1 << layer)
    }

    fn rotate(&self, stride: usize, sign: f64, v: &mut [f64]) {
        for j in (0..v.len() - stride).filter(|j| j & stride == 0) {
            let (c, s) = (self.rotations[j].0, sign * self.rotations[j].1);
            (v[j], v[j + stride]) = (c * v[j] - s * v[j + stride], s * v[j] + c * v[j + stride]);
        }
    }

    /// `v ← Q v`.
    fn apply(&self, v: &mut [f64]) {
        self.strides().rev().for_each(|stride| self.rotate(stride, 1.0, v));
    }

    /// `v ← Qᵀ v`.
    fn apply_transposed(&self, v: &mut [f64]) {
        self.strides().for_each(|stride| self.rotate(stride, -1.0, v));
    }
}

/// The vectors hᵢ: `hᵢⱼ = signᵢ · base[(j + offsetᵢ) mod d] − mean[j]`, with the scale in base and mean.
#[derive(Debug)]
struct Pulls {
    base: Vec<f64>,
    mean: Vec<f64>,
    /// One offset and sign per worker.
    shifts: Vec<(usize, f64)>,
}

impl Pulls {
    /// n vectors with `Σ hᵢ = 0` and `(1/n) Σ‖hᵢ‖² = heterogeneity`.
    fn new(dim: usize, n_workers: usize, heterogeneity: f64, stream: &mut Stream) -> Self {
        let base = normal_vector(dim, stream);
        let sign = |worker: usize| if worker.is_multiple_of(2) { 1.0 } else { -1.0 };
        let shifts = (0..n_workers).map(|worker| (stream.random_range(0..dim), sign(worker))).collect();
        let mut pulls = Self { base, mean: vec![0.0; dim], shifts };
        let mut mean = vec![0.0; dim];
        (0..n_workers).for_each(|worker| pulls.add(worker, 1.0 / n_workers as f64, &mut mean));
        pulls.mean = mean;
        let mut squares = 0.0;
        let mut pull = vec![0.0; dim];
        for worker in 0..n_workers {
            pull.fill(0.0);
            pulls.add(worker, 1.0, &mut pull);
            squares += vector::norm_squared(&pull);
        }
        let scale = (heterogeneity * n_workers as f64 / squares).sqrt();
        pulls.base.iter_mut().chain(&mut pulls.mean).for_each(|value| *value *= scale);
        pulls
    }

    /// `out ← out + weight · hᵢ`.
    fn add(&self, worker: usize, weight: f64, out: &mut [f64]) {
        let (offset, sign) = self.shifts[worker];
        let (wrapped, start) = self.base.split_at(offset);
        let (first, second) = out.split_at_mut(start.len());
        vector::add_scaled(weight * sign, start, first);
        vector::add_scaled(weight * sign, wrapped, second);
        vector::add_scaled(-weight, &self.mean, out);
    }

    /// `⟨hᵢ, y⟩`.
    fn dot(&self, worker: usize, y: &[f64]) -> f64 {
        let (offset, sign) = self.shifts[worker];
        let (wrapped, start) = self.base.split_at(offset);
        let (first, second) = y.split_at(start.len());
        sign * (vector::dot(start, first) + vector::dot(wrapped, second)) - vector::dot(&self.mean, y)
    }
}

#[derive(Debug)]
struct SpectralQuadratic {
    spec: Quadratic,
    n_workers: usize,
    eigenvalues: Vec<f64>,
    basis: Basis,
    minimizer: Vec<f64>,
    /// Absent where ζ² = 0.
    pulls: Option<Pulls>,
}

impl SpectralQuadratic {
    fn new(spec: &Quadratic, n_workers: usize) -> Self {
        let stream = |part| Streams::new(spec.seed).shared(Purpose::Generation, part);
        let dim = spec.dim;
        let direction = normal_vector(dim, &mut stream(0));
        let norm = vector::norm_squared(&direction).sqrt();
        let heterogeneity = spec.heterogeneity;
        Self {
            spec: spec.clone(),
            n_workers,
            eigenvalues: spec.eigenvalues(),
            basis: Basis::new(dim, &mut stream(1)),
            minimizer: direction.iter().map(|value| value / norm).collect(),
            pulls: (heterogeneity > 0.0).then(|| Pulls::new(dim, n_workers, heterogeneity, &mut stream(2))),
        }
    }

    fn minus_minimizer(&self, x: &[f64]) -> Vec<f64> {
        x.iter().zip(&self.minimizer).map(|(x, minimizer)| x - minimizer).collect()
    }

    /// `out ← out + weight · A y`.
    fn add_product(&self, mut y: Vec<f64>, weight: f64, out: &mut [f64]) {
        self.basis.apply_transposed(&mut y);
        y.iter_mut().zip(&self.eigenvalues).for_each(|(y, eigenvalue)| *y *= eigenvalue);
        self.basis.apply(&mut y);
        vector::add_scaled(weight, &y, out);
    }
}

impl Objective for SpectralQuadratic {
    fn dim(&self) -> usize {
        self.spec.dim
    }

    fn n_workers(&self) -> usize {
        self.n_workers
    }

    fn n_samples(&self, _worker: usize) -> usize {
        0
    }

    fn worker_value(&self, worker: usize, x: &[f64]) -> f64 {
        self.pulls.as_ref().map_or(0.0, |pulls| -pulls.dot(worker, &self.minus_minimizer(x)))
    }

    fn add_gradient(&self, worker: usize, _rows: Rows<'_>, _x: &[f64], weight: f64, out: &mut [f64]) {
        if let Some(pulls) = &self.pulls {
            pulls.add(worker, -weight, out);
        }
    }

    fn add_noise(&self, _worker: usize, stream: &mut Stream, weight: f64, out: &mut [f64]) {
        if self.spec.noise > 0.0 {
            let scale = weight * (self.spec.noise / self.spec.dim as f64).sqrt();
            for out in out {
                let normal: f64 = StandardNormal.sample(stream);
                *out += scale * normal;
            }
        }
    }

    fn shared_value(&self, x: &[f64]) -> f64 {
        let mut y = self.minus_minimizer(x);
        self.basis.apply_transposed(&mut y);
        0.5 * y.iter().zip(&self.eigenvalues).map(|(y, eigenvalue)| eigenvalue * y * y).sum::<f64>()
    }

    fn add_shared_gradient(&self, x: &[f64], weight: f64, out: &mut [f64]) -> bool {
        self.add_product(self.minus_minimizer(x), weight, out);
        true
    }

    fn constants(&self) -> Constants {
        Constants {
            smoothness: Some(self.spec.smoothness),
            worker_smoothness: Some(vec![self.spec.smoothness; self.n_workers]),
            // The noise does not depend on x, and there are no rows to draw.
            sample_smoothness: Some(self.spec.smoothness),
            sampling_variance: Some(vec![0.0; self.n_workers]),
            strong_convexity: Some(self.spec.strong_convexity),
            minimum: Some(0.0),
            minimizer: Some(self.minimizer.clone()),
            noise_variance: Some(self.spec.noise),
            heterogeneity: Some(self.spec.heterogeneity),
            convex: true,
        }
    }

    fn add_hessian_product(&self, _x: &[f64], direction: &[f64], weight: f64, out: &mut [f64]) -> bool {
        self.add_product(direction.to_vec(), weight, out);
        true
    }

    fn self_concordance(&self) -> Option<f64> {
        Some(0.0)
    }
}
