//! The rows of one worker by columns, for full gradients `Σᵢ wᵢ aᵢ`.
//!
//! Row by row, such a sum writes to places all over a vector that does not fit the L1 or L2 cache, and waits for most of
//! them. Column by column, it goes through the vector once and reads the weights of [`ROWS`] rows, which stay in L1. A
//! coordinate's terms are added in the order of the rows both ways, so the bits are the same.

use crate::dataset::Matrix;
use crate::vector::{prefetch, prefetch_ahead};
use std::ops::Range;

/// Rows that are transposed together.
const ROWS: usize = 1024;

/// Columns that are added side by side, so that no sum waits for its last term: their values fill a cache line.
const ABREAST: usize = 8;

/// Where all of a vector fits the L1 cache, rows are as good.
const SHORT: usize = 1 << 14;

/// A vector of this length fits half of the L2 cache.
const NEAR: usize = 1 << 16;

/// Up to [`ROWS`] consecutive rows, by columns.
#[derive(Debug)]
pub(super) struct Columns {
    n_rows: usize,
    abreast: Groups<ABREAST>,
    /// What the columns of a group have beyond its length, and the columns that fill no group.
    rest: Groups<1>,
}

/// Columns in groups of N that have as many entries.
#[derive(Debug, Default)]
struct Groups<const N: usize> {
    /// The columns of each group, and the end of their entries; groups with fewer come first, so that the number of
    /// iterations is predictable.
    ends: Vec<([u32; N], u32)>,
    /// Of each entry the row, from 0.
    places: Vec<[u16; N]>,
    values: Vec<[f64; N]>,
}

/// A column, a row from 0, and a value.
type Entry = (u32, u16, f64);

impl Columns {
    /// All of `rows` (not empty) in parts; nothing where it is not worth it.
    pub(super) fn new(features: &Matrix, rows: Range<usize>) -> Vec<Self> {
        if features.n_columns() <= SHORT || features.row_indices(rows.start).is_none() {
            return Vec::new();
        }
        rows.clone().step_by(ROWS).map(|start| Self::of_part(features, start..rows.end.min(start + ROWS))).collect()
    }

    fn of_part(features: &Matrix, rows: Range<usize>) -> Self {
        let n_rows = rows.len();
        let entries =
            rows.zip(0..).flat_map(|(row, place)| features.row(row).map(move |(column, a)| (column as u32, place, a)));
        let mut entries: Vec<Entry> = entries.collect();
        let mut counts = vec![0_u32; features.n_columns()];
        for &(column, ..) in &entries {
            counts[column as usize] += 1;
        }
        entries.sort_unstable_by_key(|&(column, place, _)| (counts[column as usize], column, place));
        let columns: Vec<&[Entry]> = entries.chunk_by(|a, b| a.0 == b.0).collect();
        let (groups, alone) = columns.as_chunks::<ABREAST>();
        let (mut abreast, mut rest) = (Groups::default(), Groups::default());
        for group in groups {
            // The first is the shortest.
            let (common, more): (Vec<_>, Vec<_>) = group.iter().map(|column| column.split_at(group[0].len())).unzip();
            abreast.push(std::array::from_fn(|lane| common[lane]));
            for column in more.into_iter().filter(|column| !column.is_empty()) {
                rest.push([column]);
            }
        }
        for column in alone {
            rest.push([column]);
        }
        Self { n_rows, abreast, rest }
    }

    /// `out ← out + Σᵢ weightᵢ aᵢ` over the rows, in their order, whose weights are taken from `weights`.
    pub(super) fn add_to(&self, weights: &mut impl Iterator<Item = f64>, out: &mut [f64]) {
        let mut of_rows = [0.0; ROWS];
        let wanted = if out.len() <= NEAR { &*out } else { &[] };
        let mut wanted = wanted.chunks(out.len().div_ceil(self.n_rows));
        for (of_row, weight) in of_rows[..self.n_rows].iter_mut().zip(weights) {
            *of_row = weight;
            if let Some(wanted) = wanted.next() {
                prefetch(wanted);
            }
        }
        self.abreast.add_to(&of_rows, out);
        self.rest.add_to(&of_rows, out);
    }
}

impl<const N: usize> Groups<N> {
    /// Columns with as many entries.
    fn push(&mut self, columns: [&[Entry]; N]) {
        for place in 0..columns[0].len() {
            self.places.push(columns.map(|column| column[place].1));
            self.values.push(columns.map(|column| column[place].2));
        }
        self.ends.push((columns.map(|column| column[0].0), self.values.len() as u32));
    }

    fn add_to(&self, weights: &[f64; ROWS], out: &mut [f64]) {
        let mut start = 0;
        for &(columns, end) in &self.ends {
            let entries = start as usize..end as usize;
            // Loops, since maps of arrays become calls.
            let mut sums = [0.0; N];
            for lane in 0..N {
                sums[lane] = out[columns[lane] as usize];
            }
            for (places, values) in self.places[entries.clone()].iter().zip(&self.values[entries]) {
                prefetch_ahead(places);
                prefetch_ahead(values);
                for lane in 0..N {
                    // The remainder is the place itself, which saves a check of the length.
                    sums[lane] += weights[places[lane] as usize % ROWS] * values[lane];
                }
            }
            for lane in 0..N {
                out[columns[lane] as usize] = sums[lane];
            }
            start = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Objective, ObjectiveSpec, Rows};
    use super::SHORT;
    use crate::dataset::{DatasetSpec, PartitionSpec};

    #[test]
    fn columns_add_up_to_the_bits_of_rows() {
        // The first worker has rows for two parts.
        let dataset = format!(
            "name = 'sparse-logistic'\nn_rows = 2500\nn_features = {}\nentries_per_row = 12\ndecay_exponent = 1.1\n\
             label_noise = 0.1\nseed = 3",
            SHORT + 5
        );
        let dataset = toml::from_str::<DatasetSpec>(&dataset).unwrap().load(None).unwrap().dataset;
        let shards = toml::from_str::<PartitionSpec>("name = 'contiguous'").unwrap().split(dataset, 2).unwrap();
        let spec: ObjectiveSpec = toml::from_str("name = 'logistic'\nregularization = 0.1").unwrap();
        let objective: Box<dyn Objective> = spec.build(Some(shards), 2).unwrap();
        let x: Vec<f64> = (0..objective.dim()).map(|j| (j as f64).sin()).collect();
        for worker in 0..2 {
            let rows: Vec<u32> = (0..objective.n_samples(worker) as u32).collect();
            let (mut by_columns, mut by_rows) = (x.clone(), x.clone());
            objective.add_gradient(worker, Rows::All, &x, 0.7, &mut by_columns);
            objective.add_gradient(worker, Rows::Only(&rows), &x, 0.7, &mut by_rows);
            assert!(by_columns.iter().zip(&by_rows).all(|(a, b)| a.to_bits() == b.to_bits()), "worker {worker}");
            assert_ne!(by_columns, x);
        }
    }
}
