//! A request from its bytes to the owner of the samples and back.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use model::{Labels, SampleValue};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::{
    Batch, Encoding, Handle, Inbox, Message, News, Outcome, ReceiveError, Sample, Stats,
    dictionary::{Dictionary, UNWANTED},
    message::{self, Refusal, Scan, SeriesAt},
    queue::Queued,
    samples::Samples,
    stats::Counters,
};

/// Bounds of what is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request as it comes.
    pub max_request_bytes: usize,
    /// Bytes of a request when it is decompressed.
    pub max_plain_bytes: usize,
    /// How long a body may take to come.
    pub body_timeout: Duration,
    /// Samples that may wait to be taken.
    pub max_queued_samples: u32,
    /// How long a request waits for its turn, and then for room, before it is refused for now.
    pub queue_timeout: Duration,
    /// Wanted series at a time.
    pub max_series: usize,
    /// After this long unseen a series is forgotten here.
    pub idle: Duration,
}

/// What was written of a request. Samples of series that nobody wants count: a sender takes what
/// is missing for lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Floats.
    pub samples: u64,
    /// Native histograms.
    pub histograms: u64,
    /// Exemplars, all of which are dropped.
    pub exemplars: u64,
}

/// Takes requests. Shared by all tasks that serve them.
pub struct Receiver {
    limits: Limits,
    wanted: Box<Wanted>,
    dictionary: Mutex<Known>,
    news: Arc<Mutex<Vec<News>>>,
    queue: mpsc::UnboundedSender<Queued>,
    room: Arc<Semaphore>,
    workplaces: Workplaces,
    counters: Counters,
    seed: u64,
    started: Instant,
}

/// A series as rules see it, and for how many milliseconds its samples are kept; none where no rule
/// selects it.
type Wanted = dyn Fn(Labels) -> Option<(Labels, i64)> + Send + Sync;

#[derive(Debug, Default)]
struct Known {
    dictionary: Dictionary,
    /// When it was swept last, in seconds.
    swept: u32,
}

/// A request that is ready for the owner of the samples.
struct Prepared {
    batch: Batch,
    /// What nobody wants, which counts as written.
    ignored: Written,
    /// The first reasons why series and samples are refused already.
    errors: Vec<String>,
    n_invalid: u64,
}

/// Where requests are made ready, each in a place of its own. A request takes megabytes there, and
/// the owner of the samples needs a core too, so there is one place for every two cores.
struct Workplaces {
    free: Semaphore,
    /// What free places have.
    scratch: Mutex<Vec<Scratch>>,
}

/// What is kept between two requests to not be allocated again.
#[derive(Default)]
struct Scratch {
    body: Vec<u8>,
    scan: Scan,
    handles: Vec<Option<Handle>>,
}

/// A larger buffer is not kept.
const MOST_KEPT: usize = 16 << 20;
const MOST_ERRORS: usize = 10;
const SWEEP_S: u32 = 60;

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_request_bytes: 32 << 20,
            max_plain_bytes: 128 << 20,
            body_timeout: Duration::from_secs(30),
            max_queued_samples: 1 << 18,
            queue_timeout: Duration::from_secs(10),
            max_series: 20_000_000,
            idle: Duration::from_mins(15),
        }
    }
}

/// A receiver and where its batches are taken from. `wanted` is asked once of each series: it gives
/// the labels that rules see and for how many milliseconds samples are kept; none where no rule
/// selects it.
pub fn channel(
    limits: Limits,
    wanted: impl Fn(Labels) -> Option<(Labels, i64)> + Send + Sync + 'static,
) -> (Receiver, Inbox) {
    let (queue, batches) = mpsc::unbounded_channel();
    let news = Arc::new(Mutex::new(Vec::new()));
    let receiver = Receiver {
        limits,
        wanted: Box::new(wanted),
        dictionary: Mutex::default(),
        news: Arc::clone(&news),
        queue,
        room: Arc::new(Semaphore::new(limits.max_queued_samples as usize)),
        workplaces: Workplaces::default(),
        counters: Counters::default(),
        seed: RandomState::new().hash_one(0),
        started: Instant::now(),
    };
    (receiver, Inbox { queue: batches, news })
}

impl Receiver {
    /// The bounds.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes a request: returns when its samples are written. What can't be written is an error,
    /// the rest is written all the same.
    pub async fn receive(
        &self,
        message: Message,
        encoding: Encoding,
        body: &[u8],
    ) -> Result<Written, ReceiveError> {
        let result = self.take(message, encoding, body).await;
        self.counters.request(&result);
        result
    }

