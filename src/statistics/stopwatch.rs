//! A clock that the caller hands in: the library reads none.

/// Runs something and returns how many seconds it took.
pub type Stopwatch<'a> = &'a (dyn Fn(&mut dyn FnMut()) -> f64 + Sync);
