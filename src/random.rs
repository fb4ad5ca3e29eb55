//! One seeded random stream per (purpose, worker, round), counter-based.
//!
//! A stream depends on nothing but its coordinates: not on the number of threads, not on what other workers drew,
//! not on whether the run was resumed. So two methods with the same seed see the same mini-batches (common random
//! numbers).

use rand::SeedableRng;
pub use rand_chacha::ChaCha8Rng as Stream;

/// The most workers that a run can have: each has streams of its own, and so have all together.
pub const MAX_WORKERS: usize = (1 << 24) - 1;

/// What random numbers are drawn for; each purpose has its own independent streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
#[non_exhaustive]
pub enum Purpose {
    /// The rows of a mini-batch.
    Batch = 1,
    /// Additive gradient noise of synthetic objectives.
    Noise = 2,
    /// The randomness of a compressor, private to the worker.
    Compression = 3,
    /// Randomness that the operators of all workers have in common in a round (common coordinates).
    Shared = 4,
    /// Generation of a synthetic data set or objective.
    Generation = 5,
    /// Assignment of rows to workers.
    Partition = 6,
    /// The initial iterate.
    Initialization = 7,
    /// Resampling in statistics.
    Bootstrap = 8,
    /// A Bernoulli draw that server and workers share, independent of the draws that operators share.
    Bernoulli = 9,
    /// Which rounds are looked at, where not all are.
    Observer = 10,
}

/// All random streams of one run, or of one part of a whole that draws more than once for the same purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    seed: u64,
    /// The path to this part: bit t is set where the t-th split chose the second half.
    part: u128,
    n_splits: u32,
}

impl Streams {
    /// The streams of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, part: 0, n_splits: 0 }
    }

    /// Two families of streams without a stream in common: the first draws what these would draw.
    ///
    /// An operation on two random operators gives one half to each. It must not draw from these streams itself, and
    /// 128 splits of splits are the most.
    ///
    /// ```
    /// use gradsieve::random::Streams;
    /// let (first, second) = Streams::new(7).split();
    /// assert!(first != second && first.split().1 != second.split().1);
    /// ```
    #[must_use]
    pub fn split(&self) -> (Self, Self) {
        debug_assert!(self.n_splits < u128::BITS);
        let first = Self { n_splits: self.n_splits + 1, ..*self };
        (first, Self { part: self.part | 1 << self.n_splits, ..first })
    }

    /// The stream of `purpose` for `worker` in `round`.
    ///
    /// The key is (seed, purpose, part), the stream number holds worker and round, so that distinct coordinates give
    /// disjoint `ChaCha` streams for up to [`MAX_WORKERS`] workers and 2⁴⁰ rounds.
    ///
    /// # Panics
    /// There are more workers or rounds: their numbers would be those of others.
    #[must_use]
    pub fn stream(&self, purpose: Purpose, worker: usize, round: u64) -> Stream {
        assert!(worker <= MAX_WORKERS && round < 1 << 40, "worker {worker} in round {round} has no stream of its own");
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..12].copy_from_slice(&(purpose as u32).to_le_bytes());
        key[16..].copy_from_slice(&self.part.to_le_bytes());
        let mut stream = Stream::from_seed(key);
        stream.set_stream(((worker as u64) << 40) | round);
        stream
    }

    /// The stream of `purpose` that all workers share in `round`.
    #[must_use]
    pub fn shared(&self, purpose: Purpose, round: u64) -> Stream {
        self.stream(purpose, MAX_WORKERS, round)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn parts_of_parts_draw_different_numbers_and_the_first_those_of_the_whole() {
        let whole = Streams::new(7);
        let (first, second) = whole.split();
        let parts = [first.split().0, first.split().1, second.split().0, second.split().1];
        let draws = parts.map(|part| part.stream(Purpose::Compression, 1, 1).next_u64());
        assert_eq!(draws[0], whole.stream(Purpose::Compression, 1, 1).next_u64());
        assert_eq!(draws.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    }

    #[test]
    #[should_panic(expected = "worker 16777216 in round 1 has no stream of its own")]
    fn a_worker_without_a_stream_of_its_own_draws_nothing() {
        let _ = Streams::new(7).stream(Purpose::Noise, MAX_WORKERS + 1, 1);
    }

    #[test]
    fn streams_depend_on_every_coordinate_and_on_nothing_else() {
        let streams = Streams::new(7);
        let first = |purpose, worker, round| streams.stream(purpose, worker, round).next_u64();
        let reference = first(Purpose::Batch, 3, 10);
        assert_eq!(reference, first(Purpose::Batch, 3, 10));
        assert_ne!(reference, first(Purpose::Noise, 3, 10));
        assert_ne!(reference, first(Purpose::Batch, 4, 10));
        assert_ne!(reference, first(Purpose::Batch, 3, 11));
        assert_ne!(reference, Streams::new(8).stream(Purpose::Batch, 3, 10).next_u64());
    }
}
