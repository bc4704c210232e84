//! A counter of whole things.

use model::Labels;

use crate::page::Page;

/// A counter. It begins somewhere below one, so that counters of equal rates do not all step at
/// the same scrape.
#[derive(Clone, Debug)]
pub(crate) struct Counter {
    labels: Labels,
    value: f64,
}

impl Counter {
    pub(crate) fn new(labels: Labels) -> Self {
        let value = (labels.hash64() >> 11) as f64 / (1_u64 << 53) as f64;
        Self { labels, value }
    }

    pub(crate) fn add(&mut self, n: f64) {
        self.value += n;
    }

    /// Begins anew.
    pub(crate) fn reset(&mut self) {
        self.value = 0.0;
    }

    /// Shows the whole things counted.
    pub(crate) fn show(&self, page: &mut Page) {
        page.push_count(&self.labels, self.value);
    }

    /// Shows the value as it is: seconds, not things.
    pub(crate) fn show_fraction(&self, page: &mut Page) {
        page.push(&self.labels, self.value);
    }
}
