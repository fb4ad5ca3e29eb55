//! The objective that a network is: cross-entropy over the rows of every worker, with gradients by automatic
//! differentiation.
//!
//! A gradient is computed on one thread, so that its bits do not depend on how many there are; workers are what runs in
//! parallel. It does not know any architecture.

use burn_tensor::activation::log_softmax;
use burn_tensor::{Int, TensorData};

use super::choice::Precision;
use super::pass::{Aim, Parameter, Pass, Statistics, Tensor};
use crate::dataset::{Dataset, Shards};
use crate::objective::finite_sum::{FiniteSum, Labels};
use crate::objective::regularizer::Regularizer;
use crate::objective::{Constants, Evaluation, Layer, Objective, ObjectiveError, Rows};
use crate::random::{Purpose, Streams};
use rayon::prelude::*;
use std::ops::Range;

/// Rows of one pass where all of a worker are requested: it bounds the memory for what is between the layers.
const ROWS_AT_ONCE: usize = 256;

/// Training rows whose statistics represent all of them where other rows are evaluated.
const ROWS_OF_STATISTICS: usize = 512;

/// A network: the map from rows to scores.
pub(in crate::objective) trait Architecture: Send + Sync + std::fmt::Debug {
    /// The keys that all networks have.
    fn setup(&self) -> Setup;

    /// Refuses parameters out of their range, and rows that it cannot take.
    fn check(&self, n_features: usize) -> Result<(), ObjectiveError>;

    /// One score per class for every row of `rows`.
    fn scores(&self, pass: &mut Pass<'_>, rows: Tensor<2>, n_classes: usize) -> Tensor<2>;
}

/// The keys that all networks have.
#[derive(Debug, Clone, Copy)]
pub(in crate::objective) struct Setup {
    pub(in crate::objective) regularization: f64,
    pub(in crate::objective) precision: Precision,
    /// Where rows are sequences of tokens, each of which predicts the next, and the last one the label.
    pub(in crate::objective) tokens: Option<Tokens>,
}

/// Rows that are sequences of tokens.
#[derive(Debug, Clone, Copy)]
pub(in crate::objective) struct Tokens {
    /// V: tokens are 0, …, V − 1.
    pub(in crate::objective) vocabulary: usize,
}

/// A network over the rows of every worker.
#[derive(Debug)]
pub(super) struct Network<A> {
    objective: &'static str,
    architecture: A,
    sum: FiniteSum,
    n_classes: usize,
    parameters: Vec<Parameter>,
    /// Whether a row's scores depend on the rows that are passed with it.
    normalizes: bool,
}

impl<A: Architecture> Network<A> {
    pub(super) fn new(objective: &'static str, architecture: A, shards: Shards) -> Result<Self, ObjectiveError> {
        let Setup { regularization, precision, tokens } = architecture.setup();
        let sum = FiniteSum::new(objective, shards, Labels::Classes, Regularizer::Ridge(regularization))?;
        architecture.check(sum.n_features())?;
        let n_classes = match tokens {
            Some(tokens) => tokens.vocabulary,
            None => sum.labels().iter().fold(0.0, |max: f64, &label| max.max(label)) as usize + 1,
        };
        ObjectiveError::check(
            objective,
            "classes (greatest label + 1)",
            n_classes as f64,
            "at least 2",
            n_classes > 1,
        )?;
        let mut pass = Pass::learning(precision);
        let row = pass.tensor(vec![0.0; sum.n_features()], [1, sum.n_features()]);
        architecture.scores(&mut pass, row, n_classes);
        let (parameters, normalizes) = pass.into_learnt();
        let network = Self { objective, architecture, sum, n_classes, parameters, normalizes };
        network.check_rows(network.sum.dataset())?;
        // Coordinates are numbered by u32.
        let dim = network.dim();
        ObjectiveError::check(objective, "dimension", dim as f64, "below 2³² − 1", dim < u32::MAX as usize)?;
        Ok(network)
    }

    fn pass<'a>(&self, aim: Aim, x: &'a [f64]) -> Pass<'a> {
        Pass::new(aim, self.architecture.setup().precision, x)
    }

    /// Passes these rows through the network.
    fn scored(&self, pass: &mut Pass<'_>, dataset: &Dataset, rows: impl ExactSizeIterator<Item = usize>) -> Scored {
        let (n, n_features) = (rows.len(), dataset.features.n_columns());
        let mut features = vec![0.0; n * n_features];
        let mut labels = Vec::with_capacity(n);
        for (row, features) in rows.zip(features.chunks_exact_mut(n_features)) {
            dataset.features.row(row).for_each(|(j, a)| features[j] = a);
            if self.architecture.setup().tokens.is_some() {
                labels.extend(features[1..].iter().map(|token| *token as i64));
            }
            labels.push(dataset.labels[row] as i64);
        }
        let features = pass.tensor(features, [n, n_features]);
        let n_labels = labels.len();
        let labels = Tensor::from_data(TensorData::new(labels, [n_labels, 1]), pass.device());
        Scored { scores: self.architecture.scores(pass, features, self.n_classes), labels }
    }

    /// What normalizations know of the training, at this x.
    fn statistics(&self, x: &[f64]) -> Statistics {
        let own = self.sum.dataset();
        let every = own.labels.len().div_ceil(ROWS_OF_STATISTICS);
        let mut pass = self.pass(Aim::Values, x);
        self.scored(&mut pass, own, (0..own.labels.len()).step_by(every));
        pass.into_statistics()
    }

    /// Adds the gradient of the mean loss of these rows.
    fn add_batch_gradient(&self, rows: impl ExactSizeIterator<Item = usize>, x: &[f64], weight: f64, out: &mut [f64]) {
        let mut pass = self.pass(Aim::Gradients, x);
        let loss = self.scored(&mut pass, self.sum.dataset(), rows).mean_loss();
        pass.add_gradients(loss.backward(), weight, out);
    }
}

