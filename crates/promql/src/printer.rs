//! Trees to canonical text, as Prometheus prints them.
//!
//! It adds no parentheses to expressions: a tree that was parsed has them as nodes. Rules are sent
//! to Prometheus as this text, so it must mean the same; where Prometheus's own printer changes
//! the meaning, in some offsets and in durations used as numbers, this one does not.
//! Everything is on one line; `pretty` breaks lines, and prints the pieces from here.
//! Start at the `Display` of [`Expr`].

use std::fmt::{self, Display, Formatter, Write};

use model::{
    METRIC_NAME, MatchOp, Matcher, number,
    quote::{quote, quote_bytes},
};

use crate::ast::{
    Aggregate, At, Binary, Call, Cardinality, Duration, DurationKind, Expr, ExprKind, Extended,
    Matching, MatrixSelector, NumberLiteral, Selector, Subquery, TimeModifiers,
};
use crate::{
    operators::{BinaryOp, UnaryOp},
    parser::whole_milliseconds,
};

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.write(f, Next::Other)
    }
}

/// What follows a text.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Next {
    /// An operator that a duration knows too.
    Arithmetic,
    /// Anything else, or nothing.
    Other,
}

impl Expr {
    pub(crate) fn write(&self, f: &mut Formatter<'_>, next: Next) -> fmt::Result {
        match &self.kind {
            ExprKind::Number(number) => number.fmt(f),
            ExprKind::String(text) => f.write_str(&quote_bytes(text.as_bytes())),
            ExprKind::Selector(selector) => selector.write(f, next),
            ExprKind::Matrix(matrix) => matrix.write(f, next),
            ExprKind::Subquery(subquery) => subquery.write(f, next),
            ExprKind::Call(call) => call.fmt(f),
            ExprKind::Aggregate(aggregate) => aggregate.fmt(f),
            ExprKind::Binary(binary) => binary.write(f, next),
            ExprKind::Unary(op, operand) => {
                f.write_str(op.as_str())?;
                operand.write(f, next)
            }
            ExprKind::Paren(inner) => write!(f, "({inner})"),
        }
    }
}

/// Durations keep their milliseconds; Prometheus prints 1001ms as `1s`.
impl Display for NumberLiteral {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_duration && self.value == 0.0 && self.value.is_sign_negative() {
            f.write_str("-0s")
        } else if self.is_duration {
            f.write_str(&model::duration::format(duration_ms(self.value)))
        } else {
            f.write_str(&number::format_f(self.value))
        }
    }
}

/// A name, the other matchers sorted by their text, then the modifiers.
impl Display for Selector {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.write(f, Next::Other)
    }
}

impl Selector {
    fn write(&self, f: &mut Formatter<'_>, next: Next) -> fmt::Result {
        self.write_series(f)?;
        self.write_modifiers(f, next)
    }

    fn write_series(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = self.name.as_deref().unwrap_or("");
        f.write_str(name)?;
        let others: Vec<String> = self.in_braces().into_iter().map(|(text, _)| text).collect();
        // `info` takes a selector of nothing, for which Prometheus prints nothing.
        if !others.is_empty() || name.is_empty() {
            write!(f, "{{{}}}", others.join(","))?;
        }
        Ok(())
    }

    /// What is printed inside the braces, sorted, with the place of each among the matchers.
    pub(crate) fn in_braces(&self) -> Vec<(String, usize)> {
        let name = self.name.as_deref().unwrap_or("");
        let is_name = |matcher: &Matcher| {
            &*matcher.name == METRIC_NAME && matcher.op == MatchOp::Equal && &*matcher.value == name
        };
        let others = self.matchers.iter().enumerate();
        let others = others.filter(|(_, matcher)| name.is_empty() || !is_name(matcher));
        let mut others: Vec<_> = others.map(|(i, matcher)| (matcher.to_string(), i)).collect();
        others.sort();
        others
    }

    /// What follows the braces.
    pub(crate) fn write_modifiers(&self, f: &mut Formatter<'_>, next: Next) -> fmt::Result {
        write_at(f, &self.time)?;
        write_extended(f, self.extended)?;
        write_offset(f, &self.time, next)
    }
}

impl MatrixSelector {
    fn write(&self, f: &mut Formatter<'_>, next: Next) -> fmt::Result {
        self.selector.write_series(f)?;
        self.write_modifiers(f, next)
    }

