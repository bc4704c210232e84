//! What a database makes of appended samples: where its chunks are cut, and with them what
//! histograms say about counter resets once they are read.
//!
//! As prometheus `tsdb/head_append.go` with the options of its own test runner: nothing out of
//! order, chunks of a day at most. Chunks are not stored encoded; only their size is reckoned.
//! Start at [`Head::append`]; a series is in `head/series.rs`, when a chunk of histograms has to
//! end in `head/chunk.rs`, its size in `head/size.rs`.

mod chunk;
mod series;
mod size;

use std::collections::BTreeMap;

use model::{
    Labels, SampleValue, histogram::FloatHistogram, is_stale, number::format_g, stale_nan,
};
use store::{Append, Table};

use self::series::SeriesHead;

/// Chunks end at multiples of a day.
const CHUNK_RANGE: i64 = 24 * 60 * 60 * 1000;

/// A sample as it is appended, or as it is read.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Milliseconds.
    pub t: i64,
    /// Start timestamp in milliseconds; 0 where there is none.
    pub start: i64,
    /// The value.
    pub value: SampleValue,
}

/// All series with their chunks.
#[derive(Debug, Default)]
pub struct Head {
    series: BTreeMap<Labels, SeriesHead>,
    newest: Option<i64>,
}

impl Head {
    /// Appends the samples of many series, all or none of them.
    pub fn append(&mut self, batch: &[(Labels, Vec<Sample>)]) -> Result<(), String> {
        let oldest = self.newest.map_or(i64::MIN, |t| t - CHUNK_RANGE / 2);
        for (labels, samples) in batch {
            for sample in samples {
                self.check(labels, sample, oldest)?;
            }
        }
        for (labels, samples) in batch.iter().filter(|(_, samples)| !samples.is_empty()) {
            let series = self.series.entry(labels.clone()).or_default();
            for sample in in_order_of_commit(samples, series.ends_with_histogram()) {
                series.append(sample);
            }
            self.newest = self.newest.max(series.newest());
        }
        Ok(())
    }

    /// Whether a series has samples here.
    pub fn has(&self, labels: &Labels) -> bool {
        self.series.contains_key(labels)
    }

    /// The newest sample of a series as it is read.
    pub fn newest(&self, labels: &Labels) -> Option<Sample> {
        self.series.get(labels)?.newest_read()
    }

    /// What is read from it, series by series.
    pub fn series(&self) -> impl Iterator<Item = (&Labels, Vec<Sample>)> {
        self.series.iter().map(|(labels, series)| (labels, series.samples().collect()))
    }

    /// What is read from it.
    pub fn table(&self) -> Table {
        let mut table = Table::new();
        for (labels, samples) in self.series() {
            let id = table.series_id(labels);
            for Sample { t, start, value } in samples {
                let appended = table.append_value(id, t, start, value);
                debug_assert_eq!(appended, Append::Added, "chunks are in order");
            }
        }
        table
    }

    /// Whether a sample can be appended to what was there before the batch.
    fn check(&self, labels: &Labels, sample: &Sample, oldest: i64) -> Result<(), String> {
        if let SampleValue::Histogram(value) = &sample.value {
            value.validate().map_err(|error| error.to_string())?;
        }
        if sample.t < oldest {
            return Err("out of bounds".to_owned());
        }
        if labels.is_empty() {
            return Err("empty labelset: invalid sample".to_owned());
        }
        let Some(last) = self.series.get(labels).and_then(SeriesHead::last) else { return Ok(()) };
        if sample.t != last.t {
            let late = sample.t < last.t;
            return if late { Err("out of order sample".to_owned()) } else { Ok(()) };
        }
        duplicate(&last.value, &sample.value, sample.t)
    }
}

/// Whether a sample may be given once more, with the time of the last one.
pub fn duplicate(last: &SampleValue, value: &SampleValue, t: i64) -> Result<(), String> {
    const DUPLICATE: &str = "duplicate sample for timestamp";
    let overrides = |why| Err(format!("{DUPLICATE} {t}; overrides not allowed: {why}"));
    match (last, value) {
        (SampleValue::Float(last), SampleValue::Float(value)) => {
            if last.to_bits() == value.to_bits() {
                return Ok(());
            }
            let [last, value] = [*last, *value].map(format_g);
            overrides(format!("existing {last}, new value {value}"))
        }
        (SampleValue::Histogram(_), SampleValue::Float(value)) => {
            overrides(format!("existing is a histogram, new value {}", format_g(*value)))
        }
        (SampleValue::Histogram(last), SampleValue::Histogram(value))
            if last.same_values(value) =>
        {
            Ok(())
        }
        (_, SampleValue::Histogram(_)) => Err(DUPLICATE.to_owned()),
    }
}

/// A stale marker with the given sum, and nothing else that would matter.
fn stale_marker(sum: f64) -> FloatHistogram {
    let mut marker = FloatHistogram::default();
    marker.sum = sum;
    marker
}

/// A stale float ends a series of histograms as a stale histogram.
fn stale_histogram() -> SampleValue {
    stale_marker(stale_nan()).into()
}

/// The samples of a series in the order in which a batch commits them: stale floats at its
/// beginning, of a series that had histograms last, come after the histograms of the batch,
/// too late to count where there are any.
fn in_order_of_commit(samples: &[Sample], mut after_histogram: bool) -> Vec<Sample> {
    let is_stale_float = |s: &Sample| s.value.float().is_some_and(is_stale);
    let mut ordered: Vec<Sample> = Vec::with_capacity(samples.len());
    let mut deferred = Vec::new();
    let floats = samples.iter().take_while(|s| s.value.float().is_some()).count();
    for sample in &samples[..floats] {
        if after_histogram && is_stale_float(sample) {
            deferred.push(Sample { value: stale_histogram(), ..sample.clone() });
        } else {
            after_histogram = false;
            ordered.push(sample.clone());
        }
    }
    let mut in_histograms = false;
    for sample in &samples[floats..] {
        let stale = is_stale_float(sample);
        in_histograms = sample.value.histogram().is_some() || in_histograms && stale;
        let value = if stale && in_histograms { stale_histogram() } else { sample.value.clone() };
        ordered.push(Sample { value, ..*sample });
    }
    ordered.extend(deferred);
    ordered
}

#[cfg(test)]
mod tests;
