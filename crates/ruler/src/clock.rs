//! Time, handed in: the machine's clock, or a simulated one.
//!
//! Times are nanoseconds since the Unix epoch.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// What the ruler knows of time.
pub trait Clock: Clone + Send + Sync + 'static {
    /// The time now.
    fn now_ns(&self) -> i64;

    /// Waits until a time, or not at all where it has passed.
    fn sleep_until(&self, ns: i64) -> impl Future<Output = ()> + Send;

    /// Whether time stands still while something is under way, so that nothing is ever late.
    fn waits_for_work(&self) -> bool;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wall;

/// A clock that moves only when it is slept on, at a multiple of real speed.
///
/// While a fetch is under way time stands still, so a simulation is deterministic on a slow
/// machine too; clones share the time.
#[derive(Clone, Debug)]
pub struct Simulated {
    now_ns: Arc<AtomicI64>,
    speed: f64,
}

impl Clock for Wall {
    fn now_ns(&self) -> i64 {
        i64::try_from(jiff::Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX)
    }

    async fn sleep_until(&self, ns: i64) {
        let left = u64::try_from(ns - self.now_ns()).unwrap_or(0);
        tokio::time::sleep(Duration::from_nanos(left)).await;
    }

    fn waits_for_work(&self) -> bool {
        false
    }
}

impl Simulated {
    /// A clock that stands at `start_ns` and runs `speed` times as fast as real time; infinity
    /// does not wait at all.
    pub fn new(start_ns: i64, speed: f64) -> Self {
        Self { now_ns: Arc::new(AtomicI64::new(start_ns)), speed }
    }

    /// Moves the clock forward at once; it never goes back.
    pub fn advance_to(&self, ns: i64) {
        self.now_ns.fetch_max(ns, Ordering::Relaxed);
    }
}

impl Clock for Simulated {
    fn now_ns(&self) -> i64 {
        self.now_ns.load(Ordering::Relaxed)
    }

    async fn sleep_until(&self, ns: i64) {
        let left = u64::try_from(ns - self.now_ns()).unwrap_or(0);
        let wait = Duration::from_nanos(left).div_f64(self.speed.max(1e-3));
        if wait.is_zero() {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(wait).await;
        }
        self.advance_to(ns);
    }

    fn waits_for_work(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn simulated_time_is_where_it_was_slept_to() {
        let clock = Simulated::new(5, f64::INFINITY);
        let other = clock.clone();
        clock.sleep_until(3_600_000_000_000).await;
        assert_eq!(other.now_ns(), 3_600_000_000_000);
        clock.sleep_until(1).await;
        assert_eq!(clock.now_ns(), 3_600_000_000_000, "time never goes back");
    }
}
