//! The threads among which an evaluation is shared out, beside the one that begins it. They live as
//! long as their ruler.

use engine::Sharing;

/// The windows of so many series take about as long as waking a thread.
const FEW: usize = 4096;

/// Among so many threads; none for one, which is the ruler's own.
pub(crate) fn sharing(n_threads: usize) -> Option<Sharing> {
    let n_others = n_threads.checked_sub(1).filter(|n| *n > 0)?;
    let others = rayon::ThreadPoolBuilder::new()
        .num_threads(n_others)
        .thread_name(|number| format!("evaluation-{number}"))
        .build();
    match others {
        Ok(others) => Some(Sharing::new(n_threads, FEW, move |a, b| {
            // The first piece waits for nobody to wake up.
            others.in_place_scope(|scope| {
                scope.spawn(|_| b());
                a();
            });
        })),
        Err(error) => {
            tracing::warn!(%error, "evaluations stay on one thread");
            None
        }
    }
}
