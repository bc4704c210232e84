//! `histogram-quantile-without-le`: the buckets of a histogram are added up before its quantile.

use diagnostics::{Diagnostic, Proof, Severity, Span};
use model::BUCKET_LABEL;
use promql::{Expr, ExprKind, FunctionId as F, ast::Call, visit::walk};

use crate::{
    Check, Found, Level, Lint, RuleContext,
    facts::{Label, MetricKind, Node, Reason},
    reasons,
};

pub(super) static LINT: Lint = Lint {
    name: "histogram-quantile-without-le",
    code: "PQ022",
    level: Level::Stable,
    severity: Severity::Error,
    proof: Proof::Likely,
    summary: "A quantile is asked of buckets whose bounds are gone.",
    why: "A classic histogram is a series for each bucket, told apart by `le`. `histogram_quantile(0.9, \
          sum by (job) (rate(x_bucket[5m])))` adds up all buckets first, so that there is nothing \
          left to compute a quantile from, and no result. Native histograms have no `le`; only \
          what is read from series that end in `_bucket` is looked at. VictoriaMetrics's `vmrange` \
          counts as well.",
    example: "
- record: job:latency:p90
  expr: histogram_quantile(0.9, sum by (job) (rate(request_duration_seconds_bucket[5m])))
",
    instead: "
- record: job:latency:p90
  expr: histogram_quantile(0.9, sum by (job, le) (rate(request_duration_seconds_bucket[5m])))
",
    fix: "Adds `le` to the `by` that loses it. It is unsafe: there are results then.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_node(|expr| {
        let ExprKind::Call(call) = &expr.kind else { return };
        let Some(operand) = buckets(call) else { return };
        let node = cx.facts().node(operand);
        let label = node.label(BUCKET_LABEL).label;
        if node.branches.is_empty() || !label.is_impossible() || keeps_ranges(operand) {
            return;
        }
        let by_choice = [Reason::Matcher, Reason::Partner];
        let native = !reads_buckets(cx, operand, node);
        if native || label.why.is_some_and(|why| by_choice.contains(&why.reason)) {
            return;
        }
        let name = call.function.row().name;
        let finding = cx.at(call.name_span, format!("`{name}` has no buckets to read"));
        let finding = reasons::missing(cx, finding, BUCKET_LABEL, label.why);
        cx.report(found, remedy(cx, finding, operand, &label));
    });
}

/// The buckets that a function reads.
pub(super) fn buckets(call: &Call) -> Option<&Expr> {
    match call.function {
        F::HistogramQuantile => call.args.get(1),
        F::HistogramFraction => call.args.get(2),
        F::HistogramQuantiles => call.args.first(),
        _ => None,
    }
}

/// Whether an aggregation keeps the label that VictoriaMetrics has in the place of `le`.
fn keeps_ranges(operand: &Expr) -> bool {
    let mut keeps = false;
    walk(operand, &mut |expr| {
        let ExprKind::Aggregate(aggregate) = &expr.kind else { return };
        let grouping = aggregate.grouping.as_ref().filter(|grouping| !grouping.without);
        keeps |= grouping.is_some_and(|by| by.labels.iter().any(|label| label == "vmrange"));
    });
    keeps
}

/// Whether all that is read is buckets of classic histograms.
fn reads_buckets(cx: &RuleContext<'_>, operand: &Expr, node: &Node<'_>) -> bool {
    let mut all = !node.values.may_be_histogram;
    walk(operand, &mut |expr| {
        if matches!(expr.kind, ExprKind::Selector(_) | ExprKind::Matrix(_)) {
            all &= cx.facts().node(expr).kind == MetricKind::Bucket;
        }
    });
    all
}

fn remedy(
    cx: &RuleContext<'_>,
    finding: Diagnostic,
    operand: &Expr,
    label: &Label<'_>,
) -> Diagnostic {
    let mut edit = None;
    walk(operand, &mut |expr| {
        let ExprKind::Aggregate(aggregate) = &expr.kind else { return };
        let lost_at = label.why.map(|why| why.span);
        let Some(grouping) = &aggregate.grouping else {
            if lost_at == Some(aggregate.op_span) {
                let end = aggregate.op_span.end;
                edit = cx.replace(Span { start: end, end }, " by (le) ");
            }
            return;
        };
        if grouping.without || Some(grouping.span) != lost_at {
            return;
        }
        edit = if let Some(last) = grouping.label_spans.last() {
            cx.replace(Span { start: last.end, end: last.end }, ", le")
        } else {
            let end = grouping.span.end - 1;
            cx.replace(Span { start: end, end }, "le")
        };
    });
    let finding = finding.help("keep `le` in every aggregation inside");
    finding.unsafe_fix(edit)
}
