//! What a paper says of a figure, and how a measurement compares with it: `[paper]`.

use super::claim::Claim;
use serde::{Deserialize, Serialize};

/// A statement of a paper beside what the experiment measures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperSpec {
    /// The figure or table of the paper.
    pub figure: String,
    /// What the paper says, in words.
    pub claim: String,
    /// What was measured, in words; `{id}` stands for what the claim of this id found.
    pub measured: String,
    /// How the two compare, as long as every claim of the experiment holds.
    pub verdict: Agreement,
    /// Why.
    pub because: String,
}

/// How a measurement compares with what a paper says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// It shows the same.
    Agrees,
    /// It contradicts it.
    Disagrees,
    /// It is about something else than what the paper measured.
    NotComparable,
}

impl PaperSpec {
    /// Checks that what `measured` quotes is claimed.
    ///
    /// # Errors
    /// It quotes the id of no claim, or there is no claim that could fail.
    pub fn validate(&self, claims: &[Claim]) -> Result<(), String> {
        if claims.is_empty() {
            return Err("`paper` needs a [[claim]]: a verdict that nothing can refute says nothing".into());
        }
        for quoted in self.measured.split('{').skip(1) {
            let Some((id, _)) = quoted.split_once('}') else {
                return Err("`paper`: `measured` holds a `{` without `}`".into());
            };
            if !claims.iter().any(|claim| claim.id == id && claim.theorem.is_none()) {
                return Err(format!("`paper`: `measured` quotes {{{id}}}, but no claim on a value has this id"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(toml: &str) -> Claim {
        toml::from_str(toml).unwrap()
    }

    fn paper(measured: &str) -> PaperSpec {
        let measured = measured.to_owned();
        let text = || String::from("text");
        PaperSpec { figure: text(), claim: text(), measured, verdict: Agreement::Agrees, because: text() }
    }

    #[test]
    fn what_is_quoted_must_be_claimed() {
        let claims = [claim("id = 'end'\ntext = 'small'\nmetric = 'loss'\nat_most = 1.0")];
        assert_eq!(paper("{end}").validate(&claims), Ok(()));
        assert!(paper("{start}").validate(&claims).unwrap_err().contains("{start}"));
        assert!(paper("no number").validate(&[]).is_err());
    }
}
