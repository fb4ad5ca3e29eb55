//! LIBSVM text: `label index:value index:value …`, one row a line, indices ascending from 1, or from 0 where that is
//! stated.
//!
//! It does not know what labels mean, nor where the text comes from.

use super::decimal::{fast_prefix, parse_float, parse_index};
use super::{DatasetError, Matrix, SparseRows};
use crate::wording::excerpt;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What the index of the first feature is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "serde_json::Value", into = "serde_json::Value")]
pub enum FirstIndex {
    /// 0, as `sklearn.datasets.dump_svmlight_file` and some readers of boosted trees count.
    Zero,
    /// 1, as LIBSVM counts.
    #[default]
    One,
    /// 0 where an index 0 occurs, else 1, as `sklearn.datasets.load_svmlight_file` guesses.
    Auto,
}

impl TryFrom<serde_json::Value> for FirstIndex {
    type Error = String;

    fn try_from(value: serde_json::Value) -> Result<Self, String> {
        match (value.as_u64(), value.as_str()) {
            (Some(0), _) => Ok(Self::Zero),
            (Some(1), _) => Ok(Self::One),
            (_, Some("auto")) => Ok(Self::Auto),
            _ => Err(format!("first_index = {value}, but it must be 0, 1 or \"auto\"")),
        }
    }
}

impl From<FirstIndex> for serde_json::Value {
    fn from(first: FirstIndex) -> Self {
        match first {
            FirstIndex::Zero => 0.into(),
            FirstIndex::One => 1.into(),
            FirstIndex::Auto => "auto".into(),
        }
    }
}

impl JsonSchema for FirstIndex {
    fn schema_name() -> Cow<'static, str> {
        "FirstIndex".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "enum": [0, 1, "auto"] })
    }
}

/// The most features that an index may imply: vectors of a gigabyte. More have to be stated.
const MOST_IMPLIED: usize = 1 << 27;

/// Text per task of the thread pool; the result does not depend on it.
const CHUNK_BYTES: usize = 1 << 20;

/// Rows and labels of LIBSVM text.
///
/// Empty lines are skipped; `#` begins a comment; entries of value zero are not stored. Without `n_features` the
/// largest index counts.
///
/// # Errors
/// A line breaks the rules (with line and column), a value is not finite, an index is above `n_features`, or implies
/// vectors of more than a gigabyte where that is not stated, or there is no row.
pub fn parse(
    file: &str,
    text: &[u8],
    first_index: FirstIndex,
    n_features: Option<usize>,
) -> Result<(Matrix, Vec<f64>), DatasetError> {
    parse_in_chunks(file, text, first_index, n_features, CHUNK_BYTES)
}