    /// What follows the braces.
    pub(crate) fn write_modifiers(&self, f: &mut Formatter<'_>, next: Next) -> fmt::Result {
        write!(f, "[{}]", Whole(&self.range))?;
        write_extended(f, self.selector.extended)?;
        write_at(f, &self.selector.time)?;
        write_offset(f, &self.selector.time, next)
    }
}

impl Subquery {
    fn write(&self, f: &mut Formatter<'_>, next: Next) -> fmt::Result {
        write!(f, "{}", self.expr)?;
        self.write_modifiers(f, next)
    }

    /// What follows the expression.
    pub(crate) fn write_modifiers(&self, f: &mut Formatter<'_>, next: Next) -> fmt::Result {
        write!(f, "[{}:", Whole(&self.range))?;
        if let Some(step) = &self.step {
            Whole(step).fmt(f)?;
        }
        f.write_char(']')?;
        write_at(f, &self.time)?;
        write_offset(f, &self.time, next)
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.function.row().name)?;
        for (i, arg) in self.args.iter().enumerate() {
            f.write_str(if i > 0 { ", " } else { "" })?;
            arg.fmt(f)?;
        }
        f.write_char(')')
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.write_head(f)?;
        f.write_char('(')?;
        if let Some(param) = &self.param {
            write!(f, "{param}, ")?;
        }
        write!(f, "{})", self.expr)
    }
}

impl Aggregate {
    /// What precedes the parenthesis.
    pub(crate) fn write_head(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.op.as_str())?;
        if let Some(grouping) = &self.grouping
            && (grouping.without || !grouping.labels.is_empty())
        {
            f.write_str(if grouping.without { " without (" } else { " by (" })?;
            write_labels(f, &grouping.labels)?;
            f.write_str(") ")?;
        }
        Ok(())
    }
}

impl Binary {
    fn write(&self, f: &mut Formatter<'_>, next: Next) -> fmt::Result {
        if self.raises_infinity() {
            f.write_str("Inf")?;
        } else {
            self.lhs.write(f, self.next_of_lhs())?;
        }
        f.write_char(' ')?;
        self.write_operator(f)?;
        f.write_char(' ')?;
        self.rhs.write(f, next)
    }

    /// Whether the left side is printed as `Inf`: the sign of `+Inf` would stand before the whole
    /// operation, as in what Prometheus prints.
    pub(crate) fn raises_infinity(&self) -> bool {
        self.op == BinaryOp::Pow && is_infinity(&self.lhs)
    }

    /// What follows the left side.
    pub(crate) fn next_of_lhs(&self) -> Next {
        let arithmetic = matches!(self.op.as_str(), "+" | "-" | "*" | "/" | "%" | "^");
        if arithmetic { Next::Arithmetic } else { Next::Other }
    }

    /// The operator with its modifiers.
    pub(crate) fn write_operator(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.op.as_str())?;
        if self.bool_modifier {
            f.write_str(" bool")?;
        }
        self.matching.as_ref().map_or(Ok(()), |matching| matching.fmt(f))
    }
}

fn is_infinity(expr: &Expr) -> bool {
    let ExprKind::Number(number) = &expr.kind else { return false };
    number.value == f64::INFINITY
}

/// With a blank before each modifier; nothing for the defaults.
impl Display for Matching {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let group = match self.cardinality {
            Cardinality::ManyToOne => Some("group_left"),
            Cardinality::OneToMany => Some("group_right"),
            Cardinality::OneToOne | Cardinality::ManyToMany => None,
        };
        if self.on || !self.labels.is_empty() || group.is_some() {
            f.write_str(if self.on { " on (" } else { " ignoring (" })?;
            write_labels(f, &self.labels)?;
            f.write_char(')')?;
        }
        if let Some(group) = group {
            write!(f, " {group} (")?;
            write_labels(f, &self.include)?;
            f.write_char(')')?;
        }
        #[expect(clippy::float_cmp, reason = "the same value was written, or two were")]
        match (self.fill_left, self.fill_right) {
            (Some(left), Some(right)) if left == right => write_fill(f, "fill", Some(left)),
            (left, right) => {
                write_fill(f, "fill_left", left)?;
                write_fill(f, "fill_right", right)
            }
        }
    }
}

/// A duration in brackets or after `offset`. Where the text of a literal would be read as another
/// duration, it is a number that is not: some long ones that count milliseconds, and windows of
/// less than a millisecond, which Prometheus prints as `0s` and does not accept.
struct Whole<'d>(&'d Duration);

