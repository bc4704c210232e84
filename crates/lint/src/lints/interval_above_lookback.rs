//! `interval-above-lookback`: a group that records more rarely than selectors look back.

use diagnostics::{Diagnostic, Proof, Severity};
use model::duration;

use crate::{Check, FileContext, Found, Level, Lint};

pub(super) static LINT: Lint = Lint {
    name: "interval-above-lookback",
    code: "PG001",
    level: Level::Stable,
    severity: Severity::Warning,
    proof: Proof::Proven,
    summary: "A group with recording rules is evaluated more rarely than selectors look back.",
    why: "A selector finds a sample for as long as the lookback, five minutes unless it is \
          configured. A series that is recorded more rarely has gaps: dashboards show holes, \
          and alerts over it resolve between two samples. Groups that only alert are left \
          alone: what they alert about does not depend on it.",
    example: "
groups:
- name: daily
  interval: 10m
  rules:
  - record: job:requests:rate1h
    expr: sum by (job) (rate(requests_total[1h]))
",
    instead: "
groups:
- name: daily
  interval: 4m
  rules:
  - record: job:requests:rate1h
    expr: sum by (job) (rate(requests_total[1h]))
",
    fix: "",
    check: Check::File(check),
};

/// Prometheus's default.
const LOOKBACK: i64 = 300_000;

fn check(cx: &FileContext<'_>, found: &mut Found) {
    let lookback = cx.world.options.lookback.unwrap_or(LOOKBACK);
    for group in &cx.file.groups {
        let Some(written) = group.field("interval") else { continue };
        let records = group.rules.iter().any(|rule| rule.alerting().is_none());
        if !records || group.interval.is_none_or(|interval| interval <= lookback) {
            continue;
        }
        let message = format!("what group `{}` records has gaps", group.name);
        let lookback = duration::format(lookback);
        let finding = Diagnostic::new(LINT.severity, LINT.name, written.value, message)
            .label(format!("selectors look back {lookback}"))
            .help(format!("evaluate the group at least every {lookback}"));
        cx.report(found, finding);
    }
}
