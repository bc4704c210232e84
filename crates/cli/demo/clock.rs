//! Simulated time that keeps pace with real time.

use std::time::Duration;

use ruler::{Clock, Simulated};
use tokio::time::Instant;

/// Simulated time that passes `speed` times as fast as real time, counted from the beginning:
/// time that an evaluation took is not waited for again, so a demo ends when it said it would.
#[derive(Clone, Debug)]
pub(super) struct Paced {
    time: Simulated,
    start_ns: i64,
    began: Instant,
    speed: f64,
}

impl Paced {
    /// A clock that stands at `start_ns` now; infinite speed does not wait at all.
    pub(super) fn new(start_ns: i64, speed: f64) -> Self {
        let time = Simulated::new(start_ns, f64::INFINITY);
        Self { time, start_ns, began: Instant::now(), speed }
    }

    /// The time in milliseconds.
    pub(super) fn now_ms(&self) -> i64 {
        self.now_ns() / 1_000_000
    }
}

impl Clock for Paced {
    fn now_ns(&self) -> i64 {
        self.time.now_ns()
    }

    async fn sleep_until(&self, ns: i64) {
        let since_start = Duration::from_nanos(u64::try_from(ns - self.start_ns).unwrap_or(0));
        let wait = Duration::try_from_secs_f64(since_start.as_secs_f64() / self.speed);
        let due = self.began + wait.unwrap_or(Duration::MAX / 4);
        if due > Instant::now() {
            tokio::time::sleep_until(due).await;
        }
        self.time.sleep_until(ns).await;
    }

    fn waits_for_work(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn time_is_where_it_was_slept_to() {
        let clock = Paced::new(7_000_000, f64::INFINITY);
        clock.sleep_until(9_000_000).await;
        assert_eq!(clock.now_ms(), 9);
        let fast = Paced::new(0, 1e9);
        fast.sleep_until(3_600_000_000_000).await;
        assert_eq!(fast.now_ms(), 3_600_000);
    }
}
