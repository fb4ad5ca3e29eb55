//! The rows of one worker by columns, for full gradients `Σᵢ wᵢ aᵢ`.
//!
//! Row by row, such a sum writes to places all over a vector that no near cache holds, and waits for most of them. Column
//! by column, it goes through the vector once and reads the weights of [`ROWS`] rows, which the nearest cache holds. A
//! coordinate's terms are added in the order of the rows both ways, so the bits are the same.

use crate::dataset::Matrix;
use std::ops::Range;

/// Rows that are transposed together.
pub(super) const ROWS: usize = 1024;

/// Where all of a vector lies in a near cache, rows are as good.
const SHORT: usize = 1 << 14;

/// Up to [`ROWS`] consecutive rows, by columns.
#[derive(Debug)]
pub(super) struct Columns {
    /// Which rows of the matrix.
    pub(super) rows: Range<usize>,
    /// The columns with entries, each with the end of its entries; those with fewer come first, so that the processor can
    /// foresee how many there are.
    ends: Vec<(u32, u32)>,
    /// Of each entry the row, from 0.
    places: Vec<u16>,
    values: Vec<f64>,
}

impl Columns {
    /// All of `rows` (not empty) in parts; nothing where it is not worth it.
    pub(super) fn new(features: &Matrix, rows: Range<usize>) -> Vec<Self> {
        if features.n_columns() <= SHORT || features.row_indices(rows.start).is_none() {
            return Vec::new();
        }
        rows.clone().step_by(ROWS).map(|start| Self::of_part(features, start..rows.end.min(start + ROWS))).collect()
    }

    fn of_part(features: &Matrix, rows: Range<usize>) -> Self {
        let entries = rows
            .clone()
            .zip(0_u16..)
            .flat_map(|(row, place)| features.row(row).map(move |(column, value)| (column as u32, place, value)));
        let mut entries: Vec<(u32, u16, f64)> = entries.collect();
        let mut counts = vec![0_u32; features.n_columns()];
        for &(column, ..) in &entries {
            counts[column as usize] += 1;
        }
        entries.sort_unstable_by_key(|&(column, place, _)| (counts[column as usize], column, place));
        let mut ends: Vec<(u32, u32)> = Vec::new();
        for (end, &(column, ..)) in (1..).zip(&entries) {
            match ends.last_mut() {
                Some(last) if last.0 == column => last.1 = end,
                _ => ends.push((column, end)),
            }
        }
        let (places, values) = entries.into_iter().map(|(_, place, value)| (place, value)).unzip();
        Self { rows, ends, places, values }
    }

    /// `out ← out + Σᵢ weightsᵢ aᵢ` over the rows, in their order.
    pub(super) fn add_to(&self, weights: &[f64; ROWS], out: &mut [f64]) {
        let mut start = 0;
        for &(column, end) in &self.ends {
            let entries = start as usize..end as usize;
            let terms = self.places[entries.clone()].iter().zip(&self.values[entries]);
            // The remainder is the place itself, and spares a look at the length.
            out[column as usize] =
                terms.fold(out[column as usize], |sum, (&place, a)| sum + weights[place as usize % ROWS] * a);
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
