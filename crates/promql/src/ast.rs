//! The syntax tree: what was written, with the byte span of every node.
//!
//! Every node is an [`Expr`]: a kind, a span and the type that the checker gives it.
//! Parentheses are nodes of their own, so that a linter sees them; the printer keeps them.

use std::borrow::Cow;

use diagnostics::Span;
use model::Matcher;

use crate::{
    functions::FunctionId,
    operators::{AggregateOp, BinaryOp, UnaryOp},
};

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands, trailing modifiers and closing parentheses included.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `1.5`, `0x1F`, `Inf`, and durations as numbers: `5m` is 300.
    Number(NumberLiteral),
    /// `"text"`.
    String(Text),
    /// `name{label="value"}`.
    Selector(Box<Selector>),
    /// `selector[5m]`.
    Matrix(Box<MatrixSelector>),
    /// `expr[30m:1m]`.
    Subquery(Box<Subquery>),
    /// `function(args)`.
    Call(Call),
    /// `sum by (job) (expr)`.
    Aggregate(Box<Aggregate>),
    /// `lhs + on (job) rhs`.
    Binary(Box<Binary>),
    /// `-expr`, `+expr`.
    Unary(UnaryOp, Box<Expr>),
    /// `(expr)`.
    Paren(Box<Expr>),
}

/// What an expression evaluates to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// One number per step.
    Scalar,
    /// A string literal.
    String,
    /// At most one sample per series and step.
    InstantVector,
    /// A window of samples per series and step.
    RangeVector,
}

/// The value of a string: UTF-8, unless escapes such as `"\xff"` made bytes of it that are none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Text {
    /// Text.
    Utf8(String),
    /// Bytes, somewhere among which there is no UTF-8.
    Bytes(Vec<u8>),
}

/// A number, or a duration in the place of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberLiteral {
    /// The value; seconds for a duration.
    pub value: f64,
    /// Whether it was written as a duration, and is printed as one.
    pub is_duration: bool,
}

/// An instant vector selector.
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    /// The name before the braces; also among `matchers`, first.
    pub name: Option<String>,
    /// All matchers in the order written; the name before the braces counts as `__name__="…"`.
    pub matchers: Vec<Matcher>,
    /// The span of each matcher; the name's for the first where `name` is set.
    pub matcher_spans: Vec<Span>,
    /// `offset` and `@`.
    pub time: TimeModifiers,
    /// `anchored` or `smoothed`.
    pub extended: Option<Extended>,
}

/// A range vector selector.
#[derive(Clone, Debug)]
pub struct MatrixSelector {
    /// What is selected. Its time modifiers are those of the whole range selector.
    pub selector: Selector,
    /// The span of the selector without its range.
    pub selector_span: Span,
    /// How far back the window reaches.
    pub range: Duration,
}

/// An expression evaluated at the steps of a window.
#[derive(Clone, Debug)]
pub struct Subquery {
    /// What is evaluated.
    pub expr: Expr,
    /// How far back the window reaches.
    pub range: Duration,
    /// The distance of the steps; the query's default where none is written.
    pub step: Option<Duration>,
    /// `offset` and `@`.
    pub time: TimeModifiers,
}

/// `offset` and `@`, each at most once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeModifiers {
    /// The shift into the past; negative into the future.
    pub offset: Option<Duration>,
    /// The fixed evaluation time.
    pub at: Option<At>,
}

/// The operand of `@`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum At {
    /// Milliseconds since the Unix epoch.
    Timestamp(i64),
    /// The first step of the query.
    Start,
    /// The last step of the query.
    End,
}

/// How a window's edges are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extended {
    /// The last sample before the window stands at its left edge.
    Anchored,
    /// Values are interpolated at both edges.
    Smoothed,
}

/// A duration expression with its span.
#[derive(Clone, Debug, PartialEq)]
pub struct Duration {
    /// What it is.
    pub kind: DurationKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of duration expressions. Values are seconds.
#[derive(Clone, Debug, PartialEq)]
pub enum DurationKind {
    /// A duration literal, or a number that is the whole duration, in milliseconds.
    Literal(i64),
    /// A plain number inside a larger expression: the 2 of `5m * 2`.
    Number(f64),
    /// `step()`: the query's step, 0 for instants.
    Step,
    /// `range()`: end − start of the query, 0 for instants.
    Range,
    /// `min_of(a, b)`
    MinOf(Box<Duration>, Box<Duration>),
    /// `max_of(a, b)`
    MaxOf(Box<Duration>, Box<Duration>),
    /// `a + b`, `- * / % ^`.
    Binary(BinaryOp, Box<Duration>, Box<Duration>),
    /// `-a`, `+a`.
    Unary(UnaryOp, Box<Duration>),
    /// `(a)`.
    Paren(Box<Duration>),
}

/// A function call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which function.
    pub function: FunctionId,
    /// Where its name stands.
    pub name_span: Span,
    /// As many as its row in the function table allows.
    pub args: Vec<Expr>,
}

