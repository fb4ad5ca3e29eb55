//! What a bound is computed from: constants with their origin, sequences along a run, and why a bound may refuse them.
//!
//! It knows no objective, no method and no run: whoever fills a [`Setting`] says where each number comes from.

use std::collections::BTreeMap;

/// Where a constant comes from; the later, the weaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Proved for the problem or the operator, or chosen, such as a step size or a dimension.
    Proved,
    /// Measured along the run that is judged: then the bound is conditional on the path.
    Measured,
    /// Asserted by the user.
    Assumed,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Proved => "proved",
            Self::Measured => "measured",
            Self::Assumed => "assumed",
        })
    }
}

/// A number and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constant {
    /// The number.
    pub value: f64,
    /// Where it comes from.
    pub origin: Origin,
}

/// The numbers that a quantity may take; all are finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// 1, 2, 3, …
    Count,
    /// Above 0.
    Positive,
    /// 0 or above.
    NonNegative,
    /// Above 0, at most 1.
    Fraction,
}

impl Range {
    /// Whether `value` is in the range.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        value.is_finite()
            && match self {
                Self::Count => value >= 1.0 && value.fract() == 0.0,
                Self::Positive => value > 0.0,
                Self::NonNegative => value >= 0.0,
                Self::Fraction => value > 0.0 && value <= 1.0,
            }
    }

    /// The range in words, after "must be".
    #[must_use]
    pub fn allowed(self) -> &'static str {
        match self {
            Self::Count => "a whole number of at least 1",
            Self::Positive => "a positive number",
            Self::NonNegative => "a number of at least 0",
            Self::Fraction => "in (0, 1]",
        }
    }
}

macro_rules! quantities {
    ($($Name:ident, $name:literal, $symbol:literal, $range:ident, $meaning:literal;)*) => {
        /// A constant that a theorem may name. Its presence in a [`Setting`] states the property that it belongs to:
        /// δ that the operator is a contraction, ω that it is unbiased, μ that f is convex.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Quantity { $(#[doc = concat!($symbol, ": ", $meaning, ".")] $Name),* }

        impl Quantity {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$Name),*];

            /// The name on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$Name => $name),* }
            }

            /// The letter in formulas.
            #[must_use]
            pub fn symbol(self) -> &'static str {
                match self { $(Self::$Name => $symbol),* }
            }

            /// The numbers that it may take.
            #[must_use]
            pub fn range(self) -> Range {
                match self { $(Self::$Name => Range::$range),* }
            }

            /// What it means.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$Name => $meaning),* }
            }
        }
    };
}

