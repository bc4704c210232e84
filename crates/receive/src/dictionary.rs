//! From the hash of a series' labels to its number, or to the knowledge that nobody wants it.
//!
//! A hash of 128 bits stands for the label set: with 2^32 series known at a time, two share one
//! with a chance of 2^-65. It has a seed that is new in every process, so that nobody can make two
//! that do. What was not seen for a while is dropped; a number that is free is not given away at
//! once, for what is under way may still have it.

use std::collections::VecDeque;

use hashbrown::HashTable;
use model::Labels;

use crate::{Handle, News};

/// What tells a label set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    low: u64,
    high: u64,
}

/// The handle of what nobody wants.
pub(crate) const UNWANTED: Handle = Handle::MAX;

/// Known series. Times are seconds from anywhere.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    entries: HashTable<Entry>,
    n_wanted: usize,
    /// One above the largest handle that was ever given.
    next: Handle,
    /// Handles with the time when they became free, ascending.
    free: VecDeque<(u32, Handle)>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: Key,
    handle: Handle,
    seen: u32,
}

/// There are as many wanted series as there may be.
#[derive(Debug)]
pub(crate) struct Full;

impl From<u128> for Key {
    fn from(hash: u128) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "half of it")]
        Self { low: hash as u64, high: (hash >> 64) as u64 }
    }
}

impl Dictionary {
    /// The handle of a known series, which was seen now; [`UNWANTED`] if nobody wants it.
    #[inline]
    pub(crate) fn look(&mut self, key: Key, now: u32) -> Option<Handle> {
        let entry = self.entries.find_mut(key.low, |entry| entry.key == key)?;
        entry.seen = now;
        Some(entry.handle)
    }

    /// Adds a series with its labels and for how long its samples are kept, or one that nobody
    /// wants; if it was added meanwhile, that counts.
    pub(crate) fn add(
        &mut self,
        key: Key,
        wanted: Option<(Labels, i64)>,
        now: u32,
        (most, idle): (usize, u32),
        news: &mut Vec<News>,
    ) -> Result<Handle, Full> {
        if let Some(handle) = self.look(key, now) {
            return Ok(handle);
        }
        let handle = match wanted {
            None => UNWANTED,
            Some(_) if self.n_wanted >= most => return Err(Full),
            Some((labels, keep_ms)) => {
                self.n_wanted += 1;
                let handle = self.handle(now, idle);
                news.push(News::Series { handle, labels, keep_ms });
                handle
            }
        };
        self.entries.insert_unique(key.low, Entry { key, handle, seen: now }, |e| e.key.low);
        Ok(handle)
    }

    /// Drops what was not seen for `idle`.
    pub(crate) fn sweep(&mut self, now: u32, idle: u32, news: &mut Vec<News>) {
        self.entries.retain(|entry| {
            let lives = now.saturating_sub(entry.seen) <= idle;
            if !lives && entry.handle != UNWANTED {
                self.n_wanted -= 1;
                self.free.push_back((now, entry.handle));
                news.push(News::Gone { handle: entry.handle });
            }
            lives
        });
        if self.entries.capacity() > 4 * self.entries.len().max(1024) {
            self.entries.shrink_to(2 * self.entries.len(), |entry| entry.key.low);
        }
    }

    /// How many are wanted, and how many are not.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.n_wanted, self.entries.len() - self.n_wanted)
    }

    fn handle(&mut self, now: u32, idle: u32) -> Handle {
        if let Some((_, handle)) =
            self.free.pop_front_if(|(since, _)| now.saturating_sub(*since) > idle)
        {
            return handle;
        }
        self.next += 1;
        self.next - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(a: &str) -> Labels {
        Labels::from_pairs([("__name__", "x"), ("a", a)])
    }

    #[test]
    fn what_is_not_seen_is_dropped_and_its_number_used_again_later() {
        let (mut dictionary, mut news) = (Dictionary::default(), Vec::new());
        let limits = (10, 60);
        let mut add = |d: &mut Dictionary, key: u128, now| {
            d.add(Key::from(key), Some((labels("1"), 5)), now, limits, &mut news).unwrap()
        };
        assert_eq!((add(&mut dictionary, 1, 0), add(&mut dictionary, 2, 0)), (0, 1));
        assert_eq!(add(&mut dictionary, 1, 50), 0, "it is known");
        let mut gone = Vec::new();
        dictionary.sweep(100, 60, &mut gone);
        assert!(matches!(gone[..], [News::Gone { handle: 1 }]), "{gone:?}");
        assert_eq!(dictionary.look(Key::from(2), 100), None);
        assert_eq!(add(&mut dictionary, 2, 110), 2, "1 may still be under way");
        assert_eq!(add(&mut dictionary, 3, 161), 1);
        assert_eq!(dictionary.counts(), (3, 0));
    }

    #[test]
    fn there_is_a_bound_for_what_is_wanted() {
        let (mut dictionary, mut news) = (Dictionary::default(), Vec::new());
        let wanted = Some((labels("1"), 5));
        assert!(dictionary.add(Key::from(1), wanted.clone(), 0, (1, 60), &mut news).is_ok());
        assert!(dictionary.add(Key::from(2), wanted, 0, (1, 60), &mut news).is_err());
        let unwanted = dictionary.add(Key::from(3), None, 0, (1, 60), &mut news);
        assert!(unwanted.is_ok_and(|handle| handle == UNWANTED));
        assert_eq!(dictionary.counts(), (1, 1));
    }
}
