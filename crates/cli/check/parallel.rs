//! The same work for many things, on all cores.
//!
//! The threads stay from one phase of a run to the next, and with them the memory that they used.

use std::sync::Once;

use rayon::prelude::*;

/// Below so many things, threads cost more than they save.
const FEW: usize = 4;

/// What `work` makes of each item, in the order of the items; the first ones are begun first. A
/// panic in a thread is one here.
pub(crate) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    if items.len() < FEW {
        return items.iter().map(work).collect();
    }
    start();
    items.par_iter().with_max_len(1).map(work).collect()
}

/// The same of items that are used up, each with its number.
pub(crate) fn map_into<T: Send, R: Send>(
    items: Vec<T>,
    work: impl Fn((usize, T)) -> R + Sync + Send,
) -> Vec<R> {
    start();
    items.into_par_iter().enumerate().map(work).collect()
}

/// Two pieces of work over `n` things each, at a time.
pub(crate) fn join<A: Send, B: Send>(
    n: usize,
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    if n < FEW {
        return (a(), b());
    }
    start();
    rayon::join(a, b)
}

/// Starts the threads, each on a core of its own: left alone, two of them share one for the first
/// ten or twenty milliseconds, and again whenever they were woken.
fn start() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let cores = ruler::Cores::default();
        let threads = rayon::ThreadPoolBuilder::new().start_handler(move |_| cores.stay_on_one());
        // Where they have been started otherwise, they are there all the same.
        let _ = threads.build_global();
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..1000).collect();
        assert_eq!(super::map(&items, |n| n * n), items.iter().map(|n| n * n).collect::<Vec<_>>());
        assert_eq!(super::map(&[7], |n| n + 1), [8]);
        assert!(super::map(&[], |n: &u64| *n).is_empty());
        let numbered = super::map_into(items, |(number, n)| n * 2 + number as u64);
        assert_eq!(numbered, (0..1000).map(|n| n * 3).collect::<Vec<_>>());
    }
}
