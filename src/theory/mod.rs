//! Theorems as executable bounds: each file computes the right-hand side of one published or derived inequality from
//! stated constants, and refuses when a hypothesis fails.
//!
//! No theorem sees a run, a method or an objective: a bound is a function of a [`Setting`] alone, so that none can be
//! fitted to what it judges.
//!
//! The documentation of a file has an order: what is bounded; `Hypotheses:`; the statement; whether it is tight and
//! where it is attained; `Notation:`, where the paper's differs; `Proof:`, where the inequality or its constants are
//! ours; `Source:`. [`Theorem`] takes it apart, and `docs/theory.md` is made of it.

use crate::record::Metric;

mod contraction;
mod setting;
pub use setting::{Constant, NotApplicable, Origin, Quantity, Range, Sequence, Setting};

/// What the files of theorems use.
mod prelude {
    pub(super) use super::Left::{Named, Recorded};
    pub(super) use super::contraction::{power, root};
    pub(super) use super::setting::{
        kept_of_dim, polyak_lojasiewicz_and_smooth, require, rounds, single_worker, strongly_convex,
        strongly_convex_and_smooth,
    };
    pub(super) use super::{
        About, Bound, Kind, Metric, NotApplicable, Provenance, Quantity as Q, Sense, Sequence, Setting, StepSizeRule,
    };
}

/// An inequality on a quantity of a run, computable from constants.
pub trait Bound: Sync + std::fmt::Debug {
    /// The facts that a program needs; the words are in the file's documentation.
    fn about(&self) -> &'static About;

    /// The right-hand side after `round` rounds.
    ///
    /// Inequalities on one call of an operator do not depend on `round`. Those on one step of a recursion are unrolled
    /// from the initial value: for the step alone, take round 1 and the value before the step as the initial one.
    ///
    /// # Errors
    /// A constant is missing or no such constant, or a hypothesis fails.
    fn value(&self, setting: &Setting, round: usize) -> Result<f64, NotApplicable>;

    /// The least and the largest left-hand side of one draw, from which limits of its expectation follow; 0 to ∞ where
    /// nothing better is known.
    ///
    /// # Errors
    /// A constant is missing.
    fn range_of_draw(&self, _setting: &Setting) -> Result<(f64, f64), NotApplicable> {
        Ok((0.0, f64::INFINITY))
    }

    /// The step size that [`About::step_size`] refers to: the largest admitted, the supremum of those admitted, or the
    /// only one; `None` where the theorem is about every constant step size or about none.
    fn largest_step_size(&self, _setting: &Setting) -> Option<Result<f64, NotApplicable>> {
        None
    }

    /// γ, if the theorem admits it.
    ///
    /// # Errors
    /// A constant is missing, or the step size is not admitted.
    fn admitted_step_size(&self, setting: &Setting) -> Result<f64, NotApplicable> {
        let gamma = setting.value(Quantity::StepSize)?;
        let Some(limit) = self.largest_step_size(setting).transpose()? else { return Ok(gamma) };
        self.about().step_size.check(gamma, limit)?;
        Ok(gamma)
    }

    /// The weakest origin among the constants and sequences that the bound uses; `None` if it uses none of the setting.
    fn origin(&self, setting: &Setting) -> Option<Origin> {
        let About { needs, sequences, .. } = self.about();
        let constants = needs.iter().filter_map(|quantity| setting.constant(*quantity)).map(|found| found.origin);
        constants.chain(sequences.iter().filter_map(|sequence| setting.sequence_origin(*sequence))).max()
    }
}

/// The facts of a theorem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct About {
    /// The name, such as C1.
    pub id: &'static str,
    /// How close it is to the printed text.
    pub provenance: Provenance,
    /// What kind of statement it is.
    pub kind: Kind,
    /// What is bounded.
    pub left: Left,
    /// In which direction.
    pub sense: Sense,
    /// Which step sizes it admits.
    pub step_size: StepSizeRule,
    /// The constants that it needs, all of them.
    pub needs: &'static [Quantity],
    /// The sequences that it needs, all of them.
    pub sequences: &'static [Sequence],
}

/// How close a statement is to the printed text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provenance {
    /// The inequality as its source has it.
    Verbatim,
    /// The inequality of its source as others repeat it, or in other letters.
    Restated,
    /// The inequality or its constants are proved here.
    Derived,
}

/// How a statement is to be checked on runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// At every step and every draw.
    Step,
    /// On a whole run without randomness.
    Trajectory,
    /// In expectation over seeds.
    Expectation,
    /// On the probability of an event.
    Probability,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Step => "every step and draw",
            Self::Trajectory => "a whole run without randomness",
            Self::Expectation => "expectation",
            Self::Probability => "probability",
        })
    }
}