quantities! {
    Dim, "dim", "d", Count, "dimension of the compressed vector";
    K, "k", "k", Count, "kept coordinates";
    Levels, "levels", "s", Count, "quantization levels";
    Rank, "rank", "r", Count, "rank of the factors that replace a matrix";
    Rows, "rows", "a", Count, "rows of the compressed matrix";
    Columns, "columns", "b", Count, "columns of the compressed matrix";
    NWorkers, "n_workers", "n", Count, "workers";
    Delta, "delta", "δ", Fraction, "contraction parameter, E‖C(x) − x‖² ≤ (1 − δ)‖x‖²";
    Omega, "omega", "ω", NonNegative, "variance parameter of an unbiased operator, E‖C(x) − x‖² ≤ ω‖x‖²";
    Threshold, "threshold", "λ", Positive, "entries below it in magnitude are not sent";
    NormOne, "norm_one", "‖x‖₁", NonNegative, "sum of the magnitudes of the compressed vector";
    NormSquared, "norm_squared", "‖x‖²", NonNegative, "squared norm of the compressed vector";
    StepSize, "step_size", "γ", Positive, "step size, the same in all rounds";
    Smoothness, "smoothness", "L", Positive, "‖∇f(x) − ∇f(y)‖ ≤ L‖x − y‖";
    SmoothnessRms, "smoothness_rms", "L̃", Positive, "root of the mean over workers of Lᵢ²";
    SmoothnessMax, "smoothness_max", "L_max", Positive, "largest Lᵢ";
    SampleSmoothness, "sample_smoothness", "L_s", Positive, "E‖ḡ(x) − ḡ(y)‖ ≤ L_s‖x − y‖ for the same sample";
    StrongConvexity, "strong_convexity", "μ", NonNegative, "f − (μ/2)‖·‖² is convex; zero for merely convex f";
    PolyakLojasiewicz, "polyak_lojasiewicz", "μ_PL", Positive, "‖∇f(x)‖² ≥ 2μ_PL (f(x) − f*)";
    NoiseVariance, "noise_variance", "σ²", NonNegative, "E‖gᵢ − ∇fᵢ‖² ≤ σ², of each worker";
    NoiseGrowth, "noise_growth", "M", NonNegative, "growth of the noise, E‖g − ∇f‖² ≤ M‖∇f‖² + σ²";
    MeanNoiseVariance, "mean_noise_variance", "s²", NonNegative, "E‖ḡ − ∇f‖² ≤ s², of the mean over workers";
    GradientSecondMoment, "gradient_second_moment", "G²", NonNegative, "mean over workers of E‖gᵢ‖² is at most G²";
    MeanGradientSecondMoment, "mean_gradient_second_moment", "M²", NonNegative, "E‖ḡ‖² ≤ M², ḡ the mean over workers";
    Heterogeneity, "heterogeneity", "ζ²", NonNegative, "(1/n) Σ‖∇fᵢ − ∇f‖² ≤ ζ²";
    Xi, "xi", "ξ", NonNegative, "constant of Assumption 1 of Alistarh et al. 2018";
    GradientNormSquared, "gradient_norm_squared", "‖g‖²", NonNegative, "squared norm of the gradient of the round";
    Improvement, "improvement", "α", Fraction, "fraction of the improvement of the uncompressed step that is kept";
    InitialSuboptimality, "initial_suboptimality", "Δ₀", NonNegative, "f(x_0) − f*";
    InitialDistanceSquared, "initial_distance_squared", "R₀²", NonNegative, "‖x_0 − x*‖²";
    InitialLyapunov, "initial_lyapunov", "V₀", NonNegative, "the Lyapunov function at the start";
    InitialEstimateError, "initial_estimate_error", "G₀", NonNegative,
        "mean over workers of ‖gᵢ − ∇fᵢ(x_0)‖² at the start";
    LevelSetRadius, "level_set_radius", "R", Positive, "‖x − x*‖ ≤ R wherever f(x) ≤ f(x_0)";
    Tolerance, "tolerance", "ε", Positive, "success is ‖x − x*‖² ≤ ε";
    Shift, "shift", "a", Positive, "shift of the decreasing step size 8/(μ(a + t))";
    Slack, "slack", "α_s", Positive, "free parameter of the shift, above 4";
    Momentum, "momentum", "η", Fraction, "weight of the new gradient in the momentum estimate";
    InitialCompressionError, "initial_compression_error", "V₀", NonNegative,
        "mean over workers of ‖gᵢ − vᵢ‖² at the start";
    InitialMomentumError, "initial_momentum_error", "P₀", NonNegative, "‖v̄ − ∇f(x_0)‖² at the start";
    InitialWorkerMomentumError, "initial_worker_momentum_error", "P̃₀", NonNegative,
        "mean over workers of ‖vᵢ − ∇fᵢ(x_0)‖² at the start";
    FullGradientProbability, "full_gradient_probability", "p", Fraction, "chance that a round sends full gradients";
    ShiftRate, "shift_rate", "α_h", Fraction, "step size of the learned shifts";
    InitialShiftError, "initial_shift_error", "H₀", NonNegative, "mean over workers of ‖hᵢ − ∇fᵢ(x*)‖² at the start";
    CostPerUnit, "cost_per_unit", "c₁", Positive, "cost of a coordinate or of a packet";
    CostFixed, "cost_fixed", "c₀", NonNegative, "cost of a message without content";
    PacketCoordinates, "packet_coordinates", "τ", Count, "coordinates that fit in one packet";
}

impl Quantity {
    /// Whether an assumed value contradicts what is known: where theorems hold for every larger number it is below, where
    /// they hold for every smaller one it is above, and a number of the experiment is another; each by more than rounding.
    #[must_use]
    pub fn is_contradicted(self, assumed: f64, known: f64) -> bool {
        let rounding = 1e-9 * known.abs();
        let (is_below, is_above) = (assumed < known - rounding, assumed > known + rounding);
        match self {
            Self::Delta | Self::StrongConvexity | Self::PolyakLojasiewicz | Self::Improvement => is_above,
            // Chosen by whoever states the theorem.
            Self::Tolerance | Self::Slack => false,
            Self::Dim
            | Self::K
            | Self::Levels
            | Self::Rank
            | Self::Rows
            | Self::Columns
            | Self::NWorkers
            | Self::Threshold
            | Self::NormOne
            | Self::NormSquared
            | Self::StepSize
            | Self::Shift
            | Self::Momentum
            | Self::FullGradientProbability
            | Self::ShiftRate
            | Self::CostPerUnit
            | Self::CostFixed
            | Self::PacketCoordinates => is_below || is_above,
            _ => is_below,
        }
    }
}

