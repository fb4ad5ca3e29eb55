//! How many coordinates an operator keeps: a count, a density, or one of either per block.
//!
//! It does not know which coordinates are kept.

use super::CompressorError;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// The number of kept coordinates k.
///
/// In TOML an integer is a count (`k = 5`), a number with a point is a density in (0, 1] (`k = 0.001`), and
/// `k = { per_block = "5, 0.01, 3" }` gives either for each block. A density means
///
/// ```text
/// k = max(1, round(density · d)),   halves away from zero
/// ```
///
/// (the code of several papers truncates `density · d` instead, which loses a coordinate to representation error:
/// `0.29 · 100 = 28.999…`).
#[derive(Debug, Clone, PartialEq)]
pub enum Sparsity {
    /// k itself, at most d.
    Count(u64),
    /// k/d.
    Density(f64),
    /// One per block, none of them `PerBlock` again.
    PerBlock(Vec<Sparsity>),
}

impl Sparsity {
    /// k for each block, `dims` being the dimensions of the blocks.
    ///
    /// # Errors
    /// A block is empty, k is 0 or above the block's d, a density lies outside (0, 1], or the number of entries per
    /// block is not the number of blocks.
    ///
    /// ```
    /// use gradsieve::compressor::Sparsity;
    /// let counts = Sparsity::Density(0.01).resolve(&[100, 2_000])?;
    /// assert_eq!((counts.k(0), counts.k(1)), (1, 20));
    /// # Ok::<(), gradsieve::compressor::CompressorError>(())
    /// ```
    pub fn resolve(&self, dims: &[usize]) -> Result<Counts, CompressorError> {
        super::check_blocks(dims)?;
        if let Self::PerBlock(entries) = self
            && entries.len() != dims.len()
        {
            return Err(CompressorError::BlockCount { given: entries.len(), blocks: dims.len() });
        }
        let resolve = |(block, &dim)| {
            let entry = if let Self::PerBlock(entries) = self { &entries[block] } else { self };
            entry.resolve_one(block, dim).map(|k| (k, dim))
        };
        dims.iter().enumerate().map(resolve).collect::<Result<_, _>>().map(Counts)
    }

    fn resolve_one(&self, block: usize, dim: usize) -> Result<usize, CompressorError> {
        match *self {
            Self::Count(0) => Err(CompressorError::NothingKept { block, dim }),
            Self::Count(k) if k > dim as u64 => Err(CompressorError::TooManyKept { k, block, dim }),
            Self::Count(k) => Ok(k as usize),
            Self::Density(density) if density > 0.0 && density <= 1.0 => {
                Ok(((density * dim as f64).round() as usize).clamp(1, dim))
            }
            Self::Density(density) => Err(CompressorError::Density { density, block }),
            Self::PerBlock(_) => Err(CompressorError::NestedBlocks),
        }
    }

    /// One entry of a list per block: an integer is a count, any other number a density.
    fn parse_entry(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let count = text.parse().map(Self::Count).ok();
        let density = || text.parse().map(Self::Density).ok();
        count.or_else(density).ok_or_else(|| {
            format!("`{text}` in `per_block` is neither a count nor a density; write for example \"5, 0.01, 3\"")
        })
    }
}

/// A count.
impl From<u64> for Sparsity {
    fn from(k: u64) -> Self {
        Self::Count(k)
    }
}

/// A density.
impl From<f64> for Sparsity {
    fn from(density: f64) -> Self {
        Self::Density(density)
    }
}

impl fmt::Display for Sparsity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(k) => write!(f, "{k}"),
            Self::Density(density) => write!(f, "{density:?}"),
            Self::PerBlock(entries) => {
                for (i, entry) in entries.iter().enumerate() {
                    write!(f, "{}{entry}", if i == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
        }
    }
}

impl Serialize for Sparsity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(k) => serializer.serialize_u64(*k),
            Self::Density(density) => serializer.serialize_f64(*density),
            Self::PerBlock(_) => {
                let mut table = serializer.serialize_map(Some(1))?;
                table.serialize_entry("per_block", &self.to_string())?;
                table.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Sparsity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SparsityVisitor;
        impl<'de> Visitor<'de> for SparsityVisitor {
            type Value = Sparsity;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a count (5), a density (0.001) or a table ({ per_block = \"5, 0.01\" })")
            }
            fn visit_u64<E: serde::de::Error>(self, k: u64) -> Result<Sparsity, E> {
                Ok(Sparsity::Count(k))
            }
            fn visit_i64<E: serde::de::Error>(self, k: i64) -> Result<Sparsity, E> {
                u64::try_from(k).map(Sparsity::Count).map_err(|_| E::custom(format!("k is {k}, but k counts")))
            }
            fn visit_f64<E: serde::de::Error>(self, density: f64) -> Result<Sparsity, E> {
                Ok(Sparsity::Density(density))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sparsity, A::Error> {
                let mut sparsity = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key != "per_block" {
                        return Err(A::Error::unknown_field(&key, &["per_block"]));
                    }
                    let text: String = map.next_value()?;
                    let entries = text.split(',').map(Sparsity::parse_entry).collect::<Result<_, _>>();
                    sparsity = Some(Sparsity::PerBlock(entries.map_err(A::Error::custom)?));
                }
                sparsity.ok_or_else(|| A::Error::missing_field("per_block"))
            }
        }
        deserializer.deserialize_any(SparsityVisitor)
    }
}

impl schemars::JsonSchema for Sparsity {
    fn schema_name() -> Cow<'static, str> {
        "Sparsity".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A count (5), a density in (0, 1] (0.001), or one of either per block.",
            "oneOf": [
                { "type": "integer", "minimum": 1 },
                { "type": "number", "exclusiveMinimum": 0, "maximum": 1 },
                {
                    "type": "object",
                    "properties": { "per_block": { "type": "string" } },
                    "required": ["per_block"],
                    "additionalProperties": false
                }
            ]
        })
    }
}

/// k and d of each block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts(Vec<(usize, usize)>);

impl Counts {
    /// k of this block.
    ///
    /// # Panics
    /// There is no such block.
    #[must_use]
    pub fn k(&self, block: usize) -> usize {
        self.0[block].0
    }

    /// The least k/d over the blocks: what holds for each block holds for the vector of all blocks with this one.
    #[must_use]
    pub fn least_density(&self) -> f64 {
        self.0.iter().map(|&(k, dim)| k as f64 / dim as f64).fold(1.0, f64::min)
    }

    /// The greatest d/k over the blocks.
    #[must_use]
    pub fn greatest_inverse_density(&self) -> f64 {
        self.0.iter().map(|&(k, dim)| dim as f64 / k as f64).fold(1.0, f64::max)
    }

    /// Pairs (k, d), one per block.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.0.iter().copied()
    }
}
