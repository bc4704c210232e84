//! The threads among which an evaluation is shared out. They live as long as their ruler.

use std::sync::{Mutex, PoisonError};

use engine::Sharing;

/// The windows of so many series take about as long as waking a thread.
const FEW: usize = 4096;

/// Among so many threads; none for one, which is the ruler's own.
pub(crate) fn sharing(n_threads: usize) -> Option<Sharing> {
    if n_threads < 2 {
        return None;
    }
    let cores = Cores::default();
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .thread_name(|number| format!("evaluation-{number}"))
        .start_handler(move |_| cores.stay_on_one())
        .build();
    match threads {
        Ok(threads) => Some(Sharing::new(n_threads, FEW, move |a, b| {
            threads.join(a, b);
        })),
        Err(error) => {
            tracing::warn!(%error, "evaluations stay on one thread");
            None
        }
    }
}

/// The cores that the threads of a pool have.
#[derive(Debug, Default)]
pub struct Cores {
    taken: Mutex<Vec<usize>>,
}

impl Cores {
    /// Keeps the calling thread on a core that no other thread of the pool has, the one that it is
    /// on if it can be. Linux puts a thread that is woken on the core of who woke it where cores
    /// share no cache, and then two pieces of some milliseconds are done one after the other. Where
    /// it cannot be done, the thread goes from core to core.
    #[cfg(target_os = "linux")]
    pub fn stay_on_one(&self) {
        use rustix::thread::{CpuSet, sched_getaffinity, sched_getcpu, sched_setaffinity};
        let Ok(allowed) = sched_getaffinity(None) else { return };
        let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
        let mut own = CpuSet::new();
        own.set(self.take(&cores, sched_getcpu()));
        if let Err(error) = sched_setaffinity(None, &own) {
            tracing::debug!(%error, "a thread goes from core to core");
        }
    }

    /// Does nothing on this system.
    #[cfg(not(target_os = "linux"))]
    pub fn stay_on_one(&self) {}

    /// A core of these that nobody has, the first from `here` on; `here` where all are taken.
    ///
    /// Processes that may use all cores of a machine but not all of their time would meet on the
    /// first ones if each counted from there.
    #[cfg(any(target_os = "linux", test))]
    fn take(&self, cores: &[usize], here: usize) -> usize {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let at = cores.partition_point(|core| *core < here);
        let mut from_here = cores[at..].iter().chain(&cores[..at]);
        let core = from_here.find(|core| !taken.contains(core)).copied().unwrap_or(here);
        taken.push(core);
        core
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_have_different_cores_as_long_as_there_are_any() {
        let (cores, allowed) = (Cores::default(), [0, 1, 4, 5]);
        let given: Vec<usize> = (0..5).map(|_| cores.take(&allowed, 4)).collect();
        assert_eq!(given, [4, 5, 0, 1, 4]);
        assert_eq!(Cores::default().take(&allowed, 5), 5);
        // The thread was moved after it was asked where it is.
        assert_eq!(Cores::default().take(&allowed, 2), 4);
        assert_eq!(Cores::default().take(&[], 3), 3);
    }
}
