//! How often the 95 % intervals of fits cover the true parameters: `cargo bench --bench coverage`.
//!
//! For each family 2,000 samples of 1,000 numbers are drawn and fitted: with the location known, with the location
//! estimated, and with the location estimated beside a point mass at zero. A coverage between 93 % and 97 % is as it
//! should be, and one outside is marked.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use gradsieve::distribution::{Distribution, Location, Sample, family, fit};
use gradsieve::random::{Purpose, Streams};
use rayon::prelude::*;

const REPETITIONS: u64 = 2000;
const VALUES: usize = 1000;
const CENTER: f64 = 0.3;
const SCALE: f64 = 2.0;

fn main() {
    let cases = [
        ("normal", None),
        ("laplace", None),
        ("logistic", None),
        ("student-t", Some(3.0)),
        ("student-t", Some(5.0)),
        ("generalized-normal", Some(0.6)),
        ("generalized-normal", Some(1.5)),
        ("generalized-normal", Some(4.0)),
        ("uniform", None),
        ("triangular", None),
        ("double-gamma", Some(0.6)),
        ("double-gamma", Some(2.5)),
        ("double-generalized-pareto", Some(-0.35)),
        ("double-generalized-pareto", Some(-0.2)),
        ("double-generalized-pareto", Some(0.0)),
        ("double-generalized-pareto", Some(0.3)),
        ("weibull-magnitude", Some(0.7)),
        ("weibull-magnitude", Some(2.0)),
        ("lognormal-magnitude", Some(0.8)),
    ];
    let mut n_outside = 0;
    for (place, (name, shape)) in cases.into_iter().enumerate() {
        // A point mass at zero beside the distribution, with a third of the numbers.
        for (location, zero_mass) in
            [(Location::Known(CENTER), 0.0), (Location::Estimated, 0.0), (Location::Estimated, 0.3)]
        {
            let distribution =
                Distribution::new(family(name).expect(name), CENTER, SCALE, shape, zero_mass).expect(name);
            let fits: Vec<_> = (0..REPETITIONS)
                .into_par_iter()
                .map(|seed| {
                    // Every distribution has its own numbers, so that chance does not repeat itself in every line.
                    let mut stream = Streams::new(seed).stream(Purpose::Generation, place, 0);
                    let values: Vec<f64> = (0..VALUES).map(|_| distribution.draw(&mut stream)).collect();
                    let sample = Sample::new(&values).expect("finite numbers that differ");
                    fit(distribution.family(), &sample, location).map(|fitted| fitted.parameters)
                })
                .collect();
            let shape_name = distribution.family().about().shape.as_ref().map_or("", |shape| shape.name);
            let shape = shape.map_or(String::new(), |shape| format!(" {shape_name} = {shape}"));
            let known = if location == Location::Estimated { "estimated" } else { "known" };
            let n_fits = fits.iter().flatten().count();
            print!("{name}{shape}, location {known}, zeros {zero_mass}: {n_fits} fits");
            let Some(first) = fits.iter().flatten().next() else { continue };
            for (i, parameter) in first.iter().enumerate() {
                let truth = match parameter.name {
                    "location" => CENTER,
                    "scale" => SCALE,
                    "zero_mass" => zero_mass,
                    _ => distribution.shape().expect("a parameter of another name is a shape"),
                };
                let covers = |interval: (f64, f64)| (interval.0..=interval.1).contains(&truth);
                let intervals: Vec<bool> =
                    fits.iter().flatten().filter_map(|fit| fit[i].interval.map(covers)).collect();
                if intervals.is_empty() {
                    print!(", {}: no interval", parameter.name);
                    continue;
                }
                let covered = intervals.iter().filter(|covers| **covers).count() as f64 / intervals.len() as f64;
                let is_outside = !(0.93..=0.97).contains(&covered);
                n_outside += u32::from(is_outside);
                print!(", {}: {:.1} %{}", parameter.name, 100.0 * covered, if is_outside { " (!)" } else { "" });
            }
            println!();
        }
    }
    println!("{n_outside} intervals cover less than 93 % or more than 97 %");
}
