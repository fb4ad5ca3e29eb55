//! Compression operators `C : R^d → R^d` and what travels on the wire.
//!
//! A compressor is a pure operator: it has no memory, no step size and no round number. Residuals belong to the
//! method. What an operator may carry from call to call (a threshold as a starting guess, a stage count) is kept in
//! [`Call::adaptation`], which the simulation owns and a checkpoint saves.

use crate::random::{Purpose, Stream, Streams};
use crate::vector::{Addition, NotFinite, first_not_finite, select};

pub mod message;
pub use message::Message;

mod precision;

pub mod encoding;

mod sparsity;
pub use sparsity::{Counts, Sparsity};

mod traits;
pub use traits::{Parameter, Randomness, Selection};

pub mod cost;

mod trial;
pub use trial::{Kept, Trial};

mod cat;

mod sparsifier;

mod selector;

mod sidco;
pub use sidco::Stages;

/// What an experiment writes of a compressor, and how it becomes an operator.
pub trait Build: Send + Sync {
    /// The operator for vectors whose consecutive blocks have the dimensions `blocks`.
    ///
    /// # Errors
    /// A parameter is out of range, alone or for the dimension of a block.
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError>;

    /// Whether the operator works on shorter vectors than it was built for, its guarantee included, and carries nothing
    /// from call to call: then it can follow an operator that sends now more, now fewer entries.
    fn follows_any(&self) -> bool {
        false
    }
}

impl CompressorSpec {
    /// The operator for vectors whose consecutive blocks have the dimensions `blocks`; a single number is d.
    ///
    /// The operator compresses one block at a time: [`Call::block`] says which.
    ///
    /// # Errors
    /// A parameter is out of range, alone or for the dimension of a block.
    pub fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        check_blocks(blocks)?;
        self.member().build(blocks)
    }
}

impl Build for CompressorSpec {
    fn build(&self, blocks: &[usize]) -> Result<Box<dyn Compressor>, CompressorError> {
        self.build(blocks)
    }

    fn follows_any(&self) -> bool {
        self.member().follows_any()
    }
}

crate::registry::registry! {
    /// The compressors that an experiment can name, `{ name = "top-k", k = 5 }`.
    pub enum CompressorSpec: dyn Build {
        identity::Identity,
        top_k::TopK,
        rand_k::RandK,
        rand_k_unbiased::RandKUnbiased,
        rand_k_shared::RandKShared,
        hard_threshold::HardThreshold,
        gaussian_k::GaussianK,
        gaussian_k_code::GaussianKCode,
        gaussian_k_code_five::GaussianKCodeFive,
        sidco_gaussian_k::SidcoGaussianK,
        dgc_sampling::DgcSampling,
        dgc_sampling_kth::DgcSamplingKth,
        dgc_strided::DgcStrided,
        dgc_with_replacement::DgcWithReplacement,
        redsync::RedSync,
        redsync_trimmed::RedSyncTrimmed,
        sidco_exponential::SidcoExponential,
        sidco_gamma::SidcoGamma,
        sidco_gamma_asymptotic::SidcoGammaAsymptotic,
        sidco_pareto::SidcoPareto,
        sidco_gaussian::SidcoGaussian,
        top_k_signs::TopKSigns,
        sparse_ternary::SparseTernary,
        stochastic_sparsification::StochasticSparsification,
        cat_top_k::CatTopK,
        cat_top_k_signs::CatTopKSigns,
        cat_stochastic::CatStochastic,
        qsgd::Qsgd,
        terngrad::TernGrad,
        natural_compression::NaturalCompression,
        natural_dithering::NaturalDithering,
        scaled_sign::ScaledSign,
        bernoulli::Bernoulli,
        scaled::Scaled,
        composed::Composed,
    }
}

