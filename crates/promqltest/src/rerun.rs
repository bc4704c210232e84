//! The other ways in which every instant evaluation is run: what `@` makes of its selectors must
//! not depend on the evaluation time, and a range query must agree in its middle.
//!
//! As `atModifierTestCases` in prometheus promql/promqltest/test.go.

use promql::{
    Expr, ExprKind, FunctionId,
    ast::{At, TimeModifiers},
};

/// The expression with `@ t` at every selector and subquery that has none, and the times at which
/// it must give what the original gives at `t`. None where a function looks at the evaluation
/// time.
pub fn pinned(expr: &Expr, t: i64) -> Option<(Expr, Vec<i64>)> {
    let mut expr = expr.clone();
    let times = if t == 0 { vec![-1000, 0, 1000] } else { vec![-10 * t, 0, t / 5, t, 10 * t] };
    pin(&mut expr, t).then_some((expr, times))
}

/// Whether the text has a function whose value is that of the query, so that a range query's
/// differs.
pub fn depends_on_query(text: &str) -> bool {
    ["start()", "end()", "range()", "step()"].iter().any(|call| text.contains(call))
}

/// Pins what is evaluated at the query's time; false if some function looks at it.
fn pin(expr: &mut Expr, t: i64) -> bool {
    let set = |time: &mut TimeModifiers| {
        // `@ start()` and `@ end()` are no times yet.
        if !matches!(time.at, Some(At::Timestamp(_))) {
            time.at = Some(At::Timestamp(t));
        }
        true
    };
    match &mut expr.kind {
        ExprKind::Number(_) | ExprKind::String(_) => true,
        ExprKind::Selector(selector) => set(&mut selector.time),
        ExprKind::Matrix(matrix) => set(&mut matrix.selector.time),
        // What is inside sees the subquery's times, which are fixed now.
        ExprKind::Subquery(subquery) => set(&mut subquery.time),
        ExprKind::Call(call) => {
            let safe = !call.function.row().at_unsafe && call.function != FunctionId::Timestamp;
            call.args.iter_mut().fold(safe, |safe, arg| pin(arg, t) && safe)
        }
        ExprKind::Aggregate(aggregate) => {
            let safe = aggregate.param.as_mut().is_none_or(|param| pin(param, t));
            pin(&mut aggregate.expr, t) && safe
        }
        ExprKind::Binary(binary) => {
            let safe = pin(&mut binary.lhs, t);
            pin(&mut binary.rhs, t) && safe
        }
        ExprKind::Unary(_, inner) | ExprKind::Paren(inner) => pin(inner, t),
    }
}

#[cfg(test)]
mod tests {
    use promql::{ParseOptions, parse_expr};

    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Option<&str>) {
        let expr = parse_expr(text, &ParseOptions::all()).unwrap();
        let got = pinned(&expr, 10_000).map(|(expr, _)| expr.to_string());
        assert_eq!(got.as_deref(), expect);
    }

    #[test]
    fn selectors_and_subqueries_are_pinned() {
        check("sum(a) + rate(b[1m])", Some("sum(a @ 10.000) + rate(b[1m] @ 10.000)"));
        check(
            "a @ 5 + topk(scalar(b), c)",
            Some("a @ 5.000 + topk(scalar(b @ 10.000), c @ 10.000)"),
        );
        check("rate(a[1m:10s])", Some("rate(a[1m:10s] @ 10.000)"));
        check("1 + 1", Some("1 + 1"));
        check("a @ start() + rate(b[1m:] @ end())", Some("a @ 10.000 + rate(b[1m:] @ 10.000)"));
    }

    #[test]
    fn functions_of_the_evaluation_time_forbid_it() {
        check("time() - a", None);
        check("sum(timestamp(a))", None);
        check(
            "sum_over_time(vector(time())[1m:])",
            Some("sum_over_time(vector(time())[1m:] @ 10.000)"),
        );
    }

    #[test]
    fn times_lie_around_the_original() {
        let expr = parse_expr("a", &ParseOptions::all()).unwrap();
        assert_eq!(pinned(&expr, 0).unwrap().1, [-1000, 0, 1000]);
        assert_eq!(pinned(&expr, 100).unwrap().1, [-1000, 0, 20, 100, 1000]);
        assert!(depends_on_query("a[range()]"));
    }
}
