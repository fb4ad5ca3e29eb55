//! What a worker sends: the exact content of one message, independent of how it is encoded.
//!
//! It does not know what a message costs: see [`super::encoding`].

use super::precision::Precision;

/// A compressed vector of R^d.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Message {
    /// Every coordinate.
    Dense(Vec<f64>),
    /// The coordinates `indices` (ascending, distinct, below `dim`) hold `values`; the others are zero.
    Sparse {
        /// d.
        dim: usize,
        /// Ascending.
        indices: Vec<u32>,
        /// One per index.
        values: Vec<f64>,
    },
    /// The coordinates `indices` hold `±scale`; the others are zero.
    SparseSigns {
        /// d.
        dim: usize,
        /// The common magnitude, ≥ 0.
        scale: f64,
        /// Ascending.
        indices: Vec<u32>,
        /// One per index: whether the entry is `−scale`.
        negative: Vec<bool>,
    },
    /// Every coordinate holds `±scale`.
    Signs {
        /// The common magnitude, ≥ 0.
        scale: f64,
        /// One per coordinate: whether the entry is `−scale`.
        negative: Vec<bool>,
    },
    /// The coordinate j holds a step of a ladder: `scale · sign(lⱼ) · height(|lⱼ|)` with `lⱼ = levels[j]`.
    Levels {
        /// The height of the highest step, ≥ 0.
        scale: f64,
        /// s: the steps are numbered 1, …, s; step 0 is zero.
        n_levels: u32,
        /// How high the steps are.
        spacing: Spacing,
        /// One per coordinate, in −s..=s.
        levels: Vec<i32>,
    },
    /// The coordinate j holds `±scale · 2ᵉ` or zero.
    Powers {
        /// A common factor, > 0; 1 is not sent.
        scale: f64,
        /// One per coordinate: zero for zero, else `±(e + 1023)`, in −2047..=2047; 2047 stands for ∞.
        powers: Vec<i16>,
    },
    /// The coordinates `indices` (ascending, distinct, below `dim`) hold the entries of `values`; the others are zero.
    Embedded {
        /// d.
        dim: usize,
        /// Ascending.
        indices: Vec<u32>,
        /// A message of as many coordinates as there are indices.
        values: Box<Message>,
    },
    /// One message per block of consecutive coordinates, in order.
    Blocks(Vec<Message>),
}

/// The heights of the steps of a ladder with s steps, the highest being 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// Step l has height l/s.
    Linear,
    /// Step l has height 2ˡ⁻ˢ.
    Powers,
}

impl Spacing {
    /// The largest s: levels fit 32 bits, heights the range of the numbers.
    #[must_use]
    pub fn most_levels(self) -> u32 {
        match self {
            Self::Linear => 1 << 30,
            Self::Powers => 1000,
        }
    }

    /// The height of a step, negative where the level is; zero for level zero.
    #[must_use]
    pub fn height(self, level: i32, n_levels: u32) -> f64 {
        match self {
            Self::Linear => f64::from(level) / f64::from(n_levels),
            Self::Powers if level == 0 => 0.0,
            Self::Powers => f64::from(level.signum()) * power_of_two(level.unsigned_abs() + 1023 - n_levels),
        }
    }
}

/// `2ᵉ` with `biased = e + 1023`; zero for zero and ∞ for 2047.
fn power_of_two(biased: u32) -> f64 {
    f64::from_bits(u64::from(biased) << 52)
}

impl Default for Message {
    fn default() -> Self {
        Self::Sparse { dim: 0, indices: Vec::new(), values: Vec::new() }
    }
}

impl Message {
    /// Makes this an all-zero dense message of length `dim` and gives its entries, reusing the buffer.
    pub fn dense(&mut self, dim: usize) -> &mut [f64] {
        if !matches!(self, Self::Dense(_)) {
            *self = Self::Dense(Vec::with_capacity(dim));
        }
        let Self::Dense(values) = self else { unreachable!("set above") };
        values.clear();
        values.resize(dim, 0.0);
        values
    }

    /// Makes this an empty sparse message of length `dim` and gives its lists, reusing the buffers.
    pub fn sparse(&mut self, dim: usize) -> (&mut Vec<u32>, &mut Vec<f64>) {
        if !matches!(self, Self::Sparse { .. }) {
            *self = Self::default();
        }
        let Self::Sparse { dim: own_dim, indices, values } = self else { unreachable!("set above") };
        *own_dim = dim;
        indices.clear();
        values.clear();
        (indices, values)
    }