/// Numbers along a run, or the coordinates of a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Sequence {
    /// The coordinates of the compressed vector, in any order.
    Vector,
    /// γ_t of the rounds 0, 1, ….
    StepSizes,
    /// `‖x̃_{t+1} − x̃_t‖` of the virtual iterate, from t = 0.
    VirtualSteps,
    /// `‖C(mean p) − mean C(p)‖` of the rounds 0, 1, ….
    SelectionMismatches,
    /// γ_t times the mean over workers of `‖gᵢ‖`, of the rounds 0, 1, ….
    ScaledGradientNorms,
    /// `‖x_{t+1} − x_t‖²` from t = 0.
    StepsSquared,
    /// α of the rounds 0, 1, …: the fraction of the improvement of the uncompressed step that is kept.
    Improvements,
}

impl Sequence {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Vector,
        Self::StepSizes,
        Self::VirtualSteps,
        Self::SelectionMismatches,
        Self::ScaledGradientNorms,
        Self::StepsSquared,
        Self::Improvements,
    ];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Vector => "vector",
            Self::StepSizes => "step_sizes",
            Self::VirtualSteps => "virtual_steps",
            Self::SelectionMismatches => "selection_mismatches",
            Self::ScaledGradientNorms => "scaled_gradient_norms",
            Self::StepsSquared => "steps_squared",
            Self::Improvements => "improvements",
        }
    }

    /// What its entries are.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Vector => "coordinates of the compressed vector, in any order",
            Self::StepSizes => "γ_t of the rounds 0, 1, …",
            Self::VirtualSteps => "‖x̃_{t+1} − x̃_t‖ of the virtual iterate",
            Self::SelectionMismatches => "‖C(mean p) − mean C(p)‖ of each round",
            Self::ScaledGradientNorms => "γ_t · mean over workers of ‖gᵢ‖, of each round",
            Self::StepsSquared => "‖x_{t+1} − x_t‖² of each round",
            Self::Improvements => "fraction α of the improvement that each round keeps",
        }
    }

    /// The numbers that its entries may be; `None` for any finite number.
    fn range(self) -> Option<Range> {
        match self {
            Self::Vector => None,
            Self::StepSizes => Some(Range::Positive),
            Self::Improvements => Some(Range::Fraction),
            _ => Some(Range::NonNegative),
        }
    }
}

/// Why a bound says nothing about a setting.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NotApplicable {
    /// A constant that the theorem needs is not known.
    #[error("`{}` is not known: {} = {}", .0.name(), .0.symbol(), .0.meaning())]
    Unknown(Quantity),
    /// A sequence that the theorem needs is not known.
    #[error("the sequence `{}` is not known: {}", .0.name(), .0.meaning())]
    UnknownSequence(Sequence),
    /// A constant is not one.
    #[error("`{name}` = {} must be {allowed}", crate::wording::number(*value))]
    OutOfRange {
        /// Of the constant or sequence.
        name: &'static str,
        /// What was given.
        value: f64,
        /// The range in words.
        allowed: &'static str,
    },
    /// A sequence ends before the round.
    #[error("the sequence `{name}` has {length} entries, the bound needs {needed}")]
    TooShort {
        /// Of the sequence.
        name: &'static str,
        /// Entries given.
        length: usize,
        /// Entries needed.
        needed: usize,
    },
    /// A hypothesis of the theorem fails; the text names it with its numbers.
    #[error("{0}")]
    Hypothesis(String),
}

/// The constants of one problem, operator and method, as far as they are known.
///
/// ```
/// use gradsieve::theory::{Origin, Quantity, Setting, theorem};
///
/// let setting = Setting::new().with(Quantity::Dim, 100.0, Origin::Proved).with(Quantity::K, 5.0, Origin::Proved);
/// let top_k = theorem("C1").unwrap();
/// assert_eq!(top_k.bound.value(&setting, 0), Ok(0.95));
/// assert_eq!(top_k.bound.origin(&setting), Some(Origin::Proved));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Setting {
    constants: BTreeMap<Quantity, Constant>,
    sequences: BTreeMap<Sequence, (Vec<f64>, Origin)>,
}

impl Setting {
    /// Nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more constant, or another value of it.
    #[must_use]
    pub fn with(mut self, quantity: Quantity, value: f64, origin: Origin) -> Self {
        self.constants.insert(quantity, Constant { value, origin });
        self
    }

    /// The same without a constant.
    #[must_use]
    pub fn without(mut self, quantity: Quantity) -> Self {
        self.constants.remove(&quantity);
        self
    }

    /// The same with one more sequence, or other entries of it.
    #[must_use]
    pub fn with_sequence(mut self, sequence: Sequence, entries: Vec<f64>, origin: Origin) -> Self {
        self.sequences.insert(sequence, (entries, origin));
        self
    }

    /// The same without a sequence.
    #[must_use]
    pub fn without_sequence(mut self, sequence: Sequence) -> Self {
        self.sequences.remove(&sequence);
        self
    }

