//! Numbers as people read them: significant digits, engineering prefixes, powers of ten.
//!
//! It rounds for the eye only; files hold all digits.

/// The prefixes of powers of 1000, from 10⁻¹² to 10¹⁸.
const PREFIXES: [&str; 11] = ["p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E"];

/// `value` with `digits` significant digits: plain from 0.001 to 9999, otherwise as `1.23e-5`.
///
/// ```
/// use gradsieve::output::number::significant;
/// assert_eq!(significant(0.012_345, 3), "0.0123");
/// assert_eq!(significant(-1.234_5e-5, 3), "-1.23e-5");
/// assert_eq!(significant(f64::NAN, 3), "NaN");
/// ```
pub fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() || value == 0.0 {
        return if value == 0.0 { "0".to_owned() } else { value.to_string() };
    }
    let digits = digits.max(1);
    let scientific = format!("{value:.*e}", digits - 1);
    let exponent = exponent_of(&scientific);
    if (-3..=3).contains(&exponent) {
        // Rounding is done: the digits of the scientific form are those of the plain one.
        let decimals = usize::try_from(-exponent)
            .map_or_else(|_| (digits - 1).saturating_sub(exponent as usize), |e| digits - 1 + e);
        return format!("{value:.decimals$}");
    }
    scientific
}

/// `value` with three significant digits and the prefix that leaves 1 to 999 before the unit: `12.3 k`, `4.56 Mbit`.
///
/// Integers below 1000 stay as they are (`12 bit`); beyond the prefixes it is [`significant`].
///
/// ```
/// use gradsieve::output::number::engineering;
/// assert_eq!(engineering(4_560_000.0, "bit"), "4.56 Mbit");
/// assert_eq!(engineering(0.001_23, "s"), "1.23 ms");
/// assert_eq!(engineering(12_345.0, ""), "12.3 k");
/// ```
pub fn engineering(value: f64, unit: &str) -> String {
    let join = |number: &str, unit: &str| format!("{number} {unit}").trim_end().to_owned();
    if !value.is_finite() || value == 0.0 || (value.fract() == 0.0 && value.abs() < 1000.0) {
        return join(&value.to_string().replace("-0", "0"), unit);
    }
    let exponent = exponent_of(&format!("{value:.2e}"));
    let Some(prefix) = prefix(exponent.div_euclid(3) * 3) else { return join(&significant(value, 3), unit) };
    let decimals = 2 - exponent.rem_euclid(3);
    let mantissa = value / 10_f64.powi(exponent.div_euclid(3) * 3);
    join(&format!("{mantissa:.*}", decimals as usize), &format!("{prefix}{unit}"))
}

/// How many times `less` is `more`, to three digits; `None` where that is infinite or NaN, as of zero.
///
/// ```
/// use gradsieve::output::number::times;
/// assert_eq!(times(593.0, 55.9).as_deref(), Some("10.6"));
/// assert_eq!(times(593.0, 0.0), None);
/// ```
pub fn times(more: f64, less: f64) -> Option<String> {
    Some(more / less).filter(|ratio| ratio.is_finite()).map(|ratio| significant(ratio, 3))
}

/// The prefix of `10^exponent`, `exponent` a multiple of 3 from −12 to 18.
pub(super) fn prefix(exponent: i32) -> Option<&'static str> {
    usize::try_from(exponent / 3 + 4).ok().and_then(|index| PREFIXES.get(index)).copied()
}

/// `10` with a raised exponent, in Unicode.
///
/// ```
/// assert_eq!(gradsieve::output::number::power_of_ten(-12), "10⁻¹²");
/// ```
pub fn power_of_ten(exponent: i32) -> String {
    let exponent = exponent.to_string();
    let raised = exponent.chars().map(|character| match character {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).unwrap_or(digit),
    });
    std::iter::once("10".to_owned()).chain(raised.map(String::from)).collect()
}

/// The exponent of a number printed by `{:e}`.
fn exponent_of(scientific: &str) -> i32 {
    scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{engineering, power_of_ten, significant};

    #[test]
    fn significant_digits_carry_over_when_they_round_up() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1.00"),
            (9.996, "10.0"),
            (99.96, "100"),
            (9_994.0, "9994"),
            (9_996.0, "1.00e4"),
            (9_999.9, "1.00e4"),
            (12_345.0, "1.23e4"),
            (0.001, "0.00100"),
            (0.000_999_9, "0.00100"),
            (0.000_5, "5.00e-4"),
            (1e300, "1.00e300"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(significant(value, 3), text, "{value:e}");
        }
        assert_eq!(significant(1.234_56e-5, 4), "1.235e-5");
    }

    #[test]
    fn engineering_prefixes_leave_one_to_three_digits_before_the_point() {
        for (value, unit, text) in [
            (0.0, "bit", "0 bit"),
            (-0.0, "", "0"),
            (12.0, "bit", "12 bit"),
            (999.0, "", "999"),
            (999.6, "", "1.00 k"),
            (1000.0, "bit", "1.00 kbit"),
            (45_600.0, "", "45.6 k"),
            (456_000.0, "bit", "456 kbit"),
            (999_999.0, "bit", "1.00 Mbit"),
            (-2.5e9, "bit", "-2.50 Gbit"),
            (0.5, "s", "500 ms"),
            (1.5e-6, "s", "1.50 µs"),
            (1.5e-30, "s", "1.50e-30 s"),
            (2e21, "bit", "2.00e21 bit"),
            (f64::NAN, "s", "NaN s"),
            (f64::NEG_INFINITY, "", "-inf"),
        ] {
            assert_eq!(engineering(value, unit), text, "{value:e}");
        }
    }

    #[test]
    fn powers_of_ten_are_raised() {
        assert_eq!(power_of_ten(0), "10⁰");
        assert_eq!(power_of_ten(456_789), "10⁴⁵⁶⁷⁸⁹");
        assert_eq!(power_of_ten(-123), "10⁻¹²³");
    }
}
