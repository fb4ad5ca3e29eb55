//! What gradients look like: vectors of any origin described, and fitted by every family.

use crate::distribution::{
    self, Choice, Description, Effort, Location, Questions, Sample, SampleError, Source as _, Survey,
};
use crate::tensor::{Mapped, PassedOver, Step};
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;

pub mod each;
pub mod runs;
pub mod source;
pub mod tables;
mod verdict;

/// A vector with its name.
#[derive(Debug)]
pub struct Vector {
    /// Where it was taken: a run, its seed and a worker; or what sets its file apart from others of the same step.
    pub group: String,
    /// Of the tensor.
    pub name: String,
    /// The step of the training or the round of the run, where it is known.
    pub step: Option<Step>,
    /// The file of its first number; empty where there is none.
    pub path: PathBuf,
    /// The numbers.
    pub values: Values,
}

/// Numbers in memory or in files that are mapped into it, one part after the other.
#[derive(Debug, Default)]
pub struct Values {
    /// The parts, each with the index of its first number.
    parts: Vec<(usize, Part)>,
    n: usize,
}

#[derive(Debug)]
enum Part {
    Mapped(Mapped),
    Held(Vec<f64>),
}

impl Values {
    fn push(&mut self, part: Part) {
        let start = self.n;
        self.n += match &part {
            Part::Mapped(mapped) => mapped.n_values(),
            Part::Held(values) => values.len(),
        };
        self.parts.push((start, part));
    }
}

impl From<Vec<f64>> for Values {
    fn from(values: Vec<f64>) -> Self {
        let mut all = Self::default();
        all.push(Part::Held(values));
        all
    }
}

impl distribution::Source for Values {
    fn len(&self) -> usize {
        self.n
    }

    fn read(&self, start: usize, out: &mut [f64]) {
        let mut n_read = 0;
        let first = self.parts.partition_point(|(at, _)| *at <= start).saturating_sub(1);
        for (index, (at, part)) in self.parts.iter().enumerate().skip(first) {
            let end = self.parts.get(index + 1).map_or(self.n, |(next, _)| *next);
            let from = start + n_read;
            let n = out.len().min(n_read + end - from) - n_read;
            let own = &mut out[n_read..n_read + n];
            match part {
                Part::Mapped(mapped) => mapped.read(from - at, own),
                Part::Held(values) => own.copy_from_slice(&values[from - at..from - at + n]),
            }
            n_read += n;
            if n_read == out.len() {
                return;
            }
        }
    }
}

/// What was found of one vector.
#[derive(Debug)]
pub struct Fit {
    /// Where it was taken.
    pub group: String,
    /// Of the tensor.
    pub name: String,
    /// The step.
    pub step: Option<Step>,
    /// All families, the best first.
    pub choice: Choice,
    /// The vector without any model, and the nearest families beside it.
    pub survey: Survey,
}

/// What was found of many vectors.
#[derive(Debug, Default)]
pub struct Fits {
    /// Of each that can be fitted.
    pub fitted: Vec<Fit>,
    /// The others.
    pub passed_over: Vec<PassedOver>,
}

/// Fits every family, with exact zeros as a point mass.
///
/// The fits read mapped files in place and hold none of their numbers; the description sorts them, eight bytes each. The
/// randomness of the p-values is that of `effort.seed` and of what identifies the vector: its group, its name, its step
/// and the name of its file. So the p-values of several vectors are independent.
///
/// # Errors
/// The vector is empty, a single number, constant, all zero, or holds NaN or ∞.
pub fn fit(vector: Vector, location: Location, effort: Effort, questions: &Questions) -> Result<Fit, Box<PassedOver>> {
    let effort = Effort { seed: seed_of(&vector, effort.seed), ..effort };
    let Vector { group, name, step, path, values } = vector;
    let passed = |reason: SampleError| {
        let (group, name, path) = (group.clone(), name.clone(), path.clone());
        Box::new(PassedOver { group, name, step, path, reason: reason.to_string(), remedy: String::new() })
    };
    let sample = Sample::new(&values).map_err(passed)?;
    let choice = Choice::undescribed(&sample, location, effort);
    let mut all = vec![0.0; values.len()];
    values.read(0, &mut all);
    drop(values);
    let description = Description::of(all).map_err(passed)?;
    let choice = choice.compared_with(&description);
    let survey = Survey::of(&description, &choice, questions);
    Ok(Fit { group, name, step, choice, survey })
}

/// The seed of this vector alone. The folder of its file does not count: it may be moved.
fn seed_of(vector: &Vector, seed: u64) -> u64 {
    let step = vector.step.map(|step| step.to_string()).unwrap_or_default();
    let file = vector.path.file_name().unwrap_or_default().to_string_lossy();
    let mut hasher = Sha256::new_with_prefix(seed.to_le_bytes());
    for part in [&vector.group, &vector.name, &step, &*file] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    u64::from_le_bytes(std::array::from_fn(|i| digest[i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vector_has_p_values_of_its_own_which_do_not_depend_on_its_folder() {
        let vector = |name: &str, step: u64, path: &str| Vector {
            group: String::new(),
            name: name.to_owned(),
            step: Some(Step::from(step)),
            path: path.into(),
            values: Values::from((1..40).map(|i| f64::from(i * i % 41) - 20.0).collect::<Vec<f64>>()),
        };
        let seeds = [("a", 1, "x/s.npz"), ("b", 1, "x/s.npz"), ("a", 2, "x/s.npz"), ("a", 1, "x/t.npz")]
            .map(|(name, step, path)| seed_of(&vector(name, step, path), 0));
        assert!((0..4).all(|i| (0..i).all(|j| seeds[i] != seeds[j])), "{seeds:?}");
        assert_eq!(seed_of(&vector("a", 1, "elsewhere/s.npz"), 0), seeds[0]);
        assert_ne!(seed_of(&vector("a", 1, "x/s.npz"), 1), seeds[0]);
        let p_values = |name: &str| -> Vec<f64> {
            let own = fit(vector(name, 1, ""), Location::Known(0.0), Effort::default(), &Questions::default()).unwrap();
            own.choice.tests.iter().flatten().map(|test| test.kolmogorov_smirnov.p_value).collect()
        };
        assert_eq!(p_values("a"), p_values("a"));
        assert_ne!(p_values("a"), p_values("b"), "equal numbers under other names are tested with other samples");
    }

    #[test]
    fn parts_are_read_as_if_they_were_one() {
        let mut values = Values::from(vec![0.0, 1.0, 2.0]);
        values.push(Part::Held(vec![]));
        values.push(Part::Held(vec![3.0, 4.0]));
        assert_eq!(values.len(), 5);
        for start in 0..5 {
            for n in 0..=5 - start {
                let mut out = vec![f64::NAN; n];
                values.read(start, &mut out);
                let expected: Vec<f64> = (start..start + n).map(|i| i as f64).collect();
                assert_eq!(out, expected, "{n} from {start}");
            }
        }
    }
}
