//! Logistic regression for C classes (softmax), with L2 regularization.
//!
//! ```text
//! fᵢ(x) = (1/mᵢ) Σⱼ (log Σ_c exp⟨aⱼ, x_c⟩ − ⟨aⱼ, x_{bⱼ}⟩) + (λ/2)‖x‖²
//! ```
//!
//! Labels are 0, …, C − 1 with C one more than the greatest label; `x = (x_0, …, x_{C−1})` has length classes ×
//! features, class by class. The Hessian of the softmax is between 0 and 1/2 (Böhning 1992), so
//! `L = λ_max(Σᵢ (1/(n mᵢ)) Σⱼ aⱼaⱼᵀ)/2 + λ` and μ = λ; the gradient of a row is at most `√2 ‖aⱼ‖`.

use std::cell::RefCell;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finite_sum::{FiniteSum, Labels, LossBounds};
use super::regularizer::Regularizer;
use super::{Constants, Construction, Definition, Evaluation, Objective, ObjectiveError, Rows, add_over_workers};
use crate::dataset::{Dataset, Matrix};
use crate::registry::Described;
use crate::vector::Addition;

/// `fᵢ(x) = (1/mᵢ) Σⱼ (log Σ_c exp⟨aⱼ, x_c⟩ − ⟨aⱼ, x_{bⱼ}⟩) + (λ/2)‖x‖²`.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct MultinomialLogistic {
    /// λ ≥ 0.
    pub regularization: f64,
}

impl Described for MultinomialLogistic {
    const NAME: &'static str = "multinomial-logistic";
    const SUMMARY: &'static str = "softmax regression over rows labelled 0, 1, … with L2 regularization; convex";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = r#"{ name = "multinomial-logistic", regularization = 0.001 }"#;
}

impl Definition for MultinomialLogistic {
    fn construction(&self) -> Construction<'_> {
        Construction::OverRows(Box::new(|shards| {
            let regularizer = Regularizer::Ridge(self.regularization);
            let sum = FiniteSum::new(Self::NAME, shards, Labels::Classes, regularizer)?;
            let n_classes = sum.labels().iter().fold(0.0, |max: f64, &label| max.max(label)) as usize + 1;
            // Coordinates are numbered by u32.
            let holds = n_classes >= 2 && n_classes.saturating_mul(sum.n_features()) < u32::MAX as usize;
            let allowed = "2 ≤ classes and classes × features < 2³² − 1";
            ObjectiveError::check(Self::NAME, "classes (greatest label + 1)", n_classes as f64, allowed, holds)?;
            Ok(Box::new(Softmax { sum, n_classes }))
        }))
    }
}

#[derive(Debug)]
struct Softmax {
    sum: FiniteSum,
    n_classes: usize,
}

thread_local! {
    /// The margins of one row, one per class: without meaning between calls.
    static MARGINS: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
}

/// Replaces margins by probabilities `exp(z_c)/Σ exp(z_c)` and returns `log Σ exp(z_c)`.
fn softmax(margins: &mut [f64]) -> f64 {
    let max = margins.iter().fold(f64::NEG_INFINITY, |max, &margin| max.max(margin));
    let mut sum = 0.0;
    for margin in margins.iter_mut() {
        *margin = (*margin - max).exp();
        sum += *margin;
    }
    for margin in margins.iter_mut() {
        *margin /= sum;
    }
    max + sum.ln()
}

/// `⟨aⱼ, x_c⟩` for each class c.
fn write_margins(features: &Matrix, row: usize, x: &[f64], margins: &mut Vec<f64>) {
    margins.clear();
    margins.extend(x.chunks_exact(features.n_columns()).map(|x| features.row_dot(row, x)));
}

impl Softmax {
    fn label(&self, row: usize) -> usize {
        self.sum.labels()[row] as usize
    }

    fn write_margins(&self, row: usize, x: &[f64], margins: &mut Vec<f64>) {
        write_margins(self.sum.features(), row, x, margins);
    }

