//! A series: chunks of floats and chunks of histograms in turn.

use std::sync::Arc;

use model::{SampleValue, histogram::FloatHistogram};

use super::{CHUNK_RANGE, Sample, chunk::HistogramChunk};

/// How large a chunk of histograms should become, in bytes.
const TARGET_BYTES: usize = 1024;
/// How many samples it should have at least.
const MIN_SAMPLES: usize = 10;

/// The chunks of a series.
#[derive(Debug, Default)]
pub(super) struct SeriesHead {
    chunks: Vec<Chunk>,
    /// When the chunk of histograms is to end.
    next_at: i64,
    /// Whether that was foretold from the chunk's growth. A chunk that begins because of what its
    /// first sample is leaves it as it was.
    foretold: bool,
    /// The histogram appended last as it was written, and with the empty buckets that it got from
    /// its chunk. Its repetitions are the same object there and keep these buckets, even in the
    /// next chunk.
    spread: Option<(Arc<FloatHistogram>, Arc<FloatHistogram>)>,
    last: Option<Sample>,
}

#[derive(Debug)]
enum Chunk {
    Floats(Vec<(i64, i64, f64)>),
    Histograms(HistogramChunk),
}

impl SeriesHead {
    /// The sample appended last.
    pub(super) fn last(&self) -> Option<&Sample> {
        self.last.as_ref()
    }

    /// The time of the newest sample.
    pub(super) fn newest(&self) -> Option<i64> {
        self.last.as_ref().map(|sample| sample.t)
    }

    /// Whether the last sample is a histogram.
    pub(super) fn ends_with_histogram(&self) -> bool {
        self.last.as_ref().is_some_and(|sample| sample.value.histogram().is_some())
    }

    /// Appends a sample; one that is not newer than the last is dropped.
    pub(super) fn append(&mut self, sample: Sample) {
        if self.newest().is_some_and(|newest| sample.t <= newest) {
            return;
        }
        match &sample.value {
            SampleValue::Float(value) => self.append_float(sample.t, sample.start, *value),
            SampleValue::Histogram(value) => {
                self.append_histogram(sample.t, sample.start, value.clone());
            }
        }
        self.last = Some(sample);
    }

    /// All samples as they are read.
    pub(super) fn samples(&self) -> impl Iterator<Item = Sample> {
        self.chunks.iter().flat_map(|chunk| -> Vec<Sample> {
            match chunk {
                Chunk::Floats(samples) => samples
                    .iter()
                    .map(|&(t, start, value)| Sample { t, start, value: value.into() })
                    .collect(),
                Chunk::Histograms(chunk) => chunk.samples().collect(),
            }
        })
    }

    /// The newest sample as it is read.
    pub(super) fn newest_read(&self) -> Option<Sample> {
        match self.chunks.last()? {
            Chunk::Floats(samples) => {
                let (t, start, value) = *samples.last()?;
                Some(Sample { t, start, value: value.into() })
            }
            Chunk::Histograms(chunk) => Some(chunk.newest()),
        }
    }

    fn append_float(&mut self, t: i64, start: i64, value: f64) {
        match self.chunks.last_mut() {
            Some(Chunk::Floats(samples)) => samples.push((t, start, value)),
            _ => self.chunks.push(Chunk::Floats(vec![(t, start, value)])),
        }
    }

    fn append_histogram(&mut self, t: i64, start: i64, written: Arc<FloatHistogram>) {
        let value = match self.spread.take() {
            Some((last, spread)) if Arc::ptr_eq(&last, &written) => spread,
            _ => written.clone(),
        };
        let spread = self.append_value(t, start, value.clone()).unwrap_or(value);
        self.spread = Some((written, spread));
    }

    /// The histogram with the buckets of its chunk where it lacks some.
    fn append_value(
        &mut self,
        t: i64,
        start: i64,
        value: Arc<FloatHistogram>,
    ) -> Option<Arc<FloatHistogram>> {
        let full = match self.chunks.last() {
            Some(Chunk::Histograms(chunk)) => {
                let (full, next_at, foretold) = self.is_full(chunk, t);
                (self.next_at, self.foretold) = (next_at, foretold);
                full
            }
            _ => true,
        };
        self.foretold &= !full;
        match self.chunks.last_mut() {
            Some(Chunk::Histograms(chunk)) if !full && chunk.takes(&value) => {
                chunk.push(t, start, value)
            }
            _ => {
                self.begin(t, start, value);
                None
            }
        }
    }

    /// Begins a chunk with a sample.
    fn begin(&mut self, t: i64, start: i64, value: Arc<FloatHistogram>) {
        self.next_at = end_of_range(t);
        self.chunks.push(Chunk::Histograms(HistogramChunk::new(t, start, value)));
    }

    /// Whether a chunk is to end before a sample at `t` for its age and size; also when it is to
    /// end, and whether that is foretold.
    fn is_full(&self, chunk: &HistogramChunk, t: i64) -> (bool, i64, bool) {
        let (first, last) = chunk.span();
        let bytes = chunk.bytes();
        let range_end = if self.foretold { end_of_range(first) } else { self.next_at };
        let (mut next_at, mut foretold) = (self.next_at, self.foretold);
        if !foretold && bytes >= TARGET_BYTES / 4 {
            next_at = foretell_end(first, last, next_at, TARGET_BYTES as f64 / bytes as f64);
            foretold = true;
        }
        let due = t >= next_at || bytes >= 2 * TARGET_BYTES;
        (due && (chunk.len() >= MIN_SAMPLES || t >= range_end), next_at, foretold)
    }
}

/// The first multiple of the chunk range after `t`.
fn end_of_range(t: i64) -> i64 {
    (t / CHUNK_RANGE) * CHUNK_RANGE + CHUNK_RANGE
}

/// When a chunk should end so that all until `max` become equally long, if it is one `ratio`-th
/// full.
#[expect(clippy::cast_possible_truncation, reason = "between two times")]
fn foretell_end(first: i64, last: i64, max: i64, ratio: f64) -> i64 {
    let n = (max - first) as f64 / ((last - first + 1) as f64 * ratio);
    if n <= 1.0 {
        return max;
    }
    (first as f64 + (max - first) as f64 / n.floor()) as i64
}
