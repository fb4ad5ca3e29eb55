//! Objectives `f(x) = (1/n) Σᵢ fᵢ(x)` with one `fᵢ` per worker, their gradients and the constants that are proved.
//!
//! An objective knows no method and no compressor.

use crate::dataset::{Dataset, Shards};
use crate::random::MAX_WORKERS;
use crate::registry::Described;
use crate::vector::Addition;
use crate::wording::number;
use std::ops::Range;

pub mod minimize;
pub mod spectral;

mod columns;
mod finite_sum;
mod linear_model;
mod neural;
mod regularizer;

crate::registry::registry! {
    /// The objectives that an experiment can name.
    pub enum ObjectiveSpec: dyn Definition {
        quadratic::Quadratic,
        diverging_quadratics::DivergingQuadratics,
        least_squares::LeastSquares,
        logistic::Logistic,
        multinomial_logistic::MultinomialLogistic,
        nonconvex_logistic::NonconvexLogistic,
        welsch_regression::WelschRegression,
        geman_mcclure_regression::GemanMcclureRegression,
        #[path = "neural/fnn.rs"]
        fnn::Fnn,
        #[path = "neural/lenet_5.rs"]
        lenet_5::LeNet5,
        #[path = "neural/resnet_20.rs"]
        resnet_20::ResNet20,
        #[path = "neural/vgg_16.rs"]
        vgg_16::Vgg16,
        #[path = "neural/lstm.rs"]
        lstm::Lstm,
    }
}

pub use neural::{Activation, Pooling, Precision};
pub use quadratic::Spectrum;

impl ObjectiveSpec {
    /// Whether the objective is a sum over the rows of a data set.
    pub fn needs_data(&self) -> bool {
        matches!(self.member().construction(), Construction::OverRows(_) | Construction::Network(_))
    }

    /// Whether the objective is a neural network, which starts at random.
    pub fn is_network(&self) -> bool {
        matches!(self.member().construction(), Construction::Network(_))
    }

    /// The objective of `n_workers` workers, over the rows of `shards` where it [needs data](Self::needs_data).
    ///
    /// # Errors
    /// Data are missing, superfluous, malformed or carry labels of the wrong kind; a parameter is out of its range;
    /// the number of workers is not one for which the objective is defined.
    pub fn build(&self, shards: Option<Shards>, n_workers: usize) -> Result<Box<dyn Objective>, ObjectiveError> {
        construct(self.name(), self.member().construction(), shards, n_workers)
    }
}

fn construct(
    objective: &'static str,
    construction: Construction<'_>,
    shards: Option<Shards>,
    n_workers: usize,
) -> Built {
    if n_workers == 0 {
        return Err(ObjectiveError::Workers { objective, n_workers, allowed: "at least 1".to_owned() });
    }
    if n_workers > MAX_WORKERS {
        let allowed = format!("at most {MAX_WORKERS}, since each worker needs random numbers of its own");
        return Err(ObjectiveError::Workers { objective, n_workers, allowed });
    }
    match (construction, shards) {
        (Construction::OverRows(build) | Construction::Network(build), Some(shards))
            if shards.rows.len() == n_workers =>
        {
            build(shards)
        }
        (Construction::OverRows(_) | Construction::Network(_), Some(shards)) => Err(ObjectiveError::Workers {
            objective,
            n_workers,
            allowed: format!("{}, one per shard of the data", shards.rows.len()),
        }),
        (Construction::OverRows(_) | Construction::Network(_), None) => Err(ObjectiveError::DataMissing { objective }),
        (Construction::Synthetic(build), None) => build(n_workers),
        (Construction::Synthetic(_), Some(_)) => Err(ObjectiveError::DataSuperfluous { objective }),
    }
}

/// An objective, or why it cannot be built.
pub type Built = Result<Box<dyn Objective>, ObjectiveError>;

