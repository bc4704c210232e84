//! Selectors to series: of the overlay first, then of the tables that came from outside.

use std::{borrow::Cow, collections::HashSet};

use model::Labels;
use promql::FunctionId;
use store::SeriesId;

use super::{
    origin::{Delta, moved},
    rows::number,
    source::Tables,
};
use crate::{
    engine::{Base, Ctx},
    notice::NoticeKind,
    plan::FragmentKind,
    row::METADATA,
};

/// Where a row's samples lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SeriesRef {
    /// In the table that came from outside.
    Base(SeriesId),
    /// Among what rules produced.
    Overlay(SeriesId),
    /// In the row of the same number of a subquery's inside.
    Inside,
}

/// One of the series that a node reads, where those are visited in another order than that of their
/// labels: to look a series up by its number would be a step to anywhere in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Visit {
    pub(crate) series: SeriesRef,
    /// Its number in the order of labels.
    pub(crate) number: u32,
}

impl Visit {
    /// Its number as an index.
    #[inline]
    pub(crate) fn at(self) -> usize {
        self.number as usize
    }
}

/// The series that a fragment selects, in the order of their labels: results do not depend on the
/// order in which series came. A series of the overlay hides the one of equal labels from outside.
pub(super) fn found(tables: Tables<'_>) -> Vec<SeriesRef> {
    let fragment = tables.fragment();
    let mut found: Vec<(Cow<'_, Labels>, SeriesRef)> = Vec::new();
    if let Some(overlay) = tables.overlay() {
        let ids = overlay.select(&fragment.matchers).into_iter();
        found.extend(ids.map(|id| (Cow::Borrowed(overlay.labels(id)), SeriesRef::Overlay(id))));
    }
    let fetched = matches!(tables.data.base, Base::Fragments(_));
    let nameless = fetched && fragment.kind == FragmentKind::SampleTime;
    let shown = |l: &Labels| if nameless { l.without(&METADATA) } else { l.clone() };
    let hidden: HashSet<Labels> = found.iter().map(|(labels, _)| shown(labels)).collect();
    let mut base = |id: SeriesId, labels: &Labels| {
        if hidden.is_empty() || !hidden.contains(labels) {
            let series = SeriesRef::Base(id);
            found.push((tables.labels(series), series));
        }
    };
    match tables.data.base {
        Base::Whole(table) => {
            assert!(fragment.may_be_produced(), "a table evaluates no expressions");
            table.select(&fragment.matchers).into_iter().for_each(|id| base(id, table.labels(id)));
        }
        Base::Fragments(_) => tables.base().series().for_each(|(id, labels)| base(id, labels)),
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.into_iter().map(|(_, series)| series).collect()
}

/// Which series of a `rate` or an `increase` do not look like counters, and what there is to say of
/// them.
#[derive(Debug, Default)]
pub(crate) struct Suspicious {
    /// Each once.
    kinds: Vec<NoticeKind>,
    /// Per series one more than the index of its notice, or 0; empty where no series has one.
    of: Vec<u32>,
}

impl Suspicious {
    /// Looks at all series of a function.
    pub(crate) fn new<'a>(
        function: FunctionId,
        n: usize,
        labels: impl Fn(usize) -> Cow<'a, Labels>,
        ctx: &Ctx<'_>,
    ) -> Self {
        let mut all = Self::default();
        if is_asked(function) {
            (0..n).for_each(|i| all.look(i, n, &labels(i), ctx));
        }
        all
    }

    /// Looks at series that were not there before.
    pub(crate) fn follow<'a>(
        &mut self,
        function: FunctionId,
        (delta, n): (&Delta, usize),
        labels: impl Fn(usize) -> Cow<'a, Labels>,
        ctx: &Ctx<'_>,
    ) {
        if !is_asked(function) {
            return;
        }
        if !self.of.is_empty() {
            self.of = moved(std::mem::take(&mut self.of), delta, |_| 0);
        }
        delta.new_rows(n).for_each(|i| self.look(i, n, &labels(i), ctx));
        self.forget_unused();
    }

    fn look(&mut self, i: usize, n: usize, labels: &Labels, ctx: &Ctx<'_>) {
        let by_type = ctx.plan.options.type_and_unit_labels;
        let found = if by_type { suspicious_type(labels) } else { suspicious_name(labels) };
        if let Some(kind) = found {
            // Series of one metric mostly follow each other.
            let known = self.kinds.iter().rposition(|known| *known == kind);
            let index = known.unwrap_or_else(|| {
                self.kinds.push(kind);
                self.kinds.len() - 1
            });
            self.of.resize(n, 0);
            self.of[i] = number(index + 1);
        }
    }

    /// Leaves out what no series has any more.
    fn forget_unused(&mut self) {
        let mut places = vec![0; self.kinds.len() + 1];
        self.of.iter().for_each(|index| places[*index as usize] = 1);
        let mut used = 0;
        for place in places.iter_mut().skip(1).filter(|place| **place > 0) {
            used += 1;
            *place = used;
        }
        if used as usize == self.kinds.len() {
            return;
        }
        let mut kept = places[1..].iter().map(|place| *place > 0);
        self.kinds.retain(|_| kept.next().unwrap_or(false));
        places[0] = 0;
        self.of.iter_mut().for_each(|index| *index = places[*index as usize]);
        if self.kinds.is_empty() {
            self.of = Vec::new();
        }
    }

    /// What there is to say of a series.
    pub(crate) fn get(&self, series: usize) -> Option<&NoticeKind> {
        let index = self.of.get(series)?.checked_sub(1)?;
        self.kinds.get(index as usize)
    }
}

fn is_asked(function: FunctionId) -> bool {
    matches!(function, FunctionId::Rate | FunctionId::Increase)
}

fn suspicious_name(labels: &Labels) -> Option<NoticeKind> {
    let name = labels.metric_name();
    let right = ["_total", "_sum", "_count", "_bucket"].iter().any(|s| name.ends_with(s));
    (!name.is_empty() && !right).then(|| NoticeKind::NotCounter { metric: name.into() })
}

fn suspicious_type(labels: &Labels) -> Option<NoticeKind> {
    let (name, type_label) = (labels.metric_name(), labels.value("__type__"));
    let right = matches!(type_label, "counter" | "histogram");
    (!name.is_empty() && !right)
        .then(|| NoticeKind::NotCounterType { metric: name.into(), type_label: type_label.into() })
}
