//! What one scrape of one target returned.

use model::{FloatHistogram, Labels, SampleValue};

/// Label sets and values, in the order in which the target exports them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    labels: Vec<Labels>,
    values: Vec<SampleValue>,
}

impl Page {
    /// Adds a sample.
    pub(crate) fn push(&mut self, labels: &Labels, value: f64) {
        self.push_value(labels, value.into());
    }

    /// Adds a counter's sample: counters count whole things.
    pub(crate) fn push_count(&mut self, labels: &Labels, value: f64) {
        self.push(labels, value.floor());
    }

    /// Adds a native histogram.
    pub(crate) fn push_histogram(&mut self, labels: &Labels, value: FloatHistogram) {
        self.push_value(labels, value.into());
    }

    fn push_value(&mut self, labels: &Labels, value: SampleValue) {
        self.labels.push(labels.clone());
        self.values.push(value);
    }

    pub(crate) fn clear(&mut self) {
        self.labels.clear();
        self.values.clear();
    }

    pub(crate) fn labels(&self) -> &[Labels] {
        &self.labels
    }

    pub(crate) fn samples(&self) -> impl Iterator<Item = (&Labels, &SampleValue)> {
        self.labels.iter().zip(&self.values)
    }
}
