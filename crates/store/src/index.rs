//! From label sets and metric names to series.

use std::collections::BTreeMap;

use hashbrown::HashTable;
use model::{Labels, METRIC_NAME, MatchOp, Matcher};

/// Label sets by their own hash, and series by metric name. A series comes and goes in constant
/// time, however many there are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    by_labels: HashTable<u32>,
    /// Ids under each metric name in any order; the empty name for series without one.
    by_name: BTreeMap<Box<str>, Vec<u32>>,
    /// Per id its place among those of its name.
    places: Vec<u32>,
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
        let name = labels.metric_name();
        if !self.by_name.contains_key(name) {
            self.by_name.insert(name.into(), Vec::new());
        }
        let ids = self.by_name.get_mut(name).expect("it was just made");
        if self.places.len() <= id as usize {
            self.places.resize(id as usize + 1, 0);
        }
        self.places[id as usize] = u32::try_from(ids.len()).expect("under 4 G series a table");
        ids.push(id);
    }

    pub(crate) fn remove(&mut self, id: u32, labels: &Labels) {
        if let Ok(entry) = self.by_labels.find_entry(labels.hash64(), |other| *other == id) {
            entry.remove();
        }
        if let Some(ids) = self.by_name.get_mut(labels.metric_name()) {
            let place = self.places[id as usize];
            ids.swap_remove(place as usize);
            if let Some(moved) = ids.get(place as usize) {
                self.places[*moved as usize] = place;
            }
            if ids.is_empty() {
                self.by_name.remove(labels.metric_name());
            }
        }
    }

    /// Ascending ids of the series whose metric name satisfies the matchers on it.
    pub(crate) fn candidates(&self, matchers: &[Matcher]) -> Vec<u32> {
        let of_name: Vec<&Matcher> = matchers.iter().filter(|m| *m.name == *METRIC_NAME).collect();
        let mut ids: Vec<u32> = if let Some(name) = equal_name(matchers) {
            let all = of_name.iter().all(|m| m.matches(name));
            self.by_name.get(name).filter(|_| all).cloned().unwrap_or_default()
        } else {
            let fits = |name: &str| of_name.iter().all(|m| m.matches(name));
            let names = self.by_name.iter().filter(|(name, _)| fits(name));
            names.flat_map(|(_, ids)| ids.iter().copied()).collect()
        };
        ids.sort_unstable();
        ids
    }
}

/// The metric name that matchers ask for.
pub(crate) fn equal_name(matchers: &[Matcher]) -> Option<&str> {
    let is_name = |m: &&Matcher| *m.name == *METRIC_NAME && m.op == MatchOp::Equal;
    matchers.iter().find(is_name).map(|m| &*m.value)
}
