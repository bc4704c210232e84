//! One spelling for expressions that mean the same.
//!
//! The canonical form has the value, the labels and the order of what was written, to the bit, for
//! every data: matchers are simplified and sorted, parentheses stand exactly where operands need
//! them, durations and groupings have one spelling, subqueries name their step, and labels that an
//! aggregation drops are not written where that changes nothing (`renames`). It is what the source
//! is asked, and its text is the identity of a fragment.
//!
//! Operands of `+` are not exchanged: what is noted of histograms names the types in order.

use model::{MatchOp, Matcher, Regex, labels::is_legacy_metric_name};
use promql::{
    BinaryOp, Expr, ExprKind, FunctionId, Text, ValueType,
    ast::{Aggregate, Binary, Call, Duration, DurationKind, Grouping, Matching, Selector},
    operators::UnaryOp,
    visit::for_each_child_mut,
};

use super::renames;

/// The matchers of a selector, simplified, sorted and without repetition.
pub(crate) fn matchers(all: &[Matcher]) -> Vec<Matcher> {
    let mut matchers: Vec<Matcher> = all.iter().filter_map(simplified).collect();
    matchers.sort_by_cached_key(ToString::to_string);
    matchers.dedup();
    matchers
}

/// None where it lets everything through.
fn simplified(matcher: &Matcher) -> Option<Matcher> {
    let Some(regex) = matcher.regex().filter(|_| matcher.is_utf8()) else {
        return Some(matcher.clone());
    };
    let is_positive = matcher.op == MatchOp::Regex;
    let (equal, name) = (Matcher::equal(&matcher.name, ""), &matcher.name);
    match (&*matcher.value, is_positive) {
        (".*", true) => return None,
        (".+", true) => return Some(equal.negated()),
        (".+", false) => return Some(equal),
        _ => {}
    }
    let literals = regex.literals().unwrap_or_default();
    let plain = match *literals {
        [] => matcher.clone(),
        [value] => {
            let equal = Matcher::equal(name, value);
            if is_positive { equal } else { equal.negated() }
        }
        _ => one_of(name, matcher.op, &literals),
    };
    Some(plain)
}

/// A matcher of `=~` or `!~` for these values.
pub(super) fn one_of(name: &str, op: MatchOp, values: &[&str]) -> Matcher {
    let pattern = values.iter().map(|value| Regex::quote(value)).collect::<Vec<_>>().join("|");
    Matcher::new(name, op, &pattern).expect("quoted values are a pattern")
}

/// The canonical form of an expression. `default_step` is that of subqueries, in milliseconds.
pub(super) fn expr(written: &Expr, default_step: i64) -> Expr {
    let mut expr = unwrapped(written).clone();
    if let ExprKind::Aggregate(aggregate) = &mut expr.kind
        && let Some(reduced) = renames::left_away(aggregate)
    {
        aggregate.expr = reduced;
    }
    // What is absent has labels by how its matchers are written.
    if !is_absent_selector(&expr) {
        for_each_child_mut(&mut expr, |child| *child = self::expr(child, default_step));
    }
    match &mut expr.kind {
        ExprKind::Number(number) => number.is_duration = false,
        ExprKind::Selector(selector) => settle_selector(selector),
        ExprKind::Matrix(matrix) => settle_selector(&mut matrix.selector),
        ExprKind::Subquery(subquery) => {
            let step = Duration { kind: DurationKind::Literal(default_step), span: expr.span };
            subquery.step.get_or_insert(step);
            wrap(&mut subquery.expr);
        }
        ExprKind::Aggregate(aggregate) => settle_grouping(aggregate),
        ExprKind::Binary(binary) => settle_binary(binary),
        ExprKind::Unary(_, inner) => wrap(inner),
        ExprKind::Call(call) => settle_call(call),
        ExprKind::String(_) | ExprKind::Paren(_) => {}
    }
    expr
}

/// What stands under parentheses and signs that change nothing.
fn unwrapped(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) | ExprKind::Unary(UnaryOp::Plus, inner) => unwrapped(inner),
        _ => expr,
    }
}

fn is_absent_selector(expr: &Expr) -> bool {
    use FunctionId::{Absent, AbsentOverTime};
    let ExprKind::Call(call) = &expr.kind else { return false };
    let is_selector = |arg: &Expr| matches!(arg.kind, ExprKind::Selector(_) | ExprKind::Matrix(_));
    matches!(call.function, Absent | AbsentOverTime) && is_selector(call.args[0].unparen())
}

fn settle_selector(selector: &mut Selector) {
    selector.matchers = matchers(&selector.matchers);
    selector.matcher_spans.clear();
    let names = selector.matchers.iter().filter(|m| is_name(m));
    let name = names.map(|m| m.value.to_string()).next();
    selector.name = name.filter(|name| is_legacy_metric_name(name));
}

/// Whether a matcher asks for one metric name.
pub(super) fn is_name(matcher: &Matcher) -> bool {
    *matcher.name == *model::METRIC_NAME && matcher.op == MatchOp::Equal && matcher.is_utf8()
}

/// Patterns without anchors and templates without braces that change nothing.
fn settle_call(call: &mut Call) {
    if call.function != FunctionId::LabelReplace {
        return;
    }
    let settle = |arg: &mut Expr, settled: &dyn Fn(&str) -> String| {
        if let ExprKind::String(Text::Utf8(text)) = &arg.kind {
            arg.kind = ExprKind::String(Text::Utf8(settled(text)));
        }
    };
    settle(&mut call.args[2], &renames::bare_template);
    settle(&mut call.args[4], &|pattern| renames::bare_pattern(pattern).to_owned());
}

