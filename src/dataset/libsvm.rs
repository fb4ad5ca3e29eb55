//! LIBSVM text: `label index:value index:value …`, one row a line, indices ascending from 1.
//!
//! It does not know what labels mean, nor where the text comes from.

use super::decimal::{fast_prefix, parse_float, parse_index};
use super::{DatasetError, Matrix, SparseRows};
use rayon::prelude::*;

/// Text per task of the thread pool; the result does not depend on it.
const CHUNK_BYTES: usize = 1 << 20;

/// Rows and labels of LIBSVM text.
///
/// Empty lines are skipped; `#` begins a comment; entries of value zero are not stored. Without `n_features` the
/// largest index counts.
///
/// # Errors
/// A line breaks the rules (with line and column), a value is not finite, an index is above `n_features`, or there is
/// no row.
pub fn parse(file: &str, text: &[u8], n_features: Option<usize>) -> Result<(Matrix, Vec<f64>), DatasetError> {
    parse_in_chunks(file, text, n_features, CHUNK_BYTES)
}

fn parse_in_chunks(
    file: &str,
    text: &[u8],
    n_features: Option<usize>,
    chunk_bytes: usize,
) -> Result<(Matrix, Vec<f64>), DatasetError> {
    let limit = n_features.unwrap_or(u32::MAX as usize);
    let chunks = line_chunks(text, chunk_bytes);
    let parts: Vec<Result<Part, Fault>> =
        chunks.into_par_iter().map(|(start, end)| parse_chunk(text, start, end, limit)).collect();
    // The fault of the first bad line, whichever thread came first.
    let parts: Vec<Part> = parts.into_iter().collect::<Result<_, _>>().map_err(|fault| fault.locate(file, text))?;
    let n_rows = parts.iter().map(|part| part.labels.len()).sum();
    if n_rows == 0 {
        return Err(DatasetError::Content {
            file: file.to_owned(),
            problem: "no row was found; expected lines `label index:value index:value …`".to_owned(),
        });
    }
    let mut rows = SparseRows::with_capacity(n_rows, parts.iter().map(|part| part.values.len()).sum());
    let mut labels = Vec::with_capacity(n_rows);
    let mut largest = 0;
    for part in parts {
        let before = rows.indices.len();
        rows.offsets.extend(part.ends.iter().map(|end| before + end));
        rows.indices.extend_from_slice(&part.indices);
        rows.values.extend_from_slice(&part.values);
        labels.extend_from_slice(&part.labels);
        largest = largest.max(part.largest);
    }
    Ok((rows.into_matrix(n_features.unwrap_or(largest as usize)), labels))
}

/// Ranges of about `chunk_bytes` that end behind a line break.
fn line_chunks(text: &[u8], chunk_bytes: usize) -> Vec<(usize, usize)> {
    let mut chunks = Vec::with_capacity(text.len() / chunk_bytes + 1);
    let mut start = 0;
    while start < text.len() {
        let wanted = (start + chunk_bytes).min(text.len());
        let end = text[wanted - 1..].iter().position(|&byte| byte == b'\n').map_or(text.len(), |at| wanted + at);
        chunks.push((start, end));
        start = end;
    }
    chunks
}

/// What a chunk holds.
#[derive(Default)]
struct Part {
    labels: Vec<f64>,
    /// Where each row ends in `indices`.
    ends: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f64>,
    /// The largest index, from 1; zero without entries.
    largest: u32,
}

/// A broken rule and the byte of the text where it was seen.
struct Fault {
    at: usize,
    problem: String,
}

impl Fault {
    fn locate(self, file: &str, text: &[u8]) -> DatasetError {
        let before = &text[..self.at];
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        DatasetError::Syntax {
            file: file.to_owned(),
            line: before.split(|&byte| byte == b'\n').count(),
            column: self.at - line_start + 1,
            problem: self.problem,
        }
    }
}

/// Anything up to the blank counts as blank: tabs and carriage returns among them.
#[inline]
fn is_blank(byte: u8) -> bool {
    byte <= b' '
}

fn parse_chunk(text: &[u8], start: usize, end: usize, limit: usize) -> Result<Part, Fault> {
    let text = &text[..end];
    let mut part = Part::default();
    // An entry takes at least four bytes; memory that is not touched costs nothing.
    part.indices.reserve((end - start) / 4);
    part.values.reserve((end - start) / 4);
    let mut at = start;
    while at < end {
        while at < end && is_blank(text[at]) {
            at += 1;
        }
        if at == end {
            break;
        }
        if text[at] == b'#' {
            at = line_end(text, at);
            continue;
        }
        let token = token_end(text, at);
        part.labels.push(number(&text[at..token], at, "label")?);
        at = parse_entries(text, token, limit, &mut part)?;
        part.ends.push(part.indices.len());
    }
    Ok(part)
}

