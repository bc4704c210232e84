//! Selectors to series: of the overlay first, then of the tables that came from outside.

use std::{collections::HashSet, sync::Arc};

use model::Labels;
use promql::FunctionId;
use store::SeriesId;

use crate::{
    engine::{Base, Ctx},
    plan::{FragmentId, FragmentKind},
    row::{METADATA, Row},
};

/// Where a row's samples lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SeriesRef {
    /// In the table that came from outside.
    Base(SeriesId),
    /// Among what rules produced.
    Overlay(SeriesId),
    /// In the row of the same number of a subquery's inside.
    Inside,
}

/// The series that a fragment selects, with their label sets. A series of the overlay hides the
/// one of equal labels from outside.
pub(crate) fn series(id: FragmentId, ctx: &Ctx<'_>) -> (Vec<SeriesRef>, Vec<Labels>) {
    let fragment = &ctx.plan.fragments[id.0 as usize];
    let (mut refs, mut labels) = (Vec::new(), Vec::new());
    if let Some(overlay) = ctx.data.overlay {
        for id in overlay.select(&fragment.matchers) {
            refs.push(SeriesRef::Overlay(id));
            labels.push(overlay.labels(id).clone());
        }
    }
    let nameless = fragment.kind == FragmentKind::SampleTime;
    let hidden: HashSet<Labels> =
        labels.iter().map(|l| if nameless { l.without(&METADATA) } else { l.clone() }).collect();
    let mut base = |id: SeriesId, of: &Labels| {
        if hidden.is_empty() || !hidden.contains(of) {
            refs.push(SeriesRef::Base(id));
            labels.push(of.clone());
        }
    };
    match ctx.data.base {
        Base::Whole(table) => {
            table.select(&fragment.matchers).into_iter().for_each(|id| base(id, table.labels(id)));
        }
        Base::Fragments(tables) => {
            tables[id.0 as usize].series().for_each(|(id, labels)| base(id, labels));
        }
    }
    (refs, labels)
}

/// For `rate` and `increase`: the names of metrics that do not look like counters.
pub(crate) fn suspicious(function: FunctionId, rows: &[Row]) -> Vec<Option<Arc<str>>> {
    if !matches!(function, FunctionId::Rate | FunctionId::Increase) {
        return Vec::new();
    }
    let looks_right = |name: &str| {
        name.is_empty() || ["_total", "_sum", "_count", "_bucket"].iter().any(|s| name.ends_with(s))
    };
    let name =
        |row: &Row| Some(row.labels.metric_name()).filter(|n| !looks_right(n)).map(Arc::from);
    rows.iter().map(name).collect()
}