fn settle_grouping(aggregate: &mut Aggregate) {
    let Some(Grouping { without, labels, .. }) = &mut aggregate.grouping else { return };
    labels.sort();
    labels.dedup();
    if !*without && labels.is_empty() {
        aggregate.grouping = None;
    }
}

fn settle_binary(binary: &mut Binary) {
    if is_number_before_vector(binary) {
        std::mem::swap(&mut binary.lhs, &mut binary.rhs);
    }
    if let Some(Matching { labels, include, .. }) = &mut binary.matching {
        for list in [labels, include] {
            list.sort();
            list.dedup();
        }
    }
    wrap(&mut binary.lhs);
    wrap(&mut binary.rhs);
}

/// Whether it is a vector multiplied by a number, the number first. Exchanged it has the same bits,
/// for one side at most is NaN, and there is nothing to be noted of it.
pub(super) fn is_number_before_vector(binary: &Binary) -> bool {
    let is_number = |expr: &Expr| match &unwrapped(expr).kind {
        ExprKind::Number(number) => !number.value.is_nan(),
        _ => false,
    };
    binary.op == BinaryOp::Mul
        && is_number(&binary.lhs)
        && binary.rhs.value_type() == ValueType::InstantVector
}

/// Puts parentheses around an operand that needs some.
fn wrap(operand: &mut Expr) {
    let needs = match &operand.kind {
        ExprKind::Binary(_) | ExprKind::Unary(..) => true,
        ExprKind::Number(number) => number.value.is_sign_negative(),
        _ => false,
    };
    if needs {
        let span = operand.span;
        let nothing = Expr { kind: ExprKind::String(Text::Utf8(String::new())), span };
        let inner = Box::new(std::mem::replace(operand, nothing));
        *operand = Expr { kind: ExprKind::Paren(inner), span };
    }
}

#[cfg(test)]
mod tests {
    use promql::{ParseOptions, parse_expr};

    use super::*;

    fn canonical(text: &str) -> String {
        let parsed = parse_expr(text, &ParseOptions::default()).unwrap();
        let text = expr(&parsed, 15_000).to_string();
        let again = parse_expr(&text, &ParseOptions::default()).unwrap();
        assert_eq!(expr(&again, 15_000).to_string(), text, "once is enough");
        text
    }

    #[test]
    fn what_means_the_same_is_spelt_the_same() {
        for same in [
            &["up", r#"{__name__="up"}"#, r#"(up{job=~".*"})"#, r#"+{__name__=~"up"}"#][..],
            &[r#"x{a="1",b!="2"}"#, r#"x{b!~"2",a=~"1",a="1"}"#],
            &[r#"x{a=~"b|c"}"#, r#"x{a=~"c|b|c"}"#],
            &[r#"x{a!="",b=""}"#, r#"x{a=~".+",b!~".+"}"#],
            &["sum(x)", "sum by () (x)", "sum((x))"],
            &["sum by (a, b) (rate(x[5m]))", "sum(rate(x[300s] offset 0s)) by (b, a, b)"],
            &["max_over_time(x[1h:15s])", "max_over_time((x)[60m:])"],
            &["(a + b) * c", "((a) + (b)) * c"],
            &["a * 2", "2 * a", "(2) * (a)"],
            &["a + on (x, y) b", "a + on (y, x, y) b"],
            &["x > 300", "x > 5m"],
            &["-(-x)", "-(-(x))"],
            &[
                "sum by (a) (sum by (a, b) (x))",
                r#"sum by (a) (label_replace(sum by (a, b) (x), "c", "$1", "b", "(.).*"))"#,
                r#"sum by (a) ((label_join((sum by (b, a) (x)), "c", "-", "a", "b")))"#,
            ],
            &[
                "sum by (a) ((p - on (a, b) q) * 2)",
                r#"sum by (a) (label_replace(p - on (a, b) q, "c", "x", "a", ".*") * 2)"#,
            ],
            &[
                r#"label_replace(x, "a", "$1", "b", "(.*)")"#,
                r#"label_replace(x, "a", "$1", "b", "^(.*)$")"#,
                r#"label_replace(x, "a", "${1}", "b", "(.*)")"#,
                r#"label_replace(x, "a", "$1", "b", ("(.*)$"))"#,
            ],
        ] {
            let texts: Vec<String> = same.iter().map(|text| canonical(text)).collect();
            assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
        }
    }

    #[test]
    fn what_differs_stays_different() {
        for [a, b] in [
            ["a + b", "b + a"],
            ["2 + a", "a + 2"],
            ["NaN * a", "a * NaN"],
            ["a - (b - c)", "a - b - c"],
            ["x{a=~\"b.\"}", "x{a=\"b.\"}"],
            ["x{a=~\"b|\"}", "x{a=\"b\"}"],
            ["absent(x{a=~\"b\"})", "absent(x{a=\"b\"})"],
            ["-1 ^ 2", "(-1) ^ 2"],
            ["sum without () (x)", "sum(x)"],
            [
                r#"label_replace(x, "a", "$1y", "b", "(.*)")"#,
                r#"label_replace(x, "a", "${1}y", "b", "(.*)")"#,
            ],
            [
                r#"label_replace(x, "a", "$", "b", "(.*)")"#,
                r#"label_replace(x, "a", "${}", "b", "(.*)")"#,
            ],
            ["sum(x)", r#"sum(label_replace(x, "c", "$1", "b", "(.*)"))"#],
        ] {
            assert_ne!(canonical(a), canonical(b));
        }
    }
}
