//! With a cost per packet, the best k fills its packets.
//!
//! Hypotheses: top-k on the vector, α(k) the kept fraction of its squared norm; cost c₁⌈k/τ⌉ + c₀ of k coordinates, c₁ >
//! 0, c₀ ≥ 0.
//!
//! ```text
//! α(k)/(c₁⌈k/τ⌉ + c₀) ≤ max over k' ∈ {τ, 2τ, …, d} of α(k')/(c₁⌈k'/τ⌉ + c₀) for every k
//! ```
//!
//! Upper bound, tight: attained at the best multiple of τ, or at d.
//!
//! Notation: the paper writes T for k. The rule of the first drop, K5, is wrong here: it stops at the first packet.
//!
//! Proof: between multiples of τ the cost is constant and α increases.
//!
//! Source: khirirat2020flexible, arXiv:2003.06377, the packet model; proof ours

use super::k5_efficiency_affine::kept_fractions;
use crate::theory::prelude::*;

const NEEDS: [Q; 3] = [Q::CostPerUnit, Q::CostFixed, Q::PacketCoordinates];

/// K5': see the module.
#[derive(Debug)]
pub struct EfficiencyPackets;

impl Bound for EfficiencyPackets {
    fn about(&self) -> &'static About {
        &About {
            id: "K5'",
            provenance: Provenance::Derived,
            kind: Kind::Step,
            left: Named("α(k)/(c₁⌈k/τ⌉ + c₀), for every k"),
            sense: Sense::Upper,
            step_size: StepSizeRule::Free,
            needs: &NEEDS,
            sequences: &[Sequence::Vector],
        }
    }

    fn value(&self, s: &Setting, _round: usize) -> Result<f64, NotApplicable> {
        let [unit, fixed, packet] = s.values(NEEDS)?;
        let fractions = kept_fractions(s.vector()?);
        let full = fractions.chunks(packet as usize).enumerate().filter_map(|(index, chunk)| {
            let fraction = chunk.last()?;
            Some(fraction / (unit * (index + 1) as f64 + fixed))
        });
        Ok(full.fold(0.0, f64::max))
    }
}
