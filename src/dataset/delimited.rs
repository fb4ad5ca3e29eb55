//! Tables of numbers as text: comma-separated values and their kin.
//!
//! It does not know what labels mean.

use super::decimal::parse_float;
use super::{DatasetError, Matrix};
use crate::wording::excerpt;

/// How the text is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Between fields.
    pub(super) separator: u8,
    /// Whether the first line is a header; it is none where `None`, but may not look like one.
    pub(super) header: Option<bool>,
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
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") {
        return Err(content("the text is UTF-16; save it as UTF-8".to_owned()));
    }
    let has_header = layout.header.unwrap_or(false);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(has_header)
        .delimiter(layout.separator)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text);
    // What pandas writes above its index.
    let is_unnamed = |names: &csv::ByteRecord| names.len() > 1 && names[0].is_empty();
    let mut may_be_index = has_header && reader.byte_headers().is_ok_and(is_unnamed);
    let mut may_be_header = layout.header.is_none();
    let (mut values, mut labels, mut width, mut n_rows) = (Vec::new(), Vec::new(), None, 0_usize);
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
                Some(_) => return Err(syntax(at + 1, format!("`{}` is not finite", excerpt(field)))),
                None if field.is_empty() => {
                    let problem = "a value is missing: fill it, or leave out the whole row".to_owned();
                    return Err(syntax(at + 1, problem));
                }
                None if n_rows == 0 && layout.header.is_none() => {
                    let problem = format!(
                        "`{}` is not a number; if the first line is a header, state header = true",
                        excerpt(field)
                    );
                    return Err(syntax(at + 1, problem));
                }
                None => return Err(syntax(at + 1, format!("`{}` is not a number", excerpt(field)))),
            };
            if at == label_at { labels.push(value) } else { values.push(value) }
        }
        // 0, 1, 2, … in digits is what pandas writes above columns without names, unless such numbers follow.
        let is_whole = |field: &[u8]| field.iter().all(u8::is_ascii_digit);
        match n_rows {
            0 => may_be_header &= expected > 1 && (0..expected).all(|at| record[at] == *at.to_string().as_bytes()),
            _ => may_be_header &= !record.iter().all(is_whole),
        }
        may_be_index &= record[0] == *n_rows.to_string().as_bytes();
        n_rows += 1;
    }
    if may_be_header && n_rows > 1 {
        let problem =
            "the first line, 0, 1, 2, …, looks like numbers of columns: state header = true, or header = false";
        return Err(content(problem.to_owned()));
    }
    if may_be_index && n_rows > 0 {
        let problem = "the first column has no name and counts the rows, as the index of pandas does: write the file \
                       with index=False";
        return Err(content(problem.to_owned()));
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
    let layout = Layout { separator: b',', header: Some(false), label_column: None, labels_elsewhere: true };
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

    const PLAIN: Layout = Layout { separator: b',', header: None, label_column: None, labels_elsewhere: false };

    #[test]
    fn the_label_is_taken_from_the_stated_column() {
        let text = b"a,b,c\n1,2,3\n4, 5 ,6\n";
        let layout = Layout { header: Some(true), ..PLAIN };
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
            ("1,2\n1,", "x.csv:2:2: a value is missing: fill it, or leave out the whole row"),
            (",2\n1,2", "x.csv:1:1: a value is missing: fill it, or leave out the whole row"),
            (
                "0,1,2\n0.5,1,2\n",
                "x.csv: the first line, 0, 1, 2, …, looks like numbers of columns: state header = true, or header = false",
            ),
            (
                "\u{1b}[2J,1\n",
                "x.csv:1:1: `\\u{1b}[2J` is not a number; if the first line is a header, state header = true",
            ),
            ("1,2\n1,2,3", "x.csv:2:3: 3 fields were found, but the first row has 2"),
            ("1,nan", "x.csv:1:2: `nan` is not finite"),
            ("", "x.csv: no row was found"),
            ("1\n2", "x.csv: one column was found; expected features and a label"),
        ] {
            assert_eq!(parse("x.csv", text.as_bytes(), PLAIN).unwrap_err().to_string(), expected);
        }
        assert_eq!(parse("x.csv", b"0,1,2\n3,4,5\n", PLAIN).unwrap().1, [2.0, 5.0]);
        let stated = Layout { header: Some(true), ..PLAIN };
        assert_eq!(
            parse("x.csv", b",a,b\n0,.5,1\n1,.25,-1\n", stated).unwrap_err().to_string(),
            "x.csv: the first column has no name and counts the rows, as the index of pandas does: write the file with \
             index=False"
        );
        assert_eq!(parse("x.csv", b",a,b\n7,.5,1\n1,.25,-1\n", stated).unwrap().1, [1.0, -1.0]);
        let wide = Layout { label_column: Some(3), ..PLAIN };
        let message = parse("x.csv", b"1,2", wide).unwrap_err().to_string();
        assert_eq!(message, "x.csv: label_column = 3, but the rows have columns 1 to 2");
    }
}
