//! Special functions: those of statrs where they keep ten digits over the range that is needed here, tails included,
//! and others where they do not.
//!
//! The tests compare both kinds with references of 50 digits.

use crate::random::Stream;
use rand_distr::{Distribution as _, Gamma, StandardNormal};
use std::f64::consts::PI;

/// The probabilities of the two sides of a point, `below + above = 1`; the small one is exact to its own digits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tails {
    /// `P(V ≤ v)`.
    pub below: f64,
    /// `P(V > v)`.
    pub above: f64,
}

impl Tails {
    /// From `P(V ≤ v)`.
    #[must_use]
    pub fn of_below(below: f64) -> Self {
        Self { below, above: 1.0 - below }
    }

    /// From `P(V > v)`.
    #[must_use]
    pub fn of_above(above: f64) -> Self {
        Self { below: 1.0 - above, above }
    }
}

/// `−ln P(V > v)`, with the digits of the smaller tail.
pub(super) fn minus_ln_above(tails: Tails) -> f64 {
    if tails.below < 0.5 { -(-tails.below).ln_1p() } else { -tails.above.ln() }
}

/// `ln Γ(x)` for x > 0.
pub(super) fn ln_gamma(x: f64) -> f64 {
    statrs::function::gamma::ln_gamma(x)
}

/// `ψ(x) = Γ′(x)/Γ(x)` for x > 0: the recurrence up to x ≥ 10, then the asymptotic series.
pub(super) fn digamma(x: f64) -> f64 {
    let (x, recurrence) = shifted(x, |x| 1.0 / x);
    let y = 1.0 / (x * x);
    let series = y
        * (1.0 / 12.0
            - y * (1.0 / 120.0
                - y * (1.0 / 252.0
                    - y * (1.0 / 240.0 - y * (1.0 / 132.0 - y * (691.0 / 32_760.0 - y * (1.0 / 12.0)))))));
    x.ln() - 0.5 / x - series - recurrence
}

/// `ψ′(x)` for x > 0, in the same way.
pub(super) fn trigamma(x: f64) -> f64 {
    let (x, recurrence) = shifted(x, |x| 1.0 / (x * x));
    let y = 1.0 / (x * x);
    let series = (y / x)
        * (1.0 / 6.0
            - y * (1.0 / 30.0
                - y * (1.0 / 42.0 - y * (1.0 / 30.0 - y * (5.0 / 66.0 - y * (691.0 / 2730.0 - y * (7.0 / 6.0)))))));
    1.0 / x + 0.5 * y + series + recurrence
}

/// The first of x, x + 1, … that is at least 10, and the sum of `term` over those before it.
fn shifted(mut x: f64, term: impl Fn(f64) -> f64) -> (f64, f64) {
    let mut sum = 0.0;
    while x < 10.0 {
        sum += term(x);
        x += 1.0;
    }
    (x, sum)
}

/// From here on the asymptotic series of differences over half a unit have all digits.
const HALF_UNIT_SERIES: f64 = 60.0;

/// `ln Γ(x + ½) − ln Γ(x)` for x > 0, without the cancellation of its terms for large x.
pub(super) fn ln_gamma_half_step(x: f64) -> f64 {
    if x < HALF_UNIT_SERIES {
        return ln_gamma(x + 0.5) - ln_gamma(x);
    }
    let y = 1.0 / (x * x);
    0.5 * x.ln() - (1.0 / 8.0 - y * (1.0 / 192.0 - y * (1.0 / 640.0 - y * (17.0 / 14_336.0)))) / x
}

/// `ψ(x + ½) − ψ(x)`, the derivative of [`ln_gamma_half_step`].
pub(super) fn digamma_half_step(x: f64) -> f64 {
    if x < HALF_UNIT_SERIES {
        return digamma(x + 0.5) - digamma(x);
    }
    let y = 1.0 / (x * x);
    0.5 / x + y * (1.0 / 8.0 - y * (1.0 / 64.0 - y * (1.0 / 128.0 - y * (17.0 / 2048.0))))
}

/// `ψ′(x) − ψ′(x + ½)`, minus the derivative of [`digamma_half_step`].
pub(super) fn trigamma_half_step(x: f64) -> f64 {
    if x < HALF_UNIT_SERIES {
        return trigamma(x) - trigamma(x + 0.5);
    }
    let y = 1.0 / (x * x);
    0.5 * y + y / x * (1.0 / 4.0 - y * (1.0 / 16.0 - y * (3.0 / 64.0 - y * (17.0 / 256.0))))
}

/// The regularized incomplete gamma function: `below` is `P(a, x)`, `above` is `Q(a, x)`; a > 0, x ≥ 0.
pub(super) fn gamma_tails(a: f64, x: f64) -> Tails {
    if x <= 0.0 {
        return Tails::of_below(0.0);
    }
    if x == f64::INFINITY {
        return Tails::of_above(0.0);
    }
    if x <= 1.0 || x <= a {
        Tails::of_below(statrs::function::gamma::gamma_lr(a, x))
    } else {
        Tails::of_above(statrs::function::gamma::gamma_ur(a, x))
    }
}

