//! What gradients look like: vectors of any origin described, and fitted by every family.

use crate::distribution::{
    self, Choice, Description, Effort, Location, Questions, Sample, SampleError, Source as _, Survey,
};
use crate::tensor::Mapped;

pub mod runs;
pub mod source;
pub mod tables;
mod verdict;

/// A vector with its name.
#[derive(Debug)]
pub struct Vector {
    /// Where it was taken: a run, its seed and a worker. Empty for files of tensors.
    pub group: String,
    /// Of the tensor.
    pub name: String,
    /// The step of the training or the round of the run, where it is known.
    pub step: Option<u64>,
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
    pub step: Option<u64>,
    /// All families, the best first.
    pub choice: Choice,
    /// The vector without any model, and the nearest families beside it.
    pub survey: Survey,
}

/// A vector cannot be described or fitted.
#[derive(Debug, thiserror::Error)]
#[error("{name}{}: {source}", step.map(|step| format!(", step {step}")).unwrap_or_default())]
pub struct FitFailure {
    name: String,
    step: Option<u64>,
    #[source]
    source: SampleError,
}

/// Fits every family, with exact zeros as a point mass.
///
/// The fits read mapped files in place and hold none of their numbers; the description sorts them, eight bytes each.
///
/// # Errors
/// The vector is empty, constant, all zero, or holds NaN or ∞.
pub fn fit(vector: Vector, location: Location, effort: Effort, questions: &Questions) -> Result<Fit, FitFailure> {
    let Vector { group, name, step, values } = vector;
    let failed = |source| FitFailure { name: name.clone(), step, source };
    let sample = Sample::new(&values).map_err(failed)?;
    let choice = Choice::undescribed(&sample, location, effort);
    let mut all = vec![0.0; values.len()];
    values.read(0, &mut all);
    drop(values);
    let description = Description::of(all).map_err(failed)?;
    let choice = choice.compared_with(&description);
    let survey = Survey::of(&description, &choice, questions);
    Ok(Fit { group, name, step, choice, survey })
}

#[cfg(test)]
mod tests {
    use super::*;

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
