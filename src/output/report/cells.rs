//! Cells of tables: numbers short enough to be compared down a column, the whole number behind them.

use crate::output::OutputError;
use crate::output::number::{power_of_ten, prefix, significant};
use crate::output::table::ABSENT;
use crate::results::read::Columns;
use maud::{Markup, html};

/// Three digits tell settings apart; all of them stand in the tables.
const DIGITS: u8 = 3;

/// How all numbers of one column are written, so that their decimal points stand below each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Format {
    /// The power of ten that the header names.
    exponent: i32,
    decimals: usize,
    is_scientific: bool,
}

impl Format {
    /// Three digits of the smallest magnitude, as decimals where that is short enough; with `unit` by its prefixes.
    pub(super) fn of(numbers: &[Option<f64>], unit: &str) -> Self {
        let magnitudes = || numbers.iter().flatten().map(|value| value.abs()).filter(|v| v.is_finite() && *v > 0.0);
        let (least, most) = (magnitudes().fold(f64::INFINITY, f64::min), magnitudes().fold(0.0, f64::max));
        let plain = Self::decimals(0);
        if most == 0.0 {
            return plain;
        }
        let are_counts = numbers.iter().flatten().all(|value| !value.is_finite() || value.fract() == 0.0);
        if are_counts && most < 1e5 && unit.is_empty() {
            return plain;
        }
        let (low, high) = (least.log10().floor() as i32, most.log10().floor() as i32);
        let exponent = if unit.is_empty() { 0 } else { low.div_euclid(3) * 3 };
        let exponent = if prefix(exponent).is_some() { exponent } else { 0 };
        let decimals = (i32::from(DIGITS) - 1 - (low - exponent)).max(0);
        let is_scientific = high - exponent > 5 || decimals > 6;
        Self { exponent: if is_scientific { 0 } else { exponent }, decimals: decimals as usize, is_scientific }
    }

    /// A fixed number of decimals, whatever the numbers.
    pub(super) const fn decimals(decimals: usize) -> Self {
        Self { exponent: 0, decimals, is_scientific: false }
    }

    /// The unit as the header names it.
    pub(super) fn unit(self, unit: &str) -> String {
        let prefix = prefix(self.exponent).unwrap_or_default();
        if unit.is_empty() { String::new() } else { format!("{prefix}{unit}") }
    }

    pub(super) fn text(self, value: f64) -> String {
        let Self { exponent, decimals, is_scientific } = self;
        if value == 0.0 {
            return "0".to_owned();
        }
        if !value.is_finite() {
            return value.to_string().replace("inf", "∞");
        }
        let text =
            if is_scientific { scientific(value) } else { format!("{:.decimals$}", value / 10f64.powi(exponent)) };
        text.replace('-', "−")
    }
}

/// A number with a raised power of ten.
fn scientific(value: f64) -> String {
    raised(&format!("{value:.*e}", usize::from(DIGITS) - 1))
}

/// `1.26e-3` with a raised exponent; any other text as it is.
fn raised(text: &str) -> String {
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!("{mantissa}×{}", power_of_ten(exponent.parse().unwrap_or(0))),
        None => text.to_owned(),
    }
}

/// A number by itself.
pub(super) fn number(value: f64, digits: usize) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "−∞" }.to_owned();
    }
    raised(&significant(value, digits)).replace('-', "−")
}

/// A cell with a number and all of its digits behind it.
pub(super) fn cell(value: Option<f64>, format: Format) -> Markup {
    html! {
        @match value {
            Some(value) => td.number data-value=(value) title=(value) { (format.text(value)) },
            None => td.number.absent { (ABSENT) },
        }
    }
}

/// A column that a table may lack.
pub(super) fn numbers(table: &Columns, column: &str) -> Result<Vec<Option<f64>>, OutputError> {
    if table.has(column) { Ok(table.numbers(column)?) } else { Ok(vec![None; table.len()]) }
}

/// The heading of a column by which the script sorts.
pub(super) fn heading(label: &str, unit: &str, is_number: bool, title: Option<&str>) -> Markup {
    html! {
        th.number[is_number] scope="col" aria-sort="none" title=[title] {
            button type="button" { (label) @if !unit.is_empty() { " " small { (unit) } } }
        }
    }
}

/// The field that keeps the rows of the table after it that have all of its words.
pub(super) fn filter_field(example: &str) -> Markup {
    html! {
        p.filter hidden {
            label { "Filter" input type="search" placeholder=(example) autocomplete="off"; }
            output { }
        }
    }
}

/// A table that scrolls by itself where the page is narrow.
pub(super) fn scrolling(label: &str, table: &Markup) -> Markup {
    html! { div.scroll role="region" aria-label=(label) tabindex="0" { (table) } }
}

#[cfg(test)]
mod tests {
    use super::Format;

    fn column(numbers: &[f64], unit: &str) -> (Vec<String>, String) {
        let numbers: Vec<Option<f64>> = numbers.iter().copied().map(Some).collect();
        let format = Format::of(&numbers, unit);
        (numbers.iter().flatten().map(|value| format.text(*value)).collect(), format.unit(unit))
    }

    #[test]
    fn the_numbers_of_a_column_have_one_form() {
        assert_eq!(column(&[0.00126, 0.0473], "").0, ["0.00126", "0.04730"]);
        assert_eq!(
            column(&[1_331_712_000.0, 140_608_384.0], "bit"),
            (vec!["1332".into(), "141".into()], "Mbit".into())
        );
        assert_eq!(column(&[3.07803, 1.50936], "s"), (vec!["3.08".into(), "1.51".into()], "s".into()));
        assert_eq!(column(&[2000.0, 7.0, 0.0], "").0, ["2000", "7", "0"]);
        assert_eq!(column(&[1e-9, 0.5], "").0, ["1.00×10⁻⁹", "5.00×10⁻¹"]);
        assert_eq!(column(&[-0.25, f64::INFINITY, f64::NAN], "").0, ["−0.250", "∞", "NaN"]);
        assert_eq!(column(&[], "").0, Vec::<String>::new());
    }
}
