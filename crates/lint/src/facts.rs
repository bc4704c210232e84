//! What is known of each node of an expression before it runs: an abstract interpreter.
//!
//! What it says holds for all data that Prometheus can give, as evaluated without delayed name
//! removal: labels that are guaranteed or impossible, bounds of values, whether a result is always
//! or never there. [`Facts::of`] takes the documented meaning of metrics as given: counters do not
//! fall below 0, `up` is 0 or 1, recording rules are the only source of their series.
//! [`Facts::strict`] assumes none of it, so that what still holds there is proven.
//!
//! It evaluates nothing and words nothing. Start at [`Facts::node`]; what a node has is [`Node`],
//! what recording rules produce is in [`Records`].

#![expect(clippy::float_cmp, reason = "ends of intervals are compared exactly")]

mod label;
mod labels;
mod why;

mod values;

mod arithmetic;
mod compare;

mod kind;
mod metric;

mod aggregate;
mod binary;
mod call;
mod over_time;
mod part;
mod relabel;
mod selector;

mod matching;
mod records;

use std::sync::OnceLock;

use diagnostics::Span;
use promql::{Expr, ExprKind, ast::DurationKind, operators::UnaryOp};

pub use compare::{Truth, deciding, mirrored, negated, truth};
pub use kind::{Base, MetricKind, Unit};
pub use label::{Certainty, Label, OneOf};
pub use labels::LabelSet;
pub use matching::{Conflict, conflict};
pub use records::Records;
pub use values::{Bound, Values};
pub use why::{Reason, Why};

/// What is known of the nodes of one expression.
#[derive(Debug)]
pub struct Facts<'e> {
    /// Children before their parents.
    nodes: Vec<Node<'e>>,
    /// The addresses of the expressions with the numbers of their nodes; sorted if they are more
    /// than [`FEW`].
    index: Vec<(usize, u32)>,
    /// Where the expression is, and the node of what is not in it.
    span: Span,
    unknown: OnceLock<Box<Node<'e>>>,
}

/// What is known of one node.
#[derive(Clone, Debug)]
pub struct Node<'e> {
    /// The alternatives that `or` makes: each series of the result is of one of them. There is none
    /// where the result is never there.
    pub branches: Vec<Branch<'e>>,
    /// The values of all branches.
    pub values: Values,
    /// Whether there is a result.
    pub presence: Presence,
    /// What decided the presence.
    pub presence_why: Option<Why>,
    /// What the samples are.
    pub kind: MetricKind,
    /// What the numbers count.
    pub unit: Unit,
    /// The milliseconds of samples that the result looks back on; none for selectors without a
    /// range.
    pub window: Option<i64>,
    /// What it takes to evaluate.
    pub cost: Cost,
}

/// One alternative of a result.
#[derive(Clone, Debug)]
pub struct Branch<'e> {
    /// The labels of its series.
    pub labels: LabelSet<'e>,
    /// The values of its samples.
    pub values: Values,
    /// The operand of `or` that it is; the whole expression where there is none.
    pub span: Span,
}

/// Whether a result has any sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// At least one at each evaluation.
    Always,
    /// That depends on the data.
    Maybe,
    /// None, whatever the data.
    Never,
}

/// An estimate of what evaluating takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// How many selectors are read, each as often as it is written.
    pub selectors: u32,
    /// How many samples are read for each series that is selected, at one sample each 30 seconds.
    pub samples: f64,
}

/// A label as all branches together have it.
#[derive(Clone, Debug)]
pub struct BranchLabel<'n, 'e> {
    /// Branches that cannot have it, with what decided that.
    pub impossible: Vec<(&'n Branch<'e>, Option<Why>)>,
    /// Guaranteed or impossible where all branches agree.
    pub label: Label<'e>,
}

/// So many expressions are looked through as fast as they are searched.
const FEW: usize = 32;

/// There are not more branches; the last stands for all further ones.
const MAX_BRANCHES: usize = 8;

impl<'e> Facts<'e> {
    /// What is known of an expression if metrics are what they are documented to be.
    pub fn of(expr: &'e Expr, records: &Records<'e>) -> Self {
        Interpreter::new(Some(records)).run(expr)
    }

    /// What is known of an expression whatever its metrics are.
    pub fn strict(expr: &'e Expr) -> Self {
        Interpreter::new(None).run(expr)
    }

