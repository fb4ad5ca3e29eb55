//! One pass through a network: layers that take their parameters from a flat vector, one after the other.
//!
//! The same pass learns the shapes of the parameters, where it is given none. It does not know any network.

use burn_tensor::module::{avg_pool2d, batch_norm, batch_norm_train, conv2d, embedding, linear, max_pool2d};
use burn_tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn_tensor::{DType, Device, Gradients, TensorData, activation, s};
use rand::RngExt;

use super::choice::{Activation, Pooling, Precision};
use super::image::image_shape;
use crate::random::Stream;

pub(in crate::objective) use burn_tensor::Tensor;

/// What a pass has to compute.
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
    /// All of them this.
    At(f64),
}

/// Mean and variance of every channel, one pair per normalization in the order of the pass.
pub(super) type Statistics = Vec<(Tensor<1>, Tensor<1>)>;

impl Parameter {
    /// Appends the values at the start.
    pub(super) fn extend_initial(&self, stream: &mut Stream, x: &mut Vec<f64>) {
        match self.start {
            Start::At(value) => x.extend(std::iter::repeat_n(value, self.len)),
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
    /// Statistics for the normalizations to come, the next one last; those of the rows themselves where there are none.
    given: Statistics,
    /// Statistics of the rows, as normalizations found them.
    found: Statistics,
}

impl<'a> Pass<'a> {
    /// A pass with parameters x.
    pub(super) fn new(aim: Aim, precision: Precision, x: &'a [f64]) -> Self {
        let device = device();
        let device = if aim == Aim::Gradients { device.autodiff() } else { device };
        Self {
            aim,
            precision,
            device,
            rest: Some(x),
            taken: Vec::new(),
            learnt: Vec::new(),
            given: Vec::new(),
            found: Vec::new(),
        }
    }

    /// A pass that learns the parameters, all of them taken as zero.
    pub(super) fn learning(precision: Precision) -> Self {
        Self { rest: None, ..Self::new(Aim::Values, precision, &[]) }
    }

    /// The parameters that were learnt, and whether anything is normalized.
    pub(super) fn into_learnt(self) -> (Vec<Parameter>, bool) {
        (self.learnt, !self.found.is_empty())
    }

    /// With these statistics instead of those of the rows.
    pub(super) fn with_statistics(self, mut statistics: Statistics) -> Self {
        statistics.reverse();
        Self { given: statistics, ..self }
    }

    /// The statistics of the rows that were passed.
    pub(super) fn into_statistics(self) -> Statistics {
        self.found
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
        let values = if let Some(rest) = &mut self.rest {
            let (own, others) = rest.split_at(len);
            *rest = others;
            own.to_vec()
        } else {
            self.learnt.push(Parameter { layer: layer.to_owned(), len, start });
            vec![0.0; len]
        };
        let mut taken = self.tensor(values, [len]);
        if self.aim == Aim::Gradients {
            taken = taken.require_grad();
            self.taken.push(taken.clone());
        }
        taken.reshape(shape)
    }

    /// Rows as images, [rows, channels, side, side].
    pub(in crate::objective) fn images(rows: Tensor<2>) -> Tensor<4> {
        let [n, n_features] = rows.dims();
        let (channels, side) = image_shape(n_features).unwrap_or((1, 0));
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
        let offsets = kernel.has_offsets.then(|| self.parameter(layer, [n_out], start));
        conv2d(h, weights, offsets, ConvOptions::new([kernel.stride; 2], [kernel.padding; 2], [1, 1], 1))
    }

    /// Batch normalization, `γ (z − mean)/√(variance + 10⁻⁵) + β` for every channel.
    pub(in crate::objective) fn normalization(&mut self, layer: &str, z: Tensor<4>) -> Tensor<4> {
        const EPSILON: f64 = 1e-5;
        let [_, n, ..] = z.dims();
        let gamma = self.parameter(layer, [n], Start::At(1.0));
        let beta = self.parameter(layer, [n], Start::At(0.0));
        if let Some((mean, variance)) = self.given.pop() {
            return batch_norm(z, gamma, beta, mean, variance, EPSILON);
        }
        let normalized = batch_norm_train(z, gamma, beta, EPSILON);
        self.found.push((normalized.mean, normalized.variance));
        normalized.output
    }

    /// Every `stride`-th pixel, with channels of zeros up to `n_out`, half of the new ones before and half behind.
    pub(in crate::objective) fn thinned(&self, h: Tensor<4>, stride: usize, n_out: usize) -> Tensor<4> {
        let [n, channels, rows, columns] = h.dims();
        let step = stride.cast_signed();
        let h = h.slice([s![0..n], s![0..channels], s![0..rows;step], s![0..columns;step]]);
        let [.., rows, columns] = h.dims();
        let before = (n_out - channels) / 2;
        let zeros = |count: usize| self.tensor(vec![0.0; n * count * rows * columns], [n, count, rows, columns]);
        Tensor::cat(vec![zeros(before), h, zeros(n_out - channels - before)], 1)
    }

    /// Rows of a table, one for each token: [rows, length] to [rows, length, n_out].
    pub(in crate::objective) fn embedding(
        &mut self,
        layer: &str,
        tokens: Tensor<2>,
        n_tokens: usize,
        n_out: usize,
    ) -> Tensor<3> {
        let table = self.parameter(layer, [n_tokens, n_out], Start::Within(0.1));
        embedding(table, tokens.int())
    }

    /// A layer of long short-term memory, from zero: [rows, length, n_in] to [rows, length, n_out].
    pub(in crate::objective) fn lstm(&mut self, layer: &str, e: Tensor<3>, n_out: usize) -> Tensor<3> {
        let [n, length, n_in] = e.dims();
        let start = Start::Within(1.0 / (n_out as f64).sqrt());
        let of_input = self.parameter(layer, [4 * n_out, n_in], start);
        let of_state = self.parameter(layer, [4 * n_out, n_out], start).transpose();
        let offsets = self.parameter(layer, [4 * n_out], start) + self.parameter(layer, [4 * n_out], start);
        // What depends on no state is one product for all times.
        let inputs = linear(e, of_input.transpose(), Some(offsets));
        let mut h = self.tensor(vec![0.0; n * n_out], [n, n_out]);
        let mut c = h.clone();
        let mut all = Vec::with_capacity(length);
        for input in inputs.split(1, 1) {
            let gates = input.reshape([n, 4 * n_out]) + h.matmul(of_state.clone());
            let [i, f, g, o]: [Tensor<2>; 4] = gates.split(n_out, 1).try_into().expect("four gates of n_out units");
            c = activation::sigmoid(f) * c + activation::sigmoid(i) * activation::tanh(g);
            h = activation::sigmoid(o) * activation::tanh(c.clone());
            all.push(h.clone());
        }
        Tensor::stack(all, 1)
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
    stride: usize,
    has_offsets: bool,
}

impl Kernel {
    /// `side` × `side` pixels, stride one, no padding, with offsets.
    pub(in crate::objective) fn square(side: usize) -> Self {
        Self { side, padding: 0, stride: 1, has_offsets: true }
    }

    /// The stride in pixels.
    pub(in crate::objective) fn strided(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// Without offsets, which a normalization would take away.
    pub(in crate::objective) fn without_offsets(self) -> Self {
        Self { has_offsets: false, ..self }
    }

    /// The padding with zeros on each side of the image.
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
