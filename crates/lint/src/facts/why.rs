//! Why something is known: a place in the expression and what stands there.
//!
//! It carries no sentences: lints word their findings themselves.

use diagnostics::Span;
use promql::{AggregateOp, FunctionId};

/// What decided a fact, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Why {
    /// The part of the expression. For what a recording rule decided, the selector that reads it.
    pub span: Span,
    /// What it does there.
    pub reason: Reason,
}

/// The ways in which something is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A matcher of a selector.
    Matcher,
    /// What the metric of this name is documented to be; or counters in general.
    Metric,
    /// `by (…)`, which keeps its labels only.
    By,
    /// `without (…)`, which drops its labels.
    Without,
    /// An aggregation without `by` and `without`, which drops all labels.
    NoGrouping,
    /// `on (…)` of a one-to-one operation, which keeps its labels only.
    On,
    /// `ignoring (…)` of a one-to-one operation, which drops its labels.
    Ignoring,
    /// `group_left (…)` or `group_right (…)`, which takes its labels from the other side.
    Include,
    /// The other side of an operation, whose matched labels are equal.
    Partner,
    /// `absent()`, which has the labels of equality matchers only.
    Absent,
    /// `vector()`, dates of the evaluation time, and scalars, which have no labels.
    NoLabels,
    /// `label_replace()` or `label_join()`, whose target this label is.
    Relabel,
    /// `count_values()`, whose target this label is.
    CountValues,
    /// What drops the metric name.
    NameDropped,
    /// What a recording rule stores: see [`Records::rule`](super::Records::rule).
    Recorded(u32),
    /// A function.
    Function(FunctionId),
    /// A function over counters, which only grow.
    Counter(FunctionId),
    /// An aggregation.
    Aggregate(AggregateOp),
    /// A comparison that keeps what satisfies it.
    Comparison,
    /// A comparison that tells 0 or 1.
    Bool,
    /// A number as written.
    Number,
    /// A division of a part by the whole.
    Part,
    /// An operator.
    Operator,
}

impl Why {
    /// What stands at a place.
    pub fn new(span: Span, reason: Reason) -> Self {
        Self { span, reason }
    }
}
