//! Text as rows: consecutive sequences of tokens, each with the token that follows as its label.
//!
//! Token t of a row has to predict token t + 1, the last one the label; rows do not overlap and what is left at the
//! end is dropped. It does not know what predicts.

use super::{DatasetError, Matrix};
use std::collections::{BTreeMap, BTreeSet};

/// T where it is not stated, that of the PTB models of Zaremba et al. (2014).
pub(super) const USUAL_LENGTH: usize = 35;

/// The token of a word that the vocabulary lacks, if the vocabulary has it.
const UNKNOWN: &str = "<unk>";

/// The token of the end of a line.
const END: &str = "<eos>";

/// Characters, numbered in the order of their code points.
///
/// # Errors
/// The text is not UTF-8, or has no `length` + 1 characters.
pub(super) fn characters(file: &str, text: &[u8], length: usize) -> Result<(Matrix, Vec<f64>), DatasetError> {
    let text = utf8(file, text)?;
    let distinct: BTreeSet<char> = text.chars().collect();
    let numbers: BTreeMap<char, u32> = distinct.into_iter().zip(0..).collect();
    rows(file, text.chars().map(|character| numbers[&character]), length)
}

/// Words between blanks and the ends of lines, numbered by how often they occur in `vocabulary`, the most frequent first.
///
/// # Errors
/// The text is not UTF-8, has no `length` + 1 words, or has a word that the vocabulary lacks while it has no `<unk>`.
pub(super) fn words(
    file: &str,
    text: &[u8],
    vocabulary: &[u8],
    length: usize,
) -> Result<(Matrix, Vec<f64>), DatasetError> {
    let vocabulary = utf8(file, vocabulary)?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    tokens(vocabulary).for_each(|word| *counts.entry(word).or_default() += 1);
    let mut ranked: Vec<(&str, usize)> = counts.into_iter().collect();
    // Stable: words that are as frequent stay in the order of the alphabet.
    ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let numbers: BTreeMap<&str, u32> = ranked.into_iter().map(|(word, _)| word).zip(0..).collect();
    let text = utf8(file, text)?;
    let number = |word: &str| {
        numbers.get(word).or_else(|| numbers.get(UNKNOWN)).copied().ok_or_else(|| DatasetError::Content {
            file: file.to_owned(),
            problem: format!("the word `{word}` is not in the vocabulary, and neither is `{UNKNOWN}`"),
        })
    };
    let numbered = tokens(text).map(number).collect::<Result<Vec<u32>, _>>()?;
    rows(file, numbered.into_iter(), length)
}

fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split_whitespace().chain([END]))
}

fn utf8<'a>(file: &str, text: &'a [u8]) -> Result<&'a str, DatasetError> {
    std::str::from_utf8(text).map_err(|error| DatasetError::Content {
        file: file.to_owned(),
        problem: format!("byte {} is not UTF-8", error.valid_up_to()),
    })
}

fn rows(file: &str, tokens: impl Iterator<Item = u32>, length: usize) -> Result<(Matrix, Vec<f64>), DatasetError> {
    let tokens: Vec<f64> = tokens.map(f64::from).collect();
    let n_rows = tokens.len().saturating_sub(1) / length;
    if n_rows == 0 {
        let problem = format!("{} tokens were found, fewer than sequence_length = {length} and one", tokens.len());
        return Err(DatasetError::Content { file: file.to_owned(), problem });
    }
    let labels = (1..=n_rows).map(|row| tokens[row * length]).collect();
    Ok((Matrix::Dense { n_columns: length, values: tokens[..n_rows * length].to_vec() }, labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values((matrix, labels): (Matrix, Vec<f64>)) -> (Vec<f64>, Vec<f64>) {
        let Matrix::Dense { values, .. } = matrix else { panic!("text is dense") };
        (values, labels)
    }

    #[test]
    fn rows_follow_each_other_and_labels_are_the_next_tokens() {
        // b c a b c a b: characters a, b, c are 0, 1, 2.
        let rows = values(characters("x", b"bcabcab", 3).unwrap());
        assert_eq!(rows, (vec![1.0, 2.0, 0.0, 1.0, 2.0, 0.0], vec![1.0, 1.0]));
        let short = characters("x", b"bca", 3).unwrap_err().to_string();
        assert!(short.contains("3 tokens were found, fewer than sequence_length = 3 and one"), "{short}");
    }

    #[test]
    fn words_are_numbered_by_frequency_and_unknown_ones_have_a_word() {
        // <eos> 3, b 2, then a and <unk> once each.
        let vocabulary = b"b a\nb\n<unk>\n";
        let rows = values(words("x", b"a b\nc b", vocabulary, 2).unwrap());
        assert_eq!(rows, (vec![3.0, 1.0, 0.0, 2.0], vec![0.0, 1.0]));
        let message = words("x", b"a c", b"a b", 1).unwrap_err().to_string();
        assert!(message.contains("the word `c` is not in the vocabulary"), "{message}");
    }
}