impl Display for Whole<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0.kind {
            DurationKind::Literal(0) => f.write_str("0.0001"),
            DurationKind::Literal(ms) if whole_milliseconds(ms as f64 / 1000.0) != ms => {
                let between = ms as f64 + 0.5 * ms.signum() as f64;
                f.write_str(&number::format_f(between / 1000.0))
            }
            _ => self.0.fmt(f),
        }
    }
}

impl Display for Duration {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            DurationKind::Literal(ms) => f.write_str(&model::duration::format(*ms)),
            DurationKind::Number(value) => f.write_str(&number::format_f(*value)),
            DurationKind::Step => f.write_str("step()"),
            DurationKind::Range => f.write_str("range()"),
            DurationKind::MinOf(a, b) => write!(f, "min_of({a}, {b})"),
            DurationKind::MaxOf(a, b) => write!(f, "max_of({a}, {b})"),
            DurationKind::Binary(op, a, b) => write!(f, "{a} {} {b}", op.as_str()),
            DurationKind::Unary(UnaryOp::Minus, a) => write!(f, "-{a}"),
            DurationKind::Unary(UnaryOp::Plus, a) => a.fmt(f),
            // Parentheses around parentheses are printed once.
            DurationKind::Paren(a) if matches!(a.kind, DurationKind::Paren(_)) => a.fmt(f),
            DurationKind::Paren(a) => write!(f, "({a})"),
        }
    }
}

impl Extended {
    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anchored => "anchored",
            Self::Smoothed => "smoothed",
        }
    }
}

fn write_at(f: &mut Formatter<'_>, time: &TimeModifiers) -> fmt::Result {
    match time.at {
        None => Ok(()),
        Some(At::Timestamp(ms)) => write!(f, " @ {:.3}", ms as f64 / 1000.0),
        Some(At::Start) => f.write_str(" @ start()"),
        Some(At::End) => f.write_str(" @ end()"),
    }
}

fn write_extended(f: &mut Formatter<'_>, extended: Option<Extended>) -> fmt::Result {
    extended.map_or(Ok(()), |extended| write!(f, " {}", extended.as_str()))
}

/// An offset, in parentheses where its text would be taken for its first term alone. Where
/// operators would go on with it, a plus before the parenthesis keeps them away. Prometheus writes
/// neither, so that what it prints means something else or nothing.
fn write_offset(f: &mut Formatter<'_>, time: &TimeModifiers, next: Next) -> fmt::Result {
    let greedy = |offset| next == Next::Arithmetic && is_greedy(offset);
    match &time.offset {
        None | Some(Duration { kind: DurationKind::Literal(0), .. }) => Ok(()),
        Some(offset) if greedy(offset) => match &offset.kind {
            DurationKind::Paren(_) => write!(f, " offset +{offset}"),
            _ => write!(f, " offset +({offset})"),
        },
        Some(offset) if is_bare(offset) => write!(f, " offset ({offset})"),
        Some(offset) => write!(f, " offset {}", Whole(offset)),
    }
}

/// Whether operators after the text of an offset would belong to it: it begins with a parenthesis
/// or two signs, or needs parentheses.
fn is_greedy(offset: &Duration) -> bool {
    match &offset.kind {
        DurationKind::Paren(_) | DurationKind::Binary(..) => true,
        DurationKind::Unary(UnaryOp::Minus, a) => {
            is_bare(a) || matches!(a.kind, DurationKind::Unary(UnaryOp::Minus, _))
        }
        _ => false,
    }
}

/// Whether the text of an offset would be taken for its first term alone. Such come of two signs,
/// which are not kept.
fn is_bare(offset: &Duration) -> bool {
    match &offset.kind {
        DurationKind::Binary(_, a, _) => {
            !matches!(a.kind, DurationKind::Paren(_)) && (is_bare(a) || !is_greedy(a))
        }
        DurationKind::Unary(UnaryOp::Minus, a) => matches!(a.kind, DurationKind::Binary(..)),
        _ => false,
    }
}

fn write_labels(f: &mut Formatter<'_>, labels: &[String]) -> fmt::Result {
    for (i, label) in labels.iter().enumerate() {
        f.write_str(if i > 0 { ", " } else { "" })?;
        if model::labels::is_legacy_label_name(label) {
            f.write_str(label)?;
        } else {
            f.write_str(&quote(label))?;
        }
    }
    Ok(())
}

fn write_fill(f: &mut Formatter<'_>, word: &str, value: Option<f64>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(f, " {word} ({})", number::format_g(value)))
}

#[expect(clippy::cast_possible_truncation, reason = "a duration literal is within range")]
fn duration_ms(seconds: f64) -> i64 {
    (seconds * 1000.0).round() as i64
}
