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
pub(crate) fn bind(op: &Op, ctx: &Ctx<'_>) -> Result<Binding, String> {
    Ok(match op {
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
            series_binding(series, labels.into_iter().map(Row::of), Row::clone)
        }
        Op::SampleTime { fragment, .. } | Op::StartTime { fragment, .. } => {
            let (series, labels) = select::series(*fragment, ctx);
            series_binding(series, labels.into_iter().map(Row::of), |row| drop_name(row, ctx))
        }
        Op::Window { function, input, .. } => {
            let (series, rows) = range_rows(input, ctx);
            let suspicious = Suspicious::new(*function, &rows, ctx);
            let keeps = function.row().keeps_name;
            let rename = |row: &Row| if keeps { row.clone() } else { drop_name(row, ctx) };
            let mut binding = series_binding(series, rows.into_iter(), rename);
            if let Bound::Series { scratch, .. } = &mut binding.bound {
                scratch.suspicious = suspicious;
            }
            binding
        }
        Op::Raw(input) => {
            let (series, rows) = range_rows(input, ctx);
            series_binding(series, rows.into_iter(), Row::clone)
        }
        Op::Math { function, arg, .. } if function.row().keeps_name => {
            mapped(*arg, ctx, |row| Ok(row.clone()))?
        }
        Op::Math { arg, .. } | Op::EvalTime(arg) | Op::Negate(arg) => {
            mapped(*arg, ctx, |row| Ok(drop_name(row, ctx)))?
        }
        Op::HistogramNumber { arg, .. } => {
            mapped(*arg, ctx, |row| Ok(buckets::number_row(row, ctx)))?
        }
        Op::Sort { arg, .. } | Op::SortByLabel { arg, .. } => {
            mapped(*arg, ctx, |row| Ok(row.clone()))?
        }
        Op::VectorScalar { op, vector, bool, .. } => {
            let keeps = !bool && (op.is_comparison() || is_trim(*op));
            mapped(*vector, ctx, |row| Ok(if keeps { row.clone() } else { drop_name(row, ctx) }))?
        }
        Op::LabelReplace { arg, dst, template, src, pattern } => {
            let replace = rows::LabelReplace::new(dst, template, src, pattern);
            mapped(*arg, ctx, |row| Ok(replace.apply(row)))?
        }
        Op::LabelJoin { arg, dst, separator, src } => {
            mapped(*arg, ctx, |row| Ok(rows::label_join(row, dst, separator, src)))?
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
            matching::sets(*op, matching, ctx.input(*lhs), ctx.input(*rhs))
        }
    })
}

impl Row {
    fn of(labels: Labels) -> Self {
        Self { labels, drop_name: false }
    }
}

/// The row without its metric name, or marked to lose it at the end.
pub(crate) fn drop_name(row: &Row, ctx: &Ctx<'_>) -> Row {
    if ctx.delayed_names() {
        Row { labels: row.labels.clone(), drop_name: true }
    } else {
        Row::of(row.labels.without(&METADATA))
    }
}

pub(crate) fn is_trim(op: promql::BinaryOp) -> bool {
    op.row().kind == promql::operators::OperatorKind::Trim
}

fn one_row(labels: Labels) -> Binding {
    Binding { rows: vec![Row::of(labels)], bound: Bound::Nothing }
}

fn mapped(
    input: NodeId,
    ctx: &Ctx<'_>,
    rename: impl Fn(&Row) -> Result<Row, String>,
) -> Result<Binding, String> {
    let renamed = ctx.input(input).rows.iter().map(rename).collect::<Result<Vec<_>, _>>()?;
    let (rows, map) = RowMap::merge(renamed);
    Ok(Binding { rows, bound: Bound::Map(map) })
}

fn series_binding(
    series: Vec<SeriesRef>,
    rows: impl Iterator<Item = Row>,
    rename: impl Fn(&Row) -> Row,
) -> Binding {
    let (rows, map) = RowMap::merge(rows.map(|row| rename(&row)).collect());
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
