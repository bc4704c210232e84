//! Histograms of both kinds: which rows are buckets of which classic histogram, which rows are
//! native histograms, and which of both would be the same one.

use std::{collections::HashMap, sync::Arc};

use model::{BUCKET_LABEL, Labels, METRIC_NAME, number::parse_float};

use super::{
    Binding, Bound, Rebinding, RowMap,
    classes::{ByMembers, Classes},
    origin::{Delta, NEW, Origins},
    rows::number,
};
use crate::{
    engine::{Ctx, NodeState},
    kernels::histogram::Bucket,
    row::{METADATA, Row},
};

/// Rows as histograms.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    pub(crate) classics: Vec<Classic>,
    pub(crate) natives: Vec<Native>,
    /// Input rows without a usable bound, with what stood there and the metric as below.
    pub(crate) malformed: Vec<(u32, Arc<str>, Option<Arc<str>>)>,
    /// What the histograms' results are called.
    pub(crate) results: Vec<Row>,
    pub(crate) quantiles: QuantileRows,
    pub(crate) scratch: Vec<Bucket>,
}

/// A classic histogram.
#[derive(Debug)]
pub(crate) struct Classic {
    /// Upper bounds and input rows, ascending by bound.
    pub(crate) buckets: Vec<(f64, u32)>,
    /// The place of its result.
    pub(crate) to: u32,
    /// Its metric name, where names stay until the end.
    pub(crate) metric: Option<Arc<str>>,
    /// The input row with a native histogram of the same labels.
    pub(crate) native: Option<u32>,
}

/// A row that has native histograms.
#[derive(Debug)]
pub(crate) struct Native {
    /// The input row.
    pub(crate) row: u32,
    /// As that of a classic one.
    pub(crate) to: u32,
    pub(crate) metric: Option<Arc<str>>,
    /// The classic histogram of the same labels, as an index.
    pub(crate) classic: Option<u32>,
}

/// For several quantiles: the results' rows for each of them.
#[derive(Debug, Default)]
pub(crate) struct QuantileRows {
    /// The bits of the quantiles for which rows were made: each once, or in the order of the
    /// arguments where duplicates may pass.
    pub(crate) quantiles: Vec<u64>,
    /// By quantile, then by result.
    pub(crate) map: RowMap,
}

/// Binds a function of one result per histogram.
pub(crate) fn bind(input: &NodeState, ctx: &Ctx<'_>) -> Binding {
    let mut buckets = Buckets::new(input, &[], ctx);
    Binding { rows: std::mem::take(&mut buckets.results), bound: Bound::Buckets(buckets) }
}

/// The same after rows of the input came or went, where all of them are buckets.
pub(super) fn follow(
    input: &NodeState,
    ctx: &Ctx<'_>,
    delta: &Delta,
    state: &mut NodeState,
) -> Option<Rebinding> {
    let Bound::Buckets(old) = &state.bound else { return None };
    let n = input.rows.len();
    let bound = |row: usize| parse_float(input.rows[row].labels.value(BUCKET_LABEL));
    let special = ctx.delayed_names() || input.block.has_histograms();
    if special || !old.natives.is_empty() || !old.malformed.is_empty() {
        return None;
    }
    let added: Option<Vec<f64>> = delta.new_rows(n).map(bound).collect();
    let mut added = added?.into_iter();
    let key = |row: usize| input.rows[row].labels.without(&[BUCKET_LABEL]);
    let (of_row, uppers) = old.by_row();
    let members = ByMembers::new(&of_row, old.classics.len(), (delta, n), &key);
    let classes = Classes::follow(&of_row, &members, (delta, n), key);
    let classic = |_| Classic { buckets: vec![], to: 0, metric: None, native: None };
    let mut buckets =
        Buckets { classics: (0..classes.len()).map(classic).collect(), ..Buckets::default() };
    for (row, class) in classes.of_row.iter().enumerate() {
        let upper = delta.old(row).map(|old| uppers[old]).or_else(|| added.next());
        let upper = upper.expect("a bound per new row");
        buckets.classics[*class as usize].buckets.push((upper, number(row)));
    }
    buckets.sort();
    let mut map = RowMap::of(old.classics.iter().map(|c| c.to).collect(), state.rows.len());
    let of_class = classes.all.iter().map(|class| class.old.unwrap_or(NEW)).collect();
    let (delta, n) = (Delta::From(Origins::new(of_class)), classes.len());
    let renamed = |class: usize| result_row(&key(classes.all[class].first as usize), ctx);
    let (rows, origins) = map.follow(std::mem::take(&mut state.rows), (&delta, n), renamed);
    buckets.classics.iter_mut().zip(map.all()).for_each(|(classic, to)| classic.to = number(to));
    Some(Rebinding { rows, origins, bound: Bound::Buckets(buckets) })
}

/// Binds `histogram_quantiles`, whose rows depend on the values of its scalars.
pub(crate) fn bind_quantiles(input: &NodeState, ctx: &Ctx<'_>) -> Binding {
    Binding { rows: Vec::new(), bound: Bound::Buckets(Buckets::new(input, &[], ctx)) }
}

