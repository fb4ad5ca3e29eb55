//! One axis of a figure: its range, where its ticks stand and what they say.
//!
//! It does not know where the axis is drawn, only how long it is.

use super::number::power_of_ten;
use std::str::FromStr;

/// How an axis maps values to lengths.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Scale {
    /// Equal differences are equally long.
    #[default]
    Linear,
    /// Equal ratios are equally long; only positive values can be drawn.
    Log,
    /// Linear up to about this magnitude and logarithmic beyond, for both signs: `sign(x) ln(1 + |x|/c)`.
    SymmetricLog(f64),
}

impl Scale {
    /// Whether this scale can draw `value`: finite, at most 1e300 in magnitude, and positive on a log scale.
    pub fn draws(self, value: f64) -> bool {
        value.abs() <= LARGEST && (self != Self::Log || value > 0.0)
    }
}

/// The name in `plots.csv`: `linear` or `log`.
impl FromStr for Scale {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "linear" => Ok(Self::Linear),
            "log" => Ok(Self::Log),
            _ => Err(format!("`{name}` is not a scale: `linear` or `log`")),
        }
    }
}

/// Larger magnitudes are not drawn: a run that reached them has diverged, and differences of them overflow.
pub(crate) const LARGEST: f64 = 1e300;

/// Smaller magnitudes are drawn as zero, at the lower end of a log axis: what is left of their digits, and steps
/// between them, are below what a number holds.
const SMALLEST: f64 = 1e-300;

/// More decimals than a number has digits say nothing.
const MOST_DECIMALS: usize = 17;

/// A range of values, mapped to `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    pub(crate) scale: Scale,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// Where the ticks stand.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ticks {
    /// Value and label.
    pub(crate) major: Vec<(f64, String)>,
    /// Values of the short ticks without a label.
    pub(crate) minor: Vec<f64>,
    /// The power of ten that the labels leave out and the axis label names.
    pub(crate) exponent: i32,
}

impl Span {
    /// The range of the drawable values, padded by the fractions `below` and `above` of itself.
    ///
    /// Without values it is `[0, 1]` (`[1, 10]` on a log scale); a single value stands in the middle.
    pub(crate) fn of(scale: Scale, values: impl Iterator<Item = f64>, below: f64, above: f64) -> Self {
        let scale = match scale {
            Scale::SymmetricLog(unit) if (SMALLEST..=LARGEST).contains(&unit) => scale,
            Scale::SymmetricLog(_) => Scale::Linear,
            Scale::Linear | Scale::Log => scale,
        };
        let at_least = if scale == Scale::Log { SMALLEST } else { f64::NEG_INFINITY };
        let (low, high) = values
            .filter(|&value| scale.draws(value))
            .map(|value| value.max(at_least))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = match scale {
            Scale::Linear if low > high => (0.0, 1.0),
            Scale::Log if low > high => (1.0, 10.0),
            Scale::SymmetricLog(unit) if low > high => (-unit, unit),
            Scale::Linear if low.abs().max(high.abs()) < SMALLEST => (-1.0, 1.0),
            Scale::Linear if high - low <= 1e-9 * high.abs().max(low.abs()) => {
                let margin = 0.1 * high.abs();
                (low - margin, high + margin)
            }
            Scale::Linear => {
                let length = high - low;
                // A range that starts close above zero shows zero.
                let low = if (0.0..=0.15 * high).contains(&low) { 0.0 } else { low - below * length };
                (low, high + above * length)
            }
            Scale::Log if high / low <= 1.0 + 1e-9 => (low / 3.0, high * 3.0),
            Scale::SymmetricLog(unit) => {
                let (from, to) = (symmetric_log(low, unit), symmetric_log(high, unit));
                if to - from <= (1e-12 * to.abs().max(from.abs())).max(SMALLEST) {
                    let margin = unit.max(1e-9 * high.abs());
                    return Self { scale, low: (low - margin).max(f64::MIN), high: (high + margin).min(f64::MAX) };
                }
                let back = |y: f64| {
                    let magnitude = unit * y.abs().exp_m1();
                    y.signum() * if magnitude.is_finite() { magnitude } else { (y.abs() + unit.ln()).exp() }
                };
                (back(from - below * (to - from)), back(to + above * (to - from)))
            }
            Scale::Log => {
                let decades = high.log10() - low.log10();
                (low / 10_f64.powf(below * decades), high * 10_f64.powf(above * decades))
            }
        };
        // The padding may leave what a number holds.
        let least = if scale == Scale::Log { f64::MIN_POSITIVE } else { f64::MIN };
        Self { scale, low: low.max(least), high: high.min(f64::MAX) }
    }