/// What a member is built from.
pub enum Construction<'a> {
    /// Labelled rows, one shard per worker.
    OverRows(Box<dyn FnOnce(Shards) -> Built + 'a>),
    /// Labelled rows, one shard per worker; the objective is a neural network.
    Network(Box<dyn FnOnce(Shards) -> Built + 'a>),
    /// A number of workers.
    Synthetic(Box<dyn FnOnce(usize) -> Built + 'a>),
}

impl Definition for ObjectiveSpec {
    fn construction(&self) -> Construction<'_> {
        self.member().construction()
    }
}

impl std::fmt::Debug for Construction<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::OverRows(_) => "OverRows",
            Self::Network(_) => "Network",
            Self::Synthetic(_) => "Synthetic",
        })
    }
}

/// What an experiment writes of an objective, and how it becomes one.
pub trait Definition: Send + Sync {
    /// What the objective is built from, and how.
    fn construction(&self) -> Construction<'_>;

    /// The objective of `n_workers` workers, as [`ObjectiveSpec::build`] makes it.
    ///
    /// # Errors
    /// Those of [`ObjectiveSpec::build`].
    fn build(&self, shards: Option<Shards>, n_workers: usize) -> Built
    where
        Self: Described + Sized,
    {
        construct(Self::NAME, self.construction(), shards, n_workers)
    }
}

/// Why an objective cannot be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectiveError {
    /// A sum over rows, and no rows.
    #[error(
        "objective `{objective}` is a sum over the rows of a data set and none is given: name one, or choose a \
         synthetic objective such as `quadratic`"
    )]
    DataMissing {
        /// The member's name.
        objective: &'static str,
    },
    /// Rows for an objective that has none.
    #[error(
        "objective `{objective}` is synthetic and takes no data: remove the data set, or choose an objective over \
         rows such as `least-squares`"
    )]
    DataSuperfluous {
        /// The member's name.
        objective: &'static str,
    },
    /// A label that the loss does not know.
    #[error(
        "objective `{objective}`: row {row} (from 0) of data set `{dataset}` has the label {}, expected \
         {expected}; {remedy}",
        number(*label)
    )]
    Label {
        /// The member's name.
        objective: &'static str,
        /// The data set's name.
        dataset: String,
        /// The first such row, from 0.
        row: usize,
        /// Its label.
        label: f64,
        /// What labels are allowed.
        expected: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A neural network, and a program without the feature for it.
    #[error(
        "objective `{objective}` is a neural network, and this program was built without them: build with the feature \
         `neural` and Rust 1.95 or newer, `cargo run --release --features neural -- run …`"
    )]
    NeuralMissing {
        /// The member's name.
        objective: &'static str,
    },
    /// Text for a parameter that does not read.
    #[error("objective `{objective}`: {field} = \"{value}\", allowed is {allowed}")]
    Unreadable {
        /// The member's name.
        objective: &'static str,
        /// The field in TOML.
        field: &'static str,
        /// What it holds.
        value: String,
        /// What it may hold.
        allowed: &'static str,
    },
    /// A parameter out of its range.
    #[error("objective `{objective}`: {field} = {}, allowed is {allowed}", number(*value))]
    OutOfRange {
        /// The member's name.
        objective: &'static str,
        /// The field in TOML.
        field: &'static str,
        /// What it holds.
        value: f64,
        /// What it may hold.
        allowed: &'static str,
    },
    /// A number of workers for which the objective is not defined.
    #[error("objective `{objective}`: n_workers = {n_workers}, allowed is {allowed}")]
    Workers {
        /// The member's name.
        objective: &'static str,
        /// n.
        n_workers: usize,
        /// What it may be.
        allowed: String,
    },
    /// Rows, columns, labels and shards do not fit together.
    #[error("objective `{objective}`: data set `{dataset}` {defect}")]
    Malformed {
        /// The member's name.
        objective: &'static str,
        /// The data set's name.
        dataset: String,
        /// What is wrong with it.
        defect: String,
    },
}

impl ObjectiveError {
    /// Checks `allowed` by `holds`.
    fn check(
        objective: &'static str,
        field: &'static str,
        value: f64,
        allowed: &'static str,
        holds: bool,
    ) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self::OutOfRange { objective, field, value, allowed }) }
    }
}

