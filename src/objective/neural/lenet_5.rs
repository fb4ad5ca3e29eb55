//! LeNet-5: two convolutions with pooling, three fully connected layers.
//!
//! ```text
//! a → conv 6 → φ → pool 2 → conv 16 → φ → pool 2 → linear 120 → φ → linear 84 → φ → linear C
//! ```
//!
//! Kernels are of 5 × 5 pixels. Images of 28 × 28 pixels are padded to 32 × 32, for which the network was made. Images of
//! fewer than 20 pixels a side leave nothing for a second kernel: theirs are of 3 × 3 pixels and keep the size, which is
//! a small LeNet for small images. A row is an image of one channel if its length is a square, else of three channels,
//! one after the other. The layers are arranged in x, and start, as those of `fnn`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(feature = "neural")]
use super::ObjectiveError;
use super::neural::{self, Activation, Pooling, Precision};
#[cfg(feature = "neural")]
use super::neural::{
    image::check_image,
    network::{Architecture, Setup},
    pass::{Kernel, Pass, Tensor},
};
use super::{Construction, Definition};
use crate::registry::Described;

/// Two convolutions with pooling, three fully connected layers.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct LeNet5 {
    /// φ.
    pub activation: Activation,
    /// What follows a convolution; `average` when absent.
    #[serde(default)]
    pub pooling: Pooling,
    /// λ ≥ 0; zero when absent.
    #[serde(default)]
    pub regularization: f64,
    /// What the network computes with.
    #[serde(default)]
    pub precision: Precision,
}

impl Described for LeNet5 {
    const NAME: &'static str = "lenet-5";
    const SUMMARY: &'static str = "convolutional network for small images; non-convex, needs the feature `neural`";
    const SOURCE: &'static str = "lecun1998gradient, Proc. IEEE 86(11), Fig. 2";
    const EXAMPLE: &'static str = r#"{ name = "lenet-5", activation = "tanh", regularization = 0.001 }"#;
}

impl Definition for LeNet5 {
    fn construction(&self) -> Construction<'_> {
        neural::construction(Self::NAME, self)
    }
}

#[cfg(feature = "neural")]
impl Architecture for LeNet5 {
    fn setup(&self) -> Setup {
        Setup { regularization: self.regularization, precision: self.precision, tokens: None }
    }

    fn check(&self, n_features: usize) -> Result<(), ObjectiveError> {
        check_image(Self::NAME, n_features, 4)
    }

    fn scores(&self, pass: &mut Pass<'_>, rows: Tensor<2>, n_classes: usize) -> Tensor<2> {
        let images = Pass::images(rows);
        let [.., side] = images.dims();
        let (first, second) = match side {
            ..20 => (Kernel::square(3).padded(1), Kernel::square(3).padded(1)),
            28 => (Kernel::square(5).padded(2), Kernel::square(5)),
            _ => (Kernel::square(5), Kernel::square(5)),
        };
        let h = self.activation.apply(pass.convolution("conv1", images, 6, first));
        let h = self.pooling.apply(h, 2);
        let h = self.activation.apply(pass.convolution("conv2", h, 16, second));
        let h = self.pooling.apply(h, 2).flatten(1, 3);
        let h = self.activation.apply(pass.linear("fc1", h, 120));
        let h = self.activation.apply(pass.linear("fc2", h, 84));
        pass.linear("scores", h, n_classes)
    }
}
