//! What a member of a family says of itself.

/// What the catalogue says about one member of a family.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// The name in TOML, kebab-case.
    pub name: &'static str,
    /// One line: what it is.
    pub summary: &'static str,
    /// Where it was published: `key, version, place`, key as in `docs/bibliography.bib`; or `this project`.
    pub source: &'static str,
    /// A runnable TOML table.
    pub example: &'static str,
    /// The documentation of the member's file, Markdown.
    pub documentation: &'static str,
}

/// A member describes itself beside its definition; the registry collects the descriptions.
pub trait Described {
    /// The name in TOML, kebab-case.
    const NAME: &'static str;
    /// One line: what it is.
    const SUMMARY: &'static str;
    /// `key, version, place` with a key of `docs/bibliography.bib`, or `this project`.
    const SOURCE: &'static str;
    /// A runnable TOML table of this member, parsed by a test.
    const EXAMPLE: &'static str;
    /// For members of other crates: the text of their file, `include_str!("…")`, whose `//!` lines `gradsieve show`
    /// prints. The members of this crate leave it out; the registry includes their files.
    const DOCUMENTATION: &'static str = "";
}

/// What any member of another crate must be: described, and read and written as one table.
pub trait Specification:
    Described + serde::Serialize + serde::de::DeserializeOwned + schemars::JsonSchema + Send + Sync + 'static
{
}

impl<M> Specification for M where
    M: Described + serde::Serialize + serde::de::DeserializeOwned + schemars::JsonSchema + Send + Sync + 'static
{
}