fn parse_in_chunks(
    file: &str,
    text: &[u8],
    first_index: FirstIndex,
    n_features: Option<usize>,
    chunk_bytes: usize,
) -> Result<(Matrix, Vec<f64>), DatasetError> {
    let content = |problem: String| DatasetError::Content { file: file.to_owned(), problem };
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
        return Err(content("the text is UTF-16; save it as UTF-8".to_owned()));
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let most = n_features.map_or(u32::MAX, |n| u32::try_from(n).unwrap_or(u32::MAX));
    let indices = Indices {
        first: u32::from(first_index == FirstIndex::One),
        last: if first_index == FirstIndex::Zero { most.saturating_sub(1) } else { most },
    };
    let chunks = line_chunks(text, chunk_bytes);
    let parts: Vec<Result<Part, Fault>> =
        chunks.into_par_iter().map(|(start, end)| parse_chunk(text, start, end, indices)).collect();
    // The fault of the first bad line, whichever thread came first.
    let parts: Vec<Part> = parts.into_iter().collect::<Result<_, _>>().map_err(|fault| fault.locate(file, text))?;
    let n_rows = parts.iter().map(|part| part.labels.len()).sum();
    if n_rows == 0 {
        return Err(content("no row was found; expected lines `label index:value index:value …`".to_owned()));
    }
    let mut rows = SparseRows::with_capacity(n_rows, parts.iter().map(|part| part.values.len()).sum());
    let mut labels = Vec::with_capacity(n_rows);
    let (mut least, mut end) = (u32::MAX, 0);
    for part in parts {
        let before = rows.indices.len();
        rows.offsets.extend(part.ends.iter().map(|end| before + end));
        rows.indices.extend_from_slice(&part.indices);
        rows.values.extend_from_slice(&part.values);
        labels.extend_from_slice(&part.labels);
        (least, end) = (least.min(part.least), end.max(part.end));
    }
    let mut first = indices.first;
    if first_index == FirstIndex::Auto && least > 0 {
        rows.indices.iter_mut().for_each(|index| *index -= 1);
        first = 1;
    }
    let n_columns = end.saturating_sub(u64::from(first)) as usize;
    match n_features {
        Some(n) if n_columns > n => Err(content(format!(
            "indices from 0 to {} were found, {n_columns} features, but n_features = {n}",
            end - 1
        ))),
        None if n_columns > MOST_IMPLIED => Err(content(format!(
            "index {} makes every vector of {n_columns} numbers {:.1} GB: hash the features to fewer, or state \
             n_features = {n_columns} where that is meant",
            end - 1,
            8e-9 * n_columns as f64
        ))),
        _ => Ok((rows.into_matrix(n_features.unwrap_or(n_columns)), labels)),
    }
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
struct Part {
    labels: Vec<f64>,
    /// Where each row ends in `indices`.
    ends: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f64>,
    /// The least index as written; the largest number without entries.
    least: u32,
    /// One more than the largest index as written; zero without entries.
    end: u64,
}

/// Which indices are allowed.
#[derive(Clone, Copy)]
struct Indices {
    first: u32,
    last: u32,
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

fn parse_chunk(text: &[u8], start: usize, end: usize, indices: Indices) -> Result<Part, Fault> {
    let text = &text[..end];
    let mut part =
        Part { labels: Vec::new(), ends: Vec::new(), indices: Vec::new(), values: Vec::new(), least: u32::MAX, end: 0 };
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
        part.labels.push(number(&text[at..token], at, "label").map_err(|fault| about_label(fault, &text[at..token]))?);
        at = parse_entries(text, token, indices, &mut part)?;
        part.ends.push(part.indices.len());
    }
    Ok(part)
}

/// The entries of one row; returns where its line ends.
#[inline]
fn parse_entries(text: &[u8], mut at: usize, indices: Indices, part: &mut Part) -> Result<usize, Fault> {
    // The least index that may follow.
    let mut next = u64::from(indices.first);
    loop {
        at = blanks_end(text, at);
        if at == text.len() || text[at] == b'\n' {
            return Ok(at);
        }
        let (index, start) = match small_index(text, at) {
            Some((index, start)) if u64::from(index) >= next && index <= indices.last => (index, start),
            _ if text[at] == b'#' => return Ok(line_end(text, at)),
            _ => checked_index(text, at, next, indices)?,
        };
        let (value, end) = match fast_prefix(text, start) {
            Some((value, end)) if end == text.len() || is_blank(text[end]) => (value, end),
            _ => checked_value(text, at, start)?,
        };
        if value != 0.0 {
            part.indices.push(index - indices.first);
            part.values.push(value);
        }
        next = u64::from(index) + 1;
        part.least = part.least.min(index);
        part.end = part.end.max(next);
        at = end;
    }
}

#[inline]
fn blanks_end(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && is_blank(text[at]) && text[at] != b'\n' {
        at += 1;
    }
    at
}

/// A value that is long or follows blanks, as LIBSVM's own reader admits them, or the fault of one that is none.
#[cold]
fn checked_value(text: &[u8], token: usize, start: usize) -> Result<(f64, usize), Fault> {
    let start = blanks_end(text, start);
    let end = token_end(text, start);
    match number(&text[start..end], start, "value") {
        Err(_) if is_ffm(&text[token..end]) => Err(Fault { at: token, problem: ffm(&text[token..end]) }),
        value => Ok((value?, end)),
    }
}

/// Whether a token is field:feature:value, as libffm writes.
fn is_ffm(token: &[u8]) -> bool {
    let parts: Vec<&[u8]> = token.split(|byte| *byte == b':').collect();
    parts.len() == 3 && parts.iter().all(|part| parse_float(part).is_some())
}

fn ffm(token: &[u8]) -> String {
    let token = excerpt(token);
    format!("`{token}` is field:feature:value of libffm; factorization machines are not read: leave the fields out")
}

/// What formats that resemble LIBSVM's write where it has its label.
fn about_label(fault: Fault, token: &[u8]) -> Fault {
    let is = |separator: u8| {
        let mut parts = token.split(|byte| *byte == separator);
        token.contains(&separator) && parts.all(|part| parse_float(part).is_some())
    };
    let problem = match (is(b','), is(b':')) {
        (true, _) => "is several labels, as multilabel sets have; keep one label a row",
        (_, true) => {
            "is a label with a weight (label:weight of XGBoost), or a row without a label; begin the row with one number"
        }
        _ => return fault,
    };
    Fault { problem: format!("label `{}` {problem}", excerpt(token)), ..fault }
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

/// An index that is long, or the fault of one that breaks a rule; `next` is the least that may follow.
#[cold]
fn checked_index(text: &[u8], at: usize, next: u64, indices: Indices) -> Result<(u32, usize), Fault> {
    let token = &text[at..token_end(text, at)];
    let Some(length) = token.iter().position(|&byte| byte == b':') else {
        return Err(Fault { at, problem: format!("`{}` has no colon; expected index:value", excerpt(token)) });
    };
    match parse_index(&token[..length]) {
        Some(index) if u64::from(index) >= next && index <= indices.last => Ok((index, at + length + 1)),
        _ if is_ffm(token) => Err(Fault { at, problem: ffm(token) }),
        other => Err(Fault { at, problem: index_problem(other, &token[..length], next, indices) }),
    }
}

fn index_problem(index: Option<u32>, token: &[u8], next: u64, indices: Indices) -> String {
    let Indices { first, last } = indices;
    match index {
        None if token == b"qid" => {
            "`qid:` begins the query of a ranking set (SVMrank, LETOR), which is not read; leave it out of every row"
                .to_owned()
        }
        None => format!("index `{}` is not a whole number from {first} to {}", excerpt(token), u32::MAX),
        Some(0) if first == 1 => {
            "index 0 was found, but indices start at 1: state first_index = 0 (or \"auto\") where \
                                  they start at 0"
                .to_owned()
        }
        Some(index) if index > last && first == 1 => format!("index {index} is above n_features = {last}"),
        Some(index) if index > last => {
            format!("index {index} is above {last}, the last of n_features where the first is 0")
        }
        Some(index) if u64::from(index) + 1 == next => format!("index {index} appears twice in the row"),
        Some(index) => format!("index {index} follows index {}; indices must ascend", next - 1),
    }
}

#[inline]
fn number(token: &[u8], at: usize, what: &str) -> Result<f64, Fault> {
    match parse_float(token) {
        Some(value) if value.is_finite() => Ok(value),
        Some(_) => Err(Fault { at, problem: format!("{what} `{}` is not finite", excerpt(token)) }),
        None => Err(Fault { at, problem: format!("{what} `{}` is not a number", excerpt(token)) }),
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

#[cfg(test)]
mod tests {
    use super::FirstIndex::{Auto, One, Zero};
    use super::*;
    use proptest::prelude::*;
    use std::fmt::Write as _;

    fn problem(text: &str, n_features: Option<usize>) -> String {
        parse("x.libsvm", text.as_bytes(), One, n_features).unwrap_err().to_string()
    }

    #[test]
    fn rows_labels_comments_and_blank_lines_are_read() {
        let text = "+1 1:0.5 3:-2e1 # a comment\r\n\n# another\n-1\n 2\t2:1 3:0\n";
        let (features, labels) = parse("x", text.as_bytes(), One, None).unwrap();
        assert_eq!(labels, [1.0, -1.0, 2.0]);
        let expected = Matrix::Sparse {
            n_columns: 3,
            offsets: vec![0, 2, 2, 3],
            indices: vec![0, 2, 1],
            values: vec![0.5, -20.0, 1.0],
        };
        assert_eq!(features, expected);
        assert_eq!(parse("x", text.as_bytes(), One, Some(9)).unwrap().0.n_columns(), 9);
    }

    #[test]
    fn broken_lines_are_named_with_file_line_and_column() {
        for (text, expected) in [
            (
                "1 1:1\n1 0:2",
                "x.libsvm:2:3: index 0 was found, but indices start at 1: state first_index = 0 (or \"auto\") where they \
                 start at 0",
            ),
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
            ("1 3: \n2 1:1", "x.libsvm:1:6: value `` is not a number"),
            ("1 3: 4:1", "x.libsvm:1:6: value `4:1` is not a number"),
            ("1 4294967296:1", "x.libsvm:1:3: index `4294967296` is not a whole number from 1 to 4294967295"),
            (
                "1 qid:1 1:2",
                "x.libsvm:1:3: `qid:` begins the query of a ranking set (SVMrank, LETOR), which is not read; leave it out \
                 of every row",
            ),
            (
                "1 0:0:0.3651 2:1:1",
                "x.libsvm:1:3: `0:0:0.3651` is field:feature:value of libffm; factorization machines are not read: leave \
                 the fields out",
            ),
            (
                "1 1:2 3:1:0.5",
                "x.libsvm:1:7: `3:1:0.5` is field:feature:value of libffm; factorization machines are not read: leave the \
                 fields out",
            ),
            (
                "\u{feff}1,3 1:2",
                "x.libsvm:1:1: label `1,3` is several labels, as multilabel sets have; keep one label a row",
            ),
            (
                "2:0.7 1:0.5",
                "x.libsvm:1:1: label `2:0.7` is a label with a weight (label:weight of XGBoost), or a row without a label; \
                 begin the row with one number",
            ),
            ("a\u{7f}\u{9b}2J 1:2", "x.libsvm:1:1: label `a\\u{7f}\\u{9b}2J` is not a number"),
        ] {
            assert_eq!(problem(text, None), expected);
        }
        assert_eq!(problem("1 1:1 12:1", Some(11)), "x.libsvm:1:7: index 12 is above n_features = 11");
        assert_eq!(
            parse("x", b"1 5:1", Zero, Some(5)).unwrap_err().to_string(),
            "x:1:3: index 5 is above 4, the last of n_features where the first is 0"
        );
        assert_eq!(
            parse("x", b"1 5:1\n1 0:1", Auto, Some(5)).unwrap_err().to_string(),
            "x: indices from 0 to 5 were found, 6 features, but n_features = 5"
        );
        assert_eq!(
            parse("x", b"\xff\xfe1\0", One, None).unwrap_err().to_string(),
            "x: the text is UTF-16; save it as UTF-8"
        );
        assert!(problem("", None).starts_with("x.libsvm: no row was found"));
        assert!(problem("\n # nothing\n", None).starts_with("x.libsvm: no row was found"));
    }

    #[test]
    fn the_first_index_is_what_is_stated_or_guessed() {
        let from_one = parse("x", b"1 1:0.5 3:2\n-1 2:1 3:0\n", One, None).unwrap();
        let from_zero = b"1 0:0.5 2:2\n-1 1:1 2:0\n";
        for (text, first) in [
            (from_zero.as_slice(), Zero),
            (from_zero, Auto),
            (b"1 1:0.5 3:2\n-1 2:1 3:0\n", Auto),
            (b"\xef\xbb\xbf1 1: 0.5 3:\t2\n-1 2:1 3: 0\n", One),
        ] {
            assert_eq!(parse("x", text, first, None).unwrap(), from_one, "{first:?}");
        }
        // The only index 0 may hold a zero, which is not stored.
        assert_eq!(parse("x", b"1 0:0 2:2\n", Auto, None).unwrap().0.n_columns(), 3);
        assert_eq!(parse("x", b"1\n-1\n", Auto, None).unwrap().0.n_columns(), 0);
    }

    #[test]
    fn hashed_indices_are_refused_before_a_vector_is_made_unless_they_are_stated() {
        assert_eq!(
            problem("1 7:1 2147483648:1", None),
            "x.libsvm: index 2147483648 makes every vector of 2147483648 numbers 17.2 GB: hash the features to fewer, or \
             state n_features = 2147483648 where that is meant"
        );
        let stated = parse("x", b"1 7:1 2147483648:1", One, Some(2_147_483_648)).unwrap().0;
        assert_eq!(stated.n_columns(), 2_147_483_648);
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
            let (features, labels) = parse_in_chunks("x", text.as_bytes(), One, Some(5000), chunk_bytes).unwrap();
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
            let error = parse_in_chunks("x", text.as_bytes(), One, None, chunk_bytes).unwrap_err().to_string();
            prop_assert_eq!(error, format!("x:{}:5: value `x` is not a number", good_before + 1));
        }

        #[test]
        fn arbitrary_bytes_give_rows_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok((features, labels)) = parse("x", &bytes, Auto, None) {
                prop_assert_eq!(features.n_rows(), labels.len());
                prop_assert!(labels.iter().all(|label| label.is_finite()));
            }
        }
    }
}