/// The entries of one row; returns where its line ends.
#[inline]
fn parse_entries(text: &[u8], mut at: usize, limit: usize, part: &mut Part) -> Result<usize, Fault> {
    let mut previous = 0;
    loop {
        while at < text.len() && is_blank(text[at]) && text[at] != b'\n' {
            at += 1;
        }
        if at == text.len() || text[at] == b'\n' {
            return Ok(at);
        }
        let (index, start) = match small_index(text, at) {
            Some((index, start)) if index > previous && index as usize <= limit => (index, start),
            _ if text[at] == b'#' => return Ok(line_end(text, at)),
            _ => checked_index(text, at, previous, limit)?,
        };
        let (value, end) = match fast_prefix(text, start) {
            Some((value, end)) if end == text.len() || is_blank(text[end]) => (value, end),
            _ => {
                let end = token_end(text, start);
                (number(&text[start..end], start, "value")?, end)
            }
        };
        if value != 0.0 {
            part.indices.push(index - 1);
            part.values.push(value);
        }
        previous = index;
        part.largest = part.largest.max(index);
        at = end;
    }
}

/// The usual index, at most nine digits before a colon, and where its value begins; `None` for anything else.
#[inline]
fn small_index(text: &[u8], at: usize) -> Option<(u32, usize)> {
    let mut index = 0_u32;
    for (n, &byte) in text[at..].iter().take(10).enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return (byte == b':' && n > 0).then_some((index, at + n + 1));
        }
        index = index.wrapping_mul(10).wrapping_add(u32::from(digit));
    }
    None
}

/// An index that is long, or the fault of one that breaks a rule.
#[cold]
fn checked_index(text: &[u8], at: usize, previous: u32, limit: usize) -> Result<(u32, usize), Fault> {
    let token = &text[at..token_end(text, at)];
    let Some(length) = token.iter().position(|&byte| byte == b':') else {
        return Err(Fault { at, problem: format!("`{}` has no colon; expected index:value", shown(token)) });
    };
    match parse_index(&token[..length]) {
        Some(index) if index > previous && index as usize <= limit => Ok((index, at + length + 1)),
        other => Err(Fault { at, problem: index_problem(other, &token[..length], previous, limit) }),
    }
}

fn index_problem(index: Option<u32>, token: &[u8], previous: u32, limit: usize) -> String {
    match index {
        None => format!("index `{}` is not a whole number from 1 to {}", shown(token), u32::MAX),
        Some(0) => "index 0 was found; indices start at 1".to_owned(),
        Some(index) if index as usize > limit => format!("index {index} is above n_features = {limit}"),
        Some(index) if index == previous => format!("index {index} appears twice in the row"),
        Some(index) => format!("index {index} follows index {previous}; indices must ascend"),
    }
}

#[inline]
fn number(token: &[u8], at: usize, what: &str) -> Result<f64, Fault> {
    match parse_float(token) {
        Some(value) if value.is_finite() => Ok(value),
        Some(_) => Err(Fault { at, problem: format!("{what} `{}` is not finite", shown(token)) }),
        None => Err(Fault { at, problem: format!("{what} `{}` is not a number", shown(token)) }),
    }
}

#[inline]
fn token_end(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && !is_blank(text[at]) {
        at += 1;
    }
    at
}

fn line_end(text: &[u8], at: usize) -> usize {
    text[at..].iter().position(|&byte| byte == b'\n').map_or(text.len(), |length| at + length)
}

