//! The mean of the messages of a round, summed in the order of the workers.

use crate::compressor::Message;

/// Bits of a word that are looked at before the number of bits is compared.
const FEW: usize = 4;

/// A sum of messages that knows which coordinates it touched, so that sparse rounds stay sparse.
#[derive(Debug, Clone, Default)]
pub struct Aggregate {
    sum: Vec<f64>,
    touched: Vec<u32>,
    /// The same, one bit per coordinate.
    is_touched: Vec<u64>,
    is_dense: bool,
    /// Length of the longest dense message.
    dense_len: usize,
}

impl Aggregate {
    /// Nothing added yet, length `dim`.
    #[must_use]
    pub fn new(dim: usize) -> Self {
        Self {
            sum: vec![0.0; dim],
            touched: Vec::new(),
            is_touched: vec![0; dim.div_ceil(64)],
            is_dense: false,
            dense_len: 0,
        }
    }

    /// Forgets everything that was added.
    pub fn clear(&mut self) {
        if self.is_dense {
            self.sum.fill(0.0);
        }
        for &j in &self.touched {
            self.sum[j as usize] = 0.0;
            self.is_touched[j as usize / 64] = 0;
        }
        self.touched.clear();
        self.is_dense = false;
        self.dense_len = 0;
    }

    /// Adds `weight · message`; a dense message may be shorter than d.
    pub fn add(&mut self, weight: f64, message: &Message) {
        if let Message::Dense(values) = message {
            self.is_dense = true;
            self.dense_len = self.dense_len.max(values.len());
            crate::vector::add_scaled(weight, values, &mut self.sum[..values.len()]);
        } else {
            // The branch is unpredictable: write first and advance only if the entry is new.
            let mut n = self.touched.len();
            self.touched.resize(n + message.n_entries(), 0);
            message.for_each(|j, value| {
                self.sum[j] += weight * value;
                let (word, bit) = (&mut self.is_touched[j / 64], 1 << (j % 64));
                self.touched[n] = j as u32;
                n += usize::from(*word & bit == 0);
                *word |= bit;
            });
            self.touched.truncate(n);
        }
    }

    /// `out ← out + weight · sum`, `out` of length d.
    pub fn add_to(&self, weight: f64, out: &mut [f64]) {
        if self.is_dense {
            crate::vector::add_scaled(weight, &self.sum, out);
        } else {
            for &j in &self.touched {
                out[j as usize] += weight * self.sum[j as usize];
            }
        }
    }

    /// The sum as one message, written into `message`: what a server would broadcast.
    pub fn broadcast(&self, message: &mut Message) {
        if self.is_dense {
            // Sparse messages are combined with dense ones only if those have the whole length.
            let len = if self.touched.is_empty() { self.dense_len } else { self.sum.len() };
            message.dense(len).copy_from_slice(&self.sum[..len]);
        } else if self.touched.len() == self.sum.len() {
            // Where every coordinate was touched, the indices say nothing.
            message.dense(self.sum.len()).copy_from_slice(&self.sum);
        } else {
            let (indices, values) = message.sparse(self.sum.len());
            self.ascending(indices);
            values.extend(indices.iter().map(|&j| self.sum[j as usize]));
        }
    }

    /// Writes the coordinates that were touched into `indices`, in order.
    fn ascending(&self, indices: &mut Vec<u32>) {
        let n_touched = self.touched.len();
        if self.is_touched.len() > 8 * n_touched {
            indices.extend_from_slice(&self.touched);
            indices.sort_unstable();
            return;
        }
        // The bits are in order. How many a word holds is unpredictable.
        indices.resize(n_touched + FEW, 0);
        let mut n = 0;
        for (start, &word) in (0..).step_by(64).zip(&self.is_touched) {
            let (mut rest, mut place) = (word, n);
            loop {
                for index in &mut indices[place..place + FEW] {
                    *index = start + rest.trailing_zeros();
                    rest &= rest.wrapping_sub(1);
                }
                if rest == 0 {
                    break;
                }
                place += FEW;
            }
            n += word.count_ones() as usize;
        }
        indices.truncate(n_touched);
    }

    /// Whether a dense message was added.
    #[must_use]
    pub fn is_dense(&self) -> bool {
        self.is_dense
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_touches_every_coordinate_is_broadcast_without_indices() {
        let mut aggregate = Aggregate::new(2);
        let mut message = Message::default();
        aggregate.add(0.5, &Message::Signs { scale: 3.0, negative: vec![false, true] });
        aggregate.broadcast(&mut message);
        assert_eq!(message, Message::Dense(vec![1.5, -1.5]));
        assert!(!aggregate.is_dense(), "signs are gathered: a ring cannot add them on the way");
    }

    #[test]
    fn what_was_touched_is_broadcast_in_order_however_much_it_is() {
        let dim = 1000;
        for every in [1, 2, 3, 10, 50, 400] {
            let mut aggregate = Aggregate::new(dim);
            // The second repeats half of the first, and fills the last words.
            for indices in [(0..dim as u32).step_by(every).collect(), (700..990).step_by(2 * every).collect()] {
                let indices: Vec<u32> = indices;
                let values = indices.iter().map(|&j| f64::from(j) + 1.0).collect();
                aggregate.add(1.0, &Message::Sparse { dim, indices, values });
            }
            let mut message = Message::default();
            aggregate.broadcast(&mut message);
            let mut expected = vec![0.0; dim];
            (0..dim).step_by(every).for_each(|j| expected[j] += j as f64 + 1.0);
            (700..990).step_by(2 * every).for_each(|j| expected[j] += j as f64 + 1.0);
            assert_eq!(message.to_dense(), expected, "every {every}");
            assert_eq!(message.n_entries(), expected.iter().filter(|v| **v != 0.0).count(), "every {every}");
            if let Message::Sparse { indices, .. } = message {
                assert!(indices.is_sorted_by(|a, b| a < b), "every {every}");
            }
        }
    }

    #[test]
    fn sparse_and_dense_messages_add_up_and_clear() {
        let sparse = Message::Sparse { dim: 4, indices: vec![1, 3], values: vec![2.0, -4.0] };
        let mut aggregate = Aggregate::new(4);
        let mut out = vec![1.0; 4];
        aggregate.add(0.5, &sparse);
        aggregate.add(0.5, &sparse);
        aggregate.add_to(1.0, &mut out);
        assert_eq!(out, [1.0, 3.0, 1.0, -3.0]);
        let mut message = Message::default();
        aggregate.broadcast(&mut message);
        assert_eq!(message, sparse);
        aggregate.add(1.0, &Message::Dense(vec![1.0; 4]));
        aggregate.broadcast(&mut message);
        assert_eq!(message.to_dense(), [1.0, 3.0, 1.0, -3.0]);
        aggregate.clear();
        aggregate.broadcast(&mut message);
        assert_eq!(message.to_dense(), [0.0; 4]);
        assert_eq!(message.n_entries(), 0);
    }
}
