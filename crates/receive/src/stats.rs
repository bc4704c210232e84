//! What became of requests, samples and series: counters, and a plain copy of them.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::{Outcome, ReceiveError};

/// Counters since the start, and gauges as they stand. Plain, for whoever shows metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Requests of which everything was taken.
    pub requests_ok: u64,
    /// Requests that were refused for good, wholly or in part.
    pub requests_refused: u64,
    /// Requests that are to be sent again.
    pub requests_busy: u64,
    /// Bytes of bodies as they came.
    pub bytes_compressed: u64,
    /// Bytes of bodies as they are.
    pub bytes_plain: u64,
    /// Floats and histograms that were written, or were there already.
    pub samples_written: u64,
    /// Samples of series that no rule selects.
    pub samples_unwanted: u64,
    /// Samples older than what their series has.
    pub samples_out_of_order: u64,
    /// Samples with another value than the one of that time.
    pub samples_duplicate: u64,
    /// Samples too far in the future.
    pub samples_too_far: u64,
    /// Samples of series with labels that can not be, of too many series, and histograms that make
    /// no sense.
    pub samples_invalid: u64,
    /// Series that were met first, wanted or not.
    pub series_new: u64,
    /// Wanted series that are known now.
    pub series_wanted: u64,
    /// Unwanted series that are known now.
    pub series_unwanted: u64,
    /// Samples that wait to be taken now.
    pub samples_queued: u64,
}

/// The counters.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    ok: AtomicU64,
    refused: AtomicU64,
    busy: AtomicU64,
    bytes_compressed: AtomicU64,
    bytes_plain: AtomicU64,
    written: AtomicU64,
    unwanted: AtomicU64,
    out_of_order: AtomicU64,
    duplicate: AtomicU64,
    too_far: AtomicU64,
    invalid: AtomicU64,
    new: AtomicU64,
}

impl Counters {
    pub(crate) fn request<T>(&self, result: &Result<T, ReceiveError>) {
        let counter = match result {
            Ok(_) => &self.ok,
            Err(e) if e.status().is_server_error() => &self.busy,
            Err(_) => &self.refused,
        };
        counter.fetch_add(1, Relaxed);
    }

    pub(crate) fn body(&self, compressed: usize, plain: usize) {
        self.bytes_compressed.fetch_add(compressed as u64, Relaxed);
        self.bytes_plain.fetch_add(plain as u64, Relaxed);
    }

    pub(crate) fn prepared(&self, unwanted: u64, invalid: u64, new: u64) {
        self.unwanted.fetch_add(unwanted, Relaxed);
        self.invalid.fetch_add(invalid, Relaxed);
        self.new.fetch_add(new, Relaxed);
    }

    pub(crate) fn outcome(&self, outcome: &Outcome) {
        self.written.fetch_add(outcome.written(), Relaxed);
        self.out_of_order.fetch_add(outcome.out_of_order, Relaxed);
        self.duplicate.fetch_add(outcome.duplicate, Relaxed);
        self.too_far.fetch_add(outcome.too_far, Relaxed);
    }

    /// A copy, without the gauges.
    pub(crate) fn copy(&self) -> Stats {
        let of = |counter: &AtomicU64| counter.load(Relaxed);
        Stats {
            requests_ok: of(&self.ok),
            requests_refused: of(&self.refused),
            requests_busy: of(&self.busy),
            bytes_compressed: of(&self.bytes_compressed),
            bytes_plain: of(&self.bytes_plain),
            samples_written: of(&self.written),
            samples_unwanted: of(&self.unwanted),
            samples_out_of_order: of(&self.out_of_order),
            samples_duplicate: of(&self.duplicate),
            samples_too_far: of(&self.too_far),
            samples_invalid: of(&self.invalid),
            series_new: of(&self.new),
            series_wanted: 0,
            series_unwanted: 0,
            samples_queued: 0,
        }
    }
}
