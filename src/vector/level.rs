//! The sets of vector instructions of a machine.

/// A set of vector instructions that this machine has; the levels differ in speed, never in results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level(pub(super) Instructions);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instructions {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "aarch64")]
    Neon,
    Portable,
}

impl Level {
    /// All levels of this machine, the fastest first; the last one is portable code.
    #[must_use]
    pub fn available() -> Vec<Self> {
        Self::found().collect()
    }

    fn found() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let wide = {
            use std::arch::is_x86_feature_detected as has;
            [
                (Instructions::Avx512, has!("avx512f") && has!("avx512vl") && has!("popcnt")),
                (Instructions::Avx2, has!("avx2") && has!("popcnt")),
            ]
        };
        #[cfg(target_arch = "aarch64")]
        let wide = [(Instructions::Neon, std::arch::is_aarch64_feature_detected!("neon"))];
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        let wide = [];
        let all = wide.into_iter().chain([(Instructions::Portable, true)]);
        all.filter(|&(_, has)| has).map(|(instructions, _)| Self(instructions))
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => "AVX2",
            #[cfg(target_arch = "aarch64")]
            Instructions::Neon => "NEON",
            Instructions::Portable => "portable",
        }
    }
}

impl Default for Level {
    fn default() -> Self {
        Self::found().next().unwrap_or(Self(Instructions::Portable))
    }
}
