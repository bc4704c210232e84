//! What came and went: a consumer that knew a table's series asks for the difference.

use std::collections::VecDeque;

use model::Labels;

use crate::table::SeriesId;

/// Which series a table has. Equal versions of a table and of its copies mean the same series
/// under the same numbers; versions of tables with different histories differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Version {
    /// How many times a series came or went.
    n_changes: u64,
    /// Tells histories of one length apart.
    history: u64,
}

/// The difference between two versions of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Numbers of series that were there and are gone, ascending. Such a number may have been given
    /// to another series since, and is then in `new` too.
    pub gone: Vec<SeriesId>,
    /// Series that were not there, ascending.
    pub new: Vec<SeriesId>,
}

/// The latest changes, the oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    entries: VecDeque<Entry>,
    /// The version before the first entry.
    before: Version,
    now: Version,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// That of the version after the change.
    history: u64,
    id: u32,
    /// Of the metric name, with the lowest bit telling whether the series came.
    name_and_kind: u32,
}

/// A table without many series still remembers this many changes.
const FEW: usize = 1024;

impl Log {
    pub(crate) fn version(&self) -> Version {
        self.now
    }

    /// Notes that a series came or went. Of a table of `n_series`, about half as many changes are
    /// remembered: who missed more does as well to look at all series.
    pub(crate) fn note(&mut self, id: u32, labels: &Labels, came: bool, n_series: usize) {
        let name_and_kind = name_bits(labels.metric_name()) | u32::from(came);
        let change = labels.hash64() ^ u64::from(id) << 1 ^ u64::from(came);
        let history =
            (self.now.history.rotate_left(23) ^ change).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.entries.push_back(Entry { history, id, name_and_kind });
        self.now = Version { n_changes: self.now.n_changes + 1, history };
        if self.entries.len() > FEW.max(n_series / 2) {
            self.forget(self.entries.len() / 2);
        }
    }

    fn forget(&mut self, n: usize) {
        if let Some(last) = n.checked_sub(1).and_then(|last| self.entries.get(last)) {
            let n_changes = self.before.n_changes + n as u64;
            self.before = Version { n_changes, history: last.history };
            self.entries.drain(..n);
        }
    }

    /// The changes since a version, of series that may have a metric name where one is given. None
    /// where that version is another table's, or too long ago.
    pub(crate) fn since(&self, version: Version, name: Option<&str>) -> Option<Changes> {
        let passed = version.n_changes.checked_sub(self.before.n_changes)?;
        let passed = usize::try_from(passed).ok()?;
        let then = match passed.checked_sub(1) {
            None => self.before,
            Some(last) => Version { history: self.entries.get(last)?.history, ..version },
        };
        if then != version {
            return None;
        }
        let name = name.map(name_bits);
        let entries = self.entries.range(passed..);
        let entries = entries.filter(|e| name.is_none_or(|name| e.name_and_kind | 1 == name | 1));
        let mut of_ids: Vec<(u32, bool)> =
            entries.map(|e| (e.id, e.name_and_kind & 1 == 1)).collect();
        of_ids.sort_by_key(|(id, _)| *id);
        let mut changes = Changes::default();
        for of_id in of_ids.chunk_by(|a, b| a.0 == b.0) {
            let (id, first_came) = of_id[0];
            let (_, last_came) = of_id[of_id.len() - 1];
            if !first_came {
                changes.gone.push(SeriesId(id));
            }
            if last_came {
                changes.new.push(SeriesId(id));
            }
        }
        Some(changes)
    }
}

/// FNV-1a without its lowest bit.
fn name_bits(name: &str) -> u32 {
    let add = |sum: u32, byte: u8| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    name.bytes().fold(0x811c_9dc5, add) & !1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(name: &str, i: u32) -> Labels {
        Labels::from_pairs([("__name__", name), ("i", &i.to_string())])
    }

    fn ids(changes: Option<Changes>) -> Option<(Vec<u32>, Vec<u32>)> {
        let numbers = |ids: Vec<SeriesId>| ids.into_iter().map(|id| id.0).collect();
        changes.map(|c| (numbers(c.gone), numbers(c.new)))
    }

    #[test]
    fn what_comes_and_goes_in_between_is_no_difference() {
        let mut log = Log::default();
        let start = log.version();
        log.note(0, &labels("a", 0), true, 1);
        let one = log.version();
        log.note(1, &labels("a", 1), true, 2);
        log.note(1, &labels("a", 1), false, 1);
        assert_eq!(ids(log.since(one, None)), Some((vec![], vec![])));
        log.note(0, &labels("a", 0), false, 0);
        log.note(0, &labels("b", 2), true, 1);
        assert_eq!(ids(log.since(one, None)), Some((vec![0], vec![0])));
        assert_eq!(ids(log.since(one, Some("a"))), Some((vec![0], vec![])));
        assert_eq!(ids(log.since(one, Some("b"))), Some((vec![], vec![0])));
        assert_eq!(ids(log.since(start, None)), Some((vec![], vec![0])));
        assert_eq!(ids(log.since(log.version(), None)), Some((vec![], vec![])));
    }

    #[test]
    fn other_histories_and_forgotten_ones_have_no_difference() {
        let mut log = Log::default();
        let start = log.version();
        log.note(0, &labels("a", 0), true, 1);
        let mut other = log.clone();
        log.note(1, &labels("a", 1), true, 2);
        other.note(1, &labels("a", 2), true, 2);
        assert_ne!(log.version(), other.version());
        assert_eq!(log.since(other.version(), None), None);
        assert!(log.since(start, None).is_some());
        for i in 2..=u32::try_from(FEW).unwrap() {
            log.note(i, &labels("a", i), true, 2);
        }
        assert_eq!(log.since(start, None), None);
        assert!(log.since(log.version(), None).is_some());
    }
}