/// `f(x) = (1/n) Σᵢ fᵢ(x)` with `fᵢ = dataᵢ + shared`: a part of its own for each worker, and a part that all
/// workers have in common (a regularizer), whose gradient the simulation computes once per round.
///
/// Gradients are *added* with a weight to the caller's vector: sparse rows then cost what they hold.
pub trait Objective: Send + Sync + std::fmt::Debug {
    /// d.
    fn dim(&self) -> usize;

    /// n.
    fn n_workers(&self) -> usize;

    /// Number of terms of `dataᵢ(x) = (1/m) Σⱼ dataᵢⱼ(x)`, m; zero where the part is not a finite sum.
    fn n_samples(&self, worker: usize) -> usize;

    /// `dataᵢ(x)`, x of length d.
    fn worker_value(&self, worker: usize, x: &[f64]) -> f64;

    /// `out ← out + weight · (1/|rows|) Σ_{j ∈ rows} ∇dataᵢⱼ(x)`; x and out of length d.
    fn add_gradient(&self, worker: usize, rows: Rows<'_>, x: &[f64], weight: f64, out: &mut [f64]);

    /// [`Objective::add_gradient`] of all rows, and [`Objective::worker_value`], in one pass over the rows where both need
    /// the same of them; the same bits.
    fn add_gradient_and_value(&self, worker: usize, x: &[f64], weight: f64, out: &mut [f64]) -> f64 {
        self.add_gradient(worker, Rows::All, x, weight, out);
        self.worker_value(worker, x)
    }

    /// `out ← out + weight · noise` for objectives whose gradients are noisy by themselves; `E noise = 0`.
    fn add_noise(&self, worker: usize, stream: &mut crate::random::Stream, weight: f64, out: &mut [f64]) {
        let _ = (worker, stream, weight, out);
    }

    /// `shared(x)`.
    fn shared_value(&self, x: &[f64]) -> f64 {
        let _ = x;
        0.0
    }

    /// `out ← out + weight · ∇shared(x)`; false where there is no shared part and nothing was added.
    fn add_shared_gradient(&self, x: &[f64], weight: f64, out: &mut [f64]) -> bool {
        let _ = (x, weight, out);
        false
    }

    /// `∇shared(x)` with weight one, in the room that `buffer` (length d) gives; `None` where there is no shared part.
    fn shared_gradient<'a>(&self, x: &'a [f64], buffer: &'a mut [f64]) -> Option<Addition<'a>> {
        buffer.fill(0.0);
        self.add_shared_gradient(x, 1.0, buffer).then(|| (1.0, &*buffer).into())
    }

    /// The layers of a network, in the order of their coordinates; empty where x has no such parts.
    fn layers(&self) -> Vec<Layer> {
        Vec::new()
    }

    /// `x_0` of length d where a network draws its own, another one for each seed; `None` elsewhere.
    fn initial(&self, seed: u64) -> Option<Vec<f64>> {
        let _ = seed;
        None
    }

    /// Whether rows that are not part of f, such as a test set, can be [evaluated](Self::evaluate).
    ///
    /// # Errors
    /// They have other columns or other labels than the rows of f.
    fn check_rows(&self, rows: &Dataset) -> Result<(), ObjectiveError> {
        let _ = rows;
        Ok(())
    }

    /// How x does on rows that are not part of f and have been [checked](Self::check_rows); `None` where this has no
    /// meaning.
    fn evaluate(&self, rows: &Dataset, x: &[f64]) -> Option<Evaluation> {
        let _ = (rows, x);
        None
    }

    /// What is proved about this objective; `None` elsewhere. May take as long as some hundred gradients.
    fn constants(&self) -> Constants;

    /// `out ← out + weight · ∇²f(x) direction`, of the whole f; false where no second derivative is offered.
    fn add_hessian_product(&self, x: &[f64], direction: &[f64], weight: f64, out: &mut [f64]) -> bool {
        let _ = (x, direction, weight, out);
        false
    }

    /// `out ← out + weight · ∇²f(x)`, d × d; false where it is not offered because d products are as fast.
    fn add_hessian(&self, x: &[f64], weight: f64, out: &mut [f64]) -> bool {
        let _ = (x, weight, out);
        false
    }

    /// R ≥ 0 such that `|d³/dt³ f(x + tv)| ≤ R‖v‖ d²/dt² f(x + tv)` for all x, v and t: zero for quadratics; `None` where
    /// none is known. It lets [`minimize::minimize`] prove a minimum without strong convexity, and promises that the
    /// curvature at x = 0 is above rounding errors in every direction along which f is not constant.
    fn self_concordance(&self) -> Option<f64> {
        None
    }

    /// Approximate cost of `add_gradient` per sample, in multiply-adds; only for deciding what runs in parallel.
    fn cost_per_sample(&self) -> usize {
        self.dim()
    }
}

/// Consecutive coordinates of x that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Such as `conv1`.
    pub name: String,
    /// How many coordinates it has.
    pub len: usize,
}

