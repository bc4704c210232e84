//! Rows in classes: rows of one key are one class, and classes are numbered in the order in which
//! their first rows come.
//!
//! Renaming that merges rows, grouping, and match groups are all that. When rows come and go, those
//! that stay are in the class in which they were; only new ones have their keys computed.

use std::collections::HashMap;

use hashbrown::HashTable;
use model::Labels;

use super::{
    origin::{Delta, NEW},
    rows::number,
};

/// Rows in classes, after some came or went.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    /// Per row its class.
    pub(crate) of_row: Vec<u32>,
    pub(crate) all: Vec<Class>,
}

#[derive(Debug)]
pub(crate) struct Class {
    /// The class that it was.
    pub(crate) old: Option<u32>,
    /// Its first row.
    pub(crate) first: u32,
    /// Whether that was its first row before, too.
    pub(crate) same_first: bool,
    /// Of a class that was not there before.
    pub(crate) key: Option<Labels>,
}

/// What is known of classes before.
pub(crate) trait Before {
    /// How many there were.
    fn len(&self) -> usize;
    /// The hash of a class' key.
    fn hash(&self, class: usize) -> u64;
    /// Whether a class has a key.
    fn has(&self, class: usize, key: &Labels) -> bool;
}

impl Classes {
    /// Follows rows that came or went. `of_row` tells the classes of the rows before, `key` the key
    /// of a row now.
    pub(crate) fn follow(
        of_row: &[u32],
        before: &impl Before,
        (delta, n): (&Delta, usize),
        key: impl Fn(usize) -> Labels,
    ) -> Self {
        let mut firsts = vec![NEW; before.len()];
        for (row, class) in of_row.iter().enumerate().rev() {
            firsts[*class as usize] = number(row);
        }
        let mut known: Option<HashTable<u32>> = None;
        let mut fresh: HashMap<Labels, u32> = HashMap::new();
        // Per class before, its number now.
        let mut now = vec![NEW; before.len()];
        let mut classes = Self { of_row: Vec::with_capacity(n), all: Vec::new() };
        for row in 0..n {
            // Mostly a row stays in a class that was met before.
            let stays = delta.old(row).map_or(NEW, |old| now[of_row[old] as usize]);
            if stays != NEW {
                classes.of_row.push(stays);
                continue;
            }
            let next = number(classes.all.len());
            let old = delta.old(row).map(|old| of_row[old]).ok_or_else(|| key(row));
            let old = old.or_else(|key| {
                let known = known.get_or_insert_with(|| by_hash(before));
                let found = known.find(key.hash64(), |c| before.has(*c as usize, &key));
                found.copied().ok_or(key)
            });
            let class = match old {
                Ok(old) => {
                    let now = &mut now[old as usize];
                    if *now == NEW {
                        *now = next;
                        let was = delta.old(row).map(number);
                        let same_first = was == Some(firsts[old as usize]);
                        let first = number(row);
                        classes.all.push(Class { old: Some(old), first, same_first, key: None });
                    }
                    *now
                }
                Err(key) => *fresh.entry(key).or_insert_with_key(|key| {
                    let (first, key) = (number(row), Some(key.clone()));
                    classes.all.push(Class { old: None, first, same_first: false, key });
                    next
                }),
            };
            classes.of_row.push(class);
        }
        classes
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }
}

fn by_hash(before: &impl Before) -> HashTable<u32> {
    let mut known = HashTable::with_capacity(before.len());
    for class in 0..before.len() {
        known.insert_unique(before.hash(class), number(class), |c| before.hash(*c as usize));
    }
    known
}

/// Classes before by the keys of rows that stay.
pub(crate) struct ByMembers(Vec<Option<Labels>>);

impl ByMembers {
    pub(crate) fn new(
        of_row: &[u32],
        n_classes: usize,
        (delta, n): (&Delta, usize),
        key: &impl Fn(usize) -> Labels,
    ) -> Self {
        let mut keys = vec![None; n_classes];
        if delta.new_rows(n).next().is_some() {
            for row in 0..n {
                if let Some(was) = delta.old(row) {
                    keys[of_row[was] as usize].get_or_insert_with(|| key(row));
                }
            }
        }
        Self(keys)
    }
}

impl Before for ByMembers {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn hash(&self, class: usize) -> u64 {
        self.0[class].as_ref().map_or(0, Labels::hash64)
    }

    fn has(&self, class: usize, key: &Labels) -> bool {
        self.0[class].as_ref() == Some(key)
    }
}
