//! What goes from the tasks that serve requests to the owner of the samples, and what comes back.

use std::sync::{Arc, Mutex, PoisonError};

use model::{Labels, SampleValue};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::{Handle, samples::Samples};

/// The samples of one request, in the order of the request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// Samples of wanted series.
    pub samples: Samples,
    /// The oldest and the newest time of any series in the request, wanted or not, in milliseconds;
    /// none without samples.
    pub span_ms: Option<(i64, i64)>,
}

/// A sample of a wanted series.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Which series.
    pub handle: Handle,
    /// Its time in milliseconds.
    pub t: i64,
    /// When its counting started, in milliseconds; 0 where that is unknown.
    pub start: i64,
    /// A number, a histogram or a stale marker.
    pub value: SampleValue,
}

/// A change of what handles mean. It holds for all batches that are taken with or after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A handle stands for a series from now on.
    Series {
        /// The number.
        handle: Handle,
        /// The label set; another handle may stand for the same.
        labels: Labels,
        /// For how long its samples are kept, in milliseconds.
        keep_ms: i64,
    },
    /// A handle stands for nothing any more. The samples are the owner's business.
    Gone {
        /// The number.
        handle: Handle,
    },
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Floats that are there now.
    pub floats: u64,
    /// Histograms that are there now.
    pub histograms: u64,
    /// Samples older than the newest of their series.
    pub out_of_order: u64,
    /// Samples whose time has another value already.
    pub duplicate: u64,
    /// Samples too far in the future.
    pub too_far: u64,
    /// The first that were refused.
    pub refused: Vec<Refused>,
}

/// A sample that was refused for good. Display is Prometheus's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub why: Refusal,
    /// Of which series.
    pub labels: Labels,
    /// Its time in milliseconds.
    pub t: i64,
}

/// Why a sample was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The series has a newer sample.
    OutOfOrder,
    /// The series has another value at that time.
    Duplicate,
    /// It is of a time too far in the future.
    TooFar,
}

/// Where batches are taken from.
#[derive(Debug)]
pub struct Inbox {
    pub(crate) queue: mpsc::UnboundedReceiver<Queued>,
    pub(crate) news: Arc<Mutex<Vec<News>>>,
}

/// A batch that was taken, with what is to be known first.
#[derive(Debug)]
pub struct Taken {
    /// To be applied before the batch.
    pub news: Vec<News>,
    /// The samples.
    pub batch: Batch,
    reply: oneshot::Sender<Outcome>,
    room: OwnedSemaphorePermit,
}

/// A batch on its way. It takes up room until it is answered.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) batch: Batch,
    pub(crate) reply: oneshot::Sender<Outcome>,
    pub(crate) room: OwnedSemaphorePermit,
}

impl Inbox {
    /// The next batch; none when nobody can send any more.
    pub async fn next(&mut self) -> Option<Taken> {
        let Queued { batch, reply, room } = self.queue.recv().await?;
        // News of a series is there before anything that refers to it is queued.
        let news = std::mem::take(&mut *self.news.lock().unwrap_or_else(PoisonError::into_inner));
        Some(Taken { news, batch, reply, room })
    }
}

impl Taken {
    /// Splits what to apply from the way to answer.
    pub fn split(self) -> (Vec<News>, Batch, impl FnOnce(Outcome)) {
        let Self { news, batch, reply, room } = self;
        // Whoever sent it may have gone away.
        (news, batch, move |outcome| {
            let _ = reply.send(outcome);
            drop(room);
        })
    }
}

impl Batch {
    /// Notes a time that is in the request.
    pub fn note_time(&mut self, t: i64) {
        let (oldest, newest) = self.span_ms.unwrap_or((t, t));
        self.span_ms = Some((oldest.min(t), newest.max(t)));
    }
}

impl Outcome {
    /// How many of the refused are told of.
    const MOST_TOLD: usize = 10;

    /// Samples that are there now.
    pub fn written(&self) -> u64 {
        self.floats + self.histograms
    }

    /// Samples that were refused.
    pub fn n_refused(&self) -> u64 {
        self.out_of_order + self.duplicate + self.too_far
    }

    /// Notes a sample that is there now.
    pub fn wrote(&mut self, value: &SampleValue) {
        match value {
            SampleValue::Float(_) => self.floats += 1,
            SampleValue::Histogram(_) => self.histograms += 1,
        }
    }

    /// Notes a sample that was refused.
    pub fn refuse(&mut self, why: Refusal, labels: &Labels, t: i64) {
        match why {
            Refusal::OutOfOrder => self.out_of_order += 1,
            Refusal::Duplicate => self.duplicate += 1,
            Refusal::TooFar => self.too_far += 1,
        }
        if self.refused.len() < Self::MOST_TOLD {
            self.refused.push(Refused { why, labels: labels.clone(), t });
        }
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let why = match self.why {
            Refusal::OutOfOrder => "out of order sample",
            Refusal::Duplicate => "duplicate sample for timestamp",
            Refusal::TooFar => "out of bounds: timestamp is too far in the future",
        };
        write!(f, "{why} for series {} at {}", self.labels, self.t)
    }
}
