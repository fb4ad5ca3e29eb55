//! One pass through a network: layers that take their parameters from a flat vector, one after the other.
//!
//! The same pass learns the shapes of the parameters, where it is given none. It does not know any network.

use burn_tensor::module::{avg_pool2d, conv2d, linear, max_pool2d};
use burn_tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn_tensor::{DType, Device, Gradients, TensorData, activation};
use rand::RngExt;

use super::{Activation, Pooling, Precision};
use crate::random::Stream;

pub(in crate::objective) use burn_tensor::Tensor;

/// What is asked of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    /// Scores alone.
    Values,
    /// Scores that can be differentiated.
    Gradients,
}

/// Consecutive coordinates of x: a tensor of parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameter {
    /// The layer that it belongs to.
    pub(super) layer: String,
    pub(super) len: usize,
    start: Start,
}

/// How a parameter starts.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Start {
    /// Uniform in ± this.
    Within(f64),
}

impl Parameter {
    /// Appends the values at the start.
    pub(super) fn extend_initial(&self, stream: &mut Stream, x: &mut Vec<f64>) {
        match self.start {
            Start::Within(bound) => x.extend((0..self.len).map(|_| bound * (2.0 * stream.random::<f64>() - 1.0))),
        }
    }
}

/// One pass through a network.
#[derive(Debug)]
pub(in crate::objective) struct Pass<'a> {
    aim: Aim,
    precision: Precision,
    device: Device,
    /// The parameters that no layer has taken yet; `None` where there are none and shapes are learnt.
    rest: Option<&'a [f64]>,
    /// What the layers have taken, in order.
    taken: Vec<Tensor<1>>,
    /// What the layers would have taken, where shapes are learnt.
    learnt: Vec<Parameter>,
}

impl<'a> Pass<'a> {
    /// A pass with parameters x.
    pub(super) fn new(aim: Aim, precision: Precision, x: &'a [f64]) -> Self {
        let device = device();
        let device = if aim == Aim::Gradients { device.autodiff() } else { device };
        Self { aim, precision, device, rest: Some(x), taken: Vec::new(), learnt: Vec::new() }
    }

    /// A pass that learns the parameters, all of them taken as zero.
    pub(super) fn learning(precision: Precision) -> Self {
        Self { rest: None, ..Self::new(Aim::Values, precision, &[]) }
    }

    /// The parameters that were learnt.
    pub(super) fn into_learnt(self) -> Vec<Parameter> {
        self.learnt
    }

    /// The device on which the pass computes.
    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// A constant tensor.
    pub(super) fn tensor<const D: usize>(&self, values: Vec<f64>, shape: [usize; D]) -> Tensor<D> {
        let (data, dtype) = match self.precision {
            Precision::F32 => {
                (TensorData::new(values.iter().map(|v| *v as f32).collect::<Vec<_>>(), shape), DType::F32)
            }
            Precision::F64 => (TensorData::new(values, shape), DType::F64),
        };
        Tensor::from_data(data, (&self.device, dtype))
    }

    /// `out ← out + weight · ∇`, the gradient with respect to all parameters.
    pub(super) fn add_gradients(self, mut gradients: Gradients, weight: f64, mut out: &mut [f64]) {
        for parameter in self.taken {
            let len = parameter.dims()[0];
            let (own, rest) = std::mem::take(&mut out).split_at_mut(len);
            out = rest;
            // A parameter on which the loss does not depend has no gradient.
            if let Some(gradient) = parameter.grad_remove(&mut gradients) {
                let values = gradient.into_data();
                match (self.precision, values.as_slice::<f32>(), values.as_slice::<f64>()) {
                    (Precision::F32, Ok(values), _) => add(weight, values, own),
                    (Precision::F64, _, Ok(values)) => add(weight, values, own),
                    _ => unreachable!("gradients have the precision of what they are taken of"),
                }
            }
        }
    }

