//! Comma-separated numbers: every cell is a value. A first line without any number is a header, and so is 0, 1, 2, …
//! above numbers that are written otherwise; a column 0, 1, 2, … (or 1, 2, 3, …) below an empty name counts the rows
//! and is left out; a line after `#` is a comment.
//!
//! A value that is missing is an error, whatever a writer puts in its place: a value less would shift all others.

use super::element::CHUNK;
use super::error::TensorError;
use crate::wording::excerpt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::Path;

/// What the lines of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    n_rows: usize,
    /// Without the one that counts the rows.
    n_columns: usize,
    header: Header,
    /// Whether the first column counts the rows.
    is_indexed: bool,
}

/// What the first line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    /// Values.
    None,
    Names,
    /// 0, 1, 2, …, as pandas names columns without names.
    Numbers,
}

impl Layout {
    /// `[rows]` for a single column and `[rows, columns]` otherwise.
    pub(super) fn shape(self) -> Vec<usize> {
        if self.n_columns > 1 { vec![self.n_rows, self.n_columns] } else { vec![self.n_rows] }
    }
}

impl std::fmt::Display for Layout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        write!(f, "{} of {}", plural(self.n_rows, "row"), plural(self.n_columns, "column"))?;
        f.write_str(match self.header {
            Header::None => ", no header",
            Header::Names => " below a header",
            Header::Numbers => " below a header of numbers (0, 1, 2, …)",
        })?;
        f.write_str(if self.is_indexed { "; the first column counts the rows and is left out" } else { "" })
    }
}

/// Reads all of a file to see how it is laid out.
///
/// # Errors
/// A cell is missing or is not a number, rows have different lengths (with line and field), or there is no value.
pub(super) fn scan(path: &Path) -> Result<Layout, TensorError> {
    let mut rows = Rows::open(path)?;
    let no_value = || {
        let remedy = "write one value a line, or rows of values separated by commas";
        TensorError::content(path, "rows", "no value was found", remedy)
    };
    if !rows.advance()? {
        return Err(no_value());
    }
    let first: Vec<&[u8]> = fields(&rows.text).collect();
    let width = first.len();
    let is_unnamed = width > 1 && first[0].is_empty();
    let counts = first[usize::from(is_unnamed)..].iter().enumerate().all(|(at, field)| whole(field) == Some(at as u64));
    let has_names = first.iter().all(|field| number(field).is_none() && !is_several(field));
    let mut header = match (counts, has_names && !first.iter().all(|field| is_missing(field))) {
        (true, _) => Header::Numbers,
        (_, true) => Header::Names,
        _ => Header::None,
    };
    let mut has_whole = vec![false; width];
    let mut decimal_commas = DecimalCommas { suspected: width == 2, certain_at: None };
    if header == Header::None {
        for (at, field) in first.iter().enumerate() {
            if number(field).is_none() {
                return Err(rows.fault(at, field));
            }
        }
    }
    if header != Header::Names {
        decimal_commas.see(&rows);
    }
    let (mut n_rows, mut first_index) = (usize::from(header == Header::None), None);
    while rows.advance()? {
        let mut n_fields = 0;
        for (at, field) in fields(&rows.text).enumerate() {
            n_fields += 1;
            if number(field).is_none() && at < width {
                return Err(rows.fault(at, field));
            }
            if let Some(has_whole) = has_whole.get_mut(at) {
                *has_whole |= is_digits(field.strip_prefix(b"-").unwrap_or(field));
            }
        }
        rows.check_width(n_fields, width)?;
        if is_unnamed {
            let index = fields(&rows.text).next().and_then(whole);
            let from = *first_index.get_or_insert(index.filter(|index| *index < 2).unwrap_or(0));
            if index != Some(from + n_rows as u64) {
                let found = "the column without a name does not count the rows by 0, 1, 2, …";
                let remedy = "name it if it holds values, or write the file without it (in pandas, index=False)";
                return Err(TensorError::content(path, rows.place(0), found, remedy));
            }
        }
        decimal_commas.see(&rows);
        n_rows += 1;
    }
    // Programs write the whole numbers of a column with a point where others have one, or none of them with one. So
    // 0, 1, 2, … is a header above a column without a number in digits alone, and a row like the others elsewhere.
    if header == Header::Numbers && !is_unnamed && (n_rows == 0 || has_whole.iter().all(|has_whole| *has_whole)) {
        (header, n_rows) = (Header::None, n_rows + 1);
    }
    if let (true, Some(line)) = (decimal_commas.suspected, decimal_commas.certain_at) {
        let found = "the commas look like decimal commas, as in `0,5`";
        return Err(TensorError::content(path, format!("line {line}"), found, DECIMAL_POINTS));
    }
    if n_rows == 0 {
        return Err(no_value());
    }
    Ok(Layout { n_rows, n_columns: width - usize::from(is_unnamed), header, is_indexed: is_unnamed })
}

