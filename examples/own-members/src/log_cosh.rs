//! Regression with the logarithm of the hyperbolic cosine, which is a square near zero and a distance far from it.
//!
//! ```text
//! fᵢ(x) = (1/mᵢ) Σⱼ log cosh(⟨aⱼ, x⟩ − bⱼ)
//! ```
//!
//! `(log cosh)' = tanh` and `0 ≤ (log cosh)'' ≤ 1`: f is convex, and the trace of the Gram matrix bounds L.
//! The third derivative is at most twice the second, so that a minimum can be proved although f is not strongly convex.

use gradsieve::dataset::Shards;
use gradsieve::objective::{Constants, Construction, Definition, Objective, Rows};
use gradsieve::registry::Described;

/// Regression with log cosh as the loss.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogCosh {}

impl Described for LogCosh {
    const NAME: &'static str = "log-cosh";
    const SUMMARY: &'static str = "regression with log cosh, a square near zero and a distance far from it; convex";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = r#"{ name = "log-cosh" }"#;
    const DOCUMENTATION: &'static str = include_str!("log_cosh.rs");
}

impl Definition for LogCosh {
    fn construction(&self) -> Construction<'_> {
        Construction::OverRows(Box::new(|shards| Ok(Box::new(Regression { shards }))))
    }
}

#[derive(Debug)]
struct Regression {
    shards: Shards,
}

impl Regression {
    /// `⟨aⱼ, x⟩ − bⱼ`.
    fn residual(&self, row: usize, x: &[f64]) -> f64 {
        self.shards.dataset.features.row_dot(row, x) - self.shards.dataset.labels[row]
    }
}

impl Objective for Regression {
    fn dim(&self) -> usize {
        self.shards.dataset.features.n_columns()
    }

    fn n_workers(&self) -> usize {
        self.shards.rows.len()
    }

    fn n_samples(&self, worker: usize) -> usize {
        self.shards.rows[worker].len()
    }

    fn worker_value(&self, worker: usize, x: &[f64]) -> f64 {
        // log cosh r = |r| + log((1 + exp(−2|r|))/2), which does not overflow.
        let loss = |r: f64| r.abs() + (-2.0 * r.abs()).exp().ln_1p() - std::f64::consts::LN_2;
        let rows = self.shards.rows[worker].clone();
        let n = rows.len() as f64;
        rows.map(|row| loss(self.residual(row, x))).sum::<f64>() / n
    }

    fn add_gradient(&self, worker: usize, rows: Rows<'_>, x: &[f64], weight: f64, out: &mut [f64]) {
        let own = self.shards.rows[worker].clone();
        let mut add = |row: usize, weight: f64| {
            self.shards.dataset.features.add_row(row, weight * self.residual(row, x).tanh(), out);
        };
        match rows {
            Rows::All => own.clone().for_each(|row| add(row, weight / own.len() as f64)),
            Rows::Only(rows) => rows.iter().for_each(|&j| add(own.start + j as usize, weight / rows.len() as f64)),
        }
    }

    fn constants(&self) -> Constants {
        let norm_squared = |row| self.shards.dataset.features.row_norm_squared(row);
        let mean = |rows: &std::ops::Range<usize>| rows.clone().map(norm_squared).sum::<f64>() / rows.len() as f64;
        let of_workers: Vec<f64> = self.shards.rows.iter().map(mean).collect();
        Constants {
            smoothness: Some(of_workers.iter().sum::<f64>() / of_workers.len() as f64),
            worker_smoothness: Some(of_workers),
            sample_smoothness: Some(
                self.shards.rows.iter().flat_map(Clone::clone).map(norm_squared).fold(0.0, f64::max),
            ),
            strong_convexity: Some(0.0),
            convex: true,
            ..Constants::default()
        }
    }

    fn self_concordance(&self) -> Option<f64> {
        let Shards { dataset, rows } = &self.shards;
        let norms = rows.iter().flat_map(Clone::clone).map(|row| dataset.features.row_norm_squared(row).sqrt());
        // Far from all labels the curvature at 0 drowns in rounding errors.
        let is_curved = dataset.labels.iter().all(|label| label.abs() < 10.0);
        is_curved.then(|| 2.0 * norms.fold(0.0, f64::max))
    }
}
