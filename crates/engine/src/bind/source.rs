//! The series of a fragment, shared by all nodes that read it.
//!
//! A source follows its tables: what came and went since it looked last is merged into what it
//! has, so a new series costs a search among the old ones, and no label set is hashed or sorted
//! again. It keeps no label sets: the tables have them.

use std::{
    borrow::Cow,
    sync::{Arc, atomic::AtomicU64},
};

use model::{Labels, METRIC_NAME, MatchOp};
use store::{Changes, SeriesId, Table, Version};

use super::{
    origin::{Delta, History, NEW},
    rows::number,
    select::{SeriesRef, Visit, found},
};
use crate::{
    engine::{Base, Data, next},
    plan::{Fragment, node::Op},
};

/// The series that a fragment selects, in the order of their labels.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) series: Arc<Vec<SeriesRef>>,
    /// The series in the order in which their samples lie in memory.
    pub(crate) visit: Arc<Vec<Visit>>,
    /// Changes whenever `series` does; 0 before it looked.
    pub(crate) version: u64,
    history: History,
    /// How many are of the overlay.
    n_overlay: usize,
    base: Version,
    overlay: Version,
}

/// Where the source that an operation reads stands among all.
pub(crate) fn place(op: &Op) -> Option<usize> {
    let named = matches!(op, Op::SampleTime { .. } | Op::StartTime { .. });
    op.fragment().map(|fragment| fragment.0 as usize * 2 + usize::from(named))
}

/// The tables that a source reads.
#[derive(Clone, Copy)]
pub(crate) struct Tables<'a> {
    fragment: &'a Fragment,
    pub(crate) data: &'a Data<'a>,
    /// What series from outside are called, where they were fetched without their names.
    name: Option<&'a str>,
}

impl<'a> Tables<'a> {
    /// Those of the source at a place.
    pub(crate) fn of(place: usize, fragments: &'a [Fragment], data: &'a Data<'a>) -> Self {
        let fragment = &fragments[place / 2];
        let is_name = |m: &&model::Matcher| *m.name == *METRIC_NAME && m.op == MatchOp::Equal;
        let mut names = fragment.matchers.iter().filter(is_name).map(|m| &*m.value);
        // A source of sample times tells them without names; the name is known all the same where
        // the fragment asks for one.
        let nameless = place % 2 == 1 && matches!(data.base, Base::Fragments(_));
        Self { fragment, data, name: names.next().filter(|_| nameless) }
    }

    pub(crate) fn fragment(&self) -> &'a Fragment {
        self.fragment
    }

    pub(crate) fn base(&self) -> &'a Table {
        match self.data.base {
            Base::Whole(table) => table,
            Base::Fragments(tables) => &tables[self.fragment.id.0 as usize],
        }
    }

    /// What rules produced, where it may be selected.
    pub(crate) fn overlay(&self) -> Option<&'a Table> {
        self.data.overlay.filter(|_| self.fragment.may_be_produced())
    }

    /// The label set of a series.
    pub(crate) fn labels(&self, series: SeriesRef) -> Cow<'a, Labels> {
        match series {
            SeriesRef::Base(id) => self.named(self.base().labels(id)),
            SeriesRef::Overlay(id) => {
                Cow::Borrowed(self.data.overlay.expect("a series of the overlay").labels(id))
            }
            SeriesRef::Inside => unreachable!("subqueries are no fragments"),
        }
    }

    fn named(&self, labels: &'a Labels) -> Cow<'a, Labels> {
        match self.name {
            None => Cow::Borrowed(labels),
            Some(name) => Cow::Owned(labels.to_builder().set(METRIC_NAME, name).build()),
        }
    }

    fn versions(&self) -> (Version, Version) {
        (self.base().version(), self.overlay().map(Table::version).unwrap_or_default())
    }

    /// What came and went: of the base, all of a fragment's own table, and of the overlay.
    fn changes(&self, base: Version, overlay: Version) -> Option<[Changes; 2]> {
        let matchers = match self.data.base {
            Base::Whole(_) => &self.fragment.matchers[..],
            Base::Fragments(_) => &[],
        };
        let base = self.base().changes_since(base, matchers)?;
        let of_overlay = match self.overlay() {
            Some(table) => table.changes_since(overlay, &self.fragment.matchers)?,
            None if overlay == Version::default() => Changes::default(),
            None => return None,
        };
        Some([base, of_overlay])
    }
}

