//! Numbers and foreign text inside of sentences: short, and harmless to a terminal.

/// The shortest decimal that reads back to the same bits, with an exponent where zeros would have to be counted.
///
/// ```
/// use gradsieve::wording::number;
/// assert_eq!([number(0.25), number(1_797.0), number(8.4e-81), number(-1e30)], ["0.25", "1797", "8.4e-81", "-1e30"]);
/// ```
#[must_use]
pub fn number(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-4..1e7).contains(&magnitude) || !value.is_finite() {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

/// The text with every control character but line ends and tabs as its escape, so that what a file holds cannot act on a
/// terminal; invisible marks that begin a file or turn the direction of writing are shown too.
///
/// ```
/// assert_eq!(gradsieve::wording::printable("a\u{1b}[2J\tb"), "a\\u{1b}[2J\tb");
/// ```
#[must_use]
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let acts = c.is_control() && !matches!(c, '\n' | '\t');
        let hides =
            matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        match (acts, hides) {
            (true, _) => out.extend(c.escape_debug()),
            (_, true) => out.extend(c.escape_unicode()),
            _ => out.push(c),
        }
    }
    out
}

/// At most 24 characters of what was found in a file, as [`printable`] text.
///
/// ```
/// assert_eq!(gradsieve::wording::excerpt(b"\xff\0, and so on for one hundred megabytes"), "�\\0, and so on for one hu…");
/// ```
#[must_use]
pub fn excerpt(bytes: &[u8]) -> String {
    const CHARACTERS: usize = 24;
    // A character has at most four bytes.
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * (CHARACTERS + 1))]);
    let shown = printable(&text.chars().take(CHARACTERS).collect::<String>()).replace('\n', "\\n").replace('\t', "\\t");
    if text.chars().nth(CHARACTERS).is_some() { shown + "…" } else { shown }
}
