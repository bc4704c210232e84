//! From label sets and metric names to series.

use std::collections::BTreeMap;

use hashbrown::HashTable;
use model::{Labels, METRIC_NAME, MatchOp, Matcher};

/// Label sets by their own hash, and series by metric name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    by_labels: HashTable<u32>,
    /// Ascending ids under each metric name; the empty name for series without one.
    by_name: BTreeMap<Box<str>, Vec<u32>>,
}

impl Index {
    /// The series of a label set. `labels_of` tells the label set of a series.
    pub(crate) fn find<'a>(
        &self,
        labels: &Labels,
        labels_of: impl Fn(u32) -> &'a Labels,
    ) -> Option<u32> {
        self.by_labels.find(labels.hash64(), |id| labels_of(*id) == labels).copied()
    }

    pub(crate) fn insert<'a>(&mut self, id: u32, labels: &Labels, of: impl Fn(u32) -> &'a Labels) {
        self.by_labels.insert_unique(labels.hash64(), id, |id| of(*id).hash64());
        let ids = self.by_name.entry(labels.metric_name().into()).or_default();
        let at = ids.partition_point(|other| *other < id);
        ids.insert(at, id);
    }

    pub(crate) fn remove(&mut self, id: u32, labels: &Labels) {
        if let Ok(entry) = self.by_labels.find_entry(labels.hash64(), |other| *other == id) {
            entry.remove();
        }
        if let Some(ids) = self.by_name.get_mut(labels.metric_name()) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_name.remove(labels.metric_name());
            }
        }
    }

    /// Ascending ids of the series whose metric name satisfies the matchers on it.
    pub(crate) fn candidates(&self, matchers: &[Matcher]) -> Vec<u32> {
        let of_name: Vec<&Matcher> = matchers.iter().filter(|m| *m.name == *METRIC_NAME).collect();
        if let Some(equal) = of_name.iter().find(|m| m.op == MatchOp::Equal) {
            let all = of_name.iter().all(|m| m.matches(&equal.value));
            return self.by_name.get(&equal.value).filter(|_| all).cloned().unwrap_or_default();
        }
        let names = self.by_name.iter().filter(|(name, _)| of_name.iter().all(|m| m.matches(name)));
        let mut ids: Vec<u32> = names.flat_map(|(_, ids)| ids.iter().copied()).collect();
        ids.sort_unstable();
        ids
    }
}
