//! How rows are shared among workers.
//!
//! It does not look at features.

use super::{Dataset, Shards};
use crate::registry::registry;
use std::ops::Range;

mod error;
pub use error::PartitionError;

registry! {
    /// The partitions that an experiment can name.
    pub enum PartitionSpec {
        iid::Iid,
        contiguous::Contiguous,
        by_label::ByLabel,
        dirichlet::Dirichlet,
        identical::Identical,
    }
}

impl Default for PartitionSpec {
    fn default() -> Self {
        Self::Iid(Iid { seed: 0 })
    }
}

impl PartitionSpec {
    /// Partitions the rows of `dataset` among `n_workers`.
    ///
    /// Every worker has at least one row. Except for copies, every row goes to one worker.
    ///
    /// # Errors
    /// There are no workers, fewer rows than workers, or a worker would have no row.
    pub fn split(&self, dataset: Dataset, n_workers: usize) -> Result<Shards, PartitionError> {
        let n_rows = dataset.labels.len();
        if n_workers == 0 {
            return Err(PartitionError::NoWorker);
        }
        if n_rows == 0 {
            return Err(PartitionError::NoRow { name: dataset.name });
        }
        if n_workers > n_rows && !matches!(self, Self::Identical(_)) {
            return Err(PartitionError::MoreWorkersThanRows { n_workers, n_rows, name: dataset.name });
        }
        match self {
            Self::Identical(_) => Ok(Shards { dataset, rows: vec![0..n_rows; n_workers] }),
            Self::Contiguous(_) => Ok(Shards { dataset, rows: even(n_rows, n_workers) }),
            Self::Iid(iid) => Ok(Shards { dataset: dataset.select(&iid.order(n_rows)), rows: even(n_rows, n_workers) }),
            Self::ByLabel(by_label) => {
                Ok(Shards { dataset: dataset.select(&by_label.order(&dataset.labels)), rows: even(n_rows, n_workers) })
            }
            Self::Dirichlet(dirichlet) => {
                let assigned = dirichlet.assign(&dataset, n_workers)?;
                let ends: Vec<usize> = assigned
                    .iter()
                    .scan(0, |end, rows| {
                        *end += rows.len();
                        Some(*end)
                    })
                    .collect();
                let rows = ends.iter().zip(&assigned).map(|(end, rows)| end - rows.len()..*end).collect();
                Ok(Shards { dataset: dataset.select(&assigned.concat()), rows })
            }
        }
    }
}

