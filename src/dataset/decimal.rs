//! Decimal numbers from bytes, exactly as `str::parse` reads them and several times faster.
//!
//! It does not know where the bytes come from; ∞ and NaN are numbers to it, as they are to `str::parse`.

/// Powers of ten that are doubles without rounding.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Digits that surely fit a `u64`.
const MAX_DIGITS: usize = 19;

/// The number that `bytes`, all of them, spell; `None` where `str::parse::<f64>` fails.
///
/// The usual case needs no arbitrary precision (Clinger 1990): a decimal `m · 10^e` with `m ≤ 2⁵³` and `|e| ≤ 22` is
/// one exact integer and one exact power of ten, so that their product or quotient, rounded once, is the nearest
/// double. Everything else goes to `str::parse`.
#[must_use]
pub fn parse_float(bytes: &[u8]) -> Option<f64> {
    match fast_prefix(bytes, 0) {
        Some((value, end)) if end == bytes.len() => Some(value),
        _ => std::str::from_utf8(bytes).ok()?.parse().ok(),
    }
}

/// Reads a simple form `[+-]digits[.digits][e[+-]digits]` that begins at `start`, as far as it goes: the value and
/// where it ends. `None` for anything hard or malformed, of which [`parse_float`] of the whole token decides.
#[inline]
pub(super) fn fast_prefix(bytes: &[u8], start: usize) -> Option<(f64, usize)> {
    let mut rest = bytes.get(start..)?;
    let negative = match rest {
        [b'-', after @ ..] => {
            rest = after;
            true
        }
        [b'+', after @ ..] => {
            rest = after;
            false
        }
        _ => false,
    };
    let mut mantissa = 0;
    let mut n_digits = take_digits(&mut rest, &mut mantissa);
    let mut exponent = 0;
    if let [b'.', after @ ..] = rest {
        rest = after;
        let n_decimals = take_digits(&mut rest, &mut mantissa);
        n_digits += n_decimals;
        exponent = i64::try_from(n_decimals).ok().map(|n| -n)?;
    }
    // More digits may have wrapped around; none is not a number.
    if n_digits == 0 || n_digits > MAX_DIGITS {
        return None;
    }
    if let [b'e' | b'E', after @ ..] = rest {
        let n = after.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+')).count();
        exponent += small_integer(&after[..n])?;
        rest = &after[n..];
    }
    if mantissa > 1 << 53 || exponent.unsigned_abs() > 22 {
        return None;
    }
    let mut value = mantissa as f64;
    if exponent != 0 {
        let power = EXACT_POWERS[exponent.unsigned_abs() as usize];
        value = if exponent < 0 { value / power } else { value * power };
    }
    Some((if negative { -value } else { value }, bytes.len() - rest.len()))
}

/// Appends leading digits to the mantissa, modulo 2⁶⁴; gives their number.
#[inline]
fn take_digits(rest: &mut &[u8], mantissa: &mut u64) -> usize {
    let before = rest.len();
    while let [byte, after @ ..] = *rest {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        *mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        *rest = after;
    }
    before - rest.len()
}

/// A signed integer of at most four digits.
fn small_integer(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes.first()? {
        b'-' => (true, &bytes[1..]),
        b'+' => (false, &bytes[1..]),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0, |value, digit| 10 * value + i64::from(digit - b'0'));
    Some(if negative { -value } else { value })
}

/// The unsigned integer that `bytes`, digits only, spell; `None` for anything else or above `u32::MAX`.
#[inline]
#[must_use]
pub fn parse_index(bytes: &[u8]) -> Option<u32> {
    if bytes.is_empty() || bytes.len() > 10 {
        return None;
    }
    let mut value: u64 = 0;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = 10 * value + u64::from(digit);
    }
    u32::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn assert_equals_parse(text: &str) {
        let ours = parse_float(text.as_bytes()).map(f64::to_bits);
        let theirs = text.parse::<f64>().ok().map(f64::to_bits);
        // NaN has many bits and one meaning.
        let nan = |bits: Option<u64>| bits.is_some_and(|bits| f64::from_bits(bits).is_nan());
        assert!(ours == theirs || (nan(ours) && nan(theirs)), "{text:?}: {ours:?} against {theirs:?}");
    }

    #[test]
    fn corner_cases_equal_the_standard_library() {
        for text in [
            "",
            "+",
            "-",
            ".",
            "-.",
            "0",
            "-0",
            "+0.0",
            "1.",
            ".5",
            "1e",
            "1e+",
            "e5",
            "1e5",
            "1E-5",
            "1e22",
            "1e23",
            "9007199254740992",
            "9007199254740993",
            "18446744073709551616",
            "0.1",
            "1e-22",
            "1e-23",
            "1e400",
            "1e-400",
            "4.9e-324",
            "2.2250738585072011e-308",
            "inf",
            "-Infinity",
            "nan",
            "1_000",
            " 1",
            "1 ",
            "0x10",
            "1.2.3",
            "1e5e5",
            "00000000000000000000001",
            "0.00000000000000000000001",
            "1e00005",
            "123456789012345678901234567890",
        ] {
            assert_equals_parse(text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn every_double_reads_back_to_its_bits(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            assert_equals_parse(&format!("{value}"));
            assert_equals_parse(&format!("{value:e}"));
            assert_equals_parse(&format!("{value:.6e}"));
        }

        #[test]
        fn decimals_equal_the_standard_library(
            text in "[+-]?[0-9]{0,20}(\\.[0-9]{0,20})?([eE][+-]?[0-9]{0,3})?"
        ) {
            assert_equals_parse(&text);
        }

        #[test]
        fn other_text_equals_the_standard_library(text in "[-+0-9.eEinfat ]{0,8}") {
            assert_equals_parse(&text);
        }

        #[test]
        fn indices_equal_the_standard_library(text in "[0-9]{0,12}") {
            prop_assert_eq!(parse_index(text.as_bytes()), text.parse::<u32>().ok().filter(|_| text.len() <= 10));
        }
    }
}
