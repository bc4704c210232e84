//! Printing and parsing again: the text stays, and so does the tree.

mod common;

use common::corpus;
use promql::{Expr, ExprKind, ParseOptions, ast::Binary, parse_expr};
use proptest::{prelude::*, sample::select};

fn check(query: &str) {
    let options = ParseOptions::all();
    let expr = parse_expr(query, &options).unwrap_or_else(|error| panic!("{query}: {error}"));
    let printed = expr.to_string();
    let again = parse_expr(&printed, &options).unwrap_or_else(|e| panic!("{printed}: {e}"));
    assert_eq!(again.to_string(), printed, "{query}");
    assert_eq!(grouped(&again), grouped(&expr), "{query}");
    assert_eq!(again.value_type(), expr.value_type(), "{query}");
}

/// The text with parentheses around every operation, which shows the tree.
fn grouped(expr: &Expr) -> String {
    let list = |exprs: &[Expr]| exprs.iter().map(grouped).collect::<Vec<_>>().join(", ");
    match &expr.kind {
        ExprKind::Call(call) => format!("{}({})", call.function.row().name, list(&call.args)),
        ExprKind::Aggregate(aggregate) => {
            let param = aggregate.param.as_ref().map(grouped);
            let labels = aggregate.grouping.as_ref().filter(|g| g.without || !g.labels.is_empty());
            let labels = labels.map(|g| (g.without, &g.labels));
            let (op, inner) = (aggregate.op.as_str(), grouped(&aggregate.expr));
            format!("{op} {labels:?} ({param:?} {inner})")
        }
        ExprKind::Binary(binary) => {
            let Binary { op, lhs, rhs, bool_modifier, matching, .. } = &**binary;
            // NaN fill values equal themselves in this form only.
            let matching = format!("{matching:?}");
            let (lhs, rhs) = (grouped(lhs), grouped(rhs));
            format!("({lhs} {} {bool_modifier} {matching} {rhs})", op.as_str())
        }
        ExprKind::Unary(op, inner) => format!("({op:?} {})", grouped(inner)),
        ExprKind::Paren(inner) => format!("paren({})", grouped(inner)),
        ExprKind::Subquery(subquery) => {
            let inner = grouped(&subquery.expr);
            let whole = expr.to_string();
            format!("({inner}){}", &whole[subquery.expr.to_string().len()..])
        }
        ExprKind::Number(_) | ExprKind::String(_) | ExprKind::Selector(_) | ExprKind::Matrix(_) => {
            expr.to_string()
        }
    }
}

#[test]
fn corpus_round_trips() {
    corpus().for_each(check);
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<f64>().prop_filter("has a sign of its own", |v| !v.is_nan()).prop_map(|v| {
            if v.is_infinite() { "Inf".to_owned() } else { format!("{}", v.abs()) }
        }),
        (0..1_000_000_u32).prop_map(|n| n.to_string()),
        duration_literal(),
        select(vec!["NaN", "0x1f", "0755", "1e3", ".5", "5.", "1_0"]).prop_map(str::to_owned),
    ]
}

fn duration_literal() -> impl Strategy<Value = String> {
    (1..1_000_u32, select(vec!["ms", "s", "m", "h", "d", "w"]))
        .prop_map(|(n, unit)| format!("{n}{unit}"))
}

fn duration() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => duration_literal(),
        1 => (1..10_000_u32).prop_map(|n| n.to_string()),
        1 => Just("step()".to_owned()),
        1 => Just("range()".to_owned()),
    ];
    leaf.prop_recursive(3, 8, 2, |inner| {
        let op = select(vec!["+", "-", "*", "^"]);
        prop_oneof![
            (inner.clone(), op, inner.clone()).prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            (select(vec!["min_of", "max_of"]), inner.clone(), inner.clone())
                .prop_map(|(f, a, b)| format!("{f}({a}, {b})")),
            inner.clone().prop_map(|a| format!("({a})")),
            // A sign in front of a literal would make it a negative range.
            inner.prop_map(|a| format!("-(-({a}))")),
        ]
    })
}

fn time() -> impl Strategy<Value = String> {
    let offset = prop_oneof![
        3 => Just(String::new()),
        1 => duration_literal().prop_map(|d| format!(" offset {d}")),
        1 => duration_literal().prop_map(|d| format!(" offset -{d}")),
        // Without an end of its own it would go on with the operator that follows.
        1 => duration().prop_map(|d| format!(" offset ({d}) @ 3")),
        1 => duration_literal().prop_map(|d| format!(" offset - +{d} * 2 @ 3")),
    ];
    let at = select(vec!["", "", " @ 1.5", " @ -7", " @ start()", " @ end()"]);
    (offset, at, any::<bool>()).prop_map(|(o, at, swap)| {
        if o.contains('@') {
            o
        } else if swap {
            format!("{o}{at}")
        } else {
            format!("{at}{o}")
        }
    })
}