    /// Adds the gradient of a row and returns its value.
    fn add_row_gradient(&self, row: usize, x: &[f64], weight: f64, margins: &mut Vec<f64>, out: &mut [f64]) -> f64 {
        let features = self.sum.features();
        self.write_margins(row, x, margins);
        let own = margins[self.label(row)];
        let value = softmax(margins) - own;
        margins[self.label(row)] -= 1.0;
        for (slope, out) in margins.iter().zip(out.chunks_exact_mut(features.n_columns())) {
            features.add_row(row, weight * slope, out);
        }
        value
    }
}

impl Objective for Softmax {
    fn dim(&self) -> usize {
        self.n_classes * self.sum.n_features()
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
        let mut margins = Vec::with_capacity(self.n_classes);
        let values = rows.map(|row| {
            self.write_margins(row, x, &mut margins);
            let own = margins[self.label(row)];
            softmax(&mut margins) - own
        });
        values.sum::<f64>() / m
    }

    fn add_gradient(&self, worker: usize, rows: Rows<'_>, x: &[f64], weight: f64, out: &mut [f64]) {
        match rows {
            Rows::All => {
                self.add_gradient_and_value(worker, x, weight, out);
            }
            Rows::Only(batch) => {
                let (first, weight) = (self.sum.rows(worker).start, weight / batch.len() as f64);
                MARGINS.with_borrow_mut(|margins| {
                    for &row in batch {
                        self.add_row_gradient(first + row as usize, x, weight, margins, out);
                    }
                });
            }
        }
    }

    fn add_gradient_and_value(&self, worker: usize, x: &[f64], weight: f64, out: &mut [f64]) -> f64 {
        let own = self.sum.rows(worker);
        let m = own.len() as f64;
        let values = |margins: &mut Vec<f64>| {
            own.map(|row| self.add_row_gradient(row, x, weight / m, margins, out)).sum::<f64>()
        };
        MARGINS.with_borrow_mut(values) / m
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
        self.sum.check_classes(rows, self.n_classes)
    }

    fn evaluate(&self, rows: &Dataset, x: &[f64]) -> Option<Evaluation> {
        let m = rows.labels.len() as f64;
        let mut margins = Vec::with_capacity(self.n_classes);
        let (mut loss, mut found) = (0.0, 0.0);
        for (row, &label) in rows.labels.iter().enumerate() {
            write_margins(&rows.features, row, x, &mut margins);
            let own = margins[label as usize];
            // The first of the greatest, so that ties do not count as correct.
            let best = (1..margins.len()).fold(0, |best, c| if margins[c] > margins[best] { c } else { best });
            found += f64::from(u8::from(best == label as usize));
            loss += softmax(&mut margins) - own;
        }
        Some(Evaluation { loss: loss / m, accuracy: Some(found / m) })
    }

    fn constants(&self) -> Constants {
        self.sum.constants(LossBounds { curvature: (0.0, 0.5), slope: Some(std::f64::consts::SQRT_2) })
    }

    fn add_hessian_product(&self, x: &[f64], direction: &[f64], weight: f64, out: &mut [f64]) -> bool {
        let (features, n) = (self.sum.features(), self.n_workers());
        add_over_workers(n, out, |worker, sum| {
            let rows = self.sum.rows(worker);
            let weight = weight / (n as f64 * rows.len() as f64);
            let (mut probabilities, mut moves) = (Vec::new(), Vec::new());
            for row in rows {
                self.write_margins(row, x, &mut probabilities);
                softmax(&mut probabilities);
                self.write_margins(row, direction, &mut moves);
                let mean: f64 = probabilities.iter().zip(&moves).map(|(p, z)| p * z).sum();
                for ((p, z), out) in probabilities.iter().zip(&moves).zip(sum.chunks_exact_mut(features.n_columns())) {
                    features.add_row(row, weight * p * (z - mean), out);
                }
            }
        });
        self.sum.regularizer().add_hessian_product(x, direction, weight, out);
        true
    }

    fn self_concordance(&self) -> Option<f64> {
        // The third central moment of the classes' moves is at most their range, √2 of their norm, times the second.
        self.sum.self_concordance(std::f64::consts::SQRT_2)
    }

    fn cost_per_sample(&self) -> usize {
        2 * self.n_classes * self.sum.stored_per_row()
    }
}
