//! `silent-without-series`: an alert that falls silent when what it watches is gone.

use std::collections::HashSet;

use diagnostics::{Proof, Severity};
use model::{MatchOp, Matcher};
use promql::{BinaryOp, Expr, ExprKind, FunctionId as F, ast::Binary, visit::walk};

use crate::{Check, Found, Level, Lint, RuleContext, World, producers::metric_name, selectors};

pub(super) static LINT: Lint = Lint {
    name: "silent-without-series",
    code: "PA005",
    level: Level::Preview,
    severity: Severity::Info,
    proof: Proof::Likely,
    summary: "An alert fires on small values, and nothing fires when its series are gone.",
    why: "`x < 5` is true of series that are there. When the target dies, its series go, and with \
          them the alert, just when something is badly wrong. Nothing is said where some alert \
          of the run asks `absent` for the metric, or looks at `up` for its job, or for all \
          jobs. Mostly another team watches that, so this is off by default.",
    example: "
- alert: NoTraffic
  expr: sum(rate(requests_total[5m])) < 1
",
    instead: "
- alert: NoTraffic
  expr: sum(rate(requests_total[5m])) < 1
- alert: NoMetrics
  expr: absent(requests_total)
",
    fix: "",
    check: Check::World(check),
};

/// What alerts ask for the absence of.
#[derive(Default)]
struct Watched<'w> {
    metrics: HashSet<&'w str>,
    jobs: HashSet<&'w str>,
    every_job: bool,
}

fn check<'w>(world: &'w World<'w>, found: &mut Found) {
    let alerts = || world.rules().filter(|(_, rule)| rule.alerting().is_some());
    let mut watched = Watched::default();
    alerts().for_each(|(_, rule)| watched.add(&rule.expr));
    if watched.every_job {
        return;
    }
    for (id, rule) in alerts() {
        let Some(comparison) = small(&rule.expr) else { continue };
        if watched.covers(&rule.expr) {
            continue;
        }
        let cx = RuleContext::new(world, id);
        let finding = cx
            .at(comparison.op_span, "falls silent when the series are gone, and nothing else fires")
            .help("add an alert with `absent()` for the metric, or with `up` for the job");
        cx.report(found, finding);
    }
}

/// The comparison of an alert that only fires on small values.
fn small(expr: &Expr) -> Option<&Binary> {
    let ExprKind::Binary(binary) = &expr.unparen().kind else { return None };
    let ExprKind::Number(number) = &binary.rhs.unparen().kind else { return None };
    let is_small = match binary.op {
        BinaryOp::Lss | BinaryOp::Lte => true,
        BinaryOp::Eql => number.value == 0.0,
        _ => false,
    };
    (is_small && !binary.bool_modifier).then_some(binary)
}

impl<'w> Watched<'w> {
    fn add(&mut self, expr: &'w Expr) {
        selectors::each(expr, &mut |selector, _| {
            if metric_name(selector) == Some("up") {
                match selector.matchers.iter().find(|m| &*m.name == "job") {
                    Some(job) if job.op == MatchOp::Equal => drop(self.jobs.insert(&job.value)),
                    Some(_) => {}
                    None => self.every_job = true,
                }
            }
        });
        walk(expr, &mut |expr| {
            let ExprKind::Call(call) = &expr.kind else { return };
            if matches!(call.function, F::Absent | F::AbsentOverTime) {
                selectors::each(expr, &mut |selector, _| {
                    self.metrics.extend(metric_name(selector));
                });
            }
        });
    }

    /// Whether something watches what an expression reads, or reads metrics that do not go.
    fn covers(&self, expr: &Expr) -> bool {
        let (mut covers, mut n) = (false, 0);
        selectors::each(expr, &mut |selector, _| {
            n += 1;
            let name = metric_name(selector).unwrap_or("");
            let is_job = |m: &Matcher| {
                &*m.name == "job" && m.op == MatchOp::Equal && self.jobs.contains(&*m.value)
            };
            covers |= matches!(name, "up" | "probe_success")
                || self.metrics.contains(name)
                || selector.matchers.iter().any(is_job);
        });
        walk(expr, &mut |expr| {
            covers |= matches!(&expr.kind, ExprKind::Binary(b) if b.op == BinaryOp::Or);
        });
        covers || n == 0
    }
}