    fn parameter<const D: usize>(&mut self, layer: &str, shape: [usize; D], start: Start) -> Tensor<D> {
        let len = shape.iter().product();
        let values = match &mut self.rest {
            Some(rest) => {
                let (own, others) = rest.split_at(len);
                *rest = others;
                own.to_vec()
            }
            None => {
                self.learnt.push(Parameter { layer: layer.to_owned(), len, start });
                vec![0.0; len]
            }
        };
        let mut taken = self.tensor(values, [len]);
        if self.aim == Aim::Gradients {
            taken = taken.require_grad();
            self.taken.push(taken.clone());
        }
        taken.reshape(shape)
    }

    /// Rows as images, [rows, channels, side, side].
    pub(in crate::objective) fn images(&self, rows: Tensor<2>) -> Tensor<4> {
        let [n, n_features] = rows.dims();
        let (channels, side) = super::network::image_shape(n_features).unwrap_or((1, 0));
        rows.reshape([n, channels, side, side])
    }

    /// `z = W h + c`, W of `n_out` rows.
    pub(in crate::objective) fn linear(&mut self, layer: &str, h: Tensor<2>, n_out: usize) -> Tensor<2> {
        let [_, n_in] = h.dims();
        let start = Start::Within(1.0 / (n_in as f64).sqrt());
        let weights = self.parameter(layer, [n_out, n_in], start);
        let offsets = self.parameter(layer, [n_out], start);
        linear(h, weights.transpose(), Some(offsets))
    }

    /// A convolution with `n_out` kernels, and offsets.
    pub(in crate::objective) fn convolution(
        &mut self,
        layer: &str,
        h: Tensor<4>,
        n_out: usize,
        kernel: Kernel,
    ) -> Tensor<4> {
        let [_, n_in, ..] = h.dims();
        let start = Start::Within(1.0 / ((n_in * kernel.side * kernel.side) as f64).sqrt());
        let weights = self.parameter(layer, [n_out, n_in, kernel.side, kernel.side], start);
        let offsets = self.parameter(layer, [n_out], start);
        conv2d(h, weights, Some(offsets), ConvOptions::new([1, 1], [kernel.padding; 2], [1, 1], 1))
    }
}

fn add<T: Copy + Into<f64>>(weight: f64, values: &[T], out: &mut [f64]) {
    out.iter_mut().zip(values).for_each(|(out, value)| *out += weight * (*value).into());
}

/// Where tensors are computed.
fn device() -> Device {
    #[cfg(feature = "neural-vulkan")]
    return Device::vulkan(burn_tensor::DeviceKind::DefaultDevice);
    #[cfg(not(feature = "neural-vulkan"))]
    Device::flex()
}

/// The kernel of a convolution.
#[derive(Debug, Clone, Copy)]
pub(in crate::objective) struct Kernel {
    side: usize,
    padding: usize,
}

impl Kernel {
    /// `side` × `side` pixels, stride one, no padding.
    pub(in crate::objective) fn square(side: usize) -> Self {
        Self { side, padding: 0 }
    }

    /// With so many zeros on each side of the image.
    pub(in crate::objective) fn padded(self, padding: usize) -> Self {
        Self { padding, ..self }
    }
}

impl Activation {
    pub(in crate::objective) fn apply<const D: usize>(self, z: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Tanh => activation::tanh(z),
            Self::Gelu => activation::gelu(z),
            Self::Softplus => activation::softplus(z, 1.0),
            Self::Relu => activation::relu(z),
        }
    }
}

impl Pooling {
    /// Over squares of `side` × `side` pixels, next to each other.
    pub(in crate::objective) fn apply(self, h: Tensor<4>, side: usize) -> Tensor<4> {
        match self {
            Self::Average => avg_pool2d(h, AvgPoolOptions::new([side; 2])),
            Self::Max => max_pool2d(h, MaxPoolOptions::new([side; 2])),
        }
    }
}