/// A compression operator `C : R^d → R^d`, possibly random, possibly biased.
pub trait Compressor: Send + Sync + std::fmt::Debug {
    /// Compresses `x` (length d) into `message`, whose decoded length is d.
    ///
    /// `C(0) = 0` for every operator of the registry.
    ///
    /// # Errors
    /// `x` holds NaN or ∞.
    fn compress(&self, x: &[f64], call: &mut Call<'_>, message: &mut Message) -> Result<(), NotFinite>;

    /// Adds to the vectors of up to [`SIDE_BY_SIDE`] workers, then compresses each of the new ones.
    ///
    /// An operator that can do both in one pass, and pass over several vectors side by side, overrides it and
    /// [`Compressor::is_side_by_side`]; the result is the same to the bit.
    ///
    /// # Errors
    /// The first of the steps, by its place, whose new vector holds NaN or ∞.
    fn add_and_compress(&self, steps: &mut [Step<'_>]) -> Result<(), (usize, NotFinite)> {
        first_not_finite(steps.iter_mut().map(|Step { x, addition, call, message }| {
            addition.add_to(x);
            self.compress(x, call, message)
        }))
    }

    /// Whether several steps of [`Compressor::add_and_compress`] take less time together than one by one.
    fn is_side_by_side(&self) -> bool {
        false
    }

    /// The inequality that this operator is proved to satisfy in dimension `dim`.
    fn guarantee(&self, dim: usize) -> Guarantee;

    /// Where the randomness of C comes from.
    ///
    /// Theorems about single draws, and those about independent workers, rest on the answer, so there is no default:
    /// with any default, an operator that forgot to answer would be checked against theorems that are not about it.
    fn randomness(&self) -> Randomness;

    /// Whether C(x) is x on some coordinates and zero on the others, for every x.
    ///
    /// Without a default, for the reason that [`Compressor::randomness`] gives.
    fn is_projection(&self) -> bool;

    /// Which coordinates are sent, where theorems have a name for the choice; without an answer those theorems refuse.
    fn selection(&self) -> Option<Selection> {
        None
    }

    /// The exact number of coordinates that are sent of every vector of this block without zeros and ties; `dim` is the
    /// block's dimension.
    ///
    /// `None` where the number depends on the vector or on chance, and where nothing is chosen because all coordinates
    /// are sent. What theorems call k; the bound for buffers is [`Compressor::most_entries`].
    fn kept(&self, block: usize, dim: usize) -> Option<usize> {
        let _ = (block, dim);
        None
    }

    /// The most coordinates that a message of this block sends; `dim` is the block's dimension.
    fn most_entries(&self, block: usize, dim: usize) -> usize {
        let _ = block;
        dim
    }

    /// Further constants that theorems need, for a block of dimension `dim`; a theorem whose constant is missing refuses.
    fn parameters(&self, block: usize, dim: usize) -> Vec<Parameter> {
        let _ = (block, dim);
        Vec::new()
    }

    /// Whether what is sent depends on earlier calls, through [`Call::adaptation`]; a starting guess that changes the
    /// speed alone does not count.
    fn learns(&self) -> bool {
        false
    }
}

/// The inequality that an operator is proved to satisfy for every `x`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Guarantee {
    /// `E‖C(x) − x‖² ≤ (1 − δ)‖x‖²`, `0 < δ ≤ 1`.
    Contractive {
        /// δ.
        delta: f64,
    },
    /// `E C(x) = x` and `E‖C(x) − x‖² ≤ ω‖x‖²`.
    Unbiased {
        /// ω.
        omega: f64,
    },
    /// No inequality is known; theorems that need one refuse.
    None,
}

impl Guarantee {
    /// δ of a contraction: its own, or `1 − ω` where the variance alone is one (`ω < 1`).
    #[must_use]
    pub fn delta(self) -> Option<f64> {
        match self {
            Self::Contractive { delta } => Some(delta),
            Self::Unbiased { omega } if omega < 1.0 => Some(1.0 - omega),
            Self::Unbiased { .. } | Self::None => None,
        }
    }

    /// ω of an unbiased operator.
    #[must_use]
    pub fn omega(self) -> Option<f64> {
        match self {
            Self::Unbiased { omega } => Some(omega),
            Self::Contractive { .. } | Self::None => None,
        }
    }
}

/// A compressor that cannot be built from these parameters for these blocks.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CompressorError {
    /// There is nothing to compress.
    #[error("there is no block of coordinates to compress")]
    NoBlocks,
    /// A block without coordinates.
    #[error("block {block} is empty; every block needs at least one coordinate")]
    EmptyBlock {
        /// From 0.
        block: usize,
    },
    /// Indices travel as 32-bit numbers.
    #[error("block {block} has dimension d = {dim}, above the largest that indices of 32 bits reach, {}", u32::MAX)]
    TooLarge {
        /// From 0.
        block: usize,
        /// d of the block.
        dim: usize,
    },
    /// k above d.
    #[error("k = {k} exceeds the dimension d = {dim} of block {block}; choose 1 ≤ k ≤ {dim} or a density in (0, 1]")]
    TooManyKept {
        /// The requested value.
        k: u64,
        /// From 0.
        block: usize,
        /// d of the block.
        dim: usize,
    },
    /// k = 0.
    #[error("k = 0 keeps nothing of block {block}; choose 1 ≤ k ≤ {dim} or a density in (0, 1]")]
    NothingKept {
        /// From 0.
        block: usize,
        /// d of the block.
        dim: usize,
    },
    /// A density outside (0, 1].
    #[error("k = {density:?} is a density and must lie in (0, 1] (block {block}); a count is written without a point")]
    Density {
        /// The requested value.
        density: f64,
        /// From 0.
        block: usize,
    },
    /// `per_block` has an entry too many or too few.
    #[error("`per_block` has {given} entries, but the vector has {blocks} block(s); give one entry per block")]
    BlockCount {
        /// Entries given.
        given: usize,
        /// Blocks of the vector.
        blocks: usize,
    },
    /// A list per block within a list per block.
    #[error("`per_block` holds another list per block; give a count or a density for each block")]
    NestedBlocks,
    /// A number out of its range.
    #[error("`{name}` = {value} must be {allowed}")]
    Parameter {
        /// The key in TOML.
        name: &'static str,
        /// What was given.
        value: f64,
        /// The range.
        allowed: &'static str,
    },
    /// C/(1 + ω) of an operator without ω.
    #[error("`{name}` is not unbiased, so there is no 1/(1 + ω) to scale it by; give a `factor`")]
    NotUnbiased {
        /// The member to be scaled.
        name: &'static str,
    },
    /// A composition whose second operator needs to know the number of entries beforehand.
    #[error(
        "`outer` = `{name}` chooses coordinates and cannot compress what another operator sends; choose a quantizer"
    )]
    Outer {
        /// The member.
        name: &'static str,
    },
}