    /// What is known of a node of the expression. Of others nothing is known.
    pub fn node(&self, expr: &Expr) -> &Node<'e> {
        let address = std::ptr::from_ref(expr).addr();
        let at = if self.index.len() <= FEW {
            self.index.iter().position(|(known, _)| *known == address)
        } else {
            self.index.binary_search_by_key(&address, |(known, _)| *known).ok()
        };
        match at {
            Some(at) => &self.nodes[self.index[at].1 as usize],
            None => self.unknown(),
        }
    }

    /// What is known of the whole expression.
    pub fn root(&self) -> &Node<'e> {
        self.nodes.last().unwrap_or_else(|| self.unknown())
    }

    fn unknown(&self) -> &Node<'e> {
        self.unknown.get_or_init(|| Box::new(Node::unknown(self.span)))
    }
}

impl<'e> Node<'e> {
    /// A label as all branches together have it. Without branches it is impossible.
    pub fn label(&self, name: &str) -> BranchLabel<'_, 'e> {
        let labels = || self.branches.iter().map(|branch| (branch, branch.labels.get(name)));
        let label = labels().map(|(_, label)| label.clone()).reduce(|a, b| a.join(&b));
        BranchLabel {
            impossible: labels()
                .filter(|(_, label)| label.is_impossible())
                .map(|(branch, label)| (branch, label.why))
                .collect(),
            label: label.unwrap_or_else(|| Label::impossible(self.presence_why)),
        }
    }

    /// The labels of all branches.
    pub fn labels(&self) -> LabelSet<'e> {
        let labels = self.branches.iter().map(|branch| &branch.labels);
        match labels.clone().count() {
            0 => LabelSet::closed(self.presence_why),
            1 => self.branches[0].labels.clone(),
            _ => labels.skip(1).fold(self.branches[0].labels.clone(), |a, b| a.join(b)),
        }
    }

    /// Whether there is never more than one series.
    pub fn is_single(&self) -> bool {
        match self.branches.as_slice() {
            [] => true,
            branches => branches.iter().all(|branch| branch.labels.is_empty()),
        }
    }

    /// A node whose presence depends on data.
    fn new(mut branches: Vec<Branch<'e>>, why: Option<Why>) -> Self {
        branches.retain(|branch| !branch.values.is_empty());
        if branches.len() > MAX_BRANCHES {
            let further = branches.split_off(MAX_BRANCHES - 1);
            branches.extend(further.into_iter().reduce(|a, b| a.join(&b)));
        }
        let values = match branches.as_slice() {
            [branch] => Some(branch.values),
            branches => branches.iter().map(|branch| branch.values).reduce(|a, b| a.join(&b)),
        };
        match values {
            Some(values) => Self::maybe(branches, values),
            None => Self::never(why),
        }
    }

    /// A node of branches that have these values between them.
    fn maybe(branches: Vec<Branch<'e>>, values: Values) -> Self {
        Self {
            branches,
            values,
            presence: Presence::Maybe,
            presence_why: None,
            kind: MetricKind::Unknown,
            unit: Unit::UNKNOWN,
            window: None,
            cost: Cost::default(),
        }
    }

    /// A node that is never there.
    fn never(why: Option<Why>) -> Self {
        let nothing = Self::maybe(Vec::new(), Values::no_float());
        Self { presence: Presence::Never, presence_why: why, ..nothing }
    }

    /// A node with one branch.
    fn one(labels: LabelSet<'e>, values: Values, span: Span) -> Self {
        if values.is_empty() {
            return Self::never(None);
        }
        Self::maybe(vec![Branch { labels, values, span }], values)
    }

    /// Something of which nothing is known.
    fn unknown(span: Span) -> Self {
        Self::one(LabelSet::open(), Values::any(), span)
    }

    /// The same, there at each evaluation, unless it was found never to be there.
    fn always(mut self, holds: bool, why: impl Into<Option<Why>>) -> Self {
        if holds && self.presence == Presence::Maybe {
            self.presence = Presence::Always;
            self.presence_why = why.into();
        }
        self
    }
}

impl Branch<'_> {
    fn join(&self, other: &Self) -> Self {
        Self {
            labels: self.labels.join(&other.labels),
            values: self.values.join(&other.values),
            span: self.span.to(other.span),
        }
    }
}

/// The walk over an expression, children first.
struct Interpreter<'e, 'r> {
    nodes: Vec<Node<'e>>,
    index: Vec<(usize, u32)>,
    /// What recording rules produce; none where nothing is assumed.
    records: Option<&'r Records<'e>>,
}

/// So many nodes have room from the start: most expressions have fewer.
const ROOM: usize = 16;

impl<'e, 'r> Interpreter<'e, 'r> {
    fn new(records: Option<&'r Records<'e>>) -> Self {
        Self { nodes: Vec::with_capacity(ROOM), index: Vec::with_capacity(ROOM), records }
    }

