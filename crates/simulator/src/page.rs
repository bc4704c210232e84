//! What one scrape of one target returned.

use model::Labels;

/// Label sets and values, in the order in which the target exports them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    labels: Vec<Labels>,
    values: Vec<f64>,
}

impl Page {
    /// Adds a sample.
    pub(crate) fn push(&mut self, labels: &Labels, value: f64) {
        self.labels.push(labels.clone());
        self.values.push(value);
    }

    /// Adds a counter's sample: counters count whole things.
    pub(crate) fn push_count(&mut self, labels: &Labels, value: f64) {
        self.push(labels, value.floor());
    }

    pub(crate) fn clear(&mut self) {
        self.labels.clear();
        self.values.clear();
    }

    pub(crate) fn labels(&self) -> &[Labels] {
        &self.labels
    }

    pub(crate) fn samples(&self) -> impl Iterator<Item = (&Labels, f64)> {
        self.labels.iter().zip(self.values.iter().copied())
    }
}
