//! Objectives whose terms depend on x through one margin: `dataᵢⱼ(x) = ϕ(⟨aⱼ, x⟩, bⱼ)`.
//!
//! A gradient is a margin, a slope and a scatter per row: it touches the row's entries only. The model does not know
//! which loss ϕ it carries.

use std::fmt::Debug;

use super::finite_sum::{FiniteSum, Labels, LossBounds};
use super::spectral::add_outer_product;
use super::{Constants, Evaluation, Objective, ObjectiveError, Rows, add_over_workers};
use crate::dataset::Dataset;
use crate::vector::Addition;

/// A scalar loss `ϕ(z, b)` of the margin z and the label b, never negative.
pub(super) trait Loss: Send + Sync + Debug {
    /// `ϕ`.
    fn value(&self, margin: f64, label: f64) -> f64;
    /// `∂ϕ/∂z`.
    fn slope(&self, margin: f64, label: f64) -> f64;
    /// Both, to the same bits; together where they share work.
    fn value_and_slope(&self, margin: f64, label: f64) -> (f64, f64) {
        (self.value(margin, label), self.slope(margin, label))
    }
    /// `∂²ϕ/∂z²`.
    fn curvature(&self, margin: f64, label: f64) -> f64;
    /// Bounds of the two over all margins and labels.
    fn bounds(&self) -> LossBounds;
    /// The least c with `|∂³ϕ/∂z³| ≤ c ∂²ϕ/∂z²`, where there is one.
    fn self_concordance(&self) -> Option<f64> {
        None
    }
}

/// `fᵢ(x) = (1/mᵢ) Σⱼ ϕ(⟨aⱼ, x⟩, bⱼ) + regularizer(x)`.
#[derive(Debug)]
pub(super) struct LinearModel<L> {
    pub(super) sum: FiniteSum,
    pub(super) loss: L,
}

impl<L: Loss> LinearModel<L> {
    /// Adds the gradient of all rows of a worker, whose slopes `slope` tells by margin and label, in the order of the rows.
    #[inline]
    fn add_whole_gradient(
        &self,
        worker: usize,
        x: &[f64],
        weight: f64,
        out: &mut [f64],
        mut slope: impl FnMut(f64, f64) -> f64,
    ) {
        let own = self.sum.rows(worker);
        let weight = weight / own.len() as f64;
        let features = self.sum.features();
        let labels = &self.sum.labels()[own.clone()];
        let mut weights =
            features.row_dots(own.clone(), x).zip(labels).map(|(margin, &label)| weight * slope(margin, label));
        let columns = self.sum.columns(worker);
        if columns.is_empty() {
            own.zip(weights).for_each(|(row, weight)| features.add_row(row, weight, out));
        } else {
            for part in columns {
                part.add_to(&mut weights, out);
            }
        }
    }
}

impl<L: Loss> Objective for LinearModel<L> {
    fn dim(&self) -> usize {
        self.sum.n_features()
    }

    fn n_workers(&self) -> usize {
        self.sum.n_workers()
    }

    fn n_samples(&self, worker: usize) -> usize {
        self.sum.rows(worker).len()
    }

    fn worker_value(&self, worker: usize, x: &[f64]) -> f64 {
        let rows = self.sum.rows(worker);
        let m = rows.len() as f64;
        let labels = &self.sum.labels()[rows.clone()];
        let margins = self.sum.features().row_dots(rows, x);
        margins.zip(labels).map(|(margin, &label)| self.loss.value(margin, label)).sum::<f64>() / m
    }

    fn add_gradient(&self, worker: usize, rows: Rows<'_>, x: &[f64], weight: f64, out: &mut [f64]) {
        match rows {
            Rows::All => {
                self.add_whole_gradient(worker, x, weight, out, |margin, label| self.loss.slope(margin, label));
            }
            Rows::Only(batch) => {
                let (features, labels) = (self.sum.features(), self.sum.labels());
                let (first, weight) = (self.sum.rows(worker).start, weight / batch.len() as f64);
                for (place, row) in batch.iter().map(|&row| first + row as usize).enumerate() {
                    if let Some(&next) = batch.get(place + 1) {
                        features.prefetch_row(first + next as usize);
                    }
                    let slope = self.loss.slope(features.row_dot(row, x), labels[row]);
                    features.add_row(row, weight * slope, out);
                }
            }
        }
    }