    /// The place of `value` in `[0, 1]`, clamped; the middle of a range without length.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let map = |value: f64| match self.scale {
            Scale::Linear => value,
            Scale::Log => value.max(f64::MIN_POSITIVE).log10(),
            Scale::SymmetricLog(unit) => symmetric_log(value, unit),
        };
        let place = (map(value) - map(self.low)) / (map(self.high) - map(self.low));
        if place.is_nan() { 0.5 } else { place.clamp(0.0, 1.0) }
    }

    /// The ticks of an axis of `length` pixels: as many labels as stay `gap` pixels apart, at most about eight.
    ///
    /// `extent` measures a label along the axis.
    pub(crate) fn ticks(&self, length: f64, gap: f64, extent: &dyn Fn(&str) -> f64) -> Ticks {
        let roomy = |ticks: &Ticks| {
            ticks.major.len() <= 9
                && ticks.major.windows(2).all(|pair| {
                    let distance = (self.place(pair[1].0) - self.place(pair[0].0)) * length;
                    distance >= f64::midpoint(extent(&pair[0].1), extent(&pair[1].1)) + gap
                })
        };
        let is_drawable = self.low.is_finite() && self.high.is_finite() && self.low < self.high;
        let candidates: Vec<Ticks> = match self.scale {
            _ if !is_drawable => vec![],
            Scale::Linear => self.linear_candidates(),
            Scale::SymmetricLog(unit) => self.symmetric_candidates(unit),
            Scale::Log => {
                let decades = self.high.log10().floor() - self.low.log10().ceil() + 1.0;
                if decades >= 3.0 {
                    self.decade_candidates(length)
                } else if self.high / self.low >= 8.0 {
                    self.digit_candidates()
                } else {
                    self.linear_candidates()
                }
            }
        };
        let sparsest = candidates.last().cloned();
        candidates.into_iter().find(roomy).or(sparsest).unwrap_or(Ticks { major: vec![], minor: vec![], exponent: 0 })
    }

    /// Ticks at multiples of 1, 2 or 5 times a power of ten, dense to sparse.
    fn linear_candidates(&self) -> Vec<Ticks> {
        let length = self.high - self.low;
        (1..=8)
            .rev()
            .filter_map(|count| {
                let rough = length / f64::from(count);
                let power = 10_f64.powf(rough.log10().floor());
                let step =
                    [1.0, 2.0, 5.0, 10.0].into_iter().find(|s| s * power >= 0.999 * rough).unwrap_or(10.0) * power;
                // Multiples of such a step run into each other, or out of what a number holds.
                if !step.is_normal() || step < 1e-12 * self.low.abs().max(self.high.abs()) {
                    return None;
                }
                let first = (self.low / step - 1e-9).ceil() as i64;
                let last = (self.high / step + 1e-9).floor() as i64;
                let values: Vec<f64> = (first..=last).map(|k| k as f64 * step).collect();
                let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
                let exponent = if largest == 0.0 || (0.01..1e4).contains(&largest) {
                    0
                } else {
                    ((largest * (1.0 + 1e-12)).log10().floor() as i32).div_euclid(3) * 3
                };
                let unit = 10_f64.powi(exponent);
                let decimals = (-(step * (1.0 + 1e-9) / unit).log10().floor()).max(0.0) as usize;
                let decimals = decimals.min(MOST_DECIMALS);
                let label = |value: f64| format!("{:.decimals$}", value / unit).replace('-', "−");
                Some(Ticks { major: values.iter().map(|&v| (v, label(v))).collect(), minor: vec![], exponent })
            })
            .collect()
    }

    /// Labels at zero and at every decade above the unit or every few, on both sides, dense to sparse.
    fn symmetric_candidates(&self, unit: f64) -> Vec<Ticks> {
        let (first, last) = (unit.log10().ceil() as i32, self.high.abs().max(self.low.abs()).log10().floor() as i32);
        let of_step = |step: i32| {
            let powers = (first..=last).filter(|k| (k - last).rem_euclid(step) == 0);
            let mut major = vec![(0.0, "0".to_owned())];
            for k in powers {
                let label = power_of_ten(k);
                major.push((-(10_f64.powi(k)), format!("−{label}")));
                major.push((10_f64.powi(k), label));
            }
            major.retain(|(value, _)| (self.low..=self.high).contains(value));
            major.sort_by(|a, b| a.0.total_cmp(&b.0));
            Ticks { major, minor: vec![], exponent: 0 }
        };
        let candidates: Vec<Ticks> = [1, 2, 3, 5, 10, 20, 50, 100].into_iter().map(of_step).collect();
        // Less than a decade beyond the unit is nearly linear.
        if candidates[0].major.len() < 3 { self.linear_candidates() } else { candidates }
    }

    /// Labels at every decade or every few, dense to sparse.
    fn decade_candidates(&self, length: f64) -> Vec<Ticks> {
        let (low, high) = (self.low.log10(), self.high.log10());
        let decade = length / (high - low);
        let (first, last) = (low.ceil() as i32, high.floor() as i32);
        [1, 2, 3, 5, 10, 20, 50, 100, 200]
            .into_iter()
            .map(|step| {
                let (labelled, plain): (Vec<i32>, Vec<i32>) = (first..=last).partition(|k| k.rem_euclid(step) == 0);
                let minor = match step {
                    1 if decade >= 18.0 => self.digits(&[2, 3, 4, 5, 6, 7, 8, 9]),
                    1 => vec![],
                    _ if decade >= 3.0 => plain.into_iter().map(|k| 10_f64.powi(k)).collect(),
                    _ => vec![],
                };
                let major = labelled.into_iter().map(|k| (10_f64.powi(k), power_of_ten(k))).collect();
                Ticks { major, minor, exponent: 0 }
            })
            .collect()
    }

    /// Labels at several digits of each decade, dense to sparse, for one to three decades.
    fn digit_candidates(&self) -> Vec<Ticks> {
        let sets: [&[i32]; 4] = [&[1, 2, 3, 4, 5, 6, 7, 8, 9], &[1, 2, 5], &[1, 3], &[1]];
        let plain = self.low >= 1e-3 && self.high < 1e5;
        let label = |value: f64| {
            if plain {
                return format!("{}", (value * 1e6).round() / 1e6);
            }
            let exponent = (value.log10() + 1e-9).floor() as i32;
            match (value / 10_f64.powi(exponent)).round() {
                1.0 => power_of_ten(exponent),
                digit => format!("{digit}×{}", power_of_ten(exponent)),
            }
        };
        let all = self.digits(sets[0]);
        sets.into_iter()
            .map(|set| {
                let values = self.digits(set);
                Ticks {
                    minor: all.iter().copied().filter(|value| !values.contains(value)).collect(),
                    major: values.into_iter().map(|value| (value, label(value))).collect(),
                    exponent: 0,
                }
            })
            .collect()
    }

    /// The values `digit · 10^k` in the range, ascending.
    fn digits(&self, digits: &[i32]) -> Vec<f64> {
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        (first..=last)
            .flat_map(|k| digits.iter().map(move |&digit| f64::from(digit) * 10_f64.powi(k)))
            .filter(|value| (self.low..=self.high).contains(value))
            .collect()
    }
}

