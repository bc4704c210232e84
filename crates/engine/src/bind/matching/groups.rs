//! Match groups: rows of two sides that agree in the labels that decide.

use hashbrown::{HashTable, hash_table::Entry};
use model::{Labels, METRIC_NAME};
use promql::ast::Matching;

use super::{NONE, match_names, signature};
use crate::{
    bind::{
        classes::{Before, Class, Classes},
        origin::{Delta, NEW, Origins},
        rows::number,
    },
    row::Row,
};

/// The match groups of the rows of two sides, one after the other.
pub(super) struct MatchGroups {
    /// Per row of the first side and then of the second one.
    of_row: Vec<u32>,
    /// Per group the hash of its signature.
    hashes: Vec<u64>,
}

impl MatchGroups {
    pub(super) fn new<'a>(matching: &Matching, sides: [&'a [Row]; 2]) -> Self {
        let names = match_names(matching);
        let decides = |name: &str| {
            let is_named = names.contains(&name);
            if matching.on { is_named } else { !is_named && name != METRIC_NAME }
        };
        let deciding = |labels: &'a Labels| labels.iter().filter(|(name, _)| decides(name));
        let mut numbers: HashTable<u32> = HashTable::new();
        // Per group the hash of its signature, and a row.
        let (mut hashes, mut firsts, mut buffer) = (Vec::new(), Vec::<&Labels>::new(), Vec::new());
        let group = |row: &'a Row| {
            let hash = row.labels.hash64_of(decides, &mut buffer);
            let is_of = |group: &u32| deciding(&row.labels).eq(deciding(firsts[*group as usize]));
            match numbers.entry(hash, is_of, |group| hashes[*group as usize]) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(vacant) => {
                    let next = number(hashes.len());
                    vacant.insert(next);
                    hashes.push(hash);
                    firsts.push(&row.labels);
                    next
                }
            }
        };
        let of_row = sides.into_iter().flatten().map(group).collect();
        Self { of_row, hashes }
    }

    /// Follows rows that came or went; `before` has the groups of the rows of both sides.
    pub(super) fn follow(
        matching: &Matching,
        sides: [&[Row]; 2],
        deltas: [&Delta; 2],
        before: [&[u32]; 2],
        hashes: &[u64],
    ) -> Self {
        let names = match_names(matching);
        let [first, second] = sides;
        let key = |row: usize| {
            let row = first.get(row).unwrap_or_else(|| &second[row - first.len()]);
            signature(matching.on, &names, &row.labels)
        };
        let n_before = number(before[0].len());
        let shifted = |old: &u32| if *old == NEW { NEW } else { old + n_before };
        let mut of = deltas[0].origins(first.len()).to_vec();
        of.extend(deltas[1].origins(second.len()).iter().map(shifted));
        let delta = (&Delta::From(Origins::new(of)), first.len() + second.len());
        let of_row = before.concat();
        let known = BySignature::new(&of_row, hashes, delta, &key);
        let Classes { of_row, all } = Classes::follow(&of_row, &known, delta, key);
        let hash = |class: Class| match class.old {
            Some(old) => hashes[old as usize],
            None => class.key.expect("a new class has its key").hash64(),
        };
        Self { of_row, hashes: all.into_iter().map(hash).collect() }
    }

    /// The groups of the rows of both sides, and the hashes.
    pub(super) fn split(mut self, n_first: usize) -> (Vec<u32>, Vec<u32>, Vec<u64>) {
        let second = self.of_row.split_off(n_first);
        (self.of_row, second, self.hashes)
    }
}

/// Match groups before. Their signatures are those of rows that stay.
struct BySignature<'a, K> {
    hashes: &'a [u64],
    /// Per group a row that stays.
    stays: Vec<u32>,
    key: &'a K,
}

impl<'a, K: Fn(usize) -> Labels> BySignature<'a, K> {
    fn new(of_row: &[u32], hashes: &'a [u64], (delta, n): (&Delta, usize), key: &'a K) -> Self {
        let mut stays = vec![NONE; hashes.len()];
        for row in 0..n {
            if let Some(old) = delta.old(row) {
                stays[of_row[old] as usize] = number(row);
            }
        }
        Self { hashes, stays, key }
    }
}

impl<K: Fn(usize) -> Labels> Before for BySignature<'_, K> {
    fn len(&self) -> usize {
        self.hashes.len()
    }

    fn hash(&self, class: usize) -> u64 {
        self.hashes[class]
    }

    fn has(&self, class: usize, key: &Labels) -> bool {
        self.stays[class] != NONE && (self.key)(self.stays[class] as usize) == *key
    }
}
