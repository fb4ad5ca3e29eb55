//! A recurrent network that predicts the next token: an embedding, layers of long short-term memory, a linear layer.
//!
//! ```text
//! e_t = row aₜ of E
//! (i, f, g, o) = Wᵢ e_t + bᵢ + Wₕ h_{t−1} + bₕ
//! c_t = σ(f) ⊙ c_{t−1} + σ(i) ⊙ tanh g,  h_t = σ(o) ⊙ tanh c_t        for t = 1, …, T, from h_0 = c_0 = 0
//! scores_t = W h_t + c
//! fᵢ(x) = (1/(mᵢ T)) Σⱼ Σ_t (log Σ_v exp score_{t,v} − score_{t,a_{t+1}}) + (λ/2)‖x‖²
//! ```
//!
//! A row holds T tokens, and its label the token that follows them: data sets of text are made so, by words or by
//! characters. Every row begins with the memory zero; none is carried from one row to the next, so that rows can be drawn
//! in any order. All its functions are smooth. x holds the layers as PyTorch does, with both offsets of an LSTM; the
//! embedding starts uniform in ±0.1, an LSTM in ±1/√(width), the last layer in ±1/√(inputs).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(feature = "neural")]
use super::ObjectiveError;
use super::neural::{self, Precision};
#[cfg(feature = "neural")]
use super::neural::{
    network::{Architecture, Setup, Tokens},
    pass::{Pass, Tensor},
};
use super::{Construction, Definition};
use crate::registry::Described;

/// A recurrent network that predicts the next token.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Lstm {
    /// V, the number of tokens: 65 characters of tinyshakespeare, 10000 words of ptb.
    pub vocabulary: usize,
    /// The length of an embedded token.
    pub embedding: usize,
    /// The units of every layer.
    pub width: usize,
    /// How many layers of memory; one when absent.
    #[serde(default = "one")]
    pub depth: usize,
    /// λ ≥ 0; zero when absent.
    #[serde(default)]
    pub regularization: f64,
    /// What the network computes with.
    #[serde(default)]
    pub precision: Precision,
}

fn one() -> usize {
    1
}

impl Described for Lstm {
    const NAME: &'static str = "lstm";
    const SUMMARY: &'static str = "recurrent network over words or characters; non-convex, needs the feature `neural`";
    const SOURCE: &'static str = "zaremba2014recurrent, arXiv:1409.2329v5, Sec. 3.1 without dropout";
    const EXAMPLE: &'static str =
        r#"{ name = "lstm", vocabulary = 65, embedding = 8, width = 10, regularization = 0.001 }"#;
}

impl Definition for Lstm {
    fn construction(&self) -> Construction<'_> {
        neural::construction(Self::NAME, self)
    }
}

#[cfg(feature = "neural")]
impl Architecture for Lstm {
    fn setup(&self) -> Setup {
        let tokens = Some(Tokens { vocabulary: self.vocabulary });
        Setup { regularization: self.regularization, precision: self.precision, tokens }
    }

    fn check(&self, _n_features: usize) -> Result<(), ObjectiveError> {
        let sizes = [("embedding", self.embedding), ("width", self.width), ("depth", self.depth)];
        sizes
            .into_iter()
            .try_for_each(|(field, size)| ObjectiveError::check(Self::NAME, field, size as f64, "at least 1", size > 0))
    }

    fn scores(&self, pass: &mut Pass<'_>, rows: Tensor<2>, n_classes: usize) -> Tensor<2> {
        let mut h = pass.embedding("embedding", rows, n_classes, self.embedding);
        for layer in 1..=self.depth {
            h = pass.lstm(&format!("lstm{layer}"), h, self.width);
        }
        pass.linear("scores", h.flatten(0, 1), n_classes)
    }
}