    /// Counters and gauges as they stand.
    pub fn stats(&self) -> Stats {
        let (wanted, unwanted) = self.known().dictionary.counts();
        let room = self.room.available_permits() as u64;
        Stats {
            series_wanted: wanted as u64,
            series_unwanted: unwanted as u64,
            samples_queued: u64::from(self.limits.max_queued_samples).saturating_sub(room),
            ..self.counters.copy()
        }
    }

    /// Counts a request that ended before its body was there.
    pub(crate) fn count_failed(&self, error: &ReceiveError) {
        self.counters.request::<()>(&Err(error.clone()));
    }

    async fn take(
        &self,
        message: Message,
        encoding: Encoding,
        body: &[u8],
    ) -> Result<Written, ReceiveError> {
        let place = self.wait_for(self.workplaces.free.acquire()).await?;
        let prepared = self.prepare(message, encoding, body)?;
        let outcome = if prepared.batch.span_ms.is_some() {
            let room = self.room_for(prepared.batch.samples.len()).await?;
            // Until there is room, nobody else makes samples ready that have none either.
            drop(place);
            let (reply, outcome) = oneshot::channel();
            let queued = Queued { batch: prepared.batch, reply, room };
            self.queue.send(queued).map_err(|_| ReceiveError::Stopped)?;
            outcome.await.map_err(|_| ReceiveError::Stopped)?
        } else {
            Outcome::default()
        };
        self.counters.outcome(&outcome);
        conclude(&prepared.ignored, prepared.errors, prepared.n_invalid, &outcome)
    }

    async fn room_for(&self, n_samples: usize) -> Result<OwnedSemaphorePermit, ReceiveError> {
        let n = u32::try_from(n_samples).unwrap_or(u32::MAX).min(self.limits.max_queued_samples);
        self.wait_for(Arc::clone(&self.room).acquire_many_owned(n)).await
    }

    /// Waits for a place or for room, but not for long.
    async fn wait_for<P>(
        &self,
        permit: impl Future<Output = Result<P, AcquireError>>,
    ) -> Result<P, ReceiveError> {
        match tokio::time::timeout(self.limits.queue_timeout, permit).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => Err(ReceiveError::Stopped),
            Err(_) => Err(ReceiveError::Busy),
        }
    }

    fn prepare(
        &self,
        message: Message,
        encoding: Encoding,
        body: &[u8],
    ) -> Result<Prepared, ReceiveError> {
        let kept = || self.workplaces.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = kept().pop().unwrap_or_default();
        let prepared = self.prepare_in(&mut scratch, message, encoding, body);
        if scratch.body.capacity() <= MOST_KEPT {
            kept().push(scratch);
        }
        prepared
    }

    fn prepare_in(
        &self,
        scratch: &mut Scratch,
        message: Message,
        encoding: Encoding,
        compressed: &[u8],
    ) -> Result<Prepared, ReceiveError> {
        let Scratch { body, scan, handles } = scratch;
        encoding.decompress(compressed, self.limits.max_plain_bytes, body)?;
        self.counters.body(compressed.len(), body.len());
        scan.scan(message, body, self.seed)?;
        let now = u32::try_from(self.started.elapsed().as_secs()).unwrap_or(u32::MAX);
        let n_unknown = self.look_up(scan, now, handles);
        let mut prepared = Prepared {
            batch: Batch { samples: Samples::with_room(handles.len()), span_ms: None },
            ignored: Written::default(),
            errors: Vec::new(),
            n_invalid: 0,
        };
        let (mut n_new, mut n_unwanted) = (0, 0);
        for (series, known) in scan.series.iter().zip(&*handles) {
            let handle = match known {
                Some(handle) => Ok(*handle),
                None => self.meet(scan, body, series, now),
            };
            n_new += u64::from(known.is_none() && handle.is_ok());
            let bytes = &body[series.message.clone()];
            match handle {
                Ok(UNWANTED) => n_unwanted += prepared.ignore(message, bytes)?,
                Ok(handle) => prepared.add(message, bytes, handle)?,
                Err(Refusal::Malformed(e)) => return Err(e.into()),
                Err(Refusal::Labels(why)) => prepared.refuse(message, bytes, why)?,
            }
        }
        debug_assert!(n_new <= n_unknown, "only what is unknown is new");
        self.counters.prepared(n_unwanted, prepared.n_invalid, n_new);
        Ok(prepared)
    }

    /// The handles of all series that are known; how many are not.
    fn look_up(&self, scan: &Scan, now: u32, handles: &mut Vec<Option<Handle>>) -> u64 {
        handles.clear();
        let mut known = self.known();
        if now.saturating_sub(known.swept) >= SWEEP_S {
            known.swept = now;
            known.dictionary.sweep(now, self.idle_s(), &mut self.news());
        }
        handles.extend(scan.series.iter().map(|series| known.dictionary.look(series.key, now)));
        handles.iter().filter(|handle| handle.is_none()).count() as u64
    }

    /// Decodes the labels of a series that is not known and asks whether it is wanted.
    fn meet(
        &self,
        scan: &Scan,
        body: &[u8],
        series: &SeriesAt,
        now: u32,
    ) -> Result<Handle, Refusal> {
        let wanted = (self.wanted)(scan.labels(body, series)?);
        let bounds = (self.limits.max_series, self.idle_s());
        let mut known = self.known();
        let added = known.dictionary.add(series.key, wanted, now, bounds, &mut self.news());
        added.map_err(|_| {
            let most = self.limits.max_series;
            Refusal::Labels(format!("there are more than {most} series that rules select"))
        })
    }

    fn idle_s(&self) -> u32 {
        u32::try_from(self.limits.idle.as_secs()).unwrap_or(u32::MAX)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.dictionary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn news(&self) -> MutexGuard<'_, Vec<News>> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Workplaces {
    fn default() -> Self {
        let n_cores = thread::available_parallelism().map_or(1, usize::from);
        Self { free: Semaphore::new((n_cores / 2).max(1)), scratch: Mutex::default() }
    }
}

