//! The CSVs of a result folder as typed columns.
//!
//! It does not know what the columns mean; an empty cell is absent, never zero.

use super::error::ResultsError;
use crate::store::StoreError;
use crate::suggest;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The columns of one CSV file, all cells as written; [`numbers`](Self::numbers) and [`texts`](Self::texts) type them.
#[derive(Debug, Clone)]
pub struct Columns {
    path: PathBuf,
    header: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

impl Columns {
    /// Reads a CSV file with a header.
    ///
    /// # Errors
    /// [`ResultsError::Store`] when the file cannot be read, [`ResultsError::Table`] with the line when it is not CSV.
    pub fn read(path: &Path) -> Result<Self, ResultsError> {
        let bytes = std::fs::read(path).map_err(StoreError::io("read", path))?;
        Self::parse(path, &bytes)
    }

    /// Reads a CSV text; `path` only names it in errors.
    ///
    /// # Errors
    /// [`ResultsError::Table`] with the line: uneven rows, a repeated or empty column name, no header, no UTF-8.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, ResultsError> {
        let malformed = |line, problem| ResultsError::Table { path: path.to_owned(), line, problem };
        let mut reader = csv::Reader::from_reader(bytes);
        let header: Vec<String> =
            reader.headers().map_err(|error| csv_error(path, &error))?.iter().map(str::to_owned).collect();
        if header.is_empty() {
            return Err(malformed(1, "the file is empty: a header was expected".to_owned()));
        }
        for (index, name) in header.iter().enumerate() {
            if name.is_empty() || header[..index].contains(name) {
                return Err(malformed(
                    1,
                    format!("column {} is named `{name}`: names are unique, not empty", index + 1),
                ));
            }
        }
        let rows: Result<_, _> = reader.records().collect();
        Ok(Self { path: path.to_owned(), header, rows: rows.map_err(|error| csv_error(path, &error))? })
    }

    /// The names of the columns, in the order of the file.
    pub fn names(&self) -> &[String] {
        &self.header
    }

    /// The number of rows below the header.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row below the header.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether the file has this column.
    pub fn has(&self, column: &str) -> bool {
        self.header.iter().any(|name| name == column)
    }

    /// The line of a row in the file, counted from 1; `row` counts from 0.
    pub fn line(&self, row: usize) -> u64 {
        self.rows[row].position().map_or(0, csv::Position::line)
    }

    /// A column as text, one cell per row; absent cells are empty.
    ///
    /// # Errors
    /// [`ResultsError::MissingColumn`].
    pub fn texts(&self, column: &str) -> Result<Vec<&str>, ResultsError> {
        let index = self.index(column)?;
        Ok(self.rows.iter().map(|row| &row[index]).collect())
    }

    /// The texts of a column, each once, in the order of the rows.
    ///
    /// # Errors
    /// [`ResultsError::MissingColumn`].
    pub fn distinct(&self, column: &str) -> Result<Vec<&str>, ResultsError> {
        Ok(distinct(self.texts(column)?))
    }

    /// A column as numbers, one cell per row: `None` where the cell is empty; `inf` and `NaN` are numbers.
    ///
    /// # Errors
    /// [`ResultsError::MissingColumn`]; [`ResultsError::Cell`] with the line of the first cell that is not a number.
    pub fn numbers(&self, column: &str) -> Result<Vec<Option<f64>>, ResultsError> {
        self.typed(column, "number", |cell| cell.parse().ok())
    }

    /// A column as counts (integers from 0), one cell per row: `None` where the cell is empty.
    ///
    /// # Errors
    /// [`ResultsError::MissingColumn`]; [`ResultsError::Cell`] with the line of the first cell that is not a count.
    pub fn counts(&self, column: &str) -> Result<Vec<Option<u64>>, ResultsError> {
        self.typed(column, "count (an integer from 0)", |cell| cell.parse().ok())
    }

    /// A column as members of a closed set, one cell per row; `None` where the cell is empty.
    ///
    /// `expected` describes the set in the error.
    ///
    /// # Errors
    /// [`ResultsError::MissingColumn`]; [`ResultsError::Cell`] with the line of the first cell that `parse` refuses.
    pub fn typed<T>(
        &self,
        column: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<Option<T>>, ResultsError> {
        let index = self.index(column)?;
        let cells = self.rows.iter().enumerate().map(|(row, record)| {
            let cell = record[index].trim();
            if cell.is_empty() {
                return Ok(None);
            }
            parse(cell).map(Some).ok_or_else(|| self.cell_error(row, column, expected))
        });
        cells.collect()
    }

    /// A column in which every cell holds a value, such as a key.
    ///
    /// # Errors
    /// [`ResultsError::MissingColumn`]; [`ResultsError::Cell`] with the line of the first cell that is not one.
    pub fn required<T: FromStr>(&self, column: &str, expected: &str) -> Result<Vec<T>, ResultsError> {
        let cells = self.texts(column)?.into_iter().enumerate();
        cells.map(|(row, cell)| cell.trim().parse().map_err(|_| self.cell_error(row, column, expected))).collect()
    }

    /// The error that something is wrong with `row` (from 0).
    pub fn wrong(&self, row: usize, problem: String) -> ResultsError {
        ResultsError::Table { path: self.path.clone(), line: self.line(row), problem }
    }

    /// The error that the cell of `row` (from 0) in an existing `column` is not what was `expected`.
    pub fn cell_error(&self, row: usize, column: &str, expected: &str) -> ResultsError {
        let value = self.header.iter().position(|name| name == column).map_or("", |index| &self.rows[row][index]);
        ResultsError::Cell {
            path: self.path.clone(),
            line: self.line(row),
            column: column.to_owned(),
            value: value.to_owned(),
            expected: expected.to_owned(),
        }
    }

    /// The error that `column` is missing; `requested_by` says who asks (` (requested by …)`) or is empty.
    pub fn missing(&self, column: &str, requested_by: &str) -> ResultsError {
        let remedy = match suggest::nearest(column, self.header.iter().map(String::as_str)) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("the columns are {}", self.header.join(", ")),
        };
        ResultsError::MissingColumn {
            path: self.path.clone(),
            column: column.to_owned(),
            requested_by: requested_by.to_owned(),
            remedy,
        }
    }

    fn index(&self, column: &str) -> Result<usize, ResultsError> {
        self.header.iter().position(|name| name == column).ok_or_else(|| self.missing(column, ""))
    }
}

/// The items, each once, in the order of their first occurrence.
pub fn distinct<T: PartialEq>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for item in items {
        if !found.contains(&item) {
            found.push(item);
        }
    }
    found
}

/// Names the line of an error of the CSV reader.
fn csv_error(path: &Path, error: &csv::Error) -> ResultsError {
    let line = error.position().map_or(1, csv::Position::line);
    let problem = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the row has {len} cells where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { err, .. } => format!("cell {} is not UTF-8", err.field() + 1),
        _ => error.to_string(),
    };
    ResultsError::Table { path: path.to_owned(), line, problem }
}
