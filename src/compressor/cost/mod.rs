//! What a message of n coordinates costs, in the models by which CAT chooses n.
//!
//! A cost here steers a compressor; what a run is charged is counted from its messages elsewhere. It knows neither
//! vectors nor encodings.
//!
//! With a payload of `P(n) = header + n · coordinate` bits the models of Khirirat et al. (arXiv:2003.06377) are
//!
//! ```text
//! payload   C(n) = P(n)
//! affine    C(n) = c₁ P(n) + c₀
//! packet    C(n) = c₁ packets(n) + c₀
//! ```

use super::{CompressorError, Parameter};

/// The payload of a message of n coordinates: `header + n · coordinate` bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload {
    /// Bits that do not depend on n.
    pub header: u64,
    /// Bits per coordinate: value or sign, and index.
    pub coordinate: u64,
}

impl Payload {
    /// Bits of n coordinates.
    #[must_use]
    pub fn bits(&self, n: usize) -> u64 {
        self.header + n as u64 * self.coordinate
    }
}

/// A cost that does not decrease in the number of coordinates and is positive for one or more of them.
pub trait Cost {
    /// `C(n)`, n ≥ 1, in units of the model.
    fn cost(&self, payload: Payload, n: usize) -> f64;

    /// [`Parameter::Cost`] with this payload; `None` where `C(n)` is not of that form.
    fn parameter(&self, payload: Payload) -> Option<Parameter>;

    /// Refuses parameters that make no cost.
    ///
    /// # Errors
    /// A parameter is out of range, alone or for this payload.
    fn check(&self, payload: Payload) -> Result<(), CompressorError>;
}

macro_rules! costs {
    ($(#[$doc:meta])* $($module:ident :: $Type:ident),* $(,)?) => {
        crate::registry::registry! {
            $(#[$doc])*
            pub enum CostSpec { $($module::$Type),* }
        }

        impl Cost for CostSpec {
            fn cost(&self, payload: Payload, n: usize) -> f64 {
                match self { $(Self::$Type(model) => model.cost(payload, n)),* }
            }

            fn parameter(&self, payload: Payload) -> Option<Parameter> {
                match self { $(Self::$Type(model) => model.parameter(payload)),* }
            }

            fn check(&self, payload: Payload) -> Result<(), CompressorError> {
                match self { $(Self::$Type(model) => model.check(payload)),* }
            }
        }
    };
}

costs! {
    /// The cost models by which CAT chooses the number of coordinates, `{ name = "payload" }`.
    payload::PayloadCost,
    affine::AffineCost,
    packet::PacketCost,
}

/// Refuses a number that is negative or not finite.
fn check_not_negative(name: &'static str, value: f64) -> Result<(), CompressorError> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(CompressorError::Parameter { name, value, allowed: "a finite number, 0 or more" })
}
