//! Binary image sets: idx arrays (MNIST) and the records of CIFAR-10. Pixels stay 0..255.
//!
//! It does not know pictures from other rows of numbers.

use super::{DatasetError, Matrix, SparseRows};

fn content(file: &str, problem: String) -> DatasetError {
    DatasetError::Content { file: file.to_owned(), problem }
}

/// An idx array of unsigned bytes: its first dimension and the bytes behind the header.
fn idx<'a>(file: &str, bytes: &'a [u8]) -> Result<(usize, &'a [u8]), DatasetError> {
    let (kind, n_dimensions) = match bytes {
        [0, 0, kind, n, ..] if *n > 0 => (*kind, *n as usize),
        _ => {
            return Err(content(
                file,
                "not an idx file: it must begin with 0, 0, a type and a number of dimensions".into(),
            ));
        }
    };
    if kind != 8 {
        return Err(content(file, format!("idx type 0x{kind:02x} was found; only unsigned bytes (0x08) are read")));
    }
    let Some(sizes) = bytes.get(4..4 + 4 * n_dimensions) else {
        return Err(content(file, format!("the file ends within its header of {n_dimensions} dimensions")));
    };
    let sizes: Vec<usize> =
        sizes.chunks_exact(4).map(|size| u32::from_be_bytes([size[0], size[1], size[2], size[3]]) as usize).collect();
    let body = &bytes[4 + 4 * n_dimensions..];
    let promised = sizes.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
    if promised != Some(body.len()) {
        let problem = format!("the header promises {sizes:?} bytes, but {} follow", body.len());
        return Err(content(file, problem));
    }
    if body.is_empty() {
        return Err(content(file, "no row was found".into()));
    }
    Ok((sizes[0], body))
}

/// One row per item of the first dimension.
///
/// # Errors
/// The file is not an idx array of unsigned bytes or has another length than its header promises.
pub(super) fn parse_idx(file: &str, bytes: &[u8]) -> Result<Matrix, DatasetError> {
    let (n_rows, pixels) = idx(file, bytes)?;
    Ok(rows_of(pixels.chunks_exact(pixels.len() / n_rows), pixels.len() / n_rows))
}

/// One label per item.
///
/// # Errors
/// As [`parse_idx`].
pub(super) fn parse_idx_labels(file: &str, bytes: &[u8]) -> Result<Vec<f64>, DatasetError> {
    let (n_rows, body) = idx(file, bytes)?;
    if body.len() != n_rows {
        return Err(content(file, "several bytes an item were found; expected one label an item".into()));
    }
    Ok(body.iter().map(|&label| f64::from(label)).collect())
}

/// CIFAR-10 records: a label byte, then 1,024 bytes each of red, green and blue.
///
/// # Errors
/// The length is not a multiple of a record.
pub(super) fn parse_cifar(file: &str, bytes: &[u8]) -> Result<(Matrix, Vec<f64>), DatasetError> {
    const PIXELS: usize = 3 * 32 * 32;
    if bytes.is_empty() || !bytes.len().is_multiple_of(1 + PIXELS) {
        let problem = format!("{} bytes were found; expected a multiple of {}", bytes.len(), 1 + PIXELS);
        return Err(content(file, problem));
    }
    let records = bytes.chunks_exact(1 + PIXELS);
    let labels = records.clone().map(|record| f64::from(record[0])).collect();
    Ok((rows_of(records.map(|record| &record[1..]), PIXELS), labels))
}

fn rows_of<'a>(rows: impl ExactSizeIterator<Item = &'a [u8]>, n_columns: usize) -> Matrix {
    let mut sparse = SparseRows::with_capacity(rows.len(), 0);
    for row in rows {
        sparse.push_row(row.iter().zip(0..).filter(|(a, _)| **a != 0).map(|(&a, j)| (j, f64::from(a))));
    }
    sparse.into_matrix(n_columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_rows_and_their_zeros_are_not_stored() {
        let bytes = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 9, 0, 7, 0, 255, 0];
        let expected = Matrix::Sparse {
            n_columns: 3,
            offsets: vec![0, 2, 3],
            indices: vec![0, 2, 1],
            values: vec![9.0, 7.0, 255.0],
        };
        assert_eq!(parse_idx("x", &bytes).unwrap(), expected);
        assert_eq!(parse_idx_labels("x", &[0, 0, 8, 1, 0, 0, 0, 2, 4, 0]).unwrap(), [4.0, 0.0]);
    }

    #[test]
    fn cut_or_foreign_files_are_refused() {
        let message = |bytes: &[u8]| parse_idx("x", bytes).unwrap_err().to_string();
        assert!(message(b"hello").contains("not an idx file"));
        assert!(message(&[0, 0, 13, 1, 0, 0, 0, 1, 1]).contains("idx type 0x0d"));
        assert!(message(&[0, 0, 8, 2, 0, 0]).contains("ends within its header"));
        assert!(message(&[0, 0, 8, 1, 0, 0, 0, 2, 1]).contains("promises [2] bytes, but 1 follow"));
        assert!(message(&[0, 0, 8, 1, 0, 0, 0, 0]).contains("no row"));
        let cifar = parse_cifar("x", &[0; 3072]).unwrap_err().to_string();
        assert_eq!(cifar, "x: 3072 bytes were found; expected a multiple of 3073");
        assert_eq!(parse_cifar("x", &[5; 3073]).unwrap().1, [5.0]);
    }
}
