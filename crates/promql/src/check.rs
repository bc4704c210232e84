//! Types: what may stand where.
//!
//! It walks the tree in Prometheus's order, because only the first error is shown. On the way it
//! settles what types decide: how the sides of an operation are matched.

use std::fmt;

use diagnostics::{Diagnostic, Span};
use model::{
    METRIC_NAME,
    quote::{quote, quote_bytes},
};

use crate::{
    ast::{
        Aggregate, Binary, Call, Cardinality, Expr, ExprKind, Matching, Selector, Subquery,
        ValueType,
    },
    functions::{Arity, FunctionId},
    operators::{BinaryOp, Param},
    parser::Extensions,
};

/// The code of errors in the meaning of a well-formed text.
const TYPE: &str = "type";

/// Checks a tree; its errors in Prometheus's order.
pub(crate) fn check(expr: &mut Expr, text: &str, extensions: &Extensions) -> Vec<Diagnostic> {
    let mut checker = Checker { text, extensions, errors: Vec::new() };
    checker.expr(expr);
    checker.errors
}

struct Checker<'t> {
    text: &'t str,
    extensions: &'t Extensions,
    errors: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn expr(&mut self, expr: &mut Expr) -> ValueType {
        let span = expr.span;
        match &mut expr.kind {
            ExprKind::Number(_) => ValueType::Scalar,
            ExprKind::String(_) => ValueType::String,
            ExprKind::Selector(selector) => self.selector(selector, span, true),
            ExprKind::Matrix(matrix) => {
                self.selector(&matrix.selector, matrix.selector_span, true);
                ValueType::RangeVector
            }
            ExprKind::Subquery(subquery) => self.subquery(subquery, span),
            ExprKind::Call(call) => self.call(call, span),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate),
            ExprKind::Binary(binary) => self.binary(binary, span),
            ExprKind::Unary(_, operand) => {
                let found = self.expr(operand);
                if !is_sample(found) {
                    let found = found.documented();
                    let only = "expressions of type scalar or instant vector";
                    let message =
                        format!("unary expression only allowed on {only}, got \"{found}\"");
                    self.error(span, message);
                }
                found
            }
            ExprKind::Paren(inner) => self.expr(inner),
        }
    }

    fn selector(&mut self, selector: &Selector, span: Span, must_select: bool) -> ValueType {
        if let Some(name) = &selector.name {
            let others = selector.matchers.iter().skip(1);
            for other in others.filter(|matcher| &*matcher.name == METRIC_NAME) {
                let (name, other) = (quote(name), quote_bytes(other.value_bytes()));
                self.error(span, format!("metric name must not be set twice: {name} or {other}"));
            }
        } else if must_select && selector.matchers.iter().all(|matcher| matcher.matches("")) {
            self.error(span, "vector selector must contain at least one non-empty matcher");
        }
        ValueType::InstantVector
    }

    fn subquery(&mut self, subquery: &mut Subquery, span: Span) -> ValueType {
        let found = self.expr(&mut subquery.expr);
        if found != ValueType::InstantVector {
            let found = internal_name(found);
            self.error(
                span,
                format!("subquery is only allowed on instant vector, got {found} instead"),
            );
        }
        ValueType::RangeVector
    }

    fn aggregate(&mut self, aggregate: &mut Aggregate) -> ValueType {
        self.expect(&mut aggregate.expr, ValueType::InstantVector, Context::Aggregated);
        let wanted = match aggregate.op.row().param {
            Param::None => None,
            Param::Scalar => Some(ValueType::Scalar),
            Param::String => Some(ValueType::String),
        };
        if let (Some(param), Some(wanted)) = (&mut aggregate.param, wanted) {
            self.expect(param, wanted, Context::Parameter);
        }
        ValueType::InstantVector
    }

    fn call(&mut self, call: &mut Call, span: Span) -> ValueType {
        self.argument_count(call, span);
        let row = call.function.row();
        let context = Context::Call(row.name);
        if call.function == FunctionId::Info {
            self.info_selector(call, span, context);
        }
        let variadic = row.optional != Arity::Exact;
        for (i, arg) in call.args.iter_mut().enumerate() {
            let wanted = match (row.args.get(i), row.args.last()) {
                (Some(wanted), _) => *wanted,
                (None, Some(last)) if variadic => *last,
                _ => break,
            };
            if i == 1 && call.function == FunctionId::Info && is_selector(arg) {
                continue;
            }
            self.expect(arg, wanted, context);
        }
        row.returns
    }

    fn argument_count(&mut self, call: &Call, span: Span) {
        let row = call.function.row();
        let (listed, given) = (row.args.len(), call.args.len());
        let (least, most) = match row.optional {
            Arity::Exact => (listed, Some(listed)),
            Arity::Optional(n) => (listed - usize::from(n), Some(listed)),
            Arity::Repeated => (listed - 1, None),
        };
        let (qualifier, count) = match row.optional {
            _ if given >= least && most.is_none_or(|most| given <= most) => return,
            Arity::Exact => ("", listed),
            _ if given < least => ("at least ", least),
            _ => ("at most ", most.unwrap_or(listed)),
        };
        let name = quote(row.name);
        self.error(
            span,
            format!("expected {qualifier}{count} argument(s) in call to {name}, got {given}"),
        );
    }

    /// The second argument of `info`: matchers in braces, which may match everything.
    fn info_selector(&mut self, call: &mut Call, span: Span, context: Context) {
        let Some(arg) = call.args.get_mut(1) else { return };
        let found = arg.value_type();
        if found != ValueType::InstantVector {
            let (wanted, found) = (ValueType::InstantVector.documented(), found.documented());
            self.error(span, format!("expected type {wanted} in {context}, got {found}"));
        }
        match &arg.kind {
            ExprKind::Selector(selector) if selector.name.is_none() => {}
            ExprKind::Selector(selector) => {
                let only = "expected label selectors only, got vector selector instead";
                self.error(arg.span, only);
                self.selector(selector, arg.span, false);
            }
            _ => self.error(arg.span, "expected label selectors only"),
        }
    }

    fn binary(&mut self, binary: &mut Binary, span: Span) -> ValueType {
        let lhs = self.expr(&mut binary.lhs);
        let rhs = self.expr(&mut binary.rhs);
        let both_scalar = (lhs, rhs) == (ValueType::Scalar, ValueType::Scalar);
        self.operator(binary, both_scalar);
        for (found, side) in [(lhs, &binary.lhs), (rhs, &binary.rhs)] {
            if !is_sample(found) {
                let only = "binary expression must contain only scalar and instant vector types";
                self.error(side.span, only);
            }
        }
        if (lhs, rhs) == (ValueType::InstantVector, ValueType::InstantVector) {
            if let Some(matching) = binary.matching.as_mut().filter(|_| binary.op.is_set()) {
                self.set_matching(matching, span, binary.op);
            }
        } else if let Some(matching) = binary.matching.take() {
            if !matching.labels.is_empty() {
                self.error(span, "vector matching only allowed between instant vectors");
            }
            if fills(&matching) {
                self.error(span, "filling in missing series only allowed between instant vectors");
            }
        }
        if binary.op.is_set() && (lhs == ValueType::Scalar || rhs == ValueType::Scalar) {
            let op = quote(binary.op.as_str());
            self.error(span, format!("set operator {op} not allowed in binary scalar expression"));
        }
        if both_scalar { ValueType::Scalar } else { ValueType::InstantVector }
    }

    /// What concerns the operator and its modifiers alone.
    fn operator(&mut self, binary: &Binary, both_scalar: bool) {
        let is_comparison = binary.op.is_comparison();
        if binary.bool_modifier && !is_comparison {
            let span = self.between(binary);
            self.error(span, "bool modifier can only be used on comparison operators");
        }
        if is_comparison && !binary.bool_modifier && both_scalar {
            let span = self.between(binary);
            self.error(span, "comparisons between scalars must use BOOL modifier");
        }
        let Some(matching) = binary.matching.as_ref().filter(|matching| matching.on) else {
            return;
        };
        for label in &matching.labels {
            for _ in matching.include.iter().filter(|included| *included == label) {
                let label = quote(label);
                let span = self.between(binary);
                self.error(
                    span,
                    format!("label {label} must not occur in ON and GROUP clause at once"),
                );
            }
        }
    }

    fn set_matching(&mut self, matching: &mut Matching, span: Span, op: BinaryOp) {
        match matching.cardinality {
            Cardinality::OneToOne | Cardinality::ManyToMany => {
                matching.cardinality = Cardinality::ManyToMany;
            }
            Cardinality::ManyToOne | Cardinality::OneToMany => {
                let op = quote(op.as_str());
                self.error(span, format!("no grouping allowed for {op} operation"));
                self.error(span, "set operations must always be many-to-many");
            }
        }
        if fills(matching) {
            self.error(span, "filling in missing series not allowed for set operators");
        }
    }

    fn expect(&mut self, expr: &mut Expr, wanted: ValueType, context: Context) {
        let found = self.expr(expr);
        if found != wanted {
            let (wanted, found) = (wanted.documented(), found.documented());
            self.error(expr.span, format!("expected type {wanted} in {context}, got {found}"));
        }
    }

    /// The text between the operands without the blanks at its ends.
    fn between(&self, binary: &Binary) -> Span {
        let lhs_end = binary.lhs.span.end;
        let shorter = self.extensions.iter().find(|(_, long)| *long == lhs_end);
        let start = shorter.map_or(lhs_end, |(short, _)| *short) as usize;
        let end = binary.rhs.span.start as usize;
        let Some(text) = self.text.get(start..end) else { return binary.op_span };
        let blanks = text.len() - text.trim_ascii_start().len();
        Span::new(start + blanks, start + text.trim_ascii_end().len())
    }

    fn error(&mut self, span: Span, message: impl Into<String>) {
        self.errors.push(Diagnostic::error(TYPE, span, message));
    }
}

/// Where a type is wanted. Its words are made only for errors.
#[derive(Clone, Copy)]
enum Context {
    Aggregated,
    Parameter,
    Call(&'static str),
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aggregated => f.write_str("aggregation expression"),
            Self::Parameter => f.write_str("aggregation parameter"),
            Self::Call(name) => write!(f, "call to function {}", quote(name)),
        }
    }
}

fn is_sample(found: ValueType) -> bool {
    matches!(found, ValueType::Scalar | ValueType::InstantVector)
}

fn is_selector(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Selector(_))
}

fn fills(matching: &Matching) -> bool {
    matching.fill_left.is_some() || matching.fill_right.is_some()
}

/// As Prometheus calls a type in code, and in one message.
fn internal_name(found: ValueType) -> &'static str {
    match found {
        ValueType::Scalar => "scalar",
        ValueType::String => "string",
        ValueType::InstantVector => "vector",
        ValueType::RangeVector => "matrix",
    }
}
