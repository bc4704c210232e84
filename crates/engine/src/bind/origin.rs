//! Where rows came from: what a node knows of rows that stay, it need not find out again.
//!
//! A node whose rows change tells for each of them which row it was before, and since which
//! version. Who was bound to that version goes on from there; everybody else binds from nothing.

use std::{collections::VecDeque, sync::Arc};

use crate::row::Row;

/// No row: it was not there before.
pub(crate) const NEW: u32 = u32::MAX;

/// For each row the row that it was, the same in all its parts, or [`NEW`]. No two were the same.
pub(crate) type Origins = Arc<Vec<u32>>;

/// How a node's rows came to be: its last changes, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct History(VecDeque<Change>);

#[derive(Debug)]
struct Change {
    /// The version of the rows before.
    from: u64,
    of: Origins,
}

/// Who is bound less often than this many changes, binds from nothing: a rule may be evaluated
/// every other time that the node changes.
const KEPT: usize = 3;

impl History {
    /// Notes that rows of a version were followed by others.
    pub(crate) fn note(&mut self, from: u64, of: Origins) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(Change { from, of });
    }

    /// Nothing is known of the rows before.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    /// How the rows of version `now`, the last one, differ from those of `then`, if that is known.
    pub(crate) fn since(&self, then: u64, now: u64) -> Option<Delta> {
        if then == now {
            return Some(Delta::Same);
        }
        let first = self.0.iter().position(|change| change.from == then)?;
        let mut earlier = self.0.range(first..).rev();
        let mut of = Arc::clone(&earlier.next()?.of);
        for change in earlier {
            let through = |at: &u32| if *at == NEW { NEW } else { change.of[*at as usize] };
            of = Arc::new(of.iter().map(through).collect());
        }
        Some(Delta::From(of))
    }
}

/// How rows differ from those of another version.
#[derive(Clone, Debug)]
pub(crate) enum Delta {
    /// Not at all.
    Same,
    From(Origins),
}

impl Delta {
    /// Which row it was before.
    #[inline]
    pub(crate) fn old(&self, row: usize) -> Option<usize> {
        match self {
            Self::Same => Some(row),
            Self::From(of) => Some(of[row]).filter(|old| *old != NEW).map(|old| old as usize),
        }
    }

    /// The same of `n` rows, as a list.
    pub(crate) fn origins(&self, n: usize) -> Origins {
        match self {
            Self::Same => Arc::new((0..).take(n).collect()),
            Self::From(of) => Arc::clone(of),
        }
    }

    /// The rows of `n` that were not there before.
    pub(crate) fn new_rows(&self, n: usize) -> impl Iterator<Item = usize> + '_ {
        let of = match self {
            Self::Same => &[][..],
            Self::From(of) => &of[..n],
        };
        of.iter().enumerate().filter(|(_, old)| **old == NEW).map(|(row, _)| row)
    }
}

/// Whether `n` rows stayed as they were, each in its place.
pub(crate) fn is_same(of: &[u32], n: usize) -> bool {
    of.len() == n && of.iter().enumerate().all(|(i, old)| *old as usize == i)
}

/// How many rows were not there before.
pub(crate) fn n_new(of: &[u32]) -> u64 {
    of.iter().filter(|old| **old == NEW).count() as u64
}

/// Per row before, its number now, or [`NEW`] where it is gone.
pub(crate) fn inverse(of: &[u32], n_before: usize) -> Vec<u32> {
    let mut now = vec![NEW; n_before];
    for (i, old) in (0..).zip(of).filter(|(_, old)| **old != NEW) {
        now[*old as usize] = i;
    }
    now
}

/// What stands in each place now: what was there before is moved, the rest is made.
pub(crate) fn moved<T>(
    mut before: Vec<T>,
    delta: &Delta,
    mut make: impl FnMut(usize) -> T,
) -> Vec<T> {
    let Delta::From(of) = delta else { return before };
    if of.iter().filter(|old| **old != NEW).is_sorted() {
        shift(&mut before, of, make);
        return before;
    }
    let mut before: Vec<Option<T>> = before.into_iter().map(Some).collect();
    let mut take = |old: u32| before[old as usize].take().expect("no two rows were the same");
    let row = |(i, old): (usize, &u32)| if *old == NEW { make(i) } else { take(*old) };
    of.iter().enumerate().map(row).collect()
}

/// The same in place, where what stays keeps its order: what nobody came or went before is not
/// touched, and no memory is taken.
fn shift<T>(rows: &mut Vec<T>, of: &[u32], mut make: impl FnMut(usize) -> T) {
    // Rows in whose places others stand now, with the places; and the first row not yet placed.
    let (mut displaced, mut next) = (VecDeque::new(), 0);
    for (i, old) in of.iter().enumerate() {
        let place =
            |rows: &mut Vec<T>, row, next: usize, displaced: &mut VecDeque<(usize, T)>| match rows
                .get_mut(i)
            {
                Some(here) => {
                    let there = std::mem::replace(here, row);
                    if i >= next {
                        displaced.push_back((i, there));
                    }
                }
                None => rows.push(row),
            };
        if *old == NEW {
            place(rows, make(i), next, &mut displaced);
            continue;
        }
        let old = *old as usize;
        next = old + 1;
        if old >= i {
            // What was displaced is gone.
            displaced.clear();
            if old > i {
                rows.swap(i, old);
            }
            continue;
        }
        let row = std::iter::from_fn(|| displaced.pop_front()).find(|(at, _)| *at == old);
        let (_, row) = row.expect("an origin is a row that was there");
        place(rows, row, next, &mut displaced);
    }
    rows.truncate(of.len());
}

/// Rows where some are renamed as those of an input.
pub(crate) fn moved_rows(
    before: &mut Vec<Row>,
    delta: &Delta,
    make: impl FnMut(usize) -> Row,
) -> Vec<Row> {
    moved(std::mem::take(before), delta, make)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_add_up() {
        let mut history = History::default();
        for from in 1..=4 {
            history.note(from, Arc::new(vec![1, NEW, 0]));
        }
        let since = |then| history.since(then, 5).map(|delta| delta.origins(3).to_vec());
        assert_eq!(since(5), Some(vec![0, 1, 2]));
        assert_eq!(since(4), Some(vec![1, NEW, 0]));
        assert_eq!(since(3), Some(vec![NEW, NEW, 1]));
        assert_eq!(since(2), Some(vec![NEW, NEW, NEW]));
        assert_eq!(since(1), None);
    }

    #[test]
    fn what_stays_is_moved() {
        let check = |of: &[u32], expect: &str| {
            let before: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
            let delta = Delta::From(Arc::new(of.to_vec()));
            let all = moved(before, &delta, |i| i.to_string());
            assert_eq!(all.concat(), expect);
        };
        check(&[0, 1, 2], "abc");
        check(&[NEW, 0, NEW, 2, NEW], "0a2c4");
        check(&[2, NEW, 0], "c1a");
        check(&[], "");
        check(&[NEW, NEW, NEW, NEW, 2], "0123c");
        check(&[NEW, 1], "0b");
        check(&[1, NEW, NEW, 2], "b12c");
        check(&[NEW, NEW, 0, 1, NEW, 2, NEW], "01ab4c6");
        check(&[2], "c");
        check(&[0, NEW, NEW, 2], "a12c");
        assert_eq!(inverse(&[2, NEW, 0], 3), [2, NEW, 0]);
        assert!(is_same(&[0, 1], 2) && !is_same(&[0, 1], 3) && !is_same(&[1, 0], 2));
    }
}