/// At most 24 characters of what was found.
pub(super) fn shown(token: &[u8]) -> String {
    let text = String::from_utf8_lossy(token);
    match text.char_indices().nth(24) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fmt::Write as _;

    fn problem(text: &str, n_features: Option<usize>) -> String {
        parse("x.libsvm", text.as_bytes(), n_features).unwrap_err().to_string()
    }

    #[test]
    fn rows_labels_comments_and_blank_lines_are_read() {
        let text = "+1 1:0.5 3:-2e1 # a comment\r\n\n# another\n-1\n 2\t2:1 3:0\n";
        let (features, labels) = parse("x", text.as_bytes(), None).unwrap();
        assert_eq!(labels, [1.0, -1.0, 2.0]);
        let expected = Matrix::Sparse {
            n_columns: 3,
            offsets: vec![0, 2, 2, 3],
            indices: vec![0, 2, 1],
            values: vec![0.5, -20.0, 1.0],
        };
        assert_eq!(features, expected);
        assert_eq!(parse("x", text.as_bytes(), Some(9)).unwrap().0.n_columns(), 9);
    }

    #[test]
    fn broken_lines_are_named_with_file_line_and_column() {
        for (text, expected) in [
            ("1 1:1\n1 0:2", "x.libsvm:2:3: index 0 was found; indices start at 1"),
            ("1 3:1 2:1", "x.libsvm:1:7: index 2 follows index 3; indices must ascend"),
            ("1 3:1 3:1", "x.libsvm:1:7: index 3 appears twice in the row"),
            ("1 3:1 4", "x.libsvm:1:7: `4` has no colon; expected index:value"),
            ("\n\n1 3:abc", "x.libsvm:3:5: value `abc` is not a number"),
            ("1 3:", "x.libsvm:1:5: value `` is not a number"),
            ("yes 3:1", "x.libsvm:1:1: label `yes` is not a number"),
            ("1 3:nan", "x.libsvm:1:5: value `nan` is not finite"),
            ("1 3:-inf", "x.libsvm:1:5: value `-inf` is not finite"),
            ("NaN 3:1", "x.libsvm:1:1: label `NaN` is not finite"),
            ("1 3:1e999", "x.libsvm:1:5: value `1e999` is not finite"),
            ("1 -3:1", "x.libsvm:1:3: index `-3` is not a whole number from 1 to 4294967295"),
            ("1 qid:1", "x.libsvm:1:3: index `qid` is not a whole number from 1 to 4294967295"),
        ] {
            assert_eq!(problem(text, None), expected);
        }
        assert_eq!(problem("1 1:1 12:1", Some(11)), "x.libsvm:1:7: index 12 is above n_features = 11");
        assert!(problem("", None).starts_with("x.libsvm: no row was found"));
        assert!(problem("\n # nothing\n", None).starts_with("x.libsvm: no row was found"));
    }

    /// The naive twin: `str` methods, one line after the other.
    fn naive(text: &str) -> (Vec<Vec<(u32, f64)>>, Vec<f64>) {
        text.lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| {
                let mut tokens = line.split_whitespace();
                let label: f64 = tokens.next().unwrap().parse().unwrap();
                let entries = tokens.map(|token| {
                    let (index, value) = token.split_once(':').unwrap();
                    (index.parse::<u32>().unwrap() - 1, value.parse::<f64>().unwrap())
                });
                (entries.filter(|(_, value)| *value != 0.0).collect(), label)
            })
            .unzip()
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_rows_of_the_naive_twin(
            rows in prop::collection::vec(
                (any::<i16>(), prop::collection::btree_map(1u32..5000, -1e3f64..1e3, 0..9), any::<bool>()), 1..30),
            chunk_bytes in 1usize..200,
        ) {
            let mut text = String::new();
            for (label, entries, blank) in &rows {
                text += &label.to_string();
                for (index, value) in entries {
                    write!(text, " {index}:{value}").unwrap();
                }
                text += if *blank { " \r\n\n" } else { "\n" };
            }
            let (expected, expected_labels) = naive(&text);
            let (features, labels) = parse_in_chunks("x", text.as_bytes(), Some(5000), chunk_bytes).unwrap();
            prop_assert_eq!(labels, expected_labels);
            for (i, entries) in expected.iter().enumerate() {
                let row: Vec<(u32, f64)> = features.row(i).map(|(j, a)| (j as u32, a)).collect();
                prop_assert_eq!(&row, entries);
            }
        }

        #[test]
        fn the_first_fault_is_reported_for_any_chunking(
            good_before in 0usize..40, good_after in 0usize..40, chunk_bytes in 1usize..100,
        ) {
            let text = format!("{}1 7:x\n{}1 0:1\n", "1 1:1\n".repeat(good_before), "1 1:1\n".repeat(good_after));
            let error = parse_in_chunks("x", text.as_bytes(), None, chunk_bytes).unwrap_err().to_string();
            prop_assert_eq!(error, format!("x:{}:5: value `x` is not a number", good_before + 1));
        }

        #[test]
        fn arbitrary_bytes_give_rows_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok((features, labels)) = parse("x", &bytes, None) {
                prop_assert_eq!(features.n_rows(), labels.len());
                prop_assert!(labels.iter().all(|label| label.is_finite()));
            }
        }
    }
}
