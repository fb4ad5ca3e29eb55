//! How often the 95 % intervals of fits cover the true parameters: `cargo bench --bench coverage`.
//!
//! For each family 2,000 samples of 1,000 numbers are drawn and fitted; a coverage between 93 % and 97 % is as it
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
    let laws = [
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
        ("double-generalized-pareto", Some(-0.2)),
        ("double-generalized-pareto", Some(0.0)),
        ("double-generalized-pareto", Some(0.3)),
        ("weibull-magnitude", Some(0.7)),
        ("weibull-magnitude", Some(2.0)),
        ("lognormal-magnitude", Some(0.8)),
    ];
    for (name, shape) in laws {
        let law = Distribution::new(family(name).expect(name), CENTER, SCALE, shape, 0.0).expect(name);
        for location in [Location::Known(CENTER), Location::Estimated] {
            let fits: Vec<_> = (0..REPETITIONS)
                .into_par_iter()
                .map(|seed| {
                    let mut stream = Streams::new(seed).stream(Purpose::Generation, 0, 0);
                    let values: Vec<f64> = (0..VALUES).map(|_| law.draw(&mut stream)).collect();
                    let sample = Sample::new(&values).expect("finite numbers that differ");
                    fit(law.family(), &sample, location).map(|fitted| fitted.parameters)
                })
                .collect();
            let n_fits = fits.iter().flatten().count();
            print!("{name:26} {shape:?} {location:?}: {n_fits} fits");
            let Some(first) = fits.iter().flatten().next() else { continue };
            for (i, parameter) in first.iter().enumerate() {
                let truth = match parameter.name {
                    "location" => CENTER,
                    "scale" => SCALE,
                    _ => shape.expect("a third parameter is a shape"),
                };
                let covers = |interval: (f64, f64)| (interval.0..=interval.1).contains(&truth);
                let intervals: Vec<bool> =
                    fits.iter().flatten().filter_map(|fit| fit[i].interval.map(covers)).collect();
                if intervals.is_empty() {
                    print!(", {}: no interval", parameter.name);
                    continue;
                }
                let covered = intervals.iter().filter(|covers| **covers).count() as f64 / intervals.len() as f64;
                let mark = if (0.93..=0.97).contains(&covered) { "" } else { " (!)" };
                print!(", {}: {:.1} %{mark}", parameter.name, 100.0 * covered);
            }
            println!();
        }
    }
}