/// Gives the values row by row to `see`, a full chunk at a time except the last; returns the layout of what is there
/// now, unless `see` wanted no more.
///
/// # Errors
/// As [`scan`].
pub(super) fn visit(
    path: &Path,
    layout: Layout,
    see: &mut dyn FnMut(&[f64]) -> ControlFlow<()>,
) -> Result<Option<Layout>, TensorError> {
    let mut rows = Rows::open(path)?;
    let mut values = Vec::with_capacity(CHUNK);
    let mut n_rows = 0;
    if layout.header != Header::None {
        rows.advance()?;
    }
    let n_left_out = usize::from(layout.is_indexed);
    while rows.advance()? {
        let mut n_fields = 0;
        for (at, field) in fields(&rows.text).enumerate() {
            n_fields += 1;
            if at < n_left_out {
                continue;
            }
            values.push(number(field).ok_or_else(|| rows.fault(at, field))?);
            if values.len() == CHUNK {
                if see(&values).is_break() {
                    return Ok(None);
                }
                values.clear();
            }
        }
        rows.check_width(n_fields, layout.n_columns + n_left_out)?;
        n_rows += 1;
    }
    if !values.is_empty() && see(&values).is_break() {
        return Ok(None);
    }
    Ok(Some(Layout { n_rows, ..layout }))
}

/// What to do about `0,5`.
const DECIMAL_POINTS: &str = "write decimal points (in pandas, decimal=\".\"), and commas between numbers alone";

/// Two whole numbers a line may be one number with a decimal comma.
struct DecimalCommas {
    /// Every line so far could be one.
    suspected: bool,
    /// The first line that cannot be two whole numbers as programs write them.
    certain_at: Option<usize>,
}

impl DecimalCommas {
    fn see(&mut self, rows: &Rows<'_>) {
        if !self.suspected {
            return;
        }
        let mut parts = fields(&rows.text);
        let (Some(before), Some(behind)) = (parts.next(), parts.next()) else { return };
        let digits = before.strip_prefix(b"-").unwrap_or(before);
        self.suspected = is_digits(digits) && is_digits(behind);
        // Leading zeros, minus zero, and more digits than a counter has.
        if (behind.len() > 1 && behind[0] == b'0') || before == b"-0" || behind.len() > 9 {
            self.certain_at.get_or_insert(rows.line);
        }
    }
}

/// The lines of a file that hold fields.
struct Rows<'a> {
    path: &'a Path,
    file: BufReader<File>,
    /// The line that is looked at, and its number, from 1.
    text: Vec<u8>,
    line: usize,
    /// Whether the line is the first row.
    is_first: Option<bool>,
}

impl<'a> Rows<'a> {
    fn open(path: &'a Path) -> Result<Self, TensorError> {
        let file = File::open(path).map_err(|source| TensorError::Io { path: path.to_owned(), source })?;
        Ok(Self { path, file: BufReader::new(file), text: Vec::new(), line: 0, is_first: None })
    }

    /// Goes to the next row; false behind the last. Empty lines are passed over above the first row and below the last.
    fn advance(&mut self) -> Result<bool, TensorError> {
        let mut empty_line = None;
        loop {
            self.text.clear();
            let n_bytes = self.file.read_until(b'\n', &mut self.text);
            if n_bytes.map_err(|source| TensorError::Io { path: self.path.to_owned(), source })? == 0 {
                return Ok(false);
            }
            self.line += 1;
            if self.line == 1 {
                if self.text.starts_with(b"\xff\xfe") || self.text.starts_with(b"\xfe\xff") {
                    return Err(TensorError::content(self.path, "line 1", "the text is UTF-16", "save it as UTF-8"));
                }
                if self.text.starts_with(b"\xef\xbb\xbf") {
                    self.text.drain(..3);
                }
            }
            if self.text.trim_ascii().is_empty() {
                empty_line.get_or_insert(self.line);
            } else if self.text[0] != b'#' {
                break;
            }
        }
        if let (true, Some(line)) = (self.is_first.is_some(), empty_line) {
            let found = "the line is empty between rows: a value is missing";
            return Err(TensorError::content(self.path, format!("line {line}"), found, FILL));
        }
        self.is_first = Some(self.is_first.is_none());
        Ok(true)
    }

