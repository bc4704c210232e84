//! JSON lines to standard output, to a rotated file, or to any writer.
//!
//! Each sink has a queue and a thread, for its writes block. A line that could not be written stays
//! first in the queue and is tried again with the next one; order is kept. A sink whose reader is
//! gone (a closed pipe) stops writing and says so once. Nothing here survives the process.

mod rotate;

use std::{
    collections::VecDeque,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use tokio::sync::watch;

pub use rotate::Rotation;

use crate::NotifyError;
use rotate::RotatedFile;

/// Lines a sink keeps while it can not write.
const CAPACITY: usize = 65_536;
/// Bytes a sink keeps while it can not write.
const CAPACITY_BYTES: usize = 64 << 20;
/// A line that failed is tried again after this long even if no other comes.
const RETRY: Duration = Duration::from_secs(5);

/// Where events go.
pub struct Sink {
    name: String,
    writer: Box<dyn WriteLine>,
}

/// Counts of one sink.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SinkStats {
    /// The sink's name: `stdout` or its file.
    pub name: String,
    /// Lines written.
    pub written: u64,
    /// Writes that failed.
    pub errors: u64,
    /// Lines given up: the queue was full or the reader gone.
    pub dropped: u64,
    /// Lines waiting.
    pub pending: usize,
    /// What the last failure was; none since the last success.
    pub last_error: Option<String>,
}

impl Sink {
    /// Standard output.
    pub fn stdout() -> Self {
        Self::writer("stdout", io::stdout())
    }

    /// A file that is appended to and rotated.
    pub fn file(path: &Path, rotation: Rotation) -> Result<Self, NotifyError> {
        let file = RotatedFile::open(path, rotation)
            .map_err(|source| NotifyError::EventFile { path: path.into(), source })?;
        Ok(Self { name: path.display().to_string(), writer: Box::new(file) })
    }

    /// Any writer; it gets each line in one `write_all`, then a flush.
    pub fn writer(name: &str, writer: impl Write + Send + 'static) -> Self {
        Self { name: name.to_owned(), writer: Box::new(Plain(writer)) }
    }

    /// The file's name or `stdout`.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Something that takes whole lines.
trait WriteLine: Send {
    fn write_line(&mut self, line: &[u8]) -> io::Result<()>;
}

impl WriteLine for RotatedFile {
    fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        self.append(line)
    }
}

struct Plain<W>(W);

impl<W: Write + Send> WriteLine for Plain<W> {
    fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        self.0.write_all(line)?;
        self.0.flush()
    }
}

/// A running sink.
pub(crate) struct Lines {
    shared: Arc<Shared>,
    pending: watch::Receiver<usize>,
}

struct Shared {
    name: String,
    state: Mutex<State>,
    wake: Condvar,
    pending: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Arc<[u8]>>,
    bytes: usize,
    /// The reader is gone: nothing is written any more.
    gone: bool,
    closing: bool,
    stats: SinkStats,
}

impl Lines {
    pub(crate) fn spawn(sink: Sink) -> Result<Self, NotifyError> {
        let (sender, pending) = watch::channel(0);
        let state = State {
            stats: SinkStats { name: sink.name.clone(), ..SinkStats::default() },
            ..State::default()
        };
        let shared = Arc::new(Shared {
            name: sink.name.clone(),
            state: Mutex::new(state),
            wake: Condvar::new(),
            pending: sender,
        });
        let (worker, writer) = (Arc::clone(&shared), sink.writer);
        thread::Builder::new()
            .name(format!("events {}", sink.name))
            .spawn(move || worker.run(writer))
            .map_err(|source| NotifyError::Worker { sink: sink.name, source })?;
        Ok(Self { shared, pending })
    }

    /// Queues a line; never waits for a write.
    pub(crate) fn push(&self, line: Arc<[u8]>) {
        let mut state = self.shared.lock();
        if state.gone {
            state.stats.dropped += 1;
            return;
        }
        if state.queue.len() >= CAPACITY || state.bytes + line.len() > CAPACITY_BYTES {
            if state.stats.dropped == 0 {
                tracing::error!(
                    sink = self.shared.name,
                    "the queue of events is full: events are lost until the sink can be written"
                );
            }
            state.stats.dropped += 1;
            return;
        }
        state.bytes += line.len();
        state.queue.push_back(line);
        self.shared.pending.send_replace(state.queue.len());
        self.shared.wake.notify_one();
    }

    pub(crate) fn stats(&self) -> SinkStats {
        let state = self.shared.lock();
        SinkStats { pending: state.queue.len(), ..state.stats.clone() }
    }

    /// Returns when every line is written or given up.
    pub(crate) async fn drained(&self) {
        // The sender lives in `shared`, which `self` holds.
        let _ = self.pending.clone().wait_for(|pending| *pending == 0).await;
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.shared.lock().closing = true;
        self.shared.wake.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, mut writer: Box<dyn WriteLine>) {
        let mut failed = None;
        while let Some((line, length)) = self.next(failed) {
            let result = writer.write_line(&line);
            failed = self.finish(&line, result).then_some(length);
        }
    }

    /// The first line and the queue's length; waits for one. After a failure it waits until the
    /// queue is longer than it was at that attempt, but not forever.
    fn next(&self, failed: Option<usize>) -> Option<(Arc<[u8]>, usize)> {
        let mut state = self.lock();
        if let Some(length) = failed {
            let unchanged = |state: &mut State| state.queue.len() <= length && !state.closing;
            let waited = self.wake.wait_timeout_while(state, RETRY, unchanged);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.closing {
                return None;
            }
        }
        let idle = |state: &mut State| state.queue.is_empty() && !state.closing;
        let state = self.wake.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
        Some((state.queue.front().cloned()?, state.queue.len()))
    }

    /// Notes how a write went; whether it is to be tried again.
    fn finish(&self, line: &[u8], result: io::Result<()>) -> bool {
        let mut state = self.lock();
        let failed = match result {
            Ok(()) => {
                state.queue.pop_front();
                state.bytes -= line.len();
                state.stats.written += 1;
                if state.stats.last_error.take().is_some() {
                    tracing::info!(sink = self.name, "events are written again");
                }
                false
            }
            Err(error) => self.fail(&mut state, &error),
        };
        self.pending.send_replace(state.queue.len());
        failed
    }

    fn fail(&self, state: &mut State, error: &io::Error) -> bool {
        state.stats.errors += 1;
        if error.kind() == io::ErrorKind::BrokenPipe {
            tracing::warn!(sink = self.name, "the reader is gone: no more events are written");
            state.gone = true;
            state.stats.dropped += state.queue.len() as u64;
            state.stats.last_error = Some(error.to_string());
            state.queue.clear();
            state.bytes = 0;
            return false;
        }
        if state.stats.last_error.replace(error.to_string()).is_none() {
            tracing::error!(sink = self.name, %error, "cannot write events, will try again");
        }
        true
    }
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sink").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The path of the `i`th rotated file, the newest being 1.
fn rotated(path: &Path, i: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{i}"));
    name.into()
}

#[cfg(test)]
mod tests;
