//! A chunk of histograms: samples that share schema, zero threshold and custom bounds, of which
//! none but the first is a counter reset.
//!
//! As `appendable` and `appendableGauge` in prometheus `tsdb/chunkenc/float_histogram.go`.

use std::sync::Arc;

use model::histogram::{CounterResetHint, FloatHistogram, Layout, Parts, Totals};

use super::{Sample, size::Size, stale_marker};

/// Samples in order, not empty.
#[derive(Debug)]
pub(super) struct HistogramChunk {
    gauge: bool,
    samples: Vec<Stored>,
    /// All buckets that some sample has; in the others they are empty.
    layout: Arc<Layout>,
    size: Size,
}

#[derive(Debug)]
struct Stored {
    t: i64,
    start: i64,
    value: Arc<FloatHistogram>,
}

impl HistogramChunk {
    /// A chunk with its first sample.
    pub(super) fn new(t: i64, start: i64, value: Arc<FloatHistogram>) -> Self {
        let gauge = value.hint == CounterResetHint::Gauge;
        // The buckets of a stale marker do not matter.
        let value = if value.is_stale() { Arc::new(stale_marker(value.sum)) } else { value };
        let layout = value.layout().clone();
        let mut chunk = Self { gauge, samples: Vec::new(), layout, size: Size::default() };
        chunk.add(t, start, value);
        chunk
    }

    /// The times of the first and the last sample.
    pub(super) fn span(&self) -> (i64, i64) {
        (self.samples[0].t, self.last().t)
    }

    /// How many samples there are.
    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }

    /// How large it would be if it were encoded.
    pub(super) fn bytes(&self) -> usize {
        self.size.bytes()
    }

    /// Whether a sample can follow.
    pub(super) fn takes(&self, value: &FloatHistogram) -> bool {
        let last = &self.last().value;
        if self.gauge != (value.hint == CounterResetHint::Gauge)
            || value.hint == CounterResetHint::Reset
        {
            return false;
        }
        if value.is_stale() || last.is_stale() {
            return value.is_stale();
        }
        self.same_scale(value) && (self.gauge || !is_reset(last, value))
    }

    /// Adds a sample that it takes; returns it with the buckets of the chunk where it lacks some.
    pub(super) fn push(
        &mut self,
        t: i64,
        start: i64,
        value: Arc<FloatHistogram>,
    ) -> Option<Arc<FloatHistogram>> {
        if value.is_stale() {
            self.add(t, start, Arc::new(stale_marker(value.sum)));
            return None;
        }
        let (union, grown) = self.with_buckets_of(&value);
        if grown {
            self.layout = FloatHistogram::from(union).layout().clone();
            self.size = Size::default();
            for sample in &self.samples {
                self.size.add(sample.t, sample.start, &spread(&sample.value, &self.layout));
            }
        }
        let lacking = value.counts().len() < self.layout.n_buckets();
        let with_all = lacking.then(|| Arc::new(spread(&value, &self.layout)));
        self.add(t, start, value);
        with_all
    }

    /// The samples as they are read: with all buckets of the chunk. Where the first sample stands
    /// to what was before is not known.
    pub(super) fn samples(&self) -> impl Iterator<Item = Sample> {
        self.samples.iter().enumerate().map(|(i, sample)| self.read(i, sample))
    }

    /// The newest of them.
    pub(super) fn newest(&self) -> Sample {
        self.read(self.samples.len() - 1, self.last())
    }

    fn read(&self, i: usize, sample: &Stored) -> Sample {
        let mut value = spread(&sample.value, &self.layout);
        value.hint = match i {
            _ if value.is_stale() => CounterResetHint::Unknown,
            _ if self.gauge => CounterResetHint::Gauge,
            0 => CounterResetHint::Unknown,
            _ => CounterResetHint::NotReset,
        };
        Sample { t: sample.t, start: sample.start, value: value.into() }
    }

    fn add(&mut self, t: i64, start: i64, value: Arc<FloatHistogram>) {
        self.size.add(t, start, &spread(&value, &self.layout));
        self.samples.push(Stored { t, start, value });
    }

    fn last(&self) -> &Stored {
        self.samples.last().expect("a chunk begins with a sample")
    }

    #[expect(clippy::float_cmp, reason = "thresholds are equal or not the same")]
    fn same_scale(&self, value: &FloatHistogram) -> bool {
        let first = &self.samples[0].value;
        first.schema() == value.schema()
            && first.zero_threshold() == value.zero_threshold()
            && (!first.is_custom() || first.custom_bounds() == value.custom_bounds())
    }

    /// The buckets of the chunk and of a sample together, and whether the chunk lacks some.
    fn with_buckets_of(&self, value: &FloatHistogram) -> (Parts, bool) {
        let mut parts = Parts::from(&spread(&self.samples[0].value, &self.layout));
        let before = parts.positive.len() + parts.negative.len();
        let added = Parts::from(value);
        for (side, more) in
            [(&mut parts.positive, added.positive), (&mut parts.negative, added.negative)]
        {
            side.extend(more);
            side.sort_by_key(|&(index, _)| index);
            side.dedup_by_key(|&mut (index, _)| index);
        }
        let grown = parts.positive.len() + parts.negative.len() > before;
        (parts, grown)
    }
}

/// Whether a counter started again between two samples of the same scale.
fn is_reset(before: &FloatHistogram, value: &FloatHistogram) -> bool {
    value.count < before.count
        || value.zero_count < before.zero_count
        || has_fallen(before.positive(), value.positive())
        || has_fallen(before.negative(), value.negative())
}

/// Whether a bucket has less than before, or is gone with what it had.
fn has_fallen(
    before: impl Iterator<Item = (i32, f64)>,
    value: impl Iterator<Item = (i32, f64)>,
) -> bool {
    let mut value = value.peekable();
    for (index, count) in before {
        while value.next_if(|&(other, _)| other < index).is_some() {}
        let now = value.next_if(|&(other, _)| other == index);
        let fallen = match now {
            Some((_, now)) => count > now,
            None => count != 0.0,
        };
        if fallen {
            return true;
        }
    }
    false
}

/// A histogram over a layout that has its buckets and perhaps more; stale markers as they are.
fn spread(value: &FloatHistogram, layout: &Arc<Layout>) -> FloatHistogram {
    if value.is_stale() {
        return value.clone();
    }
    let mut counts = vec![0.0; layout.n_buckets()];
    let (positive, negative) = counts.split_at_mut(layout.n_positive());
    let empty = FloatHistogram::new(
        layout.clone(),
        Totals::default(),
        vec![0.0; layout.n_buckets()].into(),
    );
    fill(positive, empty.positive(), value.positive());
    fill(negative, empty.negative(), value.negative());
    FloatHistogram::new(layout.clone(), value.totals(), counts.into())
}

fn fill(
    counts: &mut [f64],
    places: impl Iterator<Item = (i32, f64)>,
    value: impl Iterator<Item = (i32, f64)>,
) {
    let mut value = value.peekable();
    for (count, (index, _)) in counts.iter_mut().zip(places) {
        if let Some((_, v)) = value.next_if(|&(other, _)| other == index) {
            *count = v;
        }
    }
}
