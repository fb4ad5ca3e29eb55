//! Fits and descriptions of difficult samples: likelihoods with several peaks against an independent optimizer, and
//! numbers at the ends of the range of double precision.

use crate::program::Program;
use crate::tensors::safetensors;
use gradsieve::distribution::{
    Axis, Choice, Description, Distribution, Effort, FitError, Location, MOST_BINS, Sample, SampleError, family, fit,
    fit_all, goodness_of_fit,
};
use gradsieve::random::{Purpose, Streams};
use rayon::prelude::*;
use statrs::function::gamma::ln_gamma;
use std::path::Path;

fn normal_numbers(n: usize, seed: u64) -> Vec<f64> {
    let normal = Distribution::new(family("normal").unwrap(), 0.0, 1.0, None, 0.0).unwrap();
    let mut stream = Streams::new(seed).stream(Purpose::Generation, 0, 0);
    (0..n).map(|_| normal.draw(&mut stream)).collect()
}

/// The families whose likelihood may have several peaks: the logarithm of the density at x for a scale and a shape, in
/// the words of their definitions, and the range of the shape as its coordinate in the search sees it.
type Naive = (&'static str, fn(f64, f64, f64) -> f64, fn(f64) -> f64, (f64, f64));

const NAIVE: [Naive; 3] = [
    (
        "student-t",
        |x, s, nu| {
            ln_gamma(0.5 * (nu + 1.0))
                - ln_gamma(0.5 * nu)
                - 0.5 * (nu * std::f64::consts::PI).ln()
                - s.ln()
                - 0.5 * (nu + 1.0) * ((x / s).powi(2) / nu).ln_1p()
        },
        f64::exp,
        (0.01, 1e5),
    ),
    (
        "double-generalized-pareto",
        |x, s, xi| {
            let y = 1.0 + xi * x.abs() / s;
            if y > 0.0 { -(2.0 * s).ln() - (1.0 / xi + 1.0) * y.ln() } else { f64::NEG_INFINITY }
        },
        |xi| xi,
        (-0.5, 20.0),
    ),
    (
        "generalized-normal",
        |x, s, beta| -(2.0 * s).ln() - ln_gamma(1.0 + 1.0 / beta) - (x.abs() / s).powf(beta),
        f64::exp,
        (0.02, 1000.0),
    ),
];

/// The largest log-likelihood by the method of Nelder and Mead from many starts, and the shape there.
fn by_many_starts(&(_, ln_density, shape_of, (low, high)): &Naive, values: &[f64]) -> (f64, f64) {
    let cost = |[t, u]: [f64; 2]| {
        let (scale, shape) = (t.exp(), shape_of(u));
        if !(shape > low && shape < high) || shape == 0.0 {
            return f64::INFINITY;
        }
        let value = -values.iter().map(|x| ln_density(*x, scale, shape)).sum::<f64>();
        if value.is_nan() { f64::INFINITY } else { value }
    };
    let mut logarithms: Vec<f64> = values.iter().map(|x| x.abs().ln()).collect();
    logarithms.sort_by(f64::total_cmp);
    let shapes = if shape_of(1.0) == 1.0 { [-0.2, 0.1, 1.0, 3.0, 7.0] } else { [-3.0, -1.8, -0.5, 0.7, 2.5] };
    let mut best = (f64::INFINITY, f64::NAN);
    for level in [0.05, 0.4, 0.9] {
        for shape in shapes {
            let start = [logarithms[(level * values.len() as f64) as usize], shape];
            let end = nelder_mead(&cost, start);
            if cost(end) < best.0 {
                best = (cost(end), shape_of(end[1]));
            }
        }
    }
    (-best.0, best.1)
}

fn nelder_mead(cost: &dyn Fn([f64; 2]) -> f64, start: [f64; 2]) -> [f64; 2] {
    let mut corners = [start, [start[0] + 0.5, start[1]], [start[0], start[1] + 0.3]].map(|at| (cost(at), at));
    for _ in 0..300 {
        corners.sort_by(|a, b| a.0.total_cmp(&b.0));
        let [best, middle, worst] = corners;
        if worst.0 - best.0 < 1e-7 {
            break;
        }
        let center = [0, 1].map(|i| f64::midpoint(best.1[i], middle.1[i]));
        let at = |factor: f64| {
            let at = [0, 1].map(|i| center[i] + factor * (worst.1[i] - center[i]));
            (cost(at), at)
        };
        let reflected = at(-1.0);
        let next = if reflected.0 < best.0 {
            let farther = at(-2.0);
            if farther.0 < reflected.0 { farther } else { reflected }
        } else if reflected.0 < middle.0 {
            reflected
        } else if reflected.0 < worst.0 {
            at(-0.5)
        } else {
            at(0.5)
        };
        if next.0 < worst.0 {
            corners[2] = next;
        } else {
            for corner in &mut corners[1..] {
                let moved = [0, 1].map(|i| f64::midpoint(corner.1[i], best.1[i]));
                *corner = (cost(moved), moved);
            }
        }
    }
    corners.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap().1
}

#[test]
fn fits_reach_the_largest_likelihood_of_mixtures_of_two_scales() {
    let normal = normal_numbers(200, 3);
    let mixtures: Vec<(f64, f64)> = [0.1, 0.2, 0.25, 0.3, 0.5, 0.7, 0.9]
        .into_iter()
        .flat_map(|fraction| [1.0, 2.0, 3.5, 6.0, 9.0, 12.0].map(|decades| (fraction, decades)))
        .collect();
    mixtures.par_iter().for_each(|&(fraction, decades)| {
        let n_small = (fraction * normal.len() as f64) as usize;
        let small = |(i, x): (usize, &f64)| if i < n_small { x * 10f64.powf(-decades) } else { *x };
        let values: Vec<f64> = normal.iter().enumerate().map(small).collect();
        let sample = Sample::new(&values).unwrap();
        for naive in &NAIVE {
            let (name, .., (low, high)) = *naive;
            let (expected, shape) = by_many_starts(naive, &values);
            match fit(family(name).unwrap(), &sample, Location::Known(0.0)) {
                Ok(fitted) => assert!(
                    (fitted.log_likelihood - expected).abs() < 1e-3,
                    "{name}, {fraction} smaller by 10^{decades}: {} and {expected} at {shape}",
                    fitted.log_likelihood
                ),
                // The largest one is at an end of the range.
                Err(FitError::NoMaximum { .. }) => {
                    let at_end = shape < low + 0.01 || shape < 1.3 * low || shape > high / 1.3;
                    assert!(at_end, "{name}, {fraction} smaller by 10^{decades}: {expected} at {shape}");
                }
                Err(error) => panic!("{error}"),
            }
        }
    });
}

#[test]
fn the_gradient_of_two_scales_has_the_likelihoods_that_many_starts_find() {
    let path = Path::new("tests/fixtures/fit/two-scales.npy");
    let values = gradsieve::tensor::open(path).unwrap().tensors[0].to_vec().unwrap();
    let sample = Sample::new(&values).unwrap();
    for (name, expected) in
        [("student-t", -1817.14), ("double-generalized-pareto", -1779.01), ("generalized-normal", -1208.07)]
    {
        let fitted = fit(family(name).unwrap(), &sample, Location::Known(0.0)).unwrap();
        assert!((fitted.log_likelihood - expected).abs() < 0.006, "{name}: {}", fitted.log_likelihood);
    }
    let student = fit(family("student-t").unwrap(), &sample, Location::Known(0.0)).unwrap().distribution;
    assert!((student.shape().unwrap() - 0.181_361).abs() < 1e-5 && (student.scale() - 0.001_368_877).abs() < 1e-7);
    // The peak is the same one where the location is estimated, near 0 as it is.
    let free = fit(family("student-t").unwrap(), &sample, Location::Estimated).unwrap();
    assert!(free.log_likelihood > -1817.15 && free.distribution.location().abs() < 1e-3, "{free:?}");
}

/// More numbers than the first phase of a search reads, and than a piece holds: bins stand for all of them.
#[test]
fn peaks_of_long_samples_are_found_as_those_of_short_ones() {
    let normal = normal_numbers(300_000, 8);
    let small = |(i, x): (usize, &f64)| if i % 4 == 0 { x * 1e-5 } else { *x };
    let values: Vec<f64> = normal.iter().enumerate().map(small).collect();
    // This many are enough to know which peak is the higher one.
    let (_, shape) = by_many_starts(&NAIVE[0], &values[..6000]);
    let fitted = fit(family("student-t").unwrap(), &Sample::new(&values).unwrap(), Location::Known(0.0)).unwrap();
    let own = fitted.distribution.shape().unwrap();
    assert!(shape < 1.0 && (own / shape - 1.0).abs() < 0.2, "{own} and {shape}");
}

#[test]
fn fits_of_samples_over_hundreds_of_decades_end() {
    let normal = normal_numbers(20, 4);
    let with = |value: f64| normal.iter().copied().chain([value]).collect::<Vec<f64>>();
    let decades = |from: f64, to: f64, n: u32| -> Vec<f64> {
        let at = |i: u32| 10f64.powf(from + (to - from) * f64::from(i) / f64::from(n - 1));
        (0..n).map(|i| if i % 2 == 0 { at(i) } else { -at(i) }).collect()
    };
    let samples = [
        with(1e150),
        with(-1e265),
        with(f64::MAX),
        decades(-100.0, 100.0, 50),
        decades(-300.0, 300.0, 100),
        decades(-323.0, -310.0, 40),
        vec![f64::MAX, -f64::MAX, 1.0, 2.0, -3.0, 4.0],
        vec![5e-324, -5e-324, 1e-323, 2e-323, -2e-323, 3e-323],
    ];
    for values in samples {
        let sample = Sample::new(&values).unwrap();
        for location in [Location::Known(0.0), Location::Estimated] {
            for attempt in fit_all(&sample, location) {
                let Ok(fitted) = attempt.result else { continue };
                let name = attempt.family.about().name;
                assert!(fitted.log_likelihood.is_finite(), "{name} on {:e}: {fitted:?}", values[0]);
                for parameter in &fitted.parameters {
                    let (lower, upper) = parameter.interval.unwrap_or((parameter.value, parameter.value));
                    let error = parameter.standard_error.unwrap_or(0.0);
                    assert!(parameter.value.is_finite() && !error.is_nan(), "{name}: {parameter:?}");
                    assert!(lower <= parameter.value && parameter.value <= upper, "{name}: {parameter:?}");
                }
                let effort = Effort { max_values: 50, n_replicates: 2, seed: 1 };
                let test = goodness_of_fit(&fitted, &sample, effort);
                assert!(!test.kolmogorov_smirnov.value.is_nan(), "{name}: {test:?}");
            }
        }
        let moments = Description::of(values.clone()).unwrap().moments();
        let deviation = moments.standard_deviation;
        assert!(deviation.value.is_finite() && !deviation.interval.0.is_nan(), "{moments:?}");
        assert!(moments.kurtosis.value >= 1.0 && moments.kurtosis.interval.0 >= 1.0, "{moments:?}");
    }
}

#[test]
fn a_power_of_two_changes_descriptions_and_fits_by_itself_alone() {
    let heavy = Distribution::new(family("student-t").unwrap(), 0.0, 1.0, Some(4.0), 0.0).unwrap();
    let mut stream = Streams::new(12).stream(Purpose::Generation, 0, 0);
    let values: Vec<f64> = (0..1000).map(|_| heavy.draw(&mut stream)).collect();
    let sample = Sample::new(&values).unwrap();
    let described = Description::of(values.clone()).unwrap();
    for exponent in [-1000, -600, 520] {
        let factor = 2f64.powi(exponent);
        let scaled: Vec<f64> = values.iter().map(|x| x * factor).collect();
        let scaled_sample = Sample::new(&scaled).unwrap();
        let own = Description::of(scaled.clone()).unwrap();
        let (before, after) = (described.moments(), own.moments());
        assert_eq!((before.kurtosis, before.skewness), (after.kurtosis, after.skewness), "2^{exponent}");
        assert_eq!(before.standard_deviation.value * factor, after.standard_deviation.value);
        assert_eq!(before.mean.interval.1 * factor, after.mean.interval.1);
        assert_eq!(described.gini(), own.gini());
        assert_eq!(described.tail_index(50).map(|tail| tail.moment), own.tail_index(50).map(|tail| tail.moment));
        for (axis, name) in Axis::ALL {
            let counts = |description: &Description| -> Vec<usize> {
                description.histogram(axis).bins.iter().map(|bin| bin.count).collect()
            };
            // The logarithm of a number rounds; its edges may pass one.
            let (before, after) = (counts(&described), counts(&own));
            let moved: usize = before.iter().zip(&after).map(|(a, b)| a.abs_diff(*b)).sum();
            assert!(before.len() == after.len() && moved <= 2, "2^{exponent}, {name}: {before:?} {after:?}");
        }
        for location in [Location::Known(0.0), Location::Estimated] {
            let (plain, extreme) = (fit_all(&sample, location), fit_all(&scaled_sample, location));
            for (a, b) in plain.iter().zip(&extreme) {
                let name = a.family.about().name;
                assert_eq!(name, b.family.about().name, "2^{exponent}: the ranks");
                let (Ok(a), Ok(b)) = (&a.result, &b.result) else {
                    assert_eq!(a.result.is_err(), b.result.is_err(), "{name}");
                    continue;
                };
                let expected = a.log_likelihood - 1000.0 * factor.ln();
                assert!((b.log_likelihood - expected).abs() < 1e-9 * expected.abs(), "{name} times 2^{exponent}");
                for (one, other) in a.parameters.iter().zip(&b.parameters) {
                    let times = if matches!(one.name, "location" | "scale") { factor } else { 1.0 };
                    let pairs = [
                        (one.value, other.value),
                        (one.standard_error.unwrap_or(0.0), other.standard_error.unwrap_or(0.0)),
                        (one.interval.unwrap_or_default().1, other.interval.unwrap_or_default().1),
                    ];
                    let unit = a.distribution.scale();
                    for (x, y) in pairs {
                        assert!(
                            (x - y / times).abs() < 1e-6 * x.abs().max(unit),
                            "{name}: {one:?} {other:?} 2^{exponent}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn histograms_count_every_number_and_have_no_more_bins_than_there_is_room_for() {
    let signs: Vec<f64> = (0..1000).map(|i| if i % 3 == 0 { -0.5 } else { 0.5 }).collect();
    let bins = Description::of(signs).unwrap().histogram(Axis::LogMagnitude).bins;
    assert_eq!((bins.len(), bins[0].low, bins[0].high, bins[0].count), (1, 0.5, 0.5, 1000));
    let next = |x: f64, steps: u64| f64::from_bits(x.to_bits() + steps);
    for (values, most) in [
        (vec![1.0, next(1.0, 1), 1.0, next(1.0, 1)], 1),
        (vec![1.0, next(1.0, 1), next(1.0, 3)], 3),
        (vec![-f64::MAX, f64::MAX, 0.0], 10),
        (vec![5e-324, 1e-323, -5e-324], 3),
        (vec![1e-200, 1e200, -1e200, 3e-200, 0.0], MOST_BINS + 2),
        (vec![0.0, 0.0, 1e-300, 1.0], MOST_BINS + 2),
    ] {
        let n_magnitudes = values.iter().filter(|x| **x != 0.0).count();
        let description = Description::of(values.clone()).unwrap();
        for (axis, name) in Axis::ALL {
            let bins = description.histogram(axis).bins;
            let n = if axis == Axis::LogMagnitude { n_magnitudes } else { values.len() };
            assert_eq!(bins.iter().map(|bin| bin.count).sum::<usize>(), n, "{name} of {values:?}: {bins:?}");
            assert!(bins.len() <= most, "{name} of {values:?}: {bins:?}");
            let has_width = |bin: &gradsieve::distribution::Bin| bin.low < bin.high;
            assert!(bins.len() == 1 || bins.iter().all(has_width), "{name} of {values:?}: {bins:?}");
        }
    }
}

#[test]
fn a_single_number_is_not_called_constant() {
    assert_eq!(Sample::new(&vec![-0.5]).unwrap_err(), SampleError::Single { value: -0.5 });
    let error = Description::of(vec![-0.5]).unwrap_err();
    assert_eq!(error.to_string(), "the sample is the single number -0.5; distributions need several");
}

#[test]
fn too_few_replicates_are_said_to_reject_nothing() {
    let cauchy = Distribution::new(family("student-t").unwrap(), 0.0, 1.0, Some(1.0), 0.0).unwrap();
    let mut stream = Streams::new(2).stream(Purpose::Generation, 0, 0);
    let values: Vec<f64> = (0..1000).map(|_| cauchy.draw(&mut stream)).collect();
    let sample = Sample::new(&values).unwrap();
    let verdict = |n_replicates: usize| {
        Choice::of(&sample, Location::Known(0.0), Effort { max_values: 300, n_replicates, seed: 0 }).verdict()
    };
    let few = verdict(38);
    let expected = "which could not be rejected with 38 replicates: at least 39 are needed at 0.05; ";
    assert!(few.contains(expected) && !few.contains("not rejected"), "{few}");
    let enough = verdict(39);
    let kept = enough.split("; not rejected: ").nth(1).unwrap();
    let kept: Vec<&str> = kept.split(", ").collect();
    assert!(kept.contains(&"student-t") && !kept.contains(&"normal"), "{enough}");
}

#[test]
fn one_bad_tensor_costs_its_own_row() {
    let program = Program::new();
    let normal = normal_numbers(60, 1);
    let bad: [(&str, &str, &[f64]); 6] = [
        ("constant", "F64", &[2.0, 2.0, 2.0]),
        ("counter", "I64", &[5.0]),
        ("empty", "F64", &[]),
        ("nan", "F64", &[1.0, f64::INFINITY, f64::NAN, f64::NAN]),
        ("single", "F64", &[-0.5]),
        ("zero", "F64", &[0.0, 0.0]),
    ];
    let mut all = bad.to_vec();
    all.push(("weight", "F64", &normal));
    program.file("g/step_1.safetensors", safetensors(&all));
    program.file("g/step_20.safetensors", safetensors(&[("weight", "F64", &normal[7..])]));
    let answer = program.succeed("fit g --out out --no-plots --sample 50 --replicates 39");
    assert!(answer.contains("Passed over: 6 of 8 tensors."), "{answer}");
    let line = "  g/step_1.safetensors: tensor `single`, step 1: the sample is the single number -0.5; \
                distributions need several";
    assert!(answer.contains(line) && answer.contains("and 1 more; passed_over.csv lists them all"), "{answer}");
    let read = |name: &str| std::fs::read_to_string(program.path(name)).unwrap();
    let reasons = [
        ("constant", "\"the sample is constant: all of its numbers that are not zero (3) are 2\""),
        ("counter", "\"the elements are `I64`, not F16, BF16, F32 or F64\""),
        ("empty", "the sample is empty"),
        ("nan", "\"2 NaN and 1 infinite of its values, the first inf at [1]\""),
        ("single", "the sample is the single number -0.5; distributions need several"),
        ("zero", "all 2 numbers of the sample are zero"),
    ];
    let table = read("out/passed_over.csv");
    assert_eq!(table.lines().next(), Some("group,tensor,step,file,reason,remedy"));
    assert_eq!(table.lines().count(), 7, "{table}");
    for (name, reason) in reasons {
        let reason = reason.trim_matches('"');
        let row = format!(",{name},1,step_1.safetensors,");
        assert!(table.lines().any(|line| line.starts_with(&row) && line.contains(reason)), "{name}: {table}");
    }
    assert_eq!(read("out/descriptions.csv").lines().count(), 3, "the two that can be fitted");
    // One tensor alone does not look at the others, and leaves no table of an earlier fit.
    let answer = program.succeed("fit g --tensor weight --out out --no-plots --sample 50 --replicates 39");
    assert!(!answer.contains("Passed over") && !program.path("out/passed_over.csv").exists(), "{answer}");
    for (arguments, expected) in [
        ("--tensor counter", "error: g/step_1.safetensors: tensor `counter`, step 1: the elements are `I64`, not"),
        ("--tensor single", "tensor `single`, step 1: the sample is the single number -0.5"),
        ("--tensor wight", "g has no tensor `wight`"),
    ] {
        let answer = program.run(&format!("fit g {arguments} --out none --no-plots"));
        assert!(answer.code == Some(2) && answer.err.contains(expected), "{arguments}: {}", answer.err);
        assert!(answer.err.lines().count() <= 3 && !program.path("none").exists(), "{}", answer.err);
    }
    program.file("bad.safetensors", safetensors(&bad));
    let answer = program.run("fit bad.safetensors --out none --no-plots");
    assert!(answer.code == Some(2) && answer.err.contains("none of the 6 tensors can be fitted"), "{}", answer.err);

    let answer = program.succeed("selectors g --density 0.1 --no-times --no-plots --out s");
    assert!(answer.contains("Passed over: 5 of 8 tensors."), "{answer}");
    assert!(answer.contains("tensor `nan`, step 1: 2 NaN and 1 infinite of its values"), "{answer}");
    assert!(answer.contains("tensor `weight`, step 20: it has 53 values, and 60 at the first step"), "{answer}");
    let table = read("s/selectors.csv");
    assert!(table.contains("top-k,constant,3,") && !table.contains(",zero,"), "{table}");
    let answer = program.run("selectors bad.safetensors --density 2 --no-times --no-plots --out s");
    assert!(answer.code == Some(2) && answer.err.contains("density"), "{}", answer.err);
    program.file("zero.safetensors", safetensors(&[("a", "F64", &[0.0; 4]), ("b", "F64", &[0.0])]));
    let answer = program.run("selectors zero.safetensors --out none");
    let expected = "error: zero.safetensors: tensor `a`: all 4 values are zero\nnone of the 2 tensors can be used";
    assert!(answer.code == Some(2) && answer.err.contains(expected), "{}", answer.err);
}
