//! Labels to row numbers: all hashing and matching of label sets happens here.
//!
//! A node is bound when the series that it reads come or go. It gets the label sets of its value's
//! rows, and whatever `exec` needs to move numbers without looking at labels again.
//! Start at [`bind`].

mod buckets;
mod group;
mod info;
mod matching;
mod rows;
mod samples;
mod select;

pub(crate) use buckets::Buckets;
pub(crate) use group::{Groups, group_labels};
pub(crate) use info::{DROPPED, Info};
pub(crate) use matching::{Join, Sets, is_filled, match_labels};
pub(crate) use rows::RowMap;
pub(crate) use samples::RowSamples;
pub(crate) use select::{SeriesRef, Suspicious};

use model::Labels;

use crate::{
    engine::Ctx,
    exec::StatsReader,
    kernels,
    plan::node::{NodeId, Op, RangeFrom, RangeInput},
    row::{METADATA, Row},
};

/// A node's rows, and how its inputs lead to them.
pub(crate) struct Binding {
    pub(crate) rows: Vec<Row>,
    pub(crate) bound: Bound,
}

/// How a node's inputs lead to its rows.
#[derive(Debug, Default)]
pub(crate) enum Bound {
    /// Nothing to know: one row, or none.
    #[default]
    Nothing,
    /// Each input row leads to one row.
    Map(RowMap),
    /// Each series leads to one row.
    Series {
        series: Vec<SeriesRef>,
        map: RowMap,
        /// The series in the order in which their samples lie in memory.
        visit: Vec<u32>,
        scratch: SeriesScratch,
    },
    /// Input rows belong to groups.
    Groups(Groups),
    /// Input rows are buckets of histograms.
    Buckets(Buckets),
    /// Rows are described by info series.
    Info(Box<Info>),
    /// Rows of two inputs meet.
    Join(Join),
    /// Sets of two inputs meet.
    Sets(Sets),
}

/// Reused between evaluations by window functions.
#[derive(Debug, Default)]
pub(crate) struct SeriesScratch {
    /// The samples of a row of a subquery's inside.
    pub(crate) inside: RowSamples,
    pub(crate) params: Vec<f64>,
    /// Reads native histograms without their buckets.
    pub(crate) stats: StatsReader,
    /// Which series do not look like counters.
    pub(crate) suspicious: Suspicious,
    pub(crate) notes: Vec<kernels::histogram_window::Note>,
}

/// Binds a node.
pub(crate) fn bind(op: &Op, ctx: &Ctx<'_>) -> Binding {
    match op {
        Op::Number(_)
        | Op::Time
        | Op::QueryBound(_)
        | Op::ScalarOf(_)
        | Op::ScalarNegate(_)
        | Op::ScalarBinary { .. }
        | Op::ScalarPick { .. }
        | Op::VectorOf(_) => one_row(Labels::empty()),
        Op::Text(_) | Op::NoStartTime(_) | Op::CountValues { .. } => {
            Binding { rows: Vec::new(), bound: Bound::Nothing }
        }
        Op::Info { base, values, times, names, data } => {
            info::bind(names, data, [*base, *values, *times].map(|id| ctx.input(id)))
        }
        Op::Absent { labels, .. } => one_row(labels.clone()),
        Op::AbsentOverTime { input, labels } => {
            let (series, _) = range_rows(input, ctx);
            let rows = one_row(labels.clone()).rows;
            let map = RowMap::constant(series.len());
            Binding { rows, bound: bound_series(series, map) }
        }
        // Row by row, even where two differ in whether they lose their name only.
        Op::Repeat { arg, .. } => {
            let rows = ctx.input(*arg).rows.to_vec();
            let bound = Bound::Map(RowMap::same(rows.len()));
            Binding { rows, bound }
        }
        Op::Select { fragment, .. }
        | Op::Smoothed { fragment, .. }
        | Op::InfoTime { fragment, .. } => {
            let (series, labels) = select::series(*fragment, ctx);
            series_binding(series, labels.into_iter().map(Row::of).collect(), true)
        }
        Op::SampleTime { fragment, .. } | Op::StartTime { fragment, .. } => {
            let (series, labels) = select::times(*fragment, ctx);
            let rename = |labels| drop_name(&Row::of(labels), ctx);
            series_binding(series, labels.into_iter().map(rename).collect(), ctx.delayed_names())
        }
        Op::Window { function, input, .. } => {
            let (series, rows) = range_rows(input, ctx);
            let suspicious = Suspicious::new(*function, &rows, ctx);
            let keeps = function.row().keeps_name;
            let keeps = |row: &Row| keeps && !row.drop_name;
            let rename = |row: &Row| if keeps(row) { row.clone() } else { drop_name(row, ctx) };
            let renamed = rows.iter().map(rename).collect();
            let mut binding = series_binding(series, renamed, ctx.delayed_names());
            if let Bound::Series { scratch, .. } = &mut binding.bound {
                scratch.suspicious = suspicious;
            }
            binding
        }
        Op::Raw(input) => {
            let (series, rows) = range_rows(input, ctx);
            series_binding(series, rows, true)
        }
        Op::Math { function, arg, .. } if function.row().keeps_name => {
            mapped(*arg, ctx, Row::clone)
        }
        Op::Math { arg, .. } if ctx.plan.node(*arg).op.is_scalar() => mapped(*arg, ctx, Row::clone),
        Op::Math { arg, .. } | Op::EvalTime(arg) => mapped(*arg, ctx, |row| drop_name(row, ctx)),
        Op::Negate(arg) => {
            let rename = |row: &Row| drop_name(row, ctx);
            united(*arg, ctx, rename, ctx.delayed_names())
        }
        Op::DropNames(arg) => united(*arg, ctx, nameless, false),
        Op::HistogramNumber { arg, .. } => mapped(*arg, ctx, |row| buckets::number_row(row, ctx)),
        Op::Sort { arg, .. } | Op::SortByLabel { arg, .. } => mapped(*arg, ctx, Row::clone),
        Op::VectorScalar { op, vector, bool, .. } => {
            let keeps = !bool && (op.is_comparison() || is_trim(*op));
            mapped(*vector, ctx, |row| if keeps { row.clone() } else { drop_name(row, ctx) })
        }
        Op::LabelReplace { arg, dst, template, src, pattern } => {
            let replace = rows::LabelReplace::new(dst, template, src, pattern);
            united(*arg, ctx, |row| replace.apply(row), false)
        }
        Op::LabelJoin { arg, dst, separator, src } => {
            united(*arg, ctx, |row| rows::label_join(row, dst, separator, src), false)
        }
        Op::Aggregate { op, arg, by, .. } => group::aggregate(*op, by, ctx.input(*arg)),
        Op::HistogramQuantile { arg, .. } | Op::HistogramFraction { arg, .. } => {
            buckets::bind(ctx.input(*arg), ctx)
        }
        Op::HistogramQuantiles { arg, .. } => buckets::bind_quantiles(ctx.input(*arg), ctx),
        Op::VectorVector { op, lhs, rhs, matching, bool } => {
            matching::join(*op, *bool, matching, ctx.input(*lhs), ctx.input(*rhs), ctx)
        }
        Op::Set { op, lhs, rhs, matching } => {
            matching::sets(*op, matching, ctx.input(*lhs), ctx.input(*rhs), ctx)
        }
    }
}

