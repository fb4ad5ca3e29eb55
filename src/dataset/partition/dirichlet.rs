//! Each class shared in proportions that are drawn from a Dirichlet distribution.

use super::error::PartitionError;
use crate::dataset::Dataset;
use crate::random::{Purpose, Stream, Streams};
use crate::registry::Described;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, Exp1, Gamma};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rows of each class c, in random order, are cut in proportions over the workers
///
/// ```text
/// p_c ~ Dirichlet(α, …, α)
/// ```
///
/// so that small α gives a class to few workers and large α spreads it evenly. Parts have different sizes and can be
/// empty, which is an error.
///
/// Source: li2022federated, arXiv:2102.02079v4, Section IV-A ("distribution-based label imbalance").
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Dirichlet {
    /// α, from 10⁻⁶ to 10⁶.
    pub alpha: f64,
    /// Of the proportions and the order within classes.
    pub seed: u64,
}

impl Described for Dirichlet {
    const NAME: &'static str = "dirichlet";
    const SUMMARY: &'static str = "Each class in proportions drawn from Dirichlet(α): small α, different workers";
    const SOURCE: &'static str = "li2022federated, arXiv:2102.02079v4, Section IV-A";
    const EXAMPLE: &'static str = r#"{ name = "dirichlet", alpha = 0.5, seed = 1 }"#;
}

impl Dirichlet {
    /// The rows of each worker.
    pub(super) fn assign(&self, dataset: &Dataset, n_workers: usize) -> Result<Vec<Vec<u32>>, PartitionError> {
        let Self { alpha, seed } = *self;
        if !(1e-6..=1e6).contains(&alpha) {
            return Err(PartitionError::Alpha { alpha });
        }
        if dataset.n_classes().is_none() {
            return Err(PartitionError::NoClasses { name: dataset.name.clone() });
        }
        let mut order: Vec<u32> = (0..dataset.labels.len() as u32).collect();
        let label = |row: &u32| dataset.labels[*row as usize];
        order.sort_by(|i, j| label(i).total_cmp(&label(j)));
        let mut assigned = vec![Vec::new(); n_workers];
        for (class, rows) in order.chunk_by_mut(|i, j| label(i) == label(j)).enumerate() {
            let mut stream = Streams::new(seed).stream(Purpose::Partition, 0, 1 + class as u64);
            rows.shuffle(&mut stream);
            let mut cumulative = 0.0;
            let mut start = 0;
            let fractions = fractions(alpha, n_workers, &mut stream);
            for (worker, fraction) in fractions.iter().enumerate() {
                cumulative += fraction;
                let last = worker + 1 == n_workers;
                let end = if last { rows.len() } else { (cumulative * rows.len() as f64).round() as usize };
                let end = end.clamp(start, rows.len());
                assigned[worker].extend_from_slice(&rows[start..end]);
                start = end;
            }
        }
        match assigned.iter().position(Vec::is_empty) {
            Some(worker) => Err(PartitionError::EmptyShard { worker, n_workers, alpha, seed }),
            None => Ok(assigned),
        }
    }
}

/// A draw of Dirichlet(α, …, α): Gamma variables divided by their sum.
///
/// For small α all of them would be zero in double precision, so they are drawn by their logarithms:
/// Gamma(α) is distributed as `Gamma(α + 1) · U^{1/α}`.
fn fractions(alpha: f64, n: usize, stream: &mut Stream) -> Vec<f64> {
    let logarithms: Vec<f64> = (0..n)
        .map(|_| {
            // α + 1 is at least one, for which the distribution exists.
            let gamma = Gamma::new(alpha + 1.0, 1.0).map_or(1.0, |gamma| gamma.sample(stream));
            let exponential: f64 = Exp1.sample(stream);
            gamma.ln() - exponential / alpha
        })
        .collect();
    let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logarithms.iter().map(|logarithm| (logarithm - largest).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}
