//! The mean of the messages of a round, summed in the order of the workers.

use crate::compressor::Message;

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
            message.for_each(|j, value| {
                self.sum[j] += weight * value;
                let (word, bit) = (&mut self.is_touched[j / 64], 1 << (j % 64));
                if *word & bit == 0 {
                    *word |= bit;
                    self.touched.push(j as u32);
                }
            });
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
    pub fn broadcast(&mut self, message: &mut Message) {
        if self.is_dense {
            // Sparse messages stand beside dense ones of the whole length only.
            let len = if self.touched.is_empty() { self.dense_len } else { self.sum.len() };
            message.dense(len).copy_from_slice(&self.sum[..len]);
        } else {
            if self.touched.len() == self.sum.len() {
                // Where every coordinate was touched, the indices say nothing.
                message.dense(self.sum.len()).copy_from_slice(&self.sum);
                return;
            }
            self.sort_touched();
            message.gather(&self.sum, &self.touched);
        }
    }

    /// The coordinates that messages with entries touched, in any order; with [`Aggregate::is_dense`] there are more.
    #[must_use]
    pub fn touched(&self) -> &[u32] {
        &self.touched
    }

    fn sort_touched(&mut self) {
        if self.is_touched.len() > 8 * self.touched.len() {
            self.touched.sort_unstable();
            return;
        }
        // The bits are in order.
        self.touched.clear();
        for (start, &word) in (0..).step_by(64).zip(&self.is_touched) {
            let mut word = word;
            while word != 0 {
                self.touched.push(start + word.trailing_zeros());
                word &= word - 1;
            }
        }
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