    /// Makes this a sparse message that holds the entries of `x` at `selected` (ascending).
    pub fn gather(&mut self, x: &[f64], selected: &[u32]) {
        let (indices, values) = self.sparse(x.len());
        indices.extend_from_slice(selected);
        values.extend(selected.iter().map(|&j| x[j as usize]));
    }

    /// Makes this an empty message of signs of length `dim` with magnitude `scale` and gives its lists, reusing the
    /// buffers.
    pub fn sparse_signs(&mut self, dim: usize, scale: f64) -> (&mut Vec<u32>, &mut Vec<bool>) {
        if !matches!(self, Self::SparseSigns { .. }) {
            *self = Self::SparseSigns { dim: 0, scale: 0.0, indices: Vec::new(), negative: Vec::new() };
        }
        let Self::SparseSigns { dim: own_dim, scale: own_scale, indices, negative } = self else {
            unreachable!("set above")
        };
        (*own_dim, *own_scale) = (dim, scale);
        indices.clear();
        negative.clear();
        (indices, negative)
    }

    /// Makes this a message of signs of length `dim`, all positive, with magnitude `scale`, and gives its list, reusing
    /// the buffer.
    pub fn signs(&mut self, dim: usize, scale: f64) -> &mut [bool] {
        if !matches!(self, Self::Signs { .. }) {
            *self = Self::Signs { scale: 0.0, negative: Vec::new() };
        }
        let Self::Signs { scale: own_scale, negative } = self else { unreachable!("set above") };
        *own_scale = scale;
        negative.clear();
        negative.resize(dim, false);
        negative
    }

    /// Makes this a message of levels without any yet and gives the list, reusing the buffer.
    pub fn levels(&mut self, scale: f64, n_levels: u32, spacing: Spacing) -> &mut Vec<i32> {
        let mut levels = if let Self::Levels { levels, .. } = self { std::mem::take(levels) } else { Vec::new() };
        levels.clear();
        *self = Self::Levels { scale, n_levels, spacing, levels };
        let Self::Levels { levels, .. } = self else { unreachable!("set above") };
        levels
    }

    /// Makes this a message of powers of two without any yet, with factor 1, and gives the list, reusing the buffer.
    pub fn powers(&mut self) -> &mut Vec<i16> {
        let mut powers = if let Self::Powers { powers, .. } = self { std::mem::take(powers) } else { Vec::new() };
        powers.clear();
        *self = Self::Powers { scale: 1.0, powers };
        let Self::Powers { powers, .. } = self else { unreachable!("set above") };
        powers
    }

    /// Makes this a message of length `dim` that holds another at `indices` (ascending) and gives that other, empty as
    /// it is, reusing the buffers.
    pub fn embedded(&mut self, dim: usize, indices: &[u32]) -> &mut Message {
        if !matches!(self, Self::Embedded { .. }) {
            *self = Self::Embedded { dim: 0, indices: Vec::new(), values: Box::default() };
        }
        let Self::Embedded { dim: own_dim, indices: own_indices, values } = self else { unreachable!("set above") };
        *own_dim = dim;
        own_indices.clear();
        own_indices.extend_from_slice(indices);
        values
    }

    /// `message ← factor · message`, in the numbers that travel.
    pub fn scale_by(&mut self, factor: f64) {
        match self {
            Self::Dense(values) | Self::Sparse { values, .. } => values.iter_mut().for_each(|value| *value *= factor),
            Self::SparseSigns { scale, .. }
            | Self::Signs { scale, .. }
            | Self::Levels { scale, .. }
            | Self::Powers { scale, .. } => *scale *= factor,
            Self::Embedded { values, .. } => values.scale_by(factor),
            Self::Blocks(blocks) => blocks.iter_mut().for_each(|block| block.scale_by(factor)),
        }
    }

    /// Rounds every number to what travels at this precision, so that sender and receiver hold the same message.
    ///
    /// Beyond the range of the precision a number becomes infinite, and the run that sent it ends as diverged. Powers of
    /// two below the least normal number of the precision become zero: there is no place for more exponents.
    pub fn round_to(&mut self, precision: Precision) {
        if precision == Precision::F64 {
            return;
        }
        match self {
            Self::Dense(values) | Self::Sparse { values, .. } => {
                for value in values {
                    *value = precision.round(*value);
                }
            }
            Self::SparseSigns { scale, .. } | Self::Signs { scale, .. } | Self::Levels { scale, .. } => {
                *scale = precision.round(*scale);
            }
            Self::Powers { scale, powers } => {
                *scale = precision.round(*scale);
                for power in powers {
                    *power = precision.round_power(*power);
                }
            }
            Self::Embedded { values, .. } => values.round_to(precision),
            Self::Blocks(blocks) => {
                for block in blocks {
                    block.round_to(precision);
                }
            }
        }
    }

