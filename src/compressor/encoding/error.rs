//! Why bytes are not a message.

use super::kind::MAX_DEPTH;

/// Bytes that are not a message of the expected dimension and wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end before the message does.
    #[error("the message ends after {bits} bits, in the middle of its content")]
    Truncated {
        /// Bits that there are.
        bits: u64,
    },
    /// The bytes go on after the message.
    #[error("the message is followed by {bits} bits that are not padding")]
    Trailing {
        /// Bits that are left.
        bits: u64,
    },
    /// An index is outside of the vector, or indices do not ascend.
    #[error("index {index} is out of order or not below the dimension {dim}")]
    Index {
        /// The index.
        index: u64,
        /// d.
        dim: usize,
    },
    /// More entries than coordinates, or fewer positions than entries.
    #[error("{n_entries} entries do not fit the positions of a vector of dimension {dim}")]
    Entries {
        /// The number in the header.
        n_entries: u64,
        /// d.
        dim: usize,
    },
    /// A level outside the ladder.
    #[error("level {level} does not exist on a ladder of {n_levels} levels")]
    Level {
        /// Its magnitude, or for a fixed width the number that stands for it.
        level: u64,
        /// s.
        n_levels: u32,
    },
    /// A ladder with more levels than numbers have room for.
    #[error("a ladder of {n_levels} levels is too long")]
    Levels {
        /// s.
        n_levels: u64,
    },
    /// The blocks do not make up the vector.
    #[error("blocks of total dimension {found} do not make up a vector of dimension {dim}")]
    Blocks {
        /// Sum of the blocks' dimensions, as far as read.
        found: u64,
        /// d.
        dim: usize,
    },
    /// Messages within messages, deeper than [`MAX_DEPTH`].
    #[error("messages are nested deeper than {MAX_DEPTH}")]
    Nesting,
    /// The header names no kind of message.
    #[error("kind number {kind} of further messages does not exist")]
    Kind {
        /// The number in the header.
        kind: u64,
    },
    /// The header names no encoding.
    #[error("encoding number {tag} does not exist")]
    Tag {
        /// The number in the header.
        tag: u64,
    },
    /// The entropy limit is a count of bits, not an encoding.
    #[error("the entropy limit is not an encoding: choose another `encoding` to exchange bytes")]
    NoBytes,
}
