//! Threads that stay spinning between rounds.

use rayon::Yield;
use std::sync::atomic::{AtomicBool, Ordering};

/// Calls `work`, while up to `n_threads` threads of the pool, this one among them, look for parts of its work without
/// falling asleep: waking a thread may take longer than its part of a short round.
///
/// The work itself is the same. Other threads use their cores all the time, also where `work` has nothing for them.
pub fn spinning<T>(n_threads: usize, work: impl FnOnce() -> T) -> T {
    let others = n_threads.min(rayon::current_num_threads()).saturating_sub(1);
    if others == 0 {
        return work();
    }
    let (is_over, own_index) = (AtomicBool::new(false), rayon::current_thread_index());
    rayon::in_place_scope(|scope| {
        let is_over = &is_over;
        scope.spawn_broadcast(move |_, thread| {
            // This thread would wait for itself.
            let is_needed = Some(thread.index()) != own_index && thread.index() <= others;
            while is_needed && !is_over.load(Ordering::Acquire) {
                if rayon::yield_now() != Some(Yield::Executed) {
                    std::thread::yield_now();
                }
            }
        });
        let _end = End(is_over);
        work()
    })
}

/// Signals the others that it is over, also where `work` panics.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;

    #[test]
    fn work_is_done_and_returned_inside_and_outside_of_a_pool() {
        let sum = || (0..1000_u64).into_par_iter().sum::<u64>();
        assert_eq!(spinning(3, sum), 499_500);
        for threads in 1..4 {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for others in 0..5 {
                assert_eq!(pool.install(|| spinning(others, || spinning(2, sum))), 499_500);
            }
        }
    }

    #[test]
    fn a_panic_ends_the_waiting() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let panics = std::panic::AssertUnwindSafe(|| pool.install(|| spinning(2, || panic!("on purpose"))));
        assert!(std::panic::catch_unwind(panics).is_err());
    }
}
