//! Lists of row numbers that binding no longer needs, for those that it makes next.
//!
//! Where a million series come and go, each list takes megabytes: the system clears fresh memory
//! for them, which takes longer than to fill them.

use std::sync::{Arc, Mutex, PoisonError};

/// So many lists are kept.
const KEPT: usize = 6;
/// Shorter ones are not worth it.
const LEAST: usize = 4096;

/// Lists without contents.
#[derive(Debug, Default)]
pub(crate) struct Room(Mutex<Vec<Vec<u32>>>);

impl Room {
    /// A list with room for so many numbers: the least that has it.
    pub(crate) fn take(&self, n: usize) -> Vec<u32> {
        let mut lists = self.lists();
        let fitting = lists.iter().enumerate().filter(|(_, list)| list.capacity() >= n);
        match fitting.min_by_key(|(_, list)| list.capacity()).map(|(i, _)| i) {
            Some(i) => lists.swap_remove(i),
            // Next time there may be a few more.
            None => Vec::with_capacity(n + n / 16),
        }
    }

    /// Takes a list back; the smallest goes where there are too many.
    pub(crate) fn give(&self, mut list: Vec<u32>) {
        list.clear();
        if list.capacity() < LEAST {
            return;
        }
        let mut lists = self.lists();
        lists.push(list);
        if lists.len() > KEPT {
            let smallest = lists.iter().enumerate().min_by_key(|(_, list)| list.capacity());
            if let Some(i) = smallest.map(|(i, _)| i) {
                lists.swap_remove(i);
            }
        }
    }

    /// The same of a list that others may still read.
    pub(crate) fn give_shared(&self, list: Arc<Vec<u32>>) {
        if let Ok(list) = Arc::try_unwrap(list) {
            self.give(list);
        }
    }

    fn lists(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u32>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_list_that_fits_is_taken() {
        let room = Room::default();
        let shared = Arc::new(vec![1; 5000]);
        room.give_shared(Arc::clone(&shared));
        assert!(room.lists().is_empty(), "somebody reads it");
        room.give_shared(shared);
        room.give(vec![1; 9000]);
        room.give(vec![1; LEAST - 1]);
        assert_eq!(room.take(4000).capacity(), 5000);
        assert_eq!(room.take(6000), Vec::<u32>::new());
        assert!(room.take(6000).capacity() < 9000 && room.lists().is_empty());
        (0..=KEPT).for_each(|i| room.give(vec![0; LEAST + i]));
        assert_eq!(room.lists().len(), KEPT);
        assert!(room.lists().iter().all(|list| list.capacity() > LEAST));
    }
}
