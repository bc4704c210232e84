//! What a database makes of samples that a test gives and rules produce.
//!
//! Floats are stored as they are. Histograms go through the head of `promqltest`, because chunks
//! decide what is read back about counter resets.

use model::{Labels, SampleValue, stale_nan};
use promqltest::head::{self, Head, Sample};
use store::{Append, Table};

/// Puts samples into a table.
#[derive(Default)]
pub(crate) struct Database {
    /// The series that ever had a histogram.
    head: Head,
    has_histograms: bool,
}

impl Database {
    /// Whether any series ever had a histogram.
    pub(crate) fn has_histograms(&self) -> bool {
        self.has_histograms
    }

    /// Stores a sample, or says in Prometheus's words why not.
    pub(crate) fn append(
        &mut self,
        table: &mut Table,
        labels: &Labels,
        sample: Sample,
    ) -> Result<(), String> {
        if labels.is_empty() {
            return Err("empty labelset: invalid sample".to_owned());
        }
        let in_head = self.has_histograms && self.head.has(labels);
        if sample.value.float().is_some() && !in_head {
            return append_float(table, labels, &sample);
        }
        if !in_head && let Some(same_time) = at(table, labels, sample.t) {
            // Floats that came before the first histogram are not in the head.
            return head::duplicate(&same_time, &sample.value, sample.t);
        }
        let batch = [(labels.clone(), vec![sample])];
        self.head.append(&batch)?;
        self.has_histograms = true;
        if let Some(Sample { t, start, value }) = self.head.newest(labels) {
            let id = table.series_id(labels);
            table.append_value(id, t, start, value);
        }
        Ok(())
    }
}

fn append_float(table: &mut Table, labels: &Labels, sample: &Sample) -> Result<(), String> {
    let id = table.series_id(labels);
    match table.append_value(id, sample.t, sample.start, sample.value.clone()) {
        Append::Added => Ok(()),
        Append::OutOfOrder => Err("out of order sample".to_owned()),
        Append::Duplicate => {
            let known = at(table, labels, sample.t).unwrap_or_else(|| stale_nan().into());
            head::duplicate(&known, &sample.value, sample.t)
        }
    }
}

/// The sample of a series at a time.
fn at(table: &Table, labels: &Labels, t: i64) -> Option<SampleValue> {
    let newest = table.latest_value(table.find(labels)?, t, 1)?;
    Some(newest.value.into())
}
