//! What a ruler holds and did for it, counted when somebody asks.
//!
//! Counting samples walks over all series, so it is done between evaluations and not in them.

use engine::Binds;
use tokio::sync::{mpsc, oneshot};

use crate::step::Core;

/// What a ruler holds, fetched and produced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStatus {
    /// Series of all tables together.
    pub series: usize,
    /// Samples of all tables together.
    pub samples: usize,
    /// Memory that samples take, in bytes; label sets are not counted.
    pub bytes: usize,
    /// What was done because series came or went.
    pub binds: Binds,
}

/// Asks a ruler what it holds.
#[derive(Clone, Debug)]
pub struct Probe(mpsc::Sender<oneshot::Sender<StoreStatus>>);

/// The ruler's end of a probe.
pub(crate) type Probed = mpsc::Receiver<oneshot::Sender<StoreStatus>>;

pub(crate) fn pair() -> (Probe, Probed) {
    let (ask, asked) = mpsc::channel(4);
    (Probe(ask), asked)
}

impl Probe {
    /// What the ruler holds, between two evaluations; none once it does not run any more.
    pub async fn read(&self) -> Option<StoreStatus> {
        let (reply, answer) = oneshot::channel();
        self.0.send(reply).await.ok()?;
        answer.await.ok()
    }
}

/// Answers a probe.
pub(crate) fn answer(reply: oneshot::Sender<StoreStatus>, core: &Core) {
    // Who asked may have gone.
    let _ = reply.send(core.store_status());
}
