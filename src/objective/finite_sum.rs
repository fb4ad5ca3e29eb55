//! What all objectives over rows have in common: the checked shards, a regularizer, and the constants that follow
//! from the range of the loss's curvature and the spectrum of the rows.
//!
//! It does not know the loss.

use std::ops::Range;
use std::sync::OnceLock;

use rayon::prelude::*;

use super::columns::Columns;
use super::regularizer::Regularizer;
use super::spectral::{self, Gram};
use super::{Constants, ObjectiveError};
use crate::dataset::{Dataset, Matrix, Shards};

/// Which labels a loss takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Labels {
    /// −1 and 1.
    Signs,
    /// 0, 1, …, C − 1.
    Classes,
    /// Any finite number.
    Numbers,
}

/// Bounds of a loss per unit of `‖aⱼ‖²` (curvature) and `‖aⱼ‖` (slope), over all margins.
#[derive(Debug, Clone, Copy)]
pub(super) struct LossBounds {
    /// The Hessian of a row's term is between `curvature.0 · aⱼaⱼᵀ` and `curvature.1 · aⱼaⱼᵀ`, per class.
    pub(super) curvature: (f64, f64),
    /// `‖∇‖ ≤ slope · ‖aⱼ‖`, where the slope is bounded.
    pub(super) slope: Option<f64>,
}

/// Labelled rows shared among workers, and a regularizer.
#[derive(Debug)]
pub(super) struct FiniteSum {
    objective: &'static str,
    shards: Shards,
    kind: Labels,
    regularizer: Regularizer,
    constants: OnceLock<Constants>,
    /// One per worker, made when a full gradient is first requested.
    columns: Vec<OnceLock<Vec<Columns>>>,
}

impl FiniteSum {
    pub(super) fn new(
        objective: &'static str,
        shards: Shards,
        labels: Labels,
        regularizer: Regularizer,
    ) -> Result<Self, ObjectiveError> {
        regularizer.check(objective)?;
        check_shape(objective, &shards)?;
        check_labels(objective, &shards.dataset, labels)?;
        let columns = std::iter::repeat_with(OnceLock::new).take(shards.rows.len()).collect();
        Ok(Self { objective, shards, kind: labels, regularizer, constants: OnceLock::new(), columns })
    }

    pub(super) fn n_workers(&self) -> usize {
        self.shards.rows.len()
    }

    pub(super) fn n_features(&self) -> usize {
        self.features().n_columns()
    }

    pub(super) fn dataset(&self) -> &Dataset {
        &self.shards.dataset
    }

    pub(super) fn features(&self) -> &Matrix {
        &self.dataset().features
    }

    pub(super) fn labels(&self) -> &[f64] {
        &self.dataset().labels
    }

    /// Whether rows that are not part of the sum have its columns and labels that the loss takes.
    pub(super) fn check_rows(&self, rows: &Dataset) -> Result<(), ObjectiveError> {
        let (found, expected) = (rows.features.n_columns(), self.n_features());
        if found != expected {
            let defect = format!("has {found} features, but `{}` has {expected}", self.dataset().name);
            return Err(ObjectiveError::Malformed { objective: self.objective, dataset: rows.name.clone(), defect });
        }
        check_labels(self.objective, rows, self.kind)
    }

    /// The same, for classes below `n_classes`.
    pub(super) fn check_classes(&self, rows: &Dataset, n_classes: usize) -> Result<(), ObjectiveError> {
        self.check_rows(rows)?;
        let greatest = rows.labels.iter().fold(0.0, |max: f64, &label| max.max(label));
        if greatest < n_classes as f64 {
            return Ok(());
        }
        let defect = format!("has the class {greatest}, but the objective knows the classes 0 to {}", n_classes - 1);
        Err(ObjectiveError::Malformed { objective: self.objective, dataset: rows.name.clone(), defect })
    }

    /// Which labels the loss takes.
    pub(super) fn kind(&self) -> Labels {
        self.kind
    }

    /// The rows of `worker`.
    pub(super) fn rows(&self, worker: usize) -> Range<usize> {
        self.shards.rows[worker].clone()
    }

    /// The rows of `worker` by columns, where sums of all of them are faster so.
    pub(super) fn columns(&self, worker: usize) -> &[Columns] {
        // Copies of the same rows share theirs.
        let owner = if self.rows(worker) == self.rows(0) { 0 } else { worker };
        self.columns[owner].get_or_init(|| Columns::new(self.features(), self.rows(owner)))
    }