fn selector() -> impl Strategy<Value = String> {
    let name = select(vec!["foo", "a:b", "sum", "by", "start", "fill", "offset"]);
    let label = select(vec!["a", "job", "by", "\"x y\"", "'é'"]);
    let op = select(vec!["=", "!=", "=~", "!~"]);
    let value = select(vec!["\"\"", "\"a\"", "'a\"b'", "`a\\d`", "\"é\\n\\t\"", "\"a|b.*\""]);
    let matcher = (label, op, value).prop_map(|(l, op, v)| format!("{l}{op}{v}"));
    (name, prop::collection::vec(matcher, 0..3))
        .prop_map(|(name, matchers)| format!("{name}{{{}}}", matchers.join(",")))
}

fn labels() -> impl Strategy<Value = String> {
    let label = select(vec!["a", "b", "\"c d\"", "sum", "offset"]);
    prop::collection::vec(label, 0..3).prop_map(|labels| format!("({})", labels.join(", ")))
}

fn matching() -> impl Strategy<Value = String> {
    let group = select(vec!["", "group_left ()", "group_right ()", "group_left (z, y)"]);
    let fill = select(vec!["", "", "fill(0)", "fill_left(1.5)", "fill_right(-1) fill_left(NaN)"]);
    (select(vec!["on", "ignoring"]), labels(), group, fill)
        .prop_map(|(word, labels, group, fill)| format!("{word} {labels} {group} {fill}"))
}

/// Instant vectors.
fn vector() -> impl Strategy<Value = String> {
    let leaf = (selector(), select(vec!["", "", " smoothed"]), time())
        .prop_map(|(selector, extended, time)| format!("{selector}{extended}{time}"));
    leaf.prop_recursive(5, 32, 3, |inner| {
        let arithmetic = select(vec!["+", "-", "*", "/", "%", "^", "atan2", "==", "> bool", "<="]);
        let set = select(vec!["and", "or", "unless"]);
        let window = select(vec!["rate", "max_over_time", "absent_over_time"]);
        let range = (selector(), duration(), time()).prop_map(|(s, d, t)| format!("{s}[{d}]{t}"));
        let step = prop_oneof![Just(String::new()), duration()];
        let subquery = (inner.clone(), duration(), step, time())
            .prop_map(|(expr, range, step, time)| format!("({expr})[1s + {range}:{step}]{time}"));
        let aggregate = select(vec!["sum", "count", "stddev"]);
        let grouping =
            || (select(vec!["by", "without"]), labels()).prop_map(|(w, l)| format!("{w} {l}"));
        prop_oneof![
            (inner.clone(), arithmetic.clone(), inner.clone())
                .prop_map(|(a, op, b)| format!("{a} {op} {b}")),
            // Vectors only: without parentheses a number may come to stand at the operator.
            (inner.clone(), arithmetic, matching(), inner.clone())
                .prop_map(|(a, op, m, b)| format!("({a}) {op} {m} ({b})")),
            (inner.clone(), set, select(vec!["", "on ()", "ignoring (a)"]), inner.clone())
                .prop_map(|(a, op, m, b)| format!("{a} {op} {m} {b}")),
            (inner.clone(), select(vec!["+", "*", "^", ">", "== bool"]), number())
                .prop_map(|(a, op, n)| format!("{a} {op} {n}")),
            (number(), select(vec!["+", "-", "^", "<"]), inner.clone())
                .prop_map(|(n, op, a)| format!("-{n} {op} {a}")),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.clone().prop_map(|a| format!("-{a}")),
            inner.clone().prop_map(|a| format!("+ {a}")),
            (window, prop_oneof![range, subquery]).prop_map(|(f, r)| format!("{f}({r})")),
            (inner.clone(), number()).prop_map(|(a, n)| format!("round({a}, {n})")),
            (aggregate, grouping(), inner.clone()).prop_map(|(f, g, a)| format!("{f} {g} ({a})")),
            (grouping(), number(), inner).prop_map(|(g, n, a)| format!("topk({n}, {a}) {g}")),
        ]
    })
}

proptest! {
    #[test]
    fn generated_expressions_round_trip(query in vector()) {
        // Comparisons may chain so that two numbers meet.
        let parse = promql::parse(&query, &ParseOptions::all());
        prop_assume!(parse.errors.iter().all(|error| !error.message.contains("BOOL")));
        check(&query);
    }
}
