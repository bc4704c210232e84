//! The threads among which an evaluation is shared out. They live as long as their ruler.

use engine::Sharing;

/// The windows of so many series take about as long as waking a thread.
const FEW: usize = 4096;

/// Among so many threads; none for one, which is the ruler's own.
pub(crate) fn sharing(n_threads: usize) -> Option<Sharing> {
    if n_threads < 2 {
        return None;
    }
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .thread_name(|number| format!("evaluation-{number}"))
        .start_handler(stay_on_a_core)
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

/// Gives a thread a core of its own, among those that the process may use. Linux puts a thread that
/// is woken on the core of who woke it where cores share no cache, and then two pieces of some
/// milliseconds are done one after the other.
#[cfg(target_os = "linux")]
fn stay_on_a_core(number: usize) {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let Ok(allowed) = sched_getaffinity(None) else { return };
    let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
    let Some(core) = number.checked_rem(cores.len()).map(|at| cores[at]) else { return };
    let mut own = CpuSet::new();
    own.set(core);
    if let Err(error) = sched_setaffinity(None, &own) {
        tracing::debug!(%error, "a thread goes from core to core");
    }
}

#[cfg(not(target_os = "linux"))]
fn stay_on_a_core(_: usize) {}
