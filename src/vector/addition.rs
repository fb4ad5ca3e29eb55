//! What is added to a vector.

/// What is added to a vector: `weight · vector`, or `weight · (0 + scale · vector)` where there is a scale; every
/// operation is rounded.
#[derive(Debug, Clone, Copy)]
pub struct Addition<'a, F = f64> {
    /// What the whole is multiplied by.
    pub weight: F,
    /// What the vector is multiplied by before.
    pub scale: Option<F>,
    /// Of length d.
    pub vector: &'a [F],
}

impl<'a, F> From<(F, &'a [F])> for Addition<'a, F> {
    /// The weight and the vector, without a scale.
    fn from((weight, vector): (F, &'a [F])) -> Self {
        Self { weight, scale: None, vector }
    }
}

impl<'a, F: Copy> Addition<'a, F> {
    /// The same addition of another vector, such as a part of this one.
    #[inline]
    pub(super) fn of(self, vector: &'a [F]) -> Self {
        Self { vector, ..self }
    }

    /// To the first n entries, and to the others.
    #[inline]
    pub(super) fn split_at(self, n: usize) -> (Self, Self) {
        let (first, others) = self.vector.split_at(n);
        (self.of(first), self.of(others))
    }
}