/// Rows with the scores of their classes; of a sequence, every place of it.
struct Scored {
    /// [labels, classes].
    scores: Tensor<2>,
    /// [labels, 1].
    labels: Tensor<2, Int>,
}

impl Scored {
    fn n(&self) -> usize {
        self.labels.dims()[0]
    }

    /// The cross-entropy, `log Σ_c exp score_c − score_b`, its mean over the rows.
    fn mean_loss(&self) -> Tensor<1> {
        log_softmax(self.scores.clone(), 1).gather(1, self.labels.clone()).mean().neg()
    }

    /// How many labels have the greatest score.
    fn n_found(&self) -> f64 {
        number(self.scores.clone().argmax(1).equal(self.labels.clone()).int().sum().float())
    }
}

/// The number in a tensor of one.
fn number(tensor: Tensor<1>) -> f64 {
    tensor.into_scalar::<f64>()
}

/// Consecutive groups of at most [`ROWS_AT_ONCE`] rows.
fn groups(rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = rows.end;
    rows.step_by(ROWS_AT_ONCE).map(move |start| start..end.min(start + ROWS_AT_ONCE))
}

impl<A: Architecture> Objective for Network<A> {
    fn dim(&self) -> usize {
        self.parameters.iter().map(|parameter| parameter.len).sum()
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
        let losses = groups(rows).map(|rows| {
            let weight = rows.len() as f64 / m;
            weight * number(self.scored(&mut self.pass(Aim::Values, x), self.sum.dataset(), rows).mean_loss())
        });
        losses.sum()
    }

    fn add_gradient(&self, worker: usize, rows: Rows<'_>, x: &[f64], weight: f64, out: &mut [f64]) {
        let own = self.sum.rows(worker);
        match rows {
            Rows::All => {
                let weight = weight / own.len() as f64;
                groups(own).for_each(|rows| {
                    let weight = weight * rows.len() as f64;
                    self.add_batch_gradient(rows, x, weight, out);
                });
            }
            Rows::Only(batch) => {
                self.add_batch_gradient(batch.iter().map(|row| own.start + *row as usize), x, weight, out);
            }
        }
    }

    fn shared_value(&self, x: &[f64]) -> f64 {
        self.sum.regularizer().value(x)
    }

    fn add_shared_gradient(&self, x: &[f64], weight: f64, out: &mut [f64]) -> bool {
        self.sum.regularizer().add_gradient(x, weight, out)
    }

    fn layers(&self) -> Vec<Layer> {
        let mut layers: Vec<Layer> = Vec::new();
        for Parameter { layer, len, .. } in &self.parameters {
            match layers.last_mut().filter(|last| last.name == *layer) {
                Some(last) => last.len += len,
                None => layers.push(Layer { name: layer.clone(), len: *len }),
            }
        }
        layers
    }

    fn initial(&self, seed: u64) -> Option<Vec<f64>> {
        let mut stream = Streams::new(seed).shared(Purpose::Initialization, 0);
        let mut x = Vec::with_capacity(self.dim());
        self.parameters.iter().for_each(|parameter| parameter.extend_initial(&mut stream, &mut x));
        Some(x)
    }

    fn check_rows(&self, rows: &Dataset) -> Result<(), ObjectiveError> {
        self.sum.check_classes(rows, self.n_classes)?;
        let is_token = |token: f64| token >= 0.0 && token.fract() == 0.0 && token < self.n_classes as f64;
        let all = || (0..rows.features.n_rows()).flat_map(|row| rows.features.row(row).map(|(_, token)| token));
        match self.architecture.setup().tokens.and_then(|_| all().find(|token| !is_token(*token))) {
            None => Ok(()),
            Some(token) => Err(ObjectiveError::Malformed {
                objective: self.objective,
                dataset: rows.name.clone(),
                defect: format!(
                    "has the number {token}, which is not a token 0, …, {}: name a text, unscaled, and a vocabulary that \
                     holds all of it",
                    self.n_classes - 1
                ),
            }),
        }
    }

    fn evaluate(&self, rows: &Dataset, x: &[f64]) -> Option<Evaluation> {
        let statistics = if self.normalizes { self.statistics(x) } else { Vec::new() };
        let groups: Vec<Range<usize>> = groups(0..rows.labels.len()).collect();
        let sums: Vec<[f64; 3]> = groups
            .into_par_iter()
            .map(|group| {
                let mut pass = self.pass(Aim::Values, x).with_statistics(statistics.clone());
                let scored = self.scored(&mut pass, rows, group);
                let n = scored.n() as f64;
                [n, n * number(scored.mean_loss()), scored.n_found()]
            })
            .collect();
        let [n, loss, found] = [0, 1, 2].map(|part| sums.iter().map(|sum| sum[part]).sum::<f64>());
        Some(Evaluation { loss: loss / n, accuracy: Some(found / n) })
    }

    /// Nothing is proved.
    fn constants(&self) -> Constants {
        Constants::default()
    }

    fn cost_per_sample(&self) -> usize {
        // Forward, and backward twice: at least once for every parameter.
        3 * self.dim()
    }
}
