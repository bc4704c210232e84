//! The nodes of a plan. Two nodes with equal operations in equal frames are one node.

use model::{Labels, Matcher};
use promql::{
    AggregateOp, BinaryOp, FunctionId,
    ast::{Extended, Matching},
};

use super::{FragmentId, time::TimeShift};

/// A dense number for a node; inputs have smaller numbers than the nodes that read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(crate) u32);

/// A dense number for a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FrameId(pub(crate) u32);

/// Where evaluation times come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Frame {
    /// The query's own steps.
    Query,
    /// The first step of another frame, for what is the same at all of them.
    Once { parent: FrameId },
    /// The inside of a subquery.
    Subquery { parent: FrameId, range: i64, step: i64, time: TimeShift },
}

/// A node: an operation evaluated at the steps of a frame.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) frame: FrameId,
    /// What the operation reads, in argument order.
    pub(crate) inputs: Vec<NodeId>,
    /// Another node that computes the same of more series. Where it was evaluated anyway, its rows
    /// are taken; it need not have been.
    pub(crate) wider: Option<NodeId>,
}

/// The samples of a window function.
#[derive(Clone, Debug)]
pub(crate) struct RangeInput {
    pub(crate) from: RangeFrom,
    /// Milliseconds.
    pub(crate) range: i64,
    pub(crate) time: TimeShift,
    /// Whether histograms are read without their buckets.
    pub(crate) stats: bool,
    /// Whether samples around the window count too; never of a subquery.
    pub(crate) extended: Option<Extended>,
}

/// Where the samples of a window come from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RangeFrom {
    /// Stored samples.
    Fragment(FragmentId),
    /// The values of a node in a subquery's frame.
    Subquery(NodeId),
}

/// `by` or `without` and its labels, sorted.
#[derive(Clone, Debug)]
pub(crate) struct GroupBy {
    pub(crate) without: bool,
    pub(crate) labels: Vec<String>,
}

/// What a node computes. Its `Debug` form is its identity in the interner: it must tell all.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    // Scalars.
    Number(f64),
    Time,
    QueryBound(FunctionId),
    ScalarOf(NodeId),
    ScalarNegate(NodeId),
    ScalarBinary {
        op: BinaryOp,
        lhs: NodeId,
        rhs: NodeId,
    },
    ScalarPick {
        function: FunctionId,
        lhs: NodeId,
        rhs: NodeId,
    },
    // A string literal as the whole query.
    Text(String),
    /// The value at the first step at all steps.
    Repeat {
        arg: NodeId,
        scalar: bool,
    },
    // Vectors from samples.
    Select {
        fragment: FragmentId,
        time: TimeShift,
        /// Whether histograms are read without their buckets.
        stats: bool,
    },
    /// An instant selector with `smoothed`.
    Smoothed {
        fragment: FragmentId,
        time: TimeShift,
        /// Whether histograms are read without their buckets.
        stats: bool,
    },
    SampleTime {
        fragment: FragmentId,
        time: TimeShift,
    },
    StartTime {
        fragment: FragmentId,
        time: TimeShift,
    },
    /// The times of the newest samples of info series, in milliseconds.
    InfoTime {
        fragment: FragmentId,
        time: TimeShift,
    },
    /// 1 where no series that is selected has a sample.
    NoneSelected {
        fragment: FragmentId,
        time: TimeShift,
        labels: Labels,
    },
    Window {
        function: FunctionId,
        input: RangeInput,
        params: Vec<NodeId>,
    },
    AbsentOverTime {
        input: RangeInput,
        labels: Labels,
    },
    // A range vector as the whole query.
    Raw(RangeInput),
    // Vectors from scalars and vectors.
    VectorOf(NodeId),
    Math {
        function: FunctionId,
        arg: NodeId,
        params: Vec<NodeId>,
    },
    EvalTime(NodeId),
    /// `start_timestamp` of what has none.
    NoStartTime(NodeId),
    Negate(NodeId),
    Absent {
        arg: NodeId,
        labels: Labels,
    },
    /// One number of each native histogram; floats are passed over.
    HistogramNumber {
        function: FunctionId,
        arg: NodeId,
    },
    Aggregate {
        op: AggregateOp,
        arg: NodeId,
        param: Option<NodeId>,
        by: GroupBy,
    },
    CountValues {
        label: String,
        arg: NodeId,
        by: GroupBy,
    },
    VectorScalar {
        op: BinaryOp,
        vector: NodeId,
        scalar: NodeId,
        scalar_left: bool,
        bool: bool,
    },
    VectorVector {
        op: BinaryOp,
        lhs: NodeId,
        rhs: NodeId,
        matching: Matching,
        bool: bool,
    },
    Set {
        op: BinaryOp,
        lhs: NodeId,
        rhs: NodeId,
        matching: Matching,
    },
    HistogramQuantile {
        q: NodeId,
        arg: NodeId,
    },
    HistogramFraction {
        lower: NodeId,
        upper: NodeId,
        arg: NodeId,
    },
    HistogramQuantiles {
        label: String,
        qs: Vec<NodeId>,
        arg: NodeId,
    },
    Info {
        base: NodeId,
        /// The info series.
        values: NodeId,
        times: NodeId,
        /// What the names of info metrics satisfy, and what the labels do that they add.
        names: Vec<Matcher>,
        data: Vec<Matcher>,
    },
    /// Takes the names that were to stay until the end.
    DropNames(NodeId),
    LabelReplace {
        arg: NodeId,
        dst: String,
        template: String,
        src: String,
        pattern: String,
    },
    LabelJoin {
        arg: NodeId,
        dst: String,
        separator: String,
        src: Vec<String>,
    },
    Sort {
        arg: NodeId,
        descending: bool,
    },
    SortByLabel {
        arg: NodeId,
        labels: Vec<String>,
        descending: bool,
    },
}

