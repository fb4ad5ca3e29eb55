//! An operator tried out on vectors by itself, without a method: what it keeps of them, call after call.
//!
//! It knows no clock: to learn how long a call takes, measure around [`Trial::compress`].

use super::{Call, Compressor, CompressorError, CompressorSpec, Message, Scratch};
use crate::random::Streams;
use crate::vector::{NotFinite, norm_max, sum_of};

/// One worker's operator on vectors of one block, with what it carries from call to call.
///
/// ```
/// use gradsieve::compressor::{CompressorSpec, Trial};
/// let spec: CompressorSpec = serde_json::from_str(r#"{ "name": "redsync-trimmed", "k": 2 }"#)?;
/// let x = [3.0, 0.0, -4.0, 0.0, 0.0, 0.0];
/// let mut trial = Trial::new(&spec, x.len(), 1)?;
/// trial.compress(&x)?;
/// let kept = trial.kept(&x);
/// assert_eq!((kept.n_entries, kept.energy_fraction, kept.ratio(2)), (2, Some(1.0), 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Trial {
    operator: Box<dyn Compressor>,
    streams: Streams,
    n_calls: u64,
    n_read_last: u64,
    adaptation: Vec<f64>,
    scratch: Scratch,
    message: Message,
}

/// What an operator kept of a vector x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kept {
    /// k̂, the number of coordinates in the message.
    pub n_entries: usize,
    /// `1 − ‖C(x) − x‖²/‖x‖²`, the fraction of the energy captured; negative where the error exceeds the vector, none
    /// for x = 0.
    pub energy_fraction: Option<f64>,
}

impl Kept {
    /// `k̂/k`.
    #[must_use]
    pub fn ratio(&self, k: usize) -> f64 {
        self.n_entries as f64 / k as f64
    }
}

impl Trial {
    /// The operator of `spec` for vectors of length `dim`, with the random streams of `seed`.
    ///
    /// # Errors
    /// A parameter is out of range, alone or for this dimension.
    pub fn new(spec: &CompressorSpec, dim: usize, seed: u64) -> Result<Self, CompressorError> {
        Ok(Self {
            operator: spec.build(&[dim])?,
            streams: Streams::new(seed),
            n_calls: 0,
            n_read_last: 0,
            adaptation: Vec::new(),
            scratch: Scratch::default(),
            message: Message::default(),
        })
    }

    /// Compresses `x` (length d); the calls are the rounds 1, 2, … of one worker.
    ///
    /// # Errors
    /// `x` holds NaN or ∞.
    pub fn compress(&mut self, x: &[f64]) -> Result<&Message, NotFinite> {
        self.n_calls += 1;
        self.scratch.n_read = 0;
        let Self { streams, adaptation, scratch, .. } = self;
        let mut call = Call { streams: *streams, worker: 0, round: self.n_calls, block: 0, adaptation, scratch };
        self.operator.compress(x, &mut call, &mut self.message)?;
        self.n_read_last = self.scratch.n_read;
        Ok(&self.message)
    }

    /// The message of the last call, empty before the first.
    #[must_use]
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// How often the last call read the vector: numbers read of it and of copies of its parts, over d.
    ///
    /// Every number counts each time it is read: in the passes over the whole vector, in samples, in the entries that a
    /// stage looks at again, and in those that are sent. The list from which an exact selection takes its k is not counted.
    /// `None` for operators that keep no account, which are all that do not select by magnitude.
    #[must_use]
    pub fn passes(&self) -> Option<f64> {
        (self.n_read_last > 0).then(|| self.n_read_last as f64 / self.message.dim() as f64)
    }

    /// Whether the operator carries numbers from call to call; known after the first.
    #[must_use]
    pub fn adapts(&self) -> bool {
        !self.adaptation.is_empty()
    }

    /// What the last message keeps of `x`, the vector that was compressed.
    #[must_use]
    pub fn kept(&self, x: &[f64]) -> Kept {
        let largest = norm_max(x);
        let energy_fraction = (largest > 0.0).then(|| {
            // In units of the largest magnitude no square overflows and none that counts vanishes. What was not sent is
            // lost whole, so that only what was sent tells ‖x‖² and the error apart.
            let square = |v: f64| (v / largest) * (v / largest);
            let mut captured = 0.0;
            self.message.for_each(|j, value| captured += square(x[j]) - square(x[j] - value));
            captured / sum_of(x, square)
        });
        Kept { n_entries: self.message.n_entries(), energy_fraction }
    }
}