/// Refuses blocks that no operator works on.
fn check_blocks(blocks: &[usize]) -> Result<(), CompressorError> {
    if blocks.is_empty() {
        return Err(CompressorError::NoBlocks);
    }
    blocks.iter().enumerate().try_for_each(|(block, &dim)| match dim {
        0 => Err(CompressorError::EmptyBlock { block }),
        _ if dim > u32::MAX as usize => Err(CompressorError::TooLarge { block, dim }),
        _ => Ok(()),
    })
}

/// The largest dimension of a block.
fn largest(blocks: &[usize]) -> usize {
    blocks.iter().copied().max().unwrap_or(0)
}

/// Refuses a number that is not finite and above zero.
fn check_positive(name: &'static str, value: f64) -> Result<(), CompressorError> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    Err(CompressorError::Parameter { name, value, allowed: "a finite number above 0" })
}

/// One worker's part of [`Compressor::add_and_compress`].
#[derive(Debug)]
pub struct Step<'a> {
    /// What is added to, and compressed then; length d.
    pub x: &'a mut [f64],
    /// What is added.
    pub addition: Addition<'a>,
    /// What the operator has available.
    pub call: Call<'a>,
    /// What is sent.
    pub message: &'a mut Message,
}

/// The most steps that are made side by side.
pub const SIDE_BY_SIDE: usize = 16;

/// What one call of a compressor has available besides the vector.
#[derive(Debug)]
pub struct Call<'a> {
    /// All random streams of the run.
    pub streams: Streams,
    /// The worker that compresses.
    pub worker: usize,
    /// The round, from 1.
    pub round: u64,
    /// The block of coordinates that `x` is (layer), from 0.
    pub block: usize,
    /// Numbers that an adaptive operator carries from call to call of this worker and block; empty at first.
    pub adaptation: &'a mut Vec<f64>,
    /// Buffers without meaning between calls.
    pub scratch: &'a mut Scratch,
}

impl Call<'_> {
    /// The number at `place` of [`Call::adaptation`], which holds zero until it is set.
    pub fn adaptive(&mut self, place: usize) -> &mut f64 {
        self.adaptive_and_scratch(place).0
    }

    /// [`Call::adaptive`] and [`Call::scratch`].
    pub fn adaptive_and_scratch(&mut self, place: usize) -> (&mut f64, &mut Scratch) {
        if self.adaptation.len() <= place {
            self.adaptation.resize(place + 1, 0.0);
        }
        (&mut self.adaptation[place], self.scratch)
    }

    /// Randomness of this worker alone.
    #[must_use]
    pub fn private(&self) -> Stream {
        let mut stream = self.streams.stream(Purpose::Compression, self.worker, self.round);
        stream.set_word_pos((self.block as u128) << 40);
        stream
    }

    /// Randomness that is the same for all workers in this round.
    #[must_use]
    pub fn shared(&self) -> Stream {
        let mut stream = self.streams.shared(Purpose::Shared, self.round);
        stream.set_word_pos((self.block as u128) << 40);
        stream
    }
}

/// Buffers that calls may use and need not clean.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Magnitudes or weights.
    pub values: Vec<f64>,
    /// Coordinates.
    pub indices: Vec<u32>,
    /// A set of coordinates, one bit each.
    pub words: Vec<u64>,
    /// Buffers of the selection.
    pub selection: select::Workspace,
    /// What an operator sends that is compressed further.
    pub message: Message,
    /// How many numbers the operators that select by magnitude have read so far, of vectors and of copies of parts of
    /// them; others do not count.
    pub n_read: u64,
}