/// An aggregation.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// Which one.
    pub op: AggregateOp,
    /// Where its name stands.
    pub op_span: Span,
    /// The first argument of those that take two.
    pub param: Option<Expr>,
    /// What is aggregated.
    pub expr: Expr,
    /// `by` or `without`; none is `by ()`.
    pub grouping: Option<Grouping>,
}

/// `by (…)` or `without (…)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// Whether the labels are dropped instead of kept.
    pub without: bool,
    /// The labels as written.
    pub labels: Vec<String>,
    /// The span of each label.
    pub label_spans: Vec<Span>,
    /// From the keyword to the closing parenthesis.
    pub span: Span,
}

/// A binary operation.
#[derive(Clone, Debug)]
pub struct Binary {
    /// Which one.
    pub op: BinaryOp,
    /// Where the operator stands.
    pub op_span: Span,
    /// The left side.
    pub lhs: Expr,
    /// The right side.
    pub rhs: Expr,
    /// `bool`.
    pub bool_modifier: bool,
    /// How vectors are matched. Present exactly where both sides are vectors.
    pub matching: Option<Matching>,
}

/// How the two sides of a vector operation are matched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matching {
    /// Whether `on` was written; otherwise `ignoring`, perhaps without labels.
    pub on: bool,
    /// The labels of `on` or `ignoring`.
    pub labels: Vec<String>,
    /// Which side may have several series a group.
    pub cardinality: Cardinality,
    /// The labels of `group_left` or `group_right`, taken from the other side.
    pub include: Vec<String>,
    /// What stands in for a missing left side.
    pub fill_left: Option<f64>,
    /// What stands in for a missing right side.
    pub fill_right: Option<f64>,
}

/// Which side of a matching may have several series a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cardinality {
    /// Neither.
    #[default]
    OneToOne,
    /// The left: `group_left`.
    ManyToOne,
    /// The right: `group_right`.
    OneToMany,
    /// Both: set operators.
    ManyToMany,
}

impl Expr {
    /// The expression under any parentheses.
    pub fn unparen(&self) -> &Self {
        match &self.kind {
            ExprKind::Paren(inner) => inner.unparen(),
            _ => self,
        }
    }

    /// The type, which the node alone decides: functions and operators read it from their tables.
    pub fn value_type(&self) -> ValueType {
        match &self.kind {
            ExprKind::Number(_) => ValueType::Scalar,
            ExprKind::String(_) => ValueType::String,
            ExprKind::Selector(_) | ExprKind::Aggregate(_) => ValueType::InstantVector,
            ExprKind::Matrix(_) | ExprKind::Subquery(_) => ValueType::RangeVector,
            ExprKind::Call(call) => call.function.row().returns,
            ExprKind::Binary(b) => match (b.lhs.value_type(), b.rhs.value_type()) {
                (ValueType::Scalar, ValueType::Scalar) => ValueType::Scalar,
                _ => ValueType::InstantVector,
            },
            ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => inner.value_type(),
        }
    }
}

impl Text {
    /// The text; none where it is no UTF-8, as names of labels must be.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Utf8(text) => Some(text),
            Self::Bytes(_) => None,
        }
    }

    /// What was meant byte by byte.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Utf8(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// The text with U+FFFD in place of what is no UTF-8, as JSON shows it.
    pub fn to_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.as_bytes())
    }
}

impl From<Cow<'_, [u8]>> for Text {
    fn from(bytes: Cow<'_, [u8]>) -> Self {
        match String::from_utf8(bytes.into_owned()) {
            Ok(text) => Self::Utf8(text),
            Err(error) => Self::Bytes(error.into_bytes()),
        }
    }
}

impl ValueType {
    /// As Prometheus calls it in messages about types.
    pub fn documented(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::String => "string",
            Self::InstantVector => "instant vector",
            Self::RangeVector => "range vector",
        }
    }
}