    fn place(&self, at: usize) -> String {
        format!("line {}, field {}", self.line, at + 1)
    }

    /// What is wrong with a field that is not a number.
    fn fault(&self, at: usize, field: &[u8]) -> TensorError {
        let (found, remedy) = if is_missing(field) {
            (format!("`{}` stands for a missing value", excerpt(field)), FILL)
        } else if is_several(field) {
            let found = format!("`{}` is not one number: what separates numbers is not a comma", excerpt(field));
            (found, "separate them by commas (numpy.savetxt(…, delimiter=\",\"), pandas sep=\",\")")
        } else if pieces(field, b",").len() == 2 && is_numbers(&pieces(field, b",")) {
            (format!("`{}` has a decimal comma", excerpt(field)), DECIMAL_POINTS)
        } else {
            let remedy = match self.is_first {
                Some(true) => "write numbers separated by commas; a header must be without numbers",
                _ => "write numbers separated by commas",
            };
            (format!("`{}` is not a number", excerpt(field)), remedy)
        };
        TensorError::content(self.path, self.place(at), found, remedy)
    }

    fn check_width(&self, found: usize, expected: usize) -> Result<(), TensorError> {
        if found == expected {
            return Ok(());
        }
        let found = format!("{found} fields; the first line has {expected}");
        let remedy = "give every row the same length; commas stand between numbers, not in them";
        Err(TensorError::content(self.path, format!("line {}", self.line), found, remedy))
    }
}

/// What to do about missing values.
const FILL: &str = "write its number, or leave out the whole row where that is meant";

/// The fields of a line, without quotes and the blanks around them.
fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let is_quoted = line.trim_ascii_start().starts_with(b"\"");
        let mut is_inside = false;
        let ends = |byte: &u8| {
            is_inside ^= is_quoted && *byte == b'"';
            *byte == b',' && !is_inside
        };
        let end = line.iter().position(ends).unwrap_or(line.len());
        rest = line.get(end + 1..);
        let field = line[..end].trim_ascii();
        let bare = field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\""));
        Some(bare.unwrap_or(field).trim_ascii())
    })
}

fn number(field: &[u8]) -> Option<f64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

fn is_digits(field: &[u8]) -> bool {
    !field.is_empty() && field.iter().all(u8::is_ascii_digit)
}

/// A whole number in digits alone.
fn whole(field: &[u8]) -> Option<u64> {
    if is_digits(field) { std::str::from_utf8(field).ok()?.parse().ok() } else { None }
}

/// What writers put instead of a value that is not there.
fn is_missing(field: &[u8]) -> bool {
    ["", "na", "n/a", "<na>", "null", "none", "-", "?"].iter().any(|word| field.eq_ignore_ascii_case(word.as_bytes()))
}

/// The pieces of a field between any of these separators.
fn pieces<'a>(field: &'a [u8], separators: &[u8]) -> Vec<&'a [u8]> {
    field.split(|byte| separators.contains(byte)).filter(|piece| !piece.is_empty()).collect()
}

/// Whether all are numbers, with a decimal point or comma.
fn is_numbers(pieces: &[&[u8]]) -> bool {
    let with_point =
        |piece: &[u8]| piece.iter().map(|byte| if *byte == b',' { b'.' } else { *byte }).collect::<Vec<_>>();
    pieces.iter().all(|piece| number(&with_point(piece)).is_some())
}

/// Whether a field is several numbers, with something else than a comma between them.
fn is_several(field: &[u8]) -> bool {
    [b" \t".as_slice(), b";", b"|"]
        .iter()
        .map(|separators| pieces(field, separators))
        .any(|pieces| pieces.len() > 1 && is_numbers(&pieces))
}