/// Consecutive ranges whose lengths differ by at most one, the longer first.
fn even(n_rows: usize, n_workers: usize) -> Vec<Range<usize>> {
    let (base, longer) = (n_rows / n_workers, n_rows % n_workers);
    let start = |worker: usize| worker * base + worker.min(longer);
    (0..n_workers).map(|worker| start(worker)..start(worker + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Matrix;
    use proptest::prelude::*;

    /// Row i has the feature i, so that rows can be followed.
    fn dataset(labels: Vec<f64>) -> Dataset {
        let values = (0..labels.len()).map(|i| i as f64).collect();
        Dataset { name: "numbered".into(), features: Matrix::Dense { n_columns: 1, values }, labels }
    }

    fn specs(seed: u64) -> Vec<PartitionSpec> {
        vec![
            PartitionSpec::Iid(Iid { seed }),
            PartitionSpec::Contiguous(Contiguous {}),
            PartitionSpec::ByLabel(ByLabel {}),
            PartitionSpec::Dirichlet(Dirichlet { alpha: 0.7, seed }),
            PartitionSpec::Identical(Identical {}),
        ]
    }

    proptest! {
        #[test]
        fn every_row_goes_to_one_worker_and_keeps_its_label(
            labels in prop::collection::vec((0u8..4).prop_map(f64::from), 1..80),
            n_workers in 1usize..20,
            seed in 0u64..9,
        ) {
            for spec in specs(seed) {
                let original = dataset(labels.clone());
                let shards = match spec.split(original.clone(), n_workers) {
                    Ok(shards) => shards,
                    Err(PartitionError::MoreWorkersThanRows { .. }) => {
                        prop_assert!(n_workers > labels.len());
                        continue;
                    }
                    Err(PartitionError::EmptyShard { worker, .. }) => {
                        prop_assert!(worker < n_workers && spec.name() == "dirichlet");
                        continue;
                    }
                    Err(other) => return Err(TestCaseError::fail(other.to_string())),
                };
                prop_assert_eq!(shards.rows.len(), n_workers);
                prop_assert!(shards.rows.iter().all(|rows| !rows.is_empty()));
                for (row, label) in shards.dataset.labels.iter().enumerate() {
                    prop_assert_eq!(*label, labels[shards.dataset.features.row_dot(row, &[1.0]) as usize]);
                }
                let mut seen: Vec<usize> = (0..labels.len())
                    .map(|row| shards.dataset.features.row_dot(row, &[1.0]) as usize).collect();
                seen.sort_unstable();
                prop_assert!(seen.iter().copied().eq(0..labels.len()));
                if spec.name() == "identical" {
                    prop_assert!(shards.rows.iter().all(|rows| *rows == (0..labels.len())));
                    continue;
                }
                let ends: Vec<usize> = shards.rows.iter().map(|rows| rows.end).collect();
                prop_assert!(shards.rows[1..].iter().zip(&ends).all(|(rows, end)| rows.start == *end));
                prop_assert_eq!(*ends.last().unwrap(), labels.len());
                if spec.name() != "dirichlet" {
                    let lengths = shards.rows.iter().map(Range::len);
                    prop_assert!(lengths.clone().max().unwrap() - lengths.min().unwrap() <= 1);
                }
            }
        }
    }

    #[test]
    fn sorting_by_label_is_stable_and_contiguous_keeps_the_order() {
        let labels = vec![1.0, -1.0, 1.0, -1.0];
        let rows = |spec: PartitionSpec| spec.split(dataset(labels.clone()), 2).unwrap().dataset.features;
        let values = |values: [f64; 4]| Matrix::Dense { n_columns: 1, values: values.to_vec() };
        assert_eq!(rows(PartitionSpec::ByLabel(ByLabel {})), values([1.0, 3.0, 0.0, 2.0]));
        assert_eq!(rows(PartitionSpec::Contiguous(Contiguous {})), values([0.0, 1.0, 2.0, 3.0]));
    }

    #[test]
    fn the_seed_alone_decides_a_random_partition() {
        let labels: Vec<f64> = (0..200).map(|i| f64::from(i % 2)).collect();
        for (one, same, other) in [(iid(1), iid(1), iid(2)), (dirichlet(9.0, 1), dirichlet(9.0, 1), dirichlet(9.0, 2))]
        {
            let split = |spec: &PartitionSpec| spec.split(dataset(labels.clone()), 4).unwrap();
            assert_eq!(split(&one), split(&same));
            assert_ne!(split(&one), split(&other));
        }
    }

    fn iid(seed: u64) -> PartitionSpec {
        PartitionSpec::Iid(Iid { seed })
    }

    fn dirichlet(alpha: f64, seed: u64) -> PartitionSpec {
        PartitionSpec::Dirichlet(Dirichlet { alpha, seed })
    }

    #[test]
    fn small_alpha_concentrates_classes_and_large_alpha_spreads_them() {
        let labels: Vec<f64> = (0..10_000).map(|i| f64::from(i % 10)).collect();
        // The larger of two workers' fractions of a class, averaged over ten classes.
        let mean_larger_fraction = |alpha| {
            let shards = dirichlet(alpha, 5).split(dataset(labels.clone()), 2).unwrap();
            let first = &shards.dataset.labels[shards.rows[0].clone()];
            let fraction = |class: u8| first.iter().filter(|label| **label == f64::from(class)).count() as f64 / 1000.0;
            (0..10).map(|class| fraction(class).max(1.0 - fraction(class))).sum::<f64>() / 10.0
        };
        // Beta(α, α) has standard deviation 1/√(8α + 4): 0.0035 for α = 10⁴, and five of them.
        assert!(mean_larger_fraction(1e4) - 0.5 < 0.0177, "{}", mean_larger_fraction(1e4));
        // For Beta(0.05, 0.05) the larger fraction is above 0.9 with probability 0.89, and its mean is above 0.95.
        assert!(mean_larger_fraction(0.05) > 0.85, "{}", mean_larger_fraction(0.05));
    }

    #[test]
    fn impossible_partitions_say_why_and_what_to_do() {
        let message = |spec: PartitionSpec, labels: &[f64], n_workers| {
            spec.split(dataset(labels.to_vec()), n_workers).unwrap_err().to_string()
        };
        assert_eq!(message(iid(1), &[1.0], 0), "n_workers = 0, but there must be at least one worker");
        assert_eq!(message(iid(1), &[], 1), "data set `numbered` has no rows");
        let more =
            "n_workers = 3, but data set `numbered` has 2 rows: use at most 2 workers, or the partition `identical`";
        assert_eq!(message(iid(1), &[1.0, -1.0], 3), more);
        let empty = message(dirichlet(1e-3, 1), &[1.0; 20], 10);
        assert!(empty.starts_with("partition `dirichlet` with alpha = 0.001 and seed = 1 leaves worker "), "{empty}");
        assert!(empty.ends_with("use a larger alpha, fewer workers or another seed"), "{empty}");
        assert!(message(dirichlet(0.0, 1), &[1.0], 1).contains("alpha = 0, but it must be in"));
        assert!(message(dirichlet(1.0, 1), &[0.5, 0.25], 1).contains("are not classes"));
        let copies = PartitionSpec::Identical(Identical {}).split(dataset(vec![1.0]), 5).unwrap();
        assert_eq!(copies.rows, vec![0..1; 5]);
    }
}
