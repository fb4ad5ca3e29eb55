//! Three quadratics on which Top-1 without memory diverges for every step size.
//!
//! ```text
//! fᵢ(x) = ⟨aᵢ, x⟩² + ‖x‖²/4,   a = (−3, 2, 2), (2, −3, 2), (2, 2, −3),   d = n = 3
//! ```
//!
//! At x = s(1, 1, 1) each worker's largest entry is its own coordinate, −11s/2, so compressed gradient descent with
//! Top-1 goes to `(1 + 11γ/6) x`, away from the minimizer 0: exactly, in every round. `Σ aᵢaᵢᵀ` has the eigenvalues
//! 25, 25, 1, hence L = 103/6, μ = 7/6; Lᵢ = 2‖aᵢ‖² + 1/2 = 69/2.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Constants, Construction, Definition, Objective, ObjectiveError, Rows};
use crate::registry::Described;
use crate::vector;

/// `fᵢ(x) = ⟨aᵢ, x⟩² + ‖x‖²/4` for three workers in three dimensions.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct DivergingQuadratics {}

impl Described for DivergingQuadratics {
    const NAME: &'static str = "diverging-quadratics";
    const SUMMARY: &'static str = "three quadratics in R³ on which Top-1 without memory diverges from (1, 1, 1)";
    const SOURCE: &'static str = "beznosikov2020biased, arXiv:2002.12410, Example 1";
    const EXAMPLE: &'static str = r#"{ name = "diverging-quadratics" }"#;
}

impl Definition for DivergingQuadratics {
    fn construction(&self) -> Construction<'_> {
        Construction::Synthetic(Box::new(|n_workers| match n_workers {
            3 => Ok(Box::new(ThreeQuadratics)),
            _ => Err(ObjectiveError::Workers { objective: Self::NAME, n_workers, allowed: "exactly 3".to_owned() }),
        }))
    }
}

const A: [[f64; 3]; 3] = [[-3.0, 2.0, 2.0], [2.0, -3.0, 2.0], [2.0, 2.0, -3.0]];

#[derive(Debug)]
struct ThreeQuadratics;

impl Objective for ThreeQuadratics {
    fn dim(&self) -> usize {
        3
    }

    fn n_workers(&self) -> usize {
        3
    }

    fn n_samples(&self, _worker: usize) -> usize {
        0
    }

    fn worker_value(&self, worker: usize, x: &[f64]) -> f64 {
        vector::dot(&A[worker], x).powi(2)
    }

    fn add_gradient(&self, worker: usize, _rows: Rows<'_>, x: &[f64], weight: f64, out: &mut [f64]) {
        vector::add_scaled(weight * 2.0 * vector::dot(&A[worker], x), &A[worker], out);
    }

    fn shared_value(&self, x: &[f64]) -> f64 {
        0.25 * vector::norm_squared(x)
    }

    fn add_shared_gradient(&self, x: &[f64], weight: f64, out: &mut [f64]) -> bool {
        vector::add_scaled(0.5 * weight, x, out);
        true
    }

    fn constants(&self) -> Constants {
        Constants {
            smoothness: Some(103.0 / 6.0),
            worker_smoothness: Some(vec![34.5; 3]),
            sample_smoothness: Some(34.5),
            sampling_variance: Some(vec![0.0; 3]),
            strong_convexity: Some(7.0 / 6.0),
            minimum: Some(0.0),
            minimizer: Some(vec![0.0; 3]),
            noise_variance: Some(0.0),
            heterogeneity: None,
            convex: true,
        }
    }

    fn add_hessian_product(&self, _x: &[f64], direction: &[f64], weight: f64, out: &mut [f64]) -> bool {
        for a in &A {
            vector::add_scaled(weight * 2.0 / 3.0 * vector::dot(a, direction), a, out);
        }
        vector::add_scaled(0.5 * weight, direction, out);
        true
    }
}
