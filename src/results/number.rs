//! How numbers are written in the tables of a result folder.

/// The nearest number of `digits` significant digits.
pub(crate) fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

/// A number in a CSV: the shortest decimal that reads back to the same bits.
#[must_use]
pub fn number(value: f64) -> String {
    let magnitude = value.abs();
    if value.is_nan() {
        "NaN".to_owned()
    } else if magnitude == 0.0 || (1e-4..1e16).contains(&magnitude) || value.is_infinite() {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// [`number`], or nothing.
pub(crate) fn cell(value: Option<f64>) -> String {
    value.map(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_to_the_same_bits() {
        for value in [0.0, 1.0, -2.5, 1e-300, 5e-324, 0.1 + 0.2, 1.7e308, 123_456_789_012.0, 1e17, f64::INFINITY] {
            assert_eq!(number(value).parse::<f64>().unwrap().to_bits(), value.to_bits(), "{value:e}");
        }
        assert_eq!([number(4096.0), number(1e-20), number(f64::NAN)], ["4096", "1e-20", "NaN"]);
    }
}
