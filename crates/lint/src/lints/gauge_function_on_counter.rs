//! `gauge-function-on-counter`: `delta` and its kin over a counter.

use diagnostics::{Proof, Severity};
use promql::{ExprKind, FunctionId as F, ast::Call};

use crate::{Check, Found, Level, Lint, RuleContext};

pub(super) static LINT: Lint = Lint {
    name: "gauge-function-on-counter",
    code: "PQ017",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Likely,
    summary: "A function for gauges is applied to a counter, whose resets it takes for changes.",
    why: "A counter falls to zero whenever its process restarts. `delta`, `deriv`, \
          `predict_linear` and sums or averages over time take that for a change of the thing \
          counted, and the absolute height of a counter says how old its process is. `rate` and \
          `increase` know of resets. Counters are told by the name's ending `_total`; comparing \
          one as it is, is the business of `raw-counter-compared`.",
    example: "
- alert: BackupFailing
  expr: delta(velero_backup_failure_total[5m]) > 0
",
    instead: "
- alert: BackupFailing
  expr: increase(velero_backup_failure_total[5m]) > 0
",
    fix: "Makes `delta` and `idelta` `increase`, and `deriv` `rate`. It is unsafe: other values \
          come out, the intended ones as it seems.",
    check: Check::Rule(check),
};

fn check(cx: &RuleContext<'_>, found: &mut Found) {
    cx.each_node(|expr| {
        let ExprKind::Call(call) = &expr.kind else { return };
        let Some((metric, span)) = counter(call) else { return };
        let name = call.function.row().name;
        let message = format!("`{name}` takes the resets of a counter for changes");
        let mut finding = cx
            .at(call.name_span, message)
            .because(cx.place(span), format!("`{metric}` is a counter, by its name"));
        let better = match call.function {
            F::Delta | F::Idelta => Some(F::Increase),
            F::Deriv => Some(F::Rate),
            _ => None,
        };
        finding = if let Some(better) = better {
            let better = better.row().name;
            let edit = cx.replace(call.name_span, better);
            finding.help(format!("use `{better}`")).unsafe_fix(edit)
        } else {
            let (rate, increase) = (F::Rate.row().name, F::Increase.row().name);
            finding.help(format!("take the `{rate}` or the `{increase}` of the counter"))
        };
        cx.report(found, finding);
    });
}

/// The counter that a function for gauges is applied to.
fn counter(call: &Call) -> Option<(&str, diagnostics::Span)> {
    let is_for_gauges = matches!(
        call.function,
        F::Delta
            | F::Idelta
            | F::Deriv
            | F::PredictLinear
            | F::DoubleExponentialSmoothing
            | F::SumOverTime
            | F::AvgOverTime
            | F::QuantileOverTime
            | F::StddevOverTime
            | F::StdvarOverTime
            | F::MadOverTime
    );
    let selected = call.args.iter().find_map(|arg| match &arg.unparen().kind {
        ExprKind::Matrix(matrix) => Some((matrix.selector.name.as_deref()?, matrix.selector_span)),
        _ => None,
    });
    selected.filter(|(name, _)| is_for_gauges && is_counter(name))
}

/// Recorded series are named `level:metric:operation`, where the ending says something else.
fn is_counter(name: &str) -> bool {
    name.ends_with("_total") && !name.contains(':')
}
