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

mod node;

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
pub use node::{Branch, BranchLabel, Cost, Node, Presence};
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

/// So many expressions are looked through as fast as they are searched.
const FEW: usize = 32;

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

    /// Without the room that interpreting took, for facts that stay.
    fn kept(mut self) -> Self {
        self.nodes.shrink_to_fit();
        self.index.shrink_to_fit();
        self
    }

    fn unknown(&self) -> &Node<'e> {
        self.unknown.get_or_init(|| Box::new(Node::unknown(self.span)))
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