impl Prepared {
    fn add(&mut self, message: Message, series: &[u8], handle: Handle) -> Result<(), ReceiveError> {
        let Self { batch, errors, n_invalid, .. } = self;
        let from = batch.samples.len();
        let rest = message::samples(message, series, |raw| {
            let sample = raw.decode(handle)?;
            batch.note_time(sample.t);
            match check(&sample) {
                Ok(()) => batch.samples.push(sample),
                Err(why) => note(errors, n_invalid, why),
            }
            Ok(())
        })?;
        let n_new = batch.samples.len() - from;
        for sample in batch.samples.last_mut(n_new) {
            if sample.start == 0 {
                sample.start = rest.start;
            }
        }
        self.ignored.exemplars += rest.n_exemplars;
        Ok(())
    }

    /// Passes over the samples of a series that nobody wants; how many there are.
    fn ignore(&mut self, message: Message, series: &[u8]) -> Result<u64, ReceiveError> {
        let (mut floats, mut histograms) = (0, 0);
        let rest = message::samples(message, series, |raw| {
            self.batch.note_time(raw.time()?);
            match raw {
                message::Raw::Float { .. } => floats += 1,
                message::Raw::Histogram(_) => histograms += 1,
            }
            Ok(())
        })?;
        self.ignored.samples += floats;
        self.ignored.histograms += histograms;
        self.ignored.exemplars += rest.n_exemplars;
        Ok(floats + histograms)
    }

    /// Refuses a series.
    fn refuse(&mut self, message: Message, series: &[u8], why: String) -> Result<(), ReceiveError> {
        let mut n = 0;
        message::samples(message, series, |_| {
            n += 1;
            Ok(())
        })?;
        note(&mut self.errors, &mut self.n_invalid, why);
        self.n_invalid += n.max(1) - 1;
        Ok(())
    }
}

fn note(errors: &mut Vec<String>, n: &mut u64, why: String) {
    *n += 1;
    if errors.len() < MOST_ERRORS {
        errors.push(why);
    }
}

/// Whether a histogram makes sense.
fn check(sample: &Sample) -> Result<(), String> {
    match &sample.value {
        SampleValue::Histogram(h) if !h.is_stale() => h.validate().map_err(|e| e.to_string()),
        _ => Ok(()),
    }
}

/// What the sender is told.
fn conclude(
    ignored: &Written,
    mut errors: Vec<String>,
    n_invalid: u64,
    outcome: &Outcome,
) -> Result<Written, ReceiveError> {
    let written = Written {
        samples: ignored.samples + outcome.floats,
        histograms: ignored.histograms + outcome.histograms,
        exemplars: ignored.exemplars,
    };
    let n_refused = n_invalid + outcome.n_refused();
    if n_refused == 0 {
        return Ok(written);
    }
    errors.extend(outcome.refused.iter().map(ToString::to_string));
    errors.truncate(MOST_ERRORS);
    let n_more = n_refused.saturating_sub(errors.len() as u64);
    if n_more > 0 {
        errors.push(format!("and {n_more} more samples"));
    }
    let message = errors.join("\n");
    Err(ReceiveError::Refused { written, message })
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (limits, stats) = (&self.limits, self.stats());
        f.debug_struct("Receiver")
            .field("limits", limits)
            .field("stats", &stats)
            .finish_non_exhaustive()
    }
}