    fn add_gradient_and_value(&self, worker: usize, x: &[f64], weight: f64, out: &mut [f64]) -> f64 {
        let mut sum = 0.0;
        self.add_whole_gradient(worker, x, weight, out, |margin, label| {
            let (value, slope) = self.loss.value_and_slope(margin, label);
            sum += value;
            slope
        });
        sum / self.sum.rows(worker).len() as f64
    }

    fn shared_value(&self, x: &[f64]) -> f64 {
        self.sum.regularizer().value(x)
    }

    fn add_shared_gradient(&self, x: &[f64], weight: f64, out: &mut [f64]) -> bool {
        self.sum.regularizer().add_gradient(x, weight, out)
    }

    fn shared_gradient<'a>(&self, x: &'a [f64], buffer: &'a mut [f64]) -> Option<Addition<'a>> {
        self.sum.regularizer().gradient(x, buffer)
    }

    fn check_rows(&self, rows: &Dataset) -> Result<(), ObjectiveError> {
        self.sum.check_rows(rows)
    }

    fn evaluate(&self, rows: &Dataset, x: &[f64]) -> Option<Evaluation> {
        let m = rows.labels.len() as f64;
        let (mut loss, mut found) = (0.0, 0.0);
        let margins = rows.features.row_dots(0..rows.labels.len(), x);
        for (&label, margin) in rows.labels.iter().zip(margins) {
            loss += self.loss.value(margin, label);
            found += f64::from(u8::from(margin * label > 0.0));
        }
        let accuracy = (self.sum.kind() == Labels::Signs).then_some(found / m);
        Some(Evaluation { loss: loss / m, accuracy })
    }

    fn constants(&self) -> Constants {
        self.sum.constants(self.loss.bounds())
    }

    fn add_hessian_product(&self, x: &[f64], direction: &[f64], weight: f64, out: &mut [f64]) -> bool {
        let (features, labels, n) = (self.sum.features(), self.sum.labels(), self.n_workers());
        add_over_workers(n, out, |worker, sum| {
            let rows = self.sum.rows(worker);
            let weight = weight / (n as f64 * rows.len() as f64);
            for row in rows {
                let curvature = self.loss.curvature(features.row_dot(row, x), labels[row]);
                features.add_row(row, weight * curvature * features.row_dot(row, direction), sum);
            }
        });
        self.sum.regularizer().add_hessian_product(x, direction, weight, out);
        true
    }

    fn add_hessian(&self, x: &[f64], weight: f64, out: &mut [f64]) -> bool {
        let (features, labels, n, dim) = (self.sum.features(), self.sum.labels(), self.n_workers(), self.dim());
        add_over_workers(n, out, |worker, sum| {
            let rows = self.sum.rows(worker);
            let weight = weight / (n as f64 * rows.len() as f64);
            for row in rows {
                let curvature = self.loss.curvature(features.row_dot(row, x), labels[row]);
                add_outer_product(features, row, weight * curvature, sum);
            }
        });
        // The regularizer is separable: its Hessian is diagonal, and the product with 1 is that diagonal.
        let mut diagonal = vec![0.0; dim];
        self.sum.regularizer().add_hessian_product(x, &vec![1.0; dim], weight, &mut diagonal);
        for (j, value) in diagonal.into_iter().enumerate() {
            out[j * dim + j] += value;
        }
        true
    }

    fn self_concordance(&self) -> Option<f64> {
        self.sum.self_concordance(self.loss.self_concordance()?)
    }

    fn cost_per_sample(&self) -> usize {
        2 * self.sum.stored_per_row()
    }
}
