//! NumPy's `.npy`, versions 1 to 3 (NEP 1 and `numpy.lib.format`): magic, length of the header, a Python dictionary,
//! values.

use super::element::{Dtype, Encoding, sizes};
use super::error::{CONVERT, COPY_AGAIN, TensorError};
use std::io::Read;
use std::path::Path;

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// NumPy writes some hundred bytes; more than this is not a header of numbers.
const MAX_HEADER: u64 = 1 << 20;

/// What precedes the values.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) encoding: Encoding,
    pub(super) column_major: bool,
    pub(super) shape: Vec<usize>,
    /// Where the values begin, in bytes.
    pub(super) offset: u64,
}

/// What a header announces.
#[derive(Debug)]
pub(super) enum Found {
    /// Floating-point numbers.
    Numbers(Header),
    /// Other elements, in words.
    Other(String),
}

impl Found {
    /// The header of numbers.
    ///
    /// # Errors
    /// The elements are others.
    pub(super) fn numbers(self, path: &Path, place: &str) -> Result<Header, TensorError> {
        match self {
            Self::Numbers(header) => Ok(header),
            Self::Other(found) => Err(TensorError::content(path, place, found, CONVERT)),
        }
    }
}

/// Reads the header of an array of `n_bytes` in all, header included; `place` is where it is in the file.
///
/// # Errors
/// The header is malformed, or the values do not fill the rest.
pub(super) fn read_header(path: &Path, place: &str, source: &mut dyn Read, n_bytes: u64) -> Result<Found, TensorError> {
    let reading = |source| TensorError::reading(path, place, source);
    let damaged = |found: String| TensorError::content(path, place, found, COPY_AGAIN);
    let mut start = [0; 8];
    source.read_exact(&mut start).map_err(reading)?;
    if !start.starts_with(MAGIC) {
        let found = format!("it begins with `{}` and not with `{}`", start.escape_ascii(), MAGIC.escape_ascii());
        return Err(TensorError::content(path, place, found, "write it with numpy.save or numpy.savez"));
    }
    let n_width = match start[6] {
        1 => 2,
        2 | 3 => 4,
        version => return Err(damaged(format!("version {version} of the format; versions 1, 2 and 3 are known"))),
    };
    let mut width = [0; 4];
    source.read_exact(&mut width[..n_width]).map_err(reading)?;
    let n_header = u64::from(u32::from_le_bytes(width));
    let offset = (start.len() + n_width) as u64 + n_header;
    if offset > n_bytes || n_header > MAX_HEADER {
        return Err(damaged(format!("a header of {n_header} bytes in {n_bytes} bytes")));
    }
    let mut text = vec![0; n_header as usize];
    source.read_exact(&mut text).map_err(reading)?;
    let text = String::from_utf8_lossy(&text);
    let entries = dictionary(&text).ok_or_else(|| damaged(format!("`{}` is not a dictionary", text.trim())))?;
    let entry = |key: &str| {
        let found = entries.iter().find(|(other, _)| *other == key).map(|(_, value)| *value);
        found.ok_or_else(|| damaged(format!("the key `{key}` is missing in `{}`", text.trim())))
    };

    let descr = entry("descr")?;
    let Some(encoding) = encoding(unquoted(descr)) else {
        let (kind, descr) = (described(descr), unquoted(descr));
        return Ok(Found::Other(format!("the elements are {kind}, `{descr}`, not floats of 2, 4 or 8 bytes")));
    };
    let column_major = match entry("fortran_order")? {
        "True" => true,
        "False" => false,
        other => return Err(damaged(format!("fortran_order is `{other}`, neither True nor False"))),
    };
    let written = entry("shape")?;
    let (shape, n_values) = dimensions(written)
        .and_then(|shape| sizes(&shape, encoding.dtype))
        .ok_or_else(|| damaged(format!("the shape `{written}` is not a tuple of sizes that a file can have")))?;
    if n_bytes - offset != n_values {
        let found =
            format!("{} bytes of values; shape {written} of {} needs {n_values}", n_bytes - offset, encoding.dtype);
        return Err(damaged(found));
    }
    Ok(Found::Numbers(Header { encoding, column_major, shape, offset }))
}

/// The keys, unquoted, and the values, as written, of a Python dictionary without nested dictionaries.
fn dictionary(text: &str) -> Option<Vec<(&str, &str)>> {
    let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let entries = split_outside(inside, b',');
    let filled = entries.into_iter().filter(|entry| !entry.trim().is_empty());
    filled
        .map(|entry| {
            let key = split_outside(entry, b':')[0];
            let value = entry[key.len()..].strip_prefix(':')?;
            Some((unquoted(key), value.trim()))
        })
        .collect()
}

