//! The residual network of 20 layers for CIFAR-10.
//!
//! ```text
//! h = φ(norm(conv w(a)));  three stages of three blocks with w, 2w, 4w channels, the first of a later stage with stride 2
//! block(h) = φ(norm(conv(φ(norm(conv h)))) + shortcut h)
//! scores = W · (mean over the image) + c
//! ```
//!
//! Kernels are of 3 × 3 pixels, without offsets. A shortcut that changes size takes every second pixel and fills the new
//! channels with zeros (option A). With w = 16 it has the 269,722 parameters of the paper's for ten classes.
//!
//! `norm` is batch normalization, with the statistics of the worker's own mini-batch, as in data-parallel training. So f is
//! no finite sum: the mean of gradients of rows is not the gradient of a batch of them. The value and the gradient of all
//! rows of a worker are means over consecutive batches of 256 rows, each with its statistics. Rows that are not part of f
//! are evaluated with statistics of the training: those of 512 of its rows at the same x, evenly spaced; there are no
//! running averages, and x is the whole state. Images are as those of `lenet-5`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(feature = "neural")]
use super::ObjectiveError;
use super::neural::{self, Activation, Precision};
#[cfg(feature = "neural")]
use super::neural::{
    image::check_image,
    network::{Architecture, Setup},
    pass::{Kernel, Pass, Tensor},
};
use super::{Construction, Definition};
use crate::registry::Described;

/// The residual network of 20 layers.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ResNet20 {
    /// w, the channels of the first stage; 16 in the paper and when absent.
    #[serde(default = "sixteen")]
    pub width: usize,
    /// φ; `relu` in the paper.
    pub activation: Activation,
    /// λ ≥ 0; zero when absent.
    #[serde(default)]
    pub regularization: f64,
    /// What the network computes with.
    #[serde(default)]
    pub precision: Precision,
}

fn sixteen() -> usize {
    16
}

impl Described for ResNet20 {
    const NAME: &'static str = "resnet-20";
    const SUMMARY: &'static str = "residual network with batch normalization; non-convex, needs the feature `neural`";
    const SOURCE: &'static str = "he2016deep, CVPR 2016, Sec. 4.2";
    const EXAMPLE: &'static str =
        r#"{ name = "resnet-20", width = 2, activation = "softplus", regularization = 0.001 }"#;
}

impl Definition for ResNet20 {
    fn construction(&self) -> Construction<'_> {
        neural::construction(Self::NAME, self)
    }
}

#[cfg(feature = "neural")]
impl ResNet20 {
    /// `block(h)`, with `n_out` channels.
    fn block(&self, pass: &mut Pass<'_>, name: &str, h: Tensor<4>, n_out: usize, stride: usize) -> Tensor<4> {
        let kernel = Kernel::square(3).padded(1).without_offsets();
        let shortcut = match stride {
            1 => h.clone(),
            _ => pass.thinned(h.clone(), stride, n_out),
        };
        let z = pass.convolution(&format!("{name}.conv1"), h, n_out, kernel.strided(stride));
        let z = self.activation.apply(pass.normalization(&format!("{name}.norm1"), z));
        let z = pass.convolution(&format!("{name}.conv2"), z, n_out, kernel);
        self.activation.apply(pass.normalization(&format!("{name}.norm2"), z) + shortcut)
    }
}

#[cfg(feature = "neural")]
impl Architecture for ResNet20 {
    fn setup(&self) -> Setup {
        Setup { regularization: self.regularization, precision: self.precision, tokens: None }
    }

    fn check(&self, n_features: usize) -> Result<(), ObjectiveError> {
        ObjectiveError::check(Self::NAME, "width", self.width as f64, "at least 1", self.width > 0)?;
        check_image(Self::NAME, n_features, 4)
    }

    fn scores(&self, pass: &mut Pass<'_>, rows: Tensor<2>, n_classes: usize) -> Tensor<2> {
        let images = Pass::images(rows);
        let z = pass.convolution("conv1", images, self.width, Kernel::square(3).padded(1).without_offsets());
        let mut h = self.activation.apply(pass.normalization("norm1", z));
        for stage in 0..3 {
            for block in 0..3 {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                h = self.block(pass, &format!("stage{}.block{}", stage + 1, block + 1), h, self.width << stage, stride);
            }
        }
        let h = h.flatten::<3>(2, 3).mean_dim(2).flatten(1, 2);
        pass.linear("scores", h, n_classes)
    }
}
