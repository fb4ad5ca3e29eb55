//! Some entries of a vector: their coordinates and their values.

/// Coordinates, ascending, and the value of each.
#[derive(Debug, Default, Clone)]
pub(super) struct Entries<F> {
    pub(super) indices: Vec<u32>,
    pub(super) values: Vec<F>,
}

impl<F> Entries<F> {
    pub(super) fn len(&self) -> usize {
        self.indices.len()
    }

    pub(super) fn clear(&mut self) {
        self.indices.clear();
        self.values.clear();
    }

    pub(super) fn extend_from(&mut self, other: &Self)
    where
        F: Copy,
    {
        self.indices.extend_from_slice(&other.indices);
        self.values.extend_from_slice(&other.values);
    }

    pub(super) fn view(&self) -> EntriesRef<'_, F> {
        EntriesRef { indices: &self.indices, values: &self.values }
    }

    pub(super) fn view_mut(&mut self) -> EntriesMut<'_, F> {
        EntriesMut { indices: &mut self.indices, values: &mut self.values }
    }
}

/// Entries to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct EntriesRef<'a, F> {
    pub(super) indices: &'a [u32],
    pub(super) values: &'a [F],
}

impl<F> EntriesRef<'_, F> {
    /// The first n entries, and the others.
    #[inline]
    pub(super) fn split_at(self, n: usize) -> (Self, Self) {
        let ((indices, more_indices), (values, more_values)) = (self.indices.split_at(n), self.values.split_at(n));
        (Self { indices, values }, Self { indices: more_indices, values: more_values })
    }
}

/// Lists of the caller that receive entries of a vector: coordinates, ascending, and the value of each.
#[derive(Debug)]
pub struct EntriesMut<'a, F = f64> {
    /// The coordinates.
    pub indices: &'a mut Vec<u32>,
    /// As many values.
    pub values: &'a mut Vec<F>,
}

impl<F> EntriesMut<'_, F> {
    /// The same lists, for a shorter time.
    #[inline]
    pub(super) fn reborrow(&mut self) -> EntriesMut<'_, F> {
        EntriesMut { indices: self.indices, values: self.values }
    }
}

impl<'a, F> From<(&'a mut Vec<u32>, &'a mut Vec<F>)> for EntriesMut<'a, F> {
    fn from((indices, values): (&'a mut Vec<u32>, &'a mut Vec<F>)) -> Self {
        Self { indices, values }
    }
}

/// What is done with an entry by its magnitude: those that reach `threshold` are listed, and those that reach `take` (at
/// least the threshold) are removed from the vector as well.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits<F> {
    pub(super) threshold: F,
    pub(super) take: F,
}