/// The parts of a text between separators outside of quotes and brackets; at least one.
fn split_outside(text: &str, separator: u8) -> Vec<&str> {
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0usize, None);
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(' | b'[') => depth += 1,
            (None, b')' | b']') => depth = depth.saturating_sub(1),
            (None, _) if byte == separator && depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['\'', '"'])
}

/// The descriptions that NumPy reads as floats: a kind after an order of bytes, or without one, which means that of the
/// machine, as `=` and `|` do.
fn encoding(descr: &str) -> Option<Encoding> {
    let native = cfg!(target_endian = "big");
    let (big_endian, kind) = match descr.split_at_checked(1) {
        Some(("<", kind)) => (false, kind),
        Some((">", kind)) => (true, kind),
        Some(("=" | "|", kind)) => (native, kind),
        _ => (native, descr),
    };
    let dtype = match kind {
        "f2" | "e" | "float16" | "half" => Dtype::F16,
        "f4" | "f" | "float32" | "single" => Dtype::F32,
        "f8" | "d" | "float64" | "double" | "float" => Dtype::F64,
        _ => return None,
    };
    Some(Encoding { dtype, big_endian })
}

/// What the kind of a type description means, a noun in the plural.
fn described(descr: &str) -> &'static str {
    if descr.starts_with('[') {
        return "records of several fields";
    }
    match unquoted(descr).trim_start_matches(['<', '>', '=', '|']).bytes().next() {
        Some(b'i' | b'u') => "integers",
        Some(b'b') => "booleans",
        Some(b'f') => "floats",
        Some(b'c') => "complex numbers",
        Some(b'O') => "Python objects",
        Some(b'V') => "raw bytes (so NumPy writes bfloat16)",
        Some(b'S' | b'U') => "texts",
        Some(b'M' | b'm') => "dates",
        _ => "of an unknown type",
    }
}

/// `(3, 4)`, `(3,)`, `()`; Python 2 wrote `(3L, 4L)`.
fn dimensions(written: &str) -> Option<Vec<u64>> {
    let inside = written.strip_prefix('(')?.strip_suffix(')')?;
    let sizes = inside.strip_suffix(',').unwrap_or(inside);
    if sizes.trim().is_empty() {
        return Some(Vec::new());
    }
    sizes.split(',').map(|size| size.trim().trim_end_matches('L').parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dictionaries_are_split_outside_of_brackets_and_quotes() {
        let text = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }  \n";
        let entries = dictionary(text).unwrap();
        assert_eq!(entries, [("descr", "'<f8'"), ("fortran_order", "False"), ("shape", "(3, 4)")]);
        let nested = "{\"a:,\": [('x', '<f4'), ('y', '<i2')], 'b': 1}";
        assert_eq!(dictionary(nested).unwrap(), [("a:,", "[('x', '<f4'), ('y', '<i2')]"), ("b", "1")]);
        assert_eq!(dictionary("{}").unwrap(), []);
        for broken in ["", "{", "}", "{'a'}", "'a': 1"] {
            assert!(dictionary(broken).is_none(), "{broken}");
        }
    }

    #[test]
    fn descriptions_without_an_order_have_that_of_the_machine() {
        let native = cfg!(target_endian = "big");
        for (descr, expected) in [
            ("<f4", Some((Dtype::F32, false))),
            (">f8", Some((Dtype::F64, true))),
            ("=f4", Some((Dtype::F32, native))),
            ("|f2", Some((Dtype::F16, native))),
            ("f4", Some((Dtype::F32, native))),
            ("float32", Some((Dtype::F32, native))),
            ("d", Some((Dtype::F64, native))),
            ("<f16", None),
            ("i4", None),
            ("", None),
        ] {
            let own = encoding(descr).map(|encoding| (encoding.dtype, encoding.big_endian));
            assert_eq!(own, expected, "{descr}");
        }
    }

    #[test]
    fn shapes_are_tuples() {
        for (written, expected) in [
            ("()", Some(vec![])),
            ("(3,)", Some(vec![3])),
            ("(3, 4)", Some(vec![3, 4])),
            ("(3L, 4L)", Some(vec![3, 4])),
            ("(3, 4,)", Some(vec![3, 4])),
            ("(-1,)", None),
            ("(3, , 4)", None),
            ("[3]", None),
            ("(1e3,)", None),
            ("(18446744073709551616,)", None),
        ] {
            assert_eq!(dimensions(written), expected, "{written}");
        }
    }
}
