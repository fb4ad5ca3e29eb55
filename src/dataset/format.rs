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
    /// The format of a file that states none: its first bytes tell idx, its name tells CSV, and other text is LIBSVM's.
    ///
    /// # Errors
    /// What begins so is neither text nor idx; what it is, and what to do.
    pub(super) fn of(name: &str, beginning: &[u8]) -> Result<Self, &'static str> {
        match beginning {
            // Two zeros, the type of the elements, the number of dimensions.
            [0, 0, 8 | 9 | 11..=14, 1..=255, ..] => Ok(Self::Idx),
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Err("this is a zip archive: unpack it and name the file with the rows"),
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => {
                Err("this is an array of NumPy: write it as CSV with numpy.savetxt(…, delimiter=\",\")")
            }
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err("the text is UTF-16; save it as UTF-8"),
            _ if beginning.contains(&0) => Err("this is neither text nor idx: state its format, such as \"cifar\""),
            _ if name.len() >= 4 && name.as_bytes()[name.len() - 4..].eq_ignore_ascii_case(b".csv") => Ok(Self::Csv),
            _ => Ok(Self::Libsvm),
        }
    }

    /// The name in TOML.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Libsvm => "libsvm",
            Self::Csv => "csv",
            Self::Idx => "idx",
            Self::Cifar => "cifar",
            Self::Characters => "characters",
            Self::Words => "words",
        }
    }

    /// Whether rows are sequences of tokens.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Characters | Self::Words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_the_format_and_no_part_of_the_name_but_its_end() {
        for (name, beginning, format) in [
            ("fold_idx1.libsvm", b"1 1:1".as_slice(), Ok(Format::Libsvm)),
            ("train-images-idx3-ubyte", &[0, 0, 8, 3, 0], Ok(Format::Idx)),
            ("anything", &[0, 0, 8, 1, 0], Ok(Format::Idx)),
            ("X.CSV", b"1,2", Ok(Format::Csv)),
            ("csv", b"1 1:2", Ok(Format::Libsvm)),
            ("x", b"", Ok(Format::Libsvm)),
            ("x.csv", b"PK\x03\x04", Err("this is a zip archive: unpack it and name the file with the rows")),
            ("x.csv", b"\xff\xfe1\0", Err("the text is UTF-16; save it as UTF-8")),
            ("batch.bin", &[6, 59, 0], Err("this is neither text nor idx: state its format, such as \"cifar\"")),
        ] {
            assert_eq!(Format::of(name, beginning), format, "{name}");
        }
    }
}
