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
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found.into_iter().map(|(labels, series)| (series, labels)).unzip()
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