    pub(super) fn regularizer(&self) -> Regularizer {
        self.regularizer
    }

    /// Stored entries per row, rounded up.
    pub(super) fn stored_per_row(&self) -> usize {
        self.features().n_stored().div_ceil(self.features().n_rows())
    }

    /// The constants of a loss with these bounds, computed once.
    ///
    /// With Λ the largest and λ the smallest eigenvalue of `Σᵢ (1/(n mᵢ)) Σⱼ aⱼaⱼᵀ`, curvature of the loss in
    /// [c, C] and of the regularizer in [r, R], the Hessian of f is between `min(cΛ, cλ) + r` and `CΛ + R`.
    /// The same holds for fᵢ with the rows of worker i. Certified bounds of Λ, λ and Λᵢ come from [`spectral`];
    /// where there are more than 64 workers with more than 64 rows and features each, Λᵢ is bounded by
    /// the trace `(1/mᵢ) Σⱼ ‖aⱼ‖²`.
    pub(super) fn constants(&self, bounds: LossBounds) -> Constants {
        self.constants.get_or_init(|| self.compute_constants(bounds)).clone()
    }

    fn compute_constants(&self, bounds: LossBounds) -> Constants {
        let n = self.n_workers();
        let features = self.features();
        let mut weights = vec![0.0; features.n_rows()];
        for rows in &self.shards.rows {
            let weight = 1.0 / (n as f64 * rows.len() as f64);
            weights[rows.clone()].iter_mut().for_each(|sum| *sum += weight);
        }
        let (low, high) = bounds.curvature;
        let (least, greatest) = self.regularizer.curvature();
        // The Hessian's range from that of the rows' spectrum.
        let range = |smallest: f64, largest: f64| {
            let floor = if low < 0.0 { low * largest } else { low * smallest };
            (floor + least, high * largest + greatest)
        };
        let spectrum = Gram::new(features, 0..features.n_rows(), &weights).spectrum();
        let (floor, ceiling) = range(spectrum.smallest, spectrum.largest.upper);
        let convex = floor >= 0.0;
        let worker_smoothness = (0..n)
            .into_par_iter()
            .map(|worker| {
                let (floor, ceiling) = range(0.0, self.worker_largest_eigenvalue(worker));
                ceiling.max(-floor)
            })
            .collect();
        // A row's aⱼaⱼᵀ has the eigenvalues 0 and ‖aⱼ‖².
        let (sample_floor, sample_ceiling) = range(0.0, self.largest_row_norm_squared());
        Constants {
            smoothness: Some(ceiling.max(-floor)),
            worker_smoothness: Some(worker_smoothness),
            sample_smoothness: Some(sample_ceiling.max(-sample_floor)),
            sampling_variance: self.sampling_variance(bounds.slope),
            strong_convexity: convex.then_some(floor),
            // Losses and regularizers are not negative.
            minimum: Some(0.0),
            minimizer: None,
            noise_variance: Some(0.0),
            heterogeneity: self.heterogeneity(bounds.slope),
            convex,
        }
    }

    /// [`super::Objective::self_concordance`] of losses with |ϕ‴| ≤ `ratio` · ϕ″ along a unit step of the margins.
    pub(super) fn self_concordance(&self, ratio: f64) -> Option<f64> {
        let is_quadratic = self.regularizer.curvature().0 == self.regularizer.curvature().1;
        is_quadratic.then(|| if ratio == 0.0 { 0.0 } else { ratio * self.largest_row_norm_squared().sqrt() })
    }

    /// `maxⱼ ‖aⱼ‖²` over the rows of all workers, not rounded down.
    fn largest_row_norm_squared(&self) -> f64 {
        let norms = self.shards.rows.iter().flat_map(Clone::clone).map(|row| self.features().row_norm_squared(row));
        norms.fold(0.0, f64::max) * (1.0 + spectral::rounding(self.n_features()))
    }