impl Source {
    /// Whether it has series that rules produced.
    pub(crate) fn reads_overlay(&self) -> bool {
        self.n_overlay > 0
    }

    /// How its series differ from those of a version before, if that is known.
    pub(crate) fn since(&self, version: u64) -> Option<Delta> {
        self.history.since(version, self.version)
    }

    /// Whether the tables have other series than when it looked last; of those outside it does not
    /// matter where it is held.
    pub(crate) fn is_behind(&self, tables: Tables<'_>, is_held: bool) -> bool {
        let (base, overlay) = tables.versions();
        self.version == 0 || self.overlay != overlay || !is_held && self.base != base
    }

    /// Follows the tables.
    pub(crate) fn look(&mut self, tables: Tables<'_>, clock: &AtomicU64) {
        let looked = self.version != 0;
        let changes = tables.changes(self.base, self.overlay).filter(|_| looked);
        (self.base, self.overlay) = tables.versions();
        match changes {
            None => self.start_over(tables, clock),
            Some([base, overlay]) => self.follow(tables, &base, &overlay, clock),
        }
    }

    fn start_over(&mut self, tables: Tables<'_>, clock: &AtomicU64) {
        self.take(found(tables));
        self.version = next(clock);
        self.history.forget();
    }

    fn take(&mut self, found: Vec<SeriesRef>) {
        let numbered = (0..number(found.len())).zip(&found);
        let mut visit: Vec<Visit> =
            numbered.map(|(number, series)| Visit { series: *series, number }).collect();
        visit.sort_unstable_by_key(|visit| visit.series);
        let is_overlay = |series: &&SeriesRef| matches!(series, SeriesRef::Overlay(_));
        self.n_overlay = found.iter().filter(is_overlay).count();
        (self.series, self.visit) = (Arc::new(found), Arc::new(visit));
    }

    fn follow(&mut self, tables: Tables<'_>, base: &Changes, overlay: &Changes, clock: &AtomicU64) {
        let gone = [Numbers::new(&base.gone), Numbers::new(&overlay.gone)];
        let is_gone = |series: &SeriesRef| match series {
            SeriesRef::Base(id) => gone[0].has(*id),
            SeriesRef::Overlay(id) => gone[1].has(*id),
            SeriesRef::Inside => false,
        };
        let any_gone =
            !(base.gone.is_empty() && overlay.gone.is_empty()) && self.series.iter().any(is_gone);
        if !any_gone && base.new.is_empty() && overlay.new.is_empty() {
            return;
        }
        // A series of the overlay hides one from outside: which ones, only a look at all tells.
        let of = if self.n_overlay > 0 || !overlay.new.is_empty() {
            let known = Arc::clone(&self.visit);
            self.take(found(tables));
            let old = |series: &SeriesRef| {
                let at = known.binary_search_by_key(series, |known| known.series);
                at.ok().filter(|_| !is_gone(series)).map_or(NEW, |at| known[at].number)
            };
            self.series.iter().map(old).collect()
        } else {
            self.merge(tables, is_gone, &base.new)
        };
        let from = std::mem::replace(&mut self.version, next(clock));
        self.history.note(from, Arc::new(of));
    }

