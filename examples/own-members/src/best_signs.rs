//! Best signs: the signs of the T largest entries, T ≤ k chosen so that the least is lost.
//!
//! ```text
//! C(x)ⱼ = (S_T/T) sign(xⱼ) for the T largest |xⱼ|, else 0;    S_T = the sum of the T largest magnitudes
//! ‖C(x) − x‖² = ‖x‖² − S_T²/T,  least over T ≤ k              δ = 1/(Σ_{t ≤ k} (√t − √(t − 1))² + (d − k)/k)
//! ```
//!
//! C(x) is the projection of x onto the signs that it sends. For δ let M be the largest S_T²/T: then `S_T ≤ √(MT)` for
//! every T ≤ k, so that the k largest magnitudes are weakly majorized by `√M (√t − √(t − 1))`, and none of the others is
//! above `S_k/k ≤ √(M/k)`. The sum grows as (ln k)/4: with k = d, δ falls far more slowly than the 1/d of the sign of
//! all entries.

use gradsieve::compressor::{
    Build, Call, Compressor, CompressorError, Counts, Guarantee, Message, Randomness, Sparsity,
};
use gradsieve::registry::Described;
use gradsieve::vector::{NotFinite, check_finite};

/// Sends the signs of at most k entries and their mean magnitude.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BestSigns {
    /// The most coordinates that are sent: a count, a density, or one per block.
    pub k: Sparsity,
}

impl Described for BestSigns {
    const NAME: &'static str = "best-signs";
    const SUMMARY: &'static str = "sends the signs of the T largest entries, T ≤ k chosen so that the least is lost";
    const SOURCE: &'static str = "this project";
    const EXAMPLE: &'static str = r#"{ name = "best-signs", k = 5 }"#;
    const DOCUMENTATION: &'static str = include_str!("best_signs.rs");
}

impl Build for BestSigns {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        Ok(Box::new(Operator { counts: self.k.resolve(blocks)? }))
    }
}

#[derive(Debug)]
struct Operator {
    counts: Counts,
}

impl Compressor for Operator {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        check_finite(x)?;
        let magnitude = |j: u32| x[j as usize].abs();
        let order = &mut call.scratch.indices;
        order.clear();
        order.extend((0..x.len() as u32).filter(|&j| magnitude(j) > 0.0));
        order.sort_by(|&a, &b| magnitude(b).total_cmp(&magnitude(a)));
        order.truncate(self.counts.k(call.block));
        let (mut sum, mut best, mut kept, mut scale) = (0.0, 0.0, 0, 0.0);
        for (t, &j) in (1..).zip(order.iter()) {
            sum += magnitude(j);
            if sum / f64::from(t).sqrt() > best {
                (best, kept, scale) = (sum / f64::from(t).sqrt(), t as usize, sum / f64::from(t));
            }
        }
        order.truncate(kept);
        order.sort_unstable();
        let (indices, negative) = message.sparse_signs(x.len(), scale);
        indices.extend_from_slice(order);
        negative.extend(order.iter().map(|&j| x[j as usize] < 0.0));
        Ok(())
    }

    fn randomness(&self) -> Randomness {
        Randomness::None
    }

    fn is_projection(&self) -> bool {
        false
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        let of_block = |(k, dim): (usize, usize)| {
            let head: f64 = (1..=k).map(|t| ((t as f64).sqrt() - (t as f64 - 1.0).sqrt()).powi(2)).sum();
            1.0 / (head + (dim - k) as f64 / k as f64)
        };
        Guarantee::Contractive { delta: self.counts.iter().map(of_block).fold(1.0, f64::min) }
    }

    fn most_entries(&self, block: usize, _dim: usize) -> usize {
        self.counts.k(block)
    }
}
