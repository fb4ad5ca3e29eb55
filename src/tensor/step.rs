//! The step of a training, as names of files write it.

/// A step: a decimal number of up to nine places behind the point, exact and in the order of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    billionths: i128,
}

/// In one.
const BILLION: i128 = 1_000_000_000;

impl Step {
    /// Reads an optional sign, digits with or without a point among them, and an optional exponent; `None` for anything
    /// else, and for numbers with more places or beyond 10²⁸.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i32 = exponent.parse().ok()?;
        let (is_negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || !whole.bytes().chain(places.bytes()).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let all: i128 = format!("{whole}{places}").parse().ok()?;
        // In billionths the number is `all` times ten to this.
        let shift = exponent.checked_add(9)?.checked_sub(i32::try_from(places.len()).ok()?)?;
        let power = 10_i128.checked_pow(shift.unsigned_abs());
        let billionths = match power {
            _ if all == 0 => 0,
            Some(power) if shift >= 0 => all.checked_mul(power)?,
            Some(power) if all % power == 0 => all / power,
            _ => return None,
        };
        (billionths < 10_i128.pow(37))
            .then_some(Self { billionths: if is_negative { -billionths } else { billionths } })
    }
}

impl From<u64> for Step {
    fn from(step: u64) -> Self {
        Self { billionths: i128::from(step) * BILLION }
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.billionths < 0 { "-" } else { "" };
        let (whole, places) = (self.billionths.abs() / BILLION, self.billionths.abs() % BILLION);
        let text = format!("{sign}{whole}.{places:09}");
        f.pad(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_exact_and_in_the_order_of_their_values() {
        let written = ["-1e3", "-1", "-0.25", "0", "1e-9", "0.5", "2", "1e3", "18446744073709551615", "9e27"];
        let steps = written.map(|text| Step::parse(text).unwrap());
        assert!(steps.is_sorted());
        let shown = ["-1000", "-1", "-0.25", "0", "0.000000001", "0.5", "2", "1000", "18446744073709551615"];
        assert_eq!(steps.map(|step| step.to_string())[..9], shown);
        assert_eq!(Step::parse("007"), Some(Step::from(7)));
        assert_eq!(Step::parse("+1.50e1"), Some(Step::from(15)));
        assert_eq!(Step::from(u64::MAX).to_string(), u64::MAX.to_string());
        for refused in [
            "",
            "-",
            ".5",
            "1e",
            "1e-10",
            "0.1234567891",
            "1e28",
            "99999999999999999999999999999",
            "1.2.3",
            "x",
            "1e99999999999",
        ] {
            assert_eq!(Step::parse(refused), None, "{refused}");
        }
    }
}