    fn run(mut self, expr: &'e Expr) -> Facts<'e> {
        self.visit(expr);
        if self.index.len() > FEW {
            self.index.sort_unstable();
        }
        Facts { nodes: self.nodes, index: self.index, span: expr.span, unknown: OnceLock::new() }
    }

    /// Whether metrics are taken for what they are documented to be.
    fn assumes(&self) -> bool {
        self.records.is_some()
    }

    /// Visits an expression and what is in it; the number of its node.
    fn visit(&mut self, expr: &'e Expr) -> usize {
        let node = match &expr.kind {
            ExprKind::Number(number) => {
                let why = Why::new(expr.span, Reason::Number);
                let values = Values::constant(number.value, why);
                Node::one(LabelSet::closed(None), values, expr.span).always(true, why)
            }
            ExprKind::String(_) => {
                Node::one(LabelSet::closed(None), Values::any_float(), expr.span).always(true, None)
            }
            ExprKind::Selector(selector) => self.selector(selector, expr.span),
            ExprKind::Matrix(matrix) => self.matrix(matrix, expr.span),
            ExprKind::Subquery(subquery) => {
                let inner = self.visit(&subquery.expr);
                self.subquery(subquery, inner)
            }
            ExprKind::Call(call) => {
                let args: Vec<usize> = call.args.iter().map(|arg| self.visit(arg)).collect();
                self.call(call, &args, expr.span)
            }
            ExprKind::Aggregate(aggregate) => {
                let param = aggregate.param.as_ref().map(|param| self.visit(param));
                let inner = self.visit(&aggregate.expr);
                self.aggregate(aggregate, param, inner, expr.span)
            }
            ExprKind::Binary(binary) => {
                let (lhs, rhs) = (self.visit(&binary.lhs), self.visit(&binary.rhs));
                self.binary(binary, lhs, rhs, expr.span)
            }
            ExprKind::Unary(op, inner) => {
                let inner = self.visit(inner);
                self.unary(*op, inner, expr.span)
            }
            ExprKind::Paren(inner) => {
                let inner = self.visit(inner);
                self.name(expr, inner);
                return inner;
            }
        };
        self.name(expr, self.nodes.len());
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Says which node an expression has.
    fn name(&mut self, expr: &Expr, node: usize) {
        let number = u32::try_from(node).unwrap_or(u32::MAX);
        self.index.push((std::ptr::from_ref(expr).addr(), number));
    }

    fn unary(&self, op: UnaryOp, inner: usize, span: Span) -> Node<'e> {
        let mut node = self.nodes[inner].clone();
        if op == UnaryOp::Plus {
            return node;
        }
        let why = Why::new(Span { end: span.start + 1, ..span }, Reason::Operator);
        for branch in &mut node.branches {
            branch.values = arithmetic::negated(&branch.values);
            branch.labels.drop_name(true, why);
        }
        node.values = arithmetic::negated(&node.values);
        node.kind = MetricKind::Gauge;
        node
    }
}

impl Cost {
    fn plus(self, other: Self) -> Self {
        Self {
            selectors: self.selectors.saturating_add(other.selectors),
            samples: self.samples + other.samples,
        }
    }
}

/// A duration in milliseconds, where it does not depend on the query.
fn milliseconds(duration: &promql::ast::Duration) -> Option<i64> {
    fn seconds(duration: &promql::ast::Duration) -> Option<f64> {
        Some(match &duration.kind {
            DurationKind::Literal(ms) => *ms as f64 / 1000.0,
            DurationKind::Number(seconds) => *seconds,
            DurationKind::Step | DurationKind::Range => return None,
            DurationKind::MinOf(a, b) => seconds(a)?.min(seconds(b)?),
            DurationKind::MaxOf(a, b) => seconds(a)?.max(seconds(b)?),
            DurationKind::Binary(op, a, b) => {
                let (a, b) = (seconds(a)?, seconds(b)?);
                match op {
                    promql::BinaryOp::Add => a + b,
                    promql::BinaryOp::Sub => a - b,
                    promql::BinaryOp::Mul => a * b,
                    promql::BinaryOp::Div => a / b,
                    promql::BinaryOp::Mod => a % b,
                    promql::BinaryOp::Pow => model::float::pow(a, b),
                    _ => return None,
                }
            }
            DurationKind::Unary(UnaryOp::Minus, a) => -seconds(a)?,
            DurationKind::Unary(UnaryOp::Plus, a) | DurationKind::Paren(a) => seconds(a)?,
        })
    }
    let ms = seconds(duration)? * 1000.0;
    #[expect(clippy::cast_possible_truncation, reason = "saturates, as it should")]
    ms.is_finite().then_some(ms as i64)
}
