//! Breaks text into lines; it does not know what a character measures.

use std::borrow::Cow;

/// Longer texts are cut: no one reads them in a figure, and measuring them takes the square of their length.
const MOST_CHARACTERS: usize = 2000;

/// The text, cut where it is too long.
fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// Breaks `text` at spaces, and inside a word only where the word alone does not fit, into lines that `fits` accepts.
///
/// A single character that does not fit stands on a line of its own. The result holds at least one line.
pub(super) fn wrap(text: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let mut lines = vec![];
    let mut line = String::new();
    let text = &*shortened(text);
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if fits(&longer) {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for character in word.chars() {
            line.push(character);
            if !fits(&line) && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, character.to_string()));
            }
        }
    }
    lines.push(line);
    lines
}

/// Breaks `text` between its clauses, which end with `;`, and as [`wrap`] does where one clause does not fit a line.
///
/// An empty text has no line.
#[cfg(feature = "report")]
pub(super) fn wrap_clauses(text: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    let text = &*shortened(text);
    for clause in text.split_inclusive(';').map(str::trim) {
        let longer = lines.last().map(|line| format!("{line} {clause}")).filter(|line| fits(line));
        match (lines.last_mut(), longer) {
            (Some(line), Some(longer)) => *line = longer,
            _ => lines.extend(wrap(clause, &fits)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;
    #[cfg(feature = "report")]
    use super::wrap_clauses;

    #[test]
    fn lines_break_at_spaces_and_inside_words_only_in_need() {
        let short = |line: &str| line.chars().count() <= 8;
        assert_eq!(wrap("top-k with k = 10", short), ["top-k", "with k =", "10"]);
        assert_eq!(wrap("a stochastic-gradient", short), ["a", "stochast", "ic-gradi", "ent"]);
        assert_eq!(wrap("", short), [""]);
        assert_eq!(wrap("ab", |_| false), ["a", "b"]);
    }

    #[test]
    fn texts_that_no_one_reads_are_cut() {
        let longest = super::MOST_CHARACTERS;
        assert_eq!(wrap(&"é".repeat(longest), |_| true), ["é".repeat(longest)]);
        assert_eq!(wrap(&"é".repeat(5 * longest), |_| true), [format!("{}…", "é".repeat(longest))]);
    }

    #[cfg(feature = "report")]
    #[test]
    fn clauses_stay_whole_where_they_can() {
        let short = |line: &str| line.chars().count() <= 14;
        assert_eq!(wrap_clauses("line: a; band: min to max; c", short), ["line: a;", "band: min to", "max; c"]);
        assert_eq!(wrap_clauses("", short), Vec::<String>::new());
    }
}
