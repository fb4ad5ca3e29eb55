//! How times are taken: several pieces of work take turns, so that a disturbance meets all of them.
//!
//! Turns before the first that counts warm up caches, buffers and hints, and decide how often short work is repeated
//! within a turn. What is reported of a piece of work is the median over the turns with the least and the largest
//! value, and of two pieces the same of their ratio, formed turn by turn: the speed of a machine drifts, a ratio within
//! a turn does not.

use crate::statistics::{Stopwatch, median};
use serde::Serialize;

/// Work that is shorter than this is repeated within a turn.
const LEAST_SECONDS: f64 = 2e-3;

/// But not more often than this.
const MOST_REPEATS: f64 = 10_000.0;

/// A median with the extremes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The least value.
    pub least: f64,
    /// The largest value.
    pub most: f64,
}

impl Spread {
    /// NaN throughout where there is no value.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let extreme = |choose: fn(f64, f64) -> f64| values.iter().copied().reduce(choose).unwrap_or(f64::NAN);
        Self { median: median(values).unwrap_or(f64::NAN), least: extreme(f64::min), most: extreme(f64::max) }
    }
}

/// A clock, and how many turns are taken.
#[derive(Clone, Copy)]
pub struct Turns<'a> {
    /// The clock.
    pub stopwatch: Stopwatch<'a>,
    /// Turns that do not count, at least one.
    pub warm_up: usize,
    /// Turns that count.
    pub counted: usize,
}

impl std::fmt::Debug for Turns<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Turns").field("warm_up", &self.warm_up).field("counted", &self.counted).finish()
    }
}

impl Turns<'_> {
    /// Takes all turns. `work` calls [`Turn::time`] for the same works in the same order each time.
    pub fn take(&self, mut work: impl FnMut(&mut Turn<'_>)) -> Times {
        let mut repeats = Vec::new();
        let mut seconds: Vec<Vec<f64>> = Vec::new();
        for turn in 0..self.warm_up.max(1) + self.counted {
            let mut times = Vec::with_capacity(seconds.len());
            work(&mut Turn {
                stopwatch: self.stopwatch,
                is_first: turn == 0,
                repeats: &mut repeats,
                times: &mut times,
            });
            if turn == 0 {
                seconds = vec![Vec::with_capacity(self.counted); times.len()];
            }
            if turn >= self.warm_up.max(1) {
                for (all, own) in seconds.iter_mut().zip(times) {
                    all.push(own);
                }
            }
        }
        Times(seconds)
    }
}

/// One turn.
pub struct Turn<'a> {
    stopwatch: Stopwatch<'a>,
    is_first: bool,
    repeats: &'a mut Vec<usize>,
    times: &'a mut Vec<f64>,
}

impl Turn<'_> {
    /// Times one work, repeated where it is short.
    pub fn time(&mut self, mut work: impl FnMut()) {
        if self.is_first {
            let seconds = (self.stopwatch)(&mut work);
            self.repeats.push((LEAST_SECONDS / seconds).ceil().clamp(1.0, MOST_REPEATS) as usize);
        }
        let repeats = self.repeats[self.times.len()];
        let seconds = (self.stopwatch)(&mut || (0..repeats).for_each(|_| work()));
        self.times.push(seconds / repeats as f64);
    }
}

impl std::fmt::Debug for Turn<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Turn").field("times", &self.times).finish_non_exhaustive()
    }
}

/// Seconds of each work in each turn that counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Times(Vec<Vec<f64>>);

impl Times {
    /// Seconds of the work at this place.
    #[must_use]
    pub fn seconds(&self, work: usize) -> Spread {
        Spread::of(&self.0[work])
    }

    /// Seconds of one work over those of another, turn by turn.
    #[must_use]
    pub fn ratio(&self, work: usize, other: usize) -> Spread {
        let ratios: Vec<f64> = self.0[work].iter().zip(&self.0[other]).map(|(a, b)| a / b).collect();
        Spread::of(&ratios)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn ratios_are_formed_within_a_turn_and_warming_up_does_not_count() {
        // A clock on which each call of a work takes what the turn before says: a machine that drifts.
        let now = AtomicUsize::new(0);
        let stopwatch = |work: &mut dyn FnMut()| {
            let before = now.load(Ordering::Relaxed);
            work();
            (now.load(Ordering::Relaxed) - before) as f64
        };
        let turns = Turns { stopwatch: &stopwatch, warm_up: 2, counted: 3 };
        let mut turn_number = 0;
        let times = turns.take(|turn| {
            turn_number += 1;
            turn.time(|| {
                now.fetch_add(turn_number, Ordering::Relaxed);
            });
            turn.time(|| {
                now.fetch_add(3 * turn_number, Ordering::Relaxed);
            });
        });
        assert_eq!(times.seconds(0), Spread { median: 4.0, least: 3.0, most: 5.0 });
        assert_eq!(times.ratio(1, 0), Spread { median: 3.0, least: 3.0, most: 3.0 });
    }

    #[test]
    fn short_work_is_repeated_as_often_in_every_turn() {
        let calls = AtomicUsize::new(0);
        // A call takes a tenth of the least time.
        let stopwatch = |work: &mut dyn FnMut()| {
            let before = calls.load(Ordering::Relaxed);
            work();
            0.1 * LEAST_SECONDS * (calls.load(Ordering::Relaxed) - before) as f64
        };
        let times = Turns { stopwatch: &stopwatch, warm_up: 1, counted: 2 }.take(|turn| {
            turn.time(|| {
                calls.fetch_add(1, Ordering::Relaxed);
            });
        });
        // One call that decides, then ten in each of three turns.
        assert_eq!(calls.load(Ordering::Relaxed), 31);
        assert!((times.seconds(0).median - 0.1 * LEAST_SECONDS).abs() < 1e-12);
    }
}
