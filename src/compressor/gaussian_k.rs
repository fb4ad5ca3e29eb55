//! Gaussian_k as the paper states it (not compared with the printed text): a threshold from a normal fit instead of a
//! selection.
//!
//! ```text
//! threshold ← μ + σ Φ⁻¹(1 − k/d)                 one-sided; μ, σ: mean and standard deviation of the entries
//! repeat 4 times:
//!     n ← #{ j : |xⱼ| > threshold }
//!     n < 2k/3: threshold ← threshold / 2;   n > 4k/3: threshold ← 1.5 · threshold;   else stop
//! C(x)ⱼ = xⱼ where |xⱼ| > threshold, else 0      the mask is taken after the loop
//! ```
//!
//! The paper's released code is another operator, the member `gaussian-k-code`. The differences are exactly these:
//! - the quantile: `Φ⁻¹(1 − k/d)` here; `−Φ⁻¹(k/(2d))`, two-sided, there. On centered normal entries the first keeps
//!   about 2k entries before any correction, the second k;
//! - the loop: at most 4 counts here, 3 there;
//! - the mask: taken again with the last threshold here; there the last one counted is sent, so that a threshold
//!   changed in the third pass is never applied.
//!
//! Common to both: σ divides by d − 1 (the paper does not say), both compare |xⱼ| with a threshold that holds the
//! sign of μ, and the count may end far from k or at zero. So no inequality holds for every x: [`Guarantee::None`](super::Guarantee::None).
//! The listing of the paper (four passes, the mask behind the loop) is from memory of its Algorithm 1.

use super::selector::{Entries, Selector};
use super::{Call, Counts, Randomness, Sparsity};
use crate::registry::Described;
use crate::vector::{NotFinite, sum_of};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, Normal};

/// Keeps about k entries by the threshold of a normal fit, as the paper states it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GaussianK {
    /// Coordinates aimed at: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for GaussianK {
    const NAME: &'static str = "gaussian-k";
    const SUMMARY: &'static str = "keeps about k entries by the one-sided threshold of a normal fit, as in the paper";
    const SOURCE: &'static str = "shi2019understanding, arXiv:1911.08772, Algorithm 1";
    const EXAMPLE: &'static str = r#"{ name = "gaussian-k", k = 5 }"#;
}

impl Selector for GaussianK {
    fn k(&self) -> &Sparsity {
        &self.k
    }

    fn select(&self, x: Entries<'_>, k: usize, _call: &mut Call<'_>, selected: &mut Vec<u32>) -> Result<(), NotFinite> {
        const PASSES: usize = 4;
        let (mean, deviation) = mean_and_deviation(x)?;
        let mut threshold = normal_quantile(mean, deviation, k as f64 / x.len() as f64);
        x.above(threshold, selected)?;
        for _ in 0..PASSES {
            let Some(factor) = correction(selected.len(), k) else { break };
            threshold *= factor;
            x.above(threshold, selected)?;
        }
        Ok(())
    }

    fn randomness(&self, _counts: &Counts) -> Randomness {
        Randomness::None
    }
}

/// The mean of the entries, and their standard deviation, which divides by d − 1 and is 0 for d = 1.
pub(super) fn mean_and_deviation(x: Entries<'_>) -> Result<(f64, f64), NotFinite> {
    let mean = x.mean()?;
    let squares = sum_of(x.pass(), |v| (v - mean) * (v - mean));
    let deviation = if x.len() > 1 { (squares / (x.len() as f64 - 1.0)).sqrt() } else { 0.0 };
    Ok((mean, deviation))
}

/// `μ + σ Φ⁻¹(1 − p)`; the mean where nothing deviates, whatever p (0 · ∞ is not a number), and −∞ for p = 1.
pub(super) fn normal_quantile(mean: f64, deviation: f64, p: f64) -> f64 {
    if deviation == 0.0 { mean } else { mean + deviation * upper_quantile(p) }
}

/// `Φ⁻¹(1 − p)`, `−∞` for p = 1.
pub(super) fn upper_quantile(p: f64) -> f64 {
    -Normal::standard().inverse_cdf(p)
}

/// What the threshold is multiplied with when it kept `n` entries; nothing when 2k/3 ≤ n ≤ 4k/3.
pub(super) fn correction(n: usize, k: usize) -> Option<f64> {
    if 3 * n < 2 * k {
        Some(0.5)
    } else if 3 * n > 4 * k {
        Some(1.5)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sided_normal_thresholds_are_the_tabulated_ones() {
        // t with P(|N(0, 1)| > t) = κ, from an independent implementation of the inverse survival function.
        for (kappa, golden) in [
            (0.0001, 3.890_591_886_413_094),
            (0.001, 3.290_526_731_491_894_5),
            (0.01, 2.575_829_303_548_901),
            (0.05, 1.959_963_984_540_054_5),
            (0.1, 1.644_853_626_951_472_9),
            (0.5, 0.674_489_750_196_081_7),
            (0.9, 0.125_661_346_855_074_02),
        ] {
            let t: f64 = upper_quantile(kappa / 2.0);
            // The quantile function is good to about ten digits.
            assert!((t / golden - 1.0).abs() < 1e-9, "κ = {kappa}: {t}");
        }
        assert_eq!(upper_quantile(1.0), f64::NEG_INFINITY);
    }
}
