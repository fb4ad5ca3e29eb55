//! Hugging Face's safetensors: the length of the header, a header in JSON, values one after the other.
//!
//! The header alone is read here, so that no file has to be in memory; the crate of that name wants all bytes at once.

use super::element::{Dtype, Encoding, sizes};
use super::error::{CONVERT, COPY_AGAIN, TensorError};
use super::name::natural_key;
use super::stored::{PassedOver, Storage, Tensor};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;

/// The limit of the reference implementation.
const MAX_HEADER: u64 = 100_000_000;

#[derive(Deserialize)]
struct Header {
    #[serde(rename = "__metadata__")]
    _metadata: Option<IgnoredAny>,
    #[serde(flatten)]
    entries: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    /// From the end of the header.
    data_offsets: (u64, u64),
}

/// The tensors of a file of `n_bytes`, sorted by name with numbers in the order of their values: the file itself is
/// sorted by name letter by letter, layer 10 before layer 2. Those of other element types go to `passed_over`.
///
/// # Errors
/// The header is malformed; the values leave gaps, overlap or miss the end.
pub(super) fn read(
    path: &Path,
    source: &mut dyn Read,
    n_bytes: u64,
    passed_over: &mut Vec<PassedOver>,
) -> Result<Vec<Tensor>, TensorError> {
    let place = "header";
    let reading = |source| TensorError::reading(path, place, source);
    let damaged = |place: &str, found: String| TensorError::content(path, place, found, COPY_AGAIN);
    let mut width = [0; 8];
    source.read_exact(&mut width).map_err(reading)?;
    let n_header = u64::from_le_bytes(width);
    let n_data = n_bytes.saturating_sub(8).checked_sub(n_header).filter(|_| n_header <= MAX_HEADER);
    let Some(n_data) = n_data else {
        return Err(damaged(place, format!("a header of {n_header} bytes in a file of {n_bytes}")));
    };
    let mut header = vec![0; n_header as usize];
    source.read_exact(&mut header).map_err(reading)?;
    let header: Header = serde_json::from_slice(&header).map_err(|error| damaged(place, error.to_string()))?;

    let mut entries: Vec<(String, Entry)> = header.entries.into_iter().collect();
    entries.sort_by_key(|(_, entry)| entry.data_offsets);
    let mut tensors = Vec::with_capacity(entries.len());
    let mut filled = 0;
    for (name, Entry { dtype, shape, data_offsets: (begin, end) }) in entries {
        let place = format!("tensor `{name}`");
        let Some(dtype) = dtype_named(&dtype) else {
            if begin != filled || end < begin || end > n_data {
                let found = format!("bytes {begin} to {end} of {n_data} for `{dtype}`, after values up to {filled}");
                return Err(damaged(&place, found));
            }
            filled = end;
            let reason = format!("the elements are `{dtype}`, not F16, BF16, F32 or F64");
            passed_over.push(PassedOver::new(&name, path, reason, format!("leave it out, or {CONVERT}")));
            continue;
        };
        let sized = sizes(&shape, dtype);
        let fits = |n_values: u64| begin == filled && end <= n_data && end.checked_sub(begin) == Some(n_values);
        let Some((shape, _)) = sized.filter(|(_, n_values)| fits(*n_values)) else {
            let found = format!(
                "bytes {begin} to {end} of {n_data} for shape {shape:?} of {dtype}, after values up to {filled}"
            );
            return Err(damaged(&place, found));
        };
        filled = end;
        let storage = Storage::Plain { offset: 8 + n_header + begin };
        tensors.push(Tensor::new(&name, path, shape, Encoding::little_endian(dtype), storage));
    }
    if filled != n_data {
        let found = format!("{n_data} bytes; the header declares {filled}");
        return Err(damaged("values", found));
    }
    tensors.sort_by_cached_key(|tensor| natural_key(&tensor.name));
    Ok(tensors)
}

/// Writes tensors of one axis, in the given order.
///
/// The header is padded to a multiple of eight bytes, so that values are aligned where the file is mapped.
///
/// # Errors
/// `out` refuses.
pub fn write_safetensors(tensors: &[(&str, &[f64])], dtype: Dtype, out: &mut dyn Write) -> std::io::Result<()> {
    let mut begin = 0;
    let mut entries = serde_json::Map::new();
    for (name, values) in tensors {
        let end = begin + values.len() * dtype.n_bytes();
        let entry = serde_json::json!({
            "dtype": dtype.to_string().to_uppercase(), "shape": [values.len()], "data_offsets": [begin, end],
        });
        entries.insert((*name).to_owned(), entry);
        begin = end;
    }
    let mut header = serde_json::to_vec(&entries)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    for value in tensors.iter().flat_map(|(_, values)| *values) {
        match dtype {
            Dtype::F32 => out.write_all(&(*value as f32).to_le_bytes())?,
            Dtype::F64 => out.write_all(&value.to_le_bytes())?,
            Dtype::F16 | Dtype::Bf16 => return Err(std::io::ErrorKind::Unsupported.into()),
        }
    }
    Ok(())
}

fn dtype_named(name: &str) -> Option<Dtype> {
    match name {
        "F16" => Some(Dtype::F16),
        "BF16" => Some(Dtype::Bf16),
        "F32" => Some(Dtype::F32),
        "F64" => Some(Dtype::F64),
        _ => None,
    }
}
