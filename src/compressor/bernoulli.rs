//! Bernoulli (lazy) compression: everything or nothing, at random.
//!
//! ```text
//! C(x) = x/p with probability p, else 0;   each worker draws by itself
//! E C(x) = x,   E‖C(x) − x‖² = (1/p − 1) ‖x‖²          ω = 1/p − 1
//! ```
//!
//! The variance is an identity. "Nothing" is still a message: the header that says that there are no entries.

use super::{Build, Call, Compressor, CompressorError, Guarantee, Message, Randomness};
use crate::registry::Described;
use crate::vector::{NotFinite, check_finite};
use rand::RngExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sends the whole vector with a probability, else nothing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bernoulli {
    /// p, in (0, 1].
    pub probability: f64,
}

impl Described for Bernoulli {
    const NAME: &'static str = "bernoulli";
    const SUMMARY: &'static str = "sends x/p with probability p, else nothing; unbiased, ω = 1/p − 1";
    const SOURCE: &'static str = "burlachenko2021flpytorch, arXiv:2202.03099, lazy (Bernoulli) compressor";
    const EXAMPLE: &'static str = r#"{ name = "bernoulli", probability = 0.25 }"#;
}

impl Build for Bernoulli {
    fn build(&self, _blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        if self.probability > 0.0 && self.probability <= 1.0 {
            return Ok(Box::new(*self));
        }
        Err(CompressorError::Parameter { name: "probability", value: self.probability, allowed: "in (0, 1]" })
    }

    fn follows_any(&self) -> bool {
        true
    }
}

impl Compressor for Bernoulli {
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite> {
        check_finite(x)?;
        if call.private().random::<f64>() < self.probability {
            let values = message.dense(x.len());
            values.iter_mut().zip(x).for_each(|(value, x)| *value = x / self.probability);
        } else {
            message.sparse(x.len());
        }
        Ok(())
    }

    fn guarantee(&self, _dim: usize) -> Guarantee {
        Guarantee::Unbiased { omega: 1.0 / self.probability - 1.0 }
    }

    fn randomness(&self) -> Randomness {
        Randomness::Own
    }

    fn is_projection(&self) -> bool {
        false
    }
}
