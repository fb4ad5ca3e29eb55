//! What an operator says of itself besides its inequality, as plain data that theorems are matched with.
//!
//! It knows no theorem. `conformance` checks every answer against what the operator does.

/// Where the randomness of an operator comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Randomness {
    /// Nowhere: C(x) is a function of x, and of what earlier calls left.
    None,
    /// Every worker draws for itself: given their vectors, the messages of different workers are independent.
    Own,
    /// All workers share what is drawn in a round: equal vectors give equal messages.
    Shared,
    /// Partly own, partly shared: messages of different workers are neither equal nor independent.
    Mixed,
}

impl Randomness {
    /// That of two operations of which each draws on its own account.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, one) | (one, Self::None) => one,
            (one, same) if one == same => one,
            _ => Self::Mixed,
        }
    }

    /// Whether anything is drawn.
    #[must_use]
    pub fn is_random(self) -> bool {
        self != Self::None
    }

    /// Whether, given their vectors, the messages of different workers are independent.
    #[must_use]
    pub fn is_independent(self) -> bool {
        matches!(self, Self::None | Self::Own)
    }
}

/// How an operator chooses the coordinates that it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selection {
    /// Those of the largest magnitudes, however many: no entry that is dropped exceeds one that is sent.
    Largest,
    /// A set drawn uniformly among those of its size, whatever x; all entries are sent times the same number.
    Uniform,
    /// All of at least a magnitude that does not depend on x: [`Parameter::Threshold`].
    Threshold,
}

/// A constant of an operator that appears in theorems.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Parameter {
    /// s, the steps between zero and the norm.
    Levels(u32),
    /// λ, the least magnitude that is sent.
    Threshold(f64),
    /// The cost `per_unit · units(n) + fixed` of n coordinates, by which the operator chooses n.
    Cost {
        /// c₁.
        per_unit: f64,
        /// c₀.
        fixed: f64,
        /// Coordinates of a packet where the unit is a packet, `units(n) = ⌈n/τ⌉`; `None` where it is a coordinate.
        packet: Option<u64>,
    },
}
