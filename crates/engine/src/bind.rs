//! Labels to row numbers: all hashing and matching of label sets happens here.
//!
//! A node is bound when the series that it reads come or go. It gets the label sets of its value's
//! rows, and whatever `exec` needs to move numbers without looking at labels again.
//! Start at [`bind`].

mod buckets;
mod classes;
#[cfg(debug_assertions)]
mod compare;
mod follow;
mod group;
mod info;
mod matching;
mod origin;
mod renaming;
mod rows;
mod samples;
mod select;
mod source;
mod wider;

use std::sync::Arc;

use model::Labels;

pub(crate) use buckets::Buckets;
#[cfg(debug_assertions)]
pub(crate) use compare::assert_same;
pub(crate) use follow::{Rebinding, follow};
pub(crate) use group::{Groups, group_labels, names_are_ignored};
pub(crate) use info::{DROPPED, Info};
pub(crate) use matching::{Join, Sets, is_filled, match_labels};
pub(crate) use origin::{Delta, History, is_same, n_new};
pub(crate) use rows::{RowMap, number};
pub(crate) use samples::RowSamples;
pub(crate) use select::{SeriesRef, Suspicious, Visit};
pub(crate) use source::{Source, Tables, place};
pub(crate) use wider::{Wider, WiderRows};

use crate::{
    engine::Ctx,
    exec::StatsReader,
    kernels,
    plan::{
        Plan,
        node::{Op, RangeFrom, RangeInput},
    },
    row::Row,
};
use renaming::{Input, Renaming, range, stored};

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
        series: Arc<Vec<SeriesRef>>,
        map: RowMap,
        /// The series in the order in which their samples lie in memory.
        visit: Arc<Vec<Visit>>,
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
    /// Where the rows of a wider node are the node's own.
    pub(crate) wider: Wider,
    /// What the parts of shared work leave.
    pub(crate) parts: Vec<Portion>,
}

/// What one part of shared work leaves.
#[derive(Debug, Default)]
pub(crate) struct Portion {
    /// Series that take more than a look at floats.
    pub(crate) left: Vec<Visit>,
}

impl SeriesScratch {
    /// Follows series that came or went: whatever is kept per series has to move with them.
    fn follow(&mut self, op: &Op, input: Input<'_>, delta: &Delta, ctx: &Ctx<'_>) {
        if let Op::Window { function, .. } = op {
            let labels = |i| input.labels(i);
            self.suspicious.follow(*function, (delta, input.len()), labels, ctx);
        }
    }
}

/// Binds a node.
pub(crate) fn bind(op: &Op, ctx: &Ctx<'_>) -> Binding {
    if let Some(renaming) = Renaming::of(op, ctx) {
        return renamed(op, &renaming, ctx);
    }
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
            let (series, visit) = series_of(op, input, ctx);
            let map = RowMap::constant(series.len());
            let bound = Bound::Series { series, map, visit, scratch: SeriesScratch::default() };
            Binding { rows: one_row(labels.clone()).rows, bound }
        }
        Op::NoneSelected { labels, .. } => {
            let (series, visit) = series_read(op, ctx).expect("it reads a fragment");
            let (map, scratch) = (RowMap::constant(0), SeriesScratch::default());
            let bound = Bound::Series { series, map, visit, scratch };
            Binding { rows: one_row(labels.clone()).rows, bound }
        }
        Op::Aggregate { op, arg, by, .. } => {
            group::aggregate(*op, by, ctx.input(*arg), ctx.delayed_names())
        }
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
        _ => unreachable!("{op:?} renames its rows"),
    }
}

/// Per node whether its binding depends on label sets alone, and not on values of its inputs: of
/// nodes that read series, and of aggregations of these.
pub(crate) fn binds_ahead(plan: &Plan) -> Vec<bool> {
    let mut ahead: Vec<bool> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        let of_inputs = || node.inputs.iter().all(|id| ahead[id.0 as usize]);
        let is_ahead = match &node.op {
            Op::Aggregate { .. } => of_inputs(),
            op => place(op).is_some(),
        };
        ahead.push(is_ahead);
    }
    ahead
}

/// Binds a node each of whose input rows leads to one row.
fn renamed(op: &Op, renaming: &Renaming<'_>, ctx: &Ctx<'_>) -> Binding {
    let input = input_of(op, ctx);
    let (rows, map) = renaming.bind(input);
    let Some((series, visit)) = series_read(op, ctx) else {
        return Binding { rows, bound: Bound::Map(map) };
    };
    let mut scratch = SeriesScratch::default();
    if let Op::Window { function, .. } = op {
        scratch.suspicious = Suspicious::new(*function, input.len(), |i| input.labels(i), ctx);
    }
    Binding { rows, bound: Bound::Series { series, map, visit, scratch } }
}

/// What the rows of a node are made from, where each of them leads to one.
fn input_of<'a>(op: &Op, ctx: &'a Ctx<'_>) -> Input<'a> {
    match op {
        Op::Window { input, .. } | Op::Raw(input) => range(input, op, ctx),
        op if op.fragment().is_some() => stored(op, ctx),
        op => Input::Rows(&ctx.input(op.inputs()[0]).rows),
    }
}

/// Series, and the order in which they are visited.
type Read = (Arc<Vec<SeriesRef>>, Arc<Vec<Visit>>);

/// The series that a node reads and the order in which it visits them, where it reads samples.
fn series_read(op: &Op, ctx: &Ctx<'_>) -> Option<Read> {
    match op {
        Op::Window { input, .. } | Op::Raw(input) => Some(series_of(op, input, ctx)),
        _ => ctx.source(op).map(|(source, _)| (source.series.clone(), source.visit.clone())),
    }
}

/// The series of a window: stored ones, or the rows of a subquery's inside.
fn series_of(op: &Op, input: &RangeInput, ctx: &Ctx<'_>) -> Read {
    match (input.from, ctx.source(op)) {
        (RangeFrom::Subquery(node), _) => {
            let n = ctx.input(node).rows.len();
            let series = SeriesRef::Inside;
            let visit = (0..).take(n).map(|number| Visit { series, number });
            (Arc::new(vec![series; n]), Arc::new(visit.collect()))
        }
        (RangeFrom::Fragment(_), source) => {
            let (source, _) = source.expect("it reads a fragment");
            (source.series.clone(), source.visit.clone())
        }
    }
}

impl Row {
    pub(super) fn of(labels: Labels) -> Self {
        Self { labels, drop_name: false }
    }
}

pub(crate) fn is_trim(op: promql::BinaryOp) -> bool {
    op.row().kind == promql::operators::OperatorKind::Trim
}

fn one_row(labels: Labels) -> Binding {
    Binding { rows: vec![Row::of(labels)], bound: Bound::Nothing }
}

/// What computes a function of windows.
pub(crate) fn window_kernel(function: promql::FunctionId) -> kernels::WindowKernel {
    match kernels::kernel(function) {
        kernels::Kernel::Window(kernel) => kernel,
        _ => unreachable!("the plan makes window nodes of window functions only"),
    }
}