/// The regularized incomplete beta function `I_x(a, ½ or 3/2, …)`: `below` is `I_x(a, b)`, `above` is `I_y(b, a)`,
/// with y = 1 − x given apart, so that neither loses digits.
///
/// The continued fraction is the one of statrs; it is written again because statrs takes x alone, snaps x near 1, and
/// stops after 140 terms, too few for the large degrees of freedom of nearly normal samples.
pub(super) fn beta_tails(a: f64, b: f64, x: f64, y: f64) -> Tails {
    if x <= 0.0 {
        return Tails::of_below(0.0);
    }
    if y <= 0.0 {
        return Tails::of_above(0.0);
    }
    let ln = |p: f64, complement: f64| if p > 0.5 { (-complement).ln_1p() } else { p.ln() };
    let front = (a * ln(x, y) + b * ln(y, x) - ln_beta(a, b)).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        Tails::of_below(front * beta_fraction(a, b, x) / a)
    } else {
        Tails::of_above(front * beta_fraction(b, a, y) / b)
    }
}

/// `ln B(a, b)`; steps of half units are summed where a difference of large numbers would lose digits.
fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    let halves = 2.0 * small;
    if halves == halves.round() && halves <= 3.0 && large >= HALF_UNIT_SERIES {
        let ratio: f64 = (0..halves as u32).map(|step| ln_gamma_half_step(large + 0.5 * f64::from(step))).sum();
        return ln_gamma(small) - ratio;
    }
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// The continued fraction of the incomplete beta function by Lentz's method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    // A denominator of zero is moved by less than any digit.
    const TINY: f64 = 1e-300;
    // The number of terms grows as the root of the larger parameter.
    const TERMS: u32 = 100_000;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..TERMS {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    fraction
}

/// The error function: `below` is `erf(x)`, `above` is `erfc(x)`; x ≥ 0.
///
/// Through the incomplete gamma function: the error function of statrs keeps ten digits, its gamma function more.
pub(super) fn error_function(x: f64) -> Tails {
    gamma_tails(0.5, x * x)
}

/// The standard normal distribution: `below` is `Φ(z)`.
pub(super) fn normal_tails(z: f64) -> Tails {
    let tail = 0.5 * error_function(z.abs() / std::f64::consts::SQRT_2).above;
    if z < 0.0 { Tails::of_below(tail) } else { Tails::of_above(tail) }
}