impl Buckets {
    /// Groups rows by all their labels but `le`, the metric name included. Rows of native
    /// histograms are those that have any now, and those in `known`.
    pub(crate) fn new(input: &NodeState, known: &[Native], ctx: &Ctx<'_>) -> Self {
        let mut buckets = Self::default();
        let mut numbers: HashMap<Labels, u32> = HashMap::new();
        let mut renamed: Vec<Row> = Vec::new();
        for (i, row) in input.rows.iter().enumerate() {
            let le = row.labels.value(BUCKET_LABEL);
            let Some(upper) = parse_float(le) else {
                buckets.malformed.push((number(i), le.into(), metric(&row.labels, ctx)));
                continue;
            };
            let key = row.labels.without(&[BUCKET_LABEL]);
            let classic = *numbers.entry(key).or_insert_with_key(|key| {
                renamed.push(result_row(key, ctx));
                let metric = metric(key, ctx);
                buckets.classics.push(Classic { buckets: vec![], to: 0, metric, native: None });
                number(buckets.classics.len() - 1)
            });
            buckets.classics[classic as usize].buckets.push((upper, number(i)));
        }
        buckets.sort();
        for i in native_rows(input, known) {
            let labels = &input.rows[i as usize].labels;
            let classic = numbers.get(labels).copied();
            if let Some(classic) = classic {
                buckets.classics[classic as usize].native = Some(i);
            }
            renamed.push(result_row(labels, ctx));
            buckets.natives.push(Native { row: i, to: 0, metric: metric(labels, ctx), classic });
        }
        buckets.number_results(renamed, ctx.lets_duplicates_pass());
        buckets
    }

    fn number_results(&mut self, renamed: Vec<Row>, duplicates_pass: bool) {
        let (results, map) = RowMap::new(renamed, duplicates_pass);
        let classics = self.classics.iter_mut().map(|classic| &mut classic.to);
        let natives = self.natives.iter_mut().map(|native| &mut native.to);
        classics.chain(natives).zip(map.all()).for_each(|(to, row)| *to = number(row));
        self.results = results;
    }

    fn sort(&mut self) {
        for classic in &mut self.classics {
            classic.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
    }

    /// Per input row its classic histogram and its bound.
    fn by_row(&self) -> (Vec<u32>, Vec<f64>) {
        let n = self.classics.iter().map(|classic| classic.buckets.len()).sum();
        let (mut of_row, mut uppers) = (vec![0; n], vec![0.0; n]);
        for (i, classic) in (0..).zip(&self.classics) {
            for (upper, row) in &classic.buckets {
                (of_row[*row as usize], uppers[*row as usize]) = (i, *upper);
            }
        }
        (of_row, uppers)
    }

    /// Whether rows have native histograms that had none before.
    pub(crate) fn misses_natives(&self, input: &NodeState) -> bool {
        input.block.has_histograms() && native_rows(input, &self.natives).len() > self.natives.len()
    }

    /// The rows of several quantiles, each under a label; `names` tells what stands there.
    pub(crate) fn quantile_rows(
        &mut self,
        label: &str,
        quantiles: Vec<u64>,
        names: &[String],
        duplicates_pass: bool,
    ) -> Vec<Row> {
        let row = |result: &Row, name: &str| Row {
            labels: result.labels.to_builder().set(label, name).build(),
            drop_name: result.drop_name,
        };
        let of_name = |name| self.results.iter().map(move |result| row(result, name));
        let renamed = names.iter().flat_map(|name| of_name(name)).collect();
        let (rows, map) = RowMap::new(renamed, duplicates_pass);
        self.quantiles = QuantileRows { quantiles, map };
        rows
    }
}

/// The input rows that have native histograms, or had some.
fn native_rows(input: &NodeState, known: &[Native]) -> Vec<u32> {
    let mut rows: Vec<u32> = known.iter().map(|native| native.row).collect();
    if input.block.has_histograms() {
        let has_any = |i: &usize| input.block.histogram_row(*i).iter().any(Option::is_some);
        rows.extend((0..input.rows.len()).filter(has_any).map(number));
    }
    rows.sort_unstable();
    rows.dedup();
    rows
}

fn metric(labels: &Labels, ctx: &Ctx<'_>) -> Option<Arc<str>> {
    let name = labels.metric_name();
    (ctx.delayed_names() && !name.is_empty()).then(|| name.into())
}

fn result_row(labels: &Labels, ctx: &Ctx<'_>) -> Row {
    let stays = ctx.delayed_names();
    let labels = if stays { labels.clone() } else { labels.without(&METADATA) };
    Row { labels, drop_name: true }
}

/// What one number of a histogram is called: here type and unit stay.
pub(super) fn number_row(row: &Row, ctx: &Ctx<'_>) -> Row {
    let stays = ctx.delayed_names();
    let labels = if stays { row.labels.clone() } else { row.labels.without(&[METRIC_NAME]) };
    Row { labels, drop_name: true }
}