/// `sign(x) ln(1 + |x|/unit)`.
fn symmetric_log(x: f64, unit: f64) -> f64 {
    let ratio = x.abs() / unit;
    x.signum() * if ratio.is_finite() { ratio.ln_1p() } else { x.abs().ln() - unit.ln() }
}

#[cfg(test)]
mod tests {
    use super::{Span, Ticks};
    use crate::output::axis::Scale::{Linear, Log, SymmetricLog};

    fn ticks(span: Span) -> Ticks {
        span.ticks(300.0, 10.0, &|label| 10.0 * label.chars().count() as f64)
    }

    fn labels(ticks: &Ticks) -> Vec<&str> {
        ticks.major.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn linear_labels_leave_a_common_power_of_ten_to_the_axis() {
        let span = Span { scale: Linear, low: 0.0, high: 43_000.0 };
        let found = ticks(span);
        assert_eq!((labels(&found), found.exponent), (vec!["0", "10", "20", "30", "40"], 3));
        let found = ticks(Span { scale: Linear, low: -0.004, high: 0.0041 });
        assert_eq!((labels(&found), found.exponent), (vec!["−4", "−2", "0", "2", "4"], -3));
        assert_eq!(labels(&ticks(Span { scale: Linear, low: 0.31, high: 0.52 })), ["0.35", "0.40", "0.45", "0.50"]);
    }

    #[test]
    fn log_labels_are_decades_with_minor_ticks_between() {
        let found = ticks(Span { scale: Log, low: 2e-4, high: 5.0 });
        assert_eq!(labels(&found), ["10⁻³", "10⁻²", "10⁻¹", "10⁰"]);
        assert_eq!(found.minor.len(), 4 * 8 + 4);
        let found = ticks(Span { scale: Log, low: 1e-250, high: 1e250 });
        assert_eq!(labels(&found), ["10⁻²⁰⁰", "10⁰", "10²⁰⁰"]);
    }

    #[test]
    fn short_log_ranges_label_digits_and_shorter_ones_plain_steps() {
        assert_eq!(labels(&ticks(Span { scale: Log, low: 0.15, high: 8.0 })), ["0.2", "0.5", "1", "2", "5"]);
        let tiny = ticks(Span { scale: Log, low: 1.5e-7, high: 8e-6 });
        assert_eq!(labels(&tiny), ["3×10⁻⁷", "10⁻⁶", "3×10⁻⁶"]);
        assert_eq!(labels(&ticks(Span { scale: Log, low: 0.30, high: 0.36 })), ["0.30", "0.32", "0.34", "0.36"]);
    }

    #[test]
    fn every_range_has_at_least_two_ticks_inside_it() {
        for exponent in -290..290 {
            for (low, high) in [(1.0, 1.0), (1.0, 1.001), (1.0, 2.7), (1.3, 9.7), (1.0, 12.0), (7.0, 130.0), (3.0, 9e9)]
            {
                let unit = 10_f64.powi(exponent);
                for scale in [Linear, Log] {
                    let span = Span::of(scale, [low * unit, high * unit].into_iter(), 0.04, 0.04);
                    let found = ticks(span);
                    assert!((2..=9).contains(&found.major.len()), "{span:?}: {found:?}");
                    assert!(found.major.iter().all(|(v, _)| (0.0..=1.0).contains(&span.place(*v))), "{span:?}");
                    let distinct = labels(&found).windows(2).all(|pair| pair[0] != pair[1]);
                    assert!(distinct, "{span:?}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn symmetric_log_labels_are_decades_on_both_sides_of_zero() {
        let span = Span { scale: SymmetricLog(2e-3), low: -3.0, high: 0.5 };
        assert_eq!(labels(&ticks(span)), ["−10⁰", "−10⁻²", "0", "10⁻²"]);
        assert_eq!((span.place(-3.0), span.place(0.5)), (0.0, 1.0));
        let even = Span { low: -0.5, ..span };
        assert!((even.place(0.0) - 0.5).abs() < 1e-15 && even.place(2e-3) > 0.55);
        // Where the range is hardly larger than the unit, the labels are those of a linear axis.
        let narrow = ticks(Span { scale: SymmetricLog(2.0), low: -3.0, high: 3.0 });
        assert_eq!(labels(&narrow), ["−3", "−2", "−1", "0", "1", "2", "3"]);
    }

    proptest::proptest! {
        #[test]
        fn every_pair_of_numbers_has_an_axis_of_bounded_length(
            a in proptest::num::f64::ANY, b in proptest::num::f64::ANY, unit in proptest::num::f64::ANY, near in 0_u64..9,
        ) {
            let next_to_a = f64::from_bits(a.to_bits().saturating_add(near));
            for values in [[a, b], [b, a], [a, a], [a, next_to_a], [a, 0.0], [a, 1.0], [a, -a]] {
                assert_drawable(values, unit);
            }
        }
    }

    #[test]
    fn the_ends_of_what_a_number_holds_have_an_axis() {
        let ends = [5e-324, 1e-310, f64::MIN_POSITIVE, 1e-300, 1e-160, 1.0, 1e160, 4e290, 1e300, f64::MAX, 0.0, -1.0];
        for a in ends {
            for b in ends {
                for unit in [5e-324, 1e-300, 1e-9, 1.0, 1e300, f64::INFINITY, 0.0, -1.0] {
                    assert_drawable([a, b], unit);
                    assert_drawable([a, -b], unit);
                }
            }
        }
        // Values that only converged are drawn at the bottom, not left out.
        let span = Span::of(Log, [1.0, 1e-310].into_iter(), 0.05, 0.06);
        assert_eq!((span.low, span.place(1e-310)), (f64::MIN_POSITIVE, 0.0));
        assert_eq!(labels(&ticks(span)), ["10⁻³⁰⁰", "10⁻²⁰⁰", "10⁻¹⁰⁰", "10⁰"]);
        let zeros = ticks(Span::of(Linear, [0.0, 5e-324].into_iter(), 0.0, 0.0));
        assert_eq!(labels(&zeros), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
        let reversed = ticks(Span { scale: Linear, low: 1.0, high: 0.0 });
        assert_eq!(reversed, Ticks { major: vec![], minor: vec![], exponent: 0 });
    }

    fn assert_drawable(values: [f64; 2], unit: f64) {
        for scale in [Linear, Log, SymmetricLog(unit)] {
            let span = Span::of(scale, values.into_iter(), 0.05, 0.06);
            assert!(span.low.is_finite() && span.high.is_finite() && span.low < span.high, "{values:?}: {span:?}");
            let found = ticks(span);
            assert!(found.major.len() + found.minor.len() <= 700, "{values:?}: {span:?}: {}", found.minor.len());
            assert!(found.major.iter().all(|(_, label)| label.chars().count() <= 30), "{span:?}: {found:?}");
            let places = found.major.iter().map(|(value, _)| *value).chain(found.minor).chain(values);
            assert!(places.map(|value| span.place(value)).all(|place| (0.0..=1.0).contains(&place)), "{span:?}");
        }
    }

    #[test]
    fn undrawable_values_do_not_widen_the_range() {
        let values = [f64::NAN, f64::INFINITY, -1.0, 0.0, 1.0, 100.0, 1e305];
        assert_eq!(Span::of(Log, values.into_iter(), 0.0, 0.0), Span { scale: Log, low: 1.0, high: 100.0 });
        assert_eq!(Span::of(Linear, values.into_iter(), 0.0, 0.0).high, 100.0);
        assert_eq!(Span::of(Log, [].into_iter(), 0.0, 0.0), Span { scale: Log, low: 1.0, high: 10.0 });
    }
}