    /// Takes series out and puts new ones of the base where they belong; where each row was.
    fn merge(
        &mut self,
        tables: Tables<'_>,
        is_gone: impl Fn(&SeriesRef) -> bool,
        new: &[SeriesId],
    ) -> Vec<u32> {
        let of = |id: &SeriesId| (tables.labels(SeriesRef::Base(*id)), SeriesRef::Base(*id));
        let mut new: Vec<(Cow<'_, Labels>, SeriesRef)> = new.iter().map(of).collect();
        new.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let old = &self.series[..];
        let mut origins: Vec<u32> = Vec::with_capacity(old.len() + new.len());
        origins.extend((0..).zip(old).filter(|(_, s)| !is_gone(s)).map(|(i, _)| i));
        // Where each new one belongs among those that stay.
        let (mut from, mut places) = (0, Vec::with_capacity(new.len()));
        for (labels, _) in &new {
            let is_before = |row: &u32| tables.labels(old[*row as usize]) < *labels;
            from += reach(&origins[from..], is_before);
            places.push(from);
        }
        insert(&mut origins, &places, |_| NEW);
        let mut added = new.into_iter().map(|(_, series)| series);
        let series = origins.iter().map(|origin| match *origin {
            NEW => added.next().expect("a place for each new series"),
            row => old[row as usize],
        });
        let series: Vec<SeriesRef> = series.collect();
        self.visit = Arc::new(merged_visit(&self.visit, &series, &origins, old.len()));
        self.series = Arc::new(series);
        origins
    }
}

/// Puts more into a list in front of the places that are told, in ascending order; nothing but
/// the list takes memory.
fn insert<T: Copy>(list: &mut Vec<T>, places: &[usize], added: impl Fn(usize) -> T) {
    if places.is_empty() {
        return;
    }
    let mut end = list.len();
    list.resize(end + places.len(), added(0));
    for (i, place) in places.iter().enumerate().rev() {
        list.copy_within(*place..end, place + i + 1);
        list[place + i] = added(i);
        end = *place;
    }
}

/// How many rows at the beginning satisfy a condition that no later one does. Looks near the
/// beginning first.
pub(super) fn reach<T>(rows: &[T], is_before: impl Fn(&T) -> bool) -> usize {
    let mut step = 1;
    while step < rows.len() && is_before(&rows[step - 1]) {
        step *= 2;
    }
    let from = step / 2;
    from + rows[from..step.min(rows.len())].partition_point(is_before)
}

/// The order of visits: that of the rows that stay, with the new ones merged in.
fn merged_visit(
    before: &[Visit],
    series: &[SeriesRef],
    origins: &[u32],
    n_before: usize,
) -> Vec<Visit> {
    let now = super::origin::inverse(origins, n_before);
    let mut visit = Vec::with_capacity(series.len());
    let moved = before.iter().map(|one| Visit { number: now[one.at()], ..*one });
    visit.extend(moved.filter(|one| one.number != NEW));
    drop(now);
    let all = (0..).zip(origins).zip(series);
    let new = all.filter(|((_, origin), _)| **origin == NEW);
    let mut new: Vec<Visit> =
        new.map(|((number, _), series)| Visit { series: *series, number }).collect();
    new.sort_unstable_by_key(|one| one.series);
    let (mut from, mut places) = (0, Vec::with_capacity(new.len()));
    for one in &new {
        from += reach(&visit[from..], |other: &Visit| other.series < one.series);
        places.push(from);
    }
    insert(&mut visit, &places, |i| new[i]);
    visit
}

/// Numbers of series, to be asked for one by one.
struct Numbers(Vec<u64>);

impl Numbers {
    fn new(ids: &[SeriesId]) -> Self {
        let n = ids.last().map_or(0, |last| last.0 as usize / 64 + 1);
        let mut bits = vec![0; n];
        for id in ids {
            bits[id.0 as usize / 64] |= 1_u64 << (id.0 % 64);
        }
        Self(bits)
    }

    fn has(&self, id: SeriesId) -> bool {
        self.0.get(id.0 as usize / 64).is_some_and(|bits| bits >> (id.0 % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_put_where_they_belong() {
        let check = |places: &[usize], expected: &[u32]| {
            let mut list = vec![10, 20, 30];
            insert(&mut list, places, |i| u32::try_from(i).unwrap());
            assert_eq!(list, expected);
        };
        check(&[], &[10, 20, 30]);
        check(&[0, 0, 3], &[0, 1, 10, 20, 30, 2]);
        check(&[1, 2, 2], &[10, 0, 20, 1, 2, 30]);
        check(&[3, 3], &[10, 20, 30, 0, 1]);
    }
}