/// How an iterate does on held-out rows, which are not part of the objective.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// The mean of the loss, without regularizer.
    pub loss: f64,
    /// The fraction of labels predicted correctly, in [0, 1]; `None` for regression.
    pub accuracy: Option<f64>,
}

/// Which terms of a worker's finite sum a gradient averages.
#[derive(Debug, Clone, Copy)]
pub enum Rows<'a> {
    /// All of them: the gradient of `dataᵢ`.
    All,
    /// These, counted from 0 within the worker, repetitions allowed: a mini-batch.
    Only(&'a [u32]),
}

/// Constants that are proved for an objective, each as the value that makes the inequality true
/// (upper bounds for L, lower bounds for μ and the minimum where it is not attained).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Constants {
    /// L: `‖∇f(x) − ∇f(y)‖ ≤ L‖x − y‖`.
    pub smoothness: Option<f64>,
    /// Lᵢ, one per worker.
    pub worker_smoothness: Option<Vec<f64>>,
    /// L_s, the largest smoothness of a single row with the shared part, over all workers i and rows j:
    /// `‖∇(dataᵢⱼ + shared)(x) − ∇(dataᵢⱼ + shared)(y)‖ ≤ L_s‖x − y‖`. Where a worker's part is not a finite sum, it is that
    /// of its gradient with the noise of one draw.
    pub sample_smoothness: Option<f64>,
    /// One per worker i, for all x: `(1/m) Σⱼ ‖∇dataᵢⱼ(x) − ∇dataᵢ(x)‖²` is at most this, the variance of the gradient of
    /// one row drawn uniformly. See [`sampling_variance`] for its exact value at one x.
    pub sampling_variance: Option<Vec<f64>>,
    /// μ: `f − (μ/2)‖·‖²` is convex; zero for merely convex objectives.
    pub strong_convexity: Option<f64>,
    /// f*, or a lower bound of it when `minimizer` is absent.
    pub minimum: Option<f64>,
    /// x*, length d.
    pub minimizer: Option<Vec<f64>>,
    /// σ²: `E‖gᵢ(x) − ∇fᵢ(x)‖² ≤ σ²` of the intrinsic noise ([`Objective::add_noise`]), zero without noise.
    pub noise_variance: Option<f64>,
    /// ζ²: `(1/n) Σ‖∇fᵢ(x) − ∇f(x)‖² ≤ ζ²` for all x.
    pub heterogeneity: Option<f64>,
    /// Whether f is convex.
    pub convex: bool,
}

/// `f(x)`, summed in the order of the workers.
#[must_use]
pub fn value(objective: &dyn Objective, x: &[f64]) -> f64 {
    use rayon::prelude::*;
    let n = objective.n_workers();
    let values: Vec<f64> = (0..n).into_par_iter().map(|worker| objective.worker_value(worker, x)).collect();
    values.iter().sum::<f64>() / n as f64 + objective.shared_value(x)
}

