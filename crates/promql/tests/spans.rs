//! Where every node stands.
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod common;

use common::corpus;
use diagnostics::Span;
use expect_test::{Expect, expect};
use promql::{
    Expr, ExprKind, ParseOptions,
    ast::{Duration, TimeModifiers},
    parse_expr, visit,
};

fn check(query: &str, expect: &Expect) {
    let expr = parse_expr(query, &ParseOptions::all()).expect("the example parses");
    let mut nodes = Vec::new();
    dump(&expr, 0, &mut nodes);
    let line = |(depth, what, span): (usize, &str, Span)| {
        format!("{}{what} `{}`\n", "  ".repeat(depth), span.of(query))
    };
    expect.assert_eq(&nodes.into_iter().map(line).collect::<String>());
}

/// The nodes and their parts: how deep, what, where.
fn dump(expr: &Expr, depth: usize, out: &mut Vec<(usize, &'static str, Span)>) {
    let (name, parts) = parts(expr);
    out.push((depth, name, expr.span));
    out.extend(parts.into_iter().map(|(what, span)| (depth + 1, what, span)));
    visit::for_each_child(expr, |child| dump(child, depth + 1, out));
}

/// The name of a node, and the parts of it that are no expressions.
fn parts(expr: &Expr) -> (&'static str, Vec<(&'static str, Span)>) {
    match &expr.kind {
        ExprKind::Number(_) => ("number", vec![]),
        ExprKind::String(_) => ("string", vec![]),
        ExprKind::Selector(selector) => {
            let matchers = selector.matcher_spans.iter().map(|span| ("matcher", *span));
            ("selector", matchers.chain(offset(&selector.time)).collect())
        }
        ExprKind::Matrix(matrix) => {
            let parts = [("selector", matrix.selector_span), ("range", matrix.range.span)];
            ("matrix", parts.into_iter().chain(offset(&matrix.selector.time)).collect())
        }
        ExprKind::Subquery(subquery) => {
            let step = subquery.step.iter().map(|step| ("step", step.span));
            let parts = std::iter::once(("range", subquery.range.span)).chain(step);
            ("subquery", parts.chain(offset(&subquery.time)).collect())
        }
        ExprKind::Call(call) => ("call", vec![("name", call.name_span)]),
        ExprKind::Aggregate(aggregate) => {
            let mut parts = vec![("operator", aggregate.op_span)];
            if let Some(grouping) = &aggregate.grouping {
                parts.push(("grouping", grouping.span));
                parts.extend(grouping.label_spans.iter().map(|span| ("label", *span)));
            }
            ("aggregate", parts)
        }
        ExprKind::Binary(binary) => ("binary", vec![("operator", binary.op_span)]),
        ExprKind::Unary(..) => ("unary", vec![]),
        ExprKind::Paren(_) => ("paren", vec![]),
    }
}

fn offset(time: &TimeModifiers) -> Option<(&'static str, Span)> {
    time.offset.as_ref().map(|offset: &Duration| ("offset", offset.span))
}

#[test]
fn modifiers_belong_to_what_they_modify() {
    check(
        r#" rate ( foo { a = "b" , c!="d" } [ 5m ] offset 1h @ end ( ) )  +  bar @ 5 offset -(1m) "#,
        &expect![[r#"
            binary `rate ( foo { a = "b" , c!="d" } [ 5m ] offset 1h @ end ( ) )  +  bar @ 5 offset -(1m)`
              operator `+`
              call `rate ( foo { a = "b" , c!="d" } [ 5m ] offset 1h @ end ( ) )`
                name `rate`
                matrix `foo { a = "b" , c!="d" } [ 5m ] offset 1h @ end ( )`
                  selector `foo { a = "b" , c!="d" }`
                  range `5m`
                  offset `1h`
              selector `bar @ 5 offset -(1m)`
                matcher `bar`
                offset `-(1m)`
        "#]],
    );
    check(
        "foo anchored - increase(bar[5m] smoothed offset 1m)",
        &expect![[r#"
        binary `foo anchored - increase(bar[5m] smoothed offset 1m)`
          operator `-`
          selector `foo anchored`
            matcher `foo`
          call `increase(bar[5m] smoothed offset 1m)`
            name `increase`
            matrix `bar[5m] smoothed offset 1m`
              selector `bar`
              range `5m`
              offset `1m`
    "#]],
    );
}

#[test]
fn calls_and_aggregations_end_at_their_last_parenthesis() {
    check(
        "(sum(rate(foo[5m])) by (a, \"b c\")) / 2",
        &expect![[r#"
            binary `(sum(rate(foo[5m])) by (a, "b c")) / 2`
              operator `/`
              paren `(sum(rate(foo[5m])) by (a, "b c"))`
                aggregate `sum(rate(foo[5m])) by (a, "b c")`
                  operator `sum`
                  grouping `by (a, "b c")`
                  label `a`
                  label `"b c"`
                  call `rate(foo[5m])`
                    name `rate`
                    matrix `foo[5m]`
                      selector `foo`
                      range `5m`
              number `2`
        "#]],
    );
    check(
        "topk without (x) (-1, -foo ^ -2 )",
        &expect![[r#"
            aggregate `topk without (x) (-1, -foo ^ -2 )`
              operator `topk`
              grouping `without (x)`
              label `x`
              number `-1`
              unary `-foo ^ -2`
                binary `foo ^ -2`
                  operator `^`
                  selector `foo`
                    matcher `foo`
                  number `-2`
        "#]],
    );
}

#[test]
fn subqueries_hold_their_durations() {
    check(
        "max_over_time(deriv(foo[1h + 5m])[1d:step()] offset 1d)",
        &expect![[r#"
        call `max_over_time(deriv(foo[1h + 5m])[1d:step()] offset 1d)`
          name `max_over_time`
          subquery `deriv(foo[1h + 5m])[1d:step()] offset 1d`
            range `1d`
            step `step()`
            offset `1d`
            call `deriv(foo[1h + 5m])`
              name `deriv`
              matrix `foo[1h + 5m]`
                selector `foo`
                range `1h + 5m`
    "#]],
    );
}

#[test]
fn every_span_parses_to_its_node() {
    let options = ParseOptions::all();
    for query in corpus() {
        let expr = parse_expr(query, &options).unwrap();
        visit::walk(&expr, &mut |node| {
            let text = node.span.of(query);
            let again = parse_expr(text, &options).unwrap_or_else(|e| panic!("{text:?}: {e}"));
            assert_eq!(again.to_string(), node.to_string(), "{text:?} in {query:?}");
            visit::for_each_child(node, |child| {
                assert_eq!(child.span.to(node.span), node.span, "{query:?}");
            });
        });
    }
}
