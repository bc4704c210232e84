//! `contradictory-conjunction`: `x > 90 and x < 80`.

use diagnostics::{Proof, Severity};
use promql::{BinaryOp, Expr, ExprKind, ast::Binary};

use crate::{Check, Found, Level, Lint, RuleContext, bounds};

pub(super) static LINT: Lint = Lint {
    name: "contradictory-conjunction",
    code: "PV005",
    level: Level::Preview,
    severity: Severity::Error,
    proof: Proof::Proven,
    summary: "Two conditions on the same value exclude each other.",
    why: "`x > 90 and x < 80` is never true of the same series. Either the bounds were exchanged, or \
          `or` was meant. Only conditions that are joined by `and` and compare the same expression \
          with numbers are looked at.",
    example: "
- alert: OutOfRange
  expr: temperature_celsius > 90 and temperature_celsius < 10
",
    instead: "
- alert: OutOfRange
  expr: temperature_celsius > 90 or temperature_celsius < 10
",
    fix: "",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_node(|expr| {
        let ExprKind::Binary(and) = &expr.kind else { return };
        let matching = and.matching.as_ref().filter(|_| and.op == BinaryOp::And);
        if matching.is_none_or(|matching| matching.on || !matching.labels.is_empty()) {
            return;
        }
        let mut earlier = Vec::new();
        conditions(&and.lhs, &mut earlier);
        let mut later = Vec::new();
        conditions(&and.rhs, &mut later);
        for (a, of_a) in &earlier {
            for (b, of_b) in &later {
                if of_a == of_b && excludes(a, b) {
                    let finding = cx
                        .at(b.op_span.to(b.rhs.span), "this excludes the other condition")
                        .because(cx.place(a.op_span.to(a.rhs.span)), "of the same value")
                        .help("if either is meant, write `or`");
                    cx.report(found, finding);
                }
            }
        }
    });
}

/// The comparisons with numbers that are joined by `and`, with the text of what they compare.
fn conditions<'e>(expr: &'e Expr, found: &mut Vec<(&'e Binary, String)>) {
    let ExprKind::Binary(binary) = &expr.unparen().kind else { return };
    let plain = binary.op.is_comparison() && !binary.bool_modifier && binary.matching.is_none();
    if binary.op == BinaryOp::And {
        conditions(&binary.lhs, found);
        conditions(&binary.rhs, found);
    } else if plain && bounds::number(&binary.rhs).is_some() {
        found.push((binary, binary.lhs.unparen().to_string()));
    }
}

/// Whether no number satisfies both.
fn excludes(a: &Binary, b: &Binary) -> bool {
    let (Some(x), Some(y)) = (bounds::number(&a.rhs), bounds::number(&b.rhs)) else {
        return false;
    };
    let excluded = |low_op: BinaryOp, low: f64, high_op: BinaryOp, high: f64| {
        let both_reach = low_op == BinaryOp::Gte && high_op == BinaryOp::Lte;
        let is_low = matches!(low_op, BinaryOp::Gtr | BinaryOp::Gte);
        let is_high = matches!(high_op, BinaryOp::Lss | BinaryOp::Lte);
        is_low && is_high && (low > high || low >= high && !both_reach)
    };
    let differ = a.op == BinaryOp::Eql && b.op == BinaryOp::Eql && (x - y).abs() > 0.0;
    differ || excluded(a.op, x, b.op, y) || excluded(b.op, y, a.op, x)
}