/// The standard normal quantile: z with `Φ(z) = below`.
pub(super) fn normal_quantile(tails: Tails) -> f64 {
    let tail = tails.below.min(tails.above);
    if tail <= 0.0 {
        return if tails.below <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    // The inverse of statrs, and one step of Halley's method on the logarithm, which leaves rounding alone.
    let mut z = std::f64::consts::SQRT_2 * statrs::function::erf::erfc_inv(2.0 * tail);
    let above = normal_tails(z).above;
    let density = (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
    if density > 0.0 && above > 0.0 {
        let step = (above - tail) / density;
        z += step / (1.0 - 0.5 * z * step);
    }
    if tails.below < tails.above { -z } else { z }
}

/// `Li₂(−x)` for 0 ≤ x ≤ 1, by Landen's identity, whose series loses at least a bit per term.
pub(super) fn dilogarithm_of_minus(x: f64) -> f64 {
    let y = x / (1.0 + x);
    let mut power = 1.0;
    let mut sum = 0.0;
    for k in 1..=60 {
        power *= y;
        sum += power / f64::from(k * k);
    }
    -sum - 0.5 * x.ln_1p().powi(2)
}

/// v > 0 with the probabilities `tails`, for a distribution on (0, ∞) with these tails and density.
///
/// Newton's method in `ln v` on the logarithm of the smaller tail, kept in a bracket by bisection.
pub(super) fn invert(tails: Tails, start: f64, distribution: impl Fn(f64) -> (Tails, f64)) -> f64 {
    if tails.below <= 0.0 {
        return 0.0;
    }
    if tails.above <= 0.0 {
        return f64::INFINITY;
    }
    let lower_tail = tails.below <= tails.above;
    // The logarithms of the smallest and the largest positive numbers.
    let (mut low, mut high) = (-745.0_f64, 709.7_f64);
    let mut u = start.ln().clamp(low, high);
    for _ in 0..200 {
        let v = u.exp();
        let (at, density) = distribution(v);
        // Positive where v is too large.
        let (error, slope) = if lower_tail {
            ((at.below / tails.below).ln(), v * density / at.below)
        } else {
            ((tails.above / at.above).ln(), v * density / at.above)
        };
        if error > 0.0 {
            high = u;
        } else {
            low = u;
        }
        let newton = u - error / slope;
        // In ln v an absolute step is a relative one in v.
        if (newton - u).abs() <= 1e-15 * u.abs().max(1.0) {
            return newton.exp();
        }
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        u = next;
    }
    u.exp()
}

/// A standard normal number.
pub(super) fn draw_normal(stream: &mut Stream) -> f64 {
    StandardNormal.sample(stream)
}

/// A gamma distributed number of shape a > 0 and scale 1.
pub(super) fn draw_gamma(a: f64, stream: &mut Stream) -> f64 {
    match Gamma::new(a, 1.0) {
        Ok(gamma) => gamma.sample(stream),
        // Shapes are refused before they come here.
        Err(_) => f64::NAN,
    }
}

/// `∫ f` over `[a, b]` by the double exponential rule, halving its step until two results agree to `1e-13`.
///
/// Algebraic and logarithmic singularities at the ends are allowed; f is not evaluated at the ends.
/// `f` is given the point and its distance from a, which keeps digits near a.
pub(super) fn integrate(a: f64, b: f64, f: impl Fn(f64, f64) -> f64) -> f64 {
    const AGREEMENT: f64 = 1e-13;
    // tanh(π/2 sinh 4) is 1 to all digits, and a distance from the end of 1e-37 of the interval is still a number.
    const REACH: f64 = 4.0;
    let length = b - a;
    if length.is_nan() || length <= 0.0 {
        return 0.0;
    }
    let value = |t: f64| {
        let u = PI / 2.0 * t.sinh();
        // The distance from a as a part of the interval, 1/(1 + e^{−2u}), exact near 0.
        let part = 1.0 / (1.0 + (-2.0 * u).exp());
        let rest = 1.0 / (1.0 + (2.0 * u).exp());
        let weight = PI * t.cosh() * part * rest;
        let distance = length * part;
        let point = if part < 0.5 { a + distance } else { b - length * rest };
        let value = f(point, distance);
        if value.is_finite() { value * weight } else { 0.0 }
    };
    let mut step = 1.0;
    let mut sum = value(0.0) + (1..=4).map(|i| value(f64::from(i)) + value(-f64::from(i))).sum::<f64>();
    for _ in 0..8 {
        let before = sum * step;
        step /= 2.0;
        let count = (REACH / step) as u32;
        sum += (1..count).step_by(2).map(|i| value(f64::from(i) * step) + value(-f64::from(i) * step)).sum::<f64>();
        if (sum * step - before).abs() <= AGREEMENT * (sum * step).abs() && step < 0.25 {
            break;
        }
    }
    length * sum * step
}

#[cfg(test)]
mod tests {
    use super::*;

    type Function = fn(f64) -> f64;

    fn reference() -> serde_json::Value {
        serde_json::from_str(include_str!("../../tests/reference/distributions.json")).unwrap()
    }

    #[test]
    fn special_functions_have_thirteen_digits_of_the_references() {
        let reference = reference();
        let functions: [(&str, Function); 8] = [
            ("ln_gamma", ln_gamma),
            ("digamma", digamma),
            ("trigamma", trigamma),
            ("ln_gamma_half_step", ln_gamma_half_step),
            ("digamma_half_step", digamma_half_step),
            ("trigamma_half_step", trigamma_half_step),
            ("dilogarithm_of_minus", dilogarithm_of_minus),
            ("normal_quantile", |p| -normal_quantile(Tails::of_below(p))),
        ];
        for (name, function) in functions {
            for pair in reference["special"][name].as_array().unwrap() {
                let (x, expected) = (pair[0].as_f64().unwrap(), pair[1].as_f64().unwrap());
                // Near a root the digits are those of the arguments; differences of half a unit lose some of their own.
                let error = (function(x) - expected).abs();
                assert!(
                    error <= 1e-13 * expected.abs().max(0.1),
                    "{name}({x:e}) = {:e}, not {expected:e}",
                    function(x)
                );
            }
        }
    }

    #[test]
    fn normal_tails_have_thirteen_digits_less_those_that_the_exponent_takes() {
        for row in reference()["families"]["normal"][0]["rows"].as_array().unwrap() {
            let [v, below, above] = [0, 1, 2].map(|i| row[i].as_f64().unwrap());
            let computed = 2.0 * normal_tails(v).above;
            let accuracy = 1e-13 + 16.0 * f64::EPSILON * v * v;
            assert!((computed - above).abs() <= accuracy * above, "{v}: {computed:e}, not {above:e}");
            let inner = error_function(v / std::f64::consts::SQRT_2);
            assert!((inner.below - below).abs() <= 1e-13 * below, "{v}: {:e}, not {below:e}", inner.below);
        }
    }

    #[test]
    fn integrals_with_singular_ends_are_exact() {
        assert!((integrate(0.0, 4.0, |_, x| x.powf(-0.5)) - 4.0).abs() < 1e-11);
        assert!((integrate(0.0, 1.0, |_, x| x.ln()) + 1.0).abs() < 1e-12);
        assert!((integrate(1.0, 3.0, |x, _| x * x) - 26.0 / 3.0).abs() < 1e-12);
        assert_eq!(integrate(2.0, 1.0, |x, _| x), 0.0);
    }
}
