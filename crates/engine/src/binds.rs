//! How much was done because series came or went.

use std::fmt;

/// What binding did since an engine was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Binds {
    /// How often a node was bound from nothing.
    pub full: u64,
    /// How often a node was bound by what differed.
    pub by_difference: u64,
    /// For how many rows labels were looked at.
    pub rows: u64,
    /// How long all that took in nanoseconds, where [`crate::Engine::measure`] was called.
    pub time_ns: u64,
}

/// Tells nanoseconds from anywhere, if somebody wants them.
#[derive(Default)]
pub(crate) struct Stopwatch(pub(crate) Option<Box<dyn Fn() -> i64 + Send>>);

impl Stopwatch {
    /// The time now; always the same without a watch.
    pub(crate) fn now(&self) -> i64 {
        self.0.as_ref().map_or(0, |now| now())
    }

    /// Nanoseconds since then.
    pub(crate) fn since(&self, then: i64) -> u64 {
        u64::try_from(self.now() - then).unwrap_or(0)
    }
}

impl fmt::Debug for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stopwatch").field(&self.0.is_some()).finish()
    }
}