    /// Makes this a message of `n` blocks and gives them, reusing their buffers.
    pub fn blocks(&mut self, n: usize) -> &mut [Message] {
        if !matches!(self, Self::Blocks(_)) {
            *self = Self::Blocks(Vec::new());
        }
        let Self::Blocks(blocks) = self else { unreachable!("set above") };
        blocks.resize_with(n, Self::default);
        blocks
    }

    /// Length of the decoded vector, d.
    #[must_use]
    pub fn dim(&self) -> usize {
        match self {
            Self::Dense(values) => values.len(),
            Self::Sparse { dim, .. } | Self::SparseSigns { dim, .. } | Self::Embedded { dim, .. } => *dim,
            Self::Signs { negative, .. } => negative.len(),
            Self::Levels { levels, .. } => levels.len(),
            Self::Powers { powers, .. } => powers.len(),
            Self::Blocks(blocks) => blocks.iter().map(Self::dim).sum(),
        }
    }

    /// Number of coordinates that are sent; of levels and powers, those that are not zero.
    #[must_use]
    pub fn n_entries(&self) -> usize {
        match self {
            Self::Dense(values) => values.len(),
            Self::Sparse { indices, .. } | Self::SparseSigns { indices, .. } => indices.len(),
            Self::Signs { negative, .. } => negative.len(),
            Self::Levels { levels, .. } => levels.iter().filter(|level| **level != 0).count(),
            Self::Powers { powers, .. } => powers.iter().filter(|power| **power != 0).count(),
            Self::Embedded { values, .. } => values.n_entries(),
            Self::Blocks(blocks) => blocks.iter().map(Self::n_entries).sum(),
        }
    }

    /// Calls `visit(coordinate, value)` for every coordinate that [`Message::n_entries`] counts, in ascending order.
    pub fn for_each(&self, mut visit: impl FnMut(usize, f64)) {
        self.visit_from(0, &mut visit);
    }

    fn visit_from<F: FnMut(usize, f64) + ?Sized>(&self, offset: usize, visit: &mut F) {
        match self {
            Self::Dense(values) => values.iter().enumerate().for_each(|(j, &value)| visit(offset + j, value)),
            Self::Sparse { indices, values, .. } => {
                indices.iter().zip(values).for_each(|(&j, &value)| visit(offset + j as usize, value));
            }
            Self::SparseSigns { scale, indices, negative, .. } => {
                for (&j, &negative) in indices.iter().zip(negative) {
                    visit(offset + j as usize, if negative { -scale } else { *scale });
                }
            }
            Self::Signs { scale, negative } => {
                for (j, &negative) in negative.iter().enumerate() {
                    visit(offset + j, if negative { -scale } else { *scale });
                }
            }
            Self::Levels { scale, n_levels, spacing, levels } => {
                for (j, &level) in levels.iter().enumerate().filter(|(_, level)| **level != 0) {
                    visit(offset + j, scale * spacing.height(level, *n_levels));
                }
            }
            Self::Powers { scale, powers } => {
                for (j, &power) in powers.iter().enumerate().filter(|(_, power)| **power != 0) {
                    let magnitude = scale * power_of_two(u32::from(power.unsigned_abs()));
                    visit(offset + j, if power < 0 { -magnitude } else { magnitude });
                }
            }
            Self::Embedded { indices, values, .. } => {
                // As a trait object: a closure around a closure at each depth would be a type of its own.
                let inner: &mut dyn FnMut(usize, f64) = &mut |i, value| visit(offset + indices[i] as usize, value);
                values.visit_from(0, inner);
            }
            Self::Blocks(blocks) => {
                let mut offset = offset;
                for block in blocks {
                    block.visit_from(offset, visit);
                    offset += block.dim();
                }
            }
        }
    }

    /// `out ← out + weight · message`, `out` of length d.
    pub fn add_to(&self, weight: f64, out: &mut [f64]) {
        debug_assert_eq!(out.len(), self.dim());
        self.for_each(|j, value| out[j] += weight * value);
    }

    /// The decoded vector.
    #[must_use]
    pub fn to_dense(&self) -> Vec<f64> {
        let mut out = vec![0.0; self.dim()];
        self.add_to(1.0, &mut out);
        out
    }
}
