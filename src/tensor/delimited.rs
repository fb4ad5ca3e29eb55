//! Comma-separated numbers: every cell is a value; a first line without any number is a header, a line after `#` a
//! comment.

use super::element::CHUNK;
use super::error::TensorError;
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

/// Gives the values row by row to `see`, a full chunk at a time except the last; returns the shape, `[rows]` for a
/// single column and `[rows, columns]` otherwise, unless `see` wanted no more.
///
/// # Errors
/// A cell is not a number or rows have different lengths (with line and field), or there is no value.
pub(super) fn visit(
    path: &Path,
    see: &mut dyn FnMut(&[f64]) -> ControlFlow<()>,
) -> Result<Option<Vec<usize>>, TensorError> {
    let io = |source| TensorError::Io { path: path.to_owned(), source };
    // With `\n` alone between the rows, and one at the end at least, the place after a row tells its line, whatever
    // comments and empty lines come before it; trimming takes a `\r` away.
    let file = File::open(path).map_err(io)?.chain(b"\n".as_slice());
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .terminator(csv::Terminator::Any(b'\n'))
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(file);
    let (mut record, mut values) = (csv::ByteRecord::new(), Vec::with_capacity(CHUNK));
    let (mut n_rows, mut width, mut is_first) = (0, None, true);
    while reader.read_byte_record(&mut record).map_err(|error| io(error.into()))? {
        if record.len() == 1 && record[0].is_empty() {
            continue;
        }
        let was_first = std::mem::take(&mut is_first);
        if was_first && record.iter().all(|field| number(field).is_none()) {
            width = Some(record.len());
            continue;
        }
        let line = reader.position().line().saturating_sub(1);
        let expected = *width.get_or_insert(record.len());
        if record.len() != expected {
            let found = format!("{} fields; the first line has {expected}", record.len());
            return Err(TensorError::content(path, format!("line {line}"), found, "give every row the same length"));
        }
        for (at, field) in record.iter().enumerate() {
            let Some(value) = number(field) else {
                let place = format!("line {line}, field {}", at + 1);
                let found = format!("`{}` is not a number", shown(field));
                let remedy = if was_first {
                    "write numbers separated by commas; a header must be without numbers"
                } else {
                    "write numbers separated by commas"
                };
                return Err(TensorError::content(path, place, found, remedy));
            };
            values.push(value);
            if values.len() == CHUNK {
                if see(&values).is_break() {
                    return Ok(None);
                }
                values.clear();
            }
        }
        n_rows += 1;
    }
    if n_rows == 0 {
        let remedy = "write one value a line, or rows of values separated by commas";
        return Err(TensorError::content(path, "rows", "no value was found", remedy));
    }
    if !values.is_empty() && see(&values).is_break() {
        return Ok(None);
    }
    Ok(Some(match width {
        Some(n_columns) if n_columns > 1 => vec![n_rows, n_columns],
        _ => vec![n_rows],
    }))
}

fn number(field: &[u8]) -> Option<f64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// At most 24 characters of what was found.
fn shown(field: &[u8]) -> String {
    String::from_utf8_lossy(field).chars().take(24).collect()
}
