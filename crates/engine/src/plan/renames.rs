//! Functions that write a label which the aggregation around them drops.
//!
//! Such a function is left away where that changes nothing, whatever the data: not the values, not
//! their order, and no error. It must be well formed, also for servers that know legacy label names
//! only, and what it reads must lack the label: then label sets that were different stay so, with
//! it and without it. Between it and the aggregation may stand signs, arithmetic and comparisons
//! with scalars, and other functions of that kind.
//! Not for names that stay until the end, and not with labels of type and unit.
//! Start at [`left_away`]; what is known of an expression's labels is in `labels`.

mod labels;

use model::{Regex, labels::is_legacy_label_name};
use promql::{
    AggregateOp, Expr, ExprKind, FunctionId, ValueType,
    ast::{Aggregate, Binary, Call},
    operators::{OperatorKind, UnaryOp},
};

use crate::row::METADATA;
use labels::{apart_without_names, drops_labels, grouping_drops, lacks, vector_side};

/// What an aggregation aggregates, without functions that write what it drops; none where there
/// are none that can be left away.
pub(super) fn left_away(aggregate: &Aggregate) -> Option<Expr> {
    if !drops_labels(aggregate.op) {
        return None;
    }
    let above = Above { aggregate, read: Vec::new(), loses_names: false };
    reduced(&aggregate.expr, &above)
}

/// The pattern of a function that replaces labels, without anchors that it has anyway.
pub(super) fn bare_pattern(pattern: &str) -> &str {
    if Regex::anchored(pattern).is_err() || pattern.contains(r"\Q") {
        return pattern;
    }
    let mut bare = pattern;
    while let Some(rest) = without_anchor(bare) {
        bare = rest;
    }
    bare
}

/// A well-formed pattern without an anchor at its beginning or its end.
fn without_anchor(pattern: &str) -> Option<&str> {
    let is_repeated = |rest: &&str| rest.starts_with(['*', '+', '?', '{']);
    let is_escaped = |rest: &&str| (rest.len() - rest.trim_end_matches('\\').len()) % 2 == 1;
    let begun = pattern.strip_prefix('^').filter(|rest| !is_repeated(rest));
    begun.or_else(|| pattern.strip_suffix('$').filter(|rest| !is_escaped(rest)))
}

/// The template of a function that replaces labels, without braces around the only thing in it.
pub(super) fn bare_template(template: &str) -> String {
    let inside = template.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let is_word = |name: &&str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match inside.filter(|name| !name.is_empty()).filter(is_word) {
        Some(name) => format!("${name}"),
        None => template.to_owned(),
    }
}

/// What stands between an expression and the aggregation around it.
struct Above<'a> {
    aggregate: &'a Aggregate,
    /// Labels that functions read which stay.
    read: Vec<&'a str>,
    /// Whether series lose their names, so that they must differ in other labels.
    loses_names: bool,
}

impl<'a> Above<'a> {
    fn losing_names(&self, loses: bool) -> Self {
        let Self { aggregate, read, loses_names } = self;
        Self { aggregate, read: read.clone(), loses_names: *loses_names || loses }
    }

    fn reading(&self, rename: &Rename<'a>) -> Self {
        let mut below = self.losing_names(false);
        below.read.extend(&rename.reads);
        below
    }

    /// Whether nothing changes without a function over an operand that lacks its label.
    fn can_do_without(&self, rename: &Rename<'_>, operand: &Expr) -> bool {
        grouping_drops(self.aggregate.grouping.as_ref(), rename.dst)
            && !self.read.contains(&rename.dst)
            && (!self.loses_names || apart_without_names(operand))
    }
}

/// The same without what can be left away; none where that is nothing.
fn reduced<'a>(expr: &'a Expr, above: &Above<'a>) -> Option<Expr> {
    let kind = match &expr.kind {
        ExprKind::Paren(inner) => ExprKind::Paren(Box::new(reduced(inner, above)?)),
        ExprKind::Unary(op, inner) => {
            let above = above.losing_names(*op == UnaryOp::Minus);
            ExprKind::Unary(*op, Box::new(reduced(inner, &above)?))
        }
        ExprKind::Binary(binary) => ExprKind::Binary(Box::new(reduced_side(binary, above)?)),
        ExprKind::Call(call) => return reduced_call(expr, call, above),
        _ => return None,
    };
    Some(Expr { kind, span: expr.span })
}

/// Where a vector meets a scalar.
fn reduced_side<'a>(binary: &'a Binary, above: &Above<'a>) -> Option<Binary> {
    let keeps_names = match binary.op.row().kind {
        OperatorKind::Arithmetic => false,
        OperatorKind::Comparison => !binary.bool_modifier,
        OperatorKind::Trim | OperatorKind::Set => return None,
    };
    let vector = reduced(vector_side(binary)?, &above.losing_names(!keeps_names))?;
    let mut reduced = binary.clone();
    let is_left = binary.rhs.value_type() == ValueType::Scalar;
    *(if is_left { &mut reduced.lhs } else { &mut reduced.rhs }) = vector;
    Some(reduced)
}

fn reduced_call<'a>(expr: &'a Expr, call: &'a Call, above: &Above<'a>) -> Option<Expr> {
    let rename = Rename::of(call)?;
    let operand = &call.args[0];
    if !lacks(operand, rename.dst) {
        return None;
    }
    if above.can_do_without(&rename, operand) {
        return Some(reduced(operand, above).unwrap_or_else(|| operand.clone()));
    }
    let mut call = call.clone();
    call.args[0] = reduced(operand, &above.reading(&rename))?;
    Some(Expr { kind: ExprKind::Call(call), span: expr.span })
}

/// A well-formed function that writes a label.
struct Rename<'a> {
    dst: &'a str,
    reads: Vec<&'a str>,
}

impl<'a> Rename<'a> {
    fn of(call: &'a Call) -> Option<Self> {
        let texts: Option<Vec<&str>> = call.args[1..].iter().map(constant).collect();
        let (dst, reads) = match (call.function, &*texts?) {
            (FunctionId::LabelReplace, &[dst, _, src, pattern]) => {
                Regex::anchored(pattern).ok()?;
                (dst, vec![src])
            }
            (FunctionId::LabelJoin, [dst, _, src @ ..]) => {
                let is_valid = src.iter().all(|name| is_legacy_label_name(name));
                (*dst, is_valid.then(|| src.to_vec())?)
            }
            _ => return None,
        };
        let is_ordinary = is_legacy_label_name(dst) && !METADATA.contains(&dst);
        is_ordinary.then_some(Self { dst, reads })
    }
}

/// The text of a string argument.
fn constant(arg: &Expr) -> Option<&str> {
    match &arg.unparen().kind {
        ExprKind::String(text) => text.as_str(),
        _ => None,
    }
}

/// Whether an aggregation passes series on with all their labels.
fn picks(op: AggregateOp) -> bool {
    use AggregateOp as A;
    matches!(op, A::Topk | A::Bottomk | A::Limitk | A::LimitRatio)
}
