//! Columns of what was read, as an instant query would give them.

use std::{collections::HashSet, sync::Arc};

use model::{FloatHistogram, Labels, SeriesColumns, is_stale};
use wire::Fields;

use super::{Form, Part, Reading, Unusable};

/// What a float and its time take.
const SAMPLE_BYTES: u64 = 16;
/// What a histogram takes besides its buckets, about.
const HISTOGRAM_BYTES: u64 = 128;
/// The NaN that PromQL's texts stand for.
const NAN_BITS: u64 = 0x7ff8_0000_0000_0001;

/// Columns on their way.
pub(super) struct Columns {
    reading: Reading,
    made: SeriesColumns,
    seen: HashSet<Labels>,
    /// The series that is being read.
    series: Option<Series>,
    /// Bytes that are left.
    room: u64,
}

struct Series {
    labels: Labels,
    /// How many samples the columns had before.
    from: usize,
    /// The last time of a float, and of a histogram, in the window or not.
    last: (Option<i64>, Option<i64>),
    histograms: Vec<(i64, Arc<FloatHistogram>)>,
}

impl Columns {
    pub(super) fn new(reading: Reading) -> Self {
        let (made, seen, room) = (SeriesColumns::default(), HashSet::new(), reading.max_bytes);
        Self { reading, made, seen, series: None, room }
    }

    /// What follows is of the series of a message that has its labels in the fields of number 1, by
    /// the number of the query.
    pub(super) fn labelled(&mut self, query: usize, message: &[u8]) -> Result<(), Unusable> {
        let mut pairs = Vec::with_capacity(16);
        let mut fields = Fields::new(message);
        while let Some((number, value)) = fields.next()? {
            if number == 1 {
                pairs.push(wire::label(value.bytes()?)?);
            }
        }
        self.series(query, pairs)
    }

    /// What follows is of this series, by the number of the query; pairs in any order.
    pub(super) fn series(
        &mut self,
        query: usize,
        pairs: Vec<(&[u8], &[u8])>,
    ) -> Result<(), Unusable> {
        let n = self.reading.parts.len();
        let part = self.reading.parts.get(query);
        let part = part.ok_or_else(|| format!("it answers query {query} of {n}"))?;
        let labels = labels(part, pairs)?;
        if self.series.as_ref().is_some_and(|series| series.labels == labels) {
            return Ok(());
        }
        self.end_series()?;
        let from = self.made.timestamps.len();
        self.series = Some(Series { labels, from, last: (None, None), histograms: Vec::new() });
        Ok(())
    }

    pub(super) fn float(&mut self, t: i64, value: f64) -> Result<(), Unusable> {
        let series = self.series.as_mut().expect("a series was begun");
        if series.last.0.is_some_and(|last| t <= last) {
            return Err(order(self.reading.form, &series.labels, t));
        }
        series.last.0 = Some(t);
        let (lo, hi) = self.reading.window;
        if t <= lo || t > hi || is_stale(value) {
            return Ok(());
        }
        self.room = self.room.checked_sub(SAMPLE_BYTES).ok_or(Unusable::TooLarge)?;
        self.made.timestamps.push(t);
        // As text, any NaN is the same.
        self.made.values.push(if value.is_nan() { f64::from_bits(NAN_BITS) } else { value });
        Ok(())
    }

    pub(super) fn histogram(&mut self, t: i64, value: Arc<FloatHistogram>) -> Result<(), Unusable> {
        let series = self.series.as_mut().expect("a series was begun");
        if series.last.1.is_some_and(|last| t <= last) {
            return Err(order(self.reading.form, &series.labels, t));
        }
        series.last.1 = Some(t);
        let (lo, hi) = self.reading.window;
        if t <= lo || t > hi || value.is_stale() {
            return Ok(());
        }
        let bytes = HISTOGRAM_BYTES + 8 * value.counts().len() as u64;
        self.room = self.room.checked_sub(bytes).ok_or(Unusable::TooLarge)?;
        series.histograms.push((t, value));
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<SeriesColumns, Unusable> {
        self.end_series()?;
        Ok(self.made)
    }

    fn end_series(&mut self) -> Result<(), Unusable> {
        let Some(Series { labels, from, histograms, .. }) = self.series.take() else {
            return Ok(());
        };
        let floats = &self.made.timestamps[from..];
        if floats.is_empty() && histograms.is_empty() {
            return Ok(());
        }
        if histograms.iter().any(|(t, _)| floats.binary_search(t).is_ok()) {
            return Err(format!("{labels} has two samples of one time").into());
        }
        if !self.seen.insert(labels.clone()) {
            return Err(Unusable::Doubtful(format!("{labels} came twice")));
        }
        self.made.push_histograms(histograms);
        self.made.end_series(labels);
        Ok(())
    }
}

/// Times that do not ascend: chunks may overlap, and only the server knows which sample counts.
fn order(form: Form, labels: &Labels, t: i64) -> Unusable {
    match form {
        Form::Chunks => Unusable::Doubtful(format!("chunks of {labels} overlap")),
        Form::Samples => Unusable::Malformed(format!("{labels}: times do not ascend at {t} ms")),
    }
}

/// A series' own labels, without those that were added.
fn labels(part: &Part, mut pairs: Vec<(&[u8], &[u8])>) -> Result<Labels, Unusable> {
    if !pairs.is_sorted_by(|a, b| a.0 < b.0) {
        pairs.sort_by_key(|(name, _)| *name);
    }
    let mut texts = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        let (Ok(name), Ok(value)) = (str::from_utf8(name), str::from_utf8(value)) else {
            let shown = String::from_utf8_lossy(name);
            return Err(format!("the label {shown:?} is no UTF-8").into());
        };
        if texts.last().is_some_and(|(before, _)| *before == name) {
            return Err(format!("a series has the label {name:?} twice").into());
        }
        texts.push((name, value));
    }
    texts.retain(|(_, value)| !value.is_empty());
    for (name, value) in &part.added {
        let at = texts.binary_search_by_key(&name.as_str(), |(name, _)| *name).ok();
        let Some(at) = at.filter(|at| texts[*at].1 == value) else {
            let why = format!("the external label {name}={value:?} was not added");
            return Err(Unusable::Changed(why));
        };
        texts.remove(at);
    }
    if let Some((name, _)) = part.doubtful.iter().find(|(n, v)| texts.contains(&(n, v))) {
        let why = format!("some series have the external label {name} themselves");
        return Err(Unusable::Doubtful(why));
    }
    Ok(Labels::from_sorted(texts))
}