    /// Per worker, with slopes bounded by s: `(1/mᵢ) Σⱼ ‖∇dataᵢⱼ − ∇dataᵢ‖² ≤ (s²/mᵢ) Σⱼ ‖aⱼ‖²`: a variance is at most a
    /// second moment. A single row has none.
    fn sampling_variance(&self, slope: Option<f64>) -> Option<Vec<f64>> {
        let of_rows = |rows: &Range<usize>| {
            if rows.len() == 1 {
                return Some(0.0);
            }
            let squares: f64 = rows.clone().map(|row| self.features().row_norm_squared(row)).sum();
            let rounding = spectral::rounding(rows.len() + self.n_features());
            Some(slope?.powi(2) * squares / rows.len() as f64 * (1.0 + rounding))
        };
        self.shards.rows.iter().map(of_rows).collect()
    }

    /// An upper bound of the largest eigenvalue of `(1/mᵢ) Σⱼ aⱼaⱼᵀ`.
    fn worker_largest_eigenvalue(&self, worker: usize) -> f64 {
        const FEW: usize = 64;
        let rows = self.rows(worker);
        let m = rows.len();
        if self.n_workers() <= FEW || m.min(self.n_features()) <= FEW {
            Gram::new(self.features(), rows, &vec![1.0 / m as f64; m]).spectrum().largest.upper
        } else {
            let trace = rows.map(|row| self.features().row_norm_squared(row)).sum::<f64>() / m as f64;
            trace * (1.0 + spectral::rounding(m + self.n_features()))
        }
    }

    /// ζ² is zero where all workers hold the same rows. Otherwise, with slopes bounded by s,
    /// `(1/n) Σ‖∇fᵢ − ∇f‖² ≤ (1/n) Σ‖∇dataᵢ‖² ≤ (1/n) Σᵢ ((s/mᵢ) Σⱼ ‖aⱼ‖)²`: a variance is at most a second moment.
    fn heterogeneity(&self, slope: Option<f64>) -> Option<f64> {
        if self.shards.rows.iter().all(|rows| *rows == self.shards.rows[0]) {
            return Some(0.0);
        }
        let slope = slope?;
        let squares = self.shards.rows.iter().map(|rows| {
            let norms: f64 = rows.clone().map(|row| self.features().row_norm_squared(row).sqrt()).sum();
            (slope * norms / rows.len() as f64).powi(2)
        });
        Some(squares.sum::<f64>() / self.n_workers() as f64)
    }
}

fn check_shape(objective: &'static str, shards: &Shards) -> Result<(), ObjectiveError> {
    let Dataset { name, features, labels, .. } = &shards.dataset;
    let n_rows = features.n_rows();
    let malformed = |defect: String| Err(ObjectiveError::Malformed { objective, dataset: name.clone(), defect });
    if features.n_columns() == 0 || n_rows == 0 {
        return malformed(format!(
            "has {n_rows} rows of {} features, needs at least one of each",
            features.n_columns()
        ));
    }
    if labels.len() != n_rows {
        return malformed(format!("has {} labels for {n_rows} rows", labels.len()));
    }
    let broken = |rows: &Range<usize>| rows.is_empty() || rows.end > n_rows;
    match shards.rows.iter().position(broken) {
        Some(worker) => {
            let Range { start, end } = shards.rows[worker];
            malformed(format!("gives worker {worker} the rows {start}..{end} of {n_rows}, needs at least one"))
        }
        None => Ok(()),
    }
}

fn check_labels(objective: &'static str, dataset: &Dataset, labels: Labels) -> Result<(), ObjectiveError> {
    let (expected, remedy, allowed): (_, _, fn(f64) -> bool) = match labels {
        Labels::Signs => (
            "-1 or 1",
            "map the labels to -1 and 1, or use `multinomial-logistic` for several classes, `least-squares` for numbers",
            |label| label.abs() == 1.0,
        ),
        Labels::Classes => (
            "a class 0, 1, 2, …",
            "number the classes from 0, or use `logistic` for labels ±1, `least-squares` for numbers",
            |label| label >= 0.0 && label.fract() == 0.0 && label < f64::from(u32::MAX),
        ),
        Labels::Numbers => ("a finite number", "remove the row", f64::is_finite),
    };
    match dataset.labels.iter().position(|&label| !allowed(label)) {
        Some(row) => Err(ObjectiveError::Label {
            objective,
            dataset: dataset.name.clone(),
            row,
            label: dataset.labels[row],
            expected,
            remedy,
        }),
        None => Ok(()),
    }
}