/// What a theorem bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Left {
    /// A metric that runs record.
    Recorded(Metric),
    /// A quantity that a formula names.
    Named(&'static str),
}

impl Left {
    /// The metric's column, or the formula.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Recorded(metric) => metric.name(),
            Self::Named(formula) => formula,
        }
    }
}

/// The direction of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// The left-hand side is at most the bound.
    Upper,
    /// The left-hand side equals the bound.
    Identity,
}

impl Sense {
    /// The sign between the two sides.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Upper => "≤",
            Self::Identity => "=",
        }
    }
}

/// The step sizes that a theorem admits, with the formula of their limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepSizeRule {
    /// No step size occurs, or all are admitted.
    Free,
    /// All up to the limit.
    AtMost(&'static str),
    /// All below the limit.
    Below(&'static str),
    /// One only.
    Exactly(&'static str),
}

/// Relative difference up to which two step sizes are the same: their formulas may be evaluated in another order.
const SAME_STEP_SIZE: f64 = 1e-12;

impl StepSizeRule {
    fn check(self, gamma: f64, limit: f64) -> Result<(), NotApplicable> {
        let (admitted, relation, formula) = match self {
            Self::Free => return Ok(()),
            Self::AtMost(formula) => (gamma <= limit * (1.0 + SAME_STEP_SIZE), "exceeds", formula),
            Self::Below(formula) => (gamma < limit, "is not below", formula),
            Self::Exactly(formula) => ((gamma - limit).abs() <= SAME_STEP_SIZE * limit, "is not", formula),
        };
        setting::require(admitted, || format!("step size {gamma} {relation} {limit} = {formula}"))
    }
}

impl std::fmt::Display for StepSizeRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Free => f.write_str("any"),
            Self::AtMost(formula) => write!(f, "γ ≤ {formula}"),
            Self::Below(formula) => write!(f, "γ < {formula}"),
            Self::Exactly(formula) => write!(f, "γ = {formula}"),
        }
    }
}

/// A bound with the words of its file.
#[derive(Clone, Copy)]
pub struct Theorem {
    /// The bound.
    pub bound: &'static dyn Bound,
    /// The folder of its paper.
    pub paper: &'static str,
    /// Its file, below `src/theory`.
    pub file: &'static str,
    text: &'static str,
}

impl std::fmt::Debug for Theorem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.about().id)
    }
}

impl Theorem {
    /// The facts.
    #[must_use]
    pub fn about(&self) -> &'static About {
        self.bound.about()
    }

    /// The same with another right-hand side.
    #[cfg(test)]
    pub(crate) fn with_bound(self, bound: &'static dyn Bound) -> Self {
        Self { bound, ..self }
    }

    /// The documentation of the file, Markdown.
    #[must_use]
    pub fn documentation(&self) -> String {
        let lines = self.text.lines().map_while(|line| line.strip_prefix("//!"));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }

    /// Its first paragraph: what is bounded.
    #[must_use]
    pub fn title(&self) -> String {
        self.paragraphs().into_iter().next().unwrap_or_default()
    }

    /// The formula, as text.
    #[must_use]
    pub fn statement(&self) -> String {
        let documentation = self.documentation();
        let block = documentation.split_once("```text\n").and_then(|(_, rest)| rest.split_once("\n```"));
        block.map(|(statement, _)| statement.to_owned()).unwrap_or_default()
    }

    /// The paragraph that begins with a label, such as `Hypotheses`, without the label.
    #[must_use]
    pub fn paragraph(&self, label: &str) -> Option<String> {
        let own = |text: String| Some(text.strip_prefix(label)?.strip_prefix(':')?.trim().to_owned());
        self.paragraphs().into_iter().find_map(own)
    }

    /// `key, version, place` with a key of `docs/bibliography.bib`, or `this project`.
    #[must_use]
    pub fn source(&self) -> String {
        self.paragraph("Source").unwrap_or_default()
    }

    fn paragraphs(&self) -> Vec<String> {
        self.documentation().split("\n\n").map(|text| text.replace('\n', " ")).collect()
    }
}

/// The theorem of a name, in any case; `None` if there is none.
#[must_use]
pub fn theorem(id: &str) -> Option<&'static Theorem> {
    THEOREMS.iter().find(|theorem| theorem.about().id.eq_ignore_ascii_case(id))
}

