//! Selectors to series: of the overlay first, then of the tables that came from outside.

use std::collections::HashSet;

use model::{Labels, METRIC_NAME, MatchOp};
use promql::FunctionId;
use store::SeriesId;

use super::rows::number;
use crate::{
    engine::{Base, Ctx},
    notice::NoticeKind,
    plan::{FragmentId, FragmentKind},
    row::{METADATA, Row},
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

/// The series that a fragment selects, with their label sets, in the order of these: results do
/// not depend on the order in which series came. A series of the overlay hides the one of equal
/// labels from outside.
pub(crate) fn series(id: FragmentId, ctx: &Ctx<'_>) -> (Vec<SeriesRef>, Vec<Labels>) {
    found(id, None, ctx)
}

/// The same of sample times. A source tells them without names; the name is known all the same
/// where the fragment asks for one.
pub(crate) fn times(id: FragmentId, ctx: &Ctx<'_>) -> (Vec<SeriesRef>, Vec<Labels>) {
    let matchers = ctx.plan.fragments[id.0 as usize].matchers.iter();
    let mut names = matchers.filter(|m| *m.name == *METRIC_NAME && m.op == MatchOp::Equal);
    found(id, names.next().map(|m| &*m.value), ctx)
}

fn found(id: FragmentId, name: Option<&str>, ctx: &Ctx<'_>) -> (Vec<SeriesRef>, Vec<Labels>) {
    let fragment = &ctx.plan.fragments[id.0 as usize];
    let mut found: Vec<(Labels, SeriesRef)> = Vec::new();
    if let Some(overlay) = ctx.data.overlay {
        let ids = overlay.select(&fragment.matchers).into_iter();
        found.extend(ids.map(|id| (overlay.labels(id).clone(), SeriesRef::Overlay(id))));
    }
    let nameless = fragment.kind == FragmentKind::SampleTime;
    let shown = |l: &Labels| if nameless { l.without(&METADATA) } else { l.clone() };
    let hidden: HashSet<Labels> = found.iter().map(|(labels, _)| shown(labels)).collect();
    let mut base = |id: SeriesId, labels: &Labels| {
        if hidden.is_empty() || !hidden.contains(labels) {
            found.push((labels.clone(), SeriesRef::Base(id)));
        }
    };
    match ctx.data.base {
        Base::Whole(table) => {
            table.select(&fragment.matchers).into_iter().for_each(|id| base(id, table.labels(id)));
        }
        Base::Fragments(tables) => {
            tables[id.0 as usize].series().for_each(|(id, labels)| base(id, labels));
            if let Some(name) = name {
                let told = found.iter_mut().filter(|(_, s)| matches!(s, SeriesRef::Base(_)));
                told.for_each(|(l, _)| *l = l.to_builder().set(METRIC_NAME, name).build());
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.into_iter().map(|(labels, series)| (series, labels)).unzip()
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
    pub(crate) fn new(function: FunctionId, rows: &[Row], ctx: &Ctx<'_>) -> Self {
        let mut all = Self::default();
        if !matches!(function, FunctionId::Rate | FunctionId::Increase) {
            return all;
        }
        for (i, row) in rows.iter().enumerate() {
            let found = if ctx.plan.options.type_and_unit_labels {
                suspicious_type(&row.labels)
            } else {
                suspicious_name(&row.labels)
            };
            if let Some(kind) = found {
                // Series of one metric mostly follow each other.
                let known = all.kinds.iter().rposition(|known| *known == kind);
                let index = known.unwrap_or_else(|| {
                    all.kinds.push(kind);
                    all.kinds.len() - 1
                });
                all.of.resize(rows.len(), 0);
                all.of[i] = number(index + 1);
            }
        }
        all
    }

    /// What there is to say of a series.
    pub(crate) fn get(&self, series: usize) -> Option<&NoticeKind> {
        let index = self.of.get(series)?.checked_sub(1)?;
        self.kinds.get(index as usize)
    }
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