/// `out ← ∇f(x)`; the bits do not depend on the number of threads.
pub fn gradient(objective: &dyn Objective, x: &[f64], out: &mut [f64]) {
    let n = objective.n_workers();
    out.fill(0.0);
    add_over_workers(n, out, |worker, sum| objective.add_gradient(worker, Rows::All, x, 1.0 / n as f64, sum));
    objective.add_shared_gradient(x, 1.0, out);
}

/// [`gradient`], and [`value`] to the same bits; faster than both where they need the same of the rows.
pub fn gradient_and_value(objective: &dyn Objective, x: &[f64], out: &mut [f64]) -> f64 {
    let n = objective.n_workers();
    out.fill(0.0);
    let values =
        add_over_workers(n, out, |worker, sum| objective.add_gradient_and_value(worker, x, 1.0 / n as f64, sum));
    objective.add_shared_gradient(x, 1.0, out);
    values.iter().sum::<f64>() / n as f64 + objective.shared_value(x)
}

/// `out ← out + Σᵢ termᵢ`, where `add(i, sum)` adds the term of worker i to `sum`; returns what it returns, in order.
///
/// The workers are summed in a fixed number of groups of consecutive workers: the order of additions depends on n
/// alone, not on the number of threads, which is that of the groups at once.
fn add_over_workers<T: Send>(n: usize, out: &mut [f64], add: impl Fn(usize, &mut [f64]) -> T + Sync) -> Vec<T> {
    use rayon::prelude::*;
    const GROUPS: usize = 8;
    let size = n.div_ceil(GROUPS);
    let groups: Vec<Range<usize>> = (0..n).step_by(size).map(|first| first..n.min(first + size)).collect();
    let mut sums = vec![Vec::new(); rayon::current_num_threads().min(groups.len())];
    let mut all = Vec::with_capacity(n);
    for groups in groups.chunks(sums.len()) {
        let sum_up = |(group, sum): (&Range<usize>, &mut Vec<f64>)| -> Vec<T> {
            sum.clear();
            sum.resize(out.len(), 0.0);
            group.clone().map(|worker| add(worker, sum)).collect()
        };
        let returned: Vec<Vec<T>> = groups.par_iter().zip(&mut sums).map(sum_up).collect();
        for (sum, returned) in sums.iter().zip(returned) {
            crate::vector::add_scaled(1.0, sum, out);
            all.extend(returned);
        }
    }
    all
}

/// A vector of independent standard normal numbers.
fn normal_vector(dim: usize, stream: &mut crate::random::Stream) -> Vec<f64> {
    use rand_distr::Distribution;
    (0..dim).map(|_| rand_distr::StandardNormal.sample(stream)).collect()
}

/// The exact variance of the gradient of one row drawn uniformly, given x (length d):
///
/// ```text
/// (1/m) Σⱼ ‖∇dataᵢⱼ(x) − ∇dataᵢ(x)‖²
/// ```
///
/// A mini-batch of b rows drawn with replacement has this divided by b; drawn without replacement, it is also
/// multiplied by `(m − b)/(m − 1)`. Takes m·d operations; zero where the worker's part is not a finite sum.
#[must_use]
pub fn sampling_variance(objective: &dyn Objective, worker: usize, x: &[f64]) -> f64 {
    let m = objective.n_samples(worker);
    if m == 0 {
        return 0.0;
    }
    let mut mean = vec![0.0; objective.dim()];
    objective.add_gradient(worker, Rows::All, x, 1.0, &mut mean);
    let mut difference = vec![0.0; objective.dim()];
    let squares = (0..m as u32).map(|row| {
        for (difference, mean) in difference.iter_mut().zip(&mean) {
            *difference = -mean;
        }
        objective.add_gradient(worker, Rows::Only(&[row]), x, 1.0, &mut difference);
        crate::vector::norm_squared(&difference)
    });
    squares.sum::<f64>() / m as f64
}
