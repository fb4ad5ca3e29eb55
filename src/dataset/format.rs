//! The formats of files with rows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// `label index:value …`, indices from 1.
    Libsvm,
    /// Numbers between separators.
    Csv,
    /// Arrays of unsigned bytes, as MNIST comes.
    Idx,
    /// Binary records of CIFAR-10.
    Cifar,
    /// Text as a sequence of characters.
    Characters,
    /// Text as a sequence of words between blanks, with a word for the end of each line.
    Words,
}

impl Format {
    /// Whether rows are sequences of tokens.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Characters | Self::Words)
    }
}
