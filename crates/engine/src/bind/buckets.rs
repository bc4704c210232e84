//! Classic histograms: which rows are buckets of which histogram.

use std::{collections::HashMap, sync::Arc};

use model::{BUCKET_LABEL, Labels, number::parse_float};

use super::{Binding, Bound, RowMap, rows::number};
use crate::{
    engine::{Ctx, NodeState},
    kernels::histogram::Bucket,
    row::{METADATA, Row},
};

/// Rows as buckets.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    /// Per histogram, its buckets: upper bound and input row, ascending by bound.
    pub(crate) histograms: Vec<Vec<(f64, u32)>>,
    /// Per histogram, its output row.
    pub(crate) map: RowMap,
    /// Per histogram, its metric name, where names stay until the end.
    pub(crate) metrics: Vec<Option<Arc<str>>>,
    /// Input rows without a usable bound, with what stood there and the metric as above.
    pub(crate) malformed: Vec<(u32, Arc<str>, Option<Arc<str>>)>,
    pub(crate) scratch: Vec<Bucket>,
}

/// Groups rows by all their labels but `le`, the metric name included.
pub(crate) fn bind(input: &NodeState, ctx: &Ctx<'_>) -> Binding {
    let mut bound = Buckets::default();
    let mut numbers: HashMap<Labels, usize> = HashMap::new();
    let mut renamed: Vec<Row> = Vec::new();
    for (i, row) in input.rows.iter().enumerate() {
        let le = row.labels.value(BUCKET_LABEL);
        let Some(upper) = parse_float(le) else {
            bound.malformed.push((number(i), le.into(), metric(&row.labels, ctx)));
            continue;
        };
        let key = row.labels.without(&[BUCKET_LABEL]);
        let histogram = *numbers.entry(key).or_insert_with_key(|key| {
            renamed.push(result_row(key, ctx));
            bound.histograms.push(Vec::new());
            bound.metrics.push(metric(key, ctx));
            bound.histograms.len() - 1
        });
        bound.histograms[histogram].push((upper, number(i)));
    }
    for buckets in &mut bound.histograms {
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    let (rows, map) = RowMap::merge(renamed);
    bound.map = map;
    Binding { rows, bound: Bound::Buckets(bound) }
}

fn metric(labels: &Labels, ctx: &Ctx<'_>) -> Option<Arc<str>> {
    let name = labels.metric_name();
    (ctx.delayed_names() && !name.is_empty()).then(|| name.into())
}

fn result_row(labels: &Labels, ctx: &Ctx<'_>) -> Row {
    if ctx.delayed_names() {
        Row { labels: labels.clone(), drop_name: true }
    } else {
        Row { labels: labels.without(&METADATA), drop_name: false }
    }
}
