//! Tables of numbers as text: comma-separated values and their kin.
//!
//! It does not know what labels mean.

use super::decimal::parse_float;
use super::libsvm::shown;
use super::{DatasetError, Matrix};

/// How the text is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Between fields.
    pub(super) separator: u8,
    /// Whether the first line is a header.
    pub(super) header: bool,
    /// The column of the label, from 1; the last one where `None`.
    pub(super) label_column: Option<usize>,
    /// Whether the labels are in another file, so that every column is a feature.
    pub(super) labels_elsewhere: bool,
}

/// Rows and labels of a table of numbers.
///
/// # Errors
/// A field is not a finite number or rows have different lengths (with line and field), or there is no row.
pub(super) fn parse(file: &str, text: &[u8], layout: Layout) -> Result<(Matrix, Vec<f64>), DatasetError> {
    let content = |problem: String| DatasetError::Content { file: file.to_owned(), problem };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(layout.header)
        .delimiter(layout.separator)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text);
    let (mut values, mut labels, mut width) = (Vec::new(), Vec::new(), None);
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|error| content(error.to_string()))? {
        let line = record.position().map_or(0, |position| position.line() as usize);
        let syntax =
            |column: usize, problem: String| DatasetError::Syntax { file: file.to_owned(), line, column, problem };
        let expected = *width.get_or_insert(record.len());
        if record.len() != expected {
            let problem = format!("{} fields were found, but the first row has {expected}", record.len());
            return Err(syntax(record.len().min(expected) + 1, problem));
        }
        let label_at = match layout.label_column {
            _ if layout.labels_elsewhere => usize::MAX,
            None => expected - 1,
            Some(column) if (1..=expected).contains(&column) => column - 1,
            Some(column) => {
                return Err(content(format!("label_column = {column}, but the rows have columns 1 to {expected}")));
            }
        };
        for (at, field) in record.iter().enumerate() {
            let value = match parse_float(field) {
                Some(value) if value.is_finite() => value,
                Some(_) => return Err(syntax(at + 1, format!("`{}` is not finite", shown(field)))),
                None if labels.is_empty() && values.len() <= at && !layout.header => {
                    let problem = format!(
                        "`{}` is not a number; if the first line is a header, state header = true",
                        shown(field)
                    );
                    return Err(syntax(at + 1, problem));
                }
                None => return Err(syntax(at + 1, format!("`{}` is not a number", shown(field)))),
            };
            if at == label_at { labels.push(value) } else { values.push(value) }
        }
    }
    let n_columns = match width {
        Some(width) if layout.labels_elsewhere => width,
        Some(width) if width > 1 => width - 1,
        Some(_) => return Err(content("one column was found; expected features and a label".to_owned())),
        None => return Err(content("no row was found".to_owned())),
    };
    Ok((Matrix::Dense { n_columns, values }, labels))
}

/// One number a line: the labels of a table that holds features alone.
pub(super) fn parse_labels(file: &str, text: &[u8]) -> Result<Vec<f64>, DatasetError> {
    let layout = Layout { separator: b',', header: false, label_column: None, labels_elsewhere: true };
    match parse(file, text, layout)? {
        (Matrix::Dense { n_columns: 1, values }, _) => Ok(values),
        (features, _) => Err(DatasetError::Content {
            file: file.to_owned(),
            problem: format!("{} columns were found; expected one label a line", features.n_columns()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Layout = Layout { separator: b',', header: false, label_column: None, labels_elsewhere: false };

    #[test]
    fn the_label_is_taken_from_the_stated_column() {
        let text = b"a,b,c\n1,2,3\n4, 5 ,6\n";
        let layout = Layout { header: true, ..PLAIN };
        let (features, labels) = parse("x.csv", text, layout).unwrap();
        assert_eq!(features, Matrix::Dense { n_columns: 2, values: vec![1.0, 2.0, 4.0, 5.0] });
        assert_eq!(labels, [3.0, 6.0]);
        let (features, labels) = parse("x.csv", text, Layout { label_column: Some(1), ..layout }).unwrap();
        assert_eq!(features, Matrix::Dense { n_columns: 2, values: vec![2.0, 3.0, 5.0, 6.0] });
        assert_eq!(labels, [1.0, 4.0]);
    }

    #[test]
    fn broken_tables_are_named_with_line_and_field() {
        for (text, expected) in [
            ("a,b\n1,2", "x.csv:1:1: `a` is not a number; if the first line is a header, state header = true"),
            ("1,2\n1,", "x.csv:2:2: `` is not a number"),
            ("1,2\n1,2,3", "x.csv:2:3: 3 fields were found, but the first row has 2"),
            ("1,nan", "x.csv:1:2: `nan` is not finite"),
            ("", "x.csv: no row was found"),
            ("1\n2", "x.csv: one column was found; expected features and a label"),
        ] {
            assert_eq!(parse("x.csv", text.as_bytes(), PLAIN).unwrap_err().to_string(), expected);
        }
        let wide = Layout { label_column: Some(3), ..PLAIN };
        let message = parse("x.csv", b"1,2", wide).unwrap_err().to_string();
        assert_eq!(message, "x.csv: label_column = 3, but the rows have columns 1 to 2");
    }
}