impl Row {
    fn of(labels: Labels) -> Self {
        Self { labels, drop_name: false }
    }
}

/// The row at the end, when names that were to stay until then go.
fn nameless(row: &Row) -> Row {
    Row::of(row.result_labels(true).into_owned())
}

/// The row without its metric name, or to lose it at the end.
pub(crate) fn drop_name(row: &Row, ctx: &Ctx<'_>) -> Row {
    let stays = ctx.delayed_names();
    let labels = if stays { row.labels.clone() } else { row.labels.without(&METADATA) };
    Row { labels, drop_name: true }
}

pub(crate) fn is_trim(op: promql::BinaryOp) -> bool {
    op.row().kind == promql::operators::OperatorKind::Trim
}

fn one_row(labels: Labels) -> Binding {
    Binding { rows: vec![Row::of(labels)], bound: Bound::Nothing }
}

/// Rows that are renamed; equal ones become one, unless they may pass.
fn mapped(input: NodeId, ctx: &Ctx<'_>, rename: impl Fn(&Row) -> Row) -> Binding {
    united(input, ctx, rename, ctx.lets_duplicates_pass())
}

/// The same where something else decides whether equal ones pass.
fn united(
    input: NodeId,
    ctx: &Ctx<'_>,
    rename: impl Fn(&Row) -> Row,
    duplicates_pass: bool,
) -> Binding {
    let input = &ctx.input(input).rows;
    let renamed = input.iter().map(rename).collect();
    let (rows, map) = if ctx.delayed_names() && !duplicates_pass {
        RowMap::beside_twins(renamed, input)
    } else {
        RowMap::new(renamed, duplicates_pass)
    };
    Binding { rows, bound: Bound::Map(map) }
}

fn series_binding(series: Vec<SeriesRef>, renamed: Vec<Row>, duplicates_pass: bool) -> Binding {
    let (rows, map) = RowMap::new(renamed, duplicates_pass);
    Binding { rows, bound: bound_series(series, map) }
}

fn bound_series(series: Vec<SeriesRef>, map: RowMap) -> Bound {
    let mut visit: Vec<u32> = (0..).take(series.len()).collect();
    visit.sort_by_key(|i| series[*i as usize]);
    Bound::Series { series, map, visit, scratch: SeriesScratch::default() }
}

/// The series of a window: stored ones, or the rows of a subquery's inside.
fn range_rows(input: &RangeInput, ctx: &Ctx<'_>) -> (Vec<SeriesRef>, Vec<Row>) {
    match input.from {
        RangeFrom::Fragment(fragment) => {
            let (series, labels) = select::series(fragment, ctx);
            (series, labels.into_iter().map(Row::of).collect())
        }
        RangeFrom::Subquery(node) => {
            let rows = ctx.input(node).rows.to_vec();
            (vec![SeriesRef::Inside; rows.len()], rows)
        }
    }
}

/// What computes a function of windows.
pub(crate) fn window_kernel(function: promql::FunctionId) -> kernels::WindowKernel {
    match kernels::kernel(function) {
        kernels::Kernel::Window(kernel) => kernel,
        _ => unreachable!("the plan makes window nodes of window functions only"),
    }
}