/// One list declares the files, folder by folder, and makes the catalogue.
macro_rules! theorems {
    ($($(#[$doc:meta])* $paper:ident { $($file:ident :: $Type:ident),* $(,)? })*) => {
        $($(#[$doc])* pub mod $paper { $(pub mod $file;)* })*

        /// All theorems.
        pub const THEOREMS: &[Theorem] = &[$($(Theorem {
            bound: &$paper::$file::$Type,
            paper: stringify!($paper),
            file: concat!(stringify!($paper), "/", stringify!($file), ".rs"),
            text: include_str!(concat!(stringify!($paper), "/", stringify!($file), ".rs")),
        }),*),*];
    };
}

theorems! {
    /// Single calls of operators.
    compressors {
        c1_top_k::TopK,
        c1_top_k_norm_one::TopKNormOne,
        c2_top_k_mixed_norms::TopKMixedNorms,
        c3_rand_k::RandK,
        c3_rand_k_unbiased::RandKUnbiased,
        c4_scaled_sign::ScaledSign,
        c5_qsgd::Qsgd,
        c5_qsgd_sharper::QsgdSharper,
        c6_terngrad::TernGrad,
        c7_natural_compression::NaturalCompression,
        c8_natural_dithering::NaturalDithering,
        c9_hard_threshold::HardThreshold,
        c10_power_sgd::PowerSgd,
        c10_power_sgd_warm_start::PowerSgdWarmStart,
    }
    /// Shi, Chu, Cheung and See 2019, and what is true of top-k on unequal vectors.
    shi2019 {
        s1_top_k_square::TopKSquare,
        s2_unimodal_cube::UnimodalCube,
        s3_sorted_squares::SortedSquares,
        s3_sorted_cubes::SortedCubes,
    }
    /// Alistarh, Hoefler, Johansson, Konstantinov, Khirirat and Renggli 2018.
    alistarh2018 {
        a1_virtual_distance::VirtualDistance,
        a1_virtual_distance_measured::VirtualDistanceMeasured,
        a2_virtual_distance_without_xi::VirtualDistanceWithoutXi,
        a3_convex::Convex,
        a3_convex_without_xi::ConvexWithoutXi,
        a4_nonconvex::Nonconvex,
        a4_nonconvex_without_xi::NonconvexWithoutXi,
        a4_nonconvex_decreasing::NonconvexDecreasing,
        a4_nonconvex_decreasing_without_xi::NonconvexDecreasingWithoutXi,
    }
    /// Khirirat, Magnússon, Aytekin and Johansson 2020.
    khirirat2020 {
        k1_sparsified_descent::SparsifiedDescent,
        k2_signs_descent::SignsDescent,
        k3_stochastic_descent::StochasticDescent,
        k4_polyak_lojasiewicz::SparsifiedPolyakLojasiewicz,
        k4_convex::SparsifiedConvex,
        k4_nonconvex::SparsifiedNonconvex,
        k5_efficiency_affine::EfficiencyAffine,
        k5_efficiency_packets::EfficiencyPackets,
        k7_unbiased_workers::UnbiasedWorkers,
    }
    /// Karimireddy, Rebjock, Stich and Jaggi 2019.
    karimireddy2019 {
        e1_residual::Residual,
        e1_residual_sharp::ResidualSharp,
        e2_nonconvex::Nonconvex,
        e2_convex::Convex,
    }
    /// Stich and Karimireddy 2020.
    stich2020 {
        e3_nonconvex::Nonconvex,
        e4_convex::Convex,
    }
    /// Stich, Cordonnier and Jaggi 2018.
    stich2018 {
        e5_memory::Memory,
        e6_strongly_convex::StronglyConvex,
    }
    /// Beznosikov, Horváth, Richtárik and Safaryan 2020.
    beznosikov2020 {
        g1_compressed_descent::CompressedDescent,
        g3_divergence::Divergence,
    }
    /// Thomsen, Taylor and Dieuleveut 2025.
    thomsen2025 {
        g2_compressed_descent_tight::CompressedDescentTight,
        t1_error_feedback_tight::ErrorFeedbackTight,
        t2_error_feedback_any_step::ErrorFeedbackAnyStep,
    }
    /// Richtárik, Sokolov and Fatkhullin 2021.
    richtarik2021 {
        f1_estimate_error::EstimateError,
        f2_nonconvex::Nonconvex,
        f3_polyak_lojasiewicz::PolyakLojasiewicz,
    }
    /// Fatkhullin, Tyurin and Richtárik 2023.
    fatkhullin2023 {
        f4_momentum::MomentumEf21,
    }
    /// Gorbunov, Burlachenko, Li and Richtárik 2021.
    gorbunov2021 {
        f5_marina::Marina,
    }
    /// Mishchenko, Gorbunov, Takáč and Richtárik 2019.
    mishchenko2019 {
        f6_diana::Diana,
    }
    /// Sahu, Dutta, Abdelmoniem, Banerjee, Canini and Kalnis 2021.
    sahu2021 {
        h1_hard_threshold::HardThreshold,
    }
}