impl Op {
    /// The nodes that it reads, in argument order; [`Node::inputs`] keeps them.
    pub(crate) fn inputs(&self) -> Vec<NodeId> {
        let of_range = |input: &RangeInput| match input.from {
            RangeFrom::Fragment(_) => None,
            RangeFrom::Subquery(node) => Some(node),
        };
        match self {
            Self::Number(_)
            | Self::Time
            | Self::QueryBound(_)
            | Self::Text(_)
            | Self::Select { .. }
            | Self::Smoothed { .. }
            | Self::NoneSelected { .. }
            | Self::InfoTime { .. }
            | Self::SampleTime { .. }
            | Self::StartTime { .. } => vec![],
            Self::AbsentOverTime { input, .. } | Self::Raw(input) => {
                of_range(input).into_iter().collect()
            }
            Self::Window { input, params, .. } => {
                of_range(input).into_iter().chain(params.iter().copied()).collect()
            }
            Self::Repeat { arg, .. }
            | Self::ScalarOf(arg)
            | Self::ScalarNegate(arg)
            | Self::VectorOf(arg)
            | Self::EvalTime(arg)
            | Self::NoStartTime(arg)
            | Self::Negate(arg)
            | Self::DropNames(arg)
            | Self::HistogramNumber { arg, .. }
            | Self::Absent { arg, .. }
            | Self::CountValues { arg, .. }
            | Self::LabelReplace { arg, .. }
            | Self::LabelJoin { arg, .. }
            | Self::Sort { arg, .. }
            | Self::SortByLabel { arg, .. } => vec![*arg],
            Self::Math { arg, params, .. } => {
                std::iter::once(*arg).chain(params.iter().copied()).collect()
            }
            Self::Aggregate { arg, param, .. } => std::iter::once(*arg).chain(*param).collect(),
            Self::ScalarBinary { lhs, rhs, .. }
            | Self::ScalarPick { lhs, rhs, .. }
            | Self::VectorVector { lhs, rhs, .. }
            | Self::Set { lhs, rhs, .. } => vec![*lhs, *rhs],
            Self::VectorScalar { vector, scalar, .. } => vec![*vector, *scalar],
            Self::Info { base, values, times, .. } => vec![*base, *values, *times],
            Self::HistogramQuantile { q, arg } => vec![*q, *arg],
            Self::HistogramFraction { lower, upper, arg } => vec![*lower, *upper, *arg],
            Self::HistogramQuantiles { qs, arg, .. } => {
                std::iter::once(*arg).chain(qs.iter().copied()).collect()
            }
        }
    }

    /// Whether its value is one number per step.
    pub(crate) fn is_scalar(&self) -> bool {
        matches!(
            self,
            Self::Number(_)
                | Self::Time
                | Self::QueryBound(_)
                | Self::ScalarOf(_)
                | Self::ScalarNegate(_)
                | Self::ScalarBinary { .. }
                | Self::ScalarPick { .. }
                | Self::Repeat { scalar: true, .. }
        )
    }

    /// The fragment that it reads itself.
    pub(crate) fn fragment(&self) -> Option<FragmentId> {
        match self {
            Self::Select { fragment, .. }
            | Self::Smoothed { fragment, .. }
            | Self::NoneSelected { fragment, .. }
            | Self::InfoTime { fragment, .. }
            | Self::SampleTime { fragment, .. }
            | Self::StartTime { fragment, .. } => Some(*fragment),
            Self::Window { input, .. } | Self::AbsentOverTime { input, .. } | Self::Raw(input) => {
                match input.from {
                    RangeFrom::Fragment(fragment) => Some(fragment),
                    RangeFrom::Subquery(_) => None,
                }
            }
            _ => None,
        }
    }
}
