//! Passes that only move numbers, and a chain of products and sums that moves none: the limits of a machine.
//!
//! No program that reads a vector is faster than [`read`], none that updates one faster than [`update`], on the same
//! vectors and threads. Each is plain code that is compiled for the widest instructions and chosen when the program
//! runs; the results are the same for all, and are not used.

use super::float::Float;

/// Compiles a function for AVX-512, for AVX2 and for the base instructions, and chooses when the program runs.
macro_rules! widest {
    ($(#[$doc:meta])* $name:ident($($argument:ident: $Type:ty),*) $(-> $Output:ty)? $body:block) => {
        $(#[$doc])*
        pub fn $name<F: Float>($($argument: $Type),*) $(-> $Output)? {
            // Inlined, it takes over the instructions of the function around it.
            #[inline(always)]
            fn body<F: Float>($($argument: $Type),*) $(-> $Output)? $body
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "wider instructions")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512dq")]
                fn wide_512<F: Float>($($argument: $Type),*) $(-> $Output)? {
                    body($($argument),*)
                }
                #[target_feature(enable = "avx2")]
                fn wide_256<F: Float>($($argument: $Type),*) $(-> $Output)? {
                    body($($argument),*)
                }
                use std::arch::is_x86_feature_detected as has;
                if has!("avx512f") && has!("avx512vl") && has!("avx512dq") {
                    // SAFETY: the instructions are there.
                    return unsafe { wide_512($($argument),*) };
                }
                if has!("avx2") {
                    // SAFETY: the instructions are there.
                    return unsafe { wide_256($($argument),*) };
                }
            }
            body($($argument),*)
        }
    };
}

widest! {
    /// Reads x once; gives the union of the bits of its magnitudes, so that no read can be left out.
    read(x: &[F]) -> F::Key {
        // Bits are united in any order, so the compiler may choose how many at once.
        x.iter().fold(F::Key::default(), |bits, v| bits | v.magnitude())
    }
}

widest! {
    /// `y ← x`: one read and one write, and whatever the machine does before it can write.
    copy(x: &[F], y: &mut [F]) {
        y.copy_from_slice(x);
    }
}

widest! {
    /// `z ← x + weight · y`, the triad of the STREAM benchmark: two reads and one write to a third place.
    triad(weight: F, x: &[F], y: &[F], z: &mut [F]) {
        for ((z, &x), &y) in z.iter_mut().zip(x).zip(y) {
            *z = x.add_scaled(weight, y);
        }
    }
}

widest! {
    /// `x ← x + weight · a`: two reads and one write in place, what any step of error feedback must do.
    update(weight: F, a: &[F], x: &mut [F]) {
        for (x, &a) in x.iter_mut().zip(a) {
            *x = x.add_scaled(weight, a);
        }
    }
}

/// Operations of a link of [`chain`].
pub const OPERATIONS_PER_LINK: usize = 2 * IN_REGISTERS;

/// Numbers of [`chain`]: eight of the widest vectors of single precision.
const IN_REGISTERS: usize = 128;

widest! {
    /// `links` times a product and then a sum, each rounded, in as many independent numbers as fit into registers.
    chain(weight: F, addend: F, links: usize) -> [F; IN_REGISTERS] {
        let mut x = [F::ZERO; IN_REGISTERS];
        for _ in 0..links {
            for v in &mut x {
                *v = addend.add_scaled(weight, *v);
            }
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_do_what_their_formulas_say() {
        let x: Vec<f64> = (0..203).map(|j| f64::from(j) - 100.0).collect();
        let y: Vec<f64> = x.iter().map(|v| 0.5 * v + 1.0).collect();
        assert_eq!(read(&x), x.iter().fold(0, |bits, v| bits | v.magnitude()));
        let mut z = vec![0.0; x.len()];
        copy(&x, &mut z);
        assert_eq!(z, x);
        triad(3.0, &x, &y, &mut z);
        assert!(z.iter().zip(&x).zip(&y).all(|((z, x), y)| *z == x + 3.0 * y));
        let mut updated = x.clone();
        update(3.0, &y, &mut updated);
        assert_eq!(updated, z);
        // 0, 1, 1.5, 1.75
        assert_eq!(chain(0.5, 1.0, 3)[17], 1.75);
    }
}
