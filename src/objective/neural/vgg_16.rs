//! VGG-16 for small images, with batch normalization, and reduced versions of it.
//!
//! ```text
//! (conv w) × 2, pool, (conv 2w) × 2, pool, (conv 4w) × 3, pool, (conv 8w) × 3, pool, (conv 8w) × 3, pool, linear C
//! conv: 3 × 3 pixels, padded, with offsets, batch normalization, φ
//! ```
//!
//! The paper's has w = 64; less is a reduced VGG. On CIFAR-10 one linear layer follows the convolutions. A pool is left
//! out where one pixel is left, so that images may be smaller than 32 × 32. Batch normalization and images are as those
//! of `resnet-20`.

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

/// VGG-16 for small images.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Vgg16 {
    /// w, the channels of the first convolution; 64 in the paper.
    pub width: usize,
    /// φ; `relu` in the paper.
    pub activation: Activation,
    /// `max` in the paper, `average` when absent.
    #[serde(default)]
    pub pooling: Pooling,
    /// λ ≥ 0; zero when absent.
    #[serde(default)]
    pub regularization: f64,
    /// What the network computes with.
    #[serde(default)]
    pub precision: Precision,
}

impl Described for Vgg16 {
    const NAME: &'static str = "vgg-16";
    const SUMMARY: &'static str =
        "deep convolutional network, or a reduced one; non-convex, needs the feature `neural`";
    const SOURCE: &'static str =
        "simonyan2015very, ICLR 2015, Table 1 D, with batch normalization and one linear layer";
    const EXAMPLE: &'static str = r#"{ name = "vgg-16", width = 2, activation = "softplus", regularization = 0.001 }"#;
}

impl Definition for Vgg16 {
    fn construction(&self) -> Construction<'_> {
        neural::construction(Self::NAME, self)
    }
}

#[cfg(feature = "neural")]
impl Architecture for Vgg16 {
    fn setup(&self) -> Setup {
        Setup { regularization: self.regularization, precision: self.precision, tokens: None }
    }

    fn check(&self, n_features: usize) -> Result<(), ObjectiveError> {
        ObjectiveError::check(Self::NAME, "width", self.width as f64, "at least 1", self.width > 0)?;
        check_image(Self::NAME, n_features, 4)
    }

    fn scores(&self, pass: &mut Pass<'_>, rows: Tensor<2>, n_classes: usize) -> Tensor<2> {
        let mut h = Pass::images(rows);
        for (stage, (times, n_out)) in [(2, 1), (2, 2), (3, 4), (3, 8), (3, 8)].into_iter().enumerate() {
            for number in 1..=times {
                let name = |part: &str| format!("{part}{}.{number}", stage + 1);
                let z = pass.convolution(&name("conv"), h, n_out * self.width, Kernel::square(3).padded(1));
                h = self.activation.apply(pass.normalization(&name("norm"), z));
            }
            if h.dims()[3] > 1 {
                h = self.pooling.apply(h, 2);
            }
        }
        pass.linear("scores", h.flatten(1, 3), n_classes)
    }
}
