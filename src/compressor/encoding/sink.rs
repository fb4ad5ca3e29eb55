//! Where the bits of a message go: into a count, or into bytes.
//!
//! One writer ([`super::write`]) serves both, so that what is counted is what is written.

/// Takes the bits of a message in order.
pub(super) trait Sink {
    /// The lowest `n_bits` bits of `number`, n_bits ≤ 64.
    fn put(&mut self, number: u64, n_bits: u32);

    /// This many zeros.
    fn zeros(&mut self, n: u64);

    /// A stretch of exactly `n_bits` bits, which `write` writes; a count need not look at them.
    fn stretch(&mut self, n_bits: u64, write: impl FnOnce(&mut Bytes));

    /// Elias γ: ⌊log₂ number⌋ zeros, a one, then the bits below the highest.
    #[inline]
    fn gamma(&mut self, number: u64) {
        let length = number.ilog2();
        self.zeros(u64::from(length));
        self.put(1, 1);
        self.put(number & !(1 << length), length);
    }

    /// Elias δ: ⌊log₂ number⌋ + 1 in γ, then the bits below the highest.
    #[inline]
    fn delta(&mut self, number: u64) {
        let length = number.ilog2();
        self.gamma(u64::from(length) + 1);
        self.put(number & !(1 << length), length);
    }

    /// Elias ω: groups of a one and the bits below the highest, each giving the length of the next; then a zero. The
    /// number is below 2⁵⁰, so that its code fits 64 bits.
    #[inline]
    fn omega(&mut self, number: u64) {
        debug_assert!(number < 1 << 50, "a gap or a level");
        let (mut code, mut n_bits) = (0, 1);
        let mut group = number;
        while group > 1 {
            let length = group.ilog2();
            // The bits below the highest follow its one; the groups after this one are there already.
            code = code << (length + 1) | (group & !(1 << length)) << 1 | 1;
            n_bits += length + 1;
            group = u64::from(length);
        }
        self.put(code, n_bits);
    }
}

/// Counts bits.
#[derive(Debug, Default)]
pub(super) struct Count(pub(super) u64);

impl Sink for Count {
    #[inline]
    fn put(&mut self, _number: u64, n_bits: u32) {
        self.0 += u64::from(n_bits);
    }

    #[inline]
    fn zeros(&mut self, n: u64) {
        self.0 += n;
    }

    #[inline]
    fn stretch(&mut self, n_bits: u64, _write: impl FnOnce(&mut Bytes)) {
        self.0 += n_bits;
    }
}

/// Appends bits to bytes, the first in the lowest bit of the first byte.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    full: Vec<u8>,
    /// Bits that do not fill a byte yet, from the lowest.
    pending: u8,
    n_pending: u32,
}

impl Bytes {
    /// With room for this many bytes.
    pub(super) fn with_capacity(n_bytes: usize) -> Self {
        Self { full: Vec::with_capacity(n_bytes), ..Self::default() }
    }

    /// The bytes, the last one padded with zeros.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.n_pending > 0 {
            self.full.push(self.pending);
        }
        self.full
    }

    fn n_bits(&self) -> u64 {
        8 * self.full.len() as u64 + u64::from(self.n_pending)
    }
}

impl Sink for Bytes {
    fn put(&mut self, number: u64, n_bits: u32) {
        let mut window = u128::from(self.pending) | (u128::from(number) << self.n_pending);
        let mut n = self.n_pending + n_bits;
        window &= (1 << n) - 1;
        while n >= 8 {
            self.full.push(window as u8);
            window >>= 8;
            n -= 8;
        }
        (self.pending, self.n_pending) = (window as u8, n);
    }

    fn zeros(&mut self, mut n: u64) {
        while n > 0 {
            let step = n.min(64) as u32;
            self.put(0, step);
            n -= u64::from(step);
        }
    }

    #[inline]
    fn stretch(&mut self, n_bits: u64, write: impl FnOnce(&mut Bytes)) {
        let end = self.n_bits() + n_bits;
        write(self);
        assert_eq!(self.n_bits(), end, "a stretch has the length that it announced");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elias_codes_have_their_textbook_lengths() {
        for (number, gamma, delta, omega) in [
            (1, 1, 1, 1),
            (2, 3, 4, 3),
            (3, 3, 4, 3),
            (4, 5, 5, 6),
            (10, 7, 8, 7),
            (17, 9, 9, 11),
            (100, 13, 11, 13),
            (1000, 19, 16, 17),
        ] {
            let bits = |write: fn(&mut Count, u64)| {
                let mut count = Count::default();
                write(&mut count, number);
                count.0
            };
            let bits = (bits(Count::gamma), bits(Count::delta), bits(Count::omega));
            assert_eq!(bits, (gamma, delta, omega), "number {number}");
        }
    }

    #[test]
    fn the_omega_code_of_sixteen_is_that_of_the_textbook() {
        // 10 100 10000 0: the groups 2, 4 and 16, then a zero. Below the leading one of a group our bits are reversed.
        let mut bytes = Bytes::default();
        bytes.omega(16);
        assert_eq!(bytes.finish(), [0b0010_0101, 0b000]);
    }
}
