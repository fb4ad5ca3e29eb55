//! Did you mean …? The valid word nearest to a misspelt one.

/// Jaro–Winkler similarity above which two words look like one misspelt.
const SIMILAR: f64 = 0.8;

/// The valid word that is most like `word`, if one looks like it.
pub fn nearest<'a>(word: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    valid
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(similarity, _)| *similarity > SIMILAR)
        .map(|(_, candidate)| candidate)
}

/// What to say to a misspelt word: the nearest valid one, and all of them.
#[must_use]
pub fn help(word: &str, valid: &[&str]) -> String {
    match nearest(word, valid.iter().copied()) {
        Some(best) => format!("did you mean `{best}`? Valid here: {}", valid.join(", ")),
        None if valid.is_empty() => "no keys are valid here".to_owned(),
        None => format!("valid here: {}", valid.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_word_finds_its_own_and_another_word_none() {
        let valid = ["loss", "suboptimality", "bits_up"];
        assert_eq!(nearest("suboptimalty", valid), Some("suboptimality"));
        assert_eq!(nearest("bits_pu", valid), Some("bits_up"));
        assert_eq!(nearest("compressor", valid), None);
        assert_eq!(help("los", &valid), "did you mean `loss`? Valid here: loss, suboptimality, bits_up");
        assert_eq!(help("x", &[]), "no keys are valid here");
    }
}