    /// A constant as it was given.
    #[must_use]
    pub fn constant(&self, quantity: Quantity) -> Option<Constant> {
        self.constants.get(&quantity).copied()
    }

    /// Where a sequence comes from.
    #[must_use]
    pub fn sequence_origin(&self, sequence: Sequence) -> Option<Origin> {
        self.sequences.get(&sequence).map(|(_, origin)| *origin)
    }

    /// The value of a constant, if it is one.
    ///
    /// # Errors
    /// It is not known, or out of its range.
    pub fn value(&self, quantity: Quantity) -> Result<f64, NotApplicable> {
        let Constant { value, .. } = self.constant(quantity).ok_or(NotApplicable::Unknown(quantity))?;
        in_range(quantity.name(), value, quantity.range())
    }

    /// The values of several constants, in the requested order.
    ///
    /// # Errors
    /// The first that is not known or out of its range.
    pub fn values<const N: usize>(&self, quantities: [Quantity; N]) -> Result<[f64; N], NotApplicable> {
        let mut values = [0.0; N];
        for (value, quantity) in values.iter_mut().zip(quantities) {
            *value = self.value(quantity)?;
        }
        Ok(values)
    }

    /// The first `needed` entries of a sequence.
    ///
    /// # Errors
    /// It is not known, shorter, or one of the entries is out of range.
    pub fn first(&self, sequence: Sequence, needed: usize) -> Result<&[f64], NotApplicable> {
        let (entries, _) = self.sequences.get(&sequence).ok_or(NotApplicable::UnknownSequence(sequence))?;
        let name = sequence.name();
        let too_short = NotApplicable::TooShort { name, length: entries.len(), needed };
        let entries = entries.get(..needed).ok_or(too_short)?;
        check_entries(sequence, entries)
    }

    /// The coordinates of the vector, not all zero.
    ///
    /// # Errors
    /// It is not known, has only zero coordinates, or one that is not a finite number.
    pub fn vector(&self) -> Result<&[f64], NotApplicable> {
        let (entries, _) =
            self.sequences.get(&Sequence::Vector).ok_or(NotApplicable::UnknownSequence(Sequence::Vector))?;
        require(entries.iter().any(|entry| *entry != 0.0), || "`vector` has no coordinate but zeros".to_owned())?;
        check_entries(Sequence::Vector, entries)
    }
}

fn check_entries(sequence: Sequence, entries: &[f64]) -> Result<&[f64], NotApplicable> {
    for entry in entries {
        match sequence.range() {
            Some(range) => in_range(sequence.name(), *entry, range).map(|_| ())?,
            None => require(entry.is_finite(), || format!("an entry of `{}` is {entry}", sequence.name()))?,
        }
    }
    Ok(entries)
}

fn in_range(name: &'static str, value: f64, range: Range) -> Result<f64, NotApplicable> {
    if range.contains(value) {
        Ok(value)
    } else {
        Err(NotApplicable::OutOfRange { name, value, allowed: range.allowed() })
    }
}

/// A hypothesis that numbers decide: `Err` with the text when it fails.
pub(super) fn require(holds: bool, failure: impl FnOnce() -> String) -> Result<(), NotApplicable> {
    if holds { Ok(()) } else { Err(NotApplicable::Hypothesis(failure())) }
}

/// No more is kept than there is.
pub(super) fn kept_of_dim(k: f64, d: f64) -> Result<(), NotApplicable> {
    require(k <= d, || format!("k = {k} exceeds the dimension d = {d}"))
}

/// The theorem is about one worker.
pub(super) fn single_worker(n: f64) -> Result<(), NotApplicable> {
    require(n == 1.0, || format!("n = {n} workers, the theorem is about one"))
}

/// f is strongly convex, not merely convex.
pub(super) fn strongly_convex(mu: f64) -> Result<(), NotApplicable> {
    require(mu > 0.0, || "μ = 0, the theorem is about strongly convex functions".to_owned())
}

/// f is strongly convex and smooth: `0 < μ ≤ L`.
pub(super) fn strongly_convex_and_smooth(mu: f64, l: f64) -> Result<(), NotApplicable> {
    require(mu > 0.0 && mu <= l, || format!("μ = {mu} must be above 0 and at most L = {l}"))
}

/// No L-smooth function has a larger μ_PL.
pub(super) fn polyak_lojasiewicz_and_smooth(mu: f64, l: f64) -> Result<(), NotApplicable> {
    require(mu <= l, || format!("μ_PL = {mu} exceeds L = {l}: no function has these"))
}

/// T, which is not zero where a theorem averages over rounds.
pub(super) fn rounds(round: usize) -> Result<f64, NotApplicable> {
    require(round > 0, || "no round was run, the theorem averages over at least one".to_owned())?;
    Ok(round as f64)
}
