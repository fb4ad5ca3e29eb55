//! Updates in place: `y ← y + weight · x`.

use super::addition::Addition;
use super::float::Float;
use super::kernels;
use super::level::Level;

impl<F: Float> Addition<'_, F> {
    /// `y ← y + …`, y of length d.
    ///
    /// # Panics
    /// The lengths differ.
    pub fn add_to(self, y: &mut [F]) {
        assert_eq!(self.vector.len(), y.len(), "add_to: lengths differ");
        match self.scale {
            Some(_) => kernels::add_scaled::<F, true>(Level::default(), y, self),
            None => kernels::add_scaled::<F, false>(Level::default(), y, self),
        }
    }
}

/// `y ← y + weight · x`, both of length d.
///
/// # Panics
/// The lengths differ.
pub fn add_scaled<F: Float>(weight: F, x: &[F], y: &mut [F]) {
    Addition::from((weight, x)).add_to(y);
}
